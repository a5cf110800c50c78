/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See zip.h: libarchive with bounds around it. Nothing is written to a disk,
 * and the names in the zip file are not looked at.
 */
#include <errno.h>
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include "cli/command.h"
#include "cli/zip.h"

/* Want of memory is no fault of the file. */
static void check_memory(struct archive *zip)
{
    if (archive_errno(zip) == ENOMEM) {
        command_no_memory(APR_ENOMEM);
    }
}

/* One file: its octets, at most limit. */
static const char *one(struct archive *zip, char *text, apr_size_t limit,
                       apr_size_t *len)
{
    la_ssize_t got;

    *len = 0;
    /* one octet over the limit tells that there are more */
    while (*len <= limit &&
           (got = archive_read_data(zip, text + *len, limit + 1 - *len)) != 0) {
        if (got < 0) {
            check_memory(zip);
            return "the zip file is damaged, or encrypted";
        }
        *len += (apr_size_t)got;
    }
    return *len > limit ? "a file in the zip file is too long" : NULL;
}

static const char *each(apr_pool_t *p, struct archive *zip, char *text,
                        apr_size_t limit, zip_found_t *found, void *baton)
{
    struct archive_entry *entry;
    apr_size_t len, all = 0;
    const char *why;
    int i, status;

    for (i = 0; i < ZIP_FILES_MAX; i++) {
        status = archive_read_next_header(zip, &entry);
        if (status == ARCHIVE_EOF) {
            return NULL;
        }
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
            check_memory(zip);
            return "the zip file is damaged";
        }
        if (archive_entry_filetype(entry) != AE_IFREG) {
            continue;
        }
        if ((why = one(zip, text, limit, &len)) != NULL) {
            return why;
        }
        all += len;
        if (all > ZIP_OCTETS_MAX) {
            return "the zip file holds more than 64 MiB";
        }
        found(baton, p, text, len);
    }
    return "the zip file holds more than 1000 files";
}

const char *zip_read(apr_pool_t *p, const char *data, apr_size_t len,
                     apr_size_t limit, zip_found_t *found, void *baton)
{
    struct archive *zip = archive_read_new();
    char *text = malloc(limit + 1);
    const char *why;

    if (!zip || !text) {
        command_no_memory(APR_ENOMEM);
    }
    archive_read_support_format_zip(zip);
    why = archive_read_open_memory(zip, data, len) == ARCHIVE_OK
              ? each(p, zip, text, limit, found, baton)
              : "the zip file is damaged";
    free(text);
    archive_read_free(zip);
    return why;
}
