/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sessions in all, by day and by reporter, and what is evidence: the counting
 * rule of core/summary.h in SQL, so that what comes back is bounded.
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

void tlsrpt_sum_window(apr_pool_t *p, const tlsrpt_summary_t *sum,
                       const char *more, const char **values)
{
    values[0] = sum->domain;
    values[1] = day_value(p, sum->from);
    values[2] = day_value(p, sum->to);
    values[3] = more;
    values[4] = NULL;
}

void tlsrpt_sum_evidence_window(apr_pool_t *p, const tlsrpt_summary_t *sum,
                                const char *more, const char **values)
{
    tlsrpt_sum_window(p, sum, more, values);
    values[1] =
        day_value(p, tlsrpt_day_add(sum->today, 1 - TLSRPT_EVIDENCE_DAYS));
    values[2] = day_value(p, tlsrpt_day_add(sum->today, TLSRPT_AHEAD_DAYS));
}

const char *tlsrpt_sum_class(const tlsrpt_summary_t *sum)
{
    return sum->verified ? "1" : "0";
}

const char *tlsrpt_sum_least(const tlsrpt_summary_t *sum)
{
    return sum->verified ? "2" : "1"; /* TLSRPT_CLASS_VERIFIED, _ANYBODY */
}

/* A day ahead of today without a report is not among those shown. */
static void end_with_reports(tlsrpt_summary_t *sum, int last)
{
    if (sum->to > sum->today) {
        sum->to = last > sum->today ? last : sum->today;
    }
}

const char *tlsrpt_sum_read_figures(apr_pool_t *p, tlsrpt_store_t *store,
                                    tlsrpt_summary_t *sum)
{
    /* in one pass: a list asks it of each domain */
    static const char sql[] =
        "SELECT verified, SUM(total), SUM(failed), COUNT(*), SUM(none),"
        " MAX(dane), SUM(CASE WHEN days >= " APR_STRINGIFY(
            TLSRPT_REGULAR_DAYS) " AND last < CAST(%d AS INTEGER) THEN 1 ELSE "
                                 "0 END), MAX(last) FROM ("
                                 "SELECT submitter, verified, SUM(total) AS "
                                 "total,"
                                 " SUM(failed) AS failed, SUM(none) AS none, "
                                 "MAX(dane) AS dane,"
                                 " COUNT(*) AS days, MAX(day) AS last FROM "
                                 "(" SQL_COUNTED(
                                     "") ") c"
                                         " GROUP BY submitter, verified) s"
                                         " GROUP BY verified ORDER BY verified "
                                         "DESC";
    const char *values[6];
    apr_array_header_t *rows;
    const char *why;
    int last = 0;

    values[0] = day_value(p, tlsrpt_day_add(sum->today, -TLSRPT_SILENT_DAYS));
    tlsrpt_sum_window(p, sum, NULL, values + 1);
    why = tlsrpt_store_query(p, store, sql, values, 8, 2, &rows);
    if (!why && rows->nelts > 0) {
        last = (int)NUM(0, 7);
        sum->verified = NUM(0, 0) == 1;
        sum->sessions = NUM(0, 1);
        sum->failed = NUM(0, 2);
        sum->reporters_all = (int)NUM(0, 3);
        sum->no_policy = NUM(0, 4);
        sum->dane = NUM(0, 5) == 1;
        sum->silent = (int)NUM(0, 6);
    }
    if (!why && rows->nelts > 1) {
        sum->beside.sessions = NUM(1, 1);
        sum->beside.failed = NUM(1, 2);
        sum->beside.reporters = (int)NUM(1, 3);
        sum->beside.no_policy = NUM(1, 4);
        last = (int)NUM(1, 7) > last ? (int)NUM(1, 7) : last;
    }
    end_with_reports(sum, last);
    return why;
}

const char *tlsrpt_sum_read_days(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum)
{
    static const char sql[] =
        "SELECT day, SUM(total), SUM(failed), COUNT(*)"
        " FROM (" SQL_COUNTED(SQL_OF_CLASS) ") c"
                                            " GROUP BY day ORDER BY day";
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;
    int i;

    tlsrpt_sum_window(p, sum, tlsrpt_sum_class(sum), values);
    why = tlsrpt_store_query(p, store, sql, values, 4, DAYS_MAX, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_day_t *day = apr_array_push(sum->days);

        day->day = (int)NUM(i, 0);
        day->sessions = NUM(i, 1);
        day->failed = NUM(i, 2);
        day->reporters = (int)NUM(i, 3);
    }
    return why;
}

static tlsrpt_sum_reporter_t *reporter_of(const tlsrpt_summary_t *sum,
                                          const char *submitter, int verified)
{
    int i;

    for (i = 0; i < sum->reporters->nelts; i++) {
        tlsrpt_sum_reporter_t *one =
            &APR_ARRAY_IDX(sum->reporters, i, tlsrpt_sum_reporter_t);

        if (one->verified == verified &&
            strcmp(one->submitter, submitter) == 0) {
            return one;
        }
    }
    return NULL;
}

/* A value for each of the TLSRPT_REPORTERS_SHOWN. */
#define TEN_VALUES "%s, %s, %s, %s, %s, %s, %s, %s, %s, %s"
#define SHOWN_VALUES                                                           \
    TEN_VALUES ", " TEN_VALUES ", " TEN_VALUES ", " TEN_VALUES ", " TEN_VALUES

/* What the reports themselves say of the reporters that are shown. */
static const char *read_trust(apr_pool_t *p, tlsrpt_store_t *store,
                              tlsrpt_summary_t *sum)
{
    static const char sql[] =
        "SELECT submitter, class, MAX(org), MAX(trust), COUNT(*),"
        " SUM(conflicts) FROM (SELECT DISTINCT r.rid AS rid,"
        " r.submitter AS submitter, p.class AS class, r.org AS org,"
        " r.trust AS trust, r.conflicts AS conflicts"
        " FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid"
        " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"
        " AND p.class > 0 AND r.submitter IN (" SHOWN_VALUES ")) s"
        " GROUP BY submitter, class";
    const char *values[3 + TLSRPT_REPORTERS_SHOWN + 1];
    apr_array_header_t *rows;
    const char *why;
    int i;

    tlsrpt_sum_window(p, sum, NULL, values);
    for (i = 0; i < TLSRPT_REPORTERS_SHOWN; i++) {
        values[3 + i] =
            i < sum->reporters->nelts
                ? APR_ARRAY_IDX(sum->reporters, i, tlsrpt_sum_reporter_t)
                      .submitter
                : "";
    }
    values[3 + i] = NULL;
    why = tlsrpt_store_query(p, store, sql, values, 6,
                             2 * TLSRPT_REPORTERS_SHOWN, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_reporter_t *one =
            reporter_of(sum, COL(i, 0), NUM(i, 1) == TLSRPT_CLASS_VERIFIED);

        if (one) {
            one->organization = COL(i, 2);
            one->trust = (tlsrpt_trust_e)NUM(i, 3);
            one->reports = (int)NUM(i, 4);
            one->conflicts = (int)NUM(i, 5);
        }
    }
    return why;
}

/* Reports by mail without DKIM are kept, and counted nowhere
 * (TLSRPT_STATE_MARKED). */
const char *tlsrpt_sum_read_uncounted(apr_pool_t *p, tlsrpt_store_t *store,
                                      tlsrpt_summary_t *sum)
{
    static const char sql[] =
        "SELECT COUNT(DISTINCT rid) FROM tlsrpt_policy"
        " WHERE domain = %s AND day >= %d AND day <= %d AND class = 0";
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;

    tlsrpt_sum_window(p, sum, NULL, values);
    why = tlsrpt_store_query(p, store, sql, values, 1, 1, &rows);
    if (!why && rows->nelts > 0) {
        sum->uncounted = NUM(0, 0);
    }
    return why;
}

const char *tlsrpt_sum_read_reporters(apr_pool_t *p, tlsrpt_store_t *store,
                                      tlsrpt_summary_t *sum)
{
    static const char sql[] =
        "SELECT submitter, verified, SUM(total), SUM(failed), MIN(day),"
        " MAX(day), COUNT(*) FROM (" SQL_COUNTED(
            "") ") c"
                " GROUP BY submitter, verified"
                " ORDER BY verified DESC, SUM(total) DESC, submitter";
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;
    int i;

    tlsrpt_sum_window(p, sum, NULL, values);
    why = tlsrpt_store_query(p, store, sql, values, 7, TLSRPT_REPORTERS_SHOWN,
                             &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_reporter_t *one = apr_array_push(sum->reporters);

        memset(one, 0, sizeof(*one));
        one->submitter = COL(i, 0);
        one->verified = NUM(i, 1) == 1;
        one->organization = "";
        one->sessions = NUM(i, 2);
        one->failed = NUM(i, 3);
        one->first = (int)NUM(i, 4);
        one->last = (int)NUM(i, 5);
        one->days = (int)NUM(i, 6);
        one->silent =
            one->days >= TLSRPT_REGULAR_DAYS &&
            tlsrpt_days_between(one->last, sum->today) > TLSRPT_SILENT_DAYS;
    }
    return why || rows->nelts == 0 ? why : read_trust(p, store, sum);
}

/* ---- evidence ------------------------------------------------------------ */

/* The same questions of both. */
typedef struct {
    const char *clean; /* of the days asked for */
    const char *failed;
    const char *refused;
} evidence_sql_t;

#define SQL_EVIDENCE(also)                                                     \
    {                                                                          \
        "SELECT MIN(day), MAX(day), COUNT(DISTINCT submitter), SUM(total)"     \
        " FROM (" SQL_COUNTED(also) ") c",                                     \
            "SELECT SUM(failed) FROM (" SQL_COUNTED(also) ") c",               \
            SQL_REFUSED(SQL_TYPES also)                                        \
    }

static const evidence_sql_t of_verified = SQL_EVIDENCE(SQL_VERIFIED);
static const evidence_sql_t of_anybody = SQL_EVIDENCE("");

/* The last day with a report, and the last with a failure, of both. */
static const char *read_last(apr_pool_t *p, tlsrpt_store_t *store,
                             tlsrpt_summary_t *sum, const char **values)
{
    static const char sql[] =
        "SELECT MAX(day),"
        " MAX(CASE WHEN rtype = 'failed' AND sessions > 0 THEN day ELSE 0 END),"
        " MAX(CASE WHEN verified = 1 THEN day ELSE 0 END),"
        " MAX(CASE WHEN verified = 1 AND rtype = 'failed' AND sessions > 0"
        " THEN day ELSE 0 END)" SQL_DAYS " AND rtype IN ('ok', 'failed')";
    apr_array_header_t *rows;
    const char *why = tlsrpt_store_query(p, store, sql, values, 4, 1, &rows);

    if (!why && rows->nelts > 0) {
        sum->anybody.last = (int)NUM(0, 0);
        sum->anybody.last_failed = (int)NUM(0, 1);
        sum->evidence.last = (int)NUM(0, 2);
        sum->evidence.last_failed = (int)NUM(0, 3);
    }
    return why;
}

static const char *read_failed(apr_pool_t *p, tlsrpt_store_t *store,
                               const evidence_sql_t *sql, const char **values,
                               tlsrpt_sum_evidence_t *evidence)
{
    apr_array_header_t *rows;
    const char *why =
        tlsrpt_store_query(p, store, sql->failed, values, 1, 1, &rows);

    if (!why && rows->nelts > 0) {
        evidence->failed = NUM(0, 0);
    }
    if (!why && evidence->failed > 0) {
        why = tlsrpt_store_query(p, store, sql->refused, values, 1, 1, &rows);
        evidence->refused = !why && rows->nelts > 0 ? NUM(0, 0) : 0;
    }
    return why;
}

static const char *read_evidence(apr_pool_t *p, tlsrpt_store_t *store,
                                 const tlsrpt_summary_t *sum,
                                 const evidence_sql_t *sql, const char **values,
                                 tlsrpt_sum_evidence_t *evidence)
{
    apr_array_header_t *rows;
    const char *why = NULL;

    if (evidence->last == 0) {
        return NULL;
    }
    if (evidence->last_failed) {
        values[1] =
            day_value(p, tlsrpt_day_add(sum->today, 1 - TLSRPT_READY_DAYS));
        why = read_failed(p, store, sql, values, evidence);
        values[1] = day_value(p, tlsrpt_day_add(evidence->last_failed, 1));
    }
    if (!why) {
        why = tlsrpt_store_query(p, store, sql->clean, values, 4, 1, &rows);
    }
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
                                     tlsrpt_summary_t *sum, int brief)
{
    const char *values[5], *first, *why;

    tlsrpt_sum_evidence_window(p, sum, NULL, values);
    first = values[1];
    why = read_last(p, store, sum, values);
    if (!why) {
        why =
            read_evidence(p, store, sum, &of_verified, values, &sum->evidence);
    }
    if (!why && !brief) {
        values[1] = first;
        why = read_evidence(p, store, sum, &of_anybody, values, &sum->anybody);
    }
    return why;
}
