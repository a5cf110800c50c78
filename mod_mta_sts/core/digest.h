/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What makes a report the same report, and the same content.
 */
#ifndef MTA_STS_CORE_DIGEST_H
#define MTA_STS_CORE_DIGEST_H

#include "core/tlsrpt.h"

/**
 * Set domains, key and content of a report that is otherwise complete.
 *
 * @param p  where they are allocated
 */
void tlsrpt_digest(apr_pool_t *p, tlsrpt_report_t *report);

#endif
