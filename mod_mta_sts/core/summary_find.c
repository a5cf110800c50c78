/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Findings: what no report says, but the comparison of reports with what is
 * served, and of one with another.
 *
 * Names in the details are those of strangers: renderings escape them. What
 * just anybody reported makes no finding that asks for a change.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/day.h"
#include "core/name.h"
#include "core/put.h"
#include "core/summary_parts.h"

/* The most names that a sentence lists. */
#define NAMES_MAX 5

static void add(tlsrpt_summary_t *sum, tlsrpt_finding_e finding,
                const char *detail)
{
    tlsrpt_sum_finding_t *one = apr_array_push(sum->findings);

    one->finding = finding;
    one->advice = tlsrpt_finding_advice(finding);
    one->detail = detail;
}

/* "a, b and 7 more" */
static const char *listed(apr_pool_t *p, const apr_array_header_t *names)
{
    const char *text = "";
    int i;

    for (i = 0; i < names->nelts && i < NAMES_MAX; i++) {
        text = apr_pstrcat(p, text, i ? ", " : "",
                           APR_ARRAY_IDX(names, i, const char *), NULL);
    }
    return names->nelts > NAMES_MAX ? apr_psprintf(p, "%s and %d more", text,
                                                   names->nelts - NAMES_MAX)
                                    : text;
}

/* Does a policy tell senders to do something? */
static int is_at_work(const tlsrpt_summary_t *sum)
{
    return strcmp(sum->mode, "testing") == 0 ||
           strcmp(sum->mode, "enforce") == 0;
}

static void find_not_seen(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    if (sum->is_served && is_at_work(sum) && sum->no_policy > 0) {
        add(sum, TLSRPT_POLICY_NOT_SEEN,
            apr_pstrcat(p,
                        tlsrpt_many(p, sum->no_policy, "session", "sessions"),
                        " found no policy, and one is served.", NULL));
    }
}

/* The first day on which a report shows the policy that is served; 0: none. */
static int first_seen(const tlsrpt_summary_t *sum)
{
    int i, first = 0;

    for (i = 0; i < sum->seen->nelts; i++) {
        const tlsrpt_sum_seen_t *seen =
            &APR_ARRAY_IDX(sum->seen, i, tlsrpt_sum_seen_t);

        if (seen->differs && !*seen->differs &&
            seen->verified == sum->verified &&
            (first == 0 || seen->first < first)) {
            first = seen->first;
        }
    }
    return first;
}

static void find_stale(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    int i, first = first_seen(sum);

    if (!first) {
        return; /* when it changed is not known */
    }
    for (i = 0; i < sum->seen->nelts; i++) {
        const tlsrpt_sum_seen_t *seen =
            &APR_ARRAY_IDX(sum->seen, i, tlsrpt_sum_seen_t);

        if (seen->differs && *seen->differs && seen->verified &&
            tlsrpt_days_between(first, seen->last) > TLSRPT_STALE_DAYS) {
            add(sum, TLSRPT_POLICY_STALE,
                apr_psprintf(p,
                             "On %s a reporter still had a policy that differs "
                             "from the one served in: %s. The one served was "
                             "first reported on %s.",
                             tlsrpt_day_text(p, seen->last), seen->differs,
                             tlsrpt_day_text(p, first)));
            return; /* the newest is enough */
        }
    }
}

int tlsrpt_sum_covers(const tlsrpt_summary_t *sum, const char *host)
{
    int i;

    for (i = 0; sum->patterns && i < sum->patterns->nelts; i++) {
        if (mta_sts_mx_matches(APR_ARRAY_IDX(sum->patterns, i, const char *),
                               host)) {
            return 1;
        }
    }
    return 0;
}

static int is_pattern(const char *name)
{
    return name[0] == '*';
}

static void find_mx(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    apr_array_header_t *unseen = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *strange = apr_array_make(p, 4, sizeof(const char *));
    int i, j;

    if (!sum->patterns) {
        return;
    }
    for (i = 0; i < sum->mx->nelts; i++) {
        tlsrpt_sum_mx_t *one = &APR_ARRAY_IDX(sum->mx, i, tlsrpt_sum_mx_t);

        if (one->policy_host) {
            continue;
        }
        if (!one->in_policy) {
            if (tlsrpt_sum_covers(sum, one->name)) {
                one->in_policy = 1;
            }
            else if (one->counts->nelts > 0 && one->verified &&
                     !is_pattern(one->name)) {
                APR_ARRAY_PUSH(strange, const char *) = one->name;
            }
            continue;
        }
        /* a pattern of the policy: seen itself, or by a host that it covers */
        for (j = 0; j < sum->mx->nelts; j++) {
            const tlsrpt_sum_mx_t *other =
                &APR_ARRAY_IDX(sum->mx, j, tlsrpt_sum_mx_t);

            if (other->seen && mta_sts_mx_matches(one->name, other->name)) {
                one->seen = 1;
                one->verified |= other->verified;
            }
        }
        if (!one->seen) {
            APR_ARRAY_PUSH(unseen, const char *) = one->name;
        }
    }
    if (!sum->is_served) {
        return; /* a policy that is not ours to mend */
    }
    if (strange->nelts > 0) {
        add(sum, TLSRPT_MX_NOT_COVERED,
            apr_psprintf(p,
                         "Failures are reported for %s, which no mx pattern of "
                         "the policy matches. A report can name any host: only "
                         "if it is in the MX records of the domain, add it.",
                         listed(p, strange)));
    }
    if (unseen->nelts > 0 && sum->reporters_all > 0) {
        add(sum, TLSRPT_MX_UNSEEN,
            apr_psprintf(p, "No report names %s.", listed(p, unseen)));
    }
}

static void find_details(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    if (sum->unexplained > 0) {
        add(sum, TLSRPT_UNEXPLAINED_FAILURES,
            apr_pstrcat(p,
                        tlsrpt_many(p, sum->unexplained, "session", "sessions"),
                        " failed without a detail that says why.", NULL));
    }
    if (sum->disagree > 0) {
        add(sum, TLSRPT_DETAILS_DISAGREE,
            apr_psprintf(p,
                         "In %" APR_INT64_T_FMT
                         " of the reported policies the details do not add up "
                         "to the failures; the summary is what counts here.",
                         sum->disagree));
    }
    else if (sum->failed == 0 && sum->causes->nelts > 0) {
        add(sum, TLSRPT_DETAILS_DISAGREE,
            "Causes were reported without a failure; the summary is what "
            "counts here.");
    }
}

static void find_reporters(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    apr_array_header_t *silent = apr_array_make(p, 4, sizeof(const char *));
    int i;

    for (i = 0; i < sum->reporters->nelts; i++) {
        const tlsrpt_sum_reporter_t *one =
            &APR_ARRAY_IDX(sum->reporters, i, tlsrpt_sum_reporter_t);

        if (one->silent && one->verified == sum->verified) {
            APR_ARRAY_PUSH(silent, const char *) = one->submitter;
        }
    }
    if (sum->silent > 0) {
        add(sum, TLSRPT_REPORTER_SILENT,
            apr_psprintf(p, "No report for more than %d days from %s.",
                         TLSRPT_SILENT_DAYS,
                         silent->nelts ? listed(p, silent) : "some"));
    }
    if (sum->reporters_all > 0 && !sum->verified && !sum->evidence.last) {
        add(sum, TLSRPT_UNVERIFIED_ONLY,
            "All reports came from senders that nobody verified: over HTTPS, "
            "where anybody can send one.");
    }
}

void tlsrpt_sum_find(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    find_not_seen(p, sum);
    find_stale(p, sum);
    find_mx(p, sum);
    find_details(p, sum);
    find_reporters(p, sum);
}
