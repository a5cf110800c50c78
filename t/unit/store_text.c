/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store_insert.c: the texts of strangers come back as they were,
 * if not too long.
 */
#include "unit_store.h"

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

/* So that it is one place in the summary, however reporters write it. */
static void an_address_is_stored_in_one_form(void **state)
{
    const char *failures =
        "{\"result-type\":\"tlsa-invalid\",\"failed-session-count\":1,"
        "\"receiving-ip\":\"2001:DB8:abcd:0012::1\","
        "\"sending-mta-ip\":\"2001:db8:0:0::0001\"},"
        "{\"result-type\":\"tlsa-invalid\",\"failed-session-count\":2,"
        "\"receiving-ip\":\"2001:db8:abcd:12::1\","
        "\"sending-mta-ip\":\"2001:DB8::1\"}";

    (void)state;
    empty();
    https(report_of("a", "2026-11-20",
                    policy("sts", "example.com", "5", "3", failures)),
          "r1");
    assert_string_equal(
        ask("SELECT rcv_ip, snd_ip, SUM(sessions) FROM tlsrpt_failure "
            "GROUP BY rcv_ip, snd_ip",
            3),
        "2001:db8:abcd:12::1|2001:db8::1|3");
}

int main(void)
{
    PROMISE(no_text_is_sql);
    PROMISE(an_address_is_stored_in_one_form);
    PROMISE(texts_are_cut_between_characters);
    return run_on_store("store_text");
}
