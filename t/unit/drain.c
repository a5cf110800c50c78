/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/drain.h: reports that the database refuses hold up no others, and a
 * database that refuses all is not mistaken for reports that are bad. SQLite,
 * with a trigger that refuses.
 */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "core/drain.h"
#include "core/store_sql.h"
#include "unit_spool.h"

#define NOW  APR_INT64_C(1790000000) /* 2026-09-21 */
#define DAYS 86400
#define HOUR 3600

static const tlsrpt_keep_t keep = {30 * DAYS, 90 * DAYS, 400 * DAYS};
static tlsrpt_spool_t *spool;
static tlsrpt_store_t *store;
static apr_pool_t *store_pool;
static tlsrpt_drain_t *drain;
static int stuck, stored, rejected, left;
static const char *submitter; /* of what is put */
static const char *told;      /* of one that is stuck */

/* ---- helpers ---- */

static void must(const char *error)
{
    if (error) {
        fail_msg("%s", error);
    }
}

static void tell(void *baton, apr_pool_t *pool, const char *name,
                 const tlsrpt_report_t *report, tlsrpt_drain_e what,
                 tlsrpt_store_e how, const char *why)
{
    (void)baton;
    (void)pool;
    (void)name;
    (void)report;
    (void)how;
    if (what == TLSRPT_DRAIN_STUCK) {
        stuck++;
        assert_non_null(strstr(why, told));
    }
    else if (what == TLSRPT_DRAINED) {
        stored++;
    }
    else {
        rejected++;
    }
}

static void open_store(void)
{
    if (store_pool) {
        apr_pool_destroy(store_pool);
    }
    apr_pool_create(&store_pool, p);
    must(tlsrpt_store_open(
        store_pool,
        apr_pstrcat(store_pool, "sqlite3:", spool_folder, "/store", NULL), 1,
        &store));
}

static void begin(void)
{
    static const tlsrpt_drain_calls_t calls = {tell, NULL, NULL};

    spool = spool_new();
    store_pool = NULL; /* it went with the pool of the test before */
    open_store();
    drain =
        tlsrpt_drain_make(p, spool, TLSRPT_SIZE_DEFAULT, NULL, NULL, &calls);
    stuck = stored = rejected = 0;
    submitter = "example.net";
    told = "not this one";
}

/* Reports whose report-id begins so, and so many seconds old. */
static void put(const char *id, int many, int age)
{
    int i;

    for (i = 0; i < many; i++) {
        const char *name;
        const char *json = apr_psprintf(
            p,
            "{\"organization-name\":\"Example\",\"contact-info\":"
            "\"mailto:a@%s\",\"report-id\":\"%s %d\",\"date-range\":"
            "{\"start-datetime\":\"2026-09-20T00:00:00Z\","
            "\"end-datetime\":\"2026-09-20T23:59:59Z\"},\"policies\":["
            "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
            "\"example.com\"},\"summary\":"
            "{\"total-successful-session-count\":1,"
            "\"total-failure-session-count\":0}}]}",
            submitter, id, i);

        assert_int_equal(spool_put(spool, json, &name), 0);
        spool_age("new", name, age);
    }
}

/* From now on reports with such an id are refused; how: ABORT, or ROLLBACK,
 * which takes the whole transaction with it. */
static void refuse(const char *pattern, const char *how)
{
    must(store_exec(p, store,
                    apr_psprintf(p,
                                 "CREATE TRIGGER refuse BEFORE INSERT ON "
                                 "tlsrpt_report WHEN NEW.report_id LIKE '%s' "
                                 "BEGIN SELECT RAISE(%s, 'not this one'); END",
                                 pattern, how)));
}

static void refuse_none(void)
{
    must(store_exec(p, store, "DROP TRIGGER refuse"));
}

/* As the intake does: so many calls, with a new connection after an error.
 * Answers what the last call did. */
static const char *call(int times, apr_int64_t now)
{
    const char *error = NULL;
    int done;

    while (times--) {
        error = tlsrpt_drain(p, drain, store, &keep, 1000, now, &done, &left);
        if (error) {
            open_store();
        }
    }
    return error;
}

static int in_store(void)
{
    const char *value;

    must(store_value(p, store, "SELECT SUM(sessions) FROM tlsrpt_day", &value));
    return value ? atoi(value) : 0;
}

/* ---- promises ---- */

static void one_that_is_refused_waits_for_another(void **state)
{
    (void)state;
    begin();
    refuse("bad%", "ABORT");
    put("bad", 1, 100);
    assert_non_null(call(10, NOW)); /* is it the database? */
    assert_int_equal(stuck, 0);
    put("good", 1, 0);
    must(call(1, NOW));
    assert_int_equal(stuck, 1);
    assert_int_equal(in_store(), 1);
    must(call(3, NOW));
    assert_int_equal(stuck, 1); /* said once */
    assert_int_equal(spool_count("new"), 1);
}

static void many_that_are_refused_hold_up_nobody(void **state)
{
    int many, i;

    (void)state;
    for (many = 2; many <= 40; many += 19) {
        begin();
        refuse("bad%", "ABORT");
        put("bad", many, 100);
        put("good", 5, 0);
        call(5, NOW);
        assert_int_equal(in_store(), 5);
        for (i = 0; i < many / 10; i++) {
            put(apr_psprintf(p, "good %d", i), 1, 0);
            call(2, NOW);
        }
        assert_int_equal(in_store(), 5 + i);
        assert_int_equal(stuck, many);
        must(call(1, NOW));
        assert_int_equal(stuck, many); /* each is said once */
        assert_int_equal(spool_count("new"), many);
        assert_int_equal(left, many);
        assert_int_equal(spool_count("bad"), 0);
    }
}

/* A call looks at so many entries, the oldest first: those that are refused
 * take no place. */
static void those_that_are_refused_take_no_place(void **state)
{
    int i, done;

    (void)state;
    begin();
    refuse("bad%", "ABORT");
    put("bad", 6, 100);
    put("good", 1, 0);
    for (i = 0; i < 5; i++) {
        if (tlsrpt_drain(p, drain, store, &keep, 2, NOW, &done, &left)) {
            open_store();
        }
    }
    assert_int_equal(in_store(), 1);
}

static void one_that_ends_the_transaction_holds_up_nobody(void **state)
{
    int i;

    (void)state;
    begin();
    refuse("bad%", "ROLLBACK");
    put("before", 5, 200);
    put("bad", 3, 100);
    put("after", 5, 0);
    call(4, NOW);
    assert_int_equal(in_store(), 10);
    for (i = 0; i < 3; i++) {
        put(apr_psprintf(p, "good %d", i), 1, 0);
        call(1, NOW);
    }
    assert_int_equal(in_store(), 13);
    assert_int_equal(stuck, 3);
    must(call(1, NOW));
    assert_int_equal(spool_count("new"), 3);
}

/* The totals of a day are written when the batch ends. */
static void one_whose_totals_are_refused_holds_up_nobody(void **state)
{
    (void)state;
    begin();
    must(store_exec(p, store,
                    "CREATE TRIGGER refuse BEFORE INSERT ON tlsrpt_day WHEN "
                    "NEW.submitter = 'bad.example' "
                    "BEGIN SELECT RAISE(ABORT, 'not this one'); END"));
    put("before", 5, 200);
    submitter = "bad.example";
    put("bad", 3, 100);
    submitter = "example.net";
    put("after", 5, 0);
    call(2, NOW);
    assert_int_equal(in_store(), 10);
    assert_int_equal(stuck, 0); /* refused once */
    put("more", 60, 0);         /* in batches again */
    must(call(1, NOW));
    assert_int_equal(in_store(), 70);
    assert_int_equal(stuck, 3);
    assert_int_equal(spool_count("new"), 3);
    refuse_none();
    must(call(2, NOW + 3600)); /* the schema was changed: once an error */
    assert_int_equal(in_store(), 73);
    assert_int_equal(spool_count("new"), 0);
}

static void a_database_that_refuses_all_is_not_mistaken(void **state)
{
    (void)state;
    begin();
    refuse("%", "ABORT");
    put("a", 30, 100);
    assert_non_null(call(20, NOW));
    assert_int_equal(stuck, 0);
    assert_int_equal(stored, 0);
    put("b", 30, 0);
    assert_non_null(call(20, NOW));
    refuse_none();
    must(call(1, NOW));
    assert_int_equal(stuck, 0);
    assert_int_equal(in_store(), 60);
    assert_int_equal(spool_count("new"), 0);
}

/* Each time in the middle of a transaction. */
static void a_database_that_goes_away_is_not_mistaken(void **state)
{
    int i;

    (void)state;
    begin();
    put("a", 10, 100);
    must(call(1, NOW));
    put("b", 20, 100);
    refuse("%", "ROLLBACK");
    for (i = 0; i < 10; i++) {
        assert_non_null(call(1, NOW));
    }
    refuse_none();
    must(call(1, NOW));
    assert_int_equal(stuck, 0);
    assert_int_equal(in_store(), 30);
}

static void what_is_stuck_is_tried_again_after_an_hour(void **state)
{
    (void)state;
    begin();
    refuse("bad%", "ABORT");
    put("bad", 3, 100);
    put("good", 1, 0);
    call(3, NOW);
    assert_int_equal(stuck, 3);
    refuse_none();
    must(call(3, NOW + HOUR - 1));
    assert_int_equal(in_store(), 1);
    must(call(1, NOW + HOUR));
    assert_int_equal(in_store(), 4);
    assert_int_equal(spool_count("new"), 0);
}

#define NOBODY 65534

/* Another member of the group put it, for instance. */
static void one_that_may_not_be_read_holds_up_nobody(void **state)
{
    static const char *const folders[] = {"tmp", "new", "raw", "bad"};
    const char *name =
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a-0";
    int is_root = geteuid() == 0;
    size_t i;

    (void)state;
    begin();
    spool_plant("new", name, "x", 100);
    assert_int_equal(chmod(spool_path("new", name), 0), 0);
    put("good", 1, 0);
    if (is_root) {
        assert_int_equal(system(apr_psprintf(p, "chown %d %s", NOBODY,
                                             spool_path("new", "*"))),
                         0);
    }
    for (i = 0; is_root && i < 4; i++) {
        assert_int_equal(chown(spool_path("", folders[i]), NOBODY, 0), 0);
    }
    assert_int_equal(is_root ? seteuid(NOBODY) : 0, 0);
    call(1, NOW);
    assert_int_equal(is_root ? seteuid(0) : 0, 0);
    assert_int_equal(rejected, 1);
    assert_int_equal(in_store(), 1);
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(spool_count("bad"), 1);
}

/* A way into bad/ that somebody has closed, and a lease, which lets nobody else
 * open the file: whoever puts such a thing harms himself alone. */
static void one_that_cannot_be_put_away_holds_up_nobody(void **state)
{
    const char *name = apr_pstrcat(p, unit_repeat('a', 64), "-0", NULL);
    int fd;

    (void)state;
    begin();
    spool_plant("new", name, "x", 100);
    assert_int_equal(mkdir(spool_path("bad", name), 0777), 0);
    spool_plant(apr_pstrcat(p, "bad/", name, NULL), "x", "x", 0);
    assert_int_not_equal(signal(SIGIO, SIG_IGN), SIG_ERR);
    fd = open(spool_path("new", name), O_RDWR);
    assert_int_equal(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
    put("good", 1, 0);
    must(call(1, NOW));
    close(fd);
    assert_int_equal(rejected, 1);
    assert_int_equal(in_store(), 1);
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(spool_count("bad"), 2);
}

/* bad/ is gone: what belongs there stays, and is named. */
static void one_that_cannot_leave_holds_up_nobody(void **state)
{
    (void)state;
    begin();
    assert_int_equal(spool_put(spool, "{\"no\":\"report\"}", NULL), 0);
    assert_int_equal(rmdir(spool_path("", "bad")), 0);
    assert_non_null(call(1, NOW)); /* where nothing is stored it is an error */
    put("good", 2, 0);
    told = "lets it not go to bad/";
    call(2, NOW);
    assert_int_equal(stuck, 1);
    assert_int_equal(rejected, 0);
    assert_int_equal(in_store(), 2);
    assert_int_equal(spool_count("new"), 1);
}

/* The group may write what no receiver takes. */
static void what_is_no_report_goes_to_bad(void **state)
{
    (void)state;
    begin();
    assert_int_equal(spool_put(spool, "{\"no\":\"report\"}", NULL), 0);
    /* of days after it was received */
    assert_int_equal(
        spool_put(spool,
                  "{\"organization-name\":\"Example\",\"contact-info\":"
                  "\"mailto:a@example.net\",\"report-id\":\"1\",\"date-range\":"
                  "{\"start-datetime\":\"2026-09-25T00:00:00Z\","
                  "\"end-datetime\":\"2026-09-25T23:59:59Z\"},\"policies\":["
                  "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
                  "\"example.com\"},\"summary\":"
                  "{\"total-successful-session-count\":1,"
                  "\"total-failure-session-count\":0}}]}",
                  NULL),
        0);
    put("good", 1, 0);
    must(call(1, NOW));
    assert_int_equal(rejected, 2);
    assert_int_equal(in_store(), 1);
    assert_int_equal(spool_count("bad"), 2);
    assert_int_equal(spool_count("new"), 0);
}

/* Two of the same, and the first cannot leave new/ when it is stored, as after
 * a kill: each is counted once. */
static void two_of_the_same_that_come_again_are_two(void **state)
{
    const char *json, *value, *names[2];

    (void)state;
    begin();
    put("a", 1, 100);
    names[0] = spool_only(spool);
    json = spool_json(spool, names[0]);
    assert_int_equal(
        spool_put(spool, apr_pstrcat(p, json, "\n", NULL), &names[1]), 0);
    assert_int_equal(mkdir(spool_path("raw", names[0]), 0700), 0);
    assert_non_null(call(1, NOW));
    assert_int_equal(spool_count("new"), 2);
    assert_int_equal(rmdir(spool_path("raw", names[0])), 0);
    must(call(1, NOW));
    assert_int_equal(spool_count("new"), 0);
    must(store_value(p, store, "SELECT copies FROM tlsrpt_report", &value));
    assert_string_equal(value, "2");
    assert_int_equal(in_store(), 1);
}

/* ---- what is about domains of others ---- */

static const char *others; /* whose policy domain */

static tlsrpt_ours_e not_others(const tlsrpt_policy_t *policy, void *baton)
{
    (void)baton;
    return !strcmp(policy->domain, others) ? TLSRPT_OURS_NOT
                                           : TLSRPT_OURS_NAMED;
}

static const char *two_domains(void)
{
    return "{\"organization-name\":\"Example\",\"contact-info\":"
           "\"mailto:a@example.net\",\"report-id\":\"two\",\"date-range\":"
           "{\"start-datetime\":\"2026-09-20T00:00:00Z\","
           "\"end-datetime\":\"2026-09-20T23:59:59Z\"},\"policies\":["
           "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
           "\"example.com\"},\"summary\":"
           "{\"total-successful-session-count\":1,"
           "\"total-failure-session-count\":0}},"
           "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":"
           "\"example.org\"},\"summary\":"
           "{\"total-successful-session-count\":20,"
           "\"total-failure-session-count\":0}}]}";
}

/* It is kept under the name of no report, so that it is taken again. */
static void what_was_foreign_in_part_is_taken_again(void **state)
{
    static const tlsrpt_drain_calls_t calls = {tell, NULL, NULL};
    const char *name;

    (void)state;
    begin();
    drain = tlsrpt_drain_make(p, spool, TLSRPT_SIZE_DEFAULT, not_others, NULL,
                              &calls);
    others = "example.org";
    assert_int_equal(spool_put(spool, two_domains(), &name), 0);
    must(call(1, NOW));
    assert_int_equal(in_store(), 1);
    assert_int_equal(
        access(spool_path("raw", apr_pstrcat(p, name, ".foreign", NULL)), F_OK),
        0);
    assert_int_equal(spool_put(spool, two_domains(), NULL), 0);
    must(call(1, NOW));
    assert_int_equal(in_store(), 1);
    others = "";
    assert_int_equal(spool_put(spool, two_domains(), NULL), 0);
    must(call(1, NOW));
    assert_int_equal(in_store(), 21);
    assert_int_equal(access(spool_path("raw", name), F_OK), 0);
    assert_int_equal(spool_put(spool, two_domains(), NULL), APR_EEXIST);
}

/* Nothing of it is stored; and it is in nobody's way. */
static void what_holds_no_policy_is_kept_as_foreign(void **state)
{
    static const tlsrpt_drain_calls_t calls = {tell, NULL, NULL};
    static const char json[] =
        "{\"organization-name\":\"Example\",\"contact-info\":"
        "\"mailto:a@example.net\",\"report-id\":\"none\",\"date-range\":"
        "{\"start-datetime\":\"2026-09-20T00:00:00Z\","
        "\"end-datetime\":\"2026-09-20T23:59:59Z\"},\"policies\":[]}";
    const char *name, *value;

    (void)state;
    begin();
    drain = tlsrpt_drain_make(p, spool, TLSRPT_SIZE_DEFAULT, not_others, NULL,
                              &calls);
    others = "example.org";
    assert_int_equal(spool_put(spool, json, &name), 0);
    must(call(1, NOW));
    assert_int_equal(rejected, 0);
    must(store_value(p, store, "SELECT COUNT(*) FROM tlsrpt_report", &value));
    assert_string_equal(value, "0");
    assert_int_equal(
        access(spool_path("raw", apr_pstrcat(p, name, ".foreign", NULL)), F_OK),
        0);
}

/* ---- batches ---- */

static int asked, asked_at_first; /* how many were looked at */

static tlsrpt_ours_e count_asked(const tlsrpt_policy_t *policy, void *baton)
{
    (void)policy;
    (void)baton;
    asked++;
    return TLSRPT_OURS_NAMED;
}

static void tell_first(void *baton, apr_pool_t *pool, const char *name,
                       const tlsrpt_report_t *report, tlsrpt_drain_e what,
                       tlsrpt_store_e how, const char *why)
{
    asked_at_first = stored ? asked_at_first : asked;
    tell(baton, pool, name, report, what, how, why);
}

/* Others who write wait for a commit; and what was not committed is done again.
 */
static void so_many_are_committed_at_once(void **state)
{
    static const tlsrpt_drain_calls_t calls = {tell_first, NULL, NULL};

    (void)state;
    begin();
    asked = 0;
    put("a", 700, 0);
    drain = tlsrpt_drain_make(p, spool, TLSRPT_SIZE_DEFAULT, count_asked, NULL,
                              &calls);
    must(call(1, NOW));
    assert_int_equal(stored, 700);
    /* and the first of them again, to see where it goes */
    assert_int_equal(asked_at_first, 500 + 1);
}

/* ---- a file that goes ---- */

static tlsrpt_ours_e remove_file(const tlsrpt_policy_t *policy, void *baton)
{
    (void)policy;
    (void)baton;
    unlink(spool_path("", "store"));
    return TLSRPT_OURS_NAMED;
}

/* In the middle of a batch: nothing leaves new/, and all is stored again. */
static void a_file_that_goes_takes_nothing_with_it(void **state)
{
    static const tlsrpt_drain_calls_t calls = {tell, NULL, NULL};

    (void)state;
    begin();
    put("a", 10, 0);
    drain = tlsrpt_drain_make(p, spool, TLSRPT_SIZE_DEFAULT, remove_file, NULL,
                              &calls);
    assert_non_null(call(1, NOW));
    assert_int_equal(spool_count("new"), 10);
    assert_int_equal(stored, 0);
    drain =
        tlsrpt_drain_make(p, spool, TLSRPT_SIZE_DEFAULT, NULL, NULL, &calls);
    must(call(1, NOW));
    assert_int_equal(in_store(), 10);
    assert_int_equal(spool_count("new"), 0);
    assert_int_equal(stuck, 0);
}

int main(void)
{
    PROMISE(one_that_may_not_be_read_holds_up_nobody);
    PROMISE(one_that_cannot_be_put_away_holds_up_nobody);
    PROMISE(one_that_cannot_leave_holds_up_nobody);
    PROMISE(one_that_is_refused_waits_for_another);
    PROMISE(many_that_are_refused_hold_up_nobody);
    PROMISE(those_that_are_refused_take_no_place);
    PROMISE(one_that_ends_the_transaction_holds_up_nobody);
    PROMISE(one_whose_totals_are_refused_holds_up_nobody);
    PROMISE(a_database_that_refuses_all_is_not_mistaken);
    PROMISE(a_database_that_goes_away_is_not_mistaken);
    PROMISE(what_is_stuck_is_tried_again_after_an_hour);
    PROMISE(what_is_no_report_goes_to_bad);
    PROMISE(two_of_the_same_that_come_again_are_two);
    PROMISE(what_was_foreign_in_part_is_taken_again);
    PROMISE(what_holds_no_policy_is_kept_as_foreign);
    PROMISE(so_many_are_committed_at_once);
    PROMISE(a_file_that_goes_takes_nothing_with_it);
    return unit_run("drain");
}
