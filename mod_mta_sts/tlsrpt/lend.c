/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections to the store for reading, a few for each process: opening one
 * costs more than a page, and a page must not take all workers with it.
 *
 * apr_reslist is not used: it opens a connection while it holds its lock, so
 * that all workers would queue behind a database that hangs. Here who gets in
 * is a number, and the lock guards a list alone. Each request within the number
 * opens a connection by itself, or takes one that is idle, and asks it whether
 * it still works.
 *
 * A connection of mod_dbd goes back to it with each request: with DBDMax 1 the
 * intake would wait for ever otherwise.
 */
#include "tlsrpt/lend.h"

#include <apr_atomic.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <mod_dbd.h>
#include <string.h>

#include "tlsrpt/config.h"

/** The most requests of one process that use, open or wait for one. */
#define LENT_MAX 4
/** So old a connection is not lent again: then another address of the host is
 * noticed too. */
#define LENT_AGE apr_time_from_sec(60)

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

struct tlsrpt_lent_t {
    apr_pool_t *p; /* with an allocator of its own: one thread at a time */
    tlsrpt_store_t *store;
    apr_time_t opened;
    ap_dbd_t *dbd;        /* whose connection it is, or NULL: our own */
    apr_pool_t *dbd_pool; /* mod_dbd may put the connection's pool below it */
    tlsrpt_lent_t *next;  /* of those that are idle */
};

static server_rec *server;
static apr_uint32_t borrowers;
static apr_thread_mutex_t *lock; /* of idle; NULL: nothing is kept */
static tlsrpt_lent_t *idle;

void tlsrpt_lend_retrieve(void)
{
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

/* In a pool that nobody else allocates from. */
void tlsrpt_lend_child_init(server_rec *s)
{
    apr_pool_t *p;

    server = s;
    borrowers = 0;
    idle = NULL;
    lock = NULL;
    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS ||
        apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, p) !=
            APR_SUCCESS) {
        lock = NULL;
    }
}

/* ---- one connection ------------------------------------------------------ */

static void unmake(tlsrpt_lent_t *lent)
{
    ap_dbd_t *dbd = lent->dbd;
    apr_pool_t *dbd_pool = lent->dbd_pool;

    apr_pool_destroy(lent->p); /* statements first */
    if (dbd) {
        dbd_close(server, dbd);
    }
    if (dbd_pool) {
        apr_pool_destroy(dbd_pool);
    }
}

static const char *open_dbd(tlsrpt_lent_t *lent)
{
    if (!dbd_open || apr_pool_create_unmanaged_ex(&lent->dbd_pool, NULL,
                                                  NULL) != APR_SUCCESS) {
        return "mod_dbd is not loaded, or there is no memory.";
    }
    lent->dbd = dbd_open(lent->dbd_pool, server);
    if (!lent->dbd) {
        return "mod_dbd has no connection.";
    }
    return tlsrpt_store_attach(lent->p, lent->dbd->pool, lent->dbd->driver,
                               lent->dbd->handle, 0, &lent->store);
}

/* The sentence is in p. */
static const char *make(apr_pool_t *p, tlsrpt_lent_t **made)
{
    const char *where = tlsrpt_config(server)->store, *why;
    tlsrpt_lent_t *lent;
    apr_pool_t *own;

    if (apr_pool_create_unmanaged_ex(&own, NULL, NULL) != APR_SUCCESS) {
        return "There is no memory.";
    }
    lent = apr_pcalloc(own, sizeof(*lent));
    lent->p = own;
    lent->opened = apr_time_now();
    why = strcmp(where, "dbd") == 0
              ? open_dbd(lent)
              : tlsrpt_store_open(own, where, 0, &lent->store);
    if (why) {
        why = apr_pstrdup(p, why);
        unmake(lent);
        return why;
    }
    *made = lent;
    return NULL;
}

/* ---- those that are idle ------------------------------------------------- */

static tlsrpt_lent_t *take(void)
{
    tlsrpt_lent_t *lent;

    if (!lock) {
        return NULL;
    }
    apr_thread_mutex_lock(lock);
    lent = idle;
    if (lent) {
        idle = lent->next;
    }
    apr_thread_mutex_unlock(lock);
    return lent;
}

static void keep(tlsrpt_lent_t *lent)
{
    apr_thread_mutex_lock(lock);
    lent->next = idle;
    idle = lent;
    apr_thread_mutex_unlock(lock);
}

static int is_old(const tlsrpt_lent_t *lent)
{
    apr_time_t age = apr_time_now() - lent->opened;

    return age < 0 || age > LENT_AGE; /* below 0: the clock was set back */
}

/* One that was idle and still works, or NULL. */
static tlsrpt_lent_t *reuse(apr_pool_t *p)
{
    tlsrpt_lent_t *lent;

    while ((lent = take()) != NULL) {
        if (!is_old(lent) && !tlsrpt_store_moved(p, lent->store) &&
            !tlsrpt_store_ping(p, lent->store)) {
            return lent;
        }
        unmake(lent);
    }
    return NULL;
}

/* ---- lending ------------------------------------------------------------- */

const char *tlsrpt_lend(request_rec *r, tlsrpt_lent_t **lent, int *busy)
{
    tlsrpt_lent_t *found;
    const char *why = NULL;

    *busy = apr_atomic_inc32(&borrowers) >= LENT_MAX;
    if (*busy) {
        why = "Too many requests wait for the database.";
    }
    else if ((found = reuse(r->pool)) != NULL ||
             (why = make(r->pool, &found)) == NULL) {
        *lent = found;
        return NULL;
    }
    apr_atomic_dec32(&borrowers);
    return why;
}

tlsrpt_store_t *tlsrpt_lent_store(const tlsrpt_lent_t *lent)
{
    return lent->store;
}

void tlsrpt_lend_back(tlsrpt_lent_t *lent, int broken)
{
    if (broken || lent->dbd || !lock || is_old(lent)) {
        unmake(lent);
    }
    else {
        keep(lent);
    }
    apr_atomic_dec32(&borrowers);
}
