/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary_plot: the axis says what it is.
 */
#include "unit.h"

#include "core/render.h"

/* The plot of one day with so many sessions. */
static const char *plot_of(apr_int64_t sessions)
{
    tlsrpt_summary_t sum;
    tlsrpt_sum_day_t *day;
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    memset(&sum, 0, sizeof(sum));
    sum.from = 20261101;
    sum.to = 20261124;
    sum.sessions = sessions;
    sum.days = apr_array_make(p, 1, sizeof(tlsrpt_sum_day_t));
    day = apr_array_push(sum.days);
    memset(day, 0, sizeof(*day));
    day->day = 20261103;
    day->sessions = sessions;
    tlsrpt_html_plot(t, &sum);
    return tlsrpt_text_end(t);
}

/* A number of the axis, without the commas between thousands. */
static apr_int64_t tick(const char **plot)
{
    static const char before[] = "text-anchor=\"end\">";
    const char *s = strstr(*plot, before);
    apr_int64_t n = 0;

    assert_non_null(s);
    for (s += strlen(before); *s != '<'; s++) {
        if (*s >= '0' && *s <= '9') {
            n = n * 10 + *s - '0';
        }
    }
    *plot = s;
    return n;
}

static void each_tick_is_what_it_says(void **state)
{
    apr_int64_t sessions;

    (void)state;
    for (sessions = 0; sessions < 100000;
         sessions += sessions < 120 ? 1 : sessions / 3) {
        const char *plot = plot_of(sessions);
        apr_int64_t low = tick(&plot), middle = tick(&plot), high = tick(&plot);

        assert_int_equal(low, 0);
        assert_int_equal(middle * 2, high);
        assert_true(high >= sessions && high >= 4);
    }
}

int main(void)
{
    PROMISE(each_tick_is_what_it_says);
    return unit_run("plot");
}
