/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Statements on the connection of a store.
 *
 * apr_dbd's own transactions are not used: its drivers differ in what they do
 * after an error, and BEGIN and COMMIT are the same SQL everywhere.
 */
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "core/escape.h"
#include "core/store_sql.h"

/** The most octets of what a database says. */
#define SAID_MAX 400

/* What the database says of its last error. */
static const char *said(apr_pool_t *p, tlsrpt_store_t *store, int number)
{
    const char *text = apr_dbd_error(store->driver, store->handle, number);

    if (!text || !*text) {
        return apr_psprintf(p, "The database fails with number %d.", number);
    }
    text = apr_pstrndup(p, text, SAID_MAX);
    text = apr_pstrndup(p, text, strcspn(text, "\r\n"));
    return apr_psprintf(p, "The database says: %s",
                        mta_sts_escape_line(p, text));
}

const char *store_exec(apr_pool_t *p, tlsrpt_store_t *store, const char *sql)
{
    int changed = 0;
    int rv = apr_dbd_query(store->driver, store->handle, &changed, sql);

    return rv ? said(p, store, rv) : NULL;
}

/*
 * A statement is prepared once for each connection. Without a label the driver
 * of PostgreSQL leaves the types of the values to the server, which takes them
 * from the columns; and labels would meet those of others on a connection that
 * is not ours.
 */
static const char *prepare(apr_pool_t *p, tlsrpt_store_t *store,
                           const char *sql, apr_dbd_prepared_t **statement)
{
    store_statements_t *statements = store->statements;
    int rv;

    *statement = apr_hash_get(statements->all, sql, APR_HASH_KEY_STRING);
    if (*statement) {
        return NULL;
    }
    rv = apr_dbd_prepare(store->driver, statements->p, store->handle, sql, NULL,
                         statement);
    if (rv) {
        return said(p, store, rv);
    }
    apr_hash_set(statements->all, apr_pstrdup(statements->p, sql),
                 APR_HASH_KEY_STRING, *statement);
    return NULL;
}

/* It failed. Somebody may have changed the tables, which makes a statement of
 * before useless: so those that did their work once are prepared anew. */
static const char *broken(apr_pool_t *p, tlsrpt_store_t *store, int number)
{
    store_statements_t *statements = store->statements;
    const char *error = said(p, store, number);

    if (statements->kept && (statements->good || !store->write)) {
        apr_hash_clear(statements->all);
        statements->good = 0;
    }
    return error;
}

/* How many values a statement has. */
static int values_of(const char *sql)
{
    int n = 0;

    for (; (sql = strchr(sql, '%')) != NULL; sql += 2) {
        n += sql[1] != '%';
    }
    return n;
}

const char *store_change(apr_pool_t *p, tlsrpt_store_t *store, const char *sql,
                         const char *const *values)
{
    apr_dbd_prepared_t *statement;
    const char *error = prepare(p, store, sql, &statement);
    int changed = 0, rv;

    if (error) {
        return error;
    }
    rv = apr_dbd_pquery(store->driver, p, store->handle, &changed, statement,
                        values_of(sql), (const char **)values);
    return rv ? broken(p, store, rv) : NULL;
}

/*
 * PostgreSQL's driver sleeps after an empty answer, unless the rows are asked
 * for at random; MariaDB's gives such rows by their number only.
 */
static int at_random(const tlsrpt_store_t *store)
{
    return store->dialect == STORE_PGSQL;
}

/* The rows of an answer, copied to p. */
static apr_array_header_t *take_rows(apr_pool_t *p, apr_pool_t *scratch,
                                     tlsrpt_store_t *store,
                                     apr_dbd_results_t *answer, int columns,
                                     int max)
{
    apr_array_header_t *rows = apr_array_make(p, 8, sizeof(const char **));
    apr_dbd_row_t *row = NULL;
    int i;

    while (apr_dbd_get_row(store->driver, scratch, answer, &row, -1) == 0) {
        const char **texts;

        if (rows->nelts == max) {
            continue; /* the answer has to be read to its end */
        }
        texts = apr_palloc(p, sizeof(*texts) * (apr_size_t)columns);
        for (i = 0; i < columns; i++) {
            const char *text = apr_dbd_get_entry(store->driver, row, i);

            texts[i] = text ? apr_pstrdup(p, text) : "";
        }
        APR_ARRAY_PUSH(rows, const char **) = texts;
    }
    return rows;
}

const char *store_rows(apr_pool_t *p, tlsrpt_store_t *store, const char *sql,
                       const char *const *values, int columns, int max,
                       apr_array_header_t **rows)
{
    apr_dbd_prepared_t *statement;
    apr_dbd_results_t *answer = NULL;
    apr_pool_t *scratch;
    const char *error = prepare(p, store, sql, &statement);
    int rv;

    if (error) {
        return error;
    }
    apr_pool_create(&scratch, p);
    rv = apr_dbd_pselect(store->driver, scratch, store->handle, &answer,
                         statement, at_random(store), values_of(sql),
                         (const char **)values);
    if (rv) {
        error = broken(p, store, rv);
    }
    else {
        *rows = take_rows(p, scratch, store, answer, columns, max);
    }
    apr_pool_destroy(scratch);
    return error;
}

const char *store_value(apr_pool_t *p, tlsrpt_store_t *store, const char *sql,
                        const char **value)
{
    apr_dbd_results_t *answer = NULL;
    apr_array_header_t *rows;
    apr_pool_t *scratch;
    const char *error = NULL;
    int rv;

    *value = NULL;
    apr_pool_create(&scratch, p);
    rv = apr_dbd_select(store->driver, scratch, store->handle, &answer, sql,
                        at_random(store));
    if (rv) {
        error = broken(p, store, rv);
    }
    else {
        rows = take_rows(p, scratch, store, answer, 1, 1);
        if (rows->nelts) {
            *value = APR_ARRAY_IDX(rows, 0, const char **)[0];
        }
    }
    apr_pool_destroy(scratch);
    return error;
}

/* ---- transactions ---- */

static const char *rollback(apr_pool_t *p, tlsrpt_store_t *store,
                            const char *error)
{
    store_exec(p, store, "ROLLBACK");
    return error;
}

const char *store_lock_writer(apr_pool_t *p, tlsrpt_store_t *store)
{
    apr_array_header_t *rows;
    const char *error;

    if (store->dialect == STORE_SQLITE) { /* IMMEDIATE is the lock */
        return tlsrpt_store_moved(p, store);
    }
    error = store_rows(p, store,
                       "SELECT v FROM tlsrpt_meta WHERE k = 'writer' "
                       "FOR UPDATE",
                       NULL, 1, 1, &rows);
    return error || rows->nelts ? error
                                : "The table tlsrpt_meta has lost its row "
                                  "\"writer\": insert it again, with v empty.";
}

static const char *begin(apr_pool_t *p, tlsrpt_store_t *store)
{
    static const char *const sql[] = {"BEGIN IMMEDIATE", "BEGIN",
                                      "START TRANSACTION"};
    const char *error = store_exec(p, store, sql[store->dialect]);

    if (error) {
        return error;
    }
    error = store_lock_writer(p, store);
    error = error ? error : store_schema_stays(p, store);
    return error ? rollback(p, store, error) : NULL;
}

/*
 * MariaDB's client may connect again by itself when a connection is lost (the
 * driver asks it to), and would then commit nothing and answer success. A
 * prepared statement is lost with its connection, so that this fails.
 */
static const char *commit(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *error = store->dialect == STORE_MYSQL
                            ? store_change(p, store, "COMMIT", NULL)
                            : store_exec(p, store, "COMMIT");

    store->statements->good |= !error;
    return error ? rollback(p, store, error) : tlsrpt_store_moved(p, store);
}

const char *store_begin(apr_pool_t *p, tlsrpt_store_t *store)
{
    return store->batch ? store_exec(p, store, "SAVEPOINT tlsrpt_part")
                        : begin(p, store);
}

const char *store_finish(apr_pool_t *p, tlsrpt_store_t *store,
                         const char *error)
{
    return error ? rollback(p, store, error) : commit(p, store);
}

const char *store_end(apr_pool_t *p, tlsrpt_store_t *store, const char *error)
{
    if (!store->batch) {
        return store_finish(p, store, error);
    }
    if (!error) {
        return store_exec(p, store, "RELEASE SAVEPOINT tlsrpt_part");
    }
    if (store_exec(p, store, "ROLLBACK TO SAVEPOINT tlsrpt_part")) {
        store->batch = 0;
        return rollback(p, store, error);
    }
    return error;
}

const char *tlsrpt_store_batch(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *error = begin(p, store);

    store_totals_begin(store);
    store->batch = !error;
    return error;
}

const char *tlsrpt_store_commit(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *error;

    if (!store->batch) {
        return "The batch was rolled back.";
    }
    store->batch = 0;
    error = store_totals_end(p, store);
    return error ? rollback(p, store, error) : commit(p, store);
}

const char *store_day(apr_pool_t *p, apr_int64_t seconds)
{
    apr_time_exp_t t;

    apr_time_exp_gmt(&t, apr_time_from_sec(seconds));
    return apr_psprintf(
        p, "%d", (t.tm_year + 1900) * 10000 + (t.tm_mon + 1) * 100 + t.tm_mday);
}
