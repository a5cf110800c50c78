/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Where sessions failed: by MX, and which MX hosts reports name.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/name.h"
#include "core/summary_parts.h"
#include "core/summary_rows.h"

#define COL(i, j) APR_ARRAY_IDX(rows, i, const char **)[j]
#define NUM(i, j) tlsrpt_sum_number(COL(i, j))

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

/* The names in a text with blanks between are in a report of this class. */
static void note_seen(apr_pool_t *p, tlsrpt_summary_t *sum, const char *names,
                      apr_int64_t of_class)
{
    char *rest = NULL, *name;

    for (name = apr_strtok(apr_pstrdup(p, names), " ", &rest); name;
         name = apr_strtok(NULL, " ", &rest)) {
        tlsrpt_sum_mx_t *one = mx_of(p, sum, name);

        if (one) {
            one->seen = 1;
            one->verified |= of_class == TLSRPT_CLASS_VERIFIED;
        }
    }
}

/* Each pattern of the policy is named as it is in a verified report. */
static int all_patterns_verified(const tlsrpt_summary_t *sum)
{
    int i;

    for (i = 0; i < sum->mx->nelts && i < sum->patterns->nelts; i++) {
        if (!APR_ARRAY_IDX(sum->mx, i, tlsrpt_sum_mx_t).verified) {
            return 0;
        }
    }
    return 1;
}

/* A brief summary asks only what the findings may need: of a domain with
 * failures the level is known, and without details no host failed. */
static int asks_failures(const tlsrpt_summary_t *sum, int brief)
{
    return sum->causes->nelts > 0 &&
           !(brief && (!sum->is_served || sum->failed > 0));
}

/* What reporters name: patterns in policies, hosts in failures. */
static const char *read_named(apr_pool_t *p, tlsrpt_store_t *store,
                              tlsrpt_summary_t *sum, int brief)
{
    static const char *const sql[] = {
        /* by the hash first, in the index */
        "SELECT x.mx, MAX(s.class) FROM (SELECT phash, MAX(class) AS class"
        " FROM tlsrpt_policy WHERE domain = %s AND day >= %d AND day <= %d"
        " AND ptype = 'sts' AND class > 0 GROUP BY phash) s"
        " JOIN tlsrpt_ptext x ON x.phash = s.phash WHERE x.mx <> ''"
        " GROUP BY x.mx ORDER BY MAX(s.class) DESC, x.mx",
        "SELECT f.mx, MAX(p.class)" SQL_DETAILS
        " AND f.mx <> '' GROUP BY f.mx ORDER BY MAX(p.class) DESC, f.mx"};
    const char *values[5];
    apr_array_header_t *rows;
    const char *why = NULL;
    int i, which;

    tlsrpt_sum_evidence_window(p, sum, APR_STRINGIFY(TLSRPT_CLASS_ANYBODY),
                               values);
    for (which = 0; !why && which < 2; which++) {
        if (which == 1 && brief && all_patterns_verified(sum) &&
            !asks_failures(sum, brief)) {
            break;
        }
        why = tlsrpt_store_query(p, store, sql[which], values, 2,
                                 TLSRPT_MX_SHOWN, &rows);
        for (i = 0; !why && i < rows->nelts; i++) {
            note_seen(p, sum, COL(i, 0), NUM(i, 1));
        }
    }
    return why;
}

static void add_count(tlsrpt_sum_mx_t *one, const char *type,
                      apr_int64_t sessions, int last)
{
    tlsrpt_sum_count_t *count;
    int i;

    one->last = last > one->last ? last : one->last;
    for (i = 0; i < one->counts->nelts; i++) {
        count = &APR_ARRAY_IDX(one->counts, i, tlsrpt_sum_count_t);
        if (strcmp(count->type, type) == 0) {
            count->sessions += sessions;
            return;
        }
    }
    count = apr_array_push(one->counts);
    count->type = type;
    count->sessions = sessions;
}

const char *tlsrpt_sum_read_mx(apr_pool_t *p, tlsrpt_store_t *store,
                               tlsrpt_summary_t *sum, int brief)
{
    static const char sql[] =
        "SELECT mx, rtype, SUM(n), MAX(day) FROM ("
        "SELECT mx, rtype, day, submitter, grp, MAX(n) AS n FROM ("
        "SELECT mx, rtype, day, submitter, ptype, " SQL_GROUP
        " AS grp, SUM(sessions) AS n FROM ("
        "SELECT f.mx AS mx, f.rtype AS rtype, p.day AS day,"
        " r.submitter AS submitter, p.ptype AS ptype,"
        " f.sessions AS sessions FROM tlsrpt_policy p"
        " JOIN tlsrpt_failure f ON f.rid = p.rid AND f.pseq = p.pseq"
        " JOIN tlsrpt_report r ON r.rid = p.rid"
        " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d"
        " AND p.class >= %d"
        ") d GROUP BY mx, rtype, day, submitter, ptype) s"
        " GROUP BY mx, rtype, day, submitter, grp) t"
        " GROUP BY mx, rtype ORDER BY SUM(n) DESC, mx, rtype";
    const char *policy_host =
        apr_pstrcat(p, MTA_STS_HOST_PREFIX, sum->domain, NULL);
    const char *values[5];
    apr_array_header_t *rows;
    const char *why;
    int i;

    for (i = 0; sum->patterns && i < sum->patterns->nelts; i++) {
        tlsrpt_sum_mx_t *one =
            mx_of(p, sum, APR_ARRAY_IDX(sum->patterns, i, const char *));

        if (one) {
            one->in_policy = 1;
        }
    }
    tlsrpt_sum_window(p, sum, tlsrpt_sum_least(sum), values);
    if (brief && !sum->patterns) {
        return NULL;
    }
    why = read_named(p, store, sum, brief);
    if (!why && !asks_failures(sum, brief)) {
        return NULL;
    }
    if (!why) {
        why = tlsrpt_store_query(p, store, sql, values, 4, 2 * TLSRPT_MX_SHOWN,
                                 &rows);
    }
    for (i = 0; !why && i < rows->nelts; i++) {
        int of_host =
            tlsrpt_result_is_of_host(tlsrpt_result_by_name(COL(i, 1)));
        tlsrpt_sum_mx_t *one = mx_of(p, sum, of_host ? policy_host : COL(i, 0));

        if (one) {
            add_count(one, COL(i, 1), NUM(i, 2), (int)NUM(i, 3));
            one->policy_host |= of_host;
        }
    }
    return why;
}
