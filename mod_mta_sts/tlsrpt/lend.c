/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections to the store for reading, a few for each process: opening one
 * costs more than a page, and a page must not take all workers with it.
 */
#include "tlsrpt/lend.h"

#include <apr_optional.h>
#include <apr_reslist.h>
#include <apr_strings.h>
#include <mod_dbd.h>
#include <string.h>

#include "tlsrpt/config.h"

/** The most connections of one process. */
#define LENT_MAX 4
/** One that is not used goes after this time. */
#define LENT_TTL apr_time_from_sec(60)
/** So long a request waits for one. */
#define LENT_WAIT apr_time_from_sec(5)

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

static apr_reslist_t *list; /* of lent_t; NULL: none could be made */
static server_rec *server;

/* A connection of ours, or a place for one of mod_dbd. */
typedef struct {
    apr_pool_t *p; /* with an allocator of its own: one thread at a time */
    tlsrpt_store_t *store;
    ap_dbd_t *dbd;
    apr_pool_t *dbd_pool; /* mod_dbd may put the connection's pool below it */
    const char *why;      /* it could not be opened */
    int broken;
} lent_t;

void tlsrpt_lend_retrieve(void)
{
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

static const char *open_dbd(lent_t *lent)
{
    if (!dbd_open || apr_pool_create_unmanaged_ex(&lent->dbd_pool, NULL,
                                                  NULL) != APR_SUCCESS) {
        return "mod_dbd is not loaded, or there is no memory.";
    }
    lent->dbd = dbd_open(lent->dbd_pool, server);
    if (!lent->dbd) {
        return "mod_dbd has no connection.";
    }
    return tlsrpt_store_attach(lent->p, lent->dbd->driver, lent->dbd->handle, 0,
                               &lent->store);
}

static apr_status_t make(void **resource, void *params, apr_pool_t *pool)
{
    lent_t *lent;
    apr_pool_t *p;

    (void)params;
    (void)pool;
    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS) {
        return APR_ENOMEM;
    }
    lent = apr_pcalloc(p, sizeof(*lent));
    lent->p = p;
    *resource = lent;
    lent->why = strcmp(tlsrpt_config(server)->store, "dbd") == 0
                    ? open_dbd(lent)
                    : tlsrpt_store_open(p, tlsrpt_config(server)->store, 0,
                                        &lent->store);
    return APR_SUCCESS; /* the sentence would be lost otherwise */
}

static apr_status_t unmake(void *resource, void *params, apr_pool_t *pool)
{
    lent_t *lent = resource;
    ap_dbd_t *dbd = lent->dbd;
    apr_pool_t *dbd_pool = lent->dbd_pool;

    (void)params;
    (void)pool;
    apr_pool_destroy(lent->p); /* statements first */
    if (dbd) {
        dbd_close(server, dbd);
    }
    if (dbd_pool) {
        apr_pool_destroy(dbd_pool);
    }
    return APR_SUCCESS;
}

/* In a pool that nobody else allocates from: the list has a lock of its own. */
void tlsrpt_lend_child_init(server_rec *s)
{
    apr_pool_t *p;

    server = s;
    list = NULL;
    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS) {
        return;
    }
    if (apr_reslist_create(&list, 0, 1, LENT_MAX, LENT_TTL, make, unmake, NULL,
                           p) != APR_SUCCESS) {
        list = NULL;
        return;
    }
    apr_reslist_timeout_set(list, LENT_WAIT);
}

static apr_status_t give_back(void *data)
{
    lent_t *lent = data;

    if (lent->broken) {
        apr_reslist_invalidate(list, lent);
    }
    else {
        apr_reslist_release(list, lent);
    }
    return APR_SUCCESS;
}

/** Under this name the request keeps what it borrowed. */
#define NOTE "tlsrpt-lent"

const char *tlsrpt_lend(request_rec *r, tlsrpt_store_t **store)
{
    void *resource;
    lent_t *lent;

    if (!list || apr_reslist_acquire(list, &resource) != APR_SUCCESS) {
        return "Too many requests wait for the database.";
    }
    lent = resource;
    if (lent->why) {
        const char *why = apr_pstrdup(r->pool, lent->why);

        apr_reslist_invalidate(list, lent);
        return why;
    }
    apr_pool_userdata_setn(lent, NOTE, NULL, r->pool);
    apr_pool_cleanup_register(r->pool, lent, give_back, apr_pool_cleanup_null);
    *store = lent->store;
    return NULL;
}

void tlsrpt_lend_broken(request_rec *r)
{
    void *lent = NULL;

    apr_pool_userdata_get(&lent, NOTE, r->pool);
    if (lent) {
        ((lent_t *)lent)->broken = 1;
    }
}
