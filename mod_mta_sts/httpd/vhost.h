/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What httpd knows of its virtual hosts, asked outside of a request: their
 * order, their names, which of them answers, and whether it does TLS.
 */
#ifndef MTA_STS_HTTPD_VHOST_H
#define MTA_STS_HTTPD_VHOST_H

#include "httpd/module.h"

/**
 * All servers in the order of the configuration, the main server first.
 *
 * @return  of server_rec *, in p
 */
apr_array_header_t *mta_sts_vhosts(apr_pool_t *p, server_rec *main_server);

/**
 * The policy domains that ServerName and ServerAlias lines spell out: of each
 * "mta-sts.DOMAIN" the domain.
 *
 * @return  of const char *, in normal form, each once, in p
 */
apr_array_header_t *mta_sts_vhost_domains(apr_pool_t *p, const server_rec *s);

/** Does a wildcard ServerAlias admit this host (lower case)? */
int mta_sts_vhost_admits_wild(const server_rec *s, const char *host);

/** Does any name of the server, wildcards included, admit this host? */
int mta_sts_vhost_admits(const server_rec *s, const char *host);

/** Has the server a wildcard alias that a policy host can match? */
int mta_sts_vhost_has_wild_policy_host(const server_rec *s);

/**
 * Note for each server whether SSLEngine is on for it in the configuration
 * tree, which is there while the configuration is checked.
 */
void mta_sts_vhost_note_ssl_engine(apr_pool_t *ptemp,
                                   const apr_array_header_t *vhosts);

/**
 * Is the server HTTPS? Its scheme says so (ServerName https://...), or
 * SSLEngine was noted to be on, or mod_ssl asked for its certificates. The
 * last is known only late in a start.
 */
int mta_sts_vhost_is_https(const server_rec *s);

/** Has s an address and port that other has too? */
int mta_sts_vhost_shares_address(const server_rec *s, const server_rec *other);

/** Has one of its addresses this port? */
int mta_sts_vhost_has_port(const server_rec *s, apr_port_t port);

/** "mta-sts.example.com (/etc/apache2/sites-enabled/x.conf:1)", unescaped. */
const char *mta_sts_vhost_label(apr_pool_t *p, const server_rec *s);

#endif
