/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The TXT records at _mta-sts.DOMAIN (RFC 8461, 3.1) and _smtp._tls.DOMAIN
 * (RFC 8460, 3): compose them, parse them, and understand the forms in which
 * people paste them.
 */
#ifndef MTA_STS_CORE_RECORD_H
#define MTA_STS_CORE_RECORD_H

#include <apr_pools.h>
#include <apr_tables.h>

/** The octets of one character-string of a TXT record (RFC 1035, 3.3). */
#define MTA_STS_STRING_MAX 255

/** A TXT record's text at most: what fits into RDATA. */
#define MTA_STS_TXT_MAX 65535

/**
 * "v=STSv1; id=ID;": the spelling that every sender examined accepts.
 *
 * @param p   where the text is allocated
 * @param id  1 to 32 letters or digits
 */
const char *mta_sts_record_compose(apr_pool_t *p, const char *id);

/**
 * "v=TLSRPTv1; rua=URI,URI": mailto URIs before https URIs, otherwise in the
 * order given.
 *
 * @param p    where the text is allocated
 * @param rua  of const char *, at least one
 */
const char *tlsrpt_record_compose(apr_pool_t *p, const apr_array_header_t *rua);

/**
 * Write a text as the RDATA of a zone file: one quoted string, or as many as
 * it needs of at most MTA_STS_STRING_MAX octets each, with a blank between.
 * Quotes and backslashes are escaped, octets outside printable ASCII become
 * \DDD (RFC 1035, 5.1).
 */
const char *mta_sts_record_rdata(apr_pool_t *p, const char *text);

/**
 * Parse one record's text, its character-strings already joined (RFC 8461,
 * 3.1). It begins "v=STSv1;" to the octet, as the RFC's rule for discarding
 * wants it; the RFC's grammar would have a blank before the ";".
 *
 * @param p     where the id is allocated
 * @param text  not terminated, any octets
 * @param len   octets; more than MTA_STS_TXT_MAX is an error
 * @param id    the policy id; untouched on error
 * @return      NULL, or a sentence that says what is wrong, printable ASCII
 */
const char *mta_sts_record_parse(apr_pool_t *p, const char *text,
                                 apr_size_t len, const char **id);

/**
 * Find the one MTA-STS record among the TXT records of a name: those that do
 * not begin "v=STSv1;" are discarded, and exactly one must remain (RFC 8461,
 * 3.1).
 *
 * @param texts  of const char *: each record's text, its strings joined
 * @return       as mta_sts_record_parse()
 */
const char *mta_sts_rrset_parse(apr_pool_t *p, const apr_array_header_t *texts,
                                const char **id);

/**
 * Parse a TLSRPT record's text (RFC 8460, 3).
 *
 * @param rua  of const char *: the URIs, in order, as written; those that
 *             mta_sts_value_rua() takes
 * @return     NULL, or a sentence that says what is wrong, printable ASCII
 */
const char *tlsrpt_record_parse(apr_pool_t *p, const char *text, apr_size_t len,
                                const apr_array_header_t **rua);

/**
 * Make a record's text out of what people paste: a whole line of a zone file
 * (name, TTL, class and type in front, a comment behind), quoted strings, one
 * or several, in parentheses or not, with \; and \DDD escapes, what dig, host
 * and nslookup print, a panel's text with blanks around it. A ";" outside
 * quotes behind the type TXT is an error: there a zone file has a comment.
 * (In core/unpaste.c.)
 *
 * @param p     where the text is allocated
 * @param line  not terminated, any octets
 * @param len   octets; more than MTA_STS_TXT_MAX is an error
 * @param text  the record's text; untouched on error
 * @return      NULL, or a sentence that says what is wrong
 */
const char *mta_sts_record_unpaste(apr_pool_t *p, const char *line,
                                   apr_size_t len, const char **text);

#endif
