/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The summary of a policy domain: what is read, in which order, and the names.
 */
#include "core/day.h"
#include "core/summary_parts.h"

static tlsrpt_summary_t *blank(apr_pool_t *p, const char *domain,
                               const tlsrpt_ask_t *ask)
{
    tlsrpt_summary_t *sum = apr_pcalloc(p, sizeof(*sum));

    sum->domain = domain;
    sum->from = ask->from;
    sum->to = ask->to == ask->today ? tlsrpt_day_add(ask->to, TLSRPT_AHEAD_DAYS)
                                    : ask->to;
    sum->today = ask->today;
    sum->days_asked = tlsrpt_days_between(ask->from, ask->to) + 1;
    sum->mode = "";
    sum->beside.causes = apr_array_make(p, 4, sizeof(tlsrpt_sum_count_t));
    sum->days = apr_array_make(p, 64, sizeof(tlsrpt_sum_day_t));
    sum->reporters = apr_array_make(p, 8, sizeof(tlsrpt_sum_reporter_t));
    sum->causes = apr_array_make(p, 4, sizeof(tlsrpt_sum_cause_t));
    sum->mx = apr_array_make(p, 8, sizeof(tlsrpt_sum_mx_t));
    sum->seen = apr_array_make(p, 4, sizeof(tlsrpt_sum_seen_t));
    sum->findings = apr_array_make(p, 4, sizeof(tlsrpt_sum_finding_t));
    if (ask->served) {
        sum->policy_known = 1;
        sum->is_served = ask->served(ask->baton, p, domain, &sum->served);
        if (sum->is_served) {
            sum->mode = sum->served.mode;
            sum->patterns = sum->served.mx;
        }
    }
    return sum;
}

/* What a list does without. */
static const char *read_more(apr_pool_t *p, tlsrpt_store_t *store,
                             tlsrpt_summary_t *sum)
{
    const char *why = tlsrpt_sum_read_days(p, store, sum);

    if (!why) {
        why = tlsrpt_sum_read_reporters(p, store, sum);
    }
    return why ? why : tlsrpt_sum_read_details(p, store, sum);
}

static const char *read_all(apr_pool_t *p, tlsrpt_store_t *store,
                            tlsrpt_summary_t *sum, int brief)
{
    const char *why = tlsrpt_sum_read_figures(p, store, sum);

    if (!why) {
        why = tlsrpt_sum_read_evidence(p, store, sum, brief);
    }
    if (!why) {
        why = tlsrpt_sum_read_uncounted(p, store, sum);
    }
    if (!why) {
        why = tlsrpt_sum_read_causes(p, store, sum, brief);
    }
    if (!why) {
        why = tlsrpt_sum_read_mode(p, store, sum, brief);
    }
    if (!why) {
        why = tlsrpt_sum_read_mx(p, store, sum, brief);
    }
    if (!why) {
        why = tlsrpt_sum_read_seen(p, store, sum, brief);
    }
    if (!why) {
        why = tlsrpt_sum_read_refused(p, store, sum);
    }
    return why || brief ? why : read_more(p, store, sum);
}

const char *tlsrpt_summary_make(apr_pool_t *p, tlsrpt_store_t *store,
                                const char *domain, const tlsrpt_ask_t *ask,
                                tlsrpt_summary_t **summary)
{
    tlsrpt_summary_t *sum = blank(p, domain, ask);
    const char *why = read_all(p, store, sum, ask->brief);

    if (why) {
        return why;
    }
    tlsrpt_sum_find(p, sum);
    tlsrpt_sum_judge(p, sum);
    *summary = sum;
    return NULL;
}

const char *tlsrpt_verdict_name(tlsrpt_verdict_e verdict)
{
    static const char *const names[] = {"no-reports",    "no-policy",
                                        "not-ready",     "ready",
                                        "enforce-clean", "enforce-fails"};

    return names[verdict];
}

const char *tlsrpt_need_name(tlsrpt_need_e need)
{
    static const char *const names[TLSRPT_NEED_COUNT] = {
        "days", "reporters", "sessions", "mx", "failures", "recent"};

    return names[need];
}

const char *tlsrpt_level_name(tlsrpt_level_e level)
{
    static const char *const names[] = {"ok", "notice", "warning", "error"};

    return names[level];
}

const char *tlsrpt_trust_text(int trust)
{
    static const char *const texts[] = {"unverified", "verified host", "DKIM",
                                        "local file"};

    return trust >= 0 && trust < 4 ? texts[trust] : texts[0];
}
