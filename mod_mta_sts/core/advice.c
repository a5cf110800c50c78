/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Advice: by type, by finding, by name, and as a command line.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/advice.h"
#include "core/advice_text.h"
#include "core/name.h"
#include "core/octets.h"

const tlsrpt_advice_t *tlsrpt_advice(tlsrpt_result_e result)
{
    int known = result > TLSRPT_RESULT_OTHER && result < TLSRPT_RESULT_COUNT;

    return &tlsrpt_result_texts[known ? result : TLSRPT_RESULT_OTHER];
}

const tlsrpt_advice_t *tlsrpt_finding_advice(tlsrpt_finding_e finding)
{
    int known = (int)finding >= 0 && finding < TLSRPT_FINDING_COUNT;

    return &tlsrpt_finding_texts[known ? finding : TLSRPT_UNVERIFIED_ONLY];
}

/* The registered types first, then "other", then the findings. */
static const tlsrpt_advice_t *at(int i)
{
    if (i < 0 || i >= TLSRPT_RESULT_COUNT + TLSRPT_FINDING_COUNT) {
        return NULL;
    }
    if (i >= TLSRPT_RESULT_COUNT) {
        return &tlsrpt_finding_texts[i - TLSRPT_RESULT_COUNT];
    }
    return &tlsrpt_result_texts[(i + 1) % TLSRPT_RESULT_COUNT];
}

int tlsrpt_advice_is_finding(const tlsrpt_advice_t *advice)
{
    int i;

    for (i = 0; i < TLSRPT_FINDING_COUNT; i++) {
        if (advice == &tlsrpt_finding_texts[i]) {
            return 1;
        }
    }
    return 0;
}

const char *tlsrpt_advice_name(int i)
{
    const tlsrpt_advice_t *advice = at(i);

    return advice ? advice->name : NULL;
}

static int same(const char *a, const char *b)
{
    while (*a && mta_sts_to_lower(*a) == mta_sts_to_lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

const tlsrpt_advice_t *tlsrpt_advice_by_name(const char *name)
{
    const tlsrpt_advice_t *advice;
    int i;

    for (i = 0; (advice = at(i)) != NULL; i++) {
        if (same(name, advice->name)) {
            return advice;
        }
    }
    return NULL;
}

/* The command with each word replaced by a name that is a name, or NULL. */
static const char *replace(apr_pool_t *p, const char *command, const char *word,
                           const char *given)
{
    const char *name, *found = strstr(command, word), *done = "";

    if (!found) {
        return command;
    }
    if (mta_sts_name_parse(p, given, &name)) {
        return NULL;
    }
    for (; found; found = strstr(command, word)) {
        done = apr_pstrcat(
            p, done, apr_pstrmemdup(p, command, (apr_size_t)(found - command)),
            name, NULL);
        command = found + strlen(word);
    }
    return apr_pstrcat(p, done, command, NULL);
}

const char *tlsrpt_advice_about(apr_pool_t *p, const char *text,
                                const char *domain)
{
    const char *filled = replace(p, text, "DOMAIN", domain);

    return filled ? filled : text;
}

const char *tlsrpt_advice_command(apr_pool_t *p, const tlsrpt_advice_t *advice,
                                  const char *mx, const char *domain)
{
    const char *command = advice->check;

    if (command) {
        command = replace(p, command, "MX", mx);
    }
    /* a name in normal form is lower case: none has a word in it */
    if (command) {
        command = replace(p, command, "DOMAIN", domain);
    }
    return command;
}
