/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of summaries share: a store of SQLite, reports that go into it
 * by the front door, and the summary of a domain.
 */
#ifndef T_UNIT_UNIT_SUMMARY_H
#define T_UNIT_UNIT_SUMMARY_H

#include "unit.h"

#include <apr_dbd.h>
#include <apr_file_io.h>
#include <regex.h>
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
static inline apr_status_t unlink_file(void *path)
{
    return apr_file_remove(path, p);
}

static inline void open_store(void)
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

static inline tlsrpt_report_t *report(const char *submitter, int day)
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

static inline tlsrpt_policy_t *policy(tlsrpt_report_t *r,
                                      tlsrpt_policy_type_e type,
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

static inline tlsrpt_failure_t *failure(tlsrpt_policy_t *of, const char *type,
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

static inline void store_report(const tlsrpt_report_t *r,
                                tlsrpt_channel_e channel, tlsrpt_trust_e trust)
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

static inline void store_verified(const tlsrpt_report_t *r)
{
    store_report(r, TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_DKIM);
}

static inline void store_anybodys(const tlsrpt_report_t *r)
{
    store_report(r, TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE);
}

/* Good sessions from a reporter, on each of these days. */
static inline void good_days(const char *submitter, int from, int days,
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

static inline int served(void *baton, apr_pool_t *pool, const char *domain,
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

/* Not "1 sessions", nor "2 session". */
static inline void agrees(const char *text)
{
#define NOUNS "(session|report|reporter|day|pattern|policy|MX)"
#define WORDS " ((more|good|clean|verified|failed|mx) )*"
    static const char *const wrong[] = {
        "(^|[^0-9])1" WORDS "(" NOUNS "s|policies)([^a-z]|$)",
        "(^|[^0-9])(0|[2-9]|[0-9]{2,})" WORDS NOUNS "([^a-zX]|$)"};
    size_t i;

    for (i = 0; i < 2; i++) {
        regex_t regex;

        assert_int_equal(regcomp(&regex, wrong[i], REG_EXTENDED | REG_NOSUB),
                         0);
        if (regexec(&regex, text, 0, NULL, 0) == 0) {
            fail_msg("number and noun: %s", text);
        }
        regfree(&regex);
    }
}

static inline void texts_agree(const tlsrpt_summary_t *sum)
{
    int i;

    agrees(sum->verdict_text);
    agrees(sum->verdict_next);
    for (i = 0; i < TLSRPT_NEED_COUNT && sum->needs[i].text; i++) {
        agrees(sum->needs[i].text);
    }
    for (i = 0; i < sum->findings->nelts; i++) {
        agrees(APR_ARRAY_IDX(sum->findings, i, tlsrpt_sum_finding_t).detail);
    }
}

/* A list says the same as the page, of what it says. */
static inline void same_in_a_list(const tlsrpt_summary_t *sum, tlsrpt_ask_t ask)
{
    tlsrpt_summary_t *brief;

    ask.brief = 1;
    unit_same("brief", tlsrpt_summary_make(p, store, DOMAIN, &ask, &brief),
              NULL);
    assert_int_equal(brief->level, sum->level);
    assert_int_equal(brief->verdict, sum->verdict);
    assert_string_equal(brief->verdict_text, sum->verdict_text);
    assert_string_equal(brief->mode, sum->mode);
    assert_int_equal(brief->to, sum->to);
    assert_int_equal(brief->verified, sum->verified);
    assert_int_equal(brief->sessions, sum->sessions);
    assert_int_equal(brief->failed, sum->failed);
    assert_int_equal(brief->refused, sum->refused);
    assert_int_equal(brief->no_policy, sum->no_policy);
    assert_int_equal(brief->reporters_all, sum->reporters_all);
    assert_int_equal(brief->uncounted, sum->uncounted);
    assert_int_equal(brief->causes->nelts, sum->causes->nelts);
    assert_memory_equal(&brief->evidence, &sum->evidence,
                        sizeof(sum->evidence));
    assert_int_equal(brief->beside.sessions, sum->beside.sessions);
    assert_int_equal(brief->beside.causes->nelts, sum->beside.causes->nelts);
}

static inline tlsrpt_summary_t *summary_of(int days, tlsrpt_served_f *with)
{
    tlsrpt_ask_t ask = {0, TODAY, TODAY, NULL, &body, 0};
    tlsrpt_summary_t *sum = NULL;

    ask.from = tlsrpt_day_add(TODAY, 1 - days);
    ask.served = with;
    unit_same("tlsrpt_summary_make",
              tlsrpt_summary_make(p, store, DOMAIN, &ask, &sum), NULL);
    assert_non_null(sum);
    same_in_a_list(sum, ask);
    texts_agree(sum);
    return sum;
}

static inline tlsrpt_summary_t *summary(void)
{
    return summary_of(30, served);
}

static inline int has_finding(const tlsrpt_summary_t *sum, int finding)
{
    int i;

    for (i = 0; i < sum->findings->nelts; i++) {
        if ((int)APR_ARRAY_IDX(sum->findings, i, tlsrpt_sum_finding_t)
                .finding == finding) {
            return 1;
        }
    }
    return 0;
}

/* Exactly these findings, as a set. */
static inline void has_findings(const tlsrpt_summary_t *sum, unsigned wanted)
{
    int f;

    for (f = 0; f < TLSRPT_FINDING_COUNT; f++) {
        int has = has_finding(sum, f);

        if (has != (int)(wanted >> f & 1)) {
            fail_msg("finding %s: %s",
                     tlsrpt_finding_advice((tlsrpt_finding_e)f)->name,
                     has ? "there, and should not" : "missing");
        }
    }
}

/* Exactly these needs are not met. */
static inline void lacks(const tlsrpt_summary_t *sum, unsigned wanted)
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

static inline const tlsrpt_sum_mx_t *mx(const tlsrpt_summary_t *sum,
                                        const char *name)
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

/* ---- the run ------------------------------------------------------------- */

/** To be called first in main(): the drivers live as long as the process. */
static inline void summary_begin(void)
{
    apr_pool_t *forever;

    apr_initialize();
    apr_pool_create(&forever, NULL);
    apr_dbd_init(forever);
}

#endif
