/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What mod_ssl knows of a server, noted while it starts.
 */
#ifndef MTA_STS_HTTPD_CERT_H
#define MTA_STS_HTTPD_CERT_H

/** Register the hooks that note does_tls and no_tls12. */
void mta_sts_cert_hooks(void);

#endif
