/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a report as text for people: for cli/report_text*.c.
 */
#ifndef MTA_STS_CLI_REPORT_TEXT_H
#define MTA_STS_CLI_REPORT_TEXT_H

#include "cli/report.h"

/** The most octets of a stranger's text in a line of its own. */
#define SHOWN_MAX 160

/** Print the table of the faults and a block for each; nothing if there are
 * none. */
void text_faults(apr_pool_t *p, const view_t *view,
                 const judgement_t *judgement);

#endif
