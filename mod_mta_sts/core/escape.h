/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Text from strangers on its way to a terminal, JSON, HTML, CSV, a metric or a
 * zone file.
 *
 * Each function takes any octets that end with NUL and allocates its answer,
 * which is safe in the place named, in p.
 */
#ifndef MTA_STS_CORE_ESCAPE_H
#define MTA_STS_CORE_ESCAPE_H

#include <apr_pools.h>

/**
 * For one line of a terminal, a log or a comment: octets outside printable
 * ASCII become \xHH. A backslash stays as it is, so that a regular expression
 * can be read; the form is for people, and cannot be turned back.
 */
const char *mta_sts_escape_line(apr_pool_t *p, const char *text);

/**
 * A JSON string with its quotes (RFC 8259, 7). Valid UTF-8 stays, control
 * characters (U+0080 to U+009F too) are escaped, octets that are not valid
 * UTF-8 become U+FFFD, one each. "</" is written "<\/" and "<!" "\u003c!", so
 * that it can stand in a script element.
 */
const char *mta_sts_escape_json(apr_pool_t *p, const char *text);

/**
 * A quoted character-string of a zone file (RFC 1035, 5.1): quote and
 * backslash get a backslash, octets outside printable ASCII become \DDD. The
 * length is not looked at: see mta_sts_record_rdata().
 */
const char *mta_sts_escape_zone(apr_pool_t *p, const char *text);

/**
 * For HTML, as text or in a quoted attribute: "&", "<", ">", and both quotes
 * become references. Line ends and TAB become blanks. What could make the page
 * show something else than it says becomes U+FFFD: other control characters,
 * what is not valid UTF-8 (one each octet), and the characters that turn the
 * direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
 * U+2069). No scheme is looked at: never write a stranger's text into href.
 */
const char *mta_sts_escape_html(apr_pool_t *p, const char *text);

/**
 * A cell of a CSV file in quotes (RFC 4180), printable ASCII as by
 * mta_sts_escape_line(). One that begins with "=", "+", "-", "@", TAB or CR,
 * after any blanks, gets "'" in front: a spreadsheet would take it for a
 * formula.
 */
const char *mta_sts_escape_csv(apr_pool_t *p, const char *text);

/**
 * The value of a label in OpenMetrics, with its quotes: backslash, quote and
 * line feed get a backslash. Other control characters, and what is not valid
 * UTF-8, become U+FFFD.
 */
const char *mta_sts_escape_label(apr_pool_t *p, const char *text);

#endif
