/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a report says, whatever the form in which it is shown.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "cli/report.h"
#include "core/name.h"

/* The most addresses listed of a fault. */
#define ADDRESSES_MAX 20

const char *verdict_name(verdict_e verdict)
{
    static const char *const names[] = {"ok", "notice", "warning", "error"};

    return names[verdict];
}

static apr_int64_t larger(apr_int64_t a, apr_int64_t b)
{
    return a > b ? a : b;
}

static apr_int64_t smaller(apr_int64_t a, apr_int64_t b)
{
    return a < b ? a : b;
}

/* Counts are at most 2^53 each: so bounded, their sums do not overflow. */
static apr_int64_t sum(apr_int64_t a, apr_int64_t b)
{
    return a + b > TLSRPT_COUNT_MAX ? TLSRPT_COUNT_MAX : a + b;
}

/* ---- faults -------------------------------------------------------------- */

static const char *where(apr_pool_t *p, const tlsrpt_policy_t *policy,
                         const tlsrpt_failure_t *failure)
{
    if (tlsrpt_result_is_of_host(failure->result) &&
        policy->domain[0] != '\0') {
        return apr_pstrcat(p, MTA_STS_HOST_PREFIX, policy->domain, NULL);
    }
    return failure->mx;
}

/* To the addresses of a fault, as it was sent; but once, however it is written.
 * seen: what is in which list */
static void add_address(apr_pool_t *p, apr_hash_t *seen,
                        apr_array_header_t *list, const char *address)
{
    const char *key;

    if (address[0] == '\0' || list->nelts >= ADDRESSES_MAX) {
        return;
    }
    key = apr_psprintf(p, "%pp %s", (void *)list,
                       tlsrpt_address_form(p, address));
    if (!apr_hash_get(seen, key, APR_HASH_KEY_STRING)) {
        apr_hash_set(seen, key, APR_HASH_KEY_STRING, list);
        APR_ARRAY_PUSH(list, const char *) = address;
    }
}

static int most_first(const void *a, const void *b)
{
    const fault_t *one = a, *other = b;
    int order;

    if (one->count != other->count) {
        return one->count > other->count ? -1 : 1;
    }
    order = strcmp(one->where, other->where);
    return order
               ? order
               : strcmp(one->failure->result_type, other->failure->result_type);
}

static void add_faults(apr_pool_t *p, const tlsrpt_policy_t *policy,
                       apr_array_header_t *faults)
{
    apr_hash_t *seen = apr_hash_make(p), *addresses = apr_hash_make(p);
    int i;

    for (i = 0; i < policy->failures->nelts; i++) {
        const tlsrpt_failure_t *failure =
            &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t);
        const char *key =
            apr_pstrcat(p, failure->mx, "\n", failure->result_type, "\n",
                        failure->reason, NULL);
        const int *at = apr_hash_get(seen, key, APR_HASH_KEY_STRING);
        fault_t *fault;

        if (at) {
            fault = &APR_ARRAY_IDX(faults, *at, fault_t);
        }
        else {
            apr_hash_set(seen, key, APR_HASH_KEY_STRING,
                         apr_pmemdup(p, &faults->nelts, sizeof(int)));
            fault = apr_array_push(faults);
            memset(fault, 0, sizeof(*fault));
            fault->policy = policy;
            fault->failure = failure;
            fault->where = where(p, policy, failure);
            fault->receiving_ips = apr_array_make(p, 1, sizeof(const char *));
            fault->sending_ips = apr_array_make(p, 1, sizeof(const char *));
        }
        fault->count = sum(fault->count, failure->count);
        add_address(p, addresses, fault->receiving_ips, failure->receiving_ip);
        add_address(p, addresses, fault->sending_ips, failure->sending_ip);
    }
}

static apr_array_header_t *faults_of(apr_pool_t *p,
                                     const tlsrpt_report_t *report)
{
    apr_array_header_t *faults = apr_array_make(p, 8, sizeof(fault_t));
    int i;

    for (i = 0; i < report->policies->nelts; i++) {
        add_faults(p, &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t),
                   faults);
    }
    for (i = 0; i < faults->nelts; i++) {
        fault_t *fault = &APR_ARRAY_IDX(faults, i, fault_t);

        fault->receiving_ip =
            fault->receiving_ips->nelts == 1
                ? APR_ARRAY_IDX(fault->receiving_ips, 0, const char *)
                : "";
    }
    qsort(faults->elts, (size_t)faults->nelts, sizeof(fault_t), most_first);
    return faults;
}

const char *failure_action(apr_pool_t *p, const tlsrpt_policy_t *policy,
                           const tlsrpt_failure_t *failure)
{
    const char *reason = failure->reason[0] != '\0'
                             ? tlsrpt_reason_advice(failure->reason)
                             : NULL;

    return tlsrpt_advice_about(
        p, reason ? reason : tlsrpt_advice(failure->result)->action,
        policy->domain);
}

/* ---- sessions and verdict ------------------------------------------------ */

typedef struct {
    apr_int64_t good[4], bad[4]; /* by tlsrpt_policy_type_e */
} sessions_t;

/* The counting rule, per domain; then the domains are added. */
static void count(judgement_t *judgement, apr_pool_t *p,
                  const tlsrpt_report_t *report)
{
    apr_hash_t *domains = apr_hash_make(p);
    apr_hash_index_t *at;
    int i;

    for (i = 0; i < report->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t);
        sessions_t *of =
            apr_hash_get(domains, policy->domain, APR_HASH_KEY_STRING);

        if (!of) {
            of = apr_pcalloc(p, sizeof(*of));
            apr_hash_set(domains, policy->domain, APR_HASH_KEY_STRING, of);
        }
        of->good[policy->type] =
            sum(of->good[policy->type], policy->successful);
        of->bad[policy->type] = sum(of->bad[policy->type], policy->failed);
        judgement->has_failures |=
            policy->failed > 0 || policy->failures->nelts > 0;
    }
    for (at = apr_hash_first(p, domains); at; at = apr_hash_next(at)) {
        const sessions_t *of = apr_hash_this_val(at);
        const apr_int64_t bad =
            larger(of->bad[TLSRPT_POLICY_STS], of->bad[TLSRPT_POLICY_TLSA]);
        /* not cut: what failed is taken from it */
        const apr_int64_t all =
            larger(of->good[TLSRPT_POLICY_STS] + of->bad[TLSRPT_POLICY_STS],
                   of->good[TLSRPT_POLICY_TLSA] + of->bad[TLSRPT_POLICY_TLSA]);
        const int none = TLSRPT_POLICY_NONE, other = TLSRPT_POLICY_OTHER;

        judgement->successful =
            sum(judgement->successful,
                sum(all - bad, sum(of->good[none], of->good[other])));
        judgement->failed = sum(judgement->failed,
                                sum(bad, sum(of->bad[none], of->bad[other])));
    }
}

apr_int64_t judge_refused(const tlsrpt_policy_t *policy)
{
    apr_int64_t of_policy = 0, of_mx = 0;
    int i;

    for (i = 0; i < policy->failures->nelts; i++) {
        const tlsrpt_failure_t *failure =
            &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t);
        apr_int64_t *to =
            tlsrpt_result_is_of_host(failure->result) ? &of_policy : &of_mx;

        *to = sum(*to, failure->count);
    }
    /* a session may be listed under both, or under neither */
    return larger(policy->failed - smaller(policy->failed, of_policy),
                  smaller(policy->failed, of_mx));
}

/* Did failures under this policy stop mail, for a hundredth of it or more? */
static int holds_mail_up(const tlsrpt_policy_t *policy)
{
    const apr_int64_t refused = judge_refused(policy);
    int i;

    for (i = 0; i < policy->failures->nelts; i++) {
        if (APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t).result ==
            TLSRPT_DNSSEC_INVALID) {
            return 1;
        }
    }
    return refused > 0 &&
           (policy->type == TLSRPT_POLICY_TLSA ||
            strcmp(policy->mode, "enforce") == 0) &&
           refused >= (policy->successful + policy->failed + 99) / 100;
}

/* How many MX have a fault? */
static int faulty_mx(apr_pool_t *p, const judgement_t *judgement)
{
    apr_hash_t *seen = apr_hash_make(p);
    int i;

    for (i = 0; i < judgement->faults->nelts; i++) {
        const fault_t *fault = &APR_ARRAY_IDX(judgement->faults, i, fault_t);

        if (fault->where == fault->failure->mx && fault->where[0] != '\0') {
            apr_hash_set(seen, fault->failure->mx, APR_HASH_KEY_STRING, fault);
        }
    }
    return (int)apr_hash_count(seen);
}

/* The types of its policies, a bit each. */
static int types_of(const tlsrpt_report_t *report)
{
    int i, types = 0;

    for (i = 0; i < report->policies->nelts; i++) {
        types |= 1 << APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t).type;
    }
    return types;
}

/* Good sessions that met no policy, because the reporter found none, or one of
 * a type that nobody knows. */
static apr_int64_t without_policy(const tlsrpt_report_t *report)
{
    apr_int64_t sessions = 0;
    int i;

    for (i = 0; i < report->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t);

        if (policy->type == TLSRPT_POLICY_NONE ||
            policy->type == TLSRPT_POLICY_OTHER) {
            sessions = sum(sessions, policy->successful);
        }
    }
    return sessions;
}

static const char *verdict_text(apr_pool_t *p, const judgement_t *judgement,
                                const tlsrpt_report_t *report)
{
    const int types = types_of(report);
    const apr_int64_t without = without_policy(report);
    int i, testing = 0;

    for (i = 0; i < report->policies->nelts; i++) {
        testing |=
            strcmp(APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t).mode,
                   "testing") == 0;
    }
    if (judgement->has_failures) {
        const int mx = faulty_mx(p, judgement);
        const char *of = mx == 0 ? "see the causes above"
                                 : apr_psprintf(p, "%d MX %s a fault", mx,
                                                mx == 1 ? "has" : "have");

        if (judgement->verdict == VERDICT_ERROR) {
            return apr_pstrcat(p, "mail to you is held up: ", of, ".", NULL);
        }
        return apr_pstrcat(p,
                           testing ? "not ready for \"mode: enforce\": "
                                   : "there are failures to look into: ",
                           of, ".", NULL);
    }
    if (report->policies->nelts == 0) {
        return "the report holds no policy: it says nothing.";
    }
    if (judgement->successful == 0) {
        return "there were no sessions.";
    }
    if (types == 1 << TLSRPT_POLICY_NONE) {
        return "no session failed, but the reporter found no policy, neither "
               "MTA-STS nor DANE.";
    }
    if (without > 0) {
        return apr_psprintf(p,
                            "no session failed, but %" APR_INT64_T_FMT
                            " of %" APR_INT64_T_FMT
                            " met no policy that is known: neither MTA-STS nor "
                            "DANE.",
                            without, judgement->successful);
    }
    if (types == 1 << TLSRPT_POLICY_STS) {
        return "every session met your MTA-STS policy.";
    }
    if (types == 1 << TLSRPT_POLICY_TLSA) {
        return "every session met your DANE policy.";
    }
    return "every session met your policy.";
}

const judgement_t *judge(apr_pool_t *p, const tlsrpt_report_t *report)
{
    judgement_t *judgement = apr_pcalloc(p, sizeof(*judgement));
    int i;

    judgement->faults = faults_of(p, report);
    judgement->findings = apr_array_make(p, 2, sizeof(judged_finding_t));
    count(judgement, p, report);
    for (i = 0; i < report->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t);

        judge_find(p, judgement, policy);
        if (holds_mail_up(policy)) {
            judgement->verdict = VERDICT_ERROR;
        }
    }
    if (judgement->has_failures && judgement->verdict < VERDICT_WARNING) {
        judgement->verdict = VERDICT_WARNING;
    }
    if (judgement->verdict == VERDICT_OK &&
        (judgement->findings->nelts > 0 || without_policy(report) > 0 ||
         report->policies->nelts == 0)) {
        judgement->verdict = VERDICT_NOTICE;
    }
    judgement->text = verdict_text(p, judgement, report);
    return judgement;
}
