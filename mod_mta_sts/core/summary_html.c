/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The page of one policy domain: the verdict first, then what it rests on.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/day.h"
#include "core/escape.h"
#include "core/summary_frame.h"
#include "core/summary_parts.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))
#define E(text)              mta_sts_escape_html(t->p, text)

/* The most places of a cause that are shown. */
#define PLACES 8

tlsrpt_icon_e tlsrpt_html_verdict(tlsrpt_verdict_e verdict, const char **colour,
                                  const char **name)
{
    static const struct {
        tlsrpt_icon_e icon;
        const char *colour, *name;
    } all[] = {{TLSRPT_ICON_NONE, "none", "no reports"},
               {TLSRPT_ICON_NONE, "none", "no policy"},
               {TLSRPT_ICON_WAIT, "wait", "not ready"},
               {TLSRPT_ICON_YES, "yes", "ready for enforce"},
               {TLSRPT_ICON_YES, "yes", "enforced"},
               {TLSRPT_ICON_NO, "no", "enforced, fails"}};

    *colour = all[verdict].colour;
    *name = all[verdict].name;
    return all[verdict].icon;
}

static void put_needs(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    static const char *const names[TLSRPT_NEED_COUNT] = {
        "Clean days", "Reporters",   "Good sessions",
        "MX hosts",   "No failures", "Recent reports"};
    int i;

    tlsrpt_put(t, "<ul class=\"needs\">\n");
    for (i = 0; i < TLSRPT_NEED_COUNT; i++) {
        const tlsrpt_sum_need_t *one = &sum->needs[i];

        tlsrpt_putf(t, "<li class=\"%s\">", one->met ? "yes" : "wait");
        tlsrpt_html_icon(t, one->met ? TLSRPT_ICON_YES : TLSRPT_ICON_WAIT,
                         one->met ? "met" : "missing");
        tlsrpt_putf(t, "<span><b>%s", names[i]);
        if (i == TLSRPT_NEED_DAYS || i == TLSRPT_NEED_REPORTERS ||
            i == TLSRPT_NEED_SESSIONS || (i == TLSRPT_NEED_MX && one->need)) {
            tlsrpt_putf(t, ": %s of %s",
                        tlsrpt_grouped(t->p, one->have > one->need ? one->need
                                                                   : one->have),
                        tlsrpt_grouped(t->p, one->need));
        }
        tlsrpt_putf(t, "</b><span>%s</span></span></li>\n", E(one->text));
    }
    tlsrpt_put(t, "</ul>\n");
}

static void put_verdict(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    const char *colour, *name;
    tlsrpt_icon_e icon = tlsrpt_html_verdict(sum->verdict, &colour, &name);

    tlsrpt_putf(t, "<section class=\"card verdict %s\" id=\"verdict\">\n<h2>",
                colour);
    tlsrpt_html_icon(t, icon, name);
    tlsrpt_putf(t, "<span>%s</span></h2>\n", E(sum->verdict_text));
    if (*sum->verdict_next) {
        tlsrpt_putf(t, "<p>%s</p>\n", E(sum->verdict_next));
    }
    if (sum->verdict == TLSRPT_VERDICT_READY ||
        sum->verdict == TLSRPT_VERDICT_NOT_READY) {
        put_needs(t, sum);
    }
    tlsrpt_put(t, "</section>\n");
}

/* A remark below a figure; nothing if there is none. */
static const char *small(tlsrpt_text_t *t, const char *remark)
{
    return *remark ? apr_pstrcat(t->p, "<small>", remark, "</small>", NULL)
                   : "";
}

static void put_figures(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    const char *share = tlsrpt_share(t->p, sum->failed, sum->sessions);
    int last = sum->anybody.last;

    tlsrpt_putf(t,
                "<ul class=\"figures\">"
                "<li>Sessions<b>%s</b></li>"
                "<li>Failed<b>%s</b>%s</li>"
                "<li>Reporters<b>%d</b></li>"
                "<li>Mode<b>%s</b>%s</li>"
                "<li>Newest report<b>%s</b>%s</li>"
                "</ul>\n",
                tlsrpt_grouped(t->p, sum->sessions),
                tlsrpt_grouped(t->p, sum->failed), small(t, share),
                sum->reporters_all, *sum->mode ? E(sum->mode) : "unknown",
                small(t, sum->is_served ? "served now" : "as reported"),
                last ? tlsrpt_day_text(t->p, last) + 5 : "none",
                small(t, last ? apr_itoa(t->p, last / 10000) : ""));
}

static void put_findings(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    if (sum->findings->nelts == 0) {
        return;
    }
    tlsrpt_put(t, "<h2 id=\"findings\">Findings</h2>\n");
    for (i = 0; i < sum->findings->nelts; i++) {
        const tlsrpt_sum_finding_t *one =
            ITEM(sum->findings, i, tlsrpt_sum_finding_t);

        tlsrpt_putf(t,
                    "<section class=\"card\"><h3>%s</h3>\n<p>%s</p>\n"
                    "<p class=\"soft\">%s</p>\n"
                    "<p class=\"do\"><b>Do:</b> %s</p></section>\n",
                    one->advice->name, E(one->detail), E(one->advice->meaning),
                    E(one->advice->action));
    }
}

/* ---- causes -------------------------------------------------------------- */

static void put_places(tlsrpt_text_t *t, const tlsrpt_sum_cause_t *cause)
{
    int i;

    tlsrpt_put(t, "<table class=\"stack\"><thead><tr><th scope=\"col\">MX</th>"
                  "<th scope=\"col\">Reason given</th>"
                  "<th scope=\"col\" class=\"n\">Sessions</th></tr></thead>"
                  "<tbody>\n");
    for (i = 0; i < cause->places->nelts && i < PLACES; i++) {
        const tlsrpt_sum_place_t *one =
            APR_ARRAY_IDX(cause->places, i, tlsrpt_sum_place_t *);
        const char *advice =
            *one->reason ? tlsrpt_reason_advice(one->reason) : NULL;

        tlsrpt_putf(t, "<tr><th scope=\"row\">%s%s%s%s</th>",
                    *one->mx ? E(one->mx) : "not said", *one->ip ? " [" : "",
                    E(one->ip), *one->ip ? "]" : "");
        tlsrpt_putf(
            t, "<td data-label=\"Reason given\"><span>%s%s%s%s%s",
            cause->result == TLSRPT_RESULT_OTHER ? E(one->type) : "",
            cause->result == TLSRPT_RESULT_OTHER && *one->reason ? ": " : "",
            *one->reason ? E(one->reason)
                         : (cause->result == TLSRPT_RESULT_OTHER ? "" : "none"),
            advice ? "<br><span class=\"soft\">" : "", advice ? E(advice) : "");
        tlsrpt_putf(t,
                    "%s</span></td><td class=\"n\" "
                    "data-label=\"Sessions\">%s</td></tr>\n",
                    advice ? "</span>" : "",
                    tlsrpt_grouped(t->p, one->sessions));
    }
    tlsrpt_put(t, "</tbody></table>\n");
    if (cause->places->nelts > PLACES) {
        tlsrpt_putf(t, "<p class=\"soft\">And %d more; JSON has them.</p>\n",
                    cause->places->nelts - PLACES);
    }
}

static void put_causes(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    if (sum->causes->nelts == 0) {
        return;
    }
    tlsrpt_put(t, "<h2 id=\"causes\">Why sessions failed</h2>\n"
                  "<p class=\"soft\">By result type (RFC 8460). One session "
                  "may be under several of them, so these are not added up."
                  "</p>\n");
    for (i = 0; i < sum->causes->nelts; i++) {
        const tlsrpt_sum_cause_t *one =
            ITEM(sum->causes, i, tlsrpt_sum_cause_t);
        const char *mx =
            one->places->nelts
                ? APR_ARRAY_IDX(one->places, 0, tlsrpt_sum_place_t *)->mx
                : "";
        /* no connection to a host that only a report names */
        const char *command =
            !*mx || !sum->is_served || tlsrpt_sum_covers(sum, mx)
                ? tlsrpt_advice_command(t->p, one->advice, mx, sum->domain)
                : NULL;

        tlsrpt_putf(t,
                    "<section class=\"card cause\"><h3><span>%s</span>"
                    "<span>%s session%s</span></h3>\n"
                    "<p class=\"soft\">%d reporter%s, last on %s</p>\n"
                    "<p>%s</p>\n<p class=\"do\"><b>Do:</b> %s</p>\n",
                    E(one->type), tlsrpt_grouped(t->p, one->sessions),
                    one->sessions == 1 ? "" : "s", one->reporters,
                    one->reporters == 1 ? "" : "s",
                    tlsrpt_day_text(t->p, one->last), E(one->advice->meaning),
                    E(one->advice->action));
        if (command) {
            tlsrpt_putf(t, "<pre><code>%s</code></pre>\n", E(command));
        }
        if (one->places->nelts) {
            put_places(t, one);
        }
        tlsrpt_put(t, "</section>\n");
    }
}

/* ---- tables -------------------------------------------------------------- */

static void put_uncounted(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    if (sum->uncounted > 0) {
        tlsrpt_putf(t,
                    "<p class=\"soft\">%s more report%s came by mail without a "
                    "valid DKIM signature. RFC 8460 says to ignore such: kept, "
                    "and counted nowhere.</p>\n",
                    tlsrpt_grouped(t->p, sum->uncounted),
                    sum->uncounted == 1 ? "" : "s");
    }
}

static void put_reporters(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    tlsrpt_put(t, "<h2 id=\"reporters\">Who reported</h2>\n"
                  "<div class=\"card\">");
    if (sum->reporters->nelts == 0) {
        tlsrpt_put(t, "<p>Nobody, in these days.</p>\n");
        put_uncounted(t, sum);
        tlsrpt_put(t, "</div>\n");
        return;
    }
    tlsrpt_put(t, "<table class=\"stack\"><thead><tr>"
                  "<th scope=\"col\">Reporter</th>"
                  "<th scope=\"col\">Verified by</th>"
                  "<th scope=\"col\" class=\"n\">Sessions</th>"
                  "<th scope=\"col\" class=\"n\">Failed</th>"
                  "<th scope=\"col\" class=\"n\">Days</th>"
                  "<th scope=\"col\" class=\"n\">Last</th></tr></thead>"
                  "<tbody>\n");
    for (i = 0; i < sum->reporters->nelts; i++) {
        const tlsrpt_sum_reporter_t *one =
            ITEM(sum->reporters, i, tlsrpt_sum_reporter_t);
        int verified = one->trust >= TLSRPT_EVIDENCE_TRUST;

        tlsrpt_putf(
            t,
            "<tr><th scope=\"row\"><span>%s%s%s%s</span></th>"
            "<td data-label=\"Verified by\"><span class=\"tag %s\">%s</span>"
            "</td><td class=\"n\" data-label=\"Sessions\">%s</td>"
            "<td class=\"n\" data-label=\"Failed\">%s</td>"
            "<td class=\"n\" data-label=\"Days\">%d</td>"
            "<td class=\"n\" data-label=\"Last\">%s%s</td></tr>\n",
            E(one->submitter),
            *one->organization ? " <span class=\"soft\">(" : "",
            E(one->organization), *one->organization ? ")</span>" : "",
            verified ? "yes" : "wait",
            verified ? tlsrpt_trust_text(one->trust) : "nobody",
            tlsrpt_grouped(t->p, one->sessions),
            tlsrpt_grouped(t->p, one->failed), one->days,
            tlsrpt_day_text(t->p, one->last), one->silent ? ", silent" : "");
    }
    tlsrpt_put(t, "</tbody></table>\n");
    if (sum->reporters_all > sum->reporters->nelts) {
        tlsrpt_putf(t, "<p class=\"soft\">And %d more.</p>\n",
                    sum->reporters_all - sum->reporters->nelts);
    }
    put_uncounted(t, sum);
    tlsrpt_put(t, "</div>\n");
}

static void put_mx(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i, j;

    if (sum->mx->nelts == 0) {
        return;
    }
    tlsrpt_put(t, "<h2 id=\"mx\">MX hosts</h2>\n<div class=\"card\">"
                  "<table class=\"stack\"><thead><tr>"
                  "<th scope=\"col\">MX</th>"
                  "<th scope=\"col\">In the policy</th>"
                  "<th scope=\"col\">In a report</th>"
                  "<th scope=\"col\">Failures by type</th></tr></thead>"
                  "<tbody>\n");
    for (i = 0; i < sum->mx->nelts; i++) {
        const tlsrpt_sum_mx_t *one = ITEM(sum->mx, i, tlsrpt_sum_mx_t);

        tlsrpt_putf(t,
                    "<tr><th scope=\"row\">%s</th>"
                    "<td class=\"w\" data-label=\"In the policy\">%s</td>"
                    "<td class=\"w\" data-label=\"In a report\">%s</td>"
                    "<td data-label=\"Failures by type\"><span>",
                    *one->name ? E(one->name) : "not said",
                    !sum->is_served  ? "unknown"
                    : one->in_policy ? "yes"
                                     : "no",
                    one->verified ? "yes"
                    : one->seen   ? "unverified"
                                  : "never");
        for (j = 0; j < one->counts->nelts; j++) {
            const tlsrpt_sum_count_t *count =
                ITEM(one->counts, j, tlsrpt_sum_count_t);

            tlsrpt_putf(t, "%s%s: %s", j ? "<br>" : "", E(count->type),
                        tlsrpt_grouped(t->p, count->sessions));
        }
        tlsrpt_putf(t, "%s</span></td></tr>\n",
                    one->counts->nelts ? "" : "none");
    }
    tlsrpt_put(t, "</tbody></table>\n<p class=\"soft\">Reports do not say over "
                  "which MX a good session went. \"In a report\" means that "
                  "one names it, as a pattern of the policy or as the MX of a "
                  "failure.</p></div>\n");
}

static void put_lines(tlsrpt_text_t *t, const apr_array_header_t *lines)
{
    int i;

    tlsrpt_put(t, "<pre><code>");
    for (i = 0; i < lines->nelts; i++) {
        tlsrpt_putf(t, "%s\n", E(APR_ARRAY_IDX(lines, i, const char *)));
    }
    tlsrpt_put(t, "</code></pre>\n");
}

static void put_policies(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i, same = 0;

    tlsrpt_put(t, "<h2 id=\"policy\">The policy</h2>\n<div class=\"card\">\n");
    if (sum->is_served) {
        tlsrpt_putf(t, "<h3>Served now, id %s</h3>\n", E(sum->served.id));
        put_lines(t, tlsrpt_sum_lines(t->p, sum->served.body));
    }
    for (i = 0; i < sum->seen->nelts; i++) {
        const tlsrpt_sum_seen_t *one = ITEM(sum->seen, i, tlsrpt_sum_seen_t);

        if (one->differs && !*one->differs) {
            tlsrpt_putf(t,
                        "<p>Reported as it is served, from %s to %s, by %d "
                        "reporter%s.</p>\n",
                        tlsrpt_day_text(t->p, one->first),
                        tlsrpt_day_text(t->p, one->last), one->reporters,
                        one->reporters == 1 ? "" : "s");
            same = 1;
            continue;
        }
        tlsrpt_putf(
            t, "<h3>Reported from %s to %s%s%s%s</h3>\n",
            tlsrpt_day_text(t->p, one->first), tlsrpt_day_text(t->p, one->last),
            one->differs ? "; differs in: " : "",
            one->differs ? one->differs : "",
            one->trust < TLSRPT_EVIDENCE_TRUST ? "; by nobody verified" : "");
        put_lines(t, one->lines);
    }
    if (sum->is_served && !same) {
        tlsrpt_put(t,
                   "<p>No report of these days shows the policy as it is "
                   "served now. That is normal for two days after a change; "
                   "later, look whether the record has its id, and whether "
                   "another server or a proxy answers with an old one.</p>\n");
    }
    tlsrpt_put(t, "</div>\n");
}

/* ---- the page ------------------------------------------------------------ */

static void put_windows(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    static const int windows[] = {14, 30, 90, 365};
    int i, days = tlsrpt_days_between(sum->from, sum->to) + 1;
    const char *domain = tlsrpt_query_escape(t->p, sum->domain);

    tlsrpt_put(t, "<nav aria-label=\"Days shown\"><span class=\"soft\">Days "
                  "shown:</span>\n");
    for (i = 0; i < 4; i++) {
        tlsrpt_putf(t, "<a href=\"?domain=%s&amp;days=%d\"%s>%d</a>\n", domain,
                    windows[i],
                    windows[i] == days ? " aria-current=\"page\"" : "",
                    windows[i]);
    }
    tlsrpt_put(t, "</nav>\n");
}

const char *tlsrpt_html_domain(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);
    const char *query = tlsrpt_query_escape(p, sum->domain);
    int days = tlsrpt_days_between(sum->from, sum->to) + 1;

    tlsrpt_html_begin(t, apr_pstrcat(p, "TLS reports: ", sum->domain, NULL));
    tlsrpt_putf(t,
                "<header><a href=\"?\">All policy domains</a></header>\n"
                "<main>\n<h1>%s</h1>\n",
                E(sum->domain));
    put_verdict(t, sum);
    put_figures(t, sum);
    put_windows(t, sum);
    tlsrpt_put(t, "<div class=\"card\">\n");
    tlsrpt_html_plot(t, sum);
    tlsrpt_put(t, "</div>\n");
    put_causes(t, sum);
    put_findings(t, sum);
    put_reporters(t, sum);
    put_mx(t, sum);
    put_policies(t, sum);
    tlsrpt_putf(
        t,
        "</main>\n<footer><p>Sessions from %s to %s, UTC. Within a policy type "
        "they are added up; of MTA-STS and DANE the larger number counts, "
        "because some reporters name the same sessions under both; sessions "
        "that found no policy are added. The verdict rests on verified reports "
        "of the last %d days alone.</p>\n"
        "<nav aria-label=\"Other forms\">"
        "<a href=\"?domain=%s&amp;days=%d&amp;format=json\">JSON</a>"
        "<a href=\"?domain=%s&amp;days=%d&amp;format=metrics\">OpenMetrics</a>"
        "</nav></footer>\n",
        tlsrpt_day_text(p, sum->from), tlsrpt_day_text(p, sum->to),
        TLSRPT_EVIDENCE_DAYS, query, days, query, days);
    tlsrpt_html_end(t);
    return tlsrpt_text_end(t);
}
