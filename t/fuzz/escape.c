/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: text from strangers is harmless where it is shown, and nothing
 * of it is lost that could have been kept.
 */
#include "fuzz.h"

#include "core/escape.h"

static unsigned hex(const char *digits, int count)
{
    unsigned number = 0;

    for (; count > 0; count--, digits++) {
        CHECK(mta_sts_is_hex(*digits));
        number = 16 * number + (unsigned)(mta_sts_is_digit(*digits)
                                              ? *digits - '0'
                                              : (*digits | 0x20) - 'a' + 10);
    }
    return number;
}

static void check_line(apr_pool_t *p, const char *text)
{
    const char *line = mta_sts_escape_line(p, text);

    for (; *line; text++) {
        CHECK(mta_sts_is_print(*line));
        if (!mta_sts_is_print(*text)) {
            CHECK(line[0] == '\\' && line[1] == 'x');
            CHECK((char)hex(line + 2, 2) == *text);
            line += 4;
        }
        else {
            CHECK(*line++ == *text);
        }
    }
    CHECK(*text == '\0');
}

/* The octets of a JSON string's escape, which is at json. */
static const char *unescape(const char *json, char *out, size_t *len)
{
    static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    const char *letter;
    unsigned code;

    *len = 1;
    if (json[1] != 'u') {
        for (letter = letters; *letter && *letter != json[1]; letter += 2) {
            continue;
        }
        CHECK(*letter);
        out[0] = letter[1];
        return json + 2;
    }
    code = hex(json + 2, 4);
    CHECK(code < 0x100);
    if (code < 0x80) {
        out[0] = (char)code;
        return json + 6;
    }
    out[0] = (char)(0xc0 | code >> 6);
    out[1] = (char)(0x80 | (code & 0x3f));
    *len = 2;
    return json + 6;
}

static void check_json(apr_pool_t *p, const char *text)
{
    const char *json = mta_sts_escape_json(p, text);
    size_t left = strlen(text);

    CHECK(!strstr(json, "</") && !strstr(json, "<!"));
    CHECK(*json++ == '"');
    while (*json != '"') {
        size_t size = mta_sts_utf8_len(json, strlen(json));
        char octets[4];
        size_t len = size;

        CHECK(size > 0);
        CHECK((unsigned char)*json >= 0x20 && *json != 0x7f);
        if (*json == '\\') {
            json = unescape(json, octets, &len);
        }
        else {
            memcpy(octets, json, size);
            json += size;
        }
        CHECK(left > 0);
        if (mta_sts_utf8_len(text, left) == 0) {
            CHECK(len == 3 && !memcmp(octets, "\xef\xbf\xbd", 3));
            len = 1;
        }
        else {
            CHECK(len <= left && !memcmp(octets, text, len));
        }
        text += len;
        left -= len;
    }
    CHECK(json[1] == '\0');
    CHECK(left == 0);
}

static void check_zone(apr_pool_t *p, const char *text)
{
    const char *zone = mta_sts_escape_zone(p, text);

    CHECK(*zone++ == '"');
    for (; *zone != '"'; text++) {
        unsigned octet = (unsigned char)*zone++;

        CHECK(mta_sts_is_print((char)octet));
        if (octet == '\\') {
            octet = (unsigned char)*zone++;
            if (mta_sts_is_digit((char)octet)) {
                CHECK(mta_sts_is_digit(zone[0]) && mta_sts_is_digit(zone[1]));
                octet = 100 * (octet - '0') + 10 * (unsigned)(zone[0] - '0') +
                        (unsigned)(zone[1] - '0');
                zone += 2;
            }
        }
        CHECK((unsigned char)*text == octet);
    }
    CHECK(zone[1] == '\0');
    CHECK(*text == '\0');
}

static void check_html(apr_pool_t *p, const char *text)
{
    const char *html = mta_sts_escape_html(p, text);

    CHECK(strpbrk(html, "<>\"'\r\n\t\x1b\x7f") == NULL);
    while (*html) {
        size_t size = mta_sts_utf8_len(html, strlen(html));

        CHECK(size > 0);
        CHECK(*html != '&' || strchr(html, ';') != NULL);
        html += size;
    }
}

/* In quotes, each quote doubled, and what is inside is the line. */
static void check_csv(apr_pool_t *p, const char *text)
{
    const char *csv = mta_sts_escape_csv(p, text);
    const char *line = mta_sts_escape_line(p, text);

    CHECK(*csv++ == '"');
    CHECK(!*csv || !strchr("=+-@", *csv));
    if (*csv == '\'' && *line != '\'') {
        csv++;
    }
    for (; *line; line++, csv++) {
        CHECK(*csv == *line);
        if (*line == '"') {
            CHECK(*++csv == '"');
        }
    }
    CHECK(csv[0] == '"' && csv[1] == '\0');
}

static void check_label(apr_pool_t *p, const char *text)
{
    const char *label = mta_sts_escape_label(p, text);

    CHECK(*label++ == '"');
    while (*label != '"') {
        size_t size = mta_sts_utf8_len(label, strlen(label));

        CHECK(size > 0 && (size > 1 || mta_sts_is_print(*label)));
        if (*label == '\\') {
            label++;
            CHECK(*label == 'n' || *label == '"' || *label == '\\');
        }
        label += size;
    }
    CHECK(label[1] == '\0');
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    const char *text = fuzz_string(p, data, size);

    check_line(p, text);
    check_json(p, text);
    check_zone(p, text);
    check_html(p, text);
    check_csv(p, text);
    check_label(p, text);
}
