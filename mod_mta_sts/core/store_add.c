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

/* ---- what became ours ---- */

/* Of policies about domains of others nothing was stored. Where such a domain
 * has become one of this server's, the same report brings it, when it comes
 * again. */

/* Add the policies about domains that are stored and not ours any more to those
 * that are: what was stored stays. */
static void keep_stored(store_new_t *a, apr_hash_t *stored)
{
    apr_array_header_t *all =
        apr_array_make(a->p, 4, sizeof(const tlsrpt_policy_t *));
    int i, k = 0;

    for (i = 0; i < a->report->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            &APR_ARRAY_IDX(a->report->policies, i, tlsrpt_policy_t);
        int is =
            k < a->policies->nelts &&
            policy == APR_ARRAY_IDX(a->policies, k, const tlsrpt_policy_t *);

        k += is;
        if (is || apr_hash_get(stored, store_name(a->p, policy->domain),
                               APR_HASH_KEY_STRING)) {
            APR_ARRAY_PUSH(all, const tlsrpt_policy_t *) = policy;
        }
    }
    a->policies = all;
}

/* Is a policy ours whose domain is not stored with this report? Then all are
 * made ready to be stored. */
static const char *look_for_more(store_new_t *a, int *more)
{
    apr_hash_t *stored = apr_hash_make(a->p);
    const char *error = add_domains(a, stored);
    int i;

    *more = 0;
    for (i = 0; !error && i < a->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            APR_ARRAY_IDX(a->policies, i, const tlsrpt_policy_t *);

        *more |= !apr_hash_get(stored, store_name(a->p, policy->domain),
                               APR_HASH_KEY_STRING);
    }
    if (*more) {
        keep_stored(a, stored);
    }
    return error;
}

/* ---- the decision ---- */

/* What is in the store, with the key of the report. */
enum {
    CONTENT,
    TRUST,
    STATE,
    LAST_RAW,
    COPIES,
    CONFLICTS,
    CHANNEL,
    SOURCE,
    RECEIVED,
    COLUMNS
};

/* Is it the entry of the spool that came last? An entry that was stored, but
 * whose move was cut off, comes again: it is no copy. */
static int is_again(const store_new_t *a, const char **old)
{
    return strcmp(old[LAST_RAW], a->raw) == 0;
}

/* It is there already; only what is known of its ways changes. */
static const char *note(store_new_t *a, const char **old, const char *sql)
{
    const char *values[] = {a->now, a->raw, a->report->key};

    return is_again(a, old) ? NULL : store_change(a->p, a->store, sql, values);
}

/* By one that is believed more: with another content, or the same and perhaps
 * more of it, because of one that is believed less not all is kept. Or by the
 * same, with policies that have become ours. */
static const char *replace(store_new_t *a, const char **old, int conflict)
{
    apr_hash_t *domains = apr_hash_make(a->p);
    const char *error;

    a->copies = apr_itoa(a->p, atoi(old[COPIES]) + !is_again(a, old));
    a->conflicts = apr_itoa(a->p, atoi(old[CONFLICTS]) + conflict);
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

/* The same content came by a better way before: it stays that one's. */
static void believe_old(store_new_t *a, const char **old)
{
    tlsrpt_origin_t *origin = apr_pmemdup(a->p, a->origin, sizeof(*origin));
    int i;

    for (i = TLSRPT_CHANNEL_HTTPS; i <= TLSRPT_CHANNEL_FILE; i++) {
        if (!strcmp(old[CHANNEL], tlsrpt_channel_name((tlsrpt_channel_e)i))) {
            origin->channel = (tlsrpt_channel_e)i;
        }
    }
    origin->trust = (tlsrpt_trust_e)atoi(old[TRUST]);
    origin->source = old[SOURCE];
    origin->received = apr_atoi64(old[RECEIVED]);
    a->origin = origin;
    a->state = atoi(old[STATE]);
}

static const char *decide_same(store_new_t *a, const char **old, int better,
                               tlsrpt_store_e *how)
{
    int more;
    const char *error = look_for_more(a, &more);

    *how = more && !better ? TLSRPT_STORE_MORE : TLSRPT_STORE_SAME;
    if (error) {
        return error;
    }
    if (more && !better) {
        believe_old(a, old);
    }
    return more || better
               ? replace(a, old, 0)
               : note(a, old,
                      "UPDATE tlsrpt_report SET t_last = %s, last_raw = %s, "
                      "copies = copies + 1 WHERE rid = %s");
}

static const char *decide(store_new_t *a, tlsrpt_store_e *how)
{
    apr_array_header_t *rows;
    const char *error, **old;
    int better;

    error = store_rows(a->p, a->store,
                       "SELECT content, trust, state, last_raw, copies, "
                       "conflicts, channel, source, t_recv FROM tlsrpt_report "
                       "WHERE rid = %s",
                       &a->report->key, COLUMNS, 1, &rows);
    if (error) {
        return error;
    }
    if (rows->nelts == 0) {
        *how = TLSRPT_STORE_NEW;
        return insert(a);
    }
    old = APR_ARRAY_IDX(rows, 0, const char **);
    better = rank(a->state, (int)a->origin->trust) >
             rank(atoi(old[STATE]), atoi(old[TRUST]));
    if (strcmp(old[CONTENT], a->report->content) == 0) {
        return decide_same(a, old, better, how);
    }
    if (better) {
        *how = TLSRPT_STORE_REPLACED;
        return replace(a, old, 1);
    }
    *how = TLSRPT_STORE_CONFLICT;
    return note(a, old,
                "UPDATE tlsrpt_report SET t_last = %s, last_raw = %s, "
                "conflicts = conflicts + 1 WHERE rid = %s");
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
