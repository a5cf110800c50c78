/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * An entry begins
 *
 *     TLSRPT: 1
 *     Channel: https
 *     Trust: 0
 *     Received: 1775001600
 *     Source: 192.0.2.1
 *
 * with Domain and Submitter if there are any, and a blank line.
 */
#include "core/entry.h"

#include <apr_strings.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/octets.h"

#define FIRST_LINE "TLSRPT: 1\n"

static const char *const channels[] = {"https", "mail", "file"};

const char *tlsrpt_channel_name(tlsrpt_channel_e channel)
{
    return channels[channel];
}

int tlsrpt_entry_is_name(const char *name)
{
    int i;

    for (i = 0; i < TLSRPT_ENTRY_NAME - 2; i++) {
        if (!mta_sts_is_digit(name[i]) && (name[i] < 'a' || name[i] > 'f')) {
            return 0;
        }
    }
    return name[i] == '-' && name[i + 1] >= '0' + TLSRPT_TRUST_NONE &&
           name[i + 1] <= '0' + TLSRPT_TRUST_LOCAL && !name[i + 2];
}

/* ---- writing ---- */

static const char *clean_value(apr_pool_t *p, const char *value)
{
    char *text =
        apr_pstrmemdup(p, value ? value : "",
                       value ? strnlen(value, TLSRPT_ENTRY_VALUE_MAX) : 0);
    char *s;

    for (s = text; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f) {
            *s = '?';
        }
    }
    return text;
}

tlsrpt_origin_t *tlsrpt_entry_clean(apr_pool_t *p,
                                    const tlsrpt_origin_t *origin)
{
    tlsrpt_origin_t *clean = apr_pmemdup(p, origin, sizeof(*origin));

    clean->source = clean_value(p, origin->source);
    clean->domain = clean_value(p, origin->domain);
    clean->submitter = clean_value(p, origin->submitter);
    return clean;
}

/* One more text, apart from what is before it; none if it is empty. */
static int add(EVP_MD_CTX *ctx, const char *what, const char *value)
{
    return !*value || (EVP_DigestUpdate(ctx, "", 1) &&
                       EVP_DigestUpdate(ctx, what, strlen(what)) &&
                       EVP_DigestUpdate(ctx, value, strlen(value)));
}

/* Of the report, and of all that makes another one of the same JSON. Writes 64
 * digits and a NUL. */
static int digest(const tlsrpt_origin_t *origin, const char *json,
                  apr_size_t len, char hex[65])
{
    const int only_marked = origin->channel == TLSRPT_CHANNEL_MAIL &&
                            origin->trust < TLSRPT_TRUST_DKIM;
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    unsigned int i;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int good = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) &&
               EVP_DigestUpdate(ctx, json, len) &&
               add(ctx, "", origin->domain) &&
               add(ctx, "Submitter: ", origin->submitter) &&
               add(ctx, "Channel: ", only_marked ? "mail" : "") &&
               EVP_DigestFinal_ex(ctx, sum, &size) && size == 32;

    EVP_MD_CTX_free(ctx);
    for (i = 0; good && i < size; i++) {
        static const char digits[] = "0123456789abcdef";

        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[64] = '\0';
    return good;
}

const char *tlsrpt_entry_name(apr_pool_t *p, const tlsrpt_origin_t *origin,
                              const char *json, apr_size_t len)
{
    char hex[65];

    return digest(origin, json, len, hex)
               ? apr_psprintf(p, "%s-%d", hex, (int)origin->trust)
               : NULL;
}

static const char *line(apr_pool_t *p, const char *name, const char *value)
{
    return *value ? apr_pstrcat(p, name, ": ", value, "\n", NULL) : "";
}

const char *tlsrpt_entry_head(apr_pool_t *p, const tlsrpt_origin_t *origin)
{
    return apr_psprintf(
        p,
        FIRST_LINE "Channel: %s\nTrust: %d\nReceived: %" APR_INT64_T_FMT
                   "\n%s%s%s",
        tlsrpt_channel_name(origin->channel), (int)origin->trust,
        origin->received, line(p, "Source", origin->source),
        line(p, "Domain", origin->domain),
        line(p, "Submitter", origin->submitter));
}

/* ---- reading ---- */

/* Which lines an entry has. */
enum { CHANNEL, TRUST, RECEIVED, SOURCE, DOMAIN, SUBMITTER, NAMES };
static const char *const names[NAMES] = {"Channel", "Trust",  "Received",
                                         "Source",  "Domain", "Submitter"};

/* The value of a line if it has this name, else NULL. */
static const char *value_of(apr_pool_t *p, const char *start, const char *end,
                            const char *name)
{
    const apr_size_t len = strlen(name);

    return (apr_size_t)(end - start) > len + 1 && !memcmp(start, name, len) &&
                   start[len] == ':' && start[len + 1] == ' '
               ? apr_pstrmemdup(p, start + len + 2, end - start - len - 2)
               : NULL;
}

/* One line of the head. */
static const char *read_line(apr_pool_t *p, const char *start, const char *end,
                             const char *value[NAMES])
{
    int i;

    if (!memchr(start, ':', end - start) || memchr(start, '\0', end - start)) {
        return "a line in front of the report is not \"Name: value\"";
    }
    for (i = 0; i < NAMES; i++) {
        const char *found = value_of(p, start, end, names[i]);

        if (found && value[i]) {
            return "a line in front of the report is there twice";
        }
        if (found) {
            value[i] = found;
        }
    }
    return NULL;
}

/* Up to and with the blank line; answers where the report begins. */
static const char *read_head(apr_pool_t *p, const char *data, apr_size_t len,
                             const char *value[NAMES], const char **why)
{
    const char *at = data + sizeof(FIRST_LINE) - 1;
    const char *const limit =
        data + (len < TLSRPT_ENTRY_HEAD_MAX ? len : TLSRPT_ENTRY_HEAD_MAX);

    *why = NULL;
    if (len < sizeof(FIRST_LINE) - 1 ||
        memcmp(data, FIRST_LINE, sizeof(FIRST_LINE) - 1)) {
        *why = "it does not begin with \"TLSRPT: 1\"";
        return NULL;
    }
    while (at < limit) {
        const char *end = memchr(at, '\n', limit - at);

        if (!end) {
            break;
        }
        if (end == at) {
            return end + 1;
        }
        *why = read_line(p, at, end, value);
        if (*why) {
            return NULL;
        }
        at = end + 1;
    }
    *why = "no blank line ends what is in front of the report";
    return NULL;
}

static int number(const char *text, apr_int64_t *n)
{
    char *end;

    if (!mta_sts_is_digit(*text)) {
        return 0;
    }
    errno = 0;
    *n = apr_strtoi64(text, &end, 10);
    return !errno && !*end;
}

static const char *fill(const char *const value[NAMES], tlsrpt_origin_t *origin)
{
    apr_int64_t trust;
    int i;

    if (!value[CHANNEL] || !value[TRUST] || !value[RECEIVED]) {
        return "Channel, Trust or Received is missing";
    }
    for (i = 0; i < 3 && strcmp(value[CHANNEL], channels[i]); i++) {
    }
    if (i == 3) {
        return "an unknown Channel";
    }
    origin->channel = (tlsrpt_channel_e)i;
    if (!number(value[TRUST], &trust) || trust > TLSRPT_TRUST_LOCAL) {
        return "an unknown Trust";
    }
    origin->trust = (tlsrpt_trust_e)trust;
    if (!number(value[RECEIVED], &origin->received)) {
        return "Received is not a number of seconds";
    }
    origin->source = value[SOURCE] ? value[SOURCE] : "";
    origin->domain = value[DOMAIN] ? value[DOMAIN] : "";
    origin->submitter = value[SUBMITTER] ? value[SUBMITTER] : "";
    return NULL;
}

const char *tlsrpt_entry_begins(apr_pool_t *p, const char *data, apr_size_t len)
{
    const char *value[NAMES] = {NULL};
    tlsrpt_origin_t found = {0};
    const char *why;

    return read_head(p, data, len, value, &why) ? fill(value, &found) : why;
}

const char *tlsrpt_entry_parse(apr_pool_t *p, const char *name,
                               const char *data, apr_size_t len,
                               tlsrpt_origin_t *origin, const char **json,
                               apr_size_t *size)
{
    const char *value[NAMES] = {NULL};
    tlsrpt_origin_t found = {0};
    const char *why, *start, *real;

    start = read_head(p, data, len, value, &why);
    if (!start) {
        return why;
    }
    why = fill(value, &found);
    if (why) {
        return why;
    }
    real = tlsrpt_entry_name(p, &found, start, data + len - start);
    if (!real || strcmp(real, name)) {
        return "its name is not that of its content";
    }
    *origin = found;
    *json = start;
    *size = data + len - start;
    return NULL;
}
