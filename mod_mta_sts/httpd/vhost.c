/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What httpd knows of its virtual hosts, asked outside of a request.
 */
#include "httpd/vhost.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/escape.h"
#include "core/name.h"
#include "httpd/config.h"

apr_array_header_t *mta_sts_vhosts(apr_pool_t *p, server_rec *main_server)
{
    apr_array_header_t *vhosts = apr_array_make(p, 8, sizeof(server_rec *));
    server_rec *s;
    int i, j;

    APR_ARRAY_PUSH(vhosts, server_rec *) = main_server;
    for (s = main_server->next; s; s = s->next) {
        APR_ARRAY_PUSH(vhosts, server_rec *) = s;
    }
    /* httpd keeps them in the reverse order of the configuration. */
    for (i = 1, j = vhosts->nelts - 1; i < j; i++, j--) {
        s = APR_ARRAY_IDX(vhosts, i, server_rec *);
        APR_ARRAY_IDX(vhosts, i, server_rec *) =
            APR_ARRAY_IDX(vhosts, j, server_rec *);
        APR_ARRAY_IDX(vhosts, j, server_rec *) = s;
    }
    return vhosts;
}

/* ---- names ---- */

static void add_domain(apr_pool_t *p, apr_array_header_t *domains,
                       const char *host)
{
    const apr_size_t prefix = sizeof(MTA_STS_HOST_PREFIX) - 1;
    const char *domain;
    int i;

    if (!host || ap_cstr_casecmpn(host, MTA_STS_HOST_PREFIX, prefix) ||
        mta_sts_name_parse(p, host + prefix, &domain)) {
        return;
    }
    for (i = 0; i < domains->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(domains, i, const char *), domain)) {
            return;
        }
    }
    APR_ARRAY_PUSH(domains, const char *) = domain;
}

apr_array_header_t *mta_sts_vhost_domains(apr_pool_t *p, const server_rec *s)
{
    apr_array_header_t *domains = apr_array_make(p, 2, sizeof(const char *));
    int i;

    add_domain(p, domains, s->server_hostname);
    for (i = 0; s->names && i < s->names->nelts; i++) {
        add_domain(p, domains, APR_ARRAY_IDX(s->names, i, const char *));
    }
    return domains;
}

int mta_sts_vhost_admits_wild(const server_rec *s, const char *host)
{
    int i;

    for (i = 0; s->wild_names && i < s->wild_names->nelts; i++) {
        const char *pattern = APR_ARRAY_IDX(s->wild_names, i, const char *);

        if (pattern && !ap_strcasecmp_match(host, pattern)) {
            return 1;
        }
    }
    return 0;
}

int mta_sts_vhost_admits(const server_rec *s, const char *host)
{
    int i;

    if (s->server_hostname && !ap_cstr_casecmp(host, s->server_hostname)) {
        return 1;
    }
    for (i = 0; s->names && i < s->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(s->names, i, const char *);

        if (name && !ap_cstr_casecmp(host, name)) {
            return 1;
        }
    }
    return mta_sts_vhost_admits_wild(s, host);
}

/* Can a pattern with "*" and "?" match a text that begins with this? A "*"
 * is tried both ways; the text is short, so the tries are few. */
static int can_begin(const char *pattern, const char *text)
{
    if (!*text) {
        return 1;
    }
    if (*pattern == '*') {
        return can_begin(pattern + 1, text) || can_begin(pattern, text + 1);
    }
    return *pattern && (*pattern == '?' || apr_tolower(*pattern) == *text) &&
           can_begin(pattern + 1, text + 1);
}

int mta_sts_vhost_has_policy_host(apr_pool_t *p, const server_rec *s)
{
    int i;

    if (mta_sts_vhost_domains(p, s)->nelts) {
        return 1;
    }
    for (i = 0; s->wild_names && i < s->wild_names->nelts; i++) {
        const char *pattern = APR_ARRAY_IDX(s->wild_names, i, const char *);

        if (pattern && can_begin(pattern, MTA_STS_HOST_PREFIX)) {
            return 1;
        }
    }
    return 0;
}

/* ---- addresses ---- */

static int share_an_address(const server_rec *a, const server_rec *b)
{
    const server_addr_rec *x, *y;

    for (x = a->addrs; x; x = x->next) {
        for (y = b->addrs; y; y = y->next) {
            if (x->host_port == y->host_port &&
                apr_sockaddr_equal(x->host_addr, y->host_addr)) {
                return 1;
            }
        }
    }
    return 0;
}

server_rec *mta_sts_vhost_answering(const apr_array_header_t *vhosts,
                                    server_rec *s, const char *host)
{
    int i;

    /* The main server, at index 0, answers only where no virtual host does. */
    for (i = 1; i < vhosts->nelts; i++) {
        server_rec *other = APR_ARRAY_IDX(vhosts, i, server_rec *);

        if (other == s ||
            (share_an_address(other, s) && mta_sts_vhost_admits(other, host))) {
            return other;
        }
    }
    return s;
}

int mta_sts_vhost_has_port(const server_rec *s, apr_port_t port)
{
    const server_addr_rec *addr;

    for (addr = s->addrs; addr; addr = addr->next) {
        if (addr->host_port == port) {
            return 1;
        }
    }
    return !s->addrs && s->port == port;
}

/* ---- HTTPS ---- */

/* SSLEngine among these directives: -1 if it is not there. */
static int ssl_engine(const ap_directive_t *d)
{
    int engine = -1;

    for (; d; d = d->next) {
        if (!ap_cstr_casecmp(d->directive, "SSLEngine") && d->args) {
            engine = ap_cstr_casecmp(d->args, "off") != 0;
        }
    }
    return engine;
}

/* The section of a virtual host in the tree, by the place where it begins. */
static const ap_directive_t *find_vhost(const ap_directive_t *d,
                                        const server_rec *s)
{
    for (; d; d = d->next) {
        if (d->line_num == (int)s->defn_line_number &&
            !ap_cstr_casecmp(d->directive, "<VirtualHost") &&
            !strcmp(d->filename, s->defn_name)) {
            return d;
        }
    }
    return NULL;
}

int mta_sts_vhost_is_https(const server_rec *s)
{
    const ap_directive_t *section;
    int engine = -1;

    if (s->server_scheme && !strcmp(s->server_scheme, "https")) {
        return 1;
    }
    if (mta_sts_server_config(s)->does_tls) {
        return 1;
    }
    if (s->defn_name) {
        section = find_vhost(ap_conftree, s);
        engine = section ? ssl_engine(section->first_child) : -1;
    }
    return (engine < 0 ? ssl_engine(ap_conftree) : engine) > 0;
}

const char *mta_sts_vhost_label(apr_pool_t *p, const server_rec *s)
{
    const char *name =
        mta_sts_escape_line(p, s->server_hostname ? s->server_hostname : "?");

    if (!s->defn_name) {
        return apr_pstrcat(p, name, " (main server)", NULL);
    }
    return apr_psprintf(p, "%s (%s:%u)", name,
                        mta_sts_escape_line(p, s->defn_name),
                        s->defn_line_number);
}
