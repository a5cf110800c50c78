/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: bounds of what a spool takes up, and what makes room.
 */
#include "unit.h"

#include <unistd.h>

#include "unit_spool.h"

static void over_a_bound_there_is_no_room(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_spool_limits_t limits = {0, 3};
    const char *name = NULL;
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        assert_int_equal(
            spool_put_within(spool, apr_psprintf(p, "{%d}", i), &limits, &name),
            0);
    }
    assert_int_equal(spool_put_within(spool, "{}", &limits, NULL), APR_ENOSPC);
    assert_int_equal(spool_put_within(spool, "{2}", &limits, NULL), APR_EEXIST);
    assert_int_equal(spool_count("new"), 3);
    assert_int_equal(spool_count("tmp"), 0);
    /* what is stored makes room */
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    assert_int_equal(spool_put_within(spool, "{}", &limits, NULL), 0);
    assert_int_equal(spool_count("raw"), 0);
}

static void a_bound_in_octets_counts_what_was_there(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_spool_limits_t limits = {3000, 0};
    apr_off_t files, bytes;
    const char *first;

    (void)state;
    assert_int_equal(spool_put(spool, unit_repeat('a', 1000), &first), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, first), 0);
    assert_int_equal(spool_put(spool, unit_repeat('b', 1000), NULL), 0);
    tlsrpt_spool_usage(p, spool, &files, &bytes);
    assert_int_equal(files, 2);
    assert_true(bytes > 2000 && bytes < 2500);
    assert_int_equal(
        spool_put_within(spool, unit_repeat('c', 2900), &limits, NULL),
        APR_ENOSPC);
    assert_int_equal(
        spool_put_within(spool, unit_repeat('d', 1300), &limits, NULL), 0);
    assert_int_equal(spool_count("raw"), 0);
    assert_int_equal(spool_count("new"), 2);
}

/* What the group put, it did not count against raw/. */
static void what_was_stored_is_trimmed_to_the_bounds(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_spool_limits_t limits = {3000, 0};
    const char *name[3];
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        assert_int_equal(
            spool_put(spool, unit_repeat((char)('a' + i), 1200), &name[i]), 0);
        assert_int_equal(tlsrpt_spool_stored(p, spool, name[i]), 0);
        spool_age("raw", name[i], 100 - i);
    }
    tlsrpt_spool_trim(p, spool, &limits);
    assert_int_equal(spool_count("raw"), 2);
    assert_int_equal(access(spool_path("raw", name[0]), F_OK), -1);
    limits.bytes = 0;
    tlsrpt_spool_trim(p, spool, &limits);
    assert_int_equal(spool_count("raw"), 2);
}

/* Holes cost nothing, and neither does what stands in front of a report. */
static void holes_take_no_room(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_spool_limits_t limits = {100000, 0};
    const char *first, *second;

    (void)state;
    assert_int_equal(spool_put(spool, "{1}", &first), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, first), 0);
    assert_int_equal(spool_put(spool, "{2}", &second), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, second), 0);
    spool_plant("new", "x", "", 0);
    assert_int_equal(truncate(spool_path("new", "x"), (off_t)1 << 40), 0);
    assert_int_equal(truncate(spool_path("raw", first), (off_t)1 << 40), 0);
    assert_int_equal(spool_put_within(spool, "{3}", &limits, NULL), 0);
    assert_int_equal(spool_count("raw"), 2);
}

static void what_waits_takes_no_copies_with_it_in_vain(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_spool_limits_t limits = {3000, 0};
    const char *name;

    (void)state;
    assert_int_equal(spool_put(spool, unit_repeat('a', 1000), &name), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    spool_plant("new", "x", unit_repeat('x', 3000), 0);
    assert_int_equal(spool_put_within(spool, "{}", &limits, NULL), APR_ENOSPC);
    assert_int_equal(spool_count("raw"), 1);
    assert_int_equal(unlink(spool_path("new", "x")), 0);
    assert_int_equal(spool_put_within(spool_again(), "{}", &limits, NULL), 0);
    assert_int_equal(spool_count("raw"), 1);
}

/* A file with many names is on the disk once. */
static void links_take_no_room(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_spool_limits_t limits = {100000, 0};
    apr_off_t files, bytes;
    int i;

    (void)state;
    spool_plant("new", "x", unit_repeat('x', 60000), 0);
    for (i = 0; i < 50; i++) {
        assert_int_equal(link(spool_path("new", "x"),
                              spool_path("new", apr_psprintf(p, "x%d", i))),
                         0);
    }
    tlsrpt_spool_usage(p, spool, &files, &bytes);
    assert_in_range(bytes, 59000, 60000);
    assert_int_equal(spool_put_within(spool, "{1}", &limits, NULL), 0);
    spool_plant("new", "y", unit_repeat('x', 60000), 0);
    spool = spool_again();
    assert_int_equal(spool_put_within(spool, "{2}", &limits, NULL), APR_ENOSPC);
}

int main(void)
{
    PROMISE(over_a_bound_there_is_no_room);
    PROMISE(a_bound_in_octets_counts_what_was_there);
    PROMISE(what_was_stored_is_trimmed_to_the_bounds);
    PROMISE(holes_take_no_room);
    PROMISE(what_waits_takes_no_copies_with_it_in_vain);
    PROMISE(links_take_no_room);
    return unit_run("spool_room");
}
