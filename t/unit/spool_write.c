/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: a write of which a part fails leaves nothing, whichever part it
 * is. write() and close() are this file's, and fail if they are told to.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit_spool.h"

/* An entry is written by three calls: its head, a blank line, the report. */
#define WRITES 3

static int writes, fail_at; /* the which write fails; 0: none */
static int fails_with;      /* errno */
static int one_octet;       /* a write takes no more, and every other none */
static int close_fails;     /* that of a file which is written */

ssize_t write(int fd, const void *data, size_t len)
{
    if (++writes == fail_at) {
        errno = fails_with;
        return -1;
    }
    if (one_octet && writes % 2) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_write, fd, data, one_octet && len ? 1 : len);
}

int close(int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    const int rv = (int)syscall(SYS_close, fd);

    if (close_fails && flags != -1 && (flags & O_ACCMODE) == O_WRONLY) {
        errno = close_fails;
        return -1;
    }
    return rv;
}

/* From now on: the which write fails, and how. */
static void fail_write(int at, int with)
{
    writes = 0;
    fail_at = at;
    fails_with = with;
}

static tlsrpt_spool_t *fresh(void)
{
    fail_write(0, 0);
    one_octet = close_fails = 0;
    return spool_new();
}

static void is_empty(tlsrpt_spool_t *spool)
{
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(spool_count("tmp"), 0);
    assert_int_equal(spool_put(spool, "{}", NULL), 0);
}

/* ---- promises ---- */

/* Also when there is room again for what comes after it. */
static void whichever_write_fails_nothing_is_left(void **state)
{
    int at;

    (void)state;
    for (at = 1; at <= WRITES; at++) {
        tlsrpt_spool_t *spool = fresh();

        fail_write(at, EIO);
        assert_int_equal(spool_put(spool, "{}", NULL), EIO);
        assert_int_equal(writes, at);
        fail_write(at, ENOSPC);
        assert_int_equal(spool_put(spool, "{}", NULL), APR_ENOSPC);
        assert_int_equal(writes, at); /* nothing makes room: once is enough */
        fail_write(0, 0);
        is_empty(spool);
        assert_int_equal(writes, WRITES);
    }
}

/* A file system on a network may say it as late as that. */
static void a_file_that_cannot_be_closed_is_not_there(void **state)
{
    tlsrpt_spool_t *spool = fresh();

    (void)state;
    close_fails = EIO;
    assert_int_equal(spool_put(spool, "{}", NULL), EIO);
    close_fails = ENOSPC;
    assert_int_equal(spool_put(spool, "{}", NULL), APR_ENOSPC);
    close_fails = 0;
    is_empty(spool);
}

static void a_write_goes_on_where_it_stopped(void **state)
{
    tlsrpt_spool_t *spool = fresh();
    const char *json = "{\"organization-name\":\"one by one\"}";

    (void)state;
    one_octet = 1;
    assert_int_equal(spool_put(spool, json, NULL), 0);
    one_octet = 0;
    unit_same("one by one", spool_json(spool, spool_only(spool)), json);
}

/* The quota of the user is used up: the disk is full, for him. Copies make
 * room, as they do on a full disk. */
static void a_quota_of_the_disk_is_a_full_disk(void **state)
{
    tlsrpt_spool_t *spool = fresh();
    const char *name;

    (void)state;
    fail_write(1, EDQUOT);
    assert_int_equal(spool_put(spool, "{}", NULL), APR_ENOSPC);
    fail_write(0, 0);
    assert_int_equal(spool_put(spool, "{}", &name), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    fail_write(1, EDQUOT);
    assert_int_equal(spool_put(spool, "{\"x\":1}", NULL), 0);
    assert_int_equal(spool_count("raw"), 0);
    assert_int_equal(spool_count("new"), 1);
}

/* And the copies stay. */
static void another_error_takes_no_copies(void **state)
{
    tlsrpt_spool_t *spool = fresh();
    const char *name;

    (void)state;
    assert_int_equal(spool_put(spool, "{}", &name), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    fail_write(1, EIO);
    assert_int_equal(spool_put(spool, "{\"x\":1}", NULL), EIO);
    fail_write(0, 0);
    assert_int_equal(spool_count("raw"), 1);
}

int main(void)
{
    PROMISE(whichever_write_fails_nothing_is_left);
    PROMISE(a_file_that_cannot_be_closed_is_not_there);
    PROMISE(a_write_goes_on_where_it_stopped);
    PROMISE(a_quota_of_the_disk_is_a_full_disk);
    PROMISE(another_error_takes_no_copies);
    return unit_run("spool_write");
}
