/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the spool into the store. An entry leaves new/ only when its report is
 * committed, or can never be stored; so whatever is killed, and whenever,
 * nothing is lost, and what comes again is known by its key.
 */
#ifndef MTA_STS_CORE_DRAIN_H
#define MTA_STS_CORE_DRAIN_H

#include "core/spool.h"
#include "core/store.h"

typedef struct tlsrpt_drain_t tlsrpt_drain_t;

typedef enum {
    TLSRPT_DRAINED = 0,  /* in the store, see how */
    TLSRPT_DRAIN_REJECT, /* no report: put into bad/ */
    TLSRPT_DRAIN_STUCK   /* the database takes others, and not this one: it
                          * stays in new/, and is tried once an hour */
} tlsrpt_drain_e;

/** What the one who drains wants to hear and say. */
typedef struct {
    /**
     * What became of an entry.
     *
     * @param name    of the entry
     * @param report  NULL if it is none
     * @param why     a sentence, or NULL
     */
    void (*tell)(void *baton, apr_pool_t *p, const char *name,
                 const tlsrpt_report_t *report, tlsrpt_drain_e what,
                 tlsrpt_store_e how, const char *why);
    /** To be left off? Asked before each entry. May be NULL. */
    int (*stop)(void *baton);
    void *baton;
} tlsrpt_drain_calls_t;

/**
 * @param p         lives as long as the drain
 * @param max_size  octets of a report's JSON
 * @param ours      as in tlsrpt_store_add()
 */
tlsrpt_drain_t *tlsrpt_drain_make(apr_pool_t *p, tlsrpt_spool_t *spool,
                                  apr_size_t max_size, tlsrpt_ours_t *ours,
                                  void *ours_baton,
                                  const tlsrpt_drain_calls_t *calls);

/**
 * Store what waits, at most so many entries, until stop() says so; the folder
 * is read once. After an error of the database the caller opens it anew, now or
 * later, and calls again. A report that the database refused while it took
 * others is no error; it is tried again by another call, and is stuck if that
 * ends the same.
 *
 * @param p     for scratch
 * @param done  how many left new/; also set on error
 * @param left  how many are in new/ still; also set on error
 * @return      NULL, or what keeps the store or the spool from it, a sentence
 */
const char *tlsrpt_drain(apr_pool_t *p, tlsrpt_drain_t *drain,
                         tlsrpt_store_t *store, const tlsrpt_keep_t *keep,
                         int max, apr_int64_t now, int *done, int *left);

#endif
