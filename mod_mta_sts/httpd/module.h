/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What every file of httpd/ shares: the module record and the names of the
 * directives, which the directive table, the messages and the dump spell from
 * here, so that a slip is a compile error.
 */
#ifndef MTA_STS_HTTPD_MODULE_H
#define MTA_STS_HTTPD_MODULE_H

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

extern module AP_MODULE_DECLARE_DATA mta_sts_module;
APLOG_USE_MODULE(mta_sts);

#define D_ENGINE       "MTASTSEngine"
#define D_MODE         "MTASTSMode"
#define D_MX           "MTASTSMX"
#define D_MAX_AGE      "MTASTSMaxAge"
#define D_POLICY_ID    "MTASTSPolicyId"
#define D_REPORT_TO    "MTASTSReportTo"
#define D_DOMAIN       "MTASTSDomain"
#define D_DOMAIN_MATCH "MTASTSDomainMatch"

#define DUMP_ZONE "DUMP_MTA_STS"
#define DUMP_JSON "DUMP_MTA_STS_JSON"

/** The path of the policy (RFC 8461, 3.3). */
#define POLICY_PATH "/.well-known/mta-sts.txt"

/**
 * The oldest httpd: 2.4.48. Its ap_ssl_* hooks say which virtual hosts do TLS,
 * and without them the module would be silent about those that do not.
 */
#define OLDEST_HTTPD_IS_THERE AP_MODULE_MAGIC_AT_LEAST(20120211, 105)

#endif
