/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See source.h. One mail, and one report, is in memory at a time.
 */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "cli/authres.h"
#include "cli/mail.h"
#include "cli/progress.h"
#include "cli/reader.h"
#include "cli/source.h"
#include "cli/zip.h"
#include "core/escape.h"
#include "core/unpack.h"

/* What is being read, and what became of it. */
typedef struct {
    const source_sink_t *sink;
    const char *name; /* of the whole, printable */
    int reports, problems;
} source_t;

/* What is told of the octets at hand. */
typedef struct {
    source_t *source;
    const char *name;
    tlsrpt_origin_t origin;
    tlsrpt_hints_t hints;
    apr_array_header_t *signers; /* of a mail; NULL for a file */
    /* of a mail: why a part that said that it is a report could not be read,
     * and why another one could not */
    const char *declared_why, *why;
    int reports;
} octets_t;

/* What is neither JSON nor packed, and begins like a mail. */
static int is_mail(const char *data, apr_size_t len)
{
    return tlsrpt_form(data, len) == TLSRPT_FORM_UNKNOWN &&
           mail_looks_like_one(data, len);
}

static tlsrpt_origin_t came_as(tlsrpt_channel_e channel)
{
    tlsrpt_origin_t origin;

    memset(&origin, 0, sizeof(origin));
    origin.channel = channel;
    origin.received = apr_time_sec(apr_time_now());
    origin.source = origin.domain = origin.submitter = "";
    return origin;
}

static void problem(source_t *source, apr_pool_t *p, source_problem_e what,
                    const char *name, const char *why, const char *data,
                    apr_size_t len)
{
    source_problem_t told;

    told.name = name;
    told.why = why;
    told.what = what;
    told.data = data;
    told.len = len;
    told.origin =
        came_as(is_mail(data, len) ? TLSRPT_CHANNEL_MAIL : TLSRPT_CHANNEL_FILE);
    source->problems += what != SOURCE_PASSED_OVER && what != SOURCE_NONE;
    source->sink->problem(source->sink->baton, p, &told);
}

/* The same of the whole file, without its octets. */
static void problem_of_all(source_t *source, apr_pool_t *p,
                           source_problem_e what, const char *why)
{
    problem(source, p, what, source->name, why, "", 0);
}

/* ---- a report ------------------------------------------------------------ */

/* By the DKIM signature that speaks for the submitter, a mail is believed. */
static void believe(apr_pool_t *p, octets_t *octets,
                    const tlsrpt_report_t *report)
{
    int i;

    for (i = 0; octets->signers && i < octets->signers->nelts; i++) {
        const char *signer = APR_ARRAY_IDX(octets->signers, i, const char *);

        if (authres_is_aligned(p, signer, report->submitter)) {
            octets->origin.trust = TLSRPT_TRUST_DKIM;
            octets->origin.source = signer;
            return;
        }
    }
}

static int is_xml(const char *data, apr_size_t len)
{
    return len >= 5 && memcmp(data, "<?xml", 5) == 0;
}

/* Why it is none, as far as that is known: many a DMARC report is taken for one
 * of TLS. */
static const char *instead(const char *data, apr_size_t len, const char *why)
{
    if (is_xml(data, len)) {
        return "it is XML, as DMARC reports are; a TLS report is JSON";
    }
    return tlsrpt_form(data, len) == TLSRPT_FORM_GZIP
               ? "the gzip file holds no JSON; was it a DMARC report, which is "
                 "XML?"
               : why;
}

/* JSON or gzip. NULL, or why it is no report. */
static const char *report(apr_pool_t *p, octets_t *octets, const char *data,
                          apr_size_t len)
{
    const source_sink_t *sink = octets->source->sink;
    tlsrpt_report_t *read = NULL;
    source_report_t told;
    const tlsrpt_origin_t origin = octets->origin;
    const char *why = NULL;
    tlsrpt_unpack_e unpacked;

    memset(&told, 0, sizeof(told));
    unpacked = tlsrpt_unpack(p, data, len, TLSRPT_SIZE_DEFAULT, &told.json,
                             &told.len, &why);
    if (unpacked != TLSRPT_UNPACKED) {
        return unpacked == TLSRPT_UNPACK_FORM ? instead(data, len, why) : why;
    }
    why = tlsrpt_parse(p, told.json, told.len, &octets->hints, &read);
    if (why) {
        return why;
    }
    believe(p, octets, read);
    if (read->domain_hint_used) {
        octets->origin.domain = octets->hints.domain;
    }
    told.name = octets->name;
    told.report = read;
    told.origin = octets->origin;
    octets->origin = origin;
    octets->reports++;
    octets->source->reports++;
    sink->report(sink->baton, p, &told);
    return NULL;
}

static void zip_file(void *baton, apr_pool_t *p, const char *data,
                     apr_size_t len)
{
    octets_t *octets = baton;
    apr_pool_t *sub;
    const char *why;

    apr_pool_create(&sub, p);
    why = report(sub, octets, data, len);
    if (why) {
        octets->why = apr_pstrcat(p, "in the zip file: ", why, NULL);
    }
    apr_pool_destroy(sub);
}

/* JSON, gzip or zip. NULL, or why there is no report. */
static const char *packed(apr_pool_t *p, octets_t *octets, const char *data,
                          apr_size_t len)
{
    const int before = octets->reports;
    const char *why;

    if (tlsrpt_form(data, len) != TLSRPT_FORM_ZIP) {
        return report(p, octets, data, len);
    }
    octets->why = NULL;
    why = zip_read(p, data, len, TLSRPT_SIZE_DEFAULT, zip_file, octets);
    if (why) {
        return why;
    }
    if (octets->reports > before) {
        return NULL;
    }
    return octets->why ? octets->why : "the zip file holds no report";
}

/* ---- a mail -------------------------------------------------------------- */

static int part(void *baton, apr_pool_t *p, const mail_part_t *part)
{
    octets_t *octets = baton;
    const char *whole = octets->name, *why;
    apr_pool_t *sub;

    apr_pool_create(&sub, p);
    octets->name = apr_psprintf(sub, "%s, part %d", whole, part->number);
    if (!octets->source->sink->domain) {
        octets->hints.domain = part->domain[0] ? part->domain : NULL;
    }
    octets->hints.submitter = part->submitter[0] ? part->submitter : NULL;
    octets->origin.submitter = part->submitter;
    why = packed(sub, octets, part->data, part->len);
    if (why && part->declared) {
        octets->declared_why = apr_pstrdup(p, why);
    }
    octets->name = whole;
    apr_pool_destroy(sub);
    return 1;
}

/* in_box: one of many, of which most hold no report. */
static void mail(source_t *source, apr_pool_t *p, const char *name,
                 const char *data, apr_size_t len, int in_box)
{
    octets_t octets;
    const char *why;

    memset(&octets, 0, sizeof(octets));
    octets.source = source;
    octets.name = name;
    octets.origin = came_as(TLSRPT_CHANNEL_MAIL);
    octets.hints.domain = source->sink->domain;
    why = mail_read(p, data, len, source->sink->authserv_id, &octets.signers,
                    part, &octets);
    if (why) {
        problem(source, p,
                in_box && octets.reports == 0 ? SOURCE_PASSED_OVER
                                              : SOURCE_BROKEN,
                name, why, data, len);
    }
    else if (octets.declared_why) {
        problem(source, p, SOURCE_BROKEN, name, octets.declared_why, data, len);
    }
    else if (octets.reports == 0 && !in_box) {
        problem(source, p, SOURCE_BROKEN, name, "the mail holds no report",
                data, len);
    }
}

/* ---- files --------------------------------------------------------------- */

static void file(source_t *source, apr_pool_t *p, const char *data,
                 apr_size_t len, int is_stdin)
{
    octets_t octets;
    const char *why;

    memset(&octets, 0, sizeof(octets));
    octets.source = source;
    octets.name = source->name;
    octets.origin = came_as(TLSRPT_CHANNEL_FILE);
    octets.origin.trust = is_stdin ? TLSRPT_TRUST_NONE : TLSRPT_TRUST_LOCAL;
    octets.hints.domain = source->sink->domain;
    why = tlsrpt_form(data, len) == TLSRPT_FORM_UNKNOWN && !is_xml(data, len)
              ? "it is neither JSON, gzip, zip, a mail nor a mailbox"
              : packed(p, &octets, data, len);
    if (why) {
        problem(source, p, SOURCE_BROKEN, source->name, why, data, len);
    }
}

/* A mail of a mailbox, when it is complete. */
static void boxed(source_t *source, apr_pool_t *p, buffer_t *buffer, int number)
{
    const char *name;
    apr_pool_t *sub;

    apr_pool_create(&sub, p);
    name = apr_psprintf(sub, "%s, mail %d", source->name, number);
    progress_at(name);
    if (buffer->over) {
        problem(source, sub, SOURCE_PASSED_OVER, name,
                "the mail has more than 16 MiB", buffer->data, buffer->len);
    }
    else {
        mail(source, sub, name, buffer->data, buffer->len, 1);
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
        problem(source, p, in_box ? SOURCE_PASSED_OVER : SOURCE_BROKEN,
                source->name, "it has more than 16 MiB", buffer->data,
                buffer->len);
    }
    else if (buffer->len == 0) {
        problem_of_all(source, p, in_box ? SOURCE_PASSED_OVER : SOURCE_EMPTY,
                       "it is empty");
    }
    else if (is_mail(buffer->data, buffer->len)) {
        mail(source, p, source->name, buffer->data, buffer->len, in_box);
    }
    else if (in_box) {
        problem_of_all(source, p, SOURCE_PASSED_OVER, "it is no mail");
    }
    else {
        file(source, p, buffer->data, buffer->len, is_stdin);
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
