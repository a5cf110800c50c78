/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Lines of text for people, LINES_WIDTH columns wide.
 */
#ifndef MTA_STS_CLI_LINES_H
#define MTA_STS_CLI_LINES_H

#include <stdio.h>

#include "cli/report.h"

#define LINES_WIDTH 80

/** May text be coloured there? On a terminal, unless NO_COLOR is set. */
int lines_colour(FILE *out);

/** A stranger's text, safe for a terminal, cut to max columns with "...". */
const char *lines_safe(apr_pool_t *p, const char *text, size_t max);

/**
 * A text in lines: the first behind what was printed already (at columns), the
 * others behind indent blanks. A word that is too long for a line is not torn.
 *
 * @param tail  at the end of each line but the last: " \\" in a command line
 */
void lines_wrap(FILE *out, size_t at, int indent, const char *text,
                const char *tail);

/** "  label     text" */
void lines_labelled(FILE *out, const char *label, const char *text);

/** "   Do:    text" */
void lines_step(FILE *out, const char *label, const char *text,
                const char *tail);

/** The title of a report, with the verdict at the right. */
void lines_title(const view_t *view, const char *text, verdict_e verdict);

#endif
