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
#include "core/report.h"
#include "core/tlsrpt.h"
#include "core/unpack.h"

#define HOUR 3600
#define DAY  (24 * HOUR)

/* A window longer than this is no day, even with a clock change. */
#define WINDOW_USUAL (36 * HOUR)
/* The longest window of a report, and how far it may end in the future. */
#define WINDOW_MAX (8 * DAY)
#define FUTURE_MAX (48 * HOUR)

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

static const char *submitter(tlsrpt_parser_t *parser)
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

static const char *read_report(tlsrpt_parser_t *parser,
                               const tlsrpt_json_t *root)
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
    return tlsrpt_policies(parser, root);
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

static const char *parse(tlsrpt_parser_t *parser, const char *json,
                         apr_size_t len)
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
    tlsrpt_parser_t parser;
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
