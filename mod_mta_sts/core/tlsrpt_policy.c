/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The policies of a report (RFC 8460, 4): each with its counts and its
 * failures.
 */
#include <string.h>

#include "core/name.h"
#include "core/report.h"

static apr_int64_t detail_sum(const apr_array_header_t *failures)
{
    apr_int64_t sum = 0;
    int i;

    for (i = 0; i < failures->nelts; i++) {
        sum = tlsrpt_count_add(
            sum, APR_ARRAY_IDX(failures, i, tlsrpt_failure_t).count);
    }
    return sum;
}

static int is_result_type(const char *word)
{
    return tlsrpt_result_by_name(word) != TLSRPT_RESULT_OTHER;
}

static void read_failure(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                         tlsrpt_failure_t *failure)
{
    failure->result_type =
        tlsrpt_keyword(r, object, "result-type", is_result_type);
    if (*failure->result_type == '\0') {
        tlsrpt_note(r, "result-type", "missing");
    }
    failure->result = tlsrpt_result_by_name(failure->result_type);
    failure->count = tlsrpt_count(r, object, "failed-session-count", 1);
    failure->mx = tlsrpt_name(r, object, "receiving-mx-hostname");
    failure->helo =
        tlsrpt_text(r, object, "receiving-mx-helo", TLSRPT_NAME_MAX);
    failure->receiving_ip = tlsrpt_address(r, object, "receiving-ip");
    failure->sending_ip = tlsrpt_address(r, object, "sending-mta-ip");
    failure->reason =
        tlsrpt_text(r, object, "failure-reason-code", TLSRPT_TEXT_MAX);
    failure->info =
        tlsrpt_text(r, object, "additional-information", TLSRPT_TEXT_MAX);
}

/* A list, or the one object that is to be in it. */
static apr_size_t list_size(const tlsrpt_json_t *list)
{
    return tlsrpt_json_kind(list) == TLSRPT_JSON_OBJECT
               ? 1
               : tlsrpt_json_size(list);
}

static const tlsrpt_json_t *list_at(const tlsrpt_json_t *list, apr_size_t i)
{
    return tlsrpt_json_kind(list) == TLSRPT_JSON_OBJECT
               ? list
               : tlsrpt_json_at(list, i);
}

static const tlsrpt_json_t *read_list(tlsrpt_reader_t *r,
                                      const tlsrpt_json_t *object,
                                      const char *name)
{
    const tlsrpt_json_t *list = tlsrpt_member(r, object, name);

    switch (tlsrpt_json_kind(list)) {
    case TLSRPT_JSON_ABSENT:
    case TLSRPT_JSON_ARRAY:
        break;
    case TLSRPT_JSON_OBJECT:
        tlsrpt_note(r, name, "one, read as a list");
        break;
    case TLSRPT_JSON_STRING:
    case TLSRPT_JSON_NUMBER:
    case TLSRPT_JSON_BOOLEAN:
        tlsrpt_note(r, name, "not a list, left out");
        break;
    }
    return list;
}

static apr_array_header_t *read_failures(tlsrpt_parser_t *parser,
                                         const tlsrpt_json_t *object)
{
    tlsrpt_reader_t *r = &parser->r;
    const tlsrpt_json_t *list = read_list(r, object, "failure-details");
    apr_array_header_t *failures =
        apr_array_make(r->p, 2, sizeof(tlsrpt_failure_t));
    apr_size_t i, size = list_size(list);

    for (i = 0; i < size; i++) {
        const tlsrpt_json_t *entry = list_at(list, i);

        if (parser->failures == TLSRPT_FAILURES_MAX) {
            tlsrpt_note(r, "failure-details", "cut: more than %d in the report",
                        TLSRPT_FAILURES_MAX);
            break;
        }
        r->failure = (int)i;
        if (tlsrpt_json_kind(entry) == TLSRPT_JSON_OBJECT) {
            read_failure(r, entry, apr_array_push(failures));
            parser->failures++;
        }
        else {
            tlsrpt_note(r, "", "not an object, left out");
        }
        r->failure = -1;
    }
    return failures;
}

static tlsrpt_policy_type_e policy_type(const char *text)
{
    static const tlsrpt_policy_type_e types[] = {
        TLSRPT_POLICY_STS, TLSRPT_POLICY_TLSA, TLSRPT_POLICY_NONE};
    int i;

    for (i = 0; i < 3; i++) {
        if (strcmp(text, tlsrpt_policy_type_name(types[i])) == 0) {
            return types[i];
        }
    }
    return TLSRPT_POLICY_OTHER;
}

static int is_policy_type(const char *word)
{
    return policy_type(word) != TLSRPT_POLICY_OTHER;
}

/* What the lines of an STS policy say: its mode, and patterns if need be. */
static void read_lines(tlsrpt_reader_t *r, tlsrpt_policy_t *policy)
{
    int need_mx = policy->mx->nelts == 0, i;

    for (i = 0; i < policy->lines->nelts; i++) {
        const char *line = APR_ARRAY_IDX(policy->lines, i, const char *);
        const char *mode = tlsrpt_field(line, "mode");
        const char *mx = tlsrpt_field(line, "mx");

        if (mode && *policy->mode == '\0') {
            const char *lower = tlsrpt_lower(r->p, mode);

            if (strcmp(lower, "testing") == 0 ||
                strcmp(lower, "enforce") == 0 || strcmp(lower, "none") == 0) {
                policy->mode = lower;
            }
        }
        if (mx && *mx && need_mx) {
            APR_ARRAY_PUSH(policy->mx, const char *) =
                tlsrpt_pattern(r, "policy-string", mx);
        }
    }
}

/* The name behind the last "_" or "+" of a report-id, as Google and Microsoft
 * make them. */
static const char *domain_of_id(tlsrpt_parser_t *parser)
{
    const char *id = parser->report->report_id;
    const char *last = id + strlen(id), *name;

    while (last > id && last[-1] != '_' && last[-1] != '+') {
        last--;
    }
    if (last == id || mta_sts_name_parse(parser->r.p, last, &name)) {
        return NULL;
    }
    return name;
}

/* Who is meant by a policy without a domain. */
static const char *missing_domain(tlsrpt_parser_t *parser)
{
    tlsrpt_reader_t *r = &parser->r;
    const char *domain = domain_of_id(parser);

    if (parser->hints && parser->hints->domain && *parser->hints->domain) {
        parser->report->domain_hint_used = 1;
        tlsrpt_note(r, "policy-domain", "missing, taken from where it came");
        return parser->hints->domain;
    }
    if (domain) {
        tlsrpt_note(r, "policy-domain", "missing, taken from the report-id");
        return domain;
    }
    tlsrpt_note(r, "policy-domain", "missing");
    return "";
}

/* The policy itself; object may be absent. */
static void read_policy(tlsrpt_parser_t *parser, const tlsrpt_json_t *object,
                        tlsrpt_policy_t *policy)
{
    tlsrpt_reader_t *r = &parser->r;

    r->part = "policy.";
    policy->type_text =
        tlsrpt_keyword(r, object, "policy-type", is_policy_type);
    policy->type = policy_type(policy->type_text);
    if (*policy->type_text == '\0') {
        tlsrpt_note(r, "policy-type", "missing");
    }
    policy->domain = tlsrpt_name(r, object, "policy-domain");
    if (*policy->domain == '\0') {
        policy->domain = missing_domain(parser);
    }
    policy->lines = tlsrpt_lines(r, object, "policy-string");
    policy->mx = tlsrpt_patterns(r, object, "mx-host");
    policy->mode = "";
    if (policy->type == TLSRPT_POLICY_STS) {
        read_lines(r, policy);
    }
    r->part = "";
}

/* The counts. The RFC lets details overlap: the summary is what counts. */
static void read_summary(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                         tlsrpt_policy_t *policy)
{
    if (tlsrpt_json_kind(object) != TLSRPT_JSON_OBJECT) {
        tlsrpt_note(r, "summary", "missing, failures counted by the details");
        policy->failed = detail_sum(policy->failures);
        return;
    }
    r->part = "summary.";
    policy->successful =
        tlsrpt_count(r, object, "total-successful-session-count", 0);
    policy->failed = tlsrpt_count(r, object, "total-failure-session-count",
                                  detail_sum(policy->failures));
    r->part = "";
}

const char *tlsrpt_policies(tlsrpt_parser_t *parser, const tlsrpt_json_t *root)
{
    tlsrpt_reader_t *r = &parser->r;
    const tlsrpt_json_t *list = read_list(r, root, "policies");
    apr_array_header_t *policies =
        apr_array_make(r->p, 2, sizeof(tlsrpt_policy_t));
    apr_size_t i, size = list_size(list);

    if (tlsrpt_json_kind(list) != TLSRPT_JSON_ARRAY &&
        tlsrpt_json_kind(list) != TLSRPT_JSON_OBJECT) {
        return "it has no list of policies";
    }
    if (size == 0) {
        tlsrpt_note(r, "policies", "empty");
    }
    if (size > TLSRPT_POLICIES_MAX) {
        return "it has too many policies";
    }
    for (i = 0; i < size; i++) {
        const tlsrpt_json_t *entry = list_at(list, i);
        tlsrpt_policy_t *policy;

        r->policy = (int)i;
        if (tlsrpt_json_kind(entry) != TLSRPT_JSON_OBJECT) {
            tlsrpt_note(r, "", "not an object, left out");
            continue;
        }
        policy = apr_array_push(policies);
        read_policy(parser, tlsrpt_member(r, entry, "policy"), policy);
        policy->failures = read_failures(parser, entry);
        read_summary(r, tlsrpt_member(r, entry, "summary"), policy);
    }
    r->policy = -1;
    parser->report->policies = policies;
    return NULL;
}
