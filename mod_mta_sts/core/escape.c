/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Text from strangers on its way to a terminal, JSON or a zone file.
 *
 * Each answer is allocated at its largest possible size first, so that no
 * function has to count twice.
 */
#include <string.h>

#include "core/escape.h"
#include "core/octets.h"

static const char hex_digits[] = "0123456789abcdef";

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
            memcpy(out, "\xef\xbf\xbd", 3);
            out += 3;
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
