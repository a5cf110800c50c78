/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See source.h. One mail, and one report, is in memory at a time.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "cli/mail.h"
#include "cli/progress.h"
#include "cli/reader.h"
#include "cli/source_octets.h"
#include "core/escape.h"

/* Tell of the whole file, without its octets. */
static void problem_of_all(source_t *source, apr_pool_t *p,
                           source_problem_e what, const char *why)
{
    source_problem(source, p, what, source->name, why, "", 0);
}

/* ---- files --------------------------------------------------------------- */

/* A mail of a mailbox, when it is complete. */
static void boxed(source_t *source, apr_pool_t *p, buffer_t *buffer, int number)
{
    const char *name;
    apr_pool_t *sub;

    apr_pool_create(&sub, p);
    name = apr_psprintf(sub, "%s, mail %d", source->name, number);
    progress_at(name);
    if (buffer->over) {
        source_problem(source, sub, SOURCE_PASSED_OVER, name,
                       "the mail has more than 16 MiB", buffer->data,
                       buffer->len);
    }
    else {
        source_mail(source, sub, name, buffer->data, buffer->len, 1);
    }
    buffer_clear(buffer);
    apr_pool_destroy(sub);
}

/* "From " at the front of a line behind an empty one begins a mail. */
static void mbox(source_t *source, apr_pool_t *p, reader_t *reader,
                 buffer_t *buffer)
{
    const char *piece;
    apr_size_t len;
    int at_line = 1, after_empty = 1, mails = 0;

    while ((len = reader_piece(reader, &piece)) > 0) {
        if (at_line && after_empty && len >= 5 &&
            memcmp(piece, "From ", 5) == 0) {
            if (mails > 0) {
                boxed(source, p, buffer, mails);
            }
            mails++;
        }
        after_empty = at_line && (piece[0] == '\n' ||
                                  (len == 2 && memcmp(piece, "\r\n", 2) == 0));
        at_line = piece[len - 1] == '\n';
        buffer_add(buffer, piece, len, MAIL_SIZE_MAX);
    }
    boxed(source, p, buffer, mails);
    if (reader_error(reader)) {
        problem_of_all(source, p, SOURCE_UNREAD, reader_error(reader));
    }
    if (source->reports + source->problems == 0) {
        problem_of_all(source, p, SOURCE_NONE,
                       "no mail of the mailbox is a report");
    }
}

/* An open file that is no mailbox; in_box: a mail of a Maildir. */
static void whole(source_t *source, apr_pool_t *p, reader_t *reader,
                  buffer_t *buffer, int is_stdin, int in_box)
{
    const char *piece, *why;
    apr_size_t len;

    while ((len = reader_piece(reader, &piece)) > 0) {
        buffer_add(buffer, piece, len, SOURCE_SIZE_MAX);
        /* to the end: a mail server whose pipe breaks would call it failed */
        if (buffer->over && !is_stdin) {
            break;
        }
    }
    if ((why = reader_error(reader)) != NULL) {
        problem_of_all(source, p, SOURCE_UNREAD, why);
    }
    else if (buffer->over) {
        source_problem(source, p, in_box ? SOURCE_PASSED_OVER : SOURCE_BROKEN,
                       source->name, "it has more than 16 MiB", buffer->data,
                       buffer->len);
    }
    else if (buffer->len == 0) {
        problem_of_all(source, p, in_box ? SOURCE_PASSED_OVER : SOURCE_EMPTY,
                       "it is empty");
    }
    else if (source_is_mail(buffer->data, buffer->len)) {
        source_mail(source, p, source->name, buffer->data, buffer->len, in_box);
    }
    else if (in_box) {
        problem_of_all(source, p, SOURCE_PASSED_OVER, "it is no mail");
    }
    else {
        source_file(source, p, buffer->data, buffer->len, is_stdin);
    }
}

static void open_file(source_t *source, apr_pool_t *p, const char *path,
                      int in_box)
{
    const int is_stdin = strcmp(path, "-") == 0;
    const char *front, *why = NULL;
    reader_t *reader = reader_open(p, path, &why);
    buffer_t buffer = {0};

    progress_at(source->name);
    if (!reader) {
        problem_of_all(source, p, SOURCE_UNREAD, why);
        return;
    }
    if (!in_box && !(is_stdin && source->sink->one_mail) &&
        reader_peek(reader, &front, 5) == 5 && memcmp(front, "From ", 5) == 0) {
        mbox(source, p, reader, &buffer);
    }
    else {
        whole(source, p, reader, &buffer, is_stdin, in_box);
    }
    buffer_free(&buffer);
}

/* ---- a Maildir ----------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The files of a folder, by name; NULL if it cannot be read. */
static apr_array_header_t *names(apr_pool_t *p, const char *folder)
{
    apr_array_header_t *list = apr_array_make(p, 64, sizeof(const char *));
    apr_finfo_t found;
    apr_dir_t *dir;

    if (apr_dir_open(&dir, folder, p) != APR_SUCCESS) {
        return NULL;
    }
    while (apr_dir_read(&found, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (found.name[0] != '.') {
            APR_ARRAY_PUSH(list, const char *) = apr_pstrdup(p, found.name);
        }
    }
    apr_dir_close(dir);
    qsort(list->elts, (size_t)list->nelts, sizeof(const char *), by_name);
    return list;
}

static void maildir_part(source_t *source, apr_pool_t *p, const char *folder,
                         apr_array_header_t *list)
{
    const char *whole = source->name;
    apr_finfo_t info;
    int i;

    for (i = 0; i < list->nelts; i++) {
        const char *name = APR_ARRAY_IDX(list, i, const char *);
        const char *path;
        apr_pool_t *sub;

        apr_pool_create(&sub, p);
        path = apr_pstrcat(sub, folder, "/", name, NULL);
        source->name = mta_sts_escape_line(sub, path);
        /* one that is gone was moved by another program: from new to cur,
         * which is read afterwards */
        if (apr_stat(&info, path, APR_FINFO_TYPE, sub) == APR_SUCCESS &&
            info.filetype == APR_REG) {
            open_file(source, sub, path, 1);
        }
        source->name = whole;
        apr_pool_destroy(sub);
    }
}

static void maildir(source_t *source, apr_pool_t *p, const char *path)
{
    static const char *const parts[] = {"new", "cur"};
    int i, folders = 0;

    for (i = 0; i < 2; i++) {
        const char *folder = apr_pstrcat(p, path, "/", parts[i], NULL);
        apr_array_header_t *list = names(p, folder);

        if (list) {
            folders++;
            maildir_part(source, p, folder, list);
        }
    }
    if (folders == 0) {
        problem_of_all(source, p, SOURCE_UNREAD,
                       "it is a folder, and no Maildir: there is no new and "
                       "no cur in it that can be read; reports in it are "
                       "named one by one, as with *");
    }
    else if (source->reports + source->problems == 0) {
        problem_of_all(source, p, SOURCE_NONE,
                       "no mail of the Maildir is a report");
    }
}

void source_read(apr_pool_t *p, const char *arg, const source_sink_t *sink)
{
    source_t source;
    apr_finfo_t info;
    apr_pool_t *sub;

    apr_pool_create(&sub, p);
    memset(&source, 0, sizeof(source));
    source.sink = sink;
    source.name = strcmp(arg, "-") == 0 ? "standard input"
                                        : mta_sts_escape_line(sub, arg);
    if (strcmp(arg, "-") != 0 &&
        apr_stat(&info, arg, APR_FINFO_TYPE, sub) == APR_SUCCESS &&
        info.filetype == APR_DIR) {
        maildir(&source, sub, arg);
    }
    else {
        open_file(&source, sub, arg, 0);
    }
    apr_pool_destroy(sub);
}
