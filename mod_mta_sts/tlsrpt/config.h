/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Directives into the one config record. There is one spool and one store for
 * the whole httpd, so they stand in the server config alone.
 */
#ifndef MTA_STS_TLSRPT_CONFIG_H
#define MTA_STS_TLSRPT_CONFIG_H

#include "core/spool.h"
#include "core/store.h"
#include "tlsrpt/module.h"

/** No bound, in the numbers of a quota. */
#define QUOTA_NONE 0
/** By the number of domains; until tlsrpt_config_quota(). */
#define QUOTA_AUTO APR_UINT32_MAX

/** All that the directives say, defaults put in. */
typedef struct {
    const char *spool;   /* absolute */
    const char *store;   /* "sqlite3:FILE" (absolute), "pgsql:...", "mysql:...",
                          * or "dbd"; never NULL after tlsrpt_config_finish() */
    apr_size_t max_size; /* octets of a report, unpacked, and of a body */
    apr_array_header_t *domains; /* of const char *: names in normal form, or
                                  * "*." and a name, as in an mx pattern */
    tlsrpt_keep_t keep;
    apr_uint32_t quota_network;   /* requests a day from one network */
    apr_uint32_t quota_all;       /* new reports a day */
    apr_off_t quota_bytes;        /* octets of the spool */
    apr_array_header_t *warnings; /* of const char *: configtest says them, or
                                   * the start does */
} tlsrpt_config_t;

extern const command_rec tlsrpt_commands[];

void *tlsrpt_create_config(apr_pool_t *p, server_rec *s);

/** The record, which is the same for every server. */
tlsrpt_config_t *tlsrpt_config(const server_rec *s);

/** The whole configuration is read: put in what depends on other directives. */
void tlsrpt_config_finish(apr_pool_t *p, tlsrpt_config_t *conf);

/**
 * The same, of what depends on how many domains have a name. A mail provider
 * sends a report a day for each of them: whose quota is lower gets a warning.
 */
void tlsrpt_config_quota(apr_pool_t *p, tlsrpt_config_t *conf, int domains);

#endif
