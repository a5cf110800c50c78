/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A spool of the test that runs, in a folder that goes with the test's pool;
 * and hands that may reach into it as a member of its group may.
 */
#ifndef T_UNIT_UNIT_SPOOL_H
#define T_UNIT_UNIT_SPOOL_H

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>
#include <utime.h>

#include "core/spool.h"

static const tlsrpt_origin_t spool_origin = {
    TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, 1790000000, "192.0.2.1", "", ""};

static char *spool_folder;

/* A path below the spool. */
static inline const char *spool_path(const char *folder, const char *name)
{
    return apr_pstrcat(p, spool_folder, *folder ? "/" : "", folder, "/", name,
                       NULL);
}

static inline apr_status_t spool_remove(void *data)
{
    char command[300];

    snprintf(command, sizeof(command), "rm -rf '%s'", (const char *)data);
    return system(command) ? APR_EGENERAL : APR_SUCCESS;
}

/** The same spool, opened once more. */
static inline tlsrpt_spool_t *spool_again(void)
{
    tlsrpt_spool_t *spool = NULL;
    const char *why = "";

    if (tlsrpt_spool_open(p, spool_folder, &spool, &why)) {
        fail_msg("%s", why);
    }
    return spool;
}

/** A new spool. */
static inline tlsrpt_spool_t *spool_new(void)
{
    char *base = apr_pstrdup(p, "/tmp/unit-spool-XXXXXX");

    assert_non_null(mkdtemp(base));
    apr_pool_cleanup_register(p, base, spool_remove, apr_pool_cleanup_null);
    spool_folder = apr_pstrcat(p, base, "/spool", NULL);
    return spool_again();
}

static inline apr_status_t spool_put_within(tlsrpt_spool_t *spool,
                                            const char *json,
                                            const tlsrpt_spool_limits_t *limits,
                                            const char **name)
{
    return tlsrpt_spool_put(p, spool, &spool_origin, json, strlen(json), limits,
                            name);
}

static inline apr_status_t spool_put(tlsrpt_spool_t *spool, const char *json,
                                     const char **name)
{
    return spool_put_within(spool, json, NULL, name);
}

/** The JSON of an entry; NULL if it is none. */
static inline const char *spool_json(tlsrpt_spool_t *spool, const char *name)
{
    tlsrpt_origin_t origin;
    const char *json = NULL;
    apr_size_t len;

    return tlsrpt_spool_read(p, spool, name, 1 << 20, &origin, &json, &len)
               ? NULL
               : json;
}

/** The name of the only entry that is listed. */
static inline const char *spool_only(tlsrpt_spool_t *spool)
{
    apr_array_header_t *list = tlsrpt_spool_list(p, spool, 10, NULL);

    assert_non_null(list);
    assert_int_equal(list->nelts, 1);
    return APR_ARRAY_IDX(list, 0, const char *);
}

/** Put a file there, so many seconds old. */
static inline void spool_plant(const char *folder, const char *name,
                               const char *text, int age)
{
    const char *path = spool_path(folder, name);
    FILE *f = fopen(path, "w");
    struct utimbuf times;

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    times.actime = times.modtime = time(NULL) - age;
    assert_int_equal(utime(path, &times), 0);
}

/** Make a file so many seconds old. */
static inline void spool_age(const char *folder, const char *name, int age)
{
    struct utimbuf times;

    times.actime = times.modtime = time(NULL) - age;
    assert_int_equal(utime(spool_path(folder, name), &times), 0);
}

/* All that is in a folder: how many, the largest, what one of the files says.
 */
static inline int spool_look(const char *folder, long *largest,
                             const char **text)
{
    DIR *dir = opendir(spool_path(folder, "."));
    struct dirent *d;
    int n = 0;

    assert_non_null(dir);
    while ((d = readdir(dir))) {
        const char *path = spool_path(folder, d->d_name);
        struct stat st;

        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..")) {
            continue;
        }
        n++;
        if (lstat(path, &st) || !S_ISREG(st.st_mode)) {
            continue;
        }
        if (largest && st.st_size > *largest) {
            *largest = (long)st.st_size;
        }
        if (text) {
            char *data = apr_pcalloc(p, (apr_size_t)st.st_size + 1);
            FILE *f = fopen(path, "r");

            assert_non_null(f);
            assert_int_equal(fread(data, 1, (size_t)st.st_size, f), st.st_size);
            fclose(f);
            *text = data;
        }
    }
    closedir(dir);
    return n;
}

static inline int spool_count(const char *folder)
{
    return spool_look(folder, NULL, NULL);
}

static inline long spool_largest(const char *folder)
{
    long largest = 0;

    spool_look(folder, &largest, NULL);
    return largest;
}

static inline const char *spool_any(const char *folder)
{
    const char *text = NULL;

    spool_look(folder, NULL, &text);
    return text;
}

#endif
