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

/** The virtual hosts by the names that they admit. */
typedef struct mta_sts_vhost_index_t mta_sts_vhost_index_t;

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

/** Has the server a name, or a wildcard alias, that a policy host can match? */
int mta_sts_vhost_has_policy_host(apr_pool_t *p, const server_rec *s);

/**
 * Index the virtual hosts, so that asking for the one that answers does not
 * walk all of them for each.
 *
 * @param vhosts  from mta_sts_vhosts(); the main server is not indexed, it
 *                answers only where no virtual host does
 */
mta_sts_vhost_index_t *mta_sts_vhost_index(apr_pool_t *p,
                                           const apr_array_header_t *vhosts);

/** Decides about a virtual host that admits a host. */
typedef int mta_sts_vhost_test_t(const server_rec *candidate, const void *data);

/**
 * The first virtual host in the configuration that admits a host and passes a
 * test.
 *
 * @param host  lower case
 * @return      NULL if there is none
 */
server_rec *mta_sts_vhost_first(const mta_sts_vhost_index_t *index,
                                const char *host, mta_sts_vhost_test_t *test,
                                const void *data);

/**
 * The virtual host that httpd chooses for a host among those that share an
 * address with s: the first in the configuration that admits it.
 *
 * @param s  a server that admits the host
 * @return   s itself if none is before it
 */
server_rec *mta_sts_vhost_answering(const mta_sts_vhost_index_t *index,
                                    server_rec *s, const char *host);

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

/** Has one of its addresses this port? */
int mta_sts_vhost_has_port(const server_rec *s, apr_port_t port);

/** "mta-sts.example.com (/etc/apache2/sites-enabled/x.conf:1)", unescaped. */
const char *mta_sts_vhost_label(apr_pool_t *p, const server_rec *s);

#endif
