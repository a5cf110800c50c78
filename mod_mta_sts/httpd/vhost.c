/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What httpd knows of its virtual hosts, asked outside of a request.
 */
#include "httpd/vhost.h"

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

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
                       apr_hash_t *seen, const char *host)
{
    const apr_size_t prefix = sizeof(MTA_STS_HOST_PREFIX) - 1;
    const char *domain;

    if (!host || ap_cstr_casecmpn(host, MTA_STS_HOST_PREFIX, prefix) ||
        mta_sts_name_parse(p, host + prefix, &domain)) {
        return;
    }
    /* httpd takes the final dot off a Host and leaves it on a ServerName: a
     * name that has one never matches. */
    if (strlen(host + prefix) != strlen(domain) ||
        strlen(domain) > MTA_STS_DOMAIN_MAX ||
        apr_hash_get(seen, domain, APR_HASH_KEY_STRING)) {
        return;
    }
    apr_hash_set(seen, domain, APR_HASH_KEY_STRING, domain);
    APR_ARRAY_PUSH(domains, const char *) = domain;
}

apr_array_header_t *mta_sts_vhost_domains(apr_pool_t *p, const server_rec *s)
{
    apr_array_header_t *domains = apr_array_make(p, 2, sizeof(const char *));
    apr_hash_t *seen = apr_hash_make(p);
    int i;

    add_domain(p, domains, seen, s->server_hostname);
    for (i = 0; s->names && i < s->names->nelts; i++) {
        add_domain(p, domains, seen, APR_ARRAY_IDX(s->names, i, const char *));
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

int mta_sts_vhost_has_wild_policy_host(const server_rec *s)
{
    int i;

    for (i = 0; s->wild_names && i < s->wild_names->nelts; i++) {
        const char *pattern = APR_ARRAY_IDX(s->wild_names, i, const char *);

        if (pattern && can_begin(pattern, MTA_STS_HOST_PREFIX)) {
            return 1;
        }
    }
    return 0;
}

/* ---- addresses ---- */

int mta_sts_vhost_shares_address(const server_rec *s, const server_rec *other)
{
    const server_addr_rec *x, *y;

    for (x = s->addrs; x; x = x->next) {
        for (y = other->addrs; y; y = y->next) {
            if (x->host_port == y->host_port &&
                apr_sockaddr_equal(x->host_addr, y->host_addr)) {
                return 1;
            }
        }
    }
    return 0;
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
static int ssl_engine(apr_pool_t *p, const ap_directive_t *d)
{
    int engine = -1;

    for (; d; d = d->next) {
        if (!ap_cstr_casecmp(d->directive, "SSLEngine") && d->args) {
            const char *args = d->args;

            engine = ap_cstr_casecmp(ap_getword_conf(p, &args), "off") != 0;
        }
    }
    return engine;
}

/* A virtual host is found in the tree by the place where it begins. */
static const char *place_key(apr_pool_t *p, const char *file, unsigned int line)
{
    return apr_psprintf(p, "%u:%s", line, file);
}

void mta_sts_vhost_note_ssl_engine(apr_pool_t *ptemp,
                                   const apr_array_header_t *vhosts)
{
    const int of_main = ssl_engine(ptemp, ap_conftree) > 0;
    apr_hash_t *sections = apr_hash_make(ptemp);
    const ap_directive_t *d;
    int i;

    for (d = ap_conftree; d; d = d->next) {
        if (!ap_cstr_casecmp(d->directive, "<VirtualHost")) {
            apr_hash_set(
                sections,
                place_key(ptemp, d->filename, (unsigned int)d->line_num),
                APR_HASH_KEY_STRING, d);
        }
    }
    for (i = 0; i < vhosts->nelts; i++) {
        const server_rec *s = APR_ARRAY_IDX(vhosts, i, const server_rec *);
        int engine = -1;

        d = s->defn_name ? apr_hash_get(sections,
                                        place_key(ptemp, s->defn_name,
                                                  s->defn_line_number),
                                        APR_HASH_KEY_STRING)
                         : NULL;
        if (d) {
            engine = ssl_engine(ptemp, d->first_child);
        }
        mta_sts_server_config(s)->ssl_engine = engine < 0 ? of_main : engine;
    }
}

int mta_sts_vhost_is_https(const server_rec *s)
{
    const mta_sts_server_t *conf = mta_sts_server_config(s);

    return (s->server_scheme && !strcmp(s->server_scheme, "https")) ||
           conf->ssl_engine || conf->does_tls;
}

const char *mta_sts_vhost_label(apr_pool_t *p, const server_rec *s)
{
    const char *name = s->server_hostname ? s->server_hostname : "?";

    if (!s->defn_name) {
        return apr_pstrcat(p, name, " (main server)", NULL);
    }
    return apr_psprintf(p, "%s (%s:%u)", name, s->defn_name,
                        s->defn_line_number);
}
