/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary: the policies that reporters saw, and the findings.
 */
#include "unit_summary.h"

#include "core/render.h"

/* ---- the policy that reporters saw --------------------------------------- */

static void compares_policies_as_sets(void **state)
{
    static const struct {
        const char *lines, *differs;
    } cases[] = {
        {POLICY, ""},
        {"max_age: 86401\nMX:  MX1.example.com.\nmode:testing\n"
         "mx: *.backup.example.net\nversion: STSv1",
         ""},
        {"mode: testing", ""},
        {"", ""},
        {"mode: enforce\nmax_age: 86401", "mode"},
        {"mode: enforce\nmx: mx1.example.com\nmax_age: 1", "mode, mx, max_age"},
        {"mx: mx1.example.com\nmx: *.backup.example.net\nmx: x.example.com",
         "mx"},
        {"modes: enforce\nmode enforce\n: x\nmo: de", ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unit_same(
            cases[i].lines,
            tlsrpt_sum_differs(p, tlsrpt_sum_lines(p, cases[i].lines), POLICY),
            cases[i].differs);
    }
}

/* Good sessions under another policy. */
static void saw_another(int day, const char *mode)
{
    tlsrpt_report_t *r = report("a.example", day);
    tlsrpt_policy_t *one = policy(r, TLSRPT_POLICY_STS, 1, 0);

    one->mode = mode;
    APR_ARRAY_IDX(one->lines, 1, const char *) =
        apr_pstrcat(p, "mode: ", mode, NULL);
    store_verified(r);
}

static void finds_a_stale_policy(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("b.example", 20261118, 1, 5, TLSRPT_TRUST_DKIM);
    saw_another(20261121, "none");
    sum = summary();
    assert_int_equal(sum->seen->nelts, 2);
    assert_string_equal(ITEM(sum->seen, 0, tlsrpt_sum_seen_t)->differs, "mode");
    assert_string_equal(ITEM(sum->seen, 1, tlsrpt_sum_seen_t)->differs, "");
    has_findings(sum, BIT(TLSRPT_POLICY_STALE));
}

static void a_stranger_dates_no_policy(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    saw_another(20261117, "none");
    good_days("b.example", 20261118, 1, 5, TLSRPT_TRUST_DKIM);
    good_days("stranger.example", 20261101, 1, 5, TLSRPT_TRUST_NONE);
    sum = summary(); /* he says that the policy of now is older */
    has_findings(sum, 0);
    assert_int_equal(sum->seen->nelts, 3);
    assert_true(ITEM(sum->seen, 0, tlsrpt_sum_seen_t)->verified);
    assert_int_equal(ITEM(sum->seen, 0, tlsrpt_sum_seen_t)->first, 20261118);
    assert_false(ITEM(sum->seen, 2, tlsrpt_sum_seen_t)->verified);
    good_days("stranger.example", 20261124, 1, 5, TLSRPT_TRUST_NONE);
    sum = summary(); /* nor does he come first by being the newest */
    assert_false(ITEM(sum->seen, 2, tlsrpt_sum_seen_t)->verified);
}

static void a_stranger_shows_no_policy_as_served(void **state)
{
    static const char *const said[] = {
        ">No report of these days shows the policy",
        ">No verified report of these days shows the policy"};

    (void)state;
    open_store();
    good_days("stranger.example", 20261120, 1, 5, TLSRPT_TRUST_NONE);
    assert_null(strstr(tlsrpt_html_domain(p, summary()), said[0]));
    saw_another(20261117, "none");
    assert_non_null(strstr(tlsrpt_html_domain(p, summary()), said[1]));
    good_days("b.example", 20261120, 1, 5, TLSRPT_TRUST_DKIM);
    assert_null(strstr(tlsrpt_html_domain(p, summary()), said[1]));
}

static void takes_a_fresh_change_for_one(void **state)
{
    (void)state;
    open_store();
    good_days("b.example", 20261119, 3, 5, TLSRPT_TRUST_DKIM);
    saw_another(20261121, "none"); /* two days after the change */
    saw_another(20261110, "none");
    has_findings(summary(), 0);
}

static void knows_the_mode_from_reports_alone(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("b.example", 20261119, 1, 5, TLSRPT_TRUST_DKIM);
    saw_another(20261121, "enforce");
    sum = summary_of(30, NULL);
    assert_false(sum->policy_known);
    assert_string_equal(sum->mode, "enforce");
    assert_null(ITEM(sum->seen, 0, tlsrpt_sum_seen_t)->differs);
    assert_int_equal(sum->verdict, TLSRPT_VERDICT_ENFORCE_CLEAN);
}

/* ---- findings ------------------------------------------------------------ */

static void finds_a_policy_that_is_not_seen(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    good_days("b.example", 20261119, 1, 5, TLSRPT_TRUST_DKIM);
    has_findings(summary(), 0);
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_NONE, 3, 0);
    store_verified(r);
    has_findings(summary(), BIT(TLSRPT_POLICY_NOT_SEEN));
    body = NULL; /* none is served: then it is right */
    has_findings(summary(), 0);
    body = POLICY;
}

static void finds_an_mx_that_is_not_covered(void **state)
{
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;
    tlsrpt_policy_t *one;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 1, 1);
    failure(one, "certificate-expired", "x.backup.example.net", 1);
    store_verified(r);
    has_findings(summary(), 0);
    r = report("b.example", 20261121); /* just anybody */
    one = policy(r, TLSRPT_POLICY_STS, 1, 1);
    failure(one, "certificate-expired", "mx9.example.org", 1);
    store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
    has_findings(summary(), 0);
    r = report("a.example", 20261121);
    one = policy(r, TLSRPT_POLICY_STS, 1, 1);
    failure(one, "certificate-expired", "mx9.example.org", 1);
    store_verified(r);
    sum = summary();
    has_findings(sum, BIT(TLSRPT_MX_NOT_COVERED));
    assert_false(mx(sum, "mx9.example.org")->in_policy);
    assert_non_null(strstr(ITEM(sum->findings, 0, tlsrpt_sum_finding_t)->detail,
                           "only if it is in the MX records"));
    open_store(); /* details alone, without a failure: of a list, too */
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 1, 0);
    failure(one, "certificate-expired", "mx9.example.org", 1);
    store_verified(r);
    sum = summary();
    has_findings(sum,
                 BIT(TLSRPT_MX_NOT_COVERED) | BIT(TLSRPT_DETAILS_DISAGREE));
    assert_int_equal(sum->level, TLSRPT_LEVEL_NOTICE);
}

static void finds_an_mx_that_is_not_seen(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_policy_t *one;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 1, 0);
    one->mx->nelts = 1; /* mx1 alone */
    one->lines->nelts = 2;
    store_verified(r);
    has_findings(summary(), BIT(TLSRPT_MX_UNSEEN));
    r = report("a.example", 20261121); /* a host that the pattern matches */
    one = policy(r, TLSRPT_POLICY_TLSA, 1, 1);
    failure(one, "tlsa-invalid", "a.backup.example.net", 1);
    store_verified(r);
    has_findings(summary(), 0);
}

static void finds_failures_without_details(void **state)
{
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 1, 7);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->unexplained, 7);
    has_findings(sum, BIT(TLSRPT_UNEXPLAINED_FAILURES));
}

static void finds_details_that_disagree(void **state)
{
    static const struct {
        int failed, details, disagrees;
    } cases[] = {{4, 4, 0}, {4, 3, 1}, {4, 12, 0}, {4, 13, 1}, {0, 7, 1}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        tlsrpt_report_t *r;

        open_store();
        r = report("a.example", 20261120);
        failure(policy(r, TLSRPT_POLICY_STS, 1, cases[i].failed),
                "certificate-expired", "mx1.example.com", cases[i].details);
        store_verified(r);
        has_findings(summary(),
                     cases[i].disagrees ? BIT(TLSRPT_DETAILS_DISAGREE) : 0);
    }
}

/* summary() looks at each text (texts_agree); and this is what one says. */
static void numbers_agree_with_their_nouns(void **state)
{
    static const struct {
        int sessions;
        const char *said[3]; /* by findings in their order */
    } cases[] = {
        {1,
         {"1 session found no policy, and one is served.",
          "1 session failed without a detail that says why.",
          "In 1 of the reported policies the details do not add up to the "
          "failures; the summary is what counts here."}},
        {2,
         {"2 sessions found no policy, and one is served.",
          "2 sessions failed without a detail that says why.",
          "In 2 of the reported policies the details do not add up to the "
          "failures; the summary is what counts here."}},
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        tlsrpt_report_t *r;
        tlsrpt_summary_t *sum;

        open_store();
        r = report("a.example", 20261120);
        policy(r, TLSRPT_POLICY_NONE, cases[i].sessions, 0);
        policy(r, TLSRPT_POLICY_STS, 1, cases[i].sessions);
        for (j = 0; j < (size_t)cases[i].sessions; j++) {
            failure(policy(r, TLSRPT_POLICY_STS, 0, 1), "validation-failure",
                    "mx1.example.com", 9);
        }
        store_verified(r);
        sum = summary();
        assert_int_equal(sum->findings->nelts, 3);
        for (j = 0; j < 3; j++) {
            unit_same("detail",
                      ITEM(sum->findings, (int)j, tlsrpt_sum_finding_t)->detail,
                      cases[i].said[j]);
        }
    }
}

static void finds_a_reporter_that_stopped(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("b.example", 20261120, 3, 1, TLSRPT_TRUST_DKIM);
    good_days("a.example", 20261112, 5, 1, TLSRPT_TRUST_DKIM); /* to the 16th */
    good_days("c.example", 20261113, 5, 1, TLSRPT_TRUST_DKIM); /* to the 17th */
    good_days("d.example", 20261112, 4, 1, TLSRPT_TRUST_DKIM); /* not regular */
    good_days("e.example", 20261112, 5, 1, TLSRPT_TRUST_NONE); /* who is it? */
    sum = summary();
    has_findings(sum, BIT(TLSRPT_REPORTER_SILENT));
    assert_int_equal(sum->silent, 1);
    assert_non_null(strstr(ITEM(sum->findings, 0, tlsrpt_sum_finding_t)->detail,
                           "from a.example."));
}

static void finds_that_nobody_is_verified(void **state)
{
    (void)state;
    open_store();
    good_days("a.example", 20261120, 1, 1, TLSRPT_TRUST_NONE);
    has_findings(summary(), BIT(TLSRPT_UNVERIFIED_ONLY));
    good_days("b.example", 20261120, 1, 1, TLSRPT_TRUST_DKIM);
    has_findings(summary(), 0);
    open_store(); /* of days before those of the evidence one was */
    good_days("b.example", 20260801, 1, 1, TLSRPT_TRUST_DKIM);
    has_findings(summary_of(200, served), BIT(TLSRPT_MX_UNSEEN));
}

int main(void)
{
    summary_begin();
    PROMISE(compares_policies_as_sets);
    PROMISE(finds_a_stale_policy);
    PROMISE(a_stranger_dates_no_policy);
    PROMISE(a_stranger_shows_no_policy_as_served);
    PROMISE(takes_a_fresh_change_for_one);
    PROMISE(knows_the_mode_from_reports_alone);
    PROMISE(finds_a_policy_that_is_not_seen);
    PROMISE(finds_an_mx_that_is_not_covered);
    PROMISE(finds_an_mx_that_is_not_seen);
    PROMISE(finds_failures_without_details);
    PROMISE(finds_details_that_disagree);
    PROMISE(numbers_agree_with_their_nouns);
    PROMISE(finds_a_reporter_that_stopped);
    PROMISE(finds_that_nobody_is_verified);
    return unit_run("summary_find");
}
