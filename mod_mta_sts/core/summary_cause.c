/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Why sessions failed, and where: by result type, and by MX.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/day.h"
#include "core/summary_parts.h"
#include "core/summary_rows.h"

#define COL(i, j) APR_ARRAY_IDX(rows, i, const char **)[j]
#define NUM(i, j) tlsrpt_sum_number(COL(i, j))

static void window(apr_pool_t *p, const tlsrpt_summary_t *sum,
                   const char **values)
{
    values[0] = sum->domain;
    values[1] = apr_itoa(p, sum->from);
    values[2] = apr_itoa(p, sum->to);
    values[3] = NULL;
}

/* ---- by result type ------------------------------------------------------ */

/*
 * Failure details of the reports that count. Where a day of a reporter has
 * reports of TLSRPT_TRUST_DKIM or better (2), those below count no more there,
 * as in the daily totals. domain, from, to.
 */
#define SQL_DETAILS                                                            \
    " FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid"              \
    " JOIN tlsrpt_failure f ON f.rid = p.rid AND f.pseq = p.pseq"              \
    " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d AND r.state = 0"     \
    " AND (r.trust >= 2 OR NOT EXISTS ("                                       \
    "SELECT 1 FROM tlsrpt_policy q JOIN tlsrpt_report b ON b.rid = q.rid"      \
    " WHERE q.domain = p.domain AND q.day = p.day"                             \
    " AND b.submitter = r.submitter AND b.trust >= 2))"

static tlsrpt_sum_cause_t *cause_of(const tlsrpt_summary_t *sum,
                                    tlsrpt_result_e result)
{
    int i;

    for (i = 0; i < sum->causes->nelts; i++) {
        tlsrpt_sum_cause_t *one =
            &APR_ARRAY_IDX(sum->causes, i, tlsrpt_sum_cause_t);

        if (one->result == result) {
            return one;
        }
    }
    return NULL;
}

/* Where each cause was seen, and the reasons that reporters gave. */
static const char *read_places(apr_pool_t *p, tlsrpt_store_t *store,
                               tlsrpt_summary_t *sum)
{
    static const char sql[] =
        "SELECT f.rtype, f.mx, f.rcv_ip, f.reason, MAX(f.info),"
        " SUM(f.sessions)" SQL_DETAILS
        " GROUP BY f.rtype, f.mx, f.rcv_ip, f.reason"
        " ORDER BY SUM(f.sessions) DESC, f.rtype, f.mx, f.rcv_ip, f.reason";
    const char *values[4];
    apr_array_header_t *rows;
    const char *why;
    int i;

    window(p, sum, values);
    why = tlsrpt_store_query(p, store, sql, values, 6, TLSRPT_PLACES_SHOWN,
                             &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_cause_t *cause =
            cause_of(sum, tlsrpt_result_by_name(COL(i, 0)));

        if (cause) {
            tlsrpt_sum_place_t *place = apr_palloc(p, sizeof(*place));

            place->type = COL(i, 0);
            place->mx = COL(i, 1);
            place->ip = COL(i, 2);
            place->reason = COL(i, 3);
            place->info = COL(i, 4);
            place->sessions = NUM(i, 5);
            APR_ARRAY_PUSH(cause->places, tlsrpt_sum_place_t *) = place;
        }
    }
    return why;
}

const char *tlsrpt_sum_read_causes(apr_pool_t *p, tlsrpt_store_t *store,
                                   tlsrpt_summary_t *sum, int brief)
{
    static const char sql[] =
        "SELECT rtype, SUM(n), COUNT(DISTINCT submitter), MAX(day) FROM ("
        "SELECT day, submitter, rtype, grp, MAX(n) AS n FROM ("
        "SELECT day, submitter, ptype, rtype, " SQL_GROUP
        " AS grp, SUM(sessions) AS n FROM tlsrpt_day"
        " WHERE domain = %s AND day >= %d AND day <= %d"
        " AND rtype NOT IN ('ok', 'failed')"
        " GROUP BY day, submitter, ptype, rtype) s"
        " GROUP BY day, submitter, rtype, grp) t"
        " GROUP BY rtype ORDER BY SUM(n) DESC, rtype";
    const char *values[4];
    apr_array_header_t *rows;
    const char *why;
    int i;

    window(p, sum, values);
    why = tlsrpt_store_query(p, store, sql, values, 4, TLSRPT_CAUSES_SHOWN,
                             &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_result_e result = tlsrpt_result_by_name(COL(i, 0));
        tlsrpt_sum_cause_t *cause;

        if (NUM(i, 1) == 0) {
            continue;
        }
        cause = apr_array_push(sum->causes);
        cause->result = result;
        cause->type = COL(i, 0);
        cause->advice = tlsrpt_advice(result);
        cause->sessions = NUM(i, 1);
        cause->reporters = (int)NUM(i, 2);
        cause->last = (int)NUM(i, 3);
        cause->places = apr_array_make(p, 4, sizeof(tlsrpt_sum_place_t *));
    }
    return why || brief || sum->causes->nelts == 0 ? why
                                                   : read_places(p, store, sum);
}

/* ---- by MX --------------------------------------------------------------- */

static tlsrpt_sum_mx_t *mx_of(apr_pool_t *p, tlsrpt_summary_t *sum,
                              const char *name)
{
    tlsrpt_sum_mx_t *one;
    int i;

    for (i = 0; i < sum->mx->nelts; i++) {
        one = &APR_ARRAY_IDX(sum->mx, i, tlsrpt_sum_mx_t);
        if (strcmp(one->name, name) == 0) {
            return one;
        }
    }
    if (sum->mx->nelts == TLSRPT_MX_SHOWN) {
        return NULL;
    }
    one = apr_array_push(sum->mx);
    memset(one, 0, sizeof(*one));
    one->name = name;
    one->counts = apr_array_make(p, 2, sizeof(tlsrpt_sum_count_t));
    return one;
}

/* The names in a text with blanks between are in a report of this trust. */
static void note_seen(apr_pool_t *p, tlsrpt_summary_t *sum, const char *names,
                      apr_int64_t trust)
{
    char *rest = NULL, *name;

    for (name = apr_strtok(apr_pstrdup(p, names), " ", &rest); name;
         name = apr_strtok(NULL, " ", &rest)) {
        tlsrpt_sum_mx_t *one = mx_of(p, sum, name);

        if (one) {
            one->seen = 1;
            one->verified |= trust >= TLSRPT_EVIDENCE_TRUST;
        }
    }
}

/* What reporters name: patterns in policies, hosts in failures. Always of the
 * days of the evidence, so that no verdict depends on what is looked at. */
static const char *read_named(apr_pool_t *p, tlsrpt_store_t *store,
                              tlsrpt_summary_t *sum)
{
    static const char *const sql[] = {
        "SELECT t.mx, MAX(r.trust) FROM tlsrpt_policy p"
        " JOIN tlsrpt_report r ON r.rid = p.rid"
        " JOIN tlsrpt_ptext t ON t.phash = p.phash"
        " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"
        " AND p.ptype = 'sts' AND r.state = 0 AND t.mx <> ''"
        " GROUP BY t.mx ORDER BY MAX(r.trust) DESC, t.mx",
        "SELECT f.mx, MAX(r.trust) FROM tlsrpt_policy p"
        " JOIN tlsrpt_report r ON r.rid = p.rid"
        " JOIN tlsrpt_failure f ON f.rid = p.rid AND f.pseq = p.pseq"
        " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d AND r.state = 0"
        " AND f.mx <> '' GROUP BY f.mx ORDER BY MAX(r.trust) DESC, f.mx"};
    const char *values[4];
    apr_array_header_t *rows;
    const char *why = NULL;
    int i, which;

    values[0] = sum->domain;
    values[1] =
        apr_itoa(p, tlsrpt_day_add(sum->today, 1 - TLSRPT_EVIDENCE_DAYS));
    values[2] = apr_itoa(p, tlsrpt_day_add(sum->today, 1));
    values[3] = NULL;
    for (which = 0; !why && which < 2; which++) {
        why = tlsrpt_store_query(p, store, sql[which], values, 2,
                                 TLSRPT_MX_SHOWN, &rows);
        for (i = 0; !why && i < rows->nelts; i++) {
            note_seen(p, sum, COL(i, 0), NUM(i, 1));
        }
    }
    return why;
}

const char *tlsrpt_sum_read_mx(apr_pool_t *p, tlsrpt_store_t *store,
                               tlsrpt_summary_t *sum)
{
    static const char sql[] =
        "SELECT mx, rtype, SUM(n), MAX(day) FROM ("
        "SELECT mx, rtype, day, submitter, grp, MAX(n) AS n FROM ("
        "SELECT mx, rtype, day, submitter, ptype, " SQL_GROUP
        " AS grp, SUM(sessions) AS n FROM ("
        "SELECT f.mx AS mx, f.rtype AS rtype, p.day AS day,"
        " r.submitter AS submitter, p.ptype AS ptype,"
        " f.sessions AS sessions" SQL_DETAILS
        ") d GROUP BY mx, rtype, day, submitter, ptype) s"
        " GROUP BY mx, rtype, day, submitter, grp) t"
        " GROUP BY mx, rtype ORDER BY SUM(n) DESC, mx, rtype";
    const char *values[4];
    apr_array_header_t *rows;
    const char *why;
    int i;

    for (i = 0; sum->is_served && i < sum->served.mx->nelts; i++) {
        tlsrpt_sum_mx_t *one =
            mx_of(p, sum, APR_ARRAY_IDX(sum->served.mx, i, const char *));

        if (one) {
            one->in_policy = 1;
        }
    }
    window(p, sum, values);
    why = read_named(p, store, sum);
    if (!why) {
        why = tlsrpt_store_query(p, store, sql, values, 4, 2 * TLSRPT_MX_SHOWN,
                                 &rows);
    }
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_mx_t *one = mx_of(p, sum, COL(i, 0));
        tlsrpt_sum_count_t *count;

        if (one) {
            one->last = (int)NUM(i, 3) > one->last ? (int)NUM(i, 3) : one->last;
            count = apr_array_push(one->counts);
            count->type = COL(i, 1);
            count->sessions = NUM(i, 2);
        }
    }
    return why;
}

/* ---- what policies were seen, and whether details add up ------------------
 */

/* The mode of the newest report: of a verified one, if there is any. Each of
 * the two goes backwards through the index by day, and stops. */
#define SQL_MODE(trust)                                                        \
    "SELECT p.mode FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid" \
    " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"                     \
    " AND p.ptype = 'sts' AND r.state = 0 AND p.mode <> ''"                    \
    " AND r.trust " trust " ORDER BY p.day DESC, p.rid, p.pseq"

static const char *read_mode(apr_pool_t *p, tlsrpt_store_t *store,
                             tlsrpt_summary_t *sum, const char **values)
{
    static const char *const sql[] = {SQL_MODE(">= 1"), SQL_MODE("< 1")};
    apr_array_header_t *rows;
    const char *why = NULL;
    int i;

    for (i = 0; !why && i < 2; i++) {
        why = tlsrpt_store_query(p, store, sql[i], values, 1, 1, &rows);
        if (!why && rows->nelts > 0) {
            sum->mode = COL(0, 0);
            break;
        }
    }
    return why;
}

const char *tlsrpt_sum_read_seen(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum)
{
    /* grouped by the hash alone: bodies are long */
    static const char sql[] =
        "SELECT t.body, s.first, s.last, s.reporters, s.sessions, s.trust"
        " FROM (SELECT p.phash AS phash, MIN(p.day) AS first,"
        " MAX(p.day) AS last, COUNT(DISTINCT r.submitter) AS reporters,"
        " SUM(p.ok + p.fail) AS sessions, MAX(r.trust) AS trust"
        " FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid"
        " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"
        " AND p.ptype = 'sts' AND r.state = 0 GROUP BY p.phash) s"
        " JOIN tlsrpt_ptext t ON t.phash = s.phash WHERE t.body <> ''"
        " ORDER BY s.last DESC, s.first DESC, s.phash";
    const char *values[4];
    apr_array_header_t *rows;
    const char *why;
    int i;

    window(p, sum, values);
    why =
        tlsrpt_store_query(p, store, sql, values, 6, TLSRPT_SEEN_SHOWN, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_seen_t *seen = apr_array_push(sum->seen);

        seen->lines = tlsrpt_sum_lines(p, COL(i, 0));
        seen->first = (int)NUM(i, 1);
        seen->last = (int)NUM(i, 2);
        seen->reporters = (int)NUM(i, 3);
        seen->sessions = NUM(i, 4);
        seen->trust = (int)NUM(i, 5);
        seen->differs = sum->is_served ? tlsrpt_sum_differs(p, seen->lines,
                                                            sum->served.body)
                                       : NULL;
    }
    return why || sum->policy_known ? why : read_mode(p, store, sum, values);
}

const char *tlsrpt_sum_read_details(apr_pool_t *p, tlsrpt_store_t *store,
                                    tlsrpt_summary_t *sum)
{
    /* only where the store still has the details: r.details says so */
    static const char sql[] =
        "SELECT SUM(CASE WHEN n IS NULL THEN fail ELSE 0 END),"
        " SUM(CASE WHEN n < fail OR n > " APR_STRINGIFY(
            TLSRPT_DETAILS_FACTOR) " * fail THEN 1 ELSE 0 END) FROM ("
                                   "SELECT p.rid, p.pseq, p.fail AS fail, "
                                   "SUM(f.sessions) AS n"
                                   " FROM tlsrpt_policy p JOIN tlsrpt_report r "
                                   "ON r.rid = p.rid"
                                   " LEFT JOIN tlsrpt_failure f ON f.rid = "
                                   "p.rid AND f.pseq = p.pseq"
                                   " WHERE p.domain = %s AND p.day >= %d AND "
                                   "p.day <= %d AND p.fail > 0"
                                   " AND r.state = 0 AND r.details = 1"
                                   " GROUP BY p.rid, p.pseq, p.fail) s";
    static const char dane[] =
        "SELECT COUNT(*) FROM tlsrpt_policy"
        " WHERE domain = %s AND day >= %d AND day <= %d AND ptype = 'tlsa'";
    static const char refused[] = SQL_REFUSED(SQL_TYPES);
    const char *values[4];
    apr_array_header_t *rows;
    const char *why;

    window(p, sum, values);
    why = tlsrpt_store_query(p, store, sql, values, 2, 1, &rows);
    if (!why && rows->nelts > 0) {
        sum->unexplained = NUM(0, 0);
        sum->disagree = NUM(0, 1);
    }
    if (!why) {
        why = tlsrpt_store_query(p, store, dane, values, 1, 1, &rows);
        sum->dane = !why && rows->nelts > 0 && NUM(0, 0) > 0;
    }
    if (!why && sum->failed > 0 &&
        (sum->dane || strcmp(sum->mode, "enforce") == 0)) {
        why = tlsrpt_store_query(p, store, refused, values, 1, 1, &rows);
        sum->refused = !why && rows->nelts > 0 ? NUM(0, 0) : 0;
    }
    return why;
}
