/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * `mta-sts report import FILE...|-`: puts reports into the spool of mod_tlsrpt.
 *
 * A mail server pipes a mail into it. Any exit status but 0 and 75 would make
 * it send a bounce, to a sender who can do nothing about it; and 0 makes it
 * forget the mail. So where standard input can be such a pipe it is 0 only for
 * what is on the disk, and 75 whatever else happens.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "cli/authres.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/reader.h"
#include "cli/source.h"
#include "core/escape.h"
#include "core/name.h"

/* TLSRPT_SPOOL, the default folder, is set when it is built (Makefile). */

typedef struct {
    const char *folder, *authserv_id, *domain;
    int verbose, json;
    int mail; /* a mail server may be waiting for the exit status */
    int pipe; /* the mail at hand comes from standard input */
    tlsrpt_spool_t *spool;
    int taken, known;
    int again, problems; /* what did not work: later, and ever */
    int kept;            /* no reports; they are in bad/ */
} job_t;

enum { OPTION_SPOOL = 256, OPTION_AUTHSERV_ID, OPTION_DOMAIN, OPTION_JSON };

static const apr_getopt_option_t options[] = {
    {"spool", OPTION_SPOOL, 1,
     "DIR the spool of mod_tlsrpt: what TLSRPTSpool says"},
    {"authserv-id", OPTION_AUTHSERV_ID, 1,
     "ID whose Authentication-Results tell of DKIM"},
    {"domain", OPTION_DOMAIN, 1,
     "NAME the policy domain of reports that name none"},
    {"json", OPTION_JSON, 0, "how many reports, as a JSON object"},
    {"verbose", 'v', 0, "say what was done"},
    OPTION_HELP,
    OPTION_END,
};

static const char *set(void *baton, apr_pool_t *p, int option,
                       const char *value)
{
    job_t *job = baton;
    const char *why;

    switch (option) {
    case OPTION_SPOOL:
        job->folder = value;
        if (value[0] != '/') {
            return "--spool wants a folder that begins with /";
        }
        break;
    case OPTION_AUTHSERV_ID:
        job->authserv_id = value;
        return authres_id_check(value);
    case OPTION_DOMAIN:
        why = mta_sts_name_parse(p, value, &job->domain);
        if (why) {
            return apr_psprintf(p, "--domain=%s: %s",
                                mta_sts_escape_line(p, value), why);
        }
        break;
    case OPTION_JSON:
        job->json = 1;
        break;
    case 'v':
        job->verbose = 1;
        break;
    }
    return NULL;
}

/* Where what -v says goes: beside JSON not between it. */
static FILE *words(const job_t *job)
{
    return job->json ? stderr : stdout;
}

/* If it is not in the spool, it has to come again. */
static void failed(job_t *job, const char *name, apr_status_t status)
{
    char text[128];

    if (status != APR_SUCCESS) {
        job->again++;
        fprintf(stderr, "mta-sts: %s: not put into the spool %s: %s\n", name,
                job->folder,
                APR_STATUS_IS_ENOSPC(status)
                    ? "it is full"
                    : apr_strerror(status, text, sizeof(text)));
    }
}

static void complain(void *baton, apr_pool_t *p,
                     const source_problem_t *problem)
{
    job_t *job = baton;
    /* a mailbox is emptied now and then: to cron that is nothing new */
    const int is_usual = problem->what == SOURCE_NONE ||
                         (problem->what == SOURCE_EMPTY && !job->pipe);

    if (!is_usual || job->verbose) {
        progress_clear();
        fprintf(stderr, "mta-sts: %s: %s%s\n", problem->name, problem->why,
                problem->what == SOURCE_PASSED_OVER ? "; passed over" : "");
    }
    if (is_usual || problem->what == SOURCE_PASSED_OVER) {
        return;
    }
    if (!job->pipe) {
        job->problems++;
    }
    else if (problem->what == SOURCE_UNREAD) {
        job->again++;
    }
    else {
        /* nobody has it but we: it is kept, for the administrator */
        apr_status_t status =
            tlsrpt_spool_put_bad(p, job->spool, &problem->origin, problem->why,
                                 problem->data, problem->len);

        job->kept += status == APR_SUCCESS;
        failed(job, problem->name, status);
    }
}

/* Anybody can send mail: what waits for the store leaves most of the room
 * (TLSRPTQuota) to HTTPS, whose senders do not come again as mails do. */
static const tlsrpt_spool_limits_t mail_limits = {64 * 1024 * 1024, 100000};

static void take(void *baton, apr_pool_t *p, const source_report_t *found)
{
    job_t *job = baton;
    const char *why =
        tlsrpt_dates_check(found->report, apr_time_sec(apr_time_now()), 0);
    apr_status_t status;

    if (why) {
        const source_problem_t problem = {found->name,   why,
                                          SOURCE_BROKEN, found->json,
                                          found->len,    found->origin};

        complain(job, p, &problem);
        return;
    }
    status =
        tlsrpt_spool_put(p, job->spool, &found->origin, found->json, found->len,
                         job->pipe ? &mail_limits : NULL, NULL);
    if (status == APR_SUCCESS) {
        job->taken++;
    }
    else if (APR_STATUS_IS_EEXIST(status)) {
        job->known++;
    }
    else {
        failed(job, found->name, status);
    }
    if (job->verbose) {
        progress_clear();
        fprintf(words(job), "%s: report of %s, trust %d: %s\n", found->name,
                mta_sts_escape_line(p, found->report->submitter),
                (int)found->origin.trust,
                status == APR_SUCCESS          ? "put into the spool"
                : APR_STATUS_IS_EEXIST(status) ? "was there already"
                                               : "not put into the spool");
    }
}

/* Standard input to its end, so that who writes it sees no broken pipe. */
static void drain(apr_pool_t *p)
{
    const char *data, *why;
    reader_t *reader = reader_open(p, "-", &why);

    while (reader && reader_piece(reader, &data) > 0) {
    }
}

/*
 * It is httpd that makes the spool, for its own user: one made here would be
 * of whoever comes first. NULL, or a sentence.
 */
static const char *open_spool(apr_pool_t *p, job_t *job)
{
    apr_finfo_t info;
    const char *why;

    if (APR_STATUS_IS_ENOENT(apr_stat(&info, job->folder, APR_FINFO_TYPE, p))) {
        return apr_psprintf(p,
                            "there is no spool %s: mod_tlsrpt makes it when "
                            "httpd starts",
                            mta_sts_escape_line(p, job->folder));
    }
    return tlsrpt_spool_open(p, job->folder, &job->spool, &why) == APR_SUCCESS
               ? NULL
               : why;
}

static void count(const job_t *job)
{
    FILE *out = words(job);

    if (job->verbose) {
        fprintf(out, "%d put into the spool, %d %s there already", job->taken,
                job->known, job->known == 1 ? "was" : "were");
        if (job->kept) {
            fprintf(out, ", %d kept in bad", job->kept);
        }
        if (job->problems) {
            fprintf(out, ", %d could not be read", job->problems);
        }
        if (job->again) {
            fprintf(out, ", %d to come again", job->again);
        }
        fputc('\n', out);
    }
    if (job->json) {
        printf("{\"put\": %d, \"known\": %d, \"kept\": %d, "
               "\"unreadable\": %d, \"again\": %d}\n",
               job->taken, job->known, job->kept, job->problems, job->again);
    }
}

static int import(apr_pool_t *p, job_t *job, const apr_array_header_t *files)
{
    source_sink_t sink;
    const char *why;
    int i;

    if ((why = open_spool(p, job)) != NULL) {
        fprintf(stderr, "mta-sts: %s\n", why);
        return EXIT_AGAIN;
    }
    memset(&sink, 0, sizeof(sink));
    sink.authserv_id = job->authserv_id;
    sink.domain = job->domain;
    sink.one_mail = 1;
    sink.report = take;
    sink.problem = complain;
    sink.baton = job;
    for (i = 0; i < files->nelts; i++) {
        const char *file = APR_ARRAY_IDX(files, i, const char *);

        job->pipe = strcmp(file, "-") == 0;
        source_read(p, file, &sink);
    }
    progress_clear();
    count(job);
    return job->again      ? EXIT_AGAIN
           : job->problems ? EXIT_UNREADABLE
                           : EXIT_FINE;
}

/* What could not be written is no reason to bounce a mail. */
static int without_output(int status)
{
    if ((fflush(stdout) || ferror(stdout)) &&
        !freopen("/dev/null", "w", stdout)) {
        return EXIT_AGAIN;
    }
    return status;
}

static void end_again(int number)
{
    static const char text[] = "mta-sts: ended by a signal\n";

    (void)number;
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0) {
        /* then nobody hears it */
    }
    _exit(EXIT_AGAIN);
}

/*
 * To some mail servers a program that ends by a signal is one that failed for
 * good. GLib ends it by one when there is no memory. What is half written stays
 * in tmp/, which httpd tidies up. (SIGINT and SIGQUIT come from a terminal, and
 * are for the shell there to see.)
 */
static void end_well(void)
{
    static const int signals[] = {SIGHUP,  SIGTERM, SIGABRT, SIGBUS,  SIGFPE,
                                  SIGILL,  SIGSEGV, SIGSYS,  SIGTRAP, SIGXCPU,
                                  SIGALRM, SIGUSR1, SIGUSR2};
    size_t i;

    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (signal(signals[i], end_again) == SIG_IGN) {
            signal(signals[i], SIG_IGN); /* as of nohup */
        }
    }
    command_no_memory_status = EXIT_AGAIN;
}

/* Names under which standard input is a file, too: what comes there is no file
 * that somebody named. */
static const char *plain_name(const char *file)
{
    static const char *const names[] = {"/dev/stdin", "/dev/fd/0",
                                        "/proc/self/fd/0"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(file, names[i]) == 0) {
            return "-";
        }
    }
    return file;
}

static int run(apr_pool_t *p, int argc, const char *const *argv)
{
    const char **words = apr_palloc(p, sizeof(*words) * ((size_t)argc + 1));
    apr_array_header_t *files;
    job_t job;
    int i, status, has_pipe = 0;

    /* a write that fails then says so, as an error */
    signal(SIGPIPE, SIG_IGN);
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN);
#endif
    memset(&job, 0, sizeof(job));
    job.folder = TLSRPT_SPOOL;
    for (i = 0; i < argc; i++) {
        words[i] = plain_name(argv[i]);
        has_pipe |= strcmp(words[i], "-") == 0;
    }
    job.mail = command_has_mail() || (has_pipe && !isatty(STDIN_FILENO));
    if (job.mail) {
        end_well();
    }
    status =
        command_options(p, &command_import, argc, words, set, &job, &files);
    if (status < 0 && files->nelts == 0) {
        status = command_usage(command_import.name,
                               "name a file, a Maildir, or - for standard "
                               "input");
    }
    if (status < 0) {
        status = import(p, &job, files);
    }
    else if (job.mail) {
        /* a wrong line in the aliases waits, too, until it is mended */
        status = EXIT_AGAIN;
    }
    if (!job.mail) {
        return status;
    }
    if (has_pipe && status != EXIT_FINE) {
        drain(p);
    }
    return without_output(status == EXIT_FINE ? EXIT_FINE : EXIT_AGAIN);
}

const command_t command_import = {
    "report import",
    "[OPTION]... FILE...|-",
    "put reports into the store of mod_tlsrpt",
    "Puts TLS reports into the spool of mod_tlsrpt, from where they get into "
    "its\n"
    "store. A FILE is what `mta-sts report` takes; - is one mail on standard\n"
    "input, as a mail server pipes it into a command. A mail is believed if "
    "the\n"
    "MTA says that it has a DKIM signature of the submitter, a file because "
    "you\n"
    "named it. Without --authserv-id mails are kept, and not counted.\n"
    "\n"
    "The spool is " TLSRPT_SPOOL "\n"
    "unless --spool names another.\n"
    "\n"
    "Exit status: 0; 75 if trying again later can help; 2 if a file could not "
    "be\n"
    "read or is no report; 3 if the command line is wrong. Where a mail may "
    "wait on\n"
    "standard input, a pipe, a socket or a file, it is 75 for 2 and 3 too, so "
    "that\n"
    "no mail server sends a bounce.\n",
    options,
    run,
};
