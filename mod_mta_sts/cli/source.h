/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Where reports come from: what an argument of `mta-sts report` names is found
 * out by its octets, not by its name.
 */
#ifndef MTA_STS_CLI_SOURCE_H
#define MTA_STS_CLI_SOURCE_H

#include <apr_pools.h>

#include "core/spool.h"
#include "core/tlsrpt.h"

/** The most octets of a file, as it is; of a mailbox, of each mail. */
#define SOURCE_SIZE_MAX (16 * 1024 * 1024)

/** A report was found. All of it is there during the call only. */
typedef struct {
    const char *name; /* "FILE, mail 3, part 2", printable ASCII */
    const tlsrpt_report_t *report;
    const char *json; /* as it came, unpacked */
    apr_size_t len;
    tlsrpt_origin_t origin;
} source_report_t;

typedef enum {
    SOURCE_BROKEN = 0,  /* what was read is no report */
    SOURCE_UNREAD,      /* reading itself failed: later it may work */
    SOURCE_EMPTY,       /* there is nothing in it */
    SOURCE_PASSED_OVER, /* in a mailbox, what is no mail, or too long for one
                         * with a report */
    SOURCE_NONE         /* a mailbox without a report */
} source_problem_e;

/** Something could not be read. The last two are no fault. */
typedef struct {
    const char *name; /* as above */
    const char *why;  /* a sentence without a final full stop */
    source_problem_e what;
    const char *data; /* what it was about; len may be 0 */
    apr_size_t len;
    tlsrpt_origin_t origin;
} source_problem_t;

typedef struct {
    const char *authserv_id; /* of mail_read(); NULL for nobody's */
    const char *domain;      /* of policies that name none; NULL */
    int one_mail; /* standard input is one mail, as mail servers pipe it, and no
                   * mailbox: a line "From " in it begins no other one, for its
                   * sender could have written that */
    void (*report)(void *baton, apr_pool_t *p, const source_report_t *report);
    void (*problem)(void *baton, apr_pool_t *p,
                    const source_problem_t *problem);
    void *baton;
} source_sink_t;

/**
 * Find the reports in a file: JSON, gzip, zip, a mail, a mailbox (mbox), or a
 * folder that is a Maildir. Other mails of a mailbox are passed over.
 *
 * How it is believed: a mail by its DKIM signature, a file that was named by
 * the hand that named it, standard input not.
 *
 * @param arg   a path, or "-" for standard input, which is read to its end
 * @param sink  who is told; at least one of its functions is called
 */
void source_read(apr_pool_t *p, const char *arg, const source_sink_t *sink);

#endif
