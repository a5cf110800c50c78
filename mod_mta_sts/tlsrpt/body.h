/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The body of a request, within bounds.
 */
#ifndef MTA_STS_TLSRPT_BODY_H
#define MTA_STS_TLSRPT_BODY_H

#include "tlsrpt/module.h"

/**
 * What is small: more of it may be in work at once than httpd has threads, and
 * it waits for nothing. Real reports have a few thousand octets.
 */
#define BODY_SMALL (64 * 1024)

/**
 * Does the request announce more than max octets? To be asked before anything
 * is read: who sends "Expect: 100-continue" then sends nothing.
 */
int tlsrpt_body_announces_more(const request_rec *r, apr_size_t max);

/**
 * Read the body as it was sent: no filter of httpd unpacks it. How long that
 * may take is bounded by mod_reqtimeout. All big bodies in flight in this
 * process together have a bound, too.
 *
 * @param max     octets; more is HTTP_REQUEST_ENTITY_TOO_LARGE
 * @param budget  octets of all big bodies in this process together; over it is
 *                HTTP_SERVICE_UNAVAILABLE
 * @param data    lives as long as the request
 * @return        OK, or a status; AP_FILTER_ERROR: httpd has answered
 */
int tlsrpt_body_read(request_rec *r, apr_size_t max, apr_size_t budget,
                     const char **data, apr_size_t *len);

#endif
