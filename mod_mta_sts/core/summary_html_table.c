/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tables of the page of a policy domain: who reported, MX hosts, policies.
 */
#include "core/day.h"
#include "core/escape.h"
#include "core/summary_frame.h"
#include "core/summary_parts.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))
#define E(text)              mta_sts_escape_html(t->p, text)

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

void tlsrpt_html_reporters(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i, all = sum->reporters_all + sum->beside.reporters;

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
            one->verified ? "yes" : "wait",
            one->verified ? tlsrpt_trust_text(one->trust) : "nobody",
            tlsrpt_grouped(t->p, one->sessions),
            tlsrpt_grouped(t->p, one->failed), one->days,
            tlsrpt_day_text(t->p, one->last), one->silent ? ", silent" : "");
    }
    tlsrpt_put(t, "</tbody></table>\n");
    if (all > sum->reporters->nelts) {
        tlsrpt_putf(t, "<p class=\"soft\">And %d more.</p>\n",
                    all - sum->reporters->nelts);
    }
    put_uncounted(t, sum);
    tlsrpt_put(t, "</div>\n");
}

void tlsrpt_html_mx(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
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
                    tlsrpt_mx_in_policy(sum, one), tlsrpt_mx_in_report(one));
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

void tlsrpt_html_policies(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
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
                        "%sreporter%s.</p>\n",
                        tlsrpt_day_text(t->p, one->first),
                        tlsrpt_day_text(t->p, one->last), one->reporters,
                        one->verified ? "" : "unverified ",
                        one->reporters == 1 ? "" : "s");
            same |= one->verified == sum->verified;
            continue;
        }
        tlsrpt_putf(t, "<h3>Reported from %s to %s%s%s%s</h3>\n",
                    tlsrpt_day_text(t->p, one->first),
                    tlsrpt_day_text(t->p, one->last),
                    one->differs ? "; differs in: " : "",
                    one->differs ? one->differs : "",
                    one->verified ? "" : "; by nobody verified");
        put_lines(t, one->lines);
    }
    if (sum->is_served && !same) {
        tlsrpt_putf(t,
                    "<p>No %sreport of these days shows the policy as it is "
                    "served now. That is normal for two days after a change; "
                    "later, look whether the record has its id, and whether "
                    "another server or a proxy answers with an old one.</p>\n",
                    sum->verified ? "verified " : "");
    }
    if (!sum->is_served && sum->seen->nelts == 0) {
        tlsrpt_putf(t, "<p>%s, and no report of these days shows one.</p>\n",
                    sum->policy_known
                        ? "No policy is served for this domain here"
                        : "It is not known here which policy is served");
    }
    tlsrpt_put(t, "</div>\n");
}
