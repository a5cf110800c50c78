/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/attempt.h"

int tlsrpt_attempt_lasts(apr_time_t since, apr_time_t now)
{
    return since != 0 && now - since > apr_time_from_sec(TLSRPT_ATTEMPT_LASTS);
}

tlsrpt_attempt_e tlsrpt_attempt_look(tlsrpt_attempt_t *seen, apr_time_t since,
                                     apr_time_t now)
{
    if (since != seen->since) {
        const int is_over = seen->said;

        seen->since = seen->from = since;
        seen->said = 0;
        if (is_over) {
            return TLSRPT_SAY_IT_IS_OVER;
        }
    }
    if (now < seen->from) {
        seen->from = now;
    }
    if (seen->said || !tlsrpt_attempt_lasts(seen->from, now)) {
        return TLSRPT_SAY_NOTHING;
    }
    seen->said = 1;
    return TLSRPT_SAY_IT_LASTS;
}
