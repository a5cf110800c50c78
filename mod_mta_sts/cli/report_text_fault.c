/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The faults of a report as text for people: a table, and of each what it
 * means, the one thing to do, and a command to check with.
 */
#include <apr_strings.h>

#include "cli/lines.h"
#include "cli/report_text.h"
#include "core/put.h"

/* The most faults told one by one, unless all are asked for. */
#define FAULTS_MAX 20

static const char *result_text(apr_pool_t *p, const tlsrpt_failure_t *failure)
{
    return failure->result_type[0] ? lines_safe(p, failure->result_type, 40)
                                   : "no type given";
}

static const char *host(apr_pool_t *p, const fault_t *fault, size_t max)
{
    return fault->where[0] ? lines_safe(p, fault->where, max) : "MX not named";
}

static void table(apr_pool_t *p, const view_t *view,
                  const judgement_t *judgement, int count)
{
    int i;

    fputs("\n  failed  MX                               what\n", view->out);
    for (i = 0; i < count; i++) {
        const fault_t *fault = &APR_ARRAY_IDX(judgement->faults, i, fault_t);

        fprintf(view->out, "  %6" APR_INT64_T_FMT "  %-31s  %s\n", fault->count,
                host(p, fault, 31),
                lines_safe(p, result_text(p, fault->failure), 37));
    }
}

static void addresses(apr_pool_t *p, FILE *out, const char *label,
                      const apr_array_header_t *list)
{
    const char *text = "";
    int i;

    for (i = 0; i < list->nelts; i++) {
        text = apr_pstrcat(
            p, text, i ? " " : "",
            lines_safe(p, APR_ARRAY_IDX(list, i, const char *), 45), NULL);
    }
    if (list->nelts > 0) {
        lines_step(out, label, text, "");
    }
}

static void block(apr_pool_t *p, const view_t *view, const fault_t *fault,
                  int number)
{
    const tlsrpt_failure_t *failure = fault->failure;
    const tlsrpt_advice_t *advice = tlsrpt_advice(failure->result);
    const char *command =
        tlsrpt_advice_command(p, advice, failure->mx, fault->policy->domain);
    const char *head = apr_psprintf(
        p, "%d. %s%s%s%s: %s (%" APR_INT64_T_FMT ")", number,
        host(p, fault, SHOWN_MAX), fault->receiving_ip[0] ? " [" : "",
        lines_safe(p, fault->receiving_ip, 45),
        fault->receiving_ip[0] ? "]" : "", result_text(p, failure),
        fault->count);

    fputc('\n', view->out);
    lines_wrap(view->out, 0, 3, head, "");
    fputs("   ", view->out);
    lines_wrap(view->out, 3, 3, advice->meaning, "");
    if (failure->reason[0]) {
        fputs("   ", view->out);
        lines_wrap(view->out, 3, 3,
                   apr_pstrcat(p, "Reason given: ",
                               lines_safe(p, failure->reason, SHOWN_MAX), NULL),
                   "");
    }
    lines_step(view->out, "Do:", failure_action(p, fault->policy, failure), "");
    if (command) {
        lines_step(view->out, "Check:", command, " \\");
    }
    if (failure->info[0]) {
        fputs("   More from the reporter (unverified, not opened):\n",
              view->out);
        lines_step(view->out, "", lines_safe(p, failure->info, 69), "");
    }
    if (view->verbose) {
        addresses(p, view->out, "At:", fault->receiving_ips);
        addresses(p, view->out, "From:", fault->sending_ips);
    }
}

void text_faults(apr_pool_t *p, const view_t *view,
                 const judgement_t *judgement)
{
    const int all = judgement->faults->nelts;
    const int count = view->verbose || all < FAULTS_MAX ? all : FAULTS_MAX;
    int i;

    if (all == 0) {
        return;
    }
    table(p, view, judgement, count);
    for (i = 0; i < count; i++) {
        block(p, view, &APR_ARRAY_IDX(judgement->faults, i, fault_t), i + 1);
    }
    if (count < all) {
        fprintf(view->out, "\n%s more: add -v to see %s.\n",
                tlsrpt_many(p, all - count, "cause", "causes"),
                all - count == 1 ? "it" : "them");
    }
}
