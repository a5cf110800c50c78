/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What other modules may ask: the functions of mod_mta_sts.h.
 */
#ifndef MTA_STS_HTTPD_PUBLIC_H
#define MTA_STS_HTTPD_PUBLIC_H

#include "httpd/config.h"

/** In register_hooks: offer the functions. */
void mta_sts_public_register(void);

/**
 * In post_config, when it is known which servers do TLS: make ready for
 * questions. Before, the answer to each is no.
 *
 * @param p  pconf
 */
void mta_sts_public_ready(apr_pool_t *p, server_rec *main_server,
                          const apr_array_header_t *vhosts);

#endif
