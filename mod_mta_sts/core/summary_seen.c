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

/* The mode of the newest report, and which policy had it: of a verified one, if
 * there is any. Each of the two goes backwards through the index by day, and
 * stops. */
#define SQL_MODE(is)                                                           \
    "SELECT mode, phash FROM tlsrpt_policy"                                    \
    " WHERE domain = %s AND day >= %d AND day <= %d"                           \
    " AND ptype = 'sts' AND class = " is " AND mode <> ''"                     \
    " ORDER BY day DESC, rid, pseq"

/* The patterns in the lines of this policy, each once. The names beside them
 * (mx-host) will not do: some reporters write the host there that they met. */
static const char *read_patterns(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum, const char *phash)
{
    static const char sql[] = "SELECT body FROM tlsrpt_ptext WHERE phash = %s";
    const char *values[2];
    apr_array_header_t *rows, *all;
    const char *why;
    int i, j;

    values[0] = phash;
    values[1] = NULL;
    why = tlsrpt_store_query(p, store, sql, values, 1, 1, &rows);
    if (why || rows->nelts == 0) {
        return why;
    }
    all = tlsrpt_sum_values(p, tlsrpt_sum_lines(p, COL(0, 0)), "mx");
    if (all->nelts == 0) {
        return NULL;
    }
    sum->patterns = apr_array_make(p, 4, sizeof(const char *));
    for (i = 0; i < all->nelts && sum->patterns->nelts < TLSRPT_MX_SHOWN; i++) {
        const char *one = APR_ARRAY_IDX(all, i, const char *);

        for (j = 0; j < sum->patterns->nelts; j++) {
            if (!strcmp(one, APR_ARRAY_IDX(sum->patterns, j, const char *))) {
                break;
            }
        }
        if (j == sum->patterns->nelts) {
            APR_ARRAY_PUSH(sum->patterns, const char *) = one;
        }
    }
    return NULL;
}

const char *tlsrpt_sum_read_mode(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum, int brief)
{
    static const char *const sql[] = {
        SQL_MODE(APR_STRINGIFY(TLSRPT_CLASS_VERIFIED)),
        SQL_MODE(APR_STRINGIFY(TLSRPT_CLASS_ANYBODY))};
    const char *values[5];
    apr_array_header_t *rows;
    const char *why = NULL;
    int i;

    tlsrpt_sum_evidence_window(p, sum, NULL, values);
    for (i = 0; !why && !sum->is_served && i < 2; i++) {
        why = tlsrpt_store_query(p, store, sql[i], values, 2, 1, &rows);
        if (!why && rows->nelts > 0) {
            sum->mode = COL(0, 0);
            break;
        }
    }
    if (why || sum->is_served || i > 0 ||
        (brief && strcmp(sum->mode, "testing") != 0)) {
        return why;
    }
    return read_patterns(p, store, sum, COL(0, 1));
}

/* Grouped by the hash alone: bodies are long. What is counted of the reports
 * needs them, and is left out where the index is to be enough. */
#define SQL_SEEN(counts, of)                                                   \
    "SELECT x.body, s.first, s.last, s.class, s.reporters"                     \
    " FROM (SELECT p.phash AS phash, p.class AS class,"                        \
    " MIN(p.day) AS first, MAX(p.day) AS last," counts                         \
    " FROM tlsrpt_policy p" of                                                 \
    " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"                     \
    " AND p.ptype = 'sts' AND p.class > 0 GROUP BY p.phash, p.class) s"        \
    " JOIN tlsrpt_ptext x ON x.phash = s.phash WHERE x.body <> ''"             \
    " ORDER BY s.class DESC, s.last DESC, s.first DESC, s.phash"

const char *tlsrpt_sum_read_seen(apr_pool_t *p, tlsrpt_store_t *store,
                                 tlsrpt_summary_t *sum, int brief)
{
    static const char short_sql[] = SQL_SEEN(" 0 AS reporters", "");
    static const char long_sql[] =
        SQL_SEEN(" COUNT(DISTINCT r.submitter) AS reporters",
                 " JOIN tlsrpt_report r ON r.rid = p.rid");
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;
    int i;

    if (brief && (!sum->is_served || sum->failed > 0)) {
        return NULL; /* nothing to compare, or no level that it could raise */
    }
    tlsrpt_sum_window(p, sum, NULL, values);
    why = tlsrpt_store_query(p, store, brief ? short_sql : long_sql, values, 5,
                             TLSRPT_SEEN_SHOWN, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_seen_t *seen = apr_array_push(sum->seen);

        seen->lines = tlsrpt_sum_lines(p, COL(i, 0));
        seen->first = (int)NUM(i, 1);
        seen->last = (int)NUM(i, 2);
        seen->verified = NUM(i, 3) == TLSRPT_CLASS_VERIFIED;
        seen->reporters = (int)NUM(i, 4);
        seen->differs = sum->is_served ? tlsrpt_sum_differs(p, seen->lines,
                                                            sum->served.body)
                                       : NULL;
    }
    return why;
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
                                   " AND p.class >= %d AND r.details = 1"
                                   " GROUP BY p.rid, p.pseq, p.fail) s";
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;

    tlsrpt_sum_window(p, sum, tlsrpt_sum_least(sum), values);
    why = tlsrpt_store_query(p, store, sql, values, 2, 1, &rows);
    if (!why && rows->nelts > 0) {
        sum->unexplained = NUM(0, 0);
        sum->disagree = NUM(0, 1);
    }
    return why;
}

const char *tlsrpt_sum_read_refused(apr_pool_t *p, tlsrpt_store_t *store,
                                    tlsrpt_summary_t *sum)
{
    static const char sql[] = SQL_REFUSED(SQL_TYPES SQL_OF_CLASS);
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;

    if (sum->failed == 0 || !(sum->dane || strcmp(sum->mode, "enforce") == 0)) {
        return NULL;
    }
    tlsrpt_sum_window(p, sum, tlsrpt_sum_class(sum), values);
    why = tlsrpt_store_query(p, store, sql, values, 1, 1, &rows);
    sum->refused = !why && rows->nelts > 0 ? NUM(0, 0) : 0;
    return why;
}
