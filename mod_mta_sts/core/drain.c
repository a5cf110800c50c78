/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the spool into the store, entry by entry.
 *
 * When the database refuses a report, is it the report or the database? A
 * sentence does not say, and a report must not be lost to a full disk. So a
 * report that was refused is tried again on a new connection; if it is refused
 * there too, and another one is taken after it, then it is the report, and it
 * stays aside for an hour. Nothing that the database refuses is ever thrown
 * away.
 */
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "core/drain.h"

/** Seconds until reports that are stuck are tried again. */
#define STUCK_AGE 3600

/** The most reports that are remembered as stuck; more are tried again. */
#define STUCK_MAX 1000

struct tlsrpt_drain_t {
    tlsrpt_spool_t *spool;
    apr_size_t max_size;
    tlsrpt_ours_t *ours;
    void *ours_baton;
    tlsrpt_drain_calls_t calls;
    apr_pool_t *memory;    /* of the names below */
    apr_hash_t *refused;   /* entries that were refused once */
    apr_hash_t *stuck;     /* entries that are left aside */
    apr_int64_t forget_at; /* when all that is forgotten */
};

/** The most reports of one commit, and about the most octets of their JSON. */
#define BATCH      50
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
    const char *suspect;         /* refused a second time, in this call */
    const char *error;           /* why */
    apr_pool_t *memory;          /* of the reports of the batch */
    apr_size_t size;             /* octets of their JSON */
    apr_array_header_t *waiting; /* of waiting_t; NULL: no batch is open */
    int done;
} pass_t;

static void forget(tlsrpt_drain_t *drain, apr_int64_t now)
{
    apr_pool_clear(drain->memory);
    drain->refused = apr_hash_make(drain->memory);
    drain->stuck = apr_hash_make(drain->memory);
    drain->forget_at = now + STUCK_AGE;
}

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
    apr_pool_create(&drain->memory, p);
    forget(drain, 0);
    return drain;
}

static int remembers(apr_hash_t *names, const char *name)
{
    return apr_hash_get(names, name, APR_HASH_KEY_STRING) != NULL;
}

static void remember(tlsrpt_drain_t *drain, apr_hash_t *names, const char *name)
{
    apr_hash_set(names, apr_pstrdup(drain->memory, name), APR_HASH_KEY_STRING,
                 "");
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
    if (rv == APR_EGENERAL) {
        *why = "it is no entry of the spool, or too large";
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

/* The database refused it: NULL if it is worth to try the next one. */
static const char *refused(pass_t *pass, const char *name, const char *error)
{
    tlsrpt_drain_t *drain = pass->drain;

    if (pass->suspect || !remembers(drain->refused, name)) {
        remember(drain, drain->refused, name);
        return error;
    }
    pass->suspect = name;
    pass->error = error;
    return NULL;
}

/* The database took one: what it refused before must be the report's fault. */
static void taken(pass_t *pass)
{
    tlsrpt_drain_t *drain = pass->drain;

    if (pass->suspect) {
        remember(drain, drain->stuck, pass->suspect);
        drain->calls.tell(drain->calls.baton, pass->p, pass->suspect, NULL,
                          TLSRPT_DRAIN_STUCK, TLSRPT_STORE_NEW, pass->error);
        pass->suspect = NULL;
    }
}

/* The entry leaves new/, for good. */
static const char *leave(pass_t *pass, const char *name,
                         const tlsrpt_report_t *report, tlsrpt_store_e how,
                         const char *why)
{
    tlsrpt_drain_t *drain = pass->drain;
    apr_status_t rv =
        why ? tlsrpt_spool_reject(pass->memory, drain->spool, name, why)
            : tlsrpt_spool_stored(pass->memory, drain->spool, name);

    if (rv != APR_SUCCESS) {
        return failed(pass, "lets no entry leave new/", rv);
    }
    pass->done++;
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
    for (i = 0; !error && pass->waiting && i < pass->waiting->nelts; i++) {
        waiting_t *w = &APR_ARRAY_IDX(pass->waiting, i, waiting_t);

        if (w->how != TLSRPT_STORE_FOREIGN) {
            taken(pass);
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
    return closed ? closed : refused(pass, name, error);
}

static const char *drain_one(pass_t *pass, const char *name)
{
    tlsrpt_report_t *report;
    tlsrpt_origin_t origin;
    const char *why, *error;

    error = read_entry(pass->memory, pass, name, &origin, &report, &why);
    if (error || (!report && !why)) {
        return error;
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

const char *tlsrpt_drain(apr_pool_t *p, tlsrpt_drain_t *drain,
                         tlsrpt_store_t *store, const tlsrpt_keep_t *keep,
                         int max, apr_int64_t now, int *done, int *more)
{
    pass_t pass = {
        .p = p, .drain = drain, .store = store, .keep = keep, .now = now};
    const char *error = NULL;
    apr_array_header_t *names;
    int i, aside = 0;

    if (now >= drain->forget_at || now < drain->forget_at - STUCK_AGE ||
        apr_hash_count(drain->refused) > STUCK_MAX) {
        forget(drain, now);
    }
    max += (int)apr_hash_count(drain->stuck);
    names = tlsrpt_spool_list(p, drain->spool, max);
    if (!names) {
        *done = *more = 0;
        return "The folder new/ of the spool cannot be read.";
    }
    apr_pool_create(&pass.memory, p);
    for (i = 0; !error && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (remembers(drain->stuck, name)) {
            aside++;
            continue;
        }
        if (drain->calls.stop && drain->calls.stop(drain->calls.baton)) {
            break;
        }
        error = drain_one(&pass, name);
        if (!pass.waiting) {
            apr_pool_clear(pass.memory);
        }
    }
    if (pass.waiting) {
        const char *closed = close_batch(&pass);

        error = error ? error : closed;
    }
    apr_pool_destroy(pass.memory);
    *done = pass.done;
    *more = names->nelts == max || pass.done + aside < names->nelts;
    return !error && pass.suspect ? pass.error : error;
}
