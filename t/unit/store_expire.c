/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store_expire.c: what is too old to keep.
 */
#include "unit_store.h"

static const char *rows_left(void)
{
    return ask("SELECT (SELECT COUNT(*) FROM tlsrpt_report), "
               "(SELECT COUNT(*) FROM tlsrpt_policy), "
               "(SELECT COUNT(*) FROM tlsrpt_failure), "
               "(SELECT COUNT(*) FROM tlsrpt_ptext), "
               "(SELECT COUNT(*) FROM tlsrpt_count), "
               "(SELECT COUNT(*) FROM tlsrpt_day)",
               6);
}

static void an_old_report_has_no_details(void **state)
{
    (void)state;
    empty();
    https(report_of("a", "2026-05-01",
                    policy("sts", "example.com", "1", "3",
                           "{\"result-type\":\"certificate-expired\","
                           "\"failed-session-count\":3}")),
          "r1");
    assert_string_equal(rows_left(), "1|1|0|0|3|3");
}

/* A day, written as a report has it. */
static const char *dashed(const char *day)
{
    return apr_psprintf(p, "%.4s-%.2s-%s", day, day + 4, day + 6);
}

static void as_old_as_is_kept_is_not_too_old_to_keep(void **state)
{
    const char *failure = "{\"result-type\":\"certificate-expired\","
                          "\"failed-session-count\":3}";
    const char *policies = policy("sts", "example.com", "1", "3", failure);
    const char *oldest = dashed(store_day(p, NOW - keep.details));
    int again;

    (void)state;
    empty();
    https(report_of("a", oldest, policies), "r1");
    assert_string_equal(rows_left(), "1|1|1|1|3|3");
    must(tlsrpt_store_expire(p, store, &keep, NOW, &again));
    assert_string_equal(rows_left(), "1|1|1|1|3|3");
    must(tlsrpt_store_expire(p, store, &keep, NOW + DAYS, &again));
    assert_string_equal(rows_left(), "1|1|0|0|3|3");
    must(tlsrpt_store_expire(p, store, &keep, NOW + keep.totals - keep.details,
                             &again));
    assert_string_equal(rows_left(), "1|1|0|0|3|3");
    must(tlsrpt_store_expire(p, store, &keep,
                             NOW + keep.totals - keep.details + DAYS, &again));
    assert_string_equal(rows_left(), "0|0|0|0|0|0");
    empty();
    https(report_of("a", dashed(store_day(p, NOW - keep.details - DAYS)),
                    policies),
          "r1");
    assert_string_equal(rows_left(), "1|1|0|0|3|3");
}

/* In whatever order they come. */
static void a_text_is_as_young_as_the_last_report_of_it(void **state)
{
    (void)state;
    empty();
    https(report_of("a", "2026-11-19",
                    policy("sts", "example.com", "1", "0", "")),
          "r1");
    https(report_of("b", "2026-11-21",
                    policy("sts", "example.com", "1", "0", "")),
          "r2");
    https(report_of("c", "2026-11-20",
                    policy("sts", "example.com", "1", "0", "")),
          "r3");
    assert_string_equal(ask("SELECT COUNT(*), MAX(day) FROM tlsrpt_ptext", 2),
                        "1|20261121");
}

static void what_is_too_old_goes(void **state)
{
    const char *failure = "{\"result-type\":\"certificate-expired\","
                          "\"failed-session-count\":3}";
    int i, again, portions = 0;

    (void)state;
    empty();
    must(tlsrpt_store_batch(p, store));
    for (i = 0; i < 250; i++) {
        dkim(report_of(apr_itoa(p, i), "2026-11-20",
                       policy("sts", i % 2 ? "example.com" : "b.example.com",
                              "1", "3", failure)),
             apr_itoa(p, i));
    }
    must(tlsrpt_store_commit(p, store));
    assert_string_equal(rows_left(), "250|250|250|1|750|6");
    for (again = 1; again; portions++) {
        must(tlsrpt_store_expire(p, store, &keep, NOW + 80 * DAYS, &again));
    }
    assert_string_equal(rows_left(), "250|250|250|1|750|6");
    for (again = 1, portions = 0; again && portions < 10; portions++) {
        must(tlsrpt_store_expire(p, store, &keep, NOW + 100 * DAYS, &again));
    }
    assert_int_equal(portions, 2);
    assert_string_equal(rows_left(), "250|250|0|0|750|6");
    for (again = 1, portions = 0; again && portions < 10; portions++) {
        must(tlsrpt_store_expire(p, store, &keep, NOW + 410 * DAYS, &again));
    }
    assert_string_equal(rows_left(), "0|0|0|0|0|0");
}

int main(void)
{
    PROMISE(an_old_report_has_no_details);
    PROMISE(as_old_as_is_kept_is_not_too_old_to_keep);
    PROMISE(a_text_is_as_young_as_the_last_report_of_it);
    PROMISE(what_is_too_old_goes);
    return run_on_store("store_expire");
}
