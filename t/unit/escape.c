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

static void html_cannot_leave_its_place(void **state)
{
    (void)state;
    unit_same("plain", mta_sts_escape_html(p, "a\xc3\xbc b"), "a\xc3\xbc b");
    unit_same("", mta_sts_escape_html(p, ""), "");
    unit_same("script", mta_sts_escape_html(p, "<script>alert('1')</script>"),
              "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
    unit_same("attribute", mta_sts_escape_html(p, "\" onclick=\"a&b"),
              "&quot; onclick=&quot;a&amp;b");
    unit_same("quotes, the longest form", mta_sts_escape_html(p, "\"\"\""),
              "&quot;&quot;&quot;");
}

static void html_shows_nothing_that_hides(void **state)
{
    (void)state;
    unit_same("line ends", mta_sts_escape_html(p, "a\r\nb\tc"), "a  b c");
    unit_same("controls", mta_sts_escape_html(p, "\x1b[0m\x7f\xc2\x9b"),
              FFFD "[0m" FFFD FFFD);
    unit_same("not UTF-8", mta_sts_escape_html(p, "\xff<\xc3\""),
              FFFD "&lt;" FFFD "&quot;");
    unit_same("directions",
              mta_sts_escape_html(p, "\xd8\x9c|\xe2\x80\x8e\xe2\x80\x8f|"
                                     "\xe2\x80\xaa\xe2\x80\xae|"
                                     "\xe2\x81\xa6\xe2\x81\xa9"),
              FFFD "|" FFFD FFFD "|" FFFD FFFD "|" FFFD FFFD);
    unit_same("their neighbours",
              mta_sts_escape_html(p, "\xd8\x9b\xe2\x80\x8d\xe2\x80\x90"
                                     "\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa"),
              "\xd8\x9b\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xa5"
              "\xe2\x81\xaa");
}

static void csv_is_no_formula(void **state)
{
    (void)state;
    unit_same("text", mta_sts_escape_csv(p, "a, b"), "\"a, b\"");
    unit_same("", mta_sts_escape_csv(p, ""), "\"\"");
    unit_same("quotes", mta_sts_escape_csv(p, "\"a\""), "\"\"\"a\"\"\"");
    unit_same("=", mta_sts_escape_csv(p, "=1+1"), "\"'=1+1\"");
    unit_same("+", mta_sts_escape_csv(p, "+1"), "\"'+1\"");
    unit_same("-", mta_sts_escape_csv(p, "-1"), "\"'-1\"");
    unit_same("@", mta_sts_escape_csv(p, "@a"), "\"'@a\"");
    unit_same("TAB", mta_sts_escape_csv(p, "\t=1"), "\"'\\x09=1\"");
    unit_same("CR", mta_sts_escape_csv(p, "\r=1"), "\"'\\x0d=1\"");
    unit_same("blanks", mta_sts_escape_csv(p, "  =1"), "\"'  =1\"");
    unit_same("inside", mta_sts_escape_csv(p, "a=1"), "\"a=1\"");
    unit_same("lines", mta_sts_escape_csv(p, "a\n=1"), "\"a\\x0a=1\"");
}

static void label_cannot_leave_its_quotes(void **state)
{
    (void)state;
    unit_same("text", mta_sts_escape_label(p, "a\xc3\xbc"), "\"a\xc3\xbc\"");
    unit_same("another metric", mta_sts_escape_label(p, "x\"} 1\nfake{a=\""),
              "\"x\\\"} 1\\nfake{a=\\\"\"");
    unit_same("backslash", mta_sts_escape_label(p, "\\"), "\"\\\\\"");
    unit_same("controls", mta_sts_escape_label(p, "\r\x1b\xc2\x85\xff"),
              "\"" FFFD FFFD FFFD FFFD "\"");
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
    PROMISE(html_cannot_leave_its_place);
    PROMISE(html_shows_nothing_that_hides);
    PROMISE(csv_is_no_formula);
    PROMISE(label_cannot_leave_its_quotes);
    return unit_run("escape");
}
