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

/** A connection that is lent to one request. */
typedef struct tlsrpt_lent_t tlsrpt_lent_t;

/** For optional_fn_retrieve: mod_dbd, or that it is gone. */
void tlsrpt_lend_retrieve(void);

/** For child_init. */
void tlsrpt_lend_child_init(server_rec *s);

/**
 * Borrow a connection, which works: one that the database has closed meanwhile
 * is opened anew. The few who have one may wait for a database that hangs;
 * everybody else is told so at once.
 *
 * @param r     the sentence is in its pool
 * @param lent  to be given back by tlsrpt_lend_back(); untouched on error
 * @param busy  set to 1 if the others have all of them, else to 0
 * @return      NULL, or a sentence for the log
 */
const char *tlsrpt_lend(request_rec *r, tlsrpt_lent_t **lent, int *busy);

/** What is lent. */
tlsrpt_store_t *tlsrpt_lent_store(const tlsrpt_lent_t *lent);

/**
 * Give it back: nothing that was read may need it still.
 *
 * @param broken  it gave an error: nobody gets it again
 */
void tlsrpt_lend_back(tlsrpt_lent_t *lent, int broken);

#endif
