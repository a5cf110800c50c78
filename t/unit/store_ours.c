/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store_add.c: policies about domains of others, and what becomes ours.
 */
#include "unit_store.h"

static void foreign_policies_are_not_stored(void **state)
{
    const char *foreign = policy("sts", "example.org", "900", "0", "");
    const char *two = apr_pstrcat(
        p, foreign, ",", policy("sts", "example.com", "1", "0", ""), NULL);

    (void)state;
    empty();
    assert_int_equal(https(report_of("a", "2026-11-20", foreign), "r1"),
                     TLSRPT_STORE_FOREIGN);
    assert_string_equal(ask("SELECT COUNT(*) FROM tlsrpt_report", 1), "0");
    assert_int_equal(https(report_of("b", "2026-11-20", two), "r2"),
                     TLSRPT_STORE_NEW);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|1");
    assert_string_equal(ask("SELECT domain FROM tlsrpt_policy", 1),
                        "example.com");
}

static tlsrpt_report_t *of_two_domains(void)
{
    const char *failure = "{\"result-type\":\"certificate-expired\","
                          "\"failed-session-count\":3}";

    return report_of(
        "b", "2026-11-20",
        apr_pstrcat(p, policy("sts", "example.org", "900", "3", failure), ",",
                    policy("sts", "example.com", "1", "0", ""), NULL));
}

#define OF_BOTH                                                                \
    "example.com|example.net|sts|ok|1 "                                        \
    "example.org|example.net|sts|certificate-expired|3 "                       \
    "example.org|example.net|sts|failed|3 "                                    \
    "example.org|example.net|sts|ok|900"

static const char *rows_of_both(void)
{
    return ask("SELECT copies, conflicts, trust, channel, last_raw, "
               "(SELECT COUNT(*) FROM tlsrpt_policy), "
               "(SELECT COUNT(*) FROM tlsrpt_failure) FROM tlsrpt_report",
               7);
}

static void policies_that_become_ours_are_added_once(void **state)
{
    (void)state;
    empty();
    assert_int_equal(https(of_two_domains(), "r1"), TLSRPT_STORE_NEW);
    assert_int_equal(https(of_two_domains(), "r1"), TLSRPT_STORE_SAME);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|1");
    not_ours = "";
    /* moved back, so the same entry; and then a copy */
    assert_int_equal(https(of_two_domains(), "r1"), TLSRPT_STORE_MORE);
    assert_string_equal(totals(), OF_BOTH);
    assert_string_equal(rows_of_both(), "1|0|0|https|r1|2|1");
    assert_int_equal(https(of_two_domains(), "r2"), TLSRPT_STORE_SAME);
    assert_string_equal(totals(), OF_BOTH);
    assert_string_equal(rows_of_both(), "2|0|0|https|r2|2|1");
    not_ours = "example.org";
}

/* What was stored of the report stays, and so does how it is believed. */
static void what_becomes_ours_takes_nothing_away(void **state)
{
    (void)state;
    empty();
    assert_int_equal(dkim(of_two_domains(), "r1"), TLSRPT_STORE_NEW);
    not_ours = "example.com";
    assert_int_equal(https(of_two_domains(), "r2"), TLSRPT_STORE_MORE);
    assert_string_equal(totals(), OF_BOTH);
    assert_string_equal(rows_of_both(), "2|0|2|mail|r2|2|1");
    assert_int_equal(https(of_two_domains(), "r2"), TLSRPT_STORE_SAME);
    not_ours = "example.org";
    assert_int_equal(dkim(of_two_domains(), "r1"), TLSRPT_STORE_SAME);
    assert_string_equal(totals(), OF_BOTH);
    /* without DKIM: kept, and counted nowhere */
    empty();
    mail(of_two_domains(), "r1");
    not_ours = "";
    assert_int_equal(mail(of_two_domains(), "r1"), TLSRPT_STORE_MORE);
    assert_string_equal(totals(), "");
    assert_string_equal(rows_of_both(), "1|0|0|mail|r1|2|1");
    not_ours = "example.org";
}

/* Nothing of the first is left where the better one has nothing. */
static void what_replaces_leaves_no_totals_behind(void **state)
{
    (void)state;
    empty();
    https(of_two_domains(), "r1");
    not_ours = "example.com";
    assert_int_equal(
        dkim(report_of(
                 "b", "2026-11-20",
                 apr_pstrcat(p, policy("sts", "example.org", "5", "0", ""), ",",
                             policy("sts", "example.com", "5", "0", ""), NULL)),
             "r2"),
        TLSRPT_STORE_REPLACED);
    not_ours = "example.org";
    assert_string_equal(totals(), "example.org|example.net|sts|ok|5");
}

int main(void)
{
    PROMISE(foreign_policies_are_not_stored);
    PROMISE(policies_that_become_ours_are_added_once);
    PROMISE(what_becomes_ours_takes_nothing_away);
    PROMISE(what_replaces_leaves_no_totals_behind);
    return run_on_store("store_ours");
}
