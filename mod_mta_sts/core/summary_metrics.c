/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Summaries as OpenMetrics text. What is counted is a window of days that moves
 * on, so that a number may fall: gauges. The receiver counts up. Labels are of
 * a fixed set, and of policy domains that were asked for one by one.
 */
#include <apr_strings.h>

#include "core/attempt.h"
#include "core/day.h"
#include "core/render.h"

#define N                    "%" APR_INT64_T_FMT
#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

static void family(tlsrpt_text_t *t, const char *name, const char *help)
{
    tlsrpt_putf(t, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help);
}

/* The same of a time. */
static void seconds(tlsrpt_text_t *t, const char *name, const char *help)
{
    tlsrpt_putf(t, "# TYPE %s gauge\n# UNIT %s seconds\n# HELP %s %s\n", name,
                name, name, help);
}

static void put_store_up(tlsrpt_text_t *t, int is)
{
    family(t, "tlsrpt_store_up", "Whether the store answered this request.");
    tlsrpt_putf(t, "tlsrpt_store_up %d\n", is);
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

/* ---- a domain ------------------------------------------------------------ */

static const char *verified_text(int verified)
{
    return verified ? "yes" : "no";
}

/* Sessions of a class; those of which nothing is known are 0. */
static void put_sessions(tlsrpt_text_t *t, const char *domain, int verified,
                         apr_int64_t sessions, apr_int64_t failed)
{
    const char *is = verified_text(verified);

    tlsrpt_putf(t,
                "tlsrpt_domain_sessions{domain=\"%s\",result=\"ok\","
                "verified=\"%s\"} " N "\n"
                "tlsrpt_domain_sessions{domain=\"%s\",result=\"failed\","
                "verified=\"%s\"} " N "\n",
                domain, is, sessions - failed, domain, is, failed);
}

static void put_failures(tlsrpt_text_t *t, const char *domain, int verified,
                         const char *type, apr_int64_t sessions)
{
    tlsrpt_putf(t,
                "tlsrpt_domain_failures{domain=\"%s\",result_type=\"%s\","
                "verified=\"%s\"} " N "\n",
                domain, tlsrpt_result_name(tlsrpt_result_by_name(type)),
                verified_text(verified), sessions);
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

        put_failures(t, domain, sum->verified, one->type, one->sessions);
    }
    for (i = 0; i < sum->beside.causes->nelts; i++) {
        const tlsrpt_sum_count_t *one =
            ITEM(sum->beside.causes, i, tlsrpt_sum_count_t);

        put_failures(t, domain, 0, one->type, one->sessions);
    }
}

static void put_reporters(tlsrpt_text_t *t, const tlsrpt_summary_t *sum,
                          const char *domain)
{
    int verified = sum->verified ? sum->reporters_all : 0;
    int others = sum->verified ? sum->beside.reporters : sum->reporters_all;

    family(t, "tlsrpt_domain_reporters", "Reporters in the days shown.");
    tlsrpt_putf(t,
                "tlsrpt_domain_reporters{domain=\"%s\",verified=\"yes\"} %d\n"
                "tlsrpt_domain_reporters{domain=\"%s\",verified=\"no\"} %d\n",
                domain, verified, domain, others);
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
}

const char *tlsrpt_metrics_domain(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);
    const char *domain = label(p, sum->domain);

    family(t, "tlsrpt_domain_sessions",
           "Sessions in the days shown, by the counting rule.");
    put_sessions(t, domain, 1, sum->verified ? sum->sessions : 0,
                 sum->verified ? sum->failed : 0);
    put_sessions(t, domain, 0,
                 sum->verified ? sum->beside.sessions : sum->sessions,
                 sum->verified ? sum->beside.failed : sum->failed);
    put_causes(t, sum, domain);
    put_verdict(t, sum, domain);
    put_reporters(t, sum, domain);
    put_store_up(t, 1);
    tlsrpt_put(t, "# EOF\n");
    return tlsrpt_text_end(t);
}

/* ---- all of them --------------------------------------------------------- */

static void put_totals(tlsrpt_text_t *t, const tlsrpt_metrics_t *metrics)
{
    int i;

    family(t, "tlsrpt_sessions",
           "Sessions of all policy domains on the day before yesterday; not to "
           "be added up over policy types.");
    for (i = 0; i < metrics->totals->nelts; i++) {
        const tlsrpt_sum_total_t *one =
            ITEM(metrics->totals, i, tlsrpt_sum_total_t);

        tlsrpt_putf(t,
                    "tlsrpt_sessions{policy_type=\"%s\",result=\"%s\","
                    "verified=\"%s\"} " N "\n",
                    label(t->p, one->policy_type), label(t->p, one->result),
                    verified_text(one->verified), one->sessions);
    }
}

static void put_received(tlsrpt_text_t *t, const tlsrpt_metrics_t *metrics)
{
    int i;

    family(t, "tlsrpt_reports", "Reports in the store for the last 30 days.");
    for (i = 0; i < metrics->received->nelts; i++) {
        const tlsrpt_sum_received_t *one =
            ITEM(metrics->received, i, tlsrpt_sum_received_t);

        tlsrpt_putf(t, "tlsrpt_reports{channel=\"%s\",trust=\"%d\"} " N "\n",
                    label(t->p, one->channel), one->trust, one->reports);
    }
    seconds(t, "tlsrpt_newest_report_timestamp_seconds",
            "When the newest report came.");
    for (i = 0; i < metrics->received->nelts; i++) {
        const tlsrpt_sum_received_t *one =
            ITEM(metrics->received, i, tlsrpt_sum_received_t);

        tlsrpt_putf(t,
                    "tlsrpt_newest_report_timestamp_seconds{channel=\"%s\","
                    "trust=\"%d\"} " N "\n",
                    label(t->p, one->channel), one->trust, one->newest);
    }
}

static void put_flow(tlsrpt_text_t *t, const tlsrpt_flow_t *flow)
{
    int i;

    tlsrpt_put(t, "# TYPE tlsrpt_requests counter\n# HELP tlsrpt_requests "
                  "Requests to the receiver since the start, by what became of "
                  "them.\n");
    for (i = 0; i < flow->requests->nelts; i++) {
        const tlsrpt_requests_t *one =
            ITEM(flow->requests, i, tlsrpt_requests_t);

        tlsrpt_putf(t, "tlsrpt_requests_total{result=\"%s\"} " N "\n",
                    label(t->p, one->result), one->requests);
    }
    if (!flow->is_known) {
        return;
    }
    family(t, "tlsrpt_spool_waiting", "Reports that wait in the spool.");
    tlsrpt_putf(t, "tlsrpt_spool_waiting " N "\n", flow->waiting);
    family(t, "tlsrpt_intake_up",
           "Whether reports get from the spool into the store: it does not "
           "fail, and no attempt lasts.");
    tlsrpt_putf(t, "tlsrpt_intake_up %d\n",
                flow->failed == 0 && flow->lasts == 0);
    seconds(t, "tlsrpt_intake_attempt_timestamp_seconds",
            "When the attempt to store reports began that has been at work for "
            "more than " APR_STRINGIFY(TLSRPT_ATTEMPT_LASTS) " seconds; 0: "
                                                             "there is none.");
    tlsrpt_putf(t, "tlsrpt_intake_attempt_timestamp_seconds " N "\n",
                flow->lasts);
    seconds(t, "tlsrpt_intake_stored_timestamp_seconds",
            "When a report last got into the store; 0: not since the start.");
    tlsrpt_putf(t, "tlsrpt_intake_stored_timestamp_seconds " N "\n",
                flow->stored);
}

const char *tlsrpt_metrics_all(apr_pool_t *p, const tlsrpt_metrics_t *metrics)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    if (metrics->totals) {
        put_totals(t, metrics);
        put_received(t, metrics);
    }
    put_store_up(t, metrics->totals != NULL);
    put_flow(t, &metrics->flow);
    tlsrpt_put(t, "# EOF\n");
    return tlsrpt_text_end(t);
}
