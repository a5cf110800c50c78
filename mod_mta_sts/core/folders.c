/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Folders of a spool: making and opening them, looking through them, removing
 * from them.
 */
#include "core/folders.h"

#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/entry.h"

/*
 * Whom the group lets in is believed in what he says of a report, and has no
 * business with those of others. So it may pass through the spool; put files
 * into tmp/ and new/, and see how much waits there, because it has to bound
 * that; put files into bad/; and no more. Nobody but the owners of a file and
 * of the folder may remove it. (What may be read of a file, its mode says.)
 */
#define MODE_TOP  (S_ISGID | 0750)
#define MODE_DROP (S_ISVTX | S_ISGID | 0770)
#define MODE_SLOT (S_ISVTX | S_ISGID | 0730)
#define MODE_OWN  0700

static const struct {
    const char *name;
    mode_t mode;
} folders[FOLDERS] = {{"tmp", MODE_DROP},
                      {"new", MODE_DROP},
                      {"raw", MODE_OWN},
                      {"bad", MODE_SLOT}};

/* To put files into a folder that cannot be read. */
#if defined(O_PATH)
#define O_BLIND O_PATH
#elif defined(O_SEARCH)
#define O_BLIND O_SEARCH
#else
#define O_BLIND O_RDONLY
#endif

/** So far ahead of this clock that of a disk may be. */
#define AHEAD_MAX apr_time_from_sec(3600)

/* ---- making and opening ---- */

/* Make one folder and give it away; one that is there is left alone. The mode
 * is set afterwards, because of the umask. */
static apr_status_t make(int at, const char *path, mode_t mode, apr_int64_t uid,
                         apr_int64_t gid)
{
    apr_status_t rv = APR_SUCCESS;
    int fd;

    if (mkdirat(at, path, 0700)) {
        return errno == EEXIST ? APR_SUCCESS : errno;
    }
    fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    if ((uid != -1 && fchown(fd, (uid_t)uid, (gid_t)gid)) || fchmod(fd, mode)) {
        rv = errno;
    }
    close(fd);
    return rv;
}

static const char *error_text(apr_pool_t *p, apr_status_t rv)
{
    char text[120];

    return apr_pstrdup(p, apr_strerror(rv, text, sizeof(text)));
}

static apr_status_t cannot(apr_pool_t *p, const char *path, const char *name,
                           const char *what, apr_status_t rv, const char **why)
{
    *why = apr_pstrcat(p, path, *name ? "/" : "", name, " cannot be ", what,
                       " (", error_text(p, rv),
                       "); make it, and give it to the user that httpd runs "
                       "as",
                       NULL);
    return rv;
}

apr_status_t tlsrpt_spool_make(apr_pool_t *p, const char *folder,
                               apr_int64_t uid, apr_int64_t gid,
                               const char **why)
{
    apr_status_t rv = make(AT_FDCWD, folder, MODE_TOP, uid, gid);
    struct stat st;
    int i, top;

    if (rv != APR_SUCCESS) {
        return cannot(p, folder, "", "made", rv, why);
    }
    /* The administrator may have made a link of the spool itself. */
    top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) {
        return cannot(p, folder, "", "opened", errno, why);
    }
    /* ... or the spool, for a group of his choice: it is that of them all */
    if (fstat(top, &st)) {
        rv = cannot(p, folder, "", "opened", errno, why);
    }
    if (uid == -1 && geteuid() == 0) {
        uid = st.st_uid; /* root makes nothing that httpd cannot use */
    }
    for (i = 0; i < FOLDERS && rv == APR_SUCCESS; i++) {
        rv = make(top, folders[i].name, folders[i].mode, uid, st.st_gid);
        if (rv != APR_SUCCESS) {
            cannot(p, folder, folders[i].name, "made", rv, why);
        }
    }
    close(top);
    return rv;
}

/* One folder that is there: is it one, and whose? */
static const char *check_one(apr_pool_t *p, const char *path, apr_int64_t uid)
{
    struct stat st;

    if (stat(path, &st)) {
        return errno == ENOENT
                   ? NULL
                   : apr_pstrcat(p, path, ": ", error_text(p, errno), NULL);
    }
    if (!S_ISDIR(st.st_mode)) {
        return apr_pstrcat(p, path, " is no folder; name another, or move it",
                           NULL);
    }
    if ((apr_int64_t)st.st_uid != uid) {
        return apr_psprintf(p,
                            "%s belongs to the user number %ld, and httpd runs "
                            "as number %ld; give it to that user (chown)",
                            path, (long)st.st_uid, (long)uid);
    }
    return NULL;
}

const char *tlsrpt_spool_check(apr_pool_t *p, const char *folder,
                               apr_int64_t uid)
{
    const char *why = check_one(p, folder, uid);
    struct stat st;
    int i;

    if (!why && stat(folder, &st)) {
        const char *slash = strrchr(folder, '/');
        const char *above =
            slash > folder ? apr_pstrmemdup(p, folder, slash - folder) : "/";

        return stat(above, &st) || !S_ISDIR(st.st_mode)
                   ? apr_pstrcat(p, above,
                                 " is no folder, so that the spool cannot be "
                                 "made in it; make it, or name another",
                                 NULL)
                   : NULL;
    }
    for (i = 0; i < FOLDERS && !why; i++) {
        why = check_one(p, apr_pstrcat(p, folder, "/", folders[i].name, NULL),
                        uid);
    }
    return why;
}

static apr_status_t close_folders(void *data)
{
    const tlsrpt_spool_t *spool = data;
    int i;

    for (i = 0; i < FOLDERS; i++) {
        if (spool->fd[i] >= 0) {
            close(spool->fd[i]);
        }
    }
    return APR_SUCCESS;
}

/* The owner opens all of them. The rest do without raw/, and put into bad/ what
 * they cannot see there. */
static apr_status_t open_one(tlsrpt_spool_t *spool, int top, int i)
{
    const int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

    spool->fd[i] = openat(top, folders[i].name, O_RDONLY | flags);
    if (spool->fd[i] >= 0) {
        return APR_SUCCESS;
    }
    if (errno == EACCES && geteuid() != spool->owner) {
        if (i == FOLDER_RAW) {
            return APR_SUCCESS;
        }
        if (i == FOLDER_BAD) {
            spool->blind = 1;
            spool->fd[i] = openat(top, folders[i].name, O_BLIND | flags);
        }
    }
    return spool->fd[i] < 0 ? errno : APR_SUCCESS;
}

apr_status_t tlsrpt_spool_open(apr_pool_t *p, const char *folder,
                               tlsrpt_spool_t **spool, const char **why)
{
    tlsrpt_spool_t *made = apr_pcalloc(p, sizeof(*made));
    apr_status_t rv = tlsrpt_spool_make(p, folder, -1, -1, why);
    struct stat st;
    int i, top;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < FOLDERS; i++) {
        made->fd[i] = -1;
        made->path[i] = apr_pstrcat(p, folder, "/", folders[i].name, NULL);
    }
    rv = apr_thread_mutex_create(&made->lock, APR_THREAD_MUTEX_DEFAULT, p);
    if (rv != APR_SUCCESS) {
        *why = error_text(p, rv);
        return rv;
    }
    apr_pool_cleanup_register(p, made, close_folders, close_folders);
    top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) {
        return cannot(p, folder, "", "opened", errno, why);
    }
    if (fstat(top, &st)) {
        rv = cannot(p, folder, "", "opened", errno, why);
    }
    made->owner = st.st_uid;
    for (i = 0; i < FOLDERS && rv == APR_SUCCESS; i++) {
        rv = open_one(made, top, i);
        if (rv != APR_SUCCESS) {
            cannot(p, folder, folders[i].name, "opened", rv, why);
        }
    }
    close(top);
    if (rv == APR_SUCCESS) {
        *spool = made;
    }
    return rv;
}

/* A folder that is open keeps its number for itself. */
int tlsrpt_spool_moved(const tlsrpt_spool_t *spool)
{
    struct stat open, there;
    int i, moved = 0;

    for (i = 0; i < FOLDERS && !moved; i++) {
        if (spool->fd[i] < 0 || fstat(spool->fd[i], &open)) {
            continue;
        }
        if (fstatat(AT_FDCWD, spool->path[i], &there, AT_SYMLINK_NOFOLLOW)) {
            moved = errno == ENOENT || errno == ENOTDIR;
        }
        else {
            moved = open.st_ino != there.st_ino || open.st_dev != there.st_dev;
        }
    }
    return moved;
}

/* ---- looking ---- */

apr_status_t tlsrpt_folder_walk(int fd, tlsrpt_seen_t *seen, void *baton)
{
    /* A descriptor of its own: threads walk at the same time. */
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    const struct dirent *d;

    if (!dir) {
        apr_status_t rv = errno;

        if (own >= 0) {
            close(own);
        }
        return rv;
    }
    while ((d = readdir(dir))) {
        struct stat st;

        if (strcmp(d->d_name, ".") && strcmp(d->d_name, "..") &&
            !fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
            !seen(baton, d->d_name, &st)) {
            break;
        }
    }
    closedir(dir);
    return APR_SUCCESS;
}

/* A file with holes may say that it is a thousand times as large as the disk,
 * and one with a thousand names is there once. */
apr_off_t tlsrpt_folder_size(const struct stat *st)
{
    const apr_off_t size = st->st_size / 512 > st->st_blocks
                               ? (apr_off_t)st->st_blocks * 512
                               : (apr_off_t)st->st_size;

    return st->st_nlink > 1 ? size / (apr_off_t)st->st_nlink : size;
}

typedef struct {
    apr_pool_t *p;
    apr_array_header_t *list;
    int entries;
    apr_time_t beyond; /* what was changed after this is older than all */
} listing_t;

static int note(void *baton, const char *name, const struct stat *st)
{
    listing_t *listing = baton;
    tlsrpt_thing_t *thing;

    if (S_ISREG(st->st_mode) &&
        (!listing->entries || tlsrpt_entry_is_name(name))) {
        thing = apr_array_push(listing->list);
        thing->name = apr_pstrdup(listing->p, name);
        thing->mtime =
            apr_time_make(st->st_mtim.tv_sec, st->st_mtim.tv_nsec / 1000);
        thing->size = tlsrpt_folder_size(st);
        if (!listing->entries && thing->mtime > listing->beyond) {
            thing->mtime = 0;
        }
    }
    return 1;
}

static int older(const void *a, const void *b)
{
    const tlsrpt_thing_t *one = a, *other = b;

    if (one->mtime != other->mtime) {
        return one->mtime < other->mtime ? -1 : 1;
    }
    return strcmp(one->name, other->name);
}

apr_array_header_t *tlsrpt_folder_list(apr_pool_t *p, int fd, int entries)
{
    listing_t listing;

    listing.p = p;
    listing.list = apr_array_make(p, 64, sizeof(tlsrpt_thing_t));
    listing.entries = entries;
    listing.beyond = apr_time_now() + AHEAD_MAX;
    if (tlsrpt_folder_walk(fd, note, &listing) != APR_SUCCESS) {
        return NULL;
    }
    qsort(listing.list->elts, listing.list->nelts, sizeof(tlsrpt_thing_t),
          older);
    return listing.list;
}

apr_status_t tlsrpt_folder_remove(int fd, const char *name)
{
    apr_status_t rv;

    if (!unlinkat(fd, name, 0) || errno == ENOENT) {
        return APR_SUCCESS;
    }
    rv = errno;
    return unlinkat(fd, name, AT_REMOVEDIR) ? rv : APR_SUCCESS;
}
