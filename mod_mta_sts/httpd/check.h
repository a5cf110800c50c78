/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything that looks across directives and virtual hosts. Errors fail
 * configtest; a warning is shown once, on the console by configtest and in the
 * error log by a start.
 */
#ifndef MTA_STS_HTTPD_CHECK_H
#define MTA_STS_HTTPD_CHECK_H

#include "httpd/catalog.h"
#include "httpd/finding.h"

/**
 * Check catalogues that are built.
 *
 * @param p         where findings are allocated
 * @param vhosts    from mta_sts_vhosts()
 * @param errors    of mta_sts_finding_t: added to
 * @param warnings  of mta_sts_finding_t: added to
 */
void mta_sts_check(apr_pool_t *p, const apr_array_header_t *vhosts,
                   apr_array_header_t *errors, apr_array_header_t *warnings);

/**
 * Check what only a start knows, when mod_ssl has been asked.
 *
 * @param warnings  of mta_sts_finding_t: added to
 */
void mta_sts_check_at_start(apr_pool_t *p, const apr_array_header_t *vhosts,
                            apr_array_header_t *warnings);

#endif
