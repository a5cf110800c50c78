/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Says in the error log when an attempt of the intake lasts, and when it is
 * over: the thread that is at it waits for the database, and cannot.
 */
#ifndef MTA_STS_TLSRPT_INTAKE_MONITOR_H
#define MTA_STS_TLSRPT_INTAKE_MONITOR_H

#include "tlsrpt/module.h"

/** In post_config, not in the first pass: forget what was seen. A restart makes
 * a new intake, and what the old one was at is not seen any more. */
void tlsrpt_intake_monitor_begin(void);

/** For the hook monitor: httpd's parent calls it about every ten seconds. */
int tlsrpt_intake_monitor(apr_pool_t *pconf, server_rec *s);

#endif
