/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The body of a request, within bounds. It is kept outside of the pools, whose
 * memory would not go back.
 */
#include "tlsrpt/body.h"

#include <apr_atomic.h>
#include <apr_buckets.h>
#include <http_protocol.h>
#include <stdlib.h>
#include <string.h>
#include <util_filter.h>

/** Octets asked for at a time. */
#define PIECE 65536

/** How long a body may take: it has a thread, and a big one keeps others out
 * meanwhile. The slowest sender that mod_reqtimeout's defaults let through
 * needs hours for a big one, and over HTTP/2 nothing of mod_reqtimeout counts.
 */
#define PATIENCE apr_time_from_sec(60)

/** Octets of all big bodies in flight in this process. */
static volatile apr_uint32_t in_flight;

typedef struct {
    char *data;
    apr_size_t len, room;
    apr_uint32_t reserved; /* of in_flight */
} body_t;

static apr_status_t let_go(void *data)
{
    body_t *body = data;

    free(body->data);
    apr_atomic_sub32(&in_flight, body->reserved);
    return APR_SUCCESS;
}

int tlsrpt_body_announces_more(const request_rec *r, apr_size_t max)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t octets;

    /* One that is no number is httpd's to refuse. */
    return length && ap_parse_strict_length(&octets, length) &&
           octets > (apr_off_t)max;
}

/* mod_deflate would unpack by its own bounds, which refuse honest reports. */
static void keep_packed(request_rec *r)
{
    ap_filter_t *f, *next;

    for (f = r->input_filters; f && f->frec->ftype < AP_FTYPE_PROTOCOL;
         f = next) {
        next = f->next;
        if (!ap_cstr_casecmp(f->frec->name, "deflate")) {
            ap_remove_input_filter(f);
        }
    }
}

/* Room for len octets more. */
static int grow(body_t *body, apr_size_t len, apr_size_t max, apr_size_t budget)
{
    apr_size_t room = body->room ? body->room : 8192;
    char *data;

    if (len > max - body->len) {
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    }
    while (room < body->len + len) {
        room *= 2;
    }
    if (room == body->room) {
        return OK;
    }
    if (room > BODY_SMALL) {
        const apr_uint32_t more = (apr_uint32_t)room - body->reserved;

        body->reserved += more;
        if (apr_atomic_add32(&in_flight, more) + more > budget) {
            return HTTP_SERVICE_UNAVAILABLE;
        }
    }
    data = realloc(body->data, room);
    if (!data) {
        return HTTP_SERVICE_UNAVAILABLE;
    }
    body->data = data;
    body->room = room;
    return OK;
}

/* What one brigade holds. */
static int append(body_t *body, apr_bucket_brigade *bb, apr_size_t max,
                  apr_size_t budget, int *end)
{
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        const char *piece;
        apr_size_t len;
        int status;

        if (APR_BUCKET_IS_EOS(b)) {
            *end = 1;
            return OK;
        }
        if (APR_BUCKET_IS_METADATA(b)) {
            continue;
        }
        if (apr_bucket_read(b, &piece, &len, APR_BLOCK_READ) != APR_SUCCESS) {
            return HTTP_BAD_REQUEST;
        }
        status = grow(body, len, max, budget);
        if (status != OK) {
            return status;
        }
        memcpy(body->data + body->len, piece, len);
        body->len += len;
    }
    return OK;
}

int tlsrpt_body_read(request_rec *r, apr_size_t max, apr_size_t budget,
                     const char **data, apr_size_t *len)
{
    body_t *body = apr_pcalloc(r->pool, sizeof(*body));
    apr_bucket_brigade *bb =
        apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_time_t end_of_patience = apr_time_now() + PATIENCE;
    int end = 0, status = grow(body, 0, max, budget);

    apr_pool_cleanup_register(r->pool, body, let_go, apr_pool_cleanup_null);
    keep_packed(r);
    while (!end && status == OK) {
        apr_status_t rv = ap_get_brigade(
            r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ, PIECE);

        status = rv == APR_SUCCESS
                     ? append(body, bb, max, budget, &end)
                     : ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
        apr_brigade_cleanup(bb);
        if (status == OK && !end && apr_time_now() > end_of_patience) {
            status = HTTP_REQUEST_TIME_OUT;
        }
    }
    *data = body->data;
    *len = body->len;
    return status;
}
