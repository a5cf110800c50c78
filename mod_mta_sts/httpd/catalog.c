/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Which policy a policy domain has, and that policy compiled. The order in
 * which places are asked:
 *
 *   1. the virtual host's <MTASTSDomain>
 *   3. its first <MTASTSDomainMatch> that matches
 *   4. the main server's <MTASTSDomain>
 *   6. its first <MTASTSDomainMatch> that matches
 *   7. the plain directives, if the policy host is spelled out
 *
 * (2 and 5 are the places of maps.)
 */
#include "httpd/catalog.h"

#include <apr_strings.h>

#include "core/name.h"
#include "httpd/answering.h"
#include "httpd/page.h"
#include "httpd/vhost.h"

/* ---- settings ---- */

/* What is set in "inner" wins; lists replace, they do not add up. */
static void inherit(mta_sts_settings_t *inner, const mta_sts_settings_t *outer)
{
    inner->mode = inner->mode ? inner->mode : outer->mode;
    inner->max_age = inner->max_age ? inner->max_age : outer->max_age;
    inner->mx = inner->mx ? inner->mx : outer->mx;
    inner->id = inner->id ? inner->id : outer->id;
    inner->rua = inner->rua ? inner->rua : outer->rua;
    if (!inner->first) {
        inner->first = outer->first;
        inner->place = outer->place;
    }
}

/* The plain directives of a server, the main server's inherited. */
static mta_sts_settings_t plain_settings(const mta_sts_server_t *conf)
{
    mta_sts_settings_t set = conf->settings;

    if (conf->outer) {
        inherit(&set, &conf->outer->settings);
    }
    return set;
}

/* ---- compiling ---- */

static const char *place_text(apr_pool_t *p, const char *file, int line)
{
    return apr_psprintf(p, "%s:%d", file, line);
}

/* The place that decided: the section; or the virtual host if it says
 * anything itself; or the main server's directives. */
static const char *source_of(apr_pool_t *p, const server_rec *s,
                             const mta_sts_settings_t *set,
                             const mta_sts_section_t *section)
{
    if (section) {
        return place_text(p, section->place.file, section->place.line);
    }
    if (s->defn_name && mta_sts_server_config(s)->settings.first) {
        return place_text(p, s->defn_name, (int)s->defn_line_number);
    }
    return place_text(p, set->place.file, set->place.line);
}

/* NULL only if there is no SHA-256. */
static const mta_sts_compiled_t *compile(apr_pool_t *p, const server_rec *s,
                                         const mta_sts_settings_t *set,
                                         const mta_sts_section_t *section)
{
    mta_sts_compiled_t *c = apr_pcalloc(p, sizeof(*c));

    c->policy.mode = set->mode ? set->mode : MTA_STS_MODE_TESTING;
    c->policy.max_age =
        set->max_age ? set->max_age : mta_sts_max_age_default(c->policy.mode);
    c->policy.mx = set->mx;
    c->body = mta_sts_policy_render(p, &c->policy, &c->len);
    c->length = apr_psprintf(p, "%" APR_SIZE_T_FMT, c->len);
    c->auto_id = mta_sts_policy_id(p, c->body, c->len, NULL);
    if (!c->auto_id) {
        return NULL;
    }
    c->etag = apr_pstrcat(p, "\"", c->auto_id, "\"", NULL);
    /* A second late: what was fetched in the second before is older. */
    c->mtime = apr_time_now() + apr_time_from_sec(1);
    c->id_setting = set->id;
    c->id = c->auto_id;
    if (set->id && set->id->literal) {
        c->id = set->id->literal;
    }
    else if (set->id && set->id->salt) {
        c->id = mta_sts_policy_id(p, c->body, c->len, set->id->salt);
    }
    c->rua = set->rua;
    c->section = section;
    c->source = source_of(p, s, set, section);
    return c;
}

/* The policy of a section, compiled when first asked for: it inherits from the
 * place where it is written, so it is the same in every virtual host. */
static int section_compiled(apr_pool_t *p, const server_rec *s,
                            const mta_sts_server_t *at,
                            mta_sts_section_t *section)
{
    mta_sts_settings_t set = section->settings, outer = plain_settings(at);

    if (section->compiled) {
        return 1;
    }
    inherit(&set, &outer);
    if (!set.mx) {
        return 1;
    }
    section->compiled = compile(p, s, &set, section);
    return section->compiled != NULL;
}

/* ---- choosing ---- */

/* The section of one server that a policy domain has, or NULL. */
static mta_sts_section_t *section_at(const mta_sts_server_t *conf,
                                     const char *domain)
{
    mta_sts_section_t *section =
        apr_hash_get(conf->by_domain, domain, APR_HASH_KEY_STRING);
    int i;

    for (i = 0; !section && i < conf->regexes->nelts; i++) {
        mta_sts_section_t *regex =
            APR_ARRAY_IDX(conf->regexes, i, mta_sts_section_t *);

        if (!ap_regexec(regex->regex, domain, 0, NULL, 0)) {
            section = regex;
        }
    }
    return section;
}

static mta_sts_section_t *section_for(const mta_sts_server_t *conf,
                                      const char *domain)
{
    mta_sts_section_t *section = section_at(conf, domain);

    return section || !conf->outer ? section : section_at(conf->outer, domain);
}

static void note_no_mx(mta_sts_catalog_t *catalog, const char *domain,
                       const mta_sts_section_t *section)
{
    mta_sts_no_mx_t *none;
    int i;

    for (i = 0; i < catalog->without_mx->nelts; i++) {
        none = &APR_ARRAY_IDX(catalog->without_mx, i, mta_sts_no_mx_t);
        if (none->section == section &&
            (none->domain == domain ||
             (none->domain && domain && !strcmp(none->domain, domain)))) {
            return;
        }
    }
    none = apr_array_push(catalog->without_mx);
    none->domain = domain;
    none->section = section;
}

/* Is it an error that this server's plain directives give no policy? Not in
 * the main server, and not in a site that says nothing about MTA-STS itself,
 * in a server that is switched on as a whole. */
static int wants_policy(const mta_sts_server_t *conf)
{
    return conf->outer &&
           (conf->engine_here == ENGINE_ON || conf->settings.first);
}

/* Put a policy domain that this server admits into its catalogue. */
static int add_domain(apr_pool_t *p, const server_rec *s,
                      mta_sts_server_t *conf, mta_sts_catalog_t *catalog,
                      const char *domain, int spelled)
{
    mta_sts_section_t *section = section_for(conf, domain);
    const mta_sts_compiled_t *compiled = NULL;
    mta_sts_entry_t *entry;

    if (apr_hash_get(catalog->entries, domain, APR_HASH_KEY_STRING)) {
        return 1;
    }
    if (section) {
        const mta_sts_server_t *at =
            section_at(conf, domain) == section ? conf : conf->outer;

        if (!section_compiled(p, s, at, section)) {
            return 0;
        }
        compiled = section->compiled;
    }
    else if (spelled) {
        mta_sts_settings_t set = plain_settings(conf);

        if (!conf->compiled && set.mx) {
            conf->compiled = compile(p, s, &set, NULL);
            if (!conf->compiled) {
                return 0;
            }
        }
        compiled = conf->compiled;
    }
    if (!compiled) {
        if (section || wants_policy(conf)) {
            note_no_mx(catalog, domain, section);
        }
        return 1;
    }
    entry = apr_pcalloc(p, sizeof(*entry));
    entry->domain = domain;
    entry->compiled = compiled;
    mta_sts_page_render(p, domain, &entry->page);
    apr_hash_set(catalog->entries, domain, APR_HASH_KEY_STRING, entry);
    APR_ARRAY_PUSH(catalog->domains, const char *) = domain;
    return 1;
}

/* The policy domains of sections that a wildcard alias of this server admits,
 * and the policies of sections that match. */
static int add_sections(apr_pool_t *p, const server_rec *s,
                        mta_sts_server_t *conf, mta_sts_catalog_t *catalog,
                        const mta_sts_server_t *at)
{
    int i, j;

    for (i = 0; i < at->sections->nelts; i++) {
        mta_sts_section_t *section =
            APR_ARRAY_IDX(at->sections, i, mta_sts_section_t *);

        if (section->regex) {
            if (!section_compiled(p, s, at, section)) {
                return 0;
            }
            if (!section->compiled && mta_sts_vhost_has_wild_policy_host(s)) {
                note_no_mx(catalog, NULL, section);
            }
            continue;
        }
        for (j = 0; j < section->domains->nelts; j++) {
            const char *domain =
                APR_ARRAY_IDX(section->domains, j, const char *);
            const char *host =
                apr_pstrcat(p, MTA_STS_HOST_PREFIX, domain, NULL);

            if (mta_sts_vhost_admits_wild(s, host) &&
                !add_domain(p, s, conf, catalog, domain, 0)) {
                return 0;
            }
        }
    }
    return 1;
}

static int build_one(apr_pool_t *p, const server_rec *s, mta_sts_server_t *conf)
{
    mta_sts_catalog_t *catalog = apr_pcalloc(p, sizeof(*catalog));
    apr_array_header_t *spelled = mta_sts_vhost_domains(p, s);
    int i;

    catalog->entries = apr_hash_make(p);
    catalog->domains = apr_array_make(p, 2, sizeof(const char *));
    catalog->without_mx = apr_array_make(p, 1, sizeof(mta_sts_no_mx_t));
    for (i = 0; i < spelled->nelts; i++) {
        if (!add_domain(p, s, conf, catalog,
                        APR_ARRAY_IDX(spelled, i, const char *), 1)) {
            return 0;
        }
    }
    if (!add_sections(p, s, conf, catalog, conf) ||
        (conf->outer && !add_sections(p, s, conf, catalog, conf->outer))) {
        return 0;
    }
    conf->catalog = catalog;
    return 1;
}

int mta_sts_catalog_build(apr_pool_t *p, const apr_array_header_t *vhosts)
{
    int i;

    for (i = 0; i < vhosts->nelts; i++) {
        const server_rec *s = APR_ARRAY_IDX(vhosts, i, const server_rec *);
        mta_sts_server_t *conf = mta_sts_server_config(s);

        if (conf->engine == ENGINE_ON && !build_one(p, s, conf)) {
            return 0;
        }
    }
    return 1;
}

/* ---- what is served ---- */

/* Is this the server that httpd asks for the domain's policy host? */
static int is_reached(apr_pool_t *p, const mta_sts_index_t *index,
                      server_rec *s, const char *domain)
{
    const char *host = apr_pstrcat(p, MTA_STS_HOST_PREFIX, domain, NULL);

    return mta_sts_answering(index, s, host) == s;
}

static int same_list(const apr_array_header_t *a, const apr_array_header_t *b)
{
    int i;

    if (!a || !b || a->nelts != b->nelts) {
        return (!a || !a->nelts) && (!b || !b->nelts);
    }
    for (i = 0; i < a->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(a, i, const char *),
                   APR_ARRAY_IDX(b, i, const char *))) {
            return 0;
        }
    }
    return 1;
}

int mta_sts_catalog_same(const mta_sts_compiled_t *a,
                         const mta_sts_compiled_t *b)
{
    return a == b || (!strcmp(a->body, b->body) && !strcmp(a->id, b->id) &&
                      same_list(a->rua, b->rua));
}

static int by_domain(const void *a, const void *b)
{
    return strcmp(((const mta_sts_served_t *)a)->domain,
                  ((const mta_sts_served_t *)b)->domain);
}

static const mta_sts_entry_t *entry_of(const server_rec *s, const char *domain)
{
    const mta_sts_catalog_t *catalog = mta_sts_server_config(s)->catalog;

    return catalog ? apr_hash_get(catalog->entries, domain, APR_HASH_KEY_STRING)
                   : NULL;
}

int mta_sts_catalog_knows(const apr_array_header_t *vhosts, const char *domain)
{
    int i;

    for (i = 0; i < vhosts->nelts; i++) {
        if (entry_of(APR_ARRAY_IDX(vhosts, i, server_rec *), domain)) {
            return 1;
        }
    }
    return 0;
}

/* Let each server of a domain's list win or become one of the others. What
 * senders get comes first; where they get nothing, what is meant for them. */
static void choose(apr_pool_t *p, const mta_sts_index_t *index,
                   mta_sts_served_t *served, const apr_array_header_t *servers)
{
    int i, best = -1;

    for (i = 0; i < servers->nelts; i++) {
        server_rec *s = APR_ARRAY_IDX(servers, i, server_rec *);
        const int https = mta_sts_vhost_is_https(s);
        const int reached = https && is_reached(p, index, s, served->domain);
        const int rank =
            4 * reached + 2 * https + mta_sts_vhost_has_port(s, 443);

        if (rank > best) {
            best = rank;
            served->s = s;
            served->https = https;
            served->reached = reached;
        }
    }
    served->entry = entry_of(served->s, served->domain);
    served->others = apr_array_make(p, 1, sizeof(server_rec *));
    for (i = 0; i < servers->nelts; i++) {
        server_rec *s = APR_ARRAY_IDX(servers, i, server_rec *);

        if (!mta_sts_catalog_same(entry_of(s, served->domain)->compiled,
                                  served->entry->compiled)) {
            APR_ARRAY_PUSH(served->others, server_rec *) = s;
        }
    }
}

apr_array_header_t *mta_sts_catalog_served(apr_pool_t *p,
                                           const apr_array_header_t *vhosts)
{
    apr_array_header_t *all = apr_array_make(p, 8, sizeof(mta_sts_served_t));
    const mta_sts_index_t *index = mta_sts_index_make(p, vhosts);
    apr_hash_t *servers = apr_hash_make(p); /* domain -> of server_rec * */
    int i, j;

    for (i = 0; i < vhosts->nelts; i++) {
        server_rec *s = APR_ARRAY_IDX(vhosts, i, server_rec *);
        const mta_sts_catalog_t *catalog = mta_sts_server_config(s)->catalog;

        for (j = 0; catalog && j < catalog->domains->nelts; j++) {
            const char *domain =
                APR_ARRAY_IDX(catalog->domains, j, const char *);
            apr_array_header_t *list =
                apr_hash_get(servers, domain, APR_HASH_KEY_STRING);

            if (!list) {
                mta_sts_served_t *served = apr_array_push(all);

                served->domain = domain;
                list = apr_array_make(p, 2, sizeof(server_rec *));
                apr_hash_set(servers, domain, APR_HASH_KEY_STRING, list);
            }
            APR_ARRAY_PUSH(list, server_rec *) = s;
        }
    }
    for (i = 0; i < all->nelts; i++) {
        mta_sts_served_t *served = &APR_ARRAY_IDX(all, i, mta_sts_served_t);

        choose(p, index, served,
               apr_hash_get(servers, served->domain, APR_HASH_KEY_STRING));
    }
    qsort(all->elts, (size_t)all->nelts, (size_t)all->elt_size, by_domain);
    return all;
}

/* ---- looking up ---- */

apr_array_header_t *mta_sts_catalog_matches(apr_pool_t *p, const server_rec *s)
{
    const mta_sts_server_t *conf = mta_sts_server_config(s);
    apr_array_header_t *matches =
        apr_array_make(p, 1, sizeof(const mta_sts_section_t *));

    if (conf->catalog && mta_sts_vhost_has_wild_policy_host(s)) {
        apr_array_cat(matches, conf->regexes);
        if (conf->outer) {
            apr_array_cat(matches, conf->outer->regexes);
        }
    }
    return matches;
}

/* A host that no name spells out and no section names: if a wildcard alias
 * admits it, a regular expression may know its domain. The only look-up that
 * makes anything in a request. */
static const mta_sts_entry_t *find_by_wildcard(apr_pool_t *p, server_rec *s,
                                               const mta_sts_server_t *conf,
                                               const char *host)
{
    const mta_sts_section_t *section;
    mta_sts_entry_t *entry;
    const char *domain;

    if (!mta_sts_vhost_admits_wild(s, host) ||
        mta_sts_name_parse(p, host + sizeof(MTA_STS_HOST_PREFIX) - 1,
                           &domain)) {
        return NULL;
    }
    section = section_for(conf, domain);
    if (!section && conf->engine_here != ENGINE_ON) {
        return NULL;
    }
    entry = apr_pcalloc(p, sizeof(*entry));
    entry->domain = domain;
    entry->compiled = section ? section->compiled : NULL;
    mta_sts_page_render(p, domain, &entry->page);
    return entry;
}

const mta_sts_entry_t *mta_sts_catalog_find(apr_pool_t *p, server_rec *s,
                                            const char *host)
{
    const apr_size_t prefix = sizeof(MTA_STS_HOST_PREFIX) - 1;
    const mta_sts_server_t *conf = mta_sts_server_config(s);
    const mta_sts_entry_t *entry;

    if (!conf->catalog || !host || strncmp(host, MTA_STS_HOST_PREFIX, prefix)) {
        return NULL;
    }
    entry = apr_hash_get(conf->catalog->entries, host + prefix,
                         APR_HASH_KEY_STRING);
    return entry || !s->wild_names ? entry : find_by_wildcard(p, s, conf, host);
}
