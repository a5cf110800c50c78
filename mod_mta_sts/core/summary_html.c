/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The page of one policy domain: the verdict first, then what it rests on.
 */
#include <apr_strings.h>

#include "core/day.h"
#include "core/escape.h"
#include "core/summary_frame.h"

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
    /* missing, met, not asked */
    static const char *const classes[] = {"wait", "yes", "none"};
    static const char *const labels[] = {"missing", "met", "not asked"};
    static const tlsrpt_icon_e icons[] = {TLSRPT_ICON_WAIT, TLSRPT_ICON_YES,
                                          TLSRPT_ICON_NONE};
    int i;

    tlsrpt_put(t, "<ul class=\"needs\">\n");
    for (i = 0; i < TLSRPT_NEED_COUNT; i++) {
        const tlsrpt_sum_need_t *one = &sum->needs[i];

        int state = !one->asked ? 2 : one->met;

        tlsrpt_putf(t, "<li class=\"%s\">", classes[state]);
        tlsrpt_html_icon(t, icons[state], labels[state]);
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
    const char *whose = sum->reporters_all == 0 ? ""
                        : sum->verified         ? "verified"
                                                : "unverified";
    int last = sum->anybody.last;

    tlsrpt_putf(t,
                "<ul class=\"figures\">"
                "<li>Sessions<b>%s</b>%s</li>"
                "<li>Failed<b>%s</b>%s</li>"
                "<li>Reporters<b>%d</b>%s</li>"
                "<li>Mode<b>%s</b>%s</li>"
                "<li>Newest report<b>%s</b>%s</li>"
                "</ul>\n",
                tlsrpt_short(t->p, sum->sessions, TLSRPT_SHORT_FROM),
                small(t, whose),
                tlsrpt_short(t->p, sum->failed, TLSRPT_SHORT_FROM),
                small(t, share), sum->reporters_all, small(t, whose),
                *sum->mode ? E(sum->mode) : "unknown",
                small(t, sum->is_served ? "served now" : "as reported"),
                last ? tlsrpt_day_text(t->p, last) + 5 : "none",
                small(t, last ? apr_itoa(t->p, last / 10000) : ""));
}

/* Above all figures, if they are anybody's. */
static void put_anybodys(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    if (!sum->verified && sum->reporters_all > 0) {
        tlsrpt_put(t, "<div class=\"card\" id=\"unverified\"><p>"
                      "<span class=\"tag wait\">unverified</span> No report "
                      "of these days was verified. Anybody can send one over "
                      "HTTPS: what follows is what was said.</p></div>\n");
    }
}

/* Below them, what anybody says beside them. */
static void put_beside(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    const tlsrpt_sum_beside_t *beside = &sum->beside;
    int i;

    if (beside->reporters == 0) {
        return;
    }
    tlsrpt_putf(t,
                "<div class=\"card\" id=\"unverified\"><p>"
                "<span class=\"tag wait\">unverified</span> %s more "
                "session%s, %s failed, by %d reporter%s that nobody verified. "
                "Anybody can send a report over HTTPS: these are in none of "
                "the figures, and decide nothing.</p>\n",
                tlsrpt_grouped(t->p, beside->sessions),
                beside->sessions == 1 ? "" : "s",
                tlsrpt_grouped(t->p, beside->failed), beside->reporters,
                beside->reporters == 1 ? "" : "s");
    for (i = 0; i < beside->causes->nelts; i++) {
        const tlsrpt_sum_count_t *one =
            ITEM(beside->causes, i, tlsrpt_sum_count_t);

        tlsrpt_putf(t, "%s%s: %s", i ? ", " : "<p class=\"soft\">",
                    E(one->type), tlsrpt_grouped(t->p, one->sessions));
    }
    tlsrpt_put(t, i ? "</p></div>\n" : "</div>\n");
}

/* A text of advice, with the name of the domain in it. */
static const char *about(tlsrpt_text_t *t, const tlsrpt_summary_t *sum,
                         const char *text)
{
    return E(tlsrpt_advice_about(t->p, text, sum->domain));
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
                    one->advice->name, E(one->detail),
                    about(t, sum, one->advice->meaning),
                    about(t, sum, one->advice->action));
    }
}

/* ---- causes -------------------------------------------------------------- */

static void put_places(tlsrpt_text_t *t, const tlsrpt_summary_t *sum,
                       const tlsrpt_sum_cause_t *cause)
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
                    E(tlsrpt_place_host(t->p, sum, cause, one)),
                    *one->ip ? " [" : "", E(one->ip), *one->ip ? "]" : "");
        tlsrpt_putf(
            t, "<td data-label=\"Reason given\"><span>%s%s%s%s%s",
            cause->result == TLSRPT_RESULT_OTHER ? E(one->type) : "",
            cause->result == TLSRPT_RESULT_OTHER && *one->reason ? ": " : "",
            *one->reason ? E(one->reason)
                         : (cause->result == TLSRPT_RESULT_OTHER ? "" : "none"),
            advice ? "<br><span class=\"soft\">" : "",
            advice ? about(t, sum, advice) : "");
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
        const char *command = tlsrpt_cause_command(t->p, sum, one);

        tlsrpt_putf(t,
                    "<section class=\"card cause\"><h3><span>%s</span>"
                    "<span>%s session%s</span></h3>\n"
                    "<p class=\"soft\">%d reporter%s, last on %s</p>\n"
                    "<p>%s</p>\n<p class=\"do\"><b>Do:</b> %s</p>\n",
                    E(one->type), tlsrpt_grouped(t->p, one->sessions),
                    one->sessions == 1 ? "" : "s", one->reporters,
                    one->reporters == 1 ? "" : "s",
                    tlsrpt_day_text(t->p, one->last),
                    about(t, sum, one->advice->meaning),
                    about(t, sum, one->advice->action));
        if (command) {
            tlsrpt_putf(t, "<pre><code>%s</code></pre>\n", E(command));
        }
        if (one->places->nelts) {
            put_places(t, sum, one);
        }
        tlsrpt_put(t, "</section>\n");
    }
}

/* ---- the page ------------------------------------------------------------ */

static void put_windows(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    static const int windows[] = {14, 30, 90, 365};
    int i;
    const char *domain = tlsrpt_query_escape(t->p, sum->domain);

    tlsrpt_put(t, "<nav aria-label=\"Days shown\"><span class=\"soft\">Days "
                  "shown:</span>\n");
    for (i = 0; i < 4; i++) {
        tlsrpt_putf(t, "<a href=\"?domain=%s&amp;days=%d\"%s>%d</a>\n", domain,
                    windows[i],
                    windows[i] == sum->days_asked ? " aria-current=\"page\""
                                                  : "",
                    windows[i]);
    }
    tlsrpt_put(t, "</nav>\n");
}

const char *tlsrpt_html_domain(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);
    const char *query = tlsrpt_query_escape(p, sum->domain);
    int days = sum->days_asked;

    tlsrpt_html_begin(t, apr_pstrcat(p, "TLS reports: ", sum->domain, NULL));
    tlsrpt_putf(t,
                "<header><a href=\"?days=%d\">All policy domains</a></header>\n"
                "<main>\n<h1>%s</h1>\n",
                days, E(sum->domain));
    put_verdict(t, sum);
    put_anybodys(t, sum);
    put_figures(t, sum);
    put_windows(t, sum);
    tlsrpt_put(t, "<div class=\"card\">\n");
    tlsrpt_html_plot(t, sum);
    tlsrpt_put(t, "</div>\n");
    put_beside(t, sum);
    put_causes(t, sum);
    put_findings(t, sum);
    tlsrpt_html_reporters(t, sum);
    tlsrpt_html_mx(t, sum);
    tlsrpt_html_policies(t, sum);
    tlsrpt_putf(
        t,
        "</main>\n<footer><p>Sessions from %s to %s, UTC. Within a policy type "
        "they are added up; of MTA-STS and DANE the larger number counts, "
        "because some reporters name the same sessions under both; sessions "
        "that found no policy are added. Where a report of these days is "
        "verified, the figures are those of verified ones; the verdict rests "
        "on such of the last %d days alone.</p>\n"
        "<nav aria-label=\"Other forms\">"
        "<a href=\"?domain=%s&amp;days=%d&amp;format=json\">JSON</a>"
        "<a href=\"?domain=%s&amp;days=%d&amp;format=metrics\">OpenMetrics</a>"
        "</nav></footer>\n",
        tlsrpt_day_text(p, sum->from), tlsrpt_day_text(p, sum->to),
        TLSRPT_EVIDENCE_DAYS, query, days, query, days);
    tlsrpt_html_end(t);
    return tlsrpt_text_end(t);
}
