/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/tlsrpt.h: which of several things a report says is taken: the mode, the
 * domain, the sender, the day.
 */
#include "report.h"

static const char *mode_of(const char *lines)
{
    return policy_at(
               report_with(
                   apr_pstrcat(p, ",'policy-string':[", lines, "]", NULL), ""),
               0)
        ->mode;
}

static void a_mode_is_one_of_three(void **state)
{
    (void)state;
    unit_same("as senders write it", mode_of("'mode: enforce'"), "enforce");
    unit_same("capitals", mode_of("'mode: Testing'"), "testing");
    unit_same("none", mode_of("'mode: none'"), "none");
    unit_same("another", mode_of("'mode: strict'"), "");
    unit_same("empty", mode_of("'mode:'"), "");
}

/* RFC 8461, 3.2: of a field that is there twice, the first counts. */
static void the_first_mode_counts(void **state)
{
    (void)state;
    unit_same("two", mode_of("'mode: testing','mode: enforce'"), "testing");
    unit_same("one that is none first", mode_of("'mode: x','mode: enforce'"),
              "enforce");
}

static void only_mta_sts_has_a_mode(void **state)
{
    static const char *const types[] = {"tlsa", "no-policy-found", "other", ""};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
        const tlsrpt_report_t *report = report_read(report_of(apr_pstrcat(
            p, "[{'policy':{'policy-type':'", types[i],
            "','policy-domain':'example.com',"
            "'policy-string':['mode: enforce','mx: mx.example.com']}}]",
            NULL)));

        unit_same(types[i], policy_at(report, 0)->mode, "");
        same_lines(policy_at(report, 0)->mx, "");
    }
}

/* The domain of a policy that names none, in a report with this id. */
static const char *domain_by_id(const char *id)
{
    return policy_at(
               report_read(apr_pstrcat(
                   p, "{'report-id':'", id,
                   "','policies':[{'policy':{'policy-type':'sts'}}]}", NULL)),
               0)
        ->domain;
}

static void a_report_id_may_name_the_domain(void **state)
{
    (void)state;
    unit_same("Google", domain_by_id("2026-05-01T00:00:00Z_example.com"),
              "example.com");
    unit_same("Microsoft", domain_by_id("133000000+example.com"),
              "example.com");
    unit_same("behind the last", domain_by_id("1_a.example+b.example"),
              "b.example");
    unit_same("no mark", domain_by_id("example.com"), "");
    unit_same("no name", domain_by_id("133000000+"), "");
}

static const char *submitter_of(const char *contact)
{
    return report_read(apr_pstrcat(p, "{'contact-info':'", contact,
                                   "','policies':[{}]}", NULL))
        ->submitter;
}

static void the_sender_is_the_domain_of_its_address(void **state)
{
    (void)state;
    unit_same("address", submitter_of("tls@example.net"), "example.net");
    unit_same("URI", submitter_of("mailto:tls@example.net"), "example.net");
    unit_same("with a name that has an address in it",
              submitter_of("a@example.org <tls@Example.net>"), "example.net");
}

static void a_hint_has_the_length_of_a_name(void **state)
{
    const tlsrpt_hints_t longest = {.submitter =
                                        unit_repeat('a', TLSRPT_NAME_MAX)};
    const tlsrpt_hints_t longer = {.submitter =
                                       unit_repeat('a', TLSRPT_NAME_MAX + 1)};
    static const char text[] = "{'policies':[{}]}";

    (void)state;
    unit_same("longest", report_hinted(text, &longest)->submitter,
              longest.submitter);
    unit_same("longer", report_hinted(text, &longer)->submitter, "unknown");
}

static const tlsrpt_report_t *between(const char *start, const char *end)
{
    return report_read(apr_psprintf(
        p,
        "{'organization-name':'Example','contact-info':'a@example.net',"
        "'report-id':'1','date-range':{'start-datetime':'%s',"
        "'end-datetime':'%s'},'policies':[{'policy':{'policy-type':'sts',"
        "'policy-domain':'example.com'},'summary':{"
        "'total-successful-session-count':1,"
        "'total-failure-session-count':0}}]}",
        start, end));
}

static void what_is_odd_about_a_window_is_said(void **state)
{
    (void)state;
    same_repairs(between("2026-05-01T00:00:00Z", "2026-05-02T12:00:00Z"), "");
    same_repairs(between("2026-05-01T00:00:00Z", "2026-05-02T12:00:01Z"),
                 "date-range: more than a day, counted on the middle");
    same_repairs(between("2026-05-01T00:00:00Z", "2026-05-01T00:00:00Z"), "");
    same_repairs(between("2026-05-01T00:00:01Z", "2026-05-01T00:00:00Z"),
                 "date-range: ends before it starts");
}

int main(void)
{
    PROMISE(a_mode_is_one_of_three);
    PROMISE(the_first_mode_counts);
    PROMISE(only_mta_sts_has_a_mode);
    PROMISE(a_report_id_may_name_the_domain);
    PROMISE(the_sender_is_the_domain_of_its_address);
    PROMISE(a_hint_has_the_length_of_a_name);
    PROMISE(what_is_odd_about_a_window_is_said);
    return unit_run("tlsrpt_policy");
}
