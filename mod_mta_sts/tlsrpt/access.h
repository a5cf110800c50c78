/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Did the administrator say who may see a page?
 */
#ifndef MTA_STS_TLSRPT_ACCESS_H
#define MTA_STS_TLSRPT_ACCESS_H

#include "tlsrpt/module.h"

/**
 * Does a rule (Require) of the section whose SetHandler brought this request
 * here let it through, by itself? A rule that is inherited, such as the
 * "Require all granted" of a document root, was not said of this page and does
 * not count; nor does what Satisfy or AuthMerging makes of it.
 *
 * @param r  a request that httpd let through
 * @return   0 also for SetHandler in .htaccess, in <If>, and outside sections,
 *           and for a handler that was not brought by SetHandler
 */
int tlsrpt_access_is_said(const request_rec *r);

#endif
