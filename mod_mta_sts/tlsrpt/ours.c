/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whose reports are taken.
 */
#include "tlsrpt/ours.h"

#include "core/name.h"
#include "tlsrpt/config.h"

static APR_OPTIONAL_FN_TYPE(mta_sts_policy_of) * policy_of;
static APR_OPTIONAL_FN_TYPE(mta_sts_is_mx) * is_mx;

void tlsrpt_ours_retrieve(void)
{
    policy_of = APR_RETRIEVE_OPTIONAL_FN(mta_sts_policy_of);
    is_mx = APR_RETRIEVE_OPTIONAL_FN(mta_sts_is_mx);
}

int tlsrpt_ours_knows_policies(void)
{
    return policy_of != NULL;
}

int tlsrpt_is_ours(apr_pool_t *p, server_rec *s, const char *domain)
{
    const tlsrpt_config_t *conf = tlsrpt_config(s);
    int i;

    if (!*domain) {
        return 0;
    }
    for (i = 0; i < conf->domains->nelts; i++) {
        if (mta_sts_mx_matches(APR_ARRAY_IDX(conf->domains, i, const char *),
                               domain)) {
            return 1;
        }
    }
    return (policy_of && policy_of(s, domain, p)) ||
           (is_mx && is_mx(s, domain));
}

mta_sts_answer_t *tlsrpt_policy_now(apr_pool_t *p, server_rec *s,
                                    const char *domain)
{
    return policy_of ? policy_of(s, domain, p) : NULL;
}
