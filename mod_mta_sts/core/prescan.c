/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A look over JSON text that builds nothing: one pass, a few counters. It
 * counts the values of any JSON text exactly, and stops where a bound is
 * passed; whether the text is JSON it leaves to the JSON library, which stops
 * at the first octet that is not, and so builds no more than was counted.
 */
#include <string.h>

#include "core/unpack.h"

/* The end of a string whose first octet behind the quote is at text. */
static const char *string_end(const char *text, const char *end)
{
    for (; text < end && *text != '"'; text++) {
        if (*text == '\\' && text + 1 < end) {
            text++;
        }
    }
    return text < end ? text + 1 : end;
}

/* Does c end a number, true, false or null? */
static int ends_word(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' ||
           c == ':' || c == '[' || c == ']' || c == '{' || c == '}' || c == '"';
}

const char *tlsrpt_prescan(const char *text, apr_size_t len, int max_depth,
                           apr_size_t max_nodes)
{
    const char *end = text + len;
    apr_size_t nodes = 0;
    int depth = 0;

    if (len > 0 && memchr(text, '\0', len)) {
        return "it holds a NUL octet";
    }
    while (text < end) {
        char c = *text++;

        if (c == '"') {
            text = string_end(text, end);
            nodes++;
        }
        else if (c == '{' || c == '[') {
            nodes++;
            if (++depth > max_depth) {
                return "its JSON is nested too deeply";
            }
        }
        else if (c == '}' || c == ']') {
            depth -= depth > 0;
        }
        else if (!ends_word(c)) {
            while (text < end && !ends_word(*text)) {
                text++;
            }
            nodes++;
        }
        if (nodes > max_nodes) {
            return "its JSON has too many values";
        }
    }
    return NULL;
}
