/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a start says in the error log.
 */
#ifndef MTA_STS_HTTPD_START_H
#define MTA_STS_HTTPD_START_H

#include "httpd/check.h"

/**
 * Log each policy, of 20 at most, then a count; and against the start before:
 * which ids changed, and which policies went away.
 *
 * @param ptemp        for the time of the start
 * @param main_server  for the log, and for the process pool, in which what the
 *                     next graceful restart compares with is kept
 */
void mta_sts_start_report(apr_pool_t *ptemp, server_rec *main_server,
                          const apr_array_header_t *vhosts);

#endif
