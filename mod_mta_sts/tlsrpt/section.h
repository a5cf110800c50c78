/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The section whose SetHandler brought a request to its handler. httpd merges
 * sections for a request and forgets where a setting came from.
 */
#ifndef MTA_STS_TLSRPT_SECTION_H
#define MTA_STS_TLSRPT_SECTION_H

#include "tlsrpt/module.h"

/**
 * The configuration of that section.
 *
 * @return  NULL for SetHandler in .htaccess, in <If>, and outside sections, and
 *          for a handler that was not brought by SetHandler
 */
ap_conf_vector_t *tlsrpt_section(const request_rec *r);

/**
 * What stands in the path of a request behind that of its <Location>.
 *
 * @return  without slashes around it, "" for the path itself, in r->pool; NULL
 *          where it cannot be said: the section is none, is another than a
 *          <Location>, or matches by a regular expression or a wildcard, or the
 *          request was rewritten since
 */
const char *tlsrpt_section_rest(const request_rec *r);

#endif
