/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Counters in shared memory, without a lock: each is changed by atomic
 * operations alone. Several requests at once may pass a quota by as many as
 * they are.
 */
#include "tlsrpt/shared.h"

#include <apr_atomic.h>
#include <apr_general.h>
#include <apr_shm.h>
#include <apr_siphash.h>
#include <string.h>

#include "tlsrpt/config.h"

/** Change it with the layout below. */
#define LAYOUT       3
#define RETAINED_KEY "mod_tlsrpt.shared"

#define ROWS  4
#define CELLS 4096 /* of a row; a power of two */

/** What the wider network may send, of what one may. */
#define WIDER 4

/** The parts of the spool's room that a network may fill, and the wider one. */
#define ROOM_NARROW 4
#define ROOM_WIDE   2

typedef struct {
    volatile apr_uint32_t day; /* since 1970, UTC: of the cells and of stored */
    volatile apr_uint32_t stored;
    volatile apr_uint32_t counts[TALLIES];
    volatile apr_uint32_t cells[QUOTAS][ROWS][CELLS];
    unsigned char key[APR_SIPHASH_KSIZE];
} shared_t;

/* What the process pool keeps over graceful restarts. */
typedef struct {
    int layout;
    shared_t *shared;
} retained_t;

static shared_t *shared;

apr_status_t tlsrpt_shared_init(server_rec *main_server)
{
    retained_t *kept = ap_retained_data_get(RETAINED_KEY);
    apr_shm_t *shm;
    apr_status_t rv;

    shared = NULL;
    if (!kept) {
        kept = ap_retained_data_create(RETAINED_KEY, sizeof(*kept));
        kept->layout = LAYOUT;
    }
    if (kept->layout != LAYOUT) {
        return APR_EINIT;
    }
    if (!kept->shared) {
        /* Anonymous: inherited by the children, and gone with the last. */
        rv = apr_shm_create(&shm, sizeof(shared_t), NULL,
                            main_server->process->pool);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        shared = apr_shm_baseaddr_get(shm);
        memset(shared, 0, sizeof(*shared));
        rv = apr_generate_random_bytes(shared->key, sizeof(shared->key));
        if (rv != APR_SUCCESS) {
            shared = NULL;
            return rv;
        }
        kept->shared = shared;
    }
    shared = kept->shared;
    return APR_SUCCESS;
}

/* ---- counters ---- */

const char *tlsrpt_tally_name(tlsrpt_tally_e what)
{
    static const char *const names[TALLIES] = {
        "received", "duplicate", "foreign", "bad", "refused", "misdirected"};

    return names[what];
}

void tlsrpt_tally(tlsrpt_tally_e what)
{
    if (shared) {
        apr_atomic_inc32(&shared->counts[what]);
    }
}

apr_uint32_t tlsrpt_tally_of(tlsrpt_tally_e what)
{
    return shared ? apr_atomic_read32(&shared->counts[what]) : 0;
}

/* ---- quotas ---- */

/* A new day: whoever notices first wipes the board. */
static void turn_the_day(void)
{
    const apr_uint32_t today =
        (apr_uint32_t)(apr_time_sec(apr_time_now()) / (24 * 60 * 60));
    const apr_uint32_t then = apr_atomic_read32(&shared->day);

    if (then != today && apr_atomic_cas32(&shared->day, today, then) == then) {
        memset((void *)shared->cells, 0, sizeof(shared->cells));
        apr_atomic_set32(&shared->stored, 0);
    }
}

/* A network and the wider one around it, as counters of one quota. */
typedef struct {
    volatile apr_uint32_t *narrow[ROWS], *wide[ROWS];
} cells_t;

/* The counters of the first octets of an address. */
static void cells_of(const unsigned char *addr, unsigned char octets,
                     tlsrpt_quota_e what, volatile apr_uint32_t *cell[ROWS])
{
    /* the number of octets tells a /16 from the /32 that begins the same */
    unsigned char text[8] = {0};
    apr_uint64_t hash;
    int row;

    text[0] = octets;
    memcpy(text + 1, addr, octets);
    hash = apr_siphash24(text, sizeof(text), shared->key);
    for (row = 0; row < ROWS; row++) {
        cell[row] = &shared->cells[what][row][hash & (CELLS - 1)];
        hash >>= 16;
    }
}

static void find(const apr_sockaddr_t *addr, tlsrpt_quota_e what,
                 cells_t *cells)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0,    0,
                                             0, 0, 0, 0, 0xff, 0xff};
    const unsigned char *octets = addr->ipaddr_ptr;
    int is_v4 = addr->ipaddr_len == 4;

    if (!is_v4 && !memcmp(octets, mapped, sizeof(mapped))) {
        octets += sizeof(mapped);
        is_v4 = 1;
    }
    cells_of(octets, is_v4 ? 3 : 6, what, cells->narrow);
    cells_of(octets, is_v4 ? 2 : 4, what, cells->wide);
}

static apr_uint32_t least(volatile apr_uint32_t *const cell[ROWS])
{
    apr_uint32_t n = apr_atomic_read32(cell[0]);
    int row;

    for (row = 1; row < ROWS; row++) {
        const apr_uint32_t other = apr_atomic_read32(cell[row]);

        n = other < n ? other : n;
    }
    return n;
}

static void add(volatile apr_uint32_t *const cell[ROWS], apr_uint32_t n)
{
    int row;

    for (row = 0; row < ROWS; row++) {
        apr_atomic_add32(cell[row], n);
    }
}

/* Not below zero: a new day may have begun meanwhile. */
static void take_back(volatile apr_uint32_t *const cell[ROWS], apr_uint32_t n)
{
    int row;

    for (row = 0; row < ROWS; row++) {
        apr_uint32_t had, now = apr_atomic_read32(cell[row]);

        do {
            had = now;
            now = apr_atomic_cas32(cell[row], had > n ? had - n : 0, had);
        } while (now != had);
    }
}

int tlsrpt_quota_network(const apr_sockaddr_t *addr, tlsrpt_quota_e what,
                         apr_uint32_t limit)
{
    cells_t cells;

    if (!shared || limit == QUOTA_NONE) {
        return 1;
    }
    turn_the_day();
    find(addr, what, &cells);
    if (least(cells.narrow) >= limit || least(cells.wide) / WIDER >= limit) {
        return 0;
    }
    add(cells.narrow, 1);
    add(cells.wide, 1);
    return 1;
}

/* ---- the room of the spool ---- */

static apr_uint32_t kib_begun(apr_size_t octets)
{
    return (apr_uint32_t)((octets + 1023) / 1024);
}

/* Would so many more be over a part of the room? Not the first of a day, which
 * may be larger than the whole part. */
static int is_over(volatile apr_uint32_t *const cell[ROWS], apr_uint32_t more,
                   apr_off_t part)
{
    const apr_uint32_t had = least(cell);

    return had && (apr_off_t)had + more > part / 1024;
}

int tlsrpt_quota_room(const apr_sockaddr_t *addr, apr_size_t octets,
                      apr_off_t room)
{
    const apr_uint32_t more = kib_begun(octets);
    cells_t cells;

    if (!shared || room == QUOTA_NONE) {
        return 1;
    }
    turn_the_day();
    find(addr, QUOTA_ROOM, &cells);
    if (is_over(cells.narrow, more, room / ROOM_NARROW) ||
        is_over(cells.wide, more, room / ROOM_WIDE)) {
        return 0;
    }
    add(cells.narrow, more);
    add(cells.wide, more);
    return 1;
}

void tlsrpt_quota_room_back(const apr_sockaddr_t *addr, apr_size_t octets,
                            apr_off_t room)
{
    cells_t cells;

    if (shared && room != QUOTA_NONE) {
        find(addr, QUOTA_ROOM, &cells);
        take_back(cells.narrow, kib_begun(octets));
        take_back(cells.wide, kib_begun(octets));
    }
}

/* ---- all networks ---- */

int tlsrpt_quota_all(apr_uint32_t limit)
{
    if (!shared || limit == QUOTA_NONE) {
        return 1;
    }
    turn_the_day();
    return apr_atomic_read32(&shared->stored) < limit;
}

void tlsrpt_quota_stored(void)
{
    if (shared) {
        apr_atomic_inc32(&shared->stored);
    }
}
