/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Days of the calendar. Counted in a year that begins in March, so that a leap
 * day is the last of its year.
 */
#include <apr_strings.h>

#include "core/day.h"

#define DAY_SECONDS 86400

/* Days from 0000-03-01 to 1970-01-01. */
#define EPOCH 719468

/* Days in 400 years, in 100, in 4 and in one, of the Gregorian calendar. */
#define DAYS_400 146097
#define DAYS_100 36524
#define DAYS_4   1461
#define DAYS_1   365

/* Days from 1970-01-01 to a day. */
static int number_of(int day)
{
    int d = day % 100, m = day / 100 % 100, y = day / 10000;
    int month = (m + 9) % 12; /* 0 is March */
    int year = m <= 2 ? y - 1 : y;

    return year * DAYS_1 + year / 4 - year / 100 + year / 400 +
           (month * 306 + 5) / 10 + d - 1 - EPOCH;
}

/* The day that is so many days after 1970-01-01. */
static int day_at(int number)
{
    int n = number + EPOCH;
    int era = n / DAYS_400, rest = n % DAYS_400;
    int year =
        (rest - rest / (DAYS_4 - 1) + rest / DAYS_100 - rest / (DAYS_400 - 1)) /
        DAYS_1;
    int of_year = rest - (DAYS_1 * year + year / 4 - year / 100);
    int month = (5 * of_year + 2) / 153;
    int d = of_year - (153 * month + 2) / 5 + 1;
    int m = month < 10 ? month + 3 : month - 9;
    int y = year + era * 400 + (m <= 2);

    return y * 10000 + m * 100 + d;
}

int tlsrpt_day_of(apr_int64_t seconds)
{
    return day_at((int)(seconds / DAY_SECONDS));
}

int tlsrpt_day_add(int day, int n)
{
    return day_at(number_of(day) + n);
}

int tlsrpt_days_between(int a, int b)
{
    return number_of(b) - number_of(a);
}

const char *tlsrpt_day_text(apr_pool_t *p, int day)
{
    return apr_psprintf(p, "%04d-%02d-%02d", day / 10000, day / 100 % 100,
                        day % 100);
}
