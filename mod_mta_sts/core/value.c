/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Values as administrators write them in a configuration.
 *
 * An error text may quote the value, to show how it would be right, only
 * behind the check that the value is printable ASCII.
 */
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "core/octets.h"
#include "core/value.h"

/** The longest word for which a mode is guessed; longer ones are no slip. */
#define GUESS_MAX 16

#define MINUTE 60u
#define HOUR   (60u * MINUTE)
#define DAY    (24u * HOUR)
#define WEEK   (7u * DAY)

/* The largest first, which duration_text() needs. */
static const struct {
    const char *name;
    apr_uint32_t seconds;
} units[] = {
    {"w", WEEK}, {"d", DAY}, {"h", HOUR}, {"mi", MINUTE}, {"s", 1},
};

#define UNITS (sizeof(units) / sizeof(units[0]))

/* ---- mode ---- */

/* What people write for a mode: the beginning of a word, in lower case. */
static const struct {
    const char *word;
    mta_sts_mode_e mode;
} synonyms[] = {
    {"enforc", MTA_STS_MODE_ENFORCE},  {"strict", MTA_STS_MODE_ENFORCE},
    {"secur", MTA_STS_MODE_ENFORCE},   {"reject", MTA_STS_MODE_ENFORCE},
    {"test", MTA_STS_MODE_TESTING},    {"report", MTA_STS_MODE_TESTING},
    {"monitor", MTA_STS_MODE_TESTING}, {"off", MTA_STS_MODE_NONE},
    {"disable", MTA_STS_MODE_NONE},
};

/* How many letters to insert, to delete or to replace (Levenshtein). */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[GUESS_MAX + 1];
    unsigned i, k, len = (unsigned)strlen(b);

    for (k = 0; k <= len; k++) {
        row[k] = k;
    }
    for (i = 0; a[i]; i++) {
        unsigned corner = row[0];

        row[0] = i + 1;
        for (k = 1; k <= len; k++) {
            unsigned best = corner + (mta_sts_to_lower(a[i]) != b[k - 1]);

            if (row[k] + 1 < best) {
                best = row[k] + 1;
            }
            if (row[k - 1] + 1 < best) {
                best = row[k - 1] + 1;
            }
            corner = row[k];
            row[k] = best;
        }
    }
    return row[len];
}

/* The mode that was meant, or MTA_STS_MODE_UNSET. */
static mta_sts_mode_e guess_mode(const char *arg)
{
    mta_sts_mode_e mode;
    apr_size_t i;

    if (strlen(arg) > GUESS_MAX) {
        return MTA_STS_MODE_UNSET;
    }
    for (i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
        const char *word = synonyms[i].word;

        if (!apr_cstr_casecmpn(arg, word, strlen(word))) {
            return synonyms[i].mode;
        }
    }
    if (!apr_cstr_casecmp(arg, "no")) {
        return MTA_STS_MODE_NONE;
    }
    for (mode = MTA_STS_MODE_TESTING; mode <= MTA_STS_MODE_NONE; mode++) {
        const char *name = mta_sts_mode_name(mode);

        /* two slips in a word of seven letters, one in a word of four */
        if (distance(arg, name) <= strlen(name) / 3) {
            return mode;
        }
    }
    return MTA_STS_MODE_UNSET;
}

const char *mta_sts_value_mode(apr_pool_t *p, const char *arg,
                               mta_sts_mode_e *mode)
{
    mta_sts_mode_e m;

    for (m = MTA_STS_MODE_TESTING; m <= MTA_STS_MODE_NONE; m++) {
        if (!apr_cstr_casecmp(arg, mta_sts_mode_name(m))) {
            *mode = m;
            return NULL;
        }
    }
    m = guess_mode(arg);
    if (m == MTA_STS_MODE_UNSET) {
        return "not a mode; write testing, enforce or none";
    }
    return apr_psprintf(p,
                        "not a mode; did you mean %s? (testing, enforce or "
                        "none)",
                        mta_sts_mode_name(m));
}

/* ---- durations ---- */

const char *mta_sts_value_max_age(apr_pool_t *p, const char *arg,
                                  apr_uint32_t *seconds)
{
    static const char no_duration[] =
        "not a duration; write seconds, or a number with s, mi, h, d or w (at "
        "most 31557600 seconds)";
    apr_uint64_t number = 0, factor = 1;
    const char *c = arg;
    apr_size_t i;

    (void)p;
    for (; mta_sts_is_digit(*c); c++) {
        number = 10 * number + (apr_uint64_t)(*c - '0');
        /* beyond the largest it stays there, however many digits follow */
        if (number > MTA_STS_MAX_AGE_MAX) {
            number = (apr_uint64_t)MTA_STS_MAX_AGE_MAX + 1;
        }
    }
    if (c == arg) {
        return no_duration;
    }
    if (*c) {
        for (i = 0; i < UNITS; i++) {
            if (!apr_cstr_casecmp(c, units[i].name)) {
                break;
            }
        }
        if (i == UNITS && !apr_cstr_casecmp(c, "m")) {
            return "not a duration; m could be minutes or months: minutes are "
                   "mi, and the others s, h, d and w (at most 31557600 "
                   "seconds)";
        }
        if (i == UNITS) {
            return no_duration;
        }
        factor = units[i].seconds;
    }
    number *= factor;
    if (number > MTA_STS_MAX_AGE_MAX) {
        return "too long; at most 31557600 seconds, about a year";
    }
    if (number == 0) {
        return "too short; at least 1 second and at most 31557600 seconds, "
               "because there are senders that refuse 0";
    }
    *seconds = (apr_uint32_t)number;
    return NULL;
}

const char *mta_sts_duration_text(apr_pool_t *p, apr_uint32_t seconds)
{
    const char *text = "";
    apr_size_t i;

    if (seconds == 0) {
        return "0s";
    }
    for (i = 0; i < UNITS; i++) {
        apr_uint32_t n = seconds / units[i].seconds;

        seconds %= units[i].seconds;
        if (n > 0) {
            text = apr_psprintf(p, "%s%u%s", text, n, units[i].name);
        }
    }
    return text;
}

/* ---- policy id ---- */

/* NULL, or what keeps a word from being 1 to 32 letters or digits. */
static const char *not_id_word(const char *word)
{
    apr_size_t i;

    for (i = 0; word[i]; i++) {
        if (!mta_sts_is_alnum(word[i])) {
            return "only letters and digits are allowed";
        }
    }
    if (i == 0) {
        return "it is empty";
    }
    if (i > MTA_STS_ID_MAX) {
        return "it is longer than 32 letters or digits";
    }
    return NULL;
}

const char *mta_sts_value_id(apr_pool_t *p, const char *arg, const char *salt,
                             mta_sts_id_t *id)
{
    const char *error;

    if (!apr_cstr_casecmp(arg, "auto")) {
        error = salt ? not_id_word(salt) : NULL;
        if (error) {
            return apr_pstrcat(p, "not a salt: ", error,
                               "; write auto and 1 to 32 letters or digits",
                               NULL);
        }
        id->literal = NULL;
        id->salt = salt ? apr_pstrdup(p, salt) : NULL;
        return NULL;
    }
    error = not_id_word(arg);
    if (error) {
        return apr_pstrcat(p, "not a policy id: ", error,
                           "; write auto, or 1 to 32 letters or digits", NULL);
    }
    if (salt) {
        return "an id takes no second word; write auto and a salt, or the id "
               "alone";
    }
    id->literal = apr_pstrdup(p, arg);
    id->salt = NULL;
    return NULL;
}

/* ---- report address ---- */

/*
 * NULL, or the octet that keeps a text from being in a rua: RFC 8460, 3 wants
 * three octets percent-encoded, RFC 3986, 2 does not know some others.
 */
static const char *bad_uri_octet(const char *arg)
{
    const char *c;

    for (c = arg; *c; c++) {
        if (!mta_sts_is_print(*c) || *c == ' ') {
            return "has a blank, a control character or what is not ASCII; "
                   "percent-encode it (a blank is %20)";
        }
    }
    for (c = arg; *c; c++) {
        switch (*c) {
        case ',':
            return "has a raw \",\"; separate addresses with blanks, or write "
                   "it %2C";
        case ';':
            return "has a raw \";\"; write it %3B";
        case '!':
            return "has a raw \"!\"; write it %21";
        case '%':
            if (!mta_sts_is_hex(c[1]) || !mta_sts_is_hex(c[2])) {
                return "has a \"%\" without two hexadecimal digits behind it; "
                       "write it %25";
            }
            break;
        case '"':
        case '<':
        case '>':
        case '\\':
        case '^':
        case '`':
        case '{':
        case '|':
        case '}':
            return "has an octet that no URI has (a backslash, or one of "
                   "\"<>^`{|}); "
                   "percent-encode it";
        }
    }
    return NULL;
}

/* NULL, or the error; rest is what stands behind "mailto:". */
static const char *check_mailto(apr_pool_t *p, const char *rest)
{
    apr_size_t len = strcspn(rest, "?");
    const char *at = memchr(rest, '@', len);

    if (rest[0] == '/' && rest[1] == '/' && rest[2]) {
        return apr_psprintf(p, "mailto: has no slashes; write mailto:%s",
                            rest + 2);
    }
    if (!at || at == rest || at + 1 == rest + len) {
        return "no mail address behind mailto:; write it as in "
               "mailto:tls-reports@example.com";
    }
    return NULL;
}

/* NULL, or the error; rest is what stands behind "https:". */
static const char *check_https(apr_pool_t *p, const char *rest)
{
    static const char no_host[] = "no host behind https://; write it as in "
                                  "https://reports.example.com/tlsrpt";
    const char *host, *end, *c;

    if (rest[0] != '/' || rest[1] != '/') {
        rest += strspn(rest, "/");
        return *rest ? apr_psprintf(p,
                                    "two slashes belong behind https:; "
                                    "write https://%s",
                                    rest)
                     : no_host;
    }
    host = rest + 2;
    end = host + strcspn(host, "/?#");
    if (memchr(host, '@', (apr_size_t)(end - host))) {
        return "has a user name; a report goes to a host and a path";
    }
    if (host[0] == '[') {
        c = memchr(host, ']', (apr_size_t)(end - host));
        c = c ? c + 1 : host;
    }
    else {
        c = memchr(host, ':', (apr_size_t)(end - host));
        c = c ? c : end;
    }
    if (c == host) {
        return no_host;
    }
    if (*c == ':') {
        c++;
        if (c == end) {
            return "no port behind the colon; write the number, or leave the "
                   "colon out";
        }
        c += strspn(c, "0123456789");
    }
    if (c != end) {
        return "the port is not a number";
    }
    return NULL;
}

/* A text that is neither mailto: nor https: says what was forgotten. */
static const char *other_scheme(apr_pool_t *p, const char *arg)
{
    const char *colon = strchr(arg, ':');
    const char *at = strchr(arg, '@');

    if (!apr_cstr_casecmpn(arg, "http://", 7) && arg[7]) {
        return apr_psprintf(p, "http: is not allowed; write https://%s",
                            arg + 7);
    }
    if (at && !colon && at != arg && at[1]) {
        return apr_psprintf(p,
                            "a mail address without its scheme; write "
                            "mailto:%s",
                            arg);
    }
    if (arg[0] != '.' && arg[0] != '/' && strchr(arg, '.') && !at &&
        (!colon || mta_sts_is_digit(colon[1]))) {
        return apr_psprintf(p, "a host without its scheme; write https://%s",
                            arg);
    }
    return "not a report address; write mailto: and a mail address, or "
           "https:// and a host and a path";
}

const char *mta_sts_value_rua(apr_pool_t *p, const char *arg, const char **uri)
{
    const char *error = bad_uri_octet(arg);
    const char *scheme;
    apr_size_t len;

    if (error) {
        return error;
    }
    if (!apr_cstr_casecmpn(arg, "mailto:", 7)) {
        scheme = "mailto:";
        len = 7;
        error = check_mailto(p, arg + len);
    }
    else if (!apr_cstr_casecmpn(arg, "https:", 6)) {
        scheme = "https:";
        len = 6;
        error = check_https(p, arg + len);
    }
    else {
        return other_scheme(p, arg);
    }
    if (error) {
        return error;
    }
    *uri = apr_pstrcat(p, scheme, arg + len, NULL);
    return NULL;
}
