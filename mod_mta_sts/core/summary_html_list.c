/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The page of all policy domains: what fails most, then the domains by name.
 */
#include <apr_strings.h>

#include "core/day.h"
#include "core/escape.h"
#include "core/summary_frame.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))
#define E(text)              mta_sts_escape_html(t->p, text)

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

        tlsrpt_putf(t,
                    "<tr><th scope=\"row\"><a href=\"?domain=%s\">%s</a></th>"
                    "<td class=\"n\">%s</td></tr>\n",
                    tlsrpt_query_escape(t->p, one->domain), E(one->domain),
                    tlsrpt_grouped(t->p, one->failed));
    }
    tlsrpt_put(t, "</tbody></table></div>\n");
}

static void put_row(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    const char *colour, *name;
    const char *share = tlsrpt_share(t->p, sum->failed, sum->sessions);

    tlsrpt_html_verdict(sum->verdict, &colour, &name);
    tlsrpt_putf(
        t,
        "<tr><th scope=\"row\"><a href=\"?domain=%s\">%s</a></th>"
        "<td data-label=\"Enforce\"><span class=\"tag %s\">%s</span></td>"
        "<td class=\"n\" data-label=\"Sessions\">%s</td>"
        "<td class=\"n\" data-label=\"Failed\">%s%s%s%s</td>"
        "<td class=\"n\" data-label=\"Reporters\">%d</td>"
        "<td data-label=\"Mode\">%s</td>"
        "<td data-label=\"Top fault\">%s</td></tr>\n",
        tlsrpt_query_escape(t->p, sum->domain), E(sum->domain), colour, name,
        tlsrpt_grouped(t->p, sum->sessions), tlsrpt_grouped(t->p, sum->failed),
        sum->failed && *share ? " (" : "", sum->failed ? share : "",
        sum->failed && *share ? ")" : "", sum->reporters_all,
        *sum->mode ? E(sum->mode) : "unknown",
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
    tlsrpt_put(t, "<div class=\"card\"><table class=\"stack\"><thead><tr>"
                  "<th scope=\"col\">Policy domain</th>"
                  "<th scope=\"col\">Enforce</th>"
                  "<th scope=\"col\" class=\"n\">Sessions</th>"
                  "<th scope=\"col\" class=\"n\">Failed</th>"
                  "<th scope=\"col\" class=\"n\">Reporters</th>"
                  "<th scope=\"col\">Mode</th>"
                  "<th scope=\"col\">Top fault</th></tr></thead><tbody>\n");
    for (i = 0; i < page->summaries->nelts; i++) {
        put_row(t, APR_ARRAY_IDX(page->summaries, i, tlsrpt_summary_t *));
    }
    tlsrpt_put(t, "</tbody></table></div>\n");
}

static void put_paging(tlsrpt_text_t *t, const tlsrpt_page_t *page)
{
    const char *prefix = tlsrpt_query_escape(t->p, page->prefix);
    int days = tlsrpt_days_between(page->from, page->to) + 1;

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
                "<button type=\"submit\">Search</button></form>\n",
                tlsrpt_day_text(p, page->from), tlsrpt_day_text(p, page->to),
                E(page->prefix));
    if (!*page->after && !*page->prefix) {
        put_failing(t, page);
    }
    put_domains(t, page);
    put_paging(t, page);
    tlsrpt_put(t, "</main>\n<footer><nav aria-label=\"Other forms\">"
                  "<a href=\"?format=json\">JSON</a>"
                  "<a href=\"?format=metrics\">OpenMetrics</a></nav>"
                  "</footer>\n");
    tlsrpt_html_end(t);
    return tlsrpt_text_end(t);
}
