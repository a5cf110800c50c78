/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the spool into the store, entry by entry.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/drain_refused.h"
#include "core/own_pool.h"

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

#define NO_MEMORY "There is no memory."

/* A report that is stored, but not yet committed. What is of an entry lives in
 * its memory, and goes with it: only those of a batch are there together. */
typedef struct {
    apr_pool_t *memory;
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
    apr_pool_t *memory;          /* of the entries, each of which has its own */
    apr_size_t size;             /* octets of JSON of those of the batch */
    apr_array_header_t *waiting; /* of waiting_t */
    int is_open;                 /* a batch; if not, none waits */
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
                              apr_size_t *len, const char **why)
{
    tlsrpt_hints_t hints;
    const char *json;
    apr_status_t rv = tlsrpt_spool_read(
        p, pass->drain->spool, name, pass->drain->max_size, origin, &json, len);

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
    *why = tlsrpt_parse(p, json, *len, &hints, report);
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
static const char *leave(pass_t *pass, const waiting_t *w, const char *why)
{
    tlsrpt_drain_t *drain = pass->drain;
    const char *name = w->name;
    apr_status_t rv =
        why ? tlsrpt_spool_reject(w->memory, drain->spool, name, why)
        : w->how == TLSRPT_STORE_FOREIGN || has_foreign(drain, w->report)
            ? tlsrpt_spool_foreign(w->memory, drain->spool, name)
            : tlsrpt_spool_stored(w->memory, drain->spool, name);

    /* one that goes to bad/ is no report: the others are not at fault */
    if (rv != APR_SUCCESS && why) {
        return refuse(pass, name, failed(pass, "lets it not go to bad/", rv));
    }
    if (rv != APR_SUCCESS) {
        return failed(pass, "lets no entry leave new/", rv);
    }
    pass->done++;
    drain_refused_gone(&drain->refused, name);
    drain->calls.tell(drain->calls.baton, w->memory, name, w->report,
                      why ? TLSRPT_DRAIN_REJECT : TLSRPT_DRAINED, w->how, why);
    return NULL;
}

/* A batch is over. */
static void forget_batch(pass_t *pass)
{
    const waiting_t *w;

    while ((w = apr_array_pop(pass->waiting))) {
        apr_pool_destroy(w->memory);
    }
    pass->is_open = 0;
    pass->size = 0;
}

/* Commit, and only then let the entries go. */
static const char *close_batch(pass_t *pass)
{
    const char *error;
    int i, many = pass->waiting->nelts;

    if (!pass->is_open) {
        return NULL;
    }
    error = tlsrpt_store_commit(pass->p, pass->store);
    if (error && many == 1) {
        error = refuse(pass, APR_ARRAY_IDX(pass->waiting, 0, waiting_t).name,
                       error);
        many = 0;
    }
    else if (error) {
        pass->drain->alone = 1; /* which one of them was it? */
    }
    for (i = 0; !error && i < many; i++) {
        const waiting_t *w = &APR_ARRAY_IDX(pass->waiting, i, waiting_t);

        if (w->how == TLSRPT_STORE_NEW || w->how == TLSRPT_STORE_REPLACED ||
            w->how == TLSRPT_STORE_MORE) {
            drain_refused_taken(&pass->drain->refused, pass->p);
        }
        error = leave(pass, w, NULL);
    }
    forget_batch(pass);
    return error;
}

/* Is a report with this key in the batch? Then it has to leave new/ first, so
 * that of each key one entry at most comes again after a crash: the store tells
 * that one from a copy. */
static int is_waiting(const pass_t *pass, const char *key)
{
    int i;

    for (i = 0; i < pass->waiting->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(pass->waiting, i, waiting_t).report->key,
                    key)) {
            return 1;
        }
    }
    return 0;
}

/* One more in the batch; 0 in *waits if it is not. */
static const char *store_one(pass_t *pass, waiting_t *w,
                             const tlsrpt_origin_t *origin, int *waits)
{
    tlsrpt_drain_t *drain = pass->drain;
    const char *error = NULL, *closed;

    if (!pass->is_open) {
        error = tlsrpt_store_batch(pass->p, pass->store);
        if (error) {
            return error;
        }
        pass->is_open = 1;
    }
    error = tlsrpt_store_add(w->memory, pass->store, w->report, origin, w->name,
                             drain->ours, drain->ours_baton, pass->keep,
                             pass->now, &w->how);
    if (!error) {
        APR_ARRAY_PUSH(pass->waiting, waiting_t) = *w;
        *waits = 1;
        return NULL;
    }
    error = apr_pstrdup(pass->p, error);
    closed = close_batch(pass); /* the others of the batch are not at fault */
    error = refuse(pass, w->name, error);
    return closed ? closed : error;
}

/* The same, of an entry of which only its name is known. */
static const char *take(pass_t *pass, waiting_t *w, int *waits)
{
    tlsrpt_report_t *report;
    tlsrpt_origin_t origin;
    apr_size_t len = 0;
    const char *why, *error;

    error = read_entry(w->memory, pass, w->name, &origin, &report, &len, &why);
    if (error) {
        return refuse(pass, w->name, error);
    }
    if (!report && !why) {
        drain_refused_gone(&pass->drain->refused, w->name);
        return NULL;
    }
    w->report = report;
    if (why) {
        return leave(pass, w, why);
    }
    if (is_waiting(pass, report->key)) {
        error = close_batch(pass);
    }
    error = error ? error : store_one(pass, w, &origin, waits);
    pass->size += *waits ? len : 0;
    return error;
}

static const char *drain_one(pass_t *pass, const char *name)
{
    waiting_t w = {NULL, name, NULL, TLSRPT_STORE_NEW};
    const char *error;
    int waits = 0;

    if (apr_pool_create(&w.memory, pass->memory) != APR_SUCCESS) {
        return NO_MEMORY;
    }
    error = take(pass, &w, &waits);
    if (!waits) {
        apr_pool_destroy(w.memory);
    }
    if (!error && (pass->waiting->nelts >= BATCH || pass->size >= BATCH_SIZE)) {
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
    pass.memory = tlsrpt_own_pool(p);
    if (!pass.memory) {
        *done = 0;
        *left = all;
        return NO_MEMORY;
    }
    pass.waiting = apr_array_make(pass.memory, BATCH, sizeof(waiting_t));
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
