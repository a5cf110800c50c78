/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what is unpacked is what zlib makes of it in one go, within the
 * limit, and what was packed comes out again.
 */
#include "fuzz.h"

#include <zlib.h>

#include "core/unpack.h"

#define LIMIT 20000

/* One gzip file and nothing behind it? Its text, of at most LIMIT + 1. */
static int gunzip(const uint8_t *data, size_t size, char *text, size_t *len)
{
    z_stream z;
    int status;

    memset(&z, 0, sizeof(z));
    CHECK(inflateInit2(&z, 16 + MAX_WBITS) == Z_OK);
    z.next_in = (z_const Bytef *)data;
    z.avail_in = (uInt)size;
    z.next_out = (Bytef *)text;
    z.avail_out = LIMIT + 1;
    status = inflate(&z, Z_FINISH);
    *len = LIMIT + 1 - z.avail_out;
    inflateEnd(&z);
    return status == Z_STREAM_END && z.avail_in == 0;
}

static void check_text(const char *text, size_t len, const char *of,
                       size_t of_len)
{
    if (of_len >= 3 && !memcmp(of, "\xef\xbb\xbf", 3)) {
        of += 3;
        of_len -= 3;
    }
    CHECK(len == of_len && !memcmp(text, of, len));
}

static void check(apr_pool_t *p, const uint8_t *data, size_t size)
{
    static char whole[LIMIT + 1];
    const char *text = NULL, *why = NULL;
    apr_size_t len = 4711;
    size_t whole_len = 0;
    tlsrpt_unpack_e found;
    int is_gzip = tlsrpt_form((const char *)data, size) == TLSRPT_FORM_GZIP;

    found =
        tlsrpt_unpack(p, (const char *)data, size, LIMIT, &text, &len, &why);
    if (found != TLSRPT_UNPACKED) {
        fuzz_sentence(why);
        CHECK(text == NULL && len == 4711);
        CHECK(!is_gzip || found == TLSRPT_UNPACK_TOO_LONG ||
              !gunzip(data, size, whole, &whole_len) ||
              tlsrpt_form(whole, whole_len) != TLSRPT_FORM_JSON);
        return;
    }
    CHECK(len <= LIMIT);
    CHECK(tlsrpt_form(text, len) == TLSRPT_FORM_JSON);
    if (is_gzip) {
        CHECK(gunzip(data, size, whole, &whole_len));
        check_text(text, len, whole, whole_len);
    }
    else {
        check_text(text, len, (const char *)data, size);
    }
}

/* The data as the text of a gzip file: bounds are met, not only errors. */
static void check_packed(apr_pool_t *p, const uint8_t *data, size_t size)
{
    uint8_t *packed;
    z_stream z;

    memset(&z, 0, sizeof(z));
    CHECK(deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, 0) == Z_OK);
    z.avail_out = (uInt)deflateBound(&z, size);
    packed = __wrap_apr_palloc(p, z.avail_out);
    z.next_in = (z_const Bytef *)data;
    z.avail_in = (uInt)size;
    z.next_out = packed;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    check(p, packed, z.total_out);
    deflateEnd(&z);
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    check(p, data, size);
    check_packed(p, data, size);
}
