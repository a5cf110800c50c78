/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A report into the store: whether it is new, the same again, or another one
 * with the key of one that is there.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "core/store_insert.h"

/* How much a report is believed, in one number: a mail without DKIM less than
 * anything. */
static int rank(int state, int trust)
{
    return state == TLSRPT_STATE_MARKED ? -1 : trust;
}

/* ---- the totals ---- */

/* The domains of the report as it is in the store, added to a set. */
static const char *add_domains(store_new_t *a, apr_hash_t *domains)
{
    apr_array_header_t *rows;
    const char *error =
        store_rows(a->p, a->store,
                   "SELECT DISTINCT domain FROM tlsrpt_count WHERE rid = %s",
                   &a->report->key, 1, TLSRPT_POLICIES_MAX, &rows);
    int i;

    for (i = 0; !error && i < rows->nelts; i++) {
        apr_hash_set(domains, APR_ARRAY_IDX(rows, i, const char **)[0],
                     APR_HASH_KEY_STRING, "");
    }
    return error;
}

static const char *rebuild(store_new_t *a, apr_hash_t *domains)
{
    apr_hash_index_t *at = apr_hash_first(a->p, domains);
    const char *error = NULL;

    for (; !error && at; at = apr_hash_next(at)) {
        error = store_rebuild(a->p, a->store, a->day, apr_hash_this_key(at),
                              a->submitter);
    }
    return error;
}

/* ---- the decision ---- */

/* It is there already; only what is known of its ways changes. */
static const char *note(store_new_t *a, const char *sql)
{
    const char *values[] = {a->now, a->raw, a->report->key};

    return store_change(a->p, a->store, sql, values);
}

/* By one that is believed more: with another content, or the same and perhaps
 * more of it, because of one that is believed less not all is kept. */
static const char *replace(store_new_t *a, const char **old, int conflict)
{
    apr_hash_t *domains = apr_hash_make(a->p);
    const char *error;

    a->copies = apr_itoa(a->p, atoi(old[4]) + 1);
    a->conflicts = apr_itoa(a->p, atoi(old[5]) + conflict);
    error = add_domains(a, domains);
    error = error ? error : store_remove(a->p, a->store, a->report->key);
    error = error ? error : store_insert(a);
    error = error ? error : add_domains(a, domains);
    return error ? error : rebuild(a, domains);
}

static const char *insert(store_new_t *a)
{
    apr_hash_t *domains = apr_hash_make(a->p);
    const char *error = store_insert(a);

    error = error ? error : add_domains(a, domains);
    return error ? error : rebuild(a, domains);
}

/* An entry of the spool that was stored, but whose move was cut off, comes
 * again: last_raw tells it from a copy. */
static const char *decide(store_new_t *a, tlsrpt_store_e *how)
{
    apr_array_header_t *rows;
    const char *error, **old;
    int better;

    error = store_rows(a->p, a->store,
                       "SELECT content, trust, state, last_raw, copies, "
                       "conflicts FROM tlsrpt_report WHERE rid = %s",
                       &a->report->key, 6, 1, &rows);
    if (error) {
        return error;
    }
    if (rows->nelts == 0) {
        *how = TLSRPT_STORE_NEW;
        return insert(a);
    }
    old = APR_ARRAY_IDX(rows, 0, const char **);
    better = rank(a->state, (int)a->origin->trust) >
             rank(atoi(old[2]), atoi(old[1]));
    if (strcmp(old[0], a->report->content) != 0) {
        if (better) {
            *how = TLSRPT_STORE_REPLACED;
            return replace(a, old, 1);
        }
        *how = TLSRPT_STORE_CONFLICT;
        return strcmp(old[3], a->raw) == 0
                   ? NULL
                   : note(a, "UPDATE tlsrpt_report SET t_last = %s, "
                             "last_raw = %s, conflicts = conflicts + 1 "
                             "WHERE rid = %s");
    }
    *how = TLSRPT_STORE_SAME;
    if (strcmp(old[3], a->raw) == 0) {
        return NULL;
    }
    return better ? replace(a, old, 0)
                  : note(a, "UPDATE tlsrpt_report SET t_last = %s, "
                            "last_raw = %s, copies = copies + 1 "
                            "WHERE rid = %s");
}

/* Which policies are ours, and stored. */
static void choose(store_new_t *a, tlsrpt_ours_t *ours, void *baton)
{
    int most = store_is_from_anybody(a) ? TLSRPT_WILDCARD_MAX : APR_INT32_MAX;
    int i, wild = 0;

    a->policies = apr_array_make(a->p, 4, sizeof(const tlsrpt_policy_t *));
    for (i = 0; i < a->report->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            &APR_ARRAY_IDX(a->report->policies, i, tlsrpt_policy_t);
        tlsrpt_ours_e is = ours ? ours(policy, baton) : TLSRPT_OURS_NAMED;

        if (is == TLSRPT_OURS_WILDCARD && wild++ >= most) {
            a->left_out++;
        }
        else if (is != TLSRPT_OURS_NOT) {
            APR_ARRAY_PUSH(a->policies, const tlsrpt_policy_t *) = policy;
        }
    }
}

const char *tlsrpt_store_add(apr_pool_t *p, tlsrpt_store_t *store,
                             const tlsrpt_report_t *report,
                             const tlsrpt_origin_t *origin, const char *raw,
                             tlsrpt_ours_t *ours, void *baton,
                             const tlsrpt_keep_t *keep, apr_int64_t now,
                             tlsrpt_store_e *how)
{
    store_new_t a = {.p = p,
                     .store = store,
                     .report = report,
                     .origin = origin,
                     .raw = store_fit(p, raw, 80),
                     .day = apr_itoa(p, report->day),
                     .submitter = store_name(p, report->submitter),
                     .now = store_number(p, now),
                     .copies = "1",
                     .conflicts = "0"};
    tlsrpt_store_e done = TLSRPT_STORE_NEW;
    const char *error;

    choose(&a, ours, baton);
    if (a.policies->nelts == 0) {
        *how = TLSRPT_STORE_FOREIGN;
        return NULL;
    }
    a.state = origin->channel == TLSRPT_CHANNEL_MAIL &&
                      origin->trust < TLSRPT_TRUST_DKIM
                  ? TLSRPT_STATE_MARKED
                  : TLSRPT_STATE_COUNTS;
    a.details = report->day >= atoi(store_day(p, now - keep->details));
    error = store_begin(p, store);
    if (!error) {
        error = store_end(p, store, decide(&a, &done));
    }
    if (!error) {
        *how = done;
    }
    return error;
}
