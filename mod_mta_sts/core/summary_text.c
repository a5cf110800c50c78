/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and texts of strangers as the renderings show them.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/octets.h"
#include "core/render.h"

/* Does this character, of so many octets, turn the direction of text or hide?
 * U+200B to U+200F, U+202A to U+202E, U+2060 to U+206F, U+FEFF. */
static int is_hidden(const char *text, apr_size_t size)
{
    const unsigned char *c = (const unsigned char *)text;

    if (size != 3) {
        return 0;
    }
    return (c[0] == 0xe2 && c[1] == 0x80 &&
            ((c[2] >= 0x8b && c[2] <= 0x8f) ||
             (c[2] >= 0xa8 && c[2] <= 0xae))) ||
           (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa0 && c[2] <= 0xaf) ||
           (c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf);
}

const char *tlsrpt_html_escape(apr_pool_t *p, const char *text)
{
    static const char named[] = "&<>\"'";
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;",
                                        "&#39;"};
    apr_size_t len = strlen(text);
    char *answer = apr_palloc(p, 6 * len + 1);
    char *out = answer;

    while (len > 0) {
        unsigned char c = (unsigned char)*text;
        apr_size_t size = mta_sts_utf8_len(text, len);
        const char *name = strchr(named, *text);

        if (size == 0 || c < 0x20 || c == 0x7f ||
            (c == 0xc2 && (unsigned char)text[1] < 0xa0) ||
            is_hidden(text, size)) {
            memcpy(out, "\xef\xbf\xbd", 3);
            out += 3;
            size = size ? size : 1;
        }
        else if (name) {
            name = names[name - named];
            memcpy(out, name, strlen(name));
            out += strlen(name);
        }
        else {
            memcpy(out, text, size);
            out += size;
        }
        text += size;
        len -= size;
    }
    *out = '\0';
    return answer;
}

const char *tlsrpt_query_escape(apr_pool_t *p, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *answer = apr_palloc(p, 3 * strlen(text) + 1);
    char *out = answer;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (mta_sts_is_alnum(*text) || c == '-' || c == '.' || c == '_') {
            *out++ = *text;
            continue;
        }
        *out++ = '%';
        *out++ = digits[c >> 4];
        *out++ = digits[c & 15];
    }
    *out = '\0';
    return answer;
}

const char *tlsrpt_grouped(apr_pool_t *p, apr_int64_t n)
{
    const char *digits = apr_psprintf(p, "%" APR_INT64_T_FMT, n);
    apr_size_t len = strlen(digits);
    char *answer = apr_palloc(p, 2 * len + 1);
    char *out = answer;

    for (; len > 0; len--) {
        *out++ = *digits++;
        if (len > 1 && len % 3 == 1 && out[-1] != '-') {
            *out++ = ',';
        }
    }
    *out = '\0';
    return answer;
}

const char *tlsrpt_share(apr_pool_t *p, apr_int64_t failed,
                         apr_int64_t sessions)
{
    double percent;

    if (sessions < TLSRPT_PERCENT_FROM) {
        return "";
    }
    percent = 100.0 * (double)failed / (double)sessions;
    if (failed > 0 && percent < 0.1) {
        return "under 0.1 %";
    }
    if (failed < sessions && percent > 99.9) {
        return "over 99.9 %";
    }
    return apr_psprintf(p, "%.1f %%", percent);
}
