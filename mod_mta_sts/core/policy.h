/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The policy (RFC 8461, 3.2): check it, render it, parse it, name it.
 */
#ifndef MTA_STS_CORE_POLICY_H
#define MTA_STS_CORE_POLICY_H

#include <apr_pools.h>
#include <apr_tables.h>

/** Zero is "not set", so that a cleared record sets nothing. */
typedef enum {
    MTA_STS_MODE_UNSET = 0,
    MTA_STS_MODE_TESTING,
    MTA_STS_MODE_ENFORCE,
    MTA_STS_MODE_NONE
} mta_sts_mode_e;

/** The largest max_age, in seconds: about a year (RFC 8461, 3.2). */
#define MTA_STS_MAX_AGE_MAX 31557600

/**
 * Default max_age in seconds for testing and none. Frozen, as is the next: a
 * change would change the id of every policy that relies on it.
 */
#define MTA_STS_MAX_AGE_DEFAULT 86401
/** Default max_age in seconds for enforce: four weeks. */
#define MTA_STS_MAX_AGE_DEFAULT_ENFORCE 2419200

/**
 * A body of this many octets is too long for us to serve: there is a sender
 * that reads no further and loses mx lines without an error (chasquid).
 */
#define MTA_STS_BODY_LIMIT 10240

/** What a sender should read at least and at most (RFC 8461, 3.3). */
#define MTA_STS_PARSE_LIMIT 65536

/** The length of a policy id at most (RFC 8461, 3.1), and of those we make. */
#define MTA_STS_ID_MAX 32

typedef struct {
    mta_sts_mode_e mode;
    apr_uint32_t max_age;         /* seconds */
    const apr_array_header_t *mx; /* of const char *: patterns, in order */
} mta_sts_policy_t;

/** "testing", "enforce" or "none"; "unset" for MTA_STS_MODE_UNSET. Static. */
const char *mta_sts_mode_name(mta_sts_mode_e mode);

/** The default max_age of a mode, in seconds. */
apr_uint32_t mta_sts_max_age_default(mta_sts_mode_e mode);

/**
 * Render a policy. The form is frozen: a change of one octet would change
 * every policy id.
 *
 * @param p       where the body is allocated
 * @param policy  mode set, max_age in 1..MTA_STS_MAX_AGE_MAX, patterns in
 *                normal form
 * @param len     the body's length in octets, without the final NUL
 * @return        the body, NUL-terminated
 */
const char *mta_sts_policy_render(apr_pool_t *p, const mta_sts_policy_t *policy,
                                  apr_size_t *len);

/**
 * The policy id that belongs to a body: the first 32 hexadecimal digits
 * (lower case) of the SHA-256 of the body followed directly by the salt.
 *
 * @param p     where the id is allocated
 * @param body  as rendered
 * @param len   octets
 * @param salt  letters and digits, or NULL for none
 * @return      the id, or NULL if OpenSSL has no SHA-256 to offer
 */
const char *mta_sts_policy_id(apr_pool_t *p, const char *body, apr_size_t len,
                              const char *salt);

/**
 * Parse a body as RFC 8461, 3.2 says. Strict: what this function takes every
 * sender that follows the RFC takes too. Unknown fields are skipped; of a
 * repeated field other than mx the first counts. As in the RFC max_age may be
 * 0, and mode none needs no mx; both are more than we would serve.
 *
 * @param p       where the policy is allocated
 * @param body    not terminated, any octets
 * @param len     octets; more than MTA_STS_PARSE_LIMIT is an error
 * @param policy  filled in; untouched on error. The mx patterns are as
 *                written, the case included; mta_sts_mx_is_valid() each.
 * @return        NULL, or a sentence without a final full stop that says what
 *                is wrong, with the line number where there is one, in pool p
 *                or static. It quotes nothing but printable ASCII.
 */
const char *mta_sts_policy_parse(apr_pool_t *p, const char *body,
                                 apr_size_t len, mta_sts_policy_t *policy);

/** Do two policies say the same to a sender? (mode, max_age, mx as a set) */
int mta_sts_policy_equal(const mta_sts_policy_t *a, const mta_sts_policy_t *b);

#endif
