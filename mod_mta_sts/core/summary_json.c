/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Summaries as JSON. The keys are promises (docs/tlsrpt-status.md): they are
 * only ever added.
 */
#include <apr_strings.h>

#include "core/day.h"
#include "core/escape.h"
#include "core/render.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

/* A member with its comma, unless it is the first of its object. */
static void key(tlsrpt_text_t *t, int first, const char *name)
{
    tlsrpt_putf(t, "%s\"%s\": ", first ? "" : ", ", name);
}

static void text(tlsrpt_text_t *t, int first, const char *name,
                 const char *value)
{
    key(t, first, name);
    tlsrpt_put(t, value ? mta_sts_escape_json(t->p, value) : "null");
}

static void number(tlsrpt_text_t *t, int first, const char *name, apr_int64_t n)
{
    key(t, first, name);
    tlsrpt_putf(t, "%" APR_INT64_T_FMT, n);
}

static void truth(tlsrpt_text_t *t, int first, const char *name, int is)
{
    key(t, first, name);
    tlsrpt_put(t, is ? "true" : "false");
}

/* A day, or null. */
static void day(tlsrpt_text_t *t, int first, const char *name, int value)
{
    text(t, first, name, value ? tlsrpt_day_text(t->p, value) : NULL);
}

static void texts(tlsrpt_text_t *t, const char *name,
                  const apr_array_header_t *array)
{
    int i;

    key(t, 0, name);
    tlsrpt_put(t, "[");
    for (i = 0; i < array->nelts; i++) {
        tlsrpt_putf(
            t, "%s%s", i ? ", " : "",
            mta_sts_escape_json(t->p, APR_ARRAY_IDX(array, i, const char *)));
    }
    tlsrpt_put(t, "]");
}

static void begin(tlsrpt_text_t *t, const char *name)
{
    tlsrpt_putf(t, ",\n \"%s\": [", name);
}

static void next(tlsrpt_text_t *t, int i)
{
    tlsrpt_put(t, i ? ",\n  {" : "\n  {");
}

/* ---- parts --------------------------------------------------------------- */

static void put_evidence(tlsrpt_text_t *t, const char *name,
                         const tlsrpt_sum_evidence_t *e)
{
    tlsrpt_putf(t, ",\n  \"%s\": {", name);
    day(t, 1, "from", e->from);
    day(t, 0, "to", e->to);
    number(t, 0, "clean_days", e->days);
    number(t, 0, "reporters", e->reporters);
    number(t, 0, "sessions", e->sessions);
    number(t, 0, "failed", e->failed);
    number(t, 0, "refused", e->refused);
    day(t, 0, "last_failed", e->last_failed);
    day(t, 0, "last", e->last);
    tlsrpt_put(t, "}");
}

static void put_verdict(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i, asked = sum->verdict == TLSRPT_VERDICT_READY ||
                   sum->verdict == TLSRPT_VERDICT_NOT_READY;

    tlsrpt_put(t, ",\n \"verdict\": {");
    text(t, 1, "name", tlsrpt_verdict_name(sum->verdict));
    text(t, 0, "text", sum->verdict_text);
    text(t, 0, "next", sum->verdict_next);
    tlsrpt_put(t, ",\n  \"needs\": [");
    for (i = 0; asked && i < TLSRPT_NEED_COUNT; i++) {
        tlsrpt_put(t, i ? ",\n   {" : "\n   {");
        text(t, 1, "name", tlsrpt_need_name((tlsrpt_need_e)i));
        truth(t, 0, "met", sum->needs[i].met);
        number(t, 0, "have", sum->needs[i].have);
        number(t, 0, "need", sum->needs[i].need);
        text(t, 0, "text", sum->needs[i].text);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
    put_evidence(t, "evidence", &sum->evidence);
    put_evidence(t, "anybody", &sum->anybody);
    tlsrpt_put(t, "}");
}

static void put_days(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    begin(t, "days");
    for (i = 0; i < sum->days->nelts; i++) {
        const tlsrpt_sum_day_t *one = ITEM(sum->days, i, tlsrpt_sum_day_t);

        next(t, i);
        day(t, 1, "day", one->day);
        number(t, 0, "sessions", one->sessions);
        number(t, 0, "failed", one->failed);
        number(t, 0, "reporters", one->reporters);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_reporters(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    begin(t, "reporters");
    for (i = 0; i < sum->reporters->nelts; i++) {
        const tlsrpt_sum_reporter_t *one =
            ITEM(sum->reporters, i, tlsrpt_sum_reporter_t);

        next(t, i);
        text(t, 1, "submitter", one->submitter);
        text(t, 0, "organization", one->organization);
        number(t, 0, "trust", one->trust);
        text(t, 0, "trust_text", tlsrpt_trust_text(one->trust));
        number(t, 0, "reports", one->reports);
        number(t, 0, "conflicts", one->conflicts);
        number(t, 0, "sessions", one->sessions);
        number(t, 0, "failed", one->failed);
        number(t, 0, "days", one->days);
        day(t, 0, "first", one->first);
        day(t, 0, "last", one->last);
        truth(t, 0, "silent", one->silent);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_places(tlsrpt_text_t *t, const tlsrpt_sum_cause_t *cause)
{
    int i;

    key(t, 0, "places");
    tlsrpt_put(t, "[");
    for (i = 0; i < cause->places->nelts; i++) {
        const tlsrpt_sum_place_t *one =
            APR_ARRAY_IDX(cause->places, i, tlsrpt_sum_place_t *);

        tlsrpt_put(t, i ? ",\n    {" : "\n    {");
        text(t, 1, "result_type", one->type);
        text(t, 0, "mx", one->mx);
        text(t, 0, "receiving_ip", one->ip);
        text(t, 0, "reason", one->reason);
        number(t, 0, "sessions", one->sessions);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_causes(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    begin(t, "causes");
    for (i = 0; i < sum->causes->nelts; i++) {
        const tlsrpt_sum_cause_t *one =
            ITEM(sum->causes, i, tlsrpt_sum_cause_t);

        next(t, i);
        text(t, 1, "result_type", one->type);
        number(t, 0, "sessions", one->sessions);
        number(t, 0, "reporters", one->reporters);
        day(t, 0, "last", one->last);
        text(t, 0, "explanation", one->advice->meaning);
        text(t, 0, "action", one->advice->action);
        put_places(t, one);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_mx(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i, j;

    begin(t, "mx");
    for (i = 0; i < sum->mx->nelts; i++) {
        const tlsrpt_sum_mx_t *one = ITEM(sum->mx, i, tlsrpt_sum_mx_t);

        next(t, i);
        text(t, 1, "name", one->name);
        truth(t, 0, "in_policy", one->in_policy);
        truth(t, 0, "seen", one->seen);
        truth(t, 0, "verified", one->verified);
        day(t, 0, "last_failed", one->last);
        key(t, 0, "failures");
        tlsrpt_put(t, "[");
        for (j = 0; j < one->counts->nelts; j++) {
            const tlsrpt_sum_count_t *count =
                ITEM(one->counts, j, tlsrpt_sum_count_t);

            tlsrpt_put(t, j ? ", {" : "{");
            text(t, 1, "result_type", count->type);
            number(t, 0, "sessions", count->sessions);
            tlsrpt_put(t, "}");
        }
        tlsrpt_put(t, "]}");
    }
    tlsrpt_put(t, "]");
}

static void put_policies(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    tlsrpt_put(t, ",\n \"policy\": ");
    if (sum->is_served) {
        tlsrpt_put(t, "{");
        text(t, 1, "mode", sum->served.mode);
        text(t, 0, "id", sum->served.id);
        texts(t, "mx", sum->served.mx);
        text(t, 0, "body", sum->served.body);
        tlsrpt_put(t, "}");
    }
    else {
        tlsrpt_put(t, "null");
    }
    begin(t, "seen");
    for (i = 0; i < sum->seen->nelts; i++) {
        const tlsrpt_sum_seen_t *one = ITEM(sum->seen, i, tlsrpt_sum_seen_t);

        next(t, i);
        day(t, 1, "first", one->first);
        day(t, 0, "last", one->last);
        number(t, 0, "reporters", one->reporters);
        text(t, 0, "differs", one->differs);
        texts(t, "policy", one->lines);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_findings(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    begin(t, "findings");
    for (i = 0; i < sum->findings->nelts; i++) {
        const tlsrpt_sum_finding_t *one =
            ITEM(sum->findings, i, tlsrpt_sum_finding_t);

        next(t, i);
        text(t, 1, "name", one->advice->name);
        text(t, 0, "detail", one->detail);
        text(t, 0, "explanation", one->advice->meaning);
        text(t, 0, "action", one->advice->action);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_head(tlsrpt_text_t *t, int first, const tlsrpt_summary_t *sum)
{
    text(t, first, "domain", sum->domain);
    day(t, 0, "from", sum->from);
    day(t, 0, "to", sum->to);
    number(t, 0, "sessions", sum->sessions);
    number(t, 0, "failed", sum->failed);
    number(t, 0, "no_policy_found", sum->no_policy);
    text(t, 0, "mode", *sum->mode ? sum->mode : NULL);
    text(t, 0, "level", tlsrpt_level_name(sum->level));
    number(t, 0, "reporter_count", sum->reporters_all);
    number(t, 0, "uncounted", sum->uncounted);
}

/* ---- the two answers ----------------------------------------------------- */

const char *tlsrpt_json_domain(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    tlsrpt_put(t, "{");
    number(t, 1, "format", TLSRPT_JSON_FORMAT);
    put_head(t, 0, sum);
    put_verdict(t, sum);
    put_findings(t, sum);
    put_causes(t, sum);
    put_reporters(t, sum);
    put_mx(t, sum);
    put_policies(t, sum);
    put_days(t, sum);
    tlsrpt_put(t, "}\n");
    return tlsrpt_text_end(t);
}

const char *tlsrpt_json_list(apr_pool_t *p, const tlsrpt_page_t *page)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);
    int i;

    tlsrpt_put(t, "{");
    number(t, 1, "format", TLSRPT_JSON_FORMAT);
    day(t, 0, "from", page->from);
    day(t, 0, "to", page->to);
    text(t, 0, "next", page->next);
    begin(t, "domains");
    for (i = 0; i < page->summaries->nelts; i++) {
        const tlsrpt_summary_t *sum =
            APR_ARRAY_IDX(page->summaries, i, tlsrpt_summary_t *);

        next(t, i);
        put_head(t, 1, sum);
        text(t, 0, "verdict", tlsrpt_verdict_name(sum->verdict));
        text(t, 0, "verdict_text", sum->verdict_text);
        text(t, 0, "top_fault",
             sum->causes->nelts ? ITEM(sum->causes, 0, tlsrpt_sum_cause_t)->type
                                : NULL);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
    begin(t, "failing");
    for (i = 0; i < page->failing->nelts; i++) {
        const tlsrpt_sum_failing_t *one =
            ITEM(page->failing, i, tlsrpt_sum_failing_t);

        next(t, i);
        text(t, 1, "domain", one->domain);
        number(t, 0, "failed", one->failed);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]}\n");
    return tlsrpt_text_end(t);
}
