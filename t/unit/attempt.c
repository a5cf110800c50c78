/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/attempt: what is said of an attempt that lasts, and how often.
 */
#include "unit.h"

#include "core/attempt.h"

#define SEC(n) apr_time_from_sec(n)
/* When the attempts of these tests begin. */
#define BEGAN SEC(1795500000)

static tlsrpt_attempt_t seen;

static void looked(apr_time_t since, apr_time_t now, tlsrpt_attempt_e said)
{
    assert_int_equal(tlsrpt_attempt_look(&seen, since, now), said);
}

static void begin(void)
{
    memset(&seen, 0, sizeof(seen));
}

static void the_bound_is_a_minute(void **state)
{
    (void)state;
    assert_int_equal(TLSRPT_ATTEMPT_LASTS, 60);
    assert_false(tlsrpt_attempt_lasts(BEGAN, BEGAN));
    assert_false(tlsrpt_attempt_lasts(BEGAN, BEGAN + SEC(60)));
    assert_true(tlsrpt_attempt_lasts(BEGAN, BEGAN + SEC(60) + 1));
}

static void none_at_work_does_not_last(void **state)
{
    (void)state;
    assert_false(tlsrpt_attempt_lasts(0, BEGAN));
    begin();
    looked(0, BEGAN, TLSRPT_SAY_NOTHING);
    looked(0, BEGAN + SEC(1000), TLSRPT_SAY_NOTHING);
}

static void short_ones_are_not_spoken_of(void **state)
{
    int i;

    (void)state;
    begin();
    for (i = 0; i < 100; i++) {
        looked(BEGAN + SEC(6 * i), BEGAN + SEC(6 * i + 5), TLSRPT_SAY_NOTHING);
        looked(0, BEGAN + SEC(6 * i + 5), TLSRPT_SAY_NOTHING);
    }
}

static void one_that_lasts_is_said_once_and_its_end_once(void **state)
{
    (void)state;
    begin();
    looked(BEGAN, BEGAN + SEC(10), TLSRPT_SAY_NOTHING);
    looked(BEGAN, BEGAN + SEC(60), TLSRPT_SAY_NOTHING);
    looked(BEGAN, BEGAN + SEC(61), TLSRPT_SAY_IT_LASTS);
    looked(BEGAN, BEGAN + SEC(70), TLSRPT_SAY_NOTHING);
    looked(BEGAN, BEGAN + SEC(100000), TLSRPT_SAY_NOTHING);
    looked(0, BEGAN + SEC(100001), TLSRPT_SAY_IT_IS_OVER);
    looked(0, BEGAN + SEC(100002), TLSRPT_SAY_NOTHING);
}

static void it_is_over_when_the_next_one_is_at_work(void **state)
{
    const apr_time_t next = BEGAN + SEC(200);

    (void)state;
    begin();
    looked(BEGAN, BEGAN + SEC(61), TLSRPT_SAY_IT_LASTS);
    looked(next, next + SEC(1), TLSRPT_SAY_IT_IS_OVER);
    looked(next, next + SEC(60), TLSRPT_SAY_NOTHING);
    looked(next, next + SEC(61), TLSRPT_SAY_IT_LASTS);
    looked(0, next + SEC(62), TLSRPT_SAY_IT_IS_OVER);
}

static void the_next_one_that_lasts_already_is_said_at_the_next_look(
    void **state)
{
    const apr_time_t next = BEGAN + SEC(200);

    (void)state;
    begin();
    looked(BEGAN, BEGAN + SEC(61), TLSRPT_SAY_IT_LASTS);
    looked(next, next + SEC(61), TLSRPT_SAY_IT_IS_OVER);
    looked(next, next + SEC(62), TLSRPT_SAY_IT_LASTS);
}

static void the_clock_was_set_back(void **state)
{
    const apr_time_t back = BEGAN - SEC(7200);

    (void)state;
    assert_false(tlsrpt_attempt_lasts(BEGAN, back));
    begin();
    looked(BEGAN, BEGAN + SEC(1), TLSRPT_SAY_NOTHING);
    looked(BEGAN, back, TLSRPT_SAY_NOTHING);
    looked(BEGAN, back + SEC(60), TLSRPT_SAY_NOTHING);
    looked(BEGAN, back + SEC(61), TLSRPT_SAY_IT_LASTS);
    looked(BEGAN, back + SEC(62), TLSRPT_SAY_NOTHING);
    looked(0, back + SEC(63), TLSRPT_SAY_IT_IS_OVER);
    /* after it was said: not once more */
    begin();
    looked(BEGAN, BEGAN + SEC(61), TLSRPT_SAY_IT_LASTS);
    looked(BEGAN, back, TLSRPT_SAY_NOTHING);
    looked(BEGAN, back + SEC(61), TLSRPT_SAY_NOTHING);
    /* the next one begins earlier than the one before */
    looked(back + SEC(70), back + SEC(71), TLSRPT_SAY_IT_IS_OVER);
    looked(back + SEC(70), back + SEC(131), TLSRPT_SAY_IT_LASTS);
}

int main(void)
{
    PROMISE(the_bound_is_a_minute);
    PROMISE(none_at_work_does_not_last);
    PROMISE(short_ones_are_not_spoken_of);
    PROMISE(one_that_lasts_is_said_once_and_its_end_once);
    PROMISE(it_is_over_when_the_next_one_is_at_work);
    PROMISE(the_next_one_that_lasts_already_is_said_at_the_next_look);
    PROMISE(the_clock_was_set_back);
    return unit_run("attempt");
}
