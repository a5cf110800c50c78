/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What an octet is: the classes of ASCII, whatever the locale, and UTF-8.
 * (The functions of ctype.h ask the locale, and httpd may have set one.)
 */
#ifndef MTA_STS_CORE_OCTETS_H
#define MTA_STS_CORE_OCTETS_H

#include <stddef.h>

static inline int mta_sts_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline int mta_sts_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline int mta_sts_is_alnum(char c)
{
    return mta_sts_is_alpha(c) || mta_sts_is_digit(c);
}

static inline int mta_sts_is_hex(char c)
{
    return mta_sts_is_digit(c) || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/** The WSP of the RFCs: a blank or a TAB. */
static inline int mta_sts_is_wsp(char c)
{
    return c == ' ' || c == '\t';
}

/** Printable ASCII, the blank included. */
static inline int mta_sts_is_print(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

static inline char mta_sts_to_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
}

/**
 * The length of the UTF-8 sequence at the front of text, 1 to 4 (RFC 3629), or
 * 0 if there is none: also for an overlong form, a surrogate, and what lies
 * beyond U+10FFFF.
 *
 * @param len  how many octets there are; at least 1
 */
static inline size_t mta_sts_utf8_len(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf; /* bounds of the second octet */
    size_t size, i;

    if (s[0] < 0x80) {
        return 1;
    }
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        size = 2;
    }
    else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        size = 3;
        if (s[0] == 0xe0) {
            low = 0xa0; /* below: overlong */
        }
        if (s[0] == 0xed) {
            high = 0x9f; /* above: surrogates */
        }
    }
    else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        size = 4;
        if (s[0] == 0xf0) {
            low = 0x90; /* below: overlong */
        }
        if (s[0] == 0xf4) {
            high = 0x8f; /* above: beyond U+10FFFF */
        }
    }
    else {
        return 0;
    }
    if (len < size || s[1] < low || s[1] > high) {
        return 0;
    }
    for (i = 2; i < size; i++) {
        if (s[i] < 0x80 || s[i] > 0xbf) {
            return 0;
        }
    }
    return size;
}

#endif
