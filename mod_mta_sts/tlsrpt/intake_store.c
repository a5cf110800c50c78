/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The store as the intake has it open.
 */
#include "tlsrpt/intake_store.h"

#include <apr_optional.h>
#include <apr_strings.h>
#include <mod_dbd.h>
#include <string.h>

#include "tlsrpt/config.h"
#include "tlsrpt/message.h"

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

static struct {
    server_rec *server;
    apr_pool_t *pool;
    apr_pool_t *store_pool; /* of the store alone */
    tlsrpt_store_t *store;  /* NULL: not open */
    ap_dbd_t *dbd;          /* whose connection the store uses, or NULL */
} child;

void tlsrpt_intake_store_retrieve(void)
{
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

static int uses_dbd(const server_rec *s)
{
    return !strcmp(tlsrpt_config(s)->store, "dbd");
}

const char *tlsrpt_intake_store_check(apr_pool_t *p, const server_rec *s)
{
    if (!uses_dbd(s)) {
        return tlsrpt_store_check(p, tlsrpt_config(s)->store);
    }
    if (!dbd_open || !dbd_close) {
        return "\"dbd\" stands for the connection of mod_dbd, which is not "
               "loaded";
    }
    return NULL;
}

void tlsrpt_intake_store_child_init(apr_pool_t *p, server_rec *s)
{
    memset(&child, 0, sizeof(child));
    child.server = s;
    child.pool = p;
}

/* ---- open and close ---- */

static const char *moved(apr_pool_t *scratch)
{
    return child.store ? tlsrpt_store_moved(scratch, child.store) : NULL;
}

static void close_store(void)
{
    if (child.store_pool) {
        apr_pool_destroy(child.store_pool); /* statements first */
        child.store_pool = NULL;
    }
    if (child.dbd) {
        dbd_close(child.server, child.dbd);
        child.dbd = NULL;
    }
    child.store = NULL;
}

void tlsrpt_intake_store_failed(apr_pool_t *scratch)
{
    if (!moved(scratch)) { /* else it is left in order, when it is opened */
        close_store();
    }
}

void tlsrpt_intake_store_close(void)
{
    if (child.store && moved(child.store_pool)) {
        tlsrpt_store_leave(child.store_pool, child.store);
    }
    close_store();
}

void tlsrpt_intake_store_done(void)
{
    if (child.dbd) {
        close_store();
    }
}

static const char *attach(apr_pool_t *scratch)
{
    child.dbd = dbd_open ? dbd_open(scratch, child.server) : NULL;
    return child.dbd
               ? tlsrpt_store_attach(child.store_pool, child.dbd->pool,
                                     child.dbd->driver, child.dbd->handle, 1,
                                     &child.store)
               : "mod_dbd gives no connection: see what it logs, and DBDriver "
                 "and DBDParams.";
}

/* What was committed into the old file is in raw/ as well. */
static const char *leave_moved(apr_pool_t *scratch)
{
    const char *why = moved(scratch), *error = NULL;

    if (why) {
        error = tlsrpt_store_leave(scratch, child.store);
    }
    if (why && !error) {
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, child.server,
            W_STORE_MOVED
            "%s The one that is there now is taken, or made. What the "
            "old one held is in the spool's raw/, for as long as " D_KEEP
            " says, and can be moved back to new/",
            why);
        close_store();
    }
    return error;
}

const char *tlsrpt_intake_store_open(apr_pool_t *scratch,
                                     tlsrpt_store_t **store)
{
    const char *error = leave_moved(scratch);

    if (error) {
        return error;
    }
    if (!child.store) {
        apr_pool_create(&child.store_pool, child.pool);
        error = uses_dbd(child.server)
                    ? attach(scratch)
                    : tlsrpt_store_open(child.store_pool,
                                        tlsrpt_config(child.server)->store, 1,
                                        &child.store);
        if (error) {
            error = apr_pstrdup(scratch, error);
            close_store();
            return error;
        }
    }
    *store = child.store;
    return NULL;
}
