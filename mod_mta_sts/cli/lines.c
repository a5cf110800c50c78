/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See lines.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "cli/lines.h"
#include "core/escape.h"

int lines_colour(FILE *out)
{
    const char *no_colour = getenv("NO_COLOR");

    return isatty(fileno(out)) && (!no_colour || no_colour[0] == '\0');
}

const char *lines_safe(apr_pool_t *p, const char *text, size_t max)
{
    const char *line = mta_sts_escape_line(p, text);

    if (strlen(line) <= max) {
        return line;
    }
    return apr_pstrcat(p, apr_pstrmemdup(p, line, max - 3), "...", NULL);
}

void lines_wrap(FILE *out, size_t at, int indent, const char *text,
                const char *tail)
{
    const size_t room = LINES_WIDTH - 1 - strlen(tail);
    int first = 1;

    while (*text) {
        const size_t len = strcspn(text, " ");

        if (!first && at + 1 + len > room) {
            fprintf(out, "%s\n%*s", tail, indent, "");
            at = (size_t)indent;
        }
        else if (!first) {
            fputc(' ', out);
            at++;
        }
        fwrite(text, 1, len, out);
        at += len;
        text += len;
        text += strspn(text, " ");
        first = 0;
    }
    fputc('\n', out);
}

void lines_labelled(FILE *out, const char *label, const char *text)
{
    fprintf(out, "  %-9s ", label);
    lines_wrap(out, 12, 12, text, "");
}

void lines_step(FILE *out, const char *label, const char *text,
                const char *tail)
{
    fprintf(out, "   %-6s ", label);
    lines_wrap(out, 10, 10, text, tail);
}

static const char *coloured(const view_t *view, verdict_e verdict)
{
    static const char *const plain[] = {"OK", "NOTICE", "WARNING", "ERROR"};
    static const char *const colours[] = {
        "\033[32mOK\033[0m", "\033[36mNOTICE\033[0m", "\033[33mWARNING\033[0m",
        "\033[31mERROR\033[0m"};

    return view->colour ? colours[verdict] : plain[verdict];
}

void lines_title(const view_t *view, const char *text, verdict_e verdict)
{
    static const int widths[] = {2, 6, 7, 5};
    const int gap = LINES_WIDTH - 1 - (int)strlen(text) - widths[verdict];

    fprintf(view->out, "%s%*s%s\n", text, gap > 1 ? gap : 1, "",
            coloured(view, verdict));
}
