/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The findings: what a report does not say, but implies.
 */
#include <string.h>

#include "cli/report.h"
#include "core/name.h"
#include "core/summary.h"

/* The most findings of a kind. */
#define FINDINGS_MAX 10

static void find(judgement_t *judgement, tlsrpt_finding_e finding,
                 const char *what)
{
    const tlsrpt_advice_t *advice = tlsrpt_finding_advice(finding);
    judged_finding_t *found;
    int i, of_kind = 0;

    for (i = 0; i < judgement->findings->nelts; i++) {
        found = &APR_ARRAY_IDX(judgement->findings, i, judged_finding_t);
        if (found->advice != advice) {
            continue;
        }
        if (strcmp(found->what, what) == 0 || ++of_kind >= FINDINGS_MAX) {
            return;
        }
    }
    found = apr_array_push(judgement->findings);
    found->advice = advice;
    found->what = what;
}

static int is_covered(const tlsrpt_policy_t *policy, const char *mx)
{
    int i;

    for (i = 0; i < policy->mx->nelts; i++) {
        if (mta_sts_mx_matches(APR_ARRAY_IDX(policy->mx, i, const char *),
                               mx)) {
            return 1;
        }
    }
    return 0;
}

void judge_find(apr_pool_t *p, judgement_t *judgement,
                const tlsrpt_policy_t *policy)
{
    apr_int64_t details = 0;
    const char *name;
    int i;

    for (i = 0; i < policy->failures->nelts; i++) {
        const tlsrpt_failure_t *failure =
            &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t);

        details += failure->count;
        if (details > TLSRPT_COUNT_MAX) {
            details = TLSRPT_COUNT_MAX;
        }
        if (policy->type == TLSRPT_POLICY_STS && policy->mx->nelts > 0 &&
            !mta_sts_name_parse(p, failure->mx, &name) &&
            !is_covered(policy, name)) {
            find(judgement, TLSRPT_MX_NOT_COVERED, name);
        }
    }
    if (policy->failed > 0 && policy->failures->nelts == 0) {
        find(judgement, TLSRPT_UNEXPLAINED_FAILURES, policy->domain);
    }
    else if (details < policy->failed ||
             details > TLSRPT_DETAILS_FACTOR * policy->failed) {
        find(judgement, TLSRPT_DETAILS_DISAGREE, policy->domain);
    }
}
