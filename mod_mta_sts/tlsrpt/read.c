/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the body to a report.
 */
#include "tlsrpt/read.h"

#include <apr_atomic.h>
#include <apr_thread_mutex.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "core/own_pool.h"
#include "core/unpack.h"
#include "tlsrpt/body.h"

/**
 * The most big reports that may wait for their turn, while one is read. The
 * worst takes a few tenths of a second, so that the last one waits a few
 * seconds.
 */
#define WAITING_MAX 8

static apr_thread_mutex_t *turn;
static volatile apr_uint32_t inside; /* the one that is read, too */

void tlsrpt_read_child_init(apr_pool_t *p)
{
    apr_thread_mutex_create(&turn, APR_THREAD_MUTEX_DEFAULT, p);
}

static int unpack(apr_pool_t *p, const char *body, apr_size_t len,
                  apr_size_t max, tlsrpt_read_t *out, const char **why)
{
    if (tlsrpt_form(body, len) == TLSRPT_FORM_ZIP) {
        *why = "a zip file; reports are gzip or JSON";
        return HTTP_UNSUPPORTED_MEDIA_TYPE;
    }
    switch (tlsrpt_unpack(p, body, len, max, &out->json, &out->len, why)) {
    case TLSRPT_UNPACKED:
        return OK;
    case TLSRPT_UNPACK_TOO_LONG:
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    default:
        return HTTP_BAD_REQUEST;
    }
}

static int parse(const tlsrpt_hints_t *hints, tlsrpt_read_t *out,
                 const char **why)
{
    *why = tlsrpt_parse(out->pool, out->json, out->len, hints, &out->report);
    return *why ? HTTP_BAD_REQUEST : OK;
}

/* What jansson freed stays with the thread otherwise: glibc has a heap for
 * each, and keeps in it what a later report of this thread may want. */
static void give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void tlsrpt_read_done(tlsrpt_read_t *read)
{
    if (read->pool) {
        apr_pool_destroy(read->pool);
        read->pool = NULL;
    }
    if (read->is_big) {
        give_back();
        read->is_big = 0;
        apr_thread_mutex_unlock(turn);
        apr_atomic_dec32(&inside);
    }
}

/* The same, when it is our turn, which lasts until the report is done with:
 * else what waits for a slow disk would have no bound. */
static int read_big(const char *body, apr_size_t len, apr_size_t max,
                    const tlsrpt_hints_t *hints, tlsrpt_read_t *out,
                    const char **why)
{
    int status;

    if (apr_atomic_inc32(&inside) > WAITING_MAX) {
        apr_atomic_dec32(&inside);
        *why = "too many big reports at once";
        return HTTP_SERVICE_UNAVAILABLE;
    }
    apr_thread_mutex_lock(turn);
    out->is_big = 1;
    status = unpack(out->pool, body, len, max, out, why);
    return status == OK ? parse(hints, out, why) : status;
}

/* To give memory back takes longer than a small report: its pool is one of
 * httpd's, which keeps some (MaxMemFree). */
int tlsrpt_read(apr_pool_t *parent, const char *body, apr_size_t len,
                apr_size_t max, const tlsrpt_hints_t *hints, tlsrpt_read_t *out,
                const char **why)
{
    int status = HTTP_REQUEST_ENTITY_TOO_LARGE;

    out->pool = NULL;
    out->is_big = 0;
    if (len <= BODY_SMALL &&
        apr_pool_create(&out->pool, parent) == APR_SUCCESS) {
        status = unpack(out->pool, body, len,
                        max < BODY_SMALL ? max : BODY_SMALL, out, why);
    }
    if (status == OK) {
        return parse(hints, out, why);
    }
    if (status != HTTP_REQUEST_ENTITY_TOO_LARGE) {
        return status;
    }
    if (out->pool) {
        apr_pool_destroy(out->pool);
    }
    out->pool = tlsrpt_own_pool(parent);
    if (!out->pool) {
        *why = "there is no memory";
        return HTTP_SERVICE_UNAVAILABLE;
    }
    return read_big(body, len, max, hints, out, why);
}
