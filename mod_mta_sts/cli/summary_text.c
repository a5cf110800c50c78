/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * One policy domain as text for people: figures, days, reporters, MX hosts and
 * policies. The verdict comes last, where the eye is when all is printed.
 */
#include <string.h>

#include <apr_strings.h>

#include "cli/lines.h"
#include "cli/report_text.h"
#include "cli/summary.h"
#include "core/day.h"
#include "core/escape.h"
#include "core/render.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

/* The most lines of a policy that are shown: RFC 8461 knows of four fields. */
#define POLICY_LINES 20

/* A number in a table: cut where there is little room, and JSON has it. */
static const char *cell(apr_pool_t *p, apr_int64_t n)
{
    return n < 1000000000 ? apr_psprintf(p, "%" APR_INT64_T_FMT, n)
                          : tlsrpt_short(p, n, 1000);
}

/* The first column of a row; a name that is too long has a line of its own. */
static void put_name(apr_pool_t *p, FILE *out, const char *name, int width)
{
    const char *safe = lines_safe(p, name, SHOWN_MAX);

    if ((int)strlen(safe) > width) {
        fprintf(out, "  %s\n", safe);
        safe = "";
    }
    fprintf(out, "  %-*s", width, safe);
}

/* ---- figures ------------------------------------------------------------- */

static const char *sessions(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    const char *share =
        sum->failed > 0 ? tlsrpt_share(p, sum->failed, sum->sessions) : "";

    return apr_psprintf(p,
                        "%" APR_INT64_T_FMT " in all: %" APR_INT64_T_FMT
                        " good, %" APR_INT64_T_FMT " failed%s%s%s",
                        sum->sessions, sum->sessions - sum->failed, sum->failed,
                        *share ? " (" : "", share, *share ? ")" : "");
}

/* What others say, with the largest causes. */
static const char *others(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    const tlsrpt_sum_beside_t *beside = &sum->beside;
    const char *text = apr_psprintf(
        p, "%s more, %" APR_INT64_T_FMT " failed, by %s",
        tlsrpt_many(p, beside->sessions, "session", "sessions"), beside->failed,
        tlsrpt_many(p, beside->reporters, "reporter", "reporters"));
    int i;

    for (i = 0; i < beside->causes->nelts; i++) {
        const tlsrpt_sum_count_t *one =
            ITEM(beside->causes, i, tlsrpt_sum_count_t);

        text =
            apr_psprintf(p, "%s%s%s: %" APR_INT64_T_FMT, text, i ? ", " : " (",
                         lines_safe(p, one->type, 40), one->sessions);
    }
    return apr_pstrcat(p, text, i ? ")" : "",
                       ". Nobody verified them: they are in none of the "
                       "figures, and decide nothing.",
                       NULL);
}

static const char *policy(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    return apr_pstrcat(p, *sum->mode ? "mode " : "no report names a mode",
                       lines_safe(p, sum->mode, 20),
                       *sum->mode ? ", as reported" : "",
                       "; which policy is served only httpd knows", NULL);
}

static void put_figures(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum)
{
    lines_labelled(out, "period",
                   apr_psprintf(p, "%s to %s (UTC days)",
                                tlsrpt_day_text(p, sum->from),
                                tlsrpt_day_text(p, sum->to)));
    lines_labelled(out, "sessions",
                   sum->reporters_all > 0 ? sessions(p, sum)
                                          : "none: no report is for these "
                                            "days");
    if (sum->no_policy > 0) {
        lines_labelled(
            out, "",
            apr_pstrcat(p,
                        tlsrpt_many(p, sum->no_policy, "session", "sessions"),
                        " of these found no policy", NULL));
    }
    if (sum->reporters_all > 0) {
        lines_labelled(
            out, "reporters",
            apr_psprintf(p, "%d, %s", sum->reporters_all,
                         sum->verified
                             ? "verified by DKIM or as a file of yours"
                             : "unverified: anybody can send a report over "
                               "HTTPS, and this is what was said"));
    }
    lines_labelled(out, "policy", policy(p, sum));
    if (sum->beside.reporters > 0) {
        lines_labelled(out, "others", others(p, sum));
    }
    if (sum->uncounted > 0) {
        lines_labelled(
            out, "mails",
            apr_pstrcat(
                p,
                tlsrpt_many(p, sum->uncounted, "more report", "more reports"),
                " came by mail without a valid DKIM signature: kept, "
                "and counted nowhere (RFC 8460, 3)",
                NULL));
    }
}

/* ---- tables -------------------------------------------------------------- */

static void put_days(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum)
{
    int i;

    if (sum->days->nelts == 0) {
        return;
    }
    fputs("\nSessions by day\n"
          "  day           sessions       good     failed  reporters\n",
          out);
    for (i = 0; i < sum->days->nelts; i++) {
        const tlsrpt_sum_day_t *one = ITEM(sum->days, i, tlsrpt_sum_day_t);

        fprintf(out, "  %s  %10s %10s %10s  %9d\n",
                tlsrpt_day_text(p, one->day), cell(p, one->sessions),
                cell(p, one->sessions - one->failed), cell(p, one->failed),
                one->reporters);
    }
}

static void put_reporters(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum)
{
    const int all = sum->reporters_all + sum->beside.reporters;
    int i;

    if (sum->reporters->nelts == 0) {
        return;
    }
    fputs("\nWho reported\n"
          "  reporter                   verified by   sessions    failed  days"
          "  last\n",
          out);
    for (i = 0; i < sum->reporters->nelts; i++) {
        const tlsrpt_sum_reporter_t *one =
            ITEM(sum->reporters, i, tlsrpt_sum_reporter_t);

        put_name(p, out, one->submitter, 25);
        fprintf(out, "  %-11s %10s %9s %5d  %s\n",
                one->verified ? tlsrpt_trust_text(one->trust) : "nobody",
                cell(p, one->sessions), cell(p, one->failed), one->days,
                tlsrpt_day_text(p, one->last));
    }
    if (all > sum->reporters->nelts) {
        fprintf(out, "  and %d more\n", all - sum->reporters->nelts);
    }
}

/* "certificate-expired: 3, validation-failure: 1" */
static const char *failures(apr_pool_t *p, const tlsrpt_sum_mx_t *mx)
{
    const char *text = "";
    int i;

    for (i = 0; i < mx->counts->nelts; i++) {
        const tlsrpt_sum_count_t *one = ITEM(mx->counts, i, tlsrpt_sum_count_t);

        text = apr_psprintf(p, "%s%s%s: %" APR_INT64_T_FMT, text, i ? ", " : "",
                            lines_safe(p, one->type, 40), one->sessions);
    }
    return text;
}

static void put_mx(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum)
{
    int i;

    if (sum->mx->nelts == 0) {
        return;
    }
    fputs(
        "\nMX hosts\n"
        "  MX                                in the policy  in a report  last "
        "failed\n",
        out);
    for (i = 0; i < sum->mx->nelts; i++) {
        const tlsrpt_sum_mx_t *one = ITEM(sum->mx, i, tlsrpt_sum_mx_t);

        put_name(p, out, *one->name ? one->name : "not said", 32);
        fprintf(out, "  %-13s  %-11s  %s\n", tlsrpt_mx_in_policy(sum, one),
                tlsrpt_mx_in_report(one),
                one->last ? tlsrpt_day_text(p, one->last) : "never");
        if (one->counts->nelts > 0) {
            fputs("    ", out);
            lines_wrap(out, 4, 4, failures(p, one), "");
        }
    }
    fputs("  ", out);
    lines_wrap(out, 2, 2,
               "Reports do not say over which MX a good session went. \"In a "
               "report\" means that one names it, as a pattern of the policy "
               "or as the MX of a failure.",
               "");
}

static void put_policies(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum)
{
    int i, j;

    if (sum->seen->nelts == 0) {
        return;
    }
    fputs("\nPolicies that reporters saw\n", out);
    for (i = 0; i < sum->seen->nelts; i++) {
        const tlsrpt_sum_seen_t *one = ITEM(sum->seen, i, tlsrpt_sum_seen_t);

        fprintf(out, "  %s%s%s, by %s%s\n", tlsrpt_day_text(p, one->first),
                one->first == one->last ? "" : " to ",
                one->first == one->last ? "" : tlsrpt_day_text(p, one->last),
                tlsrpt_many(p, one->reporters, "reporter", "reporters"),
                one->verified ? "" : " whom nobody verified");
        for (j = 0; j < one->lines->nelts && j < POLICY_LINES; j++) {
            fprintf(
                out, "      %s\n",
                lines_safe(p, APR_ARRAY_IDX(one->lines, j, const char *), 72));
        }
        if (j < one->lines->nelts) {
            fprintf(out, "      and %s\n",
                    tlsrpt_many(p, one->lines->nelts - j, "line more",
                                "lines more"));
        }
    }
    fputs("  ", out);
    lines_wrap(out, 2, 2,
               "Which one is served now, only httpd knows: its page "
               "(tlsrpt-status) compares them.",
               "");
}

static void put_findings(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum)
{
    int i;

    for (i = 0; i < sum->findings->nelts; i++) {
        const tlsrpt_sum_finding_t *one =
            ITEM(sum->findings, i, tlsrpt_sum_finding_t);

        fputc('\n', out);
        lines_wrap(out, 0, 3,
                   apr_psprintf(p, "Note: %s: %s %s", one->advice->name,
                                mta_sts_escape_line(p, one->detail),
                                tlsrpt_advice_about(p, one->advice->meaning,
                                                    sum->domain)),
                   "");
        lines_step(out, "Do:",
                   tlsrpt_advice_about(p, one->advice->action, sum->domain),
                   "");
    }
}

/* ---- all of it ----------------------------------------------------------- */

static verdict_e verdict_of(tlsrpt_level_e level)
{
    static const verdict_e verdicts[] = {VERDICT_OK, VERDICT_NOTICE,
                                         VERDICT_WARNING, VERDICT_ERROR};

    return verdicts[level];
}

void summary_text(apr_pool_t *p, const view_t *view,
                  const tlsrpt_summary_t *sum)
{
    const char *title = apr_pstrcat(p, "TLS reports on ", sum->domain, NULL);
    const int fits = strlen(title) < LINES_WIDTH - 10;
    FILE *out = view->out;

    lines_title(view, fits ? title : "TLS reports", verdict_of(sum->level));
    if (!fits) {
        lines_labelled(out, "on", sum->domain);
    }
    put_figures(p, out, sum);
    put_days(p, out, sum);
    put_reporters(p, out, sum);
    put_mx(p, out, sum);
    summary_causes(p, out, sum);
    put_policies(p, out, sum);
    put_findings(p, out, sum);
    summary_verdict(p, out, sum);
}
