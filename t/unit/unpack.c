/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/unpack.h: what comes is unpacked within bounds, or refused.
 */
#include "unit.h"

#include <zlib.h>

#include "core/tlsrpt.h"
#include "core/unpack.h"

#define JSON  "{\"policies\":[]}"
#define LIMIT ((apr_size_t)TLSRPT_SIZE_DEFAULT)

/* A gzip file, or another form by zlib's window bits. */
static char *pack(const char *data, size_t len, int bits, const char *name,
                  size_t *size)
{
    gz_header header;
    z_stream z;
    char *packed;

    memset(&z, 0, sizeof(z));
    memset(&header, 0, sizeof(header));
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, 0), Z_OK);
    header.name = (Bytef *)apr_pstrdup(p, name ? name : "");
    if (name) {
        assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
    }
    *size = deflateBound(&z, len) + 64;
    packed = apr_palloc(p, *size);
    z.next_in = (z_const Bytef *)data;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)packed;
    z.avail_out = (uInt)*size;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *size = z.total_out;
    deflateEnd(&z);
    return packed;
}

static char *gzip(const char *data, size_t len, size_t *size)
{
    return pack(data, len, 16 + MAX_WBITS, NULL, size);
}

/* Is it refused so, with nothing touched and a sentence? */
static void refused_within(const char *label, const char *data, size_t len,
                           size_t limit, tlsrpt_unpack_e wanted,
                           const char *sentence)
{
    const char *text = "untouched", *why = NULL;
    apr_size_t size = 4711;
    tlsrpt_unpack_e got;
    char *copy = malloc(len ? len : 1); /* of its size, for the sanitizers */

    memcpy(copy, data, len);
    got = tlsrpt_unpack(p, copy, len, limit, &text, &size, &why);
    free(copy);
    if (got != wanted) {
        fail_msg("%s: got %d, wanted %d", label, got, wanted);
    }
    unit_same(label, text, "untouched");
    assert_int_equal(size, 4711);
    unit_same(label, why, sentence);
}

static void refused(const char *label, const char *data, size_t len,
                    tlsrpt_unpack_e wanted, const char *sentence)
{
    refused_within(label, data, len, LIMIT, wanted, sentence);
}

static void unpacked(const char *label, const char *data, size_t len,
                     size_t limit, const char *wanted, size_t wanted_len)
{
    const char *text = NULL, *why = NULL;
    apr_size_t size = 0;
    tlsrpt_unpack_e got =
        tlsrpt_unpack(p, data, len, limit, &text, &size, &why);

    if (got != TLSRPT_UNPACKED) {
        fail_msg("%s: %d, %s", label, got, why);
    }
    assert_int_equal(size, wanted_len);
    assert_memory_equal(text, wanted, wanted_len);
}

static void the_form_is_told_by_octets(void **state)
{
    static const struct {
        const char *data;
        size_t len;
        tlsrpt_form_e form;
    } cases[] = {
        {"", 0, TLSRPT_FORM_UNKNOWN},
        {"{", 1, TLSRPT_FORM_JSON},
        {" \t\r\n{}", 6, TLSRPT_FORM_JSON},
        {"\xef\xbb\xbf{}", 5, TLSRPT_FORM_JSON},
        {"\xef\xbb\xbf \n{}", 7, TLSRPT_FORM_JSON},
        {"\xef\xbb\xbf", 3, TLSRPT_FORM_UNKNOWN},
        {"\xef\xbb", 2, TLSRPT_FORM_UNKNOWN},
        {"\xef\xbb{}", 4, TLSRPT_FORM_UNKNOWN},
        {" ", 1, TLSRPT_FORM_UNKNOWN},
        {"[{}]", 4, TLSRPT_FORM_UNKNOWN},
        {"\v{}", 3, TLSRPT_FORM_UNKNOWN},
        {"<html>", 6, TLSRPT_FORM_UNKNOWN},
        {"\xff\xfe{\0", 4, TLSRPT_FORM_UNKNOWN}, /* UTF-16 */
        {"\x1f\x8b", 2, TLSRPT_FORM_GZIP},
        {"\x1f\x8b\x08", 3, TLSRPT_FORM_GZIP},
        {"\x1f", 1, TLSRPT_FORM_UNKNOWN},
        {"PK\x03\x04", 4, TLSRPT_FORM_ZIP},
        {"PK", 2, TLSRPT_FORM_UNKNOWN},
        {"PK\x05\x06", 4, TLSRPT_FORM_UNKNOWN},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *copy = malloc(cases[i].len ? cases[i].len : 1);
        tlsrpt_form_e form;

        memcpy(copy, cases[i].data, cases[i].len);
        form = tlsrpt_form(copy, cases[i].len);
        free(copy);
        if (form != cases[i].form) {
            fail_msg("case %d: got %d, wanted %d", (int)i, form, cases[i].form);
        }
    }
}

static void json_is_taken_as_it_is(void **state)
{
    const char *text, *why;
    apr_size_t size;

    (void)state;
    assert_int_equal(
        tlsrpt_unpack(p, JSON, strlen(JSON), LIMIT, &text, &size, &why),
        TLSRPT_UNPACKED);
    unpacked("blanks", " " JSON "\n", strlen(JSON) + 2, LIMIT, " " JSON "\n",
             strlen(JSON) + 2);
}

static void quirk_33_a_byte_order_mark_is_dropped(void **state)
{
    size_t size;
    char *packed = gzip("\xef\xbb\xbf" JSON, strlen(JSON) + 3, &size);

    (void)state;
    unpacked("plain", "\xef\xbb\xbf" JSON, strlen(JSON) + 3, LIMIT, JSON,
             strlen(JSON));
    unpacked("packed", packed, size, LIMIT, JSON, strlen(JSON));
}

/* Also quirk 40: no content type has a say. */
static void gzip_is_unpacked(void **state)
{
    size_t size;
    char *packed = gzip(JSON, strlen(JSON), &size);

    (void)state;
    unpacked("gzip", packed, size, LIMIT, JSON, strlen(JSON));
}

static void quirk_37_gzip_may_name_its_file(void **state)
{
    size_t size;
    char *packed = pack(JSON, strlen(JSON), 16 + MAX_WBITS,
                        "example.net!example.com!1!2.json", &size);

    (void)state;
    unpacked("gzip with a name", packed, size, LIMIT, JSON, strlen(JSON));
}

static void what_is_neither_is_refused(void **state)
{
    size_t size, inner;
    char *packed = gzip("<html></html>", 13, &size);

    (void)state;
    refused("nothing", "", 0, TLSRPT_UNPACK_FORM,
            "it is neither JSON nor a gzip file");
    refused("HTML", "<html></html>", 13, TLSRPT_UNPACK_FORM,
            "it is neither JSON nor a gzip file");
    refused("zip", "PK\x03\x04xxxx", 8, TLSRPT_UNPACK_FORM,
            "it is neither JSON nor a gzip file");
    refused("HTML in gzip", packed, size, TLSRPT_UNPACK_FORM,
            "the gzip file holds no JSON");
    packed = gzip("", 0, &size);
    refused("nothing in gzip", packed, size, TLSRPT_UNPACK_FORM,
            "the gzip file holds no JSON");
    packed = gzip(JSON, strlen(JSON), &inner);
    packed = gzip(packed, inner, &size);
    refused("gzip in gzip", packed, size, TLSRPT_UNPACK_FORM,
            "the gzip file holds no JSON");
    packed = pack(JSON, strlen(JSON), MAX_WBITS, NULL, &size);
    refused("zlib", packed, size, TLSRPT_UNPACK_FORM,
            "it is neither JSON nor a gzip file");
}

static void a_gzip_cut_short_is_refused_wherever_it_is_cut(void **state)
{
    size_t size, len;
    char *packed = pack(JSON, strlen(JSON), 16 + MAX_WBITS, "name", &size);

    (void)state;
    for (len = 2; len < size; len++) {
        refused(apr_psprintf(p, "%d octets", (int)len), packed, len,
                TLSRPT_UNPACK_DAMAGED, "the gzip file is cut short");
    }
}

static void what_stands_behind_a_gzip_is_refused(void **state)
{
    size_t size;
    char *packed = gzip(JSON, strlen(JSON), &size);
    char *more = apr_palloc(p, 2 * size + 1);

    (void)state;
    memcpy(more, packed, size);
    memcpy(more + size, packed, size);
    more[2 * size] = '\0';
    refused("two members", more, 2 * size, TLSRPT_UNPACK_DAMAGED,
            "there are octets behind the end of the gzip file");
    more[size] = '\0';
    refused("a NUL", more, size + 1, TLSRPT_UNPACK_DAMAGED,
            "there are octets behind the end of the gzip file");
}

static void a_wrong_sum_or_length_is_refused(void **state)
{
    size_t size, i;
    char *packed = gzip(JSON, strlen(JSON), &size);

    (void)state;
    for (i = size - 8; i < size; i++) { /* CRC-32, then the length */
        char *bad = apr_pmemdup(p, packed, size);

        bad[i] = (char)(bad[i] ^ 1);
        refused(apr_psprintf(p, "octet %d", (int)i), bad, size,
                TLSRPT_UNPACK_DAMAGED, "the gzip file is damaged");
    }
    packed[2] = 9; /* no method */
    refused("method", packed, size, TLSRPT_UNPACK_DAMAGED,
            "the gzip file is damaged");
}

static void the_limit_is_exact(void **state)
{
    size_t len = strlen(JSON), size;
    char *packed = gzip(JSON, len, &size);

    (void)state;
    unpacked("plain", JSON, len, len, JSON, len);
    refused_within("plain", JSON, len, len - 1, TLSRPT_UNPACK_TOO_LONG,
                   "it is longer than the limit");
    unpacked("packed", packed, size, len, JSON, len);
    refused_within("packed", packed, size, len - 1, TLSRPT_UNPACK_TOO_LONG,
                   "unpacked it is longer than the limit");
    unpacked("no limit", packed, size, ~(apr_size_t)0, JSON, len);
}

/* Around the window in which it is measured. */
static void all_lengths_around_the_window_are_unpacked(void **state)
{
    size_t len;

    (void)state;
    for (len = 16380; len < 16390; len++) {
        char *text = unit_repeat(' ', len), *packed;
        size_t size;

        text[0] = '{';
        packed = gzip(text, len, &size);
        unpacked("gzip", packed, size, len, text, len);
        refused_within("gzip", packed, size, len - 1, TLSRPT_UNPACK_TOO_LONG,
                       "unpacked it is longer than the limit");
    }
}

/* 5000 equal details shrink to a 244th. */
static void an_honest_report_may_shrink_a_lot(void **state)
{
    apr_array_header_t *parts = apr_array_make(p, 5002, sizeof(char *));
    const char *text;
    char *packed;
    size_t size;
    int i;

    (void)state;
    APR_ARRAY_PUSH(parts, const char *) = "{\"failure-details\":[";
    for (i = 0; i < 5000; i++) {
        APR_ARRAY_PUSH(parts, const char *) =
            "{\"result-type\":\"certificate-expired\",\"sending-mta-ip\":"
            "\"192.0.2.1\",\"receiving-mx-hostname\":\"mail1.example.com\"},";
    }
    APR_ARRAY_PUSH(parts, const char *) = "{}]}";
    text = apr_array_pstrcat(p, parts, 0);
    packed = gzip(text, strlen(text), &size);
    assert_true(strlen(text) / size > 200);
    unpacked("large", packed, size, LIMIT, text, strlen(text));
}

static void a_bomb_is_refused(void **state)
{
    size_t len = 64 * 1024 * 1024, size;
    char *zeros = calloc(1, len), *packed;

    (void)state;
    packed = gzip(zeros, len, &size);
    free(zeros);
    assert_true(len / size > 1000);
    refused("bomb", packed, size, TLSRPT_UNPACK_TOO_LONG,
            "unpacked it is longer than the limit");
}

static void prescan_counts_values(void **state)
{
    static const struct {
        const char *text;
        apr_size_t nodes;
        int depth;
    } cases[] = {
        {"{}", 1, 1},
        {"[]", 1, 1},
        {"{\"a\":1}", 3, 1},
        {"{\"a\":[1,2,{\"b\":null}]}", 8, 3},
        {"[true,false,null,-1.5e3,\"x\"]", 6, 1},
        {" [ 1 , \"a,b:[{\" ] ", 3, 1},
        {"[\"\\\"[[[\",\"\\\\\"]", 3, 1},
        {"[[],[],[]]", 4, 2},
        {"]]]][[", 2, 2},
        {"", 0, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *text = cases[i].text;
        size_t len = strlen(text);

        unit_same(text,
                  tlsrpt_prescan(text, len, cases[i].depth, cases[i].nodes),
                  NULL);
        if (cases[i].nodes > 0) {
            unit_same(
                text,
                tlsrpt_prescan(text, len, cases[i].depth, cases[i].nodes - 1),
                "its JSON has too many values");
            unit_same(
                text,
                tlsrpt_prescan(text, len, cases[i].depth - 1, cases[i].nodes),
                "its JSON is nested too deeply");
        }
    }
}

static void prescan_takes_what_does_not_end(void **state)
{
    static const char *const cases[] = {"\"",      "\"\\",    "[\"abc", "[1",
                                        "{\"a\":", "\"a\\\"", "\\"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t len = strlen(cases[i]);
        char *copy = malloc(len);

        memcpy(copy, cases[i], len);
        unit_same(cases[i], tlsrpt_prescan(copy, len, 5, 5), NULL);
        free(copy);
    }
}

static void prescan_wants_no_nul(void **state)
{
    (void)state;
    unit_same("{\\0}", tlsrpt_prescan("{\0}", 3, 5, 5), "it holds a NUL octet");
    unit_same("in a string", tlsrpt_prescan("[\"\0\"]", 5, 5, 5),
              "it holds a NUL octet");
}

/* 10 MiB of "[{},{},..." and of "[[[[..." are refused before all is read. */
static void prescan_stops_bombs(void **state)
{
    size_t len = 10 * 1024 * 1024, i;
    char *text = malloc(len);

    (void)state;
    memset(text, '[', len);
    unit_same("[[[[",
              tlsrpt_prescan(text, len, TLSRPT_DEPTH_MAX, TLSRPT_NODES_MAX),
              "its JSON is nested too deeply");
    for (i = 1; i + 2 < len; i += 3) {
        memcpy(text + i, "{},", 3);
    }
    unit_same("[{},{},",
              tlsrpt_prescan(text, len, TLSRPT_DEPTH_MAX, TLSRPT_NODES_MAX),
              "its JSON has too many values");
    memset(text, ' ', len);
    unit_same("blanks",
              tlsrpt_prescan(text, len, TLSRPT_DEPTH_MAX, TLSRPT_NODES_MAX),
              NULL);
    refused("blanks", text, len, TLSRPT_UNPACK_TOO_LONG,
            "it is longer than the limit");
    free(text);
}

int main(void)
{
    PROMISE(the_form_is_told_by_octets);
    PROMISE(json_is_taken_as_it_is);
    PROMISE(quirk_33_a_byte_order_mark_is_dropped);
    PROMISE(gzip_is_unpacked);
    PROMISE(quirk_37_gzip_may_name_its_file);
    PROMISE(what_is_neither_is_refused);
    PROMISE(a_gzip_cut_short_is_refused_wherever_it_is_cut);
    PROMISE(what_stands_behind_a_gzip_is_refused);
    PROMISE(a_wrong_sum_or_length_is_refused);
    PROMISE(the_limit_is_exact);
    PROMISE(all_lengths_around_the_window_are_unpacked);
    PROMISE(an_honest_report_may_shrink_a_lot);
    PROMISE(a_bomb_is_refused);
    PROMISE(prescan_counts_values);
    PROMISE(prescan_takes_what_does_not_end);
    PROMISE(prescan_wants_no_nul);
    PROMISE(prescan_stops_bombs);
    return unit_run("unpack");
}
