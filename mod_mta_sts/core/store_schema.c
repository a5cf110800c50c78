/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tables: made where they are missing, migrated from older versions.
 *
 * A step may be cut off in the middle (MariaDB commits after each CREATE), so
 * each can be run again, and the version is written last. Texts that belong to
 * a key are bounded, because MariaDB has no key over TEXT; they are VARCHAR
 * also where the length is fixed, because PostgreSQL would not use an index
 * over CHAR for our parameters.
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

#define POLICY_CLASS                                                           \
    "ALTER TABLE tlsrpt_policy ADD COLUMN $ONCE class INTEGER DEFAULT 0 "      \
    "NOT NULL",                                                                \
        "UPDATE tlsrpt_policy SET class = (SELECT CASE WHEN r.state <> 0 "     \
        "THEN 0 WHEN r.trust >= " STORE_VERIFIED " THEN 2 ELSE 1 END "         \
        "FROM tlsrpt_report r WHERE r.rid = tlsrpt_policy.rid)",               \
        INDEX("policy", "class", "domain, day, class, ptype, phash, fail"),    \
        "DROP INDEX IF EXISTS tlsrpt_policy_domain$ON_POLICY"

#define DAY_VERIFIED                                                           \
    "ALTER TABLE tlsrpt_day ADD COLUMN $ONCE verified INTEGER DEFAULT 0 "      \
    "NOT NULL",                                                                \
        "UPDATE tlsrpt_day SET verified = 1"                                   \
        " WHERE (domain, day, submitter) IN (" VERIFIED_DAYS ")"

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
    POLICY_CLASS,
    NULL};

static const char *const to_2_pgsql[] = {
    DAY_VERIFIED,
    "ALTER TABLE tlsrpt_day DROP CONSTRAINT IF EXISTS tlsrpt_day_pkey",
    "ALTER TABLE tlsrpt_day ADD CONSTRAINT tlsrpt_day_pkey PRIMARY KEY"
    " (domain, day, submitter, ptype, rtype) INCLUDE (sessions, verified)",
    POLICY_CLASS, NULL};

static const char *const to_2_mysql[] = {DAY_VERIFIED, POLICY_CLASS, NULL};

/* Totals are of a domain, a day and a submitter: so they are written without a
 * look at what other submitters said of that domain and day. */
static const char *const to_3[] = {
    "ALTER TABLE tlsrpt_count ADD COLUMN $ONCE submitter VARCHAR(255)$BYTE "
    "DEFAULT '' NOT NULL",
    "UPDATE tlsrpt_count SET submitter = (SELECT r.submitter "
    "FROM tlsrpt_report r WHERE r.rid = tlsrpt_count.rid)",
    INDEX("count", "submitter", "domain, day, submitter"),
    "DROP INDEX IF EXISTS tlsrpt_count_domain$ON_COUNT", NULL};

/* steps[n] leads from version n to n + 1, in each dialect. */
static const char *const *const steps[TLSRPT_SCHEMA_VERSION][3] = {
    {to_1, to_1, to_1},
    {to_2_sqlite, to_2_pgsql, to_2_mysql},
    {to_3, to_3, to_3}};

static const char meta[] =
    TABLE("meta", "k VARCHAR(32) NOT NULL, v " NAME ", PRIMARY KEY (k)");

/* Is there a table of versions? Asked of the catalogue, so that an error is
 * always one of the database. */
static const char *const meta_there[] = {
    "SELECT COUNT(*) FROM sqlite_master WHERE name = 'tlsrpt_meta'",
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = "
    "'tlsrpt_meta' AND table_schema = ANY (current_schemas(false))",
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = "
    "'tlsrpt_meta' AND table_schema = DATABASE()"};

/* One process at a time makes tables. SQLite: BEGIN IMMEDIATE does it. */
static const char *const lock[] = {NULL,
                                   "SELECT pg_advisory_xact_lock(1414288201)",
                                   "SELECT GET_LOCK('tlsrpt_schema', 30)"};
static const char *const unlock[] = {NULL, NULL,
                                     "SELECT RELEASE_LOCK('tlsrpt_schema')"};

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

static const char *make(apr_pool_t *p, tlsrpt_store_t *store)
{
    const char *error, *const *sql;
    const char *values[] = {APR_STRINGIFY(TLSRPT_SCHEMA_VERSION)};
    int version, fresh;

    error = version_of(p, store, &version);
    if (error || version >= TLSRPT_SCHEMA_VERSION) {
        return error; /* another process was faster */
    }
    fresh = version == 0;
    error = store_exec(p, store, in_dialect(p, store->dialect, meta));
    for (; !error && version < TLSRPT_SCHEMA_VERSION; version++) {
        for (sql = steps[version][store->dialect]; !error && *sql; sql++) {
            error = store_exec(p, store, in_dialect(p, store->dialect, *sql));
        }
    }
    if (!error && fresh) { /* what an attempt may have left that was cut off */
        error = store_exec(p, store, "DELETE FROM tlsrpt_meta");
    }
    if (!error && fresh) { /* the row that store_begin() locks */
        error = store_exec(p, store,
                           "INSERT INTO tlsrpt_meta (k, v) VALUES "
                           "('writer', '')");
    }
    if (!error) {
        error = store_change(
            p, store,
            fresh ? "INSERT INTO tlsrpt_meta (v, k) VALUES (%s, 'schema')"
                  : "UPDATE tlsrpt_meta SET v = %s WHERE k = 'schema'",
            values);
    }
    return error;
}

static const char *migrate(apr_pool_t *p, tlsrpt_store_t *store)
{
    static const char *const begin[] = {"BEGIN IMMEDIATE", "BEGIN", NULL};
    const char *ignored, *error = NULL;

    if (begin[store->dialect]) {
        error = store_exec(p, store, begin[store->dialect]);
    }
    if (!error && lock[store->dialect]) {
        error = store_value(p, store, lock[store->dialect], &ignored);
    }
    if (error) {
        return error;
    }
    error = make(p, store);
    if (begin[store->dialect]) {
        const char *end = store_exec(p, store, error ? "ROLLBACK" : "COMMIT");

        error = error ? error : end;
    }
    if (unlock[store->dialect]) {
        store_value(p, store, unlock[store->dialect], &ignored);
    }
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
        error = migrate(p, store);
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
