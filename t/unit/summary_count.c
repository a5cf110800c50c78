/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary: the counting rule, and whose word counts.
 */
#include "unit_summary.h"

#include "core/render.h"

static void adds_within_a_policy_type(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 10, 1); /* the policy changed at noon */
    policy(r, TLSRPT_POLICY_STS, 5, 2);
    store_verified(r);
    r = report("a.example", 20261120); /* a second report for the day */
    policy(r, TLSRPT_POLICY_STS, 3, 0);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->sessions, 21);
    assert_int_equal(sum->failed, 3);
    assert_int_equal(sum->days->nelts, 1);
    assert_int_equal(ITEM(sum->days, 0, tlsrpt_sum_day_t)->sessions, 21);
}

static void counts_the_larger_of_sts_and_tlsa(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 40, 2);
    policy(r, TLSRPT_POLICY_TLSA, 38, 3);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->sessions, 42);
    assert_int_equal(sum->failed, 3);
    assert_true(sum->dane);
}

static void adds_no_policy_found_and_other(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 40, 2);
    policy(r, TLSRPT_POLICY_TLSA, 42, 0);
    policy(r, TLSRPT_POLICY_NONE, 7, 0);
    policy(r, TLSRPT_POLICY_OTHER, 1, 0);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->sessions, 42 + 7 + 1);
    assert_int_equal(sum->failed, 2);
    assert_int_equal(sum->no_policy, 7);
}

static void adds_over_days_and_reporters(void **state)
{
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;
    const tlsrpt_sum_reporter_t *one;

    (void)state;
    open_store();
    good_days("a.example", 20261118, 3, 10, TLSRPT_TRUST_DKIM);
    good_days("b.example", 20261119, 2, 100, TLSRPT_TRUST_LOCAL);
    r = report("b.example", 20261122);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 4), "certificate-expired",
            "mx1.example.com", 4);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->sessions, 234);
    assert_int_equal(sum->failed, 4);
    assert_int_equal(sum->days->nelts, 4);
    assert_int_equal(ITEM(sum->days, 1, tlsrpt_sum_day_t)->day, 20261119);
    assert_int_equal(ITEM(sum->days, 1, tlsrpt_sum_day_t)->sessions, 110);
    assert_int_equal(ITEM(sum->days, 1, tlsrpt_sum_day_t)->reporters, 2);
    assert_int_equal(sum->reporters->nelts, 2);
    one = ITEM(sum->reporters, 0, tlsrpt_sum_reporter_t);
    assert_string_equal(one->submitter, "b.example");
    assert_string_equal(one->organization, "Org of b.example");
    assert_int_equal(one->trust, TLSRPT_TRUST_LOCAL);
    assert_int_equal(one->sessions, 204);
    assert_int_equal(one->failed, 4);
    assert_int_equal(one->reports, 3);
    assert_int_equal(one->days, 3);
    assert_int_equal(one->first, 20261119);
    assert_int_equal(one->last, 20261122);
    one = ITEM(sum->reporters, 1, tlsrpt_sum_reporter_t);
    assert_int_equal(one->trust, TLSRPT_TRUST_DKIM);
}

static void keeps_to_its_days_and_its_domain(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    good_days("a.example", 20261025, 2, 10, TLSRPT_TRUST_DKIM);
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 1000, 0)->domain = "example.net";
    store_verified(r);
    assert_int_equal(summary_of(30, served)->sessions, 10);
    assert_int_equal(summary_of(31, served)->sessions, 20);
}

/* By a clock or a time zone that is wrong. */
static void a_report_of_tomorrow_is_shown_today(void **state)
{
    const int tomorrow = tlsrpt_day_add(TODAY, 1);
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", 20261123, 2, 10, TLSRPT_TRUST_DKIM);
    good_days("a.example", tlsrpt_day_add(TODAY, 2), 1, 100, TLSRPT_TRUST_DKIM);
    sum = summary_of(7, served);
    assert_int_equal(sum->to, TODAY); /* nor is one of the day after shown */
    assert_int_equal(sum->sessions, 20);
    good_days("b.example", tomorrow, 1, 5, TLSRPT_TRUST_DKIM);
    sum = summary_of(7, served);
    assert_int_equal(sum->from, tlsrpt_day_add(TODAY, -6));
    assert_int_equal(sum->to, tomorrow);
    assert_int_equal(sum->days_asked, 7);
    assert_int_equal(sum->sessions, 25);
    assert_int_equal(sum->days->nelts, 3);
    assert_int_equal(ITEM(sum->days, 2, tlsrpt_sum_day_t)->day, tomorrow);
    assert_int_equal(ITEM(sum->days, 2, tlsrpt_sum_day_t)->sessions, 5);
    assert_int_equal(sum->reporters->nelts, 2);
    assert_int_equal(ITEM(sum->seen, 0, tlsrpt_sum_seen_t)->last, tomorrow);
}

/* A stranger moves no figure with it, and takes no day away. */
static void a_strangers_report_of_tomorrow_stands_beside(void **state)
{
    const int tomorrow = tlsrpt_day_add(TODAY, 1);
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", TODAY, 1, 10, TLSRPT_TRUST_DKIM);
    good_days("x.example", tomorrow, 1, 1000, TLSRPT_TRUST_NONE);
    sum = summary_of(1, served);
    assert_true(sum->verified);
    assert_int_equal(sum->from, TODAY);
    assert_int_equal(sum->to, tomorrow);
    assert_int_equal(sum->sessions, 10);
    assert_int_equal(sum->beside.sessions, 1000);
    assert_int_equal(sum->days->nelts, 1);
}

static void counts_result_types_by_themselves(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_policy_t *one;
    tlsrpt_summary_t *sum;
    const tlsrpt_sum_cause_t *cause;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 5, 6);
    failure(one, "certificate-expired", "mx1.example.com", 4)->reason = "x509";
    failure(one, "certificate-expired", "mx2.example.com", 2);
    failure(one, "starttls-not-supported", "mx2.example.com", 1);
    failure(one, "made-up", "", 1);
    one = policy(r, TLSRPT_POLICY_TLSA, 8, 3); /* of the same sessions */
    failure(one, "certificate-expired", "mx1.example.com", 3);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->failed, 6);
    assert_int_equal(sum->causes->nelts, 3);
    cause = ITEM(sum->causes, 0, tlsrpt_sum_cause_t);
    assert_int_equal(cause->result, TLSRPT_CERTIFICATE_EXPIRED);
    assert_int_equal(cause->sessions, 6);
    assert_int_equal(cause->reporters, 1);
    assert_int_equal(cause->last, 20261120);
    assert_string_equal(cause->advice->name, "certificate-expired");
    assert_int_equal(cause->places->nelts, 3);
    cause = ITEM(sum->causes, 2, tlsrpt_sum_cause_t);
    assert_int_equal(cause->result, TLSRPT_STARTTLS_NOT_SUPPORTED);
    cause = ITEM(sum->causes, 1, tlsrpt_sum_cause_t);
    assert_int_equal(cause->result, TLSRPT_RESULT_OTHER);
    assert_int_equal(cause->places->nelts, 1);
    assert_string_equal(
        APR_ARRAY_IDX(cause->places, 0, tlsrpt_sum_place_t *)->type, "made-up");
}

static void counts_each_type_of_each_mx(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_policy_t *one;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 5, 6);
    failure(one, "certificate-expired", "a.backup.example.net", 4);
    failure(one, "starttls-not-supported", "a.backup.example.net", 2);
    one = policy(r, TLSRPT_POLICY_TLSA, 8, 3);
    failure(one, "certificate-expired", "a.backup.example.net", 3);
    store_verified(r);
    sum = summary();
    assert_int_equal(mx(sum, "a.backup.example.net")->counts->nelts, 2);
    assert_int_equal(
        ITEM(mx(sum, "a.backup.example.net")->counts, 0, tlsrpt_sum_count_t)
            ->sessions,
        4);
    assert_true(mx(sum, "a.backup.example.net")->in_policy);
    assert_int_equal(mx(sum, "a.backup.example.net")->last, 20261120);
    assert_true(mx(sum, "mx1.example.com")->in_policy);
    assert_int_equal(mx(sum, "mx1.example.com")->counts->nelts, 0);
}

static void leaves_mail_without_dkim_out(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", 20261120, 1, 10, TLSRPT_TRUST_DKIM);
    r = report("b.example", 20261120);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 9), "certificate-expired",
            "mx1.example.com", 9);
    store_report(r, TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_NONE);
    sum = summary();
    assert_int_equal(sum->sessions, 10);
    assert_int_equal(sum->failed, 0);
    assert_int_equal(sum->causes->nelts, 0);
    assert_int_equal(mx(sum, "mx1.example.com")->counts->nelts, 0);
    assert_int_equal(sum->uncounted, 1);
    assert_int_equal(sum->reporters->nelts, 1);
}

static void leaves_outranked_details_out(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", 20261120, 1, 10, TLSRPT_TRUST_DKIM);
    r = report("a.example", 20261120); /* somebody in the name of a.example */
    failure(policy(r, TLSRPT_POLICY_STS, 0, 9), "certificate-expired",
            "mx9.example.com", 9);
    store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
    sum = summary();
    assert_int_equal(sum->failed, 0);
    assert_int_equal(sum->causes->nelts, 0);
    assert_int_equal(mx(sum, "mx9.example.com")->counts->nelts, 0);
    has_findings(sum, 0);
}

/* ---- whose word counts --------------------------------------------------- */

/* The most that a report can say, which the store cuts. */
#define HUGE_COUNT (APR_INT64_C(1) << 53)

/* Somebody, who may have any name, reports on a day. */
static void a_stranger_says(const char *submitter, int day,
                            tlsrpt_policy_type_e type, const char *result)
{
    tlsrpt_report_t *r = report(submitter, day);

    failure(policy(r, type, 0, HUGE_COUNT), result, "mx9.example.com",
            HUGE_COUNT >> 20);
    store_anybodys(r);
}

static void a_stranger_moves_no_figure(void **state)
{
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    body = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 1\n";
    good_days("a.example", 20261110, 10, 100, TLSRPT_TRUST_DKIM);
    r = report("a.example", 20261121);
    failure(policy(r, TLSRPT_POLICY_STS, 99, 1), "certificate-expired",
            "mx1.example.com", 1);
    store_verified(r);
    a_stranger_says("stranger.example", 20261121, TLSRPT_POLICY_TLSA,
                    "dnssec-invalid");
    a_stranger_says("a.example", 20261122, TLSRPT_POLICY_STS, "made-up");
    r = report("b.example", 20261114);
    policy(r, TLSRPT_POLICY_NONE, 7, 0);
    store_anybodys(r);
    sum = summary();
    assert_true(sum->verified);
    assert_int_equal(sum->sessions, 1100);
    assert_int_equal(sum->failed, 1);
    assert_int_equal(sum->refused, 1);
    assert_int_equal(sum->no_policy, 0);
    assert_int_equal(sum->reporters_all, 1);
    assert_int_equal(sum->unexplained, 0);
    assert_int_equal(sum->disagree, 0);
    assert_false(sum->dane);
    assert_int_equal(sum->level, TLSRPT_LEVEL_WARNING);
    assert_int_equal(sum->days->nelts, 11);
    assert_int_equal(ITEM(sum->days, 10, tlsrpt_sum_day_t)->day, 20261121);
    assert_int_equal(ITEM(sum->days, 10, tlsrpt_sum_day_t)->sessions, 100);
    assert_int_equal(ITEM(sum->days, 10, tlsrpt_sum_day_t)->reporters, 1);
    assert_int_equal(sum->causes->nelts, 1);
    assert_int_equal(ITEM(sum->causes, 0, tlsrpt_sum_cause_t)->result,
                     TLSRPT_CERTIFICATE_EXPIRED);
    assert_int_equal(ITEM(sum->causes, 0, tlsrpt_sum_cause_t)->places->nelts,
                     1);
    assert_int_equal(mx(sum, "mx9.example.com")->counts->nelts, 0);
    assert_false(mx(sum, "mx9.example.com")->verified);
    has_findings(sum, 0);
    body = POLICY;
}

static void what_a_stranger_says_stands_beside(void **state)
{
    const tlsrpt_sum_reporter_t *one;
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    good_days("a.example", 20261120, 1, 10, TLSRPT_TRUST_DKIM);
    a_stranger_says("stranger.example", 20261120, TLSRPT_POLICY_STS,
                    "certificate-expired");
    a_stranger_says("a.example", 20261121, TLSRPT_POLICY_STS,
                    "certificate-expired");
    r = report("c.example", 20261114);
    policy(r, TLSRPT_POLICY_NONE, 7, 0);
    store_anybodys(r);
    sum = summary();
    assert_int_equal(sum->beside.sessions, 2 * TLSRPT_SESSIONS_MAX + 7);
    assert_int_equal(sum->beside.failed, 2 * TLSRPT_SESSIONS_MAX);
    assert_int_equal(sum->beside.no_policy, 7);
    assert_int_equal(sum->beside.reporters, 3);
    assert_int_equal(sum->beside.causes->nelts, 1);
    assert_string_equal(ITEM(sum->beside.causes, 0, tlsrpt_sum_count_t)->type,
                        "certificate-expired");
    /* the verified one first, and who has its name by himself */
    assert_int_equal(sum->reporters->nelts, 4);
    one = ITEM(sum->reporters, 0, tlsrpt_sum_reporter_t);
    assert_string_equal(one->submitter, "a.example");
    assert_true(one->verified);
    assert_int_equal(one->trust, TLSRPT_TRUST_DKIM);
    assert_int_equal(one->sessions, 10);
    assert_int_equal(one->reports, 1);
    one = ITEM(sum->reporters, 1, tlsrpt_sum_reporter_t);
    assert_string_equal(one->submitter, "a.example");
    assert_false(one->verified);
    assert_int_equal(one->trust, TLSRPT_TRUST_NONE);
    assert_int_equal(one->failed, TLSRPT_SESSIONS_MAX);
    assert_int_equal(one->reports, 1);
}

static void without_verified_reports_anybodys_are_shown(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", 20261001, 1, 10, TLSRPT_TRUST_DKIM);
    good_days("b.example", 20261120, 2, 10, TLSRPT_TRUST_NONE);
    a_stranger_says("stranger.example", 20261121, TLSRPT_POLICY_TLSA,
                    "certificate-expired");
    sum = summary(); /* the verified report is of days before these */
    assert_false(sum->verified);
    assert_true(sum->dane);
    assert_int_equal(sum->sessions, TLSRPT_SESSIONS_MAX + 20);
    assert_int_equal(sum->failed, TLSRPT_SESSIONS_MAX);
    assert_int_equal(sum->reporters_all, 2);
    assert_int_equal(sum->causes->nelts, 1);
    assert_int_equal(mx(sum, "mx9.example.com")->counts->nelts, 1);
    assert_int_equal(sum->disagree, 1);
    assert_int_equal(sum->days->nelts, 2);
    assert_int_equal(sum->beside.sessions, 0);
    assert_int_equal(sum->beside.reporters, 0);
    sum = summary_of(90, served);
    assert_true(sum->verified);
    assert_int_equal(sum->sessions, 10);
    assert_int_equal(sum->beside.reporters, 2);
}

static void knows_who_the_reporters_shown_are(void **state)
{
    tlsrpt_summary_t *sum;
    int i;

    (void)state;
    open_store();
    assert_null(tlsrpt_store_batch(p, store));
    for (i = 0; i < 600; i++) { /* with more reports than the largest one */
        good_days(apr_psprintf(p, "r%03d.example", i), 20261119, 2, 1,
                  TLSRPT_TRUST_DKIM);
    }
    good_days("z.example", 20261120, 1, 1000, TLSRPT_TRUST_LOCAL);
    good_days("stranger.example", 20261120, 1, 1, TLSRPT_TRUST_NONE);
    assert_null(tlsrpt_store_commit(p, store));
    sum = summary();
    assert_int_equal(sum->reporters_all, 601);
    assert_non_null(strstr(tlsrpt_html_domain(p, sum), ">And 552 more.<"));
    assert_int_equal(sum->reporters->nelts, TLSRPT_REPORTERS_SHOWN);
    for (i = 0; i < TLSRPT_REPORTERS_SHOWN; i++) {
        const tlsrpt_sum_reporter_t *one =
            ITEM(sum->reporters, i, tlsrpt_sum_reporter_t);

        assert_int_equal(one->trust,
                         i ? TLSRPT_TRUST_DKIM : TLSRPT_TRUST_LOCAL);
        assert_int_equal(one->reports, i ? 2 : 1);
    }
}

static void tells_the_policy_host_from_an_mx(void **state)
{
    tlsrpt_policy_t *one;
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 5, 9);
    failure(one, "sts-webpki-invalid", "", 4);
    failure(one, "sts-webpki-invalid", "mx1.example.com", 2);
    failure(one, "validation-failure", "", 3);
    store_verified(r);
    sum = summary();
    assert_int_equal(mx(sum, "mx1.example.com")->counts->nelts, 0);
    assert_false(mx(sum, "mx1.example.com")->policy_host);
    assert_int_equal(mx(sum, "")->counts->nelts, 1);
    assert_int_equal(mx(sum, "mta-sts.example.com")->counts->nelts, 1);
    assert_int_equal(
        ITEM(mx(sum, "mta-sts.example.com")->counts, 0, tlsrpt_sum_count_t)
            ->sessions,
        6);
    assert_true(mx(sum, "mta-sts.example.com")->policy_host);
    has_findings(sum, 0);
    /* nor when a pattern would match its name */
    body = "version: STSv1\nmode: testing\nmx: *.example.com\nmax_age: 1\n";
    sum = summary();
    assert_false(mx(sum, "mta-sts.example.com")->in_policy);
    body = POLICY;
}

int main(void)
{
    summary_begin();
    PROMISE(adds_within_a_policy_type);
    PROMISE(counts_the_larger_of_sts_and_tlsa);
    PROMISE(adds_no_policy_found_and_other);
    PROMISE(adds_over_days_and_reporters);
    PROMISE(keeps_to_its_days_and_its_domain);
    PROMISE(a_report_of_tomorrow_is_shown_today);
    PROMISE(a_strangers_report_of_tomorrow_stands_beside);
    PROMISE(counts_result_types_by_themselves);
    PROMISE(counts_each_type_of_each_mx);
    PROMISE(leaves_mail_without_dkim_out);
    PROMISE(leaves_outranked_details_out);
    PROMISE(a_stranger_moves_no_figure);
    PROMISE(what_a_stranger_says_stands_beside);
    PROMISE(without_verified_reports_anybodys_are_shown);
    PROMISE(knows_who_the_reporters_shown_are);
    PROMISE(tells_the_policy_host_from_an_mx);
    return unit_run("summary_count");
}
