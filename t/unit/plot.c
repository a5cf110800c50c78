/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary_plot: the axis says what it is, and one bar hides no other.
 */
#include "unit.h"

#include "core/render.h"

static int last = 20261124; /* the window ends there */

/* The plot of days with so many sessions each, from the first of the month. */
static const char *plot_of(const apr_int64_t *sessions, int days,
                           apr_int64_t failed)
{
    tlsrpt_summary_t sum;
    tlsrpt_text_t *t = tlsrpt_text_new(p);
    int i;

    memset(&sum, 0, sizeof(sum));
    sum.from = 20261101;
    sum.to = last;
    sum.days = apr_array_make(p, 1, sizeof(tlsrpt_sum_day_t));
    for (i = 0; i < days; i++) {
        tlsrpt_sum_day_t *day = apr_array_push(sum.days);

        memset(day, 0, sizeof(*day));
        day->day = 20261101 + i;
        day->sessions = sessions[i];
        day->failed = failed < sessions[i] ? failed : sessions[i];
        sum.sessions += sessions[i];
    }
    tlsrpt_html_plot(t, &sum);
    return tlsrpt_text_end(t);
}

/* A number of the axis, without the commas between thousands, times ten: it may
 * be "2.5 M". */
static apr_int64_t tick(const char **plot)
{
    static const char before[] = "text-anchor=\"end\">";
    static const char units[] = "kMGT";
    const char *s = strstr(*plot, before), *unit;
    apr_int64_t n = 0;
    int ten = 10, signs = 0;

    assert_non_null(s);
    for (s += strlen(before); *s != '<'; s++, signs++) {
        if (*s >= '0' && *s <= '9') {
            n = n * 10 + *s - '0';
        }
        if (*s == '.') {
            ten = 1;
        }
        for (unit = strchr(units, *s); unit && unit >= units; unit--) {
            n *= 1000;
        }
    }
    assert_true(signs <= 6); /* there is no room for more */
    *plot = s;
    return n * ten;
}

static void each_tick_is_what_it_says(void **state)
{
    apr_int64_t sessions;

    (void)state;
    for (sessions = 0; sessions < 700 * TLSRPT_SESSIONS_MAX;
         sessions += sessions < 120 ? 1 : sessions / 3) {
        const char *plot = plot_of(&sessions, 1, 0);
        apr_int64_t low = tick(&plot), middle = tick(&plot), high = tick(&plot);

        assert_int_equal(low, 0);
        assert_int_equal(middle * 2, high);
        assert_true(high >= 10 * sessions && high >= 40);
        assert_true(high <= 25 * (sessions > 2 ? sessions : 2));
    }
}

static int count(const char *plot, const char *what)
{
    int n = 0;

    for (; (plot = strstr(plot, what)) != NULL; plot++) {
        n++;
    }
    return n;
}

/* The top of the axis. */
static apr_int64_t top(const char *plot)
{
    tick(&plot);
    tick(&plot);
    return tick(&plot) / 10;
}

static void one_outlier_does_not_flatten_the_rest(void **state)
{
    static const apr_int64_t days[] = {10, 20, TLSRPT_SESSIONS_MAX, 30, 40};
    const char *plot = plot_of(days, 5, 3);

    (void)state;
    assert_int_equal(top(plot), 50);
    assert_int_equal(count(plot, "class=\"cut\""), 2); /* wide and narrow */
    assert_int_equal(
        count(plot, "1 bar is far higher than the others, and cut"),
        3); /* said in both, and shown */
    assert_int_equal(count(plot, "class=\"cross\""), 2 * 5 + 1);
    assert_int_equal(count(plot, "y=\"-"), 0); /* nothing is above the plot */
    assert_int_equal(count(plot, "height=\"-"), 0);
    assert_non_null(
        strstr(plot, "100,000,000,000</td>")); /* the table has it */
}

static void an_outlier_that_failed_is_cut_too(void **state)
{
    static const apr_int64_t days[] = {10, TLSRPT_SESSIONS_MAX, 10,
                                       TLSRPT_SESSIONS_MAX, 10};
    const char *plot = plot_of(days, 5, TLSRPT_SESSIONS_MAX);

    (void)state;
    assert_int_equal(top(plot), 10);
    assert_int_equal(count(plot, "class=\"cut\""), 4);
    /* over what is hatched */
    assert_true(strstr(plot, "class=\"cut\"") > strstr(plot, "class=\"bad\""));
    assert_non_null(strstr(plot, "2 bars are far higher"));
    assert_int_equal(count(plot, "y=\"-"), 0);
    assert_int_equal(count(plot, "height=\"-"), 0);
}

static void a_short_number_is_cut(void **state)
{
    static const struct {
        apr_int64_t n;
        const char *wanted;
    } cases[] = {{0, "0"},
                 {9999999, "9,999,999"},
                 {10000000, "10 M"},
                 {12399999, "12.3 M"},
                 {99999999, "99.9 M"},
                 {123456789, "123 M"},
                 {999999999, "999 M"},
                 {1000000000, "1 G"},
                 {TLSRPT_SESSIONS_MAX, "100 G"},
                 {APR_INT64_MAX, "9.2 E"}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unit_same(cases[i].wanted,
                  tlsrpt_short(p, cases[i].n, TLSRPT_SHORT_FROM),
                  cases[i].wanted);
    }
}

static void a_busy_day_is_no_outlier(void **state)
{
    static const apr_int64_t fifty[] = {0, 10, 500, 10, 0};
    static const apr_int64_t more[] = {10, 10, 501, 10};
    static const apr_int64_t two[] = {1, 1000};
    const char *plot = plot_of(fifty, 5, 0);

    (void)state;
    assert_int_equal(top(plot), 500);
    assert_null(strstr(plot, "class=\"cut\""));
    assert_int_equal(top(plot_of(more, 4, 0)), 10);
    assert_int_equal(top(plot_of(two, 2, 0)), 4);
}

static void numbers_agree_with_their_nouns(void **state)
{
    const apr_int64_t one[] = {1}, two[] = {2, 2};

    (void)state;
    assert_non_null(strstr(plot_of(one, 1, 0),
                           ": 1 session, 0 failed. 0 of 24 days have failures; "
                           "the most sessions of one are 1."));
    assert_non_null(strstr(plot_of(one, 1, 1), " 1 of 24 days has failures;"));
    assert_non_null(strstr(plot_of(two, 2, 1),
                           ": 4 sessions, 0 failed. 2 of 24 days have "
                           "failures;"));
    last = 20261101;
    assert_non_null(strstr(plot_of(one, 1, 1), " 1 of 1 day has failures;"));
    last = 20261124;
}

int main(void)
{
    PROMISE(each_tick_is_what_it_says);
    PROMISE(one_outlier_does_not_flatten_the_rest);
    PROMISE(an_outlier_that_failed_is_cut_too);
    PROMISE(a_short_number_is_cut);
    PROMISE(a_busy_day_is_no_outlier);
    PROMISE(numbers_agree_with_their_nouns);
    return unit_run("plot");
}
