/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A report while it is read: for core/tlsrpt.c and core/tlsrpt_policy.c.
 */
#ifndef MTA_STS_CORE_REPORT_H
#define MTA_STS_CORE_REPORT_H

#include "core/json.h"
#include "core/repair.h"
#include "core/tlsrpt.h"

typedef struct {
    tlsrpt_reader_t r;
    const tlsrpt_hints_t *hints; /* or NULL */
    tlsrpt_report_t *report;     /* with all but its policies */
    int failures;                /* details so far, over all policies */
} tlsrpt_parser_t;

/**
 * Read the policies of a report, and what happened under each.
 *
 * @param root  the report's JSON, an object
 * @return      NULL, or a sentence, static
 */
const char *tlsrpt_policies(tlsrpt_parser_t *parser, const tlsrpt_json_t *root);

#endif
