/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * mod_tlsrpt: receive, store and show TLS reports (RFC 8460). Start reading
 * here.
 *
 * A start:   config (directives) -> check_config below: can it work?
 *            -> test_config below: warnings on the console
 *            -> post_config below: the spool is made, warnings in the error log
 * A report:  receive (body, read, ours, shared), into core/spool; from there
 *            intake, once a second in one child, into core/store
 *            (intake_monitor: says when that lasts)
 * A page:    view (access: who may see it; lend: a connection to the store),
 *            out of core/summary
 */
#include "tlsrpt/module.h"

#include <apr_strings.h>
#include <http_core.h>
#include <mpm_common.h>

#include "tlsrpt/config.h"
#include "tlsrpt/httpd_spool.h"
#include "tlsrpt/intake.h"
#include "tlsrpt/intake_monitor.h"
#include "tlsrpt/lend.h"
#include "tlsrpt/message.h"
#include "tlsrpt/ours.h"
#include "tlsrpt/read.h"
#include "tlsrpt/receive.h"
#include "tlsrpt/shared.h"
#include "tlsrpt/view.h"

#if !AP_MODULE_MAGIC_AT_LEAST(20120211, 105)
#error "mod_tlsrpt needs Apache httpd 2.4.48 or later"
#endif

static void warn(tlsrpt_config_t *conf, const char *text)
{
    APR_ARRAY_PUSH(conf->warnings, const char *) = text;
}

/* The whole configuration is read. A folder or a database that is not there is
 * no error: policies are served all the same. */
static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    tlsrpt_config_t *conf = tlsrpt_config(s);
    const char *why;

    (void)plog;
    tlsrpt_config_finish(pconf, conf);
    tlsrpt_ours_retrieve();
    tlsrpt_config_quota(pconf, conf, tlsrpt_ours_named(ptemp, s));
    why = tlsrpt_httpd_spool_check(pconf, s);
    if (why) {
        warn(conf, apr_pstrcat(pconf, W_SPOOL D_SPOOL ": ", why, NULL));
    }
    tlsrpt_intake_retrieve();
    why = tlsrpt_intake_check(pconf, s);
    if (why) {
        warn(conf, apr_pstrcat(pconf, W_STORE D_STORE ": ", why, NULL));
    }
    if (!tlsrpt_ours_knows_policies() && !conf->domains->nelts) {
        warn(conf, W_NO_DOMAINS
             "no policy domain is known, so that no report "
             "is kept: load mod_mta_sts, or name them with " D_DOMAIN);
    }
    return OK;
}

static void test_config(apr_pool_t *pconf, server_rec *s)
{
    const tlsrpt_config_t *conf = tlsrpt_config(s);
    int i;

    (void)pconf;
    /* Not in a dump of httpd's own (-S, -M), where they would be in the way. */
    for (i = 0; ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST &&
                i < conf->warnings->nelts;
         i++) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, NULL, "%s",
                     APR_ARRAY_IDX(conf->warnings, i, const char *));
    }
}

/* A start. Nothing here fails: that would end a server that runs. The first
 * pass of a cold start is for httpd alone. */
static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    tlsrpt_config_t *conf = tlsrpt_config(s);
    const char *why;
    apr_status_t rv;
    int i;

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    for (i = 0; i < conf->warnings->nelts; i++) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "%s",
                     APR_ARRAY_IDX(conf->warnings, i, const char *));
    }
    if (!tlsrpt_httpd_spool_check(pconf, s)) {
        why = tlsrpt_httpd_spool_make(pconf, s);
        if (why) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                         W_SPOOL D_SPOOL ": %s", why);
        }
    }
    rv = tlsrpt_shared_init(s);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                     W_SHARED "no shared memory, so that there are neither "
                              "quotas nor counters");
    }
    tlsrpt_intake_register(pconf, s);
    tlsrpt_intake_monitor_begin();
    return OK;
}

/* The receiver is not in pchild: that goes when httpd is stopped, and threads
 * may be in the middle of a report then. (The intake's thread is waited for.)
 */
static void child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_pool_t *p;

    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS) {
        p = pchild;
    }
    tlsrpt_httpd_spool_child_init(p);
    tlsrpt_read_child_init(p);
    tlsrpt_intake_child_init();
    tlsrpt_lend_child_init(s);
}

static void register_hooks(apr_pool_t *p)
{
    /* which counts the policy domains */
    static const char *const after[] = {"mod_mta_sts.c", NULL};
    /* which starts the thread of the intake */
    static const char *const before[] = {"mod_watchdog.c", NULL};

    (void)p;
    ap_hook_check_config(check_config, after, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(test_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_optional_fn_retrieve(tlsrpt_ours_retrieve, NULL, NULL,
                                 APR_HOOK_MIDDLE);
    ap_hook_optional_fn_retrieve(tlsrpt_intake_retrieve, NULL, NULL,
                                 APR_HOOK_MIDDLE);
    ap_hook_optional_fn_retrieve(tlsrpt_lend_retrieve, NULL, NULL,
                                 APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, before, APR_HOOK_MIDDLE);
    ap_hook_monitor(tlsrpt_intake_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(tlsrpt_receive, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(tlsrpt_view, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA tlsrpt_module = {
    STANDARD20_MODULE_STUFF, NULL,           NULL, tlsrpt_create_config, NULL,
    tlsrpt_commands,         register_hooks, 0};
