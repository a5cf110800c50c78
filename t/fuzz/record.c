/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what was read of a record can be written again, and a text that
 * went into a zone file comes out of it.
 */
#include "fuzz.h"

#include "core/policy.h"
#include "core/record.h"
#include "core/value.h"

/* No control character but the TAB is part of a record. */
static void check_octets(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        CHECK(mta_sts_is_print(text[i]) || text[i] == '\t');
    }
}

static void check_sts(apr_pool_t *p, const char *text, size_t len)
{
    apr_array_header_t *texts = apr_array_make(p, 2, sizeof(const char *));
    const char *id = NULL, *again = NULL, *of_set = NULL;
    const char *error = mta_sts_record_parse(p, text, len, &id);
    const char *composed;

    if (error) {
        fuzz_sentence(error);
        CHECK(id == NULL);
        return;
    }
    check_octets(text, len);
    CHECK(strlen(id) >= 1 && strlen(id) <= MTA_STS_ID_MAX);
    composed = mta_sts_record_compose(p, id);
    CHECK(mta_sts_record_parse(p, composed, strlen(composed), &again) == NULL);
    CHECK(strcmp(id, again) == 0);

    /* beside another one, which is to be discarded; twice it is an error */
    APR_ARRAY_PUSH(texts, const char *) = "v=STSv1 ; id=2;";
    APR_ARRAY_PUSH(texts, const char *) = apr_pstrmemdup(p, text, len);
    CHECK(mta_sts_rrset_parse(p, texts, &of_set) == NULL);
    CHECK(strcmp(id, of_set) == 0);
    APR_ARRAY_PUSH(texts, const char *) = composed;
    of_set = NULL;
    error = mta_sts_rrset_parse(p, texts, &of_set);
    CHECK(error != NULL && of_set == NULL);
    fuzz_sentence(error);
}

static void check_tlsrpt(apr_pool_t *p, const char *text, size_t len)
{
    const apr_array_header_t *rua = NULL, *again = NULL;
    const char *error = tlsrpt_record_parse(p, text, len, &rua);
    const char *composed;
    int i;

    if (error) {
        fuzz_sentence(error);
        CHECK(rua == NULL);
        return;
    }
    check_octets(text, len);
    CHECK(rua->nelts > 0);
    for (i = 0; i < rua->nelts; i++) {
        const char *uri;

        CHECK(!mta_sts_value_rua(p, APR_ARRAY_IDX(rua, i, const char *), &uri));
    }
    composed = tlsrpt_record_compose(p, rua);
    CHECK(!tlsrpt_record_parse(p, composed, strlen(composed), &again));
    CHECK(again->nelts == rua->nelts);
}

/* A text as RDATA, and back. */
static void check_rdata(apr_pool_t *p, const char *text)
{
    const char *rdata = mta_sts_record_rdata(p, text);
    const char *line = apr_pstrcat(p, "_mta-sts.example.com. 3600 IN TXT ( ",
                                   rdata, " ) ; \"", NULL);
    const char *back = NULL;

    fuzz_sentence(rdata);
    if (strlen(line) > MTA_STS_TXT_MAX) {
        return;
    }
    CHECK(mta_sts_record_unpaste(p, rdata, strlen(rdata), &back) == NULL);
    CHECK(strcmp(text, back) == 0);
    CHECK(mta_sts_record_unpaste(p, line, strlen(line), &back) == NULL);
    CHECK(strcmp(text, back) == 0);
}

static void check_unpaste(apr_pool_t *p, const char *line, size_t len)
{
    const char *text = NULL;
    const char *error = mta_sts_record_unpaste(p, line, len, &text);

    if (error) {
        fuzz_sentence(error);
        CHECK(text == NULL);
        return;
    }
    CHECK(strlen(text) <= len);
    check_sts(p, text, strlen(text));
    check_tlsrpt(p, text, strlen(text));
    check_rdata(p, text);
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    check_sts(p, text, size);
    check_tlsrpt(p, text, size);
    check_unpaste(p, text, size);
    check_rdata(p, fuzz_string(p, data, size));
}
