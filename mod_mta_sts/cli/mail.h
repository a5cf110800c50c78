/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A mail, and the parts of it that can be a TLS report (RFC 8460, 5.3). GMime
 * reads it; here are the bounds around it, because GMime has none. Nothing that
 * names a part is relied on but its octets: real reporters get types and names
 * wrong.
 */
#ifndef MTA_STS_CLI_MAIL_H
#define MTA_STS_CLI_MAIL_H

#include <apr_pools.h>
#include <apr_tables.h>

/** The most octets of a mail; "ten megabytes" is what RFC 8460, 5.3 expects. */
#define MAIL_SIZE_MAX (16 * 1024 * 1024)
/** The deepest nesting of multiparts and of mails within mails. */
#define MAIL_DEPTH_MAX 8
/** The most parts looked at. */
#define MAIL_PARTS_MAX 100
/** The most parts handed on. */
#define MAIL_CANDIDATES_MAX 10
/** The most octets of a header line, and of a header field with its folds. */
#define MAIL_LINE_MAX  8192
#define MAIL_FIELD_MAX 65536
/** The most lines, in the whole mail, that can be a header field, or a
 * boundary: it is by them that the memory of GMime grows. */
#define MAIL_FIELDS_MAX     100000
#define MAIL_BOUNDARIES_MAX (10 * MAIL_PARTS_MAX)

/** A part that can be a report. It is there during the call only. */
typedef struct {
    const char *data; /* decoded, not terminated */
    apr_size_t len;
    int number;   /* of the part, from 1: "part 2" */
    int declared; /* its type or its name says that it is a report */
    /** TLS-Report-Domain and TLS-Report-Submitter of the mail around it, in
     * normal form; "" for none, or for what is no name. */
    const char *domain, *submitter;
} mail_part_t;

/** @return  0: enough, no more parts */
typedef int mail_part_found_t(void *baton, apr_pool_t *p,
                              const mail_part_t *part);

/**
 * Read a mail.
 *
 * @param p            scratch, and for signers
 * @param data         the mail, with or without a "From " line before it; any
 *                     octets, not terminated
 * @param authserv_id  whose Authentication-Results are believed: of this id's,
 *                     the topmost one only. NULL: nobody's
 * @param signers      of const char *, set before the first part is found: the
 *                     domains with a valid DKIM signature over the whole body,
 *                     in normal form. Not changed on error
 * @param found        called for each part that can be a report
 * @return             NULL, or why it was not read, or not to its end: a
 *                     sentence without a final full stop, static
 */
const char *mail_read(apr_pool_t *p, const char *data, apr_size_t len,
                      const char *authserv_id, apr_array_header_t **signers,
                      mail_part_found_t *found, void *baton);

/** Does it begin like a mail: with a header field, or with "From "? */
int mail_looks_like_one(const char *data, apr_size_t len);

#endif
