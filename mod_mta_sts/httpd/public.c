/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What other modules may ask. Like the catalogue it is made once per start and
 * read-only afterwards, so that threads may ask at the same time.
 */
#include "httpd/public.h"

#include <apr_strings.h>

#include "core/name.h"
#include "httpd/answering.h"
#include "httpd/catalog.h"
#include "httpd/vhost.h"
#include "mod_mta_sts.h"

struct mta_sts_public_t {
    apr_hash_t *reached; /* policy domain -> mta_sts_compiled_t * */
    apr_hash_t *mx;      /* mx pattern without its "*" -> the pattern */
    const mta_sts_index_t *index;
    server_rec *main_server;
};

static void add_mx(mta_sts_public_t *public, const mta_sts_policy_t *policy)
{
    int i;

    for (i = 0; i < policy->mx->nelts; i++) {
        const char *pattern = APR_ARRAY_IDX(policy->mx, i, const char *);

        apr_hash_set(public->mx, *pattern == '*' ? pattern + 1 : pattern,
                     APR_HASH_KEY_STRING, pattern);
    }
}

void mta_sts_public_ready(apr_pool_t *p, server_rec *main_server,
                          const apr_array_header_t *vhosts)
{
    mta_sts_public_t *public = apr_pcalloc(p, sizeof(*public));
    apr_array_header_t *served = mta_sts_catalog_served(p, vhosts);
    int i;

    public->reached = apr_hash_make(p);
    public->mx = apr_hash_make(p);
    public->index = mta_sts_index_make(p, vhosts);
    public->main_server = main_server;
    for (i = 0; i < served->nelts; i++) {
        const mta_sts_served_t *one =
            &APR_ARRAY_IDX(served, i, mta_sts_served_t);

        if (one->reached) {
            apr_hash_set(public->reached, one->domain, APR_HASH_KEY_STRING,
                         one->entry->compiled);
        }
        add_mx(public, &one->entry->compiled->policy);
    }
    mta_sts_server_config(main_server)->public = public;
}

static const mta_sts_public_t *public_of(const server_rec *s)
{
    const mta_sts_server_t *conf = mta_sts_server_config(s);

    return conf->outer ? conf->outer->public : conf->public;
}

static int is_https(const server_rec *s, const void *unused)
{
    (void)unused;
    return mta_sts_vhost_is_https(s);
}

/* The policy of the server that answers for a policy host that no server
 * spells out, or where another one is asked than those that do. */
static const mta_sts_compiled_t *ask(apr_pool_t *p,
                                     const mta_sts_public_t *public,
                                     const char *domain)
{
    const char *host = apr_pstrcat(p, MTA_STS_HOST_PREFIX, domain, NULL);
    server_rec *s = mta_sts_index_first(public->index, host, is_https, NULL);
    const mta_sts_entry_t *entry;

    if (!s) {
        s = mta_sts_answering(public->index, public->main_server, host);
    }
    entry = mta_sts_vhost_is_https(s) ? mta_sts_catalog_find(p, s, host) : NULL;
    return entry ? entry->compiled : NULL;
}

static mta_sts_answer_t *mta_sts_policy_of(server_rec *s, const char *domain,
                                           apr_pool_t *p)
{
    const mta_sts_public_t *public = public_of(s);
    const mta_sts_compiled_t *c;
    mta_sts_answer_t *answer;
    int i;

    if (!public) {
        return NULL;
    }
    c = apr_hash_get(public->reached, domain, APR_HASH_KEY_STRING);
    c = c ? c : ask(p, public, domain);
    if (!c) {
        return NULL;
    }
    answer = apr_palloc(p, sizeof(*answer));
    answer->domain = apr_pstrdup(p, domain);
    answer->mode = mta_sts_mode_name(c->policy.mode);
    answer->max_age = c->policy.max_age;
    answer->mx = apr_array_make(p, c->policy.mx->nelts, sizeof(const char *));
    for (i = 0; i < c->policy.mx->nelts; i++) {
        APR_ARRAY_PUSH(answer->mx, const char *) =
            apr_pstrdup(p, APR_ARRAY_IDX(c->policy.mx, i, const char *));
    }
    answer->id = apr_pstrdup(p, c->id);
    answer->body = apr_pstrmemdup(p, c->body, c->len);
    answer->by_match = c->section && c->section->regex;
    return answer;
}

/* Is there a pattern under this key that matches? */
static int mx_at(const mta_sts_public_t *public, const char *key,
                 const char *host)
{
    const char *pattern = apr_hash_get(public->mx, key, APR_HASH_KEY_STRING);

    return pattern && mta_sts_mx_matches(pattern, host);
}

static int mta_sts_is_mx(server_rec *s, const char *host)
{
    const mta_sts_public_t *public = public_of(s);
    const char *dot = ap_strchr_c(host, '.');

    if (!public || !dot) {
        return 0;
    }
    return mx_at(public, host, host)  ? MTA_STS_MX_NAMED
           : mx_at(public, dot, host) ? MTA_STS_MX_WILDCARD
                                      : 0;
}

static int mta_sts_named_domains(server_rec *main_server, apr_pool_t *p)
{
    const apr_array_header_t *vhosts = mta_sts_vhosts(p, main_server);
    apr_hash_t *names = apr_hash_make(p);
    int i, j;

    for (i = 0; i < vhosts->nelts; i++) {
        const mta_sts_catalog_t *catalog =
            mta_sts_server_config(APR_ARRAY_IDX(vhosts, i, server_rec *))
                ->catalog;

        for (j = 0; catalog && j < catalog->domains->nelts; j++) {
            apr_hash_set(names,
                         APR_ARRAY_IDX(catalog->domains, j, const char *),
                         APR_HASH_KEY_STRING, "");
        }
    }
    return (int)apr_hash_count(names);
}

void mta_sts_public_register(void)
{
    APR_REGISTER_OPTIONAL_FN(mta_sts_policy_of);
    APR_REGISTER_OPTIONAL_FN(mta_sts_is_mx);
    APR_REGISTER_OPTIONAL_FN(mta_sts_named_domains);
}
