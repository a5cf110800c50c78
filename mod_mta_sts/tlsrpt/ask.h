/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a request for the status page asks for.
 */
#ifndef MTA_STS_TLSRPT_ASK_H
#define MTA_STS_TLSRPT_ASK_H

#include "tlsrpt/module.h"

typedef enum { ASK_HTML = 0, ASK_JSON, ASK_METRICS } ask_form_e;

typedef struct {
    ask_form_e form;
    const char *domain; /* normal form; NULL: all of them */
    const char *prefix; /* of names; "" */
    const char *after;  /* the page behind this name; "" */
    int days;           /* 1..TLSRPT_WINDOW_MAX */
} tlsrpt_query_t;

/**
 * Read the query of the URL, strictly: an unknown name, one that comes twice,
 * or a value that is none, is an error. Without "format" the Accept header
 * decides, and HTML is what nobody asked otherwise.
 *
 * @return  NULL, or a sentence, in r->pool: 400. The form is set all the same.
 */
const char *tlsrpt_query_read(request_rec *r, tlsrpt_query_t *query);

#endif
