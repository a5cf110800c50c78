/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What all processes of this httpd share: how much each network has sent
 * today, and the counters of the status page. It is kept by a graceful restart
 * and lost by a stop.
 *
 * Networks are the /24 of IPv4 and the /48 of IPv6. Nobody can fill the table
 * to the harm of others, because it has no entries: it is a fixed number of
 * counters, and a network has four of them, chosen by a keyed hash with a
 * secret key. What it sent is at most the least of the four. Two networks
 * share all four once in 10^14 pairs, and who attacks cannot look for such a
 * pair. The wider network around (/16 and /32) has a bound too, four times as
 * high (twice, for the room in the spool): who owns a /32 owns 65,536 networks.
 */
#ifndef MTA_STS_TLSRPT_SHARED_H
#define MTA_STS_TLSRPT_SHARED_H

#include <apr_network_io.h>

#include "tlsrpt/module.h"

/** What became of a request; each is counted. */
typedef enum {
    TALLY_RECEIVED = 0, /* a new report, 201 */
    TALLY_DUPLICATE,    /* one that is there already, 200 */
    TALLY_FOREIGN,      /* for policy domains of others, 200, not kept */
    TALLY_BAD,          /* no report, 400, 413 or 415 */
    TALLY_REFUSED,      /* a quota or a full disk, 429 or 503 */
    TALLY_MISDIRECTED,  /* sent to a path where none are taken, 404 */
    TALLIES
} tlsrpt_tally_e;

/**
 * Make or find it, in post_config.
 *
 * @param main_server  for its process pool
 * @return             APR_SUCCESS; else there are no quotas and no counters,
 *                     and the functions below do nothing
 */
apr_status_t tlsrpt_shared_init(server_rec *main_server);

/** "received", "duplicate", "foreign", "bad", "refused" or "misdirected".
 * Static. */
const char *tlsrpt_tally_name(tlsrpt_tally_e what);

void tlsrpt_tally(tlsrpt_tally_e what);

/** How often, since httpd was started; wraps at 2^32. */
apr_uint32_t tlsrpt_tally_of(tlsrpt_tally_e what);

/** What a quota is for. */
typedef enum {
    QUOTA_REQUESTS = 0, /* requests of a network */
    QUOTA_BAD,          /* bodies of a network kept in bad/ */
    QUOTA_ROOM,         /* room of the spool, in KiB begun */
    QUOTAS
} tlsrpt_quota_e;

/**
 * One more from a network today, if that is within its quota.
 *
 * @param limit  a day; QUOTA_NONE: no bound
 * @return       0 if it is not
 */
int tlsrpt_quota_network(const apr_sockaddr_t *addr, tlsrpt_quota_e what,
                         apr_uint32_t limit);

/**
 * So many octets more into the spool from a network today, if it stays within
 * its part of the room: a quarter, and the wider network a half. The first
 * report of a day is always taken. To be asked before the report is put, so
 * that many at once do not pass.
 *
 * @param room  of the spool, in octets; 0: no bound
 * @return      0 if it does not
 */
int tlsrpt_quota_room(const apr_sockaddr_t *addr, apr_size_t octets,
                      apr_off_t room);

/** It was not put: they are given back. */
void tlsrpt_quota_room_back(const apr_sockaddr_t *addr, apr_size_t octets,
                            apr_off_t room);

/**
 * Is there room for one more new report today?
 *
 * @param limit  as above
 */
int tlsrpt_quota_all(apr_uint32_t limit);

/** One more new report was stored. */
void tlsrpt_quota_stored(void);

#endif
