/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: a file of the spool, which a member of its group may have
 * written. What is read of it is written again the same, it has one name and no
 * other, and what is put is read back.
 */
#include "fuzz.h"

#include "core/entry.h"

static int same_origin(const tlsrpt_origin_t *a, const tlsrpt_origin_t *b)
{
    return a->channel == b->channel && a->trust == b->trust &&
           a->received == b->received && strcmp(a->source, b->source) == 0 &&
           strcmp(a->domain, b->domain) == 0 &&
           strcmp(a->submitter, b->submitter) == 0;
}

/* An origin, and any octets as JSON: written, and read back. */
static void round_trip(apr_pool_t *p, const tlsrpt_origin_t *origin,
                       const char *json, apr_size_t len)
{
    const tlsrpt_origin_t *clean = tlsrpt_entry_clean(p, origin);
    const char *name = tlsrpt_entry_name(p, clean, json, len);
    const char *head = tlsrpt_entry_head(p, clean), *back;
    apr_size_t front = strlen(head) + 1, size;
    char *text = apr_palloc(p, front + len + 1);
    tlsrpt_origin_t read;

    CHECK(same_origin(clean, tlsrpt_entry_clean(p, clean)));
    CHECK(tlsrpt_entry_is_name(name));
    CHECK(front <= TLSRPT_ENTRY_HEAD_MAX);
    memcpy(text, head, front - 1);
    text[front - 1] = '\n';
    if (len) {
        memcpy(text + front, json, len);
    }
    text[front + len] = '\0';
    CHECK(!tlsrpt_entry_parse(p, name, text, front + len, &read, &back, &size));
    CHECK(same_origin(&read, clean));
    CHECK(back == text + front && size == len);
}

/* The value of the last line in front that begins so, or "". */
static const char *value_of(apr_pool_t *p, const char *data, const char *end,
                            const char *name)
{
    const char *found = "", *line = data;

    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));

        stop = stop ? stop : end;
        if ((size_t)(stop - line) > strlen(name) &&
            memcmp(line, name, strlen(name)) == 0) {
            found = apr_pstrmemdup(p, line + strlen(name),
                                   (apr_size_t)(stop - line) - strlen(name));
        }
        line = stop + 1;
    }
    return found;
}

/* The name that it should have, if it is an entry. */
static const char *own_name(apr_pool_t *p, const char *data, apr_size_t len)
{
    tlsrpt_origin_t origin = {
        TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, 0, "", "", ""};
    apr_size_t i;

    for (i = 0; i + 1 < len && (data[i] != '\n' || data[i + 1] != '\n'); i++) {
    }
    if (i + 1 >= len) {
        return NULL;
    }
    origin.domain = value_of(p, data, data + i, "Domain: ");
    origin.trust =
        (tlsrpt_trust_e)((value_of(p, data, data + i, "Trust: ")[0] - '0') & 7);
    return tlsrpt_entry_name(p, &origin, data + i + 2, len - i - 2);
}

static void read_entry(apr_pool_t *p, const char *name, const char *data,
                       apr_size_t len)
{
    static const tlsrpt_origin_t none = {
        TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_LOCAL, -1, "", "", ""};
    tlsrpt_origin_t origin = none;
    const char *json = NULL, *why;
    apr_size_t size = 0;
    char *other;
    int i;

    why = tlsrpt_entry_parse(p, name, data, len, &origin, &json, &size);
    if (why) {
        fuzz_sentence(why);
        CHECK(same_origin(&origin, &none) && !json && !size);
        return;
    }
    CHECK(json > data && json + size == data + len && json[-1] == '\n');
    CHECK(!strchr(origin.source, '\n') && !strchr(origin.domain, '\n') &&
          !strchr(origin.submitter, '\n'));
    CHECK(origin.trust >= TLSRPT_TRUST_NONE &&
          origin.trust <= TLSRPT_TRUST_LOCAL && origin.received >= 0);
    round_trip(p, &origin, json, size);
    for (i = 0; i < TLSRPT_ENTRY_NAME; i++) { /* and under no other name */
        other = apr_pstrdup(p, name);
        other[i] = other[i] == '0' ? '1' : '0';
        CHECK(tlsrpt_entry_parse(p, other, data, len, &origin, &json, &size));
    }
}

/* Four texts with a line end between two. */
static void write_entry(apr_pool_t *p, const char *data, apr_size_t len)
{
    tlsrpt_origin_t origin = {
        TLSRPT_CHANNEL_MAIL, TLSRPT_TRUST_DKIM, (apr_int64_t)len, NULL, "", ""};
    const char *texts[3] = {"", "", ""};
    apr_size_t at = 0;
    int i;

    for (i = 0; i < 3; i++) {
        const char *end = memchr(data + at, '\n', len - at);
        apr_size_t size = end ? (apr_size_t)(end - data) - at : len - at;

        texts[i] = fuzz_string(p, (const uint8_t *)data + at, size);
        at += size + (end != NULL);
    }
    origin.source = *texts[0] ? texts[0] : NULL;
    origin.domain = texts[1];
    origin.submitter = texts[2];
    round_trip(p, &origin, data + at, len - at);
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    static const char zeros[] = "00000000000000000000000000000000"
                                "00000000000000000000000000000000-0";
    const char *text = apr_pstrmemdup(p, (const char *)data, size);
    const char *name = own_name(p, text, size);

    tlsrpt_entry_is_name(fuzz_string(p, data, size));
    read_entry(p, zeros, text, size);
    if (name) {
        read_entry(p, name, text, size);
    }
    write_entry(p, text, size);
}
