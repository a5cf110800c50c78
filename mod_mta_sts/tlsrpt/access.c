/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Did the administrator say who may see a page?
 *
 * mod_authz_core is asked as if nothing but the rule of the section that
 * brought the handler were there: its record may also hold AuthMerging alone,
 * and Satisfy Any may have let the request pass where the rule would not.
 */
#include "tlsrpt/access.h"

#include <http_request.h>
#include <string.h>

#include "tlsrpt/section.h"

#define AUTHZ "mod_authz_core.c"

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
    const ap_conf_vector_t *section = tlsrpt_section(r);
    request_rec alone = *r;

    if (!authz || !section || !ap_get_module_config(section, authz)) {
        return 0;
    }
    alone.per_dir_config = with_rules_of(r, section, authz);
    /* without a rule in it, it would be granted */
    return ap_some_auth_required(&alone) && grants(&alone);
}
