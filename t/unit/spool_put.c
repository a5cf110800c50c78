/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/spool.h: a report comes back as it was put, and once; also when many put
 * at the same time. Full disks and kills at each step are in spool_kill.c.
 */
#include "unit.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/entry.h"
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
    PROMISE(the_oldest_come_first);
    PROMISE(what_was_foreign_is_taken_again);
    PROMISE(threads_put_at_the_same_time);
    PROMISE(processes_put_at_the_same_time);
    return unit_run("spool_put");
}
