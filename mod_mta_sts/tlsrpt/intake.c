/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The intake. mod_watchdog calls watch() in a thread of its own, in the child
 * that holds its lock; after a graceful restart a child of before may be at it
 * still, and the store lets the two take turns.
 *
 * The thread asks before each report whether it should stop. But a child that
 * ends does not wait for it: what the thread is in the middle of is cut off, as
 * by a kill, also a database that does not answer. STOPPING may come from
 * another thread while one runs.
 */
#include "tlsrpt/intake.h"

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_optional.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <mod_watchdog.h>
#include <string.h>

#include "core/drain.h"
#include "core/escape.h"
#include "tlsrpt/config.h"
#include "tlsrpt/httpd_spool.h"
#include "tlsrpt/intake_store.h"
#include "tlsrpt/message.h"
#include "tlsrpt/ours.h"

#define WATCHDOG "_tlsrpt_"

/** In front of a file, in TLSRPTStore. */
#define SQLITE "sqlite3:"

/** How long a call works, at most about. */
#define CALL_TIME apr_time_from_sec(5)
/** The longest time between two attempts while the database is away. */
#define BACK_OFF_MAX apr_time_from_sec(60)
/** How often what is too old goes. */
#define EXPIRE_EVERY apr_time_from_sec(3600)
/** The most entries that a call looks at. */
#define AT_ONCE 10000

static APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) * get_instance;
static APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) * register_callback;

/* Shared by all children; the one that holds the watchdog's lock writes. */
static tlsrpt_intake_status_t *status;

/* Of this child; all but stopping under the lock. */
static struct {
    apr_thread_mutex_t *lock;
    apr_uint32_t stopping;
    server_rec *server;
    apr_pool_t *pool; /* of the drain and the store */
    tlsrpt_drain_t *drain;
    tlsrpt_spool_t *spool; /* that it drains */
    tlsrpt_store_t *store; /* while a call works: open */
    apr_pool_t *scratch;   /* of the call */
    apr_time_t began;      /* storing, in this call; 0: not yet */
    apr_time_t next;       /* no attempt before */
    apr_time_t expire;     /* nothing is deleted before */
    int stored;            /* something, since the store was at rest */
    apr_interval_time_t back_off;
} child;

/* ---- configuration ---- */

void tlsrpt_intake_retrieve(void)
{
    get_instance = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    register_callback = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    tlsrpt_intake_store_retrieve();
}

/* NULL, or why there can be no intake as long as this configuration lasts. */
static const char *cannot_run(apr_pool_t *p, const server_rec *s)
{
    if (!get_instance || !register_callback) {
        return "mod_watchdog is not loaded, so that reports stay in the spool";
    }
    return tlsrpt_intake_store_check(p, s);
}

const char *tlsrpt_intake_check(apr_pool_t *p, const server_rec *s)
{
    const tlsrpt_config_t *conf = tlsrpt_config(s);
    const char *why = cannot_run(p, s), *file;
    const apr_size_t len = strlen(conf->spool);
    apr_finfo_t info;

    if (why || strncmp(conf->store, SQLITE, sizeof(SQLITE) - 1)) {
        return why;
    }
    file = conf->store + sizeof(SQLITE) - 1;
    /* The spool, where it is by default, is made by the start. */
    return !strncmp(file, conf->spool, len) && file[len] == '/' &&
                   apr_stat(&info, conf->spool, APR_FINFO_TYPE, p)
               ? NULL
               : tlsrpt_store_file_check(p, file, tlsrpt_httpd_user());
}

/* ---- what is said ---- */

/* The change alone is logged; the rest is for the status page. */
static void goes_well(void)
{
    if (status->failed) {
        status->failed = 0;
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, child.server,
                     N_STORE_BACK "reports get into the store again");
    }
    child.back_off = 0;
}

static void fails(apr_time_t now, const char *error)
{
    apr_cpystrn(status->error, error, sizeof(status->error));
    if (!status->failed) {
        status->failed = now;
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, child.server,
                     W_STORE_AWAY "no reports get into the store for now: %s",
                     error);
    }
    child.back_off = child.back_off ? child.back_off * 2 : apr_time_from_sec(1);
    if (child.back_off > BACK_OFF_MAX) {
        child.back_off = BACK_OFF_MAX;
    }
    child.next = now + child.back_off;
}

static const char *named(apr_pool_t *p, const tlsrpt_report_t *report)
{
    return apr_psprintf(p, "report \"%s\" of %s",
                        mta_sts_escape_line(p, report->report_id),
                        mta_sts_escape_line(p, report->submitter));
}

static void tell(void *baton, apr_pool_t *p, const char *name,
                 const tlsrpt_report_t *report, tlsrpt_drain_e what,
                 tlsrpt_store_e how, const char *why)
{
    server_rec *s = child.server;

    (void)baton;
    if (what == TLSRPT_DRAIN_REJECT) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     W_REJECTED "%s went from the spool's new/ to bad/: %s",
                     mta_sts_escape_line(p, name), why);
        return;
    }
    if (what == TLSRPT_DRAIN_STUCK) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     W_STUCK "%s stays in the spool's new/, and is tried once "
                             "an hour: the store takes others, but not this "
                             "one: %s",
                     mta_sts_escape_line(p, name), why);
        return;
    }
    status->stored = apr_time_now();
    switch (how) {
    case TLSRPT_STORE_REPLACED:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     N_REPLACED "%s came by a better way with another content, "
                                "and took the place of the first",
                     named(p, report));
        break;
    case TLSRPT_STORE_CONFLICT:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     N_CONFLICT "%s came again with another content by no "
                                "better way, and was left aside",
                     named(p, report));
        break;
    case TLSRPT_STORE_FOREIGN:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     N_FOREIGN "%s is about no policy domain of this server, "
                               "and was not stored",
                     named(p, report));
        break;
    default:
        ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s, "%s: %s", named(p, report),
                     how == TLSRPT_STORE_NEW    ? "stored"
                     : how == TLSRPT_STORE_MORE ? "more of it is ours now"
                                                : "known already");
    }
}

/* ---- the work ---- */

static tlsrpt_ours_e ours(const tlsrpt_policy_t *policy, void *baton)
{
    apr_pool_t *p;
    tlsrpt_ours_e is;

    (void)baton;
    apr_pool_create(&p, child.scratch); /* a call asks for many */
    is = tlsrpt_is_ours(p, child.server, policy->domain);
    apr_pool_destroy(p);
    return is;
}

static int is_stopping(void *baton)
{
    int state = AP_MPMQ_RUNNING;

    (void)baton;
    return apr_atomic_read32(&child.stopping) ||
           ap_mpm_query(AP_MPMQ_MPM_STATE, &state) != APR_SUCCESS ||
           state == AP_MPMQ_STOPPING;
}

/* For this call: the time begins when the spool was looked through, however
 * long that took. Before each report others get the CPU who want it: a sender
 * waits for its policy, and nobody for the store. */
static int is_enough(void *baton)
{
    apr_time_t now;

    apr_thread_yield();
    now = apr_time_now();
    child.began = child.began ? child.began : now;
    return is_stopping(baton) || now < child.began ||
           now - child.began >= CALL_TIME;
}

static const char *store_waiting(tlsrpt_spool_t *spool, apr_time_t now)
{
    static const tlsrpt_drain_calls_t calls = {tell, is_enough, NULL};
    const tlsrpt_config_t *conf = tlsrpt_config(child.server);
    tlsrpt_spool_limits_t limits = {0, 0};
    const char *error;
    int done, left;

    if (!child.drain || child.spool != spool) {
        child.spool = spool;
        /* Who put it there has looked at its size, by the bound of then. */
        child.drain = tlsrpt_drain_make(child.pool, spool, TLSRPT_SIZE_MAX,
                                        ours, NULL, &calls);
    }
    child.began = 0;
    error = tlsrpt_drain(child.scratch, child.drain, child.store, &conf->keep,
                         AT_ONCE, apr_time_sec(now), &done, &left);
    if (done) { /* mail puts reports without a look at raw/ */
        limits.bytes = conf->quota_bytes;
        tlsrpt_spool_trim(child.scratch, spool, &limits);
    }
    status->waiting = (apr_uint32_t)left;
    child.stored = child.stored || done;
    /* what the store refuses may wait on */
    if (!error && !done && child.stored) {
        tlsrpt_store_rest(child.scratch, child.store);
        child.stored = 0;
    }
    return error;
}

/* One portion in each call, until nothing is too old. */
static const char *expire(tlsrpt_spool_t *spool, apr_time_t now)
{
    const tlsrpt_config_t *conf = tlsrpt_config(child.server);
    const char *error;
    int again;

    if ((now < child.expire && child.expire - now <= EXPIRE_EVERY) ||
        is_stopping(NULL)) {
        return NULL; /* the second condition: the clock was set back */
    }
    error = tlsrpt_store_expire(child.scratch, child.store, &conf->keep,
                                apr_time_sec(now), &again);
    if (!error && !again) {
        tlsrpt_spool_expire(child.scratch, spool, apr_time_sec(now),
                            conf->keep.raw);
        child.expire = now + EXPIRE_EVERY;
    }
    return error;
}

static void work(apr_pool_t *p)
{
    apr_time_t now = apr_time_now();
    tlsrpt_spool_t *spool;
    const char *error;

    if (now < child.next && child.next - now <= BACK_OFF_MAX) {
        return; /* the second condition: the clock was set back */
    }
    child.scratch = p;
    spool = tlsrpt_httpd_spool(child.server);
    status->tried = now;
    if (!spool) { /* why, is logged by itself */
        fails(now, "The spool cannot be opened.");
        child.back_off = 0; /* it costs little to ask again soon */
        child.next = now;
        return;
    }
    error = tlsrpt_intake_store_open(p, &child.store);
    if (error) { /* what waits is counted all the same */
        int all = 0;

        tlsrpt_spool_list(p, spool, 0, &all);
        status->waiting = (apr_uint32_t)all;
    }
    error = error ? error : store_waiting(spool, now);
    error = error ? error : expire(spool, now);
    if (error) {
        tlsrpt_intake_store_failed(p);
        fails(now, error);
    }
    else {
        goes_well();
    }
    tlsrpt_intake_store_done();
}

static apr_status_t watch(int state, void *data, apr_pool_t *p)
{
    (void)data;
    if (!child.lock) {
        return APR_ENOMEM;
    }
    if (state == AP_WATCHDOG_STATE_STOPPING) {
        apr_atomic_set32(&child.stopping, 1);
        if (apr_thread_mutex_trylock(child.lock) != APR_SUCCESS) {
            return APR_SUCCESS; /* work() is at it, and closes when it ends */
        }
    }
    else {
        apr_thread_mutex_lock(child.lock);
    }
    if (state == AP_WATCHDOG_STATE_RUNNING && !is_stopping(NULL)) {
        const apr_time_t began = apr_time_now();

        status->at_work = began;
        work(p);
        if (status->at_work == began) { /* and not another child's */
            status->at_work = 0;
        }
    }
    if (is_stopping(NULL)) {
        tlsrpt_intake_store_close();
    }
    apr_thread_mutex_unlock(child.lock);
    return APR_SUCCESS;
}

/* ---- hooks ---- */

void tlsrpt_intake_register(apr_pool_t *pconf, server_rec *s)
{
    ap_watchdog_t *watchdog;
    apr_shm_t *memory;
    apr_status_t rv;

    status = NULL;
    if (cannot_run(pconf, s)) {
        return; /* check_config has warned */
    }
    rv = apr_shm_create(&memory, sizeof(*status), NULL, pconf);
    if (rv == APR_SUCCESS) {
        status = apr_shm_baseaddr_get(memory);
        memset(status, 0, sizeof(*status));
    }
    else { /* each child keeps its own then */
        status = apr_pcalloc(pconf, sizeof(*status));
    }
    memset(&child, 0, sizeof(child));
    child.server = s;
    rv = get_instance(&watchdog, WATCHDOG, 0, 1, pconf);
    if (rv == APR_SUCCESS) {
        rv = register_callback(watchdog, AP_WD_TM_INTERVAL, s, watch);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     W_STORE_AWAY
                     "reports wait in the spool, because mod_watchdog takes "
                     "no callback");
        status = NULL;
    }
}

/* mod_watchdog ends its thread only after pchild is gone: so not there. A pool
 * of no parent has an allocator of its own, too. */
void tlsrpt_intake_child_init(void)
{
    if (status &&
        apr_pool_create_unmanaged_ex(&child.pool, NULL, NULL) == APR_SUCCESS) {
        apr_thread_mutex_create(&child.lock, APR_THREAD_MUTEX_DEFAULT,
                                child.pool);
        tlsrpt_intake_store_child_init(child.pool, child.server);
    }
}

int tlsrpt_intake_status(tlsrpt_intake_status_t *copy)
{
    if (!status) {
        return 0;
    }
    memcpy(copy, status, sizeof(*copy));
    copy->error[sizeof(copy->error) - 1] = '\0';
    return 1;
}
