/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A line on standard error that says how far a long work is, where that is a
 * terminal. It is there for as long as nothing else is printed.
 */
#ifndef MTA_STS_CLI_PROGRESS_H
#define MTA_STS_CLI_PROGRESS_H

/**
 * Something is going to be read.
 *
 * @param name  printable ASCII
 */
void progress_at(const char *name);

/** Take the line away: to be called before anything is printed, and at the
 * end. */
void progress_clear(void);

#endif
