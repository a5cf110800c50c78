/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The spool of this httpd.
 */
#include "tlsrpt/httpd_spool.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <string.h>
#include <unistd.h>
#include <unixd.h>

#include "tlsrpt/config.h"
#include "tlsrpt/message.h"

/** So often a child opens the spool anew because it was moved: what it leaves
 * stays open, because a thread may be at it. */
#define LEFT_MAX 64

static struct {
    apr_pool_t *pool;
    apr_thread_mutex_t *lock;
    tlsrpt_spool_t *spool;
    apr_time_t tried;
    int left;      /* how many were left */
    int is_stuck;  /* no more are, and that was said */
    char why[400]; /* it cannot be opened, as was said; "": it can */
} child;

/* Root gives its rights away to the user that User names. */
apr_int64_t tlsrpt_httpd_user(void)
{
    return (apr_int64_t)(geteuid() ? geteuid() : ap_unixd_config.user_id);
}

const char *tlsrpt_httpd_spool_check(apr_pool_t *p, const server_rec *s)
{
    return tlsrpt_spool_check(p, tlsrpt_config(s)->spool, tlsrpt_httpd_user());
}

const char *tlsrpt_httpd_spool_make(apr_pool_t *p, const server_rec *s)
{
    const char *why = NULL;
    const int root = !geteuid();

    tlsrpt_spool_make(p, tlsrpt_config(s)->spool,
                      root ? (apr_int64_t)ap_unixd_config.user_id : -1,
                      root ? (apr_int64_t)ap_unixd_config.group_id : -1, &why);
    return why ? why : tlsrpt_httpd_spool_check(p, s);
}

void tlsrpt_httpd_spool_child_init(apr_pool_t *p)
{
    child.pool = p;
    child.spool = NULL;
    child.tried = 0;
    child.left = child.is_stuck = 0;
    *child.why = '\0';
    apr_thread_mutex_create(&child.lock, APR_THREAD_MUTEX_DEFAULT, p);
}

/* Each second the same: the change alone is logged. */
static void cannot_open(server_rec *s, const char *why)
{
    char before[sizeof(child.why)];

    apr_cpystrn(before, child.why, sizeof(before));
    apr_cpystrn(child.why, why, sizeof(child.why));
    if (strcmp(before, child.why)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     W_SPOOL_GONE "the spool cannot be opened, and reports are "
                                  "answered with 503: %s",
                     why);
    }
}

/* Under the lock. What a failed attempt took goes with its pool. */
static void open_spool(server_rec *s)
{
    const char *why = NULL;
    apr_pool_t *p;
    apr_status_t rv;

    child.tried = apr_time_now();
    if (apr_pool_create(&p, child.pool) != APR_SUCCESS) {
        return;
    }
    rv = tlsrpt_spool_open(p, tlsrpt_config(s)->spool, &child.spool, &why);
    if (rv != APR_SUCCESS) {
        cannot_open(s, why);
        child.spool = NULL;
        apr_pool_destroy(p);
        return;
    }
    *child.why = '\0';
}

/* Under the lock. What is put into a spool that was moved, nobody fetches. */
static void leave_moved(server_rec *s)
{
    if (!child.spool || child.is_stuck || !tlsrpt_spool_moved(child.spool)) {
        return;
    }
    if (child.left == LEFT_MAX) {
        child.is_stuck = 1;
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     W_SPOOL_MOVED
                     "the spool, or a folder of it, was replaced or removed "
                     "for the %dth time. This child goes on in the old one, "
                     "until it ends: restart httpd",
                     LEFT_MAX + 1);
        return;
    }
    child.spool = NULL;
    child.tried = 0; /* the new one is opened at once */
    child.left++;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 W_SPOOL_MOVED
                 "the spool, or a folder of it, was replaced or removed "
                 "while it was open. The one that is there now is taken, "
                 "or made; what waits in the old one stays there");
}

/* Once a second; the clock may have been set back. */
static int is_due(void)
{
    apr_time_t now = apr_time_now();

    return now < child.tried || now - child.tried > apr_time_from_sec(1);
}

tlsrpt_spool_t *tlsrpt_httpd_spool(server_rec *s)
{
    tlsrpt_spool_t *spool;

    apr_thread_mutex_lock(child.lock);
    leave_moved(s);
    if (!child.spool && is_due()) {
        open_spool(s);
    }
    spool = child.spool;
    apr_thread_mutex_unlock(child.lock);
    return spool;
}
