/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Members of a report's JSON, read leniently: what real reporters get wrong is
 * mended where its meaning is plain, and each repair is noted with its place.
 *
 * For core/tlsrpt.c. All functions take any value, absent ones too; texts that
 * they answer are in the reader's pool, valid UTF-8 and never NULL.
 */
#ifndef MTA_STS_CORE_REPAIR_H
#define MTA_STS_CORE_REPAIR_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "core/json.h"

typedef struct {
    apr_pool_t *p;               /* of the report */
    apr_pool_t *scratch;         /* gone when the report is read */
    apr_array_header_t *repairs; /* of const char * */
    int more;                    /* how many were not noted any more */
    apr_size_t inner;            /* octets of lists inside texts, so far */
    int policy, failure;         /* where we are: indices, or -1 */
    const char *part;            /* "policy.", "summary.", or "" */
} tlsrpt_reader_t;

/**
 * Note a repair of a member: "policies[0].policy.mx-host: WHAT".
 *
 * @param name    of the member; "" is the entry of a list that we are in
 * @param format  as apr_psprintf(); the text is one sentence or less
 */
void tlsrpt_note(tlsrpt_reader_t *r, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Say at the end how many repairs found no room. */
void tlsrpt_notes_end(tlsrpt_reader_t *r);

/**
 * A member of an object by its name in the RFC, or by one of the names that
 * reporters really use for it ("_" for "-", names of old drafts).
 */
const tlsrpt_json_t *tlsrpt_member(tlsrpt_reader_t *r,
                                   const tlsrpt_json_t *object,
                                   const char *name);

/** A text of a member, cut to max octets; "" if there is none. */
const char *tlsrpt_text(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                        const char *name, apr_size_t max);

/** The same without blanks around it. */
const char *tlsrpt_word(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                        const char *name, apr_size_t max);

/**
 * A registered word, as policy types and result types: lower case, "-". One
 * that is not registered is noted, and stays as it was sent.
 *
 * @param is_known  is a word, in the form of tlsrpt_word_form(), registered?
 */
const char *tlsrpt_keyword(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                           const char *name, int (*is_known)(const char *word));

/** A host or domain name in normal form; what is none stays a text. */
const char *tlsrpt_name(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                        const char *name);

/** An IP address as it was sent; what is none is noted, and stays a text. */
const char *tlsrpt_address(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                           const char *name);

/**
 * A count, 0..TLSRPT_COUNT_MAX.
 *
 * @param absent  what it is where it is missing or no count
 */
apr_int64_t tlsrpt_count(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                         const char *name, apr_int64_t absent);

/** A list of texts: from an array, a text of lines, or JSON in a text. */
apr_array_header_t *tlsrpt_lines(tlsrpt_reader_t *r,
                                 const tlsrpt_json_t *object, const char *name);

/**
 * The value of a line "NAME: value" of a policy; NULL if it is another.
 *
 * @param name  in lower case; the line's may be in any
 */
const char *tlsrpt_field(const char *line, const char *name);

/** An mx pattern in normal form; what is none stays a text. */
const char *tlsrpt_pattern(tlsrpt_reader_t *r, const char *name,
                           const char *text);

/** A list of mx patterns. */
apr_array_header_t *tlsrpt_patterns(tlsrpt_reader_t *r,
                                    const tlsrpt_json_t *object,
                                    const char *name);

/**
 * A date and time as seconds since 1970.
 *
 * @return  non-zero; 0 if it is none
 */
int tlsrpt_time(tlsrpt_reader_t *r, const tlsrpt_json_t *object,
                const char *name, apr_int64_t *seconds);

/** A stranger's text for a note: cut short, and printable ASCII. */
const char *tlsrpt_quoted(tlsrpt_reader_t *r, const char *text);

/** Text of len octets without blanks and line ends around it. */
const char *tlsrpt_trim(tlsrpt_reader_t *r, const char *text, apr_size_t len);

/** Text in lower case, in p. ASCII alone. */
char *tlsrpt_lower(apr_pool_t *p, const char *text);

/** The text, cut to max octets between two characters, in p or itself. */
const char *tlsrpt_cut(apr_pool_t *p, const char *text, apr_size_t max);

#endif
