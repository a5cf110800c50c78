/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A request. translate_name decides once and leaves a mark; the later hooks
 * follow the mark and never r->handler, which a SetHandler would overwrite.
 *
 * The policy is public by definition (RFC 8461, 3.3), and whatever stands
 * between it and a sender loses mail. So for exactly its path the request goes
 * through the access and fixup phases with the configuration that the server
 * has outside of every section: no Require, Deny, Redirect or RewriteRule of a
 * <Location> or <If> reaches it.
 */
#include "httpd/serve.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <ap_expr.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_core.h>
#include <util_filter.h>

#include "httpd/catalog.h"

#define BELOW(uri, prefix) (!strncmp(uri, prefix, sizeof(prefix) - 1))

/* The mark of a request that is ours. */
typedef struct {
    const mta_sts_entry_t *entry;
    int is_policy;            /* the policy path; otherwise the 403 page */
    ap_conf_vector_t *merged; /* r->per_dir_config as httpd merged it */
} mark_t;

static mark_t *mark_of(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &mta_sts_module);
}

/* ---- deciding ---- */

/* Is this a request that a sender or a visitor made? Not one that httpd makes
 * inside of another one, not the ErrorDocument of our own 403, and not where a
 * request that we declined is sent on to. */
static int is_from_outside(const request_rec *r)
{
    if (r->prev && (r->prev->status != HTTP_OK || !mark_of(r->prev))) {
        return 0;
    }
    return !r->main && r->uri[0] == '/' && r->method_number != M_TRACE;
}

/* The paths of those who prove that the host is theirs: http-01 (RFC 8555,
 * 8.3), and the file validation of certificates that are paid for. */
static int is_challenge(const char *uri)
{
    return BELOW(uri, "/.well-known/acme-challenge/") ||
           BELOW(uri, "/.well-known/pki-validation/");
}

/* Did a section give this path a handler? One that the whole server has does
 * not count: it would open every path. */
static int has_own_handler(request_rec *r)
{
    const core_dir_config *here = ap_get_core_module_config(r->per_dir_config);
    const core_dir_config *server =
        ap_get_core_module_config(r->server->lookup_defaults);
    const char *handler = here->handler;

    if (here->expr_handler && here->expr_handler != server->expr_handler) {
        const char *error = NULL;

        handler = ap_expr_str_exec(r, here->expr_handler, &error);
        return !error && handler && *handler && strcmp(handler, "none");
    }
    return handler && handler != server->handler && strcmp(handler, "none");
}

/* Whatever an earlier hook prepared is undone, and what the later ones look at
 * has a harmless value: a file name without a slash and an extension, a
 * handler so that FallbackResource keeps still. */
static void take(request_rec *r, const mta_sts_entry_t *entry, int is_policy)
{
    mark_t *mark = apr_palloc(r->pool, sizeof(*mark));

    mark->entry = entry;
    mark->is_policy = is_policy;
    mark->merged = NULL;
    ap_set_module_config(r->request_config, &mta_sts_module, mark);
    r->proxyreq = PROXYREQ_NONE;
    r->filename = (char *)"mta-sts";
    r->handler = "mta-sts";
}

static int decide(request_rec *r)
{
    const mta_sts_entry_t *entry =
        mta_sts_catalog_find(r->pool, r->server, r->hostname);

    if (!entry || !is_from_outside(r) || strcmp(ap_http_scheme(r), "https")) {
        return DECLINED;
    }
    if (!strcmp(r->uri, POLICY_PATH)) {
        take(r, entry, 1);
        return OK;
    }
    if (is_challenge(r->uri)) {
        return DECLINED;
    }
    if (has_own_handler(r)) {
        r->proxyreq = PROXYREQ_NONE;
        return ap_core_translate(r);
    }
    take(r, entry, 0);
    return OK;
}

/* For map_to_storage and type_checker: nothing on disk, no type to guess. */
static int skip_if_ours(request_rec *r)
{
    return mark_of(r) ? OK : DECLINED;
}

static int open_policy(request_rec *r)
{
    mark_t *mark = mark_of(r);

    if (mark && mark->is_policy) {
        mark->merged = r->per_dir_config;
        r->per_dir_config = r->server->lookup_defaults;
    }
    return DECLINED;
}

static int close_policy(request_rec *r)
{
    mark_t *mark = mark_of(r);

    if (mark && mark->merged) {
        r->per_dir_config = mark->merged;
    }
    return DECLINED;
}

/* ---- answering ---- */

/* Filters that may change a body: out of the way of the policy, which senders
 * take byte for byte. The two of mod_headers only touch headers. mod_include's
 * has left its traces before it can be dropped: no validators for a page that
 * it would put together. */
static void drop_filters(request_rec *r)
{
    ap_filter_t *f, *next;

    apr_table_unset(r->notes, "no-etag");
    r->no_local_copy = 0;
    for (f = r->output_filters; f && f->frec->ftype < AP_FTYPE_PROTOCOL;
         f = next) {
        next = f->next;
        if (strncmp(f->frec->name, "fixup_headers_", 14)) {
            ap_remove_output_filter(f);
        }
    }
}

/* Send a body that lives as long as the server, or only the headers. */
static int send_body(request_rec *r, const char *body, apr_size_t len)
{
    conn_rec *c = r->connection;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, c->bucket_alloc);
    apr_status_t rv;

    if (body) {
        APR_BRIGADE_INSERT_TAIL(
            bb, apr_bucket_immortal_create(body, len, c->bucket_alloc));
    }
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(c->bucket_alloc));
    rv = ap_pass_brigade(r->output_filters, bb);
    return rv == APR_SUCCESS || c->aborted ? OK : AP_FILTER_ERROR;
}

static int serve_policy(request_rec *r, const mta_sts_compiled_t *c)
{
    int status;

    if (r->method_number != M_GET) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);
        return r->method_number == M_OPTIONS ? ap_send_http_options(r)
                                             : HTTP_METHOD_NOT_ALLOWED;
    }
    drop_filters(r);
    ap_set_content_type(r, "text/plain; charset=utf-8");
    apr_table_setn(r->headers_out, "Content-Length", c->length);
    apr_table_setn(r->headers_out, "ETag", c->etag);
    apr_table_setn(r->headers_out, "Cache-Control", "no-cache");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    r->clength = (apr_off_t)c->len;
    r->mtime = c->mtime;
    status = ap_meets_conditions(r);
    if (status != OK) {
        r->status = status;
        return send_body(r, NULL, 0);
    }
    return send_body(r, c->body, c->len);
}

static int wants_html(const request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");

    return accept && ap_strcasestr(accept, "text/html");
}

static int refuse(request_rec *r, const mta_sts_page_t *page)
{
    const int html = wants_html(r);

    if (ap_response_code_string(r, ap_index_of_response(HTTP_FORBIDDEN))) {
        return HTTP_FORBIDDEN;
    }
    drop_filters(r);
    r->status = HTTP_FORBIDDEN;
    ap_set_content_type(r, html ? "text/html; charset=utf-8"
                                : "text/plain; charset=utf-8");
    apr_table_mergen(r->headers_out, "Vary", "Accept");
    if (html) {
        apr_table_setn(r->headers_out, "Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'");
    }
    r->clength = (apr_off_t)(html ? page->html_len : page->text_len);
    apr_table_setn(r->headers_out, "Content-Length",
                   html ? page->html_length : page->text_length);
    return html ? send_body(r, page->html, page->html_len)
                : send_body(r, page->text, page->text_len);
}

static int answer(request_rec *r)
{
    const mark_t *mark = mark_of(r);

    if (!mark) {
        return DECLINED;
    }
    /* A body is read to its end before the answer, as httpd's own handler does
     * it, so that the connection can go on. */
    if (r->method_number != M_GET) {
        const int status = ap_discard_request_body(r);

        if (status != OK) {
            return status;
        }
    }
    if (!mark->is_policy) {
        return refuse(r, &mark->entry->page);
    }
    return mark->entry->compiled ? serve_policy(r, mark->entry->compiled)
                                 : HTTP_NOT_FOUND;
}

void mta_sts_serve_hooks(void)
{
    ap_hook_translate_name(decide, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(skip_if_ours, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(open_policy, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_type_checker(skip_if_ours, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(close_policy, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_handler(answer, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
