/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/escape.h: text from strangers does no harm where it is shown.
 */
#include "unit.h"

#include "core/escape.h"

static void line_leaves_printable_ascii_alone(void **state)
{
    const char *text =
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[]^_`abcxyz{|}~";

    (void)state;
    unit_same(text, mta_sts_escape_line(p, text), text);
    unit_same("", mta_sts_escape_line(p, ""), "");
}

static void line_shows_what_is_not_printable_as_hex(void **state)
{
    (void)state;
    unit_same("ESC", mta_sts_escape_line(p, "\x1b]0;evil\x07"),
              "\\x1b]0;evil\\x07");
    unit_same("lines", mta_sts_escape_line(p, "a\r\nb\tc\x7f"),
              "a\\x0d\\x0ab\\x09c\\x7f");
    unit_same("backslash", mta_sts_escape_line(p, "^a\\.b$"), "^a\\.b$");
    unit_same("beyond ASCII", mta_sts_escape_line(p, "\x80\xc3\xbc\xff"),
              "\\x80\\xc3\\xbc\\xff");
}

static void json_keeps_valid_utf8(void **state)
{
    const char *text = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7 \xed\x9f\xbf"
                       "\xee\x80\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf";

    (void)state;
    unit_same(text, mta_sts_escape_json(p, text),
              apr_pstrcat(p, "\"", text, "\"", NULL));
    unit_same("", mta_sts_escape_json(p, ""), "\"\"");
}

static void json_escapes_controls_quotes_and_backslashes(void **state)
{
    (void)state;
    unit_same("letters", mta_sts_escape_json(p, "\b\f\n\r\t\"\\"),
              "\"\\b\\f\\n\\r\\t\\\"\\\\\"");
    unit_same("numbers", mta_sts_escape_json(p, "\x01\x1b\x1f\x7f"),
              "\"\\u0001\\u001b\\u001f\\u007f\"");
    unit_same("C1", mta_sts_escape_json(p, "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"),
              "\"\\u0080\\u009b\\u009f\xc2\xa0\"");
}

#define FFFD "\xef\xbf\xbd"

static void json_replaces_what_is_not_utf8(void **state)
{
    static const char *const cases[][2] = {
        {"\x80", FFFD},                            /* no first octet */
        {"\xff\xfe", FFFD FFFD},                   /* never in UTF-8 */
        {"\xc0\xaf", FFFD FFFD},                   /* overlong "/" */
        {"\xc1\xbf", FFFD FFFD},                   /* overlong */
        {"\xe0\x80\xaf", FFFD FFFD FFFD},          /* overlong "/" */
        {"\xe0\x9f\xbf", FFFD FFFD FFFD},          /* overlong */
        {"\xf0\x80\x80\xaf", FFFD FFFD FFFD FFFD}, /* overlong "/" */
        {"\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD}, /* overlong */
        {"\xed\xa0\x80", FFFD FFFD FFFD},          /* U+D800 */
        {"\xed\xbf\xbf", FFFD FFFD FFFD},          /* U+DFFF */
        {"\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD}, /* U+110000 */
        {"\xf5\x80\x80\x80", FFFD FFFD FFFD FFFD}, /* beyond */
        {"\xc3", FFFD},                            /* cut off by NUL */
        {"\xe2\x82", FFFD FFFD},                   /* cut off */
        {"\xf0\x9f\x93", FFFD FFFD FFFD},          /* cut off */
        {"\xc3(", FFFD "("},                       /* cut off by ASCII */
        {"\xe2\x82\"", FFFD FFFD "\\\""},          /* and by a quote */
        {"\xf0\x9f\x93\xc3\xbc", FFFD FFFD FFFD "\xc3\xbc"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unit_same(mta_sts_escape_line(p, cases[i][0]),
                  mta_sts_escape_json(p, cases[i][0]),
                  apr_pstrcat(p, "\"", cases[i][1], "\"", NULL));
    }
}

static void json_cannot_end_a_script_element(void **state)
{
    (void)state;
    unit_same("</", mta_sts_escape_json(p, "</script>"), "\"<\\/script>\"");
    unit_same("<!--", mta_sts_escape_json(p, "<!--<script>"),
              "\"\\u003c!--<script>\"");
    unit_same("/", mta_sts_escape_json(p, "a/b < /"), "\"a/b < /\"");
    unit_same("<", mta_sts_escape_json(p, "<"), "\"<\"");
    unit_same("<<//", mta_sts_escape_json(p, "<<//"), "\"<<\\//\"");
}

static void json_is_read_back_by_a_json_parser(void **state)
{
    char text[256];
    const char *escaped;
    json_t *read;
    int c;

    (void)state;
    for (c = 1; c < 128; c++) {
        text[c - 1] = (char)c;
    }
    text[127] = '\0';
    escaped = mta_sts_escape_json(p, text);
    read = json_loads(escaped, JSON_DECODE_ANY, NULL);
    assert_non_null(read);
    assert_string_equal(json_string_value(read), text);
    json_decref(read);
}

static void zone_quotes_and_escapes(void **state)
{
    (void)state;
    unit_same("", mta_sts_escape_zone(p, ""), "\"\"");
    unit_same("plain", mta_sts_escape_zone(p, "v=STSv1; id=1;"),
              "\"v=STSv1; id=1;\"");
    unit_same("quote", mta_sts_escape_zone(p, "a\"b\\c"), "\"a\\\"b\\\\c\"");
    unit_same("decimal", mta_sts_escape_zone(p, "\x01\t\n\x7f\x80\xff"),
              "\"\\001\\009\\010\\127\\128\\255\"");
}

int main(void)
{
    PROMISE(line_leaves_printable_ascii_alone);
    PROMISE(line_shows_what_is_not_printable_as_hex);
    PROMISE(json_keeps_valid_utf8);
    PROMISE(json_escapes_controls_quotes_and_backslashes);
    PROMISE(json_replaces_what_is_not_utf8);
    PROMISE(json_cannot_end_a_script_element);
    PROMISE(json_is_read_back_by_a_json_parser);
    PROMISE(zone_quotes_and_escapes);
    return unit_run("escape");
}
