/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a name that was taken is one, and is itself when taken again.
 * The first line is a pattern, what follows is a host name.
 */
#include "fuzz.h"

#include "core/name.h"

static char *lower(apr_pool_t *p, const char *text)
{
    char *copy = apr_pstrdup(p, text);
    char *c;

    for (c = copy; *c; c++) {
        *c = mta_sts_to_lower(*c);
    }
    return copy;
}

static void check_mx(apr_pool_t *p, const char *arg)
{
    int valid = mta_sts_mx_is_valid(arg, strlen(arg));
    const char *pattern = NULL, *again = NULL;
    const char *error = mta_sts_mx_parse(p, arg, &pattern);

    if (error) {
        fuzz_sentence(error);
        CHECK(pattern == NULL);
        CHECK(!valid);
        return;
    }
    CHECK(mta_sts_mx_is_valid(pattern, strlen(pattern)));
    CHECK(strcmp(pattern, lower(p, pattern)) == 0);
    if (valid) {
        CHECK(strcmp(pattern, lower(p, arg)) == 0);
    }
    else {
        CHECK(arg[strlen(arg) - 1] == '.');
    }
    CHECK(mta_sts_mx_parse(p, pattern, &again) == NULL);
    CHECK(strcmp(pattern, again) == 0);
    CHECK(mta_sts_mx_parse(p, apr_pstrcat(p, pattern, ".", NULL), &again) ==
          NULL);
    CHECK(strcmp(pattern, again) == 0);
    /* a "*" stands for a label, whatever the label, and no host has one */
    CHECK(mta_sts_mx_matches(pattern, pattern) == (pattern[0] != '*'));
    if (pattern[0] == '*') {
        CHECK(mta_sts_mx_matches(pattern,
                                 apr_pstrcat(p, "0-a", pattern + 1, NULL)) ==
              (strlen(pattern) + 2 <= MTA_STS_NAME_MAX));
    }
}

static void check_name(apr_pool_t *p, const char *arg)
{
    const char *name = NULL, *pattern = NULL;
    const char *error = mta_sts_name_parse(p, arg, &name);

    if (error) {
        fuzz_sentence(error);
        CHECK(name == NULL);
        return;
    }
    CHECK(mta_sts_mx_parse(p, arg, &pattern) == NULL);
    CHECK(strcmp(name, pattern) == 0);
    CHECK(mta_sts_mx_matches(arg, name) == (arg[strlen(arg) - 1] != '.'));
    CHECK(mta_sts_mx_matches(name, arg));
}

/* The rule of RFC 8461, 4.1 in other words than those of core/name.c. */
static int covers(apr_pool_t *p, const char *pattern, const char *host)
{
    const char *name;

    if (!mta_sts_mx_is_valid(pattern, strlen(pattern)) ||
        mta_sts_name_parse(p, host, &name)) {
        return 0;
    }
    pattern = lower(p, pattern);
    if (pattern[0] == '*') {
        pattern += 1;
        name = strchr(name, '.');
    }
    return strcmp(pattern, name) == 0;
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    size_t len = newline ? (size_t)(newline - data) : size;
    const char *pattern = fuzz_string(p, data, len);
    const char *host = newline ? fuzz_string(p, newline + 1, size - len - 1)
                               : fuzz_string(p, NULL, 0);

    check_mx(p, pattern);
    check_mx(p, host);
    check_name(p, pattern);
    check_name(p, host);
    CHECK(mta_sts_mx_matches(pattern, host) == covers(p, pattern, host));
    mta_sts_mx_is_valid((const char *)data, size);
}
