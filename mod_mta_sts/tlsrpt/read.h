/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the body to a report: unpacking and parsing. In each process one big
 * report is in memory at a time, which goes back at once.
 */
#ifndef MTA_STS_TLSRPT_READ_H
#define MTA_STS_TLSRPT_READ_H

#include "core/tlsrpt.h"
#include "tlsrpt/module.h"

/** In child_init. The same pool as for the spool. */
void tlsrpt_read_child_init(apr_pool_t *p);

/** A report, and the JSON that it was read from. */
typedef struct {
    apr_pool_t *pool; /* of all of it */
    int is_big;       /* and so others wait for it to be done */
    tlsrpt_report_t *report;
    const char *json;
    apr_size_t len;
} tlsrpt_read_t;

/**
 * Unpack and parse a body. Whatever comes of it, tlsrpt_read_done() follows, in
 * the same thread.
 *
 * @param max   octets of JSON
 * @param out   its pool may be set also when it is no report
 * @param why   when it is no report: a sentence without a final full stop
 * @return      OK; HTTP_BAD_REQUEST: no report; HTTP_UNSUPPORTED_MEDIA_TYPE: a
 *              zip file; HTTP_REQUEST_ENTITY_TOO_LARGE: over max;
 *              HTTP_SERVICE_UNAVAILABLE: a big one, and too many of them wait,
 *              or there is no memory
 */
int tlsrpt_read(apr_pool_t *parent, const char *body, apr_size_t len,
                apr_size_t max, const tlsrpt_hints_t *hints, tlsrpt_read_t *out,
                const char **why);

/** A report is of no more use: its memory goes back. */
void tlsrpt_read_done(tlsrpt_read_t *read);

#endif
