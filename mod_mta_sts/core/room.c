/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The bounds of a spool: counting what it holds, and making room.
 */
#include "core/folders.h"

#include <errno.h>
#include <unistd.h>

static int count(void *baton, const char *name, const struct stat *st)
{
    apr_off_t *sums = baton;

    (void)name;
    if (S_ISREG(st->st_mode)) {
        sums[0]++;
        sums[1] += tlsrpt_folder_size(st);
    }
    return 1;
}

void tlsrpt_spool_usage(apr_pool_t *p, tlsrpt_spool_t *spool, apr_off_t *files,
                        apr_off_t *bytes)
{
    apr_off_t sums[2] = {0, 0};

    (void)p;
    tlsrpt_folder_walk(spool->fd[FOLDER_NEW], count, sums);
    tlsrpt_folder_walk(spool->fd[FOLDER_RAW], count, sums);
    *files = sums[0];
    *bytes = sums[1];
}

/* Under the lock. */
static void recount(apr_pool_t *p, tlsrpt_spool_t *spool)
{
    apr_time_t start = apr_time_now();

    tlsrpt_spool_usage(p, spool, &spool->files, &spool->bytes);
    spool->counted = apr_time_now();
    spool->took = spool->counted - start;
    spool->put = 0;
}

/* Other processes put reports too. So: never counted; put a 64th of the bound
 * here, and so perhaps everywhere; or ten seconds old, or a hundred times what
 * counting takes. Under the lock. */
static int is_stale(const tlsrpt_spool_t *spool,
                    const tlsrpt_spool_limits_t *limits)
{
    apr_time_t age = apr_time_now() - spool->counted;

    return !spool->counted || age < 0 ||
           (limits->bytes && spool->put > limits->bytes / 64) ||
           (age > apr_time_from_sec(10) && age > 100 * spool->took);
}

static int fits(const tlsrpt_spool_t *spool, apr_off_t size,
                const tlsrpt_spool_limits_t *limits)
{
    return (!limits->files || spool->files < limits->files) &&
           (!limits->bytes || size <= limits->bytes - spool->bytes);
}

/* Remove one of raw/; 0 if it cannot be. Under the lock. */
static int drop(tlsrpt_spool_t *spool, const tlsrpt_thing_t *thing)
{
    if (unlinkat(spool->fd[FOLDER_RAW], thing->name, 0) && errno != ENOENT) {
        return 0;
    }
    spool->files--;
    spool->bytes -= thing->size;
    return 1;
}

/* Would there be room if all of these were gone? Under the lock. */
static int would_fit(const tlsrpt_spool_t *spool, const apr_array_header_t *raw,
                     apr_off_t size, const tlsrpt_spool_limits_t *limits)
{
    tlsrpt_spool_t without;
    int i;

    without.files = spool->files - raw->nelts;
    without.bytes = spool->bytes;
    for (i = 0; i < raw->nelts; i++) {
        without.bytes -= APR_ARRAY_IDX(raw, i, tlsrpt_thing_t).size;
    }
    return fits(&without, size, limits);
}

/* Remove the oldest of raw/ until an eighth of the bounds is free: so that the
 * next reports need not do it again. Where new/ alone is over the bounds, none
 * is removed in vain. */
static void make_room(apr_pool_t *p, tlsrpt_spool_t *spool, apr_off_t size,
                      const tlsrpt_spool_limits_t *limits)
{
    tlsrpt_spool_limits_t low = *limits;
    apr_array_header_t *list = tlsrpt_folder_list(p, spool->fd[FOLDER_RAW], 0);
    int i;

    low.files -= limits->files / 8;
    low.bytes -= limits->bytes / 8;
    if (!list || !would_fit(spool, list, size, limits)) {
        return;
    }
    for (i = 0; i < list->nelts && !fits(spool, size, &low); i++) {
        if (!drop(spool, &APR_ARRAY_IDX(list, i, tlsrpt_thing_t))) {
            break;
        }
    }
}

int tlsrpt_folder_free(apr_pool_t *p, tlsrpt_spool_t *spool, apr_off_t size)
{
    apr_array_header_t *list = tlsrpt_folder_list(p, spool->fd[FOLDER_RAW], 0);
    apr_off_t left = size + 1024 * 1024;
    int i;

    apr_thread_mutex_lock(spool->lock);
    for (i = 0; list && i < list->nelts && left > 0; i++) {
        const tlsrpt_thing_t *thing = &APR_ARRAY_IDX(list, i, tlsrpt_thing_t);

        if (!drop(spool, thing)) {
            break;
        }
        left -= thing->size;
    }
    apr_thread_mutex_unlock(spool->lock);
    return i > 0;
}

int tlsrpt_folder_room(apr_pool_t *p, tlsrpt_spool_t *spool, apr_off_t size,
                       const tlsrpt_spool_limits_t *limits)
{
    int good;

    if (!limits || (!limits->files && !limits->bytes)) {
        return 1;
    }
    apr_thread_mutex_lock(spool->lock);
    if (is_stale(spool, limits)) {
        recount(p, spool);
    }
    good = fits(spool, size, limits);
    /* Full: is it still? Asked once a second, and once a hundredth of the
     * time. */
    if (!good && apr_time_now() - spool->counted >
                     apr_time_from_sec(1) + 100 * spool->took) {
        recount(p, spool);
        good = fits(spool, size, limits);
    }
    if (!good && (!limits->bytes || size <= limits->bytes)) {
        make_room(p, spool, size, limits);
        good = fits(spool, size, limits);
    }
    apr_thread_mutex_unlock(spool->lock);
    return good;
}

void tlsrpt_spool_trim(apr_pool_t *p, tlsrpt_spool_t *spool,
                       const tlsrpt_spool_limits_t *limits)
{
    tlsrpt_folder_room(p, spool, 0, limits);
}

void tlsrpt_folder_took(tlsrpt_spool_t *spool, apr_off_t size)
{
    apr_thread_mutex_lock(spool->lock);
    spool->files++;
    spool->bytes += size;
    spool->put += size;
    apr_thread_mutex_unlock(spool->lock);
}
