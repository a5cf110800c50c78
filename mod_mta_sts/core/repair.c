/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Members of a report's JSON, read leniently: notes of repairs, names of
 * members, and texts.
 */
#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include "core/escape.h"
#include "core/octets.h"
#include "core/repair.h"
#include "core/tlsrpt.h"

/* Octets of a stranger's text that a note quotes. */
#define QUOTED_MAX 64

/* What reporters write, and what they mean by it (RFC 8460, 4.4). */
static const struct {
    const char *name, *alias;
} aliases[] = {
    {"mx-host", "mx-host-pattern"},
    {"additional-information", "additional-info-uri"},
    {"failure-reason-code", "failure-error-code"},
    {"failed-session-count", "session-count"},
    {"receiving-mx-hostname", "receiving-mta-hostname"},
};

/* "policies[0].failure-details[1]", or "" in the report itself. */
static const char *entry(const tlsrpt_reader_t *r)
{
    const char *policy =
        r->policy < 0 ? ""
                      : apr_psprintf(r->scratch, "policies[%d]", r->policy);

    return r->failure < 0 ? policy
                          : apr_psprintf(r->scratch, "%s.failure-details[%d]",
                                         policy, r->failure);
}

void tlsrpt_note(tlsrpt_reader_t *r, const char *name, const char *format, ...)
{
    const char *in, *what;
    va_list args;

    if (r->repairs->nelts >= TLSRPT_REPAIRS_MAX) {
        r->more++;
        return;
    }
    in = entry(r);
    va_start(args, format);
    what = apr_pvsprintf(r->scratch, format, args);
    va_end(args);
    APR_ARRAY_PUSH(r->repairs, const char *) = apr_pstrcat(
        r->p, in, *in && *name ? "." : "", r->part, name, ": ", what, NULL);
}

void tlsrpt_notes_end(tlsrpt_reader_t *r)
{
    if (r->more > 0) {
        APR_ARRAY_PUSH(r->repairs, const char *) = apr_psprintf(
            r->p, "report: %d more repair%s", r->more, r->more == 1 ? "" : "s");
    }
}

char *tlsrpt_lower(apr_pool_t *p, const char *text)
{
    char *lower = apr_pstrdup(p, text);
    char *c;

    for (c = lower; *c; c++) {
        *c = mta_sts_to_lower(*c);
    }
    return lower;
}

const char *tlsrpt_cut(apr_pool_t *p, const char *text, apr_size_t max)
{
    apr_size_t len = strlen(text);

    if (len <= max) {
        return text;
    }
    /* back to the front of the character that does not fit */
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80) {
        max--;
    }
    return apr_pstrndup(p, text, max);
}

const char *tlsrpt_quoted(tlsrpt_reader_t *r, const char *text)
{
    return mta_sts_escape_line(r->scratch,
                               tlsrpt_cut(r->scratch, text, QUOTED_MAX));
}

static int is_there(const tlsrpt_json_t *value)
{
    return tlsrpt_json_kind(value) != TLSRPT_JSON_ABSENT;
}

/* The same name with "_" for "-"; names of ours are under 64 octets. */
static const char *underscored(const char *name, char *buffer, apr_size_t size)
{
    char *c;

    apr_cpystrn(buffer, name, size);
    for (c = buffer; *c; c++) {
        if (*c == '-') {
            *c = '_';
        }
    }
    return buffer;
}

const tlsrpt_json_t *tlsrpt_member(tlsrpt_reader_t *r,
                                   const tlsrpt_json_t *object,
                                   const char *name)
{
    const tlsrpt_json_t *value = tlsrpt_json_member(object, name);
    char buffer[64];
    const char *other;
    apr_size_t i;

    if (is_there(value)) {
        return value;
    }
    other = underscored(name, buffer, sizeof(buffer));
    value = tlsrpt_json_member(object, other);
    for (i = 0; !is_there(value) && i < sizeof(aliases) / sizeof(*aliases);
         i++) {
        if (strcmp(name, aliases[i].name) == 0) {
            other = aliases[i].alias;
            value = tlsrpt_json_member(object, other);
        }
    }
    if (!is_there(value)) {
        return NULL;
    }
    tlsrpt_note(r, name, "written as %s", other);
    return value;
}

/* A number as a text: some reporters number their reports. */
static const char *number_text(tlsrpt_reader_t *r, const tlsrpt_json_t *value)
{
    return apr_psprintf(r->scratch, "%.0f", tlsrpt_json_number(value));
}

const char *tlsrpt_text(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                        const char *name, apr_size_t max)
{
    const tlsrpt_json_t *value = tlsrpt_member(r, object, name);
    const char *text = "";

    if (tlsrpt_json_kind(value) == TLSRPT_JSON_ARRAY &&
        tlsrpt_json_size(value) == 1) {
        tlsrpt_note(r, name, "a list of one, read as a text");
        value = tlsrpt_json_at(value, 0);
    }
    switch (tlsrpt_json_kind(value)) {
    case TLSRPT_JSON_ABSENT:
        break;
    case TLSRPT_JSON_STRING:
        text = tlsrpt_json_text(value);
        break;
    case TLSRPT_JSON_NUMBER:
        tlsrpt_note(r, name, "a number, read as a text");
        text = number_text(r, value);
        break;
    case TLSRPT_JSON_OBJECT:
    case TLSRPT_JSON_ARRAY:
    case TLSRPT_JSON_BOOLEAN:
        tlsrpt_note(r, name, "not a text, left out");
        break;
    }
    if (strlen(text) > max) {
        tlsrpt_note(r, name, "cut to %" APR_SIZE_T_FMT " octets", max);
    }
    return apr_pstrdup(r->p, tlsrpt_cut(r->scratch, text, max));
}

static int is_space(char c)
{
    return mta_sts_is_wsp(c) || c == '\n' || c == '\r';
}

const char *tlsrpt_trim(tlsrpt_reader_t *r, const char *text, apr_size_t len)
{
    while (len > 0 && is_space(*text)) {
        text++;
        len--;
    }
    while (len > 0 && is_space(text[len - 1])) {
        len--;
    }
    return apr_pstrndup(r->p, text, len);
}

const char *tlsrpt_word(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                        const char *name, apr_size_t max)
{
    const char *text = tlsrpt_text(r, object, name, max);
    const char *word = tlsrpt_trim(r, text, strlen(text));

    if (strlen(word) < strlen(text)) {
        tlsrpt_note(r, name, "blanks around it dropped");
    }
    return word;
}
