/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store_file.c: the file of SQLite, and its log.
 */
#include "unit_store.h"

#include <sys/stat.h>

static const char *beside(const char *name)
{
    return apr_pstrcat(p, strchr(where, ':') + 1, name, NULL);
}

static long size_of_log(void)
{
    struct stat st;

    return stat(beside("-wal"), &st) ? -1 : (long)st.st_size;
}

/* In the middle of a batch, a backup is put in its place or there is none: the
 * batch is not committed, and the log of the old file does not get to the new
 * one. */
static void a_file_that_is_replaced_or_removed_is_noticed(void **state)
{
    static const tlsrpt_origin_t origin = {
        TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, NOW, "", "", ""};
    tlsrpt_store_t *reader;
    tlsrpt_store_e how;
    const char *ignored;
    int removed;

    (void)state;
    for (removed = 0; removed < 2; removed++) {
        empty();
        if (store->dialect != STORE_SQLITE) {
            assert_null(tlsrpt_store_moved(p, store));
            return;
        }
        https(simple("a", "5"), "r1");
        tlsrpt_store_rest(p, store);
        assert_int_equal(system(apr_psprintf(p, "cp '%s' '%s'", beside(""),
                                             beside(".backup"))),
                         0);
        must(tlsrpt_store_open(p, where, 0, &reader)); /* as for a page */
        must(tlsrpt_store_batch(p, store));
        https(simple("b", "6"), "r2");
        must(tlsrpt_store_moved(p, store));
        assert_int_equal(removed ? unlink(beside(""))
                                 : rename(beside(".backup"), beside("")),
                         0);
        assert_non_null(
            strstr(tlsrpt_store_moved(p, store), "was replaced or removed"));
        assert_non_null(tlsrpt_store_commit(p, store));
        assert_non_null(tlsrpt_store_batch(p, store));
        assert_non_null(tlsrpt_store_add(p, store, simple("c", "7"), &origin,
                                         "r3", NULL, NULL, &keep, NOW, &how));
        must(tlsrpt_store_leave(p, store));
        assert_int_equal(size_of_log(), -1);
        must(tlsrpt_store_open(p, where, 1, &store));
        assert_string_equal(totals(),
                            removed ? "" : "example.com|example.net|sts|ok|5");
        https(simple("b", "6"), "r2");
        assert_string_equal(totals(), removed
                                          ? "example.com|example.net|sts|ok|6"
                                          : "example.com|example.net|sts|ok|"
                                            "11");
        must(store_value(p, store, "PRAGMA integrity_check", &ignored));
        assert_string_equal(ignored, "ok");
    }
    unlink(beside(".backup"));
}

/* A log that is still read is not taken away: it is tried again. */
static void a_log_that_is_read_is_waited_for(void **state)
{
    tlsrpt_store_t *reader;
    const char *ignored;

    (void)state;
    empty();
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    https(simple("a", "5"), "r1");
    must(tlsrpt_store_open(p, where, 0, &reader));
    must(store_exec(p, reader, "BEGIN"));
    must(store_value(p, reader, "SELECT COUNT(*) FROM tlsrpt_day", &ignored));
    https(simple("b", "6"), "r2");
    assert_int_equal(unlink(beside("")), 0);
    assert_non_null(tlsrpt_store_leave(p, store));
    assert_true(size_of_log() > 0);
    must(store_exec(p, reader, "COMMIT"));
    must(tlsrpt_store_leave(p, store));
    assert_int_equal(size_of_log(), -1);
    /* that of another file is left alone */
    must(tlsrpt_store_open(p, where, 1, &reader));
    assert_true(size_of_log() > 0);
    must(tlsrpt_store_leave(p, store));
    assert_true(size_of_log() > 0);
}

/* As mod_dbd has it: nobody but httpd can open that connection anew. */
static void a_file_under_a_connection_of_others_is_noticed(void **state)
{
    const apr_dbd_driver_t *driver;
    tlsrpt_store_t *again = NULL;
    apr_pool_t *life;
    apr_dbd_t *handle;
    const char *error;

    (void)state;
    empty();
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    apr_pool_create(&life, p);
    assert_int_equal(apr_dbd_get_driver(life, "sqlite3", &driver), 0);
    assert_int_equal(apr_dbd_open(driver, life, beside(""), &handle), 0);
    must(tlsrpt_store_attach(p, life, driver, handle, 1, &store));
    https(simple("a", "5"), "r1");
    must(tlsrpt_store_attach(p, life, driver, handle, 1, &store));
    assert_int_equal(unlink(beside("")), 0);
    error = tlsrpt_store_attach(p, life, driver, handle, 1, &again);
    assert_non_null(error);
    assert_non_null(strstr(error, "restart httpd"));
    assert_null(again);
    apr_dbd_close(driver, handle);
    apr_pool_destroy(life);
    unlink(beside("-wal"));
    unlink(beside("-shm"));
}

/* So that a file which is put in the place of this one does not get the log of
 * this one. */
static void a_log_at_rest_is_empty(void **state)
{
    tlsrpt_store_t *reader;

    (void)state;
    empty();
    https(simple("a", "5"), "r1");
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    assert_true(size_of_log() > 0);
    must(tlsrpt_store_open(p, where, 0, &reader));
    tlsrpt_store_rest(p, reader);
    assert_true(size_of_log() > 0); /* who only reads changes nothing */
    tlsrpt_store_rest(p, store);
    assert_int_equal(size_of_log(), 0);
    https(simple("b", "6"), "r2");
    unlink(beside(""));
    must(tlsrpt_store_leave(p, store));
    must(tlsrpt_store_open(p, where, 1, &store));
    assert_string_equal(totals(), "");
}

/* Locks belong to a process (POSIX): one connection must not lose them because
 * another one is opened. Else a third process thinks itself alone when it ends,
 * and removes the log that is in use. */
static void another_connection_takes_no_lock_away(void **state)
{
    tlsrpt_store_t *other;
    int write;

    (void)state;
    empty();
    if (store->dialect != STORE_SQLITE) {
        return;
    }
    for (write = 0; write < 2; write++) {
        https(simple(apr_itoa(p, write), "5"), "r1");
        must(tlsrpt_store_open(p, where, write, &other));
        assert_int_equal(system(apr_psprintf(p,
                                             "sqlite3 '%s' 'SELECT COUNT(*) "
                                             "FROM tlsrpt_day' >/dev/null",
                                             beside(""))),
                         0);
        assert_true(size_of_log() > 0);
    }
}

static void who_only_reads_makes_no_file(void **state)
{
    tlsrpt_store_t *none;

    (void)state;
    assert_non_null(tlsrpt_store_open(p, "sqlite3:/nonexistent/a", 0, &none));
    assert_non_null(tlsrpt_store_open(p, "sqlite3:/nonexistent/a", 1, &none));
}

int main(void)
{
    PROMISE(a_file_that_is_replaced_or_removed_is_noticed);
    PROMISE(a_log_that_is_read_is_waited_for);
    PROMISE(a_file_under_a_connection_of_others_is_noticed);
    PROMISE(a_log_at_rest_is_empty);
    PROMISE(another_connection_takes_no_lock_away);
    PROMISE(who_only_reads_makes_no_file);
    return run_on_store("store_file");
}
