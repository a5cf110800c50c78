/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The daily totals: never added to, but written anew from what each report
 * says. So they are right whatever came before: a report that was replaced, one
 * that a better one outranks, a process that was killed.
 */
#include <stdlib.h>

#include <apr_strings.h>

#include "core/store_sql.h"

/* What the reports of a (domain, day, submitter) say, those that may count. */
#define SAID_THERE                                                             \
    " FROM tlsrpt_count c JOIN tlsrpt_report r ON r.rid = c.rid"               \
    " WHERE c.domain = %s AND c.day = %s AND c.submitter = %s"                 \
    " AND r.state = " APR_STRINGIFY(TLSRPT_STATE_COUNTS)

static const char *rebuild(apr_pool_t *p, tlsrpt_store_t *store,
                           const char *day, const char *domain,
                           const char *submitter)
{
    const char *values[] = {domain, day, submitter, "0", NULL};
    apr_array_header_t *rows;
    const char *error;

    error = store_rows(p, store, "SELECT COALESCE(MAX(r.trust), 0)" SAID_THERE,
                       values, 1, 1, &rows);
    if (error) {
        return error;
    }
    if (rows->nelts &&
        atoi(APR_ARRAY_IDX(rows, 0, const char **)[0]) >= TLSRPT_TRUST_DKIM) {
        values[3] =
            apr_itoa(p, TLSRPT_TRUST_DKIM); /* the others do not count */
    }
    error = store_change(p, store,
                         "DELETE FROM tlsrpt_day WHERE domain = %s AND "
                         "day = %s AND submitter = %s",
                         values);
    if (error) {
        return error;
    }
    return store_change(
        p, store,
        "INSERT INTO tlsrpt_day (domain, day, submitter, ptype, rtype, "
        "sessions, verified) SELECT c.domain, c.day, c.submitter, c.ptype, "
        "c.rtype, SUM(c.sessions), MAX(CASE WHEN r.trust >= " STORE_VERIFIED
        " THEN 1 ELSE 0 END)" SAID_THERE " AND r.trust >= %s "
        "GROUP BY c.domain, c.day, c.submitter, c.ptype, c.rtype",
        values);
}

/* ---- once in a batch ---- */

/* Totals to be written when the batch ends. */
typedef struct {
    const char *day, *domain, *submitter;
} due_t;

void store_totals_begin(tlsrpt_store_t *store)
{
    if (store->due_pool) {
        apr_pool_clear(store->due_pool);
    }
    else {
        apr_pool_create(&store->due_pool, store->p);
    }
    store->due = apr_hash_make(store->due_pool);
}

const char *store_rebuild(apr_pool_t *p, tlsrpt_store_t *store, const char *day,
                          const char *domain, const char *submitter)
{
    const char *key;
    due_t *due;

    if (!store->batch) {
        return rebuild(p, store, day, domain, submitter);
    }
    key = apr_pstrcat(p, day, "\n", domain, "\n", submitter, NULL);
    if (!apr_hash_get(store->due, key, APR_HASH_KEY_STRING)) {
        due = apr_palloc(store->due_pool, sizeof(*due));
        due->day = apr_pstrdup(store->due_pool, day);
        due->domain = apr_pstrdup(store->due_pool, domain);
        due->submitter = apr_pstrdup(store->due_pool, submitter);
        apr_hash_set(store->due, apr_pstrdup(store->due_pool, key),
                     APR_HASH_KEY_STRING, due);
    }
    return NULL;
}

const char *store_totals_end(apr_pool_t *p, tlsrpt_store_t *store)
{
    apr_hash_index_t *at = apr_hash_first(store->due_pool, store->due);
    const char *error = NULL;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, p);
    for (; at && !error; at = apr_hash_next(at)) {
        const due_t *due = apr_hash_this_val(at);

        error = rebuild(scratch, store, due->day, due->domain, due->submitter);
        if (error) {
            error = apr_pstrdup(p, error);
        }
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    return error;
}
