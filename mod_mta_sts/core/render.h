/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The renderings of summaries: the page, JSON, OpenMetrics. Each answers the
 * whole text, in p. All text of strangers is escaped for its place.
 */
#ifndef MTA_STS_CORE_RENDER_H
#define MTA_STS_CORE_RENDER_H

#include "core/put.h"
#include "core/summary.h"

/** The form of the JSON; keys are only ever added within one. */
#define TLSRPT_JSON_FORMAT 1

/** What became of requests to the receiver: a result, and how often. */
typedef struct {
    const char *result; /* "received" and so on: tlsrpt/shared.h */
    apr_int64_t requests;
} tlsrpt_requests_t;

/** How reports come in: the receiver's counters, and the way from the spool
 * into the store. core/ does not know httpd: who renders brings them. */
typedef struct {
    apr_array_header_t *requests; /* of tlsrpt_requests_t; since the start */
    int is_known; /* there is an intake in this httpd; else nothing below is */
    apr_int64_t waiting; /* reports in the spool */
    apr_int64_t tried;   /* all times in seconds since 1970; 0: never */
    apr_int64_t stored;  /* when a report last got into the store */
    apr_int64_t failed;  /* since when it fails; 0: it does not */
    apr_int64_t lasts;   /* when the attempt began that is at work and lasts
                          * (core/attempt.h); 0: none does */
    const char *error;   /* why it fails, or last did; "" */
} tlsrpt_flow_t;

/** A page of policy domains. */
typedef struct {
    int from, to;
    int days;                      /* as asked for: none ahead of today */
    const char *prefix, *after;    /* as asked for; "" */
    const char *next;              /* where the next page begins; NULL: none */
    apr_array_header_t *summaries; /* of tlsrpt_summary_t *: brief ones */
    apr_array_header_t *failing;   /* of tlsrpt_sum_failing_t */
    tlsrpt_flow_t flow;
} tlsrpt_page_t;

/** What the metrics of all policy domains are made of. */
typedef struct {
    int day;                      /* of totals */
    apr_array_header_t *totals;   /* of tlsrpt_sum_total_t; NULL: the store is
                                   * away, and only the flow is known */
    apr_array_header_t *received; /* of tlsrpt_sum_received_t */
    tlsrpt_flow_t flow;
} tlsrpt_metrics_t;

/** HTML pages, with their style in them; no script, nothing is loaded. */
const char *tlsrpt_html_domain(apr_pool_t *p, const tlsrpt_summary_t *sum);
const char *tlsrpt_html_list(apr_pool_t *p, const tlsrpt_page_t *page);
/** A page that says only what is wrong. */
const char *tlsrpt_html_message(apr_pool_t *p, const char *title,
                                const char *text);

/**
 * The value of Content-Security-Policy for these pages: nothing is allowed but
 * their own style, by its hash.
 *
 * @return  NULL if OpenSSL has no SHA-256 to offer
 */
const char *tlsrpt_html_csp(apr_pool_t *p);

const char *tlsrpt_json_domain(apr_pool_t *p, const tlsrpt_summary_t *sum);
const char *tlsrpt_json_list(apr_pool_t *p, const tlsrpt_page_t *page);
/** What is wrong; with the flow, unless it is NULL. */
const char *tlsrpt_json_error(apr_pool_t *p, const char *text,
                              const tlsrpt_flow_t *flow);

/** OpenMetrics text, with its # EOF. */
const char *tlsrpt_metrics_domain(apr_pool_t *p, const tlsrpt_summary_t *sum);
const char *tlsrpt_metrics_all(apr_pool_t *p, const tlsrpt_metrics_t *metrics);

/* ---- shared by the files summary_*.c ------------------------------------- */

/** For a query of a URL: all but letters, digits, "-", "." and "_" as %HH. */
const char *tlsrpt_query_escape(apr_pool_t *p, const char *text);

/** Add the members that a list has of a domain. */
void tlsrpt_json_line(tlsrpt_text_t *t, int first, const tlsrpt_summary_t *sum);
/** Those of them that a page has, too; and those that only a page has. The
 * verdict of a page is an object, which gets this name. */
void tlsrpt_json_head(tlsrpt_text_t *t, int first, const tlsrpt_summary_t *sum);
void tlsrpt_json_parts(tlsrpt_text_t *t, const tlsrpt_summary_t *sum,
                       const char *verdict);

/** Where sessions failed: the MX or the policy host, which may be a stranger's
 * text; "not said". */
const char *tlsrpt_place_host(apr_pool_t *p, const tlsrpt_summary_t *sum,
                              const tlsrpt_sum_cause_t *cause,
                              const tlsrpt_sum_place_t *place);
/** A command line to check a cause with, at the place with most sessions; NULL
 * if there is none. Where a policy is known, only for a host of it. */
const char *tlsrpt_cause_command(apr_pool_t *p, const tlsrpt_summary_t *sum,
                                 const tlsrpt_sum_cause_t *cause);
/** A word each: is an MX in the policy, and does a report name it? */
const char *tlsrpt_mx_in_policy(const tlsrpt_summary_t *sum,
                                const tlsrpt_sum_mx_t *mx);
const char *tlsrpt_mx_in_report(const tlsrpt_sum_mx_t *mx);

/** "1,234,567". */
const char *tlsrpt_grouped(apr_pool_t *p, apr_int64_t n);

/** The same below from, at least 1000; from there on "12.3 M", cut: where there
 * is little room, and the page has the number elsewhere. */
const char *tlsrpt_short(apr_pool_t *p, apr_int64_t n, apr_int64_t from);
/** From here on a list, or a figure, is short. */
#define TLSRPT_SHORT_FROM 10000000

/** "0.4 %" of the sessions; "" where there are too few to say. */
const char *tlsrpt_share(apr_pool_t *p, apr_int64_t failed,
                         apr_int64_t sessions);

/** "2026-11-24 09:05 UTC". */
const char *tlsrpt_time_words(apr_pool_t *p, apr_int64_t seconds);

/** "12 reports wait in the spool; nothing was stored since 2026-11-24 09:05
 * UTC."; "" if nothing is known of it. */
const char *tlsrpt_flow_text(apr_pool_t *p, const tlsrpt_flow_t *flow);

/** Add the plot of the days: a figure with inline SVG, and a table. */
void tlsrpt_html_plot(tlsrpt_text_t *t, const tlsrpt_summary_t *sum);

#endif
