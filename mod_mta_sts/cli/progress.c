/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See progress.h. The line is overwritten with blanks, which each terminal
 * knows, and never as wide as one.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_time.h>

#include "cli/progress.h"

#define WIDTH 78

/* What takes less is not long. */
#define LONG apr_time_from_sec(1)
/* It is there to be read. */
#define STEP apr_time_from_msec(200)

static struct {
    apr_time_t begun, said;
    unsigned long count;
    int shown;
} progress;

void progress_at(const char *name)
{
    const apr_time_t now = apr_time_now();
    const size_t len = strlen(name), room = WIDTH - 32;

    if (!progress.begun) {
        progress.begun = now;
    }
    progress.count++;
    if (now - progress.begun < LONG || now - progress.said < STEP ||
        !isatty(STDERR_FILENO)) {
        return;
    }
    progress_clear();
    /* of a long name the end tells more */
    fprintf(stderr, "%lu read, now %s%s", progress.count - 1,
            len > room ? "..." : "", len > room ? name + len - room : name);
    progress.said = now;
    progress.shown = 1;
}

void progress_clear(void)
{
    if (progress.shown) {
        fprintf(stderr, "\r%*s\r", WIDTH, "");
        progress.shown = 0;
    }
}
