/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: tidying up takes what is old, and no more.
 */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/entry.h"
#include "unit_spool.h"

/* A time of modification, in seconds since 1970. */
static apr_int64_t changed(const char *folder, const char *name)
{
    struct stat st;

    assert_int_equal(stat(spool_path(folder, name), &st), 0);
    return st.st_mtime;
}

static void tidying_up_takes_what_is_old(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    apr_int64_t now;
    const char *old, *young, *future;
    int i;

    (void)state;
    assert_int_equal(spool_put(spool, "{1}", &old), 0);
    assert_int_equal(spool_put(spool, "{2}", &young), 0);
    assert_int_equal(spool_put(spool, "{3}", &future), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, old), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, young), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, future), 0);
    spool_age("raw", old, 1001);
    spool_age("raw", young, 900);
    spool_age("raw", future, -100000); /* the clock was set back since */
    spool_plant("tmp", "1.left", "half", 3601);
    spool_plant("tmp", "2.busy", "half", 3000);
    spool_plant("tmp", "3.future", "half", -4000);
    spool_plant("tmp", "4.soon", "half", -3000);
    for (i = 0; i < TLSRPT_BAD_KEPT + 2; i++) {
        spool_plant("bad", apr_psprintf(p, "b%d", i), "bad", 100 * i);
    }
    spool_plant("new", "waits.for.ever", "x", 100000);
    now = apr_time_sec(apr_time_now()); /* after what is so old by now */
    assert_int_equal(tlsrpt_spool_expire(p, spool, now, 1000), 1 + 2 + 2);
    assert_int_equal(spool_count("raw"), 2);
    assert_int_equal(spool_count("tmp"), 2);
    assert_int_equal(spool_count("bad"), TLSRPT_BAD_KEPT);
    assert_int_equal(spool_count("new"), 1);
    assert_int_equal(access(spool_path("bad", "b21"), F_OK), -1);
    assert_int_equal(access(spool_path("bad", "b0"), F_OK), 0);
    assert_int_equal(tlsrpt_spool_expire(p, spool, now, 1000), 0);
}

#define NOBODY 65534

/* Of the group, under the name of no entry: only root can show it. */
static void strays_of_the_group_leave_new(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const apr_int64_t now = apr_time_sec(apr_time_now());
    const char *names[] = {"old", "young", "soon", "future", "folder", NULL};
    size_t i;

    (void)state;
    assert_int_equal(spool_put(spool, "{}", &names[5]), 0); /* it waits */
    spool_age("new", names[5], 4000);
    spool_plant("new", "old", unit_repeat('x', 100000), 4000);
    spool_plant("new", "young", "x", 3000);
    spool_plant("new", "soon", "x", -3000);
    spool_plant("new", "future", "x", -4000);
    spool_plant("new", "owner", "x", 4000);
    assert_int_equal(mkdir(spool_path("new", "folder"), 0777), 0);
    spool_age("new", "folder", 4000);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(chown(spool_path("new", names[i]), NOBODY, 0), 0);
    }
    assert_int_equal(tlsrpt_spool_expire(p, spool, now, 1000), 3);
    assert_int_equal(spool_count("new"), 4);
    assert_int_equal(access(spool_path("new", "young"), F_OK), 0);
    assert_int_equal(access(spool_path("new", "soon"), F_OK), 0);
    assert_int_equal(access(spool_path("new", "owner"), F_OK), 0);
    assert_int_equal(access(spool_path("new", names[5]), F_OK), 0);
    assert_int_equal(spool_count("bad"), 2);
    assert_true(spool_largest("bad") < TLSRPT_BAD_SIZE + TLSRPT_ENTRY_HEAD_MAX);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, changed("new", "young") + 3600, 1000), 0);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, changed("new", "young") + 3601, 1000), 1);
}

static void as_old_as_is_kept_is_not_too_old(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *name;

    (void)state;
    assert_int_equal(spool_put(spool, "{}", &name), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    spool_plant("tmp", "left", "half", 0);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, changed("raw", name) + 60, 60), 0);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, changed("raw", name) + 61, 60), 1);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, changed("tmp", "left") + 3600, 60), 0);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, changed("tmp", "left") + 3601, 60), 1);
    spool_plant("tmp", "soon", "half", 0);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, changed("tmp", "soon") - 3600, 60), 0);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, changed("tmp", "soon") - 3601, 60), 1);
}

/* No name helps it: links, folders. They are nobody's reports. */
static void what_is_no_file_goes(void **state)
{
    const char *const folders[] = {"new", "bad"};
    tlsrpt_spool_t *spool = spool_new();
    const apr_int64_t now = apr_time_sec(apr_time_now());
    const char *entry = apr_psprintf(p, "%064x-3", 1);
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        assert_int_equal(mkdir(spool_path(folders[i], entry), 0777), 0);
        spool_age(folders[i], entry, 4000);
        assert_int_equal(mkfifo(spool_path(folders[i], "fifo"), 0666), 0);
        spool_age(folders[i], "fifo", 4000);
        assert_int_equal(mkfifo(spool_path(folders[i], "young"), 0666), 0);
        assert_int_equal(chown(spool_path(folders[i], entry), NOBODY, 0) |
                             chown(spool_path(folders[i], "fifo"), NOBODY, 0) |
                             chown(spool_path(folders[i], "young"), NOBODY, 0),
                         0);
    }
    spool_plant("bad", "file", "x", 4000);
    assert_int_equal(tlsrpt_spool_expire(p, spool, now, 1000), 4);
    assert_int_equal(spool_count("new"), 1);
    assert_int_equal(spool_count("bad"), 2);
    assert_int_equal(access(spool_path("bad", "young"), F_OK), 0);
    assert_int_equal(access(spool_path("bad", "file"), F_OK), 0);
}

int main(void)
{
    PROMISE(tidying_up_takes_what_is_old);
    if (geteuid() == 0) { /* files of two users */
        PROMISE(strays_of_the_group_leave_new);
        PROMISE(what_is_no_file_goes);
    }
    PROMISE(as_old_as_is_kept_is_not_too_old);
    return unit_run("spool_expire");
}
