/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the body to a report: unpacking and parsing, one big report at a time
 * in each process. What a big one takes of memory goes back at once.
 */
#ifndef MTA_STS_TLSRPT_READ_H
#define MTA_STS_TLSRPT_READ_H

#include "core/tlsrpt.h"
#include "tlsrpt/module.h"

/** In child_init. The same pool as for the spool. */
void tlsrpt_read_child_init(apr_pool_t *p);

/** A report, and the JSON that it was read from. */
typedef struct {
    apr_pool_t *pool; /* of all of it; the caller destroys it if not NULL */
    tlsrpt_report_t *report;
    const char *json;
    apr_size_t len;
} tlsrpt_read_t;

/**
 * Unpack and parse a body.
 *
 * @param max   octets of JSON
 * @param out   its pool is set also when it is no report
 * @param why   when it is no report: a sentence without a final full stop
 * @return      OK; HTTP_BAD_REQUEST: no report; HTTP_UNSUPPORTED_MEDIA_TYPE: a
 *              zip file; HTTP_REQUEST_ENTITY_TOO_LARGE: over max;
 *              HTTP_SERVICE_UNAVAILABLE: a big one, and too many of them wait,
 *              or there is no memory
 */
int tlsrpt_read(apr_pool_t *parent, const char *body, apr_size_t len,
                apr_size_t max, const tlsrpt_hints_t *hints, tlsrpt_read_t *out,
                const char **why);

#endif
