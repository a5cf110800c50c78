/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a request for the status page asks for.
 */
#ifndef MTA_STS_CORE_ASK_H
#define MTA_STS_CORE_ASK_H

#include <apr_pools.h>

typedef enum {
    TLSRPT_FORM_HTML = 0,
    TLSRPT_FORM_JSON,
    TLSRPT_FORM_METRICS
} tlsrpt_form_e;

typedef struct {
    tlsrpt_form_e form;
    const char *domain; /* normal form; NULL: all of them */
    const char *prefix; /* of names; "" */
    const char *after;  /* the page behind this name; "" */
    int days;           /* 1..TLSRPT_WINDOW_MAX */
} tlsrpt_query_t;

/**
 * Read the query of a URL, strictly: an unknown name, one that comes twice, or
 * a value that is none, is an error. Without "format" the Accept header
 * decides, and HTML is what nobody asked otherwise.
 *
 * @param p       the texts in the query live as long as it
 * @param args    behind the "?", as sent; NULL: none
 * @param accept  the value of Accept; NULL: none
 * @param query   filled in on error too: the form is what was asked for
 * @return        NULL, or a sentence: constant, or in p
 */
const char *tlsrpt_query_read(apr_pool_t *p, const char *args,
                              const char *accept, tlsrpt_query_t *query);

#endif
