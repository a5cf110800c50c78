/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/store_schema.c: the tables are made, migrated, and not those of another
 * version.
 */
#include "unit_store.h"

static void drop_tables(void)
{
    static const char *const tables[] = {"failure", "policy", "count", "day",
                                         "ptext",   "report", "meta"};
    apr_size_t i;

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        must(store_exec(
            p, store,
            apr_psprintf(p, "DROP TABLE IF EXISTS tlsrpt_%s", tables[i])));
    }
}

static void tables_are_made(void **state)
{
    tlsrpt_store_t *reader;
    const char *error;

    (void)state;
    must(tlsrpt_store_open(p, where, 1, &store));
    drop_tables();
    error = tlsrpt_store_open(p, where, 0, &reader);
    assert_non_null(error);
    assert_non_null(strstr(error, "no tables of reports yet"));
    must(tlsrpt_store_open(p, where, 1, &store));
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    must(tlsrpt_store_open(p, where, 0, &reader));
}

/* The tables of version 2. */
static void make_version_2(void)
{
    must(store_exec(p, store,
                    store->dialect == STORE_MYSQL
                        ? "DROP INDEX tlsrpt_count_submitter ON tlsrpt_count"
                        : "DROP INDEX tlsrpt_count_submitter"));
    must(
        store_exec(p, store, "ALTER TABLE tlsrpt_count DROP COLUMN submitter"));
    must(store_exec(p, store,
                    "CREATE INDEX tlsrpt_count_domain ON tlsrpt_count "
                    "(domain, day)"));
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '2' WHERE k = 'schema'"));
}

static void make_version_1(void)
{
    make_version_2();
    must(store_exec(p, store, "ALTER TABLE tlsrpt_day DROP COLUMN verified"));
    if (store->dialect == STORE_PGSQL) { /* its key went with the column */
        must(store_exec(p, store,
                        "ALTER TABLE tlsrpt_day ADD PRIMARY KEY "
                        "(domain, day, submitter, ptype, rtype)"));
    }
    must(store_exec(p, store,
                    store->dialect == STORE_MYSQL
                        ? "DROP INDEX tlsrpt_policy_class ON tlsrpt_policy"
                        : "DROP INDEX tlsrpt_policy_class"));
    must(store_exec(p, store, "ALTER TABLE tlsrpt_policy DROP COLUMN class"));
    must(store_exec(p, store,
                    "CREATE INDEX tlsrpt_policy_domain ON tlsrpt_policy "
                    "(domain, day)"));
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '1' WHERE k = 'schema'"));
}

static const char *classes(void)
{
    return ask("SELECT domain, submitter, day, verified, SUM(sessions) FROM "
               "tlsrpt_day GROUP BY domain, submitter, day, verified "
               "ORDER BY domain, submitter, day",
               5);
}

/* The policies of two domains. */
static const char *of_two(const char *ok)
{
    return apr_pstrcat(p, policy("sts", "example.com", ok, "0", ""), ",",
                       policy("tlsa", "www.example.com", ok, "1", ""), NULL);
}

/* As a.example.net. */
static tlsrpt_report_t *of_another(const char *id, const char *ok)
{
    tlsrpt_report_t *r = report_of(id, "2026-11-20", of_two(ok));

    r->submitter = "a.example.net";
    return r;
}

static void version_1_is_migrated_with_its_data(void **state)
{
    static const char wanted[] = "example.com|a.example.net|20261120|0|5 "
                                 "example.com|example.net|20261119|0|7 "
                                 "example.com|example.net|20261120|1|8 "
                                 "example.com|example.net|20261121|1|9 "
                                 "www.example.com|a.example.net|20261120|0|6 "
                                 "www.example.com|example.net|20261120|1|9";
    tlsrpt_store_t *again = NULL;
    const char *error;

    (void)state;
    empty();
    https(of_another("1", "5"), "r1");
    https(report_of("2", "2026-11-19",
                    policy("sts", "example.com", "7", "0", "")),
          "r2");
    mail(report_of("3", "2026-11-19",
                   policy("sts", "example.com", "100", "0", "")),
         "r3");
    https(report_of("4", "2026-11-20", of_two("1000")), "r4"); /* outranked */
    dkim(report_of("5", "2026-11-20", of_two("8")), "r5");
    add(report_of("6", "2026-11-21",
                  policy("sts", "example.com", "9", "0", "")),
        TLSRPT_CHANNEL_FILE, TLSRPT_TRUST_LOCAL, "r6");
    assert_string_equal(classes(), wanted);
    make_version_1();
    error = tlsrpt_store_open(p, where, 0, &again);
    assert_non_null(error);
    assert_non_null(strstr(error, "have version 1, and 3 is needed"));
    must(tlsrpt_store_open(p, where, 1, &again));
    store = again;
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    assert_string_equal(classes(), wanted);
    /* and goes on: the one that nobody verified comes by mail, too */
    dkim(of_another("7", "11"), "r7");
    assert_non_null(
        strstr(classes(), "example.com|a.example.net|20261120|1|11 "));
}

static void version_2_is_migrated_with_its_data(void **state)
{
    tlsrpt_store_t *again;

    (void)state;
    empty();
    https(of_another("1", "5"), "r1");
    https(simple("2", "7"), "r2");
    make_version_2();
    must(tlsrpt_store_open(p, where, 1, &again));
    store = again;
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    assert_string_equal(ask("SELECT DISTINCT domain, submitter, sessions FROM "
                            "tlsrpt_count WHERE rtype = 'ok' "
                            "ORDER BY domain, submitter",
                            3),
                        "example.com|a.example.net|5 "
                        "example.com|example.net|7 "
                        "www.example.com|a.example.net|5");
    /* the totals of both, of what was there and what comes */
    assert_int_equal(https(simple("3", "4"), "r3"), TLSRPT_STORE_NEW);
    assert_int_equal(https(of_another("4", "2"), "r4"), TLSRPT_STORE_NEW);
    assert_string_equal(ask("SELECT domain, submitter, sessions FROM "
                            "tlsrpt_day WHERE rtype = 'ok' "
                            "ORDER BY domain, submitter",
                            3),
                        "example.com|a.example.net|7 "
                        "example.com|example.net|11 "
                        "www.example.com|a.example.net|7");
}

/* Another host, that knows version 2, is storing a report meanwhile. */
static void who_stores_in_an_older_version_is_waited_for(void **state)
{
    static const char *const impatient[][2] = {
        {"PRAGMA busy_timeout = 10", NULL},
        {"SET lock_timeout = '200ms'", NULL},
        {"SET SESSION innodb_lock_wait_timeout = 1",
         "SET SESSION lock_wait_timeout = 1"}};
    static const char *const begin[] = {"BEGIN IMMEDIATE", "BEGIN",
                                        "START TRANSACTION"};
    tlsrpt_store_t *other;
    const char *ignored;
    int i;

    (void)state;
    empty();
    https(simple("a", "5"), "r1");
    must(tlsrpt_store_open(p, where, 1, &other));
    for (i = 0; i < 2 && impatient[store->dialect][i]; i++) {
        const char *sql = impatient[store->dialect][i];

        must(store->dialect == STORE_SQLITE
                 ? store_value(p, other, sql, &ignored)
                 : store_exec(p, other, sql));
    }
    if (store->dialect == STORE_SQLITE) {
        make_version_2();
    }
    else { /* the tables are changed already, and the rows are not */
        must(store_exec(p, store,
                        "UPDATE tlsrpt_meta SET v = '2' WHERE k = 'schema'"));
    }
    must(store_exec(p, store, begin[store->dialect]));
    if (store->dialect != STORE_SQLITE) {
        must(store_lock_writer(p, store));
    }
    assert_non_null(store_schema(p, other));
    must(store_exec(p, store,
                    "INSERT INTO tlsrpt_count (rid, domain, ptype, rtype, day, "
                    "sessions) SELECT rid, 'late.example.com', 'sts', 'ok', "
                    "day, 3 FROM tlsrpt_report"));
    must(store_exec(p, store, "COMMIT"));
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "2");
    must(store_schema(p, other));
    store = other;
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    assert_string_equal(ask("SELECT domain, submitter FROM tlsrpt_count "
                            "WHERE sessions = 3",
                            2),
                        "late.example.com|example.net");
}

/* Beside another process that makes the tables, this one makes none. */
static void one_process_makes_the_tables(void **state)
{
    tlsrpt_store_t *other;
    const char *ignored, *error;

    (void)state;
    empty();
    if (store->dialect != STORE_MYSQL) {
        return; /* one transaction */
    }
    must(tlsrpt_store_open(p, where, 1, &other));
    must(
        store_value(p, store, "SELECT GET_LOCK('tlsrpt_schema', 0)", &ignored));
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '2' WHERE k = 'schema'"));
    error = store_schema(p, other);
    assert_non_null(error);
    assert_string_equal(error, "Another process makes the tables.");
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "2");
    must(store_value(p, store, "SELECT RELEASE_LOCK('tlsrpt_schema')",
                     &ignored));
    must(store_schema(p, other));
}

/* MariaDB commits each step of it. */
static void a_migration_that_was_cut_off_goes_on(void **state)
{
    tlsrpt_store_t *again;

    (void)state;
    empty();
    if (store->dialect == STORE_SQLITE) {
        return; /* it is one transaction */
    }
    dkim(simple("a", "5"), "r1");
    must(store_exec(p, store, "UPDATE tlsrpt_day SET verified = 0"));
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '1' WHERE k = 'schema'"));
    must(tlsrpt_store_open(p, where, 1, &again));
    store = again;
    assert_string_equal(ask("SELECT verified FROM tlsrpt_day", 1), "1");
}

static void an_older_version_is_migrated(void **state)
{
    tlsrpt_store_t *again;

    (void)state;
    empty();
    https(simple("a", "5"), "r1");
    /* as if the making of the tables had been cut off */
    make_version_1();
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '0' "
                    "WHERE k = 'schema'"));
    must(store_exec(p, store, "DELETE FROM tlsrpt_meta WHERE k = 'writer'"));
    must(store_exec(p, store, "DROP TABLE tlsrpt_failure"));
    must(tlsrpt_store_open(p, where, 1, &again));
    store = again;
    assert_string_equal(ask("SELECT v FROM tlsrpt_meta WHERE k = 'schema'", 1),
                        "3");
    assert_string_equal(totals(), "example.com|example.net|sts|ok|5");
    assert_int_equal(https(simple("b", "6"), "r2"), TLSRPT_STORE_NEW);
    assert_string_equal(totals(), "example.com|example.net|sts|ok|11");
}

static void a_newer_version_is_refused(void **state)
{
    tlsrpt_store_t *again = NULL;
    const char *error;
    int write;

    (void)state;
    empty();
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '4' "
                    "WHERE k = 'schema'"));
    for (write = 0; write < 2; write++) {
        error = tlsrpt_store_open(p, where, write, &again);
        assert_non_null(error);
        assert_non_null(strstr(error, "version 4, which a newer mod_tlsrpt"));
        assert_null(again);
    }
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '3' "
                    "WHERE k = 'schema'"));
}

/* One of several hosts with one store was upgraded. */
static void a_version_that_changes_is_noticed(void **state)
{
    static const char *const versions[][2] = {
        {"4", "version 4, which a newer mod_tlsrpt"},
        {"1", "version 1, and 3 is needed"}};
    tlsrpt_origin_t origin = {
        TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, NOW, "192.0.2.1", "", ""};
    tlsrpt_store_e how;
    const char *error;
    int again, i;

    (void)state;
    empty();
    https(report_of("old", "2024-11-20",
                    policy("sts", "example.com", "5", "0", "")),
          "r1");
    for (i = 0; i < 2; i++) {
        must(store_exec(p, store,
                        apr_psprintf(p,
                                     "UPDATE tlsrpt_meta SET v = '%s' "
                                     "WHERE k = 'schema'",
                                     versions[i][0])));
        error = tlsrpt_store_add(p, store, simple("a", "5"), &origin, "r2",
                                 not_org, NULL, &keep, NOW, &how);
        assert_non_null(error);
        assert_non_null(strstr(error, versions[i][1]));
        error = tlsrpt_store_batch(p, store);
        assert_non_null(error);
        assert_non_null(strstr(error, versions[i][1]));
        error = tlsrpt_store_expire(p, store, &keep, NOW, &again);
        assert_non_null(error);
        assert_non_null(strstr(error, versions[i][1]));
    }
    must(store_exec(p, store,
                    "UPDATE tlsrpt_meta SET v = '3' WHERE k = 'schema'"));
    assert_string_equal(ask("SELECT report_id FROM tlsrpt_report", 1), "old");
    assert_int_equal(https(simple("a", "5"), "r2"), TLSRPT_STORE_NEW);
}

int main(void)
{
    PROMISE(tables_are_made);
    PROMISE(an_older_version_is_migrated);
    PROMISE(version_1_is_migrated_with_its_data);
    PROMISE(version_2_is_migrated_with_its_data);
    PROMISE(who_stores_in_an_older_version_is_waited_for);
    PROMISE(one_process_makes_the_tables);
    PROMISE(a_migration_that_was_cut_off_goes_on);
    PROMISE(a_newer_version_is_refused);
    PROMISE(a_version_that_changes_is_noticed);
    return run_on_store("store_schema");
}
