/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Did the administrator say who may see a page?
 *
 * httpd merges sections for a request and forgets where a setting came from.
 * But it copies the pointer of SetHandler's argument, so that the section is
 * found by it again; and a section has a record of mod_authz_core only if a
 * directive of that module stands in it.
 */
#include "tlsrpt/access.h"

#include <http_core.h>

/* Is it this section's SetHandler that a request has? A name is kept in
 * handler, an expression in expr_handler; the later one unsets the other. */
static int brought(const core_dir_config *section,
                   const core_dir_config *merged)
{
    return merged->expr_handler
               ? section->expr_handler == merged->expr_handler
               : merged->handler && section->handler == merged->handler;
}

/* Look through sections: is the one there, and has it a rule of its own? */
static int is_said_in(const apr_array_header_t *sections,
                      const core_dir_config *merged, const module *authz)
{
    int i;

    for (i = 0; sections && i < sections->nelts; i++) {
        ap_conf_vector_t *section =
            APR_ARRAY_IDX(sections, i, ap_conf_vector_t *);
        const core_dir_config *core = ap_get_core_module_config(section);

        if (core && brought(core, merged)) {
            return ap_get_module_config(section, authz) != NULL;
        }
        /* <Files> within <Directory> */
        if (core && is_said_in(core->sec_file, merged, authz)) {
            return 1;
        }
    }
    return 0;
}

int tlsrpt_access_is_said(const request_rec *r)
{
    const core_server_config *core =
        ap_get_core_module_config(r->server->module_config);
    const core_dir_config *merged =
        ap_get_core_module_config(r->per_dir_config);
    const module *authz = ap_find_linked_module("mod_authz_core.c");

    return authz && (is_said_in(core->sec_url, merged, authz) ||
                     is_said_in(core->sec_dir, merged, authz));
}
