/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Members of a report's JSON, read leniently: words, names, addresses, counts
 * and times.
 */
#include <string.h>

#define APR_WANT_BYTEFUNC /* inet_pton() */
#include <apr_want.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "core/name.h"
#include "core/octets.h"
#include "core/repair.h"
#include "core/tlsrpt.h"

/* Octets of an IPv6 address at most, as text (INET6_ADDRSTRLEN, less NUL). */
#define ADDRESS_MAX 45

const char *tlsrpt_keyword(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                           const char *name, int (*is_known)(const char *word))
{
    const char *text = tlsrpt_word(r, object, name, TLSRPT_WORD_MAX);
    const char *word = tlsrpt_word_form(r->p, text);

    if (*text == '\0') {
        return text;
    }
    if (!is_known(word)) {
        tlsrpt_note(r, name, "unknown type \"%s\", taken as other",
                    tlsrpt_quoted(r, text));
        return text;
    }
    if (strcmp(word, text) != 0) {
        tlsrpt_note(r, name, "\"%s\" read as %s", tlsrpt_quoted(r, text), word);
    }
    return word;
}

const char *tlsrpt_name(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                        const char *name)
{
    const char *text = tlsrpt_word(r, object, name, MTA_STS_NAME_MAX + 1);
    const char *normal;

    if (*text == '\0') {
        return text;
    }
    if (mta_sts_name_parse(r->p, text, &normal)) {
        tlsrpt_note(r, name, "\"%s\" is not a domain name",
                    tlsrpt_quoted(r, text));
        return tlsrpt_lower(r->p, text);
    }
    if (strlen(normal) < strlen(text)) {
        tlsrpt_note(r, name, "final dot dropped");
    }
    return normal;
}

/* An address as it is shortest, in buffer; 0 if the text is none. */
static int shortest(const char *text, char buffer[ADDRESS_MAX + 1])
{
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    unsigned char octets[16];

    return inet_pton(family, text, octets) == 1 &&
           inet_ntop(family, octets, buffer, ADDRESS_MAX + 1) != NULL;
}

const char *tlsrpt_address_form(apr_pool_t *p, const char *text)
{
    char form[ADDRESS_MAX + 1];

    return shortest(text, form) ? apr_pstrdup(p, form) : text;
}

const char *tlsrpt_address(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                           const char *name)
{
    const char *text = tlsrpt_word(r, object, name, ADDRESS_MAX);
    char form[ADDRESS_MAX + 1];

    if (*text && !shortest(text, form)) {
        tlsrpt_note(r, name, "\"%s\" is not an IP address",
                    tlsrpt_quoted(r, text));
    }
    return text;
}

/* A count in a text; 0 if there is none. */
static int text_number(const char *text, double *number)
{
    int negative = *text == '-';
    double value = 0;

    text += negative;
    if (*text == '\0') {
        return 0;
    }
    for (; *text; text++) {
        if (!mta_sts_is_digit(*text)) {
            return 0;
        }
        value = 10 * value + (*text - '0');
    }
    *number = negative ? -value : value;
    return 1;
}

/* A number as a count: whole, and within bounds. */
static apr_int64_t whole(tlsrpt_reader_t *r, const char *name, double number)
{
    apr_int64_t count;

    if (number < 0) {
        tlsrpt_note(r, name, "less than 0, taken as 0");
        return 0;
    }
    if (number > (double)TLSRPT_COUNT_MAX) {
        tlsrpt_note(r, name, "more than %" APR_INT64_T_FMT ", taken as that",
                    TLSRPT_COUNT_MAX);
        return TLSRPT_COUNT_MAX;
    }
    count = (apr_int64_t)number;
    if ((double)count < number) {
        tlsrpt_note(r, name, "not a whole number, taken as %" APR_INT64_T_FMT,
                    count);
    }
    return count;
}

apr_int64_t tlsrpt_count(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                         const char *name, apr_int64_t absent)
{
    const tlsrpt_json_t *value = tlsrpt_member(r, object, name);
    const char *text = tlsrpt_json_text(value);
    double number;

    switch (tlsrpt_json_kind(value)) {
    case TLSRPT_JSON_NUMBER:
        return whole(r, name, tlsrpt_json_number(value));
    case TLSRPT_JSON_STRING:
        if (text_number(tlsrpt_trim(r, text, strlen(text)), &number)) {
            tlsrpt_note(r, name, "a text, read as a number");
            return whole(r, name, number);
        }
        break;
    case TLSRPT_JSON_ABSENT:
        tlsrpt_note(r, name, "missing, taken as %" APR_INT64_T_FMT, absent);
        return absent;
    case TLSRPT_JSON_OBJECT:
    case TLSRPT_JSON_ARRAY:
    case TLSRPT_JSON_BOOLEAN:
        break;
    }
    tlsrpt_note(r, name, "not a number, taken as %" APR_INT64_T_FMT, absent);
    return absent;
}

/* Exactly so many digits at *text, which is moved behind them. */
static int digits(const char **text, int count, int *number)
{
    *number = 0;
    for (; count > 0; count--, (*text)++) {
        if (!mta_sts_is_digit(**text)) {
            return 0;
        }
        *number = 10 * *number + (**text - '0');
    }
    return 1;
}

/* One octet at *text, which is moved behind it. */
static int octet(const char **text, char wanted)
{
    if (**text != wanted) {
        return 0;
    }
    (*text)++;
    return 1;
}

static int date_parts(const char **text, apr_time_exp_t *when)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, leap;

    if (!digits(text, 4, &year) || !octet(text, '-') ||
        !digits(text, 2, &month) || !octet(text, '-') ||
        !digits(text, 2, &day)) {
        return 0;
    }
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > days[month - 1] || (month == 2 && day == 29 && !leap)) {
        return 0;
    }
    when->tm_year = year - 1900;
    when->tm_mon = month - 1;
    when->tm_mday = day;
    return 1;
}

/* Fractions of a second do not matter. A leap second is the next second. */
static int time_parts(const char **text, apr_time_exp_t *when)
{
    int hour, minute, second;

    if (!digits(text, 2, &hour) || !octet(text, ':') ||
        !digits(text, 2, &minute) || !octet(text, ':') ||
        !digits(text, 2, &second) || hour > 23 || minute > 59 || second > 60) {
        return 0;
    }
    if (octet(text, '.')) {
        int ignored;

        if (!digits(text, 1, &ignored)) {
            return 0;
        }
        while (mta_sts_is_digit(**text)) {
            (*text)++;
        }
    }
    when->tm_hour = hour;
    when->tm_min = minute;
    when->tm_sec = second;
    return 1;
}

/* "+01:00" and "+0100", up to the end of the text. */
static int zone_parts(const char **text, apr_time_exp_t *when)
{
    int sign = **text == '-' ? -1 : 1, hours, minutes;

    if (!octet(text, '+') && !octet(text, '-')) {
        return 0;
    }
    if (!digits(text, 2, &hours)) {
        return 0;
    }
    octet(text, ':');
    if (!digits(text, 2, &minutes) || hours > 23 || minutes > 59) {
        return 0;
    }
    when->tm_gmtoff = sign * (hours * 3600 + minutes * 60);
    return 1;
}

/* RFC 3339, and what is like it. */
static int time_text(tlsrpt_reader_t *r, const char *name, const char *text,
                     apr_int64_t *seconds)
{
    apr_time_exp_t when;
    apr_time_t micros;

    memset(&when, 0, sizeof(when));
    if (!date_parts(&text, &when)) {
        return 0;
    }
    if (octet(&text, ' ')) {
        tlsrpt_note(r, name, "a blank for the T between date and time");
    }
    else if (!octet(&text, 'T') && !octet(&text, 't')) {
        return 0;
    }
    if (!time_parts(&text, &when)) {
        return 0;
    }
    if (*text == '\0') {
        tlsrpt_note(r, name, "without a time zone, taken as UTC");
    }
    else if (!octet(&text, 'Z') && !octet(&text, 'z') &&
             !zone_parts(&text, &when)) {
        return 0;
    }
    if (*text || apr_time_exp_gmt_get(&micros, &when) != APR_SUCCESS) {
        return 0;
    }
    *seconds = apr_time_sec(micros);
    return *seconds >= 0;
}

int tlsrpt_time(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                const char *name, apr_int64_t *seconds)
{
    const char *text = tlsrpt_word(r, object, name, TLSRPT_WORD_MAX);

    if (*text == '\0') {
        tlsrpt_note(r, name, "missing");
        return 0;
    }
    if (!time_text(r, name, text, seconds)) {
        tlsrpt_note(r, name, "\"%s\" is no date and time",
                    tlsrpt_quoted(r, text));
        return 0;
    }
    return 1;
}
