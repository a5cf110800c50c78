/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The policy that a reporter saw beside the one that is served.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/octets.h"
#include "core/summary_parts.h"

/* The fields of a policy (RFC 8461, 3.2), in its order. */
static const char *const keys[] = {"version", "mode", "mx", "max_age"};
#define KEYS (sizeof(keys) / sizeof(*keys))

apr_array_header_t *tlsrpt_sum_lines(apr_pool_t *p, const char *text)
{
    apr_array_header_t *lines = apr_array_make(p, 8, sizeof(const char *));

    while (*text) {
        apr_size_t len = strcspn(text, "\r\n");

        if (len > 0) {
            APR_ARRAY_PUSH(lines, const char *) = apr_pstrmemdup(p, text, len);
        }
        text += len;
        text += strspn(text, "\r\n");
    }
    return lines;
}

/* The value of a line if it has this key: lower case, no blanks around it. */
static const char *value_of(apr_pool_t *p, const char *line, const char *key)
{
    apr_size_t len = strlen(key);
    char *value, *c;

    while (mta_sts_is_wsp(*line)) {
        line++;
    }
    for (; *key; key++, line++) {
        if (mta_sts_to_lower(*line) != *key) {
            return NULL;
        }
    }
    while (mta_sts_is_wsp(*line)) {
        line++;
    }
    if (len == 0 || *line++ != ':') {
        return NULL;
    }
    while (mta_sts_is_wsp(*line)) {
        line++;
    }
    value = apr_pstrdup(p, line);
    for (c = value; *c; c++) {
        *c = mta_sts_to_lower(*c);
    }
    while (c > value && (mta_sts_is_wsp(c[-1]) || c[-1] == '.')) {
        *--c = '\0';
    }
    return value;
}

apr_array_header_t *tlsrpt_sum_values(apr_pool_t *p,
                                      const apr_array_header_t *lines,
                                      const char *key)
{
    apr_array_header_t *values = apr_array_make(p, 4, sizeof(const char *));
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const char *value =
            value_of(p, APR_ARRAY_IDX(lines, i, const char *), key);

        if (value) {
            APR_ARRAY_PUSH(values, const char *) = value;
        }
    }
    return values;
}

/* Is each value of a in b? */
static int is_in(const apr_array_header_t *a, const apr_array_header_t *b)
{
    int i, j;

    for (i = 0; i < a->nelts; i++) {
        const char *value = APR_ARRAY_IDX(a, i, const char *);

        for (j = 0; j < b->nelts; j++) {
            if (strcmp(value, APR_ARRAY_IDX(b, j, const char *)) == 0) {
                break;
            }
        }
        if (j == b->nelts) {
            return 0;
        }
    }
    return 1;
}

const char *tlsrpt_sum_differs(apr_pool_t *p, const apr_array_header_t *lines,
                               const char *body)
{
    apr_array_header_t *served = tlsrpt_sum_lines(p, body);
    const char *differs = "";
    apr_size_t i;

    for (i = 0; i < KEYS; i++) {
        apr_array_header_t *theirs = tlsrpt_sum_values(p, lines, keys[i]);
        apr_array_header_t *ours = tlsrpt_sum_values(p, served, keys[i]);

        if (theirs->nelts > 0 &&
            !(is_in(theirs, ours) && is_in(ours, theirs))) {
            differs =
                apr_pstrcat(p, differs, *differs ? ", " : "", keys[i], NULL);
        }
    }
    return differs;
}
