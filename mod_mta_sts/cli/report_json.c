/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reports as a JSON array. Keys are only ever added. The text is ASCII, so that
 * it can be looked at on a terminal: other characters are written as \uXXXX.
 */
#include <stdlib.h>

#include <apr_strings.h>
#include <jansson.h>

#include "cli/command.h"
#include "cli/report.h"

/* A text; the parser has seen to it that it is UTF-8. */
static json_t *text(const char *value)
{
    json_t *string = json_string(value);

    return string ? string : json_string("");
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *texts(const apr_array_header_t *list)
{
    json_t *array = json_array();
    int i;

    for (i = 0; i < list->nelts; i++) {
        json_array_append_new(array,
                              text(APR_ARRAY_IDX(list, i, const char *)));
    }
    return array;
}

static json_t *failure(apr_pool_t *p, const tlsrpt_policy_t *policy,
                       const tlsrpt_failure_t *failure)
{
    json_t *object = json_object();
    const tlsrpt_advice_t *advice = tlsrpt_advice(failure->result);

    set(object, "result_type", text(failure->result_type));
    set(object, "count", json_integer(failure->count));
    set(object, "mx", text(failure->mx));
    set(object, "helo", text(failure->helo));
    set(object, "receiving_ip", text(failure->receiving_ip));
    set(object, "sending_ip", text(failure->sending_ip));
    set(object, "reason", text(failure->reason));
    set(object, "information", text(failure->info));
    set(object, "explanation", text(advice->meaning));
    set(object, "action", text(failure_action(p, policy, failure)));
    return object;
}

static json_t *policy(apr_pool_t *p, const tlsrpt_policy_t *policy)
{
    json_t *object = json_object(), *failures = json_array();
    int i;

    for (i = 0; i < policy->failures->nelts; i++) {
        json_array_append_new(
            failures,
            failure(p, policy,
                    &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t)));
    }
    /* one of another type is named as it was sent */
    set(object, "type",
        text(policy->type == TLSRPT_POLICY_OTHER
                 ? policy->type_text
                 : tlsrpt_policy_type_name(policy->type)));
    set(object, "domain", text(policy->domain));
    set(object, "mode", text(policy->mode));
    set(object, "policy", texts(policy->lines));
    set(object, "mx", texts(policy->mx));
    set(object, "successful", json_integer(policy->successful));
    set(object, "failed", json_integer(policy->failed));
    set(object, "failures", failures);
    return object;
}

static json_t *findings(const judgement_t *judgement)
{
    json_t *array = json_array();
    int i;

    for (i = 0; i < judgement->findings->nelts; i++) {
        const judged_finding_t *found =
            &APR_ARRAY_IDX(judgement->findings, i, judged_finding_t);
        json_t *object = json_object();

        set(object, "finding", text(found->advice->name));
        set(object, "about", text(found->what));
        set(object, "explanation", text(found->advice->meaning));
        set(object, "action", text(found->advice->action));
        json_array_append_new(array, object);
    }
    return array;
}

/* RFC 3339; null where the report does not say. */
static json_t *when(apr_pool_t *p, const tlsrpt_report_t *report,
                    apr_int64_t seconds)
{
    return report->day ? text(tlsrpt_time_text(p, seconds)) : json_null();
}

static json_t *whole(apr_pool_t *p, const source_report_t *found,
                     const judgement_t *judgement)
{
    const tlsrpt_report_t *report = found->report;
    json_t *object = json_object(), *policies = json_array();
    int i;

    for (i = 0; i < report->policies->nelts; i++) {
        json_array_append_new(
            policies,
            policy(p, &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t)));
    }
    set(object, "organization", text(report->organization));
    set(object, "report_id", text(report->report_id));
    set(object, "contact", text(report->contact));
    set(object, "submitter", text(report->submitter));
    set(object, "start", when(p, report, report->start));
    set(object, "end", when(p, report, report->end));
    set(object, "source", text(found->name));
    set(object, "channel", text(tlsrpt_channel_name(found->origin.channel)));
    set(object, "trust", json_integer(found->origin.trust));
    set(object, "repairs", texts(report->repairs));
    set(object, "policies", policies);
    set(object, "successful", json_integer(judgement->successful));
    set(object, "failed", json_integer(judgement->failed));
    set(object, "findings", findings(judgement));
    set(object, "verdict", text(verdict_name(judgement->verdict)));
    set(object, "verdict_text", text(judgement->text));
    return object;
}

/* What was put together, on the output; it is gone then. */
static void print(FILE *out, json_t *object)
{
    char *written = json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII);

    json_decref(object);
    if (!written) {
        command_no_memory(APR_ENOMEM);
    }
    fputs(written, out);
    free(written);
}

static void begin(view_t *view)
{
    fputs("[", view->out);
}

static void render(apr_pool_t *p, view_t *view, const source_report_t *found,
                   const judgement_t *judgement)
{
    fputs(view->reports > 0 ? ",\n" : "\n", view->out);
    print(view->out, whole(p, found, judgement));
}

static void end(apr_pool_t *p, view_t *view)
{
    (void)p;
    fputs(view->reports > 0 ? "\n]\n" : "]\n", view->out);
}

const renderer_t render_json = {begin, render, end};

void explain_json(FILE *out, const tlsrpt_advice_t *advice)
{
    json_t *object = json_object();

    set(object, "name", text(advice->name));
    set(object, "kind",
        text(tlsrpt_advice_is_finding(advice) ? "finding" : "result-type"));
    set(object, "explanation", text(advice->meaning));
    set(object, "action", text(advice->action));
    set(object, "check", advice->check ? text(advice->check) : json_null());
    set(object, "text", text(advice->long_text ? advice->long_text : ""));
    print(out, object);
    fputc('\n', out);
}
