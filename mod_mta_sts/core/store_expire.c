/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is too old goes, in portions: a transaction that deletes a year would
 * keep everybody else waiting.
 */
#include "core/store_sql.h"

/** The most reports, or policy texts, of one portion. */
#define PORTION 200

/* Children first: foreign keys may be switched off on a connection of others.
 */
const char *store_remove(apr_pool_t *p, tlsrpt_store_t *store, const char *rid)
{
    static const char *const statements[] = {
        "DELETE FROM tlsrpt_failure WHERE rid = %s",
        "DELETE FROM tlsrpt_policy WHERE rid = %s",
        "DELETE FROM tlsrpt_count WHERE rid = %s",
        "DELETE FROM tlsrpt_report WHERE rid = %s"};
    const char *error = NULL;
    apr_size_t i;

    for (i = 0; !error && i < sizeof(statements) / sizeof(statements[0]); i++) {
        error = store_change(p, store, statements[i], &rid);
    }
    return error;
}

typedef const char *drop_t(apr_pool_t *p, tlsrpt_store_t *store,
                           const char **row);

static const char *drop_details(apr_pool_t *p, tlsrpt_store_t *store,
                                const char **row)
{
    const char *error = store_change(
        p, store, "DELETE FROM tlsrpt_failure WHERE rid = %s", row);

    return error ? error
                 : store_change(p, store,
                                "UPDATE tlsrpt_report SET details = 0 "
                                "WHERE rid = %s",
                                row);
}

static const char *drop_text(apr_pool_t *p, tlsrpt_store_t *store,
                             const char **row)
{
    return store_change(p, store, "DELETE FROM tlsrpt_ptext WHERE phash = %s",
                        row);
}

/* A report with its totals. Other reports of that day go as well, if not in
 * this portion, then in the next. */
static const char *drop_report(apr_pool_t *p, tlsrpt_store_t *store,
                               const char **row)
{
    apr_array_header_t *domains;
    const char *error;
    int i;

    error = store_rows(p, store,
                       "SELECT DISTINCT domain FROM tlsrpt_count "
                       "WHERE rid = %s",
                       row, 1, TLSRPT_POLICIES_MAX, &domains);
    for (i = 0; !error && i < domains->nelts; i++) {
        const char *values[] = {APR_ARRAY_IDX(domains, i, const char **)[0],
                                row[1], row[2]};

        error = store_change(p, store,
                             "DELETE FROM tlsrpt_day WHERE domain = %s AND "
                             "day = %s AND submitter = %s",
                             values);
    }
    return error ? error : store_remove(p, store, row[0]);
}

static const struct {
    const char *sql;
    int columns;
    int totals; /* of which age: totals, else details */
    drop_t *drop;
} kinds[] = {
    {"SELECT rid FROM tlsrpt_report WHERE details = 1 AND day < %s ORDER BY "
     "day",
     1, 0, drop_details},
    {"SELECT phash FROM tlsrpt_ptext WHERE day < %s ORDER BY day", 1, 0,
     drop_text},
    {"SELECT rid, day, submitter FROM tlsrpt_report WHERE day < %s ORDER BY "
     "day",
     3, 1, drop_report}};

const char *tlsrpt_store_expire(apr_pool_t *p, tlsrpt_store_t *store,
                                const tlsrpt_keep_t *keep, apr_int64_t now,
                                int *again)
{
    const char *error = NULL;
    apr_size_t k;
    int i;

    *again = 0;
    for (k = 0; !error && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        const char *before = store_day(
            p, now - (kinds[k].totals ? keep->totals : keep->details));
        apr_array_header_t *rows;

        error = tlsrpt_store_query(p, store, kinds[k].sql, &before,
                                   kinds[k].columns, PORTION, &rows);
        if (error || rows->nelts == 0) {
            continue;
        }
        error = store_begin(p, store);
        if (error) {
            break;
        }
        for (i = 0; !error && i < rows->nelts; i++) {
            error =
                kinds[k].drop(p, store, APR_ARRAY_IDX(rows, i, const char **));
        }
        error = store_end(p, store, error);
        *again |= rows->nelts == PORTION;
    }
    return error;
}
