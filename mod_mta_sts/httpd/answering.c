/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Which virtual host answers for a host.
 */
#include "httpd/answering.h"

#include <ap_listen.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "httpd/vhost.h"

/* A virtual host, with its place in the configuration. */
typedef struct {
    server_rec *s;
    int place;
} indexed_t;

/* Each list in the order of the configuration. A wildcard alias is mostly "*"
 * and a suffix: it is found by that, and only what is odder is tried one by
 * one. */
struct mta_sts_index_t {
    apr_hash_t *by_name;     /* name, lower case -> of indexed_t */
    apr_hash_t *by_suffix;   /* what stands behind "*", from its dot on */
    apr_array_header_t *odd; /* of indexed_t: with another wildcard alias */
    server_rec *main_server;
    server_rec *instead; /* answers where the main server is never asked */
};

static void add(apr_pool_t *p, apr_hash_t *lists, const char *name,
                const indexed_t *entry)
{
    apr_array_header_t *list;
    char *key = apr_pstrdup(p, name);

    ap_str_tolower(key);
    list = apr_hash_get(lists, key, APR_HASH_KEY_STRING);
    if (!list) {
        list = apr_array_make(p, 2, sizeof(indexed_t));
        apr_hash_set(lists, key, APR_HASH_KEY_STRING, list);
    }
    APR_ARRAY_PUSH(list, indexed_t) = *entry;
}

static void add_vhost(apr_pool_t *p, mta_sts_index_t *index,
                      const indexed_t *entry)
{
    const server_rec *s = entry->s;
    int i, odd = 0;

    if (s->server_hostname) {
        add(p, index->by_name, s->server_hostname, entry);
    }
    for (i = 0; s->names && i < s->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(s->names, i, const char *);

        if (name) {
            add(p, index->by_name, name, entry);
        }
    }
    for (i = 0; s->wild_names && i < s->wild_names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(s->wild_names, i, const char *);

        if (!name) {
            continue;
        }
        if (name[0] == '*' && name[1] == '.' &&
            !name[1 + strcspn(name + 1, "*?")]) {
            add(p, index->by_suffix, name + 1, entry);
        }
        else {
            odd = 1;
        }
    }
    if (odd) {
        APR_ARRAY_PUSH(index->odd, indexed_t) = *entry;
    }
}

/* ---- the main server ---- */

static int takes_port(const server_rec *s, apr_port_t port)
{
    const server_addr_rec *addr;

    for (addr = s->addrs; addr; addr = addr->next) {
        if ((!addr->host_port || addr->host_port == port) &&
            (!strcmp(addr->virthost, "*") ||
             !strcmp(addr->virthost, "_default_"))) {
            return 1;
        }
    }
    return 0;
}

/* The virtual host that answers instead of the main server, or NULL. */
static server_rec *instead_of_main(const apr_array_header_t *vhosts)
{
    server_rec *first = NULL;
    ap_listen_rec *listener;

    for (listener = ap_listeners; listener; listener = listener->next) {
        server_rec *taken = NULL;
        int i;

        for (i = 1; i < vhosts->nelts && !taken; i++) {
            server_rec *s = APR_ARRAY_IDX(vhosts, i, server_rec *);

            if (takes_port(s, listener->bind_addr->port)) {
                taken = s;
            }
        }
        if (!taken) {
            return NULL;
        }
        first = first ? first : taken;
    }
    return first;
}

mta_sts_index_t *mta_sts_index_make(apr_pool_t *p,
                                    const apr_array_header_t *vhosts)
{
    mta_sts_index_t *index = apr_palloc(p, sizeof(*index));
    indexed_t entry;

    index->by_name = apr_hash_make(p);
    index->by_suffix = apr_hash_make(p);
    index->odd = apr_array_make(p, 2, sizeof(indexed_t));
    index->main_server = APR_ARRAY_IDX(vhosts, 0, server_rec *);
    index->instead = instead_of_main(vhosts);
    for (entry.place = 1; entry.place < vhosts->nelts; entry.place++) {
        entry.s = APR_ARRAY_IDX(vhosts, entry.place, server_rec *);
        add_vhost(p, index, &entry);
    }
    return index;
}

/* ---- asking ---- */

/* The earlier of the best so far and the first of a list that passes. */
static const indexed_t *earlier(const indexed_t *best,
                                const apr_array_header_t *list,
                                const char *host, mta_sts_index_test_t *test,
                                const void *data)
{
    int i;

    for (i = 0; list && i < list->nelts; i++) {
        const indexed_t *entry = &APR_ARRAY_IDX(list, i, indexed_t);

        if (best && entry->place >= best->place) {
            break;
        }
        if ((!host || mta_sts_vhost_admits_wild(entry->s, host)) &&
            test(entry->s, data)) {
            return entry;
        }
    }
    return best;
}

server_rec *mta_sts_index_first(const mta_sts_index_t *index, const char *host,
                                mta_sts_index_test_t *test, const void *data)
{
    const indexed_t *best = NULL;
    const char *dot;

    best =
        earlier(best, apr_hash_get(index->by_name, host, APR_HASH_KEY_STRING),
                NULL, test, data);
    for (dot = ap_strchr_c(host, '.'); dot; dot = ap_strchr_c(dot + 1, '.')) {
        best = earlier(best,
                       apr_hash_get(index->by_suffix, dot, APR_HASH_KEY_STRING),
                       NULL, test, data);
    }
    best = earlier(best, index->odd, host, test, data);
    return best ? best->s : NULL;
}

static int shares_address(const server_rec *candidate, const void *data)
{
    return mta_sts_vhost_shares_address(candidate, data);
}

server_rec *mta_sts_answering(const mta_sts_index_t *index, server_rec *s,
                              const char *host)
{
    server_rec *first;

    if (s == index->main_server) {
        return index->instead ? index->instead : s;
    }
    first = mta_sts_index_first(index, host, shares_address, s);
    return first ? first : s;
}
