/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary: the counting rule, the findings, the causes of "not ready".
 * Over SQLite, with reports that went in by the front door.
 */
#include "unit.h"

#include <apr_dbd.h>
#include <apr_file_io.h>
#include <unistd.h>

#include "core/day.h"
#include "core/summary_parts.h"

#define TODAY  20261124
#define DOMAIN "example.com"
#define POLICY                                                                 \
    "version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\n"               \
    "mx: *.backup.example.net\r\nmax_age: 86401\r\n"
#define SEEN                                                                   \
    "version: STSv1", "mode: testing", "mx: mx1.example.com",                  \
        "mx: *.backup.example.net", "max_age: 86401"

/* ---- the store of a test ------------------------------------------------- */

static tlsrpt_store_t *store;
static int made; /* reports so far: each has an id of its own */

/* A file that is gone with the pool. */
static apr_status_t unlink_file(void *path)
{
    return apr_file_remove(path, p);
}

static void open_store(void)
{
    char *path = apr_psprintf(p, "/tmp/summary-%ld.db", (long)getpid());
    const char *why;

    apr_file_remove(path, p);
    apr_pool_cleanup_register(p, path, unlink_file, apr_pool_cleanup_null);
    why =
        tlsrpt_store_open(p, apr_pstrcat(p, "sqlite3:", path, NULL), 1, &store);
    unit_same("tlsrpt_store_open", why, NULL);
    made = 0;
}

/* ---- reports ------------------------------------------------------------- */

static tlsrpt_report_t *report(const char *submitter, int day)
{
    static const int noon = 12 * 3600;
    tlsrpt_report_t *r = apr_pcalloc(p, sizeof(*r));
    int days = tlsrpt_days_between(19700101, day);

    r->organization = apr_pstrcat(p, "Org of ", submitter, NULL);
    r->contact = apr_pstrcat(p, "tls@", submitter, NULL);
    r->report_id = apr_psprintf(p, "report-%d", ++made);
    r->submitter = submitter;
    r->start = (apr_int64_t)days * 86400 + noon - 43200;
    r->end = r->start + 86399;
    r->day = day;
    r->policies = apr_array_make(p, 2, sizeof(tlsrpt_policy_t));
    r->repairs = apr_array_make(p, 2, sizeof(const char *));
    r->domains = DOMAIN;
    r->key = apr_psprintf(p, "%032d", made);
    r->content = apr_psprintf(p, "%064d", made);
    return r;
}

static tlsrpt_policy_t *policy(tlsrpt_report_t *r, tlsrpt_policy_type_e type,
                               apr_int64_t good, apr_int64_t failed)
{
    static const char *const seen[] = {SEEN};
    tlsrpt_policy_t *one = apr_array_push(r->policies);
    int i;

    memset(one, 0, sizeof(*one));
    one->type = type;
    one->type_text = tlsrpt_policy_type_name(type);
    one->domain = DOMAIN;
    one->mode = "";
    one->lines = apr_array_make(p, 5, sizeof(const char *));
    one->mx = apr_array_make(p, 2, sizeof(const char *));
    one->failures = apr_array_make(p, 2, sizeof(tlsrpt_failure_t));
    one->successful = good;
    one->failed = failed;
    if (type == TLSRPT_POLICY_STS) {
        one->mode = "testing";
        for (i = 0; i < 5; i++) {
            APR_ARRAY_PUSH(one->lines, const char *) = seen[i];
        }
        APR_ARRAY_PUSH(one->mx, const char *) = "mx1.example.com";
        APR_ARRAY_PUSH(one->mx, const char *) = "*.backup.example.net";
    }
    return one;
}

static tlsrpt_failure_t *failure(tlsrpt_policy_t *of, const char *type,
                                 const char *mx, apr_int64_t count)
{
    tlsrpt_failure_t *one = apr_array_push(of->failures);

    one->result = tlsrpt_result_by_name(type);
    one->result_type = type;
    one->count = count;
    one->mx = mx;
    one->helo = one->receiving_ip = one->sending_ip = "";
    one->reason = one->info = "";
    return one;
}

static void store_report(const tlsrpt_report_t *r, tlsrpt_channel_e channel,
                         tlsrpt_trust_e trust)
{
    static const tlsrpt_keep_t keep = {30 * 86400, 90 * 86400, 400 * 86400};
    tlsrpt_origin_t origin = {channel,     trust, r->end + 3600,
                              "192.0.2.1", "",    ""};
    apr_int64_t now =
        (apr_int64_t)tlsrpt_days_between(19700101, TODAY) * 86400 + 43200;
    tlsrpt_store_e how;

    unit_same("tlsrpt_store_add",
              tlsrpt_store_add(p, store, r, &origin, "raw", NULL, NULL, &keep,
                               now, &how),
              NULL);
    assert_int_equal(how, TLSRPT_STORE_NEW);
}

static void store_verified(const tlsrpt_report_t *r)
{
    store_report(r, TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_DKIM);
}

/* Good sessions from a reporter, on each of these days. */
static void good_days(const char *submitter, int from, int days,
                      apr_int64_t sessions, tlsrpt_trust_e trust)
{
    for (; days > 0; days--, from = tlsrpt_day_add(from, 1)) {
        tlsrpt_report_t *r = report(submitter, from);

        policy(r, TLSRPT_POLICY_STS, sessions, 0);
        store_report(r,
                     trust >= TLSRPT_TRUST_DKIM ? TLSRPT_CHANNEL_MAIL
                                                : TLSRPT_CHANNEL_HTTPS,
                     trust);
    }
}

/* ---- summaries ----------------------------------------------------------- */

static const char *body = POLICY; /* what is served; NULL: nothing */

static int served(void *baton, apr_pool_t *pool, const char *domain,
                  tlsrpt_served_t *answer)
{
    apr_array_header_t *lines;

    assert_ptr_equal(baton, &body);
    assert_string_equal(domain, DOMAIN);
    if (!body) {
        return 0;
    }
    lines = tlsrpt_sum_lines(pool, body);
    answer->body = body;
    answer->id = "0123456789abcdef0123456789abcdef";
    answer->mode =
        APR_ARRAY_IDX(tlsrpt_sum_values(pool, lines, "mode"), 0, const char *);
    answer->mx = tlsrpt_sum_values(pool, lines, "mx");
    return 1;
}

static tlsrpt_summary_t *summary_of(int days, tlsrpt_served_f *with)
{
    tlsrpt_ask_t ask = {0, TODAY, TODAY, NULL, &body, 0};
    tlsrpt_summary_t *sum = NULL;

    ask.from = tlsrpt_day_add(TODAY, 1 - days);
    ask.served = with;
    unit_same("tlsrpt_summary_make",
              tlsrpt_summary_make(p, store, DOMAIN, &ask, &sum), NULL);
    assert_non_null(sum);
    return sum;
}

static tlsrpt_summary_t *summary(void)
{
    return summary_of(30, served);
}

/* Exactly these findings, as a set. */
static void has_findings(const tlsrpt_summary_t *sum, unsigned wanted)
{
    int f;

    for (f = 0; f < TLSRPT_FINDING_COUNT; f++) {
        int has = tlsrpt_sum_has(sum, (tlsrpt_finding_e)f);

        if (has != (int)(wanted >> f & 1)) {
            fail_msg("finding %s: %s",
                     tlsrpt_finding_advice((tlsrpt_finding_e)f)->name,
                     has ? "there, and should not" : "missing");
        }
    }
}

/* Exactly these needs are not met. */
static void lacks(const tlsrpt_summary_t *sum, unsigned wanted)
{
    int n, count = 0;

    assert_int_equal(sum->verdict,
                     wanted ? TLSRPT_VERDICT_NOT_READY : TLSRPT_VERDICT_READY);
    for (n = 0; n < TLSRPT_NEED_COUNT; n++) {
        if (sum->needs[n].met == (int)(wanted >> n & 1)) {
            fail_msg("need %s: %s, %s", tlsrpt_need_name((tlsrpt_need_e)n),
                     sum->needs[n].met ? "met" : "not met", sum->needs[n].text);
        }
        count += (int)(wanted >> n & 1);
        assert_true(*sum->needs[n].text);
    }
    assert_int_equal(sum->missing, count);
}

#define BIT(n)               (1U << (n))
#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

/* ---- the counting rule --------------------------------------------------- */

static void adds_within_a_policy_type(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 10, 1); /* the policy changed at noon */
    policy(r, TLSRPT_POLICY_STS, 5, 2);
    store_verified(r);
    r = report("a.example", 20261120); /* a second report for the day */
    policy(r, TLSRPT_POLICY_STS, 3, 0);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->sessions, 21);
    assert_int_equal(sum->failed, 3);
    assert_int_equal(sum->days->nelts, 1);
    assert_int_equal(ITEM(sum->days, 0, tlsrpt_sum_day_t)->sessions, 21);
}

static void counts_the_larger_of_sts_and_tlsa(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 40, 2);
    policy(r, TLSRPT_POLICY_TLSA, 38, 3);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->sessions, 42);
    assert_int_equal(sum->failed, 3);
    assert_true(sum->dane);
}

static void adds_no_policy_found_and_other(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 40, 2);
    policy(r, TLSRPT_POLICY_TLSA, 42, 0);
    policy(r, TLSRPT_POLICY_NONE, 7, 0);
    policy(r, TLSRPT_POLICY_OTHER, 1, 0);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->sessions, 42 + 7 + 1);
    assert_int_equal(sum->failed, 2);
    assert_int_equal(sum->no_policy, 7);
}

static void adds_over_days_and_reporters(void **state)
{
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;
    const tlsrpt_sum_reporter_t *one;

    (void)state;
    open_store();
    good_days("a.example", 20261118, 3, 10, TLSRPT_TRUST_DKIM);
    good_days("b.example", 20261119, 2, 100, TLSRPT_TRUST_NONE);
    r = report("b.example", 20261122);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 4), "certificate-expired",
            "mx1.example.com", 4);
    store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
    sum = summary();
    assert_int_equal(sum->sessions, 234);
    assert_int_equal(sum->failed, 4);
    assert_int_equal(sum->days->nelts, 4);
    assert_int_equal(ITEM(sum->days, 1, tlsrpt_sum_day_t)->day, 20261119);
    assert_int_equal(ITEM(sum->days, 1, tlsrpt_sum_day_t)->sessions, 110);
    assert_int_equal(ITEM(sum->days, 1, tlsrpt_sum_day_t)->reporters, 2);
    assert_int_equal(sum->reporters->nelts, 2);
    one = ITEM(sum->reporters, 0, tlsrpt_sum_reporter_t);
    assert_string_equal(one->submitter, "b.example");
    assert_string_equal(one->organization, "Org of b.example");
    assert_int_equal(one->trust, TLSRPT_TRUST_NONE);
    assert_int_equal(one->sessions, 204);
    assert_int_equal(one->failed, 4);
    assert_int_equal(one->reports, 3);
    assert_int_equal(one->days, 3);
    assert_int_equal(one->first, 20261119);
    assert_int_equal(one->last, 20261122);
    one = ITEM(sum->reporters, 1, tlsrpt_sum_reporter_t);
    assert_int_equal(one->trust, TLSRPT_TRUST_DKIM);
}

static void keeps_to_its_days_and_its_domain(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    good_days("a.example", 20261025, 2, 10, TLSRPT_TRUST_DKIM);
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 1000, 0)->domain = "example.net";
    store_verified(r);
    assert_int_equal(summary_of(30, served)->sessions, 10);
    assert_int_equal(summary_of(31, served)->sessions, 20);
}

static void counts_result_types_by_themselves(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_policy_t *one;
    tlsrpt_summary_t *sum;
    const tlsrpt_sum_cause_t *cause;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 5, 6);
    failure(one, "certificate-expired", "mx1.example.com", 4)->reason = "x509";
    failure(one, "certificate-expired", "mx2.example.com", 2);
    failure(one, "starttls-not-supported", "mx2.example.com", 1);
    failure(one, "made-up", "", 1);
    one = policy(r, TLSRPT_POLICY_TLSA, 8, 3); /* of the same sessions */
    failure(one, "certificate-expired", "mx1.example.com", 3);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->failed, 6);
    assert_int_equal(sum->causes->nelts, 3);
    cause = ITEM(sum->causes, 0, tlsrpt_sum_cause_t);
    assert_int_equal(cause->result, TLSRPT_CERTIFICATE_EXPIRED);
    assert_int_equal(cause->sessions, 6);
    assert_int_equal(cause->reporters, 1);
    assert_int_equal(cause->last, 20261120);
    assert_string_equal(cause->advice->name, "certificate-expired");
    assert_int_equal(cause->places->nelts, 3);
    cause = ITEM(sum->causes, 2, tlsrpt_sum_cause_t);
    assert_int_equal(cause->result, TLSRPT_STARTTLS_NOT_SUPPORTED);
    cause = ITEM(sum->causes, 1, tlsrpt_sum_cause_t);
    assert_int_equal(cause->result, TLSRPT_RESULT_OTHER);
    assert_int_equal(cause->places->nelts, 1);
    assert_string_equal(
        APR_ARRAY_IDX(cause->places, 0, tlsrpt_sum_place_t *)->type, "made-up");
}

static const tlsrpt_sum_mx_t *mx(const tlsrpt_summary_t *sum, const char *name)
{
    int i;

    for (i = 0; i < sum->mx->nelts; i++) {
        if (strcmp(ITEM(sum->mx, i, tlsrpt_sum_mx_t)->name, name) == 0) {
            return ITEM(sum->mx, i, tlsrpt_sum_mx_t);
        }
    }
    fail_msg("no MX %s", name);
    return NULL;
}

static void counts_each_type_of_each_mx(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_policy_t *one;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 5, 6);
    failure(one, "certificate-expired", "a.backup.example.net", 4);
    failure(one, "starttls-not-supported", "a.backup.example.net", 2);
    one = policy(r, TLSRPT_POLICY_TLSA, 8, 3);
    failure(one, "certificate-expired", "a.backup.example.net", 3);
    store_verified(r);
    sum = summary();
    assert_int_equal(mx(sum, "a.backup.example.net")->counts->nelts, 2);
    assert_int_equal(
        ITEM(mx(sum, "a.backup.example.net")->counts, 0, tlsrpt_sum_count_t)
            ->sessions,
        4);
    assert_true(mx(sum, "a.backup.example.net")->in_policy);
    assert_int_equal(mx(sum, "a.backup.example.net")->last, 20261120);
    assert_true(mx(sum, "mx1.example.com")->in_policy);
    assert_int_equal(mx(sum, "mx1.example.com")->counts->nelts, 0);
}

static void leaves_mail_without_dkim_out(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", 20261120, 1, 10, TLSRPT_TRUST_DKIM);
    r = report("b.example", 20261120);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 9), "certificate-expired",
            "mx1.example.com", 9);
    store_report(r, TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_NONE);
    sum = summary();
    assert_int_equal(sum->sessions, 10);
    assert_int_equal(sum->failed, 0);
    assert_int_equal(sum->causes->nelts, 0);
    assert_int_equal(mx(sum, "mx1.example.com")->counts->nelts, 0);
    assert_int_equal(sum->uncounted, 1);
    assert_int_equal(sum->reporters->nelts, 1);
}

static void leaves_outranked_details_out(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", 20261120, 1, 10, TLSRPT_TRUST_DKIM);
    r = report("a.example", 20261120); /* somebody in the name of a.example */
    failure(policy(r, TLSRPT_POLICY_STS, 0, 9), "certificate-expired",
            "mx9.example.com", 9);
    store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
    sum = summary();
    assert_int_equal(sum->failed, 0);
    assert_int_equal(sum->causes->nelts, 0);
    assert_int_equal(mx(sum, "mx9.example.com")->counts->nelts, 0);
    has_findings(sum, 0);
}

/* ---- the policy that reporters saw --------------------------------------- */

static void compares_policies_as_sets(void **state)
{
    static const struct {
        const char *lines, *differs;
    } cases[] = {
        {POLICY, ""},
        {"max_age: 86401\nMX:  MX1.example.com.\nmode:testing\n"
         "mx: *.backup.example.net\nversion: STSv1",
         ""},
        {"mode: testing", ""},
        {"", ""},
        {"mode: enforce\nmax_age: 86401", "mode"},
        {"mode: enforce\nmx: mx1.example.com\nmax_age: 1", "mode, mx, max_age"},
        {"mx: mx1.example.com\nmx: *.backup.example.net\nmx: x.example.com",
         "mx"},
        {"modes: enforce\nmode enforce\n: x\nmo: de", ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unit_same(
            cases[i].lines,
            tlsrpt_sum_differs(p, tlsrpt_sum_lines(p, cases[i].lines), POLICY),
            cases[i].differs);
    }
}

/* Good sessions under another policy. */
static void saw_another(int day, const char *mode)
{
    tlsrpt_report_t *r = report("a.example", day);
    tlsrpt_policy_t *one = policy(r, TLSRPT_POLICY_STS, 1, 0);

    one->mode = mode;
    APR_ARRAY_IDX(one->lines, 1, const char *) =
        apr_pstrcat(p, "mode: ", mode, NULL);
    store_verified(r);
}

static void finds_a_stale_policy(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("b.example", 20261118, 1, 5, TLSRPT_TRUST_DKIM);
    saw_another(20261121, "none");
    sum = summary();
    assert_int_equal(sum->seen->nelts, 2);
    assert_string_equal(ITEM(sum->seen, 0, tlsrpt_sum_seen_t)->differs, "mode");
    assert_string_equal(ITEM(sum->seen, 1, tlsrpt_sum_seen_t)->differs, "");
    has_findings(sum, BIT(TLSRPT_POLICY_STALE));
}

static void takes_a_fresh_change_for_one(void **state)
{
    (void)state;
    open_store();
    good_days("b.example", 20261119, 3, 5, TLSRPT_TRUST_DKIM);
    saw_another(20261121, "none"); /* two days after the change */
    saw_another(20261110, "none");
    has_findings(summary(), 0);
}

static void knows_the_mode_from_reports_alone(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("b.example", 20261119, 1, 5, TLSRPT_TRUST_DKIM);
    saw_another(20261121, "enforce");
    sum = summary_of(30, NULL);
    assert_false(sum->policy_known);
    assert_string_equal(sum->mode, "enforce");
    assert_null(ITEM(sum->seen, 0, tlsrpt_sum_seen_t)->differs);
    assert_int_equal(sum->verdict, TLSRPT_VERDICT_ENFORCE_CLEAN);
}

/* ---- findings ------------------------------------------------------------ */

static void finds_a_policy_that_is_not_seen(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    good_days("b.example", 20261119, 1, 5, TLSRPT_TRUST_DKIM);
    has_findings(summary(), 0);
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_NONE, 3, 0);
    store_verified(r);
    has_findings(summary(), BIT(TLSRPT_POLICY_NOT_SEEN));
    body = NULL; /* none is served: then it is right */
    has_findings(summary(), 0);
    body = POLICY;
}

static void finds_an_mx_that_is_not_covered(void **state)
{
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;
    tlsrpt_policy_t *one;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 1, 1);
    failure(one, "certificate-expired", "x.backup.example.net", 1);
    store_verified(r);
    has_findings(summary(), 0);
    r = report("b.example", 20261121); /* just anybody */
    one = policy(r, TLSRPT_POLICY_STS, 1, 1);
    failure(one, "certificate-expired", "mx9.example.org", 1);
    store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
    has_findings(summary(), 0);
    r = report("a.example", 20261121);
    one = policy(r, TLSRPT_POLICY_STS, 1, 1);
    failure(one, "certificate-expired", "mx9.example.org", 1);
    store_verified(r);
    sum = summary();
    has_findings(sum, BIT(TLSRPT_MX_NOT_COVERED));
    assert_false(mx(sum, "mx9.example.org")->in_policy);
    assert_non_null(strstr(ITEM(sum->findings, 0, tlsrpt_sum_finding_t)->detail,
                           "only if it is in the MX records"));
}

static void finds_an_mx_that_is_not_seen(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_policy_t *one;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    one = policy(r, TLSRPT_POLICY_STS, 1, 0);
    one->mx->nelts = 1; /* mx1 alone */
    one->lines->nelts = 2;
    store_verified(r);
    has_findings(summary(), BIT(TLSRPT_MX_UNSEEN));
    r = report("a.example", 20261121); /* a host that the pattern matches */
    one = policy(r, TLSRPT_POLICY_TLSA, 1, 1);
    failure(one, "tlsa-invalid", "a.backup.example.net", 1);
    store_verified(r);
    has_findings(summary(), 0);
}

static void finds_failures_without_details(void **state)
{
    tlsrpt_summary_t *sum;
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    r = report("a.example", 20261120);
    policy(r, TLSRPT_POLICY_STS, 1, 7);
    store_verified(r);
    sum = summary();
    assert_int_equal(sum->unexplained, 7);
    has_findings(sum, BIT(TLSRPT_UNEXPLAINED_FAILURES));
}

static void finds_details_that_disagree(void **state)
{
    static const struct {
        int failed, details, disagrees;
    } cases[] = {{4, 4, 0}, {4, 3, 1}, {4, 12, 0}, {4, 13, 1}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        tlsrpt_report_t *r;

        open_store();
        r = report("a.example", 20261120);
        failure(policy(r, TLSRPT_POLICY_STS, 1, cases[i].failed),
                "certificate-expired", "mx1.example.com", cases[i].details);
        store_verified(r);
        has_findings(summary(),
                     cases[i].disagrees ? BIT(TLSRPT_DETAILS_DISAGREE) : 0);
    }
}

static void finds_a_reporter_that_stopped(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("b.example", 20261120, 3, 1, TLSRPT_TRUST_DKIM);
    good_days("a.example", 20261112, 5, 1, TLSRPT_TRUST_DKIM); /* to the 16th */
    good_days("c.example", 20261113, 5, 1, TLSRPT_TRUST_DKIM); /* to the 17th */
    good_days("d.example", 20261112, 4, 1, TLSRPT_TRUST_DKIM); /* not regular */
    sum = summary();
    has_findings(sum, BIT(TLSRPT_REPORTER_SILENT));
    assert_non_null(strstr(ITEM(sum->findings, 0, tlsrpt_sum_finding_t)->detail,
                           "from a.example."));
}

static void finds_that_nobody_is_verified(void **state)
{
    (void)state;
    open_store();
    good_days("a.example", 20261120, 1, 1, TLSRPT_TRUST_NONE);
    has_findings(summary(), BIT(TLSRPT_UNVERIFIED_ONLY));
    good_days("b.example", 20261120, 1, 1, TLSRPT_TRUST_HOST);
    has_findings(summary(), 0);
}

/* ---- the verdict --------------------------------------------------------- */

/* All that is asked for, with one thing less where it is said. */
static void all_is_well(int days, int reporters, int sessions, int last)
{
    int first = tlsrpt_day_add(last, 1 - days);

    open_store();
    good_days("a.example", first, days, 1, TLSRPT_TRUST_DKIM);
    if (reporters > 1) {
        good_days("b.example", last, 1, 1, TLSRPT_TRUST_DKIM);
    }
    good_days("a.example", last, 1, sessions - days - (reporters > 1),
              TLSRPT_TRUST_DKIM);
}

static void is_ready_when_nothing_is_missing(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(14, 2, 100, 20261123);
    sum = summary();
    lacks(sum, 0);
    has_findings(sum, BIT(TLSRPT_TESTING_CLEAN));
    assert_string_equal(sum->verdict_text, "Ready for enforce.");
    assert_int_equal(sum->evidence.days, 14);
    assert_int_equal(sum->evidence.reporters, 2);
    assert_int_equal(sum->evidence.sessions, 100);
    assert_int_equal(sum->level, TLSRPT_LEVEL_OK);
}

static void asks_for_days(void **state)
{
    (void)state;
    all_is_well(13, 2, 100, 20261123);
    lacks(summary(), BIT(TLSRPT_NEED_DAYS));
}

static void asks_for_reporters(void **state)
{
    (void)state;
    all_is_well(14, 1, 100, 20261123);
    lacks(summary(), BIT(TLSRPT_NEED_REPORTERS));
}

static void asks_for_sessions(void **state)
{
    (void)state;
    all_is_well(14, 2, 99, 20261123);
    lacks(summary(), BIT(TLSRPT_NEED_SESSIONS));
}

static void asks_for_a_recent_report(void **state)
{
    (void)state;
    all_is_well(14, 2, 100, 20261117);
    lacks(summary(), 0);
    all_is_well(14, 2, 100, 20261116);
    lacks(summary(), BIT(TLSRPT_NEED_RECENT));
}

static void asks_for_each_mx(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(14, 2, 100, 20261123);
    body = POLICY "mx: mx3.example.com\r\n";
    sum = summary();
    lacks(sum, BIT(TLSRPT_NEED_MX));
    assert_int_equal(sum->needs[TLSRPT_NEED_MX].have, 2);
    assert_int_equal(sum->needs[TLSRPT_NEED_MX].need, 3);
    body = POLICY;
}

static void a_failure_starts_the_days_again(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(20, 2, 200, 20261123);
    r = report("c.example", 20261113);
    failure(policy(r, TLSRPT_POLICY_STS, 9, 1), "certificate-expired",
            "mx1.example.com", 1);
    store_verified(r);
    sum = summary();
    lacks(sum, BIT(TLSRPT_NEED_FAILURES) | BIT(TLSRPT_NEED_DAYS));
    assert_int_equal(sum->evidence.failed, 1);
    assert_int_equal(sum->evidence.last_failed, 20261113);
    assert_int_equal(sum->evidence.days, 10);
    assert_int_equal(sum->level, TLSRPT_LEVEL_WARNING);
}

static void an_old_failure_is_forgiven(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    all_is_well(14, 2, 100, 20261123);
    r = report("c.example", 20261109);
    failure(policy(r, TLSRPT_POLICY_STS, 9, 1), "certificate-expired",
            "mx1.example.com", 1);
    store_verified(r);
    lacks(summary(), 0);
}

static void unverified_reports_make_nothing_ready(void **state)
{
    tlsrpt_summary_t *sum;

    (void)state;
    open_store();
    good_days("a.example", 20261110, 14, 50, TLSRPT_TRUST_NONE);
    good_days("b.example", 20261110, 14, 50, TLSRPT_TRUST_NONE);
    sum = summary();
    assert_int_equal(sum->verdict, TLSRPT_VERDICT_NOT_READY);
    assert_int_equal(sum->anybody.days, 14);
    assert_int_equal(sum->evidence.days, 0);
    assert_non_null(strstr(sum->verdict_next, "DKIM"));
    has_findings(sum, BIT(TLSRPT_UNVERIFIED_ONLY));
}

static void unverified_failures_hold_nothing_up(void **state)
{
    tlsrpt_report_t *r;
    tlsrpt_summary_t *sum;

    (void)state;
    all_is_well(14, 2, 100, 20261123);
    r = report("stranger.example", 20261123);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 1000), "certificate-expired",
            "mx1.example.com", 1000);
    store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
    sum = summary();
    assert_int_equal(sum->failed, 1000); /* shown all the same */
    lacks(sum, 0);
}

static void does_not_depend_on_the_days_looked_at(void **state)
{
    (void)state;
    all_is_well(14, 2, 100, 20261123);
    lacks(summary_of(1, served), 0);
    lacks(summary_of(400, served), 0);
}

static void judges_the_other_modes(void **state)
{
    tlsrpt_report_t *r;

    (void)state;
    open_store();
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_NO_REPORTS);
    body = NULL;
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_NO_POLICY);
    body = "version: STSv1\nmode: none\nmx: mx1.example.com\nmax_age: 1\n";
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_NO_POLICY);
    body = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 1\n";
    good_days("z.example", 20261122, 1, 5, TLSRPT_TRUST_NONE);
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_NO_REPORTS);
    good_days("a.example", 20261110, 14, 50, TLSRPT_TRUST_DKIM);
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_ENFORCE_CLEAN);
    assert_int_equal(summary()->level, TLSRPT_LEVEL_OK);
    r = report("c.example", 20261113);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 8), "certificate-expired",
            "mx1.example.com", 8);
    store_verified(r);
    assert_int_equal(summary()->verdict, TLSRPT_VERDICT_ENFORCE_FAILS);
    assert_int_equal(summary()->level, TLSRPT_LEVEL_ERROR); /* 8 of 708 */
    body = POLICY;
}

static void says_what_enforce_held_up(void **state)
{
    static const struct {
        const char *type; /* of 3 sessions; and of more failed at an MX: */
        int at_mx, failed;
        int found_none; /* failed, and no policy was found */
        int refused;
        const char *said;
        tlsrpt_level_e level;
    } cases[] = {
        {"sts-policy-fetch-error", 0, 3, 0, 0, "No mail is held up", 2},
        {"sts-policy-invalid", 0, 3, 0, 0, "No mail is held up", 2},
        {"sts-webpki-invalid", 0, 3, 0, 0, "No mail is held up", 2},
        {"sts-webpki-invalid", 2, 5, 0, 2, "For 2 of them the sender did", 3},
        {"sts-webpki-invalid", 2, 3, 0, 2, "For 2 of them the sender did", 3},
        {"sts-webpki-invalid", 0, 4, 0, 1, "For 1 of them the sender did", 3},
        {"certificate-expired", 0, 3, 0, 3, "These senders did not", 3},
        {"certificate-expired", 0, 3, 9, 3, "For 3 of them the sender did", 3},
        {"made-up", 0, 3, 0, 3, "These senders did not", 3},
    };
    size_t i;

    (void)state;
    body = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 1\n";
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        tlsrpt_report_t *r;
        tlsrpt_policy_t *one;
        tlsrpt_summary_t *sum;

        open_store();
        r = report("a.example", 20261120);
        one = policy(r, TLSRPT_POLICY_STS, 90, cases[i].failed);
        failure(one, cases[i].type, "", 3);
        if (cases[i].at_mx) {
            failure(one, "certificate-expired", "mx1.example.com",
                    cases[i].at_mx);
        }
        policy(r, TLSRPT_POLICY_NONE, 0, cases[i].found_none);
        store_verified(r);
        sum = summary();
        assert_int_equal(sum->verdict, TLSRPT_VERDICT_ENFORCE_FAILS);
        assert_int_equal(sum->refused, cases[i].refused);
        assert_int_equal(sum->evidence.refused, cases[i].refused);
        assert_int_equal(sum->anybody.refused, cases[i].refused);
        assert_int_equal(sum->evidence.failed,
                         cases[i].failed + cases[i].found_none);
        assert_int_equal(sum->level, cases[i].level);
        if (!strstr(sum->verdict_next, cases[i].said)) {
            fail_msg("%s: %s", cases[i].type, sum->verdict_next);
        }
    }
    body = POLICY;
}

/* ---- lists --------------------------------------------------------------- */

static void a_day(const char *domain, apr_int64_t good, apr_int64_t failed)
{
    tlsrpt_report_t *r = report("a.example", 20261120);

    policy(r, TLSRPT_POLICY_STS, good, failed)->domain = domain;
    store_verified(r);
}

static const char *names(const char *prefix, const char *after, int max)
{
    apr_array_header_t *list;
    int more;

    unit_same(
        prefix,
        tlsrpt_summary_domains(p, store, prefix, after, max, &list, &more),
        NULL);
    return apr_pstrcat(p, apr_array_pstrcat(p, list, ' '), more ? " +" : "",
                       NULL);
}

static void pages_through_domains(void **state)
{
    (void)state;
    open_store();
    assert_string_equal(names("", "", 2), "");
    a_day("b.example", 1, 0);
    a_day("ab.example", 1, 0);
    a_day("aa.example", 1, 0);
    a_day("c.example", 1, 0);
    assert_string_equal(names("", "", 2), "aa.example ab.example +");
    assert_string_equal(names("", "ab.example", 2), "b.example c.example");
    assert_string_equal(names("", "c.example", 2), "");
    assert_string_equal(names("", "", 4),
                        "aa.example ab.example b.example c.example");
    assert_string_equal(names("a", "", 9), "aa.example ab.example");
    assert_string_equal(names("a", "aa.example", 9), "ab.example");
    assert_string_equal(names("a%", "", 9), "");
}

static void lists_what_fails_first(void **state)
{
    apr_array_header_t *list;

    (void)state;
    open_store();
    a_day("a.example", 9, 1);
    a_day("b.example", 9, 5);
    a_day("c.example", 9, 0);
    unit_same("failing",
              tlsrpt_summary_failing(p, store, 20261101, TODAY, 9, &list),
              NULL);
    assert_int_equal(list->nelts, 2);
    assert_string_equal(ITEM(list, 0, tlsrpt_sum_failing_t)->domain,
                        "b.example");
    assert_int_equal(ITEM(list, 0, tlsrpt_sum_failing_t)->failed, 5);
}

static void adds_up_all_domains_of_a_day(void **state)
{
    apr_array_header_t *list;
    const tlsrpt_sum_received_t *one;

    (void)state;
    open_store();
    a_day("a.example", 9, 1);
    a_day("b.example", 9, 5);
    unit_same("totals", tlsrpt_summary_totals(p, store, 20261120, &list), NULL);
    assert_int_equal(list->nelts, 2);
    assert_string_equal(ITEM(list, 0, tlsrpt_sum_total_t)->result, "ok");
    assert_string_equal(ITEM(list, 0, tlsrpt_sum_total_t)->policy_type, "sts");
    assert_int_equal(ITEM(list, 0, tlsrpt_sum_total_t)->sessions, 18);
    assert_int_equal(ITEM(list, 1, tlsrpt_sum_total_t)->sessions, 6);
    unit_same("received", tlsrpt_summary_received(p, store, 20261101, &list),
              NULL);
    assert_int_equal(list->nelts, 1);
    one = ITEM(list, 0, tlsrpt_sum_received_t);
    assert_string_equal(one->channel, "mail");
    assert_int_equal(one->trust, 2);
    assert_int_equal(one->reports, 2);
}

/* ---- days ---------------------------------------------------------------- */

static void knows_the_calendar(void **state)
{
    int day, n;

    (void)state;
    assert_int_equal(tlsrpt_day_of(0), 19700101);
    assert_int_equal(tlsrpt_day_of(86399), 19700101);
    assert_int_equal(tlsrpt_day_of(86400), 19700102);
    assert_int_equal(tlsrpt_day_of(1795478400), 20261124);
    assert_int_equal(tlsrpt_day_add(20240228, 1), 20240229);
    assert_int_equal(tlsrpt_day_add(20230228, 1), 20230301);
    assert_int_equal(tlsrpt_day_add(21000228, 1), 21000301);
    assert_int_equal(tlsrpt_day_add(20000228, 1), 20000229);
    assert_int_equal(tlsrpt_day_add(20260101, -1), 20251231);
    assert_int_equal(tlsrpt_days_between(20261124, 20261101), -23);
    assert_int_equal(tlsrpt_days_between(19700101, 99991231), 2932896);
    for (day = 19700101, n = 0; n < 150000; n++) {
        int next = tlsrpt_day_add(day, 1);

        assert_true(next > day);
        assert_int_equal(tlsrpt_days_between(19700101, next), n + 1);
        day = next;
    }
    assert_string_equal(tlsrpt_day_text(p, 20260401), "2026-04-01");
}

int main(void)
{
    apr_pool_t *forever;

    apr_initialize();
    apr_pool_create(&forever, NULL);
    apr_dbd_init(forever);
    PROMISE(adds_within_a_policy_type);
    PROMISE(counts_the_larger_of_sts_and_tlsa);
    PROMISE(adds_no_policy_found_and_other);
    PROMISE(adds_over_days_and_reporters);
    PROMISE(keeps_to_its_days_and_its_domain);
    PROMISE(counts_result_types_by_themselves);
    PROMISE(counts_each_type_of_each_mx);
    PROMISE(leaves_mail_without_dkim_out);
    PROMISE(leaves_outranked_details_out);
    PROMISE(compares_policies_as_sets);
    PROMISE(finds_a_stale_policy);
    PROMISE(takes_a_fresh_change_for_one);
    PROMISE(knows_the_mode_from_reports_alone);
    PROMISE(finds_a_policy_that_is_not_seen);
    PROMISE(finds_an_mx_that_is_not_covered);
    PROMISE(finds_an_mx_that_is_not_seen);
    PROMISE(finds_failures_without_details);
    PROMISE(finds_details_that_disagree);
    PROMISE(finds_a_reporter_that_stopped);
    PROMISE(finds_that_nobody_is_verified);
    PROMISE(is_ready_when_nothing_is_missing);
    PROMISE(asks_for_days);
    PROMISE(asks_for_reporters);
    PROMISE(asks_for_sessions);
    PROMISE(asks_for_a_recent_report);
    PROMISE(asks_for_each_mx);
    PROMISE(a_failure_starts_the_days_again);
    PROMISE(an_old_failure_is_forgiven);
    PROMISE(unverified_reports_make_nothing_ready);
    PROMISE(unverified_failures_hold_nothing_up);
    PROMISE(does_not_depend_on_the_days_looked_at);
    PROMISE(judges_the_other_modes);
    PROMISE(says_what_enforce_held_up);
    PROMISE(pages_through_domains);
    PROMISE(lists_what_fails_first);
    PROMISE(adds_up_all_domains_of_a_day);
    PROMISE(knows_the_calendar);
    return unit_run("summary");
}
