/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Which virtual host answers for a host, as httpd chooses it (server/vhost.c):
 * among those of the address the first in the configuration that admits it.
 */
#ifndef MTA_STS_HTTPD_ANSWERING_H
#define MTA_STS_HTTPD_ANSWERING_H

#include "httpd/module.h"

/** The virtual hosts by the names that they admit. */
typedef struct mta_sts_index_t mta_sts_index_t;

/**
 * Index the virtual hosts, so that a question does not walk all of them.
 *
 * @param vhosts  from mta_sts_vhosts()
 */
mta_sts_index_t *mta_sts_index_make(apr_pool_t *p,
                                    const apr_array_header_t *vhosts);

/** Decides about a virtual host that admits a host. */
typedef int mta_sts_index_test_t(const server_rec *candidate, const void *data);

/**
 * The first virtual host in the configuration that admits a host and passes a
 * test. The main server is not among them.
 *
 * @param host  lower case
 * @return      NULL if there is none
 */
server_rec *mta_sts_index_first(const mta_sts_index_t *index, const char *host,
                                mta_sts_index_test_t *test, const void *data);

/**
 * The server that httpd chooses for a host where s is meant to.
 *
 * For the main server: the first virtual host that takes one of the ports, if
 * together they take every port that httpd listens on, at any address. Then
 * the main server is never asked.
 *
 * @param s  a server that admits the host
 * @return   s itself if none is before it
 */
server_rec *mta_sts_answering(const mta_sts_index_t *index, server_rec *s,
                              const char *host);

#endif
