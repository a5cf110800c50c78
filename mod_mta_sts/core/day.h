/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Days of the calendar in UTC, as the store keeps them: the number yyyymmdd.
 * From 1970-01-01 to 9999-12-31.
 */
#ifndef MTA_STS_CORE_DAY_H
#define MTA_STS_CORE_DAY_H

#include <apr_pools.h>

/** The day of a time in seconds since 1970. */
int tlsrpt_day_of(apr_int64_t seconds);

/** The day that is n days later; earlier where n is negative. */
int tlsrpt_day_add(int day, int n);

/** How many days b is later than a; negative where it is earlier. */
int tlsrpt_days_between(int a, int b);

/** "2026-04-01". */
const char *tlsrpt_day_text(apr_pool_t *p, int day);

#endif
