/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Policy domains in a store of any size: their names by pages, those with
 * failures, and totals.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/summary_parts.h"
#include "core/summary_rows.h"

#define COL(i, j) APR_ARRAY_IDX(rows, i, const char **)[j]
#define NUM(i, j) tlsrpt_sum_number(COL(i, j))

/* The most rows of totals: policy types times results, and some. */
#define TOTALS_MAX 200

const char *tlsrpt_summary_domains(apr_pool_t *p, tlsrpt_store_t *store,
                                   const char *prefix, const char *after,
                                   int max, apr_array_header_t **domains,
                                   int *more)
{
    /* Each a step in the index. SELECT DISTINCT would read all that lies
     * between two names: a year of totals. */
    static const char next[] =
        "SELECT MIN(domain) FROM tlsrpt_day WHERE domain > %s";
    static const char first[] =
        "SELECT MIN(domain) FROM tlsrpt_day WHERE domain >= %s";
    apr_array_header_t *names = apr_array_make(p, max, sizeof(const char *));
    apr_array_header_t *rows;
    const char *from = *after ? after : prefix;
    const char *why = NULL;

    *more = 0;
    for (;;) {
        const char *values[2];

        values[0] = from;
        values[1] = NULL;
        why = tlsrpt_store_query(p, store,
                                 *after || names->nelts > 0 ? next : first,
                                 values, 1, 1, &rows);
        if (why || rows->nelts == 0 || *COL(0, 0) == '\0' ||
            strncmp(COL(0, 0), prefix, strlen(prefix)) != 0) {
            break;
        }
        if (names->nelts == max) {
            *more = 1;
            break;
        }
        from = COL(0, 0);
        APR_ARRAY_PUSH(names, const char *) = from;
    }
    *domains = names;
    return why;
}

/* Failed sessions of each domain and policy type: from, to, whether of verified
 * reports. */
#define SQL_FAILED                                                             \
    "SELECT domain, ptype, SUM(sessions) AS n FROM tlsrpt_day"                 \
    " WHERE rtype = 'failed' AND day >= %d AND day <= %d" SQL_OF_CLASS         \
    " AND sessions > 0 GROUP BY domain, ptype"

const char *tlsrpt_summary_failing(apr_pool_t *p, tlsrpt_store_t *store,
                                   int from, int to, int max,
                                   apr_array_header_t **failing)
{
    /* Of domains with verified reports the others do not count; which domains
     * those are is asked last, of those with failures alone. */
    static const char *const sql[] = {
        "SELECT domain, MAX(n) FROM (" SQL_FAILED ") s"
        " GROUP BY domain ORDER BY MAX(n) DESC, domain",
        "SELECT domain, n FROM (SELECT domain, MAX(n) AS n FROM (" SQL_FAILED
        ") s GROUP BY domain) t WHERE NOT EXISTS ("
        "SELECT 1 FROM tlsrpt_day y WHERE y.domain = t.domain"
        " AND y.day >= %d AND y.day <= %d AND y.verified = 1)"
        " ORDER BY n DESC, domain"};
    apr_array_header_t *rows;
    const char *values[6];
    const char *why = NULL;
    int which, i;

    *failing = apr_array_make(p, max, sizeof(tlsrpt_sum_failing_t));
    values[0] = values[3] = apr_itoa(p, from);
    values[1] = values[4] = apr_itoa(p, to);
    values[5] = NULL;
    for (which = 0; !why && which < 2 && (*failing)->nelts < max; which++) {
        values[2] = which ? "0" : "1";
        why = tlsrpt_store_query(p, store, sql[which], values, 2,
                                 max - (*failing)->nelts, &rows);
        for (i = 0; !why && i < rows->nelts; i++) {
            tlsrpt_sum_failing_t *one = apr_array_push(*failing);

            one->domain = COL(i, 0);
            one->failed = NUM(i, 1);
            one->verified = !which;
        }
    }
    return why;
}

const char *tlsrpt_summary_totals(apr_pool_t *p, tlsrpt_store_t *store, int day,
                                  apr_array_header_t **totals)
{
    /* by result type, so that the index by (rtype, day) serves */
    static const char sql[] =
        "SELECT ptype, SUM(sessions), verified FROM tlsrpt_day"
        " WHERE rtype = %s AND day = %d GROUP BY verified, ptype"
        " ORDER BY verified DESC, ptype";
    apr_array_header_t *rows;
    const char *values[3];
    const char *why = NULL;
    int result, i;

    *totals = apr_array_make(p, 32, sizeof(tlsrpt_sum_total_t));
    values[1] = apr_itoa(p, day);
    values[2] = NULL;
    for (result = -2; !why && result < TLSRPT_RESULT_COUNT; result++) {
        values[0] = result == -2 ? "ok"
                    : result == -1
                        ? "failed"
                        : tlsrpt_result_name((tlsrpt_result_e)result);
        why = tlsrpt_store_query(p, store, sql, values, 3, TOTALS_MAX, &rows);
        for (i = 0; !why && i < rows->nelts; i++) {
            tlsrpt_sum_total_t *one = apr_array_push(*totals);

            one->policy_type = COL(i, 0);
            one->result = values[0];
            one->sessions = NUM(i, 1);
            one->verified = NUM(i, 2) == 1;
        }
    }
    return why;
}

const char *tlsrpt_summary_received(apr_pool_t *p, tlsrpt_store_t *store,
                                    int since, apr_array_header_t **received)
{
    static const char sql[] =
        "SELECT channel, trust, COUNT(*), MAX(t_recv) FROM tlsrpt_report"
        " WHERE day >= %d GROUP BY channel, trust ORDER BY channel, trust";
    apr_array_header_t *rows;
    const char *values[2];
    const char *why;
    int i;

    *received = apr_array_make(p, 8, sizeof(tlsrpt_sum_received_t));
    values[0] = apr_itoa(p, since);
    values[1] = NULL;
    why = tlsrpt_store_query(p, store, sql, values, 4, TOTALS_MAX, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_received_t *one = apr_array_push(*received);

        one->channel = COL(i, 0);
        one->trust = (int)NUM(i, 1);
        one->reports = NUM(i, 2);
        one->newest = NUM(i, 3);
    }
    return why;
}
