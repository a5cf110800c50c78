/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Zip files of reports, as some people keep them.
 */
#ifndef MTA_STS_CLI_ZIP_H
#define MTA_STS_CLI_ZIP_H

#include <apr_pools.h>

/** The most files in one zip file, and the most octets of all of them. */
#define ZIP_FILES_MAX  1000
#define ZIP_OCTETS_MAX (64 * 1024 * 1024)

/** A file of it. The octets are there during the call only. */
typedef void zip_found_t(void *baton, apr_pool_t *p, const char *data,
                         apr_size_t len);

/**
 * @param data   the zip file
 * @param limit  the most octets of one file in it
 * @param found  called for each file in it
 * @return       NULL, or why it could not be read to its end: a sentence
 *               without a final full stop, static
 */
const char *zip_read(apr_pool_t *p, const char *data, apr_size_t len,
                     apr_size_t limit, zip_found_t *found, void *baton);

#endif
