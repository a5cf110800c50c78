/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * JSON that is put together from members.
 */
#include "core/put_json.h"

#include "core/day.h"
#include "core/escape.h"

void tlsrpt_put_key(tlsrpt_text_t *t, int first, const char *name)
{
    tlsrpt_putf(t, "%s\"%s\": ", first ? "" : ", ", name);
}

void tlsrpt_put_text(tlsrpt_text_t *t, int first, const char *name,
                     const char *value)
{
    tlsrpt_put_key(t, first, name);
    tlsrpt_put(t, value ? mta_sts_escape_json(t->p, value) : "null");
}

void tlsrpt_put_number(tlsrpt_text_t *t, int first, const char *name,
                       apr_int64_t n)
{
    tlsrpt_put_key(t, first, name);
    tlsrpt_putf(t, "%" APR_INT64_T_FMT, n);
}

void tlsrpt_put_truth(tlsrpt_text_t *t, int first, const char *name, int is)
{
    tlsrpt_put_key(t, first, name);
    tlsrpt_put(t, is ? "true" : "false");
}

void tlsrpt_put_day(tlsrpt_text_t *t, int first, const char *name, int value)
{
    tlsrpt_put_text(t, first, name,
                    value ? tlsrpt_day_text(t->p, value) : NULL);
}

void tlsrpt_put_texts(tlsrpt_text_t *t, const char *name,
                      const apr_array_header_t *array)
{
    int i;

    tlsrpt_put_key(t, 0, name);
    tlsrpt_put(t, "[");
    for (i = 0; i < array->nelts; i++) {
        tlsrpt_putf(
            t, "%s%s", i ? ", " : "",
            mta_sts_escape_json(t->p, APR_ARRAY_IDX(array, i, const char *)));
    }
    tlsrpt_put(t, "]");
}

void tlsrpt_put_list(tlsrpt_text_t *t, const char *name)
{
    tlsrpt_putf(t, ",\n \"%s\": [", name);
}

void tlsrpt_put_next(tlsrpt_text_t *t, int i)
{
    tlsrpt_put(t, i ? ",\n  {" : "\n  {");
}
