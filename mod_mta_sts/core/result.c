/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The registered words of a report: policy types and result types.
 */
#include <apr_strings.h>

#include "core/octets.h"
#include "core/tlsrpt.h"

/* RFC 8460, 4.3; in the order of tlsrpt_result_e. */
static const char *const results[TLSRPT_RESULT_COUNT] = {
    "other",
    "starttls-not-supported",
    "certificate-host-mismatch",
    "certificate-expired",
    "certificate-not-trusted",
    "validation-failure",
    "tlsa-invalid",
    "dnssec-invalid",
    "dane-required",
    "sts-policy-fetch-error",
    "sts-policy-invalid",
    "sts-webpki-invalid",
};

const char *tlsrpt_policy_type_name(tlsrpt_policy_type_e type)
{
    switch (type) {
    case TLSRPT_POLICY_STS:
        return "sts";
    case TLSRPT_POLICY_TLSA:
        return "tlsa";
    case TLSRPT_POLICY_NONE:
        return "no-policy-found";
    case TLSRPT_POLICY_OTHER:
        break;
    }
    return "other";
}

const char *tlsrpt_result_name(tlsrpt_result_e result)
{
    int known = result > TLSRPT_RESULT_OTHER && result < TLSRPT_RESULT_COUNT;

    return results[known ? result : TLSRPT_RESULT_OTHER];
}

const char *tlsrpt_word_form(apr_pool_t *p, const char *word)
{
    char *form = apr_pstrdup(p, word), *c;

    for (c = form; *c; c++) {
        *c = *c == '_' || *c == ' ' ? '-' : mta_sts_to_lower(*c);
    }
    return form;
}

static int same(const char *a, const char *b)
{
    while (*a && mta_sts_to_lower(*a) == mta_sts_to_lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

tlsrpt_result_e tlsrpt_result_by_name(const char *name)
{
    int i;

    for (i = TLSRPT_RESULT_OTHER + 1; i < TLSRPT_RESULT_COUNT; i++) {
        if (same(name, results[i])) {
            return (tlsrpt_result_e)i;
        }
    }
    return TLSRPT_RESULT_OTHER;
}

int tlsrpt_result_is_of_host(tlsrpt_result_e result)
{
    return result == TLSRPT_STS_POLICY_FETCH_ERROR ||
           result == TLSRPT_STS_POLICY_INVALID ||
           result == TLSRPT_STS_WEBPKI_INVALID;
}
