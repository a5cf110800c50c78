/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store_anybody.c: how much is kept of what anybody can send.
 */
#include "unit_store.h"

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
    /* the bound of trust is where a signature begins */
    empty();
    add(long_one(250), TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_DKIM - 1, "r1");
    assert_string_equal(kept(), "20|512|512|4096|4000");
}

static void so_many_details_are_those_of_all_policies(void **state)
{
    const char *policies = apr_pstrcat(
        p, policy("sts", "a.example.com", "5", "15", failures_of(15)), ",",
        policy("sts", "b.example.com", "5", "15", failures_of(15)), ",",
        policy("sts", "c.example.com", "5", "15", failures_of(15)), NULL);

    (void)state;
    empty();
    https(report_of("three", "2026-11-20", policies), "r1");
    assert_string_equal(
        ask("SELECT pseq, COUNT(*) FROM tlsrpt_failure GROUP BY pseq", 2),
        "0|15 1|5");
    assert_non_null(strstr(ask("SELECT notes FROM tlsrpt_report", 1),
                           "failure-details: 25 left out: "));
}

/* What was left out is said first: it is not cut. */
static void notes_are_bounded(void **state)
{
    static const char left_out[] = "failure-details: 1 left out: ";
    const char *hosts = "", *control = "", *notes;
    int i;

    (void)state;
    for (i = 0; i < 64; i++) {
        control = apr_pstrcat(p, control, "\\u0001", NULL);
    }
    for (i = 0; i < 60; i++) { /* no patterns: a note of 280 octets of each */
        hosts = apr_psprintf(p, "%s%s\"%s\"", hosts, i ? "," : "", control);
    }
    empty();
    https(report_of("notes", "2026-11-20",
                    apr_psprintf(p,
                                 "{\"policy\":{\"policy-type\":\"sts\","
                                 "\"policy-domain\":\"example.com\","
                                 "\"mx-host\":[%s]},\"summary\":"
                                 "{\"total-successful-session-count\":1,"
                                 "\"total-failure-session-count\":21},"
                                 "\"failure-details\":[%s]}",
                                 hosts, failures_of(21))),
          "r1");
    notes = ask("SELECT notes FROM tlsrpt_report", 1);
    assert_int_equal(strlen(notes), 8192);
    assert_memory_equal(notes, left_out, strlen(left_out));
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
    assert_string_equal(
        ask("SELECT COUNT(*) FROM tlsrpt_report WHERE notes <> ''", 1),
        "20"); /* ten of the marked ones, ten of these */
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

/* Nor do those that are believed more. And a report is one, of whatever types
 * its policies are. */
static void so_many_reports_are_those_of_anybody(void **state)
{
    static const char failures[] = "SELECT COUNT(*) FROM tlsrpt_failure";
    const char *id;
    int i;

    (void)state;
    empty();
    for (i = 0; i < 50; i++) {
        id = apr_psprintf(p, "signed %d", i);
        dkim(failed_once(id, "example.com"), id);
    }
    for (i = 0; i < 49; i++) {
        id = apr_psprintf(p, "two %d", i);
        https(report_of(
                  id, "2026-11-20",
                  apr_pstrcat(
                      p, policy("sts", "example.com", "5", "1", failures_of(1)),
                      ",",
                      policy("tlsa", "example.com", "5", "1", failures_of(1)),
                      NULL)),
              id);
    }
    assert_string_equal(ask(failures, 1), "148");
    https(failed_once("the fiftieth", "example.com"), "r1");
    https(failed_once("one more", "example.com"), "r2");
    assert_string_equal(ask(failures, 1), "149");
}

/* Policies, each with another text of 1,024 octets, and the first with so many
 * more; so many about one domain. */
static tlsrpt_report_t *of_many_texts(int many, int of_one, int more)
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
            policies, i ? "," : "", i / of_one, i,
            unit_repeat('y', (size_t)(1003 + (i ? 0 : more))), i);
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
    https(of_many_texts(100, 10, 0), "r1");
    assert_string_equal(texts_kept(), "100|36|64|65536|100");
    assert_string_equal(
        ask("SELECT notes FROM tlsrpt_report", 1),
        "policy-string, mx-host: those of 36 policies left out: an unverified "
        "report may bring 65536 octets");
    assert_int_equal(dkim(of_many_texts(100, 10, 0), "r2"), TLSRPT_STORE_SAME);
    assert_string_equal(texts_kept(), "100|0|100|102400|100");
    assert_string_equal(ask("SELECT notes FROM tlsrpt_report", 1), "");
    empty(); /* an octet more, and the last of them has no room */
    https(of_many_texts(100, 10, 1), "r1");
    assert_string_equal(texts_kept(), "100|37|63|64513|100");
    empty();
    dkim(of_many_texts(100, 10, 0), "r1");
    assert_string_equal(texts_kept(), "100|0|100|102400|100");
    empty();
    https(of_many_texts(65, 10, 0), "r1");
    assert_string_equal(
        ask("SELECT notes FROM tlsrpt_report", 1),
        "policy-string, mx-host: those of 1 policy left out: an unverified "
        "report may bring 65536 octets");
}

static void of_anybody_so_many_policies_of_a_domain_are_kept(void **state)
{
    (void)state;
    empty();
    https(of_many_texts(36, 12, 0), "r1");
    assert_string_equal(texts_kept(), "30|0|30|30720|36");
    assert_string_equal(ask("SELECT notes FROM tlsrpt_report", 1),
                        "policies: 6 left out: of an unverified report 10 "
                        "about one domain are kept");
    assert_int_equal(dkim(of_many_texts(36, 12, 0), "r2"), TLSRPT_STORE_SAME);
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

int main(void)
{
    PROMISE(of_anybody_so_many_details_are_kept);
    PROMISE(so_many_details_are_those_of_all_policies);
    PROMISE(notes_are_bounded);
    PROMISE(of_a_day_so_many_reports_of_anybody_have_failures);
    PROMISE(so_many_reports_are_those_of_anybody);
    PROMISE(of_anybody_so_much_text_of_policies_is_kept);
    PROMISE(of_anybody_so_many_policies_of_a_domain_are_kept);
    PROMISE(a_better_copy_brings_its_details);
    PROMISE(a_wildcard_is_no_door_to_any_number_of_domains);
    return run_on_store("store_anybody");
}
