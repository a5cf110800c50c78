/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/policy.h: the body is frozen to the octet, the id belongs to the body,
 * and what is parsed is what a sender reads.
 */
#include "unit.h"

#include "core/name.h"
#include "core/policy.h"

/* ---- the labelled vectors ---- */

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int number_of(json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

/* A body that is mostly mx lines: the vector has one of them, and how many. */
static const char *generated(json_t *plan)
{
    apr_array_header_t *parts = apr_array_make(p, 64, sizeof(const char *));
    int i;

    APR_ARRAY_PUSH(parts, const char *) = text_of(plan, "head");
    for (i = 0; i < number_of(plan, "count"); i++) {
        APR_ARRAY_PUSH(parts, const char *) =
            apr_psprintf(p, "%s%0*d%s", text_of(plan, "before"),
                         number_of(plan, "digits"), i, text_of(plan, "after"));
    }
    APR_ARRAY_PUSH(parts, const char *) = text_of(plan, "tail");
    return apr_array_pstrcat(p, parts, '\0');
}

/* U+0000 to U+00FF as one octet each. */
static const char *latin1(const char *text, size_t *len)
{
    char *octets = apr_palloc(p, strlen(text) + 1);
    char *out = octets;

    for (; *text; text++) {
        if ((unsigned char)*text < 0x80) {
            *out++ = *text;
            continue;
        }
        *out = (char)((*text & 3) << 6);
        *out++ |= (char)(*++text & 0x3f);
    }
    *out = '\0';
    *len = (size_t)(out - octets);
    return octets;
}

static const char *body_of(json_t *vector, size_t *len)
{
    json_t *input = json_object_get(vector, "input");
    const char *body;

    if (!input) {
        body = generated(json_object_get(vector, "input_gen"));
        *len = strlen(body);
        return body;
    }
    *len = json_string_length(input);
    body = json_string_value(input);
    if (json_object_get(vector, "encoding")) {
        assert_string_equal(text_of(vector, "encoding"), "latin-1");
        body = latin1(body, len);
    }
    return body;
}

static void same_patterns(const apr_array_header_t *mx, json_t *wanted)
{
    json_t *pattern;
    size_t i;

    if (json_is_integer(wanted)) {
        assert_int_equal(mx->nelts, json_integer_value(wanted));
        return;
    }
    assert_int_equal(mx->nelts, json_array_size(wanted));
    json_array_foreach(wanted, i, pattern)
    {
        assert_string_equal(APR_ARRAY_IDX(mx, i, const char *),
                            json_string_value(pattern));
    }
}

static void parses_as_the_vector_says(void **state)
{
    json_t *expect = json_object_get(*state, "expect");
    json_t *valid = json_object_get(expect, "valid");
    size_t len;
    const char *body = body_of(*state, &len);
    mta_sts_policy_t policy;
    const char *error = mta_sts_policy_parse(p, body, len, &policy);

    if (json_is_string(valid)) {
        /*
         * Ambiguous: a body of more than 64 KiB. The RFC lets a sender stop
         * there, some do, so that we say what these say.
         */
        assert_string_equal(text_of(*state, "name"), "size_70k");
        assert_string_equal(error, "longer than 65536 octets, which a sender "
                                   "need not read");
        return;
    }
    if (json_is_false(valid)) {
        assert_false(json_is_true(json_object_get(*state, "accepted_by_all")));
        assert_non_null(error);
        return;
    }
    assert_true(json_is_true(valid));
    unit_same("error", error, NULL);
    assert_string_equal(mta_sts_mode_name(policy.mode),
                        text_of(expect, "mode"));
    assert_int_equal(policy.max_age, number_of(expect, "max_age"));
    same_patterns(policy.mx, json_object_get(expect, "mx"));
    if (!strncmp(text_of(*state, "name"), "golden_", 7)) {
        /* what every sender takes without a warning is what we write */
        assert_string_equal(mta_sts_policy_render(p, &policy, &len), body);
    }
}

/* ---- render and id ---- */

static const apr_array_header_t *list(const char *a, const char *b,
                                      const char *c)
{
    apr_array_header_t *mx = apr_array_make(p, 3, sizeof(const char *));

    if (a) {
        APR_ARRAY_PUSH(mx, const char *) = a;
    }
    if (b) {
        APR_ARRAY_PUSH(mx, const char *) = b;
    }
    if (c) {
        APR_ARRAY_PUSH(mx, const char *) = c;
    }
    return mx;
}

/* The body and the id are pinned: both were made without this code. */
static void pinned(mta_sts_mode_e mode, apr_uint32_t max_age,
                   const apr_array_header_t *mx, const char *wanted_body,
                   const char *salt, const char *wanted_id)
{
    mta_sts_policy_t policy = {mode, max_age, mx};
    mta_sts_policy_t back;
    size_t len;
    const char *body = mta_sts_policy_render(p, &policy, &len);

    assert_string_equal(body, wanted_body);
    assert_int_equal(len, strlen(wanted_body));
    assert_string_equal(mta_sts_policy_id(p, body, len, salt), wanted_id);
    unit_same(body, mta_sts_policy_parse(p, body, len, &back), NULL);
    assert_true(mta_sts_policy_equal(&policy, &back));
}

static void the_body_and_the_id_of_testing_are_frozen(void **state)
{
    (void)state;
    pinned(MTA_STS_MODE_TESTING, mta_sts_max_age_default(MTA_STS_MODE_TESTING),
           list("mail1.example.com", "mail2.example.com", NULL),
           "version: STSv1\r\nmode: testing\r\nmx: mail1.example.com\r\n"
           "mx: mail2.example.com\r\nmax_age: 86401\r\n",
           NULL, "e8404229e5d7619fd966fa0b4dc59c2c");
}

static void the_body_and_the_id_of_enforce_are_frozen(void **state)
{
    (void)state;
    pinned(MTA_STS_MODE_ENFORCE, mta_sts_max_age_default(MTA_STS_MODE_ENFORCE),
           list("mail1.example.com", NULL, NULL),
           "version: STSv1\r\nmode: enforce\r\nmx: mail1.example.com\r\n"
           "max_age: 2419200\r\n",
           NULL, "0c17179d1a3dbcd7d967c8c0b516530c");
}

static void the_body_and_the_id_of_none_are_frozen(void **state)
{
    (void)state;
    pinned(MTA_STS_MODE_NONE, mta_sts_max_age_default(MTA_STS_MODE_NONE),
           list("*.mail.example.com", NULL, NULL),
           "version: STSv1\r\nmode: none\r\nmx: *.mail.example.com\r\n"
           "max_age: 86401\r\n",
           NULL, "c365ac6794342e5edd871d7036be35ca");
    pinned(MTA_STS_MODE_NONE, 1, list(NULL, NULL, NULL),
           "version: STSv1\r\nmode: none\r\nmax_age: 1\r\n", NULL,
           "976d9b542f1a454f6735e51d4b6c184a");
}

static void patterns_stay_in_the_order_configured(void **state)
{
    (void)state;
    pinned(MTA_STS_MODE_ENFORCE, MTA_STS_MAX_AGE_MAX,
           list("a.example", "*.b.example", "3.c.example"),
           "version: STSv1\r\nmode: enforce\r\nmx: a.example\r\n"
           "mx: *.b.example\r\nmx: 3.c.example\r\nmax_age: 31557600\r\n",
           NULL, "bde765ec71fd05d9145b44964ccf29f0");
}

static void a_salt_gives_a_fresh_id_for_the_same_body(void **state)
{
    (void)state;
    pinned(MTA_STS_MODE_ENFORCE, 2419200, list("mail1.example.com", NULL, NULL),
           "version: STSv1\r\nmode: enforce\r\nmx: mail1.example.com\r\n"
           "max_age: 2419200\r\n",
           "2026a", "f938befc7a719107a813eb7160aa9c26");
    /* the salt is octets behind the body, nothing between */
    assert_string_equal(mta_sts_policy_id(p, "abc", 3, "X"),
                        "e5047b803a9cbb62cec27da91c2e00c9");
    assert_string_equal(mta_sts_policy_id(p, "abcX", 4, NULL),
                        "e5047b803a9cbb62cec27da91c2e00c9");
    assert_string_equal(mta_sts_policy_id(p, "", 0, NULL),
                        "e3b0c44298fc1c149afbf4c8996fb924");
}

static void the_defaults_are_frozen(void **state)
{
    (void)state;
    assert_int_equal(mta_sts_max_age_default(MTA_STS_MODE_TESTING), 86401);
    assert_int_equal(mta_sts_max_age_default(MTA_STS_MODE_NONE), 86401);
    assert_int_equal(mta_sts_max_age_default(MTA_STS_MODE_ENFORCE), 2419200);
    assert_string_equal(mta_sts_mode_name(MTA_STS_MODE_TESTING), "testing");
    assert_string_equal(mta_sts_mode_name(MTA_STS_MODE_ENFORCE), "enforce");
    assert_string_equal(mta_sts_mode_name(MTA_STS_MODE_NONE), "none");
    assert_string_equal(mta_sts_mode_name(MTA_STS_MODE_UNSET), "unset");
    assert_int_equal(MTA_STS_MODE_UNSET, 0);
}

/* ---- parse ---- */

static void parsed(const char *body, size_t len, const char *why)
{
    mta_sts_policy_t policy = {MTA_STS_MODE_NONE, 4711, NULL};

    unit_same(body, mta_sts_policy_parse(p, body, len, &policy), why);
    if (why) {
        assert_int_equal(policy.mode, MTA_STS_MODE_NONE);
        assert_int_equal(policy.max_age, 4711);
        assert_null(policy.mx);
    }
}

#define HEAD "version: STSv1\nmode: enforce\n"
#define MX   "mx: a.example\n"
#define AGE  "max_age: 1\n"

static void every_error_says_what_and_where(void **state)
{
    static const struct {
        const char *body;
        const char *why;
    } cases[] = {
        {"", "empty"},
        {"\n", "line 1: empty; a line is a name, a colon and a value"},
        {HEAD "\n" MX AGE,
         "line 3: empty; a line is a name, a colon and a value"},
        {HEAD MX AGE "\r\n",
         "line 5: empty; a line is a name, a colon and a value"},
        {HEAD MX AGE "  ",
         "line 5: no colon; a line is a name, a colon and a value"},
        {"<html>", "line 1: no colon; a line is a name, a colon and a value"},
        {"\xef\xbb\xbf" HEAD MX AGE,
         "line 1: what is before the colon is not 1 to 32 letters, digits, "
         "\"_\", \"-\" and \".\""},
        {HEAD "_x: 1\n" MX AGE,
         "line 3: what is before the colon is not 1 to 32 letters, digits, "
         "\"_\", \"-\" and \".\""},
        {HEAD ": 1\n" MX AGE,
         "line 3: what is before the colon is not 1 to 32 letters, digits, "
         "\"_\", \"-\" and \".\""},
        {HEAD "x: \n" MX AGE,
         "line 3: what is behind the colon is empty, or has a control "
         "character or what is not UTF-8"},
        {HEAD "x: a\tb\n" MX AGE,
         "line 3: what is behind the colon is empty, or has a control "
         "character or what is not UTF-8"},
        {HEAD MX "max_age: 1\r",
         "line 4: what is behind the colon is empty, or has a control "
         "character or what is not UTF-8"},
        {HEAD MX "max_age: 1\r\r\n",
         "line 4: what is behind the colon is empty, or has a control "
         "character or what is not UTF-8"},
        {HEAD "x: \xed\xa0\x80\n" MX AGE,
         "line 3: what is behind the colon is empty, or has a control "
         "character or what is not UTF-8"},
        {"version: STSv2\n", "line 1: the version is not STSv1"},
        {"version: stsv1\n", "line 1: the version is not STSv1"},
        {"mode: enforced\n",
         "line 1: unknown mode; it is testing, enforce or none, in lower "
         "case"},
        {"mode: unset\n",
         "line 1: unknown mode; it is testing, enforce or none, in lower "
         "case"},
        {"max_age: -1\n", "line 1: max_age is not a number of 1 to 10 digits"},
        {"mx: 10 mx1.example.com\n",
         "line 1: not an mx pattern: has a preference in front, as an MX "
         "record has; write the host name alone"},
        {"mx: a.example.\n", "line 1: an mx pattern must not end with a dot"},
        {"mode: none\n" AGE, "no line \"version: STSv1\""},
        {"version: STSv1\n" MX AGE, "no line \"mode: \""},
        {HEAD MX, "no line \"max_age: \""},
        {HEAD AGE, "no line \"mx: \"; only mode none can do without"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        parsed(cases[i].body, strlen(cases[i].body), cases[i].why);
    }
}

static void a_nul_is_no_part_of_a_policy(void **state)
{
    static const char in_name[] = HEAD "x\0y: 1\n" MX AGE;
    static const char in_value[] = HEAD "x: y\0z\n" MX AGE;
    static const char in_mx[] = HEAD "mx: a.example\0\n" AGE;

    (void)state;
    parsed(in_name, sizeof(in_name) - 1,
           "line 3: what is before the colon is not 1 to 32 letters, digits, "
           "\"_\", \"-\" and \".\"");
    parsed(in_value, sizeof(in_value) - 1,
           "line 3: what is behind the colon is empty, or has a control "
           "character or what is not UTF-8");
    parsed(in_mx, sizeof(in_mx) - 1,
           "line 3: what is behind the colon is empty, or has a control "
           "character or what is not UTF-8");
}

static void max_age(const char *value, const char *why)
{
    const char *body = apr_pstrcat(p, HEAD MX "max_age: ", value, "\n", NULL);

    parsed(body, strlen(body),
           why ? apr_pstrcat(p, "line 4: ", why, NULL) : NULL);
}

static void max_age_is_bounded_on_both_sides(void **state)
{
    static const char many[] = "max_age is more than 31557600 seconds";
    static const char digits[] = "max_age is not a number of 1 to 10 digits";

    (void)state;
    max_age("0", NULL); /* as in the RFC; we serve 1 at least */
    max_age("1", NULL);
    max_age("0000000001", NULL);
    max_age("00000000001", digits);
    max_age("31557600", NULL);
    max_age("31557601", many);
    max_age("4294967296", many);
    max_age("4294967297", many);
    max_age("9999999999", many);
    max_age("99999999999", digits);
    max_age("100000000000000000000000000001", digits);
    max_age("1 1", digits);
}

static void a_field_name_has_32_octets_at_most(void **state)
{
    const char *good =
        apr_pstrcat(p, HEAD MX AGE, unit_repeat('a', 32), ": 1", NULL);
    const char *bad =
        apr_pstrcat(p, HEAD MX AGE, unit_repeat('a', 33), ": 1", NULL);

    (void)state;
    parsed(good, strlen(good), NULL);
    parsed(bad, strlen(bad),
           "line 5: what is before the colon is not 1 to 32 letters, digits, "
           "\"_\", \"-\" and \".\"");
    good = HEAD MX AGE "a_b-c.d: \xc3\xbc b";
    parsed(good, strlen(good), NULL);
}

static void a_body_has_65536_octets_at_most(void **state)
{
    const char *start = HEAD MX AGE "x: ";
    size_t room = 65536 - strlen(start);
    const char *good = apr_pstrcat(p, start, unit_repeat('a', room), NULL);
    const char *bad = apr_pstrcat(p, start, unit_repeat('a', room + 1), NULL);

    (void)state;
    assert_int_equal(strlen(good), 65536);
    parsed(good, 65536, NULL);
    parsed(bad, 65537,
           "longer than 65536 octets, which a sender need not read");
}

static void of_a_repeated_field_the_first_counts(void **state)
{
    static const char body[] =
        HEAD MX AGE "version: STSv2\nmode: none\nmax_age: 99\nmode: \xc3\xbc\n";
    mta_sts_policy_t policy;

    (void)state;
    unit_same(body, mta_sts_policy_parse(p, body, strlen(body), &policy), NULL);
    assert_int_equal(policy.mode, MTA_STS_MODE_ENFORCE);
    assert_int_equal(policy.max_age, 1);
}

static void the_case_of_a_pattern_is_kept_but_says_nothing(void **state)
{
    static const char body[] = HEAD "mx: A.Example\n" AGE;
    mta_sts_policy_t policy;
    mta_sts_policy_t lower = {MTA_STS_MODE_ENFORCE, 1, NULL};

    (void)state;
    lower.mx = list("a.example", NULL, NULL);
    unit_same(body, mta_sts_policy_parse(p, body, strlen(body), &policy), NULL);
    assert_string_equal(APR_ARRAY_IDX(policy.mx, 0, const char *), "A.Example");
    assert_true(mta_sts_policy_equal(&policy, &lower));
}

static void equal_is_about_what_a_sender_reads(void **state)
{
    mta_sts_policy_t a = {MTA_STS_MODE_ENFORCE, 1, NULL};
    mta_sts_policy_t b = a;

    (void)state;
    a.mx = list("a.example", "b.example", NULL);
    b.mx = list("b.example", "a.example", "B.example");
    assert_true(mta_sts_policy_equal(&a, &b));
    assert_true(mta_sts_policy_equal(&b, &a));
    b.mx = list("a.example", "b.example", "c.example");
    assert_false(mta_sts_policy_equal(&a, &b));
    assert_false(mta_sts_policy_equal(&b, &a));
    b.mx = list("a.example", "a.example", NULL);
    assert_false(mta_sts_policy_equal(&a, &b));
    assert_false(mta_sts_policy_equal(&b, &a));
    b = a;
    b.max_age = 2;
    assert_false(mta_sts_policy_equal(&a, &b));
    b = a;
    b.mode = MTA_STS_MODE_TESTING;
    assert_false(mta_sts_policy_equal(&a, &b));
}

int main(void)
{
    unit_add_vectors("policy", parses_as_the_vector_says);
    PROMISE(the_body_and_the_id_of_testing_are_frozen);
    PROMISE(the_body_and_the_id_of_enforce_are_frozen);
    PROMISE(the_body_and_the_id_of_none_are_frozen);
    PROMISE(patterns_stay_in_the_order_configured);
    PROMISE(a_salt_gives_a_fresh_id_for_the_same_body);
    PROMISE(the_defaults_are_frozen);
    PROMISE(every_error_says_what_and_where);
    PROMISE(a_nul_is_no_part_of_a_policy);
    PROMISE(max_age_is_bounded_on_both_sides);
    PROMISE(a_field_name_has_32_octets_at_most);
    PROMISE(a_body_has_65536_octets_at_most);
    PROMISE(of_a_repeated_field_the_first_counts);
    PROMISE(the_case_of_a_pattern_is_kept_but_says_nothing);
    PROMISE(equal_is_about_what_a_sender_reads);
    return unit_run("policy");
}
