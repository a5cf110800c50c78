/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See reader.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "cli/command.h"
#include "cli/reader.h"

#define ROOM  65536
#define FRONT 512

struct reader_t {
    apr_pool_t *p;
    apr_file_t *file;
    char *room;
    apr_size_t at, end; /* what is in it to be read */
    apr_status_t status;
};

reader_t *reader_open(apr_pool_t *p, const char *path, const char **why)
{
    reader_t *reader = apr_pcalloc(p, sizeof(*reader));
    char text[128];

    if (strcmp(path, "-") == 0) {
        reader->status = apr_file_open_stdin(&reader->file, p);
    }
    else {
        reader->status =
            apr_file_open(&reader->file, path, APR_FOPEN_READ, 0, p);
    }
    if (reader->status != APR_SUCCESS) {
        *why =
            apr_pstrcat(p, "cannot be read: ",
                        apr_strerror(reader->status, text, sizeof(text)), NULL);
        return NULL;
    }
    reader->p = p;
    reader->room = apr_palloc(p, ROOM);
    return reader;
}

/* Read more behind what is there. Non-zero if there came some. */
static int fill(reader_t *reader)
{
    apr_size_t len;

    if (reader->status != APR_SUCCESS) {
        return 0;
    }
    if (reader->at > 0) {
        memmove(reader->room, reader->room + reader->at,
                reader->end - reader->at);
        reader->end -= reader->at;
        reader->at = 0;
    }
    len = ROOM - reader->end;
    if (len == 0) {
        return 0;
    }
    reader->status =
        apr_file_read(reader->file, reader->room + reader->end, &len);
    if (reader->status != APR_SUCCESS) {
        return 0;
    }
    reader->end += len;
    return 1;
}

apr_size_t reader_peek(reader_t *reader, const char **data, apr_size_t max)
{
    if (max > FRONT) {
        max = FRONT;
    }
    while (reader->end - reader->at < max && fill(reader)) {
    }
    *data = reader->room + reader->at;
    return reader->end - reader->at < max ? reader->end - reader->at : max;
}

apr_size_t reader_piece(reader_t *reader, const char **data)
{
    const char *feed;
    apr_size_t seen = 0, len;

    do {
        *data = reader->room + reader->at;
        len = reader->end - reader->at;
        feed = memchr(*data + seen, '\n', len - seen);
        seen = len;
    } while (!feed && fill(reader));
    if (feed) {
        len = (apr_size_t)(feed + 1 - *data);
    }
    else { /* fill() may have moved it */
        *data = reader->room + reader->at;
        len = reader->end - reader->at;
    }
    reader->at += len;
    return len;
}

const char *reader_error(reader_t *reader)
{
    char text[128];

    if (reader->status == APR_SUCCESS || APR_STATUS_IS_EOF(reader->status)) {
        return NULL;
    }
    return apr_pstrcat(reader->p, "cannot be read: ",
                       apr_strerror(reader->status, text, sizeof(text)), NULL);
}

void buffer_add(buffer_t *buffer, const char *data, apr_size_t len,
                apr_size_t max)
{
    if (len > max - buffer->len) {
        len = max - buffer->len;
        buffer->over = 1;
    }
    if (len > buffer->size - buffer->len) {
        apr_size_t size = buffer->size ? buffer->size : ROOM;

        while (size - buffer->len < len) {
            size *= 2;
        }
        buffer->data = realloc(buffer->data, size);
        if (!buffer->data) {
            command_no_memory(APR_ENOMEM);
        }
        buffer->size = size;
    }
    if (len > 0) {
        memcpy(buffer->data + buffer->len, data, len);
        buffer->len += len;
    }
}

void buffer_clear(buffer_t *buffer)
{
    buffer->len = 0;
    buffer->over = 0;
}

void buffer_free(buffer_t *buffer)
{
    free(buffer->data);
    memset(buffer, 0, sizeof(*buffer));
}
