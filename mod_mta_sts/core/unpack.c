/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a reporter sent, by its octets, as JSON text.
 *
 * A gzip file is inflated twice: first to measure it, into a window that is
 * thrown away, then into memory of just its size. So a bomb costs time for
 * limit octets and no memory, and what an honest file costs is its text.
 */
#include <limits.h>
#include <string.h>

#include <zlib.h>

#include "core/octets.h"
#include "core/unpack.h"

/* Octets of the measuring window: they stay in the fast part of the cache. */
#define WINDOW 16384

static const char bom[] = "\xef\xbb\xbf"; /* U+FEFF */
#define BOM_LEN (sizeof(bom) - 1)

static int has_bom(const char *data, apr_size_t len)
{
    return len >= BOM_LEN && memcmp(data, bom, BOM_LEN) == 0;
}

/* The blanks of JSON (RFC 8259, 2). */
static int is_blank(char c)
{
    return mta_sts_is_wsp(c) || c == '\n' || c == '\r';
}

tlsrpt_form_e tlsrpt_form(const char *data, apr_size_t len)
{
    const char *end = data + len;

    if (len >= 2 && memcmp(data, "\x1f\x8b", 2) == 0) {
        return TLSRPT_FORM_GZIP;
    }
    if (len >= 4 && memcmp(data, "PK\x03\x04", 4) == 0) {
        return TLSRPT_FORM_ZIP;
    }
    if (has_bom(data, len)) {
        data += BOM_LEN;
    }
    while (data < end && is_blank(*data)) {
        data++;
    }
    return data < end && *data == '{' ? TLSRPT_FORM_JSON : TLSRPT_FORM_UNKNOWN;
}

/* The text as it is, but for a BOM. */
static tlsrpt_unpack_e plain(const char *data, apr_size_t len, apr_size_t limit,
                             const char **text, apr_size_t *size,
                             const char **why)
{
    if (len > limit) {
        *why = "it is longer than the limit";
        return TLSRPT_UNPACK_TOO_LONG;
    }
    if (tlsrpt_form(data, len) != TLSRPT_FORM_JSON) {
        *why = "it is neither JSON nor a gzip file";
        return TLSRPT_UNPACK_FORM;
    }
    if (has_bom(data, len)) {
        data += BOM_LEN;
        len -= BOM_LEN;
    }
    *text = data;
    *size = len;
    return TLSRPT_UNPACKED;
}

/* zlib's memory comes from a pool, so that its end is the pool's. */
static voidpf pool_alloc(voidpf pool, uInt items, uInt size)
{
    return apr_palloc(pool, (apr_size_t)items * size);
}

static void pool_free(voidpf pool, voidpf memory)
{
    (void)pool;
    (void)memory;
}

/* Hand zlib as much of the input as its counter holds. */
static void feed(z_stream *z, const char *data, apr_size_t len,
                 apr_size_t *taken)
{
    if (z->avail_in == 0 && *taken < len) {
        apr_size_t left = len - *taken;

        z->avail_in = left > UINT_MAX ? UINT_MAX : (uInt)left;
        z->next_in = (z_const Bytef *)(data + *taken);
        *taken += z->avail_in;
    }
}

/*
 * Inflate the one member that data is to be: into out, of room octets and one,
 * or, where out is NULL, only to count.
 */
static tlsrpt_unpack_e inflate_member(z_stream *z, const char *data,
                                      apr_size_t len, char *out,
                                      apr_size_t room, apr_size_t *size,
                                      const char **why)
{
    unsigned char window[WINDOW];
    apr_size_t taken = 0, made = 0;
    int status = Z_OK;

    z->avail_in = 0;
    while (status != Z_STREAM_END) {
        /* one octet more than there may be tells that there are more */
        apr_size_t left = room - made;
        apr_size_t want = left < WINDOW ? left + 1 : WINDOW;

        feed(z, data, len, &taken);
        z->next_out = out ? (Bytef *)out + made : window;
        z->avail_out = (uInt)want;
        status = inflate(z, Z_NO_FLUSH);
        made += want - z->avail_out;
        if (made > room) {
            *why = "unpacked it is longer than the limit";
            return TLSRPT_UNPACK_TOO_LONG;
        }
        if (status == Z_BUF_ERROR) {
            *why = "the gzip file is cut short";
            return TLSRPT_UNPACK_DAMAGED;
        }
        if (status != Z_OK && status != Z_STREAM_END) {
            *why = "the gzip file is damaged";
            return TLSRPT_UNPACK_DAMAGED;
        }
    }
    if (z->avail_in > 0 || taken < len) {
        *why = "there are octets behind the end of the gzip file";
        return TLSRPT_UNPACK_DAMAGED;
    }
    *size = made;
    return TLSRPT_UNPACKED;
}

/* Measure, then unpack. The z_stream is fresh. */
static tlsrpt_unpack_e inflate_twice(apr_pool_t *p, z_stream *z,
                                     const char *data, apr_size_t len,
                                     apr_size_t limit, const char **text,
                                     apr_size_t *size, const char **why)
{
    tlsrpt_unpack_e found;
    apr_size_t made;
    char *out;

    found = inflate_member(z, data, len, NULL, limit, &made, why);
    if (found != TLSRPT_UNPACKED) {
        return found;
    }
    out = apr_palloc(p, made + 1);
    inflateReset(z);
    found = inflate_member(z, data, len, out, made, &made, why);
    if (found != TLSRPT_UNPACKED) {
        return found;
    }
    if (tlsrpt_form(out, made) != TLSRPT_FORM_JSON) {
        *why = "the gzip file holds no JSON";
        return TLSRPT_UNPACK_FORM;
    }
    return plain(out, made, limit, text, size, why);
}

static tlsrpt_unpack_e gunzip(apr_pool_t *p, const char *data, apr_size_t len,
                              apr_size_t limit, const char **text,
                              apr_size_t *size, const char **why)
{
    tlsrpt_unpack_e found = TLSRPT_UNPACK_DAMAGED;
    apr_pool_t *scratch;
    z_stream z;

    apr_pool_create(&scratch, p);
    memset(&z, 0, sizeof(z));
    z.zalloc = pool_alloc;
    z.zfree = pool_free;
    z.opaque = scratch;
    *why = "zlib does not start";
    if (inflateInit2(&z, 16 + MAX_WBITS) == Z_OK) { /* 16: gzip alone */
        found = inflate_twice(p, &z, data, len, limit, text, size, why);
        inflateEnd(&z);
    }
    apr_pool_destroy(scratch);
    return found;
}

tlsrpt_unpack_e tlsrpt_unpack(apr_pool_t *p, const char *data, apr_size_t len,
                              apr_size_t limit, const char **text,
                              apr_size_t *size, const char **why)
{
    if (tlsrpt_form(data, len) == TLSRPT_FORM_GZIP) {
        return gunzip(p, data, len, limit, text, size, why);
    }
    return plain(data, len, limit, text, size, why);
}
