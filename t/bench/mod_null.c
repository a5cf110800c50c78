/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * mod_null - the least that httpd allows: a measuring stick for t/bench.
 *
 * Answers the policy path with 120 bytes from memory, and every other path with
 * the same bytes and 403, for each request of the server. It looks at nothing
 * but the path, and sets nothing but Content-Type and Content-Length.
 */
#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "apr_strings.h"

module AP_MODULE_DECLARE_DATA null_module;

#define PATH "/.well-known/mta-sts.txt"

static const char body[] = "version: STSv1\r\n"
                           "mode: enforce\r\n"
                           "mx: mail1.example.com\r\n"
                           "mx: mail2.example.com\r\n"
                           "mx: backup1.example.net\r\n"
                           "max_age: 2419200\r\n";

/* What a request is for: the mark is one of these two addresses. */
static const char policy[] = "policy", forbidden[] = "403";

static const char *mark(request_rec *r)
{
    return ap_get_module_config(r->request_config, &null_module);
}

static int translate_name(request_rec *r)
{
    const char *is = strcmp(r->uri, PATH) == 0 ? policy : forbidden;

    ap_set_module_config(r->request_config, &null_module, (void *)is);
    return OK;
}

static int map_to_storage(request_rec *r)
{
    return mark(r) != NULL ? OK : DECLINED;
}

static int handler(request_rec *r)
{
    apr_bucket_brigade *bb;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;

    if (mark(r) == NULL)
        return DECLINED;
    if (mark(r) == forbidden)
        r->status = HTTP_FORBIDDEN; /* returning it costs more: ap_die() */
    ap_set_content_type(r, "text/plain");
    ap_set_content_length(r, sizeof(body) - 1);
    bb = apr_brigade_create(r->pool, alloc);
    APR_BRIGADE_INSERT_TAIL(
        bb, apr_bucket_immortal_create(body, sizeof(body) - 1, alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(r->output_filters, bb) == APR_SUCCESS
               ? OK
               : AP_FILTER_ERROR;
}

static void hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_translate_name(translate_name, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(map_to_storage, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

AP_DECLARE_MODULE(null) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, hooks, 0};
