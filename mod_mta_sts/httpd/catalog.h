/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Policy domain -> compiled policy. Built once per start when the whole
 * configuration is read; read-only afterwards, so that a request only looks
 * up.
 */
#ifndef MTA_STS_HTTPD_CATALOG_H
#define MTA_STS_HTTPD_CATALOG_H

#include <apr_hash.h>

#include "httpd/config.h"

/** A policy, ready to serve, and what was decided about it. */
struct mta_sts_compiled_t {
    mta_sts_policy_t policy;
    const char *body;
    apr_size_t len;                 /* octets of the body */
    const char *length;             /* the same, for Content-Length */
    const char *etag;               /* with its quotes */
    apr_time_t mtime;               /* for conditions with a date: the start */
    const char *id;                 /* what the record carries */
    const char *auto_id;            /* what "auto" without a salt would give */
    const mta_sts_id_t *id_setting; /* NULL: auto */
    const apr_array_header_t *rua;  /* NULL: not set; empty: none */
    const mta_sts_section_t *section; /* NULL: plain directives */
    const char *source; /* "FILE:LINE" of the place that decided */
};

/** The two forms of the 403 page. */
typedef struct {
    const char *html, *html_length;
    const char *text, *text_length;
    apr_size_t html_len, text_len;
} mta_sts_page_t;

/** A policy host that a server admits. */
typedef struct {
    const char *domain;
    const mta_sts_compiled_t *compiled; /* NULL: no policy */
    mta_sts_page_t page;
} mta_sts_entry_t;

struct mta_sts_catalog_t {
    apr_hash_t *entries;         /* policy domain -> mta_sts_entry_t * */
    apr_array_header_t *domains; /* of the keys, in order of configuration */
    /** Domains that are spelled out or have a section, and have no mx. */
    apr_array_header_t *without_mx; /* of mta_sts_no_mx_t */
};

typedef struct {
    const char *domain;               /* NULL: a <MTASTSDomainMatch> */
    const mta_sts_section_t *section; /* NULL: the plain directives */
} mta_sts_no_mx_t;

/**
 * Compile the policies of all servers where the engine is on.
 *
 * @param p       pconf: the catalogues live until the next start
 * @param vhosts  from mta_sts_vhosts()
 * @return        0 if OpenSSL cannot make a SHA-256
 */
int mta_sts_catalog_build(apr_pool_t *p, const apr_array_header_t *vhosts);

/**
 * What a server has for a host, in a request.
 *
 * @param p     r->pool: for a host that only a wildcard alias admits
 * @param s     r->server
 * @param host  r->hostname: lower case, no final dot; may be NULL
 * @return      NULL if the host is none of ours
 */
const mta_sts_entry_t *mta_sts_catalog_find(apr_pool_t *p, server_rec *s,
                                            const char *host);

/** A policy domain, and the server whose policy senders get. */
typedef struct {
    const char *domain;
    server_rec *s;
    const mta_sts_entry_t *entry;
    int reached;                /* and does httpd ask it for this host? */
    int https;                  /* is s an HTTPS server? */
    apr_array_header_t *others; /* of server_rec *: another policy or reports */
} mta_sts_served_t;

/**
 * Every policy domain once, sorted. Of several servers that have a policy for
 * it the one that is HTTPS and that httpd asks for the policy host counts; or
 * else the one that is HTTPS. Port 443 breaks ties, then the order of the
 * configuration.
 *
 * @return  of mta_sts_served_t, in p
 */
apr_array_header_t *mta_sts_catalog_served(apr_pool_t *p,
                                           const apr_array_header_t *vhosts);

/** Do two policies, their ids and their report addresses agree? */
int mta_sts_catalog_same(const mta_sts_compiled_t *a,
                         const mta_sts_compiled_t *b);

/** Does any server have a policy for this domain? */
int mta_sts_catalog_knows(const apr_array_header_t *vhosts, const char *domain);

/**
 * The <MTASTSDomainMatch> sections that hosts of a server can come to: those
 * of the server and of the main server, in order; none where no wildcard alias
 * admits a host or the engine is off.
 *
 * @return  of const mta_sts_section_t *, in p
 */
apr_array_header_t *mta_sts_catalog_matches(apr_pool_t *p, const server_rec *s);

#endif
