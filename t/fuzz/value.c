/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a value that was taken is one that can be published, and an
 * error leaves no trace. The first line is a value, what follows a second word.
 */
#include "fuzz.h"

#include "core/record.h"
#include "core/value.h"

static void check_mode(apr_pool_t *p, const char *arg)
{
    mta_sts_mode_e mode = MTA_STS_MODE_UNSET, again;
    const char *error = mta_sts_value_mode(p, arg, &mode);

    CHECK((error != NULL) == (mode == MTA_STS_MODE_UNSET));
    if (error) {
        fuzz_sentence(error);
        return;
    }
    CHECK(mta_sts_value_mode(p, mta_sts_mode_name(mode), &again) == NULL);
    CHECK(mode == again);
}

static void check_max_age(apr_pool_t *p, const char *arg)
{
    apr_uint32_t seconds = 0, again = 0;
    const char *error = mta_sts_value_max_age(p, arg, &seconds);
    const char *text;

    if (error) {
        fuzz_sentence(error);
        CHECK(seconds == 0);
        return;
    }
    CHECK(seconds >= 1 && seconds <= MTA_STS_MAX_AGE_MAX);
    CHECK(mta_sts_value_max_age(p, apr_psprintf(p, "%us", seconds), &again) ==
          NULL);
    CHECK(again == seconds);
    /* what has one unit reads back */
    text = mta_sts_duration_text(p, seconds);
    if (mta_sts_value_max_age(p, text, &again) == NULL) {
        CHECK(again == seconds);
    }
}

static void check_id(apr_pool_t *p, const char *arg, const char *salt)
{
    mta_sts_id_t id = {"untouched", "untouched"};
    const char *error = mta_sts_value_id(p, arg, salt, &id);
    const char *record, *read;

    if (error) {
        fuzz_sentence(error);
        CHECK(!strcmp(id.literal, "untouched") &&
              !strcmp(id.salt, "untouched"));
        return;
    }
    CHECK(!id.literal || !id.salt);
    CHECK(!salt || (id.salt && !strcmp(id.salt, salt)));
    if (id.literal) {
        record = mta_sts_record_compose(p, id.literal);
        CHECK(mta_sts_record_parse(p, record, strlen(record), &read) == NULL);
        CHECK(strcmp(read, arg) == 0);
    }
}

static void check_rua(apr_pool_t *p, const char *arg)
{
    const char *uri = NULL, *again = NULL;
    const char *error = mta_sts_value_rua(p, arg, &uri);
    apr_array_header_t *list = apr_array_make(p, 2, sizeof(const char *));
    const apr_array_header_t *read;
    const char *record;

    if (error) {
        fuzz_sentence(error);
        CHECK(uri == NULL);
        return;
    }
    CHECK(strlen(uri) == strlen(arg));
    CHECK(!strpbrk(uri, " ,;!\"\\"));
    fuzz_sentence(uri);
    CHECK(mta_sts_value_rua(p, uri, &again) == NULL);
    CHECK(strcmp(uri, again) == 0);
    APR_ARRAY_PUSH(list, const char *) = "https://reports.example.com/";
    APR_ARRAY_PUSH(list, const char *) = uri;
    record = tlsrpt_record_compose(p, list);
    CHECK(tlsrpt_record_parse(p, record, strlen(record), &read) == NULL);
    CHECK(read->nelts == 2);
    CHECK(
        !strcmp(APR_ARRAY_IDX(read, uri[0] == 'm' ? 0 : 1, const char *), uri));
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    size_t len = newline ? (size_t)(newline - data) : size;
    const char *arg = fuzz_string(p, data, len);
    const char *salt =
        newline ? fuzz_string(p, newline + 1, size - len - 1) : NULL;

    check_mode(p, arg);
    check_max_age(p, arg);
    check_id(p, arg, salt);
    check_rua(p, arg);
}
