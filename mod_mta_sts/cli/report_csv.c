/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reports as CSV (RFC 4180, with line feeds): a row for each of the
 * failure-details, and one for a policy without any. Every row has the columns
 * of its report and its policy, so that it can be filtered by itself.
 */
#include <apr_strings.h>

#include "cli/report.h"
#include "core/escape.h"

static void cell(apr_pool_t *p, FILE *out, const char *text, const char *after)
{
    fprintf(out, "%s%s", mta_sts_escape_csv(p, text), after);
}

static void front(apr_pool_t *p, FILE *out, const tlsrpt_report_t *report,
                  const tlsrpt_policy_t *policy)
{
    cell(p, out, report->organization, ",");
    cell(p, out, report->report_id, ",");
    cell(p, out, report->contact, ",");
    fprintf(out, "%s,%s,",
            report->day ? tlsrpt_time_text(p, report->start) : "",
            report->day ? tlsrpt_time_text(p, report->end) : "");
    cell(p, out, tlsrpt_policy_type_name(policy->type), ",");
    cell(p, out, policy->domain, ",");
    cell(p, out, policy->mode, ",");
    fprintf(out, "%" APR_INT64_T_FMT ",%" APR_INT64_T_FMT ",",
            policy->successful, policy->failed);
}

static void rows(apr_pool_t *p, FILE *out, const tlsrpt_report_t *report,
                 const tlsrpt_policy_t *policy)
{
    int i;

    if (policy->failures->nelts == 0) {
        front(p, out, report, policy);
        fputs(",,,,,,\n", out);
    }
    for (i = 0; i < policy->failures->nelts; i++) {
        const tlsrpt_failure_t *failure =
            &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t);

        front(p, out, report, policy);
        cell(p, out, failure->result_type, ",");
        fprintf(out, "%" APR_INT64_T_FMT ",", failure->count);
        cell(p, out, failure->mx, ",");
        cell(p, out, failure->receiving_ip, ",");
        cell(p, out, failure->sending_ip, ",");
        cell(p, out, failure->reason, ",");
        cell(p, out, failure->info, "\n");
    }
}

static void begin(view_t *view)
{
    fputs("organization,report_id,contact,start,end,policy_type,policy_domain,"
          "mode,successful,failed,result_type,count,mx,receiving_ip,"
          "sending_ip,reason,information\n",
          view->out);
}

static void render(apr_pool_t *p, view_t *view, const source_report_t *found,
                   const judgement_t *judgement)
{
    const apr_array_header_t *policies = found->report->policies;
    int i;

    (void)judgement;
    for (i = 0; i < policies->nelts; i++) {
        rows(p, view->out, found->report,
             &APR_ARRAY_IDX(policies, i, tlsrpt_policy_t));
    }
}

static void end(apr_pool_t *p, view_t *view)
{
    (void)p;
    (void)view;
}

const renderer_t render_csv = {begin, render, end};
