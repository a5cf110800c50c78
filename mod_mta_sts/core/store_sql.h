/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Inside the store: a connection, and statements on it. For the files
 * store*.c alone.
 *
 * Values reach the database only as parameters of prepared statements. Each
 * function answers NULL or a sentence in p.
 */
#ifndef MTA_STS_CORE_STORE_SQL_H
#define MTA_STS_CORE_STORE_SQL_H

#include <apr_file_info.h>
#include <apr_hash.h>

#include "core/store.h"

typedef enum { STORE_SQLITE, STORE_PGSQL, STORE_MYSQL } store_dialect_e;

/** TLSRPT_TRUST_DKIM, in SQL: from here on a report is verified. */
#define STORE_VERIFIED "2"

/** Prepared statements of a connection. */
typedef struct {
    apr_pool_t *p;   /* they live as long as this */
    apr_hash_t *all; /* text of the statement -> apr_dbd_prepared_t */
    int kept;        /* do other stores use them after this one? */
    int good;        /* was something committed by them? */
} store_statements_t;

/** Which file of SQLite is open. */
typedef struct {
    const char *path; /* NULL: none with a name that is known */
    apr_dev_t device;
    apr_ino_t inode;
} store_file_t;

struct tlsrpt_store_t {
    apr_pool_t *p; /* lives as long as the store */
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    store_dialect_e dialect;
    int write;
    int batch;            /* within tlsrpt_store_batch() */
    apr_pool_t *due_pool; /* of due; NULL: there was no batch yet */
    apr_hash_t *due;      /* totals to be written when the batch ends */
    int own;              /* we opened the connection */
    store_statements_t *statements;
    store_file_t *file; /* of SQLite; may be NULL */
    store_file_t *log;  /* its write-ahead log, of who writes; may be NULL */
};

/** Run a statement without values that answers no rows. */
const char *store_exec(apr_pool_t *p, tlsrpt_store_t *store, const char *sql);

/**
 * Run a statement that changes rows.
 *
 * @param sql     constant; %s for each value, numbers too
 * @param values  as many texts
 */
const char *store_change(apr_pool_t *p, tlsrpt_store_t *store, const char *sql,
                         const char *const *values);

/** Run a statement that answers rows: see tlsrpt_store_query(). */
const char *store_rows(apr_pool_t *p, tlsrpt_store_t *store, const char *sql,
                       const char *const *values, int columns, int max,
                       apr_array_header_t **rows);

/** The first column of the first row, or NULL without an error if there is no
 * row. No values. */
const char *store_value(apr_pool_t *p, tlsrpt_store_t *store, const char *sql,
                        const char **value);

/**
 * Begin a transaction, and wait until nobody else writes; not in tables of
 * another version. In a batch, a part of it. store_end() commits if error is
 * NULL, else it rolls back; it answers error, or its own. Where a part cannot
 * be rolled back, the batch is.
 */
const char *store_begin(apr_pool_t *p, tlsrpt_store_t *store);
const char *store_end(apr_pool_t *p, tlsrpt_store_t *store, const char *error);

/** The parts of that, for store_schema.c: wait, in a transaction, until nobody
 * else writes; commit if error is NULL, else roll back. */
const char *store_lock_writer(apr_pool_t *p, tlsrpt_store_t *store);
const char *store_finish(apr_pool_t *p, tlsrpt_store_t *store,
                         const char *error);

/** store_schema.c: look at the version; make and migrate the tables. */
const char *store_schema(apr_pool_t *p, tlsrpt_store_t *store);

/** Do they still have our version? Another host, with another version, may have
 * the same store. Within a transaction. */
const char *store_schema_stays(apr_pool_t *p, tlsrpt_store_t *store);

/**
 * store_totals.c: write the daily totals of a (day, domain, submitter) anew,
 * from all reports for it. Within a transaction. In a batch each is written
 * once, at its end: a thousand reports for one would otherwise sum up half a
 * million.
 */
const char *store_rebuild(apr_pool_t *p, tlsrpt_store_t *store, const char *day,
                          const char *domain, const char *submitter);

/** A batch begins: nothing is due; it ends: write what is. */
void store_totals_begin(tlsrpt_store_t *store);
const char *store_totals_end(apr_pool_t *p, tlsrpt_store_t *store);

/** Delete a report and all that hangs on it, but not the totals. Within a
 * transaction. */
const char *store_remove(apr_pool_t *p, tlsrpt_store_t *store, const char *rid);

/**
 * store_params.c: the parameters, with bounds of time where the administrator
 * set none.
 */
const char *store_params_complete(apr_pool_t *p, store_dialect_e dialect,
                                  const char *params);

/** Does what the database says hold a word of the parameters that may be
 * secret? */
int store_params_tell(apr_pool_t *p, const char *params, const char *text);

/**
 * store_file.c: SQLite would make a file that anybody may read, and an empty
 * one for somebody who only wants to look.
 */
const char *store_file_prepare(apr_pool_t *p, const char *path, int write);

/** Note which file has this name now. In p. */
store_file_t *store_file_note(apr_pool_t *p, const char *path);

/** The same for a connection of mod_dbd: which one it was when the connection
 * was attached first. */
store_file_t *store_file_of(apr_pool_t *p, apr_pool_t *life,
                            tlsrpt_store_t *store);

/** The day of a time, as yyyymmdd. */
const char *store_day(apr_pool_t *p, apr_int64_t seconds);

#endif
