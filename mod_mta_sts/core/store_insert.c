/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The rows of a report, and what of it counts.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>

#include "core/octets.h"
#include "core/store_insert.h"

/* ptype and rtype of tlsrpt_count as numbers. */
#define PTYPES       (TLSRPT_POLICY_NONE + 1)
#define RTYPES       (TLSRPT_RESULT_COUNT + 2)
#define RTYPE_OK     TLSRPT_RESULT_COUNT
#define RTYPE_FAILED (TLSRPT_RESULT_COUNT + 1)

/* ---- values ---- */

const char *store_fit(apr_pool_t *p, const char *text, apr_size_t max)
{
    apr_size_t left = strlen(text), out = 0, len;
    char *copy = apr_palloc(p, (left < max ? left : max) + 1);

    while (left) {
        len = mta_sts_utf8_len(text, left);
        if (out + (len ? len : 1) > max) {
            break;
        }
        if (len) {
            memcpy(copy + out, text, len);
        }
        else {
            copy[out] = '?';
            len = 1;
        }
        out += len;
        text += len;
        left -= len;
    }
    while (out && copy[out - 1] == ' ') {
        out--;
    }
    copy[out] = '\0';
    return copy;
}

const char *store_name(apr_pool_t *p, const char *text)
{
    return store_fit(p, text, TLSRPT_STORE_NAME_MAX);
}

static apr_int64_t bounded(apr_int64_t sessions)
{
    return sessions < 0                     ? 0
           : sessions > TLSRPT_SESSIONS_MAX ? TLSRPT_SESSIONS_MAX
                                            : sessions;
}

const char *store_number(apr_pool_t *p, apr_int64_t n)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT, n);
}

const char *store_join(apr_pool_t *p, const apr_array_header_t *texts,
                       const char *between)
{
    apr_array_header_t *all = apr_array_make(p, 8, sizeof(const char *));
    int i;

    for (i = 0; texts && i < texts->nelts; i++) {
        if (i) {
            APR_ARRAY_PUSH(all, const char *) = between;
        }
        APR_ARRAY_PUSH(all, const char *) =
            APR_ARRAY_IDX(texts, i, const char *);
    }
    return apr_array_pstrcat(p, all, 0);
}

/* ---- the rows of a report ---- */

static const char *insert_report(store_new_t *a)
{
    const tlsrpt_report_t *r = a->report;
    apr_pool_t *p = a->p;
    const char *values[] = {r->key,
                            a->submitter,
                            store_fit(p, r->organization, TLSRPT_NAME_MAX),
                            store_fit(p, r->contact, TLSRPT_NAME_MAX),
                            store_fit(p, r->report_id, TLSRPT_NAME_MAX),
                            store_number(p, r->start),
                            store_number(p, r->end),
                            a->day,
                            store_fit(p, r->domains, strlen(r->domains)),
                            r->content,
                            a->raw,
                            a->raw,
                            tlsrpt_channel_name(a->origin->channel),
                            apr_itoa(p, (int)a->origin->trust),
                            apr_itoa(p, a->state),
                            store_name(p, a->origin->source),
                            store_number(p, a->origin->received),
                            a->now,
                            a->copies,
                            a->conflicts,
                            apr_itoa(p, a->details),
                            store_notes(a)};

    return store_change(
        p, a->store,
        "INSERT INTO tlsrpt_report (rid, submitter, org, contact, report_id, "
        "t_start, t_end, day, domains, content, raw, last_raw, channel, trust, "
        "state, source, t_recv, t_last, copies, conflicts, details, notes) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, "
        "%s, %s, %s, %s, %s, %s, %s)",
        values);
}

/* What the policy said, once for all reports that saw the same. */
static const char *insert_text(store_new_t *a, const tlsrpt_policy_t *policy,
                               const char **phash)
{
    static const char digits[] = "0123456789abcdef";
    apr_pool_t *p = a->p;
    const char *ptype = tlsrpt_policy_type_name(policy->type);
    apr_size_t most = store_most(a, STORE_ANYBODY_LINES, APR_INT32_MAX);
    const char *body = store_fit(p, store_join(p, policy->lines, "\n"), most);
    const char *mx = store_fit(p, store_join(p, policy->mx, " "), most);
    const char *all = apr_pstrcat(p, ptype, "\n", mx, "\n", body, NULL);
    unsigned char digest[EVP_MAX_MD_SIZE];
    apr_array_header_t *rows;
    char hex[33];
    const char *error, *values[] = {hex, a->day, ptype, body, mx};
    int i;

    *phash = "";
    if (!*body && !*mx) {
        return NULL;
    }
    if (!EVP_Digest(all, strlen(all), digest, NULL, EVP_sha256(), NULL)) {
        return "OpenSSL refuses SHA-256.";
    }
    for (i = 0; i < 16; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[32] = '\0';
    *phash = apr_pstrdup(p, hex);
    if (!a->details) {
        return NULL;
    }
    error =
        store_rows(p, a->store, "SELECT day FROM tlsrpt_ptext WHERE phash = %s",
                   values, 1, 1, &rows);
    if (error) {
        return error;
    }
    if (rows->nelts == 0) {
        if (!store_keeps_text(a, strlen(body) + strlen(mx))) {
            *phash = "";
            return NULL;
        }
        return store_change(p, a->store,
                            "INSERT INTO tlsrpt_ptext (phash, day, ptype, "
                            "body, mx) VALUES (%s, %s, %s, %s, %s)",
                            values);
    }
    if (atoi(APR_ARRAY_IDX(rows, 0, const char **)[0]) >= a->report->day) {
        return NULL;
    }
    values[0] = a->day;
    values[1] = hex;
    return store_change(p, a->store,
                        "UPDATE tlsrpt_ptext SET day = %s WHERE phash = %s",
                        values);
}

/* In one form, so that an address is one place in the summary. */
static const char *store_address(apr_pool_t *p, const char *text)
{
    return store_fit(p, tlsrpt_address_form(p, text), 45);
}

static const char *insert_failures(store_new_t *a,
                                   const tlsrpt_policy_t *policy,
                                   const char *pseq)
{
    apr_size_t octets = store_most(a, STORE_ANYBODY_TEXT, TLSRPT_TEXT_MAX);
    apr_pool_t *one;
    int i, most;
    const char *error = store_keeps_failures(a, policy, &most);

    if (error) {
        return error;
    }
    apr_pool_create(&one, a->p);
    for (i = 0; !error && i < most; i++) {
        const tlsrpt_failure_t *f =
            &APR_ARRAY_IDX(policy->failures, i, tlsrpt_failure_t);
        const char *values[] = {a->report->key,
                                pseq,
                                apr_itoa(one, i),
                                store_fit(one, f->result_type, 48),
                                store_name(one, f->mx),
                                store_name(one, f->helo),
                                store_address(one, f->receiving_ip),
                                store_address(one, f->sending_ip),
                                store_number(one, bounded(f->count)),
                                store_fit(one, f->reason, octets),
                                store_fit(one, f->info, octets)};

        error = store_change(
            a->p, a->store,
            "INSERT INTO tlsrpt_failure (rid, pseq, fseq, rtype, mx, helo, "
            "rcv_ip, snd_ip, sessions, reason, info) VALUES (%s, %s, %s, %s, "
            "%s, %s, %s, %s, %s, %s, %s)",
            values);
        apr_pool_clear(one);
    }
    apr_pool_destroy(one);
    return error;
}

static int class_of(const store_new_t *a)
{
    return a->state == TLSRPT_STATE_MARKED ? TLSRPT_CLASS_MARKED
           : store_is_from_anybody(a)      ? TLSRPT_CLASS_ANYBODY
                                           : TLSRPT_CLASS_VERIFIED;
}

static const char *insert_policy(store_new_t *a, const tlsrpt_policy_t *policy,
                                 const char *pseq)
{
    apr_pool_t *p = a->p;
    const char *phash, *error = insert_text(a, policy, &phash);
    const char *values[] = {a->report->key,
                            pseq,
                            a->day,
                            store_name(p, policy->domain),
                            tlsrpt_policy_type_name(policy->type),
                            store_fit(p, policy->mode, 8),
                            phash,
                            store_number(p, bounded(policy->successful)),
                            store_number(p, bounded(policy->failed)),
                            apr_itoa(p, class_of(a))};

    if (!error) {
        error = store_change(
            p, a->store,
            "INSERT INTO tlsrpt_policy (rid, pseq, day, domain, ptype, mode, "
            "phash, ok, fail, class) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, "
            "%s, "
            "%s)",
            values);
    }
    return !error && a->details ? insert_failures(a, policy, pseq) : error;
}

/* ---- what the report says, by domain ---- */

typedef struct {
    apr_int64_t sessions[PTYPES][RTYPES];
    char seen[PTYPES];
} said_t;

static void add_sessions(apr_int64_t *to, apr_int64_t sessions)
{
    *to = bounded(*to + bounded(sessions));
}

static apr_hash_t *count_by_domain(store_new_t *a)
{
    apr_hash_t *all = apr_hash_make(a->p);
    int i, k;

    for (i = 0; i < a->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            APR_ARRAY_IDX(a->policies, i, const tlsrpt_policy_t *);
        const char *domain = store_name(a->p, policy->domain);
        said_t *said = apr_hash_get(all, domain, APR_HASH_KEY_STRING);
        apr_int64_t *by_type;

        if (!said) {
            said = apr_pcalloc(a->p, sizeof(*said));
            apr_hash_set(all, domain, APR_HASH_KEY_STRING, said);
        }
        by_type = said->sessions[policy->type];
        said->seen[policy->type] = 1;
        add_sessions(&by_type[RTYPE_OK], policy->successful);
        add_sessions(&by_type[RTYPE_FAILED], policy->failed);
        for (k = 0; k < policy->failures->nelts; k++) {
            const tlsrpt_failure_t *f =
                &APR_ARRAY_IDX(policy->failures, k, tlsrpt_failure_t);

            add_sessions(&by_type[f->result], f->count);
        }
    }
    return all;
}

/* One domain: "ok" always, so that a day without mail shows too; the rest where
 * it is more than none. */
static const char *insert_count(store_new_t *a, const char *domain,
                                const said_t *said)
{
    const char *error = NULL;
    int type, result;

    for (type = 0; type < PTYPES; type++) {
        for (result = 0; !error && result < RTYPES; result++) {
            apr_int64_t sessions = said->sessions[type][result];
            const char *values[] = {
                a->report->key,
                domain,
                tlsrpt_policy_type_name((tlsrpt_policy_type_e)type),
                result == RTYPE_OK ? "ok"
                : result == RTYPE_FAILED
                    ? "failed"
                    : tlsrpt_result_name((tlsrpt_result_e)result),
                a->day,
                a->submitter,
                store_number(a->p, sessions)};

            if (sessions || (result == RTYPE_OK && said->seen[type])) {
                error = store_change(
                    a->p, a->store,
                    "INSERT INTO tlsrpt_count (rid, domain, ptype, rtype, day, "
                    "submitter, sessions) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    values);
            }
        }
    }
    return error;
}

const char *store_insert(store_new_t *a)
{
    apr_hash_t *said = count_by_domain(a);
    apr_hash_index_t *at;
    const char *error = insert_report(a);
    int i;

    for (i = 0; !error && i < a->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            APR_ARRAY_IDX(a->policies, i, const tlsrpt_policy_t *);

        if (store_keeps_policy(a, policy)) {
            error = insert_policy(a, policy, apr_itoa(a->p, i));
        }
    }
    for (at = apr_hash_first(a->p, said); !error && at;
         at = apr_hash_next(at)) {
        error = insert_count(a, apr_hash_this_key(at), apr_hash_this_val(at));
    }
    return error ? error : store_notes_update(a);
}
