/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See put.h.
 */
#include <stdarg.h>

#include <apr_strings.h>

#include "core/put.h"

tlsrpt_text_t *tlsrpt_text_new(apr_pool_t *p)
{
    tlsrpt_text_t *text = apr_palloc(p, sizeof(*text));

    text->p = p;
    text->pieces = apr_array_make(p, 256, sizeof(const char *));
    return text;
}

void tlsrpt_put(tlsrpt_text_t *text, const char *piece)
{
    APR_ARRAY_PUSH(text->pieces, const char *) = piece;
}

void tlsrpt_putf(tlsrpt_text_t *text, const char *form, ...)
{
    va_list args;

    va_start(args, form);
    tlsrpt_put(text, apr_pvsprintf(text->p, form, args));
    va_end(args);
}

const char *tlsrpt_many(apr_pool_t *p, apr_int64_t n, const char *one,
                        const char *more)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT " %s", n, n == 1 ? one : more);
}

const char *tlsrpt_text_end(const tlsrpt_text_t *text)
{
    return apr_array_pstrcat(text->p, text->pieces, 0);
}
