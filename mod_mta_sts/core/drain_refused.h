/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reports that the database refused, while they wait in the spool. For
 * core/drain.c alone.
 *
 * When the database refuses a report, is it the report or the database? A
 * sentence does not say, and a report must not be lost to a full disk. So the
 * next ones are tried, and the one that was refused again by another call. If
 * that is refused twice while the database takes another one, then it is the
 * report, and it stays aside for an hour. Where none is taken it is the
 * database. Nothing that the database refuses is ever thrown away.
 */
#ifndef MTA_STS_CORE_DRAIN_REFUSED_H
#define MTA_STS_CORE_DRAIN_REFUSED_H

#include <apr_hash.h>

#include "core/drain.h"

typedef struct {
    const tlsrpt_drain_calls_t *calls; /* hears which are stuck */
    apr_pool_t *memory;                /* of all below */
    apr_hash_t *all;                   /* name of an entry -> one of them */
    apr_int64_t forget_at;             /* when they are forgotten */
    int suspects;                      /* how many are not stuck */
    int call;                          /* which call it is */
    int taken;                         /* how many the database took in it, */
    int in_a_row;                      /* and refused since it took one */
} drain_refused_t;

/** None were refused; p lives as long as they do. */
void drain_refused_make(apr_pool_t *p, drain_refused_t *refused,
                        const tlsrpt_drain_calls_t *calls);

/** A call begins. After an hour, or when there are too many, all are forgotten:
 * they are tried as if they had just come. */
void drain_refused_call(drain_refused_t *refused, apr_int64_t now);

/**
 * The database refused an entry.
 *
 * @param p      of what is told
 * @param error  why
 * @return       0 if it refused so many in a row that the next one is not worth
 *               a try in this call
 */
int drain_refused_add(drain_refused_t *refused, apr_pool_t *p, const char *name,
                      const char *error);

/** The database took one, after those that it refused in this call. */
void drain_refused_taken(drain_refused_t *refused, apr_pool_t *p);

/** An entry is gone from new/. */
void drain_refused_gone(drain_refused_t *refused, const char *name);

/** Was this one refused before? */
int drain_refused_has(const drain_refused_t *refused, const char *name);

/** Of those that were refused, and are not stuck, the one that was not tried
 * for longest, and not in this call; or NULL. */
const char *drain_refused_next(const drain_refused_t *refused);

#endif
