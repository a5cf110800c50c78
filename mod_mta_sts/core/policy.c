/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The policy (RFC 8461, 3.2): check it, render it, parse it, name it.
 *
 * What is rendered is the form that every sender examined takes without a
 * warning; what is parsed is the RFC's grammar, which is wider.
 */
#include <string.h>

#include <apr_cstr.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "core/name.h"
#include "core/octets.h"
#include "core/policy.h"

/** The longest field name (RFC 8461, 3.2 sts-policy-ext-name). */
#define FIELD_NAME_MAX 32

/** The digits of a max_age at most (RFC 8461, 3.2). */
#define MAX_AGE_DIGITS 10

/** Some octets of the body. */
typedef struct {
    const char *text;
    apr_size_t len;
} span_t;

/** What the lines so far have said. */
typedef struct {
    apr_pool_t *p;
    int line;
    int version;
    int mode;
    int max_age;
    mta_sts_policy_t policy;
    apr_array_header_t *mx;
} parser_t;

const char *mta_sts_mode_name(mta_sts_mode_e mode)
{
    switch (mode) {
    case MTA_STS_MODE_TESTING:
        return "testing";
    case MTA_STS_MODE_ENFORCE:
        return "enforce";
    case MTA_STS_MODE_NONE:
        return "none";
    default:
        return "unset";
    }
}

apr_uint32_t mta_sts_max_age_default(mta_sts_mode_e mode)
{
    return mode == MTA_STS_MODE_ENFORCE ? MTA_STS_MAX_AGE_DEFAULT_ENFORCE
                                        : MTA_STS_MAX_AGE_DEFAULT;
}

const char *mta_sts_policy_render(apr_pool_t *p, const mta_sts_policy_t *policy,
                                  apr_size_t *len)
{
    int lines = policy->mx->nelts;
    apr_array_header_t *parts =
        apr_array_make(p, 3 * lines + 5, sizeof(const char *));
    const char *body;
    int i;

    APR_ARRAY_PUSH(parts, const char *) = "version: STSv1\r\nmode: ";
    APR_ARRAY_PUSH(parts, const char *) = mta_sts_mode_name(policy->mode);
    APR_ARRAY_PUSH(parts, const char *) = "\r\n";
    for (i = 0; i < lines; i++) {
        APR_ARRAY_PUSH(parts, const char *) = "mx: ";
        APR_ARRAY_PUSH(parts, const char *) =
            APR_ARRAY_IDX(policy->mx, i, const char *);
        APR_ARRAY_PUSH(parts, const char *) = "\r\n";
    }
    APR_ARRAY_PUSH(parts, const char *) = "max_age: ";
    APR_ARRAY_PUSH(parts, const char *) =
        apr_psprintf(p, "%u\r\n", policy->max_age);
    body = apr_array_pstrcat(p, parts, '\0');
    *len = strlen(body);
    return body;
}

const char *mta_sts_policy_id(apr_pool_t *p, const char *body, apr_size_t len,
                              const char *salt)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done;

    if (!context) {
        return NULL;
    }
    done = EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
           EVP_DigestUpdate(context, body, len) &&
           (!salt || EVP_DigestUpdate(context, salt, strlen(salt))) &&
           EVP_DigestFinal_ex(context, digest, NULL);
    EVP_MD_CTX_free(context);
    if (!done) {
        return NULL;
    }
    return apr_pescape_hex(p, digest, MTA_STS_ID_MAX / 2, 0);
}

static int span_is(span_t span, const char *word)
{
    return span.len == strlen(word) && memcmp(span.text, word, span.len) == 0;
}

/* The end of a sentence, with the number of the line in front of it. */
static const char *in_line(const parser_t *parser, const char *error)
{
    return apr_psprintf(parser->p, "line %d: %s", parser->line, error);
}

/* RFC 8461, 3.2 sts-policy-ext-name; the names of the RFC's own fit in. */
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

/* RFC 8461, 3.2 sts-policy-ext-value, the blanks around it taken off. */
static int is_field_value(span_t value)
{
    apr_size_t i, size;

    for (i = 0; i < value.len; i += size) {
        const char *c = value.text + i;

        size = mta_sts_utf8_len(c, value.len - i);
        if (size == 0 || (size == 1 && !mta_sts_is_print(*c))) {
            return 0;
        }
    }
    return value.len > 0;
}

static const char *take_mode(parser_t *parser, span_t value)
{
    mta_sts_mode_e mode;

    for (mode = MTA_STS_MODE_TESTING; mode <= MTA_STS_MODE_NONE; mode++) {
        if (span_is(value, mta_sts_mode_name(mode))) {
            parser->policy.mode = mode;
            parser->mode = 1;
            return NULL;
        }
    }
    return in_line(parser, "unknown mode; it is testing, enforce or none, in "
                           "lower case");
}

static const char *take_max_age(parser_t *parser, span_t value)
{
    apr_uint64_t seconds = 0;
    apr_size_t i;

    for (i = 0; i < value.len; i++) {
        if (!mta_sts_is_digit(value.text[i]) || i == MAX_AGE_DIGITS) {
            return in_line(parser, "max_age is not a number of 1 to 10 "
                                   "digits");
        }
        seconds = 10 * seconds + (apr_uint64_t)(value.text[i] - '0');
    }
    if (seconds > MTA_STS_MAX_AGE_MAX) {
        return in_line(parser, "max_age is more than 31557600 seconds");
    }
    parser->policy.max_age = (apr_uint32_t)seconds;
    parser->max_age = 1;
    return NULL;
}

static const char *take_mx(parser_t *parser, span_t value)
{
    const char *written = apr_pstrmemdup(parser->p, value.text, value.len);
    const char *mended;
    const char *error;

    if (mta_sts_mx_is_valid(value.text, value.len)) {
        APR_ARRAY_PUSH(parser->mx, const char *) = written;
        return NULL;
    }
    error = mta_sts_mx_parse(parser->p, written, &mended);
    return in_line(parser,
                   error ? error : "an mx pattern must not end with a dot");
}

/* One line, without its end. */
static const char *take_line(parser_t *parser, span_t line)
{
    const char *colon = memchr(line.text, ':', line.len);
    span_t name, value;

    if (line.len == 0) {
        return in_line(parser, "empty; a line is a name, a colon and a value");
    }
    if (!colon) {
        return in_line(parser, "no colon; a line is a name, a colon and a "
                               "value");
    }
    name.text = line.text;
    name.len = (apr_size_t)(colon - line.text);
    value.text = colon + 1;
    value.len = line.len - name.len - 1;
    while (value.len > 0 && mta_sts_is_wsp(value.text[0])) {
        value.text++;
        value.len--;
    }
    while (value.len > 0 && mta_sts_is_wsp(value.text[value.len - 1])) {
        value.len--;
    }

    if (!is_field_name(name)) {
        return in_line(parser, "what is before the colon is not 1 to 32 "
                               "letters, digits, \"_\", \"-\" and \".\"");
    }
    if (!is_field_value(value)) {
        return in_line(parser, "what is behind the colon is empty, or has a "
                               "control character or what is not UTF-8");
    }
    if (span_is(name, "mx")) {
        return take_mx(parser, value);
    }
    /* of the others the first counts, whatever a later one says (3.2) */
    if (span_is(name, "version") && !parser->version) {
        if (!span_is(value, "STSv1")) {
            return in_line(parser, "the version is not STSv1");
        }
        parser->version = 1;
    }
    if (span_is(name, "mode") && !parser->mode) {
        return take_mode(parser, value);
    }
    if (span_is(name, "max_age") && !parser->max_age) {
        return take_max_age(parser, value);
    }
    return NULL;
}

static const char *missing(const parser_t *parser)
{
    if (!parser->version) {
        return "no line \"version: STSv1\"";
    }
    if (!parser->mode) {
        return "no line \"mode: \"";
    }
    if (!parser->max_age) {
        return "no line \"max_age: \"";
    }
    if (parser->mx->nelts == 0 && parser->policy.mode != MTA_STS_MODE_NONE) {
        return "no line \"mx: \"; only mode none can do without";
    }
    return NULL;
}

const char *mta_sts_policy_parse(apr_pool_t *p, const char *body,
                                 apr_size_t len, mta_sts_policy_t *policy)
{
    parser_t parser = {p, 0, 0, 0, 0, {MTA_STS_MODE_UNSET, 0, NULL}, NULL};
    const char *end;
    const char *error;

    if (len == 0) {
        return "empty";
    }
    if (len > MTA_STS_PARSE_LIMIT) {
        return "longer than 65536 octets, which a sender need not read";
    }
    parser.mx = apr_array_make(p, 8, sizeof(const char *));
    end = body + len;
    while (body < end) {
        const char *lf = memchr(body, '\n', (apr_size_t)(end - body));
        span_t line = {body, (apr_size_t)((lf ? lf : end) - body)};

        if (lf && line.len > 0 && line.text[line.len - 1] == '\r') {
            line.len--;
        }
        parser.line++;
        error = take_line(&parser, line);
        if (error) {
            return error;
        }
        body = lf ? lf + 1 : end;
    }
    error = missing(&parser);
    if (error) {
        return error;
    }
    *policy = parser.policy;
    policy->mx = parser.mx;
    return NULL;
}

/* Is every pattern of a one of b too? */
static int mx_within(const apr_array_header_t *a, const apr_array_header_t *b)
{
    int i, k;

    for (i = 0; i < a->nelts; i++) {
        const char *pattern = APR_ARRAY_IDX(a, i, const char *);

        /* the usual case first: the same order */
        if (i < b->nelts &&
            !apr_cstr_casecmp(pattern, APR_ARRAY_IDX(b, i, const char *))) {
            continue;
        }
        for (k = 0; k < b->nelts; k++) {
            if (!apr_cstr_casecmp(pattern, APR_ARRAY_IDX(b, k, const char *))) {
                break;
            }
        }
        if (k == b->nelts) {
            return 0;
        }
    }
    return 1;
}

int mta_sts_policy_equal(const mta_sts_policy_t *a, const mta_sts_policy_t *b)
{
    return a->mode == b->mode && a->max_age == b->max_age &&
           mx_within(a->mx, b->mx) && mx_within(b->mx, a->mx);
}
