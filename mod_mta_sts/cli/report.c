/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * `mta-sts report FILE...`: explains TLS reports.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "cli/authres.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "core/escape.h"
#include "core/name.h"
#include "core/octets.h"

typedef struct {
    view_t view;
    const renderer_t *renderer;
    const char *domain; /* reports on it and on names below it; NULL: all */
    apr_int64_t since;  /* reports that end later */
    const char *explain, *authserv_id;
    int quiet, json, csv;
    int failures, problems;
} job_t;

enum {
    OPTION_EXPLAIN = 256,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_AUTHSERV_ID,
    OPTION_DOMAIN,
    OPTION_SINCE
};

static const apr_getopt_option_t options[] = {
    {"json", OPTION_JSON, 0, "as a JSON array, with stable keys"},
    {"csv", OPTION_CSV, 0, "as CSV: a row for each of the failure details"},
    {"verbose", 'v', 0, "all that a report says, and what was repaired"},
    {"quiet", 'q', 0, "print no report: only the exit status tells"},
    {"authserv-id", OPTION_AUTHSERV_ID, 1,
     "ID whose Authentication-Results tell of DKIM"},
    {"domain", OPTION_DOMAIN, 1,
     "NAME only what concerns this domain, or names below it"},
    {"since", OPTION_SINCE, 1,
     "WHEN only reports that end later: 7d, 12h, 2026-11-01"},
    {"explain", OPTION_EXPLAIN, 1,
     "TYPE the long text on a result type or a finding"},
    OPTION_HELP,
    OPTION_END,
};

/* ---- options ------------------------------------------------------------- */

/* "7d", "12h": in seconds, or -1. */
static apr_int64_t span(const char *text)
{
    static const struct {
        char unit;
        apr_int64_t seconds;
    } units[] = {{'h', 3600}, {'d', 86400}, {'w', 604800}};
    apr_int64_t n = 0;
    size_t i;

    if (!mta_sts_is_digit(*text)) {
        return -1;
    }
    for (; mta_sts_is_digit(*text) && n < 100000; text++) {
        n = n * 10 + (*text - '0');
    }
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text[0] == units[i].unit && text[1] == '\0') {
            return n * units[i].seconds;
        }
    }
    return -1;
}

/* "2026-11-01": its midnight, UTC, or -1. */
static apr_int64_t date(const char *text)
{
    apr_time_exp_t day;
    apr_time_t at;
    int i;

    for (i = 0; i < 10; i++) {
        if (i == 4 || i == 7 ? text[i] != '-' : !mta_sts_is_digit(text[i])) {
            return -1;
        }
    }
    memset(&day, 0, sizeof(day));
    day.tm_year = atoi(text) - 1900;
    day.tm_mon = atoi(text + 5) - 1;
    day.tm_mday = atoi(text + 8);
    if (text[10] != '\0' || day.tm_year < 70 || day.tm_mon < 0 ||
        day.tm_mon > 11 || day.tm_mday < 1 || day.tm_mday > 31 ||
        apr_time_exp_gmt_get(&at, &day) != APR_SUCCESS) {
        return -1;
    }
    return apr_time_sec(at);
}

static const char *set_since(job_t *job, apr_pool_t *p, const char *value)
{
    const apr_int64_t ago = span(value), day = date(value);

    if (ago < 0 && day < 0) {
        return apr_psprintf(p,
                            "--since=%s: write a number with h, d or w (7d), "
                            "or a day (2026-11-01)",
                            mta_sts_escape_line(p, value));
    }
    job->since = ago >= 0 ? apr_time_sec(apr_time_now()) - ago : day;
    return NULL;
}

static const char *set_domain(job_t *job, apr_pool_t *p, const char *value)
{
    const char *why = mta_sts_name_parse(p, value, &job->domain);

    return why ? apr_psprintf(p, "--domain=%s: %s",
                              mta_sts_escape_line(p, value), why)
               : NULL;
}

static const char *set(void *baton, apr_pool_t *p, int option,
                       const char *value)
{
    job_t *job = baton;

    switch (option) {
    case OPTION_JSON:
        job->json = 1;
        job->renderer = &render_json;
        break;
    case OPTION_CSV:
        job->csv = 1;
        job->renderer = &render_csv;
        break;
    case 'v':
        job->view.verbose = 1;
        break;
    case 'q':
        job->quiet = 1;
        break;
    case OPTION_EXPLAIN:
        job->explain = value;
        break;
    case OPTION_AUTHSERV_ID:
        job->authserv_id = value;
        job->view.dkim = 1;
        return authres_id_check(value);
    case OPTION_DOMAIN:
        return set_domain(job, p, value);
    case OPTION_SINCE:
        return set_since(job, p, value);
    }
    return NULL;
}

/* ---- --explain ----------------------------------------------------------- */

static int explain(apr_pool_t *p, const char *name, int json)
{
    const tlsrpt_advice_t *advice = tlsrpt_advice_by_name(name);
    apr_array_header_t *names = apr_array_make(p, 24, sizeof(const char *));
    const char *known, *what, *guess;
    int i;

    if (advice) {
        (json ? explain_json : explain_text)(stdout, advice);
        return EXIT_FINE;
    }
    for (i = 0; (known = tlsrpt_advice_name(i)) != NULL; i++) {
        APR_ARRAY_PUSH(names, const char *) = known;
    }
    APR_ARRAY_PUSH(names, const char *) = NULL;
    guess = command_guess(p, name, (const char *const *)names->elts);
    what = apr_psprintf(
        p, "there is no result type %s%s%s%s", mta_sts_escape_line(p, name),
        guess ? "; did you mean " : "", guess ? guess : "", guess ? "?" : "");
    command_usage("report", what);
    fputs("The types and findings are:\n", stderr);
    for (i = 0; (known = tlsrpt_advice_name(i)) != NULL; i++) {
        fprintf(stderr, "  %s\n", known);
    }
    return EXIT_USAGE;
}

/* ---- reports ------------------------------------------------------------- */

static int concerns(const tlsrpt_policy_t *policy, const char *domain)
{
    const size_t len = strlen(policy->domain), tail = strlen(domain);

    return len >= tail && strcmp(policy->domain + len - tail, domain) == 0 &&
           (len == tail || policy->domain[len - tail - 1] == '.');
}

/* The report with the policies that are asked for; NULL: with none. */
static const tlsrpt_report_t *asked_for(apr_pool_t *p, const job_t *job,
                                        const tlsrpt_report_t *report)
{
    tlsrpt_report_t *less;
    int i;

    if (job->since && report->day && report->end <= job->since) {
        return NULL;
    }
    if (!job->domain) {
        return report;
    }
    less = apr_pmemdup(p, report, sizeof(*report));
    less->policies = apr_array_make(p, 4, sizeof(tlsrpt_policy_t));
    for (i = 0; i < report->policies->nelts; i++) {
        const tlsrpt_policy_t *policy =
            &APR_ARRAY_IDX(report->policies, i, tlsrpt_policy_t);

        if (concerns(policy, job->domain)) {
            APR_ARRAY_PUSH(less->policies, tlsrpt_policy_t) = *policy;
        }
    }
    return less->policies->nelts > 0 ? less : NULL;
}

static void show(void *baton, apr_pool_t *p, const source_report_t *found)
{
    job_t *job = baton;
    source_report_t shown = *found;
    const judgement_t *judgement;

    shown.report = asked_for(p, job, found->report);
    if (!shown.report) {
        return;
    }
    judgement = judge(p, shown.report);
    job->failures |= judgement->has_failures;
    if (!job->quiet) {
        progress_clear();
        job->renderer->report(p, &job->view, &shown, judgement);
    }
    job->view.reports++;
    job->view.successful =
        tlsrpt_count_add(job->view.successful, judgement->successful);
    job->view.failed = tlsrpt_count_add(job->view.failed, judgement->failed);
}

static void complain(void *baton, apr_pool_t *p,
                     const source_problem_t *problem)
{
    job_t *job = baton;
    const int is_fault =
        problem->what != SOURCE_PASSED_OVER && problem->what != SOURCE_NONE;

    (void)p;
    job->problems += is_fault;
    if (is_fault || !job->quiet) {
        progress_clear();
        fflush(stdout); /* in the order of the files */
        fprintf(stderr, "mta-sts: %s: %s%s\n", problem->name, problem->why,
                problem->what == SOURCE_PASSED_OVER ? "; passed over" : "");
    }
}

/* NULL, or what of the command line does not go together. */
static const char *at_odds(const job_t *job, const apr_array_header_t *files)
{
    if (job->json && job->csv) {
        return "--json and --csv: choose one";
    }
    if (job->explain && files->nelts > 0) {
        return "--explain is about a result type, and takes no file";
    }
    if (job->explain && job->csv) {
        return "--explain has no CSV";
    }
    if (!job->explain && files->nelts == 0) {
        return "name a file, a Maildir, or - for standard input";
    }
    return NULL;
}

/* "mta-sts report sumary": it is read as a file that is not there. */
static void guess_command(apr_pool_t *p, const char *file)
{
    static const char *const words[] = {"import", "summary", NULL};
    const char *guess = command_guess(p, file, words);

    if (guess && access(file, F_OK) != 0) {
        fprintf(stderr, "Did you mean: mta-sts report %s?\n", guess);
    }
}

static int run(apr_pool_t *p, int argc, const char *const *argv)
{
    source_sink_t sink;
    apr_array_header_t *files;
    const char *wrong;
    job_t job;
    int i, status;

    memset(&job, 0, sizeof(job));
    job.renderer = &render_text;
    job.view.out = stdout;
    job.view.colour = lines_colour(stdout);
    status = command_options(p, &command_report, argc, argv, set, &job, &files);
    if (status >= 0) {
        return status;
    }
    if ((wrong = at_odds(&job, files)) != NULL) {
        return command_usage("report", wrong);
    }
    if (job.explain) {
        return explain(p, job.explain, job.json);
    }
    memset(&sink, 0, sizeof(sink));
    sink.authserv_id = job.authserv_id;
    sink.report = show;
    sink.problem = complain;
    sink.baton = &job;
    if (!job.quiet) {
        job.renderer->begin(&job.view);
    }
    for (i = 0; i < files->nelts; i++) {
        source_read(p, APR_ARRAY_IDX(files, i, const char *), &sink);
    }
    progress_clear();
    if (!job.quiet) {
        job.renderer->end(p, &job.view);
    }
    if (job.problems) {
        guess_command(p, APR_ARRAY_IDX(files, 0, const char *));
    }
    return job.problems   ? EXIT_UNREADABLE
           : job.failures ? EXIT_FAILURES
                          : EXIT_FINE;
}

const command_t command_report = {
    "report",
    "[OPTION]... FILE...",
    "explain TLS reports: what failed, and what to do",
    "Explains TLS reports (RFC 8460). A FILE is a report as JSON, gzip or zip, "
    "a\n"
    "mail, a mailbox (mbox), a Maildir, or - for standard input; what it is "
    "is\n"
    "found out by its octets, not by its name.\n"
    "\n"
    "Exit status: 0 no failures, 1 failures, 2 a file could not be read or is "
    "no\n"
    "report, 3 the command line is wrong. In a mailbox, what is no report is "
    "passed\n"
    "over.\n",
    options,
    run,
};
