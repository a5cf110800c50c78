/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * An attempt to move reports from the spool into the store: does it last so
 * long that somebody should know? It works for about five seconds; but a
 * database that hangs holds it without end, and nothing else would say so.
 */
#ifndef MTA_STS_CORE_ATTEMPT_H
#define MTA_STS_CORE_ATTEMPT_H

#include <apr_time.h>

/** Seconds. One that is at work for longer is said to last: it is twelve times
 * what one works by itself. */
#define TLSRPT_ATTEMPT_LASTS 60

/** What who looks at it now and then remembers. Begins with zeros. */
typedef struct {
    apr_time_t since; /* when the attempt began that was seen; 0: none was */
    apr_time_t from;  /* its time counts from here on */
    int said;         /* that it lasts */
} tlsrpt_attempt_t;

typedef enum {
    TLSRPT_SAY_NOTHING = 0,
    TLSRPT_SAY_IT_LASTS,  /* once for each attempt */
    TLSRPT_SAY_IT_IS_OVER /* once, if the other was said */
} tlsrpt_attempt_e;

/**
 * Does an attempt last?
 *
 * @param since  when it began; 0: none is at work
 * @return       0 also where it begins after now: the clock was set back
 */
int tlsrpt_attempt_lasts(apr_time_t since, apr_time_t now);

/**
 * Look at the attempt that is at work, and answer what is to be said.
 *
 * An attempt is known by its beginning. Where the clock was set back, its time
 * counts from the look that noticed it: it is said later then, not never.
 *
 * @param seen   what the look before left
 * @param since  when it began; 0: none is at work
 */
tlsrpt_attempt_e tlsrpt_attempt_look(tlsrpt_attempt_t *seen, apr_time_t since,
                                     apr_time_t now);

#endif
