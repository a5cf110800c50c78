/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * JSON text as values to read: the little of jansson that a report needs, so
 * that one file knows jansson.
 *
 * A value that is absent (NULL) or null is the same here, and may be asked for
 * anything.
 */
#ifndef MTA_STS_CORE_JSON_H
#define MTA_STS_CORE_JSON_H

#include <apr_pools.h>

typedef struct tlsrpt_json_t tlsrpt_json_t;

typedef enum {
    TLSRPT_JSON_ABSENT = 0, /* not there, or null */
    TLSRPT_JSON_OBJECT,
    TLSRPT_JSON_ARRAY,
    TLSRPT_JSON_STRING,
    TLSRPT_JSON_NUMBER,
    TLSRPT_JSON_BOOLEAN
} tlsrpt_json_e;

/**
 * Read JSON text: an object or an array. Strict (RFC 8259 and RFC 7493):
 * duplicate names, bad UTF-8, lone surrogates, U+0000 and anything behind the
 * end are errors. Ask tlsrpt_prescan() first: this bounds nothing.
 *
 * @param p      the values live as long as it
 * @param text   not terminated
 * @param value  untouched on error
 * @return       NULL, or the end of a sentence, printable ASCII, in p
 */
const char *tlsrpt_json_read(apr_pool_t *p, const char *text, apr_size_t len,
                             const tlsrpt_json_t **value);

tlsrpt_json_e tlsrpt_json_kind(const tlsrpt_json_t *value);

/** A member of an object; NULL if it has none, or is no object. */
const tlsrpt_json_t *tlsrpt_json_member(const tlsrpt_json_t *object,
                                        const char *name);

/** How many values an array has; 0 for anything else. */
apr_size_t tlsrpt_json_size(const tlsrpt_json_t *array);

/** The value at i of an array; NULL beyond its end. */
const tlsrpt_json_t *tlsrpt_json_at(const tlsrpt_json_t *array, apr_size_t i);

/** A string: valid UTF-8 without NUL, living as long as the values; "" for
 * anything else. */
const char *tlsrpt_json_text(const tlsrpt_json_t *string);

/** A number, exact up to 2^53; 0 for anything else. */
double tlsrpt_json_number(const tlsrpt_json_t *number);

#endif
