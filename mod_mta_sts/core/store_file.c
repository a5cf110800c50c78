/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The file of SQLite: made so that nobody else may read it; and watched,
 * because it may be replaced or removed while it is open. SQLite would go on in
 * the old one, which has no name any more, and nobody would notice.
 *
 * Beside it lie its write-ahead log and an index of that, by their names alone:
 * a file that is put in its place would be read together with the log of the
 * old one, and ruined.
 *
 * The file itself is never opened here. To close it again would take the locks
 * of this process from it, also those of another thread's connection (POSIX);
 * another process would then take itself for the last one, and remove the
 * write-ahead log that is in use.
 */
#include <errno.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "core/store_sql.h"

static const char *cannot(apr_pool_t *p, const char *path, int write,
                          apr_status_t rv)
{
    char why[120];

    return apr_psprintf(p, "%s cannot be opened%s: %s.", path,
                        write ? " for writing" : "",
                        apr_strerror(rv, why, sizeof(why)));
}

/* An empty file for its owner alone (as mkstemp() makes one), which gets its
 * name when it is closed already. */
static apr_status_t make(apr_pool_t *p, const char *path)
{
    char *made = apr_pstrcat(p, path, "-XXXXXX", NULL);
    apr_file_t *file;
    apr_status_t rv = apr_file_mktemp(&file, made,
                                      APR_FOPEN_READ | APR_FOPEN_WRITE |
                                          APR_FOPEN_CREATE | APR_FOPEN_EXCL,
                                      p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_file_close(file);
    rv = apr_file_link(made, path);
    apr_file_remove(made, p);
    return APR_STATUS_IS_EEXIST(rv) ? APR_SUCCESS : rv;
}

const char *store_file_prepare(apr_pool_t *p, const char *path, int write)
{
    apr_status_t rv = APR_SUCCESS;

    if (write && access(path, F_OK) && errno == ENOENT) {
        rv = make(p, path);
    }
    if (rv == APR_SUCCESS && access(path, write ? R_OK | W_OK : R_OK)) {
        rv = errno;
    }
    return rv == APR_SUCCESS ? NULL : cannot(p, path, write, rv);
}

/* ---- watched ---- */

store_file_t *store_file_note(apr_pool_t *p, const char *path)
{
    store_file_t *file = apr_pcalloc(p, sizeof(*file));
    apr_finfo_t info;

    if (apr_stat(&info, path, APR_FINFO_IDENT, p) == APR_SUCCESS) {
        file->path = apr_pstrdup(p, path);
        file->device = info.device;
        file->inode = info.inode;
    }
    return file;
}

/* Is it still the one with this name? How large is it? A name that cannot be
 * looked at is no proof of anything. */
static int is_same(apr_pool_t *p, const store_file_t *file, apr_off_t *size)
{
    apr_finfo_t info;
    apr_status_t rv =
        apr_stat(&info, file->path, APR_FINFO_IDENT | APR_FINFO_SIZE, p);

    *size = rv == APR_SUCCESS ? info.size : 0;
    return rv == APR_SUCCESS
               ? info.device == file->device && info.inode == file->inode
               : !APR_STATUS_IS_ENOENT(rv) && !APR_STATUS_IS_ENOTDIR(rv);
}

const char *tlsrpt_store_moved(apr_pool_t *p, const tlsrpt_store_t *store)
{
    apr_off_t size;

    if (!store->file || !store->file->path || is_same(p, store->file, &size)) {
        return NULL;
    }
    return apr_psprintf(p, "%s was replaced or removed while it was open.",
                        store->file->path);
}

const char *tlsrpt_store_leave(apr_pool_t *p, tlsrpt_store_t *store)
{
    const store_file_t *log = store->log;
    apr_off_t size;

    tlsrpt_store_rest(p, store);
    if (!log || !log->path || !is_same(p, log, &size)) {
        return NULL; /* there is none, or it is that of the new file */
    }
    if (size) {
        return apr_psprintf(p,
                            "%s is the log of a file that was replaced or "
                            "removed, and somebody still reads it.",
                            log->path);
    }
    apr_file_remove(log->path, p);
    apr_file_remove(apr_pstrcat(p, store->file->path, "-shm", NULL), p);
    return NULL;
}

/* ---- mod_dbd's ---- */

/** Under this name a connection's pool keeps it. */
#define FILE_NOTED "tlsrpt-file"

store_file_t *store_file_of(apr_pool_t *p, apr_pool_t *life,
                            tlsrpt_store_t *store)
{
    void *noted = NULL;
    const char *path;

    apr_pool_userdata_get(&noted, FILE_NOTED, life);
    if (!noted) {
        if (store_value(p, store,
                        "SELECT file FROM pragma_database_list "
                        "WHERE name = 'main'",
                        &path)) {
            return NULL;
        }
        noted = store_file_note(life, path ? path : "");
        apr_pool_userdata_setn(noted, FILE_NOTED, NULL, life);
    }
    return noted;
}
