/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The digests of a report. Both are frozen: with another form every report
 * that is stored would be a new one when it comes again.
 *
 * The content is a list of texts, each with a NUL behind it; numbers are in
 * decimal digits, and a list has the number of its entries in front. No text
 * has a NUL in it, so that each list can be read in one way only.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_random.h>
#include <apr_strings.h>

#include "core/digest.h"

/* Octets of a SHA-256. */
#define SHA256_SIZE 32

typedef struct {
    apr_pool_t *p;
    apr_crypto_hash_t *hash;
} digest_t;

static digest_t digest_make(apr_pool_t *p)
{
    digest_t digest = {p, apr_crypto_sha256_new(p)};

    digest.hash->init(digest.hash);
    return digest;
}

/* The first octets of the digest as hexadecimal digits. */
static const char *digest_end(digest_t *digest, apr_size_t octets)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char result[SHA256_SIZE];
    char *text = apr_palloc(digest->p, 2 * octets + 1);
    apr_size_t i;

    digest->hash->finish(digest->hash, result);
    for (i = 0; i < octets; i++) {
        text[2 * i] = digits[result[i] >> 4];
        text[2 * i + 1] = digits[result[i] & 15];
    }
    text[2 * octets] = '\0';
    return text;
}

/* A text with the NUL behind it. */
static void add_text(digest_t *digest, const char *text)
{
    digest->hash->add(digest->hash, text, strlen(text) + 1);
}

static void add_number(digest_t *digest, apr_int64_t number)
{
    char text[24];

    apr_snprintf(text, sizeof(text), "%" APR_INT64_T_FMT, number);
    add_text(digest, text);
}

static void add_texts(digest_t *digest, const apr_array_header_t *list)
{
    int i;

    add_number(digest, list->nelts);
    for (i = 0; i < list->nelts; i++) {
        add_text(digest, APR_ARRAY_IDX(list, i, const char *));
    }
}

static void add_failure(digest_t *digest, const tlsrpt_failure_t *failure)
{
    add_text(digest, tlsrpt_word_form(digest->p, failure->result_type));
    add_number(digest, failure->count);
    add_text(digest, failure->mx);
    add_text(digest, failure->helo);
    add_text(digest, tlsrpt_address_form(digest->p, failure->receiving_ip));
    add_text(digest, tlsrpt_address_form(digest->p, failure->sending_ip));
    add_text(digest, failure->reason);
    add_text(digest, failure->info);
}

static void add_policy(digest_t *digest, const tlsrpt_policy_t *policy)
{
    int i;

    add_text(digest, tlsrpt_word_form(digest->p, policy->type_text));
    add_text(digest, policy->domain);
    add_texts(digest, policy->lines);
    add_texts(digest, policy->mx);
    add_number(digest, policy->successful);
    add_number(digest, policy->failed);
    add_number(digest, policy->failures->nelts);
    for (i = 0; i < policy->failures->nelts; i++) {
        add_failure(digest,
                    &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t));
    }
}

static const char *content(apr_pool_t *p, const tlsrpt_report_t *report)
{
    digest_t digest = digest_make(p);
    int i;

    add_text(&digest, report->submitter);
    add_text(&digest, report->organization);
    add_text(&digest, report->contact);
    add_text(&digest, report->report_id);
    add_number(&digest, report->start);
    add_number(&digest, report->end);
    add_number(&digest, report->policies->nelts);
    for (i = 0; i < report->policies->nelts; i++) {
        add_policy(&digest,
                   &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t));
    }
    return digest_end(&digest, SHA256_SIZE);
}

static const char *key(apr_pool_t *p, const tlsrpt_report_t *report)
{
    digest_t digest = digest_make(p);

    add_text(&digest, report->submitter);
    add_text(&digest, report->report_id);
    add_number(&digest, report->start);
    add_number(&digest, report->end);
    digest.hash->add(digest.hash, report->domains, strlen(report->domains));
    return digest_end(&digest, SHA256_SIZE / 2);
}

static int by_octets(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A text that is no name may have a comma in it: it is not to look like two. */
static const char *one_domain(apr_pool_t *p, const char *domain)
{
    char *text, *comma;

    if (!strchr(domain, ',')) {
        return domain;
    }
    text = apr_pstrdup(p, domain);
    while ((comma = strchr(text, ',')) != NULL) {
        *comma = '?';
    }
    return text;
}

/* The policy domains, sorted, each once. */
static const char *domains(apr_pool_t *p, const tlsrpt_report_t *report)
{
    int count = report->policies->nelts, i;
    apr_array_header_t *all = apr_array_make(p, count, sizeof(const char *));
    apr_array_header_t *once = apr_array_make(p, count, sizeof(const char *));
    const char *last = NULL;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(all, const char *) = one_domain(
            p, APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t).domain);
    }
    qsort(all->elts, (size_t)count, sizeof(const char *), by_octets);
    for (i = 0; i < count; i++) {
        const char *domain = APR_ARRAY_IDX(all, i, const char *);

        if (!last || strcmp(domain, last) != 0) {
            APR_ARRAY_PUSH(once, const char *) = domain;
        }
        last = domain;
    }
    return apr_array_pstrcat(p, once, ',');
}

void tlsrpt_digest(apr_pool_t *p, tlsrpt_report_t *report)
{
    report->domains = domains(p, report);
    report->key = key(p, report);
    report->content = content(p, report);
}
