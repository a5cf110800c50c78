/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The store as the intake of this child has it open. One thread at a time.
 */
#ifndef MTA_STS_TLSRPT_INTAKE_STORE_H
#define MTA_STS_TLSRPT_INTAKE_STORE_H

#include "core/store.h"
#include "tlsrpt/module.h"

/** For optional_fn_retrieve: what mod_dbd offers. */
void tlsrpt_intake_store_retrieve(void);

/** In check_config: NULL, or a sentence that says why it cannot be opened; in
 * p. */
const char *tlsrpt_intake_store_check(apr_pool_t *p, const server_rec *s);

/**
 * In child_init.
 *
 * @param p  lives as long as the process, and is never destroyed
 */
void tlsrpt_intake_store_child_init(apr_pool_t *p, server_rec *s);

/**
 * The store, opened if it is not. A file of SQLite that was replaced or removed
 * is left, which is logged, and the new one opened.
 *
 * @param scratch  of the sentence
 * @return         NULL, or a sentence
 */
const char *tlsrpt_intake_store_open(apr_pool_t *scratch,
                                     tlsrpt_store_t **store);

/** A call ends: mod_dbd's connection goes back, because others want it, too. */
void tlsrpt_intake_store_done(void);

/** The database gave an error: the next call opens it anew. */
void tlsrpt_intake_store_failed(apr_pool_t *scratch);

/** Nobody will use it. */
void tlsrpt_intake_store_close(void);

#endif
