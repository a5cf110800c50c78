/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the commands of mta-sts(1) share: how one is described, how its options
 * are read, and what is said of a wrong one.
 */
#ifndef MTA_STS_CLI_COMMAND_H
#define MTA_STS_CLI_COMMAND_H

#include <stdio.h>

#include <apr_getopt.h>
#include <apr_pools.h>
#include <apr_tables.h>

/** The version of mta-sts(1). */
#define MTA_STS_VERSION "0.1.0"

/** Exit statuses; EXIT_AGAIN is EX_TEMPFAIL of mail servers. */
enum {
    EXIT_FINE = 0,
    EXIT_FAILURES = 1,
    EXIT_UNREADABLE = 2,
    EXIT_USAGE = 3,
    EXIT_AGAIN = 75
};

typedef struct {
    const char *name;     /* "report", "report import" */
    const char *synopsis; /* what follows the name */
    const char *summary;  /* half a line */
    const char *text;     /* for --help, lines of at most 80 columns */
    const apr_getopt_option_t *options; /* the last has no name */
    /**
     * @param argv  what follows the name, with an argv[0] of no meaning
     * @return      the exit status
     */
    int (*run)(apr_pool_t *p, int argc, const char *const *argv);
} command_t;

extern const command_t command_report;
extern const command_t command_import;
extern const command_t command_summary;

/** In every table of options. */
#define OPTION_HELP                                                            \
    {                                                                          \
        "help", 'h', 0, "this text"                                            \
    }
#define OPTION_END                                                             \
    {                                                                          \
        NULL, 0, 0, NULL                                                       \
    }

/**
 * An option was read.
 *
 * @param value  NULL if it takes none
 * @return       NULL, or what is wrong with the value: a sentence
 */
typedef const char *command_option_t(void *baton, apr_pool_t *p, int option,
                                     const char *value);

/**
 * Read the options of a command, which may stand among the arguments.
 *
 * @param option  called for each but --help
 * @param rest    of const char *: the arguments
 * @return        -1: go on; else the exit status, and all is said
 */
int command_options(apr_pool_t *p, const command_t *command, int argc,
                    const char *const *argv, command_option_t *option,
                    void *baton, apr_array_header_t **rest);

/**
 * May a mail wait on standard input? Not at a terminal, and not in /dev/null: a
 * mail server gives a pipe, a socket or a file.
 */
int command_has_mail(void);

/**
 * There is no memory: ends the program, after a word on standard error. An
 * apr_abortfunc_t.
 */
int command_no_memory(int status);

/** The exit status of command_no_memory(): EXIT_UNREADABLE unless it is set. */
extern int command_no_memory_status;

/** Say on standard error what is wrong with the command line; EXIT_USAGE. */
int command_usage(const char *command, const char *what);

/** Print the help of a command. */
void command_help(FILE *out, const command_t *command);

/**
 * Which of the words is meant by one that is none of them?
 *
 * @param words  the last is NULL
 * @return       NULL if none is near
 */
const char *command_guess(apr_pool_t *p, const char *word,
                          const char *const *words);

#endif
