/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * One policy domain as text for people: why sessions failed, what to do, and
 * the verdict with its evidence.
 */
#include <apr_strings.h>

#include "cli/lines.h"
#include "cli/report_text.h"
#include "cli/summary.h"
#include "core/day.h"
#include "core/octets.h"
#include "core/render.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

/* The most places of a cause that are shown, as on the page. */
#define PLACES 8

/* ---- causes -------------------------------------------------------------- */

/* "mx1.example.com [192.0.2.1]: the reason (3)" */
static const char *place_text(apr_pool_t *p, const tlsrpt_summary_t *sum,
                              const tlsrpt_sum_cause_t *cause,
                              const tlsrpt_sum_place_t *place)
{
    const char *text =
        lines_safe(p, tlsrpt_place_host(p, sum, cause, place), SHOWN_MAX);

    if (*place->ip) {
        text =
            apr_pstrcat(p, text, " [", lines_safe(p, place->ip, 45), "]", NULL);
    }
    if (cause->result == TLSRPT_RESULT_OTHER) {
        text = apr_pstrcat(p, text, ": ",
                           *place->type ? lines_safe(p, place->type, 40)
                                        : "no type given",
                           NULL);
    }
    if (*place->reason) {
        text = apr_pstrcat(p, text, ": ",
                           lines_safe(p, place->reason, SHOWN_MAX), NULL);
    }
    return apr_psprintf(p, "%s (%" APR_INT64_T_FMT ")", text, place->sessions);
}

static void put_places(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum,
                       const tlsrpt_sum_cause_t *cause)
{
    int i;

    for (i = 0; i < cause->places->nelts && i < PLACES; i++) {
        const tlsrpt_sum_place_t *one =
            APR_ARRAY_IDX(cause->places, i, tlsrpt_sum_place_t *);
        const char *advice =
            *one->reason ? tlsrpt_reason_advice(one->reason) : NULL;

        lines_step(out, i ? "" : "At:", place_text(p, sum, cause, one), "");
        if (advice) {
            lines_step(out, "", tlsrpt_advice_about(p, advice, sum->domain),
                       "");
        }
    }
    if (i < cause->places->nelts) {
        lines_step(out, "",
                   apr_psprintf(p, "and %d more; --json has them",
                                cause->places->nelts - i),
                   "");
    }
}

void summary_causes(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum)
{
    int i;

    if (sum->causes->nelts == 0) {
        return;
    }
    fputs("\nWhy sessions failed (one may be under several of these)\n", out);
    for (i = 0; i < sum->causes->nelts; i++) {
        const tlsrpt_sum_cause_t *one =
            ITEM(sum->causes, i, tlsrpt_sum_cause_t);
        const char *command = tlsrpt_cause_command(p, sum, one);

        fputc('\n', out);
        lines_wrap(out, 0, 3,
                   apr_psprintf(
                       p, "%d. %s: %s, %s, last on %s", i + 1,
                       lines_safe(p, one->type, 40),
                       tlsrpt_many(p, one->sessions, "session", "sessions"),
                       tlsrpt_many(p, one->reporters, "reporter", "reporters"),
                       tlsrpt_day_text(p, one->last)),
                   "");
        fputs("   ", out);
        lines_wrap(out, 3, 3,
                   tlsrpt_advice_about(p, one->advice->meaning, sum->domain),
                   "");
        put_places(p, out, sum, one);
        lines_step(out, "Do:",
                   tlsrpt_advice_about(p, one->advice->action, sum->domain),
                   "");
        if (command) {
            lines_step(out, "Check:", command, " \\");
        }
    }
}

/* ---- the verdict --------------------------------------------------------- */

/* What the verdict rests on. */
static const char *evidence_text(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    const tlsrpt_sum_evidence_t *e = &sum->evidence;
    const char *clean = "no clean day", *failed;

    if (!e->last) {
        return apr_psprintf(p, "no verified report of the last %d days",
                            TLSRPT_EVIDENCE_DAYS);
    }
    if (e->days > 0) {
        clean = apr_psprintf(
            p, "%s, %s to %s, with %s of %s",
            tlsrpt_many(p, e->days, "clean day", "clean days"),
            tlsrpt_day_text(p, e->from), tlsrpt_day_text(p, e->to),
            tlsrpt_many(p, e->sessions, "good session", "good sessions"),
            tlsrpt_many(p, e->reporters, "verified reporter",
                        "verified reporters"));
    }
    failed = apr_psprintf(p, "%" APR_INT64_T_FMT " failed in the last %d days",
                          e->failed, TLSRPT_READY_DAYS);
    if (e->last_failed) {
        failed = apr_pstrcat(p, failed, ", the last on ",
                             tlsrpt_day_text(p, e->last_failed), NULL);
    }
    return apr_psprintf(p, "%s; %s; newest verified report for %s", clean,
                        failed, tlsrpt_day_text(p, e->last));
}

static void put_needs(FILE *out, const tlsrpt_summary_t *sum)
{
    int i;

    for (i = 0; i < TLSRPT_NEED_COUNT; i++) {
        const tlsrpt_sum_need_t *one = &sum->needs[i];

        lines_labelled(out,
                       !one->asked ? "unknown"
                       : one->met  ? "met"
                                   : "missing",
                       one->text);
    }
}

void summary_verdict(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum)
{
    char *text = apr_pstrdup(p, sum->verdict_text);

    text[0] = mta_sts_to_lower(text[0]);
    fputc('\n', out);
    lines_wrap(out, 0, 0, apr_pstrcat(p, "Verdict: ", text, NULL), "");
    if (sum->verdict == TLSRPT_VERDICT_READY ||
        sum->verdict == TLSRPT_VERDICT_NOT_READY) {
        put_needs(out, sum);
    }
    else {
        lines_labelled(out, "evidence", evidence_text(p, sum));
    }
    if (*sum->verdict_next) {
        lines_wrap(out, 0, 0, sum->verdict_next, "");
    }
    if (sum->causes->nelts > 0 || sum->findings->nelts > 0) {
        lines_wrap(out, 0, 0,
                   "Use mta-sts report --explain TYPE for the long text.", "");
    }
}
