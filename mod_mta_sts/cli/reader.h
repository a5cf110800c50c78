/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A file or standard input, read in pieces of lines, and a buffer with a bound
 * to collect them in.
 */
#ifndef MTA_STS_CLI_READER_H
#define MTA_STS_CLI_READER_H

#include <apr_file_io.h>
#include <apr_pools.h>

typedef struct reader_t reader_t;

/**
 * Open a file to read.
 *
 * @param path  "-" is standard input
 * @param why   on error: a sentence without a final full stop, in p
 * @return      NULL on error; the file is closed with p
 */
reader_t *reader_open(apr_pool_t *p, const char *path, const char **why);

/** The first octets, at most max (512 or fewer); they stay to be read. */
apr_size_t reader_peek(reader_t *reader, const char **data, apr_size_t max);

/**
 * The next piece: a line with its line feed, or a part of a longer one. It is
 * there until the next call.
 *
 * @return  its octets; 0 at the end, or after an error
 */
apr_size_t reader_piece(reader_t *reader, const char **data);

/** Why reading ended early: a sentence in the reader's pool; NULL. */
const char *reader_error(reader_t *reader);

/** Octets that were collected. Begins as {0}. */
typedef struct {
    char *data;
    apr_size_t len, size;
    int over; /* there were more than max, and len is at most max */
} buffer_t;

/** Add octets, up to max in all. */
void buffer_add(buffer_t *buffer, const char *data, apr_size_t len,
                apr_size_t max);

/** Empty it; its memory stays. */
void buffer_clear(buffer_t *buffer);

/** Give its memory back. */
void buffer_free(buffer_t *buffer);

#endif
