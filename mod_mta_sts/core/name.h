/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * DNS names as MTA-STS uses them: host names, policy domains, mx patterns.
 *
 * A name in normal form is lower case, has no final dot, and consists of at
 * least two LDH labels (letters, digits, hyphen inside; A-labels for
 * internationalised names) of 1 to 63 octets, 253 octets in all. The last label
 * is not a number, so that no address is a name.
 */
#ifndef MTA_STS_CORE_NAME_H
#define MTA_STS_CORE_NAME_H

#include <apr_pools.h>

/** The longest name, in octets without the final dot (RFC 1035, 2.3.4). */
#define MTA_STS_NAME_MAX 253

/** The longest policy domain: "_smtp._tls." and the domain are a name too. */
#define MTA_STS_DOMAIN_MAX (MTA_STS_NAME_MAX - 11)

/** The longest label, in octets (RFC 1035, 2.3.4). */
#define MTA_STS_LABEL_MAX 63

/** What stands before the policy domain in a policy host (RFC 8461, 3.3). */
#define MTA_STS_HOST_PREFIX "mta-sts."

/**
 * Bring a host name or a policy domain into normal form.
 *
 * @param p     where the normal form is allocated
 * @param arg   as written: any case, with or without one final dot
 * @param name  the normal form; untouched on error
 * @return      NULL, or what is wrong and what is allowed, as the end of a
 *              sentence ("not a domain name: ..."), in pool p or static; it
 *              quotes nothing
 */
const char *mta_sts_name_parse(apr_pool_t *p, const char *arg,
                               const char **name);

/**
 * Bring an mx pattern into normal form: a host name, or "*." and a domain of
 * one label or more (RFC 8461, 3.2 sts-policy-mx-value and 4.1). "*.com" is a
 * pattern, though no wise one.
 *
 * @param p        where the normal form is allocated
 * @param arg      as an administrator wrote it: any case, one final dot is
 *                 dropped
 * @param pattern  the normal form; untouched on error
 * @return         NULL, or the end of a sentence that says what is wrong and
 *                 what to write, in pool p or static: there is a sentence of
 *                 its own for an address, a port, a scheme, a preference, a
 *                 comma, an underscore, a single label, more than one "*", a
 *                 "*" that is not the whole left-most label, a U-label, a
 *                 label or a name that is too long
 */
const char *mta_sts_mx_parse(apr_pool_t *p, const char *arg,
                             const char **pattern);

/**
 * Is this an mx pattern in the form in which a policy may carry it? Unlike
 * mta_sts_mx_parse() nothing is mended, only the case is free (RFC 8461, 3.2).
 *
 * @param text  not terminated
 * @param len   octets
 */
int mta_sts_mx_is_valid(const char *text, apr_size_t len);

/**
 * Does the host name of an MX match a pattern of a policy? (RFC 8461, 4.1)
 *
 * @param pattern  as in the policy: a host name, or "*." and a host name,
 *                 which stands for exactly one label
 * @param host     the MX host name, in any case, with or without a final dot
 * @return         non-zero if it matches; 0 also when either is not a host
 *                 name
 */
int mta_sts_mx_matches(const char *pattern, const char *host);

#endif
