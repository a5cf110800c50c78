/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A store is opened here, and asked.
 */
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/escape.h"
#include "core/store_sql.h"

/* The databases, by the name of their driver in apr_dbd. */
static const struct {
    const char *name;
    const char *package; /* Debian's, of the driver */
} dialects[] = {{"sqlite3", "libaprutil1-dbd-sqlite3"},
                {"pgsql", "libaprutil1-dbd-pgsql"},
                {"mysql", "libaprutil1-dbd-mysql"}};

#define DIALECTS (sizeof(dialects) / sizeof(dialects[0]))

/* What a connection of our own is told first. SQLite waits a quarter of a
 * second for a lock, and its driver asks 16 times. */
static const char *const own_settings[DIALECTS][4] = {
    {"PRAGMA busy_timeout = 250", "PRAGMA foreign_keys = ON",
     "PRAGMA synchronous = FULL", NULL},
    {"SET lock_timeout = '20s'", "SET synchronous_commit = on", NULL},
    {"SET SESSION innodb_lock_wait_timeout = 20",
     "SET SESSION lock_wait_timeout = 20",
     "SET SESSION sql_mode = 'STRICT_ALL_TABLES'", NULL}};

/* What SQLite is told besides. Readers do not wait for the writer; whose 16 MiB
 * of memory, and as much of write-ahead log, spare the disk: pages of totals
 * change often. */
static const char *const of_reader[] = {"PRAGMA query_only = ON", NULL};
static const char *const of_writer[] = {
    "PRAGMA journal_mode = WAL", "PRAGMA cache_size = -16384",
    "PRAGMA wal_autocheckpoint = 4000", NULL};

/* What any connection has to be told: our texts are UTF-8. */
static const char *const utf8[DIALECTS] = {
    NULL, "SET client_encoding TO 'UTF8'", "SET NAMES utf8mb4"};

/* ---- open ---- */

static apr_status_t close_store(void *data)
{
    tlsrpt_store_t *store = data;

    apr_dbd_close(store->driver, store->handle);
    return APR_SUCCESS;
}

static int dialect_of(const char *name, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < DIALECTS; i++) {
        if (strlen(dialects[i].name) == len &&
            !strncmp(dialects[i].name, name, len)) {
            return (int)i;
        }
    }
    return -1;
}

/* PostgreSQL converts texts to the encoding of the database, and refuses what
 * that does not have. */
static const char *check_encoding(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *encoding, *error;

    if (store->dialect != STORE_PGSQL) {
        return NULL;
    }
    error = store_value(p, store, "SHOW server_encoding", &encoding);
    if (error || !encoding || !strcmp(encoding, "UTF8") ||
        !strcmp(encoding, "SQL_ASCII")) {
        return error;
    }
    return apr_psprintf(p,
                        "The database has the encoding %s, and reports are "
                        "UTF-8: make one with CREATE DATABASE ... ENCODING "
                        "'UTF8' TEMPLATE template0.",
                        mta_sts_escape_line(p, encoding));
}

static const char *set_up(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *error = NULL, *ignored;
    int i;

    if (utf8[store->dialect]) {
        error = store_exec(p, store, utf8[store->dialect]);
    }
    for (i = 0; !error && store->own && own_settings[store->dialect][i]; i++) {
        /* some answer a row, and some do not */
        error = store->dialect == STORE_SQLITE
                    ? store_value(p, store, own_settings[store->dialect][i],
                                  &ignored)
                    : store_exec(p, store, own_settings[store->dialect][i]);
    }
    if (store->own && store->dialect == STORE_SQLITE) {
        const char *const *sql = store->write ? of_writer : of_reader;

        for (; !error && *sql; sql++) {
            error = store_value(p, store, *sql, &ignored);
        }
    }
    error = error ? error : check_encoding(p, store);
    return error ? error : store_schema(p, store);
}

/** Under this name a connection's pool keeps them. */
#define STATEMENTS "tlsrpt-statements"

static store_statements_t *new_statements(apr_pool_t *p)
{
    store_statements_t *made = apr_pcalloc(p, sizeof(*made));

    made->p = p;
    made->all = apr_hash_make(p);
    return made;
}

/* The other drivers free a statement with its pool, and MariaDB's client may
 * connect anew by itself, which leaves the old ones useless. */
static store_statements_t *statements_of(apr_pool_t *life)
{
    void *kept = NULL;

    apr_pool_userdata_get(&kept, STATEMENTS, life);
    if (!kept) {
        store_statements_t *made = new_statements(life);

        made->kept = 1;
        apr_pool_userdata_setn(made, STATEMENTS, NULL, life);
        return made;
    }
    return kept;
}

static tlsrpt_store_t *new_store(apr_pool_t *p, const apr_dbd_driver_t *driver,
                                 apr_dbd_t *handle, store_dialect_e dialect,
                                 int write, int own)
{
    tlsrpt_store_t *store = apr_pcalloc(p, sizeof(*store));

    store->p = p;
    store->driver = driver;
    store->handle = handle;
    store->dialect = dialect;
    store->write = write;
    store->own = own;
    store->statements = new_statements(p);
    return store;
}

const char *tlsrpt_store_spelling(const char *where)
{
    const apr_size_t len = strcspn(where, ":");

    return dialect_of(where, len) < 0 || !where[len] || !where[len + 1]
               ? "a store is sqlite3:FILE, pgsql:PARAMS or mysql:PARAMS"
               : NULL;
}

/* The driver and the parameters of a store; and what tlsrpt_store_check()
 * says. */
static const char *find_driver(apr_pool_t *p, const char *where, int *dialect,
                               const apr_dbd_driver_t **driver,
                               const char **params)
{
    const apr_size_t len = strcspn(where, ":");
    const char *error = tlsrpt_store_spelling(where);

    if (error) {
        return error;
    }
    *dialect = dialect_of(where, len);
    *params = where + len + 1;
    if (apr_dbd_init(p) ||
        apr_dbd_get_driver(p, dialects[*dialect].name, driver)) {
        return apr_psprintf(p,
                            "APR-util has no driver for %s: install it (on "
                            "Debian: %s)",
                            dialects[*dialect].name,
                            dialects[*dialect].package);
    }
    return NULL;
}

const char *tlsrpt_store_check(apr_pool_t *p, const char *where)
{
    const apr_dbd_driver_t *driver;
    const char *params;
    int dialect;

    return find_driver(p, where, &dialect, &driver, &params);
}

const char *tlsrpt_store_open(apr_pool_t *p, const char *where, int write,
                              tlsrpt_store_t **store)
{
    const char *why = NULL, *error, *params;
    const apr_dbd_driver_t *driver;
    tlsrpt_store_t *made;
    apr_dbd_t *handle;
    store_file_t *file = NULL;
    apr_pool_t *own;
    int dialect;

    error = find_driver(p, where, &dialect, &driver, &params);
    if (error) {
        return apr_pstrcat(p, error, ".", NULL);
    }
    if (dialect == STORE_SQLITE && strncmp(params, "file:", 5)) {
        error = store_file_prepare(p, params, write);
    }
    if (error) {
        return error;
    }
    apr_pool_create(&own, p);
    if (dialect == STORE_SQLITE) {
        file = store_file_note(own, params);
    }
    if (apr_dbd_open_ex(
            driver, own,
            store_params_complete(own, (store_dialect_e)dialect, params),
            &handle, &why)) {
        if (why && *why && !store_params_tell(own, params, why)) {
            why = apr_pstrndup(own, why, strcspn(why, "\r\n"));
            error = apr_psprintf(p, "The database says: %s",
                                 mta_sts_escape_line(p, why));
        }
        else {
            error = apr_psprintf(p,
                                 "No connection to the database (%s); what it "
                                 "says holds parts of the parameters and is "
                                 "not shown.",
                                 dialects[dialect].name);
        }
        apr_pool_destroy(own);
        return error;
    }
    made = new_store(own, driver, handle, (store_dialect_e)dialect, write, 1);
    made->file = file;
    apr_pool_cleanup_register(own, made, close_store, apr_pool_cleanup_null);
    error = set_up(p, made);
    if (!error) { /* was it that file that was opened? */
        error = tlsrpt_store_moved(p, made);
    }
    if (!error && file && file->path && write) {
        made->log =
            store_file_note(own, apr_pstrcat(own, file->path, "-wal", NULL));
    }
    if (error) {
        apr_pool_destroy(own);
        return error;
    }
    *store = made;
    return NULL;
}

const char *tlsrpt_store_attach(apr_pool_t *p, apr_pool_t *life,
                                const apr_dbd_driver_t *driver,
                                apr_dbd_t *handle, int write,
                                tlsrpt_store_t **store)
{
    const char *name = apr_dbd_name(driver), *error;
    int dialect = dialect_of(name, strlen(name));
    tlsrpt_store_t *made;

    if (dialect < 0) {
        return apr_psprintf(p,
                            "The DBDriver is %s; reports are stored with "
                            "sqlite3, pgsql or mysql.",
                            mta_sts_escape_line(p, name));
    }
    made = new_store(p, driver, handle, (store_dialect_e)dialect, write, 0);
    if (dialect == STORE_SQLITE) {
        made->statements = statements_of(life);
        made->file = store_file_of(p, life, made);
        error = tlsrpt_store_moved(p, made);
        if (error) {
            return apr_pstrcat(
                p, error, " mod_dbd has it open still: restart httpd.", NULL);
        }
    }
    error = set_up(p, made);
    if (!error) {
        *store = made;
    }
    return error;
}

/* ---- ask ---- */

const char *tlsrpt_store_ping(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *ignored;

    return store_value(p, store, "SELECT 1", &ignored);
}

void tlsrpt_store_rest(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *ignored;

    if (store->own && store->write && store->dialect == STORE_SQLITE) {
        store_value(p, store, "PRAGMA wal_checkpoint(TRUNCATE)", &ignored);
    }
}

const char *tlsrpt_store_query(apr_pool_t *p, tlsrpt_store_t *store,
                               const char *sql, const char **values,
                               int columns, int max, apr_array_header_t **rows)
{
    return store_rows(p, store, apr_psprintf(p, "%s LIMIT %d", sql, max),
                      values, columns, max, rows);
}
