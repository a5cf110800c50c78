/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * `mta-sts report`: what is made of a report, and the three forms in which it
 * is shown. Each form is a renderer; all show the same judgement.
 */
#ifndef MTA_STS_CLI_REPORT_H
#define MTA_STS_CLI_REPORT_H

#include <stdio.h>

#include "cli/source.h"
#include "core/advice.h"

/** How bad it is. */
typedef enum {
    VERDICT_OK = 0,
    VERDICT_NOTICE,  /* nothing failed, but there is something to know */
    VERDICT_WARNING, /* something failed */
    VERDICT_ERROR    /* mail is held up by it */
} verdict_e;

/** Failures of one cause at one MX, together. */
typedef struct {
    const tlsrpt_policy_t *policy;
    const tlsrpt_failure_t *failure; /* the first of them: type, MX, reason */
    apr_int64_t count;
    const char *receiving_ip;          /* if all have the same one, else "" */
    apr_array_header_t *receiving_ips; /* of const char *, each once */
    apr_array_header_t *sending_ips;   /* the same */
    const char *where; /* the MX, or for what concerns the policy the policy
                        * host; "" if neither is known. The stranger's text. */
} fault_t;

/** What a finding is about. */
typedef struct {
    const tlsrpt_advice_t *advice;
    const char *what; /* an MX, a domain; the stranger's text */
} judged_finding_t;

typedef struct {
    verdict_e verdict;
    const char *text; /* one sentence, printable ASCII */
    /** Sessions: sts and tlsa policies of a domain tell of the same ones, so
     * the larger number counts; those without a policy are added. */
    apr_int64_t successful, failed;
    int has_failures;             /* failed sessions, or details of some */
    apr_array_header_t *faults;   /* of fault_t, the most sessions first */
    apr_array_header_t *findings; /* of judged_finding_t */
} judgement_t;

/** Judge a report by itself, without what this server knows. */
const judgement_t *judge(apr_pool_t *p, const tlsrpt_report_t *report);

/** Add the findings of a policy to judgement->findings. */
void judge_find(apr_pool_t *p, judgement_t *judgement,
                const tlsrpt_policy_t *policy);

/** "ok", "notice", "warning", "error". Static. */
const char *verdict_name(verdict_e verdict);

/**
 * How many of the failed sessions does mode enforce, or DANE, refuse? Not those
 * that failed at the policy host: a sender that gets no policy from it goes on
 * with the one in its cache, or as if there were none (RFC 8461, 3.3 and 5.1).
 */
apr_int64_t judge_refused(const tlsrpt_policy_t *policy);

/** The advice on a failure: what its reason code adds, else its type's action.
 */
const char *failure_action(apr_pool_t *p, const tlsrpt_policy_t *policy,
                           const tlsrpt_failure_t *failure);

/** What is to be shown, and how. */
typedef struct {
    FILE *out;
    int verbose;
    int colour;
    int dkim;    /* the word of a mail server on DKIM counts */
    int reports; /* shown so far */
    apr_int64_t successful, failed; /* of those, together */
} view_t;

/** A form of output. */
typedef struct {
    void (*begin)(view_t *view);
    void (*report)(apr_pool_t *p, view_t *view, const source_report_t *report,
                   const judgement_t *judgement);
    void (*end)(apr_pool_t *p, view_t *view);
} renderer_t;

extern const renderer_t render_text;
extern const renderer_t render_json;
extern const renderer_t render_csv;

/** Print the long text on a result type or a finding; the same as an object. */
void explain_text(FILE *out, const tlsrpt_advice_t *advice);
void explain_json(FILE *out, const tlsrpt_advice_t *advice);

#endif
