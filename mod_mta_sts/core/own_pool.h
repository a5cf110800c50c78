/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Memory that goes back to the system.
 */
#ifndef MTA_STS_CORE_OWN_POOL_H
#define MTA_STS_CORE_OWN_POOL_H

#include <apr_pools.h>

/**
 * A pool with an allocator of its own, which keeps nothing of what is freed:
 * for what may be large, in a thread that lives on. A pool below it takes from
 * the same one.
 *
 * @return  NULL if there is no memory
 */
apr_pool_t *tlsrpt_own_pool(apr_pool_t *parent);

#endif
