/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Text from strangers on its way to a terminal, JSON, HTML, CSV, a metric or a
 * zone file.
 *
 * Each answer is allocated at its largest possible size first, so that no
 * function has to count twice.
 */
#include <string.h>

#include "core/escape.h"
#include "core/octets.h"

static const char hex_digits[] = "0123456789abcdef";

/* U+FFFD, in place of what is not to be shown. */
static const char replacement[] = "\xef\xbf\xbd";
#define REPLACEMENT_LEN (sizeof(replacement) - 1)

const char *mta_sts_escape_line(apr_pool_t *p, const char *text)
{
    char *answer = apr_palloc(p, 4 * strlen(text) + 1);
    char *out = answer;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (mta_sts_is_print(*text)) {
            *out++ = *text;
            continue;
        }
        *out++ = '\\';
        *out++ = 'x';
        *out++ = hex_digits[c >> 4];
        *out++ = hex_digits[c & 15];
    }
    *out = '\0';
    return answer;
}

/* Write one control character, U+0000 to U+00FF, as JSON has it. */
static char *json_control(char *out, unsigned char c)
{
    static const char letters[] = "\bb\ff\nn\rr\tt";
    const char *letter;

    *out++ = '\\';
    for (letter = letters; *letter; letter += 2) {
        if ((unsigned char)*letter == c) {
            *out++ = letter[1];
            return out;
        }
    }
    *out++ = 'u';
    *out++ = '0';
    *out++ = '0';
    *out++ = hex_digits[c >> 4];
    *out++ = hex_digits[c & 15];
    return out;
}

const char *mta_sts_escape_json(apr_pool_t *p, const char *text)
{
    apr_size_t len = strlen(text);
    char *answer = apr_palloc(p, 6 * len + 3);
    char *out = answer;

    *out++ = '"';
    while (len > 0) {
        unsigned char c = (unsigned char)*text;
        apr_size_t size = mta_sts_utf8_len(text, len);

        if (size == 0) {
            memcpy(out, replacement, REPLACEMENT_LEN);
            out += REPLACEMENT_LEN;
            size = 1;
        }
        else if (c < 0x20 || c == 0x7f) {
            out = json_control(out, c);
        }
        else if (c == 0xc2 && (unsigned char)text[1] < 0xa0) {
            /* U+0080 to U+009F: to a terminal ESC and a letter in one */
            out = json_control(out, (unsigned char)text[1]);
        }
        else if (c == '<' && len > 1 && text[1] == '!') {
            /* "<!--" changes how a browser looks for the script's end */
            memcpy(out, "\\u003c", 6);
            out += 6;
        }
        else {
            if (c == '"' || c == '\\' || (c == '/' && out[-1] == '<')) {
                *out++ = '\\';
            }
            memcpy(out, text, size);
            out += size;
        }
        text += size;
        len -= size;
    }
    *out++ = '"';
    *out = '\0';
    return answer;
}

const char *mta_sts_escape_zone(apr_pool_t *p, const char *text)
{
    char *answer = apr_palloc(p, 4 * strlen(text) + 3);
    char *out = answer;

    *out++ = '"';
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (!mta_sts_is_print(*text)) {
            *out++ = '\\';
            *out++ = (char)('0' + c / 100);
            *out++ = (char)('0' + c / 10 % 10);
            *out++ = (char)('0' + c % 10);
            continue;
        }
        if (c == '"' || c == '\\') {
            *out++ = '\\';
        }
        *out++ = *text;
    }
    *out++ = '"';
    *out = '\0';
    return answer;
}

/* Is the character a control character, U+0000 to U+009F? */
static int is_control(const unsigned char *c)
{
    return c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0);
}

/* Does the character turn the direction of writing? */
static int is_turn(const unsigned char *c)
{
    if (c[0] == 0xd8) {
        return c[1] == 0x9c; /* U+061C */
    }
    if (c[0] != 0xe2) {
        return 0;
    }
    return (c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f)) ||
           (c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
           (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

/* What stands for an octet of ASCII in HTML; NULL if it stands for itself. */
static const char *html_octet(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
    case '\n':
    case '\r':
        return " ";
    default:
        return NULL;
    }
}

const char *mta_sts_escape_html(apr_pool_t *p, const char *text)
{
    apr_size_t len = strlen(text);
    char *answer = apr_palloc(p, 6 * len + 1); /* 6: &quot; */
    char *out = answer;

    while (len > 0) {
        const unsigned char *c = (const unsigned char *)text;
        apr_size_t size = mta_sts_utf8_len(text, len), put;
        const char *shown = html_octet(*c);

        if (!shown && (size == 0 || is_control(c) || is_turn(c))) {
            shown = replacement;
        }
        size = size ? size : 1;
        put = shown ? strlen(shown) : size;
        memcpy(out, shown ? shown : text, put);
        out += put;
        text += size;
        len -= size;
    }
    *out = '\0';
    return answer;
}

/* Would a spreadsheet calculate it? */
static int is_formula(const char *text)
{
    while (*text == ' ') {
        text++;
    }
    return *text && strchr("=+-@\t\r", *text) != NULL;
}

const char *mta_sts_escape_csv(apr_pool_t *p, const char *text)
{
    const char *line = mta_sts_escape_line(p, text);
    char *answer = apr_palloc(p, 2 * strlen(line) + 4);
    char *out = answer;

    *out++ = '"';
    if (is_formula(text)) {
        *out++ = '\'';
    }
    for (; *line; line++) {
        if (*line == '"') {
            *out++ = '"';
        }
        *out++ = *line;
    }
    *out++ = '"';
    *out = '\0';
    return answer;
}

const char *mta_sts_escape_label(apr_pool_t *p, const char *text)
{
    apr_size_t len = strlen(text);
    char *answer = apr_palloc(p, REPLACEMENT_LEN * len + 3);
    char *out = answer;

    *out++ = '"';
    while (len > 0) {
        const unsigned char *c = (const unsigned char *)text;
        apr_size_t size = mta_sts_utf8_len(text, len);

        if (*c == '\n') {
            *out++ = '\\';
            *out++ = 'n';
        }
        else if (size == 0 || is_control(c)) {
            memcpy(out, replacement, REPLACEMENT_LEN);
            out += REPLACEMENT_LEN;
        }
        else {
            if (*c == '"' || *c == '\\') {
                *out++ = '\\';
            }
            memcpy(out, text, size);
            out += size;
        }
        size = size ? size : 1;
        text += size;
        len -= size;
    }
    *out++ = '"';
    *out = '\0';
    return answer;
}
