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
    apr_hash_t *kept; /* domain -> int: its policies that are in; may be NULL */
    int failures;     /* how many are in, over all policies */
    apr_size_t text;  /* octets of policy texts that are in */
    int policies_out; /* how many were left out, because of anybody */
    int failures_out; /* how many of those of policies that are in */
    int texts_out;    /* of how many policies the text was */
} store_new_t;

/**
 * store_anybody.c: may anybody have sent it? What anybody sent may not fill the
 * disk, nor keep who looks at it waiting. The numbers are those of the whole
 * report.
 */
int store_is_from_anybody(const store_new_t *a);

/** The most octets of each text of a failure, and of what a policy said, if
 * anybody may have sent it. Real ones have under 300. */
#define STORE_ANYBODY_TEXT  512
#define STORE_ANYBODY_LINES 4096

/** The first if anybody may have sent it, else the second. */
apr_size_t store_most(const store_new_t *a, apr_size_t anybody,
                      apr_size_t known);

/** Is a policy kept? It is counted, or that it was left out. */
int store_keeps_policy(store_new_t *a, const tlsrpt_policy_t *policy);

/** Is another text of a policy kept, of so many octets? Then it is counted,
 * else that it was left out. */
int store_keeps_text(store_new_t *a, apr_size_t octets);

/** How many failures of a policy are kept, the first ones. They are counted,
 * and those that are left out. Within a transaction. */
const char *store_keeps_failures(store_new_t *a, const tlsrpt_policy_t *policy,
                                 int *most);

/** The notes of a report: what was left out, and what was repaired. */
const char *store_notes(const store_new_t *a);

/** Write them anew, if since then more was left out. */
const char *store_notes_update(store_new_t *a);

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

/** Texts with something between two; of NULL an empty one. */
const char *store_join(apr_pool_t *p, const apr_array_header_t *texts,
                       const char *between);

#endif
