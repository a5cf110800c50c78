/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is odd about a policy by itself.
 */
#include "httpd/check_policy.h"

#include <apr_strings.h>

#include "core/name.h"
#include "httpd/message.h"

#define DAY  86400
#define WEEK 604800

/* One policy under check. */
typedef struct {
    apr_pool_t *p;
    const apr_array_header_t *vhosts;
    apr_array_header_t *warnings;
    const server_rec *s;
    const mta_sts_compiled_t *c;
    const char *domain; /* the first that has it; NULL for a regex */
} subject_t;

static void warn(const subject_t *subject, const char *tag, const char *what)
{
    mta_sts_finding_add(subject->p, subject->warnings, tag, subject->s,
                        subject->c->section, subject->domain, what);
}

static void check_max_age(const subject_t *subject)
{
    const mta_sts_policy_t *policy = &subject->c->policy;
    const char *tag, *why;

    if (policy->max_age < DAY) {
        tag = W_MAX_AGE_SHORT;
        why =
            "less than a day (86400): a sender forgets the policy between two "
            "messages, and several checkers call it an error";
    }
    else if (policy->max_age == MTA_STS_MAX_AGE_MAX) {
        tag = W_MAX_AGE_YEAR;
        why = "the largest value allowed, and Stalwart keeps such a policy "
              "for one day only; write 31557599 or less";
    }
    else if (policy->mode == MTA_STS_MODE_NONE && policy->max_age > WEEK) {
        tag = W_MAX_AGE_NONE;
        why = "more than a week in mode none, which only makes the way out "
              "longer; leave " D_MAX_AGE " out (86401)";
    }
    else if (policy->mode == MTA_STS_MODE_ENFORCE && policy->max_age < WEEK) {
        tag = W_MAX_AGE_ENFORCE;
        why = "less than a week (604800) in mode enforce, which protects "
              "little; leave " D_MAX_AGE " out (4 weeks)";
    }
    else {
        return;
    }
    warn(subject, tag,
         apr_psprintf(subject->p, D_MAX_AGE " %u is %s", policy->max_age, why));
}

static void check_patterns(const subject_t *subject)
{
    const apr_array_header_t *mx = subject->c->policy.mx;
    int i;

    for (i = 0; i < mx->nelts; i++) {
        const char *pattern = APR_ARRAY_IDX(mx, i, const char *);

        if (pattern[0] == '*' && !ap_strchr_c(pattern + 2, '.')) {
            warn(subject, W_WILDCARD_TLD,
                 apr_pstrcat(subject->p, D_MX " ", pattern,
                             " stands for every domain directly under a "
                             "top-level domain; write the host names of the "
                             "MX records",
                             NULL));
        }
    }
}

/* Is this an https URI on a policy host of this server? */
static int is_own_policy_host(const subject_t *subject, const char *uri)
{
    const apr_size_t prefix = sizeof(MTA_STS_HOST_PREFIX) - 1;
    const char *host = uri + sizeof("https://") - 1;
    char *copy;

    if (strncmp(uri, "https://", sizeof("https://") - 1)) {
        return 0;
    }
    copy = apr_pstrmemdup(subject->p, host, strcspn(host, ":/?#"));
    ap_str_tolower(copy);
    return !strncmp(copy, MTA_STS_HOST_PREFIX, prefix) &&
           mta_sts_catalog_knows(subject->vhosts, copy + prefix);
}

static void check_reports(const subject_t *subject)
{
    const apr_array_header_t *rua = subject->c->rua;
    int i;

    if (subject->c->policy.mode == MTA_STS_MODE_NONE || (rua && !rua->nelts)) {
        return;
    }
    if (!rua) {
        warn(subject, W_NO_REPORTS,
             subject->c->policy.mode == MTA_STS_MODE_TESTING
                 ? "mode testing without " D_REPORT_TO
                   ": reports are all that testing does; write an address, "
                   "or " D_REPORT_TO " none"
                 : "mode enforce without " D_REPORT_TO
                   ": nobody hears of mail that is not delivered; write an "
                   "address, or " D_REPORT_TO " none");
        return;
    }
    for (i = 0; i < rua->nelts; i++) {
        if (!is_own_policy_host(subject, APR_ARRAY_IDX(rua, i, const char *))) {
            return;
        }
    }
    warn(subject, W_REPORTS_HERE,
         D_REPORT_TO " has only https addresses on policy hosts of this "
                     "server: if the host is broken, the report about it is "
                     "lost; add a mailto address");
}

/* Check a policy unless it was seen before. */
static void check_once(const subject_t *subject, apr_hash_t *seen)
{
    const mta_sts_compiled_t **key =
        apr_pmemdup(subject->p, &subject->c, sizeof(subject->c));

    if (!subject->c || apr_hash_get(seen, key, sizeof(*key))) {
        return;
    }
    apr_hash_set(seen, key, sizeof(*key), subject->c);
    check_max_age(subject);
    check_patterns(subject);
    check_reports(subject);
}

void mta_sts_check_policies(apr_pool_t *p, const apr_array_header_t *vhosts,
                            const apr_array_header_t *served,
                            apr_array_header_t *warnings)
{
    subject_t subject = {p, vhosts, warnings, NULL, NULL, NULL};
    apr_hash_t *seen = apr_hash_make(p); /* by address of the policy */
    int i, j;

    for (i = 0; i < served->nelts; i++) {
        const mta_sts_served_t *one =
            &APR_ARRAY_IDX(served, i, mta_sts_served_t);

        subject.s = one->s;
        subject.c = one->entry->compiled;
        subject.domain = one->domain;
        check_once(&subject, seen);
    }
    subject.domain = NULL;
    for (i = 0; i < vhosts->nelts; i++) {
        apr_array_header_t *matches;

        subject.s = APR_ARRAY_IDX(vhosts, i, const server_rec *);
        matches = mta_sts_catalog_matches(p, subject.s);
        for (j = 0; j < matches->nelts; j++) {
            subject.c =
                APR_ARRAY_IDX(matches, j, const mta_sts_section_t *)->compiled;
            check_once(&subject, seen);
        }
    }
}
