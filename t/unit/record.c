/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/record.h: the record is written as every sender takes it, read as a
 * sender reads it, and understood as people paste it.
 */
#include "unit.h"

#include "core/record.h"

/* ---- the labelled vectors ---- */

/* The character-strings of a record, joined without anything between. */
static const char *joined(json_t *strings)
{
    const char *text = "";
    json_t *string;
    size_t i;

    json_array_foreach(strings, i, string)
    {
        text = apr_pstrcat(p, text, json_string_value(string), NULL);
    }
    return text;
}

static void parses_as_the_vector_says(void **state)
{
    json_t *expect = json_object_get(*state, "expect");
    json_t *valid = json_object_get(expect, "valid");
    json_t *zone = json_object_get(*state, "zone");
    apr_array_header_t *texts = apr_array_make(p, 2, sizeof(const char *));
    const char *id = "untouched";
    const char *error, *pasted;
    json_t *strings;
    size_t i;

    json_array_foreach(json_object_get(*state, "rrset"), i, strings)
    {
        const char *line = json_string_value(json_array_get(zone, i));
        const char *text = joined(strings);

        APR_ARRAY_PUSH(texts, const char *) = text;
        /* each vector has its zone file's form beside it */
        unit_same(line, mta_sts_record_unpaste(p, line, strlen(line), &pasted),
                  NULL);
        unit_same(line, pasted, text);
    }
    error = mta_sts_rrset_parse(p, texts, &id);

    if (json_is_string(valid)) {
        /*
         * Ambiguous: a blank before the first ";". The grammar has it, the
         * rule for discarding does not, and three clients follow the rule: a
         * record that they do not see is worth an error.
         */
        assert_string_equal(json_string_value(json_object_get(*state, "name")),
                            "space_before_semicolon");
        assert_string_equal(error, "does not begin \"v=STSv1;\", to the octet");
        return;
    }
    if (json_is_false(valid)) {
        assert_false(json_is_true(json_object_get(*state, "accepted_by_all")));
        assert_non_null(error);
        assert_string_equal(id, "untouched");
        return;
    }
    assert_true(json_is_true(valid));
    unit_same("error", error, NULL);
    assert_string_equal(id, json_string_value(json_object_get(expect, "id")));
}

/* ---- compose ---- */

static const apr_array_header_t *list(const char *a, const char *b,
                                      const char *c)
{
    apr_array_header_t *texts = apr_array_make(p, 3, sizeof(const char *));

    if (a) {
        APR_ARRAY_PUSH(texts, const char *) = a;
    }
    if (b) {
        APR_ARRAY_PUSH(texts, const char *) = b;
    }
    if (c) {
        APR_ARRAY_PUSH(texts, const char *) = c;
    }
    return texts;
}

static void the_spelling_of_the_records_is_the_one_all_senders_take(
    void **state)
{
    (void)state;
    unit_same("id",
              mta_sts_record_compose(p, "0123456789abcdef0123456789abcdef"),
              "v=STSv1; id=0123456789abcdef0123456789abcdef;");
    unit_same("rua",
              tlsrpt_record_compose(
                  p, list("mailto:tls-reports@example.com", NULL, NULL)),
              "v=TLSRPTv1; rua=mailto:tls-reports@example.com");
}

static void mailto_comes_before_https(void **state)
{
    (void)state;
    unit_same("three",
              tlsrpt_record_compose(p, list("https://b.example/1",
                                            "mailto:c@example.com",
                                            "https://a.example/2")),
              "v=TLSRPTv1; rua=mailto:c@example.com,https://b.example/1,"
              "https://a.example/2");
    unit_same("order kept",
              tlsrpt_record_compose(p, list("mailto:b@example.com",
                                            "mailto:a@example.com", NULL)),
              "v=TLSRPTv1; rua=mailto:b@example.com,mailto:a@example.com");
}

static const char *unpasted(const char *line);

static void a_string_has_255_octets_at_most(void **state)
{
    const char *a254 = unit_repeat('a', 254), *b255 = unit_repeat('b', 255);

    (void)state;
    unit_same("", mta_sts_record_rdata(p, ""), "\"\"");
    unit_same("255", mta_sts_record_rdata(p, b255),
              apr_pstrcat(p, "\"", b255, "\"", NULL));
    unit_same("256", mta_sts_record_rdata(p, apr_pstrcat(p, a254, "bc", NULL)),
              apr_pstrcat(p, "\"", a254, "b\" \"c\"", NULL));
    unit_same("510", mta_sts_record_rdata(p, apr_pstrcat(p, b255, b255, NULL)),
              apr_pstrcat(p, "\"", b255, "\" \"", b255, "\"", NULL));
    unit_same("511",
              mta_sts_record_rdata(p, apr_pstrcat(p, b255, b255, "c", NULL)),
              apr_pstrcat(p, "\"", b255, "\" \"", b255, "\" \"c\"", NULL));
    /* it is octets of the text that count, not those of an escape */
    unit_same("escaped",
              mta_sts_record_rdata(p, apr_pstrcat(p, a254, "\"\xff", NULL)),
              apr_pstrcat(p, "\"", a254, "\\\"\" \"\\255\"", NULL));
}

static void a_long_rua_is_split_and_reads_back(void **state)
{
    const char *path = unit_repeat('p', 200);
    const apr_array_header_t *rua =
        list(apr_pstrcat(p, "https://a.example/", path, NULL),
             apr_pstrcat(p, "https://b.example/", path, NULL),
             "mailto:c@example.com");
    const char *text = tlsrpt_record_compose(p, rua);
    const char *rdata = mta_sts_record_rdata(p, text);
    const apr_array_header_t *back;

    (void)state;
    assert_true(strlen(text) > 255);
    assert_non_null(strstr(rdata, "\" \""));
    unit_same(rdata, unpasted(rdata), text);
    unit_same(text, tlsrpt_record_parse(p, text, strlen(text), &back), NULL);
    assert_int_equal(back->nelts, 3);
    assert_string_equal(APR_ARRAY_IDX(back, 0, const char *),
                        "mailto:c@example.com");
    assert_string_equal(APR_ARRAY_IDX(back, 1, const char *),
                        APR_ARRAY_IDX(rua, 0, const char *));
}

/* ---- parse ---- */

static void sts(const char *text, const char *wanted, const char *why)
{
    const char *id = "untouched";

    unit_same(text, mta_sts_record_parse(p, text, strlen(text), &id), why);
    unit_same(text, id, why ? "untouched" : wanted);
}

static void an_id_has_1_to_32_octets(void **state)
{
    const char *good = unit_repeat('a', 32);

    (void)state;
    sts("v=STSv1; id=1", "1", NULL);
    sts(mta_sts_record_compose(p, good), good, NULL);
    sts(mta_sts_record_compose(p, unit_repeat('a', 33)), NULL,
        "the id is longer than 32 letters or digits");
    sts("v=STSv1; id=;", NULL, "the id is empty");
}

static void every_error_says_what_is_wrong(void **state)
{
    static const char begin[] = "does not begin \"v=STSv1;\", to the octet";
    static const char field[] =
        "has a field that is not a name, \"=\" and a value, without blanks "
        "between them";
    static const char value[] =
        "has a field with a value that is empty, or has a blank, a \"=\" or "
        "what is not printable ASCII";
    const char *id = "untouched";
    char *huge = unit_repeat('a', 65536);

    (void)state;
    sts("", NULL, "empty");
    sts("v=STSv1", NULL, begin);
    sts("v=STSv1 ; id=1", NULL, begin);
    sts(" v=STSv1; id=1", NULL, begin);
    sts("v=STSv2; id=1", NULL, begin);
    sts("\"v=STSv1; id=1;\"", NULL, begin);
    sts("version: STSv1", NULL, begin);
    sts("V=STSv1; id=1", NULL, "the version is written v=STSv1, in this case");
    sts("v=stsv1; id=1", NULL, "the version is written v=STSv1, in this case");
    sts("v=STSv1;", NULL, "has no id");
    sts("v=STSv1; ", NULL, "has no id");
    sts("v=STSv1; ID=1", NULL, "has no id");
    sts("v=STSv1;; id=1", NULL, "has nothing between two \";\"");
    sts("v=STSv1; id=1; ;", NULL, "has nothing between two \";\"");
    sts("v=STSv1; id=1 ", NULL,
        "has a blank at its end, which only a \";\" may have before it");
    sts("v=STSv1; id=a-b", NULL,
        "the id has something other than letters and digits");
    sts("v=STSv1; id=\xc3\xbc", NULL,
        "the id has something other than letters and digits");
    sts("v=STSv1; id = 1", NULL, field);
    sts("v=STSv1; 1", NULL, field);
    sts("v=STSv1; =1", NULL, field);
    sts("v=STSv1; _x=1; id=1", NULL, field);
    sts("v=STSv1; id=1; x=", NULL, value);
    sts("v=STSv1; id=1; x=a=b", NULL, value);
    sts("v=STSv1; id=1; x=a b", NULL, value);
    sts("v=STSv1; id=1; x=\x1b[2J", NULL, value);
    sts("v=STSv1; id=1; id=a b", NULL, value);
    memcpy(huge, "v=STSv1; id=1; x=", 17);
    unit_same("65535", mta_sts_record_parse(p, huge, 65535, &id), NULL);
    unit_same("65536", mta_sts_record_parse(p, huge, 65536, &id),
              "longer than 65535 octets, which no TXT record is");
}

static void unknown_fields_are_ignored_and_the_first_counts(void **state)
{
    (void)state;
    sts("v=STSv1; x=y:z; id=1; a_b-c.d=<>", "1", NULL);
    sts("v=STSv1; id=first; id=sec.ond", "first", NULL);
    sts("v=STSv1;\t id=1 \t;\t x=1 ; ", "1", NULL);
    sts(apr_pstrcat(p, "v=STSv1; id=1; ", unit_repeat('a', 32), "=1", NULL),
        "1", NULL);
    sts(apr_pstrcat(p, "v=STSv1; id=1; ", unit_repeat('a', 33), "=1", NULL),
        NULL,
        "has a field that is not a name, \"=\" and a value, without blanks "
        "between them");
}

static void a_nul_is_no_part_of_a_record(void **state)
{
    static const char in_id[] = "v=STSv1; id=1\0;";
    static const char in_rua[] = "v=TLSRPTv1; rua=mailto:a@b.example\0!";
    const apr_array_header_t *rua;
    const char *id;

    (void)state;
    unit_same(in_id, mta_sts_record_parse(p, in_id, sizeof(in_id) - 1, &id),
              "the id has something other than letters and digits");
    unit_same(in_rua, tlsrpt_record_parse(p, in_rua, sizeof(in_rua) - 1, &rua),
              "the rua has a control character");
}

static void rrset(const apr_array_header_t *texts, const char *why)
{
    const char *id = "untouched";

    unit_same("rrset", mta_sts_rrset_parse(p, texts, &id), why);
    unit_same("rrset", id, why ? "untouched" : "1");
}

static void exactly_one_record_must_remain(void **state)
{
    (void)state;
    rrset(list("v=STSv1; id=1;", NULL, NULL), NULL);
    rrset(list("v=spf1 -all", "v=STSv1; id=1;", "v=STSv1 ; id=2"), NULL);
    rrset(list(NULL, NULL, NULL), "there is no TXT record");
    rrset(list("v=spf1 -all", "x", NULL),
          "none of 2 TXT records begins \"v=STSv1;\", to the octet");
    rrset(list("v=STSv1; id=1;", "v=STSv1; id=1;", NULL),
          "2 records begin \"v=STSv1;\", and senders want exactly one");
    /* also when only one of the two is without a mistake */
    rrset(list("v=STSv1; id=1;", "v=STSv1;", NULL),
          "2 records begin \"v=STSv1;\", and senders want exactly one");
    rrset(list("V=STSv1; id=1;", NULL, NULL),
          "the version is written v=STSv1, in this case");
}

/* wanted: the URIs with a blank between */
static void tlsrpt(const char *text, const char *wanted, const char *why)
{
    const apr_array_header_t *rua = NULL;

    unit_same(text, tlsrpt_record_parse(p, text, strlen(text), &rua), why);
    if (why) {
        assert_null(rua);
    }
    else {
        unit_same(text, apr_array_pstrcat(p, rua, ' '), wanted);
    }
}

static void a_tlsrpt_record_has_a_list_of_addresses(void **state)
{
    (void)state;
    tlsrpt("v=TLSRPTv1; rua=mailto:a@b.example", "mailto:a@b.example", NULL);
    tlsrpt("v=TLSRPTv1;rua=mailto:a@b.example;", "mailto:a@b.example", NULL);
    tlsrpt("v=TLSRPTv1; rua=mailto:a@b.example,https://c.example/d",
           "mailto:a@b.example https://c.example/d", NULL);
    tlsrpt("v=TLSRPTv1; rua=mailto:a@b.example \t, https://c.example/d ;",
           "mailto:a@b.example https://c.example/d", NULL);
    tlsrpt("v=TLSRPTv1; x=1; rua=MAILTO:a%2Cb@c.example?subject=x; y=2",
           "MAILTO:a%2Cb@c.example?subject=x", NULL);
    tlsrpt("v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@d.example?s=1",
           "mailto:a@b.example", NULL);
}

static void every_error_of_a_tlsrpt_record_says_what_is_wrong(void **state)
{
    (void)state;
    tlsrpt("v=TLSRPTv1;", NULL, "has no rua");
    tlsrpt("v=STSv1; id=1;", NULL,
           "does not begin \"v=TLSRPTv1;\", to the octet");
    tlsrpt("v=tlsrptv1; rua=mailto:a@b.example", NULL,
           "the version is written v=TLSRPTv1, in this case");
    tlsrpt("v=TLSRPTv1; rua=", NULL, "the rua has an empty address");
    tlsrpt("v=TLSRPTv1; rua=mailto:a@b.example,", NULL,
           "the rua has an empty address");
    tlsrpt("v=TLSRPTv1; rua=,mailto:a@b.example", NULL,
           "the rua has an empty address");
    tlsrpt("v=TLSRPTv1; rua=a@b.example", NULL,
           "rua \"a@b.example\": a mail address without its scheme; write "
           "mailto:a@b.example");
    tlsrpt("v=TLSRPTv1; rua=mailto:a@b.example!10m", NULL,
           "rua \"mailto:a@b.example!10m\": has a raw \"!\"; write it %21");
    tlsrpt("v=TLSRPTv1; rua=mailto:a@b.example\x1b[2J", NULL,
           "rua \"mailto:a@b.example\\x1b[2J\": has a blank, a control "
           "character or what is not ASCII; percent-encode it (a blank is "
           "%20)");
    tlsrpt("v=TLSRPTv1; rua= mailto:a@b.example", NULL,
           "rua \" mailto:a@b.example\": has a blank, a control character or "
           "what is not ASCII; percent-encode it (a blank is %20)");
    tlsrpt("v=TLSRPTv1; rua=mailto:a@b.example; rua=x", NULL,
           "rua \"x\": not a report address; write mailto: and a mail "
           "address, or https:// and a host and a path");
}

/* ---- unpaste ---- */

static const char *unpasted(const char *line)
{
    const char *text = "untouched";

    unit_same(line, mta_sts_record_unpaste(p, line, strlen(line), &text), NULL);
    return text;
}

#define TEXT "v=STSv1; id=1;"

static void every_form_gives_the_same_text(void **state)
{
    static const char *const cases[] = {
        TEXT,
        "  " TEXT "\t \r\n",
        "v=STSv1\\; id=1\\;",
        "v=STSv1\\059\\032id\\061\\049\\059",
        "\"" TEXT "\"",
        "  \"" TEXT "\"\n",
        "\"v=STSv1\\; id=1\\;\"",
        "\"v=STSv1\\059\\032id=1;\"",
        "\"v=STSv1; \" \"id=1;\"",
        "\"v=ST\" \"Sv1; \"\t\"id=1;\"",
        "\"v=ST\"\"Sv1; id=1;\"",
        "(\"v=STSv1; \"\n\"id=1;\")",
        "\"" TEXT "\" ; a comment with a \" and a ( in it",
        "\"" TEXT "\";comment",
        "\"" TEXT "\"\n; and a line of comment\n\n",
        "_mta-sts.example.com. 3600 IN TXT \"" TEXT "\"",
        "_mta-sts.example.com.\t300\tIN\tTXT\t\"v=STSv1; \" \"id=1;\"",
        "_mta-sts IN 1h TXT \"" TEXT "\"",
        "_mta-sts TXT \"" TEXT "\"",
        "   IN TXT \"" TEXT "\"",
        "TXT \"" TEXT "\"",
        "txt\"" TEXT "\"",
        "_mta-sts 3600 in txt (\"" TEXT "\") ; comment",
        "_mta-sts 3600 IN TXT ( ; comment (\r\n"
        "    \"v=STSv1; \" ; comment \"\r\n"
        "    \"id=1;\"\r\n"
        ") ; comment\r\n",
        "_mta-sts TXT v=STSv1\\;\\032id=1\\;",
        "_mta-sts TXT v=STSv1\\;\\032 id=1\\; ; comment",
        "_mta-sts TXT (v=STSv1\\;\\032\nid=1\\;)",
        "_mta-sts.example.com descriptive text \"" TEXT "\"",
        "_mta-sts.example.com\ttext = \"" TEXT "\"",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unit_same(cases[i], unpasted(cases[i]), TEXT);
    }
}

static void what_is_in_the_text_stays_there(void **state)
{
    (void)state;
    /* a panel that stored the quotes or the backslashes as octets */
    unit_same("quotes", unpasted("\"\\\"v=STSv1; id=1;\\\"\""),
              "\"v=STSv1; id=1;\"");
    unit_same("backslash", unpasted("\"v=STSv1\\\\; id=1;\""),
              "v=STSv1\\; id=1;");
    unit_same("blanks", unpasted("\" v=STSv1;  id=1; \""), " v=STSv1;  id=1; ");
    unit_same("octets", unpasted("\"\\001\\255\xc3\xbc\""), "\x01\xff\xc3\xbc");
    unit_same("panel", unpasted("v=STSv1;\tid=1"), "v=STSv1;\tid=1");
    unit_same("empty", unpasted("\"\""), "");
    unit_same("other", unpasted("version: STSv1"), "version: STSv1");
    unit_same("far TXT", unpasted("a record of type TXT"),
              "a record of type TXT");
}

static void broken(const char *line, const char *why)
{
    const char *text = "untouched";

    unit_same(line, mta_sts_record_unpaste(p, line, strlen(line), &text), why);
    unit_same(line, text, "untouched");
}

static void what_cannot_be_read_is_an_error(void **state)
{
    static const char open[] = "a quote that is not closed";
    static const char match[] = "parentheses that do not match";
    static const char middle[] = "a quote in the middle of the text";
    static const char comment[] =
        "a \";\" without quotes around the string, where a zone file has a "
        "comment; put the text in quotes";
    const char *s255 = unit_repeat('a', 255), *s256 = unit_repeat('a', 256);
    const char *text;

    (void)state;
    broken("", "empty");
    broken(" \r\n\t", "empty");
    broken("\"v=STSv1; id=1;", open);
    broken("\"v=STSv1; id=1;\\\"", open);
    broken("\"v=STSv1; \" \"id=1;", open);
    broken("\"v=STSv1;\nid=1;\"", open);
    broken("\"", open);
    broken("v=STSv1; id=1;\"", middle);
    broken("v=STSv1; \"id=1;\"", middle);
    broken("_mta-sts IN SPF \"v=STSv1;\"", middle);
    broken("TXT a\"b\"", "a quote in the middle of a string");
    broken("(\"v=STSv1; id=1;\"", match);
    broken("\"v=STSv1; id=1;\")", match);
    broken("((\"v=STSv1; id=1;\"))", match);
    broken("_mta-sts TXT (\"v=STSv1; id=1;\" ; )", match);
    broken("_mta-sts TXT", "no string behind the type");
    broken("_mta-sts TXT ()", "no string behind the type");
    broken("_mta-sts TXT ; \"v=STSv1; id=1;\"", "no string behind the type");
    broken("_mta-sts TXT v=STSv1; id=1;", comment);
    broken("\"a\"\n\"b\"", "more than one line, and no parentheses");
    broken("v=STSv1;\nid=1;", "more than one line, and no quotes");
    broken("v=STSv1\\", "a backslash at the end, with nothing to stand for");
    broken("\"a\\25\"", "a backslash and a digit, but not three digits");
    broken("\\1", "a backslash and a digit, but not three digits");
    broken("\"\\256\"", "a backslash and a number over 255");
    broken("\"\\999\"", "a backslash and a number over 255");
    broken("TXT \\256", "a backslash and a number over 255");
    broken("\"\\000\"", "a NUL octet, which no record has");
    unit_same("NUL", mta_sts_record_unpaste(p, "a\0b", 3, &text),
              "a NUL octet, which no record has");
    unit_same("255", unpasted(apr_pstrcat(p, "\"", s255, "\"", NULL)), s255);
    broken(apr_pstrcat(p, "\"", s256, "\"", NULL),
           "a string of more than 255 octets; split it into several, each in "
           "quotes");
    /* a panel splits by itself */
    unit_same("256", unpasted(s256), s256);
    broken(unit_repeat('a', 65536),
           "longer than 65535 octets, which no TXT record is");
}

int main(void)
{
    unit_add_vectors("txt", parses_as_the_vector_says);
    PROMISE(the_spelling_of_the_records_is_the_one_all_senders_take);
    PROMISE(mailto_comes_before_https);
    PROMISE(a_string_has_255_octets_at_most);
    PROMISE(a_long_rua_is_split_and_reads_back);
    PROMISE(an_id_has_1_to_32_octets);
    PROMISE(every_error_says_what_is_wrong);
    PROMISE(unknown_fields_are_ignored_and_the_first_counts);
    PROMISE(a_nul_is_no_part_of_a_record);
    PROMISE(exactly_one_record_must_remain);
    PROMISE(a_tlsrpt_record_has_a_list_of_addresses);
    PROMISE(every_error_of_a_tlsrpt_record_says_what_is_wrong);
    PROMISE(every_form_gives_the_same_text);
    PROMISE(what_is_in_the_text_stays_there);
    PROMISE(what_cannot_be_read_is_an_error);
    return unit_run("record");
}
