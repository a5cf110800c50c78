/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Authentication-Results (RFC 8601, 2.2), read strictly: it decides what is
 * believed, and those who write it are few.
 */
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "cli/authres.h"
#include "core/name.h"
#include "core/octets.h"

static int is_blank(char c)
{
    return mta_sts_is_wsp(c) || c == '\r' || c == '\n';
}

/* Comments nest; a backslash in one takes the next octet with it. */
static const char *skip_comment(const char *s)
{
    unsigned int depth = 0;

    do {
        if (*s == '(') {
            depth++;
        }
        else if (*s == ')') {
            depth--;
        }
        else if (*s == '\\' && s[1] != '\0') {
            s++;
        }
        s++;
    } while (depth > 0 && *s != '\0');
    return s;
}

static const char *skip_cfws(const char *s)
{
    for (;;) {
        if (is_blank(*s)) {
            s++;
        }
        else if (*s == '(') {
            s = skip_comment(s);
        }
        else {
            return s;
        }
    }
}

static int is_special(char c)
{
    return c == '\0' || c == ';' || c == '=' || c == '(' || c == ')' ||
           is_blank(c);
}

/* The end of the word at s; NULL if a quote in it is left open. */
static const char *word_end(const char *s)
{
    int quoted = 0;

    while (quoted ? *s != '\0' : !is_special(*s)) {
        if (*s == '"') {
            quoted = !quoted;
        }
        else if (quoted && *s == '\\' && s[1] != '\0') {
            s++;
        }
        s++;
    }
    return quoted ? NULL : s;
}

/*
 * The word at s, its quoted parts without their quotes ("a;b"@example.com is
 * one word), and the place behind it. NULL if there is none.
 */
static const char *word(apr_pool_t *p, const char **s)
{
    const char *from = skip_cfws(*s), *end = word_end(from);
    char *text, *to;
    int quoted = 0;

    if (!end || end == from) {
        return NULL;
    }
    text = to = apr_palloc(p, (apr_size_t)(end - from) + 1);
    for (; from < end; from++) {
        if (*from == '"') {
            quoted = !quoted;
            continue;
        }
        if (quoted && *from == '\\' && from + 1 < end) {
            from++;
        }
        *to++ = *from;
    }
    *to = '\0';
    *s = skip_cfws(end);
    return text;
}

/* "NAME = VALUE" at s. Non-zero, or it is none. */
static int pair(apr_pool_t *p, const char **s, const char **name,
                const char **value)
{
    *name = word(p, s);
    if (!*name || **s != '=') {
        return 0;
    }
    (*s)++;
    *value = word(p, s);
    return *value != NULL;
}

static void add_signer(apr_pool_t *p, apr_array_header_t *signers,
                       const char *domain)
{
    const char *name;

    if (signers->nelts < AUTHRES_SIGNERS_MAX &&
        !mta_sts_name_parse(p, domain, &name)) {
        APR_ARRAY_PUSH(signers, const char *) = name;
    }
}

/* "dkim", "dkim/1" */
static int is_dkim(const char *method)
{
    return strncasecmp(method, "dkim", 4) == 0 &&
           (method[4] == '\0' || method[4] == '/');
}

/* One "; method=result property=value ..."; non-zero if it was sound. */
static int result(apr_pool_t *p, const char **s, apr_array_header_t *signers)
{
    const char *name, *value, *d = NULL, *i = NULL;
    int passed;

    if (!pair(p, s, &name, &value)) {
        return 0; /* "; none" too */
    }
    passed = is_dkim(name) && strcasecmp(value, "pass") == 0;
    while (**s != ';' && **s != '\0') {
        if (!pair(p, s, &name, &value)) {
            return 0;
        }
        if (strcasecmp(name, "header.d") == 0) {
            d = value;
        }
        else if (strcasecmp(name, "header.i") == 0) {
            const char *at = strrchr(value, '@');

            i = at ? at + 1 : NULL;
        }
    }
    if (passed && (d || i)) {
        add_signer(p, signers, d ? d : i);
    }
    return 1;
}

int authres_signers(apr_pool_t *p, const char *value, const char *id,
                    apr_array_header_t *signers)
{
    const char *s = value;
    const char *whose = word(p, &s);

    if (!whose || strcasecmp(whose, id) != 0) {
        return 0;
    }
    while (mta_sts_is_digit(*s)) { /* the version */
        s = skip_cfws(s + 1);
    }
    while (*s == ';') {
        s++;
        if (*skip_cfws(s) == '\0' || !result(p, &s, signers)) {
            break;
        }
    }
    return 1;
}

/*
 * The value of a tag of a DKIM-Signature (RFC 6376, 3.2), without blanks at its
 * ends, not terminated; NULL if there is none.
 */
static const char *tag(const char *s, const char *name, size_t *len)
{
    const size_t size = strlen(name);

    while (*s != '\0') {
        const char *end, *value;

        while (is_blank(*s) || *s == ';') {
            s++;
        }
        end = s + strcspn(s, ";");
        if (strncmp(s, name, size) == 0) {
            for (value = s + size; is_blank(*value); value++) {
            }
            if (*value == '=') {
                for (value++; is_blank(*value); value++) {
                }
                while (end > value && is_blank(end[-1])) {
                    end--;
                }
                *len = (size_t)(end - value);
                return value;
            }
        }
        s = end;
    }
    return NULL;
}

const char *authres_id_check(const char *id)
{
    /* "-": it has no value, and what is behind it was taken for one */
    if (id[0] == '\0' || strcmp(id, "-") == 0 || strpbrk(id, " \t;") != NULL) {
        return "--authserv-id wants one word: the first one in the "
               "Authentication-Results that your mail server writes";
    }
    return NULL;
}

int authres_is_partial(const char *value, const char *signer)
{
    size_t len, unused;
    const char *domain = tag(value, "d", &len);

    if (domain && len > 0 && domain[len - 1] == '.') {
        len--;
    }
    return domain && len == strlen(signer) &&
           strncasecmp(domain, signer, len) == 0 &&
           tag(value, "l", &unused) != NULL;
}

/* Is name below domain? */
static int is_below(const char *name, const char *domain)
{
    size_t len = strlen(name), tail = strlen(domain);

    return len > tail + 1 && name[len - tail - 1] == '.' &&
           strcmp(name + len - tail, domain) == 0;
}

int authres_is_aligned(apr_pool_t *p, const char *signer, const char *submitter)
{
    const char *name;

    return !mta_sts_name_parse(p, submitter, &name) &&
           (strcmp(signer, name) == 0 || is_below(signer, name) ||
            is_below(name, signer));
}
