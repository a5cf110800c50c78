/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The sessions of each day as a plot in SVG, and the same numbers in a table.
 *
 * It is read without colour: failed sessions are hatched at the foot of a bar,
 * and each bar with failures has a cross below it. A bar that would flatten all
 * others is cut. It is drawn twice, wide and
 * narrow, and the style shows the one that fits: text in SVG would shrink.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "core/day.h"
#include "core/render.h"

#define ITEM(array, i, type) (&APR_ARRAY_IDX(array, i, type))

/* The most bars: beyond, one is a week. */
#define DAYS_DRAWN 120
#define BARS_MAX   (TLSRPT_WINDOW_MAX + 2)

typedef struct {
    int day;  /* the first of the bar */
    int last; /* and the last */
    apr_int64_t sessions, failed;
} bar_t;

typedef struct {
    const char *id; /* of this drawing: class and prefix */
    int width, height, left;
    int labels; /* days that are written below, at most */
} frame_t;

static const frame_t frames[] = {{"wide", 880, 250, 62, 8},
                                 {"narrow", 350, 220, 46, 3}};

/* So many times the middle bar: with one that is higher, the others could not
 * be told from the axis. It is cut, and marked. */
#define CUT_FACTOR 50

/* The axis has room for six signs. */
#define AXIS_MAX 100000

/* The least of 4, 6, 10, 20, 50, 100, 200, ... that is not under n: each has a
 * half that is a whole number, for the tick in the middle. */
static apr_int64_t ceiling(apr_int64_t n)
{
    apr_int64_t ten;

    if (n <= 6) {
        return n <= 4 ? 4 : 6;
    }
    for (ten = 10;; ten *= 10) {
        if (n <= 5 * ten) {
            return n <= ten ? ten : n <= 2 * ten ? 2 * ten : 5 * ten;
        }
    }
}

static int lower_first(const void *a, const void *b)
{
    apr_int64_t one = *(const apr_int64_t *)a, other = *(const apr_int64_t *)b;

    return one < other ? -1 : one > other;
}

/* The highest bar that is drawn whole. */
static apr_int64_t highest(apr_pool_t *p, const bar_t *bars, int count)
{
    apr_int64_t *all = apr_palloc(p, BARS_MAX * sizeof(*all)), bound;
    int i, n = 0;

    for (i = 0; i < count; i++) {
        if (bars[i].sessions > 0) {
            all[n++] = bars[i].sessions;
        }
    }
    if (n == 0) {
        return 0;
    }
    qsort(all, (size_t)n, sizeof(*all), lower_first);
    bound = all[(n - 1) / 2] * CUT_FACTOR;
    while (all[n - 1] > bound) {
        n--;
    }
    return all[n - 1];
}

static int bars_of(const tlsrpt_summary_t *sum, bar_t *bars, int *each)
{
    int days = tlsrpt_days_between(sum->from, sum->to) + 1;
    int count, i;

    *each = days > DAYS_DRAWN ? 7 : 1;
    count = (days + *each - 1) / *each;
    if (count > BARS_MAX) {
        count = BARS_MAX;
    }
    for (i = 0; i < count; i++) {
        bars[i].day = tlsrpt_day_add(sum->from, i * *each);
        bars[i].last =
            i == count - 1 ? sum->to : tlsrpt_day_add(bars[i].day, *each - 1);
        bars[i].sessions = bars[i].failed = 0;
    }
    for (i = 0; i < sum->days->nelts; i++) {
        const tlsrpt_sum_day_t *one = ITEM(sum->days, i, tlsrpt_sum_day_t);
        int n = tlsrpt_days_between(sum->from, one->day) / *each;

        if (n >= 0 && n < count) {
            bars[n].sessions += one->sessions;
            bars[n].failed += one->failed;
        }
    }
    return count;
}

static void put_axis(tlsrpt_text_t *t, const frame_t *f, int top, int foot,
                     apr_int64_t high)
{
    int i;

    for (i = 0; i <= 2; i++) {
        int y = foot - (foot - top) * i / 2;

        tlsrpt_putf(t,
                    "<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" "
                    "y2=\"%d\"/><text x=\"%d\" y=\"%d\" "
                    "text-anchor=\"end\">%s</text>\n",
                    i ? "grid" : "axis", f->left, y, f->width, y, f->left - 8,
                    y + 4, tlsrpt_short(t->p, high * i / 2, AXIS_MAX));
    }
}

static void put_bar(tlsrpt_text_t *t, const frame_t *f, const bar_t *bar,
                    double x, double wide, int top, int foot, apr_int64_t high)
{
    double room = foot - top;
    double all = room * (double)bar->sessions / (double)high;
    double bad = room * (double)bar->failed / (double)high;
    int is_cut = bar->sessions > high;
    double gap = wide > 8 ? 2 : wide > 3 ? 1 : 0.3;

    if (bar->failed > 0 && bad < 3) {
        bad = 3; /* one of a thousand is to be seen too */
    }
    bad = bad > room ? room : bad;
    all = is_cut ? room : all < bad ? bad : all;
    if (bar->sessions > 0) {
        tlsrpt_putf(t,
                    "<rect class=\"good\" x=\"%.1f\" y=\"%.1f\" "
                    "width=\"%.1f\" height=\"%.1f\"/>",
                    x + gap / 2, foot - all, wide - gap, all - bad);
    }
    if (bar->failed > 0) {
        double middle = x + wide / 2;

        tlsrpt_putf(t,
                    "<rect class=\"bad\" fill=\"url(#hatch-%s)\" x=\"%.1f\" "
                    "y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>"
                    "<path class=\"cross\" d=\"M%.1f %dl7 7m0-7l-7 7\"/>",
                    f->id, x + gap / 2, foot - bad, wide - gap, bad,
                    middle - 3.5, foot + 6);
    }
    if (is_cut) { /* a zigzag through its top, over all */
        tlsrpt_putf(t,
                    "<path class=\"cut\" d=\"M%.1f %dl%.1f -5l%.1f 5l%.1f "
                    "-5\"/>",
                    x, top + 9, wide / 3, wide / 3, wide / 3);
    }
}

static void put_drawing(tlsrpt_text_t *t, const frame_t *f, const bar_t *bars,
                        int count, apr_int64_t high, const char *said)
{
    int top = 12, foot = f->height - 42, i;
    int step = (count + f->labels - 1) / f->labels;
    double wide = (double)(f->width - f->left) / count;

    tlsrpt_putf(t,
                "<svg class=\"plot %s\" viewBox=\"0 0 %d %d\" role=\"img\" "
                "aria-labelledby=\"plot-title-%s plot-text-%s\">\n"
                "<title id=\"plot-title-%s\">Sessions by day</title>\n"
                "<desc id=\"plot-text-%s\">%s</desc>\n"
                "<defs><pattern id=\"hatch-%s\" width=\"5\" height=\"5\" "
                "patternUnits=\"userSpaceOnUse\" "
                "patternTransform=\"rotate(45)\"><rect class=\"hatch-back\" "
                "width=\"5\" height=\"5\"/><rect class=\"hatch-line\" "
                "width=\"2.4\" height=\"5\"/></pattern></defs>\n",
                f->id, f->width, f->height, f->id, f->id, f->id, f->id, said,
                f->id);
    put_axis(t, f, top, foot, high);
    for (i = 0; i < count; i++) {
        double x = f->left + i * wide;

        put_bar(t, f, &bars[i], x, wide, top, foot, high);
        if (i % step == 0 && count - i > step / 2) {
            tlsrpt_putf(t, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", x,
                        f->height - 8, tlsrpt_day_text(t->p, bars[i].day) + 5);
        }
    }
    tlsrpt_put(t, "</svg>\n");
}

static void put_table(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    int i;

    if (sum->days->nelts == 0) {
        return;
    }
    tlsrpt_put(t, "<details><summary>The numbers of the plot</summary>\n"
                  "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"Sessions by day, as a table\"><table>\n"
                  "<thead><tr><th scope=\"col\">Day</th>"
                  "<th scope=\"col\" class=\"n\">Sessions</th>"
                  "<th scope=\"col\" class=\"n\">Good</th>"
                  "<th scope=\"col\" class=\"n\">Failed</th>"
                  "<th scope=\"col\" class=\"n\">Reporters</th>"
                  "</tr></thead><tbody>\n");
    for (i = sum->days->nelts - 1; i >= 0; i--) {
        const tlsrpt_sum_day_t *one = ITEM(sum->days, i, tlsrpt_sum_day_t);

        tlsrpt_putf(t,
                    "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td>"
                    "<td class=\"n\">%s</td><td class=\"n\">%s</td>"
                    "<td class=\"n\">%d</td></tr>\n",
                    tlsrpt_day_text(t->p, one->day),
                    tlsrpt_grouped(t->p, one->sessions),
                    tlsrpt_grouped(t->p, one->sessions - one->failed),
                    tlsrpt_grouped(t->p, one->failed), one->reporters);
    }
    tlsrpt_put(t, "</tbody></table></div></details>\n");
}

void tlsrpt_html_plot(tlsrpt_text_t *t, const tlsrpt_summary_t *sum)
{
    bar_t *bars = apr_palloc(t->p, BARS_MAX * sizeof(*bars));
    apr_int64_t most = 0, high;
    const char *said, *cut = "";
    int count, each, i, bad = 0, over = 0;

    count = bars_of(sum, bars, &each);
    for (i = 0; i < count; i++) {
        most = bars[i].sessions > most ? bars[i].sessions : most;
        bad += bars[i].failed > 0;
    }
    high = ceiling(highest(t->p, bars, count));
    for (i = 0; i < count; i++) {
        over += bars[i].sessions > high;
    }
    if (over > 0) {
        cut =
            apr_psprintf(t->p, " %d bar%s far higher than the others, and cut.",
                         over, over == 1 ? " is" : "s are");
    }
    said = apr_psprintf(
        t->p,
        "From %s to %s: %s session%s, %s failed. %d of %d %s%s %s failures; "
        "the most sessions of one are %s.%s The numbers are in the table "
        "below.",
        tlsrpt_day_text(t->p, sum->from), tlsrpt_day_text(t->p, sum->to),
        tlsrpt_grouped(t->p, sum->sessions), sum->sessions == 1 ? "" : "s",
        tlsrpt_grouped(t->p, sum->failed), bad, count,
        each == 7 ? "week" : "day", count == 1 ? "" : "s",
        bad == 1 ? "has" : "have", tlsrpt_grouped(t->p, most), cut);
    tlsrpt_putf(t,
                "<figure>\n<figcaption>Sessions by %s, UTC."
                "<span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 16 "
                "12\" aria-hidden=\"true\"><rect class=\"good\" width=\"16\" "
                "height=\"12\"/></svg>good</span>"
                "<span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 16 "
                "12\" aria-hidden=\"true\"><path class=\"cross\" d=\"M4 "
                "2l8 8m0-8l-8 8\"/></svg>failed, hatched</span>%s%s%s"
                "</figcaption>\n",
                each == 7 ? "week" : "day", over ? "<span class=\"note\">" : "",
                cut, over ? "</span>" : "");
    for (i = 0; i < 2; i++) {
        put_drawing(t, &frames[i], bars, count, high, said);
    }
    put_table(t, sum);
    tlsrpt_put(t, "</figure>\n");
}
