/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the receiving MTA found when it verified DKIM signatures: the header
 * field Authentication-Results (RFC 8601). No signature is verified here.
 */
#ifndef MTA_STS_CLI_AUTHRES_H
#define MTA_STS_CLI_AUTHRES_H

#include <apr_pools.h>
#include <apr_tables.h>

/** The most domains taken out of one field. */
#define AUTHRES_SIGNERS_MAX 16

/**
 * The domains with a valid DKIM signature, by one Authentication-Results field.
 *
 * @param p        for the domains
 * @param value    of the field, folded or not
 * @param id       the authserv-id that is believed, in any case
 * @param signers  of const char *: header.d, else the domain of header.i, of
 *                 each dkim=pass is added, in normal form. What comes after a
 *                 syntax error is not.
 * @return         non-zero if the field is of this authserv-id
 */
int authres_signers(apr_pool_t *p, const char *value, const char *id,
                    apr_array_header_t *signers);

/**
 * Can it be an authserv-id, as an option gives it?
 *
 * @return  NULL, or a sentence that names the option, static
 */
const char *authres_id_check(const char *id);

/**
 * Has a DKIM-Signature an l= tag, by which it covers the beginning of the body
 * only? RFC 8460, 3 forbids it: anybody could append a report of his own.
 *
 * @param value   of the DKIM-Signature field, folded or not
 * @param signer  normal form
 * @return        non-zero if it is a signature of this domain, and has one
 */
int authres_is_partial(const char *value, const char *signer);

/**
 * Does a DKIM signature of signer speak for submitter? It does if one is the
 * other, or a domain below the other: reporters sign as example.com and name
 * tlsrpt@reports.example.com as their contact, or the other way round.
 *
 * @param signer     normal form
 * @param submitter  in any form; what is no domain name has no signer
 */
int authres_is_aligned(apr_pool_t *p, const char *signer,
                       const char *submitter);

#endif
