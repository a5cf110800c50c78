/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The steps in which a summary is made, in the order in which they are taken.
 * Nobody but core/summary*.c and its test needs them.
 */
#ifndef MTA_STS_CORE_SUMMARY_PARTS_H
#define MTA_STS_CORE_SUMMARY_PARTS_H

#include "core/summary.h"

/* ---- reading: each fills in what its name says; NULL, or a sentence ------ */

/** The number of a row's column; 0 for "". */
apr_int64_t tlsrpt_sum_number(const char *column);

/** The values of a query: domain, from, to, and one more, or NULL; five with
 * the NULL behind. */
void tlsrpt_sum_window(apr_pool_t *p, const tlsrpt_summary_t *sum,
                       const char *more, const char **values);
/** The same for the days of the evidence, so that no verdict depends on what
 * is looked at. */
void tlsrpt_sum_evidence_window(apr_pool_t *p, const tlsrpt_summary_t *sum,
                                const char *more, const char **values);
/** For SQL_OF_CLASS, once the figures are read: whose they are. */
const char *tlsrpt_sum_class(const tlsrpt_summary_t *sum);
/** The least class (tlsrpt_policy.class) of the reports of which the figures
 * are. Where none is verified, all that count are of less. */
const char *tlsrpt_sum_least(const tlsrpt_summary_t *sum);

/* The first: it says whose figures are asked for. */
const char *tlsrpt_sum_read_figures(apr_pool_t *p, tlsrpt_store_t *store,
                                    tlsrpt_summary_t *sum);
const char *tlsrpt_sum_read_days(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum);
const char *tlsrpt_sum_read_reporters(apr_pool_t *p, tlsrpt_store_t *store,
                                      tlsrpt_summary_t *sum);
const char *tlsrpt_sum_read_uncounted(apr_pool_t *p, tlsrpt_store_t *store,
                                      tlsrpt_summary_t *sum);
const char *tlsrpt_sum_read_causes(apr_pool_t *p, tlsrpt_store_t *store,
                                   tlsrpt_summary_t *sum, int brief);
/* Before the MX: of a brief summary what anybody says is only when. */
const char *tlsrpt_sum_read_evidence(apr_pool_t *p, tlsrpt_store_t *store,
                                     tlsrpt_summary_t *sum, int brief);
/* Where no policy is served here: the mode, and the patterns; of a brief
 * summary only for a verdict that asks for them. Before the MX. */
const char *tlsrpt_sum_read_mode(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum, int brief);
/* Of a brief summary only the patterns of the policy. */
const char *tlsrpt_sum_read_mx(apr_pool_t *p, tlsrpt_store_t *store,
                               tlsrpt_summary_t *sum, int brief);
const char *tlsrpt_sum_read_seen(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum, int brief);
const char *tlsrpt_sum_read_details(apr_pool_t *p, tlsrpt_store_t *store,
                                    tlsrpt_summary_t *sum);
/* After the mode. */
const char *tlsrpt_sum_read_refused(apr_pool_t *p, tlsrpt_store_t *store,
                                    tlsrpt_summary_t *sum);

/* ---- comparing ----------------------------------------------------------- */

/**
 * In what does a policy that a reporter saw differ from the one served? Both
 * are taken as sets of "key: value": neither order nor case, blanks or a field
 * that the reporter left out is a difference.
 *
 * @param lines  of const char *: policy-string
 * @param body   as served
 * @return       "" for in nothing, or keys: "mode, mx"
 */
const char *tlsrpt_sum_differs(apr_pool_t *p, const apr_array_header_t *lines,
                               const char *body);

/** The values of a key in lines of "key: value", as const char *, lower case.
 */
apr_array_header_t *tlsrpt_sum_values(apr_pool_t *p,
                                      const apr_array_header_t *lines,
                                      const char *key);

/** A text cut into its lines, which end with LF or CRLF; blank ones left out.
 */
apr_array_header_t *tlsrpt_sum_lines(apr_pool_t *p, const char *text);

/* ---- judging: from what was read, no store ------------------------------- */

/** The findings, and in sum->mx which patterns are in a report. */
void tlsrpt_sum_find(apr_pool_t *p, tlsrpt_summary_t *sum);
/** The verdict, its needs, and the level. */
void tlsrpt_sum_judge(apr_pool_t *p, tlsrpt_summary_t *sum);

/** Does one of the patterns match this host? */
int tlsrpt_sum_covers(const tlsrpt_summary_t *sum, const char *host);

#endif
