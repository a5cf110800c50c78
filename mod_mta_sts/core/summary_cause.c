/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Why sessions failed: by result type, and where each was seen.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/summary_parts.h"
#include "core/summary_rows.h"

#define COL(i, j) APR_ARRAY_IDX(rows, i, const char **)[j]
#define NUM(i, j) tlsrpt_sum_number(COL(i, j))

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
        "SELECT f.rtype, f.mx, f.rcv_ip, f.reason, SUM(f.sessions)" SQL_DETAILS
        " GROUP BY f.rtype, f.mx, f.rcv_ip, f.reason"
        " ORDER BY SUM(f.sessions) DESC, f.rtype, f.mx, f.rcv_ip, f.reason";
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;
    int i;

    tlsrpt_sum_window(p, sum, tlsrpt_sum_least(sum), values);
    why = tlsrpt_store_query(p, store, sql, values, 5, TLSRPT_PLACES_SHOWN,
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
            place->sessions = NUM(i, 4);
            APR_ARRAY_PUSH(cause->places, tlsrpt_sum_place_t *) = place;
        }
    }
    return why;
}

/* By result type: of a class; type, sessions, reporters, last day. */
static const char *read_types(apr_pool_t *p, tlsrpt_store_t *store,
                              const tlsrpt_summary_t *sum, int verified,
                              apr_array_header_t **rows)
{
    static const char sql[] =
        "SELECT rtype, SUM(n), COUNT(DISTINCT submitter), MAX(day) FROM ("
        "SELECT day, submitter, rtype, grp, MAX(n) AS n FROM ("
        "SELECT day, submitter, ptype, rtype, " SQL_GROUP
        " AS grp, SUM(sessions) AS n" SQL_DAYS SQL_OF_CLASS
        " AND rtype NOT IN ('ok', 'failed') AND sessions > 0"
        " GROUP BY day, submitter, ptype, rtype) s"
        " GROUP BY day, submitter, rtype, grp) t"
        " GROUP BY rtype ORDER BY SUM(n) DESC, rtype";
    const char *values[5];

    tlsrpt_sum_window(p, sum, verified ? "1" : "0", values);
    return tlsrpt_store_query(p, store, sql, values, 4, TLSRPT_CAUSES_SHOWN,
                              rows);
}

static const char *read_beside(apr_pool_t *p, tlsrpt_store_t *store,
                               tlsrpt_summary_t *sum)
{
    apr_array_header_t *rows;
    const char *why;
    int i;

    if (sum->beside.reporters == 0) {
        return NULL;
    }
    why = read_types(p, store, sum, 0, &rows);
    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_sum_count_t *one = apr_array_push(sum->beside.causes);

        one->type = COL(i, 0);
        one->sessions = NUM(i, 1);
    }
    return why;
}

const char *tlsrpt_sum_read_causes(apr_pool_t *p, tlsrpt_store_t *store,
                                   tlsrpt_summary_t *sum, int brief)
{
    apr_array_header_t *rows;
    const char *why = read_types(p, store, sum, sum->verified, &rows);
    int i;

    for (i = 0; !why && i < rows->nelts; i++) {
        tlsrpt_result_e result = tlsrpt_result_by_name(COL(i, 0));
        tlsrpt_sum_cause_t *cause = apr_array_push(sum->causes);

        cause->result = result;
        cause->type = COL(i, 0);
        cause->advice = tlsrpt_advice(result);
        cause->sessions = NUM(i, 1);
        cause->reporters = (int)NUM(i, 2);
        cause->last = (int)NUM(i, 3);
        cause->places = apr_array_make(p, 4, sizeof(tlsrpt_sum_place_t *));
    }
    if (!why) {
        why = read_beside(p, store, sum);
    }
    return why || brief || sum->causes->nelts == 0 ? why
                                                   : read_places(p, store, sum);
}
