/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/name.h: what a policy may carry as a name, and what it stands for.
 */
#include "unit.h"

#include "core/name.h"

/* ---- the labelled vectors ---- */

static void matches_as_the_vector_says(void **state)
{
    json_t *expect = json_object_get(*state, "expect");
    json_t *match = json_object_get(expect, "match");
    const char *pattern = json_string_value(json_object_get(*state, "pattern"));
    const char *host = json_string_value(json_object_get(*state, "host"));
    int matches = mta_sts_mx_matches(pattern, host) != 0;

    if (json_is_string(match)) {
        /*
         * Ambiguous: an address as pattern and as host. The grammar of a
         * Domain lets it through, but MX data is never an address: no match.
         */
        assert_string_equal(pattern, "192.0.2.25");
        assert_false(matches);
        return;
    }
    assert_int_equal(matches, json_is_true(match));
}

/* ---- names and patterns that are good ---- */

static void good_mx(const char *arg, const char *wanted)
{
    const char *pattern = "untouched";

    unit_same(arg, mta_sts_mx_parse(p, arg, &pattern), NULL);
    unit_same(arg, pattern, wanted);
    if (!mta_sts_mx_is_valid(pattern, strlen(pattern))) {
        fail_msg("for \"%s\": \"%s\" is no valid pattern", arg, pattern);
    }
}

static void good_name(const char *arg, const char *wanted)
{
    const char *name = "untouched";

    unit_same(arg, mta_sts_name_parse(p, arg, &name), NULL);
    unit_same(arg, name, wanted);
}

static void case_and_one_final_dot_are_normalised(void **state)
{
    (void)state;
    good_mx("mx1.example.com", "mx1.example.com");
    good_mx("MX1.Example.COM", "mx1.example.com");
    good_mx("mx1.example.com.", "mx1.example.com");
    good_mx("*.Example.COM.", "*.example.com");
    good_mx("mx.XN--Bcher-KVA.example", "mx.xn--bcher-kva.example");
    good_name("Example.COM.", "example.com");
    good_name("example.com", "example.com");
}

static void digits_and_hyphens_belong_in_labels(void **state)
{
    (void)state;
    good_mx("10.example.com", "10.example.com");
    good_mx("1a.2-b.c3", "1a.2-b.c3");
    good_mx("a.b", "a.b");
    good_mx("*.com", "*.com");
    good_mx("192.0.2.example", "192.0.2.example");
    good_name("a--b.example", "a--b.example");
}

static void the_pattern_is_a_copy(void **state)
{
    char arg[] = "mx1.example.com";
    const char *pattern;

    (void)state;
    unit_same(arg, mta_sts_mx_parse(p, arg, &pattern), NULL);
    arg[0] = 'X';
    unit_same(arg, pattern, "mx1.example.com");
}

/* ---- bounds ---- */

/* A name of len octets: labels of 63, and a last one that fits. */
static char *name_of(size_t len)
{
    char *name = unit_repeat('a', len);
    size_t i;

    for (i = 63; i + 1 < len; i += 64) {
        name[i] = '.';
    }
    return name;
}

static void bad_mx(const char *arg, const char *why);

static void a_label_has_63_octets_at_most(void **state)
{
    char *good = apr_pstrcat(p, unit_repeat('a', 63), ".example.com", NULL);
    char *bad = apr_pstrcat(p, unit_repeat('a', 64), ".example.com", NULL);
    char *last = apr_pstrcat(p, "mx.", unit_repeat('a', 64), NULL);

    (void)state;
    good_mx(good, good);
    bad_mx(bad, "a label of more than 63 octets; what stands between two dots "
                "has at most 63");
    bad_mx(last, "a label of more than 63 octets; what stands between two "
                 "dots has at most 63");
    assert_true(mta_sts_mx_matches(good, good));
    assert_false(mta_sts_mx_matches(bad, bad));
    assert_false(mta_sts_mx_matches("*.example.com", bad));
}

static void a_name_has_253_octets_at_most(void **state)
{
    char *good = name_of(253);
    char *bad = name_of(254);
    char *star = apr_pstrcat(p, "*.", name_of(251), NULL);
    char *star_bad = apr_pstrcat(p, "*.", name_of(252), NULL);

    (void)state;
    assert_int_equal(strlen(star), 253);
    good_mx(good, good);
    good_mx(apr_pstrcat(p, good, ".", NULL), good);
    good_mx(star, star);
    bad_mx(bad, "longer than 253 octets; a name has at most 253");
    bad_mx(star_bad, "longer than 253 octets; a name has at most 253");
}

/* ---- mistakes, each with a sentence of its own ---- */

static void bad_mx(const char *arg, const char *why)
{
    const char *pattern = "untouched";

    unit_same(arg, mta_sts_mx_parse(p, arg, &pattern),
              apr_pstrcat(p, "not an mx pattern: ", why, NULL));
    unit_same(arg, pattern, "untouched");
    /* what mx_parse() mends is a case and a final dot, no more than that */
    assert_false(mta_sts_mx_is_valid(arg, strlen(arg)));
}

static void an_address_is_no_pattern(void **state)
{
    (void)state;
    bad_mx("192.0.2.25", "an IPv4 address; write a host name");
    bad_mx("192.0.2.25.", "an IPv4 address; write a host name");
    bad_mx("999.999.999.999", "an IPv4 address; write a host name");
    bad_mx("2001:db8::25", "an IPv6 address; write a host name");
    bad_mx("::1", "an IPv6 address; write a host name");
    bad_mx("::ffff:192.0.2.25", "an IPv6 address; write a host name");
    bad_mx("fe80::1%eth0", "an IPv6 address; write a host name");
    bad_mx("2001:DB8:0:0:0:0:0:25", "an IPv6 address; write a host name");
    bad_mx("[192.0.2.25]", "an address literal; write a host name");
    bad_mx("[IPv6:2001:db8::25]:25", "an address literal; write a host name");
    bad_mx("mx1.example.123", "the last label is a number, as in an address; "
                              "write a host name");
    bad_mx("1.2.3", "the last label is a number, as in an address; write a "
                    "host name");
    bad_mx("*.2", "the last label is a number, as in an address; write a host "
                  "name");
}

static void a_port_or_a_scheme_is_named(void **state)
{
    (void)state;
    bad_mx("mx1.example.com:25", "has a port; write the host name alone");
    bad_mx("localhost:25", "has a port; write the host name alone");
    bad_mx("192.0.2.25:25", "has a port; write the host name alone");
    bad_mx("https://mx1.example.com", "has a scheme; write the host name "
                                      "alone");
    bad_mx("smtp://mx1.example.com:25/", "has a scheme; write the host name "
                                         "alone");
    bad_mx("mailto:postmaster@example.com", "has a scheme; write the host "
                                            "name alone");
    bad_mx("mx1.example.com:smtp", "has a colon; write the host name alone");
    bad_mx("mx1.example.com:", "has a colon; write the host name alone");
    bad_mx("mx1.example.com/", "has a slash; write the host name alone");
    bad_mx("192.0.2.0/24", "has a slash; write the host name alone");
}

static void a_preference_is_named(void **state)
{
    (void)state;
    bad_mx("10", "a number; an mx pattern has no preference, write the host "
                 "name alone");
    bad_mx("0.", "a number; an mx pattern has no preference, write the host "
                 "name alone");
    bad_mx("10 mx1.example.com", "has a preference in front, as an MX record "
                                 "has; write the host name alone");
}

static void separators_are_named(void **state)
{
    (void)state;
    bad_mx("mx1.example.com,mx2.example.com",
           "has a comma; separate names with blanks");
    bad_mx("mx1.example.com,", "has a comma; separate names with blanks");
    bad_mx("10,mx1.example.com", "has a comma; separate names with blanks");
    bad_mx("mx1.example.com;", "has a semicolon; write the name alone");
    bad_mx("mx1.example.com mx2.example.com",
           "has a blank; write each name as a word of its own");
    bad_mx(" mx1.example.com",
           "has a blank; write each name as a word of its own");
}

static void a_star_is_the_whole_left_most_label(void **state)
{
    static const char part[] =
        "has a \"*\" that is not the whole left-most label; write it as in "
        "*.example.com, where it stands for exactly one label";
    static const char alone[] =
        "a \"*\" alone; write it in front of a domain, as in *.example.com";
    static const char many[] =
        "has more than one \"*\"; only the left-most label may be one, as in "
        "*.example.com";

    (void)state;
    bad_mx("mx*.example.com", part);
    bad_mx("*mx.example.com", part);
    bad_mx("m*x.example.com", part);
    bad_mx("mx.*.example.com", part);
    bad_mx("example.*", part);
    bad_mx(".*.example.com", part);
    bad_mx("*", alone);
    bad_mx("*.", alone);
    bad_mx("*.*.example.com", many);
    bad_mx("**.example.com", many);
    bad_mx("*..example.com", "an empty label; write something before, between "
                             "and after the dots");
    bad_mx("*..", "an empty label; write something before, between and after "
                  "the dots");
}

static void odd_octets_are_named_but_not_shown(void **state)
{
    static const char ulabel[] =
        "a U-label (not ASCII); write the A-label, `idn2 NAME` prints it";

    (void)state;
    bad_mx("mx_1.example.com", "has an underscore, which no host name has");
    bad_mx("mx.b\xc3\xbc"
           "cher.example",
           ulabel);
    bad_mx("mx.b\xfc"
           "cher.example",
           ulabel);
    bad_mx("postmaster@example.com", "a mail address; write a host name");
    bad_mx("mx1.example.com\x1b[2J", "has a control character");
    bad_mx("mx1.example.com\n", "has a control character");
    bad_mx("\tmx1.example.com", "has a control character");
    bad_mx("mx1.example.com\x7f", "has a control character");
    bad_mx("mx1.exam+ple.com", "only letters, digits, hyphens and dots are "
                               "allowed");
    bad_mx("\"mx1.example.com\"", "only letters, digits, hyphens and dots are "
                                  "allowed");
    bad_mx("mx1.example.com?", "only letters, digits, hyphens and dots are "
                               "allowed");
}

static void labels_are_whole(void **state)
{
    static const char empty[] =
        "an empty label; write something before, between and after the dots";
    static const char hyphen[] =
        "a label that begins or ends with a hyphen; put it between letters or "
        "digits, or leave it out";
    static const char single[] =
        "a single label; write the full name, such as mx1.example.com";

    (void)state;
    bad_mx("", "empty; write a name such as mx1.example.com");
    bad_mx(".", empty);
    bad_mx("..", empty);
    bad_mx(".example.com", empty);
    bad_mx("mx1..example.com", empty);
    bad_mx("mx1.example.com..", empty);
    bad_mx("-mx.example.com", hyphen);
    bad_mx("mx-.example.com", hyphen);
    bad_mx("mx.example.-", hyphen);
    bad_mx("localhost", single);
    bad_mx("mail.", single);
}

static void a_policy_domain_is_no_wildcard(void **state)
{
    const char *name = "untouched";

    (void)state;
    unit_same("*.example.com", mta_sts_name_parse(p, "*.example.com", &name),
              "not a domain name: has a \"*\"; write the name in full");
    unit_same("10", mta_sts_name_parse(p, "10", &name),
              "not a domain name: a single label; write the full name, such as "
              "mx1.example.com");
    unit_same("192.0.2.1", mta_sts_name_parse(p, "192.0.2.1", &name),
              "not a domain name: an IPv4 address; write a host name");
    unit_same("on error untouched", name, "untouched");
}

/* ---- what nothing is mended in ---- */

static void a_policy_has_no_final_dot_but_any_case(void **state)
{
    (void)state;
    assert_true(mta_sts_mx_is_valid("MX1.example.COM", 15));
    assert_true(mta_sts_mx_is_valid("*.example.com", 13));
    assert_false(mta_sts_mx_is_valid("mx1.example.com.", 16));
    assert_true(mta_sts_mx_is_valid("mx1.example.com.", 15)); /* len counts */
    assert_false(mta_sts_mx_is_valid("", 0));
    assert_false(mta_sts_mx_is_valid("mx1\0.example.com", 16));
    assert_false(mta_sts_mx_is_valid("*", 1));
    assert_false(mta_sts_mx_is_valid("*.", 2));
}

static void a_host_is_never_a_pattern(void **state)
{
    (void)state;
    assert_false(mta_sts_mx_matches("*.example.com", "*.example.com"));
    assert_false(mta_sts_mx_matches("*.example.com", ""));
    assert_false(mta_sts_mx_matches("", ""));
    assert_false(mta_sts_mx_matches("mx1.example.com", "mx1.example.com.."));
    assert_false(mta_sts_mx_matches("*.example.com", "mx_1.example.com"));
    assert_false(mta_sts_mx_matches("*.example.com", "."));
    assert_true(mta_sts_mx_matches("*.com", "example.com"));
}

int main(void)
{
    unit_add_vectors("mx_match", matches_as_the_vector_says);
    PROMISE(case_and_one_final_dot_are_normalised);
    PROMISE(digits_and_hyphens_belong_in_labels);
    PROMISE(the_pattern_is_a_copy);
    PROMISE(a_label_has_63_octets_at_most);
    PROMISE(a_name_has_253_octets_at_most);
    PROMISE(an_address_is_no_pattern);
    PROMISE(a_port_or_a_scheme_is_named);
    PROMISE(a_preference_is_named);
    PROMISE(separators_are_named);
    PROMISE(a_star_is_the_whole_left_most_label);
    PROMISE(odd_octets_are_named_but_not_shown);
    PROMISE(labels_are_whole);
    PROMISE(a_policy_domain_is_no_wildcard);
    PROMISE(a_policy_has_no_final_dot_but_any_case);
    PROMISE(a_host_is_never_a_pattern);
    return unit_run("name");
}
