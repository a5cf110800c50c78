/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: what cannot be read is kept in bad/, cut, and the
 * oldest goes when there are many.
 */
#include "unit.h"

#include <unistd.h>

#include "core/entry.h"
#include "unit_spool.h"

static void bad_bodies_are_cut_and_few(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    char *big = unit_repeat('b', 100000);
    int i;

    (void)state;
    for (i = 0; i < TLSRPT_BAD_KEPT + 15; i++) {
        tlsrpt_spool_put_bad(p, spool, &spool_origin, "too\nlong", big, 100000);
        assert_true(spool_count("bad") <= TLSRPT_BAD_KEPT);
    }
    assert_int_equal(spool_count("bad"), TLSRPT_BAD_KEPT);
    assert_int_equal(spool_count("tmp"), 0);
    assert_true(spool_largest("bad") >= TLSRPT_BAD_SIZE);
    assert_true(spool_largest("bad") < TLSRPT_BAD_SIZE + TLSRPT_ENTRY_HEAD_MAX);
    assert_non_null(strstr(spool_any("bad"), "Reason: too?long\n"));
}

static void rejected_goes_to_bad_with_the_reason(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *name;

    (void)state;
    assert_int_equal(spool_put(spool, "{\"a\":1}", &name), 0);
    assert_int_equal(tlsrpt_spool_reject(p, spool, name, "no policies"), 0);
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(spool_count("bad"), 1);
    assert_non_null(strstr(spool_any("bad"), "Reason: no policies\n"));
    assert_non_null(strstr(spool_any("bad"), "{\"a\":1}"));
    assert_int_equal(spool_put(spool, "{\"a\":1}", NULL), 0);
}

/* bad/ is gone: then it can be neither copied nor moved there. */
static void what_cannot_be_rejected_stays(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *name;

    (void)state;
    assert_int_equal(spool_put(spool, "{}", &name), 0);
    assert_int_equal(rmdir(spool_path("", "bad")), 0);
    assert_int_not_equal(
        tlsrpt_spool_put_bad(p, spool, &spool_origin, "why", "x", 1), 0);
    assert_int_not_equal(tlsrpt_spool_reject(p, spool, name, "why"), 0);
    unit_same("it stays", spool_json(spool, name), "{}");
    assert_int_equal(spool_count("tmp"), 0);
}

/* Else nothing that comes could ever take their places. */
static void bad_bodies_of_the_future_are_the_oldest(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    int i;

    (void)state;
    for (i = 0; i < TLSRPT_BAD_KEPT; i++) {
        spool_plant("bad", apr_psprintf(p, "f%d", i), "x", -100000);
    }
    assert_int_equal(
        tlsrpt_spool_put_bad(p, spool, &spool_origin, "why", "it", 2), 0);
    assert_int_equal(spool_count("bad"), TLSRPT_BAD_KEPT);
    assert_true(spool_largest("bad") > 1);
}

int main(void)
{
    PROMISE(bad_bodies_are_cut_and_few);
    PROMISE(rejected_goes_to_bad_with_the_reason);
    PROMISE(what_cannot_be_rejected_stays);
    PROMISE(bad_bodies_of_the_future_are_the_oldest);
    return unit_run("spool_bad");
}
