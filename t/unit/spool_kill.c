/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: a process that is killed between any two system calls leaves
 * a whole entry or none, and a full disk leaves nothing.
 */
#include "unit.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit_spool.h"

#define STEPS_MAX 2000

typedef void action_t(tlsrpt_spool_t *spool);

/**
 * Run an action in a process of its own up to its n-th stop at a system call
 * (each has two: before and after).
 *
 * @return  the process, or 0 if it came to its end before
 */
static pid_t stopped_at(action_t *action, int n)
{
    pid_t pid = fork();
    int status, i;

    assert_true(pid >= 0);
    if (!pid) {
        tlsrpt_spool_t *spool = spool_again();

        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) {
            _exit(99);
        }
        raise(SIGSTOP);
        action(spool);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSTOPPED(status)) {
        fail_msg("this test needs ptrace, and the system does not let it");
    }
    for (i = 0; i < n; i++) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            return 0;
        }
        assert_true(WIFSTOPPED(status));
    }
    return pid;
}

/* The same, and it is killed there: non-zero if it was. */
static int killed_at(action_t *action, int n)
{
    const pid_t pid = stopped_at(action, n);

    if (pid) {
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    }
    return pid != 0;
}

static const char *report;
static const char *report_name;

static void put_it(tlsrpt_spool_t *spool)
{
    tlsrpt_spool_limits_t limits = {1 << 20, 1000};

    if (tlsrpt_spool_put(p, spool, &spool_origin, report, strlen(report),
                         &limits, NULL)) {
        _exit(1);
    }
}

static void store_it(tlsrpt_spool_t *spool)
{
    if (tlsrpt_spool_stored(p, spool, report_name)) {
        _exit(1);
    }
}

static void reject_it(tlsrpt_spool_t *spool)
{
    if (tlsrpt_spool_reject(p, spool, report_name, "a reason")) {
        _exit(1);
    }
}

/* Each step of a put: nothing, or the whole entry; and it can be put again. */
static void killed_while_putting(void **state)
{
    int n, had_none = 0, had_one = 0;

    (void)state;
    report = apr_pstrcat(p, "{\"x\":\"", unit_repeat('x', 20000), "\"}", NULL);
    for (n = 1; n < STEPS_MAX; n++) {
        tlsrpt_spool_t *spool = spool_new();
        apr_array_header_t *list;
        int killed = killed_at(put_it, n);
        apr_status_t rv;

        list = tlsrpt_spool_list(p, spool, 10, NULL);
        assert_int_equal(list->nelts, spool_count("new"));
        assert_true(list->nelts <= 1);
        if (list->nelts) {
            unit_same("whole", spool_json(spool, spool_only(spool)), report);
        }
        had_none += !list->nelts;
        had_one += list->nelts;
        rv = spool_put(spool, report, NULL);
        assert_int_equal(rv, list->nelts ? APR_EEXIST : APR_SUCCESS);
        assert_int_equal(spool_count("bad"), 0);
        /* what is left in tmp/ goes when it is old */
        tlsrpt_spool_expire(p, spool, apr_time_sec(apr_time_now()) + 7200,
                            86400);
        assert_int_equal(spool_count("tmp"), 0);
        unit_same("still", spool_json(spool, spool_only(spool)), report);
        if (!killed) {
            break;
        }
    }
    assert_true(n < STEPS_MAX);
    /* It was killed before and after the entry had its name. */
    assert_true(had_none > 10);
    assert_true(had_one > 3);
}

/* It is stored while it is put, as soon as it can be seen: it is a new one all
 * the same, and there once. */
static void stored_while_putting(void **state)
{
    int n, stored = 0;

    (void)state;
    report = "{\"x\":1}";
    for (n = 1; n < STEPS_MAX; n++) {
        tlsrpt_spool_t *spool = spool_new();
        const pid_t pid = stopped_at(put_it, n);
        int status = 0;

        if (!pid) {
            break;
        }
        if (spool_count("new")) {
            assert_int_equal(tlsrpt_spool_stored(p, spool, spool_only(spool)),
                             0);
            stored++;
        }
        assert_int_equal(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(spool_count("new") + spool_count("raw"), 1);
        assert_int_equal(spool_count("tmp"), 0);
    }
    assert_in_range(n, 10, STEPS_MAX - 1);
    assert_in_range(stored, 3, n);
}

static void killed_while_moving(void **state)
{
    int n;

    (void)state;
    report = "{\"x\":1}";
    for (n = 1; n < STEPS_MAX; n++) {
        tlsrpt_spool_t *spool = spool_new();
        int killed;

        assert_int_equal(spool_put(spool, report, &report_name), 0);
        killed = killed_at(store_it, n);
        assert_int_equal(spool_count("new") + spool_count("raw"), 1);
        assert_int_equal(spool_put(spool, report, NULL), APR_EEXIST);
        if (!killed) {
            break;
        }
    }
    assert_int_equal(spool_count("raw"), 1);
}

static void killed_while_rejecting(void **state)
{
    int n;

    (void)state;
    report = "{\"x\":1}";
    for (n = 1; n < STEPS_MAX; n++) {
        tlsrpt_spool_t *spool = spool_new();
        int killed;

        assert_int_equal(spool_put(spool, report, &report_name), 0);
        killed = killed_at(reject_it, n);
        assert_true(spool_count("new") + spool_count("bad") >= 1);
        if (spool_count("bad")) {
            assert_non_null(strstr(spool_any("bad"), report));
        }
        if (!killed) {
            break;
        }
    }
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(spool_count("bad"), 1);
}

/* ---- no room ---- */

/* In a process of its own, whose files may have so many octets. */
static void no_file_may_be_that_large(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    spool_new();
    report = apr_pstrcat(p, "{", unit_repeat('x', 20000), "}", NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        struct rlimit limit = {10000, 10000};
        tlsrpt_spool_t *spool = spool_again();

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(spool_put(spool, report, NULL) == EFBIG ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(spool_count("tmp"), 0);
    assert_int_equal(spool_put(spool_again(), report, NULL), 0);
}

/* Put until the disk is full: 0 if that ended as it should. */
static int fill(void)
{
    tlsrpt_spool_t *spool = spool_again();
    const char *name = NULL;
    apr_status_t rv;
    int i;

    for (i = 0; i < 1000; i++) {
        rv = spool_put(
            spool, apr_psprintf(p, "{%d,%s}", i, unit_repeat('x', 3000)), NULL);
        if (rv != APR_SUCCESS) {
            break;
        }
    }
    if (rv != APR_ENOSPC || i < 10) {
        return 1;
    }
    if (spool_count("new") != i || spool_count("tmp")) {
        return 2;
    }
    /* To put what is bad away fails, and is of no consequence. */
    tlsrpt_spool_put_bad(p, spool, &spool_origin, "bad",
                         unit_repeat('y', 60000), 60000);
    if (spool_count("tmp") || spool_count("bad")) {
        return 3;
    }
    /* What is there can be moved and rejected, and then there is room. */
    name = APR_ARRAY_IDX(tlsrpt_spool_list(p, spool, 9, NULL), 0, const char *);
    if (tlsrpt_spool_stored(p, spool, name)) {
        return 4;
    }
    name = APR_ARRAY_IDX(tlsrpt_spool_list(p, spool, 9, NULL), 0, const char *);
    if (tlsrpt_spool_reject(p, spool, name, "full") ||
        spool_count("new") != i - 2) {
        return 5;
    }
    if (tlsrpt_spool_expire(p, spool, apr_time_sec(apr_time_now()) + 7200,
                            60) != 1) {
        return 6;
    }
    return spool_put(spool, "{}", NULL) ? 7 : 0;
}

/* The disk is full again, of copies alone: the oldest of them make room. */
static int fill_with_copies(void)
{
    tlsrpt_spool_t *spool = spool_again();
    apr_array_header_t *list = tlsrpt_spool_list(p, spool, 1000, NULL);
    const char *name;
    int i;

    for (i = 0; i < list->nelts; i++) {
        name = APR_ARRAY_IDX(list, i, const char *);
        if (tlsrpt_spool_stored(p, spool, name)) {
            return 11;
        }
    }
    if (spool_count("raw") < 10) {
        return 12;
    }
    /* larger than the one that went in fill() */
    report = apr_psprintf(p, "{%s}", unit_repeat('z', 30000));
    if (spool_put(spool, report, &name) || spool_count("new") != 1) {
        return 13;
    }
    if (strcmp(spool_json(spool, name), report) || spool_count("tmp")) {
        return 14;
    }
    /* What the disk could never hold takes them all, and is refused. */
    report = apr_psprintf(p, "{%s}", unit_repeat('z', 300000));
    if (spool_put(spool, report, NULL) != APR_ENOSPC || spool_count("tmp") ||
        spool_count("new") != 1) {
        return 15;
    }
    return spool_put(spool, "{\"x\":1}", NULL) ? 16 : 0;
}

/* A file system of a quarter megabyte, which only this process sees. */
static void a_full_disk_leaves_nothing(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    if (geteuid()) {
        print_message("# not root: a full disk is tried by a file's size\n");
        return;
    }
    spool_new();
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        if (unshare(CLONE_NEWNS) ||
            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
            mount("tmpfs", spool_folder, "tmpfs", 0, "size=256k")) {
            _exit(99);
        }
        status = fill();
        _exit(status ? status : fill_with_copies());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 99) {
        fail_msg("this test needs to mount a tmpfs, and may not");
    }
    assert_int_equal(status, 0);
}

int main(void)
{
    PROMISE(killed_while_putting);
    PROMISE(stored_while_putting);
    PROMISE(killed_while_moving);
    PROMISE(killed_while_rejecting);
    PROMISE(no_file_may_be_that_large);
    PROMISE(a_full_disk_leaves_nothing);
    return unit_run("spool_kill");
}
