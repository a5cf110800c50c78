/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sessions by day and by reporter, and what is evidence: the counting rule of
 * core/summary.h in SQL, so that what comes back is bounded.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/day.h"
#include "core/summary_parts.h"
#include "core/summary_rows.h"

#define COL(i, j) APR_ARRAY_IDX(rows, i, const char **)[j]
#define NUM(i, j) tlsrpt_sum_number(COL(i, j))

/* The most days of a window, and some. */
#define DAYS_MAX (TLSRPT_WINDOW_MAX + 2)

apr_int64_t tlsrpt_sum_number(const char *column)
{
    return column ? apr_atoi64(column) : 0;
}

static const char *day_value(apr_pool_t *p, int day)
{
    return apr_itoa(p, day);
}

const char *tlsrpt_sum_read_days(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum, int brief)
{
    static const char by_day[] =
        "SELECT day, SUM(total), SUM(failed), COUNT(DISTINCT submitter),"
        " SUM(CASE WHEN grp = 1 THEN total ELSE 0 END) FROM (" SQL_COUNTED(
            SQL_TOTALS) ") c GROUP BY day ORDER BY day";
    static const char in_all[] =
        "SELECT 0, SUM(total), SUM(failed), COUNT(DISTINCT submitter),"
        " SUM(CASE WHEN grp = 1 THEN total ELSE 0 END) FROM (" SQL_COUNTED(
            SQL_TOTALS) ") c";
    const char *values[4];
    apr_array_header_t *rows;
    const char *why;
    int i;

    values[0] = sum->domain;
    values[1] = day_value(p, sum->from);
    values[2] = day_value(p, sum->to);
    values[3] = NULL;
    why = tlsrpt_store_query(p, store, brief ? in_all : by_day, values, 5,
                             DAYS_MAX, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        sum->sessions += NUM(i, 1);
        sum->failed += NUM(i, 2);
        sum->no_policy += NUM(i, 4);
        if (!brief) {
            tlsrpt_sum_day_t *day = apr_array_push(sum->days);

            day->day = (int)NUM(i, 0);
            day->sessions = NUM(i, 1);
            day->failed = NUM(i, 2);
            day->reporters = (int)NUM(i, 3);
        }
    }
    return why;
}

static tlsrpt_sum_reporter_t *reporter_of(const tlsrpt_summary_t *sum,
                                          const char *submitter)
{
    int i;

    for (i = 0; i < sum->reporters->nelts; i++) {
        tlsrpt_sum_reporter_t *one =
            &APR_ARRAY_IDX(sum->reporters, i, tlsrpt_sum_reporter_t);

        if (strcmp(one->submitter, submitter) == 0) {
            return one;
        }
    }
    return NULL;
}

/* What the reports themselves say of the reporters that have numbers. */
static const char *read_trust(apr_pool_t *p, tlsrpt_store_t *store,
                              tlsrpt_summary_t *sum, const char **values)
{
    static const char sql[] =
        "SELECT r.submitter, MAX(r.org), MAX(r.trust), COUNT(DISTINCT r.rid),"
        " SUM(r.conflicts)"
        " FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid"
        " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"
        " AND r.state = 0 GROUP BY r.submitter"
        " ORDER BY COUNT(DISTINCT r.rid) DESC, r.submitter";
    apr_array_header_t *rows;
    const char *why;
    int i;

    why = tlsrpt_store_query(p, store, sql, values, 5, 500, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_reporter_t *one = reporter_of(sum, COL(i, 0));

        if (one) {
            one->organization = COL(i, 1);
            one->trust = (tlsrpt_trust_e)NUM(i, 2);
            one->reports = (int)NUM(i, 3);
            one->conflicts = (int)NUM(i, 4);
        }
    }
    return why;
}

/* Reports by mail without DKIM are kept, and counted nowhere
 * (TLSRPT_STATE_MARKED). */
static const char *read_uncounted(apr_pool_t *p, tlsrpt_store_t *store,
                                  tlsrpt_summary_t *sum, const char **values)
{
    static const char sql[] =
        "SELECT COUNT(DISTINCT r.rid)"
        " FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid"
        " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"
        " AND r.state = 1";
    apr_array_header_t *rows;
    const char *why = tlsrpt_store_query(p, store, sql, values, 1, 1, &rows);

    if (!why && rows->nelts > 0) {
        sum->uncounted = NUM(0, 0);
    }
    return why;
}

const char *tlsrpt_sum_read_reporters(apr_pool_t *p, tlsrpt_store_t *store,
                                      tlsrpt_summary_t *sum, int brief)
{
    static const char sql[] =
        "SELECT submitter, SUM(total), SUM(failed), MIN(day), MAX(day),"
        " COUNT(DISTINCT day) FROM (" SQL_COUNTED(
            SQL_TOTALS) ") c GROUP BY submitter"
                        " ORDER BY SUM(total) DESC, submitter";
    static const char how_many[] =
        "SELECT COUNT(DISTINCT submitter) FROM tlsrpt_day"
        " WHERE domain = %s AND day >= %d AND day <= %d";
    const char *values[4];
    apr_array_header_t *rows;
    const char *why;
    int i;

    values[0] = sum->domain;
    values[1] = day_value(p, sum->from);
    values[2] = day_value(p, sum->to);
    values[3] = NULL;
    why = tlsrpt_store_query(p, store, sql, values, 6,
                             TLSRPT_REPORTERS_SHOWN + 1, &rows);
    if (why) {
        return why;
    }
    sum->reporters_all = rows->nelts;
    for (i = 0; i < rows->nelts && i < TLSRPT_REPORTERS_SHOWN; i++) {
        tlsrpt_sum_reporter_t *one = apr_array_push(sum->reporters);

        one->submitter = COL(i, 0);
        one->organization = "";
        one->sessions = NUM(i, 1);
        one->failed = NUM(i, 2);
        one->first = (int)NUM(i, 3);
        one->last = (int)NUM(i, 4);
        one->days = (int)NUM(i, 5);
        one->silent =
            one->days >= TLSRPT_REGULAR_DAYS &&
            tlsrpt_days_between(one->last, sum->today) > TLSRPT_SILENT_DAYS;
    }
    if (rows->nelts > TLSRPT_REPORTERS_SHOWN) {
        why = tlsrpt_store_query(p, store, how_many, values, 1, 1, &rows);
        if (!why && rows->nelts > 0) {
            sum->reporters_all = (int)NUM(0, 0);
        }
    }
    if (!why && !(brief && sum->evidence.last)) {
        why = read_trust(p, store, sum, values);
    }
    if (!why) {
        why = read_uncounted(p, store, sum, values);
    }
    return why;
}

/* ---- evidence -------------------------------------------------------------
 */

/* As SQL_TOTALS, of reports that came well enough: for 1 read
 * TLSRPT_EVIDENCE_TRUST. */
#define SQL_TRUSTED                                                            \
    "SELECT p.day AS day, r.submitter AS submitter, p.ptype AS ptype,"         \
    " p.ok AS good, p.fail AS bad"                                             \
    " FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid"              \
    " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d AND r.trust >= 1"

/* The same questions of both sources. */
typedef struct {
    const char *last;   /* the last day, and the last with a failure */
    const char *clean;  /* of the days asked for */
    const char *failed; /* the same */
    const char *refused;
} evidence_sql_t;

/* As SQL_TYPES, of the same reports as SQL_TRUSTED. */
#define SQL_TRUSTED_TYPES                                                      \
    "SELECT c.day AS day, r.submitter AS submitter, c.ptype AS ptype,"         \
    " c.rtype AS rtype, c.sessions AS sessions"                                \
    " FROM tlsrpt_count c JOIN tlsrpt_report r ON r.rid = c.rid"               \
    " WHERE c.domain = %s AND c.day >= %d AND c.day <= %d AND r.trust >= 1"

#define SQL_EVIDENCE(source, types)                                            \
    {                                                                          \
        "SELECT MAX(day), MAX(CASE WHEN bad > 0 THEN day ELSE 0 END)"          \
        " FROM (" source ") s",                                                \
            "SELECT MIN(day), MAX(day), COUNT(DISTINCT submitter),"            \
            " SUM(total) FROM (" SQL_COUNTED(source) ") c",                    \
            "SELECT SUM(failed) FROM (" SQL_COUNTED(source) ") c",             \
            SQL_REFUSED(types)                                                 \
    }

static const evidence_sql_t of_trusted =
    SQL_EVIDENCE(SQL_TRUSTED, SQL_TRUSTED_TYPES);
static const evidence_sql_t of_anybody = SQL_EVIDENCE(SQL_TOTALS, SQL_TYPES);

static const char *read_evidence(apr_pool_t *p, tlsrpt_store_t *store,
                                 const tlsrpt_summary_t *sum,
                                 const evidence_sql_t *sql,
                                 tlsrpt_sum_evidence_t *evidence)
{
    const char *values[4];
    apr_array_header_t *rows;
    const char *why;

    values[0] = sum->domain;
    values[1] =
        day_value(p, tlsrpt_day_add(sum->today, 1 - TLSRPT_EVIDENCE_DAYS));
    /* a report may be of today, or by its reporter's clock of tomorrow */
    values[2] = day_value(p, tlsrpt_day_add(sum->today, 1));
    values[3] = NULL;
    why = tlsrpt_store_query(p, store, sql->last, values, 2, 1, &rows);
    if (why || rows->nelts == 0) {
        return why;
    }
    evidence->last = (int)NUM(0, 0);
    evidence->last_failed = (int)NUM(0, 1);
    if (evidence->last == 0) {
        return NULL;
    }
    if (evidence->last_failed) {
        values[1] =
            day_value(p, tlsrpt_day_add(sum->today, 1 - TLSRPT_READY_DAYS));
        why = tlsrpt_store_query(p, store, sql->failed, values, 1, 1, &rows);
        if (why) {
            return why;
        }
        evidence->failed = rows->nelts > 0 ? NUM(0, 0) : 0;
        if (evidence->failed > 0) {
            why =
                tlsrpt_store_query(p, store, sql->refused, values, 1, 1, &rows);
            if (why) {
                return why;
            }
            evidence->refused = rows->nelts > 0 ? NUM(0, 0) : 0;
        }
        values[1] = day_value(p, tlsrpt_day_add(evidence->last_failed, 1));
    }
    why = tlsrpt_store_query(p, store, sql->clean, values, 4, 1, &rows);
    if (!why && rows->nelts > 0 && NUM(0, 0) > 0) {
        evidence->from = (int)NUM(0, 0);
        evidence->to = (int)NUM(0, 1);
        evidence->days = tlsrpt_days_between(evidence->from, evidence->to) + 1;
        evidence->reporters = (int)NUM(0, 2);
        evidence->sessions = NUM(0, 3);
    }
    return why;
}

const char *tlsrpt_sum_read_evidence(apr_pool_t *p, tlsrpt_store_t *store,
                                     tlsrpt_summary_t *sum)
{
    const char *why = read_evidence(p, store, sum, &of_trusted, &sum->evidence);

    return why ? why : read_evidence(p, store, sum, &of_anybody, &sum->anybody);
}
