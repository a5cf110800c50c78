/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store_add.c: each report counts once, and which of two that are not the
 * same counts.
 */
#include "unit_store.h"

/* ---- the same report ---- */

static void the_same_counts_once(void **state)
{
    (void)state;
    empty();
    assert_int_equal(https(simple("a", "5"), "r1"), TLSRPT_STORE_NEW);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
    assert_int_equal(https(simple("a", "5"), "r2"), TLSRPT_STORE_SAME);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
    assert_string_equal(ask("SELECT copies, conflicts FROM tlsrpt_report", 2),
                        "2|0");
}

static void an_entry_that_comes_again_is_no_copy(void **state)
{
    (void)state;
    empty();
    https(simple("a", "5"), "r1");
    assert_int_equal(https(simple("a", "5"), "r1"), TLSRPT_STORE_SAME);
    https(simple("a", "6"), "r2");
    assert_int_equal(https(simple("a", "6"), "r2"), TLSRPT_STORE_CONFLICT);
    assert_string_equal(ask("SELECT copies, conflicts FROM tlsrpt_report", 2),
                        "1|1");
}

static void the_first_of_equal_trust_stays(void **state)
{
    (void)state;
    empty();
    https(simple("a", "5"), "r1");
    assert_int_equal(https(simple("a", "600"), "r2"), TLSRPT_STORE_CONFLICT);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
}

static void higher_trust_replaces(void **state)
{
    const char *failure = "{\"result-type\":\"certificate-expired\","
                          "\"failed-session-count\":7}";

    (void)state;
    empty();
    without_foreign_keys();
    https(report_of("a", "2026-11-20",
                    policy("sts", "example.com", "900", "7", failure)),
          "r1");
    assert_int_equal(dkim(simple("a", "5"), "r2"), TLSRPT_STORE_REPLACED);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
    assert_string_equal(ask("SELECT COUNT(*) FROM tlsrpt_failure", 1), "0");
    assert_string_equal(
        ask("SELECT raw, channel, trust, copies, conflicts FROM tlsrpt_report",
            5),
        "r2|mail|2|2|1");
    /* and the first, once more, takes nothing back */
    assert_int_equal(https(simple("a", "900"), "r3"), TLSRPT_STORE_CONFLICT);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
}

/* ---- trust ---- */

static void mail_without_dkim_counts_nowhere(void **state)
{
    (void)state;
    empty();
    assert_int_equal(mail(simple("a", "5"), "r1"), TLSRPT_STORE_NEW);
    assert_string_equal(totals(), "");
    assert_string_equal(ask("SELECT state FROM tlsrpt_report", 1), "1");
    assert_string_equal(ask("SELECT ok FROM tlsrpt_policy", 1), "5");
    /* the same with a signature: it counts */
    assert_int_equal(dkim(simple("a", "5"), "r2"), TLSRPT_STORE_SAME);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
    assert_string_equal(ask("SELECT state, trust FROM tlsrpt_report", 2),
                        "0|2");
}

static void mail_without_dkim_blocks_nobody(void **state)
{
    (void)state;
    empty();
    mail(simple("a", "900"), "r1");
    assert_int_equal(https(simple("a", "5"), "r2"), TLSRPT_STORE_REPLACED);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
}

static void signed_reports_outrank_the_others_of_a_day(void **state)
{
    const char *two =
        apr_pstrcat(p, policy("sts", "example.com", "900", "0", ""), ",",
                    policy("sts", "b.example.com", "70", "0", ""), NULL);
    int signed_first;

    (void)state;
    for (signed_first = 0; signed_first < 2; signed_first++) {
        empty();
        if (signed_first) {
            dkim(simple("b", "5"), "r2");
        }
        https(report_of("a", "2026-11-20", two), "r1");
        https(report_of("a", "2026-11-19", two), "r0");
        if (!signed_first) {
            dkim(simple("b", "5"), "r2");
        }
        assert_string_equal(
            ask("SELECT day, domain, sessions FROM tlsrpt_day "
                "ORDER BY day, domain",
                3),
            "20261119|b.example.com|70 20261119|example.com|900 "
            "20261120|b.example.com|70 20261120|example.com|5");
    }
}

int main(void)
{
    PROMISE(the_same_counts_once);
    PROMISE(an_entry_that_comes_again_is_no_copy);
    PROMISE(the_first_of_equal_trust_stays);
    PROMISE(higher_trust_replaces);
    PROMISE(mail_without_dkim_counts_nowhere);
    PROMISE(mail_without_dkim_blocks_nobody);
    PROMISE(signed_reports_outrank_the_others_of_a_day);
    return run_on_store("store_add");
}
