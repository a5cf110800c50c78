/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/value.h: what an administrator writes is taken as it is meant, or
 * answered with what to write.
 */
#include "unit.h"

#include "core/value.h"

/* ---- mode ---- */

static void mode(const char *arg, mta_sts_mode_e wanted, const char *why)
{
    mta_sts_mode_e got = MTA_STS_MODE_UNSET;

    unit_same(arg, mta_sts_value_mode(p, arg, &got), why);
    assert_int_equal(got, wanted);
}

static void a_mode_is_taken_in_any_case(void **state)
{
    (void)state;
    mode("testing", MTA_STS_MODE_TESTING, NULL);
    mode("Enforce", MTA_STS_MODE_ENFORCE, NULL);
    mode("NONE", MTA_STS_MODE_NONE, NULL);
}

static void meant(const char *arg, const char *what)
{
    mode(arg, MTA_STS_MODE_UNSET,
         apr_psprintf(p,
                      "not a mode; did you mean %s? (testing, enforce or "
                      "none)",
                      what));
}

static void a_near_mode_is_suggested(void **state)
{
    (void)state;
    meant("enforced", "enforce");
    meant("enforcing", "enforce");
    meant("Enforcement", "enforce");
    meant("enfroce", "enforce");
    meant("enforc", "enforce");
    meant("inforce", "enforce");
    meant("strict", "enforce");
    meant("test", "testing");
    meant("tests", "testing");
    meant("tetsing", "testing");
    meant("report", "testing");
    meant("report-only", "testing");
    meant("monitoring", "testing");
    meant("non", "none");
    meant("nones", "none");
    meant("off", "none");
    meant("OFF", "none");
    meant("no", "none");
    meant("disabled", "none");
}

static void an_unknown_mode_is_not_guessed(void **state)
{
    static const char why[] = "not a mode; write testing, enforce or none";

    (void)state;
    mode("", MTA_STS_MODE_UNSET, why);
    mode("on", MTA_STS_MODE_UNSET, why);
    mode("x", MTA_STS_MODE_UNSET, why);
    mode("unset", MTA_STS_MODE_UNSET, why);
    mode("quarantine", MTA_STS_MODE_UNSET, why);
    mode("mx1.example.com", MTA_STS_MODE_UNSET, why);
    mode("\x1b[2J", MTA_STS_MODE_UNSET, why);
    mode("enforce enforce enforce", MTA_STS_MODE_UNSET, why);
    mode(unit_repeat('e', 5000), MTA_STS_MODE_UNSET, why);
}

/* ---- max_age ---- */

static const char no_duration[] =
    "not a duration; write seconds, or a number with s, mi, h, d or w (at "
    "most 31557600 seconds)";
static const char too_long[] =
    "too long; at most 31557600 seconds, about a year";
static const char too_short[] =
    "too short; at least 1 second and at most 31557600 seconds, because there "
    "are senders that refuse 0";

static void age(const char *arg, apr_uint32_t wanted, const char *why)
{
    apr_uint32_t got = 4711;

    unit_same(arg, mta_sts_value_max_age(p, arg, &got), why);
    assert_int_equal(got, why ? 4711 : wanted);
}

static void max_age_has_one_unit_in_any_case(void **state)
{
    (void)state;
    age("86400", 86400, NULL);
    age("90s", 90, NULL);
    age("90mi", 5400, NULL);
    age("36h", 129600, NULL);
    age("7D", 604800, NULL);
    age("4w", 2419200, NULL);
    age("4W", 2419200, NULL);
    age("90Mi", 5400, NULL);
    age("007d", 604800, NULL);
}

static void max_age_is_bounded_on_both_sides(void **state)
{
    (void)state;
    age("0", 0, too_short);
    age("0w", 0, too_short);
    age("000000000000000000000000000000", 0, too_short);
    age("1", 1, NULL);
    age("31557600", 31557600, NULL);
    age("31557601", 0, too_long);
    age("525960mi", 31557600, NULL);
    age("525961mi", 0, too_long);
    age("8766h", 31557600, NULL);
    age("8767h", 0, too_long);
    age("365d", 31536000, NULL);
    age("366d", 0, too_long);
    age("52w", 31449600, NULL);
    age("53w", 0, too_long);
    age("1y", 0, no_duration);
}

static void max_age_does_not_overflow(void **state)
{
    (void)state;
    age("4294967296", 0, too_long);           /* 2^32 */
    age("4294967297", 0, too_long);           /* 2^32 + 1 */
    age("9999999999", 0, too_long);           /* 10 digits */
    age("18446744073709551616", 0, too_long); /* 2^64 */
    age("18446744073709551617", 0, too_long); /* 2^64 + 1 */
    age("100000000000000000000000000001", 0, too_long);
    age("100000000000000000000000000001w", 0, too_long);
    age("7102w", 0, too_long);           /* 2^32 seconds and some */
    age("30500568904944w", 0, too_long); /* 2^64 seconds and some */
    age(unit_repeat('9', 5000), 0, too_long);
}

static void max_age_is_nothing_else(void **state)
{
    static const char *const cases[] = {
        "",      " ",     "d",          "7 days", "7days", "7 d",  " 7d",
        "7d ",   "+7",    "-1",         "-1d",    "1.5d",  "1e6",  "0x10",
        "1_000", "1,000", "1d1s",       "7dd",    "7sec",  "1min",

        "7d\n",  "\x1b",  "7d\xc2\xa0", "1ms",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        age(cases[i], 0, no_duration);
    }
}

static void an_m_could_be_minutes_or_months(void **state)
{
    static const char why[] =
        "not a duration; m could be minutes or months: minutes are mi, and the "
        "others s, h, d and w (at most 31557600 seconds)";

    (void)state;
    age("90m", 0, why);
    age("1M", 0, why);
}

static void a_duration_is_shown_in_the_largest_units(void **state)
{
    (void)state;
    unit_same("0", mta_sts_duration_text(p, 0), "0s");
    unit_same("1", mta_sts_duration_text(p, 1), "1s");
    unit_same("59", mta_sts_duration_text(p, 59), "59s");
    unit_same("60", mta_sts_duration_text(p, 60), "1mi");
    unit_same("45000", mta_sts_duration_text(p, 45000), "12h30mi");
    unit_same("86400", mta_sts_duration_text(p, 86400), "1d");
    unit_same("86401", mta_sts_duration_text(p, 86401), "1d1s");
    unit_same("604800", mta_sts_duration_text(p, 604800), "1w");
    unit_same("2419200", mta_sts_duration_text(p, 2419200), "4w");
    unit_same("31557600", mta_sts_duration_text(p, 31557600), "52w1d6h");
    unit_same("2^32-1", mta_sts_duration_text(p, 4294967295u),
              "7101w3d6h28mi15s");
}

/* ---- policy id ---- */

static void policy_id(const char *arg, const char *salt, const char *literal,
                      const char *wanted_salt, const char *why)
{
    mta_sts_id_t id = {"untouched", "untouched"};

    unit_same(arg, mta_sts_value_id(p, arg, salt, &id), why);
    unit_same(arg, id.literal, why ? "untouched" : literal);
    unit_same(arg, id.salt, why ? "untouched" : wanted_salt);
}

static void an_id_is_auto_or_1_to_32_letters_and_digits(void **state)
{
    const char *good = unit_repeat('a', 32);
    const char *bad = unit_repeat('a', 33);

    (void)state;
    policy_id("auto", NULL, NULL, NULL, NULL);
    policy_id("AUTO", NULL, NULL, NULL, NULL);
    policy_id("Auto", "2026a", NULL, "2026a", NULL);
    policy_id("auto", good, NULL, good, NULL);
    policy_id("auto1", NULL, "auto1", NULL, NULL);
    policy_id("1", NULL, "1", NULL, NULL);
    policy_id("20261124T120000Z", NULL, "20261124T120000Z", NULL, NULL);
    policy_id(good, NULL, good, NULL, NULL);
    policy_id(bad, NULL, NULL, NULL,
              "not a policy id: it is longer than 32 letters or digits; write "
              "auto, or 1 to 32 letters or digits");
    policy_id("auto", bad, NULL, NULL,
              "not a salt: it is longer than 32 letters or digits; write auto "
              "and 1 to 32 letters or digits");
}

static void an_id_or_a_salt_is_nothing_else(void **state)
{
    static const char octets[] =
        "not a policy id: only letters and digits are allowed; write auto, or "
        "1 to 32 letters or digits";

    (void)state;
    policy_id("", NULL, NULL, NULL,
              "not a policy id: it is empty; write auto, or 1 to 32 letters or "
              "digits");
    policy_id("2026-11-24", NULL, NULL, NULL, octets);
    policy_id("a b", NULL, NULL, NULL, octets);
    policy_id("auto 1", NULL, NULL, NULL, octets);
    policy_id("1;", NULL, NULL, NULL, octets);
    policy_id("\xc3\xbc", NULL, NULL, NULL, octets);
    policy_id("a\n", NULL, NULL, NULL, octets);
    policy_id("auto", "", NULL, NULL,
              "not a salt: it is empty; write auto and 1 to 32 letters or "
              "digits");
    policy_id("auto", "a-b", NULL, NULL,
              "not a salt: only letters and digits are allowed; write auto "
              "and 1 to 32 letters or digits");
    policy_id("2026", "a", NULL, NULL,
              "an id takes no second word; write auto and a salt, or the id "
              "alone");
}

/* ---- report address ---- */

static void rua(const char *arg, const char *wanted, const char *why)
{
    const char *uri = "untouched";

    unit_same(arg, mta_sts_value_rua(p, arg, &uri), why);
    unit_same(arg, uri, why ? "untouched" : wanted);
}

static void a_report_address_is_kept_as_written(void **state)
{
    static const char *const cases[] = {
        "mailto:tls-reports@example.com",
        "mailto:tls+reports@example.com?subject=TLS%20report",
        "mailto:a%2Cb@example.com",
        "mailto:a%21b%3Bc@example.com",
        "https://reports.example.com/tlsrpt",
        "https://reports.example.com",
        "https://reports.example.com/a?b=c&d#e",
        "https://reports.example.com:8443/v1",
        "https://[2001:db8::1]/v1",
        "https://[2001:db8::1]:8443/v1",
        "https://192.0.2.1/v1",
        "https://Reports.Example.com/TlsRpt",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rua(cases[i], cases[i], NULL);
    }
}

static void the_scheme_is_written_in_lower_case(void **state)
{
    (void)state;
    rua("MailTo:Tls@Example.com", "mailto:Tls@Example.com", NULL);
    rua("HTTPS://Example.com/A", "https://Example.com/A", NULL);
}

static void the_message_shows_the_address_as_it_would_be_right(void **state)
{
    (void)state;
    rua("tls@example.com", NULL,
        "a mail address without its scheme; write mailto:tls@example.com");
    rua("reports.example.com/tls", NULL,
        "a host without its scheme; write https://reports.example.com/tls");
    rua("reports.example.com:8443/tls", NULL,
        "a host without its scheme; write "
        "https://reports.example.com:8443/tls");
    rua("http://reports.example.com/", NULL,
        "http: is not allowed; write https://reports.example.com/");
    rua("HTTP://reports.example.com/", NULL,
        "http: is not allowed; write https://reports.example.com/");
    rua("mailto://tls@example.com", NULL,
        "mailto: has no slashes; write mailto:tls@example.com");
    rua("https:reports.example.com", NULL,
        "two slashes belong behind https:; write "
        "https://reports.example.com");
    rua("https:/reports.example.com", NULL,
        "two slashes belong behind https:; write "
        "https://reports.example.com");
}

static void what_must_be_percent_encoded_is_named(void **state)
{
    static const char blank[] =
        "has a blank, a control character or what is not ASCII; "
        "percent-encode it (a blank is %20)";
    static const char octet[] =
        "has an octet that no URI has (a backslash, or one of \"<>^`{|}); "
        "percent-encode it";
    static const char percent[] =
        "has a \"%\" without two hexadecimal digits behind it; write it %25";

    (void)state;
    rua("mailto:a@example.com,mailto:b@example.com", NULL,
        "has a raw \",\"; separate addresses with blanks, or write it %2C");
    rua("mailto:a@example.com!10m", NULL, "has a raw \"!\"; write it %21");
    rua("mailto:a@example.com;", NULL, "has a raw \";\"; write it %3B");
    rua("mailto:a b@example.com", NULL, blank);
    rua(" mailto:a@example.com", NULL, blank);
    rua("mailto:a@example.com\n", NULL, blank);
    rua("mailto:\xc3\xbc@example.com", NULL, blank);
    rua("https://example.com/\x1b[2J", NULL, blank);
    rua("mailto:<a@example.com>", NULL, octet);
    rua("mailto:\"a\"@example.com", NULL, octet);
    rua("https://example.com/a\\b", NULL, octet);
    rua("https://example.com/{d}", NULL, octet);
    rua("https://example.com/100%", NULL, percent);
    rua("https://example.com/%2", NULL, percent);
    rua("https://example.com/%2G", NULL, percent);
}

static void an_address_has_somebody_and_somewhere(void **state)
{
    static const char no_address[] =
        "no mail address behind mailto:; write it as in "
        "mailto:tls-reports@example.com";
    static const char no_host[] = "no host behind https://; write it as in "
                                  "https://reports.example.com/tlsrpt";
    static const char other[] =
        "not a report address; write mailto: and a mail address, or https:// "
        "and a host and a path";

    (void)state;
    rua("mailto:", NULL, no_address);
    rua("mailto://", NULL, no_address);
    rua("mailto:tls", NULL, no_address);
    rua("mailto:@example.com", NULL, no_address);
    rua("mailto:tls@", NULL, no_address);
    rua("mailto:?to=tls@example.com", NULL, no_address);
    rua("mailto:tls@?x@y", NULL, no_address);
    rua("https:", NULL, no_host);
    rua("https:/", NULL, no_host);
    rua("https://", NULL, no_host);
    rua("https:///path", NULL, no_host);
    rua("https://:443/", NULL, no_host);
    rua("https://?x", NULL, no_host);
    rua("https://[2001:db8::1", NULL, no_host);
    rua("https://a@example.com/", NULL,
        "has a user name; a report goes to a host and a path");
    rua("https://example.com:/", NULL,
        "no port behind the colon; write the number, or leave the colon out");
    rua("https://example.com:https/", NULL, "the port is not a number");
    rua("https://[2001:db8::1]x/", NULL, "the port is not a number");
    rua("", NULL, other);
    rua("none", NULL, other);
    rua("tls-reports", NULL, other);
    rua("ftp://example.com/", NULL, other);
    rua("javascript:alert.x", NULL, other);
    rua("http://", NULL, other);
    rua("@", NULL, other);
    rua("a@", NULL, other);
    rua("mail:a@example.com", NULL, other);
}

int main(void)
{
    PROMISE(a_mode_is_taken_in_any_case);
    PROMISE(a_near_mode_is_suggested);
    PROMISE(an_unknown_mode_is_not_guessed);
    PROMISE(max_age_has_one_unit_in_any_case);
    PROMISE(max_age_is_bounded_on_both_sides);
    PROMISE(max_age_does_not_overflow);
    PROMISE(max_age_is_nothing_else);
    PROMISE(an_m_could_be_minutes_or_months);
    PROMISE(a_duration_is_shown_in_the_largest_units);
    PROMISE(an_id_is_auto_or_1_to_32_letters_and_digits);
    PROMISE(an_id_or_a_salt_is_nothing_else);
    PROMISE(a_report_address_is_kept_as_written);
    PROMISE(the_scheme_is_written_in_lower_case);
    PROMISE(the_message_shows_the_address_as_it_would_be_right);
    PROMISE(what_must_be_percent_encoded_is_named);
    PROMISE(an_address_has_somebody_and_somewhere);
    return unit_run("value");
}
