/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reports that the database refused.
 */
#include <apr_strings.h>

#include "core/drain_refused.h"

/** Seconds until reports that are stuck are tried again. */
#define STUCK_AGE 3600

/** The most reports that are remembered as refused. */
#define REFUSED_MAX 1000

/** So many refused in a row are likely the fault of the database. */
#define ROW_MAX 10

/** Octets of why one was refused. */
#define WHY_MAX 512

/* One of them. */
typedef struct {
    const char *name; /* of the entry */
    int calls;        /* in how many calls */
    int in;           /* in which call last */
    int beside;       /* was another taken after it, in the same call? */
    int stuck;        /* is it left aside? */
    char why[WHY_MAX];
} refused_t;

static void forget(drain_refused_t *refused, apr_int64_t now)
{
    apr_pool_clear(refused->memory);
    refused->all = apr_hash_make(refused->memory);
    refused->suspects = 0;
    refused->forget_at = now + STUCK_AGE;
}

void drain_refused_make(apr_pool_t *p, drain_refused_t *refused,
                        const tlsrpt_drain_calls_t *calls)
{
    refused->calls = calls;
    apr_pool_create(&refused->memory, p);
    forget(refused, 0);
}

void drain_refused_call(drain_refused_t *refused, apr_int64_t now)
{
    if (now >= refused->forget_at || now < refused->forget_at - STUCK_AGE ||
        apr_hash_count(refused->all) > REFUSED_MAX) {
        forget(refused, now);
    }
    refused->call++;
    refused->taken = refused->in_a_row = 0;
}

static refused_t *find(const drain_refused_t *refused, const char *name)
{
    return apr_hash_get(refused->all, name, APR_HASH_KEY_STRING);
}

/* Refused twice, and another one was taken: it is this report. */
static void judge(drain_refused_t *refused, apr_pool_t *p, refused_t *one)
{
    if (one->calls > 1 && (one->beside || refused->taken) && !one->stuck) {
        one->stuck = 1;
        refused->suspects--;
        refused->calls->tell(refused->calls->baton, p, one->name, NULL,
                             TLSRPT_DRAIN_STUCK, TLSRPT_STORE_NEW, one->why);
    }
}

int drain_refused_add(drain_refused_t *refused, apr_pool_t *p, const char *name,
                      const char *error)
{
    refused_t *one = find(refused, name);

    if (!one) {
        one = apr_pcalloc(refused->memory, sizeof(*one));
        one->name = apr_pstrdup(refused->memory, name);
        apr_hash_set(refused->all, one->name, APR_HASH_KEY_STRING, one);
        refused->suspects++;
    }
    one->calls++;
    one->in = refused->call;
    apr_cpystrn(one->why, error, sizeof(one->why));
    judge(refused, p, one);
    return ++refused->in_a_row < ROW_MAX;
}

void drain_refused_taken(drain_refused_t *refused, apr_pool_t *p)
{
    apr_hash_index_t *at = NULL;

    refused->taken++;
    if (refused->in_a_row) {
        at = apr_hash_first(NULL, refused->all);
        refused->in_a_row = 0;
    }
    for (; at; at = apr_hash_next(at)) {
        refused_t *one = apr_hash_this_val(at);

        if (one->in == refused->call) {
            one->beside = 1;
            judge(refused, p, one);
        }
    }
}

void drain_refused_gone(drain_refused_t *refused, const char *name)
{
    const refused_t *one = find(refused, name);

    if (one) {
        refused->suspects -= !one->stuck;
        apr_hash_set(refused->all, name, APR_HASH_KEY_STRING, NULL);
    }
}

int drain_refused_has(const drain_refused_t *refused, const char *name)
{
    return find(refused, name) != NULL;
}

const char *drain_refused_next(const drain_refused_t *refused)
{
    const refused_t *first = NULL;
    apr_hash_index_t *at;

    for (at = apr_hash_first(NULL, refused->all); at; at = apr_hash_next(at)) {
        const refused_t *one = apr_hash_this_val(at);

        if (!one->stuck && one->in != refused->call &&
            (!first || one->in < first->in)) {
            first = one;
        }
    }
    return first ? first->name : NULL;
}
