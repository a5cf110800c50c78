/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a start says in the error log. What was served before a graceful
 * restart is remembered in memory, in no file: the module may be unloaded and
 * loaded again between, so the memory holds data only, and says its layout.
 */
#include "httpd/start.h"

#include <apr_hash.h>
#include <apr_strings.h>

#include "core/name.h"
#include "core/value.h"
#include "httpd/message.h"

#define RETAINED_KEY    "mod_mta_sts"
#define RETAINED_LAYOUT 1

/* So many policies are logged one by one. */
#define LOGGED_MAX 20

typedef struct {
    unsigned int layout;
    apr_pool_t *pool;
    apr_hash_t *served; /* policy domain -> remembered_t *, in pool */
} retained_t;

typedef struct {
    const char *id;
    apr_uint32_t max_age; /* seconds */
    int is_none;          /* mode none: nobody is bound by it */
} remembered_t;

/* Does a server serve a domain that none spells out? */
static int is_matched(apr_pool_t *p, const apr_array_header_t *vhosts,
                      const char *domain)
{
    const char *host = apr_pstrcat(p, MTA_STS_HOST_PREFIX, domain, NULL);
    int i;

    for (i = 0; i < vhosts->nelts; i++) {
        const mta_sts_entry_t *entry = mta_sts_catalog_find(
            p, APR_ARRAY_IDX(vhosts, i, server_rec *), host);

        if (entry && entry->compiled) {
            return 1;
        }
    }
    return 0;
}

/* NULL if another version of this module left another layout. */
static retained_t *retained(server_rec *main_server)
{
    retained_t *r = ap_retained_data_get(RETAINED_KEY);

    if (!r) {
        r = ap_retained_data_create(RETAINED_KEY, sizeof(*r));
        r->layout = RETAINED_LAYOUT;
        apr_pool_create(&r->pool, main_server->process->pool);
        /* not our constant, which goes when the module is unloaded */
        apr_pool_tag(r->pool,
                     apr_pstrdup(main_server->process->pool, RETAINED_KEY));
    }
    return r->layout == RETAINED_LAYOUT ? r : NULL;
}

static void log_policies(server_rec *main_server,
                         const apr_array_header_t *served)
{
    int i;

    for (i = 0; i < served->nelts && i < LOGGED_MAX; i++) {
        const mta_sts_served_t *one =
            &APR_ARRAY_IDX(served, i, mta_sts_served_t);
        const mta_sts_compiled_t *c = one->entry->compiled;

        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, one->s,
                     N_POLICY "%s: mode %s, id %s", one->domain,
                     mta_sts_mode_name(c->policy.mode), c->id);
    }
    if (served->nelts > LOGGED_MAX) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server,
                     N_POLICY_COUNT "%d policy domains in all, %d not listed "
                                    "here; apachectl -t -D " DUMP_ZONE
                                    " lists them",
                     served->nelts, served->nelts - LOGGED_MAX);
    }
}

static void log_changes(apr_pool_t *ptemp, server_rec *main_server,
                        const apr_array_header_t *vhosts, apr_hash_t *before,
                        const apr_array_header_t *served)
{
    apr_hash_index_t *hi;
    int i;

    for (i = 0; i < served->nelts; i++) {
        const mta_sts_served_t *now =
            &APR_ARRAY_IDX(served, i, mta_sts_served_t);
        const remembered_t *was =
            apr_hash_get(before, now->domain, APR_HASH_KEY_STRING);

        if (was && strcmp(was->id, now->entry->compiled->id)) {
            ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, now->s,
                         N_ID_CHANGED
                         "%s: the id changed from %s to %s: "
                         "serve it on every server, then publish the record",
                         now->domain, was->id, now->entry->compiled->id);
        }
        apr_hash_set(before, now->domain, APR_HASH_KEY_STRING, NULL);
    }
    for (hi = apr_hash_first(ptemp, before); hi; hi = apr_hash_next(hi)) {
        const char *domain = apr_hash_this_key(hi);
        const remembered_t *was = apr_hash_this_val(hi);

        if (!was->is_none && !is_matched(ptemp, vhosts, domain)) {
            ap_log_error(
                APLOG_MARK, APLOG_WARNING, 0, main_server,
                W_POLICY_GONE
                "%s: its policy went away, and senders "
                "keep it for max_age (%s); to retire MTA-STS serve " D_MODE
                " none first",
                domain, mta_sts_duration_text(ptemp, was->max_age));
        }
    }
}

static void remember(retained_t *r, const apr_array_header_t *served)
{
    int i;

    apr_pool_clear(r->pool);
    r->served = apr_hash_make(r->pool);
    for (i = 0; i < served->nelts; i++) {
        const mta_sts_served_t *one =
            &APR_ARRAY_IDX(served, i, mta_sts_served_t);
        const mta_sts_compiled_t *c = one->entry->compiled;
        remembered_t *memory = apr_palloc(r->pool, sizeof(*memory));

        memory->id = apr_pstrdup(r->pool, c->id);
        memory->max_age = c->policy.max_age;
        memory->is_none = c->policy.mode == MTA_STS_MODE_NONE;
        apr_hash_set(r->served, apr_pstrdup(r->pool, one->domain),
                     APR_HASH_KEY_STRING, memory);
    }
}

void mta_sts_start_report(apr_pool_t *ptemp, server_rec *main_server,
                          const apr_array_header_t *vhosts)
{
    apr_array_header_t *served = mta_sts_catalog_served(ptemp, vhosts);
    retained_t *r = retained(main_server);

    log_policies(main_server, served);
    if (r) {
        if (r->served) {
            log_changes(ptemp, main_server, vhosts, r->served, served);
        }
        remember(r, served);
    }
}
