/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * mod_mta_sts: publish MTA-STS policies (RFC 8461). Start reading here.
 *
 * A start:    config (directives) -> check_config below: catalog, check
 *             -> test_config below: dump, warnings on the console
 *             -> post_config below: warnings and policies in the error log
 * A request:  serve, which looks up in the catalogue
 * Other modules: public, which does the same for them
 */
#include "httpd/module.h"

#if !OLDEST_HTTPD_IS_THERE
#error "mod_mta_sts needs Apache httpd 2.4.48 or later"
#endif

#include <http_core.h>

#include "httpd/catalog.h"
#include "httpd/cert.h"
#include "httpd/check.h"
#include "httpd/config.h"
#include "httpd/dump.h"
#include "httpd/message.h"
#include "httpd/public.h"
#include "httpd/serve.h"
#include "httpd/start.h"
#include "httpd/vhost.h"

/* The whole configuration is read: compile it, check it. Errors belong here:
 * this hook is run by configtest, and apachectl and httpd -k run that before
 * they signal a server. */
static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    apr_array_header_t *vhosts = mta_sts_vhosts(ptemp, s);
    apr_array_header_t *errors =
        apr_array_make(ptemp, 1, sizeof(mta_sts_finding_t));
    mta_sts_server_t *conf = mta_sts_server_config(s);

    (void)plog;
    mta_sts_vhost_note_ssl_engine(ptemp, vhosts);
    if (!mta_sts_catalog_build(pconf, vhosts)) {
        ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, NULL,
                     E_NO_DIGEST "OpenSSL has no SHA-256 to offer, so there is "
                                 "no policy id; see its configuration");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    conf->warnings = apr_array_make(pconf, 1, sizeof(mta_sts_finding_t));
    mta_sts_check(pconf, vhosts, errors, conf->warnings);
    mta_sts_findings_print(errors, APLOG_ERR);
    return errors->nelts ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

/* configtest: the records if they are asked for, and the warnings. */
static void test_config(apr_pool_t *pconf, server_rec *s)
{
    const mta_sts_server_t *conf = mta_sts_server_config(s);
    apr_array_header_t *vhosts = mta_sts_vhosts(pconf, s);
    apr_file_t *out;

    if (apr_file_open_stdout(&out, pconf) == APR_SUCCESS) {
        if (ap_exists_config_define(DUMP_ZONE)) {
            mta_sts_dump_zone(pconf, vhosts, out);
        }
        if (ap_exists_config_define(DUMP_JSON)) {
            mta_sts_dump_json(pconf, vhosts, conf->warnings, out);
        }
    }
    /* Not in a dump of httpd's own (-S, -M), where they would be in the way. */
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
        mta_sts_findings_print(conf->warnings, APLOG_WARNING);
    }
}

/* A start, mod_ssl's part done. Nothing here fails: that would end a server
 * that runs. The first pass of a cold start is for httpd alone. */
static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    mta_sts_server_t *conf = mta_sts_server_config(s);
    apr_array_header_t *vhosts = mta_sts_vhosts(ptemp, s);

    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    mta_sts_check_at_start(pconf, vhosts, conf->warnings);
    mta_sts_findings_log(conf->warnings, APLOG_WARNING);
    if (ap_exists_config_define(DUMP_ZONE) ||
        ap_exists_config_define(DUMP_JSON)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     W_DUMP_WITHOUT_T "-D %s prints the records only together "
                                      "with -t: add -t",
                     ap_exists_config_define(DUMP_ZONE) ? DUMP_ZONE
                                                        : DUMP_JSON);
    }
    mta_sts_start_report(ptemp, s, vhosts);
    mta_sts_public_ready(pconf, s, mta_sts_vhosts(pconf, s));
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    static const char *const after_ssl[] = {"mod_ssl.c", NULL};

    (void)p;
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(test_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, after_ssl, NULL, APR_HOOK_LAST);
    mta_sts_cert_hooks();
    mta_sts_serve_hooks();
    mta_sts_public_register();
}

module AP_MODULE_DECLARE_DATA mta_sts_module = {
    STANDARD20_MODULE_STUFF, NULL, /* no record per directory */
    NULL, mta_sts_create_server_config, mta_sts_merge_server_config,
    mta_sts_commands, register_hooks,
    /* A virtual host without a directive of ours gets a record of its own too:
     * its policies are another host's than the main server's. */
    AP_MODULE_FLAG_ALWAYS_MERGE};
