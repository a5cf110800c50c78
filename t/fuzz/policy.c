/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a policy that was parsed can be served, and says the same then.
 */
#include "fuzz.h"

#include "core/name.h"
#include "core/policy.h"

/* The policy with its patterns in the form in which we serve them. */
static mta_sts_policy_t normalised(apr_pool_t *p, const mta_sts_policy_t *read)
{
    mta_sts_policy_t policy = *read;
    apr_array_header_t *mx =
        apr_array_make(p, read->mx->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < read->mx->nelts; i++) {
        const char *written = APR_ARRAY_IDX(read->mx, i, const char *);
        const char *pattern = NULL;

        CHECK(mta_sts_mx_is_valid(written, strlen(written)));
        CHECK(mta_sts_mx_parse(p, written, &pattern) == NULL);
        APR_ARRAY_PUSH(mx, const char *) = pattern;
    }
    policy.mx = mx;
    return policy;
}

/* No control character is part of a policy, nor is what is not UTF-8. */
static void check_octets(const char *body, size_t len)
{
    size_t i, size;

    for (i = 0; i < len; i += size) {
        size = mta_sts_utf8_len(body + i, len - i);
        CHECK(size > 0);
        if (body[i] == '\r') {
            CHECK(i + 1 < len && body[i + 1] == '\n');
        }
        else {
            CHECK(size > 1 || mta_sts_is_print(body[i]) || body[i] == '\n' ||
                  body[i] == '\t');
        }
    }
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    mta_sts_policy_t read = {MTA_STS_MODE_UNSET, 4711, NULL};
    mta_sts_policy_t served, back;
    const char *error, *body, *id;
    apr_size_t len;

    error = mta_sts_policy_parse(p, (const char *)data, size, &read);
    if (error) {
        fuzz_sentence(error);
        CHECK(read.mode == MTA_STS_MODE_UNSET && read.max_age == 4711 &&
              read.mx == NULL);
        return;
    }
    CHECK(read.mode == MTA_STS_MODE_NONE || read.mx->nelts > 0);
    CHECK(read.mode != MTA_STS_MODE_UNSET);
    check_octets((const char *)data, size);
    CHECK(read.max_age <= MTA_STS_MAX_AGE_MAX);

    served = normalised(p, &read);
    body = mta_sts_policy_render(p, &served, &len);
    CHECK(len == strlen(body));
    CHECK(mta_sts_policy_parse(p, body, len, &back) == NULL);
    CHECK(mta_sts_policy_equal(&read, &back));
    CHECK(mta_sts_policy_equal(&back, &read));

    id = mta_sts_policy_id(p, body, len, NULL);
    CHECK(strlen(id) == MTA_STS_ID_MAX);
    CHECK(strspn(id, "0123456789abcdef") == MTA_STS_ID_MAX);
}
