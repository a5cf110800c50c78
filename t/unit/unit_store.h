/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The store of a test, in SQLite; in another database, which is emptied, with
 * STORE in the environment: t/tlsrpt/store-*.t run each store_*.c there. And
 * reports to put into it, and questions to ask of it.
 */
#ifndef T_UNIT_UNIT_STORE_H
#define T_UNIT_UNIT_STORE_H

#include "unit.h"

#include <unistd.h>

#include "core/store_sql.h"

#define NOW  APR_INT64_C(1795600000) /* 2026-11-25 */
#define DAYS 86400

static const tlsrpt_keep_t keep = {30 * DAYS, 90 * DAYS, 400 * DAYS};
static const char *where;
static tlsrpt_store_t *store;

/* ---- the store ---- */

static inline void must(const char *error)
{
    if (error) {
        fail_msg("%s", error);
    }
}

static inline void empty(void)
{
    static const char *const tables[] = {"failure", "policy", "count",
                                         "day",     "ptext",  "report"};
    apr_size_t i;

    must(tlsrpt_store_open(p, where, 1, &store));
    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        must(store_exec(p, store,
                        apr_psprintf(p, "DELETE FROM tlsrpt_%s", tables[i])));
    }
}

/* The rows of a query: columns with "|", rows with a blank between. */
static inline const char *ask(const char *sql, int columns)
{
    apr_array_header_t *rows;
    const char *text = "";
    int i, k;

    must(tlsrpt_store_query(p, store, sql, NULL, columns, 1000, &rows));
    for (i = 0; i < rows->nelts; i++) {
        for (k = 0; k < columns; k++) {
            text = apr_pstrcat(p, text, i && !k ? " " : "", k ? "|" : "",
                               APR_ARRAY_IDX(rows, i, const char **)[k], NULL);
        }
    }
    return text;
}

static inline const char *totals(void)
{
    return ask("SELECT domain, submitter, ptype, rtype, sessions FROM "
               "tlsrpt_day ORDER BY domain, submitter, ptype, rtype",
               5);
}

/* ---- reports ---- */

static inline const char *policy(const char *type, const char *domain,
                                 const char *ok, const char *failed,
                                 const char *failures)
{
    return apr_psprintf(
        p,
        "{\"policy\":{\"policy-type\":\"%s\",\"policy-domain\":\"%s\","
        "\"policy-string\":[\"version: STSv1\",\"mode: testing\"],"
        "\"mx-host\":[\"mx.example.com\"]},\"summary\":"
        "{\"total-successful-session-count\":%s,"
        "\"total-failure-session-count\":%s},\"failure-details\":[%s]}",
        type, domain, ok, failed, failures);
}

static inline tlsrpt_report_t *parse(const char *json)
{
    tlsrpt_report_t *report;

    must(tlsrpt_parse(p, json, strlen(json), NULL, &report));
    return report;
}

/* day: "2026-11-20" */
static inline tlsrpt_report_t *report_of(const char *id, const char *day,
                                         const char *policies)
{
    return parse(apr_psprintf(
        p,
        "{\"organization-name\":\"Example\",\"contact-info\":"
        "\"mailto:a@example.net\",\"report-id\":\"%s\",\"date-range\":"
        "{\"start-datetime\":\"%sT00:00:00Z\","
        "\"end-datetime\":\"%sT23:59:59Z\"},\"policies\":[%s]}",
        id, day, day, policies));
}

static inline tlsrpt_report_t *simple(const char *id, const char *ok)
{
    return report_of(id, "2026-11-20",
                     policy("sts", "example.com", ok, "0", ""));
}

/* ---- what is put into it ---- */

/* The policy domain of others. */
static const char *not_ours = "example.org";

/* As with TLSRPTDomain example.com www.example.com *.wild.example */
static inline tlsrpt_ours_e not_org(const tlsrpt_policy_t *it, void *baton)
{
    (void)baton;
    return !strcmp(it->domain, not_ours)         ? TLSRPT_OURS_NOT
           : strstr(it->domain, ".wild.example") ? TLSRPT_OURS_WILDCARD
                                                 : TLSRPT_OURS_NAMED;
}

static inline tlsrpt_store_e add(const tlsrpt_report_t *report,
                                 tlsrpt_channel_e channel, tlsrpt_trust_e trust,
                                 const char *raw)
{
    tlsrpt_origin_t origin = {channel, trust, NOW, "192.0.2.1", "", ""};
    tlsrpt_store_e how;

    must(tlsrpt_store_add(p, store, report, &origin, raw, not_org, NULL, &keep,
                          NOW, &how));
    return how;
}

static inline tlsrpt_store_e https(const tlsrpt_report_t *report,
                                   const char *raw)
{
    return add(report, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, raw);
}

static inline tlsrpt_store_e dkim(const tlsrpt_report_t *report,
                                  const char *raw)
{
    return add(report, TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_DKIM, raw);
}

static inline tlsrpt_store_e mail(const tlsrpt_report_t *report,
                                  const char *raw)
{
    return add(report, TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_NONE, raw);
}

/** On a connection of others nothing but us may remove what belongs to a
 * report. */
static inline void without_foreign_keys(void)
{
    const char *none;

    if (store->dialect == STORE_SQLITE) {
        must(store_value(p, store, "PRAGMA foreign_keys = OFF", &none));
    }
}

/** A number of the same failure. */
static inline const char *failures_of(int many)
{
    const char *text = "";

    while (many--) {
        text = apr_pstrcat(p, text, *text ? "," : "",
                           "{\"result-type\":\"certificate-expired\","
                           "\"failed-session-count\":1}",
                           NULL);
    }
    return text;
}

/* ---- the run ---- */

/** Run what was added, on that store. A file of SQLite goes afterwards. */
static inline int run_on_store(const char *name)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char file[80], other[100], own[100];
    int status, i;

    sprintf(file, "/tmp/tlsrpt-unit-store-%ld", (long)getpid());
    sprintf(own, "sqlite3:%s", file);
    where = getenv("STORE");
    if (!where || !*where) {
        where = own;
    }
    status = unit_run(name);
    for (i = 0; i < 3; i++) {
        sprintf(other, "%s%s", file, ends[i]);
        unlink(other);
    }
    return status;
}

#endif
