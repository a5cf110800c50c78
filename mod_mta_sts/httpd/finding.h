/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A message of the checks: an error that fails configtest, or a warning.
 */
#ifndef MTA_STS_HTTPD_FINDING_H
#define MTA_STS_HTTPD_FINDING_H

#include "httpd/config.h"

/** One message about one server. */
typedef struct {
    const server_rec *s;
    const char *domain; /* the policy domain it is about, or NULL */
    const char *text;   /* with tag, ServerName and place */
} mta_sts_finding_t;

/**
 * Add a message: "TAG: ServerName (file:line): SECTION in line N of FILE:
 * what". It is not escaped: the log does that, and so must whoever else prints
 * it.
 *
 * @param p        where its text is allocated
 * @param list     of mta_sts_finding_t
 * @param tag      from httpd/message.h
 * @param section  the section it is about, or NULL
 * @param domain   the policy domain it is about, or NULL; kept
 * @param what     the rest of the sentence
 */
void mta_sts_finding_add(apr_pool_t *p, apr_array_header_t *list,
                         const char *tag, const server_rec *s,
                         const mta_sts_section_t *section, const char *domain,
                         const char *what);

/**
 * Say a list in the error log of each server.
 *
 * @param level  APLOG_ERR or APLOG_WARNING
 */
void mta_sts_findings_log(const apr_array_header_t *list, int level);

/** Say a list on the console, whatever LogLevel is. */
void mta_sts_findings_print(const apr_array_header_t *list, int level);

#endif
