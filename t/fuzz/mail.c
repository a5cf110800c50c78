/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a mail, with our bounds around GMime. What it finds is within
 * them, and can go the way of a report.
 */
#include "fuzz.h"

#include "cli/authres.h"
#include "cli/mail.h"
#include "core/name.h"
#include "core/tlsrpt.h"
#include "core/unpack.h"

typedef struct {
    apr_size_t len; /* of the mail */
    int parts, last;
    apr_array_header_t **signers;
} seen_t;

static void check_name(apr_pool_t *p, const char *text)
{
    const char *name;

    CHECK(text != NULL);
    if (text[0] != '\0') {
        CHECK(mta_sts_name_parse(p, text, &name) == NULL);
        CHECK(strcmp(text, name) == 0);
    }
}

static void check_signers(apr_pool_t *p, const apr_array_header_t *signers)
{
    int i;

    CHECK(signers != NULL && signers->nelts <= AUTHRES_SIGNERS_MAX);
    for (i = 0; i < signers->nelts; i++) {
        const char *signer = APR_ARRAY_IDX(signers, i, const char *);

        CHECK(signer[0] != '\0');
        check_name(p, signer);
        CHECK(authres_is_aligned(p, signer, signer));
    }
}

static int found(void *baton, apr_pool_t *p, const mail_part_t *part)
{
    seen_t *seen = baton;
    const char *text, *why = NULL;
    apr_size_t size;
    tlsrpt_hints_t hints;
    tlsrpt_report_t *report;

    seen->parts++;
    CHECK(seen->parts <= MAIL_CANDIDATES_MAX);
    CHECK(part->number > seen->last && part->number <= MAIL_PARTS_MAX);
    seen->last = part->number;
    CHECK(part->len <= seen->len);
    check_name(p, part->domain);
    check_name(p, part->submitter);
    check_signers(p, *seen->signers);
    if (tlsrpt_unpack(p, part->data, part->len, 65536, &text, &size, &why) ==
        TLSRPT_UNPACKED) {
        hints.domain = part->domain[0] ? part->domain : NULL;
        hints.submitter = part->submitter[0] ? part->submitter : NULL;
        why = tlsrpt_parse(p, text, size, &hints, &report);
    }
    if (why) {
        fuzz_sentence(why);
    }
    return 1;
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    apr_array_header_t *signers = NULL;
    apr_array_header_t *direct = apr_array_make(p, 2, sizeof(const char *));
    const char *text = fuzz_string(p, data, size), *why;
    seen_t seen = {0};

    seen.len = size;
    seen.signers = &signers;
    why = mail_read(p, (const char *)data, size, "mx.example.com", &signers,
                    found, &seen);
    if (why) {
        fuzz_sentence(why);
        CHECK(signers == NULL && seen.parts == 0);
    }
    else {
        check_signers(p, signers);
    }
    mail_looks_like_one((const char *)data, size);

    /* the two fields by which a mail is believed, as they are */
    authres_signers(p, text, "mx.example.com", direct);
    check_signers(p, direct);
    authres_is_partial(text, "example.com");
}
