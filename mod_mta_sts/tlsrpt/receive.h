/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * SetHandler tlsrpt-receiver: the POST of a report (RFC 8460, 5.4).
 */
#ifndef MTA_STS_TLSRPT_RECEIVE_H
#define MTA_STS_TLSRPT_RECEIVE_H

#include "tlsrpt/module.h"

/** A handler: DECLINED for what is not its own. */
int tlsrpt_receive(request_rec *r);

#endif
