/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reports in SQL, through apr_dbd: SQLite, PostgreSQL, MariaDB.
 *
 * Any number read. One process writes (the intake of mod_tlsrpt, a singleton);
 * should two, they take turns by a lock in the database. Each report is stored
 * whole or not at all. A handle belongs to one thread.
 *
 * Errors are sentences in the pool of the call, with what the database said,
 * escaped for one line, and never with a password. After an error of the
 * database a handle is of no more use: destroy its pool and open another.
 *
 * The tables are described in docs/tlsrpt-store.md and made in store_schema.c.
 * In short, and all columns NOT NULL, "" and 0 stand for what is not known:
 *
 *   tlsrpt_meta     k, v
 *   tlsrpt_report   rid (tlsrpt_report_t.key), submitter, org, contact,
 *                   report_id, t_start, t_end, day, domains, content, raw,
 *                   last_raw, channel, trust, state (TLSRPT_STATE_*), source,
 *                   t_recv, t_last, copies, conflicts, details, notes
 *   tlsrpt_policy   rid, pseq, day, domain, ptype, mode, phash, ok, fail,
 *                   class (TLSRPT_CLASS_*, by trust and state of the report)
 *   tlsrpt_ptext    phash, ptype, day, body (the lines), mx (the patterns,
 *                   with a blank between two): what policies said
 *   tlsrpt_failure  rid, pseq, fseq, rtype (as sent), mx, helo, rcv_ip, snd_ip
 *                   (in their shortest form), sessions, reason, info
 *   tlsrpt_count    rid, domain, ptype, rtype, day, submitter, sessions: what
 *                   one report says, whether it counts or not
 *   tlsrpt_day      domain, day, submitter, ptype, rtype, sessions, verified:
 *                   the daily totals of the reports that count; verified is 1
 *                   where they are of trust TLSRPT_TRUST_DKIM or higher, else
 *                   0, and one of the two for a (domain, day, submitter)
 *
 * day is yyyymmdd; t_ are seconds since 1970. ptype is one of "sts", "tlsa",
 * "no-policy-found", "other". In tlsrpt_count and tlsrpt_day rtype is "ok" or
 * "failed" for the summaries, else a registered result type or "other".
 *
 * The counting rule, for who reads tlsrpt_day: within one (day, domain,
 * submitter, ptype) sessions add up; of sts and tlsa the larger one counts,
 * because a sender may report the same sessions under both; no-policy-found and
 * other are added. Result types are never added up to a total (RFC 8460, 4.3:
 * a session may count under several).
 */
#ifndef MTA_STS_CORE_STORE_H
#define MTA_STS_CORE_STORE_H

#include <apr_dbd.h>

#include "core/spool.h"
#include "core/tlsrpt.h"

typedef struct tlsrpt_store_t tlsrpt_store_t;

/** The version of the schema that this code makes, and migrates to. */
#define TLSRPT_SCHEMA_VERSION 3

/** The most sessions of one count; a larger one is cut. That is more than all
 * mail of the world in a day, and 92 million of such counts still add up to
 * less than 2^63, so that no sum in SQL overflows. */
#define TLSRPT_SESSIONS_MAX APR_INT64_C(100000000000)

/** The most octets of a name (domain, submitter, source) in the store. */
#define TLSRPT_STORE_NAME_MAX 255

/** What tlsrpt_report.state says. */
#define TLSRPT_STATE_COUNTS 0 /* counts, unless a better one outranks it */
#define TLSRPT_STATE_MARKED 1 /* a mail without DKIM: counts nowhere */

/** What tlsrpt_policy.class says. */
#define TLSRPT_CLASS_MARKED   0 /* TLSRPT_STATE_MARKED */
#define TLSRPT_CLASS_ANYBODY  1 /* of less trust than TLSRPT_TRUST_DKIM */
#define TLSRPT_CLASS_VERIFIED 2 /* of that or more */

/**
 * Is a store written as it should be: a database that is known, and something
 * behind it? Asks nobody.
 *
 * @return  NULL, or a sentence without a final full stop; static, and without
 *          what was written, which may hold a password
 */
const char *tlsrpt_store_spelling(const char *where);

/**
 * Could a store be opened: is it written as it should be, and is the driver
 * there? Connects to nothing.
 *
 * @return  NULL, or a sentence without a final full stop; in p
 */
const char *tlsrpt_store_check(apr_pool_t *p, const char *where);

/**
 * Could a process of this user make, or write, the file of an SQLite store, as
 * far as owner and mode tell? Makes nothing.
 *
 * @return  NULL, or a sentence without a final full stop; in p
 */
const char *tlsrpt_store_file_check(apr_pool_t *p, const char *file,
                                    apr_int64_t uid);

/**
 * Open a store, and make or migrate its schema.
 *
 * @param p       lives as long as the store; destroying it closes the store
 * @param where   "sqlite3:FILE", "pgsql:PARAMS" or "mysql:PARAMS", PARAMS as
 *                DBDParams takes them
 * @param write   0: to read only; then the schema must be there
 * @param store   untouched on error
 * @return        NULL, or a sentence without the password in it
 */
const char *tlsrpt_store_open(apr_pool_t *p, const char *where, int write,
                              tlsrpt_store_t **store);

/**
 * The same over a connection that somebody else opened, as mod_dbd does
 * (TLSRPTStore dbd). It stays open when p is destroyed. SQLite's driver frees
 * no statement before the connection is closed, so that those of one store
 * serve the next one over the same connection.
 *
 * @param life    lives as long as the connection (ap_dbd_t.pool)
 * @param driver  "sqlite3", "pgsql" or "mysql"
 */
const char *tlsrpt_store_attach(apr_pool_t *p, apr_pool_t *life,
                                const apr_dbd_driver_t *driver,
                                apr_dbd_t *handle, int write,
                                tlsrpt_store_t **store);

/** Is the database there? NULL, or a sentence. */
const char *tlsrpt_store_ping(apr_pool_t *p, tlsrpt_store_t *store);

/**
 * Was the file of SQLite replaced or removed since it was opened? Then it is
 * to be opened anew: what is stored in the old one is lost. A batch asks when
 * it begins, and again when it is committed. Cheap: a stat(2).
 *
 * @return  NULL, or a sentence
 */
const char *tlsrpt_store_moved(apr_pool_t *p, const tlsrpt_store_t *store);

/**
 * Before the handle of a file that was replaced or removed is closed: its
 * write-ahead log is written into it, and taken out of the way of the new file.
 *
 * @return  NULL, or a sentence: not yet. To open the new file now would ruin it
 */
const char *tlsrpt_store_leave(apr_pool_t *p, tlsrpt_store_t *store);

/** Nothing is to be stored for now: SQLite writes its write-ahead log into the
 * file, and empties it. Should somebody put another file in the place of that
 * one now, there is no log in its way. */
void tlsrpt_store_rest(apr_pool_t *p, tlsrpt_store_t *store);

typedef enum {
    TLSRPT_STORE_NEW = 0,  /* stored */
    TLSRPT_STORE_SAME,     /* it was there: same key, same content; where this
                            * one is believed more, its rows are kept */
    TLSRPT_STORE_REPLACED, /* same key, other content, higher trust: the old
                            * one's numbers are gone */
    TLSRPT_STORE_CONFLICT, /* same key, other content, no higher trust: the
                            * first stays, and the conflict is counted */
    TLSRPT_STORE_FOREIGN,  /* no policy of it is ours: nothing was stored */
    TLSRPT_STORE_MORE      /* it was there: same key, same content; but policies
                            * of it have become ours, and are stored now */
} tlsrpt_store_e;

/** Of what age things go, in seconds. */
typedef struct {
    apr_int64_t raw;     /* the spool's raw/; 30 days */
    apr_int64_t details; /* failures and policy texts; 90 days */
    apr_int64_t totals;  /* reports, policies and daily totals; 400 days */
} tlsrpt_keep_t;

typedef enum {
    TLSRPT_OURS_NOT = 0,
    TLSRPT_OURS_NAMED,   /* the domain is written somewhere */
    TLSRPT_OURS_WILDCARD /* only a wildcard, or a regular expression, matches
                          * it, which match any number of others, too */
} tlsrpt_ours_e;

/** Does a policy of a report belong to this server? */
typedef tlsrpt_ours_e tlsrpt_ours_t(const tlsrpt_policy_t *policy, void *baton);

/** Of a report from anybody so many policies are stored that are ours by a
 * wildcard alone: whoever knows the wildcard makes up domains, and their totals
 * stay for more than a year. Real reports are about one domain, or a few. */
#define TLSRPT_WILDCARD_MAX 10

/**
 * Begin a batch: what tlsrpt_store_add() stores from now on is committed by
 * tlsrpt_store_commit(), all at once, because a commit waits for the disk. A
 * report that is refused takes no other with it. Others who write wait.
 */
const char *tlsrpt_store_batch(apr_pool_t *p, tlsrpt_store_t *store);

/** Commit the batch. On error nothing of it is stored. */
const char *tlsrpt_store_commit(apr_pool_t *p, tlsrpt_store_t *store);

/**
 * Store a report, in one transaction or as a part of a batch: also when the
 * process is killed in the middle, all of it is there or nothing. Its numbers
 * go into the daily totals (day, domain, submitter, policy type); a mailed
 * report without DKIM is kept and counted nowhere; where a (day, domain,
 * submitter) has reports of trust TLSRPT_TRUST_DKIM or higher, those below it
 * are not counted there.
 *
 * @param raw    the entry's name in the spool
 * @param ours   NULL: every policy; else those for which it answers
 *               TLSRPT_OURS_NOT are not stored, and of a report below
 *               TLSRPT_TRUST_DKIM only the first TLSRPT_WILDCARD_MAX for which
 *               it answers TLSRPT_OURS_WILDCARD; a note of the report says so
 * @param keep   what is older than details gets no details
 * @param now    seconds since 1970
 * @param how    what was done
 * @return       NULL, or a sentence: nothing was changed then
 */
const char *tlsrpt_store_add(apr_pool_t *p, tlsrpt_store_t *store,
                             const tlsrpt_report_t *report,
                             const tlsrpt_origin_t *origin, const char *raw,
                             tlsrpt_ours_t *ours, void *baton,
                             const tlsrpt_keep_t *keep, apr_int64_t now,
                             tlsrpt_store_e *how);

/**
 * Delete what is too old, in portions, each a transaction of its own.
 *
 * @param again  there is more: call again
 * @return       NULL, or a sentence
 */
const char *tlsrpt_store_expire(apr_pool_t *p, tlsrpt_store_t *store,
                                const tlsrpt_keep_t *keep, apr_int64_t now,
                                int *again);

/* ---- reading: for core/summary ------------------------------------------ */

/**
 * Run a query of ours, with values as texts.
 *
 * @param sql   a constant text of our own with %s for each value, numbers too,
 *              without LIMIT, in the SQL that the three databases share; a %
 *              is written %%
 * @param rows  of const char ** (the columns, "" for NULL), in p
 * @param max   at most so many rows
 * @return      NULL, or a sentence
 */
const char *tlsrpt_store_query(apr_pool_t *p, tlsrpt_store_t *store,
                               const char *sql, const char **values,
                               int columns, int max, apr_array_header_t **rows);

#endif
