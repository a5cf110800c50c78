/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The texts behind core/advice.h, by enumeration.
 *
 * In a check, MX and DOMAIN in capitals are replaced; so no other word of it
 * may have them in it.
 */
#ifndef MTA_STS_CORE_ADVICE_TEXT_H
#define MTA_STS_CORE_ADVICE_TEXT_H

#include "core/advice.h"

extern const tlsrpt_advice_t tlsrpt_result_texts[TLSRPT_RESULT_COUNT];
extern const tlsrpt_advice_t tlsrpt_finding_texts[TLSRPT_FINDING_COUNT];

#endif
