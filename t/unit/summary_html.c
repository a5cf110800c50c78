/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary_html: what the page of a domain says.
 */
#include "unit_summary.h"

#include "core/render.h"

/* The card of the policy: what follows its heading. */
static const char *policy_card(tlsrpt_served_f *with)
{
    const char *page = tlsrpt_html_domain(p, summary_of(30, with));
    const char *card = strstr(page, "<h2 id=\"policy\">");

    assert_non_null(card);
    return apr_pstrmemdup(p, card, (apr_size_t)(strstr(card, "</div>") - card));
}

static void shows(const char *card, const char *text, int is)
{
    if ((strstr(card, text) != NULL) != is) {
        fail_msg("%s \"%s\" in: %s", is ? "no" : "there is", text, card);
    }
}

#define NONE_SERVED "<p>No policy is served for this domain here, and no report"
#define NOT_KNOWN                                                              \
    "<p>It is not known here which policy is served, and no report"
#define SHOWS_ONE " of these days shows one.</p>"

static void the_card_of_the_policy_is_never_empty(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    body = NULL;
    shows(policy_card(served), NONE_SERVED SHOWS_ONE, 1);
    shows(policy_card(NULL), NOT_KNOWN SHOWS_ONE, 1);
    /* a report that found no policy shows none */
    r = report("a.example", TODAY);
    policy(r, TLSRPT_POLICY_NONE, 5, 0);
    store_verified(r);
    shows(policy_card(served), NONE_SERVED SHOWS_ONE, 1);
    shows(policy_card(NULL), NOT_KNOWN SHOWS_ONE, 1);
}

static void where_there_is_one_the_card_does_not_miss_it(void **state)
{
    (void)state;
    open_store();
    body = POLICY;
    shows(policy_card(served), "<h3>Served now", 1);
    shows(policy_card(served), SHOWS_ONE, 0);
    body = NULL;
    good_days("a.example", TODAY, 1, 5, TLSRPT_TRUST_DKIM);
    shows(policy_card(served), "<h3>Reported from", 1);
    shows(policy_card(served), SHOWS_ONE, 0);
    shows(policy_card(NULL), SHOWS_ONE, 0);
    body = POLICY;
}

/* A day ahead is one more than was asked for: links do not add it up. */
static void links_keep_the_days_that_were_asked_for(void **state)
{
    const char *page;

    (void)state;
    open_store();
    good_days("a.example", TODAY, 2, 5, TLSRPT_TRUST_DKIM);
    page = tlsrpt_html_domain(p, summary_of(14, served));
    shows(page, "From 2026-11-11 to 2026-11-25: 10 sessions, 0 failed.", 1);
    shows(page, "&amp;days=14\" aria-current=\"page\">14</a>", 1);
    shows(page, "<a href=\"?days=14\">All policy domains</a>", 1);
    shows(page, "&amp;days=14&amp;format=json", 1);
    shows(page, "days=15", 0);
}

/* Who copies it would connect to a host that a stranger chose. */
static void no_command_is_about_an_mx_that_a_report_alone_names(void **state)
{
    static const char *const hosts[] = {"mx9.example.org", "mx1.example.com"};
    const tlsrpt_sum_cause_t *cause;
    tlsrpt_summary_t *sum;
    int known, i;

    (void)state;
    for (known = 0; known < 2; known++) {
        for (i = 0; i < 2; i++) {
            tlsrpt_report_t *r;

            open_store();
            if (known) { /* of days before these */
                good_days("a.example", 20261001, 1, 5, TLSRPT_TRUST_DKIM);
            }
            r = report("stranger.example", 20261121);
            failure(policy(r, TLSRPT_POLICY_STS, 1, 1), "certificate-expired",
                    hosts[i], 1);
            store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
            sum = summary_of(30, NULL);
            cause = ITEM(sum->causes, 0, tlsrpt_sum_cause_t);
            assert_int_equal(tlsrpt_cause_command(p, sum, cause) != NULL,
                             !known || i == 1);
        }
    }
}

int main(void)
{
    summary_begin();
    PROMISE(the_card_of_the_policy_is_never_empty);
    PROMISE(where_there_is_one_the_card_does_not_miss_it);
    PROMISE(links_keep_the_days_that_were_asked_for);
    PROMISE(no_command_is_about_an_mx_that_a_report_alone_names);
    return unit_run("summary_html");
}
