/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * JSON that is put together from members. Names are constants; values are
 * escaped here.
 */
#ifndef MTA_STS_CORE_PUT_JSON_H
#define MTA_STS_CORE_PUT_JSON_H

#include "core/put.h"

/* A member of an object, with a comma unless it is the first. */

/** The name alone; the value is to follow. */
void tlsrpt_put_key(tlsrpt_text_t *t, int first, const char *name);
/** NULL is null. */
void tlsrpt_put_text(tlsrpt_text_t *t, int first, const char *name,
                     const char *value);
void tlsrpt_put_number(tlsrpt_text_t *t, int first, const char *name,
                       apr_int64_t n);
void tlsrpt_put_truth(tlsrpt_text_t *t, int first, const char *name, int is);
/** As core/day.h has it; 0 is null. */
void tlsrpt_put_day(tlsrpt_text_t *t, int first, const char *name, int value);
/** Not the first: an array of const char *. */
void tlsrpt_put_texts(tlsrpt_text_t *t, const char *name,
                      const apr_array_header_t *array);

/** Not the first: an array of objects begins. "]" ends it. */
void tlsrpt_put_list(tlsrpt_text_t *t, const char *name);
/** The object at i of it begins. "}" ends it. */
void tlsrpt_put_next(tlsrpt_text_t *t, int i);

#endif
