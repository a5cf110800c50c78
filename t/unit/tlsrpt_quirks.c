/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/tlsrpt.h: what real reporters write is read as it was meant, and said.
 * The numbers are those under which the quirks are known in this project. The
 * quirks of mail (20, 21, 36, 38, 39, 41) are where mail is read, 33, 37 and 40
 * in t/unit/unpack.c.
 */
#include "report.h"

#define POLICY "policies[0].policy."
#define DETAIL "policies[0].failure-details[0]."

static void nothing_is_repaired_in_a_good_report(void **state)
{
    tlsrpt_report_t *report = report_file("google-good.json");
    tlsrpt_policy_t *policy = policy_at(report, 0);

    (void)state;
    same_repairs(report, "");
    unit_same("", report->organization, "Google Inc.");
    unit_same("", report->contact, "smtp-tls-reporting@google.com");
    unit_same("", report->submitter, "google.com");
    unit_same("", report->report_id, "2026-05-01T00:00:00Z_example.com");
    unit_same("", tlsrpt_time_text(p, report->start), "2026-05-01T00:00:00Z");
    unit_same("", tlsrpt_time_text(p, report->end), "2026-05-01T23:59:59Z");
    assert_int_equal(report->day, 20260501);
    unit_same("", report->domains, "example.com");
    assert_int_equal(policy->type, TLSRPT_POLICY_STS);
    unit_same("", policy->mode, "testing");
    same_lines(policy->lines, "version: STSv1|mode: testing|"
                              "mx: mail1.example.com|mx: mail2.example.com|"
                              "max_age: 86401");
    same_lines(policy->mx, "mail1.example.com|mail2.example.com");
    assert_int_equal(policy->successful, 230);
    assert_int_equal(policy->failed, 0);
    assert_int_equal(policy->failures->nelts, 0);
}

static void quirk_01_mx_host_is_a_text(void **state)
{
    tlsrpt_report_t *report = report_file("three-failures.json");

    (void)state;
    same_lines(policy_at(report, 0)->mx, "*.mail.company-y.example");
    same_repairs(report, POLICY "mx-host: a text, read as a list");
}

static void quirk_02_mx_host_is_a_list_in_a_text(void **state)
{
    tlsrpt_report_t *report =
        report_with(",'mx-host':'[mail1.example.com, mail2.example.com]'", "");

    (void)state;
    same_lines(policy_at(report, 0)->mx, "mail1.example.com|mail2.example.com");
    same_repairs(report, POLICY "mx-host: a text, read as a list|" POLICY
                                "mx-host: a list inside a text");
    same_lines(
        policy_at(report_with(",'mx-host':['[mail1.example.com]']", ""), 0)->mx,
        "mail1.example.com");
    same_lines(policy_at(report_with(",'mx-host':'[]'", ""), 0)->mx, "");
    same_lines(policy_at(report_with(",'mx-host':'[[[]]]'", ""), 0)->mx,
               "[[]]");
}

static void quirk_03_mx_host_is_absent(void **state)
{
    tlsrpt_report_t *report = report_with("", "");

    (void)state;
    same_lines(policy_at(report, 0)->mx, "");
    same_repairs(report, "");
    /* then the policy says which */
    report = report_file("halon.json");
    same_lines(policy_at(report, 0)->mx, "mail1.example.com");
    report = report_with(",'policy-string':['version: STSv1','mx:']", "");
    assert_int_equal(policy_at(report, 0)->mx->nelts, 0);
    same_repairs(report, "");
    report = report_with(",'policy-string':['mx: *.Example.com'],"
                         "'mx-host':['mail1.example.com']",
                         "");
    same_lines(policy_at(report, 0)->mx, "mail1.example.com");
}

static void quirk_04_mx_host_is_empty_or_has_mx_before_it(void **state)
{
    tlsrpt_report_t *report = report_with(",'mx-host':''", "");

    (void)state;
    same_lines(policy_at(report, 0)->mx, "");
    same_repairs(report, POLICY "mx-host: empty, left out");
    report = report_with(",'mx-host':['','mx: mail1.example.com',' \\n']", "");
    same_lines(policy_at(report, 0)->mx, "mail1.example.com");
    same_repairs(report, POLICY "mx-host: empty at 0, left out|" POLICY
                                "mx-host: empty at 2, left out|" POLICY
                                "mx-host: \"mx:\" dropped");
    /* an empty list is in order, and null is absent */
    same_repairs(report_with(",'mx-host':[]", ""), "");
    same_repairs(report_with(",'mx-host':null", ""), "");
}

static void several_in_a_text_of_a_list_are_told_apart(void **state)
{
    tlsrpt_report_t *report = report_with(
        ",'mx-host':['mail1.example.com, mail2.example.com',"
        "'mail3.example.com',','],"
        "'policy-string':['mode: testing','max_age: 1\\nmx: a.example\\n']",
        "");

    (void)state;
    same_lines(policy_at(report, 0)->mx,
               "mail1.example.com|mail2.example.com|mail3.example.com");
    same_lines(policy_at(report, 0)->lines,
               "mode: testing|max_age: 1|mx: a.example");
    same_repairs(report, POLICY
                 "policy-string: more than one line at 1|" POLICY
                 "mx-host: \"mail1.example.com, mail2.example.com\" read "
                 "as 2 patterns|" POLICY
                 "mx-host: \",\" holds no pattern, left out");
}

static void quirk_05_old_and_wrong_names_are_known(void **state)
{
    tlsrpt_report_t *report = report_with(
        ",'mx-host-pattern':['mail1.example.com']",
        ",'failure_details':[{'result-type':'certificate-expired',"
        "'session-count':2,'receiving-mta-hostname':'mail1.example.com',"
        "'additional-info-uri':'https://example.net/',"
        "'failure-error-code':'CERT_HAS_EXPIRED'}]");
    tlsrpt_failure_t *failure = failure_at(report, 0);

    (void)state;
    same_lines(policy_at(report, 0)->mx, "mail1.example.com");
    assert_int_equal(failure->count, 2);
    unit_same("", failure->mx, "mail1.example.com");
    unit_same("", failure->info, "https://example.net/");
    unit_same("", failure->reason, "CERT_HAS_EXPIRED");
    same_repairs(
        report, POLICY
        "mx-host: written as mx-host-pattern|"
        "policies[0].failure-details: written as failure_details|" DETAIL
        "failed-session-count: written as session-count|" DETAIL
        "receiving-mx-hostname: written as receiving-mta-hostname|" DETAIL
        "failure-reason-code: written as failure-error-code|" DETAIL
        "additional-information: written as additional-info-uri");
}

static void the_name_of_the_rfc_counts_before_another(void **state)
{
    tlsrpt_report_t *report = report_with(",'mx-host':['mail1.example.com'],"
                                          "'mx-host-pattern':['x.example.com']",
                                          "");

    (void)state;
    same_lines(policy_at(report, 0)->mx, "mail1.example.com");
    same_repairs(report, "");
}

static void quirk_06_policy_string_is_absent(void **state)
{
    tlsrpt_report_t *report = report_file("mailru.json");

    (void)state;
    same_lines(policy_at(report, 0)->lines, "");
    unit_same("", policy_at(report, 0)->mode, "");
    same_repairs(report, "");
}

static void quirk_07_policy_string_is_a_text(void **state)
{
    tlsrpt_report_t *report = report_file("halon.json");

    (void)state;
    same_lines(policy_at(report, 0)->lines,
               "version: STSv1|mode: testing|mx: mail1.example.com|"
               "max_age: 86401");
    unit_same("", policy_at(report, 0)->mode, "testing");
    same_repairs(report, POLICY "policy-string: a text, read as a list");
    report = report_with(",'policy-string':''", "");
    same_lines(policy_at(report, 0)->lines, "");
    same_repairs(report, POLICY "policy-string: empty, left out");
    report = report_with(",'policy-string':['mode: testing','']", "");
    same_lines(policy_at(report, 0)->lines, "mode: testing");
    same_repairs(report, POLICY "policy-string: empty at 1, left out");
}

static void quirk_08_policy_string_is_in_another_order(void **state)
{
    tlsrpt_report_t *report = report_file("stalwart.json");

    (void)state;
    unit_same("", policy_at(report, 0)->mode, "enforce");
    same_lines(policy_at(report, 0)->lines,
               "version: STSv1|mode: enforce|max_age: 604800|"
               "mx: mail1.example.com");
}

static void quirk_09_tlsa_records_are_json_in_a_text(void **state)
{
    tlsrpt_report_t *report = report_file("microsoft-sts-tlsa.json");

    (void)state;
    assert_int_equal(policy_at(report, 1)->lines->nelts, 2);
    unit_same("", APR_ARRAY_IDX(policy_at(report, 1)->lines, 1, const char *),
              "3 1 1 8BD1DA95272F7FA4FFB24137FC0ED03AAE67E5C4D8B3C50734E1050A"
              "7920B922");
    same_repairs(report,
                 "policies[1].policy.policy-string: a list inside a text");
    /* a long one is not read as JSON */
    report = report_with(apr_pstrcat(p, ",'policy-string':'[\\'",
                                     unit_repeat('a', 250000), "\\']'", NULL),
                         "");
    assert_int_equal(
        *APR_ARRAY_IDX(policy_at(report, 0)->lines, 0, const char *), 'a');
    report = report_with(apr_pstrcat(p, ",'policy-string':'[\\'",
                                     unit_repeat('a', 270000), "\\']'", NULL),
                         "");
    assert_int_equal(
        *APR_ARRAY_IDX(policy_at(report, 0)->lines, 0, const char *), '"');
    /* no array in the array, and nothing but texts */
    report = report_with(",'policy-string':'[1,\\'a\\',null,{}]'", "");
    same_lines(policy_at(report, 0)->lines, "1|\"a\"|null|{}");
    report = report_with(",'policy-string':'[1,\\'a\\',null]'", "");
    same_lines(policy_at(report, 0)->lines, "a");
}

static void quirk_10_and_11_sts_and_tlsa_stay_apart(void **state)
{
    tlsrpt_report_t *report = report_file("microsoft-sts-tlsa.json");

    (void)state;
    assert_int_equal(report->policies->nelts, 2);
    assert_int_equal(policy_at(report, 0)->type, TLSRPT_POLICY_STS);
    assert_int_equal(policy_at(report, 1)->type, TLSRPT_POLICY_TLSA);
    assert_int_equal(policy_at(report, 0)->successful, 41);
    assert_int_equal(policy_at(report, 1)->successful, 41);
    unit_same("", policy_at(report, 1)->domain, "example.com");
    unit_same("", policy_at(report_file("mox.json"), 0)->domain,
              "mail1.example.com");
}

static void quirk_12_several_domains_are_sorted_in_the_key(void **state)
{
    tlsrpt_report_t *report = report_read(report_of(
        "[{'policy':{'policy-type':'sts','policy-domain':'b.example'}},"
        "{'policy':{'policy-type':'sts','policy-domain':'a.example'}},"
        "{'policy':{'policy-type':'tlsa','policy-domain':'B.example'}},"
        "{'policy':{'policy-type':'sts','policy-domain':'a-b.example'}}]"));

    (void)state;
    unit_same("", report->domains, "a-b.example,a.example,b.example");
}

static void quirk_13_one_id_for_many_domains_makes_many_keys(void **state)
{
    tlsrpt_report_t *a = report_with("", "");
    tlsrpt_report_t *b = report_read(report_of(
        "[{'policy':{'policy-type':'sts','policy-domain':'example.org'}}]"));

    (void)state;
    unit_same("", a->report_id, b->report_id);
    assert_string_not_equal(a->key, b->key);
}

static tlsrpt_report_t *dated(const char *start, const char *end)
{
    return report_read(apr_psprintf(
        p,
        "{'organization-name':'Example','contact-info':'a@example.net',"
        "'report-id':'1','date-range':{'start-datetime':%s,"
        "'end-datetime':%s},'policies':[{'policy':{'policy-type':'sts',"
        "'policy-domain':'example.com'},'summary':{"
        "'total-successful-session-count':1,"
        "'total-failure-session-count':0}}]}",
        start, end));
}

static void quirk_14_dates_without_a_zone_are_utc(void **state)
{
    tlsrpt_report_t *report = report_file("microsoft-fetch-error.json");

    (void)state;
    unit_same("", tlsrpt_time_text(p, report->start), "2026-05-04T00:00:00Z");
    unit_same("", tlsrpt_time_text(p, report->end), "2026-05-04T23:59:59Z");
    assert_int_equal(report->day, 20260504);
    same_repairs(report, "date-range.start-datetime: without a time zone, "
                         "taken as UTC|date-range.end-datetime: without a time "
                         "zone, taken as UTC");
}

static void quirk_15_offsets_and_the_next_midnight_are_the_same_day(
    void **state)
{
    tlsrpt_report_t *report =
        dated("'2026-05-01T02:00:00+02:00'", "'2026-05-01T20:00:00-0400'");

    (void)state;
    unit_same("", tlsrpt_time_text(p, report->start), "2026-05-01T00:00:00Z");
    unit_same("", tlsrpt_time_text(p, report->end), "2026-05-02T00:00:00Z");
    assert_int_equal(report->day, 20260501);
    same_repairs(report, "");
    assert_int_equal(report_file("mailru.json")->day, 20260508);
    assert_int_equal(report_file("stalwart.json")->day, 20260505);
}

static void quirk_16_a_window_need_not_be_a_day(void **state)
{
    tlsrpt_report_t *report =
        dated("'2026-05-01T13:00:00Z'", "'2026-05-01T14:00:00Z'");

    (void)state;
    assert_int_equal(report->day, 20260501);
    same_repairs(report, "");
    report = dated("'2026-05-01T00:00:00Z'", "'2026-05-02T12:00:00Z'");
    same_repairs(report, "");
    report = dated("'2026-05-01T00:00:00Z'", "'2026-05-07T23:59:59Z'");
    assert_int_equal(report->day, 20260504);
    same_repairs(report, "date-range: more than a day, counted on the middle");
}

static tlsrpt_report_t *contacted(const char *member,
                                  const tlsrpt_hints_t *hints)
{
    return report_hinted(
        apr_pstrcat(p, "{'organization-name':'EXAMPLE Hosting',", member,
                    "'report-id':'1','date-range':{'start-datetime':"
                    "'2026-05-01T00:00:00Z','end-datetime':"
                    "'2026-05-01T23:59:59Z'},'policies':[{'policy':"
                    "{'policy-type':'sts','policy-domain':'example.com'},"
                    "'summary':{'total-successful-session-count':1,"
                    "'total-failure-session-count':0}}]}",
                    NULL),
        hints);
}

static void quirk_17_contact_info_is_null_or_missing(void **state)
{
    static const tlsrpt_hints_t hints = {NULL, "Mail.Example.NET."};
    static const tlsrpt_hints_t hostile = {NULL, "a\x1b.example"};

    (void)state;
    unit_same("", contacted("'contact-info':null,", NULL)->submitter,
              "example hosting");
    unit_same("", contacted("", NULL)->submitter, "example hosting");
    same_repairs(contacted("", NULL),
                 "contact-info: no address, the sender is known by "
                 "organization-name");
    unit_same("", contacted("", &hints)->submitter, "mail.example.net");
    unit_same("", contacted("", &hostile)->submitter, "example hosting");
    unit_same(
        "",
        contacted("'contact-info':'a@Reports.Example.org',", &hints)->submitter,
        "reports.example.org");
    unit_same(
        "",
        contacted("'contact-info':'R <a@b.example>; Tel 1',", NULL)->submitter,
        "b.example");
    unit_same("", contacted("'contact-info':'a@localhost',", NULL)->submitter,
              "example hosting");
    unit_same("", contacted("'contact-info':'+49 30 1',", NULL)->submitter,
              "example hosting");
}

static void quirk_18_policy_domain_is_missing(void **state)
{
    static const tlsrpt_hints_t hints = {"example.org", NULL};
    const char *text =
        report_of("[{'policy':{'policy-type':'no-policy-found'},"
                  "'summary':{'total-successful-session-count':5,"
                  "'total-failure-session-count':0}}]");
    tlsrpt_report_t *report = report_hinted(text, &hints);

    (void)state;
    unit_same("", policy_at(report, 0)->domain, "example.org");
    unit_same("", report->domains, "example.org");
    assert_true(report->domain_hint_used);
    same_repairs(report,
                 POLICY "policy-domain: missing, taken from where it came");

    report = report_read(text);
    unit_same("", policy_at(report, 0)->domain, "");
    unit_same("", report->domains, "");
    assert_false(report->domain_hint_used);
    same_repairs(report, POLICY "policy-domain: missing");

    report = report_file("tlsrpt-reporter.json");
    unit_same("", policy_at(report, 0)->domain, "example.com");
    assert_false(report->domain_hint_used);

    /* a hint is not asked where there is a domain */
    report = report_hinted(
        report_of("[{'policy':{'policy-domain':'example.com'}}]"), &hints);
    unit_same("", report->domains, "example.com");
    assert_false(report->domain_hint_used);
}

static void quirk_19_report_id_ends_in_plus(void **state)
{
    tlsrpt_report_t *report = report_file("microsoft-fetch-error.json");

    (void)state;
    unit_same("", report->report_id, "133802598617934286+");
}

static void quirk_22_failure_details_are_missing(void **state)
{
    static const char *const forms[] = {"", ",'failure-details':null",
                                        ",'failure-details':[]"};
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        tlsrpt_report_t *report = report_with("", forms[i]);

        assert_int_equal(policy_at(report, 0)->failed, 2);
        assert_int_equal(policy_at(report, 0)->failures->nelts, 0);
        same_repairs(report, "");
    }
}

static void quirk_23_the_summary_counts_not_the_details(void **state)
{
    tlsrpt_report_t *report = report_file("mailru.json");

    (void)state;
    assert_int_equal(policy_at(report, 0)->failed, 1);
    assert_int_equal(policy_at(report, 0)->failures->nelts, 2);
}

static void quirk_24_and_25_details_lack_addresses(void **state)
{
    tlsrpt_failure_t *failure =
        failure_at(report_failure("'result-type':'sts-policy-fetch-error',"
                                  "'failed-session-count':3"),
                   0);

    (void)state;
    unit_same("", failure->mx, "");
    unit_same("", failure->sending_ip, "");
    unit_same("", failure->receiving_ip, "");
    same_repairs(report_file("mox.json"), "");
    unit_same("", failure_at(report_file("mox.json"), 0)->sending_ip, "");
}

static void quirk_26_an_address_may_be_any_text(void **state)
{
    tlsrpt_report_t *report =
        report_failure("'result-type':'tlsa-invalid','failed-session-count':1,"
                       "'sending-mta-ip':'x.x.x.x'");

    (void)state;
    unit_same("", failure_at(report, 0)->sending_ip, "x.x.x.x");
    same_repairs(report,
                 DETAIL "sending-mta-ip: \"x.x.x.x\" is not an IP address");
    report = report_failure(
        apr_pstrcat(p, "'result-type':'tlsa-invalid','failed-session-count':1,",
                    "'receiving-ip':'", unit_repeat('1', 46), "'", NULL));
    assert_int_equal(strlen(failure_at(report, 0)->receiving_ip), 45);
}

static void quirk_27_counts_are_texts_or_missing(void **state)
{
    tlsrpt_report_t *report = report_read(report_of(
        "[{'policy':{'policy-type':'sts','policy-domain':'example.com'},"
        "'summary':{'total-successful-session-count':' 7 '},"
        "'failure-details':[{'result-type':'tlsa-invalid'},"
        "{'result-type':'tlsa-invalid','failed-session-count':'4'}]}]"));

    (void)state;
    assert_int_equal(policy_at(report, 0)->successful, 7);
    assert_int_equal(failure_at(report, 0)->count, 1);
    assert_int_equal(failure_at(report, 1)->count, 4);
    /* what failed is not to be lost: the details say it then */
    assert_int_equal(policy_at(report, 0)->failed, 5);
    same_repairs(report,
                 DETAIL "failed-session-count: missing, taken as 1|"
                        "policies[0].failure-details[1].failed-session-count: "
                        "a text, read as a number|policies[0].summary."
                        "total-successful-session-count: a text, read as a "
                        "number|policies[0].summary."
                        "total-failure-session-count: missing, taken as 5");
    report =
        report_read(report_of("[{'policy':{'policy-type':'sts','policy-domain':"
                              "'example.com'},'summary':{"
                              "'total-successful-session-count':1}}]"));
    assert_int_equal(policy_at(report, 0)->failed, 0);
}

static void quirk_28_a_result_type_is_unknown_or_missing(void **state)
{
    tlsrpt_report_t *report = report_failure("'result-type':'Testing',"
                                             "'failed-session-count':1");

    (void)state;
    assert_int_equal(failure_at(report, 0)->result, TLSRPT_RESULT_OTHER);
    unit_same("", failure_at(report, 0)->result_type, "Testing");
    same_repairs(report, DETAIL "result-type: unknown type \"Testing\", taken "
                                "as other");
    /* as it was sent, whatever it is, but no longer than a type may be */
    report = report_failure("'result-type':'_; DROP\\u001b TABLE\\u00fc ',"
                            "'failed-session-count':1");
    unit_same("", failure_at(report, 0)->result_type,
              "_; DROP\x1b TABLE\xc3\xbc");
    same_repairs(report, DETAIL "result-type: blanks around it dropped|" DETAIL
                                "result-type: unknown type \"_; DROP\\x1b "
                                "TABLE\\xc3\\xbc\", taken as other");
    report = report_failure(apr_pstrcat(p, "'result-type':'",
                                        unit_repeat('X', TLSRPT_WORD_MAX + 1),
                                        "','failed-session-count':1", NULL));
    unit_same("", failure_at(report, 0)->result_type,
              unit_repeat('X', TLSRPT_WORD_MAX));
    report = report_failure("'failed-session-count':1");
    assert_int_equal(failure_at(report, 0)->result, TLSRPT_RESULT_OTHER);
    unit_same("", failure_at(report, 0)->result_type, "");
    same_repairs(report, DETAIL "result-type: missing");
    report = report_failure("'result-type':'Certificate_Expired',"
                            "'failed-session-count':1");
    assert_int_equal(failure_at(report, 0)->result, TLSRPT_CERTIFICATE_EXPIRED);
    unit_same("", failure_at(report, 0)->result_type, "certificate-expired");
    same_repairs(report, DETAIL "result-type: \"Certificate_Expired\" read as "
                                "certificate-expired");
}

static void blanks_around_a_word_are_dropped(void **state)
{
    tlsrpt_report_t *report = report_read(
        report_of("[{'policy':{'policy-type':' sts\\n','policy-domain':"
                  "'example.com'},'summary':{'total-successful-session-count':"
                  "1,'total-failure-session-count':0}}]"));

    (void)state;
    assert_int_equal(policy_at(report, 0)->type, TLSRPT_POLICY_STS);
    same_repairs(report, POLICY "policy-type: blanks around it dropped");
}

static void quirk_29_a_policy_type_is_in_capitals_or_unknown(void **state)
{
    tlsrpt_report_t *report = report_read(report_of(
        "[{'policy':{'policy-type':'STS','policy-domain':'example.com'}},"
        "{'policy':{'policy-type':'Invalid_Policy-Type','policy-domain':"
        "'example.com'}},{'policy':{'policy-domain':'example.com'}},"
        "{'policy':{'policy-type':'no_policy_found','policy-domain':"
        "'example.com'}}]"));

    (void)state;
    assert_int_equal(policy_at(report, 0)->type, TLSRPT_POLICY_STS);
    unit_same("", policy_at(report, 0)->type_text, "sts");
    assert_int_equal(policy_at(report, 1)->type, TLSRPT_POLICY_OTHER);
    unit_same("", policy_at(report, 1)->type_text, "Invalid_Policy-Type");
    unit_same("", APR_ARRAY_IDX(report->repairs, 2, const char *),
              "policies[1].policy.policy-type: unknown type "
              "\"Invalid_Policy-Type\", taken as other");
    assert_int_equal(policy_at(report, 2)->type, TLSRPT_POLICY_OTHER);
    unit_same("", policy_at(report, 2)->type_text, "");
    assert_int_equal(policy_at(report, 3)->type, TLSRPT_POLICY_NONE);
}

static void quirk_30_names_are_brought_into_normal_form(void **state)
{
    tlsrpt_report_t *report = report_read(report_of(
        "[{'policy':{'policy-type':'sts','policy-domain':'XN--Gpher-Jua.Test.',"
        "'mx-host':['*.Example.COM.']},'summary':{"
        "'total-successful-session-count':1,'total-failure-session-count':0},"
        "'failure-details':[{'result-type':'tlsa-invalid',"
        "'failed-session-count':1,'receiving-mx-hostname':'MAIL1.example.com.'"
        "}]}]"));

    (void)state;
    unit_same("", policy_at(report, 0)->domain, "xn--gpher-jua.test");
    same_lines(policy_at(report, 0)->mx, "*.example.com");
    unit_same("", failure_at(report, 0)->mx, "mail1.example.com");
    same_repairs(report, POLICY "policy-domain: final dot dropped|" POLICY
                                "mx-host: final dot dropped|" DETAIL
                                "receiving-mx-hostname: final dot dropped");
}

static void quirk_31_and_32_a_reason_is_absent_or_any_text(void **state)
{
    tlsrpt_report_t *report = report_file("google-validation-failure.json");

    (void)state;
    assert_int_equal(failure_at(report, 0)->result, TLSRPT_VALIDATION_FAILURE);
    unit_same("", failure_at(report, 0)->reason, "");
    same_repairs(report, "");
    unit_same("", failure_at(report_file("mailru.json"), 1)->reason,
              "Get \"https://mta-sts.example.com/.well-known/mta-sts.txt\": "
              "context deadline exceeded");
}

static void quirk_33_a_byte_order_mark_is_dropped_here_too(void **state)
{
    const char *json = apr_pstrcat(p, "\xef\xbb\xbf",
                                   report_of("[{'policy':{'policy-type':"
                                             "'sts','policy-domain':"
                                             "'example.com'}}]"),
                                   NULL);

    (void)state;
    unit_same("", APR_ARRAY_IDX(report_read(json)->repairs, 0, const char *),
              "report: byte order mark dropped");
}

static void quirk_34_null_is_absent(void **state)
{
    tlsrpt_report_t *report = report_file("stalwart.json");
    tlsrpt_failure_t *failure = failure_at(report, 0);

    (void)state;
    same_repairs(report, "contact-info: no address, the sender is known by "
                         "organization-name");
    unit_same("", failure->helo, "");
    unit_same("", failure->info, "");
    unit_same("", failure->reason, "invalid peer certificate: UnknownIssuer");
    assert_int_equal(policy_at(report, 1)->type, TLSRPT_POLICY_NONE);
    assert_int_equal(policy_at(report, 1)->failures->nelts, 0);
}

static void quirk_35_a_policy_may_come_twice(void **state)
{
    tlsrpt_report_t *report = report_read(report_of(
        "[{'policy':{'policy-type':'sts','policy-domain':'example.com',"
        "'policy-string':['mode: testing']},'summary':{"
        "'total-successful-session-count':3,'total-failure-session-count':0}},"
        "{'policy':{'policy-type':'sts','policy-domain':'example.com',"
        "'policy-string':['mode: enforce']},'summary':{"
        "'total-successful-session-count':4,'total-failure-session-count':0}"
        "}]"));

    (void)state;
    assert_int_equal(report->policies->nelts, 2);
    unit_same("", policy_at(report, 0)->mode, "testing");
    unit_same("", policy_at(report, 1)->mode, "enforce");
    unit_same("", report->domains, "example.com");
    same_repairs(report, "");
}

static void quirk_42_one_id_for_other_dates_is_another_report(void **state)
{
    tlsrpt_report_t *a =
        dated("'2026-05-01T00:00:00Z'", "'2026-05-01T23:59:59Z'");
    tlsrpt_report_t *b =
        dated("'2026-05-02T00:00:00Z'", "'2026-05-02T23:59:59Z'");

    (void)state;
    assert_string_not_equal(a->key, b->key);
}

static void a_report_of_a_tutorial_can_be_explained(void **state)
{
    tlsrpt_report_t *report = report_file("tutorial.json");

    (void)state;
    assert_int_equal(policy_at(report, 0)->successful, 230);
    unit_same("", policy_at(report, 0)->domain, "your-domain");
    assert_int_equal(report->day, 0);
    unit_same("", tlsrpt_dates_check(report, 1800000000, 0),
              "its date-range is missing or no dates");
}

int main(void)
{
    PROMISE(nothing_is_repaired_in_a_good_report);
    PROMISE(quirk_01_mx_host_is_a_text);
    PROMISE(quirk_02_mx_host_is_a_list_in_a_text);
    PROMISE(quirk_03_mx_host_is_absent);
    PROMISE(quirk_04_mx_host_is_empty_or_has_mx_before_it);
    PROMISE(several_in_a_text_of_a_list_are_told_apart);
    PROMISE(quirk_05_old_and_wrong_names_are_known);
    PROMISE(the_name_of_the_rfc_counts_before_another);
    PROMISE(quirk_06_policy_string_is_absent);
    PROMISE(quirk_07_policy_string_is_a_text);
    PROMISE(quirk_08_policy_string_is_in_another_order);
    PROMISE(quirk_09_tlsa_records_are_json_in_a_text);
    PROMISE(quirk_10_and_11_sts_and_tlsa_stay_apart);
    PROMISE(quirk_12_several_domains_are_sorted_in_the_key);
    PROMISE(quirk_13_one_id_for_many_domains_makes_many_keys);
    PROMISE(quirk_14_dates_without_a_zone_are_utc);
    PROMISE(quirk_15_offsets_and_the_next_midnight_are_the_same_day);
    PROMISE(quirk_16_a_window_need_not_be_a_day);
    PROMISE(quirk_17_contact_info_is_null_or_missing);
    PROMISE(quirk_18_policy_domain_is_missing);
    PROMISE(quirk_19_report_id_ends_in_plus);
    PROMISE(quirk_22_failure_details_are_missing);
    PROMISE(quirk_23_the_summary_counts_not_the_details);
    PROMISE(quirk_24_and_25_details_lack_addresses);
    PROMISE(quirk_26_an_address_may_be_any_text);
    PROMISE(quirk_27_counts_are_texts_or_missing);
    PROMISE(quirk_28_a_result_type_is_unknown_or_missing);
    PROMISE(blanks_around_a_word_are_dropped);
    PROMISE(quirk_29_a_policy_type_is_in_capitals_or_unknown);
    PROMISE(quirk_30_names_are_brought_into_normal_form);
    PROMISE(quirk_31_and_32_a_reason_is_absent_or_any_text);
    PROMISE(quirk_33_a_byte_order_mark_is_dropped_here_too);
    PROMISE(quirk_34_null_is_absent);
    PROMISE(quirk_35_a_policy_may_come_twice);
    PROMISE(quirk_42_one_id_for_other_dates_is_another_report);
    PROMISE(a_report_of_a_tutorial_can_be_explained);
    return unit_run("tlsrpt_quirks");
}
