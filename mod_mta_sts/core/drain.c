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

/* One call. */
typedef struct {
    apr_pool_t *p;
    tlsrpt_drain_t *drain;
    tlsrpt_store_t *store;
    const tlsrpt_keep_t *keep;
    apr_int64_t now;
    const char *suspect; /* refused a second time, in this call */
    const char *error;   /* why */
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
static const char *read_entry(apr_pool_t *p, const pass_t *pass,
                              const char *name, tlsrpt_origin_t *origin,
                              tlsrpt_report_t **report, const char **why)
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

    error = apr_pstrdup(pass->p, error);
    if (pass->suspect || !remembers(drain->refused, name)) {
        remember(drain, drain->refused, name);
        return error;
    }
    pass->suspect = name;
    pass->error = error;
    return NULL;
}

/* The database took one: what it refused before must be the report's fault. */
static void taken(apr_pool_t *p, pass_t *pass)
{
    tlsrpt_drain_t *drain = pass->drain;

    if (pass->suspect) {
        remember(drain, drain->stuck, pass->suspect);
        drain->calls.tell(drain->calls.baton, p, pass->suspect, NULL,
                          TLSRPT_DRAIN_STUCK, TLSRPT_STORE_NEW, pass->error);
        pass->suspect = NULL;
    }
}

static const char *drain_one(apr_pool_t *p, pass_t *pass, const char *name)
{
    tlsrpt_drain_t *drain = pass->drain;
    tlsrpt_report_t *report;
    tlsrpt_origin_t origin;
    tlsrpt_store_e how = TLSRPT_STORE_NEW;
    const char *why, *error;
    apr_status_t rv;

    error = read_entry(p, pass, name, &origin, &report, &why);
    if (error || (!report && !why)) {
        return error;
    }
    if (!why) {
        error =
            tlsrpt_store_add(p, pass->store, report, &origin, name, drain->ours,
                             drain->ours_baton, pass->keep, pass->now, &how);
        if (error) {
            return refused(pass, name, error);
        }
        if (how != TLSRPT_STORE_FOREIGN) {
            taken(p, pass);
        }
    }
    rv = why ? tlsrpt_spool_reject(p, drain->spool, name, why)
             : tlsrpt_spool_stored(p, drain->spool, name);
    if (rv != APR_SUCCESS) {
        return failed(pass, "lets no entry leave new/", rv);
    }
    pass->done++;
    drain->calls.tell(drain->calls.baton, p, name, report,
                      why ? TLSRPT_DRAIN_REJECT : TLSRPT_DRAINED, how, why);
    return NULL;
}

const char *tlsrpt_drain(apr_pool_t *p, tlsrpt_drain_t *drain,
                         tlsrpt_store_t *store, const tlsrpt_keep_t *keep,
                         int max, apr_int64_t now, int *done, int *more)
{
    pass_t pass = {p, drain, store, keep, now, NULL, NULL, 0};
    const char *error = NULL;
    apr_array_header_t *names;
    apr_pool_t *one;
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
    apr_pool_create(&one, p);
    for (i = 0; !error && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (remembers(drain->stuck, name)) {
            aside++;
            continue;
        }
        if (drain->calls.stop && drain->calls.stop(drain->calls.baton)) {
            break;
        }
        error = drain_one(one, &pass, name);
        apr_pool_clear(one);
    }
    apr_pool_destroy(one);
    *done = pass.done;
    *more = names->nelts == max || pass.done + aside < names->nelts;
    return !error && pass.suspect ? pass.error : error;
}
