/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The section whose SetHandler brought a request to its handler. httpd copies
 * the pointer of SetHandler's argument when it merges, so that the section is
 * found by it again.
 */
#include "tlsrpt/section.h"

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_core.h>
#include <string.h>

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

/* Among the sections of the server that answers; NULL without one. */
static ap_conf_vector_t *find_by_request(const request_rec *r, int locations)
{
    const core_server_config *core =
        ap_get_core_module_config(r->server->module_config);
    const core_dir_config *merged =
        ap_get_core_module_config(r->per_dir_config);

    return is_brought(r, merged)
               ? find(locations ? core->sec_url : core->sec_dir, merged)
               : NULL;
}

ap_conf_vector_t *tlsrpt_section(const request_rec *r)
{
    ap_conf_vector_t *section = find_by_request(r, 1);

    return section ? section : find_by_request(r, 0);
}

const char *tlsrpt_section_rest(const request_rec *r)
{
    ap_conf_vector_t *section = find_by_request(r, 1);
    const core_dir_config *core;
    const char *rest, *end;
    apr_size_t len;

    if (!section) {
        return NULL;
    }
    core = ap_get_core_module_config(section);
    len = strlen(core->d);
    if (core->r || core->d_is_fnmatch || strncmp(r->uri, core->d, len)) {
        return NULL;
    }
    rest = r->uri + len;
    rest += strspn(rest, "/");
    for (end = rest + strlen(rest); end > rest && end[-1] == '/'; end--) {
    }
    return apr_pstrmemdup(r->pool, rest, (apr_size_t)(end - rest));
}
