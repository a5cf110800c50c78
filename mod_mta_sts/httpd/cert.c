/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What mod_ssl knows of a server, noted while it starts.
 */
#include "httpd/cert.h"

#include <http_ssl.h>
#include <mod_ssl_openssl.h>
#include <openssl/ssl.h>

#include "httpd/config.h"

/* mod_ssl asks for the certificates of those servers only that do TLS: the one
 * sign of it that httpd has for other modules. Declining leaves the answer to
 * mod_md and to the configuration. */
static int note_tls(server_rec *s, apr_pool_t *p, apr_array_header_t *certs,
                    apr_array_header_t *keys)
{
    (void)p;
    (void)certs;
    (void)keys;
    mta_sts_server_config(s)->does_tls = 1;
    return DECLINED;
}

static int note_protocols(server_rec *s, apr_pool_t *p, int is_proxy,
                          SSL_CTX *ctx)
{
    const long oldest = SSL_CTX_get_min_proto_version(ctx);
    const long newest = SSL_CTX_get_max_proto_version(ctx);

    (void)p;
    if (!is_proxy) {
        mta_sts_server_config(s)->no_tls12 =
            (SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_2) ||
            oldest > TLS1_2_VERSION || (newest && newest < TLS1_2_VERSION);
    }
    return OK;
}

void mta_sts_cert_hooks(void)
{
    /* mod_md ends the chain for the hosts that it manages. */
    static const char *const before[] = {"mod_md.c", NULL};

    ap_hook_ssl_add_cert_files(note_tls, NULL, before, APR_HOOK_FIRST);
    APR_OPTIONAL_HOOK(ssl, init_server, note_protocols, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
