/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * SetHandler tlsrpt-status: what the reports say, as HTML, JSON, OpenMetrics.
 */
#ifndef MTA_STS_TLSRPT_VIEW_H
#define MTA_STS_TLSRPT_VIEW_H

#include "tlsrpt/module.h"

/** A handler: DECLINED for what is not its own. */
int tlsrpt_view(request_rec *r);

#endif
