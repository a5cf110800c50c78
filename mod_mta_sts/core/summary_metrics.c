/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Summaries as OpenMetrics text. All are gauges: what is counted is a window
 * of days that moves on, so that a number may fall. Labels are of a fixed set,
 * and of policy domains that were asked for one by one.
 */
#include <apr_strings.h>

#include "core/day.h"
#include "core/render.h"

#define N                    "%" APR_INT64_T_FMT
#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

static void family(tlsrpt_text_t *t, const char *name, const char *help)
{
    tlsrpt_putf(t, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help);
}

/* A label's value: a policy domain is in normal form, but the text is not
 * trusted here: what is no letter, digit, "-", "." or "_" becomes "?". */
static const char *label(apr_pool_t *p, const char *value)
{
    char *copy = apr_pstrdup(p, value), *c;

    for (c = copy; *c; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
              (*c >= '0' && *c <= '9') || *c == '-' || *c == '.' ||
              *c == '_')) {
            *c = '?';
        }
    }
    return copy;
}

/* Each result type once: what has no name of the RFC is one "other". */
static void put_causes(tlsrpt_text_t *t, const tlsrpt_summary_t *sum,
                       const char *domain)
{
    int i;

    family(t, "tlsrpt_domain_failures",
           "Failed sessions by result type in the days shown; one session may "
           "be under several.");
    for (i = 0; i < sum->causes->nelts; i++) {
        const tlsrpt_sum_cause_t *one =
            ITEM(sum->causes, i, tlsrpt_sum_cause_t);

        tlsrpt_putf(
            t,
            "tlsrpt_domain_failures{domain=\"%s\",result_type=\"%s\"} " N "\n",
            domain, tlsrpt_result_name(one->result), one->sessions);
    }
}

static void put_verdict(tlsrpt_text_t *t, const tlsrpt_summary_t *sum,
                        const char *domain)
{
    int i;

    /* a state set: the verdict that holds has 1 */
    tlsrpt_put(t, "# TYPE tlsrpt_domain_verdict stateset\n"
                  "# HELP tlsrpt_domain_verdict The verdict on enforce.\n");
    for (i = 0; i <= TLSRPT_VERDICT_ENFORCE_FAILS; i++) {
        tlsrpt_putf(t,
                    "tlsrpt_domain_verdict{domain=\"%s\","
                    "tlsrpt_domain_verdict=\"%s\"} %d\n",
                    domain, tlsrpt_verdict_name((tlsrpt_verdict_e)i),
                    (int)sum->verdict == i);
    }
    family(t, "tlsrpt_domain_clean_days",
           "Days without a failure by verified reports, up to the newest one.");
    tlsrpt_putf(t, "tlsrpt_domain_clean_days{domain=\"%s\"} %d\n", domain,
                sum->evidence.days);
    family(t, "tlsrpt_domain_reporters", "Reporters in the days shown.");
    tlsrpt_putf(t, "tlsrpt_domain_reporters{domain=\"%s\"} %d\n", domain,
                sum->reporters_all);
}

const char *tlsrpt_metrics_domain(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);
    const char *domain = label(p, sum->domain);

    family(t, "tlsrpt_domain_sessions",
           "Sessions in the days shown, by the counting rule.");
    tlsrpt_putf(t,
                "tlsrpt_domain_sessions{domain=\"%s\",result=\"ok\"} " N "\n"
                "tlsrpt_domain_sessions{domain=\"%s\",result=\"failed\"} " N
                "\n",
                domain, sum->sessions - sum->failed, domain, sum->failed);
    put_causes(t, sum, domain);
    put_verdict(t, sum, domain);
    tlsrpt_put(t, "# EOF\n");
    return tlsrpt_text_end(t);
}

const char *tlsrpt_metrics_all(apr_pool_t *p, const tlsrpt_metrics_t *metrics)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);
    int i;

    family(t, "tlsrpt_sessions",
           "Sessions of all policy domains on the day before yesterday; not to "
           "be added up over policy types.");
    for (i = 0; i < metrics->totals->nelts; i++) {
        const tlsrpt_sum_total_t *one =
            ITEM(metrics->totals, i, tlsrpt_sum_total_t);

        tlsrpt_putf(
            t, "tlsrpt_sessions{policy_type=\"%s\",result=\"%s\"} " N "\n",
            label(p, one->policy_type), label(p, one->result), one->sessions);
    }
    family(t, "tlsrpt_reports", "Reports in the store for the last 30 days.");
    for (i = 0; i < metrics->received->nelts; i++) {
        const tlsrpt_sum_received_t *one =
            ITEM(metrics->received, i, tlsrpt_sum_received_t);

        tlsrpt_putf(t, "tlsrpt_reports{channel=\"%s\",trust=\"%d\"} " N "\n",
                    label(p, one->channel), one->trust, one->reports);
    }
    tlsrpt_put(t, "# TYPE tlsrpt_newest_report_timestamp_seconds gauge\n"
                  "# UNIT tlsrpt_newest_report_timestamp_seconds seconds\n"
                  "# HELP tlsrpt_newest_report_timestamp_seconds When the "
                  "newest report came.\n");
    for (i = 0; i < metrics->received->nelts; i++) {
        const tlsrpt_sum_received_t *one =
            ITEM(metrics->received, i, tlsrpt_sum_received_t);

        tlsrpt_putf(t,
                    "tlsrpt_newest_report_timestamp_seconds{channel=\"%s\","
                    "trust=\"%d\"} " N "\n",
                    label(p, one->channel), one->trust, one->newest);
    }
    tlsrpt_put(t, "# EOF\n");
    return tlsrpt_text_end(t);
}
