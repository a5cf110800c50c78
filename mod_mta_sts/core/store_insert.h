/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Inside the store: the rows of a report. For the files store*.c alone.
 */
#ifndef MTA_STS_CORE_STORE_INSERT_H
#define MTA_STS_CORE_STORE_INSERT_H

#include "core/store_sql.h"

/** A report on its way into the tables. */
typedef struct {
    apr_pool_t *p;
    tlsrpt_store_t *store;
    const tlsrpt_report_t *report;
    const tlsrpt_origin_t *origin;
    const char *raw;
    apr_array_header_t *policies; /* of const tlsrpt_policy_t *: ours */
    const char *day, *submitter, *now;
    int state;
    int left_out; /* how many policies, because of TLSRPT_WILDCARD_MAX */
    int details;  /* is it new enough for failures and policy texts? */
    const char *copies, *conflicts;
    int failures; /* how many are in, over all policies */
} store_new_t;

/** May anybody have sent it? */
int store_is_from_anybody(const store_new_t *a);

/** Insert all rows of a report that is not there. Within a transaction. */
const char *store_insert(store_new_t *a);

/**
 * A text as a column takes it: at most max octets, in whole characters. What is
 * not UTF-8 becomes "?" (of the texts of the parser there is none). Blanks at
 * the end go, because MariaDB compares without them.
 */
const char *store_fit(apr_pool_t *p, const char *text, apr_size_t max);

/** The same, for a name. */
const char *store_name(apr_pool_t *p, const char *text);

const char *store_number(apr_pool_t *p, apr_int64_t n);

#endif
