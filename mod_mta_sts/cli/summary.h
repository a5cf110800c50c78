/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * `mta-sts report summary --domain`: all that the store says of one policy
 * domain, as text for people. The page of tlsrpt-status shows the same.
 */
#ifndef MTA_STS_CLI_SUMMARY_H
#define MTA_STS_CLI_SUMMARY_H

#include "cli/report.h"
#include "core/summary.h"

/** Print a summary, which is not a brief one. */
void summary_text(apr_pool_t *p, const view_t *view,
                  const tlsrpt_summary_t *sum);

/* ---- its parts, for cli/summary_*.c; each is empty where there is none --- */

/** Why sessions failed, and of each cause the one thing to do. */
void summary_causes(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum);

/** The verdict on enforce, and what it rests on. */
void summary_verdict(apr_pool_t *p, FILE *out, const tlsrpt_summary_t *sum);

#endif
