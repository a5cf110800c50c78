/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tables: made where they are missing, migrated from older versions.
 *
 * A step may be cut off in the middle (MariaDB commits after each CREATE), so
 * each can be run again, and the version is written last. Who knows an older
 * version may be storing reports meanwhile: rows are filled in under the lock
 * of who writes, and behind it such a one sees the new version. Texts that
 * belong to a key are bounded, because MariaDB has no key over TEXT; they are
 * VARCHAR also where the length is fixed, because PostgreSQL would not use an
 * index over CHAR for our parameters.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "core/store_sql.h"

/* Of the bounds: octets in the reports, characters here. */
#define RID  "VARCHAR(32) NOT NULL"
#define NAME "VARCHAR(255)$BYTE NOT NULL"
#define LINE "VARCHAR(512) NOT NULL"
#define TYPE "VARCHAR(24) NOT NULL"
#define RES  "VARCHAR(48) NOT NULL"
#define INT  "INTEGER NOT NULL"
#define BIG  "BIGINT NOT NULL"
#define TEXT "$TEXT NOT NULL"

#define TABLE(name, columns)                                                   \
    "CREATE TABLE IF NOT EXISTS tlsrpt_" name " (" columns ")$TABLE"
#define INDEX(table, name, columns)                                            \
    "CREATE INDEX IF NOT EXISTS tlsrpt_" table "_" name " ON tlsrpt_" table    \
    " (" columns ")"
#define OF_REPORT                                                              \
    "FOREIGN KEY (rid) REFERENCES tlsrpt_report (rid) ON DELETE CASCADE"

static const char *const to_1[] = {
    TABLE("report",
          "rid " RID ", submitter " NAME ", org " LINE ", contact " LINE
          ", report_id " LINE ", t_start " BIG ", t_end " BIG ", day " INT
          ", domains " TEXT ", content VARCHAR(64) NOT NULL"
          ", raw VARCHAR(80) NOT NULL, last_raw VARCHAR(80) NOT NULL"
          ", channel VARCHAR(8) NOT NULL, trust " INT ", state " INT
          ", source " NAME ", t_recv " BIG ", t_last " BIG ", copies " INT
          ", conflicts " INT ", details " INT ", notes " TEXT
          ", PRIMARY KEY (rid)"),
    INDEX("report", "day", "day"),
    /* for store_expire.c: which reports still have details */
    INDEX("report", "details", "details, day"),
    TABLE("policy",
          "rid " RID ", pseq " INT ", day " INT ", domain " NAME ", ptype " TYPE
          ", mode VARCHAR(8) NOT NULL, phash " RID ", ok " BIG ", fail " BIG
          ", PRIMARY KEY (rid, pseq), " OF_REPORT),
    INDEX("policy", "domain", "domain, day"),
    TABLE("ptext", "phash " RID ", ptype " TYPE ", day " INT ", body " TEXT
                   ", mx " TEXT ", PRIMARY KEY (phash)"),
    INDEX("ptext", "day", "day"),
    TABLE("failure",
          "rid " RID ", pseq " INT ", fseq " INT ", rtype " RES ", mx " NAME
          ", helo " NAME ", rcv_ip VARCHAR(45) NOT NULL"
          ", snd_ip VARCHAR(45) NOT NULL, sessions " BIG ", reason " TEXT
          ", info " TEXT ", PRIMARY KEY (rid, pseq, fseq), " OF_REPORT),
    TABLE("count", "rid " RID ", domain " NAME ", ptype " TYPE ", rtype " RES
                   ", day " INT ", sessions " BIG
                   ", PRIMARY KEY (rid, domain, ptype, rtype), " OF_REPORT),
    INDEX("count", "domain", "domain, day"),
    TABLE("day", "domain " NAME ", day " INT ", submitter " NAME ", ptype " TYPE
                 ", rtype " RES ", sessions " BIG
                 ", PRIMARY KEY (domain, day, submitter, ptype, rtype)"),
    INDEX("day", "rtype", "rtype, day"), NULL};

/*
 * Which totals are of verified reports, and which policies; of what is there,
 * the reports say it. A summary reads the days of a domain from first to last:
 * in SQLite they are laid in the order of their key, as in MariaDB, and in
 * PostgreSQL they are in the index of it. Of the policies it reads an index
 * alone.
 */
#define VERIFIED_DAYS                                                          \
    "SELECT c.domain, c.day, r.submitter FROM tlsrpt_count c"                  \
    " JOIN tlsrpt_report r ON r.rid = c.rid"                                   \
    " WHERE r.state = 0 AND r.trust >= " STORE_VERIFIED

#define DAY_COLUMN                                                             \
    "ALTER TABLE tlsrpt_day ADD COLUMN $ONCE verified INTEGER DEFAULT 0 "      \
    "NOT NULL"

#define POLICY_COLUMN                                                          \
    "ALTER TABLE tlsrpt_policy ADD COLUMN $ONCE class INTEGER DEFAULT 0 "      \
    "NOT NULL",                                                                \
        INDEX("policy", "class", "domain, day, class, ptype, phash, fail"),    \
        "DROP INDEX IF EXISTS tlsrpt_policy_domain$ON_POLICY"

#define FILL_DAY                                                               \
    "UPDATE tlsrpt_day SET verified = 1"                                       \
    " WHERE (domain, day, submitter) IN (" VERIFIED_DAYS ")"

#define FILL_POLICY                                                            \
    "UPDATE tlsrpt_policy SET class = COALESCE((SELECT CASE "                  \
    "WHEN r.state <> 0 THEN 0 WHEN r.trust >= " STORE_VERIFIED " THEN 2 "      \
    "ELSE 1 END FROM tlsrpt_report r WHERE r.rid = tlsrpt_policy.rid), 0)"

static const char *const to_2_sqlite[] = {
    "ALTER TABLE tlsrpt_day RENAME TO tlsrpt_day_1",
    "CREATE TABLE tlsrpt_day (domain " NAME ", day " INT ", submitter " NAME
    ", ptype " TYPE ", rtype " RES ", sessions " BIG ", verified " INT
    ", PRIMARY KEY (domain, day, submitter, ptype, rtype)) WITHOUT ROWID",
    "INSERT INTO tlsrpt_day SELECT domain, day, submitter, ptype, rtype,"
    " sessions, (domain, day, submitter) IN (" VERIFIED_DAYS ")"
    " FROM tlsrpt_day_1 ORDER BY domain, day, submitter, ptype, rtype",
    "DROP TABLE tlsrpt_day_1",
    INDEX("day", "rtype", "rtype, day"),
    POLICY_COLUMN,
    NULL};

static const char *const to_2_pgsql[] = {
    DAY_COLUMN,
    "ALTER TABLE tlsrpt_day DROP CONSTRAINT IF EXISTS tlsrpt_day_pkey",
    "ALTER TABLE tlsrpt_day ADD CONSTRAINT tlsrpt_day_pkey PRIMARY KEY"
    " (domain, day, submitter, ptype, rtype) INCLUDE (sessions, verified)",
    POLICY_COLUMN, NULL};

static const char *const to_2_mysql[] = {DAY_COLUMN, POLICY_COLUMN, NULL};

static const char *const fill_2_sqlite[] = {FILL_POLICY, NULL};
static const char *const fill_2[] = {FILL_DAY, FILL_POLICY, NULL};

/* Totals are of a domain, a day and a submitter: so they are written without a
 * look at what other submitters said of that domain and day. */
static const char *const to_3[] = {
    "ALTER TABLE tlsrpt_count ADD COLUMN $ONCE submitter VARCHAR(255)$BYTE "
    "DEFAULT '' NOT NULL",
    INDEX("count", "submitter", "domain, day, submitter"),
    "DROP INDEX IF EXISTS tlsrpt_count_domain$ON_COUNT", NULL};

static const char *const fill_3[] = {
    "UPDATE tlsrpt_count SET submitter = COALESCE((SELECT r.submitter "
    "FROM tlsrpt_report r WHERE r.rid = tlsrpt_count.rid), '')",
    NULL};

static const char *const nothing[] = {NULL};

/* Of version n at [n - 1], in each dialect: the tables first, then the rows. */
static const struct {
    const char *const *tables[3];
    const char *const *rows[3];
} steps[TLSRPT_SCHEMA_VERSION] = {
    {{to_1, to_1, to_1}, {nothing, nothing, nothing}},
    {{to_2_sqlite, to_2_pgsql, to_2_mysql}, {fill_2_sqlite, fill_2, fill_2}},
    {{to_3, to_3, to_3}, {fill_3, fill_3, fill_3}}};

static const char *const meta[] = {
    TABLE("meta", "k VARCHAR(32) NOT NULL, v " NAME ", PRIMARY KEY (k)"), NULL};

/* Is there a table of versions? Asked of the catalogue, so that an error is
 * always one of the database. */
static const char *const meta_there[] = {
    "SELECT COUNT(*) FROM sqlite_master WHERE name = 'tlsrpt_meta'",
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = "
    "'tlsrpt_meta' AND table_schema = ANY (current_schemas(false))",
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = "
    "'tlsrpt_meta' AND table_schema = DATABASE()"};

/* Words that the databases do not share. Names are compared by their octets:
 * a page of names goes on behind the last one, and a prefix is a range. The
 * language of a database may pass over hyphens, or sort "ab" before "a-c". */
static const struct {
    const char *word;
    const char *in[3];
} words[] = {{"$TEXT", {"TEXT", "TEXT", "MEDIUMTEXT"}},
             /* SQLite knows it not, and rolls a step back that was cut off */
             {"$ONCE", {"", "IF NOT EXISTS", "IF NOT EXISTS"}},
             {"$ON_POLICY", {"", "", " ON tlsrpt_policy"}},
             {"$ON_COUNT", {"", "", " ON tlsrpt_count"}},
             {"$BYTE", {"", " COLLATE \"C\"", ""}},
             {"$TABLE",
              {"", "",
               " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE "
               "utf8mb4_bin"}}};

static const char *in_dialect(apr_pool_t *p, store_dialect_e dialect,
                              const char *sql)
{
    const char *at;
    apr_size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        while ((at = strstr(sql, words[i].word)) != NULL) {
            sql = apr_pstrcat(p, apr_pstrndup(p, sql, (apr_size_t)(at - sql)),
                              words[i].in[dialect], at + strlen(words[i].word),
                              NULL);
        }
    }
    return sql;
}

/* The version of the tables; 0 without any. */
static const char *version_of(apr_pool_t *p, tlsrpt_store_t *store,
                              int *version)
{
    const char *value;
    const char *error =
        store_value(p, store, meta_there[store->dialect], &value);

    *version = 0;
    if (error || !value || atoi(value) == 0) {
        return error;
    }
    error = store_value(p, store,
                        "SELECT v FROM tlsrpt_meta WHERE k = 'schema'", &value);
    if (!error && value) {
        *version = atoi(value);
    }
    return error;
}

static const char *run(apr_pool_t *p, tlsrpt_store_t *store,
                       const char *const *sql)
{
    const char *error = NULL;

    for (; !error && *sql; sql++) {
        error = store_exec(p, store, in_dialect(p, store->dialect, *sql));
    }
    return error;
}

static const char *make_tables(apr_pool_t *p, tlsrpt_store_t *store,
                               int version)
{
    const char *error = NULL;

    for (; !error && version < TLSRPT_SCHEMA_VERSION; version++) {
        error = run(p, store, steps[version].tables[store->dialect]);
    }
    return error;
}

/* The rows of tlsrpt_meta, anew: an attempt that was cut off may have left
 * some. "writer" is what store_begin() locks. */
static const char *make_meta(apr_pool_t *p, tlsrpt_store_t *store)
{
    static const char *const sql[] = {
        "DELETE FROM tlsrpt_meta",
        "INSERT INTO tlsrpt_meta (k, v) VALUES ('writer', '')",
        "INSERT INTO tlsrpt_meta (k, v) VALUES ('schema', '0')", NULL};

    return run(p, store, sql);
}

/* Then the version is that of this code. */
static const char *fill_rows(apr_pool_t *p, tlsrpt_store_t *store, int version)
{
    const char *values[] = {APR_STRINGIFY(TLSRPT_SCHEMA_VERSION)};
    const char *error =
        version ? store_lock_writer(p, store) : make_meta(p, store);

    for (; !error && version < TLSRPT_SCHEMA_VERSION; version++) {
        error = run(p, store, steps[version].rows[store->dialect]);
    }
    return error ? error
                 : store_change(
                       p, store,
                       "UPDATE tlsrpt_meta SET v = %s WHERE k = 'schema'",
                       values);
}

/* In one transaction. PostgreSQL locks a table that it changes: behind the lock
 * of who writes, so that nobody waits for the other. */
static const char *migrate_at_once(apr_pool_t *p, tlsrpt_store_t *store)
{
    const int pgsql = store->dialect == STORE_PGSQL;
    const char *ignored;
    const char *error =
        store_exec(p, store, pgsql ? "BEGIN" : "BEGIN IMMEDIATE");
    int version;

    if (error) {
        return error;
    }
    if (pgsql) {
        error = store_value(
            p, store, "SELECT pg_advisory_xact_lock(1414288201)", &ignored);
    }
    error = error ? error : version_of(p, store, &version);
    if (!error && version < TLSRPT_SCHEMA_VERSION) { /* nobody was faster */
        error = version ? store_lock_writer(p, store) : run(p, store, meta);
        error = error ? error : make_tables(p, store, version);
        error = error ? error : fill_rows(p, store, version);
    }
    return store_finish(p, store, error);
}

/* MariaDB commits each change of a table. Until the version is written, who
 * knows the older one stores into the new tables, and does not fill all. */
static const char *migrate_in_parts(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *locked, *ignored;
    const char *error =
        store_value(p, store, "SELECT GET_LOCK('tlsrpt_schema', 5)", &locked);
    int version;

    if (!error && (!locked || strcmp(locked, "1"))) {
        error = "Another process makes the tables.";
    }
    if (error) {
        return error;
    }
    error = version_of(p, store, &version);
    if (!error && version < TLSRPT_SCHEMA_VERSION) {
        error = version ? NULL : run(p, store, meta);
        error = error ? error : make_tables(p, store, version);
        error = error ? error : store_exec(p, store, "START TRANSACTION");
        error = error ? error
                      : store_finish(p, store, fill_rows(p, store, version));
    }
    store_value(p, store, "SELECT RELEASE_LOCK('tlsrpt_schema')", &ignored);
    return error;
}

static const char *is_older(apr_pool_t *p, int version)
{
    return apr_psprintf(p,
                        "The tables have version %d, and %d is needed; "
                        "mod_tlsrpt migrates them when it starts.",
                        version, TLSRPT_SCHEMA_VERSION);
}

static const char *is_newer(apr_pool_t *p, int version)
{
    return apr_psprintf(p,
                        "The tables have version %d, which a newer mod_tlsrpt "
                        "made; this one knows %d. Install the newer one again, "
                        "or give this one a store of its own.",
                        version, TLSRPT_SCHEMA_VERSION);
}

const char *store_schema(apr_pool_t *p, tlsrpt_store_t *store)
{
    int version;
    const char *error = version_of(p, store, &version);

    if (!error && version < TLSRPT_SCHEMA_VERSION) {
        if (!store->write) {
            return version ? is_older(p, version)
                           : "There are no tables of reports yet; mod_tlsrpt "
                             "makes them when it starts.";
        }
        error = store->dialect == STORE_MYSQL ? migrate_in_parts(p, store)
                                              : migrate_at_once(p, store);
        error = error ? error : version_of(p, store, &version);
    }
    return !error && version > TLSRPT_SCHEMA_VERSION ? is_newer(p, version)
                                                     : error;
}

const char *store_schema_stays(apr_pool_t *p, tlsrpt_store_t *store)
{
    apr_array_header_t *rows;
    const char *error =
        store_rows(p, store, "SELECT v FROM tlsrpt_meta WHERE k = 'schema'",
                   NULL, 1, 1, &rows);
    int version;

    if (error) {
        return error;
    }
    version = rows->nelts ? atoi(APR_ARRAY_IDX(rows, 0, const char **)[0]) : 0;
    return version < TLSRPT_SCHEMA_VERSION   ? is_older(p, version)
           : version > TLSRPT_SCHEMA_VERSION ? is_newer(p, version)
                                             : NULL;
}
