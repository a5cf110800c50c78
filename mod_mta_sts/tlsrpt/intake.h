/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The intake: moves reports from the spool into the store. mod_watchdog calls
 * it once a second, in one child of all. While the database is away the spool
 * grows, and nothing is lost.
 */
#ifndef MTA_STS_TLSRPT_INTAKE_H
#define MTA_STS_TLSRPT_INTAKE_H

#include <apr_time.h>

#include "tlsrpt/module.h"

/** For optional_fn_retrieve: what mod_watchdog and mod_dbd offer. */
void tlsrpt_intake_retrieve(void);

/** In check_config: NULL, or a sentence that says why no report can get into
 * the store; in p. */
const char *tlsrpt_intake_check(apr_pool_t *p, const server_rec *s);

/** In post_config, not in the first pass. */
void tlsrpt_intake_register(apr_pool_t *pconf, server_rec *s);

/** In child_init. */
void tlsrpt_intake_child_init(void);

/** How the intake gets on, for all processes of this httpd; from the start or
 * the last restart on. */
typedef struct {
    apr_time_t tried;     /* last attempt; 0: none yet */
    apr_time_t stored;    /* when a report last got into the store; 0: none */
    apr_time_t failed;    /* since when it fails; 0: it does not */
    apr_time_t at_work;   /* when the attempt began that is at work; 0: none
                           * is. A child that was killed leaves its own here,
                           * until the next one begins */
    apr_uint32_t waiting; /* entries in new/, after the last attempt */
    char error[400];      /* why it fails: a sentence, printable ASCII */
} tlsrpt_intake_status_t;

/** @return  0 if there is no intake */
int tlsrpt_intake_status(tlsrpt_intake_status_t *status);

#endif
