/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a report that was read keeps every promise of core/tlsrpt.h,
 * and written down as it was understood it is the same report.
 */
#include "fuzz.h"

#include "core/advice.h"
#include "core/escape.h"
#include "core/name.h"
#include "core/tlsrpt.h"

/* Valid UTF-8, and no longer than it may be. */
static void check_text(const char *text, size_t max)
{
    size_t len = strlen(text), i, size;

    CHECK(len <= max);
    for (i = 0; i < len; i += size) {
        size = mta_sts_utf8_len(text + i, len - i);
        CHECK(size > 0);
    }
}

static void check_count(apr_int64_t count)
{
    CHECK(count >= 0 && count <= TLSRPT_COUNT_MAX);
}

static void check_hex(const char *text, size_t len)
{
    CHECK(strlen(text) == len);
    CHECK(strspn(text, "0123456789abcdef") == len);
}

static void check_lines(const apr_array_header_t *lines)
{
    int i;

    CHECK(lines->nelts <= TLSRPT_LINES_MAX);
    for (i = 0; i < lines->nelts; i++) {
        const char *line = APR_ARRAY_IDX(lines, i, const char *);

        CHECK(*line);
        check_text(line, TLSRPT_TEXT_MAX);
    }
}

/* A command has none of a report's octets but names. */
static void check_command(apr_pool_t *p, const char *command)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-._:/ <>|;&'=%{}+\\";

    (void)p;
    CHECK(!command || strspn(command, safe) == strlen(command));
}

static void check_failure(apr_pool_t *p, const tlsrpt_failure_t *failure,
                          const char *domain)
{
    const tlsrpt_advice_t *advice = tlsrpt_advice(failure->result);
    const char *reason = tlsrpt_reason_advice(failure->reason);

    check_text(failure->result_type, TLSRPT_WORD_MAX);
    CHECK(failure->result == tlsrpt_result_by_name(failure->result_type));
    check_count(failure->count);
    check_text(failure->mx, MTA_STS_NAME_MAX + 1);
    check_text(failure->helo, TLSRPT_NAME_MAX);
    check_text(failure->receiving_ip, 45);
    check_text(failure->sending_ip, 45);
    check_text(failure->reason, TLSRPT_TEXT_MAX);
    check_text(failure->info, TLSRPT_TEXT_MAX);
    check_command(p, tlsrpt_advice_command(p, advice, failure->mx, domain));
    if (reason) {
        fuzz_sentence(reason);
    }
}

static void check_policy(apr_pool_t *p, const tlsrpt_policy_t *policy)
{
    int i;

    check_text(policy->type_text, TLSRPT_WORD_MAX);
    CHECK(policy->type == TLSRPT_POLICY_OTHER ||
          !strcmp(policy->type_text, tlsrpt_policy_type_name(policy->type)));
    check_text(policy->domain, MTA_STS_NAME_MAX + 1);
    CHECK(!strcmp(policy->mode, "") || !strcmp(policy->mode, "testing") ||
          !strcmp(policy->mode, "enforce") || !strcmp(policy->mode, "none"));
    CHECK(*policy->mode == '\0' || policy->type == TLSRPT_POLICY_STS);
    check_lines(policy->lines);
    check_lines(policy->mx);
    check_count(policy->successful);
    check_count(policy->failed);
    for (i = 0; i < policy->failures->nelts; i++) {
        check_failure(p, &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t),
                      policy->domain);
    }
}

static void check_report(apr_pool_t *p, const tlsrpt_report_t *report)
{
    int i, failures = 0;

    check_text(report->organization, TLSRPT_NAME_MAX);
    check_text(report->contact, TLSRPT_NAME_MAX);
    check_text(report->report_id, TLSRPT_NAME_MAX);
    check_text(report->submitter, TLSRPT_NAME_MAX);
    CHECK(*report->submitter);
    CHECK(report->start >= 0 && report->end >= 0);
    CHECK(report->day == 0
              ? report->start == 0 && report->end == 0
              : report->day >= 19700101 && report->day <= 99991231);
    CHECK(report->policies->nelts <= TLSRPT_POLICIES_MAX);
    for (i = 0; i < report->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t);

        check_policy(p, policy);
        failures += policy->failures->nelts;
    }
    CHECK(failures <= TLSRPT_FAILURES_MAX);
    CHECK(report->repairs->nelts <= TLSRPT_REPAIRS_MAX + 1);
    for (i = 0; i < report->repairs->nelts; i++) {
        const char *repair = APR_ARRAY_IDX(report->repairs, i, const char *);

        fuzz_sentence(repair);
        CHECK(strstr(repair, ": "));
    }
    check_hex(report->key, 32);
    check_hex(report->content, 64);
    tlsrpt_dates_check(report, 1800000000, 30 * 86400);
}

/* Would a line be read as something else when it comes alone? */
static int is_plain(const apr_array_header_t *lines, const char * not )
{
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const char *line = APR_ARRAY_IDX(lines, i, const char *);

        if (*line == '[' || strpbrk(line, not )) {
            return 0;
        }
    }
    return 1;
}

static int is_plain_report(const tlsrpt_report_t *report)
{
    int i;

    for (i = 0; i < report->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t);

        if (!is_plain(policy->lines, "\r\n") ||
            !is_plain(policy->mx, "\r\n\t ,:") ||
            (policy->mx->nelts == 0 && policy->type == TLSRPT_POLICY_STS)) {
            return 0;
        }
    }
    return 1;
}

static const char *list_json(apr_pool_t *p, const apr_array_header_t *lines)
{
    const char *json = "[";
    int i;

    for (i = 0; i < lines->nelts; i++) {
        json = apr_pstrcat(
            p, json, i ? "," : "",
            mta_sts_escape_json(p, APR_ARRAY_IDX(lines, i, const char *)),
            NULL);
    }
    return apr_pstrcat(p, json, "]", NULL);
}

static const char *failure_json(apr_pool_t *p, const tlsrpt_failure_t *failure)
{
    return apr_psprintf(
        p,
        "{\"failure-reason-code\":%s,\"additional-information\":%s,"
        "\"receiving-mx-helo\":%s,\"receiving-mx-hostname\":%s,"
        "\"receiving-ip\":%s,\"sending-mta-ip\":%s,"
        "\"failed-session-count\":\"%" APR_INT64_T_FMT "\","
        "\"result-type\":%s}",
        mta_sts_escape_json(p, failure->reason),
        mta_sts_escape_json(p, failure->info),
        mta_sts_escape_json(p, failure->helo),
        mta_sts_escape_json(p, failure->mx),
        mta_sts_escape_json(p, failure->receiving_ip),
        mta_sts_escape_json(p, failure->sending_ip), failure->count,
        mta_sts_escape_json(p, failure->result_type));
}

static const char *policy_json(apr_pool_t *p, const tlsrpt_policy_t *policy)
{
    const char *failures = "";
    int i;

    for (i = 0; i < policy->failures->nelts; i++) {
        failures =
            apr_pstrcat(p, failures, i ? "," : "",
                        failure_json(p, &APR_ARRAY_IDX(policy->failures, i,
                                                       tlsrpt_failure_t)),
                        NULL);
    }
    return apr_psprintf(
        p,
        "{\"failure-details\":[%s],\"summary\":{"
        "\"total-failure-session-count\":%" APR_INT64_T_FMT ","
        "\"total-successful-session-count\":%" APR_INT64_T_FMT "},"
        "\"policy\":{\"mx-host\":%s,\"policy-string\":%s,"
        "\"policy-domain\":%s,\"policy-type\":%s}}",
        failures, policy->failed, policy->successful, list_json(p, policy->mx),
        list_json(p, policy->lines), mta_sts_escape_json(p, policy->domain),
        mta_sts_escape_json(p, policy->type_text));
}

static const char *report_json(apr_pool_t *p, const tlsrpt_report_t *report)
{
    const char *policies = "", *dates = "";
    int i;

    for (i = 0; i < report->policies->nelts; i++) {
        policies =
            apr_pstrcat(p, policies, i ? "," : "",
                        policy_json(p, &APR_ARRAY_IDX(report->policies, i,
                                                      tlsrpt_policy_t)),
                        NULL);
    }
    if (report->day) {
        dates = apr_psprintf(p,
                             "\"date-range\":{\"end-datetime\":\"%s\","
                             "\"start-datetime\":\"%s\"},",
                             tlsrpt_time_text(p, report->end),
                             tlsrpt_time_text(p, report->start));
    }
    return apr_psprintf(p,
                        "{\"policies\":[%s],%s\"report-id\":%s,"
                        "\"organization-name\":%s,\"contact-info\":%s}",
                        policies, dates,
                        mta_sts_escape_json(p, report->report_id),
                        mta_sts_escape_json(p, report->organization),
                        mta_sts_escape_json(p, report->contact));
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    static const tlsrpt_hints_t some = {"example.org", "reports.example.net"};
    const tlsrpt_hints_t *hints = size % 2 ? &some : NULL;
    tlsrpt_report_t *report = NULL, *again = NULL;
    const char *error, *json;

    error = tlsrpt_parse(p, (const char *)data, size, hints, &report);
    if (error) {
        fuzz_sentence(error);
        CHECK(report == NULL);
        return;
    }
    check_report(p, report);
    CHECK(tlsrpt_parse(p, (const char *)data, size, hints, &again) == NULL);
    CHECK(!strcmp(report->key, again->key));
    CHECK(!strcmp(report->content, again->content));
    if (!is_plain_report(report)) {
        return;
    }
    json = report_json(p, report);
    CHECK(tlsrpt_parse(p, json, strlen(json), hints, &again) == NULL);
    check_report(p, again);
    CHECK(!strcmp(report->key, again->key));
    CHECK(!strcmp(report->content, again->content));
}
