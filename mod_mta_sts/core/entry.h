/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * An entry of the spool: its name, and its lines "Name: value" in front of a
 * report. No file is touched here.
 */
#ifndef MTA_STS_CORE_ENTRY_H
#define MTA_STS_CORE_ENTRY_H

#include "core/spool.h"

/** Octets of a name: 64 hexadecimal digits, "-" and the digit of the trust. */
#define TLSRPT_ENTRY_NAME 66
/** The most octets of the lines in front, the blank one included. */
#define TLSRPT_ENTRY_HEAD_MAX 4096
/** The most octets of a value; a longer one is cut when it is written. */
#define TLSRPT_ENTRY_VALUE_MAX 512

/** Is this the name of an entry? Lower case digits only. */
int tlsrpt_entry_is_name(const char *name);

/**
 * An origin as it can be written: NULL becomes "", values are cut, and control
 * characters in them become "?".
 *
 * @return  a copy, in p
 */
tlsrpt_origin_t *tlsrpt_entry_clean(apr_pool_t *p,
                                    const tlsrpt_origin_t *origin);

/**
 * The name of a report: `sha256sum` of its JSON, and the trust. The sum is of
 * more where more decides what is stored, with a NUL in front of each: the
 * domain of the origin, if it has one; "Submitter: " and the submitter, if it
 * has one; and "Channel: mail" for a mail without DKIM, which is kept and not
 * counted, so that it keeps the same report by HTTPS out of nothing.
 *
 * @param origin  clean
 * @return        in p; NULL if OpenSSL has no SHA-256
 */
const char *tlsrpt_entry_name(apr_pool_t *p, const tlsrpt_origin_t *origin,
                              const char *json, apr_size_t len);

/**
 * The lines of an origin, without the blank one.
 *
 * @param origin  clean
 */
const char *tlsrpt_entry_head(apr_pool_t *p, const tlsrpt_origin_t *origin);

/**
 * Does a file begin with the lines of an entry, and a blank one? For what is
 * not read on if it does not.
 *
 * @param data  at least its first TLSRPT_ENTRY_HEAD_MAX octets, or all of it
 * @return      NULL, or a sentence that says why it is no entry, static
 */
const char *tlsrpt_entry_begins(apr_pool_t *p, const char *data,
                                apr_size_t len);

/**
 * Read an entry: its lines, and whether its name is really that of its
 * content. So nobody who may write into new/ can take a report's place.
 * Lines of other names are passed over: a newer version may write them.
 *
 * @param data    the file; NUL-terminated behind its len octets
 * @param origin  the texts are in p; untouched on error
 * @param json    in data
 * @return        NULL, or a sentence that says why it is no entry, static
 */
const char *tlsrpt_entry_parse(apr_pool_t *p, const char *name,
                               const char *data, apr_size_t len,
                               tlsrpt_origin_t *origin, const char **json,
                               apr_size_t *size);

#endif
