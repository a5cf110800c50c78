/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The page that stands at every path of a policy host but one.
 */
#ifndef MTA_STS_HTTPD_PAGE_H
#define MTA_STS_HTTPD_PAGE_H

#include "httpd/catalog.h"

/**
 * Render both forms of the 403 page: what this host is for, a link to the
 * policy, a link to https://DOMAIN/, and nothing else.
 *
 * @param p       where the texts are allocated
 * @param domain  the policy domain, from the configuration or from a Host
 * @param page    filled in
 */
void mta_sts_page_render(apr_pool_t *p, const char *domain,
                         mta_sts_page_t *page);

#endif
