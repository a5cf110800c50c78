/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a reporter sent, by its octets, as JSON text: a gzip file (RFC 1952) or
 * the text as it is (RFC 8460, 5.2 and 5.4). No content type is asked: real
 * ones are wrong too often.
 */
#ifndef MTA_STS_CORE_UNPACK_H
#define MTA_STS_CORE_UNPACK_H

#include <apr_pools.h>

typedef enum {
    TLSRPT_FORM_UNKNOWN = 0, /* none of those below */
    TLSRPT_FORM_JSON,        /* perhaps a BOM and blanks, then "{" */
    TLSRPT_FORM_GZIP,        /* 1f 8b */
    TLSRPT_FORM_ZIP          /* "PK": for the tool alone, never unpacked here */
} tlsrpt_form_e;

/** What the octets begin like. */
tlsrpt_form_e tlsrpt_form(const char *data, apr_size_t len);

typedef enum {
    TLSRPT_UNPACKED = 0,
    TLSRPT_UNPACK_FORM,    /* neither gzip nor JSON */
    TLSRPT_UNPACK_DAMAGED, /* gzip: cut short, wrong sum, octets behind it */
    TLSRPT_UNPACK_TOO_LONG /* more than limit octets */
} tlsrpt_unpack_e;

/**
 * Unpack a report. The bound is absolute, never a ratio: honest reports shrink
 * to a 250th.
 *
 * @param p      where the text is allocated, if it is not data itself; it takes
 *               at most twice the text
 * @param data   any octets, not terminated
 * @param len    octets
 * @param limit  the most octets of the text
 * @param text   the JSON text without a BOM: in data, or in p; not terminated;
 *               untouched on error
 * @param size   its octets
 * @param why    on error: a sentence without a final full stop, static
 * @return       TLSRPT_UNPACKED, or what is wrong
 */
tlsrpt_unpack_e tlsrpt_unpack(apr_pool_t *p, const char *data, apr_size_t len,
                              apr_size_t limit, const char **text,
                              apr_size_t *size, const char **why);

/**
 * Look over JSON text without building anything: its depth, its nodes, and no
 * NUL. To be asked before any JSON library, none of which bounds its nodes
 * (10 MiB of "[{},{}" cost jansson 800 MB).
 *
 * @return  NULL, or a sentence that says which bound it passes, static. It
 *          does not say that the text is JSON.
 */
const char *tlsrpt_prescan(const char *text, apr_size_t len, int max_depth,
                           apr_size_t max_nodes);

#endif
