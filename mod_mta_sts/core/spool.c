/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reports into the spool. An entry gets its name only when it is whole and on
 * the disk, so a kill leaves at most a file in tmp/.
 */
#include "core/spool.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/entry.h"
#include "core/folders.h"

/* ---- writing a file ---- */

apr_status_t tlsrpt_folder_fresh(char name[TLSRPT_TMP_NAME])
{
    unsigned char r[8];
    apr_status_t rv = apr_generate_random_bytes(r, sizeof(r));

    if (rv == APR_SUCCESS) {
        snprintf(name, TLSRPT_TMP_NAME, "%ld.%02x%02x%02x%02x%02x%02x%02x%02x",
                 (long)getpid(), r[0], r[1], r[2], r[3], r[4], r[5], r[6],
                 r[7]);
    }
    return rv;
}

/* A new file in tmp/; its name is written into name. */
static apr_status_t tmp_file(const tlsrpt_spool_t *spool,
                             char name[TLSRPT_TMP_NAME], int *fd)
{
    int attempt;

    for (attempt = 0; attempt < 5; attempt++) {
        apr_status_t rv = tlsrpt_folder_fresh(name);

        if (rv != APR_SUCCESS) {
            return rv;
        }
        *fd =
            openat(spool->fd[FOLDER_TMP], name,
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (*fd >= 0 || errno != EEXIST) {
            break;
        }
    }
    return *fd < 0 ? errno : APR_SUCCESS;
}

/* What httpd or root writes, httpd alone may read. What a member of the group
 * puts, it has to be able to read, too: so everybody may who gets as far, and
 * the spool lets in its owner and its group only. */
static int set_rights(const tlsrpt_spool_t *spool, int fd)
{
    const int is_owners =
        geteuid() == spool->owner ||
        (geteuid() == 0 && !fchown(fd, spool->owner, (gid_t)-1));

    return fchmod(fd, is_owners ? 0600 : 0644);
}

static apr_status_t write_all(int fd, const char *data, apr_size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR) {
            return errno;
        }
        if (n > 0) {
            data += n;
            len -= (apr_size_t)n;
        }
    }
    return APR_SUCCESS;
}

apr_status_t tlsrpt_folder_write(const tlsrpt_spool_t *spool, const char *head,
                                 const char *data, apr_size_t len, int sync,
                                 char name[TLSRPT_TMP_NAME])
{
    int fd = -1;
    apr_status_t rv = tmp_file(spool, name, &fd);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = write_all(fd, head, strlen(head));
    if (rv == APR_SUCCESS) {
        rv = write_all(fd, "\n", 1);
    }
    if (rv == APR_SUCCESS) {
        rv = write_all(fd, data, len);
    }
    if (rv == APR_SUCCESS && (set_rights(spool, fd) || (sync && fsync(fd)))) {
        rv = errno;
    }
    if (close(fd) && rv == APR_SUCCESS) {
        rv = errno;
    }
    if (rv != APR_SUCCESS) {
        unlinkat(spool->fd[FOLDER_TMP], name, 0);
    }
    return rv;
}

/* ---- putting ---- */

/* Is it in raw/, and for good? (Only the owner of the spool writes there.) Who
 * may not look puts it again, and the store will know it.
 * APR_EEXIST, or APR_SUCCESS: it is not; or an error. */
static apr_status_t look_in_raw(const tlsrpt_spool_t *spool, const char *name)
{
    struct stat st;

    if (spool->fd[FOLDER_RAW] < 0) {
        return APR_SUCCESS;
    }
    if (fstatat(spool->fd[FOLDER_RAW], name, &st, AT_SYMLINK_NOFOLLOW)) {
        return errno == ENOENT ? APR_SUCCESS : errno;
    }
    return fsync(spool->fd[FOLDER_RAW]) ? errno : APR_EEXIST;
}

/* Is what new/ has under this name the report? If not it is put away.
 * APR_EEXIST: it is, and on the disk; APR_SUCCESS: the name is free. */
static apr_status_t look_in_new(apr_pool_t *p, tlsrpt_spool_t *spool,
                                const char *name, apr_size_t len)
{
    struct stat st;
    apr_pool_t *sub;
    tlsrpt_origin_t origin;
    const char *json;
    apr_size_t size;
    apr_status_t rv;

    if (fstatat(spool->fd[FOLDER_NEW], name, &st, AT_SYMLINK_NOFOLLOW)) {
        return errno == ENOENT ? APR_SUCCESS : errno;
    }
    rv = apr_pool_create(&sub, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = tlsrpt_spool_read(sub, spool, name, len, &origin, &json, &size);
    apr_pool_destroy(sub);
    /* what httpd put is whole, and not for others to read; httpd can */
    if (rv == APR_SUCCESS ||
        (APR_STATUS_IS_EACCES(rv) && st.st_uid == spool->owner &&
         geteuid() != spool->owner)) {
        return fsync(spool->fd[FOLDER_NEW]) ? errno : APR_EEXIST;
    }
    if (APR_STATUS_IS_ENOENT(rv)) {
        return APR_SUCCESS;
    }
    return rv == APR_EGENERAL || APR_STATUS_IS_EACCES(rv) ||
                   APR_STATUS_IS_EAGAIN(rv) /* a lease on it */
               ? tlsrpt_spool_reject(p, spool, name,
                                     "no entry, but in the place of one")
               : rv;
}

/* Give a file in tmp/ its name in new/. */
static apr_status_t link_new(apr_pool_t *p, tlsrpt_spool_t *spool,
                             const char *tmp, const char *name, apr_size_t len)
{
    int attempt;

    for (attempt = 0; attempt < 3; attempt++) {
        apr_status_t rv;

        if (!linkat(spool->fd[FOLDER_TMP], tmp, spool->fd[FOLDER_NEW], name,
                    0)) {
            return APR_SUCCESS;
        }
        if (errno != EEXIST) {
            return errno;
        }
        rv = look_in_new(p, spool, name, len);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_EBUSY;
}

/* Is this file, in tmp/ until now, already stored? */
static int is_stored(const tlsrpt_spool_t *spool, const char *tmp,
                     const char *name)
{
    struct stat ours, raw;

    return !fstatat(spool->fd[FOLDER_TMP], tmp, &ours, AT_SYMLINK_NOFOLLOW) &&
           !fstatat(spool->fd[FOLDER_RAW], name, &raw, AT_SYMLINK_NOFOLLOW) &&
           ours.st_ino == raw.st_ino && ours.st_dev == raw.st_dev;
}

/* It has its name. That it is in raw/ may mean two things: somebody put and
 * stored the same after we looked there; or it is ours, and was stored at once.
 * A name is there for good only when its folder is synced. */
static apr_status_t settle(const tlsrpt_spool_t *spool, const char *tmp,
                           const char *name)
{
    apr_status_t rv = look_in_raw(spool, name);

    if (APR_STATUS_IS_EEXIST(rv) && is_stored(spool, tmp, name)) {
        return APR_SUCCESS;
    }
    if (rv == APR_SUCCESS && fsync(spool->fd[FOLDER_NEW])) {
        rv = errno;
    }
    if (rv != APR_SUCCESS) {
        unlinkat(spool->fd[FOLDER_NEW], name, 0);
    }
    return rv;
}

/* Is it there, and for good? As look_in_raw(). */
static apr_status_t look(apr_pool_t *p, tlsrpt_spool_t *spool, const char *name,
                         apr_size_t len)
{
    apr_status_t rv = look_in_raw(spool, name);

    return rv == APR_SUCCESS ? look_in_new(p, spool, name, len) : rv;
}

/* Into tmp/. Where the disk is full, copies make room. */
static apr_status_t write_tmp(apr_pool_t *p, tlsrpt_spool_t *spool,
                              const char *head, const char *json,
                              apr_size_t len, char tmp[TLSRPT_TMP_NAME])
{
    apr_status_t rv = tlsrpt_folder_write(spool, head, json, len, 1, tmp);

    if (APR_STATUS_IS_ENOSPC(rv) && /* EDQUOT too, says APR */
        tlsrpt_folder_free(p, spool, (apr_off_t)len)) {
        rv = tlsrpt_folder_write(spool, head, json, len, 1, tmp);
    }
    return rv;
}

static apr_status_t put(apr_pool_t *p, tlsrpt_spool_t *spool, const char *head,
                        const char *name, const char *json, apr_size_t len,
                        const tlsrpt_spool_limits_t *limits)
{
    const apr_off_t size = (apr_off_t)(strlen(head) + 1 + len);
    char tmp[TLSRPT_TMP_NAME];
    apr_status_t rv;

    rv = look(p, spool, name, len);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!tlsrpt_folder_room(p, spool, size, limits)) {
        return APR_ENOSPC;
    }
    rv = write_tmp(p, spool, head, json, len, tmp);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = link_new(p, spool, tmp, name, len);
    if (rv == APR_SUCCESS) {
        rv = settle(spool, tmp, name);
    }
    unlinkat(spool->fd[FOLDER_TMP], tmp, 0);
    if (rv == APR_SUCCESS) {
        tlsrpt_folder_took(spool, size);
    }
    return rv;
}

apr_status_t tlsrpt_spool_put(apr_pool_t *p, tlsrpt_spool_t *spool,
                              const tlsrpt_origin_t *origin, const char *json,
                              apr_size_t len,
                              const tlsrpt_spool_limits_t *limits,
                              const char **name)
{
    const tlsrpt_origin_t *clean = tlsrpt_entry_clean(p, origin);
    const char *own = tlsrpt_entry_name(p, clean, json, len);
    apr_status_t rv;

    if (!own) {
        return APR_ENOTIMPL;
    }
    if (name) {
        *name = own;
    }
    rv = put(p, spool, tlsrpt_entry_head(p, clean), own, json, len, limits);
    return rv == EDQUOT ? APR_ENOSPC : rv;
}

apr_status_t tlsrpt_spool_look(apr_pool_t *p, tlsrpt_spool_t *spool,
                               const tlsrpt_origin_t *origin, const char *json,
                               apr_size_t len)
{
    const char *name =
        tlsrpt_entry_name(p, tlsrpt_entry_clean(p, origin), json, len);

    return name ? look(p, spool, name, len) : APR_ENOTIMPL;
}
