/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The forms in which people paste a TXT record: mta_sts_record_unpaste().
 *
 * There are two. A panel shows the text alone. A zone file, dig, host and
 * nslookup show character-strings, with or without something in front. What
 * tells them apart is whether a quote, or the type TXT, comes first.
 */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "core/octets.h"
#include "core/record.h"

/** The words in front of the strings at most: name, TTL, class and type. */
#define WORDS_MAX 4

/** What is still to be read, and what has been made of it. */
typedef struct {
    const char *next;
    const char *end;
    char *text; /* as long as the input, which is never shorter */
    apr_size_t len;
} paste_t;

static int is_blank(char c)
{
    return mta_sts_is_wsp(c) || c == '\r' || c == '\n';
}

static int is_word(const char *word, apr_size_t len, const char *wanted)
{
    return len == strlen(wanted) && !apr_cstr_casecmpn(word, wanted, len);
}

/*
 * Take one octet of a string, which may be written as \DDD or \X (RFC 1035,
 * 5.1).
 */
static const char *take_octet(paste_t *paste)
{
    unsigned octet = (unsigned char)*paste->next++;

    if (octet == '\\') {
        if (paste->next == paste->end) {
            return "a backslash at the end, with nothing to stand for";
        }
        octet = (unsigned char)*paste->next;
        if (mta_sts_is_digit(*paste->next)) {
            if (paste->end - paste->next < 3 ||
                !mta_sts_is_digit(paste->next[1]) ||
                !mta_sts_is_digit(paste->next[2])) {
                return "a backslash and a digit, but not three digits";
            }
            octet = (unsigned)(100 * (paste->next[0] - '0') +
                               10 * (paste->next[1] - '0') +
                               (paste->next[2] - '0'));
            if (octet > 255) {
                return "a backslash and a number over 255";
            }
            paste->next += 2;
        }
        paste->next++;
    }
    if (octet == 0) {
        return "a NUL octet, which no record has";
    }
    paste->text[paste->len++] = (char)octet;
    return NULL;
}

/* Take a quoted string; next is at its opening quote. */
static const char *take_quoted(paste_t *paste)
{
    const char *error;

    paste->next++;
    while (paste->next < paste->end && *paste->next != '"' &&
           *paste->next != '\n') {
        error = take_octet(paste);
        if (error) {
            return error;
        }
    }
    if (paste->next == paste->end || *paste->next == '\n') {
        return "a quote that is not closed";
    }
    paste->next++;
    return NULL;
}

/* Take a string without quotes. */
static const char *take_bare(paste_t *paste)
{
    const char *error;

    while (paste->next < paste->end && !is_blank(*paste->next)) {
        switch (*paste->next) {
        case '"':
            return "a quote in the middle of a string";
        case '(':
        case ')':
            return NULL;
        case ';':
            return "a \";\" without quotes around the string, where a zone "
                   "file has a comment; put the text in quotes";
        }
        error = take_octet(paste);
        if (error) {
            return error;
        }
    }
    return NULL;
}

static void skip_comment(paste_t *paste)
{
    while (paste->next < paste->end && *paste->next != '\n') {
        paste->next++;
    }
}

/* Take all strings of a record in a zone file's form, and join them. */
static const char *take_strings(paste_t *paste)
{
    int open = 0, strings = 0, over = 0;
    const char *error;

    while (paste->next < paste->end) {
        apr_size_t before = paste->len;
        char c = *paste->next;

        if (c == ';') {
            skip_comment(paste);
            continue;
        }
        if (is_blank(c)) {
            /* outside parentheses a line is a record */
            if (c == '\n' && !open) {
                over = 1;
            }
            paste->next++;
            continue;
        }
        if (over) {
            return "more than one line, and no parentheses";
        }
        if (c == '(' || c == ')') {
            if ((c == '(') == open) {
                return "parentheses that do not match";
            }
            open = !open;
            paste->next++;
            continue;
        }
        error = c == '"' ? take_quoted(paste) : take_bare(paste);
        if (error) {
            return error;
        }
        if (paste->len - before > MTA_STS_STRING_MAX) {
            return "a string of more than 255 octets; split it into several, "
                   "each in quotes";
        }
        strings++;
    }
    if (open) {
        return "parentheses that do not match";
    }
    return strings ? NULL : "no string behind the type";
}

/*
 * Skip what stands in front of the strings: "NAME TTL CLASS TXT" with any but
 * the last left out, "NAME descriptive text" of host, "NAME text =" of
 * nslookup. Answers 0, and skips nothing, if this is not there.
 */
static int skip_front(paste_t *paste)
{
    const char *word[WORDS_MAX];
    apr_size_t len[WORDS_MAX];
    const char *c = paste->next;
    int words;

    for (words = 0; words < WORDS_MAX; words++) {
        while (c < paste->end && mta_sts_is_wsp(*c)) {
            c++;
        }
        word[words] = c;
        while (c < paste->end && !is_blank(*c) && *c != '"' && *c != '(' &&
               *c != ';') {
            c++;
        }
        len[words] = (apr_size_t)(c - word[words]);
        if (len[words] == 0) {
            return 0;
        }
        if (is_word(word[words], len[words], "TXT") ||
            (words == 2 && is_word(word[1], len[1], "descriptive") &&
             is_word(word[2], len[2], "text")) ||
            (words == 2 && is_word(word[1], len[1], "text") &&
             is_word(word[2], len[2], "="))) {
            paste->next = c;
            return 1;
        }
    }
    return 0;
}

/* Take the text as a panel shows it. */
static const char *take_panel(paste_t *paste)
{
    const char *error;

    while (paste->next < paste->end) {
        if (*paste->next == '"') {
            return "a quote in the middle of the text";
        }
        if (*paste->next == '\n' || *paste->next == '\r') {
            return "more than one line, and no quotes";
        }
        error = take_octet(paste);
        if (error) {
            return error;
        }
    }
    return NULL;
}

const char *mta_sts_record_unpaste(apr_pool_t *p, const char *line,
                                   apr_size_t len, const char **text)
{
    paste_t paste = {line, line, NULL, 0};
    const char *error;

    if (len > MTA_STS_TXT_MAX) {
        return "longer than 65535 octets, which no TXT record is";
    }
    if (len > 0) {
        paste.end += len;
    }
    while (paste.next < paste.end && is_blank(*paste.next)) {
        paste.next++;
    }
    while (paste.next < paste.end && is_blank(paste.end[-1])) {
        paste.end--;
    }
    if (paste.next == paste.end) {
        return "empty";
    }
    paste.text = apr_palloc(p, len + 1);
    if (*paste.next == '"' || *paste.next == '(' || skip_front(&paste)) {
        error = take_strings(&paste);
    }
    else {
        error = take_panel(&paste);
    }
    if (error) {
        return error;
    }
    paste.text[paste.len] = '\0';
    *text = paste.text;
    return NULL;
}
