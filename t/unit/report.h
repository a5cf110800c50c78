/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the unit tests of reports share: reports from JSON in the test, or from
 * t/fixtures/tlsrpt, and what is in them.
 */
#ifndef T_UNIT_REPORT_H
#define T_UNIT_REPORT_H

#include "unit.h"

#include "core/tlsrpt.h"

/** JSON with ' for ", so that it can be read in a test. */
static inline const char *unit_json(const char *text)
{
    char *json = apr_pstrdup(p, text), *c;

    for (c = json; *c; c++) {
        if (*c == '\'') {
            *c = '"';
        }
    }
    return json;
}

/** Parse; the copy has the text's size, for the sanitizers. */
static inline const char *report_try(const char *json, size_t len,
                                     const tlsrpt_hints_t *hints,
                                     tlsrpt_report_t **report)
{
    char *copy = malloc(len ? len : 1);
    const char *error;

    memcpy(copy, json, len);
    error = tlsrpt_parse(p, copy, len, hints, report);
    free(copy);
    return error;
}

static inline tlsrpt_report_t *report_hinted(const char *text,
                                             const tlsrpt_hints_t *hints)
{
    const char *json = unit_json(text);
    tlsrpt_report_t *report = NULL;
    const char *error = report_try(json, strlen(json), hints, &report);

    if (error) {
        fail_msg("%s: %s", json, error);
    }
    return report;
}

static inline tlsrpt_report_t *report_read(const char *text)
{
    return report_hinted(text, NULL);
}

/** A report with these policies, otherwise in order. */
static inline const char *report_of(const char *policies)
{
    return apr_pstrcat(
        p,
        "{'organization-name':'Example','date-range':{'start-datetime':"
        "'2026-05-01T00:00:00Z','end-datetime':'2026-05-01T23:59:59Z'},"
        "'contact-info':'tls@reports.example.net','report-id':'r1',"
        "'policies':",
        policies, "}", NULL);
}

/** A report with one policy: its members, and what stands beside it. */
static inline tlsrpt_report_t *report_with(const char *policy,
                                           const char *beside)
{
    return report_read(report_of(apr_pstrcat(
        p, "[{'policy':{'policy-type':'sts','policy-domain':'example.com'",
        policy,
        "},'summary':{'total-successful-session-count':10,"
        "'total-failure-session-count':2}",
        beside, "}]", NULL)));
}

/** A report with one failure. */
static inline tlsrpt_report_t *report_failure(const char *members)
{
    return report_with(
        "", apr_pstrcat(p, ",'failure-details':[{", members, "}]", NULL));
}

/** A file of t/fixtures/tlsrpt. */
static inline tlsrpt_report_t *report_file(const char *name)
{
    const char *path = apr_pstrcat(p, "t/fixtures/tlsrpt/", name, NULL);
    tlsrpt_report_t *report = NULL;
    FILE *file = fopen(path, "rb");
    static char data[65536];
    size_t size;
    const char *error;

    if (!file) {
        fail_msg("%s is not there", path);
    }
    size = fread(data, 1, sizeof(data), file);
    fclose(file);
    error = report_try(data, size, NULL, &report);
    if (error) {
        fail_msg("%s: %s", name, error);
    }
    return report;
}

static inline tlsrpt_policy_t *policy_at(const tlsrpt_report_t *report, int i)
{
    assert_true(i < report->policies->nelts);
    return &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t);
}

static inline tlsrpt_failure_t *failure_at(const tlsrpt_report_t *report, int i)
{
    tlsrpt_policy_t *policy = policy_at(report, 0);

    assert_true(i < policy->failures->nelts);
    return &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t);
}

/** Are these the lines, joined by "|"? */
static inline void same_lines(const apr_array_header_t *lines,
                              const char *wanted)
{
    const char *got = apr_array_pstrcat(p, lines, '|');

    unit_same("lines", got ? got : "", wanted);
}

/** Are these the repairs, joined by "|"? */
static inline void same_repairs(const tlsrpt_report_t *report,
                                const char *wanted)
{
    same_lines(report->repairs, wanted);
}

#endif
