/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is odd about a policy by itself: its max_age, its patterns, its reports.
 */
#ifndef MTA_STS_HTTPD_CHECK_POLICY_H
#define MTA_STS_HTTPD_CHECK_POLICY_H

#include "httpd/catalog.h"
#include "httpd/finding.h"

/**
 * Check every policy that senders get, each once however many domains have it.
 *
 * @param vhosts    from mta_sts_vhosts()
 * @param served    from mta_sts_catalog_served()
 * @param warnings  of mta_sts_finding_t: added to
 */
void mta_sts_check_policies(apr_pool_t *p, const apr_array_header_t *vhosts,
                            const apr_array_header_t *served,
                            apr_array_header_t *warnings);

#endif
