/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The spool of this httpd: checked and made as root when it starts, opened by
 * each child.
 */
#ifndef MTA_STS_TLSRPT_HTTPD_SPOOL_H
#define MTA_STS_TLSRPT_HTTPD_SPOOL_H

#include "core/spool.h"
#include "tlsrpt/module.h"

/** The number of the user that httpd runs as. */
apr_int64_t tlsrpt_httpd_user(void);

/** In check_config: NULL, or a sentence that says why it cannot work. */
const char *tlsrpt_httpd_spool_check(apr_pool_t *p, const server_rec *s);

/** In post_config: make it, for the user that httpd runs as. The same. */
const char *tlsrpt_httpd_spool_make(apr_pool_t *p, const server_rec *s);

/**
 * In child_init.
 *
 * @param p  lives as long as the process, and is never destroyed
 */
void tlsrpt_httpd_spool_child_init(apr_pool_t *p);

/**
 * The spool, in a child. It is opened when it is asked for first, and tried
 * again once a second as long as it cannot be. One that was removed, renamed or
 * replaced meanwhile is left, and what is there now is opened or made; not any
 * more after many times, which the error log says. A spool that was answered
 * once is good for as long as the process lives.
 *
 * @return  NULL if it cannot be opened; the error log says why, once
 */
tlsrpt_spool_t *tlsrpt_httpd_spool(server_rec *s);

#endif
