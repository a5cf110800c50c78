/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What every file of tlsrpt/ shares: the module record and the names of the
 * directives, which the directive table and the messages spell from here.
 */
#ifndef MTA_STS_TLSRPT_MODULE_H
#define MTA_STS_TLSRPT_MODULE_H

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

extern module AP_MODULE_DECLARE_DATA tlsrpt_module;
APLOG_USE_MODULE(tlsrpt);

#define D_SPOOL    "TLSRPTSpool"
#define D_STORE    "TLSRPTStore"
#define D_MAX_SIZE "TLSRPTMaxReportSize"
#define D_DOMAIN   "TLSRPTDomain"
#define D_KEEP     "TLSRPTKeep"
#define D_QUOTA    "TLSRPTQuota"

/** What SetHandler names. */
#define HANDLER_RECEIVER "tlsrpt-receiver"
#define HANDLER_STATUS   "tlsrpt-status"

#endif
