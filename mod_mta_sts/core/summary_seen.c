/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Which policies reporters saw, and whether what they say adds up.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/summary_parts.h"
#include "core/summary_rows.h"

#define COL(i, j) APR_ARRAY_IDX(rows, i, const char **)[j]
#define NUM(i, j) tlsrpt_sum_number(COL(i, j))

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
    static const char *const sql[] = {SQL_MODE(">= 2"), SQL_MODE("< 2")};
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
        "SELECT x.body, s.first, s.last, s.reporters, s.sessions, s.verified"
        " FROM (SELECT p.phash AS phash, " SQL_CLASS " AS verified,"
        " MIN(p.day) AS first, MAX(p.day) AS last,"
        " COUNT(DISTINCT r.submitter) AS reporters,"
        " SUM(p.ok + p.fail) AS sessions"
        " FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid"
        " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"
        " AND p.ptype = 'sts' AND r.state = 0"
        " GROUP BY p.phash, " SQL_CLASS ") s"
        " JOIN tlsrpt_ptext x ON x.phash = s.phash WHERE x.body <> ''"
        " ORDER BY s.verified DESC, s.last DESC, s.first DESC, s.phash";
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;
    int i;

    tlsrpt_sum_window(p, sum, NULL, values);
    why =
        tlsrpt_store_query(p, store, sql, values, 6, TLSRPT_SEEN_SHOWN, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_seen_t *seen = apr_array_push(sum->seen);

        seen->lines = tlsrpt_sum_lines(p, COL(i, 0));
        seen->first = (int)NUM(i, 1);
        seen->last = (int)NUM(i, 2);
        seen->reporters = (int)NUM(i, 3);
        seen->sessions = NUM(i, 4);
        seen->verified = NUM(i, 5) == 1;
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
                                   " AND r.trust >= %d"
                                   " GROUP BY p.rid, p.pseq, p.fail) s";
    static const char refused[] = SQL_REFUSED(SQL_TYPES SQL_OF_CLASS);
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;

    tlsrpt_sum_window(p, sum, tlsrpt_sum_trust(sum), values);
    why = tlsrpt_store_query(p, store, sql, values, 2, 1, &rows);
    if (!why && rows->nelts > 0) {
        sum->unexplained = NUM(0, 0);
        sum->disagree = NUM(0, 1);
    }
    if (!why && sum->failed > 0 &&
        (sum->dane || strcmp(sum->mode, "enforce") == 0)) {
        values[3] = tlsrpt_sum_class(sum);
        why = tlsrpt_store_query(p, store, refused, values, 1, 1, &rows);
        sum->refused = !why && rows->nelts > 0 ? NUM(0, 0) : 0;
    }
    return why;
}
