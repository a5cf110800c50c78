/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The folders of a spool, by descriptor: what a member of the spool's group
 * puts into them is never followed, only looked at, renamed and removed. For
 * core/spool.c alone.
 */
#ifndef MTA_STS_CORE_FOLDERS_H
#define MTA_STS_CORE_FOLDERS_H

#include <apr_thread_mutex.h>
#include <sys/stat.h>

#include "core/spool.h"

typedef enum {
    FOLDER_TMP = 0,
    FOLDER_NEW,
    FOLDER_RAW,
    FOLDER_BAD,
    FOLDERS
} tlsrpt_folder_e;

struct tlsrpt_spool_t {
    int fd[FOLDERS]; /* raw/: -1 where it is not for this process */
    const char *path[FOLDERS];
    uid_t owner; /* whose folder the spool is: the user of httpd */
    int blind;   /* bad/ cannot be listed or synced by this process */
    /* What room() knows of new/ and raw/; under the lock. */
    apr_thread_mutex_t *lock;
    apr_off_t files, bytes; /* counted, and put by this process since */
    apr_off_t put;          /* octets put since */
    apr_time_t counted;     /* 0: never */
    apr_time_t took;        /* how long counting took */
};

/** Called for each thing in a folder, but "." and ".."; 0 ends the walk. */
typedef int tlsrpt_seen_t(void *baton, const char *name, const struct stat *st);

/** Look at all that is in a folder. What goes away meanwhile is left out. */
apr_status_t tlsrpt_folder_walk(int fd, tlsrpt_seen_t *seen, void *baton);

/** A thing in a folder. */
typedef struct {
    const char *name;
    apr_time_t mtime;
    apr_off_t size; /* see tlsrpt_folder_size() */
} tlsrpt_thing_t;

/** The octets of a file that use the disk, by each of its names. */
apr_off_t tlsrpt_folder_size(const struct stat *st);

/**
 * The regular files of a folder, oldest first.
 *
 * @param entries  only those with names of entries; of others, what claims to
 *                 be of the future is taken for the oldest
 * @return         of tlsrpt_thing_t, in p; NULL if it cannot be read
 */
apr_array_header_t *tlsrpt_folder_list(apr_pool_t *p, int fd, int entries);

/** Remove anything but a folder that is not empty. APR_ENOENT is no error. */
apr_status_t tlsrpt_folder_remove(int fd, const char *name);

/** Octets of the name of a file in tmp/, NUL included. */
#define TLSRPT_TMP_NAME 40

/** A name for a file in tmp/ that was never used before, and is that of no
 * entry. */
apr_status_t tlsrpt_folder_fresh(char name[TLSRPT_TMP_NAME]);

/**
 * Write a file in tmp/: head, a blank line, data. On an error it is gone.
 *
 * @param sync  and wait until it is on the disk
 * @param name  is written
 */
apr_status_t tlsrpt_folder_write(const tlsrpt_spool_t *spool, const char *head,
                                 const char *data, apr_size_t len, int sync,
                                 char name[TLSRPT_TMP_NAME]);

/**
 * Is there room for one more report of so many octets? Where there is none,
 * the oldest of raw/, which are only copies, make room.
 */
int tlsrpt_folder_room(apr_pool_t *p, tlsrpt_spool_t *spool, apr_off_t size,
                       const tlsrpt_spool_limits_t *limits);

/**
 * The disk has no room for a report of so many octets: remove the oldest of
 * raw/, of that size and a mebibyte more, so that the next reports need not do
 * it again.
 *
 * @return  0 if nothing could be removed
 */
int tlsrpt_folder_free(apr_pool_t *p, tlsrpt_spool_t *spool, apr_off_t size);

/** A report of so many octets was put. */
void tlsrpt_folder_took(tlsrpt_spool_t *spool, apr_off_t size);

#endif
