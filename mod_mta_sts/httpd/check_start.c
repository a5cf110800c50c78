/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What only a start can check: by then mod_ssl has said which servers do TLS,
 * and how.
 */
#include <apr_strings.h>

#include "core/name.h"
#include "httpd/check.h"
#include "httpd/message.h"
#include "httpd/vhost.h"

typedef struct {
    apr_pool_t *p;
    const apr_array_header_t *vhosts;
    apr_array_header_t *warnings;
} start_t;

static void warn_not_https(const start_t *start, const server_rec *s,
                           const mta_sts_section_t *section, const char *domain)
{
    const char *host = apr_pstrcat(start->p, MTA_STS_HOST_PREFIX,
                                   domain ? domain : "DOMAIN", NULL);

    mta_sts_finding_add(
        start->p, start->warnings, W_NOT_HTTPS, s, section, domain,
        apr_pstrcat(start->p, "no virtual host serves ", host,
                    " over HTTPS, and senders ask in no other way; write "
                    "SSLEngine on, or, behind a proxy that terminates TLS, "
                    "ServerName https://",
                    host, " (SetEnvIf ... HTTPS=on does not count)", NULL));
}

/* Each <MTASTSDomainMatch> that no HTTPS server can use, once. */
static void check_match_https(const start_t *start)
{
    apr_hash_t *done = apr_hash_make(start->p); /* by address of the section */
    int https, i, j;

    for (https = 1; https >= 0; https--) {
        for (i = 0; i < start->vhosts->nelts; i++) {
            const server_rec *s =
                APR_ARRAY_IDX(start->vhosts, i, const server_rec *);
            apr_array_header_t *matches =
                mta_sts_vhost_is_https(s) == https
                    ? mta_sts_catalog_matches(start->p, s)
                    : NULL;

            for (j = 0; matches && j < matches->nelts; j++) {
                const mta_sts_section_t **section =
                    &APR_ARRAY_IDX(matches, j, const mta_sts_section_t *);

                if (!https && !apr_hash_get(done, section, sizeof(*section))) {
                    warn_not_https(start, s, *section, NULL);
                }
                apr_hash_set(done, section, sizeof(*section), *section);
            }
        }
    }
}

static void check_https(const start_t *start)
{
    apr_array_header_t *all = mta_sts_catalog_served(start->p, start->vhosts);
    int i;

    for (i = 0; i < all->nelts; i++) {
        const mta_sts_served_t *served =
            &APR_ARRAY_IDX(all, i, mta_sts_served_t);

        if (!served->https) {
            warn_not_https(start, served->s, NULL, served->domain);
        }
    }
    check_match_https(start);
}

void mta_sts_check_at_start(apr_pool_t *p, const apr_array_header_t *vhosts,
                            apr_array_header_t *warnings)
{
    start_t start = {p, vhosts, warnings};
    int i;

    check_https(&start);
    for (i = 0; i < vhosts->nelts; i++) {
        const server_rec *s = APR_ARRAY_IDX(vhosts, i, const server_rec *);
        const mta_sts_server_t *conf = mta_sts_server_config(s);

        if (conf->no_tls12 && conf->catalog &&
            (conf->catalog->domains->nelts || s->wild_names)) {
            mta_sts_finding_add(
                p, warnings, W_NO_TLS12, s, NULL, NULL,
                "TLS 1.2 is switched off, and there are senders that speak "
                "nothing newer; write SSLProtocol -all +TLSv1.2 +TLSv1.3");
        }
    }
}
