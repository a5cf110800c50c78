/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: what is in the spool is whole and stays, what is planted there
 * does no harm. Full disks and kills at each step are in spool_kill.c.
 */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/entry.h"
#include "core/tlsrpt.h"
#include "unit_spool.h"

/* ---- one report, through the spool ---- */

static void a_report_comes_back_as_it_was_put(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin = spool_origin, back = {0};
    const char *name, *json;
    apr_size_t len;

    (void)state;
    origin.domain = "example.com";
    origin.submitter = "example.net";
    origin.trust = TLSRPT_TRUST_DKIM;
    origin.channel = TLSRPT_CHANNEL_MAIL;
    assert_int_equal(
        tlsrpt_spool_put(p, spool, &origin, "{\0x}", 4, NULL, &name), 0);
    assert_true(tlsrpt_entry_is_name(name));
    assert_int_equal(name[65], '2');
    unit_same("listed", spool_only(spool), name);
    assert_int_equal(tlsrpt_spool_read(p, spool, name, 4, &back, &json, &len),
                     0);
    assert_int_equal(len, 4);
    assert_memory_equal(json, "{\0x}", 5);
    assert_int_equal(back.channel, TLSRPT_CHANNEL_MAIL);
    assert_int_equal(back.trust, TLSRPT_TRUST_DKIM);
    assert_true(back.received == origin.received);
    unit_same("source", back.source, origin.source);
    unit_same("domain", back.domain, "example.com");
    unit_same("submitter", back.submitter, "example.net");
    assert_int_equal(tlsrpt_spool_read(p, spool, name, 3, &back, &json, &len),
                     APR_EGENERAL);
}

static void a_name_is_the_sum_of_the_json(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin = spool_origin;
    const char *name;

    (void)state;
    assert_int_equal(tlsrpt_spool_put(p, spool, &origin, "{}", 2, NULL, &name),
                     0);
    unit_same("printf {} | sha256sum", name,
              "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
              "-0");
    origin.domain = "example.com";
    assert_int_equal(tlsrpt_spool_put(p, spool, &origin, "{}", 2, NULL, &name),
                     0);
    unit_same("printf '{}\\0example.com' | sha256sum", name,
              "73f697739c51823b85ab026b4b113d2049b2bd786520c9c4d56dd6928fd4d89f"
              "-0");
}

static void texts_with_line_ends_cannot_add_lines(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin = spool_origin, back = {0};
    const char *name, *json;
    apr_size_t len;

    (void)state;
    origin.submitter = "a\nTrust: 3\r\n\n{\"x\":1}\x7f";
    origin.source = unit_repeat('s', 5000);
    origin.domain = NULL;
    assert_int_equal(tlsrpt_spool_put(p, spool, &origin, "{}", 2, NULL, &name),
                     0);
    assert_int_equal(tlsrpt_spool_read(p, spool, name, 100, &back, &json, &len),
                     0);
    assert_int_equal(back.trust, 0);
    unit_same("submitter", back.submitter, "a?Trust: 3???{\"x\":1}?");
    assert_int_equal(strlen(back.source), TLSRPT_ENTRY_VALUE_MAX);
    unit_same("domain", back.domain, "");
    unit_same("json", json, "{}");
}

static void what_is_there_is_not_put_again(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *name, *again;
    tlsrpt_origin_t other = spool_origin;

    (void)state;
    assert_int_equal(tlsrpt_spool_look(p, spool, &other, "{}", 2), 0);
    assert_int_equal(spool_put(spool, "{}", &name), 0);
    assert_int_equal(spool_put(spool, "{}", &again), APR_EEXIST);
    assert_int_equal(tlsrpt_spool_look(p, spool, &other, "{}", 2), APR_EEXIST);
    assert_int_equal(tlsrpt_spool_look(p, spool, &other, "{ }", 3), 0);
    unit_same("the same name", again, name);
    other.trust = TLSRPT_TRUST_LOCAL;
    assert_int_equal(tlsrpt_spool_look(p, spool, &other, "{}", 2), 0);
    assert_int_equal(tlsrpt_spool_put(p, spool, &other, "{}", 2, NULL, NULL),
                     0);
    assert_int_equal(spool_count("new"), 2);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    assert_int_equal(tlsrpt_spool_look(p, spool, &spool_origin, "{}", 2),
                     APR_EEXIST);
    assert_int_equal(spool_put(spool, "{}", NULL), APR_EEXIST);
    assert_int_equal(spool_count("new"), 1);
    assert_int_equal(spool_count("raw"), 1);
    assert_int_equal(spool_count("tmp"), 0);
}

static void stored_twice_is_no_error(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin;
    const char *name, *json;
    apr_size_t len;

    (void)state;
    assert_int_equal(spool_put(spool, "{}", &name), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, name), 0);
    assert_int_equal(tlsrpt_spool_read(p, spool, name, 9, &origin, &json, &len),
                     APR_ENOENT);
    assert_int_equal(tlsrpt_spool_reject(p, spool, name, "gone"), 0);
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

static void the_oldest_come_first(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    apr_array_header_t *list;
    int i, all = 0;

    (void)state;
    for (i = 0; i < 10; i++) {
        const char *name;
        const char *json = apr_psprintf(p, "{%d}", i);

        assert_int_equal(spool_put(spool, json, &name), 0);
        spool_age("new", name, 1000 - 100 * (i ^ 5));
    }
    list = tlsrpt_spool_list(p, spool, 4, NULL);
    assert_int_equal(list->nelts, 4);
    for (i = 0; i < 4; i++) {
        const char *want = apr_psprintf(p, "{%d}", i ^ 5);

        unit_same("order", spool_json(spool, APR_ARRAY_IDX(list, i, char *)),
                  want);
    }
    assert_int_equal(tlsrpt_spool_list(p, spool, 100, NULL)->nelts, 10);
    assert_int_equal(tlsrpt_spool_list(p, spool, 0, &all)->nelts, 0);
    assert_int_equal(all, 10);
}

static void what_was_foreign_is_taken_again(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *name;

    (void)state;
    assert_int_equal(spool_put(spool, "{1}", &name), 0);
    assert_int_equal(tlsrpt_spool_foreign(p, spool, name), 0);
    assert_int_equal(tlsrpt_spool_foreign(p, spool, name), 0);
    assert_int_equal(spool_put(spool, "{1}", NULL), 0);
    assert_int_equal(tlsrpt_spool_foreign(p, spool, name), 0);
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(spool_count("raw"), 1);
}

/* ---- what cannot be read ---- */

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

/* ---- bounds ---- */

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

/* ---- tidying up ---- */

static void tidying_up_takes_what_is_old(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    apr_int64_t now;
    const char *old, *young;
    int i;

    (void)state;
    assert_int_equal(spool_put(spool, "{1}", &old), 0);
    assert_int_equal(spool_put(spool, "{2}", &young), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, old), 0);
    assert_int_equal(tlsrpt_spool_stored(p, spool, young), 0);
    spool_age("raw", old, 1001);
    spool_age("raw", young, 900);
    spool_plant("tmp", "1.left", "half", 3601);
    spool_plant("tmp", "2.busy", "half", 3000);
    spool_plant("tmp", "3.future", "half", -4000);
    for (i = 0; i < TLSRPT_BAD_KEPT + 2; i++) {
        spool_plant("bad", apr_psprintf(p, "b%d", i), "bad", 100 * i);
    }
    spool_plant("new", "waits.for.ever", "x", 100000);
    now = apr_time_sec(apr_time_now()); /* after what is so old by now */
    assert_int_equal(tlsrpt_spool_expire(p, spool, now, 1000), 1 + 2 + 2);
    assert_int_equal(spool_count("raw"), 1);
    assert_int_equal(spool_count("tmp"), 1);
    assert_int_equal(spool_count("bad"), TLSRPT_BAD_KEPT);
    assert_int_equal(spool_count("new"), 1);
    assert_int_equal(access(spool_path("bad", "b21"), F_OK), -1);
    assert_int_equal(access(spool_path("bad", "b0"), F_OK), 0);
    assert_int_equal(tlsrpt_spool_expire(p, spool, now, 1000), 0);
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

#define NOBODY 65534

/* Of the group, under the name of no entry: only root can show it. */
static void strays_of_the_group_leave_new(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const apr_int64_t now = apr_time_sec(apr_time_now());
    const char *const names[] = {"old", "young", "folder", "owner"};
    size_t i;

    (void)state;
    spool_plant("new", "old", unit_repeat('x', 100000), 4000);
    spool_plant("new", "young", "x", 3000);
    spool_plant("new", "owner", "x", 4000);
    assert_int_equal(mkdir(spool_path("new", "folder"), 0777), 0);
    spool_age("new", "folder", 4000);
    for (i = 0; i < 3; i++) {
        assert_int_equal(chown(spool_path("new", names[i]), NOBODY, 0), 0);
    }
    assert_int_equal(tlsrpt_spool_expire(p, spool, now, 1000), 2);
    assert_int_equal(spool_count("new"), 2);
    assert_int_equal(access(spool_path("new", "young"), F_OK), 0);
    assert_int_equal(access(spool_path("new", "owner"), F_OK), 0);
    assert_int_equal(spool_count("bad"), 1);
    assert_true(spool_largest("bad") < TLSRPT_BAD_SIZE + TLSRPT_ENTRY_HEAD_MAX);
}

/* Else nothing that comes could ever take their places. */
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

/* A time of modification, in seconds since 1970. */
static apr_int64_t changed(const char *folder, const char *name)
{
    struct stat st;

    assert_int_equal(stat(spool_path(folder, name), &st), 0);
    return st.st_mtime;
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
}

/* ---- planted by a member of the group ---- */

#define EMPTY "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
#define HEAD  "TLSRPT: 1\nChannel: https\nTrust: 0\nReceived: 1\n"

static void as_large_as_is_allowed_is_not_too_large(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *pad =
        unit_repeat('x', TLSRPT_ENTRY_HEAD_MAX - strlen(HEAD) - 5);
    tlsrpt_origin_t origin;
    const char *json;
    apr_size_t len;

    (void)state;
    spool_plant("new", EMPTY "-0",
                apr_pstrcat(p, HEAD, "X: ", pad, "\n\n{}", NULL), 0);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, EMPTY "-0", 2, &origin, &json, &len), 0);
    assert_int_equal(len, 2);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, EMPTY "-0", 1, &origin, &json, &len),
        APR_EGENERAL);
}

/* Files of two users: the owner of a spool knows what bound he has. */
static void the_group_puts_nothing_larger_than_its_tool_reads(void **state)
{
    const apr_size_t size = TLSRPT_SIZE_DEFAULT;
    char *json = apr_palloc(p, size + 2);
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin;
    const char *large, *allowed, *back;
    apr_size_t len;

    (void)state;
    memset(json, ' ', size + 1);
    json[size] = '\0';
    assert_int_equal(spool_put(spool, json, &allowed), 0);
    json[size] = ' ';
    json[size + 1] = '\0';
    /* the lines in front have room, too: it is by that much larger */
    json = apr_pstrcat(p, json, apr_pstrcat(p, json, NULL), NULL);
    assert_int_equal(spool_put(spool, json, &large), 0);
    assert_int_equal(tlsrpt_spool_read(p, spool, large, TLSRPT_SIZE_MAX,
                                       &origin, &back, &len),
                     0);
    assert_int_equal(chown(spool_path("new", large), NOBODY, 0), 0);
    assert_int_equal(chown(spool_path("new", allowed), NOBODY, 0), 0);
    assert_int_equal(tlsrpt_spool_read(p, spool, large, TLSRPT_SIZE_MAX,
                                       &origin, &back, &len),
                     APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_read(p, spool, allowed, TLSRPT_SIZE_MAX,
                                       &origin, &back, &len),
                     0);
    assert_int_equal(len, size);
}

/* Not even where it has the name of its content. */
static void what_has_holes_is_no_entry(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const apr_size_t size = 1024 * 1024;
    char *json = apr_pcalloc(p, size);
    const char *name, *text;
    tlsrpt_origin_t origin;
    apr_size_t len;

    (void)state;
    memcpy(json, "{}", 2);
    name = tlsrpt_entry_name(p, &spool_origin, json, size);
    text = apr_pstrcat(p, tlsrpt_entry_head(p, &spool_origin), "\n{}", NULL);
    spool_plant("new", name, text, 0);
    assert_int_equal(
        truncate(spool_path("new", name), (off_t)(strlen(text) + size - 2)), 0);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, name, size, &origin, &text, &len),
        APR_EGENERAL);
    tlsrpt_spool_put(p, spool, &spool_origin, json, size, NULL, &name);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, name, size, &origin, &text, &len), 0);
}

static void what_is_planted_in_the_place_of_a_report_gives_way(void **state)
{
    static const char *const kinds[] = {"file", "forged", "link", "to itself",
                                        "fifo", "folder", "full", "unreadable"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        tlsrpt_spool_t *spool = spool_new();
        const char *path = spool_path("new", EMPTY "-0");
        const char *secret = spool_path("", "secret"), *name = NULL;

        spool_plant("", "secret", HEAD "\n{}", 0);
        switch (i) {
        case 0:
            spool_plant("new", EMPTY "-0", "", 0);
            break;
        case 1:
            spool_plant("new", EMPTY "-0", HEAD "\n[]", 0);
            break;
        case 2:
            assert_int_equal(symlink(secret, path), 0);
            break;
        case 3:
            assert_int_equal(symlink(EMPTY "-0", path), 0);
            break;
        case 4:
            assert_int_equal(mkfifo(path, 0666), 0);
            break;
        case 5:
            assert_int_equal(mkdir(path, 0777), 0);
            break;
        case 6:
            assert_int_equal(mkdir(path, 0777), 0);
            spool_plant("new/" EMPTY "-0", "x", "x", 0);
            break;
        default:
            spool_plant("new", EMPTY "-0", HEAD "\nother", 0);
            assert_int_equal(chmod(path, 0), 0);
        }
        if (spool_put(spool, "{}", &name)) {
            fail_msg("a %s in the place of a report keeps it out", kinds[i]);
        }
        unit_same(kinds[i], spool_json(spool, EMPTY "-0"), "{}");
        assert_int_equal(access(secret, F_OK), 0);
        assert_int_equal(spool_count("tmp"), 0);
    }
}

static void what_is_no_entry_is_never_listed_nor_read(void **state)
{
    static const char *const names[] = {
        "x",
        ".hidden",
        EMPTY,
        EMPTY "-4",
        EMPTY "-0.tmp",
        "4" EMPTY "-0",
        "44136FA355B3678A1146AD16F7E8649E94FB4FC21FE77E8310C060F61CAAFF8A-0",
        "new\nline",
        "\x1b[31mred",
        "-rf",
        "$(id)",
        "\xff\xfe",
    };
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin;
    const char *json;
    apr_size_t len, i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        spool_plant("new", names[i], HEAD "\n{}", 0);
        spool_plant("tmp", names[i], "x", 7200);
        spool_plant("raw", names[i], "x", 7200);
        spool_plant("bad", names[i], "x", 7200);
        assert_int_equal(
            tlsrpt_spool_read(p, spool, names[i], 99, &origin, &json, &len),
            APR_EGENERAL);
        assert_int_equal(tlsrpt_spool_stored(p, spool, names[i]), APR_EGENERAL);
    }
    spool_plant("new", unit_repeat('n', 255), "x", 0);
    assert_int_equal(symlink("/etc/passwd", spool_path("new", EMPTY "-1")), 0);
    assert_int_equal(mkfifo(spool_path("new", EMPTY "-2"), 0666), 0);
    assert_int_equal(mkdir(spool_path("new", EMPTY "-3"), 0777), 0);
    for (i = 1; i <= 3; i++) {
        assert_int_equal(tlsrpt_spool_read(p, spool,
                                           apr_psprintf(p, EMPTY "-%d", (int)i),
                                           99, &origin, &json, &len),
                         APR_EGENERAL);
    }
    assert_int_equal(tlsrpt_spool_list(p, spool, 100, NULL)->nelts, 0);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, "../new/x", 99, &origin, &json, &len),
        APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_reject(p, spool, "../../x", "path"),
                     APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_reject(p, spool, "", "path"), APR_EGENERAL);
    assert_int_equal(tlsrpt_spool_reject(p, spool, EMPTY "-1", "a link"), 0);
    assert_int_equal(tlsrpt_spool_reject(p, spool, EMPTY "-2", "a FIFO"), 0);
    assert_int_equal(tlsrpt_spool_reject(p, spool, EMPTY "-3", "a folder"), 0);
    assert_int_equal(access("/etc/passwd", F_OK), 0);
    assert_int_equal(spool_count("new"),
                     (int)(sizeof(names) / sizeof(names[0])) + 1);
    assert_int_equal(
        tlsrpt_spool_expire(p, spool, apr_time_sec(apr_time_now()), 3600),
        2 * (int)(sizeof(names) / sizeof(names[0])));
    assert_int_equal(spool_put(spool, "{}", NULL), 0);
}

static void links_in_tmp_and_raw_are_removed_not_followed(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    const char *target = spool_path("", "target");

    (void)state;
    spool_plant("", "target", "keep me", 0);
    assert_int_equal(symlink(target, spool_path("tmp", "1.link")), 0);
    assert_int_equal(symlink(target, spool_path("raw", EMPTY "-0")), 0);
    assert_int_equal(mkdir(spool_path("tmp", "folder"), 0777), 0);
    assert_int_equal(tlsrpt_spool_expire(
                         p, spool, apr_time_sec(apr_time_now()) + 7200, 3600),
                     3);
    unit_same("the target", spool_any(""), "keep me");
}

static void wrong_lines_are_no_entry(void **state)
{
    static const char *const good[] = {
        HEAD "\n{}",
        HEAD "Later: a line of a newer version\n\n{}",
        ("TLSRPT: 1\nReceived: 1\nTrust: 0\nSource: 192.0.2.1\n"
         "Channel: file\n\n{}"),
    };
    static const char *const bad[] = {
        "",
        "{}",
        "\n{}",
        "TLSRPT: 1\n",
        "TLSRPT: 2\nChannel: https\nTrust: 0\nReceived: 1\n\n{}",
        HEAD,
        HEAD "no colon\n\n{}",
        HEAD "{}",
        HEAD "Trust: 0\n\n{}",
        HEAD "Trust: 3\n\n{}",
        HEAD "\r\n{}",
        HEAD "\n{} ",
        HEAD "\n",
        HEAD "Domain: example.com\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: 1\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: 4\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: -0\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: 0x0\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust:\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: post\nTrust: 0\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nTrust: 0\nReceived: now\n\n{}",
        ("TLSRPT: 1\nChannel: https\nTrust: 0\n"
         "Received: 99999999999999999999\n\n{}"),
        "TLSRPT: 1\nTrust: 0\nReceived: 1\n\n{}",
        "TLSRPT: 1\nChannel: https\nReceived: 1\n\n{}",
    };
    tlsrpt_spool_t *spool = spool_new();
    tlsrpt_origin_t origin;
    const char *json;
    apr_size_t len, i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        spool_plant("new", EMPTY "-0", good[i], 0);
        if (tlsrpt_spool_read(p, spool, EMPTY "-0", 2, &origin, &json, &len)) {
            fail_msg("an entry: %s", good[i]);
        }
        unit_same(good[i], json, "{}");
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        spool_plant("new", EMPTY "-0", bad[i], 0);
        if (tlsrpt_spool_read(p, spool, EMPTY "-0", 99, &origin, &json, &len) !=
            APR_EGENERAL) {
            fail_msg("no entry: %s", bad[i]);
        }
    }
    spool_plant(
        "new", EMPTY "-0",
        apr_pstrcat(p, HEAD "Later: ", unit_repeat('x', 5000), "\n\n{}", NULL),
        0);
    assert_int_equal(
        tlsrpt_spool_read(p, spool, EMPTY "-0", 9999, &origin, &json, &len),
        APR_EGENERAL);
}

/* ---- folders ---- */

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

/* ---- many at once ---- */

#define THREADS 8
#define EACH    40

typedef struct {
    tlsrpt_spool_t *spool;
    int who, fresh, there, other;
} worker_t;

/* Half of them the same for all, half of them its own. */
static void *put_many(void *data)
{
    worker_t *worker = data;
    apr_pool_t *own;
    int i;

    apr_pool_create_unmanaged_ex(&own, NULL, NULL);
    for (i = 0; i < EACH; i++) {
        char json[40];
        apr_status_t rv;

        snprintf(json, sizeof(json), "{%d,%d}", i, i % 2 ? worker->who : 1000);
        rv = tlsrpt_spool_put(own, worker->spool, &spool_origin, json,
                              strlen(json), NULL, NULL);
        worker->fresh += rv == APR_SUCCESS;
        worker->there += rv == APR_EEXIST;
        worker->other += rv != APR_SUCCESS && rv != APR_EEXIST;
    }
    apr_pool_destroy(own);
    return NULL;
}

static void threads_put_at_the_same_time(void **state)
{
    tlsrpt_spool_t *spool = spool_new();
    pthread_t thread[THREADS];
    worker_t worker[THREADS] = {{0}};
    int i, fresh = 0, there = 0;

    (void)state;
    for (i = 0; i < THREADS; i++) {
        worker[i].spool = spool;
        worker[i].who = i;
        assert_int_equal(pthread_create(&thread[i], NULL, put_many, &worker[i]),
                         0);
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        fresh += worker[i].fresh;
        there += worker[i].there;
        assert_int_equal(worker[i].other, 0);
    }
    assert_int_equal(fresh, EACH / 2 + THREADS * EACH / 2);
    assert_int_equal(there, (THREADS - 1) * EACH / 2);
    assert_int_equal(spool_count("new"), fresh);
    assert_int_equal(spool_count("tmp"), 0);
    assert_int_equal(spool_count("bad"), 0);
}

static void processes_put_at_the_same_time(void **state)
{
    pid_t pid[THREADS];
    int i, status;

    (void)state;
    spool_new();
    for (i = 0; i < THREADS; i++) {
        pid[i] = fork();
        assert_true(pid[i] >= 0);
        if (!pid[i]) {
            worker_t worker = {0};

            worker.spool = spool_again();
            worker.who = i;
            put_many(&worker);
            _exit(worker.other || worker.fresh < EACH / 2);
        }
    }
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(spool_count("new"), EACH / 2 + THREADS * EACH / 2);
    assert_int_equal(spool_count("tmp"), 0);
    assert_int_equal(spool_count("bad"), 0);
}

int main(void)
{
    PROMISE(a_report_comes_back_as_it_was_put);
    PROMISE(a_name_is_the_sum_of_the_json);
    PROMISE(texts_with_line_ends_cannot_add_lines);
    PROMISE(what_is_there_is_not_put_again);
    PROMISE(stored_twice_is_no_error);
    PROMISE(without_raw_nothing_was_moved_there);
    PROMISE(the_oldest_come_first);
    PROMISE(what_was_foreign_is_taken_again);
    PROMISE(bad_bodies_are_cut_and_few);
    PROMISE(rejected_goes_to_bad_with_the_reason);
    PROMISE(what_cannot_be_rejected_stays);
    PROMISE(over_a_bound_there_is_no_room);
    PROMISE(a_bound_in_octets_counts_what_was_there);
    PROMISE(what_was_stored_is_trimmed_to_the_bounds);
    PROMISE(tidying_up_takes_what_is_old);
    PROMISE(holes_take_no_room);
    PROMISE(links_take_no_room);
    PROMISE(what_waits_takes_no_copies_with_it_in_vain);
    if (geteuid() == 0) { /* files of two users */
        PROMISE(strays_of_the_group_leave_new);
        PROMISE(what_is_no_file_goes);
        PROMISE(the_group_puts_nothing_larger_than_its_tool_reads);
    }
    PROMISE(bad_bodies_of_the_future_are_the_oldest);
    PROMISE(as_old_as_is_kept_is_not_too_old);
    PROMISE(as_large_as_is_allowed_is_not_too_large);
    PROMISE(what_has_holes_is_no_entry);
    PROMISE(what_is_planted_in_the_place_of_a_report_gives_way);
    PROMISE(what_is_no_entry_is_never_listed_nor_read);
    PROMISE(links_in_tmp_and_raw_are_removed_not_followed);
    PROMISE(wrong_lines_are_no_entry);
    PROMISE(folders_are_made_for_owner_and_group);
    PROMISE(what_cannot_be_opened_is_said);
    PROMISE(a_folder_that_is_a_link_is_refused);
    PROMISE(threads_put_at_the_same_time);
    PROMISE(processes_put_at_the_same_time);
    return unit_run("spool");
}
