/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store.c, core/store_params.c: connections, and what is said when there
 * is none.
 */
#include "unit_store.h"

#include <dlfcn.h>

/* How many statements are prepared on it. */
static int prepared(const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    void *(*next)(void *, void *), *statement = NULL, *library;
    int n = 0;

    if (store->dialect != STORE_SQLITE) {
        return atoi(ask(store->dialect == STORE_PGSQL
                            ? "SELECT COUNT(*) FROM pg_prepared_statements"
                            : "SELECT variable_value FROM "
                              "information_schema.global_status WHERE "
                              "variable_name = 'PREPARED_STMT_COUNT'",
                        1));
    }
    library = dlopen("libsqlite3.so.0", RTLD_LAZY | RTLD_NOLOAD);
    assert_non_null(library);
    *(void **)&next = dlsym(library, "sqlite3_next_stmt");
    assert_non_null(next);
    while ((statement = next(apr_dbd_native_handle(driver, handle),
                             statement)) != NULL) {
        n++;
    }
    dlclose(library);
    return n;
}

/* As the intake does with TLSRPTStore dbd, once a second. */
static void a_connection_that_is_attached_often_does_not_grow(void **state)
{
    static const char *const meddling[] = {"CREATE TABLE meddling (a INTEGER)",
                                           "DROP TABLE meddling"};
    const apr_dbd_driver_t *driver;
    const char *colon = strchr(where, ':');
    apr_pool_t *life, *one;
    apr_dbd_t *handle;
    int i, first = 0, n;

    (void)state;
    empty();
    apr_pool_create(&life, p);
    assert_int_equal(apr_dbd_get_driver(life,
                                        apr_pstrmemdup(p, where, colon - where),
                                        &driver),
                     0);
    assert_int_equal(apr_dbd_open(driver, life, colon + 1, &handle), 0);
    for (i = 0; i < 50; i++) {
        apr_pool_create(&one, p);
        must(tlsrpt_store_attach(one, life, driver, handle, 1, &store));
        must(tlsrpt_store_batch(one, store));
        https(simple(apr_itoa(p, i), "1"), apr_itoa(p, i));
        must(tlsrpt_store_commit(one, store));
        n = prepared(driver, handle);
        first = i ? first : n;
        if (n > first) {
            fail_msg("%d statements, and %d after %d times", first, n, i + 1);
        }
        apr_pool_destroy(one);
    }
    /* what somebody else does to the tables is in the way once at most */
    for (i = 0; i < 2; i++) {
        tlsrpt_store_t *other;

        must(tlsrpt_store_open(p, where, 1, &other));
        must(store_exec(p, other, meddling[i]));
        tlsrpt_store_attach(p, life, driver, handle, 1, &store);
        must(tlsrpt_store_attach(p, life, driver, handle, 1, &store));
        https(simple(apr_itoa(p, 100 + i), "1"), apr_itoa(p, 100 + i));
    }
    apr_dbd_close(driver, handle);
    store = NULL;
    apr_pool_destroy(life);
}

static void each_commit_is_on_the_disk(void **state)
{
    static const char *const asked[] = {"PRAGMA synchronous",
                                        "SHOW synchronous_commit", NULL};
    static const char *const wanted[] = {"2", "on", NULL};
    const char *value = NULL;

    (void)state;
    empty();
    if (asked[store->dialect]) { /* MariaDB has it for the whole server */
        must(store_value(p, store, asked[store->dialect], &value));
    }
    unit_same("synchronous", value, wanted[store->dialect]);
}

#define PGSQL_BOUNDS                                                           \
    "connect_timeout=10 keepalives_idle=30 keepalives_interval=10 "            \
    "keepalives_count=3 tcp_user_timeout=60000 "
#define MYSQL_BOUNDS "connecttimeout=10,readtimeout=120,writetimeout=120,"

static void a_connection_has_bounds_of_time(void **state)
{
    static const struct {
        store_dialect_e dialect;
        const char *params, *completed;
    } cases[] = {
        {STORE_SQLITE, "/a", "/a"},
        {STORE_PGSQL, "host=a", PGSQL_BOUNDS "host=a"},
        {STORE_PGSQL, "connect_timeout=2",
         PGSQL_BOUNDS "connect_timeout=2"}, /* the later one wins */
        {STORE_PGSQL, "password=a://b", PGSQL_BOUNDS "password=a://b"},
        {STORE_PGSQL, "postgresql://a/b",
         "postgresql://a/b?connect_timeout=10&keepalives_idle=30&"
         "keepalives_interval=10&keepalives_count=3&tcp_user_timeout=60000"},
        {STORE_PGSQL, "postgres://a?connect_timeout=2",
         "postgres://a?connect_timeout=2&keepalives_idle=30&"
         "keepalives_interval=10&keepalives_count=3&tcp_user_timeout=60000"},
        {STORE_MYSQL, "host=a", MYSQL_BOUNDS "host=a,reconnect=0"},
        {STORE_MYSQL, "readtimeout=2,reconnect=1",
         MYSQL_BOUNDS "readtimeout=2,reconnect=1,reconnect=0"},
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unit_same(cases[i].params,
                  store_params_complete(p, cases[i].dialect, cases[i].params),
                  cases[i].completed);
    }
}

static void no_message_holds_a_password(void **state)
{
    static const char *const stores[] = {
        "pgsql:host=127.0.0.1 port=1 user=u password=s3cret",
        "pgsql:password=my s3cret",
        "pgsql:s3cret",
        "pgsql:passwrd=s3cret host=127.0.0.1",
        "pgsql:password='s3cret",
        "pgsql:postgresql://u:s3cret@127.0.0.1:1/db?s3cret=1",
        "pgsql:s3cret=s3cret",
        "mysql:host=127.0.0.1,port=1,user=u,pass=s3cret",
        "mysql:sock=/nonexistent user=u pass=s3cret",
        "oracle:s3cret",
        "s3cret",
    };
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
        tlsrpt_store_t *none = NULL;
        const char *error = tlsrpt_store_open(p, stores[i], 1, &none);

        assert_non_null(error);
        assert_null(none);
        if (strstr(error, "s3cret")) {
            fail_msg("%s: %s", stores[i], error);
        }
    }
}

int main(void)
{
    PROMISE(a_connection_that_is_attached_often_does_not_grow);
    PROMISE(each_commit_is_on_the_disk);
    PROMISE(a_connection_has_bounds_of_time);
    PROMISE(no_message_holds_a_password);
    return run_on_store("store_connection");
}
