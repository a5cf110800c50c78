/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The TXT records at _mta-sts.DOMAIN (RFC 8461, 3.1) and _smtp._tls.DOMAIN
 * (RFC 8460, 3): compose them and parse them. The two have one grammar: a
 * version, and fields with ";" between them.
 */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "core/escape.h"
#include "core/octets.h"
#include "core/policy.h"
#include "core/record.h"
#include "core/value.h"

#define STS_VERSION    "v=STSv1"
#define TLSRPT_VERSION "v=TLSRPTv1"

/** The longest name of a field (RFC 8461, 3.1 sts-ext-name; RFC 8460, 3). */
#define FIELD_NAME_MAX 32

/** Some octets of the text. */
typedef struct {
    const char *text;
    apr_size_t len;
} span_t;

/* ---- compose ---- */

const char *mta_sts_record_compose(apr_pool_t *p, const char *id)
{
    return apr_pstrcat(p, STS_VERSION "; id=", id, ";", NULL);
}

const char *tlsrpt_record_compose(apr_pool_t *p, const apr_array_header_t *rua)
{
    apr_array_header_t *sorted =
        apr_array_make(p, rua->nelts, sizeof(const char *));
    int mailto, i;

    /* a big sender is said to read the first only, and most cannot POST */
    for (mailto = 1; mailto >= 0; mailto--) {
        for (i = 0; i < rua->nelts; i++) {
            const char *uri = APR_ARRAY_IDX(rua, i, const char *);

            int is_mailto = !apr_cstr_casecmpn(uri, "mailto:", 7);

            if (is_mailto == mailto) {
                APR_ARRAY_PUSH(sorted, const char *) = uri;
            }
        }
    }
    return apr_pstrcat(
        p, TLSRPT_VERSION "; rua=", apr_array_pstrcat(p, sorted, ','), NULL);
}

const char *mta_sts_record_rdata(apr_pool_t *p, const char *text)
{
    apr_size_t left = strlen(text);
    apr_array_header_t *strings;

    if (left <= MTA_STS_STRING_MAX) {
        return mta_sts_escape_zone(p, text);
    }
    strings = apr_array_make(p, (int)(left / MTA_STS_STRING_MAX) + 1,
                             sizeof(const char *));
    while (left > 0) {
        apr_size_t len = left < MTA_STS_STRING_MAX ? left : MTA_STS_STRING_MAX;

        APR_ARRAY_PUSH(strings, const char *) =
            mta_sts_escape_zone(p, apr_pstrmemdup(p, text, len));
        text += len;
        left -= len;
    }
    return apr_array_pstrcat(p, strings, ' ');
}

/* ---- the grammar ---- */

static int begins(span_t span, const char *word)
{
    apr_size_t len = strlen(word);

    return span.len >= len && memcmp(span.text, word, len) == 0;
}

static void skip(span_t *span, apr_size_t len)
{
    span->text += len;
    span->len -= len;
}

/*
 * Take the version and the ";" behind it off the front. RFC 8461, 3.1 has
 * blanks before each ";" in its grammar, but tells senders to discard what
 * does not begin "v=STSv1;" to the octet. The narrower rule is the one that
 * every sender examined obeys (and RFC 8460, 3 has the same two).
 */
static const char *take_version(apr_pool_t *p, const char *version,
                                span_t *rest)
{
    const char *wanted = apr_pstrcat(p, version, ";", NULL);
    apr_size_t len = strlen(version);

    if (rest->len == 0) {
        return "empty";
    }
    if (rest->len > MTA_STS_TXT_MAX) {
        return "longer than 65535 octets, which no TXT record is";
    }
    if (begins(*rest, wanted)) {
        skip(rest, len + 1);
        return NULL;
    }
    if (rest->len >= len && !apr_cstr_casecmpn(rest->text, version, len) &&
        !begins(*rest, version)) {
        return apr_psprintf(p, "the version is written %s, in this case",
                            version);
    }
    return apr_psprintf(p, "does not begin \"%s\", to the octet", wanted);
}

static int is_field_name(span_t name)
{
    apr_size_t i;

    if (name.len == 0 || name.len > FIELD_NAME_MAX ||
        !mta_sts_is_alnum(name.text[0])) {
        return 0;
    }
    for (i = 1; i < name.len; i++) {
        char c = name.text[i];

        if (!mta_sts_is_alnum(c) && c != '_' && c != '-' && c != '.') {
            return 0;
        }
    }
    return 1;
}

/* The value of a field that we do not know: sts-ext-value. */
static int is_field_value(span_t value)
{
    apr_size_t i;

    for (i = 0; i < value.len; i++) {
        char c = value.text[i];

        if (!mta_sts_is_print(c) || c == ' ' || c == '=' || c == ';') {
            return 0;
        }
    }
    return value.len > 0;
}

/* Take a field and the delimiter behind it, if there is one, off the front. */
static const char *take_field(span_t *rest, span_t *name, span_t *value)
{
    const char *semicolon = memchr(rest->text, ';', rest->len);
    span_t field = *rest;
    const char *equals;

    if (semicolon) {
        field.len = (apr_size_t)(semicolon - rest->text);
        skip(rest, field.len + 1);
        while (rest->len > 0 && mta_sts_is_wsp(rest->text[0])) {
            skip(rest, 1);
        }
        while (field.len > 0 && mta_sts_is_wsp(field.text[field.len - 1])) {
            field.len--;
        }
        if (field.len == 0) {
            return "has nothing between two \";\"";
        }
    }
    else {
        skip(rest, rest->len);
        if (mta_sts_is_wsp(field.text[field.len - 1])) {
            return "has a blank at its end, which only a \";\" may have "
                   "before it";
        }
    }
    equals = memchr(field.text, '=', field.len);
    name->text = field.text;
    name->len = equals ? (apr_size_t)(equals - field.text) : field.len;
    if (!equals || !is_field_name(*name)) {
        return "has a field that is not a name, \"=\" and a value, without "
               "blanks between them";
    }
    *value = field;
    skip(value, name->len + 1);
    return NULL;
}

/* NULL, or what keeps a value from being an id. */
static const char *take_id(apr_pool_t *p, span_t value, const char **id)
{
    apr_size_t i;

    for (i = 0; i < value.len; i++) {
        if (!mta_sts_is_alnum(value.text[i])) {
            return "the id has something other than letters and digits";
        }
    }
    if (value.len == 0) {
        return "the id is empty";
    }
    if (value.len > MTA_STS_ID_MAX) {
        return "the id is longer than 32 letters or digits";
    }
    *id = apr_pstrmemdup(p, value.text, value.len);
    return NULL;
}

/* The URIs of a rua (RFC 8460, 3 tlsrpt-rua), added to a list. */
static const char *take_rua(apr_pool_t *p, span_t value,
                            apr_array_header_t *list)
{
    for (;;) {
        const char *comma = memchr(value.text, ',', value.len);
        span_t uri = value;
        const char *written, *lower, *error;

        if (comma) {
            uri.len = (apr_size_t)(comma - value.text);
        }
        skip(&value, comma ? uri.len + 1 : uri.len);
        while (uri.len > 0 && mta_sts_is_wsp(uri.text[0]) && list->nelts > 0) {
            skip(&uri, 1);
        }
        while (comma && uri.len > 0 && mta_sts_is_wsp(uri.text[uri.len - 1])) {
            uri.len--;
        }
        if (uri.len == 0) {
            return "the rua has an empty address";
        }
        if (memchr(uri.text, '\0', uri.len)) {
            return "the rua has a control character";
        }
        written = apr_pstrmemdup(p, uri.text, uri.len);
        error = mta_sts_value_rua(p, written, &lower);
        if (error) {
            return apr_pstrcat(p, "rua \"", mta_sts_escape_line(p, written),
                               "\": ", error, NULL);
        }
        APR_ARRAY_PUSH(list, const char *) = written;
        if (!comma) {
            return NULL;
        }
    }
}

/*
 * Parse either record: exactly one of id and rua is asked for. Of a repeated
 * field the first counts (RFC 8461, 3.2 says it for both of its files).
 */
static const char *parse(apr_pool_t *p, const char *version, span_t rest,
                         const char **id, apr_array_header_t *rua)
{
    const char *key = id ? "id" : "rua";
    const char *error = take_version(p, version, &rest);
    int found = 0;

    if (error) {
        return error;
    }
    while (rest.len > 0 && mta_sts_is_wsp(rest.text[0])) {
        skip(&rest, 1);
    }
    while (rest.len > 0) {
        span_t name, value;

        error = take_field(&rest, &name, &value);
        if (error) {
            return error;
        }
        if (name.len == strlen(key) && begins(name, key) && !found) {
            error = id ? take_id(p, value, id) : take_rua(p, value, rua);
            found = 1;
        }
        else if (!id && name.len == strlen(key) && begins(name, key)) {
            /* not counted, but in its own form: a URI may hold a "=" */
            error =
                take_rua(p, value, apr_array_make(p, 1, sizeof(const char *)));
        }
        else if (!is_field_value(value)) {
            error = "has a field with a value that is empty, or has a blank, "
                    "a \"=\" or what is not printable ASCII";
        }
        if (error) {
            return error;
        }
    }
    return found ? NULL : apr_psprintf(p, "has no %s", key);
}

const char *mta_sts_record_parse(apr_pool_t *p, const char *text,
                                 apr_size_t len, const char **id)
{
    span_t rest = {text, len};
    const char *found;
    const char *error = parse(p, STS_VERSION, rest, &found, NULL);

    if (!error) {
        *id = found;
    }
    return error;
}

const char *mta_sts_rrset_parse(apr_pool_t *p, const apr_array_header_t *texts,
                                const char **id)
{
    const char *record = NULL;
    int i, found = 0;

    for (i = 0; i < texts->nelts; i++) {
        const char *text = APR_ARRAY_IDX(texts, i, const char *);
        span_t span = {text, strlen(text)};

        if (begins(span, STS_VERSION ";")) {
            record = text;
            found++;
        }
    }
    if (texts->nelts == 0) {
        return "there is no TXT record";
    }
    if (found > 1) {
        return apr_psprintf(p,
                            "%d records begin \"" STS_VERSION ";\", and "
                            "senders want exactly one",
                            found);
    }
    /* of a single record its parser can say more than that it is none */
    if (!record && texts->nelts == 1) {
        record = APR_ARRAY_IDX(texts, 0, const char *);
    }
    if (!record) {
        return apr_psprintf(p,
                            "none of %d TXT records begins "
                            "\"" STS_VERSION ";\", to the octet",
                            texts->nelts);
    }
    return mta_sts_record_parse(p, record, strlen(record), id);
}

const char *tlsrpt_record_parse(apr_pool_t *p, const char *text, apr_size_t len,
                                const apr_array_header_t **rua)
{
    span_t rest = {text, len};
    apr_array_header_t *list = apr_array_make(p, 2, sizeof(const char *));
    const char *error = parse(p, TLSRPT_VERSION, rest, NULL, list);

    if (!error) {
        *rua = list;
    }
    return error;
}
