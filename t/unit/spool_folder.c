/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: the folders of a spool are made, and refused if they are wrong;
 * that they are moved away is noticed.
 */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "unit_spool.h"

static void folders_are_made_for_owner_and_group(void **state)
{
    struct stat st;

    (void)state;
    spool_new();
    assert_int_equal(stat(spool_path("", "."), &st), 0);
    assert_int_equal(st.st_mode & 07777, 02750);
    assert_int_equal(stat(spool_path("new", "."), &st), 0);
    assert_int_equal(st.st_mode & 07777, 03770);
    assert_int_equal(stat(spool_path("tmp", "."), &st), 0);
    assert_int_equal(st.st_mode & 07777, 03770);
    assert_int_equal(stat(spool_path("raw", "."), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(spool_path("bad", "."), &st), 0);
    assert_int_equal(st.st_mode & 07777, 03730);
}

static void what_cannot_be_opened_is_said(void **state)
{
    tlsrpt_spool_t *spool = NULL;
    const char *why = NULL, *folder;

    (void)state;
    spool_new();
    folder = spool_path("", "no/such");
    assert_int_equal(tlsrpt_spool_open(p, folder, &spool, &why), ENOENT);
    assert_non_null(strstr(why, folder));
    assert_non_null(strstr(why, "cannot be made"));
    why = tlsrpt_spool_check(p, folder, (apr_int64_t)geteuid());
    assert_non_null(strstr(why, "so that the spool cannot be made"));

    folder = spool_path("", ".");
    unit_same("sound", tlsrpt_spool_check(p, folder, (apr_int64_t)geteuid()),
              NULL);
    why = tlsrpt_spool_check(p, folder, (apr_int64_t)geteuid() + 1);
    assert_non_null(strstr(why, "belongs to the user number"));
    spool_plant("", "file", "x", 0);
    folder = spool_path("", "file");
    assert_true(tlsrpt_spool_open(p, folder, &spool, &why) != 0);
    assert_non_null(strstr(
        tlsrpt_spool_check(p, folder, (apr_int64_t)geteuid()), "is no folder"));
    assert_null(spool);
}

static void a_folder_that_is_a_link_is_refused(void **state)
{
    tlsrpt_spool_t *spool = NULL;
    const char *why = NULL;

    (void)state;
    spool_new();
    assert_int_equal(rename(spool_path("", "new"), spool_path("", "moved")), 0);
    assert_int_equal(symlink("moved", spool_path("", "new")), 0);
    assert_true(tlsrpt_spool_open(p, spool_path("", "."), &spool, &why) != 0);
    assert_non_null(strstr(why, "/new cannot be opened"));
}

/* An entry that stays in new/ would be stored again and again. */
static void without_raw_nothing_was_moved_there(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *name;

    (void)state;
    assert_int_equal(spool_put(spool, "{}", &name), 0);
    assert_int_equal(tlsrpt_spool_moved(spool), 0);
    assert_int_equal(rmdir(spool_path("", "raw")), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), APR_ENOENT);
    assert_int_equal(tlsrpt_spool_foreign(p, spool, name), APR_ENOENT);
    assert_int_equal(tlsrpt_spool_moved(spool), 1);
    spool = spool_again();
    assert_int_equal(tlsrpt_spool_moved(spool), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    assert_int_equal(spool_count("raw"), 1);
    assert_int_equal(rename(spool_path("", "new"), spool_path("", "old")), 0);
    assert_int_equal(mkdir(spool_path("", "new"), 0700), 0);
    assert_int_equal(tlsrpt_spool_moved(spool), 1);
}

int main(void)
{
    PROMISE(without_raw_nothing_was_moved_there);
    PROMISE(folders_are_made_for_owner_and_group);
    PROMISE(what_cannot_be_opened_is_said);
    PROMISE(a_folder_that_is_a_link_is_refused);
    return unit_run("spool_folder");
}
