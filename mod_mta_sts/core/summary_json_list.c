/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The list of policy domains as JSON, and how reports come in. The keys are
 * promises (docs/tlsrpt-status.md): they are only ever added.
 */
#include "core/put_json.h"
#include "core/render.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

/* A time, or null. */
static void put_time(tlsrpt_text_t *t, int first, const char *name,
                     apr_int64_t seconds)
{
    tlsrpt_put_text(t, first, name,
                    seconds ? tlsrpt_time_text(t->p, seconds) : NULL);
}

static void put_flow(tlsrpt_text_t *t, const tlsrpt_flow_t *flow)
{
    int i;

    tlsrpt_put(t, ",\n \"receiver\": {");
    for (i = 0; i < flow->requests->nelts; i++) {
        const tlsrpt_requests_t *one =
            ITEM(flow->requests, i, tlsrpt_requests_t);

        tlsrpt_put_number(t, i == 0, one->result, one->requests);
    }
    tlsrpt_put(t, "},\n \"spool\": ");
    if (!flow->is_known) {
        tlsrpt_put(t, "null");
        return;
    }
    tlsrpt_put(t, "{");
    tlsrpt_put_number(t, 1, "waiting", flow->waiting);
    put_time(t, 0, "tried", flow->tried);
    put_time(t, 0, "stored", flow->stored);
    put_time(t, 0, "fails_since", flow->failed);
    tlsrpt_put_text(t, 0, "error", flow->failed ? flow->error : NULL);
    put_time(t, 0, "lasts_since", flow->lasts);
    tlsrpt_put(t, "}");
}

const char *tlsrpt_json_error(apr_pool_t *p, const char *text,
                              const tlsrpt_flow_t *flow)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    tlsrpt_put(t, "{");
    tlsrpt_put_number(t, 1, "format", TLSRPT_JSON_FORMAT);
    tlsrpt_put_text(t, 0, "error", text);
    if (flow) {
        put_flow(t, flow);
    }
    tlsrpt_put(t, "}\n");
    return tlsrpt_text_end(t);
}

void tlsrpt_json_line(tlsrpt_text_t *t, int first, const tlsrpt_summary_t *sum)
{
    tlsrpt_json_head(t, first, sum);
    tlsrpt_put_text(t, 0, "verdict", tlsrpt_verdict_name(sum->verdict));
    tlsrpt_put_text(t, 0, "verdict_text", sum->verdict_text);
    tlsrpt_put_text(t, 0, "top_fault",
                    sum->causes->nelts
                        ? ITEM(sum->causes, 0, tlsrpt_sum_cause_t)->type
                        : NULL);
}

const char *tlsrpt_json_list(apr_pool_t *p, const tlsrpt_page_t *page)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);
    int i;

    tlsrpt_put(t, "{");
    tlsrpt_put_number(t, 1, "format", TLSRPT_JSON_FORMAT);
    tlsrpt_put_day(t, 0, "from", page->from);
    tlsrpt_put_day(t, 0, "to", page->to);
    tlsrpt_put_text(t, 0, "next", page->next);
    tlsrpt_put_list(t, "domains");
    for (i = 0; i < page->summaries->nelts; i++) {
        tlsrpt_put_next(t, i);
        tlsrpt_json_line(t, 1,
                         APR_ARRAY_IDX(page->summaries, i, tlsrpt_summary_t *));
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
    tlsrpt_put_list(t, "failing");
    for (i = 0; i < page->failing->nelts; i++) {
        const tlsrpt_sum_failing_t *one =
            ITEM(page->failing, i, tlsrpt_sum_failing_t);

        tlsrpt_put_next(t, i);
        tlsrpt_put_text(t, 1, "domain", one->domain);
        tlsrpt_put_number(t, 0, "failed", one->failed);
        tlsrpt_put_truth(t, 0, "verified", one->verified);
        tlsrpt_put(t, "}");
    }
    tlsrpt_put(t, "]");
    put_flow(t, &page->flow);
    tlsrpt_put(t, "}\n");
    return tlsrpt_text_end(t);
}
