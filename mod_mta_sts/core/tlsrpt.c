/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A TLS report (RFC 8460, 4): from JSON into the model. How its members are
 * read, and what is mended in them, is in core/repair.h.
 */
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "core/digest.h"
#include "core/name.h"
#include "core/octets.h"
#include "core/repair.h"
#include "core/tlsrpt.h"
#include "core/unpack.h"

#define HOUR 3600
#define DAY  (24 * HOUR)

/* A window longer than this is no day, even with a clock change. */
#define WINDOW_USUAL (36 * HOUR)
/* The longest window of a report, and how far it may end in the future. */
#define WINDOW_MAX (8 * DAY)
#define FUTURE_MAX (48 * HOUR)

typedef struct {
    tlsrpt_reader_t r;
    const tlsrpt_hints_t *hints;
    tlsrpt_report_t *report;
    int failures; /* details so far */
} parser_t;

apr_int64_t tlsrpt_count_add(apr_int64_t a, apr_int64_t b)
{
    return a > TLSRPT_COUNT_MAX - b ? TLSRPT_COUNT_MAX : a + b;
}

const char *tlsrpt_time_text(apr_pool_t *p, apr_int64_t seconds)
{
    apr_time_exp_t when;

    apr_time_exp_gmt(&when, apr_time_from_sec(seconds));
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                        when.tm_year + 1900, when.tm_mon + 1, when.tm_mday,
                        when.tm_hour, when.tm_min, when.tm_sec);
}

/* yyyymmdd */
static int day_of(apr_int64_t seconds)
{
    apr_time_exp_t when;

    apr_time_exp_gmt(&when, apr_time_from_sec(seconds));
    return (when.tm_year + 1900) * 10000 + (when.tm_mon + 1) * 100 +
           when.tm_mday;
}

/* ---- a failure ---- */

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

static void read_failure(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                         tlsrpt_failure_t *failure)
{
    failure->result_type = tlsrpt_keyword(r, object, "result-type");
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

static apr_array_header_t *read_failures(parser_t *parser,
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

/* ---- a policy ---- */

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
static const char *domain_of_id(parser_t *parser)
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
static const char *missing_domain(parser_t *parser)
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
static void read_policy(parser_t *parser, const tlsrpt_json_t *object,
                        tlsrpt_policy_t *policy)
{
    tlsrpt_reader_t *r = &parser->r;

    r->part = "policy.";
    policy->type_text = tlsrpt_keyword(r, object, "policy-type");
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

static const char *read_policies(parser_t *parser, const tlsrpt_json_t *root)
{
    tlsrpt_reader_t *r = &parser->r;
    const tlsrpt_json_t *list = read_list(r, root, "policies");
    apr_array_header_t *policies =
        apr_array_make(r->p, 2, sizeof(tlsrpt_policy_t));
    apr_size_t i, size = list_size(list);

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
    return policies->nelts > 0 ? NULL : "it has no policies";
}

/* ---- the report ---- */

/* The domain of an address: "reports@example.com", "R <r@example.com>". */
static const char *domain_of_contact(apr_pool_t *p, const char *contact)
{
    const char *at = strrchr(contact, '@'), *end, *name;

    if (!at) {
        return NULL;
    }
    for (end = ++at; mta_sts_is_alnum(*end) || *end == '.' || *end == '-';
         end++) {
        continue;
    }
    return mta_sts_name_parse(p, apr_pstrmemdup(p, at, (apr_size_t)(end - at)),
                              &name)
               ? NULL
               : name;
}

/* A name or a word from outside, as the key has it; NULL if there is none. */
static const char *clean_submitter(apr_pool_t *p, const char *text)
{
    const char *name, *c;

    if (!text || *text == '\0' || strlen(text) > TLSRPT_NAME_MAX) {
        return NULL;
    }
    for (c = text; *c; c++) {
        if (!mta_sts_is_print(*c)) {
            return NULL;
        }
    }
    return mta_sts_name_parse(p, text, &name) ? tlsrpt_lower(p, text) : name;
}

static const char *submitter(parser_t *parser)
{
    tlsrpt_reader_t *r = &parser->r;
    const tlsrpt_report_t *report = parser->report;
    const char *found = domain_of_contact(r->p, report->contact);

    if (found) {
        return found;
    }
    if (parser->hints) {
        found = clean_submitter(r->p, parser->hints->submitter);
    }
    if (found) {
        tlsrpt_note(r, "contact-info",
                    "no address, the sender is taken from where it came");
        return found;
    }
    if (*report->organization) {
        tlsrpt_note(r, "contact-info",
                    "no address, the sender is known by organization-name");
        return tlsrpt_lower(r->p, report->organization);
    }
    tlsrpt_note(r, "contact-info", "no address, the sender is not known");
    return "unknown";
}

/*
 * The window. One that cannot be read is unknown, not an error: the report can
 * be explained all the same, and tlsrpt_dates_check() keeps it out of a store.
 */
static void read_dates(tlsrpt_reader_t *r, const tlsrpt_json_t *root,
                       tlsrpt_report_t *report)
{
    const tlsrpt_json_t *range = tlsrpt_member(r, root, "date-range");
    apr_int64_t start, end;
    int known;

    if (tlsrpt_json_kind(range) != TLSRPT_JSON_OBJECT) {
        tlsrpt_note(r, "date-range", "missing");
        return;
    }
    r->part = "date-range.";
    known = tlsrpt_time(r, range, "start-datetime", &start);
    known = tlsrpt_time(r, range, "end-datetime", &end) && known;
    r->part = "";
    if (!known) {
        return;
    }
    report->start = start;
    report->end = end;
    report->day = day_of(start + (end - start) / 2);
    if (end < start) {
        tlsrpt_note(r, "date-range", "ends before it starts");
    }
    if (end - start > WINDOW_USUAL) {
        tlsrpt_note(r, "date-range", "more than a day, counted on the middle");
    }
}

static const char *read_report(parser_t *parser, const tlsrpt_json_t *root)
{
    tlsrpt_reader_t *r = &parser->r;
    tlsrpt_report_t *report = parser->report;

    if (tlsrpt_json_kind(root) != TLSRPT_JSON_OBJECT) {
        return "its JSON is not an object";
    }
    read_dates(r, root, report);
    report->organization =
        tlsrpt_text(r, root, "organization-name", TLSRPT_NAME_MAX);
    if (*report->organization == '\0') {
        tlsrpt_note(r, "organization-name", "missing");
    }
    report->contact = tlsrpt_text(r, root, "contact-info", TLSRPT_NAME_MAX);
    report->report_id = tlsrpt_text(r, root, "report-id", TLSRPT_NAME_MAX);
    if (*report->report_id == '\0') {
        tlsrpt_note(r, "report-id", "missing");
    }
    report->submitter = submitter(parser);
    return read_policies(parser, root);
}

/* The text without a BOM (RFC 8259, 8.1: may be ignored). */
static void skip_bom(tlsrpt_reader_t *r, const char **json, apr_size_t *len)
{
    if (*len >= 3 && memcmp(*json, "\xef\xbb\xbf", 3) == 0) {
        tlsrpt_note(r, "report", "byte order mark dropped");
        *json += 3;
        *len -= 3;
    }
}

static const char *parse(parser_t *parser, const char *json, apr_size_t len)
{
    tlsrpt_reader_t *r = &parser->r;
    const tlsrpt_json_t *root;
    const char *error;

    skip_bom(r, &json, &len);
    error = tlsrpt_prescan(json, len, TLSRPT_DEPTH_MAX, TLSRPT_NODES_MAX);
    if (error) {
        return error;
    }
    error = tlsrpt_json_read(r->scratch, json, len, &root);
    if (error) {
        return apr_pstrcat(r->p, "it is not JSON: ", error, NULL);
    }
    error = read_report(parser, root);
    if (error) {
        return error;
    }
    tlsrpt_notes_end(r);
    parser->report->repairs = r->repairs;
    tlsrpt_digest(r->p, parser->report);
    return NULL;
}

const char *tlsrpt_parse(apr_pool_t *p, const char *json, apr_size_t len,
                         const tlsrpt_hints_t *hints, tlsrpt_report_t **report)
{
    parser_t parser;
    const char *error;

    memset(&parser, 0, sizeof(parser));
    parser.r.p = p;
    apr_pool_create(&parser.r.scratch, p);
    parser.r.repairs = apr_array_make(p, 4, sizeof(const char *));
    parser.r.policy = parser.r.failure = -1;
    parser.r.part = "";
    parser.hints = hints;
    parser.report = apr_pcalloc(p, sizeof(*parser.report));
    error = parse(&parser, json, len);
    apr_pool_destroy(parser.r.scratch);
    if (!error) {
        *report = parser.report;
    }
    return error;
}

const char *tlsrpt_dates_check(const tlsrpt_report_t *report, apr_int64_t now,
                               apr_int64_t max_age)
{
    if (report->day == 0) {
        return "its date-range is missing or no dates";
    }
    if (report->end < report->start) {
        return "its date-range ends before it starts";
    }
    if (report->end - report->start > WINDOW_MAX) {
        return "it covers more than 8 days";
    }
    if (report->end - now > FUTURE_MAX) {
        return "it ends more than 48 hours from now";
    }
    if (max_age > 0 && now - report->start > max_age) {
        return "it is too old";
    }
    return NULL;
}
