/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections to the store for reading, a few for each process.
 */
#ifndef MTA_STS_TLSRPT_LEND_H
#define MTA_STS_TLSRPT_LEND_H

#include "core/store.h"
#include "tlsrpt/module.h"

/** For optional_fn_retrieve: mod_dbd, or that it is gone. */
void tlsrpt_lend_retrieve(void);

/** For child_init. */
void tlsrpt_lend_child_init(server_rec *s);

/**
 * Borrow a connection. It comes back when r->pool is cleared.
 *
 * @return  NULL, or a sentence for the log: the database is away, or too many
 *          requests are at it
 */
const char *tlsrpt_lend(request_rec *r, tlsrpt_store_t **store);

/** The connection that the request borrowed gave an error: it is closed. */
void tlsrpt_lend_broken(request_rec *r);

#endif
