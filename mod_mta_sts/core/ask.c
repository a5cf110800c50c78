/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a request for the status page asks for.
 */
#include "core/ask.h"

#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "core/name.h"
#include "core/octets.h"
#include "core/summary.h"

static const char *read_form(tlsrpt_query_t *query, const char *value)
{
    static const char *const names[] = {"html", "json", "metrics"};
    int i;

    for (i = 0; i < 3; i++) {
        if (!strcmp(value, names[i])) {
            query->form = (tlsrpt_form_e)i;
            return NULL;
        }
    }
    return "format: write html, json or metrics.";
}

static const char *read_days(tlsrpt_query_t *query, const char *value)
{
    int days = 0, i;

    for (i = 0; i < 4 && mta_sts_is_digit(value[i]); i++) {
        days = days * 10 + value[i] - '0';
    }
    if (i == 0 || value[i] || days < 1 || days > TLSRPT_WINDOW_MAX) {
        return "days: write a number from 1 to " APR_STRINGIFY(
            TLSRPT_WINDOW_MAX) ".";
    }
    query->days = days;
    return NULL;
}

/* A name, or the beginning of one: lower case. */
static const char *read_part(apr_pool_t *p, const char *value,
                             const char **part)
{
    char *copy = apr_pstrdup(p, value), *c;

    for (c = copy; *c; c++) {
        *c = mta_sts_to_lower(*c);
        if (!mta_sts_is_alnum(*c) && *c != '-' && *c != '.' && *c != '_') {
            return "A domain name has letters, digits, hyphens and dots; write "
                   "it as its A-label.";
        }
    }
    if (c - copy > MTA_STS_NAME_MAX) {
        return "A domain name has at most 253 octets.";
    }
    *part = copy;
    return NULL;
}

static const char *read_one(apr_pool_t *p, tlsrpt_query_t *query,
                            const char *name, const char *value)
{
    if (!strcmp(name, "format")) {
        return read_form(query, value);
    }
    if (!strcmp(name, "days")) {
        return read_days(query, value);
    }
    if (!strcmp(name, "domain")) {
        const char *why = mta_sts_name_parse(p, value, &query->domain);

        return why ? apr_pstrcat(p, "domain: ", why, ".", NULL) : NULL;
    }
    if (!strcmp(name, "prefix")) {
        return read_part(p, value, &query->prefix);
    }
    if (!strcmp(name, "after")) {
        return read_part(p, value, &query->after);
    }
    return "The query may have domain, days, format, prefix and after.";
}

/* Is the word, in lower case, in the text, in any case? */
static int has(const char *text, const char *word)
{
    for (; *text; text++) {
        apr_size_t i = 0;

        while (word[i] && mta_sts_to_lower(text[i]) == word[i]) {
            i++;
        }
        if (!word[i]) {
            return 1;
        }
    }
    return 0;
}

static tlsrpt_form_e form_of(const char *accept)
{
    if (!accept || has(accept, "text/html")) {
        return TLSRPT_FORM_HTML;
    }
    if (has(accept, "application/openmetrics-text")) {
        return TLSRPT_FORM_METRICS;
    }
    return has(accept, "application/json") ? TLSRPT_FORM_JSON
                                           : TLSRPT_FORM_HTML;
}

const char *tlsrpt_query_read(apr_pool_t *p, const char *args,
                              const char *accept, tlsrpt_query_t *query)
{
    apr_table_t *seen = apr_table_make(p, 5);
    char *pair, *last = NULL;
    const char *why = NULL;

    query->domain = NULL;
    query->prefix = query->after = "";
    query->days = TLSRPT_WINDOW_DEFAULT;
    query->form = form_of(accept);
    for (pair = args ? apr_strtok(apr_pstrdup(p, args), "&", &last) : NULL;
         pair; pair = apr_strtok(NULL, "&", &last)) {
        char *equals = strchr(pair, '=');
        const char *value, *wrong;

        if (!equals) {
            return "The query is made of name=value.";
        }
        *equals = '\0';
        value = apr_punescape_url(p, equals + 1, NULL, NULL, 1);
        if (!value || apr_table_get(seen, pair)) {
            return "The query cannot be read.";
        }
        apr_table_setn(seen, pair, value);
        wrong = read_one(p, query, pair, value);
        why = why ? why : wrong;
    }
    if (!why && query->domain && (*query->prefix || *query->after)) {
        return "domain does not go with prefix or after.";
    }
    return why;
}
