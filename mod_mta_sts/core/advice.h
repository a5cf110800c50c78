/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a result type, a reason code or a finding means, and the one thing to
 * do about it. All texts are ours, in whole sentences, printable ASCII.
 */
#ifndef MTA_STS_CORE_ADVICE_H
#define MTA_STS_CORE_ADVICE_H

#include "core/tlsrpt.h"

typedef struct {
    const char *name;      /* "certificate-expired" */
    const char *meaning;   /* one sentence in plain words */
    const char *action;    /* the one thing to do, one or two sentences */
    const char *check;     /* a command line with MX or DOMAIN in it; or NULL */
    const char *long_text; /* for --explain: a few paragraphs, "\n\n" between */
} tlsrpt_advice_t;

/** Of a result type. Never NULL; static. */
const tlsrpt_advice_t *tlsrpt_advice(tlsrpt_result_e result);

/**
 * Findings: not in the RFC, but seen by comparing reports with what is served
 * and known.
 */
typedef enum {
    TLSRPT_POLICY_NOT_SEEN = 0,  /* no-policy-found where a policy is served */
    TLSRPT_POLICY_STALE,         /* the reporter saw another policy */
    TLSRPT_MX_NOT_COVERED,       /* an MX that no pattern matches */
    TLSRPT_MX_UNSEEN,            /* an MX of the policy in no report */
    TLSRPT_UNEXPLAINED_FAILURES, /* failed, and no details */
    TLSRPT_DETAILS_DISAGREE,     /* details and summary differ */
    TLSRPT_TESTING_CLEAN,        /* ready for enforce */
    TLSRPT_REPORTER_SILENT,      /* a regular reporter stopped */
    TLSRPT_UNVERIFIED_ONLY,      /* evidence of nobody known */
    TLSRPT_FINDING_COUNT
} tlsrpt_finding_e;

/** Of a finding. Never NULL; static. */
const tlsrpt_advice_t *tlsrpt_finding_advice(tlsrpt_finding_e finding);

/**
 * What a failure-reason-code adds, found by what it contains, in any case.
 *
 * @param reason  any octets, NUL-terminated
 * @return        a sentence and what to do, static; NULL if it is none we know
 */
const char *tlsrpt_reason_advice(const char *reason);

/**
 * By the name of a result type or of a finding, in any case; "other" is that of
 * all result types that RFC 8460 does not have.
 *
 * @return  NULL if there is none
 */
const tlsrpt_advice_t *tlsrpt_advice_by_name(const char *name);

/** Is it of a finding, and of no result type? */
int tlsrpt_advice_is_finding(const tlsrpt_advice_t *advice);

/** The i-th name that tlsrpt_advice_by_name() knows, from 0; NULL at the end.
 */
const char *tlsrpt_advice_name(int i);

/**
 * A text of advice with the name of the policy domain in it, where it has the
 * word DOMAIN.
 *
 * @param domain  as reported; what is no name stays out of it
 */
const char *tlsrpt_advice_about(apr_pool_t *p, const char *text,
                                const char *domain);

/**
 * A command line to check a failure with, safe to paste: it is built only from
 * names in normal form.
 *
 * @param mx, domain  as reported, "" for absent
 * @return            NULL if there is none, or a name is none
 */
const char *tlsrpt_advice_command(apr_pool_t *p, const tlsrpt_advice_t *advice,
                                  const char *mx, const char *domain);

#endif
