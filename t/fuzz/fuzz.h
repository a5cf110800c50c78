/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets share. A target is one function that takes any octets
 * and checks what must be true of the answers, whatever the octets.
 *
 * Compiled with -fsanitize=fuzzer it is a fuzzer. Compiled with
 * -DFUZZ_MAIN='"NAME"' it is a test that runs over the files named, or over
 * t/fuzz/corpus/NAME, and says TAP.
 */
#ifndef T_FUZZ_FUZZ_H
#define T_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "core/octets.h"

/** The target: the data is not terminated, the pool is empty. */
static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(truth)                                                           \
    do {                                                                       \
        if (!(truth)) {                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__,       \
                    #truth);                                                   \
            abort();                                                           \
        }                                                                      \
    } while (0)

static apr_status_t fuzz_free(void *memory)
{
    free(memory);
    return APR_SUCCESS;
}

/*
 * An allocation of its own for each apr_palloc() of ours (by the linker's
 * --wrap), so that the sanitizer sees an octet too many, which a pool hides.
 */
void *__wrap_apr_palloc(apr_pool_t *p, apr_size_t size);

void *__wrap_apr_palloc(apr_pool_t *p, apr_size_t size)
{
    void *memory = malloc(size);

    CHECK(memory != NULL);
    memset(memory, 0xa5, size); /* who reads before writing reads this */
    apr_pool_cleanup_register(p, memory, fuzz_free, apr_pool_cleanup_null);
    return memory;
}

/** The data as a C string of exactly its size; a NUL in it ends it. */
static inline char *fuzz_string(apr_pool_t *p, const uint8_t *data, size_t size)
{
    char *text = __wrap_apr_palloc(p, size + 1);

    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    return text;
}

/** A sentence is printable ASCII, and there is one. */
static inline void fuzz_sentence(const char *text)
{
    CHECK(text[0] != '\0');
    for (; *text; text++) {
        CHECK(mta_sts_is_print(*text));
    }
}

/* One pool for all runs; what a run allocated is gone when it ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *pool;

    if (!pool) {
        CHECK(apr_initialize() == APR_SUCCESS);
        CHECK(apr_pool_create(&pool, NULL) == APR_SUCCESS);
    }
    fuzz_one(pool, data, size);
    apr_pool_clear(pool);
    return 0;
}

#ifdef FUZZ_MAIN

/* Run over one file; the copy has the file's size, for the sanitizers. */
static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;
    int done = 0;

    if (file && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
    }
    if (size >= 0) {
        data = malloc(size ? (size_t)size : 1);
    }
    if (data && fseek(file, 0, SEEK_SET) == 0 &&
        fread(data, 1, (size_t)size, file) == (size_t)size) {
        LLVMFuzzerTestOneInput(data, (size_t)size);
        done = 1;
    }
    free(data);
    if (file) {
        fclose(file);
    }
    return done;
}

/* The files of the corpus, by name: a test has a number that stays. */
static apr_array_header_t *corpus(apr_pool_t *p, const char *folder)
{
    apr_array_header_t *paths = apr_array_make(p, 16, sizeof(const char *));
    apr_finfo_t found;
    apr_dir_t *dir;
    int i;

    CHECK(apr_dir_open(&dir, folder, p) == APR_SUCCESS);
    while (apr_dir_read(&found, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        const char *path = apr_pstrcat(p, folder, "/", found.name, NULL);

        if (found.name[0] == '.') {
            continue;
        }
        APR_ARRAY_PUSH(paths, const char *) = path;
        for (i = paths->nelts - 1; i > 0; i--) {
            const char **list = (const char **)paths->elts;

            if (strcmp(list[i - 1], path) < 0) {
                break;
            }
            list[i] = list[i - 1];
            list[i - 1] = path;
        }
    }
    apr_dir_close(dir);
    return paths;
}

int main(int argc, const char *const *argv)
{
    apr_array_header_t *paths;
    apr_pool_t *p;
    int i, failed = 0;

    CHECK(apr_initialize() == APR_SUCCESS);
    CHECK(apr_pool_create(&p, NULL) == APR_SUCCESS);
    if (argc > 1) {
        paths = apr_array_make(p, argc, sizeof(const char *));
        for (i = 1; i < argc; i++) {
            APR_ARRAY_PUSH(paths, const char *) = argv[i];
        }
    }
    else {
        paths = corpus(p, "t/fuzz/corpus/" FUZZ_MAIN);
    }
    printf("1..%d\n", paths->nelts);
    for (i = 0; i < paths->nelts; i++) {
        const char *path = APR_ARRAY_IDX(paths, i, const char *);
        int done;

        /* said first, so that a run that aborts names its file */
        printf("# %s\n", path);
        fflush(stdout);
        done = replay(path);
        failed += !done;
        printf("%sok %d - replays %s\n", done ? "" : "not ", i + 1, path);
    }
    apr_pool_destroy(p);
    return failed || paths->nelts == 0;
}

#endif

#endif
