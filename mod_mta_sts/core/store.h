/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reports in SQL, through apr_dbd: SQLite, PostgreSQL, MariaDB.
 *
 * One process writes at a time (the intake of mod_tlsrpt, a singleton); any
 * number read. Each report is one transaction. A handle belongs to one thread.
 * Errors are sentences in the pool of the call, with what the database said,
 * escaped for one line.
 */
#ifndef MTA_STS_CORE_STORE_H
#define MTA_STS_CORE_STORE_H

#include <apr_dbd.h>

#include "core/spool.h"
#include "core/tlsrpt.h"

typedef struct tlsrpt_store_t tlsrpt_store_t;

/** The version of the schema that this code makes, and migrates to. */
#define TLSRPT_SCHEMA_VERSION 1

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
 * (TLSRPTStore dbd). It stays open when p is destroyed.
 *
 * @param driver  "sqlite3", "pgsql" or "mysql"
 */
const char *tlsrpt_store_attach(apr_pool_t *p, const apr_dbd_driver_t *driver,
                                apr_dbd_t *handle, int write,
                                tlsrpt_store_t **store);

/** Is the database there? NULL, or a sentence. */
const char *tlsrpt_store_ping(apr_pool_t *p, tlsrpt_store_t *store);

typedef enum {
    TLSRPT_STORE_NEW = 0,  /* stored */
    TLSRPT_STORE_SAME,     /* it was there: same key, same content */
    TLSRPT_STORE_REPLACED, /* same key, other content, higher trust: the old
                            * one's numbers are gone */
    TLSRPT_STORE_CONFLICT  /* same key, other content, no higher trust: the
                            * first stays, and the conflict is counted */
} tlsrpt_store_e;

/** Of what age things go, in seconds. */
typedef struct {
    apr_int64_t raw;     /* the spool's raw/; 30 days */
    apr_int64_t details; /* failures and policy texts; 90 days */
    apr_int64_t totals;  /* reports, policies and daily totals; 400 days */
} tlsrpt_keep_t;

/** Does a policy of a report belong to this server? */
typedef int tlsrpt_ours_t(const tlsrpt_policy_t *policy, void *baton);

/**
 * Store a report, in one transaction: also when the process is killed in the
 * middle, all of it is there or nothing. Its numbers go into the daily totals
 * (day, domain, submitter, policy type); a mailed report without DKIM is kept
 * and counted nowhere; where a (day, domain, submitter) has reports of trust
 * TLSRPT_TRUST_DKIM or higher, those below it are not counted there.
 *
 * @param raw    the entry's name in the spool
 * @param ours   NULL: every policy; else policies for which it answers 0 are
 *               not stored, and at least one must be ours
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
 * @param sql   a constant text of our own with %s for each value, in the SQL
 *              that the three databases share
 * @param rows  of const char ** (the columns, "" for NULL), in p
 * @param max   at most so many rows
 * @return      NULL, or a sentence
 */
const char *tlsrpt_store_query(apr_pool_t *p, tlsrpt_store_t *store,
                               const char *sql, const char **values,
                               int columns, int max, apr_array_header_t **rows);

#endif
