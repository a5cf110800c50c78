/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the spool into the store, entry by entry.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/drain_refused.h"

struct tlsrpt_drain_t {
    tlsrpt_spool_t *spool;
    apr_size_t max_size;
    tlsrpt_ours_t *ours;
    void *ours_baton;
    tlsrpt_drain_calls_t calls;
    int alone; /* a batch was refused: no more batches for now */
    drain_refused_t refused;
};

/** The most reports of one commit, and about the most octets of their JSON. */
#define BATCH      500
#define BATCH_SIZE (4 * 1024 * 1024)

/* A report that is stored, but not yet committed. */
typedef struct {
    const char *name;
    const tlsrpt_report_t *report;
    tlsrpt_store_e how;
} waiting_t;

/* One call. */
typedef struct {
    apr_pool_t *p;
    tlsrpt_drain_t *drain;
    tlsrpt_store_t *store;
    const tlsrpt_keep_t *keep;
    apr_int64_t now;
    const char *error;           /* why the last one was refused */
    apr_pool_t *memory;          /* of the reports of the batch */
    apr_size_t size;             /* octets of their JSON */
    apr_array_header_t *waiting; /* of waiting_t; NULL: no batch is open */
    int done;
} pass_t;

tlsrpt_drain_t *tlsrpt_drain_make(apr_pool_t *p, tlsrpt_spool_t *spool,
                                  apr_size_t max_size, tlsrpt_ours_t *ours,
                                  void *ours_baton,
                                  const tlsrpt_drain_calls_t *calls)
{
    tlsrpt_drain_t *drain = apr_pcalloc(p, sizeof(*drain));

    drain->spool = spool;
    drain->max_size = max_size;
    drain->ours = ours;
    drain->ours_baton = ours_baton;
    drain->calls = *calls;
    drain_refused_make(p, &drain->refused, &drain->calls);
    return drain;
}

static const char *failed(const pass_t *pass, const char *what, apr_status_t rv)
{
    char why[120];

    return apr_psprintf(pass->p, "The spool %s: %s.", what,
                        apr_strerror(rv, why, sizeof(why)));
}

/* Read and parse an entry. *report stays NULL if it is gone; *why says that it
 * will never be one. */
static const char *read_entry(apr_pool_t *p, pass_t *pass, const char *name,
                              tlsrpt_origin_t *origin, tlsrpt_report_t **report,
                              const char **why)
{
    tlsrpt_hints_t hints;
    const char *json;
    apr_size_t len;
    apr_status_t rv =
        tlsrpt_spool_read(p, pass->drain->spool, name, pass->drain->max_size,
                          origin, &json, &len);

    *report = NULL;
    *why = NULL;
    if (APR_STATUS_IS_ENOENT(rv)) {
        return NULL;
    }
    if (rv == APR_EGENERAL || APR_STATUS_IS_EACCES(rv)) {
        *why = "it is no entry of the spool, or too large";
        return NULL;
    }
    if (APR_STATUS_IS_EAGAIN(rv)) {
        *why = "it cannot be read now: whoever put it has a lease on it";
        return NULL;
    }
    if (rv != APR_SUCCESS) {
        return failed(pass, "cannot be read", rv);
    }
    hints.domain = *origin->domain ? origin->domain : NULL;
    hints.submitter = *origin->submitter ? origin->submitter : NULL;
    pass->size += len;
    *why = tlsrpt_parse(p, json, len, &hints, report);
    if (!*why) {
        *why = tlsrpt_dates_check(*report, origin->received, 0);
    }
    return NULL;
}

/* The database refused it, or the spool. NULL if the next one is worth a try.
 */
static const char *refuse(pass_t *pass, const char *name, const char *error)
{
    pass->error = error;
    return drain_refused_add(&pass->drain->refused, pass->p, name, error)
               ? NULL
               : error;
}

/* ---- out of new/ ---- */

/* Is a policy of it about a domain of others? That may become one of ours. */
static int has_foreign(const tlsrpt_drain_t *drain,
                       const tlsrpt_report_t *report)
{
    int i;

    for (i = 0; drain->ours && i < report->policies->nelts; i++) {
        if (drain->ours(&APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t),
                        drain->ours_baton) == TLSRPT_OURS_NOT) {
            return 1;
        }
    }
    return 0;
}

/* The entry leaves new/, for good. */
static const char *leave(pass_t *pass, const char *name,
                         const tlsrpt_report_t *report, tlsrpt_store_e how,
                         const char *why)
{
    tlsrpt_drain_t *drain = pass->drain;
    apr_status_t rv =
        why ? tlsrpt_spool_reject(pass->memory, drain->spool, name, why)
        : how == TLSRPT_STORE_FOREIGN || has_foreign(drain, report)
            ? tlsrpt_spool_foreign(pass->memory, drain->spool, name)
            : tlsrpt_spool_stored(pass->memory, drain->spool, name);

    /* one that goes to bad/ is no report: the others are not at fault */
    if (rv != APR_SUCCESS && why) {
        return refuse(pass, name, failed(pass, "lets it not go to bad/", rv));
    }
    if (rv != APR_SUCCESS) {
        return failed(pass, "lets no entry leave new/", rv);
    }
    pass->done++;
    drain_refused_gone(&drain->refused, name);
    drain->calls.tell(drain->calls.baton, pass->memory, name, report,
                      why ? TLSRPT_DRAIN_REJECT : TLSRPT_DRAINED, how, why);
    return NULL;
}

/* Commit, and only then let the entries go. */
static const char *close_batch(pass_t *pass)
{
    const char *error = NULL;
    int i;

    if (pass->waiting) {
        error = tlsrpt_store_commit(pass->p, pass->store);
    }
    if (error && pass->waiting->nelts == 1) {
        error = refuse(pass, APR_ARRAY_IDX(pass->waiting, 0, waiting_t).name,
                       error);
        pass->waiting->nelts = 0;
    }
    else if (error) {
        pass->drain->alone = 1; /* which one of them was it? */
    }
    for (i = 0; !error && pass->waiting && i < pass->waiting->nelts; i++) {
        waiting_t *w = &APR_ARRAY_IDX(pass->waiting, i, waiting_t);

        if (w->how == TLSRPT_STORE_NEW || w->how == TLSRPT_STORE_REPLACED ||
            w->how == TLSRPT_STORE_MORE) {
            drain_refused_taken(&pass->drain->refused, pass->p);
        }
        error = leave(pass, w->name, w->report, w->how, NULL);
    }
    pass->waiting = NULL;
    pass->size = 0;
    apr_pool_clear(pass->memory);
    return error;
}

/* Is a report with this key in the batch? Then it has to leave new/ first, so
 * that of each key one entry at most comes again after a crash: the store tells
 * that one from a copy. */
static int is_waiting(const pass_t *pass, const char *key)
{
    int i;

    for (i = 0; pass->waiting && i < pass->waiting->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(pass->waiting, i, waiting_t).report->key,
                    key)) {
            return 1;
        }
    }
    return 0;
}

static const char *store_one(pass_t *pass, const char *name,
                             const tlsrpt_report_t *report,
                             const tlsrpt_origin_t *origin)
{
    tlsrpt_drain_t *drain = pass->drain;
    waiting_t w = {name, report, TLSRPT_STORE_NEW};
    const char *error = NULL, *closed;

    if (!pass->waiting) {
        error = tlsrpt_store_batch(pass->p, pass->store);
        if (error) {
            return error;
        }
        pass->waiting = apr_array_make(pass->memory, BATCH, sizeof(waiting_t));
    }
    error = tlsrpt_store_add(pass->memory, pass->store, report, origin, name,
                             drain->ours, drain->ours_baton, pass->keep,
                             pass->now, &w.how);
    if (!error) {
        APR_ARRAY_PUSH(pass->waiting, waiting_t) = w;
        return NULL;
    }
    error = apr_pstrdup(pass->p, error);
    closed = close_batch(pass); /* the others of the batch are not at fault */
    error = refuse(pass, name, error);
    return closed ? closed : error;
}

static const char *drain_one(pass_t *pass, const char *name)
{
    tlsrpt_report_t *report;
    tlsrpt_origin_t origin;
    const char *why, *error;

    error = read_entry(pass->memory, pass, name, &origin, &report, &why);
    if (error) {
        return refuse(pass, name, error);
    }
    if (!report && !why) {
        drain_refused_gone(&pass->drain->refused, name);
        return NULL;
    }
    if (why) {
        return leave(pass, name, report, TLSRPT_STORE_NEW, why);
    }
    if (is_waiting(pass, report->key)) {
        error = close_batch(pass);
        return error ? error : drain_one(pass, name);
    }
    error = store_one(pass, name, report, &origin);
    if (!error && pass->waiting &&
        (pass->waiting->nelts >= BATCH || pass->size >= BATCH_SIZE)) {
        error = close_batch(pass);
    }
    return error;
}

/* Alone, so that it takes no other with it whatever the database does. */
static const char *drain_alone(pass_t *pass, const char *name)
{
    const char *error = close_batch(pass);

    error = error ? error : drain_one(pass, name);
    return error ? error : close_batch(pass);
}

static int is_stopped(const pass_t *pass)
{
    const tlsrpt_drain_calls_t *calls = &pass->drain->calls;

    return calls->stop && calls->stop(calls->baton);
}

/* The oldest first, but for those that were refused before. */
static const char *drain_new(pass_t *pass, const apr_array_header_t *names)
{
    tlsrpt_drain_t *drain = pass->drain;
    const char *error = NULL, *closed;
    int i;

    for (i = 0; !error && i < names->nelts && !is_stopped(pass); i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (drain_refused_has(&drain->refused, name)) {
            continue;
        }
        /* Where some were refused, does it take any at all? */
        error =
            drain->alone || (drain->refused.suspects && !drain->refused.taken)
                ? drain_alone(pass, name)
                : drain_one(pass, name);
        if (!pass->waiting) {
            apr_pool_clear(pass->memory);
        }
    }
    closed = close_batch(pass);
    return error ? error : closed;
}

/* Those that were refused come last, so that they hold up nobody, however many
 * there are. */
static const char *drain_suspects(pass_t *pass)
{
    const char *name, *error = NULL;

    while (!error && !is_stopped(pass) &&
           (name = drain_refused_next(&pass->drain->refused)) != NULL) {
        error = drain_alone(pass, name);
    }
    return error;
}

const char *tlsrpt_drain(apr_pool_t *p, tlsrpt_drain_t *drain,
                         tlsrpt_store_t *store, const tlsrpt_keep_t *keep,
                         int max, apr_int64_t now, int *done, int *left)
{
    pass_t pass = {
        .p = p, .drain = drain, .store = store, .keep = keep, .now = now};
    const char *error;
    apr_array_header_t *names;
    int all;

    drain_refused_call(&drain->refused, now);
    max += (int)apr_hash_count(drain->refused.all);
    names = tlsrpt_spool_list(p, drain->spool, max, &all);
    if (!names) {
        *done = *left = 0;
        return "The folder new/ of the spool cannot be read.";
    }
    apr_pool_create(&pass.memory, p);
    error = drain_new(&pass, names);
    error = error ? error : drain_suspects(&pass);
    drain->alone = drain->alone && error;
    apr_pool_destroy(pass.memory);
    *done = pass.done;
    *left = all - pass.done;
    return !error && drain->refused.in_a_row && !drain->refused.taken
               ? pass.error
               : error;
}
