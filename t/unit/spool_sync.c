/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: what is answered to be there is on the disk. fsync() is this
 * file's: it looks at the spool when it is called, and fails if it is told to.
 */
#include "unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit_spool.h"

#define CALLS_MAX 8

/* What was synced, in this order: a file, or which folder; and how many entries
 * new/ had then. */
static struct {
    const char *what;
    int entries;
} synced[CALLS_MAX];
static int calls, fail_at; /* the which call fails; 0: none */

static const char *what_is(int fd)
{
    static const char *const folders[] = {"new", "raw", "bad"};
    struct stat st, folder;
    size_t i;

    if (fstat(fd, &st) || S_ISREG(st.st_mode)) {
        return "file";
    }
    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (!stat(spool_path("", folders[i]), &folder) &&
            folder.st_ino == st.st_ino && folder.st_dev == st.st_dev) {
            return folders[i];
        }
    }
    return "?";
}

int fsync(int fd)
{
    if (calls < CALLS_MAX) {
        synced[calls].what = what_is(fd);
        synced[calls].entries = spool_count("new");
    }
    if (++calls == fail_at) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

static tlsrpt_spool_t *fresh(int fail)
{
    tlsrpt_spool_t *spool = spool_new();

    calls = 0;
    fail_at = fail;
    return spool;
}

static void again(int fail)
{
    calls = 0;
    fail_at = fail;
}

static apr_status_t put_bad(tlsrpt_spool_t *spool, tlsrpt_channel_e channel)
{
    tlsrpt_origin_t origin = spool_origin;

    origin.channel = channel;
    return tlsrpt_spool_put_bad(p, spool, &origin, "why", "x", 1);
}

/* ---- promises ---- */

static void a_report_is_on_the_disk_before_it_has_its_name(void **state)
{
    tlsrpt_spool_t *spool = fresh(0);

    (void)state;
    assert_int_equal(spool_put(spool, "{}", NULL), 0);
    assert_int_equal(calls, 2);
    assert_string_equal(synced[0].what, "file");
    assert_int_equal(synced[0].entries, 0);
    assert_string_equal(synced[1].what, "new");
    assert_int_equal(synced[1].entries, 1);
}

/* Whichever of the two fails. */
static void what_cannot_be_synced_is_not_there(void **state)
{
    int fail;

    (void)state;
    for (fail = 1; fail <= 2; fail++) {
        tlsrpt_spool_t *spool = fresh(fail);

        assert_int_equal(spool_put(spool, "{}", NULL), EIO);
        assert_int_equal(spool_count("new"), 0);
        assert_int_equal(spool_count("tmp"), 0);
        again(0);
        assert_int_equal(spool_put(spool, "{}", NULL), 0);
    }
}

/* Another process may have put it, and not have come to sync it. */
static void what_is_there_already_is_on_the_disk(void **state)
{
    tlsrpt_spool_t *spool = fresh(0);
    const char *name;

    (void)state;
    assert_int_equal(spool_put(spool, "{}", &name), 0);
    again(0);
    assert_int_equal(spool_put(spool, "{}", NULL), APR_EEXIST);
    assert_int_equal(calls, 1);
    assert_string_equal(synced[0].what, "new");
    again(1);
    assert_int_equal(spool_put(spool, "{}", NULL), EIO);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    again(0);
    assert_int_equal(spool_put(spool, "{}", NULL), APR_EEXIST);
    assert_int_equal(calls, 1);
    assert_string_equal(synced[0].what, "raw");
    again(1);
    assert_int_equal(spool_put(spool, "{}", NULL), EIO);
    assert_int_equal(spool_count("raw"), 1);
}

/* Nobody sends a mail again; a POST is refused, and nobody waits for its disk.
 */
static void what_is_bad_of_a_mail_is_on_the_disk(void **state)
{
    tlsrpt_spool_t *spool = fresh(0);

    (void)state;
    assert_int_equal(put_bad(spool, TLSRPT_CHANNEL_HTTPS), 0);
    assert_int_equal(calls, 0);
    assert_int_equal(put_bad(spool, TLSRPT_CHANNEL_MAIL), 0);
    assert_int_equal(calls, 2);
    assert_string_equal(synced[0].what, "file");
    assert_string_equal(synced[1].what, "bad");
    again(1);
    assert_int_equal(put_bad(spool, TLSRPT_CHANNEL_MAIL), EIO);
    again(2);
    assert_int_equal(put_bad(spool, TLSRPT_CHANNEL_MAIL), EIO);
    assert_int_equal(spool_count("tmp"), 0);
}

/* It leaves new/ only when its copy is on the disk, or as it is. */
static void what_is_rejected_is_on_the_disk(void **state)
{
    int fail;

    (void)state;
    for (fail = 0; fail <= 2; fail++) {
        tlsrpt_spool_t *spool = fresh(0);
        const char *name;

        assert_int_equal(spool_put(spool, "{}", &name), 0);
        again(fail);
        assert_int_equal(tlsrpt_spool_reject(p, spool, name, "why"), 0);
        assert_string_equal(synced[0].what, "file");
        assert_int_equal(synced[0].entries, 1);
        assert_int_equal(spool_count("new"), 0);
        assert_true(spool_count("bad") >= 1);
    }
}

int main(void)
{
    PROMISE(a_report_is_on_the_disk_before_it_has_its_name);
    PROMISE(what_cannot_be_synced_is_not_there);
    PROMISE(what_is_there_already_is_on_the_disk);
    PROMISE(what_is_bad_of_a_mail_is_on_the_disk);
    PROMISE(what_is_rejected_is_on_the_disk);
    return unit_run("spool_sync");
}
