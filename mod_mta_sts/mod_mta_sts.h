/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * mod_mta_sts.h: what other modules may ask mod_mta_sts (its one public
 * header).
 *
 * Fetch the functions anew, NULL included, in every optional_fn_retrieve: the
 * module may come and go by a graceful restart.
 */
#ifndef MOD_MTA_STS_H
#define MOD_MTA_STS_H

#include <apr_optional.h>
#include <apr_tables.h>
#include <httpd.h>

/** A policy that is served, as a copy. */
typedef struct {
    const char *domain;     /* the policy domain, normal form */
    const char *mode;       /* "testing", "enforce" or "none" */
    apr_uint32_t max_age;   /* seconds */
    apr_array_header_t *mx; /* of const char *: the patterns */
    const char *id;         /* the policy id */
    const char *body;       /* as served */
    int by_match;           /* no name leads to it, but a regular expression
                             * (<MTASTSDomainMatch>), which others match, too */
} mta_sts_answer_t;

/**
 * The policy that senders get for a policy domain from this process, whichever
 * virtual host has it.
 *
 * @param s       any server
 * @param domain  lower case, no final dot
 * @param p       where the answer is allocated
 * @return        NULL if there is none
 */
APR_DECLARE_OPTIONAL_FN(mta_sts_answer_t *, mta_sts_policy_of,
                        (server_rec * s, const char *domain, apr_pool_t *p));

/** What mta_sts_is_mx answers. */
#define MTA_STS_MX_NAMED    1 /* a policy names it */
#define MTA_STS_MX_WILDCARD 2 /* only a pattern with "*" matches it */

/**
 * Does a pattern of any policy that is spelled out match this MX host? For
 * reports about DANE, whose policy domain is the MX host.
 *
 * @param host  lower case, no final dot
 * @return      0 if none does, else MTA_STS_MX_NAMED or MTA_STS_MX_WILDCARD
 */
APR_DECLARE_OPTIONAL_FN(int, mta_sts_is_mx, (server_rec * s, const char *host));

/**
 * How many policy domains have a policy and a name in the configuration: by
 * ServerName and ServerAlias, or by <MTASTSDomain>. Each counts once. What a
 * <MTASTSDomainMatch> matches cannot be counted.
 *
 * It is known when the hook check_config of mod_mta_sts.c has run, so that
 * configtest may ask, too; before, the answer is 0.
 *
 * @param p  for scratch, some hundred octets for each domain
 */
APR_DECLARE_OPTIONAL_FN(int, mta_sts_named_domains,
                        (server_rec * main_server, apr_pool_t *p));

#endif
