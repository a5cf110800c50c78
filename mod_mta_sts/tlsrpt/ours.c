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
static APR_OPTIONAL_FN_TYPE(mta_sts_named_domains) * named_domains;

void tlsrpt_ours_retrieve(void)
{
    policy_of = APR_RETRIEVE_OPTIONAL_FN(mta_sts_policy_of);
    is_mx = APR_RETRIEVE_OPTIONAL_FN(mta_sts_is_mx);
    named_domains = APR_RETRIEVE_OPTIONAL_FN(mta_sts_named_domains);
}

int tlsrpt_ours_knows_policies(void)
{
    return policy_of != NULL;
}

int tlsrpt_ours_named(apr_pool_t *p, server_rec *main_server)
{
    const tlsrpt_config_t *conf = tlsrpt_config(main_server);
    int i, named = named_domains ? named_domains(main_server, p) : 0;

    for (i = 0; i < conf->domains->nelts; i++) {
        named += *APR_ARRAY_IDX(conf->domains, i, const char *) != '*';
    }
    return named;
}

/* Does TLSRPTDomain say so? */
static tlsrpt_ours_e is_added(const server_rec *s, const char *domain)
{
    const tlsrpt_config_t *conf = tlsrpt_config(s);
    tlsrpt_ours_e is = TLSRPT_OURS_NOT;
    int i;

    for (i = 0; i < conf->domains->nelts && is != TLSRPT_OURS_NAMED; i++) {
        const char *one = APR_ARRAY_IDX(conf->domains, i, const char *);

        if (mta_sts_mx_matches(one, domain)) {
            is = *one == '*' ? TLSRPT_OURS_WILDCARD : TLSRPT_OURS_NAMED;
        }
    }
    return is;
}

tlsrpt_ours_e tlsrpt_is_ours(apr_pool_t *p, server_rec *s, const char *domain)
{
    const mta_sts_answer_t *policy;
    tlsrpt_ours_e is;
    int mx;

    if (!*domain) {
        return TLSRPT_OURS_NOT;
    }
    is = is_added(s, domain);
    if (is == TLSRPT_OURS_NAMED) {
        return is;
    }
    policy = policy_of ? policy_of(s, domain, p) : NULL;
    mx = is_mx ? is_mx(s, domain) : 0;
    if ((policy && !policy->by_match) || mx == MTA_STS_MX_NAMED) {
        return TLSRPT_OURS_NAMED;
    }
    return policy || mx ? TLSRPT_OURS_WILDCARD : is;
}

mta_sts_answer_t *tlsrpt_policy_now(apr_pool_t *p, server_rec *s,
                                    const char *domain)
{
    return policy_of ? policy_of(s, domain, p) : NULL;
}
