/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reports out of the spool: read back, stored, put away, expired. A move is one
 * rename.
 */
#include "core/spool.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/entry.h"
#include "core/folders.h"
#include "core/tlsrpt.h"

/* What is older in tmp/ was left there by a process that ended. */
#define TMP_AGE 3600

/* How often to ask for a lock, and how long to wait between: five seconds. */
#define LOCK_TRIES 50
#define LOCK_PAUSE apr_time_from_msec(100)

/* ---- reading ---- */

/* Open a regular file of new/. Never waits: a FIFO is opened without its other
 * end, and is no regular file. */
static apr_status_t open_file(const tlsrpt_spool_t *spool, const char *name,
                              int *fd, struct stat *st)
{
    apr_status_t rv = APR_SUCCESS;

    *fd = openat(spool->fd[FOLDER_NEW], name,
                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0) {
        /* a link (ELOOP, in some systems EMLINK), a socket */
        return errno == ELOOP || errno == EMLINK || errno == ENXIO
                   ? APR_EGENERAL
                   : errno;
    }
    if (fstat(*fd, st)) {
        rv = errno;
    }
    else if (!S_ISREG(st->st_mode) || st->st_size < 0) {
        rv = APR_EGENERAL;
    }
    if (rv != APR_SUCCESS) {
        close(*fd);
    }
    return rv;
}

/* So many octets from its beginning, or what there is. */
static apr_status_t read_from(int fd, char *data, apr_size_t size,
                              apr_size_t *got)
{
    ssize_t n = 0;

    *got = 0;
    while (*got < size) {
        n = pread(fd, data + *got, size - *got, (off_t)*got);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            break;
        }
        *got += n > 0 ? (apr_size_t)n : 0;
    }
    return n < 0 ? errno : APR_SUCCESS;
}

/* A hole uses none of the disk, and memory when it is read. That a file uses
 * fewer blocks than it has octets says nothing: a disk may compress. */
static int has_hole(int fd, const struct stat *st)
{
#ifdef SEEK_HOLE
    off_t hole = lseek(fd, 0, SEEK_HOLE);

    return hole >= 0 && hole < st->st_size;
#else
    (void)fd;
    (void)st;
    return 0;
#endif
}

/* The group puts nothing that is larger than the command-line tool reads; the
 * bound of httpd's own is an administrator's choice. */
static int is_too_large(const tlsrpt_spool_t *spool, const struct stat *st,
                        apr_size_t max)
{
    if (st->st_uid != spool->owner && st->st_uid != 0 &&
        max > TLSRPT_SIZE_DEFAULT) {
        max = TLSRPT_SIZE_DEFAULT;
    }
    return (apr_uint64_t)st->st_size > max + TLSRPT_ENTRY_HEAD_MAX;
}

/* What is no entry is known by its first lines: only then memory is taken for
 * all of it. */
static apr_status_t read_entry(apr_pool_t *p, int fd, const char *name,
                               apr_size_t size, tlsrpt_origin_t *origin,
                               const char **json, apr_size_t *len)
{
    char head[TLSRPT_ENTRY_HEAD_MAX + 1], *data;
    apr_size_t got;
    apr_status_t rv = read_from(fd, head, TLSRPT_ENTRY_HEAD_MAX, &got);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    head[got] = '\0';
    if (tlsrpt_entry_begins(p, head, got)) {
        return APR_EGENERAL;
    }
    data = apr_palloc(p, size + 1);
    rv = read_from(fd, data, size, &got);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    data[got] = '\0';
    return tlsrpt_entry_parse(p, name, data, got, origin, json, len)
               ? APR_EGENERAL
               : APR_SUCCESS;
}

apr_status_t tlsrpt_spool_read(apr_pool_t *p, tlsrpt_spool_t *spool,
                               const char *name, apr_size_t max,
                               tlsrpt_origin_t *origin, const char **json,
                               apr_size_t *len)
{
    struct stat st;
    apr_status_t rv;
    int fd;

    if (!tlsrpt_entry_is_name(name)) {
        return APR_EGENERAL;
    }
    rv = open_file(spool, name, &fd, &st);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = is_too_large(spool, &st, max) || has_hole(fd, &st)
             ? APR_EGENERAL
             : read_entry(p, fd, name, (apr_size_t)st.st_size, origin, json,
                          len);
    close(fd);
    return rv == APR_SUCCESS && *len > max ? APR_EGENERAL : rv;
}

/* ---- what could not be read ---- */

static void keep_newest_bad(apr_pool_t *p, const tlsrpt_spool_t *spool)
{
    apr_array_header_t *list = tlsrpt_folder_list(p, spool->fd[FOLDER_BAD], 0);
    int i;

    for (i = 0; list && i < list->nelts - TLSRPT_BAD_KEPT; i++) {
        unlinkat(spool->fd[FOLDER_BAD],
                 APR_ARRAY_IDX(list, i, tlsrpt_thing_t).name, 0);
    }
}

/* For one of the group. Another may keep the lock as long as he likes: whoever
 * waits for a mail server has not got all day. */
static apr_status_t lock_for_bad(int fd)
{
    int attempt;

    for (attempt = 0; flock(fd, LOCK_EX | LOCK_NB); attempt++) {
        if (errno != EWOULDBLOCK || attempt == LOCK_TRIES) {
            return errno;
        }
        apr_sleep(LOCK_PAUSE);
    }
    return APR_SUCCESS;
}

/* Whoever cannot list bad/ cannot see which ones are the oldest there: so each
 * such user has names of his own for as many as are kept, and takes a free one,
 * or that of his oldest. The lock is for two of his at a time. */
static apr_status_t to_own_name(const tlsrpt_spool_t *spool, const char *tmp)
{
    const int from = spool->fd[FOLDER_TMP], bad = spool->fd[FOLDER_BAD];
    char name[TLSRPT_TMP_NAME], oldest[TLSRPT_TMP_NAME] = "";
    apr_time_t of_oldest = 0;
    apr_status_t rv = lock_for_bad(from);
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < TLSRPT_BAD_KEPT; i++) {
        struct stat st;
        apr_time_t written;

        snprintf(name, sizeof(name), "%ld.%02d", (long)geteuid(), i);
        if (fstatat(bad, name, &st, AT_SYMLINK_NOFOLLOW)) {
            break; /* ENOENT; what else it is, renameat() says, too */
        }
        written = apr_time_make(st.st_mtim.tv_sec, st.st_mtim.tv_nsec / 1000);
        if (!*oldest || written < of_oldest) {
            memcpy(oldest, name, sizeof(oldest));
            of_oldest = written;
        }
    }
    rv = renameat(from, tmp, bad, i < TLSRPT_BAD_KEPT ? name : oldest) ? errno
                                                                       : 0;
    flock(from, LOCK_UN);
    return rv;
}

/* A folder that cannot be read cannot be synced by itself. */
static int sync_bad(const tlsrpt_spool_t *spool)
{
    if (!spool->blind) {
        return fsync(spool->fd[FOLDER_BAD]);
    }
#ifdef O_PATH /* Linux */
    return syncfs(spool->fd[FOLDER_TMP]);
#else
    sync();
    return 0;
#endif
}

/* Move a file from tmp/ there. */
static apr_status_t to_bad(const tlsrpt_spool_t *spool, const char *tmp,
                           int sync)
{
    apr_status_t rv = APR_SUCCESS;

    if (spool->blind) {
        rv = to_own_name(spool, tmp);
    }
    else if (renameat(spool->fd[FOLDER_TMP], tmp, spool->fd[FOLDER_BAD], tmp)) {
        rv = errno;
    }
    if (rv != APR_SUCCESS) {
        unlinkat(spool->fd[FOLDER_TMP], tmp, 0);
        return rv;
    }
    return sync && sync_bad(spool) ? errno : APR_SUCCESS;
}

/* Without sync it may be missing after a power cut. */
static apr_status_t put_bad(apr_pool_t *p, tlsrpt_spool_t *spool,
                            const char *head, const char *data, apr_size_t len,
                            int sync)
{
    char tmp[TLSRPT_TMP_NAME];
    apr_status_t rv = tlsrpt_folder_write(
        spool, head, data, len < TLSRPT_BAD_SIZE ? len : TLSRPT_BAD_SIZE, sync,
        tmp);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = to_bad(spool, tmp, sync);
    if (rv == APR_SUCCESS) {
        keep_newest_bad(p, spool);
    }
    return rv;
}

static const char *reason(apr_pool_t *p, const char *why)
{
    tlsrpt_origin_t wrapped = {
        TLSRPT_CHANNEL_HTTPS, TLSRPT_TRUST_NONE, 0, "", "", ""};

    wrapped.source = why;
    return apr_pstrcat(p, "Reason: ", tlsrpt_entry_clean(p, &wrapped)->source,
                       "\n", NULL);
}

apr_status_t tlsrpt_spool_put_bad(apr_pool_t *p, tlsrpt_spool_t *spool,
                                  const tlsrpt_origin_t *origin,
                                  const char *why, const char *data,
                                  apr_size_t len)
{
    const char *head = tlsrpt_entry_head(p, tlsrpt_entry_clean(p, origin));

    return put_bad(p, spool, apr_pstrcat(p, reason(p, why), head, NULL), data,
                   len, origin->channel != TLSRPT_CHANNEL_HTTPS);
}

/* Out of its place in new/, under a name that nobody can have taken before. A
 * folder of somebody else can only be renamed where it is. */
static apr_status_t move_aside(const tlsrpt_spool_t *spool, const char *name,
                               tlsrpt_folder_e to)
{
    char fresh[TLSRPT_TMP_NAME];
    apr_status_t rv = tlsrpt_folder_fresh(fresh);

    if (rv == APR_SUCCESS &&
        renameat(spool->fd[FOLDER_NEW], name, spool->fd[to], fresh)) {
        rv = errno;
    }
    return rv;
}

/* What is kept of a file of new/. */
static apr_status_t read_start(apr_pool_t *p, const tlsrpt_spool_t *spool,
                               const char *name, char **data, apr_size_t *len)
{
    struct stat st;
    int fd;
    apr_status_t rv = open_file(spool, name, &fd, &st);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *data = apr_palloc(p, TLSRPT_BAD_SIZE);
    /* Some file systems tell of holes that are none: it stays whole. */
    rv = has_hole(fd, &st) ? APR_INCOMPLETE
                           : read_from(fd, *data, TLSRPT_BAD_SIZE, len);
    close(fd);
    return rv;
}

apr_status_t tlsrpt_spool_reject(apr_pool_t *p, tlsrpt_spool_t *spool,
                                 const char *name, const char *why)
{
    char *data;
    apr_size_t len;
    apr_status_t rv;

    if (!*name || strchr(name, '/')) {
        return APR_EGENERAL;
    }
    rv = read_start(p, spool, name, &data, &len);
    if (APR_STATUS_IS_ENOENT(rv)) {
        return APR_SUCCESS;
    }
    if (rv == APR_SUCCESS) {
        rv = put_bad(p, spool, reason(p, why), data, len, 1);
    }
    /* A file that cannot be copied is moved. What is no file just goes. */
    if (rv != APR_SUCCESS && rv != APR_EGENERAL) {
        rv = move_aside(spool, name, FOLDER_BAD);
        keep_newest_bad(p, spool);
        return rv;
    }
    rv = tlsrpt_folder_remove(spool->fd[FOLDER_NEW], name);
    return rv == APR_SUCCESS ? rv : move_aside(spool, name, FOLDER_NEW);
}

/* ---- through the spool ---- */

apr_array_header_t *tlsrpt_spool_list(apr_pool_t *p, tlsrpt_spool_t *spool,
                                      int max, int *all)
{
    apr_array_header_t *names = apr_array_make(p, 16, sizeof(const char *));
    apr_array_header_t *list;
    apr_pool_t *sub;
    int i;

    if (apr_pool_create(&sub, p) != APR_SUCCESS) {
        return NULL;
    }
    list = tlsrpt_folder_list(sub, spool->fd[FOLDER_NEW], 1);
    for (i = 0; list && i < list->nelts && i < max; i++) {
        APR_ARRAY_PUSH(names, const char *) =
            apr_pstrdup(p, APR_ARRAY_IDX(list, i, tlsrpt_thing_t).name);
    }
    if (all) {
        *all = list ? list->nelts : 0;
    }
    apr_pool_destroy(sub);
    return list ? names : NULL;
}

/* Not synced: after a power cut it is in one folder or in the other, and to
 * store it again does no harm. */
static apr_status_t to_raw(const tlsrpt_spool_t *spool, const char *name,
                           const char *as)
{
    struct stat st;

    if (!tlsrpt_entry_is_name(name)) {
        return APR_EGENERAL;
    }
    if (!renameat(spool->fd[FOLDER_NEW], name, spool->fd[FOLDER_RAW], as)) {
        return APR_SUCCESS;
    }
    if (errno != ENOENT) {
        return errno;
    }
    /* is it the entry that is gone, or raw/? */
    return fstatat(spool->fd[FOLDER_NEW], name, &st, AT_SYMLINK_NOFOLLOW)
               ? APR_SUCCESS
               : APR_ENOENT;
}

apr_status_t tlsrpt_spool_stored(apr_pool_t *p, tlsrpt_spool_t *spool,
                                 const char *name)
{
    (void)p;
    return to_raw(spool, name, name);
}

apr_status_t tlsrpt_spool_foreign(apr_pool_t *p, tlsrpt_spool_t *spool,
                                  const char *name)
{
    return to_raw(spool, name, apr_pstrcat(p, name, ".foreign", NULL));
}

/* ---- tidying up ---- */

typedef struct {
    int fd;
    apr_int64_t before; /* what was changed before this goes, */
    apr_int64_t beyond; /* and what was changed after this */
    int removed;
} sweep_t;

static int sweep_one(void *baton, const char *name, const struct stat *st)
{
    sweep_t *sweep = baton;

    if ((st->st_mtime < sweep->before || st->st_mtime > sweep->beyond) &&
        tlsrpt_folder_remove(sweep->fd, name) == APR_SUCCESS) {
        sweep->removed++;
    }
    return 1;
}

/* In bad/, files are counted: see keep_newest_bad(). */
static int sweep_no_file(void *baton, const char *name, const struct stat *st)
{
    return S_ISREG(st->st_mode) || sweep_one(baton, name, st);
}

typedef struct {
    apr_pool_t *p;
    tlsrpt_spool_t *spool;
    apr_int64_t before, beyond;
    int removed;
} strays_t;

/* In new/, nobody else ever looks at what has not the name of an entry, or is
 * no file. What the owner has there, the administrator moved, and may move
 * again. */
static int stray_one(void *baton, const char *name, const struct stat *st)
{
    strays_t *strays = baton;
    apr_pool_t *sub;

    if (st->st_uid == strays->spool->owner ||
        (S_ISREG(st->st_mode) && tlsrpt_entry_is_name(name)) ||
        (st->st_mtime >= strays->before && st->st_mtime <= strays->beyond) ||
        apr_pool_create(&sub, strays->p) != APR_SUCCESS) {
        return 1;
    }
    if ((S_ISREG(st->st_mode)
             ? tlsrpt_spool_reject(sub, strays->spool, name,
                                   "its name is that of no entry")
             : tlsrpt_folder_remove(strays->spool->fd[FOLDER_NEW], name)) ==
        APR_SUCCESS) {
        strays->removed++;
    }
    apr_pool_destroy(sub);
    return 1;
}

int tlsrpt_spool_expire(apr_pool_t *p, tlsrpt_spool_t *spool, apr_int64_t now,
                        apr_int64_t keep)
{
    sweep_t tmp = {0, 0, 0, 0};
    sweep_t raw = {0, 0, 0, 0};
    sweep_t bad = {0, 0, 0, 0};
    strays_t strays = {NULL, NULL, 0, 0, 0};
    apr_array_header_t *before, *after;

    tmp.fd = spool->fd[FOLDER_TMP];
    tmp.before = now - TMP_AGE;
    tmp.beyond = now + TMP_AGE;
    tlsrpt_folder_walk(tmp.fd, sweep_one, &tmp);
    strays.p = p;
    strays.spool = spool;
    strays.before = tmp.before;
    strays.beyond = tmp.beyond;
    tlsrpt_folder_walk(spool->fd[FOLDER_NEW], stray_one, &strays);
    raw.fd = spool->fd[FOLDER_RAW];
    raw.before = now - keep;
    raw.beyond = APR_INT64_MAX;
    tlsrpt_folder_walk(raw.fd, sweep_one, &raw);
    bad = tmp;
    bad.fd = spool->fd[FOLDER_BAD];
    bad.removed = 0;
    tlsrpt_folder_walk(bad.fd, sweep_no_file, &bad);
    before = tlsrpt_folder_list(p, spool->fd[FOLDER_BAD], 0);
    keep_newest_bad(p, spool);
    after = tlsrpt_folder_list(p, spool->fd[FOLDER_BAD], 0);
    return tmp.removed + strays.removed + raw.removed + bad.removed +
           (before && after ? before->nelts - after->nelts : 0);
}
