/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * From octets to reports, whatever they came out of: for cli/source*.c.
 */
#ifndef MTA_STS_CLI_SOURCE_OCTETS_H
#define MTA_STS_CLI_SOURCE_OCTETS_H

#include "cli/source.h"

/* What is being read, and what became of it. */
typedef struct {
    const source_sink_t *sink;
    const char *name; /* of the whole, printable */
    int reports, problems;
} source_t;

/** Is it neither JSON nor packed, and begins like a mail? */
int source_is_mail(const char *data, apr_size_t len);

/**
 * Tell the sink of what could not be read.
 *
 * @param name, data  of what it is about; len may be 0
 */
void source_problem(source_t *source, apr_pool_t *p, source_problem_e what,
                    const char *name, const char *why, const char *data,
                    apr_size_t len);

/**
 * Read a mail: its reports, or why there are none, go to the sink.
 *
 * @param in_box  it is one of many, of which most hold no report
 */
void source_mail(source_t *source, apr_pool_t *p, const char *name,
                 const char *data, apr_size_t len, int in_box);

/** The same of a file that is no mail: JSON, gzip or zip. */
void source_file(source_t *source, apr_pool_t *p, const char *data,
                 apr_size_t len, int is_stdin);

#endif
