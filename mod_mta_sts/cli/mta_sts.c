/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * mta-sts(1): the place to start reading. A command is a row of the table, and
 * a file of its own.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "cli/command.h"
#include "core/escape.h"

static const command_t *const commands[] = {
    &command_report,
    &command_import,
    &command_summary,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *out)
{
    size_t i;

    fputs("mta-sts - MTA-STS (RFC 8461) and TLS reports (RFC 8460)\n\n", out);
    for (i = 0; i < COMMANDS; i++) {
        fprintf(out, "  mta-sts %-16s %s\n", commands[i]->name,
                commands[i]->summary);
    }
    fputs("\n"
          "  mta-sts help COMMAND     more on one\n"
          "  mta-sts --version\n",
          out);
}

/*
 * The command that the words begin with, the one of more words first, and how
 * many words those are.
 */
static const command_t *find(int count, const char *const *words, int *used)
{
    const command_t *found = NULL;
    size_t i;

    *used = 0;
    for (i = 0; i < COMMANDS; i++) {
        const char *name = commands[i]->name, *blank = strchr(name, ' ');
        const size_t first = blank ? (size_t)(blank - name) : strlen(name);
        const int size = blank ? 2 : 1;

        if (size > *used && size <= count && strlen(words[0]) == first &&
            strncmp(words[0], name, first) == 0 &&
            (!blank || strcmp(words[1], blank + 1) == 0)) {
            found = commands[i];
            *used = size;
        }
    }
    return found;
}

static int unknown(apr_pool_t *p, const char *word)
{
    static const char *const words[] = {"report",    "help",   "--help",
                                        "--version", "import", "summary",
                                        "explain",   NULL};
    const char *guess =
        access(word, F_OK) == 0 ? "report FILE" : command_guess(p, word, words);
    const char *what =
        apr_pstrcat(p, "there is no ", word[0] == '-' ? "option " : "command ",
                    mta_sts_escape_line(p, word), NULL);

    if (guess) {
        const char *first =
            strcmp(guess, "explain") == 0 ? "report --"
            : strcmp(guess, "import") == 0 || strcmp(guess, "summary") == 0
                ? "report "
                : "";

        what = apr_pstrcat(p, what, "; did you mean ", first, guess, "?", NULL);
    }
    return command_usage("", what);
}

static int help_of(apr_pool_t *p, int count, const char *const *words)
{
    const command_t *command;
    int used;

    if (count == 0) {
        help(stdout);
        return EXIT_FINE;
    }
    command = find(count, words, &used);
    if (!command || used < count) {
        return unknown(p, words[command ? used : 0]);
    }
    command_help(stdout, command);
    return EXIT_FINE;
}

/* Was `mta-sts report import` meant by this line, which is none? */
static int import_is_meant(apr_pool_t *p, int argc, const char *const *argv)
{
    static const char *const words[] = {"import", "report", "summary", "help",
                                        NULL};
    int i;

    for (i = 1; i < argc; i++) {
        const char *guess = command_guess(p, argv[i], words);

        if (guess && strcmp(guess, "import") == 0 &&
            (strcmp(argv[i], guess) == 0 || access(argv[i], F_OK) != 0)) {
            return 1;
        }
    }
    return 0;
}

static int run(apr_pool_t *p, int argc, const char *const *argv)
{
    const command_t *command;
    int used;

    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        return help_of(p, argc - 2, argv + 2);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("mta-sts %s\n", MTA_STS_VERSION);
        return EXIT_FINE;
    }
    command = find(argc - 1, argv + 1, &used);
    if (!command) {
        return unknown(p, argv[1]);
    }
    if (command != &command_import) {
        /* whoever reads our output may stop, as head does: then so do we,
         * also where a parent left this signal ignored. A mail server is to
         * hear 0 or 75 of an import. */
        signal(SIGPIPE, SIG_DFL);
    }
    return command->run(p, argc - used, argv + used);
}

/*
 * A mail server sends a bounce for any status but 0 and 75, and forgets the
 * mail with 0. So where import was meant and nothing was taken, it is 75.
 */
static int kept(apr_pool_t *p, int argc, const char *const *argv, int status)
{
    const command_t *command;
    int used;

    command = argc > 1 ? find(argc - 1, argv + 1, &used) : NULL;
    if (command == &command_import || !command_has_mail() ||
        (command && status < EXIT_UNREADABLE) ||
        !import_is_meant(p, argc, argv)) {
        return status;
    }
    return EXIT_AGAIN;
}

/* Standard input, output and error are there, so that no file of ours gets
 * their numbers, and what is said to them. To read what is not there is an
 * error, and no empty file. */
static int three_files(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_WRONLY);
    } while (fd >= 0 && fd <= 2);
    if (fd > 2) {
        close(fd);
    }
    return fd > 2;
}

/* What was said may still be in the buffer: that counts, too. */
static int said(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("mta-sts: standard output");
        return status > EXIT_UNREADABLE ? status : EXIT_UNREADABLE;
    }
    return status;
}

int main(int argc, const char *const *argv)
{
    apr_pool_t *p;
    int status;

    if (!three_files()) {
        return EXIT_AGAIN;
    }
    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return EXIT_AGAIN;
    }
    if (apr_pool_create_ex(&p, NULL, command_no_memory, NULL) != APR_SUCCESS) {
        return EXIT_AGAIN;
    }
    status = said(kept(p, argc, argv, run(p, argc, argv)));
    apr_pool_destroy(p);
    apr_terminate();
    return status;
}
