/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Did the administrator say who may see a page?
 *
 * httpd merges sections for a request and forgets where a setting came from.
 * But it copies the pointer of SetHandler's argument, so that the section is
 * found by it again. Then mod_authz_core is asked as if nothing but the rule of
 * this section were there: its record may also hold AuthMerging alone, and
 * Satisfy Any may have let the request pass where the rule would not.
 */
#include "tlsrpt/access.h"

#include <ap_expr.h>
#include <http_core.h>
#include <http_request.h>
#include <string.h>

#define AUTHZ "mod_authz_core.c"

/* Is it this section's SetHandler that a request has? A name is kept in
 * handler, an expression in expr_handler; the later one unsets the other. */
static int brought(const core_dir_config *section,
                   const core_dir_config *merged)
{
    return merged->expr_handler
               ? section->expr_handler == merged->expr_handler
               : merged->handler && section->handler == merged->handler;
}

/* The section that brought the handler, or NULL. */
static ap_conf_vector_t *find(const apr_array_header_t *sections,
                              const core_dir_config *merged)
{
    ap_conf_vector_t *found = NULL;
    int i;

    for (i = 0; !found && sections && i < sections->nelts; i++) {
        ap_conf_vector_t *section =
            APR_ARRAY_IDX(sections, i, ap_conf_vector_t *);
        const core_dir_config *core = ap_get_core_module_config(section);

        if (core) { /* else: <Files> within <Directory> */
            found =
                brought(core, merged) ? section : find(core->sec_file, merged);
        }
    }
    return found;
}

/* Did a SetHandler bring the handler, and no rewrite rule? */
static int is_brought(const request_rec *r, const core_dir_config *merged)
{
    const char *handler = merged->handler, *wrong = NULL;

    if (merged->expr_handler) {
        handler =
            ap_expr_str_exec((request_rec *)r, merged->expr_handler, &wrong);
    }
    return handler && !wrong && strcmp(handler, r->handler) == 0;
}

static ap_conf_vector_t *find_section(const request_rec *r)
{
    const core_server_config *core =
        ap_get_core_module_config(r->server->module_config);
    const core_dir_config *merged =
        ap_get_core_module_config(r->per_dir_config);
    ap_conf_vector_t *section;

    if (!is_brought(r, merged)) {
        return NULL;
    }
    section = find(core->sec_url, merged);
    return section ? section : find(core->sec_dir, merged);
}

/* The configuration of a request, but with the rules of one section alone. */
static ap_conf_vector_t *with_rules_of(const request_rec *r,
                                       const ap_conf_vector_t *section,
                                       const module *authz)
{
    ap_conf_vector_t *copy = ap_create_request_config(r->pool);
    module *m;

    for (m = ap_top_module; m; m = m->next) {
        ap_set_module_config(copy, m,
                             ap_get_module_config(r->per_dir_config, m));
    }
    ap_set_module_config(copy, authz, ap_get_module_config(section, authz));
    return copy;
}

/* What mod_authz_core says of a request whose user, if any, is known. */
static int grants(request_rec *r)
{
    const apr_array_header_t *hooks = ap_hook_get_auth_checker();
    int i;

    for (i = 0; hooks && i < hooks->nelts; i++) {
        const ap_LINK_auth_checker_t *hook =
            &APR_ARRAY_IDX(hooks, i, ap_LINK_auth_checker_t);

        if (strcmp(hook->szName, AUTHZ) == 0) {
            return hook->pFunc(r) == OK;
        }
    }
    return 0;
}

int tlsrpt_access_is_said(const request_rec *r)
{
    const module *authz = ap_find_linked_module(AUTHZ);
    const ap_conf_vector_t *section = find_section(r);
    request_rec alone = *r;

    if (!authz || !section || !ap_get_module_config(section, authz)) {
        return 0;
    }
    alone.per_dir_config = with_rules_of(r, section, authz);
    /* without a rule in it, it would be granted */
    return ap_some_auth_required(&alone) && grants(&alone);
}
