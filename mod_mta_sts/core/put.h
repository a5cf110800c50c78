/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A long text that is put together from pieces, and a number with its noun.
 */
#ifndef MTA_STS_CORE_PUT_H
#define MTA_STS_CORE_PUT_H

#include <apr_pools.h>
#include <apr_tables.h>

typedef struct {
    apr_pool_t *p;
    apr_array_header_t *pieces; /* of const char * */
} tlsrpt_text_t;

/** An empty text. All its pieces are allocated in p, which is kept in it. */
tlsrpt_text_t *tlsrpt_text_new(apr_pool_t *p);

/** Add a text as it is; it is not copied. */
void tlsrpt_put(tlsrpt_text_t *text, const char *piece);

/** Add a text by a form, as apr_psprintf() has it. */
void tlsrpt_putf(tlsrpt_text_t *text, const char *form, ...)
    __attribute__((format(printf, 2, 3)));

/** A number with its noun: "1 policy", "2 policies". */
const char *tlsrpt_many(apr_pool_t *p, apr_int64_t n, const char *one,
                        const char *more);

/** The whole text, in its pool. */
const char *tlsrpt_text_end(const tlsrpt_text_t *text);

#endif
