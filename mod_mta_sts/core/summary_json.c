/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A summary as JSON. The keys are promises (docs/tlsrpt-status.md): they are
 * only ever added.
 */
#include <apr_strings.h>

#include "core/put_json.h"
#include "core/render.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

/* ---- parts --------------------------------------------------------------- */

static void put_evidence(tlsrpt_text_t *t, const char *name,
                         const tlsrpt_sum_evidence_t *e)
{
    tlsrpt_putf(t, ",\n  \"%s\": {", name);
    tlsrpt_put_day(t, 1, "from", e->from);
    tlsrpt_put_day(t, 0, "to", e->to);
    tlsrpt_put_number(t, 0, "clean_days", e->days);
    tlsrpt_put_number(t, 0, "reporters", e->reporters);
    tlsrpt_put_number(t, 0, "sessions", e->sessions);
    tlsrpt_put_number(t, 0, "failed", e->failed);
    tlsrpt_put_number(t, 0, "refused", e->refused);
    tlsrpt_put_day(t, 0, "last_failed", e->last_failed);
    tlsrpt_put_day(t, 0, "last", e->last);
    tlsrpt_put(t, "}");
}

static void put_verdict(tlsrpt_text_t *t, const char *key,
                        const tlsrpt_summary_t *sum)
{
    int i, asked = sum->verdict == TLSRPT_VERDICT_READY ||
                   sum->verdict == TLSRPT_VERDICT_NOT_READY;

    tlsrpt_putf(t, ",\n \"%s\": {", key);
    tlsrpt_put_text(t, 1, "name", tlsrpt_verdict_name(sum->verdict));
    tlsrpt_put_text(t, 0, "text", sum->verdict_text);
    tlsrpt_put_text(t, 0, "next", sum->verdict_next);
    tlsrpt_put(t, ",\n  \"needs\": [");
    for (i = 0; asked && i < TLSRPT_NEED_COUNT; i++) {
        tlsrpt_put(t, i ? ",\n   {" : "\n   {");
        tlsrpt_put_text(t, 1, "name", tlsrpt_need_name((tlsrpt_need_e)i));
        if (sum->needs[i].asked) {
            tlsrpt_put_truth(t, 0, "met", sum->needs[i].met);
        }
        else {
            tlsrpt_put_text(t, 0, "met", NULL);
        }
        tlsrpt_put_number(t, 0, "have", sum->needs[i].have);
        tlsrpt_put_number(t, 0, "need", sum->needs[i].need);
        tlsrpt_put_text(t, 0, "text", sum->needs[i].text);
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

    tlsrpt_put_list(t, "days");
    for (i = 0; i < sum->days->nelts; i++) {
        const tlsrpt_sum_day_t *one = ITEM(sum->days, i, tlsrpt_sum_day_t);

        tlsrpt_put_next(t, i);
        tlsrpt_put_day(t, 1, "day", one->day);
        tlsrpt_put_number(t, 0, "sessions", one->sessions);
        tlsrpt_put_number(t, 0, "failed", one->failed);
        tlsrpt_put_number(t, 0, "reporters", one->reporters);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_reporters(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    tlsrpt_put_list(t, "reporters");
    for (i = 0; i < sum->reporters->nelts; i++) {
        const tlsrpt_sum_reporter_t *one =
            ITEM(sum->reporters, i, tlsrpt_sum_reporter_t);

        tlsrpt_put_next(t, i);
        tlsrpt_put_text(t, 1, "submitter", one->submitter);
        tlsrpt_put_truth(t, 0, "verified", one->verified);
        tlsrpt_put_text(t, 0, "organization", one->organization);
        tlsrpt_put_number(t, 0, "trust", one->trust);
        tlsrpt_put_text(t, 0, "trust_text", tlsrpt_trust_text(one->trust));
        tlsrpt_put_number(t, 0, "reports", one->reports);
        tlsrpt_put_number(t, 0, "conflicts", one->conflicts);
        tlsrpt_put_number(t, 0, "sessions", one->sessions);
        tlsrpt_put_number(t, 0, "failed", one->failed);
        tlsrpt_put_number(t, 0, "days", one->days);
        tlsrpt_put_day(t, 0, "first", one->first);
        tlsrpt_put_day(t, 0, "last", one->last);
        tlsrpt_put_truth(t, 0, "silent", one->silent);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

/* A text of advice, with the name of the domain in it. */
static void put_advice(tlsrpt_text_t *t, const char *name,
                       const tlsrpt_summary_t *sum, const char *text)
{
    tlsrpt_put_text(t, 0, name, tlsrpt_advice_about(t->p, text, sum->domain));
}

static void put_places(tlsrpt_text_t *t, const tlsrpt_sum_cause_t *cause)
{
    int i;

    tlsrpt_put_key(t, 0, "places");
    tlsrpt_put(t, "[");
    for (i = 0; i < cause->places->nelts; i++) {
        const tlsrpt_sum_place_t *one =
            APR_ARRAY_IDX(cause->places, i, tlsrpt_sum_place_t *);

        tlsrpt_put(t, i ? ",\n    {" : "\n    {");
        tlsrpt_put_text(t, 1, "result_type", one->type);
        tlsrpt_put_text(t, 0, "mx", one->mx);
        tlsrpt_put_text(t, 0, "receiving_ip", one->ip);
        tlsrpt_put_text(t, 0, "reason", one->reason);
        tlsrpt_put_number(t, 0, "sessions", one->sessions);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_causes(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    tlsrpt_put_list(t, "causes");
    for (i = 0; i < sum->causes->nelts; i++) {
        const tlsrpt_sum_cause_t *one =
            ITEM(sum->causes, i, tlsrpt_sum_cause_t);

        tlsrpt_put_next(t, i);
        tlsrpt_put_text(t, 1, "result_type", one->type);
        tlsrpt_put_number(t, 0, "sessions", one->sessions);
        tlsrpt_put_number(t, 0, "reporters", one->reporters);
        tlsrpt_put_day(t, 0, "last", one->last);
        put_advice(t, "explanation", sum, one->advice->meaning);
        put_advice(t, "action", sum, one->advice->action);
        put_places(t, one);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_count(tlsrpt_text_t *t, int i, const tlsrpt_sum_count_t *count)
{
    tlsrpt_put(t, i ? ", {" : "{");
    tlsrpt_put_text(t, 1, "result_type", count->type);
    tlsrpt_put_number(t, 0, "sessions", count->sessions);
    tlsrpt_put(t, "}");
}

static void put_mx(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i, j;

    tlsrpt_put_list(t, "mx");
    for (i = 0; i < sum->mx->nelts; i++) {
        const tlsrpt_sum_mx_t *one = ITEM(sum->mx, i, tlsrpt_sum_mx_t);

        tlsrpt_put_next(t, i);
        tlsrpt_put_text(t, 1, "name", one->name);
        tlsrpt_put_truth(t, 0, "policy_host", one->policy_host);
        tlsrpt_put_truth(t, 0, "in_policy", one->in_policy);
        tlsrpt_put_truth(t, 0, "seen", one->seen);
        tlsrpt_put_truth(t, 0, "verified", one->verified);
        tlsrpt_put_day(t, 0, "last_failed", one->last);
        tlsrpt_put_key(t, 0, "failures");
        tlsrpt_put(t, "[");
        for (j = 0; j < one->counts->nelts; j++) {
            put_count(t, j, ITEM(one->counts, j, tlsrpt_sum_count_t));
        }
        tlsrpt_put(t, "]}");
    }
    tlsrpt_put(t, "]");
}

static void put_policies(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    tlsrpt_put(t, ",\n ");
    tlsrpt_put_truth(t, 1, "policy_known", sum->policy_known);
    tlsrpt_put_key(t, 0, "policy");
    if (sum->is_served) {
        tlsrpt_put(t, "{");
        tlsrpt_put_text(t, 1, "mode", sum->served.mode);
        tlsrpt_put_text(t, 0, "id", sum->served.id);
        tlsrpt_put_texts(t, "mx", sum->served.mx);
        tlsrpt_put_text(t, 0, "body", sum->served.body);
        tlsrpt_put(t, "}");
    }
    else {
        tlsrpt_put(t, "null");
    }
    tlsrpt_put_list(t, "seen");
    for (i = 0; i < sum->seen->nelts; i++) {
        const tlsrpt_sum_seen_t *one = ITEM(sum->seen, i, tlsrpt_sum_seen_t);

        tlsrpt_put_next(t, i);
        tlsrpt_put_day(t, 1, "first", one->first);
        tlsrpt_put_day(t, 0, "last", one->last);
        tlsrpt_put_truth(t, 0, "verified", one->verified);
        tlsrpt_put_number(t, 0, "reporters", one->reporters);
        tlsrpt_put_text(t, 0, "differs", one->differs);
        tlsrpt_put_texts(t, "policy", one->lines);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

static void put_findings(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    tlsrpt_put_list(t, "findings");
    for (i = 0; i < sum->findings->nelts; i++) {
        const tlsrpt_sum_finding_t *one =
            ITEM(sum->findings, i, tlsrpt_sum_finding_t);

        tlsrpt_put_next(t, i);
        tlsrpt_put_text(t, 1, "name", one->advice->name);
        tlsrpt_put_text(t, 0, "detail", one->detail);
        put_advice(t, "explanation", sum, one->advice->meaning);
        put_advice(t, "action", sum, one->advice->action);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
}

void tlsrpt_json_head(tlsrpt_text_t *t, int first, const tlsrpt_summary_t *sum)
{
    int i;

    tlsrpt_put_text(t, first, "domain", sum->domain);
    tlsrpt_put_day(t, 0, "from", sum->from);
    tlsrpt_put_day(t, 0, "to", sum->to);
    tlsrpt_put_truth(t, 0, "verified", sum->verified);
    tlsrpt_put_number(t, 0, "sessions", sum->sessions);
    tlsrpt_put_number(t, 0, "failed", sum->failed);
    tlsrpt_put_number(t, 0, "no_policy_found", sum->no_policy);
    tlsrpt_put_text(t, 0, "mode", *sum->mode ? sum->mode : NULL);
    tlsrpt_put_text(t, 0, "level", tlsrpt_level_name(sum->level));
    tlsrpt_put_number(t, 0, "reporter_count", sum->reporters_all);
    tlsrpt_put_number(t, 0, "uncounted", sum->uncounted);
    tlsrpt_put_key(t, 0, "unverified");
    tlsrpt_put(t, "{");
    tlsrpt_put_number(t, 1, "sessions", sum->beside.sessions);
    tlsrpt_put_number(t, 0, "failed", sum->beside.failed);
    tlsrpt_put_number(t, 0, "no_policy_found", sum->beside.no_policy);
    tlsrpt_put_number(t, 0, "reporter_count", sum->beside.reporters);
    tlsrpt_put_key(t, 0, "causes");
    tlsrpt_put(t, "[");
    for (i = 0; i < sum->beside.causes->nelts; i++) {
        put_count(t, i, ITEM(sum->beside.causes, i, tlsrpt_sum_count_t));
    }
    tlsrpt_put(t, "]}");
}

/* ---- the answer ---------------------------------------------------------- */

void tlsrpt_json_parts(tlsrpt_text_t *t, const tlsrpt_summary_t *sum,
                       const char *verdict)
{
    put_verdict(t, verdict, sum);
    put_findings(t, sum);
    put_causes(t, sum);
    put_reporters(t, sum);
    put_mx(t, sum);
    put_policies(t, sum);
    put_days(t, sum);
}

const char *tlsrpt_json_domain(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    tlsrpt_put(t, "{");
    tlsrpt_put_number(t, 1, "format", TLSRPT_JSON_FORMAT);
    tlsrpt_json_head(t, 0, sum);
    tlsrpt_json_parts(t, sum, "verdict");
    tlsrpt_put(t, "}\n");
    return tlsrpt_text_end(t);
}
