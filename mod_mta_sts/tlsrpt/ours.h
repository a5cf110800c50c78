/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whose reports are taken: those about policy domains that mod_mta_sts serves
 * and about MX hosts that a pattern of its policies matches, and those about
 * what TLSRPTDomain names.
 */
#ifndef MTA_STS_TLSRPT_OURS_H
#define MTA_STS_TLSRPT_OURS_H

#include "core/store.h"
#include "mod_mta_sts.h"
#include "tlsrpt/module.h"

/** For optional_fn_retrieve: what mod_mta_sts offers, or that it is gone. */
void tlsrpt_ours_retrieve(void);

/** Is mod_mta_sts there? */
int tlsrpt_ours_knows_policies(void);

/**
 * How many of them have a name: policy domains of mod_mta_sts, and names behind
 * TLSRPTDomain; one that is both counts twice. Known in check_config, when that
 * of mod_mta_sts has run.
 *
 * @param p  for scratch
 */
int tlsrpt_ours_named(apr_pool_t *p, server_rec *main_server);

/**
 * Is this a policy domain (or an MX host, as in reports about DANE) of ours?
 *
 * @param p       for scratch
 * @param s       any server
 * @param domain  normal form
 * @return        by a name that is written somewhere, or by a wildcard alone:
 *                one of TLSRPTDomain or of an mx pattern, or a
 *                <MTASTSDomainMatch>
 */
tlsrpt_ours_e tlsrpt_is_ours(apr_pool_t *p, server_rec *s, const char *domain);

/** The policy served for a domain now, in p; NULL if none is known. */
mta_sts_answer_t *tlsrpt_policy_now(apr_pool_t *p, server_rec *s,
                                    const char *domain);

#endif
