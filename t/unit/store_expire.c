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
        dkim(report_of(apr_itoa(p, i), i < 210 ? "2026-11-19" : "2026-11-20",
                       policy("sts", i % 2 ? "example.com" : "b.example.com",
                              "1", "3", failure)),
             apr_itoa(p, i));
    }
    must(tlsrpt_store_commit(p, store));
    assert_string_equal(rows_left(), "250|250|250|1|750|12");
    for (again = 1; again && portions < 10; portions++) {
        must(tlsrpt_store_expire(p, store, &keep, NOW + 80 * DAYS, &again));
    }
    assert_int_equal(portions, 1);
    assert_string_equal(rows_left(), "250|250|250|1|750|12");
    /* a portion, and the oldest first */
    must(tlsrpt_store_expire(p, store, &keep, NOW + 100 * DAYS, &again));
    assert_int_equal(again, 1);
    assert_string_equal(
        ask("SELECT day, COUNT(*) FROM tlsrpt_report WHERE details = 1 "
            "GROUP BY day ORDER BY day",
            2),
        "20261119|10 20261120|40");
    must(tlsrpt_store_expire(p, store, &keep, NOW + 100 * DAYS, &again));
    assert_int_equal(again, 0);
    assert_string_equal(rows_left(), "250|250|0|0|750|12");
    for (again = 1, portions = 0; again && portions < 10; portions++) {
        must(tlsrpt_store_expire(p, store, &keep, NOW + 410 * DAYS, &again));
    }
    assert_string_equal(rows_left(), "0|0|0|0|0|0");
}

static void what_is_too_old_takes_no_other_with_it(void **state)
{
    const tlsrpt_keep_t together = {30 * DAYS, 400 * DAYS, 400 * DAYS};
    const char *old = apr_pstrcat(
        p, policy("sts", "example.com", "5", "1", failures_of(1)), ",",
        policy("sts", "www.example.com", "5", "1", failures_of(1)), NULL);
    const char *young = policy("tlsa", "example.com", "5", "1", failures_of(1));
    int again;

    (void)state;
    empty();
    without_foreign_keys();
    https(report_of("old", "2026-10-01", old), "r1");
    https(report_of("young", "2026-11-20", young), "r2");
    assert_string_equal(rows_left(), "2|3|3|2|9|9");
    must(tlsrpt_store_expire(p, store, &keep, NOW + 50 * DAYS, &again));
    assert_string_equal(rows_left(), "2|3|1|1|9|9");
    assert_string_equal(
        ask("SELECT report_id, details FROM tlsrpt_report ORDER BY day", 2),
        "old|0 young|1");
    https(report_of("old, with details", "2026-10-01", old), "r3");
    must(tlsrpt_store_expire(p, store, &together, NOW + 360 * DAYS, &again));
    assert_string_equal(rows_left(), "1|1|1|1|3|3");
    assert_string_equal(ask("SELECT report_id FROM tlsrpt_report", 1), "young");
    assert_string_equal(totals(),
                        "example.com|example.net|tlsa|certificate-expired|1 "
                        "example.com|example.net|tlsa|failed|1 "
                        "example.com|example.net|tlsa|ok|5");
}

/* And stays, whole. */
static void what_cannot_be_removed_is_said(void **state)
{
    const char *error;
    int again;

    (void)state;
    empty();
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    https(report_of("a", "2026-11-20",
                    policy("sts", "example.com", "5", "1", failures_of(1))),
          "r1");
    must(store_exec(p, store,
                    "CREATE TRIGGER refuse BEFORE DELETE ON tlsrpt_report "
                    "BEGIN SELECT RAISE(ABORT, 'refused'); END"));
    must(tlsrpt_store_open(p, where, 1, &store));
    error = tlsrpt_store_expire(p, store, &keep, NOW + 410 * DAYS, &again);
    must(tlsrpt_store_open(p, where, 1, &store)); /* as after each error */
    must(store_exec(p, store, "DROP TRIGGER refuse"));
    assert_non_null(error);
    assert_string_equal(rows_left(), "1|1|0|0|3|3");
}

int main(void)
{
    PROMISE(an_old_report_has_no_details);
    PROMISE(as_old_as_is_kept_is_not_too_old_to_keep);
    PROMISE(a_text_is_as_young_as_the_last_report_of_it);
    PROMISE(what_is_too_old_goes);
    PROMISE(what_is_too_old_takes_no_other_with_it);
    PROMISE(what_cannot_be_removed_is_said);
    return run_on_store("store_expire");
}
