/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A report as text for people: three lines when all is well; else what failed,
 * where, why, and the one thing to do about each.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "cli/lines.h"
#include "cli/report.h"
#include "cli/report_text.h"
#include "core/render.h"
#include "core/value.h"

/* The most patterns in the line on the policy. */
#define PATTERNS_MAX 3

/* ---- what it is about ---------------------------------------------------- */

static const char *day_of(apr_pool_t *p, const tlsrpt_report_t *report)
{
    return apr_psprintf(p, "%04d-%02d-%02d", report->day / 10000,
                        report->day / 100 % 100, report->day % 100);
}

/* ", 2026-04-01", or nothing where the report does not say. */
static const char *comma_day(apr_pool_t *p, const tlsrpt_report_t *report)
{
    return report->day ? apr_pstrcat(p, ", ", day_of(p, report), NULL) : "";
}

/* From midnight to midnight, UTC, as reports should be (RFC 8460, 4.1)? */
static int is_day(const tlsrpt_report_t *report)
{
    const apr_int64_t length = report->end - report->start;

    return report->start % 86400 == 0 && length >= 86399 && length <= 86400;
}

static const char *period(apr_pool_t *p, const tlsrpt_report_t *report)
{
    if (is_day(report)) {
        return apr_pstrcat(p, day_of(p, report), " (UTC day)", NULL);
    }
    return apr_pstrcat(p, tlsrpt_time_text(p, report->start), " to ",
                       tlsrpt_time_text(p, report->end), NULL);
}

static const char *max_age(apr_pool_t *p, const tlsrpt_policy_t *policy)
{
    int i;

    for (i = 0; i < policy->lines->nelts; i++) {
        const char *text = APR_ARRAY_IDX(policy->lines, i, const char *);
        apr_int64_t seconds;

        if (strncmp(text, "max_age:", 8) == 0) {
            seconds = apr_strtoi64(text + 8, NULL, 10);
            if (seconds > 0 && seconds <= 31557600) {
                return apr_pstrcat(
                    p, ", max_age ",
                    mta_sts_duration_text(p, (apr_uint32_t)seconds), NULL);
            }
        }
    }
    return "";
}

/* "MTA-STS, mode testing, mx a b c and 2 more, max_age 1d" */
static const char *policy_text(apr_pool_t *p, const tlsrpt_policy_t *policy)
{
    const char *text;
    int i;

    switch (policy->type) {
    case TLSRPT_POLICY_STS:
        text = "MTA-STS";
        break;
    case TLSRPT_POLICY_TLSA:
        text = "DANE (TLSA)";
        break;
    case TLSRPT_POLICY_NONE:
        return "none found";
    default:
        return apr_pstrcat(p, "of an unknown type: ",
                           lines_safe(p, policy->type_text, 40), NULL);
    }
    if (policy->mode[0] != '\0') {
        text = apr_pstrcat(p, text, ", mode ", lines_safe(p, policy->mode, 20),
                           NULL);
    }
    for (i = 0; i < policy->mx->nelts && i < PATTERNS_MAX; i++) {
        text = apr_pstrcat(
            p, text, i == 0 ? ", mx " : " ",
            lines_safe(p, APR_ARRAY_IDX(policy->mx, i, const char *),
                       SHOWN_MAX),
            NULL);
    }
    if (i < policy->mx->nelts) {
        text = apr_psprintf(p, "%s and %d more", text, policy->mx->nelts - i);
    }
    return apr_pstrcat(p, text, max_age(p, policy), NULL);
}

/* "5326 good, 303 failed (5.4 %)"; where none failed, without percents. */
static const char *good_and_bad(apr_pool_t *p, apr_int64_t good,
                                apr_int64_t bad)
{
    const char *share = bad > 0 ? tlsrpt_share(p, bad, good + bad) : "";

    return apr_psprintf(
        p, "%" APR_INT64_T_FMT " good, %" APR_INT64_T_FMT " failed%s%s%s", good,
        bad, share[0] ? " (" : "", share, share[0] ? ")" : "");
}

static const char *sessions(apr_pool_t *p, apr_int64_t good, apr_int64_t bad)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT " in all: %s", good + bad,
                        good_and_bad(p, good, bad));
}

/* What the failures did to mail. */
static const char *effect(apr_pool_t *p, const tlsrpt_policy_t *policy)
{
    const apr_int64_t refused = judge_refused(policy);
    const char *these =
        apr_pstrcat(p,
                    refused == 1 && policy->failed == 1 ? "this "
                    : refused < policy->failed          ? ""
                                                        : "these ",
                    tlsrpt_many(p, refused, "session", "sessions"), NULL);

    if (policy->failed == 0) {
        return NULL;
    }
    if (refused == 0) {
        return "none on delivery: a sender that cannot get the policy goes on "
               "with the one in its cache, or as if there were none.";
    }
    if (policy->type == TLSRPT_POLICY_STS &&
        strcmp(policy->mode, "testing") == 0) {
        return apr_pstrcat(p, "none on delivery (testing). With enforce ",
                           these,
                           " would have been refused: next MX, later, or "
                           "bounced.",
                           NULL);
    }
    if (policy->type == TLSRPT_POLICY_TLSA ||
        strcmp(policy->mode, "enforce") == 0) {
        return apr_pstrcat(p, "the sender refused ", these,
                           ": next MX, later, or bounced.", NULL);
    }
    if (policy->type == TLSRPT_POLICY_NONE ||
        strcmp(policy->mode, "none") == 0) {
        return "none on delivery: without a policy mail goes through, "
               "protected or not.";
    }
    return NULL;
}

static void about_policy(apr_pool_t *p, const view_t *view,
                         const tlsrpt_policy_t *policy)
{
    const char *did = effect(p, policy);

    lines_labelled(view->out, "for",
                   policy->domain[0]
                       ? lines_safe(p, policy->domain, SHOWN_MAX)
                       : "a domain that the report does not name");
    lines_labelled(view->out, "policy", policy_text(p, policy));
    lines_labelled(view->out, "sessions",
                   sessions(p, policy->successful, policy->failed));
    if (did) {
        lines_labelled(view->out, "effect", did);
    }
}

/* ---- the rest ------------------------------------------------------------ */

static void findings(apr_pool_t *p, const view_t *view,
                     const judgement_t *judgement)
{
    int i;

    for (i = 0; i < judgement->findings->nelts; i++) {
        const judged_finding_t *found =
            &APR_ARRAY_IDX(judgement->findings, i, judged_finding_t);
        const char *text = apr_psprintf(
            p, "Note: %s%s%s: %s", found->advice->name,
            found->what[0] ? " at " : "", lines_safe(p, found->what, SHOWN_MAX),
            found->advice->meaning);

        fputc('\n', view->out);
        lines_wrap(view->out, 0, 3, text, "");
        lines_step(view->out, "Do:", found->advice->action, "");
    }
}

static void repairs(apr_pool_t *p, const view_t *view,
                    const tlsrpt_report_t *report)
{
    const char *text = "Repaired while reading:";
    int i;

    for (i = 0; i < report->repairs->nelts; i++) {
        text = apr_pstrcat(
            p, text, i ? "; " : " ",
            lines_safe(p, APR_ARRAY_IDX(report->repairs, i, const char *),
                       SHOWN_MAX),
            NULL);
    }
    if (report->repairs->nelts > 0) {
        lines_wrap(view->out, 0, 2, text, "");
    }
}

static const char *trust(apr_pool_t *p, const view_t *view,
                         const source_report_t *report)
{
    if (report->origin.channel != TLSRPT_CHANNEL_MAIL) {
        return "file, checked by nobody";
    }
    if (report->origin.trust == TLSRPT_TRUST_DKIM) {
        return apr_pstrcat(p, "mail, signed by ", report->origin.source,
                           " (DKIM)", NULL);
    }
    return view->dkim ? "mail, not signed by the submitter (DKIM)"
                      : "mail, DKIM not looked at";
}

/* Under one policy all sessions were good: three lines say it. What was
 * repaired is for -v. */
static void all_is_well(apr_pool_t *p, const view_t *view,
                        const source_report_t *found,
                        const judgement_t *judgement)
{
    const tlsrpt_report_t *report = found->report;
    const tlsrpt_policy_t *policy =
        &APR_ARRAY_IDX(report->policies, 0, tlsrpt_policy_t);
    const char *text = apr_pstrcat(
        p, "TLS report from ", lines_safe(p, report->organization, 40), NULL);
    const char *whose = apr_pstrcat(
        p,
        policy->domain[0] ? lines_safe(p, policy->domain, SHOWN_MAX)
                          : "a domain that the report does not name",
        comma_day(p, report), NULL);
    const char *together = apr_pstrcat(p, text, " for ", whose, NULL);
    const int fits = strlen(together) < LINES_WIDTH - 4;

    lines_title(view, fits ? together : text, VERDICT_OK);
    if (!fits) {
        lines_labelled(view->out, "for", whose);
    }
    lines_labelled(
        view->out, "sessions",
        apr_psprintf(
            p, "%s (%s%s%s)", sessions(p, policy->successful, policy->failed),
            policy->type == TLSRPT_POLICY_TLSA ? "DANE" : "MTA-STS",
            policy->mode[0] ? ", mode " : "", lines_safe(p, policy->mode, 20)));
    lines_wrap(view->out, 0, 0,
               apr_pstrcat(p, "All is well: ", judgement->text,
                           " Nothing to do.", NULL),
               "");
}

static void in_full(apr_pool_t *p, const view_t *view,
                    const source_report_t *found, const judgement_t *judgement)
{
    const tlsrpt_report_t *report = found->report;
    int i;

    lines_title(view,
                apr_pstrcat(p, "TLS report from ",
                            lines_safe(p, report->organization, 50), NULL),
                judgement->verdict);
    if (report->day) {
        lines_labelled(view->out, "period", period(p, report));
    }
    if (report->report_id[0]) {
        lines_labelled(view->out, "report",
                       lines_safe(p, report->report_id, SHOWN_MAX));
    }
    if (view->verbose && report->contact[0]) {
        lines_labelled(view->out, "contact",
                       lines_safe(p, report->contact, SHOWN_MAX));
    }
    if (view->verbose) {
        lines_labelled(view->out, "source", found->name);
    }
    for (i = 0; i < report->policies->nelts; i++) {
        if (i > 0) {
            fputc('\n', view->out);
        }
        about_policy(p, view,
                     &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t));
    }
    text_faults(p, view, judgement);
    findings(p, view, judgement);
    fputc('\n', view->out);
    lines_wrap(
        view->out, 0, 0,
        apr_pstrcat(p, "Verdict: ", judgement->text,
                    judgement->verdict == VERDICT_OK ? " Nothing to do." : "",
                    NULL),
        "");
    repairs(p, view, report);
    lines_wrap(view->out, 0, 0,
               apr_pstrcat(p, "Source: ", trust(p, view, found), ".",
                           judgement->faults->nelts > 0
                               ? " Use --explain TYPE for the long text."
                               : "",
                           NULL),
               "");
}

static void render(apr_pool_t *p, view_t *view, const source_report_t *found,
                   const judgement_t *judgement)
{
    const apr_array_header_t *policies = found->report->policies;
    const tlsrpt_policy_t *first = &APR_ARRAY_IDX(policies, 0, tlsrpt_policy_t);

    if (view->reports > 0) {
        fputc('\n', view->out);
    }
    if (!view->verbose && judgement->verdict == VERDICT_OK &&
        policies->nelts == 1 && judgement->successful > 0 &&
        (first->type == TLSRPT_POLICY_STS ||
         first->type == TLSRPT_POLICY_TLSA)) {
        all_is_well(p, view, found, judgement);
    }
    else {
        in_full(p, view, found, judgement);
    }
}

static void begin(view_t *view)
{
    (void)view;
}

/* The total of several. */
static void end(apr_pool_t *p, view_t *view)
{
    if (view->reports < 2) {
        return;
    }
    fprintf(
        view->out, "\nTotal: %d reports, %s: %s\n", view->reports,
        tlsrpt_many(p, view->successful + view->failed, "session", "sessions"),
        good_and_bad(p, view->successful, view->failed));
}

const renderer_t render_text = {begin, render, end};

void explain_text(FILE *out, const tlsrpt_advice_t *advice)
{
    const char *text = advice->long_text;

    fprintf(out, "%s\n\n", advice->name);
    lines_wrap(out, 0, 0, advice->meaning, "");
    fputs("\nDo:    ", out);
    lines_wrap(out, 7, 7, advice->action, "");
    if (advice->check) {
        fputs("Check: ", out);
        lines_wrap(out, 7, 7, advice->check, " \\");
    }
    while (text && *text) {
        const char *end = strstr(text, "\n\n");
        const size_t len = end ? (size_t)(end - text) : strlen(text);
        char paragraph[4096];

        apr_snprintf(paragraph, sizeof(paragraph), "%.*s", (int)len, text);
        fputc('\n', out);
        lines_wrap(out, 0, 0, paragraph, "");
        text = end ? end + 2 : NULL;
    }
}
