/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tlsrpt/intake_monitor.h"

#include <string.h>

#include "core/attempt.h"
#include "core/render.h"
#include "tlsrpt/intake.h"
#include "tlsrpt/message.h"

/* Of the parent. */
static tlsrpt_attempt_t seen;

void tlsrpt_intake_monitor_begin(void)
{
    memset(&seen, 0, sizeof(seen));
}

static void say(apr_pool_t *p, server_rec *s, tlsrpt_attempt_e what,
                apr_time_t since)
{
    const char *when = tlsrpt_time_words(p, apr_time_sec(since));

    if (what == TLSRPT_SAY_IT_LASTS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     W_ATTEMPT_LASTS
                     "the attempt to move reports into the store that began at "
                     "%s has been at work for more than %d seconds: the "
                     "database may not answer, or be slow. It is waited for, "
                     "and reports that come meanwhile stay in the spool",
                     when, TLSRPT_ATTEMPT_LASTS);
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     N_ATTEMPT_OVER
                     "the attempt to move reports into the store that began at "
                     "%s is over",
                     when);
    }
}

int tlsrpt_intake_monitor(apr_pool_t *pconf, server_rec *s)
{
    const apr_time_t before = seen.since;
    tlsrpt_intake_status_t status;
    tlsrpt_attempt_e what;
    apr_pool_t *p;

    if (!tlsrpt_intake_status(&status)) {
        return DECLINED;
    }
    what = tlsrpt_attempt_look(&seen, status.at_work, apr_time_now());
    if (what == TLSRPT_SAY_NOTHING) {
        return DECLINED;
    }
    apr_pool_create(&p, pconf); /* which lives on */
    say(p, s, what, what == TLSRPT_SAY_IT_LASTS ? seen.since : before);
    apr_pool_destroy(p);
    return DECLINED;
}
