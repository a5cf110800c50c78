/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The verdict: is a domain ready for enforce, and if not, what is missing?
 * Reports from just anybody decide nothing, neither for nor against.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/day.h"
#include "core/put.h"
#include "core/summary_parts.h"

#define N "%" APR_INT64_T_FMT

static const char *s(apr_int64_t n)
{
    return n == 1 ? "" : "s";
}

static void need(tlsrpt_summary_t *sum, tlsrpt_need_e which, apr_int64_t have,
                 apr_int64_t least, int met, const char *text)
{
    tlsrpt_sum_need_t *one = &sum->needs[which];

    one->asked = 1;
    one->have = have;
    one->need = least;
    one->met = met;
    one->text = text;
    sum->missing += !met;
}

/* How many patterns there are to see, and how many were. */
static void count_patterns(const tlsrpt_summary_t *sum, int verified, int *seen,
                           int *all)
{
    int i;

    *seen = *all = 0;
    for (i = 0; i < sum->mx->nelts && sum->patterns && i < sum->patterns->nelts;
         i++) {
        /* the patterns come first in sum->mx */
        const tlsrpt_sum_mx_t *one =
            &APR_ARRAY_IDX(sum->mx, i, tlsrpt_sum_mx_t);

        *seen += verified ? one->verified : one->seen;
        (*all)++;
    }
}

static void need_days(apr_pool_t *p, tlsrpt_summary_t *sum,
                      const tlsrpt_sum_evidence_t *e)
{
    const char *text;

    if (e->days == 0) {
        text = apr_psprintf(p, "No clean day yet; %d are asked for.",
                            TLSRPT_READY_DAYS);
    }
    else if (e->days >= TLSRPT_READY_DAYS) {
        text = apr_psprintf(p, "%d clean days, from %s to %s.", e->days,
                            tlsrpt_day_text(p, e->from),
                            tlsrpt_day_text(p, e->to));
    }
    else {
        int more = TLSRPT_READY_DAYS - e->days;

        text =
            apr_psprintf(p, "%d clean day%s since %s; %d more to go.", e->days,
                         s(e->days), tlsrpt_day_text(p, e->from), more);
    }
    need(sum, TLSRPT_NEED_DAYS, e->days, TLSRPT_READY_DAYS,
         e->days >= TLSRPT_READY_DAYS, text);
}

static void need_failures(apr_pool_t *p, tlsrpt_summary_t *sum,
                          const tlsrpt_sum_evidence_t *e)
{
    const char *text;

    if (e->failed == 0) {
        text = apr_psprintf(p,
                            "No verified report of the last %d days has a "
                            "failed session.",
                            TLSRPT_READY_DAYS);
    }
    else {
        text = apr_psprintf(p,
                            N " session%s failed in the last %d days, the last "
                              "on %s. Clean days count from then.",
                            e->failed, s(e->failed), TLSRPT_READY_DAYS,
                            tlsrpt_day_text(p, e->last_failed));
    }
    need(sum, TLSRPT_NEED_FAILURES, e->failed, 0, e->failed == 0, text);
}

static void need_mx(apr_pool_t *p, tlsrpt_summary_t *sum, int verified)
{
    int seen, all;

    count_patterns(sum, verified, &seen, &all);
    if (all == 0) {
        need(sum, TLSRPT_NEED_MX, 0, 0, 1,
             "Not asked: neither a policy served here nor a verified report "
             "names the mx patterns.");
        sum->needs[TLSRPT_NEED_MX].asked = 0;
        return;
    }
    need(sum, TLSRPT_NEED_MX, seen, all, seen == all,
         apr_psprintf(p, "%d of %s %s named in reports.%s", seen,
                      tlsrpt_many(p, all, "mx pattern", "mx patterns"),
                      seen == 1 ? "is" : "are",
                      sum->is_served ? ""
                                     : " They are those of the policy that a "
                                       "verified reporter saw last; none is "
                                       "known to be served here."));
}

/* The needs, by the evidence; what is met by anybody's reports is not met. */
static void ask_needs(apr_pool_t *p, tlsrpt_summary_t *sum,
                      const tlsrpt_sum_evidence_t *e)
{
    int ago = e->last ? tlsrpt_days_between(e->last, sum->today) : 0;

    sum->missing = 0;
    need_failures(p, sum, e);
    need_days(p, sum, e);
    need(sum, TLSRPT_NEED_REPORTERS, e->reporters, TLSRPT_READY_REPORTERS,
         e->reporters >= TLSRPT_READY_REPORTERS,
         apr_psprintf(p, "%d verified reporter%s in the clean days%s.",
                      e->reporters, s(e->reporters),
                      e->reporters >= TLSRPT_READY_REPORTERS
                          ? ""
                          : "; at least " APR_STRINGIFY(
                                TLSRPT_READY_REPORTERS) " are asked for"));
    need(sum, TLSRPT_NEED_SESSIONS, e->sessions, TLSRPT_READY_SESSIONS,
         e->sessions >= TLSRPT_READY_SESSIONS,
         apr_psprintf(p, N " good session%s in the clean days%s.", e->sessions,
                      s(e->sessions),
                      e->sessions >= TLSRPT_READY_SESSIONS
                          ? ""
                          : "; at least " APR_STRINGIFY(
                                TLSRPT_READY_SESSIONS) " are asked for"));
    need_mx(p, sum, e == &sum->evidence);
    need(sum, TLSRPT_NEED_RECENT, ago, TLSRPT_EVIDENCE_AGE,
         e->last && ago <= TLSRPT_EVIDENCE_AGE,
         e->last ? apr_psprintf(p, "The newest verified report is for %s.",
                                tlsrpt_day_text(p, e->last))
                 : "There is no verified report.");
}

/* What a need lacks, with its numbers. */
static const char *lacks(apr_pool_t *p, const tlsrpt_summary_t *sum,
                         tlsrpt_need_e which)
{
    static const char *const words[] = {"days", "reporters", "sessions"};
    const tlsrpt_sum_need_t *one = &sum->needs[which];

    if (which == TLSRPT_NEED_FAILURES) {
        return apr_pstrcat(p, tlsrpt_many(p, one->have, "session", "sessions"),
                           " failed", NULL);
    }
    if (which == TLSRPT_NEED_RECENT) {
        return sum->evidence.last
                   ? apr_psprintf(p, "newest report " N " days old", one->have)
                   : "no verified report";
    }
    if (which == TLSRPT_NEED_MX) {
        return apr_psprintf(
            p, N " of %s seen", one->have,
            tlsrpt_many(p, one->need, "mx pattern", "mx patterns"));
    }
    return apr_psprintf(p, N " of " N " %s", one->have, one->need,
                        words[which]);
}

/* What stands against it: "4 of 14 days, 1 of 2 reporters". */
static const char *missing(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    const char *text = "";
    int i;

    for (i = 0; i < TLSRPT_NEED_COUNT; i++) {
        if (!sum->needs[i].met) {
            text = apr_pstrcat(p, text, *text ? ", " : "",
                               lacks(p, sum, (tlsrpt_need_e)i), NULL);
        }
    }
    return text;
}

/* Failures of the last days, and the page may show fewer. */
#define LOOK "look at the last " APR_STRINGIFY(TLSRPT_READY_DAYS) " days."

/* Where the causes of what verified reports say are. */
static const char *causes_are(const tlsrpt_summary_t *sum)
{
    if (!sum->verified || sum->failed == 0) {
        return "The causes are not in the days shown: " LOOK;
    }
    return sum->causes->nelts > 0
               ? "Each cause has the one thing to do; the largest comes "
                 "first."
               : "No report of the days shown says why.";
}

/* The same of what nobody verified. */
static const char *others_are(const tlsrpt_summary_t *sum)
{
    apr_int64_t failed = sum->verified ? sum->beside.failed : sum->failed;
    int causes = sum->verified ? sum->beside.causes->nelts : sum->causes->nelts;

    if (failed == 0) {
        return "Reports that nobody verified tell of failures, which are not "
               "in the days shown: " LOOK;
    }
    return causes > 0 ? "Reports that nobody verified tell of failures: look "
                        "at the causes."
                      : "Reports that nobody verified tell of failures; none "
                        "says why.";
}

static void judge_testing(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    ask_needs(p, sum, &sum->anybody);
    if (sum->missing == 0 && sum->evidence.last == 0) {
        sum->verdict_next =
            "By what was reported it would be, but no report is from a sender "
            "that was verified. Let reports come by mail too, where a DKIM "
            "signature says whose they are.";
    }
    ask_needs(p, sum, &sum->evidence);
    if (sum->missing == 0) {
        sum->verdict = TLSRPT_VERDICT_READY;
        sum->verdict_text =
            sum->needs[TLSRPT_NEED_MX].asked
                ? "Ready for enforce."
                : "Ready for enforce, but whether each MX was seen is not "
                  "known here.";
        sum->verdict_next =
            sum->policy_known && !sum->is_served
                ? "The policy is not served here: set its mode to enforce "
                  "where it is, look at it there, then publish the new record."
                : "Write MTASTSMode enforce, reload httpd on every server, "
                  "look at the policy, then publish the new record.";
        return;
    }
    sum->verdict = TLSRPT_VERDICT_NOT_READY;
    sum->verdict_text =
        apr_psprintf(p, "Not ready for enforce: %s.", missing(p, sum));
    if (!sum->verdict_next) {
        sum->verdict_next = sum->needs[TLSRPT_NEED_FAILURES].met
                                ? "Nothing to do but to wait for more reports, "
                                  "unless a finding says more."
                                : causes_are(sum);
    }
}

/* What the failures did to mail under enforce, and where the causes are. */
static const char *effect(apr_pool_t *p, const tlsrpt_summary_t *sum)
{
    const tlsrpt_sum_evidence_t *e = &sum->evidence;
    const char *did;

    if (e->refused == 0) {
        did = "No mail is held up: a sender that gets no policy goes on "
              "with the one in its cache, or as if there were none. But "
              "one that lasts longer than max_age switches MTA-STS off.";
    }
    else if (e->refused < e->failed) {
        did = apr_psprintf(
            p,
            "For " N " of them the sender did not deliver over that MX: mail "
            "waits, then bounces. The other%s got no policy, which holds no "
            "mail up.",
            e->refused, s(e->failed - e->refused));
    }
    else {
        did = e->refused == 1
                  ? "The sender did not deliver over that MX: mail waits, "
                    "then bounces."
                  : "These senders did not deliver over that MX: mail waits, "
                    "then bounces.";
    }
    return apr_pstrcat(p, did, " ", causes_are(sum), NULL);
}

static void judge_enforce(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    const tlsrpt_sum_evidence_t *e = &sum->evidence;

    if (e->failed > 0) {
        sum->verdict = TLSRPT_VERDICT_ENFORCE_FAILS;
        sum->verdict_text = apr_psprintf(
            p, "Enforced, and " N " session%s failed in the last %d days.",
            e->failed, s(e->failed), TLSRPT_READY_DAYS);
        sum->verdict_next = effect(p, sum);
        return;
    }
    if (!e->last ||
        tlsrpt_days_between(e->last, sum->today) > TLSRPT_EVIDENCE_AGE) {
        sum->verdict = TLSRPT_VERDICT_NO_REPORTS;
        sum->verdict_text =
            "Enforced; no verified report of the last days says how it goes.";
        sum->verdict_next =
            sum->anybody.failed
                ? others_are(sum)
                : "Let reports come by mail too, where a DKIM signature says "
                  "whose they are.";
        return;
    }
    sum->verdict = TLSRPT_VERDICT_ENFORCE_CLEAN;
    sum->verdict_text =
        apr_psprintf(p, "Enforced, and no session failed in the last %d days.",
                     TLSRPT_READY_DAYS);
    sum->verdict_next = "Nothing to do.";
}

static tlsrpt_level_e level_of(const tlsrpt_summary_t *sum)
{
    int i;

    for (i = 0; i < sum->causes->nelts; i++) {
        if (APR_ARRAY_IDX(sum->causes, i, tlsrpt_sum_cause_t).result ==
            TLSRPT_DNSSEC_INVALID) {
            return TLSRPT_LEVEL_ERROR;
        }
    }
    if (sum->refused > 0 && sum->refused * 100 >= sum->sessions) {
        return TLSRPT_LEVEL_ERROR;
    }
    if (sum->failed > 0) {
        return TLSRPT_LEVEL_WARNING;
    }
    for (i = 0; i < sum->findings->nelts; i++) {
        if (APR_ARRAY_IDX(sum->findings, i, tlsrpt_sum_finding_t).finding !=
            TLSRPT_TESTING_CLEAN) {
            return TLSRPT_LEVEL_NOTICE;
        }
    }
    return TLSRPT_LEVEL_OK;
}

void tlsrpt_sum_judge(apr_pool_t *p, tlsrpt_summary_t *sum)
{
    sum->level = level_of(sum);
    if (sum->policy_known && !sum->is_served && !*sum->mode) {
        sum->verdict = TLSRPT_VERDICT_NO_POLICY;
        sum->verdict_text = "No policy is served for this domain here, and no "
                            "report names the mode of one.";
        sum->verdict_next = "";
    }
    else if (strcmp(sum->mode, "none") == 0) {
        sum->verdict = TLSRPT_VERDICT_NO_POLICY;
        sum->verdict_text = "The mode is none: senders ignore the policy.";
        sum->verdict_next = "";
    }
    else if (sum->anybody.last == 0) {
        sum->verdict = TLSRPT_VERDICT_NO_REPORTS;
        sum->verdict_text = apr_psprintf(p, "No report in the last %d days.",
                                         TLSRPT_EVIDENCE_DAYS);
        sum->verdict_next =
            "Reports come once a day from each sender that supports TLSRPT. If "
            "there is mail and still no report, look at the record at "
            "_smtp._tls.";
    }
    else if (strcmp(sum->mode, "enforce") == 0) {
        judge_enforce(p, sum);
    }
    else if (strcmp(sum->mode, "testing") == 0) {
        judge_testing(p, sum);
    }
    else {
        sum->verdict = TLSRPT_VERDICT_NO_POLICY;
        sum->verdict_text = "No report names the mode of the MTA-STS policy.";
        sum->verdict_next = "";
    }
    if (sum->verdict == TLSRPT_VERDICT_READY) {
        tlsrpt_sum_finding_t *one = apr_array_push(sum->findings);

        one->finding = TLSRPT_TESTING_CLEAN;
        one->advice = tlsrpt_finding_advice(TLSRPT_TESTING_CLEAN);
        one->detail = sum->needs[TLSRPT_NEED_DAYS].text;
    }
}
