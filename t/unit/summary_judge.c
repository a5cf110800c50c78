/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary: the verdict, its needs, and the level.
 */
#include "unit_summary.h"

/* Lacks just this, and says so with its numbers. */
static void lacks_so(const tlsrpt_summary_t *sum, unsigned wanted,
                     const char *numbers)
{
    lacks(sum, wanted);
    assert_string_equal(
        sum->verdict_text,
        apr_pstrcat(p, "Not ready for enforce: ", numbers, ".", NULL));
}

/* All that is asked for, with one thing less where it is said. */
static void all_is_well(int days, int reporters, int sessions, int last)
{
    int first = tlsrpt_day_add(last, 1 - days);

    open_store();
    good_days("a.example", first, days, 1, TLSRPT_TRUST_DKIM);
    if (reporters > 1) {
        good_days("b.example", last, 1, 1, TLSRPT_TRUST_DKIM);
    }
    good_days("a.example", last, 1, sessions - days - (reporters > 1),
              TLSRPT_TRUST_DKIM);
}

static void is_ready_when_nothing_is_missing(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(14, 2, 100, 20261123);
    sum = summary();
    lacks(sum, 0);
    has_findings(sum, BIT(TLSRPT_TESTING_CLEAN));
    assert_string_equal(sum->verdict_text, "Ready for enforce.");
    assert_int_equal(sum->evidence.days, 14);
    assert_int_equal(sum->evidence.reporters, 2);
    assert_int_equal(sum->evidence.sessions, 100);
    assert_int_equal(sum->level, TLSRPT_LEVEL_OK);
}

static void asks_for_days(void **state)
{
    (void)state;
    all_is_well(13, 2, 100, 20261123);
    lacks_so(summary(), BIT(TLSRPT_NEED_DAYS), "13 of 14 days");
}

static void asks_for_reporters(void **state)
{
    (void)state;
    all_is_well(14, 1, 100, 20261123);
    lacks_so(summary(), BIT(TLSRPT_NEED_REPORTERS), "1 of 2 reporters");
}

static void asks_for_sessions(void **state)
{
    (void)state;
    all_is_well(14, 2, 99, 20261123);
    lacks_so(summary(), BIT(TLSRPT_NEED_SESSIONS), "99 of 100 sessions");
}

static void asks_for_a_recent_report(void **state)
{
    (void)state;
    all_is_well(14, 2, 100, 20261117);
    lacks(summary(), 0);
    all_is_well(14, 2, 100, 20261116);
    lacks_so(summary(), BIT(TLSRPT_NEED_RECENT), "newest report 8 days old");
}

static void a_report_of_tomorrow_is_recent(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(14, 2, 100, tlsrpt_day_add(TODAY, 1));
    sum = summary();
    assert_int_equal(sum->evidence.last, tlsrpt_day_add(TODAY, 1));
    lacks(sum, 0);
}

static void asks_for_each_mx(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(14, 2, 100, 20261123);
    body = POLICY "mx: mx3.example.com\r\n";
    sum = summary();
    lacks_so(sum, BIT(TLSRPT_NEED_MX), "2 of 3 mx patterns seen");
    assert_int_equal(sum->needs[TLSRPT_NEED_MX].have, 2);
    assert_int_equal(sum->needs[TLSRPT_NEED_MX].need, 3);
    body = "version: STSv1\nmode: testing\nmx: mx3.example.com\n";
    lacks_so(summary(), BIT(TLSRPT_NEED_MX), "0 of 1 mx pattern seen");
    body = POLICY;
}

/* By the patterns that reporters saw, and not at all where none is known. */
static void judges_a_policy_that_is_served_elsewhere(void **state)
{
    tlsrpt_served_f *const knows[] = {served, NULL};
    size_t i;

    (void)state;
    body = NULL;
    for (i = 0; i < 2; i++) {
        tlsrpt_summary_t *sum;
        tlsrpt_report_t *r;
        tlsrpt_policy_t *one;

        all_is_well(14, 2, 100, 20261123);
        good_days("stranger.example", 20261124, 1, 1, TLSRPT_TRUST_NONE);
        sum = summary_of(30, knows[i]);
        lacks(sum, 0);
        assert_string_equal(sum->mode, "testing");
        assert_string_equal(sum->verdict_text, "Ready for enforce.");
        assert_true(!strncmp(sum->verdict_next, "The policy is not served here",
                             29) == !i);
        assert_int_equal(sum->needs[TLSRPT_NEED_MX].have, 2);
        assert_int_equal(sum->needs[TLSRPT_NEED_MX].need, 2);
        assert_non_null(
            strstr(sum->needs[TLSRPT_NEED_MX].text, "reporter saw"));
        assert_true(mx(sum, "mx1.example.com")->in_policy);
        lacks(summary_of(1, knows[i]), 0); /* whatever days are shown */

        r = report("a.example", 20261124); /* only lines name the third */
        one = policy(r, TLSRPT_POLICY_STS, 1, 0);
        APR_ARRAY_PUSH(one->lines, const char *) = "mx: mx3.example.com";
        APR_ARRAY_PUSH(one->lines, const char *) = "mx: MX3.example.com";
        store_verified(r);
        sum = summary_of(30, knows[i]);
        lacks(sum, BIT(TLSRPT_NEED_MX));
        assert_int_equal(sum->needs[TLSRPT_NEED_MX].have, 2);
        assert_int_equal(sum->needs[TLSRPT_NEED_MX].need, 3);

        r = report("a.example", 20261125); /* and now nothing does */
        one = policy(r, TLSRPT_POLICY_STS, 1, 0);
        one->lines->nelts = 2;
        store_verified(r);
        sum = summary_of(30, knows[i]);
        lacks(sum, 0);
        assert_false(sum->needs[TLSRPT_NEED_MX].asked);
        assert_non_null(strstr(sum->verdict_text, "not known"));
    }
    body = POLICY;
}

static void a_failure_starts_the_days_again(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(20, 2, 200, 20261123);
    r = report("c.example", 20261113);
    failure(policy(r, TLSRPT_POLICY_STS, 9, 1), "certificate-expired",
            "mx1.example.com", 1);
    store_verified(r);
    sum = summary();
    lacks_so(sum, BIT(TLSRPT_NEED_FAILURES) | BIT(TLSRPT_NEED_DAYS),
             "10 of 14 days, 1 session failed");
    assert_int_equal(sum->evidence.failed, 1);
    assert_int_equal(sum->evidence.last_failed, 20261113);
    assert_int_equal(sum->evidence.days, 10);
    assert_int_equal(sum->level, TLSRPT_LEVEL_WARNING);
}

static void an_old_failure_is_forgiven(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    all_is_well(14, 2, 100, 20261123);
    r = report("c.example", 20261109);
    failure(policy(r, TLSRPT_POLICY_STS, 9, 1), "certificate-expired",
            "mx1.example.com", 1);
    store_verified(r);
    lacks(summary(), 0);
}

static void unverified_reports_make_nothing_ready(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", 20261110, 14, 50, TLSRPT_TRUST_NONE);
    good_days("b.example", 20261110, 14, 50, TLSRPT_TRUST_NONE);
    sum = summary();
    lacks_so(sum,
             BIT(TLSRPT_NEED_DAYS) | BIT(TLSRPT_NEED_REPORTERS) |
                 BIT(TLSRPT_NEED_SESSIONS) | BIT(TLSRPT_NEED_MX) |
                 BIT(TLSRPT_NEED_RECENT),
             "0 of 14 days, 0 of 2 reporters, 0 of 100 sessions, 0 of 2 mx "
             "patterns seen, no verified report");
    assert_int_equal(sum->anybody.days, 14);
    assert_int_equal(sum->evidence.days, 0);
    assert_non_null(strstr(sum->verdict_next, "DKIM"));
    has_findings(sum, BIT(TLSRPT_UNVERIFIED_ONLY));
}

static void unverified_failures_hold_nothing_up(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(14, 2, 100, 20261123);
    r = report("stranger.example", 20261123);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 1000), "certificate-expired",
            "mx1.example.com", 1000);
    store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
    sum = summary();
    assert_int_equal(sum->failed, 0);
    assert_int_equal(sum->beside.failed, 1000); /* shown all the same */
    assert_int_equal(sum->level, TLSRPT_LEVEL_OK);
    lacks(sum, 0);
}

static void does_not_depend_on_the_days_looked_at(void **state)
{
    (void)state;
    all_is_well(14, 2, 100, 20261123);
    lacks(summary_of(1, served), 0);
    lacks(summary_of(400, served), 0);
}

static void judges_the_other_modes(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_NO_REPORTS);
    body = NULL;
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_NO_POLICY);
    body = "version: STSv1\nmode: none\nmx: mx1.example.com\nmax_age: 1\n";
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_NO_POLICY);
    body = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 1\n";
    good_days("z.example", 20261122, 1, 5, TLSRPT_TRUST_NONE);
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_NO_REPORTS);
    good_days("a.example", 20261110, 14, 50, TLSRPT_TRUST_DKIM);
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_ENFORCE_CLEAN);
    assert_int_equal(summary()->level, TLSRPT_LEVEL_OK);
    r = report("c.example", 20261113);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 8), "certificate-expired",
            "mx1.example.com", 8);
    store_verified(r);
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_ENFORCE_FAILS);
    assert_int_equal(summary()->level, TLSRPT_LEVEL_ERROR); /* 8 of 708 */
    body = POLICY;
}

static void says_what_enforce_held_up(void **state)
{
    static const struct {
        const char *type; /* of 3 sessions; and of more failed at an MX: */
        int at_mx, failed;
        int found_none; /* failed, and no policy was found */
        int refused;
        const char *said;
        tlsrpt_level_e level;
    } cases[] = {
        {"sts-policy-fetch-error", 0, 3, 0, 0, "No mail is held up", 2},
        {"sts-policy-invalid", 0, 3, 0, 0, "No mail is held up", 2},
        {"sts-webpki-invalid", 0, 3, 0, 0, "No mail is held up", 2},
        {"sts-webpki-invalid", 2, 5, 0, 2, "For 2 of them the sender did", 3},
        {"sts-webpki-invalid", 2, 3, 0, 2, "For 2 of them the sender did", 3},
        {"sts-webpki-invalid", 0, 4, 0, 1, "For 1 of them the sender did", 3},
        {"certificate-expired", 0, 3, 0, 3, "These senders did not", 3},
        {"certificate-expired", 0, 3, 9, 3, "For 3 of them the sender did", 3},
        {"made-up", 0, 3, 0, 3, "These senders did not", 3},
    };
    size_t i;

    (void)state;
    body = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 1\n";
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        tlsrpt_report_t *r;
        tlsrpt_policy_t *one;
        tlsrpt_summary_t *sum;

        open_store();
        r = report("a.example", 20261120);
        one = policy(r, TLSRPT_POLICY_STS, 90, cases[i].failed);
        failure(one, cases[i].type, "", 3);
        if (cases[i].at_mx) {
            failure(one, "certificate-expired", "mx1.example.com",
                    cases[i].at_mx);
        }
        policy(r, TLSRPT_POLICY_NONE, 0, cases[i].found_none);
        store_verified(r);
        sum = summary();
        assert_int_equal(sum->verdict, TLSRPT_VERDICT_ENFORCE_FAILS);
        assert_int_equal(sum->refused, cases[i].refused);
        assert_int_equal(sum->evidence.refused, cases[i].refused);
        assert_int_equal(sum->anybody.refused, cases[i].refused);
        assert_int_equal(sum->evidence.failed,
                         cases[i].failed + cases[i].found_none);
        assert_int_equal(sum->level, cases[i].level);
        if (!strstr(sum->verdict_next, cases[i].said)) {
            fail_msg("%s: %s", cases[i].type, sum->verdict_next);
        }
    }
    body = POLICY;
}

/* What a verdict rests on may be of days that are not shown. */
static void says_where_the_causes_are(void **state)
{
    static const char *const causes = "Each cause has",
                             *const elsewhere = "look at the last 14 days",
                             *const no_why = "No report of the days shown",
                             *const others = "look at the causes.";
    static const struct {
        const char *mode, *type; /* NULL: without a detail */
        tlsrpt_trust_e trust;
        int days;
        const char *said;
    } cases[] = {
        {"testing", "certificate-expired", TLSRPT_TRUST_DKIM, 14, causes},
        {"testing", "certificate-expired", TLSRPT_TRUST_DKIM, 7, elsewhere},
        {"testing", NULL, TLSRPT_TRUST_DKIM, 14, no_why},
        {"enforce", "certificate-expired", TLSRPT_TRUST_DKIM, 14, causes},
        {"enforce", "certificate-expired", TLSRPT_TRUST_DKIM, 7, elsewhere},
        {"enforce", "sts-policy-invalid", TLSRPT_TRUST_DKIM, 7, elsewhere},
        {"enforce", NULL, TLSRPT_TRUST_DKIM, 14, no_why},
        {"enforce", "certificate-expired", TLSRPT_TRUST_NONE, 14, others},
        {"enforce", "certificate-expired", TLSRPT_TRUST_NONE, 7, elsewhere},
        {"enforce", NULL, TLSRPT_TRUST_NONE, 14, "none says why"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        tlsrpt_report_t *r;
        tlsrpt_policy_t *one;
        tlsrpt_summary_t *sum;

        body =
            apr_psprintf(p, "mode: %s\nmx: mx1.example.com\n", cases[i].mode);
        open_store();
        r = report("a.example", 20261114);
        one = policy(r, TLSRPT_POLICY_STS, 90, 3);
        if (cases[i].type) {
            failure(one, cases[i].type, "mx1.example.com", 3);
        }
        store_report(r,
                     cases[i].trust == TLSRPT_TRUST_DKIM ? TLSRPT_CHANNEL_MAIL
                                                         : TLSRPT_CHANNEL_HTTPS,
                     cases[i].trust);
        sum = summary_of(cases[i].days, served);
        if (!strstr(sum->verdict_next, cases[i].said)) {
            fail_msg("%d: %s", (int)i, sum->verdict_next);
        }
        /* the page has them below, the tool above */
        assert_null(strstr(sum->verdict_next, "below"));
    }
    body = POLICY;
}

int main(void)
{
    summary_begin();
    PROMISE(is_ready_when_nothing_is_missing);
    PROMISE(asks_for_days);
    PROMISE(asks_for_reporters);
    PROMISE(asks_for_sessions);
    PROMISE(asks_for_a_recent_report);
    PROMISE(a_report_of_tomorrow_is_recent);
    PROMISE(asks_for_each_mx);
    PROMISE(judges_a_policy_that_is_served_elsewhere);
    PROMISE(a_failure_starts_the_days_again);
    PROMISE(an_old_failure_is_forgiven);
    PROMISE(unverified_reports_make_nothing_ready);
    PROMISE(unverified_failures_hold_nothing_up);
    PROMISE(does_not_depend_on_the_days_looked_at);
    PROMISE(judges_the_other_modes);
    PROMISE(says_what_enforce_held_up);
    PROMISE(says_where_the_causes_are);
    return unit_run("summary_judge");
}
