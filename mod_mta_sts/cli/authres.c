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

/*
 * The word at s, its quoted parts without their quotes ("a;b"@example.com is
 * one word), and the place behind it. NULL if there is none, or a quote is
 * left open.
 */
static const char *word(apr_pool_t *p, const char **s)
{
    const char *from = skip_cfws(*s);
    char *text = apr_palloc(p, strlen(from) + 1);
    char *end = text;
    int quoted = 0;

    while (quoted ? *from != '\0' : !is_special(*from)) {
        if (*from == '"') {
            quoted = !quoted;
        }
        else {
            if (quoted && *from == '\\' && from[1] != '\0') {
                from++;
            }
            *end++ = *from;
        }
        from++;
    }
    *end = '\0';
    if (quoted || end == text) {
        return NULL;
    }
    *s = skip_cfws(from);
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

/* The value of a tag of a DKIM-Signature (RFC 6376, 3.2), without blanks at
 * its ends; NULL if there is none. */
static const char *tag(apr_pool_t *p, const char *value, const char *name)
{
    char *list = apr_pstrdup(p, value), *state = NULL;
    char *item = apr_strtok(list, ";", &state);

    for (; item; item = apr_strtok(NULL, ";", &state)) {
        char *equals = strchr(item, '='), *end;

        if (!equals) {
            continue;
        }
        while (is_blank(*item)) {
            item++;
        }
        for (end = equals; end > item && is_blank(end[-1]); end--) {
        }
        *end = '\0';
        if (strcmp(item, name) != 0) {
            continue;
        }
        for (item = equals + 1; is_blank(*item); item++) {
        }
        for (end = item + strlen(item); end > item && is_blank(end[-1]);
             end--) {
        }
        *end = '\0';
        return item;
    }
    return NULL;
}

int authres_is_partial(apr_pool_t *p, const char *value, const char *signer)
{
    const char *domain = tag(p, value, "d"), *name;

    return domain && !mta_sts_name_parse(p, domain, &name) &&
           strcmp(name, signer) == 0 && tag(p, value, "l") != NULL;
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
