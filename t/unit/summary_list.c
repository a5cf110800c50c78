/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary: lists over all policy domains; and days.
 */
#include "unit_summary.h"

/* ---- lists --------------------------------------------------------------- */

static void a_day(const char *domain, apr_int64_t good, apr_int64_t failed)
{
    tlsrpt_report_t *r = report("a.example", 20261120);

    policy(r, TLSRPT_POLICY_STS, good, failed)->domain = domain;
    store_verified(r);
}

static const char *names(const char *prefix, const char *after, int max)
{
    apr_array_header_t *list;
    int more;

    unit_same(
        prefix,
        tlsrpt_summary_domains(p, store, prefix, after, max, &list, &more),
        NULL);
    return apr_pstrcat(p, apr_array_pstrcat(p, list, ' '), more ? " +" : "",
                       NULL);
}

static void pages_through_domains(void **state)
{
    (void)state;
    open_store();
    assert_string_equal(names("", "", 2), "");
    a_day("b.example", 1, 0);
    a_day("ab.example", 1, 0);
    a_day("aa.example", 1, 0);
    a_day("c.example", 1, 0);
    assert_string_equal(names("", "", 2), "aa.example ab.example +");
    assert_string_equal(names("", "ab.example", 2), "b.example c.example");
    assert_string_equal(names("", "c.example", 2), "");
    assert_string_equal(names("", "", 4),
                        "aa.example ab.example b.example c.example");
    assert_string_equal(names("a", "", 9), "aa.example ab.example");
    assert_string_equal(names("a", "aa.example", 9), "ab.example");
    assert_string_equal(names("a%", "", 9), "");
}

static void anybody_says_on(int day, const char *domain, apr_int64_t failed)
{
    tlsrpt_report_t *r = report("stranger.example", day);

    policy(r, TLSRPT_POLICY_STS, 0, failed)->domain = domain;
    store_anybodys(r);
}

static void anybody_says(const char *domain, apr_int64_t failed)
{
    anybody_says_on(20261120, domain, failed);
}

/* "=" by verified reports, "?" by others. */
static const char *failing(const apr_array_header_t *list)
{
    const char *text = "";
    int i;

    for (i = 0; i < list->nelts; i++) {
        const tlsrpt_sum_failing_t *one = ITEM(list, i, tlsrpt_sum_failing_t);

        text = apr_psprintf(p, "%s%s%s%d ", text, one->domain,
                            one->verified ? "=" : "?", (int)one->failed);
    }
    return text;
}

static void lists_what_fails_first(void **state)
{
    apr_array_header_t *list;

    (void)state;
    open_store();
    a_day("a.example", 9, 1);
    a_day("b.example", 9, 5);
    a_day("c.example", 9, 0);
    anybody_says("c.example", 900); /* verified reports say otherwise */
    anybody_says("d.example", 900);
    anybody_says("e.example", 9000);
    anybody_says("a.example", 90);
    unit_same("failing",
              tlsrpt_summary_failing(p, store, 20261101, TODAY, 9, &list),
              NULL);
    assert_string_equal(failing(list), "b.example=5 a.example=1 e.example?9000 "
                                       "d.example?900 ");
    unit_same("failing",
              tlsrpt_summary_failing(p, store, 20261101, TODAY, 3, &list),
              NULL);
    assert_string_equal(failing(list),
                        "b.example=5 a.example=1 e.example?9000 ");
    /* of these days alone: then nobody verified anything of c.example */
    anybody_says_on(20261121, "c.example", 7);
    unit_same("failing",
              tlsrpt_summary_failing(p, store, 20261121, TODAY, 9, &list),
              NULL);
    assert_string_equal(failing(list), "c.example?7 ");
}

static void adds_up_all_domains_of_a_day(void **state)
{
    apr_array_header_t *list;
    const tlsrpt_sum_received_t *one;

    (void)state;
    open_store();
    a_day("a.example", 9, 1);
    a_day("b.example", 9, 5);
    anybody_says("b.example", 900);
    unit_same("totals", tlsrpt_summary_totals(p, store, 20261120, &list), NULL);
    assert_int_equal(list->nelts, 4); /* good and failed of each */
    assert_string_equal(ITEM(list, 0, tlsrpt_sum_total_t)->result, "ok");
    assert_string_equal(ITEM(list, 0, tlsrpt_sum_total_t)->policy_type, "sts");
    assert_int_equal(ITEM(list, 0, tlsrpt_sum_total_t)->sessions, 18);
    assert_true(ITEM(list, 0, tlsrpt_sum_total_t)->verified);
    assert_false(ITEM(list, 1, tlsrpt_sum_total_t)->verified);
    assert_int_equal(ITEM(list, 2, tlsrpt_sum_total_t)->sessions, 6);
    assert_true(ITEM(list, 2, tlsrpt_sum_total_t)->verified);
    assert_int_equal(ITEM(list, 3, tlsrpt_sum_total_t)->sessions, 900);
    unit_same("received", tlsrpt_summary_received(p, store, 20261101, &list),
              NULL);
    assert_int_equal(list->nelts, 2);
    one = ITEM(list, 1, tlsrpt_sum_received_t);
    assert_string_equal(one->channel, "mail");
    assert_int_equal(one->trust, 2);
    assert_int_equal(one->reports, 2);
}

/* ---- days ---------------------------------------------------------------- */

static void knows_the_calendar(void **state)
{
    int day, n;

    (void)state;
    assert_int_equal(tlsrpt_day_of(0), 19700101);
    assert_int_equal(tlsrpt_day_of(86399), 19700101);
    assert_int_equal(tlsrpt_day_of(86400), 19700102);
    assert_int_equal(tlsrpt_day_of(1795478400), 20261124);
    assert_int_equal(tlsrpt_day_add(20240228, 1), 20240229);
    assert_int_equal(tlsrpt_day_add(20230228, 1), 20230301);
    assert_int_equal(tlsrpt_day_add(21000228, 1), 21000301);
    assert_int_equal(tlsrpt_day_add(20000228, 1), 20000229);
    assert_int_equal(tlsrpt_day_add(20260101, -1), 20251231);
    assert_int_equal(tlsrpt_days_between(20261124, 20261101), -23);
    assert_int_equal(tlsrpt_days_between(19700101, 99991231), 2932896);
    for (day = 19700101, n = 0; n < 150000; n++) {
        int next = tlsrpt_day_add(day, 1);

        assert_true(next > day);
        assert_int_equal(tlsrpt_days_between(19700101, next), n + 1);
        day = next;
    }
    assert_string_equal(tlsrpt_day_text(p, 20260401), "2026-04-01");
}

/* Whoever may write into the spool may write any digit. */
static void nothing_is_verified_that_nobody_verifies(void **state)
{
    (void)state;
    assert_string_equal(tlsrpt_trust_text(TLSRPT_TRUST_NONE), "unverified");
    assert_string_equal(tlsrpt_trust_text(1), "unverified");
    assert_string_equal(tlsrpt_trust_text(TLSRPT_TRUST_DKIM), "DKIM");
    assert_string_equal(tlsrpt_trust_text(TLSRPT_TRUST_LOCAL), "local file");
    assert_string_equal(tlsrpt_trust_text(4), "unverified");
}

int main(void)
{
    summary_begin();
    PROMISE(pages_through_domains);
    PROMISE(lists_what_fails_first);
    PROMISE(adds_up_all_domains_of_a_day);
    PROMISE(knows_the_calendar);
    PROMISE(nothing_is_verified_that_nobody_verifies);
    return unit_run("summary_list");
}
