/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Members of a report's JSON, read leniently: lists of texts. A list is an
 * array of texts; but RFC 8460 has a text in its own example, and others have
 * lines in a text, JSON in a text, and what somebody took for JSON.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/name.h"
#include "core/octets.h"
#include "core/repair.h"
#include "core/tlsrpt.h"
#include "core/unpack.h"

/* A list that grows. */
typedef struct {
    tlsrpt_reader_t *r;
    const char *name;          /* of the member */
    apr_array_header_t *lines; /* of const char * */
    int full;                  /* there was more than TLSRPT_LINES_MAX */
} list_t;

static list_t list_make(tlsrpt_reader_t *r, const char *name)
{
    list_t list = {r, name, NULL, 0};

    list.lines = apr_array_make(r->p, 4, sizeof(const char *));
    return list;
}

static apr_array_header_t *list_end(const list_t *list)
{
    if (list->full) {
        tlsrpt_note(list->r, list->name, "cut to %d lines", TLSRPT_LINES_MAX);
    }
    return list->lines;
}

/* An empty line is none. */
static void add_line(list_t *list, const char *text, apr_size_t len)
{
    const char *line = "";

    while (len > 0 && strchr(" \t\r\n", *text)) {
        text++;
        len--;
    }
    if (len > 0) {
        line = tlsrpt_trim(list->r, text, len);
    }
    if (*line == '\0') {
        return;
    }
    if (list->lines->nelts == TLSRPT_LINES_MAX) {
        list->full = 1;
        return;
    }
    if (strlen(line) > TLSRPT_TEXT_MAX) {
        tlsrpt_note(list->r, list->name, "a line cut to %d octets",
                    TLSRPT_TEXT_MAX);
        line = tlsrpt_cut(list->r->scratch, line, TLSRPT_TEXT_MAX);
        line = tlsrpt_trim(list->r, line, strlen(line));
    }
    APR_ARRAY_PUSH(list->lines, const char *) = line;
}

/* The lines of a text, between any of these octets. */
static void add_split(list_t *list, const char *text, apr_size_t len,
                      const char *separators)
{
    const char *end = text + len;

    while (text < end && !list->full) {
        const char *stop = text;

        while (stop < end && !strchr(separators, *stop)) {
            stop++;
        }
        add_line(list, text, (apr_size_t)(stop - text));
        text = stop + 1;
    }
}

/* Lists inside texts are read as JSON up to so many octets in one report:
 * a real one has a few kilobytes of them. */
#define INNER_MAX (256 * 1024)

/* "[a, b]" in a text; 0 if it is not that. */
static int add_bracketed(list_t *list, const char *text)
{
    tlsrpt_reader_t *r = list->r;
    apr_size_t len = strlen(text), i;
    const tlsrpt_json_t *inside;
    apr_pool_t *one;

    if (len < 2 || text[0] != '[' || text[len - 1] != ']') {
        return 0;
    }
    tlsrpt_note(r, list->name, "a list inside a text");
    apr_pool_create(&one, r->scratch);
    r->inner += len;
    if (r->inner > INNER_MAX ||
        tlsrpt_prescan(text, len, 1, TLSRPT_NODES_MAX) ||
        tlsrpt_json_read(one, text, len, &inside)) {
        add_split(list, text + 1, len - 2, ",");
    }
    else {
        for (i = 0; i < tlsrpt_json_size(inside) && !list->full; i++) {
            const char *line = tlsrpt_json_text(tlsrpt_json_at(inside, i));

            add_line(list, line, strlen(line));
        }
    }
    apr_pool_destroy(one);
    return 1;
}

static int is_empty(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static void add_entry(list_t *list, const tlsrpt_json_t *entry, int i)
{
    const char *text = tlsrpt_json_text(entry);
    const int before = list->lines->nelts;

    if (tlsrpt_json_kind(entry) != TLSRPT_JSON_STRING) {
        tlsrpt_note(list->r, list->name, "no text at %d, left out", i);
    }
    else if (is_empty(text)) {
        tlsrpt_note(list->r, list->name, "empty at %d, left out", i);
    }
    else if (!add_bracketed(list, text)) {
        add_split(list, text, strlen(text), "\r\n");
        if (list->lines->nelts - before > 1) {
            tlsrpt_note(list->r, list->name, "more than one line at %d", i);
        }
    }
}

static void add_array(list_t *list, const tlsrpt_json_t *array)
{
    apr_size_t i;

    for (i = 0; i < tlsrpt_json_size(array) && !list->full; i++) {
        add_entry(list, tlsrpt_json_at(array, i), (int)i);
    }
}

apr_array_header_t *tlsrpt_lines(tlsrpt_reader_t *r,
                                 const tlsrpt_json_t *object, const char *name)
{
    const tlsrpt_json_t *value = tlsrpt_member(r, object, name);
    const char *text = tlsrpt_json_text(value);
    list_t list = list_make(r, name);

    switch (tlsrpt_json_kind(value)) {
    case TLSRPT_JSON_ABSENT:
        break;
    case TLSRPT_JSON_STRING:
        if (is_empty(text)) {
            tlsrpt_note(r, name, "empty, left out");
            break;
        }
        tlsrpt_note(r, name, "a text, read as a list");
        if (!add_bracketed(&list, text)) {
            add_split(&list, text, strlen(text), "\r\n");
        }
        break;
    case TLSRPT_JSON_ARRAY:
        add_array(&list, value);
        break;
    case TLSRPT_JSON_OBJECT:
    case TLSRPT_JSON_NUMBER:
    case TLSRPT_JSON_BOOLEAN:
        tlsrpt_note(r, name, "not a list, left out");
        break;
    }
    return list_end(&list);
}

const char *tlsrpt_field(const char *line, const char *name)
{
    for (; *name; name++, line++) {
        if (mta_sts_to_lower(*line) != *name) {
            return NULL;
        }
    }
    while (mta_sts_is_wsp(*line)) {
        line++;
    }
    if (*line != ':') {
        return NULL;
    }
    line++;
    while (mta_sts_is_wsp(*line)) {
        line++;
    }
    return line;
}

const char *tlsrpt_pattern(tlsrpt_reader_t *r, const char *name,
                           const char *text)
{
    const char *pattern;

    if (mta_sts_mx_parse(r->p, text, &pattern)) {
        tlsrpt_note(r, name, "\"%s\" is not an mx pattern",
                    tlsrpt_quoted(r, text));
        return tlsrpt_lower(r->p, text);
    }
    if (strlen(pattern) < strlen(text)) {
        tlsrpt_note(r, name, "final dot dropped");
    }
    return pattern;
}

/* "mx: host" is a line of a policy where a pattern belongs. */
static const char *without_field(tlsrpt_reader_t *r, const char *name,
                                 const char *line)
{
    const char *value = tlsrpt_field(line, "mx");

    if (value) {
        tlsrpt_note(r, name, "\"mx:\" dropped");
    }
    return value ? value : line;
}

/* The patterns of a line: one, as a rule. */
static void add_patterns(list_t *list, const char *line)
{
    const int before = list->lines->nelts;
    int count;

    add_split(list, line, strlen(line), ", \t");
    count = list->lines->nelts - before;
    if (count > 1) {
        tlsrpt_note(list->r, list->name, "\"%s\" read as %d patterns",
                    tlsrpt_quoted(list->r, line), count);
    }
    if (count == 0 && *line && !list->full) {
        tlsrpt_note(list->r, list->name, "\"%s\" holds no pattern, left out",
                    tlsrpt_quoted(list->r, line));
    }
}

apr_array_header_t *tlsrpt_patterns(tlsrpt_reader_t *r,
                                    const tlsrpt_json_t *object,
                                    const char *name)
{
    apr_array_header_t *lines = tlsrpt_lines(r, object, name);
    list_t list = list_make(r, name);
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const char *line = APR_ARRAY_IDX(lines, i, const char *);

        add_patterns(&list, without_field(r, name, line));
    }
    for (i = 0; i < list.lines->nelts; i++) {
        const char **line = &APR_ARRAY_IDX(list.lines, i, const char *);

        *line = tlsrpt_pattern(r, name, *line);
    }
    return list_end(&list);
}
