/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the unit tests share: a pool for each test, the labelled vectors, and a
 * list of tests that says TAP. To be run from the root of the repository.
 *
 * A test is a function whose name says which promise it protects. (Never use
 * cmocka's skip(): its TAP for that is "not ok", which prove counts as failed.)
 */
#ifndef T_UNIT_UNIT_H
#define T_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_tables.h>

#define UNIT_TESTS_MAX 256

/** The pool of the test that runs. */
static apr_pool_t *p;

static struct CMUnitTest unit_tests[UNIT_TESTS_MAX];
static size_t unit_count;

/** The vectors in use; a test file has one list of them at most. */
static json_t *unit_vectors;

static inline int unit_setup(void **state)
{
    (void)state;
    return apr_pool_create(&p, NULL) == APR_SUCCESS ? 0 : -1;
}

static inline int unit_teardown(void **state)
{
    (void)state;
    apr_pool_destroy(p);
    return 0;
}

static inline void unit_add(const char *name, CMUnitTestFunction function,
                            void *state)
{
    struct CMUnitTest test = {name, function, unit_setup, unit_teardown, state};

    if (unit_count == UNIT_TESTS_MAX) {
        abort();
    }
    unit_tests[unit_count++] = test;
}

/** Add a test: the function's name is the test's. */
#define PROMISE(function) unit_add(#function, function, NULL)

/**
 * Add a test for each vector of t/vectors/NAME.json: the function finds the
 * vector in *state.
 */
static inline void unit_add_vectors(const char *name,
                                    CMUnitTestFunction function)
{
    char *path = malloc(strlen(name) + 32);
    json_error_t why;
    json_t *list, *vector;
    size_t i;

    sprintf(path, "t/vectors/%s.json", name);
    list = json_load_file(path, JSON_ALLOW_NUL, &why);
    if (!list || json_array_size(list) == 0) {
        fprintf(stderr, "%s: %s (run me from the root of the repository)\n",
                path, why.text);
        exit(2);
    }
    free(path);
    unit_vectors = list;
    json_array_foreach(list, i, vector)
    {
        const char *label = json_string_value(json_object_get(vector, "name"));

        if (!label) {
            abort();
        }
        unit_add(label, function, vector);
    }
}

/** Run what was added, and answer what main() is to answer. */
static inline int unit_run(const char *name)
{
    int failed;

    apr_initialize();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    failed = _cmocka_run_group_tests(name, unit_tests, unit_count, NULL, NULL);
    apr_terminate();
    json_decref(unit_vectors);
    return failed ? 1 : 0;
}

/** Compare texts that may be NULL, and name the input when they differ. */
static inline void unit_same(const char *input, const char *got,
                             const char *wanted)
{
    if (!got && !wanted) {
        return;
    }
    if (!got || !wanted || strcmp(got, wanted) != 0) {
        fail_msg("for \"%s\": got \"%s\", wanted \"%s\"", input,
                 got ? got : "(NULL)", wanted ? wanted : "(NULL)");
    }
}

/** c, n times, in the pool. */
static inline char *unit_repeat(char c, size_t n)
{
    char *text = apr_palloc(p, n + 1);

    memset(text, c, n);
    text[n] = '\0';
    return text;
}

#endif
