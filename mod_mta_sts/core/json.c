/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The one file that knows jansson. Its allocators are left alone: they are the
 * whole process's, and mod_md uses jansson too.
 */
#include <stdlib.h>

#include <jansson.h>

#include <apr_strings.h>

#include "core/escape.h"
#include "core/json.h"
#include "core/tlsrpt.h"

/*
 * Integers are read as real numbers: one beyond 64 bits would otherwise cost
 * the whole report, and up to 2^53 they are exact.
 */
#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)

static const json_t *inner(const tlsrpt_json_t *value)
{
    return (const json_t *)value;
}

static const tlsrpt_json_t *outer(const json_t *value)
{
    return (const tlsrpt_json_t *)value;
}

static apr_status_t release(void *value)
{
    json_decref(value);
    return APR_SUCCESS;
}

/* Want of memory is dealt with as in a pool: it is no fault of the text. */
static void out_of_memory(apr_pool_t *p)
{
    apr_abortfunc_t give_up = apr_pool_abort_get(p);

    if (give_up) {
        give_up(APR_ENOMEM);
    }
    abort();
}

/*
 * Could so much text, which was not read, have been read? jansson does not
 * always say that it was for want of memory. What it takes at most: a text
 * twice, while it grows and when it is copied, and 230 octets for a value.
 */
static int is_memory_there(apr_size_t len)
{
    const apr_size_t values = len < TLSRPT_NODES_MAX ? len : TLSRPT_NODES_MAX;
    void *memory = malloc(65536 + 4 * len + 256 * values);

    free(memory);
    return memory != NULL;
}

const char *tlsrpt_json_read(apr_pool_t *p, const char *text, apr_size_t len,
                             const tlsrpt_json_t **value)
{
    json_error_t error;
    json_t *read = json_loadb(text, len, FLAGS, &error);

    if (!read) {
        if (json_error_code(&error) == json_error_out_of_memory ||
            !is_memory_there(len)) {
            out_of_memory(p);
        }
        return apr_psprintf(p, "line %d: %s", error.line,
                            mta_sts_escape_line(p, error.text));
    }
    apr_pool_cleanup_register(p, read, release, apr_pool_cleanup_null);
    *value = outer(read);
    return NULL;
}

tlsrpt_json_e tlsrpt_json_kind(const tlsrpt_json_t *value)
{
    if (!value) {
        return TLSRPT_JSON_ABSENT;
    }
    switch (json_typeof(inner(value))) {
    case JSON_OBJECT:
        return TLSRPT_JSON_OBJECT;
    case JSON_ARRAY:
        return TLSRPT_JSON_ARRAY;
    case JSON_STRING:
        return TLSRPT_JSON_STRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return TLSRPT_JSON_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return TLSRPT_JSON_BOOLEAN;
    case JSON_NULL:
        break;
    }
    return TLSRPT_JSON_ABSENT;
}

const tlsrpt_json_t *tlsrpt_json_member(const tlsrpt_json_t *object,
                                        const char *name)
{
    return outer(json_object_get(inner(object), name));
}

apr_size_t tlsrpt_json_size(const tlsrpt_json_t *array)
{
    return json_array_size(inner(array));
}

const tlsrpt_json_t *tlsrpt_json_at(const tlsrpt_json_t *array, apr_size_t i)
{
    return outer(json_array_get(inner(array), i));
}

const char *tlsrpt_json_text(const tlsrpt_json_t *string)
{
    const char *text = json_string_value(inner(string));

    return text ? text : "";
}

double tlsrpt_json_number(const tlsrpt_json_t *number)
{
    return json_number_value(inner(number));
}
