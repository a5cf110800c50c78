/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Values as administrators write them in a configuration.
 *
 * Each parser takes a NUL-terminated text and answers NULL and a value, or the
 * end of a sentence that says what is wrong and what is allowed (in pool p or
 * static; the caller puts directive and value in front: `MTASTSMaxAge
 * "7 days": not a duration; write seconds, ...`). On error the value is
 * untouched. Everything is allocated in p.
 */
#ifndef MTA_STS_CORE_VALUE_H
#define MTA_STS_CORE_VALUE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include "core/policy.h"

/** A policy id as MTASTSPolicyId says it. */
typedef struct {
    const char *literal; /* NULL: made from the body */
    const char *salt;    /* NULL: none; only without a literal */
} mta_sts_id_t;

/**
 * A mode, in any case. An unknown one is answered with the nearest known one:
 * "not a mode; did you mean enforce? (testing, enforce or none)".
 */
const char *mta_sts_value_mode(apr_pool_t *p, const char *arg,
                               mta_sts_mode_e *mode);

/**
 * A max_age: seconds, or a number with one of the units s, mi, h, d and w (in
 * any case), within 1..MTA_STS_MAX_AGE_MAX seconds. Nothing may follow.
 */
const char *mta_sts_value_max_age(apr_pool_t *p, const char *arg,
                                  apr_uint32_t *seconds);

/**
 * A policy id: "auto" (in any case), or 1 to 32 letters or digits (RFC 8461,
 * 3.1).
 *
 * @param salt  the second word, or NULL: 1 to 32 letters or digits, only
 *              behind "auto"
 */
const char *mta_sts_value_id(apr_pool_t *p, const char *arg, const char *salt,
                             mta_sts_id_t *id);

/**
 * A report address (RFC 8460, 3: rua): a mailto: or https: URI of the octets
 * that RFC 3986 allows, without a raw ",", ";" or "!" (the message names the
 * percent-encoded form). A mail address without mailto:, a host without
 * https://, http: and other schemes are errors that show what to write.
 * https needs a host; mailto needs something@something.
 *
 * @param uri  as written, the scheme in lower case
 */
const char *mta_sts_value_rua(apr_pool_t *p, const char *arg, const char **uri);

/**
 * A duration in the largest units, "4w", "1d1s", "12h30mi"; "0s" for zero.
 * What this writes with one unit mta_sts_value_max_age() reads.
 */
const char *mta_sts_duration_text(apr_pool_t *p, apr_uint32_t seconds);

#endif
