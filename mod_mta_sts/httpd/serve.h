/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A request: the policy, the 403 page, or none of our business.
 */
#ifndef MTA_STS_HTTPD_SERVE_H
#define MTA_STS_HTTPD_SERVE_H

/** Register the request hooks. */
void mta_sts_serve_hooks(void);

#endif
