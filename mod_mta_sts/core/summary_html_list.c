/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The page of all policy domains: what fails most, the domains by name, and how
 * reports come in.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/day.h"
#include "core/escape.h"
#include "core/summary_frame.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))
#define E(text)              mta_sts_escape_html(t->p, text)

/* A number in a cell. */
static const char *cell(apr_pool_t *p, apr_int64_t n)
{
    return tlsrpt_short(p, n, TLSRPT_SHORT_FROM);
}

static void put_link(tlsrpt_text_t *t, const tlsrpt_page_t *page,
                     const char *domain)
{
    tlsrpt_putf(t,
                "<th scope=\"row\"><a href=\"?domain=%s&amp;days=%d\">%s</a>"
                "</th>",
                tlsrpt_query_escape(t->p, domain), page->days, E(domain));
}

static void put_failing(tlsrpt_text_t *t, const tlsrpt_page_t *page)
{
    int i;

    if (page->failing->nelts == 0) {
        return;
    }
    tlsrpt_put(t, "<h2 id=\"failing\">Most failures</h2>\n<div class=\"card\">"
                  "<table><thead><tr><th scope=\"col\">Policy domain</th>"
                  "<th scope=\"col\" class=\"n\">Failed sessions</th></tr>"
                  "</thead><tbody>\n");
    for (i = 0; i < page->failing->nelts; i++) {
        const tlsrpt_sum_failing_t *one =
            ITEM(page->failing, i, tlsrpt_sum_failing_t);

        tlsrpt_put(t, "<tr>");
        put_link(t, page, one->domain);
        tlsrpt_putf(
            t, "<td class=\"n\">%s%s</td></tr>\n",
            one->verified ? "" : "<span class=\"tag wait\">unverified</span> ",
            cell(t->p, one->failed));
    }
    tlsrpt_put(t, "</tbody></table></div>\n");
}

/* What nobody verified: beside the figures, or all that there is. */
static const char *unverified(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    if (!sum->verified) {
        return sum->reporters_all ? "<span class=\"tag wait\">all</span>"
                                  : "none";
    }
    return sum->beside.reporters
               ? apr_psprintf(p, "%s, %s failed", cell(p, sum->beside.sessions),
                              cell(p, sum->beside.failed))
               : "none";
}

static void put_row(tlsrpt_text_t *t, const tlsrpt_page_t *page,
                    const tlsrpt_summary_t *sum)
{
    const char *colour, *name;
    const char *share = tlsrpt_share(t->p, sum->failed, sum->sessions);

    tlsrpt_html_verdict(sum->verdict, &colour, &name);
    tlsrpt_put(t, "<tr>");
    put_link(t, page, sum->domain);
    tlsrpt_putf(
        t,
        "<td data-label=\"Enforce\"><span class=\"tag %s\">%s</span></td>"
        "<td class=\"n\" data-label=\"Sessions\">%s</td>"
        "<td class=\"n\" data-label=\"Failed\">%s%s%s%s</td>"
        "<td class=\"n\" data-label=\"Reporters\">%d</td>"
        "<td data-label=\"Unverified\">%s</td>"
        "<td class=\"w\" data-label=\"Mode\">%s</td>"
        "<td data-label=\"Top fault\">%s</td></tr>\n",
        colour, name, cell(t->p, sum->sessions), cell(t->p, sum->failed),
        sum->failed && *share ? " (" : "", sum->failed ? share : "",
        sum->failed && *share ? ")" : "", sum->reporters_all,
        unverified(t->p, sum), *sum->mode ? E(sum->mode) : "unknown",
        sum->causes->nelts ? E(ITEM(sum->causes, 0, tlsrpt_sum_cause_t)->type)
                           : "none");
}

static void put_domains(tlsrpt_text_t *t, const tlsrpt_page_t *page)
{
    int i;

    tlsrpt_put(t, "<h2 id=\"domains\">Policy domains</h2>\n");
    if (page->summaries->nelts == 0) {
        tlsrpt_put(t, "<div class=\"card\"><p>There is none that the store has "
                      "reports on");
        tlsrpt_put(t, *page->prefix ? " and that begins so.</p></div>\n"
                                    : ". Reports come once a day.</p></div>\n");
        return;
    }
    tlsrpt_put(t, "<div class=\"card\"><table class=\"stack list\"><thead><tr>"
                  "<th scope=\"col\">Policy domain</th>"
                  "<th scope=\"col\">Enforce</th>"
                  "<th scope=\"col\" class=\"n\">Sessions</th>"
                  "<th scope=\"col\" class=\"n\">Failed</th>"
                  "<th scope=\"col\" class=\"n\">Reporters</th>"
                  "<th scope=\"col\">Unverified</th>"
                  "<th scope=\"col\">Mode</th>"
                  "<th scope=\"col\">Top fault</th></tr></thead><tbody>\n");
    for (i = 0; i < page->summaries->nelts; i++) {
        put_row(t, page, APR_ARRAY_IDX(page->summaries, i, tlsrpt_summary_t *));
    }
    tlsrpt_put(t, "</tbody></table></div>\n");
}

static void put_paging(tlsrpt_text_t *t, const tlsrpt_page_t *page)
{
    const char *prefix = tlsrpt_query_escape(t->p, page->prefix);
    int days = page->days;

    if (!*page->after && !page->next) {
        return;
    }
    tlsrpt_put(t, "<nav aria-label=\"Pages\">");
    if (*page->after) {
        tlsrpt_putf(t, "<a href=\"?prefix=%s&amp;days=%d\">First page</a>\n",
                    prefix, days);
    }
    if (page->next) {
        tlsrpt_putf(t,
                    "<a rel=\"next\" href=\"?prefix=%s&amp;days=%d"
                    "&amp;after=%s\">Next page</a>\n",
                    prefix, days, tlsrpt_query_escape(t->p, page->next));
    }
    tlsrpt_put(t, "</nav>\n");
}

/* ---- how reports come in ------------------------------------------------- */

/* What people call a result. */
static const char *called(const char *result)
{
    static const char *const words[][2] = {{"duplicate", "repeated"},
                                           {"foreign", "about others"},
                                           {"bad", "unreadable"},
                                           {"misdirected", "to a wrong path"}};
    apr_size_t i;

    for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(result, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return result;
}

static void put_requests(tlsrpt_text_t *t, const tlsrpt_flow_t *flow)
{
    int i;

    tlsrpt_put(t, "<tr><th scope=\"row\">Requests since the start</th><td>");
    for (i = 0; i < flow->requests->nelts; i++) {
        const tlsrpt_requests_t *one =
            ITEM(flow->requests, i, tlsrpt_requests_t);

        tlsrpt_putf(t, "%s%s %s", i ? ", " : "",
                    tlsrpt_grouped(t->p, one->requests), called(one->result));
    }
    tlsrpt_put(t, "</td></tr>\n");
}

static void put_flow(tlsrpt_text_t *t, const tlsrpt_flow_t *flow)
{
    tlsrpt_put(t, "<h2 id=\"receiver\">Receiver</h2>\n<div class=\"card\">"
                  "<table class=\"pairs\"><tbody>\n");
    put_requests(t, flow);
    if (flow->is_known) {
        tlsrpt_putf(t,
                    "<tr><th scope=\"row\">Waiting in the spool</th>"
                    "<td>%s</td></tr>\n"
                    "<tr><th scope=\"row\">Last stored</th><td>%s</td></tr>\n",
                    tlsrpt_grouped(t->p, flow->waiting),
                    flow->stored ? tlsrpt_time_words(t->p, flow->stored)
                                 : "not since the start");
    }
    if (flow->is_known && flow->failed) {
        tlsrpt_putf(t,
                    "<tr><th scope=\"row\"><span class=\"tag no\">The store "
                    "takes none</span></th><td>since %s: %s</td></tr>\n",
                    tlsrpt_time_words(t->p, flow->failed), E(flow->error));
    }
    if (flow->is_known && flow->lasts) {
        tlsrpt_putf(t,
                    "<tr><th scope=\"row\"><span class=\"tag wait\">An attempt "
                    "to store lasts</span></th><td>since %s: the database may "
                    "not answer, or be slow</td></tr>\n",
                    tlsrpt_time_words(t->p, flow->lasts));
    }
    tlsrpt_put(t, "</tbody></table></div>\n");
}

/* Then it stands in front of all. */
static int is_trouble(const tlsrpt_flow_t *flow)
{
    return flow->failed || flow->lasts;
}

const char *tlsrpt_html_list(apr_pool_t *p, const tlsrpt_page_t *page)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    tlsrpt_html_begin(t, "TLS reports");
    tlsrpt_putf(t,
                "<main>\n<h1>TLS reports</h1>\n"
                "<p class=\"soft\">%s to %s, UTC</p>\n"
                "<form method=\"get\" action=\"?\" role=\"search\">"
                "<label class=\"hide\" for=\"prefix\">Policy domain begins "
                "with</label><input id=\"prefix\" name=\"prefix\" "
                "maxlength=\"253\" autocapitalize=\"none\" "
                "placeholder=\"Policy domain begins with\" value=\"%s\">"
                "<input type=\"hidden\" name=\"days\" value=\"%d\">"
                "<button type=\"submit\">Search</button></form>\n",
                tlsrpt_day_text(p, page->from), tlsrpt_day_text(p, page->to),
                E(page->prefix), page->days);
    if (is_trouble(&page->flow)) {
        put_flow(t, &page->flow);
    }
    if (!*page->after && !*page->prefix) {
        put_failing(t, page);
    }
    put_domains(t, page);
    put_paging(t, page);
    if (!is_trouble(&page->flow)) {
        put_flow(t, &page->flow);
    }
    tlsrpt_putf(t,
                "</main>\n<footer><nav aria-label=\"Other forms\">"
                "<a href=\"?prefix=%s&amp;days=%d&amp;after=%s&amp;format=json"
                "\">JSON</a>"
                "<a href=\"?format=metrics\">OpenMetrics</a></nav>"
                "</footer>\n",
                tlsrpt_query_escape(p, page->prefix), page->days,
                tlsrpt_query_escape(p, page->after));
    tlsrpt_html_end(t);
    return tlsrpt_text_end(t);
}
