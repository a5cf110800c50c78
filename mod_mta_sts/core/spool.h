/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The spool: reports on disk, between those who take them (httpd by POST, the
 * command-line tool from mail and files) and the one who stores them. What is
 * in it survives kill -9 and a power cut; what is not was never accepted.
 *
 *   tmp/   being written; names of no meaning, left over after a crash
 *   new/   waiting for the store
 *   raw/   stored, and kept for a while
 *   bad/   could not be read: a few, cut, each with its reason
 *
 * All of it belongs to the user of httpd. Its group may put files into the
 * spool: it sees the names in tmp/ and new/, and reads nothing but its own.
 *
 * An entry has the name DIGEST-TRUST: the SHA-256 of the report's JSON (and of
 * what else makes another report of it, see core/entry.h) in hexadecimal
 * digits, and one digit. It begins with lines "Name: value", a blank line ends
 * them, then comes the JSON as received, unpacked.
 *
 * Whoever may write into new/ is believed in what he says of a report, its
 * trust too, and in nothing else: links are never followed, and a file whose
 * content does not belong to its name takes no report's place.
 */
#ifndef MTA_STS_CORE_SPOOL_H
#define MTA_STS_CORE_SPOOL_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_file_io.h>

/** How a report came, by which it is believed. Nothing gives 1: an entry that
 * has it is better than one of 0, and unverified as that is. */
typedef enum {
    TLSRPT_TRUST_NONE = 0, /* HTTPS from anybody, mail without DKIM */
    TLSRPT_TRUST_DKIM = 2, /* mail with a DKIM signature of the submitter */
    TLSRPT_TRUST_LOCAL = 3 /* a file that the administrator gave */
} tlsrpt_trust_e;

typedef enum {
    TLSRPT_CHANNEL_HTTPS = 0,
    TLSRPT_CHANNEL_MAIL,
    TLSRPT_CHANNEL_FILE
} tlsrpt_channel_e;

/** What is known of a report besides its JSON. Texts: one line, "" for none. */
typedef struct {
    tlsrpt_channel_e channel;
    tlsrpt_trust_e trust;
    apr_int64_t received; /* seconds since 1970 */
    const char *source;   /* address of the client, or domain of the signer */
    const char *domain;   /* policy domain given from outside, if it was used */
    const char *submitter; /* TLS-Report-Submitter, if there was one */
} tlsrpt_origin_t;

typedef struct tlsrpt_spool_t tlsrpt_spool_t;

/**
 * The bounds of a spool. Where they are reached, or the disk is full, the
 * oldest of raw/ go, which are only copies; where that would not be enough,
 * tlsrpt_spool_put() answers APR_ENOSPC. A process of the group, which cannot
 * look into raw/, counts new/ alone. Files are counted now and then, so several
 * processes together may go a quarter over the bounds.
 */
typedef struct {
    apr_off_t bytes; /* in new/ and raw/ together; 0: no bound */
    apr_off_t files; /* the same */
} tlsrpt_spool_limits_t;

/** How many bad bodies are kept, and how many octets of each. */
#define TLSRPT_BAD_KEPT 20
#define TLSRPT_BAD_SIZE 65536

/**
 * Make the folders that are missing: the spool itself (whose parent must be
 * there) for its owner and its group, and in it those named above, which get
 * the spool's group. A folder that is there stays as it is.
 *
 * @param folder  absolute
 * @param uid     whom to give to what is made, with gid; -1: keep it, but where
 *                root is at it, the owner of the spool gets what is made in it
 * @param why     on error, a sentence that says what and what to do; in p
 */
apr_status_t tlsrpt_spool_make(apr_pool_t *p, const char *folder,
                               apr_int64_t uid, apr_int64_t gid,
                               const char **why);

/**
 * Could a process of this user open the spool, and put reports into it, when
 * tlsrpt_spool_make() was called? Makes nothing.
 *
 * @return  NULL, or a sentence that says why not and what to do; in p
 */
const char *tlsrpt_spool_check(apr_pool_t *p, const char *folder,
                               apr_int64_t uid);

/**
 * Open a spool. The folders are made if they are missing and can be.
 *
 * @param p       lives as long as the spool
 * @param folder  absolute
 * @param why     on error, a sentence that says what and what to do; in p
 */
apr_status_t tlsrpt_spool_open(apr_pool_t *p, const char *folder,
                               tlsrpt_spool_t **spool, const char **why);

/**
 * Are the folders that were opened no longer those that are there? Somebody
 * removed or renamed them, or the spool.
 */
int tlsrpt_spool_moved(const tlsrpt_spool_t *spool);

/**
 * Put a report into new/: written to tmp/, synced, linked, the folder synced.
 * Threads and processes may do so at the same time.
 *
 * @param limits  may be NULL
 * @param name    the entry's name, in p; may be NULL
 * @return        APR_SUCCESS; APR_EEXIST: it is there already, in new/ or raw/;
 *                APR_ENOSPC: over a limit, or the disk is full (EDQUOT too); or
 *                another error of the system. Nothing is left behind then.
 *                APR_EEXIST is as good as APR_SUCCESS: what is there is whole,
 *                and on the disk.
 */
apr_status_t tlsrpt_spool_put(apr_pool_t *p, tlsrpt_spool_t *spool,
                              const tlsrpt_origin_t *origin, const char *json,
                              apr_size_t len,
                              const tlsrpt_spool_limits_t *limits,
                              const char **name);

/**
 * Is a report there already? As tlsrpt_spool_put() would find, which looks for
 * itself; for who would not put it otherwise.
 *
 * @return  APR_EEXIST: it is; APR_SUCCESS: it is not; or an error of the system
 */
apr_status_t tlsrpt_spool_look(apr_pool_t *p, tlsrpt_spool_t *spool,
                               const tlsrpt_origin_t *origin, const char *json,
                               apr_size_t len);

/**
 * Keep what could not be read, for the administrator: cut, with the reason and
 * the origin in front; the oldest make room. What did not come by HTTPS is on
 * the disk then: nobody else may have it.
 *
 * @return  APR_SUCCESS, or an error: it is not kept
 */
apr_status_t tlsrpt_spool_put_bad(apr_pool_t *p, tlsrpt_spool_t *spool,
                                  const tlsrpt_origin_t *origin,
                                  const char *why, const char *data,
                                  apr_size_t len);

/**
 * The names waiting in new/, oldest first by their time of modification.
 *
 * @param max  at most so many
 * @param all  how many there are; may be NULL
 * @return     of const char *, in p; NULL if the folder cannot be read
 */
apr_array_header_t *tlsrpt_spool_list(apr_pool_t *p, tlsrpt_spool_t *spool,
                                      int max, int *all);

/**
 * Read an entry of new/ back.
 *
 * @param max   octets of JSON; more is APR_EGENERAL. So is what the owner of
 *              the spool has not put, and is larger than TLSRPT_SIZE_DEFAULT,
 *              and what has holes
 * @param json  in p, NUL-terminated behind its len octets
 * @return      APR_SUCCESS; APR_ENOENT: gone (another process took it);
 *              APR_EGENERAL: it is no entry; or an error of the system
 */
apr_status_t tlsrpt_spool_read(apr_pool_t *p, tlsrpt_spool_t *spool,
                               const char *name, apr_size_t max,
                               tlsrpt_origin_t *origin, const char **json,
                               apr_size_t *len);

/** It is stored: move it from new/ to raw/. That it is not in new/ any more is
 * no error. */
apr_status_t tlsrpt_spool_stored(apr_pool_t *p, tlsrpt_spool_t *spool,
                                 const char *name);

/**
 * It is about policy domains of others, or some of its policies are: keep it in
 * raw/ under a name with ".foreign" behind it, that of no report. So it is
 * taken when it comes again, and can be moved back by hand, where such a domain
 * became one of this server. That it is not in new/ any more is no error.
 */
apr_status_t tlsrpt_spool_foreign(apr_pool_t *p, tlsrpt_spool_t *spool,
                                  const char *name);

/** It cannot be stored, ever: move it from new/ to bad/, with the reason, or as
 * it is where it cannot be read. A folder that is not empty only loses its
 * name. On an error it stays. */
apr_status_t tlsrpt_spool_reject(apr_pool_t *p, tlsrpt_spool_t *spool,
                                 const char *name, const char *why);

/**
 * Tidy up: in tmp/ what is older than an hour; in new/ what is as old, is not
 * the owner's, and has the name of no entry (it goes to bad/) or is no file; in
 * raw/ what is older than keep seconds; in bad/ all but the newest
 * TLSRPT_BAD_KEPT, and what is older than an hour and no file. A folder that is
 * not empty stays.
 *
 * @return  how many were removed
 */
int tlsrpt_spool_expire(apr_pool_t *p, tlsrpt_spool_t *spool, apr_int64_t now,
                        apr_int64_t keep);

/**
 * Let the oldest of raw/ go until new/ and raw/ are within the bounds, or raw/
 * is empty: for whoever fills raw/ from what the group put.
 */
void tlsrpt_spool_trim(apr_pool_t *p, tlsrpt_spool_t *spool,
                       const tlsrpt_spool_limits_t *limits);

/** What is in new/ and raw/: files and octets. */
void tlsrpt_spool_usage(apr_pool_t *p, tlsrpt_spool_t *spool, apr_off_t *files,
                        apr_off_t *bytes);

/** "https", "mail" or "file". Static. */
const char *tlsrpt_channel_name(tlsrpt_channel_e channel);

#endif
