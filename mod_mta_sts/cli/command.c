/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See command.h.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "cli/command.h"
#include "core/escape.h"
#include "core/octets.h"

/* Longer words are not guessed at. */
#define GUESS_MAX 40

static unsigned int smaller(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

/* Letters to insert, to delete, to replace, or to exchange with the next one
 * (optimal string alignment); both words have at most GUESS_MAX letters. */
static unsigned int distance(const char *a, const char *b)
{
    unsigned int row[GUESS_MAX + 1][GUESS_MAX + 1];
    const size_t m = strlen(a), n = strlen(b);
    size_t i, k;

    for (i = 0; i <= m; i++) {
        for (k = 0; k <= n; k++) {
            unsigned int best;

            if (i == 0 || k == 0) {
                row[i][k] = (unsigned int)(i + k);
                continue;
            }
            best = smaller(row[i - 1][k], row[i][k - 1]) + 1;
            best =
                smaller(best, row[i - 1][k - 1] + (mta_sts_to_lower(a[i - 1]) !=
                                                   mta_sts_to_lower(b[k - 1])));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
                a[i - 2] == b[k - 1]) {
                best = smaller(best, row[i - 2][k - 2] + 1);
            }
            row[i][k] = best;
        }
    }
    return row[m][n];
}

const char *command_guess(apr_pool_t *p, const char *word,
                          const char *const *words)
{
    const char *best = NULL;
    unsigned int least = 0;

    if (strlen(word) > GUESS_MAX) {
        return NULL;
    }
    for (; *words; words++) {
        unsigned int away;

        if (strlen(*words) > GUESS_MAX) {
            continue;
        }
        away = distance(word, *words);
        /* a slip in a short word, one for each three letters of a longer */
        if (away <= smaller((unsigned int)strlen(*words) / 3 + 1, 6) &&
            away < strlen(*words) && (!best || away < least)) {
            best = *words;
            least = away;
        }
    }
    return best ? apr_pstrdup(p, best) : NULL;
}

int command_has_mail(void)
{
    struct stat st;

    return fstat(STDIN_FILENO, &st) == 0 &&
           (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
            S_ISREG(st.st_mode));
}

int command_no_memory_status = EXIT_UNREADABLE;

int command_no_memory(int status)
{
    (void)status;
    fputs("mta-sts: there is no memory\n", stderr);
    exit(command_no_memory_status);
}

int command_usage(const char *command, const char *what)
{
    const char *blank = command[0] ? " " : "";

    fprintf(stderr, "mta-sts%s%s: %s\n", blank, command, what);
    fprintf(stderr, "Try: mta-sts help%s%s\n", blank, command);
    return EXIT_USAGE;
}

void command_help(FILE *out, const command_t *command)
{
    const apr_getopt_option_t *option;

    fprintf(out, "mta-sts %s %s\n\n%s\n", command->name, command->synopsis,
            command->text);
    for (option = command->options; option->name; option++) {
        const char *text = option->description, *value = "";
        char left[40], letter[5] = "   ";
        int len = 0;

        if (option->optch < 128) {
            apr_snprintf(letter, sizeof(letter), "-%c,", option->optch);
        }
        /* the description of one with a value begins with the value's name */
        if (option->has_arg) {
            value = text;
            len = (int)strcspn(text, " ");
            text += len + 1;
        }
        apr_snprintf(left, sizeof(left), "%s --%s%s%.*s", letter, option->name,
                     len ? "=" : "", len, value);
        fprintf(out, "  %-22s %s\n", left, text);
    }
}

/* An option that is none, or lacks its value, as a sentence. */
static const char *wrong_option(apr_pool_t *p, const command_t *command,
                                const char *written)
{
    const char *shown = mta_sts_escape_line(p, written), *guess;
    const apr_getopt_option_t *option;
    apr_array_header_t *names = apr_array_make(p, 8, sizeof(const char *));
    char *name = apr_pstrdup(p, written + strspn(written, "-"));

    name[strcspn(name, "=")] = '\0';
    for (option = command->options; option->name; option++) {
        if (strcmp(option->name, name) == 0) {
            return apr_psprintf(p, "--%s %s", option->name,
                                option->has_arg ? "wants a value"
                                                : "takes no value");
        }
        APR_ARRAY_PUSH(names, const char *) = option->name;
    }
    APR_ARRAY_PUSH(names, const char *) = NULL;
    guess = command_guess(p, name, (const char *const *)names->elts);
    if (guess && strncmp(written, "--", 2) == 0) {
        return apr_psprintf(p, "there is no option %s; did you mean --%s?",
                            shown, guess);
    }
    return apr_psprintf(p, "there is no option %s", shown);
}

/* The table as getopt_long() takes it, and its letters. */
static struct option *long_options(apr_pool_t *p, const command_t *command,
                                   const char **letters)
{
    apr_array_header_t *list = apr_array_make(p, 8, sizeof(struct option));
    const apr_getopt_option_t *option;

    *letters = ":"; /* a value that is missing is told apart */
    for (option = command->options; option->name; option++) {
        struct option *to = apr_array_push(list);

        memset(to, 0, sizeof(*to));
        to->name = option->name;
        to->has_arg = option->has_arg ? required_argument : no_argument;
        to->val = option->optch;
        if (option->optch < 128) {
            *letters = apr_psprintf(p, "%s%c", *letters, option->optch);
        }
    }
    memset(apr_array_push(list), 0, sizeof(struct option));
    return (struct option *)list->elts;
}

int command_options(apr_pool_t *p, const command_t *command, int argc,
                    const char *const *argv, command_option_t *option,
                    void *baton, apr_array_header_t **rest)
{
    const char *letters;
    const struct option *table = long_options(p, command, &letters);
    char **words = apr_palloc(p, sizeof(*words) * ((size_t)argc + 1));
    int i, found;

    /* it puts the options in front */
    for (i = 0; i < argc; i++) {
        words[i] = apr_pstrdup(p, argv[i]);
    }
    words[argc] = NULL;
    opterr = 0;
    while ((found = getopt_long(argc, words, letters, table, NULL)) != -1) {
        const char *wrong;

        if (found == 'h') {
            command_help(stdout, command);
            return EXIT_FINE;
        }
        if (found == '?' || found == ':') {
            const char *written = words[optind - 1];

            if (strncmp(written, "--", 2) != 0) {
                written = apr_psprintf(p, "-%c", optopt);
            }
            wrong = wrong_option(p, command, written);
        }
        else {
            wrong = option(baton, p, found, optarg);
        }
        if (wrong) {
            return command_usage(command->name, wrong);
        }
    }
    *rest = apr_array_make(p, argc, sizeof(const char *));
    for (; optind < argc; optind++) {
        APR_ARRAY_PUSH(*rest, const char *) = words[optind];
    }
    return -1;
}
