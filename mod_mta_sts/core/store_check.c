/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The file of an SQLite store, before anybody opens it: may it be written?
 */
#include "core/store.h"

#include <apr_strings.h>
#include <string.h>
#include <sys/stat.h>

/* Surely not, by owner and mode: who is not the owner may be in its group, or
 * an access control list lets him in, whose most the bits of the group show. */
static int is_closed(const struct stat *st, apr_int64_t uid)
{
    const mode_t bits =
        (apr_int64_t)st->st_uid == uid ? S_IWUSR : S_IWGRP | S_IWOTH;

    return uid && !(st->st_mode & bits);
}

static const char *belongs(apr_pool_t *p, const char *path,
                           const struct stat *st, apr_int64_t uid)
{
    return apr_psprintf(p,
                        "%s belongs to the user number %ld, and httpd runs as "
                        "number %ld, which may not write there; give it to "
                        "that user (chown), or name another",
                        path, (long)st->st_uid, (long)uid);
}

const char *tlsrpt_store_file_check(apr_pool_t *p, const char *file,
                                    apr_int64_t uid)
{
    const char *slash = strrchr(file, '/');
    const char *folder = !slash ? "."
                         : slash == file
                             ? "/"
                             : apr_pstrmemdup(p, file, slash - file);
    struct stat st;

    if (stat(folder, &st)) {
        st.st_mode = 0;
    }
    if (!S_ISDIR(st.st_mode)) {
        return apr_pstrcat(p, folder,
                           " is no folder, so that the database cannot be made "
                           "in it; make it, and give it to the user that httpd "
                           "runs as",
                           NULL);
    }
    /* SQLite makes files beside its own. */
    if (is_closed(&st, uid)) {
        return belongs(p, folder, &st, uid);
    }
    return !stat(file, &st) && is_closed(&st, uid) ? belongs(p, file, &st, uid)
                                                   : NULL;
}
