/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * DNS names as MTA-STS uses them: host names, policy domains, mx patterns.
 *
 * One function, shape(), holds the rule, and everything here asks it. What is
 * above it in a parser only finds the sentence that helps: what people write
 * in place of a name is known (an address, a port, a line of a zone file), and
 * each of these gets an answer of its own.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/name.h"
#include "core/octets.h"

/* What is wrong with a name. */
typedef enum {
    SHAPE_GOOD,
    SHAPE_LONG_NAME,
    SHAPE_LONG_LABEL,
    SHAPE_EMPTY_LABEL,
    SHAPE_OCTET,
    SHAPE_HYPHEN,
    SHAPE_SINGLE,
    SHAPE_NUMBER
} shape_e;

static int all_digits(const char *text, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; i++) {
        if (!mta_sts_is_digit(text[i])) {
            return 0;
        }
    }
    return len > 0;
}

static shape_e label_shape(const char *label, apr_size_t len)
{
    apr_size_t i;

    if (len == 0) {
        return SHAPE_EMPTY_LABEL;
    }
    for (i = 0; i < len; i++) {
        if (!mta_sts_is_alnum(label[i]) && label[i] != '-') {
            return SHAPE_OCTET;
        }
    }
    if (len > MTA_STS_LABEL_MAX) {
        return SHAPE_LONG_LABEL;
    }
    if (label[0] == '-' || label[len - 1] == '-') {
        return SHAPE_HYPHEN;
    }
    return SHAPE_GOOD;
}

/*
 * The rule for a name in normal form, in any case; with wildcard its first
 * label may be "*". RFC 5321 (4.1.2, Domain) would let through "localhost" and
 * "192.0.2.25" as well: neither can be the name of an MX on the Internet, and
 * there are senders that refuse the whole policy for it.
 */
static shape_e shape(const char *text, apr_size_t len, int wildcard)
{
    apr_size_t start = 0, end;
    int labels = 0;

    if (wildcard && len >= 2 && text[0] == '*' && text[1] == '.') {
        labels = 1;
        start = 2;
    }
    for (;;) {
        const char *dot = memchr(text + start, '.', len - start);
        shape_e found;

        end = dot ? (apr_size_t)(dot - text) : len;
        found = label_shape(text + start, end - start);
        if (found != SHAPE_GOOD) {
            return found;
        }
        labels++;
        if (!dot) {
            break;
        }
        start = end + 1;
    }
    if (len > MTA_STS_NAME_MAX) {
        return SHAPE_LONG_NAME;
    }
    if (labels < 2) {
        return SHAPE_SINGLE;
    }
    /* no top-level domain is a number, so that an address is no name */
    if (all_digits(text + start, end - start)) {
        return SHAPE_NUMBER;
    }
    return SHAPE_GOOD;
}

static const char *shape_text(shape_e found)
{
    switch (found) {
    case SHAPE_LONG_NAME:
        return "longer than 253 octets; a name has at most 253";
    case SHAPE_LONG_LABEL:
        return "a label of more than 63 octets; what stands between two dots "
               "has at most 63";
    case SHAPE_EMPTY_LABEL:
        return "an empty label; write something before, between and after "
               "the dots";
    case SHAPE_HYPHEN:
        return "a label that begins or ends with a hyphen; put it between "
               "letters or digits, or leave it out";
    case SHAPE_SINGLE:
        return "a single label; write the full name, such as mx1.example.com";
    case SHAPE_NUMBER:
        return "the last label is a number, as in an address; write a host "
               "name";
    default:
        return "only letters, digits, hyphens and dots are allowed";
    }
}

/* "2001:db8::25", "::1", "fe80::1%eth0" */
static int looks_like_ipv6(const char *text)
{
    const char *first = strchr(text, ':');
    apr_size_t len = strspn(text, "0123456789abcdefABCDEF:.");

    return first && strchr(first + 1, ':') &&
           (text[len] == '\0' || text[len] == '%');
}

static int looks_like_ipv4(const char *text)
{
    int dots = 0;

    for (; *text; text++) {
        if (*text == '.') {
            dots++;
        }
        else if (!mta_sts_is_digit(*text)) {
            return 0;
        }
    }
    return dots == 3;
}

/* A text with a colon: an address, a scheme, or a port. */
static const char *colon_text(const char *text)
{
    const char *colon = strchr(text, ':');
    const char *last = strrchr(text, ':');

    if (looks_like_ipv6(text)) {
        return "an IPv6 address; write a host name";
    }
    if (all_digits(last + 1, strlen(last + 1)) && colon == last) {
        return "has a port; write the host name alone";
    }
    if (mta_sts_is_alpha(text[0]) &&
        !memchr(text, '.', (apr_size_t)(colon - text))) {
        return "has a scheme; write the host name alone";
    }
    return "has a colon; write the host name alone";
}

/* Octets that must not stand in any name and are best named one by one. */
static const char *mark_text(const char *text)
{
    const char *c;

    for (c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return "has a control character";
        }
    }
    for (c = text; *c; c++) {
        if (!mta_sts_is_print(*c)) {
            return "a U-label (not ASCII); write the A-label, `idn2 NAME` "
                   "prints it";
        }
    }
    if (strchr(text, ',')) {
        return "has a comma; separate names with blanks";
    }
    if (strchr(text, ';')) {
        return "has a semicolon; write the name alone";
    }
    if (strchr(text, ' ')) {
        if (all_digits(text, strcspn(text, " "))) {
            return "has a preference in front, as an MX record has; write "
                   "the host name alone";
        }
        return "has a blank; write each name as a word of its own";
    }
    if (text[0] == '[') {
        return "an address literal; write a host name";
    }
    if (strchr(text, ':')) {
        return colon_text(text);
    }
    if (strchr(text, '/')) {
        return "has a slash; write the host name alone";
    }
    if (strchr(text, '@')) {
        return "a mail address; write a host name";
    }
    if (strchr(text, '_')) {
        return "has an underscore, which no host name has";
    }
    return NULL;
}

static const char *star_text(const char *text, int wildcard)
{
    const char *star = strchr(text, '*');

    if (!star) {
        return NULL;
    }
    if (!wildcard) {
        return "has a \"*\"; write the name in full";
    }
    if (strchr(star + 1, '*')) {
        return "has more than one \"*\"; only the left-most label may be one, "
               "as in *.example.com";
    }
    if (star != text || star[1] != '.') {
        if (text[1] == '\0') {
            return "a \"*\" alone; write it in front of a domain, as in "
                   "*.example.com";
        }
        return "has a \"*\" that is not the whole left-most label; write it "
               "as in *.example.com, where it stands for exactly one label";
    }
    return NULL;
}

/* What mta_sts_name_parse() and mta_sts_mx_parse() share. */
static const char *parse(apr_pool_t *p, const char *arg, int wildcard,
                         const char **name)
{
    apr_size_t len = strlen(arg);
    const char *error;
    char *copy, *c;
    shape_e found;

    if (len == 0) {
        return "empty; write a name such as mx1.example.com";
    }
    error = mark_text(arg);
    if (error) {
        return error;
    }
    copy = apr_pstrmemdup(p, arg, len);
    if (len > 1 && copy[len - 1] == '.') {
        copy[--len] = '\0';
    }
    error = star_text(copy, wildcard);
    if (error) {
        return error;
    }
    if (wildcard && all_digits(copy, len)) {
        return "a number; an mx pattern has no preference, write the host "
               "name alone";
    }
    if (looks_like_ipv4(copy)) {
        return "an IPv4 address; write a host name";
    }
    found = shape(copy, len, wildcard);
    if (found != SHAPE_GOOD) {
        return shape_text(found);
    }
    for (c = copy; *c; c++) {
        *c = mta_sts_to_lower(*c);
    }
    *name = copy;
    return NULL;
}

const char *mta_sts_name_parse(apr_pool_t *p, const char *arg,
                               const char **name)
{
    const char *error = parse(p, arg, 0, name);

    return error ? apr_pstrcat(p, "not a domain name: ", error, NULL) : NULL;
}

const char *mta_sts_mx_parse(apr_pool_t *p, const char *arg,
                             const char **pattern)
{
    const char *error = parse(p, arg, 1, pattern);

    return error ? apr_pstrcat(p, "not an mx pattern: ", error, NULL) : NULL;
}

int mta_sts_mx_is_valid(const char *text, apr_size_t len)
{
    return shape(text, len, 1) == SHAPE_GOOD;
}

static int same_text(const char *a, const char *b, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; i++) {
        if (mta_sts_to_lower(a[i]) != mta_sts_to_lower(b[i])) {
            return 0;
        }
    }
    return 1;
}

int mta_sts_mx_matches(const char *pattern, const char *host)
{
    apr_size_t pattern_len = strlen(pattern);
    apr_size_t host_len = strlen(host);

    /* the MX record has the absolute form of the name (RFC 1035, 5.1) */
    if (host_len > 0 && host[host_len - 1] == '.') {
        host_len--;
    }
    if (shape(pattern, pattern_len, 1) != SHAPE_GOOD ||
        shape(host, host_len, 0) != SHAPE_GOOD) {
        return 0;
    }
    if (pattern[0] == '*') {
        const char *dot = memchr(host, '.', host_len);

        /* both are at a dot now, which the "*" must not cross */
        pattern++;
        pattern_len--;
        host_len -= (apr_size_t)(dot - host);
        host = dot;
    }
    return pattern_len == host_len && same_text(pattern, host, host_len);
}
