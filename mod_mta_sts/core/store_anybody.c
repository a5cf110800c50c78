/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * How much is kept of a report that anybody may have sent, and the notes that
 * say what was left out.
 */
#include <apr_strings.h>

#include "core/put.h"
#include "core/store_insert.h"

/** The most octets of all notes of a report together. */
#define NOTES_MAX 8192

/** The most policies of such a report about one domain. Real ones have one, or
 * one for each type. */
#define POLICIES 10
/** The most failures of such a report. Real ones have under 20. */
#define FAILURES 20
/** The most such reports of a domain and a day of which failures are kept: who
 * makes up reporters can send one from each of them, and a page about the
 * domain reads the failures of all. */
#define REPORTS 50
/** The most octets of what its policies said, together, once each. */
#define LINES_ALL 65536

int store_is_from_anybody(const store_new_t *a)
{
    return a->origin->trust < TLSRPT_TRUST_DKIM;
}

apr_size_t store_most(const store_new_t *a, apr_size_t anybody,
                      apr_size_t known)
{
    return store_is_from_anybody(a) ? anybody : known;
}

int store_keeps_policy(store_new_t *a, const tlsrpt_policy_t *policy)
{
    const char *domain = store_name(a->p, policy->domain);
    int *there;

    if (!store_is_from_anybody(a)) {
        return 1;
    }
    a->kept = a->kept ? a->kept : apr_hash_make(a->p);
    there = apr_hash_get(a->kept, domain, APR_HASH_KEY_STRING);
    if (!there) {
        there = apr_pcalloc(a->p, sizeof(*there));
        apr_hash_set(a->kept, domain, APR_HASH_KEY_STRING, there);
    }
    if (*there == POLICIES) {
        a->policies_out++;
        return 0;
    }
    ++*there;
    return 1;
}

int store_keeps_text(store_new_t *a, apr_size_t octets)
{
    if (store_is_from_anybody(a) && a->text + octets > LINES_ALL) {
        a->texts_out++;
        return 0;
    }
    a->text += octets;
    return 1;
}

/* Have so many other reports failures there, of those that are believed like
 * this one? What was marked keeps nobody out. */
static const char *is_full(store_new_t *a, const char *domain, int *full)
{
    const char *values[] = {domain, a->day, apr_itoa(a->p, a->state)};
    apr_array_header_t *rows;
    const char *error = tlsrpt_store_query(
        a->p, a->store,
        "SELECT DISTINCT c.rid FROM tlsrpt_count c "
        "JOIN tlsrpt_report r ON r.rid = c.rid "
        "WHERE c.domain = %s AND c.day = %s AND c.rtype = 'ok' "
        "AND r.trust < " STORE_VERIFIED " AND r.state = %s AND EXISTS "
        "(SELECT 1 FROM tlsrpt_failure f WHERE f.rid = c.rid)",
        values, 1, REPORTS, &rows);

    *full = !error && rows->nelts == REPORTS;
    return error;
}

const char *store_keeps_failures(store_new_t *a, const tlsrpt_policy_t *policy,
                                 int *most)
{
    const char *error = NULL;
    int all = policy->failures->nelts, room = FAILURES - a->failures, full = 0;

    *most = all;
    if (store_is_from_anybody(a)) {
        *most = all < room ? all : room;
    }
    if (store_is_from_anybody(a) && *most) {
        error = is_full(a, store_name(a->p, policy->domain), &full);
        *most = full ? 0 : *most;
    }
    a->failures += *most;
    a->failures_out += all - *most;
    return error;
}

const char *store_notes(const store_new_t *a)
{
    apr_array_header_t *notes = apr_array_make(a->p, 4, sizeof(const char *));

    if (a->left_out) {
        APR_ARRAY_PUSH(notes, const char *) = apr_psprintf(
            a->p,
            "policies: %d left out, which are of this server by a wildcard "
            "alone: an unverified report may bring %d",
            a->left_out, TLSRPT_WILDCARD_MAX);
    }
    if (a->policies_out) {
        APR_ARRAY_PUSH(notes, const char *) = apr_psprintf(
            a->p,
            "policies: %d left out: of an unverified report %d about one "
            "domain are kept",
            a->policies_out, POLICIES);
    }
    if (a->failures_out) {
        APR_ARRAY_PUSH(notes, const char *) = apr_psprintf(
            a->p,
            "failure-details: %d left out: of an unverified report %d are "
            "kept, and of a domain and a day those of %d such reports",
            a->failures_out, FAILURES, REPORTS);
    }
    if (a->texts_out) {
        APR_ARRAY_PUSH(notes, const char *) = apr_psprintf(
            a->p,
            "policy-string, mx-host: those of %s left out: an unverified "
            "report may bring %d octets",
            tlsrpt_many(a->p, a->texts_out, "policy", "policies"), LINES_ALL);
    }
    if (a->report->repairs) { /* last, so that no bound cuts the others */
        apr_array_cat(notes, a->report->repairs);
    }
    return store_fit(a->p, store_join(a->p, notes, "\n"), NOTES_MAX);
}

const char *store_notes_update(store_new_t *a)
{
    const char *values[] = {store_notes(a), a->report->key};

    return a->policies_out || a->failures_out || a->texts_out
               ? store_change(a->p, a->store,
                              "UPDATE tlsrpt_report SET notes = %s "
                              "WHERE rid = %s",
                              values)
               : NULL;
}
