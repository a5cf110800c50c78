/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The store, in SQLite; in another database, which is emptied, with STORE in
 * the environment: t/tlsrpt/store-*.t run it there.
 */
#include "unit.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store_sql.h"

#define NOW  APR_INT64_C(1795600000) /* 2026-11-25 */
#define DAYS 86400

static const tlsrpt_keep_t keep = {30 * DAYS, 90 * DAYS, 400 * DAYS};
static const char *where;
static tlsrpt_store_t *store;

/* ---- helpers ---- */

static void must(const char *error)
{
    if (error) {
        fail_msg("%s", error);
    }
}

static void empty(void)
{
    static const char *const tables[] = {"failure", "policy", "count",
                                         "day",     "ptext",  "report"};
    apr_size_t i;

    must(tlsrpt_store_open(p, where, 1, &store));
    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        must(store_exec(p, store,
                        apr_psprintf(p, "DELETE FROM tlsrpt_%s", tables[i])));
    }
}

/* The rows of a query: columns with "|", rows with a blank between. */
static const char *ask(const char *sql, int columns)
{
    apr_array_header_t *rows;
    const char *text = "";
    int i, k;

    must(tlsrpt_store_query(p, store, sql, NULL, columns, 1000, &rows));
    for (i = 0; i < rows->nelts; i++) {
        for (k = 0; k < columns; k++) {
            text = apr_pstrcat(p, text, i && !k ? " " : "", k ? "|" : "",
                               APR_ARRAY_IDX(rows, i, const char **)[k], NULL);
        }
    }
    return text;
}

static const char *totals(void)
{
    return ask("SELECT domain, submitter, ptype, rtype, sessions FROM "
               "tlsrpt_day ORDER BY domain, submitter, ptype, rtype",
               5);
}

static const char *policy(const char *type, const char *domain, const char *ok,
                          const char *failed, const char *failures)
{
    return apr_psprintf(
        p,
        "{\"policy\":{\"policy-type\":\"%s\",\"policy-domain\":\"%s\","
        "\"policy-string\":[\"version: STSv1\",\"mode: testing\"],"
        "\"mx-host\":[\"mx.example.com\"]},\"summary\":"
        "{\"total-successful-session-count\":%s,"
        "\"total-failure-session-count\":%s},\"failure-details\":[%s]}",
        type, domain, ok, failed, failures);
}

static tlsrpt_report_t *parse(const char *json)
{
    tlsrpt_report_t *report;

    must(tlsrpt_parse(p, json, strlen(json), NULL, &report));
    return report;
}

/* day: "2026-11-20" */
static tlsrpt_report_t *report_of(const char *id, const char *day,
                                  const char *policies)
{
    return parse(apr_psprintf(
        p,
        "{\"organization-name\":\"Example\",\"contact-info\":"
        "\"mailto:a@example.net\",\"report-id\":\"%s\",\"date-range\":"
        "{\"start-datetime\":\"%sT00:00:00Z\","
        "\"end-datetime\":\"%sT23:59:59Z\"},\"policies\":[%s]}",
        id, day, day, policies));
}

static tlsrpt_report_t *simple(const char *id, const char *ok)
{
    return report_of(id, "2026-11-20",
                     policy("sts", "example.com", ok, "0", ""));
}

/* The policy domain of others. */
static const char *not_ours = "example.org";

/* As with TLSRPTDomain example.com www.example.com *.wild.example */
static tlsrpt_ours_e not_org(const tlsrpt_policy_t *it, void *baton)
{
    (void)baton;
    return !strcmp(it->domain, not_ours)         ? TLSRPT_OURS_NOT
           : strstr(it->domain, ".wild.example") ? TLSRPT_OURS_WILDCARD
                                                 : TLSRPT_OURS_NAMED;
}

static tlsrpt_store_e add(const tlsrpt_report_t *report,
                          tlsrpt_channel_e channel, tlsrpt_trust_e trust,
                          const char *raw)
{
    tlsrpt_origin_t origin = {channel, trust, NOW, "192.0.2.1", "", ""};
    tlsrpt_store_e how;

    must(tlsrpt_store_add(p, store, report, &origin, raw, not_org, NULL, &keep,
                          NOW, &how));
    return how;
}

static tlsrpt_store_e https(const tlsrpt_report_t *report, const char *raw)
{
    return add(report, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, raw);
}

static tlsrpt_store_e dkim(const tlsrpt_report_t *report, const char *raw)
{
    return add(report, TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_DKIM, raw);
}

static tlsrpt_store_e mail(const tlsrpt_report_t *report, const char *raw)
{
    return add(report, TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_NONE, raw);
}

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

/* A report with failures and texts over what of anybody's is kept. */
static tlsrpt_report_t *long_one(int failures)
{
    apr_array_header_t *parts =
        apr_array_make(p, failures, sizeof(const char *));
    char *text = unit_repeat('t', 1000);
    int i;

    for (i = 0; i < failures; i++) {
        APR_ARRAY_PUSH(parts, const char *) = apr_psprintf(
            p,
            "%s{\"result-type\":\"certificate-expired\","
            "\"failed-session-count\":1,\"failure-reason-code\":\"%s\","
            "\"additional-information\":\"%s\"}",
            i ? "," : "", text, text);
    }
    return report_of(
        "long", "2026-11-20",
        apr_psprintf(p,
                     "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
                     "\"example.com\",\"policy-string\":[\"mode: %s\","
                     "\"mx: %s\"]},\"summary\":"
                     "{\"total-successful-session-count\":5,"
                     "\"total-failure-session-count\":%d},"
                     "\"failure-details\":[%s]}",
                     unit_repeat('m', 4000), unit_repeat('x', 4000), failures,
                     apr_array_pstrcat(p, parts, 0)));
}

static const char *kept(void)
{
    return ask("SELECT COUNT(*), MAX(LENGTH(f.reason)), MAX(LENGTH(f.info)), "
               "(SELECT MAX(LENGTH(body)) FROM tlsrpt_ptext), "
               "(SELECT MAX(LENGTH(mx)) FROM tlsrpt_ptext) "
               "FROM tlsrpt_failure f",
               5);
}

static void of_anybody_so_many_details_are_kept(void **state)
{
    const char *all = "example.com|example.net|sts|certificate-expired|250 "
                      "example.com|example.net|sts|failed|250 "
                      "example.com|example.net|sts|ok|5";

    (void)state;
    empty();
    https(long_one(250), "r1");
    assert_string_equal(kept(), "20|512|512|4096|4000");
    assert_string_equal(totals(), all); /* of the whole report */
    assert_non_null(strstr(
        ask("SELECT notes FROM tlsrpt_report", 1),
        "failure-details: 230 left out: of an unverified report 20 are kept, "
        "and of a domain and a day those of 50 such reports"));
    empty();
    dkim(long_one(250), "r1");
    assert_string_equal(kept(), "250|1000|1000|8011|4000");
    assert_string_equal(totals(), all);
    assert_null(strstr(ask("SELECT notes FROM tlsrpt_report", 1), "left out"));
}

static tlsrpt_report_t *failed_once(const char *id, const char *domain)
{
    return report_of(id, "2026-11-20",
                     policy("sts", domain, "5", "1",
                            "{\"result-type\":\"certificate-expired\","
                            "\"failed-session-count\":1}"));
}

static void of_a_day_so_many_reports_of_anybody_have_failures(void **state)
{
    static const char failures[] = "SELECT COUNT(*) FROM tlsrpt_failure";
    const char *id;
    int i;

    (void)state;
    empty();
    for (i = 0; i < 60; i++) { /* what does not count keeps nobody out */
        id = apr_psprintf(p, "marked %d", i);
        mail(failed_once(id, "example.com"), id);
        id = apr_psprintf(p, "good %d", i);
        https(simple(id, "5"), id);
    }
    assert_string_equal(ask(failures, 1), "50");
    for (i = 0; i < 60; i++) {
        id = apr_psprintf(p, "anybody %d", i);
        https(failed_once(id, "example.com"), id);
    }
    assert_string_equal(ask(failures, 1), "100");
    assert_string_equal(
        ask("SELECT notes FROM tlsrpt_report WHERE report_id = 'anybody 59'",
            1),
        "failure-details: 1 left out: of an unverified report 20 are kept, "
        "and of a domain and a day those of 50 such reports");
    assert_string_equal(totals(),
                        "example.com|example.net|sts|certificate-expired|60 "
                        "example.com|example.net|sts|failed|60 "
                        "example.com|example.net|sts|ok|600");
    /* another domain, another day, and who signs */
    https(failed_once("d", "www.example.com"), "d");
    https(report_of("e", "2026-11-21",
                    policy("sts", "example.com", "5", "1",
                           "{\"result-type\":\"certificate-expired\","
                           "\"failed-session-count\":1}")),
          "e");
    dkim(failed_once("anybody 59", "example.com"), "f");
    assert_string_equal(ask(failures, 1), "103");
    assert_string_equal(
        ask("SELECT notes FROM tlsrpt_report WHERE report_id = 'anybody 59'",
            1),
        "");
}

/* Policies, each with another text of 1,024 octets, so many about one domain.
 */
static tlsrpt_report_t *of_many_texts(int many, int of_one)
{
    const char *policies = "";
    int i;

    for (i = 0; i < many; i++) {
        policies = apr_psprintf(
            p,
            "%s%s{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
            "\"d%d.example.com\",\"policy-string\":[\"%03d %s\"],"
            "\"mx-host\":[\"mx%03d.example.com\"]},\"summary\":"
            "{\"total-successful-session-count\":1,"
            "\"total-failure-session-count\":0}}",
            policies, i ? "," : "", i / of_one, i, unit_repeat('y', 1003), i);
    }
    return report_of("texts", "2026-11-20", policies);
}

static const char *texts_kept(void)
{
    return ask("SELECT COUNT(*), SUM(CASE WHEN phash = '' THEN 1 ELSE 0 END), "
               "(SELECT COUNT(*) FROM tlsrpt_ptext), "
               "(SELECT SUM(LENGTH(body) + LENGTH(mx)) FROM tlsrpt_ptext), "
               "(SELECT SUM(sessions) FROM tlsrpt_day) FROM tlsrpt_policy",
               5);
}

static void of_anybody_so_much_text_of_policies_is_kept(void **state)
{
    (void)state;
    empty();
    https(of_many_texts(100, 10), "r1");
    assert_string_equal(texts_kept(), "100|36|64|65536|100");
    assert_string_equal(
        ask("SELECT notes FROM tlsrpt_report", 1),
        "policy-string, mx-host: those of 36 policies left out: an unverified "
        "report may bring 65536 octets");
    assert_int_equal(dkim(of_many_texts(100, 10), "r2"), TLSRPT_STORE_SAME);
    assert_string_equal(texts_kept(), "100|0|100|102400|100");
    assert_string_equal(ask("SELECT notes FROM tlsrpt_report", 1), "");
}

static void of_anybody_so_many_policies_of_a_domain_are_kept(void **state)
{
    (void)state;
    empty();
    https(of_many_texts(36, 12), "r1");
    assert_string_equal(texts_kept(), "30|0|30|30720|36");
    assert_string_equal(ask("SELECT notes FROM tlsrpt_report", 1),
                        "policies: 6 left out: of an unverified report 10 "
                        "about one domain are kept");
    assert_int_equal(dkim(of_many_texts(36, 12), "r2"), TLSRPT_STORE_SAME);
    assert_string_equal(texts_kept(), "36|0|36|36864|36");
    assert_string_equal(ask("SELECT notes FROM tlsrpt_report", 1), "");
}

static void a_better_copy_brings_its_details(void **state)
{
    (void)state;
    empty();
    https(long_one(250), "r1");
    assert_int_equal(dkim(long_one(250), "r2"), TLSRPT_STORE_SAME);
    assert_string_equal(kept(), "250|1000|1000|8011|4000");
    assert_string_equal(
        ask("SELECT raw, last_raw, channel, trust, copies, conflicts FROM "
            "tlsrpt_report",
            6),
        "r2|r2|mail|2|2|0");
    /* and the first, once more, takes nothing back */
    assert_int_equal(https(long_one(250), "r3"), TLSRPT_STORE_SAME);
    assert_string_equal(ask("SELECT COUNT(*) FROM tlsrpt_failure", 1), "250");
    assert_string_equal(totals(),
                        "example.com|example.net|sts|certificate-expired|250 "
                        "example.com|example.net|sts|failed|250 "
                        "example.com|example.net|sts|ok|5");
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

static void a_day_without_mail_shows(void **state)
{
    (void)state;
    empty();
    https(simple("a", "0"), "r1");
    assert_string_equal(totals(), "example.com|example.net|sts|ok|0");
}

/* Policies about so many domains of a wildcard, and one by name at the end. */
static tlsrpt_report_t *wild_one(int many)
{
    const char *policies = "";
    int i;

    for (i = 0; i < many; i++) {
        policies = apr_pstrcat(
            p, policies,
            policy("sts", apr_psprintf(p, "d%d.wild.example", i), "1", "0", ""),
            ",", NULL);
    }
    return report_of("wild", "2026-11-20",
                     apr_pstrcat(p, policies,
                                 policy("sts", "example.com", "5", "0", ""),
                                 NULL));
}

static const char *domains_kept(void)
{
    return ask("SELECT COUNT(*), COUNT(DISTINCT domain), MAX(domain), "
               "(SELECT COUNT(DISTINCT domain) FROM tlsrpt_day) "
               "FROM tlsrpt_policy",
               4);
}

static void a_wildcard_is_no_door_to_any_number_of_domains(void **state)
{
    (void)state;
    empty();
    https(wild_one(10), "r1");
    assert_string_equal(domains_kept(), "11|11|example.com|11");
    assert_string_equal(ask("SELECT notes FROM tlsrpt_report", 1), "");
    empty();
    https(wild_one(900), "r1");
    assert_string_equal(domains_kept(), "11|11|example.com|11");
    assert_string_equal(
        ask("SELECT notes FROM tlsrpt_report", 1),
        "policies: 890 left out, which are of this server by a wildcard alone: "
        "an unverified report may bring 10");
    /* who signs is known */
    assert_int_equal(dkim(wild_one(900), "r2"), TLSRPT_STORE_SAME);
    assert_string_equal(domains_kept(), "901|901|example.com|901");
    assert_string_equal(ask("SELECT notes FROM tlsrpt_report", 1), "");
}

/* ---- age ---- */

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

/* ---- texts of strangers ---- */

static void no_text_is_sql(void **state)
{
    static const char *const texts[] = {
        "'; DROP TABLE tlsrpt_report; --",
        "\\'; DROP TABLE tlsrpt_report; --",
        "\"; DELETE FROM tlsrpt_day; /*",
        "') ON CONFLICT DO NOTHING; --",
        "%s %d %n %% $1 ? :a @b",
        "\xf0\x9f\x93\xa7 \xe2\x82\xac \xc3\xbc",
        "\t\x01\x1b[31m",
        "a\\",
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *t = texts[i];
        tlsrpt_report_t *report = simple("a", "5");
        tlsrpt_policy_t *one =
            &APR_ARRAY_IDX(report->policies, 0, tlsrpt_policy_t);
        tlsrpt_failure_t failure = {
            TLSRPT_RESULT_OTHER, t, 1, t, t, t, t, t, t};
        tlsrpt_origin_t origin = {
            TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, NOW, t, t, t};
        apr_array_header_t *lines = apr_array_make(p, 1, sizeof(const char *));
        tlsrpt_store_e how;

        empty();
        report->organization = report->contact = report->report_id = t;
        report->submitter = report->domains = t;
        APR_ARRAY_PUSH(lines, const char *) = t;
        one->domain = one->type_text = one->mode = t;
        one->lines = one->mx = report->repairs = lines;
        APR_ARRAY_PUSH(one->failures, tlsrpt_failure_t) = failure;
        must(tlsrpt_store_add(p, store, report, &origin, t, NULL, NULL, &keep,
                              NOW, &how));
        assert_string_equal(ask("SELECT submitter FROM tlsrpt_report", 1), t);
        assert_string_equal(ask("SELECT org FROM tlsrpt_report", 1), t);
        assert_string_equal(ask("SELECT contact FROM tlsrpt_report", 1), t);
        assert_string_equal(ask("SELECT report_id FROM tlsrpt_report", 1), t);
        assert_string_equal(ask("SELECT domains FROM tlsrpt_report", 1), t);
        assert_string_equal(ask("SELECT raw FROM tlsrpt_report", 1), t);
        assert_string_equal(ask("SELECT source FROM tlsrpt_report", 1), t);
        assert_string_equal(ask("SELECT notes FROM tlsrpt_report", 1), t);
        assert_string_equal(ask("SELECT domain FROM tlsrpt_policy", 1), t);
        assert_string_equal(ask("SELECT body FROM tlsrpt_ptext", 1), t);
        assert_string_equal(ask("SELECT mx FROM tlsrpt_ptext", 1), t);
        assert_string_equal(ask("SELECT rtype FROM tlsrpt_failure", 1), t);
        assert_string_equal(ask("SELECT mx FROM tlsrpt_failure", 1), t);
        assert_string_equal(ask("SELECT helo FROM tlsrpt_failure", 1), t);
        assert_string_equal(ask("SELECT rcv_ip FROM tlsrpt_failure", 1), t);
        assert_string_equal(ask("SELECT snd_ip FROM tlsrpt_failure", 1), t);
        assert_string_equal(ask("SELECT reason FROM tlsrpt_failure", 1), t);
        assert_string_equal(ask("SELECT info FROM tlsrpt_failure", 1), t);
        assert_string_equal(ask("SELECT domain FROM tlsrpt_day "
                                "WHERE rtype = 'ok'",
                                1),
                            t);
    }
}

static void texts_are_cut_between_characters(void **state)
{
    tlsrpt_report_t *report = simple("a", "5");
    char *text = apr_palloc(p, 4000);
    int i;

    (void)state;
    for (i = 0; i + 4 < 4000; i += 4) {
        memcpy(text + i, "\xf0\x9f\x93\xa7", 4);
    }
    text[i] = '\0';
    empty();
    report->organization = report->submitter = text;
    APR_ARRAY_IDX(report->policies, 0, tlsrpt_policy_t).domain = text;
    assert_int_equal(https(report, text), TLSRPT_STORE_NEW);
    assert_int_equal(strlen(ask("SELECT org FROM tlsrpt_report", 1)), 512);
    assert_int_equal(strlen(ask("SELECT submitter FROM tlsrpt_day", 1)), 252);
    assert_int_equal(strlen(ask("SELECT domain FROM tlsrpt_day", 1)), 252);
    report->submitter = "\xff\xfe blanks  ";
    report->key = "00000000000000000000000000000000";
    assert_int_equal(https(report, "r"), TLSRPT_STORE_NEW);
    assert_string_equal(ask("SELECT submitter FROM tlsrpt_report WHERE "
                            "raw = 'r'",
                            1),
                        "?? blanks");
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

/* ---- the tables ---- */

static void drop_tables(void)
{
    static const char *const tables[] = {"failure", "policy", "count", "day",
                                         "ptext",   "report", "meta"};
    apr_size_t i;

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        must(store_exec(
            p, store,
            apr_psprintf(p, "DROP TABLE IF EXISTS tlsrpt_%s", tables[i])));
    }
}

static void tables_are_made(void **state)
{
    tlsrpt_store_t *reader;
    const char *error;

    (void)state;
    must(tlsrpt_store_open(p, where, 1, &store));
    drop_tables();
    error = tlsrpt_store_open(p, where, 0, &reader);
    assert_non_null(error);
    assert_non_null(strstr(error, "no tables of reports yet"));
    must(tlsrpt_store_open(p, where, 1, &store));
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    must(tlsrpt_store_open(p, where, 0, &reader));
}

/* The tables of version 2. */
static void make_version_2(void)
{
    must(store_exec(p, store,
                    store->dialect == STORE_MYSQL
                        ? "DROP INDEX tlsrpt_count_submitter ON tlsrpt_count"
                        : "DROP INDEX tlsrpt_count_submitter"));
    must(
        store_exec(p, store, "ALTER TABLE tlsrpt_count DROP COLUMN submitter"));
    must(store_exec(p, store,
                    "CREATE INDEX tlsrpt_count_domain ON tlsrpt_count "
                    "(domain, day)"));
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '2' WHERE k = 'schema'"));
}

static void make_version_1(void)
{
    make_version_2();
    must(store_exec(p, store, "ALTER TABLE tlsrpt_day DROP COLUMN verified"));
    if (store->dialect == STORE_PGSQL) { /* its key went with the column */
        must(store_exec(p, store,
                        "ALTER TABLE tlsrpt_day ADD PRIMARY KEY "
                        "(domain, day, submitter, ptype, rtype)"));
    }
    must(store_exec(p, store,
                    store->dialect == STORE_MYSQL
                        ? "DROP INDEX tlsrpt_policy_class ON tlsrpt_policy"
                        : "DROP INDEX tlsrpt_policy_class"));
    must(store_exec(p, store, "ALTER TABLE tlsrpt_policy DROP COLUMN class"));
    must(store_exec(p, store,
                    "CREATE INDEX tlsrpt_policy_domain ON tlsrpt_policy "
                    "(domain, day)"));
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '1' WHERE k = 'schema'"));
}

static const char *classes(void)
{
    return ask("SELECT domain, submitter, day, verified, SUM(sessions) FROM "
               "tlsrpt_day GROUP BY domain, submitter, day, verified "
               "ORDER BY domain, submitter, day",
               5);
}

/* The policies of two domains. */
static const char *of_two(const char *ok)
{
    return apr_pstrcat(p, policy("sts", "example.com", ok, "0", ""), ",",
                       policy("tlsa", "www.example.com", ok, "1", ""), NULL);
}

/* As a.example.net. */
static tlsrpt_report_t *of_another(const char *id, const char *ok)
{
    tlsrpt_report_t *r = report_of(id, "2026-11-20", of_two(ok));

    r->submitter = "a.example.net";
    return r;
}

static void version_1_is_migrated_with_its_data(void **state)
{
    static const char wanted[] = "example.com|a.example.net|20261120|0|5 "
                                 "example.com|example.net|20261119|0|7 "
                                 "example.com|example.net|20261120|1|8 "
                                 "example.com|example.net|20261121|1|9 "
                                 "www.example.com|a.example.net|20261120|0|6 "
                                 "www.example.com|example.net|20261120|1|9";
    tlsrpt_store_t *again = NULL;
    const char *error;

    (void)state;
    empty();
    https(of_another("1", "5"), "r1");
    https(report_of("2", "2026-11-19",
                    policy("sts", "example.com", "7", "0", "")),
          "r2");
    mail(report_of("3", "2026-11-19",
                   policy("sts", "example.com", "100", "0", "")),
         "r3");
    https(report_of("4", "2026-11-20", of_two("1000")), "r4"); /* outranked */
    dkim(report_of("5", "2026-11-20", of_two("8")), "r5");
    add(report_of("6", "2026-11-21",
                  policy("sts", "example.com", "9", "0", "")),
        TLSRPT_CHANNEL_FILE, TLSRPT_TRUST_LOCAL, "r6");
    assert_string_equal(classes(), wanted);
    make_version_1();
    error = tlsrpt_store_open(p, where, 0, &again);
    assert_non_null(error);
    assert_non_null(strstr(error, "have version 1, and 3 is needed"));
    must(tlsrpt_store_open(p, where, 1, &again));
    store = again;
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    assert_string_equal(classes(), wanted);
    /* and goes on: the one that nobody verified comes by mail, too */
    dkim(of_another("7", "11"), "r7");
    assert_non_null(
        strstr(classes(), "example.com|a.example.net|20261120|1|11 "));
}

static void version_2_is_migrated_with_its_data(void **state)
{
    tlsrpt_store_t *again;

    (void)state;
    empty();
    https(of_another("1", "5"), "r1");
    https(simple("2", "7"), "r2");
    make_version_2();
    must(tlsrpt_store_open(p, where, 1, &again));
    store = again;
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    assert_string_equal(ask("SELECT DISTINCT domain, submitter, sessions FROM "
                            "tlsrpt_count WHERE rtype = 'ok' "
                            "ORDER BY domain, submitter",
                            3),
                        "example.com|a.example.net|5 "
                        "example.com|example.net|7 "
                        "www.example.com|a.example.net|5");
    /* the totals of both, of what was there and what comes */
    assert_int_equal(https(simple("3", "4"), "r3"), TLSRPT_STORE_NEW);
    assert_int_equal(https(of_another("4", "2"), "r4"), TLSRPT_STORE_NEW);
    assert_string_equal(ask("SELECT domain, submitter, sessions FROM "
                            "tlsrpt_day WHERE rtype = 'ok' "
                            "ORDER BY domain, submitter",
                            3),
                        "example.com|a.example.net|7 "
                        "example.com|example.net|11 "
                        "www.example.com|a.example.net|7");
}

/* MariaDB commits each step of it. */
static void a_migration_that_was_cut_off_goes_on(void **state)
{
    tlsrpt_store_t *again;

    (void)state;
    empty();
    if (store->dialect == STORE_SQLITE) {
        return; /* it is one transaction */
    }
    dkim(simple("a", "5"), "r1");
    must(store_exec(p, store, "UPDATE tlsrpt_day SET verified = 0"));
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '1' WHERE k = 'schema'"));
    must(tlsrpt_store_open(p, where, 1, &again));
    store = again;
    assert_string_equal(ask("SELECT verified FROM tlsrpt_day", 1), "1");
}

static void an_older_version_is_migrated(void **state)
{
    tlsrpt_store_t *again;

    (void)state;
    empty();
    https(simple("a", "5"), "r1");
    /* as if the making of the tables had been cut off */
    make_version_1();
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '0' "
                    "WHERE k = 'schema'"));
    must(store_exec(p, store, "DELETE FROM tlsrpt_meta WHERE k = 'writer'"));
    must(store_exec(p, store, "DROP TABLE tlsrpt_failure"));
    must(tlsrpt_store_open(p, where, 1, &again));
    store = again;
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
    assert_int_equal(https(simple("b", "6"), "r2"), TLSRPT_STORE_NEW);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|11");
}

static void a_newer_version_is_refused(void **state)
{
    tlsrpt_store_t *again = NULL;
    const char *error;
    int write;

    (void)state;
    empty();
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '4' "
                    "WHERE k = 'schema'"));
    for (write = 0; write < 2; write++) {
        error = tlsrpt_store_open(p, where, write, &again);
        assert_non_null(error);
        assert_non_null(strstr(error, "version 4, which a newer mod_tlsrpt"));
        assert_null(again);
    }
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '3' "
                    "WHERE k = 'schema'"));
}

/* One of several hosts with one store was upgraded. */
static void a_version_that_changes_is_noticed(void **state)
{
    static const char *const versions[][2] = {
        {"4", "version 4, which a newer mod_tlsrpt"},
        {"1", "version 1, and 3 is needed"}};
    tlsrpt_origin_t origin = {
        TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, NOW, "192.0.2.1", "", ""};
    tlsrpt_store_e how;
    const char *error;
    int again, i;

    (void)state;
    empty();
    https(report_of("old", "2024-11-20",
                    policy("sts", "example.com", "5", "0", "")),
          "r1");
    for (i = 0; i < 2; i++) {
        must(store_exec(p, store,
                        apr_psprintf(p,
                                     "UPDATE tlsrpt_meta SET v = '%s' "
                                     "WHERE k = 'schema'",
                                     versions[i][0])));
        error = tlsrpt_store_add(p, store, simple("a", "5"), &origin, "r2",
                                 not_org, NULL, &keep, NOW, &how);
        assert_non_null(error);
        assert_non_null(strstr(error, versions[i][1]));
        error = tlsrpt_store_batch(p, store);
        assert_non_null(error);
        assert_non_null(strstr(error, versions[i][1]));
        error = tlsrpt_store_expire(p, store, &keep, NOW, &again);
        assert_non_null(error);
        assert_non_null(strstr(error, versions[i][1]));
    }
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '3' WHERE k = 'schema'"));
    assert_string_equal(ask("SELECT report_id FROM tlsrpt_report", 1), "old");
    assert_int_equal(https(simple("a", "5"), "r2"), TLSRPT_STORE_NEW);
}

/* ---- a connection of others ---- */

/* How many statements are prepared on it. */
static int prepared(const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    void *(*next)(void *, void *), *statement = NULL, *library;
    int n = 0;

    if (store->dialect != STORE_SQLITE) {
        return atoi(ask(store->dialect == STORE_PGSQL
                            ? "SELECT COUNT(*) FROM pg_prepared_statements"
                            : "SELECT variable_value FROM "
                              "information_schema.global_status WHERE "
                              "variable_name = 'PREPARED_STMT_COUNT'",
                        1));
    }
    library = dlopen("libsqlite3.so.0", RTLD_LAZY | RTLD_NOLOAD);
    assert_non_null(library);
    *(void **)&next = dlsym(library, "sqlite3_next_stmt");
    assert_non_null(next);
    while ((statement = next(apr_dbd_native_handle(driver, handle),
                             statement)) != NULL) {
        n++;
    }
    dlclose(library);
    return n;
}

/* As the intake does with TLSRPTStore dbd, once a second. */
static void a_connection_that_is_attached_often_does_not_grow(void **state)
{
    static const char *const meddling[] = {"CREATE TABLE meddling (a INTEGER)",
                                           "DROP TABLE meddling"};
    const apr_dbd_driver_t *driver;
    const char *colon = strchr(where, ':');
    apr_pool_t *life, *one;
    apr_dbd_t *handle;
    int i, first = 0, n;

    (void)state;
    empty();
    apr_pool_create(&life, p);
    assert_int_equal(apr_dbd_get_driver(life,
                                        apr_pstrmemdup(p, where, colon - where),
                                        &driver),
                     0);
    assert_int_equal(apr_dbd_open(driver, life, colon + 1, &handle), 0);
    for (i = 0; i < 50; i++) {
        apr_pool_create(&one, p);
        must(tlsrpt_store_attach(one, life, driver, handle, 1, &store));
        must(tlsrpt_store_batch(one, store));
        https(simple(apr_itoa(p, i), "1"), apr_itoa(p, i));
        must(tlsrpt_store_commit(one, store));
        n = prepared(driver, handle);
        first = i ? first : n;
        if (n > first) {
            fail_msg("%d statements, and %d after %d times", first, n, i + 1);
        }
        apr_pool_destroy(one);
    }
    /* what somebody else does to the tables is in the way once at most */
    for (i = 0; i < 2; i++) {
        tlsrpt_store_t *other;

        must(tlsrpt_store_open(p, where, 1, &other));
        must(store_exec(p, other, meddling[i]));
        tlsrpt_store_attach(p, life, driver, handle, 1, &store);
        must(tlsrpt_store_attach(p, life, driver, handle, 1, &store));
        https(simple(apr_itoa(p, 100 + i), "1"), apr_itoa(p, 100 + i));
    }
    apr_dbd_close(driver, handle);
    store = NULL;
    apr_pool_destroy(life);
}

static void each_commit_is_on_the_disk(void **state)
{
    static const char *const asked[] = {"PRAGMA synchronous",
                                        "SHOW synchronous_commit", NULL};
    static const char *const wanted[] = {"2", "on", NULL};
    const char *value = NULL;

    (void)state;
    empty();
    if (asked[store->dialect]) { /* MariaDB has it for the whole server */
        must(store_value(p, store, asked[store->dialect], &value));
    }
    unit_same("synchronous", value, wanted[store->dialect]);
}

/* ---- the file of SQLite ---- */

static const char *beside(const char *name)
{
    return apr_pstrcat(p, strchr(where, ':') + 1, name, NULL);
}

static long size_of_log(void)
{
    struct stat st;

    return stat(beside("-wal"), &st) ? -1 : (long)st.st_size;
}

/* In the middle of a batch, a backup is put in its place or there is none: the
 * batch is not committed, and the log of the old file does not get to the new
 * one. */
static void a_file_that_is_replaced_or_removed_is_noticed(void **state)
{
    static const tlsrpt_origin_t origin = {
        TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, NOW, "", "", ""};
    tlsrpt_store_t *reader;
    tlsrpt_store_e how;
    const char *ignored;
    int removed;

    (void)state;
    for (removed = 0; removed < 2; removed++) {
        empty();
        if (store->dialect != STORE_SQLITE) {
            assert_null(tlsrpt_store_moved(p, store));
            return;
        }
        https(simple("a", "5"), "r1");
        tlsrpt_store_rest(p, store);
        assert_int_equal(system(apr_psprintf(p, "cp '%s' '%s'", beside(""),
                                             beside(".backup"))),
                         0);
        must(tlsrpt_store_open(p, where, 0, &reader)); /* as for a page */
        must(tlsrpt_store_batch(p, store));
        https(simple("b", "6"), "r2");
        must(tlsrpt_store_moved(p, store));
        assert_int_equal(removed ? unlink(beside(""))
                                 : rename(beside(".backup"), beside("")),
                         0);
        assert_non_null(
            strstr(tlsrpt_store_moved(p, store), "was replaced or removed"));
        assert_non_null(tlsrpt_store_commit(p, store));
        assert_non_null(tlsrpt_store_batch(p, store));
        assert_non_null(tlsrpt_store_add(p, store, simple("c", "7"), &origin,
                                         "r3", NULL, NULL, &keep, NOW, &how));
        must(tlsrpt_store_leave(p, store));
        assert_int_equal(size_of_log(), -1);
        must(tlsrpt_store_open(p, where, 1, &store));
        assert_string_equal(totals(),
                            removed ? "" : "example.com|example.net|sts|ok|5");
        https(simple("b", "6"), "r2");
        assert_string_equal(totals(), removed
                                          ? "example.com|example.net|sts|ok|6"
                                          : "example.com|example.net|sts|ok|"
                                            "11");
        must(store_value(p, store, "PRAGMA integrity_check", &ignored));
        assert_string_equal(ignored, "ok");
    }
    unlink(beside(".backup"));
}

/* A log that is still read is not taken away: it is tried again. */
static void a_log_that_is_read_is_waited_for(void **state)
{
    tlsrpt_store_t *reader;
    const char *ignored;

    (void)state;
    empty();
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    https(simple("a", "5"), "r1");
    must(tlsrpt_store_open(p, where, 0, &reader));
    must(store_exec(p, reader, "BEGIN"));
    must(store_value(p, reader, "SELECT COUNT(*) FROM tlsrpt_day", &ignored));
    https(simple("b", "6"), "r2");
    assert_int_equal(unlink(beside("")), 0);
    assert_non_null(tlsrpt_store_leave(p, store));
    assert_true(size_of_log() > 0);
    must(store_exec(p, reader, "COMMIT"));
    must(tlsrpt_store_leave(p, store));
    assert_int_equal(size_of_log(), -1);
    /* that of another file is left alone */
    must(tlsrpt_store_open(p, where, 1, &reader));
    assert_true(size_of_log() > 0);
    must(tlsrpt_store_leave(p, store));
    assert_true(size_of_log() > 0);
}

/* As mod_dbd has it: nobody but httpd can open that connection anew. */
static void a_file_under_a_connection_of_others_is_noticed(void **state)
{
    const apr_dbd_driver_t *driver;
    tlsrpt_store_t *again = NULL;
    apr_pool_t *life;
    apr_dbd_t *handle;
    const char *error;

    (void)state;
    empty();
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    apr_pool_create(&life, p);
    assert_int_equal(apr_dbd_get_driver(life, "sqlite3", &driver), 0);
    assert_int_equal(apr_dbd_open(driver, life, beside(""), &handle), 0);
    must(tlsrpt_store_attach(p, life, driver, handle, 1, &store));
    https(simple("a", "5"), "r1");
    must(tlsrpt_store_attach(p, life, driver, handle, 1, &store));
    assert_int_equal(unlink(beside("")), 0);
    error = tlsrpt_store_attach(p, life, driver, handle, 1, &again);
    assert_non_null(error);
    assert_non_null(strstr(error, "restart httpd"));
    assert_null(again);
    apr_dbd_close(driver, handle);
    apr_pool_destroy(life);
    unlink(beside("-wal"));
    unlink(beside("-shm"));
}

/* So that a file which is put in the place of this one does not get the log of
 * this one. */
static void a_log_at_rest_is_empty(void **state)
{
    tlsrpt_store_t *reader;

    (void)state;
    empty();
    https(simple("a", "5"), "r1");
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    assert_true(size_of_log() > 0);
    must(tlsrpt_store_open(p, where, 0, &reader));
    tlsrpt_store_rest(p, reader);
    assert_true(size_of_log() > 0); /* who only reads changes nothing */
    tlsrpt_store_rest(p, store);
    assert_int_equal(size_of_log(), 0);
    https(simple("b", "6"), "r2");
    unlink(beside(""));
    must(tlsrpt_store_leave(p, store));
    must(tlsrpt_store_open(p, where, 1, &store));
    assert_string_equal(totals(), "");
}

/* Locks belong to a process (POSIX): one connection must not lose them because
 * another one is opened. Else a third process thinks itself alone when it ends,
 * and removes the log that is in use. */
static void another_connection_takes_no_lock_away(void **state)
{
    tlsrpt_store_t *other;
    int write;

    (void)state;
    empty();
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    for (write = 0; write < 2; write++) {
        https(simple(apr_itoa(p, write), "5"), "r1");
        must(tlsrpt_store_open(p, where, write, &other));
        assert_int_equal(system(apr_psprintf(p,
                                             "sqlite3 '%s' 'SELECT COUNT(*) "
                                             "FROM tlsrpt_day' >/dev/null",
                                             beside(""))),
                         0);
        assert_true(size_of_log() > 0);
    }
}

/* ---- parameters ---- */

#define PGSQL_BOUNDS                                                           \
    "connect_timeout=10 keepalives_idle=30 keepalives_interval=10 "            \
    "keepalives_count=3 tcp_user_timeout=60000 "
#define MYSQL_BOUNDS "connecttimeout=10,readtimeout=120,writetimeout=120,"

static void a_connection_has_bounds_of_time(void **state)
{
    static const struct {
        store_dialect_e dialect;
        const char *params, *completed;
    } cases[] = {
        {STORE_SQLITE, "/a", "/a"},
        {STORE_PGSQL, "host=a", PGSQL_BOUNDS "host=a"},
        {STORE_PGSQL, "connect_timeout=2",
         PGSQL_BOUNDS "connect_timeout=2"}, /* the later one wins */
        {STORE_PGSQL, "password=a://b", PGSQL_BOUNDS "password=a://b"},
        {STORE_PGSQL, "postgresql://a/b",
         "postgresql://a/b?connect_timeout=10&keepalives_idle=30&"
         "keepalives_interval=10&keepalives_count=3&tcp_user_timeout=60000"},
        {STORE_PGSQL, "postgres://a?connect_timeout=2",
         "postgres://a?connect_timeout=2&keepalives_idle=30&"
         "keepalives_interval=10&keepalives_count=3&tcp_user_timeout=60000"},
        {STORE_MYSQL, "host=a", MYSQL_BOUNDS "host=a,reconnect=0"},
        {STORE_MYSQL, "readtimeout=2,reconnect=1",
         MYSQL_BOUNDS "readtimeout=2,reconnect=1,reconnect=0"},
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unit_same(cases[i].params,
                  store_params_complete(p, cases[i].dialect, cases[i].params),
                  cases[i].completed);
    }
}

/* ---- what is said ---- */

static void no_message_holds_a_password(void **state)
{
    static const char *const stores[] = {
        "pgsql:host=127.0.0.1 port=1 user=u password=s3cret",
        "pgsql:password=my s3cret",
        "pgsql:s3cret",
        "pgsql:passwrd=s3cret host=127.0.0.1",
        "pgsql:password='s3cret",
        "pgsql:postgresql://u:s3cret@127.0.0.1:1/db?s3cret=1",
        "pgsql:s3cret=s3cret",
        "mysql:host=127.0.0.1,port=1,user=u,pass=s3cret",
        "mysql:sock=/nonexistent user=u pass=s3cret",
        "oracle:s3cret",
        "s3cret",
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
        tlsrpt_store_t *none = NULL;
        const char *error = tlsrpt_store_open(p, stores[i], 1, &none);

        assert_non_null(error);
        assert_null(none);
        if (strstr(error, "s3cret")) {
            fail_msg("%s: %s", stores[i], error);
        }
    }
}

static void who_only_reads_makes_no_file(void **state)
{
    tlsrpt_store_t *none;

    (void)state;
    assert_non_null(tlsrpt_store_open(p, "sqlite3:/nonexistent/a", 0, &none));
    assert_non_null(tlsrpt_store_open(p, "sqlite3:/nonexistent/a", 1, &none));
}

int main(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char file[80], other[100], text[100];
    int status, i;

    where = getenv("STORE");
    sprintf(file, "/tmp/tlsrpt-unit-store-%ld", (long)getpid());
    if (!where || !*where) {
        sprintf(text, "sqlite3:%s", file);
        where = text;
    }
    PROMISE(tables_are_made);
    PROMISE(an_older_version_is_migrated);
    PROMISE(version_1_is_migrated_with_its_data);
    PROMISE(version_2_is_migrated_with_its_data);
    PROMISE(a_migration_that_was_cut_off_goes_on);
    PROMISE(a_newer_version_is_refused);
    PROMISE(a_version_that_changes_is_noticed);
    PROMISE(the_same_counts_once);
    PROMISE(an_entry_that_comes_again_is_no_copy);
    PROMISE(the_first_of_equal_trust_stays);
    PROMISE(higher_trust_replaces);
    PROMISE(of_anybody_so_many_details_are_kept);
    PROMISE(of_a_day_so_many_reports_of_anybody_have_failures);
    PROMISE(of_anybody_so_much_text_of_policies_is_kept);
    PROMISE(of_anybody_so_many_policies_of_a_domain_are_kept);
    PROMISE(a_better_copy_brings_its_details);
    PROMISE(mail_without_dkim_counts_nowhere);
    PROMISE(mail_without_dkim_blocks_nobody);
    PROMISE(signed_reports_outrank_the_others_of_a_day);
    PROMISE(sts_and_tlsa_are_not_added);
    PROMISE(policies_of_one_type_add_up);
    PROMISE(sums_never_overflow);
    PROMISE(foreign_policies_are_not_stored);
    PROMISE(policies_that_become_ours_are_added_once);
    PROMISE(what_becomes_ours_takes_nothing_away);
    PROMISE(what_replaces_leaves_no_totals_behind);
    PROMISE(a_day_without_mail_shows);
    PROMISE(a_wildcard_is_no_door_to_any_number_of_domains);
    PROMISE(an_old_report_has_no_details);
    PROMISE(as_old_as_is_kept_is_not_too_old_to_keep);
    PROMISE(a_text_is_as_young_as_the_last_report_of_it);
    PROMISE(what_is_too_old_goes);
    PROMISE(no_text_is_sql);
    PROMISE(texts_are_cut_between_characters);
    PROMISE(a_refused_report_takes_no_other_with_it);
    PROMISE(totals_are_written_once_a_batch);
    PROMISE(two_writers_take_turns);
    PROMISE(a_connection_that_is_attached_often_does_not_grow);
    PROMISE(each_commit_is_on_the_disk);
    PROMISE(a_file_that_is_replaced_or_removed_is_noticed);
    PROMISE(a_log_that_is_read_is_waited_for);
    PROMISE(a_file_under_a_connection_of_others_is_noticed);
    PROMISE(a_log_at_rest_is_empty);
    PROMISE(another_connection_takes_no_lock_away);
    PROMISE(a_connection_has_bounds_of_time);
    PROMISE(no_message_holds_a_password);
    PROMISE(who_only_reads_makes_no_file);
    status = unit_run("store");
    for (i = 0; i < 3; i++) {
        sprintf(other, "%s%s", file, ends[i]);
        unlink(other);
    }
    return status;
}
