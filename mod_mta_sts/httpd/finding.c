/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A message of the checks: an error that fails configtest, or a warning.
 */
#include "httpd/finding.h"

#include <apr_strings.h>

#include "httpd/vhost.h"

void mta_sts_finding_add(apr_pool_t *p, apr_array_header_t *list,
                         const char *tag, const server_rec *s,
                         const mta_sts_section_t *section, const char *domain,
                         const char *what)
{
    mta_sts_finding_t *finding = apr_array_push(list);
    const char *in = "";

    if (section) {
        in = apr_psprintf(p, "%s in line %d of %s: ", section->label,
                          section->place.line, section->place.file);
    }
    finding->s = s;
    finding->domain = domain;
    finding->text =
        apr_pstrcat(p, tag, mta_sts_vhost_label(p, s), ": ", in, what, NULL);
}

void mta_sts_findings_print(const apr_array_header_t *list, int level)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | level, 0, NULL, "%s",
                     APR_ARRAY_IDX(list, i, mta_sts_finding_t).text);
    }
}

void mta_sts_findings_log(const apr_array_header_t *list, int level)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        const mta_sts_finding_t *f = &APR_ARRAY_IDX(list, i, mta_sts_finding_t);

        ap_log_error(APLOG_MARK, level, 0, f->s, "%s", f->text);
    }
}
