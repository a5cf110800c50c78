/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store_totals.c: what is added up; and batches, at whose end it
 * is written.
 */
#include "unit_store.h"

/* ---- counting ---- */

/* The query of research and manual: see core/store.h. */
static void sts_and_tlsa_are_not_added(void **state)
{
    const char *microsoft = apr_pstrcat(
        p, policy("sts", "example.com", "10", "2", ""), ",",
        policy("tlsa", "example.com", "10", "1", ""), ",",
        policy("no-policy-found", "example.com", "5", "0", ""), NULL);
    const char *sql =
        "SELECT domain, SUM(total) AS sessions, SUM(failed) AS failures FROM "
        "(SELECT day, domain, submitter, grp, MAX(total) AS total, "
        "MAX(failed) AS failed FROM (SELECT day, domain, submitter, ptype, "
        "CASE WHEN ptype IN ('sts', 'tlsa') THEN '' ELSE ptype END AS grp, "
        "SUM(CASE WHEN rtype IN ('ok', 'failed') THEN sessions ELSE 0 END) AS "
        "total, SUM(CASE WHEN rtype = 'failed' THEN sessions ELSE 0 END) AS "
        "failed FROM tlsrpt_day GROUP BY day, domain, submitter, ptype) a "
        "GROUP BY day, domain, submitter, grp) b GROUP BY domain";

    (void)state;
    empty();
    https(report_of("a", "2026-11-20", microsoft), "r1");
    assert_string_equal(ask(sql, 3), "example.com|17|2");
    /* another report of that day adds */
    https(report_of("b", "2026-11-20",
                    policy("sts", "example.com", "100", "0", "")),
          "r2");
    assert_string_equal(ask(sql, 3), "example.com|117|2");
}

static void policies_of_one_type_add_up(void **state)
{
    const char *failure = "{\"result-type\":\"Certificate-Expired\","
                          "\"failed-session-count\":2},"
                          "{\"result-type\":\"my-own-type\"}";
    const char *two =
        apr_pstrcat(p, policy("sts", "example.com", "10", "3", failure), ",",
                    policy("sts", "example.com", "1", "3", failure), NULL);

    (void)state;
    empty();
    https(report_of("a", "2026-11-20", two), "r1");
    assert_string_equal(totals(),
                        "example.com|example.net|sts|certificate-expired|4 "
                        "example.com|example.net|sts|failed|6 "
                        "example.com|example.net|sts|ok|11 "
                        "example.com|example.net|sts|other|2");
    assert_string_equal(ask("SELECT DISTINCT rtype FROM tlsrpt_failure "
                            "WHERE rtype LIKE 'my%%'",
                            1),
                        "my-own-type");
    assert_string_equal(
        ask("SELECT COUNT(*), MAX(mx), MAX(body) FROM tlsrpt_ptext", 3),
        "1|mx.example.com|version: STSv1\nmode: testing");
}

static void sums_never_overflow(void **state)
{
    const char *most = "9007199254740992";
    int i;

    (void)state;
    empty();
    for (i = 0; i < 5; i++) {
        https(report_of(apr_itoa(p, i), "2026-11-20",
                        policy("sts", "example.com", most, most, "")),
              apr_itoa(p, i));
    }
    assert_string_equal(ask("SELECT SUM(sessions) FROM tlsrpt_day", 1),
                        "1000000000000");
}

static void a_day_without_mail_shows(void **state)
{
    (void)state;
    empty();
    https(simple("a", "0"), "r1");
    assert_string_equal(totals(), "example.com|example.net|sts|ok|0");
}

/* ---- batches ---- */

static void a_refused_report_takes_no_other_with_it(void **state)
{
    static const tlsrpt_origin_t origin = {
        TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, NOW, "", "", ""};
    tlsrpt_report_t *bad = simple("b", "100");
    tlsrpt_store_e how = TLSRPT_STORE_NEW;

    (void)state;
    empty();
    if (store->dialect == STORE_SQLITE) { /* which takes texts of any length */
        must(store_exec(p, store,
                        "CREATE TRIGGER refuse BEFORE INSERT ON tlsrpt_count "
                        "WHEN NEW.rid LIKE 'xx%' BEGIN "
                        "SELECT RAISE(ABORT, 'refused'); END"));
    }
    bad->key = "xx00000000000000000000000000000000";
    must(tlsrpt_store_batch(p, store));
    https(simple("a", "5"), "r1");
    assert_non_null(tlsrpt_store_add(p, store, bad, &origin, "r2", NULL, NULL,
                                     &keep, NOW, &how));
    https(simple("c", "6"), "r3");
    must(tlsrpt_store_commit(p, store));
    assert_string_equal(totals(), "example.com|example.net|sts|ok|11");
    assert_string_equal(ask("SELECT COUNT(*) FROM tlsrpt_report", 1), "2");
    if (store->dialect == STORE_SQLITE) {
        must(store_exec(p, store, "DROP TRIGGER refuse"));
    }
}

/* A day's totals are the sum of all its reports: to write them after each would
 * take a time that grows with the square of their number. */
static void totals_are_written_once_a_batch(void **state)
{
    (void)state;
    empty();
    must(tlsrpt_store_batch(p, store));
    https(simple("a", "5"), "r1");
    https(report_of("b", "2026-11-19",
                    policy("sts", "www.example.com", "7", "0", "")),
          "r2");
    https(simple("c", "6"), "r3");
    assert_string_equal(totals(), "");
    must(tlsrpt_store_commit(p, store));
    assert_string_equal(totals(), "example.com|example.net|sts|ok|11 "
                                  "www.example.com|example.net|sts|ok|7");
    https(simple("d", "1"), "r4"); /* in no batch */
    must(tlsrpt_store_batch(p, store));
    must(tlsrpt_store_commit(p, store)); /* of nothing */
    assert_string_equal(totals(), "example.com|example.net|sts|ok|12 "
                                  "www.example.com|example.net|sts|ok|7");
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    must(store_exec(p, store,
                    "CREATE TRIGGER refuse BEFORE INSERT ON tlsrpt_day "
                    "BEGIN SELECT RAISE(ABORT, 'refused'); END"));
    must(tlsrpt_store_open(p, where, 1, &store));
    must(tlsrpt_store_batch(p, store));
    https(simple("e", "100"), "r5");
    assert_non_null(tlsrpt_store_commit(p, store));
    must(tlsrpt_store_open(p, where, 1, &store)); /* as after each error */
    must(store_exec(p, store, "DROP TRIGGER refuse"));
    assert_string_equal(ask("SELECT COUNT(*) FROM tlsrpt_report", 1), "4");
    assert_string_equal(totals(), "example.com|example.net|sts|ok|12 "
                                  "www.example.com|example.net|sts|ok|7");
}

/* Without that each would write totals that lack what the other stores. */
static void two_writers_take_turns(void **state)
{
    static const char *const impatient[] = {
        "PRAGMA busy_timeout = 10", "SET lock_timeout = '200ms'",
        "SET SESSION innodb_lock_wait_timeout = 1"};
    tlsrpt_store_t *other;
    const char *ignored;

    (void)state;
    empty();
    must(tlsrpt_store_open(p, where, 1, &other));
    if (store->dialect == STORE_SQLITE) {
        must(store_value(p, other, impatient[0], &ignored));
    }
    else {
        must(store_exec(p, other, impatient[store->dialect]));
    }
    must(tlsrpt_store_batch(p, store));
    https(simple("a", "5"), "r1");
    assert_non_null(tlsrpt_store_batch(p, other));
    must(tlsrpt_store_commit(p, store));
    must(tlsrpt_store_batch(p, other));
    store = other;
    https(simple("b", "6"), "r2");
    must(tlsrpt_store_commit(p, other));
    assert_string_equal(totals(), "example.com|example.net|sts|ok|11");
}

int main(void)
{
    PROMISE(sts_and_tlsa_are_not_added);
    PROMISE(policies_of_one_type_add_up);
    PROMISE(sums_never_overflow);
    PROMISE(a_day_without_mail_shows);
    PROMISE(a_refused_report_takes_no_other_with_it);
    PROMISE(totals_are_written_once_a_batch);
    PROMISE(two_writers_take_turns);
    return run_on_store("store_totals");
}
