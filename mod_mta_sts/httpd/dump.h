/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The records to publish: -D DUMP_MTA_STS for a zone file, -D
 * DUMP_MTA_STS_JSON for programs.
 */
#ifndef MTA_STS_HTTPD_DUMP_H
#define MTA_STS_HTTPD_DUMP_H

#include "httpd/check.h"

/** The TTL of the records, in seconds. */
#define MTA_STS_RECORD_TTL 3600

/** Print records that $INCLUDE takes into a zone, and comments. */
void mta_sts_dump_zone(apr_pool_t *p, const apr_array_header_t *vhosts,
                       apr_file_t *out);

/**
 * Print one JSON object. Keys are only ever added.
 *
 * @param warnings  of mta_sts_finding_t
 */
void mta_sts_dump_json(apr_pool_t *p, const apr_array_header_t *vhosts,
                       const apr_array_header_t *warnings, apr_file_t *out);

#endif
