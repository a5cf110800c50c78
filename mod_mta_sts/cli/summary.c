/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * `mta-sts report summary`: one line for each policy domain in the store, and
 * one more where there is something that nobody verified; or all of one domain.
 */
#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "cli/command.h"
#include "cli/lines.h"
#include "cli/summary.h"
#include "core/day.h"
#include "core/escape.h"
#include "core/name.h"
#include "core/octets.h"
#include "core/put_json.h"
#include "core/render.h"

/** Policy domains that are asked for at a time. */
#define PORTION 500

typedef void print_t(apr_pool_t *p, const tlsrpt_summary_t *sum, int first);

typedef struct {
    const char *where;
    const char *domain; /* NULL: all */
    int days;
    print_t *print;
    int json;
    int count;    /* printed so far */
    int failures; /* some session failed */
} job_t;

enum {
    OPTION_STORE = 256,
    OPTION_SINCE,
    OPTION_DOMAIN,
    OPTION_JSON,
    OPTION_CSV
};

static const apr_getopt_option_t options[] = {
    {"store", OPTION_STORE, 1,
     "WHERE sqlite3:FILE, pgsql:PARAMS or mysql:PARAMS, as TLSRPTStore has it"},
    {"since", OPTION_SINCE, 1, "DAYS how many days to look at: 14d, 4w"},
    {"domain", OPTION_DOMAIN, 1,
     "NAME all that is known of this policy domain"},
    {"json", OPTION_JSON, 0, "as a JSON array, with stable keys"},
    {"csv", OPTION_CSV, 0, "as CSV"},
    OPTION_HELP,
    OPTION_END,
};

/* ---- forms --------------------------------------------------------------- */

static const char *top_fault(const tlsrpt_summary_t *sum)
{
    return sum->causes->nelts
               ? APR_ARRAY_IDX(sum->causes, 0, tlsrpt_sum_cause_t).type
               : "";
}

/* A text, or a dash. */
static const char *or_dash(apr_pool_t *p, const char *text)
{
    return *text ? mta_sts_escape_line(p, text) : "-";
}

static void print_text(apr_pool_t *p, const tlsrpt_summary_t *sum, int first)
{
    if (first) {
        printf("%-30s %9s %7s %8s %9s %-26s %-8s %s\n", "domain", "sessions",
               "failed", "share", "reporters", "top fault", "mode", "verdict");
    }
    printf("%-30s %9" APR_INT64_T_FMT " %7" APR_INT64_T_FMT
           " %8s %9d %-26s %-8s %s\n",
           mta_sts_escape_line(p, sum->domain), sum->sessions, sum->failed,
           or_dash(p, sum->failed ? tlsrpt_share(p, sum->failed, sum->sessions)
                                  : ""),
           sum->reporters_all, or_dash(p, top_fault(sum)),
           or_dash(p, sum->mode), sum->verdict_text);
    if (!sum->verified && sum->reporters_all > 0) {
        puts("  unverified: all of this, by nobody known");
    }
    if (sum->beside.reporters > 0) {
        printf("  unverified: %" APR_INT64_T_FMT " more, %" APR_INT64_T_FMT
               " failed, by %d reporter%s; not counted\n",
               sum->beside.sessions, sum->beside.failed, sum->beside.reporters,
               sum->beside.reporters == 1 ? "" : "s");
    }
}

static void print_one(apr_pool_t *p, const tlsrpt_summary_t *sum, int first)
{
    view_t view;

    (void)first;
    memset(&view, 0, sizeof(view));
    view.out = stdout;
    view.colour = lines_colour(stdout);
    summary_text(p, &view, sum);
}

static void print_json(apr_pool_t *p, const tlsrpt_summary_t *sum, int first)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    tlsrpt_put_next(t, !first);
    tlsrpt_json_line(t, 1, sum);
    tlsrpt_put(t, "}");
    fputs(tlsrpt_text_end(t), stdout);
}

/* All that the page has. Its verdict is an object, and "verdict" here is the
 * name of it. */
static void print_one_json(apr_pool_t *p, const tlsrpt_summary_t *sum,
                           int first)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    tlsrpt_put_next(t, !first);
    tlsrpt_put_number(t, 1, "format", TLSRPT_JSON_FORMAT);
    tlsrpt_json_line(t, 0, sum);
    tlsrpt_json_parts(t, sum, "verdict_detail");
    tlsrpt_put(t, "}");
    fputs(tlsrpt_text_end(t), stdout);
}

static void print_csv(apr_pool_t *p, const tlsrpt_summary_t *sum, int first)
{
    (void)first; /* the head is there, whatever follows */
    printf("%s,%" APR_INT64_T_FMT ",%" APR_INT64_T_FMT
           ",%d,%s,%s,%s,%s,%" APR_INT64_T_FMT ",%" APR_INT64_T_FMT "\n",
           mta_sts_escape_csv(p, sum->domain), sum->sessions, sum->failed,
           sum->reporters_all, mta_sts_escape_csv(p, top_fault(sum)),
           mta_sts_escape_csv(p, sum->mode), tlsrpt_verdict_name(sum->verdict),
           sum->verified ? "yes" : "no", sum->beside.sessions,
           sum->beside.failed);
}

/* ---- options ------------------------------------------------------------- */

static const char *set_since(job_t *job, apr_pool_t *p, const char *value)
{
    int days = 0, i;

    for (i = 0; mta_sts_is_digit(value[i]) && i < 4; i++) {
        days = days * 10 + value[i] - '0';
    }
    if (i && value[i] == 'w') {
        days *= 7;
    }
    if (i == 0 || (value[i] != 'd' && value[i] != 'w') || value[i + 1] ||
        days < 1 || days > TLSRPT_WINDOW_MAX) {
        return apr_psprintf(p,
                            "--since=%s: write a number with d or w, from "
                            "1d to %dd",
                            mta_sts_escape_line(p, value), TLSRPT_WINDOW_MAX);
    }
    job->days = days;
    return NULL;
}

/* What cannot be one is a slip on the command line; the value may hold a
 * password, and is not shown. */
static const char *set_store(job_t *job, apr_pool_t *p, const char *value)
{
    const char *wrong = tlsrpt_store_spelling(value);

    job->where = value;
    if (strcasecmp(value, "dbd") == 0) {
        return "--store=dbd: that is the connection of mod_dbd, which only "
               "httpd has; name the same database as sqlite3:FILE, "
               "pgsql:PARAMS or mysql:PARAMS, after the DBDriver, with what "
               "DBDParams says";
    }
    return wrong ? apr_pstrcat(p, "--store: ", wrong, NULL) : NULL;
}

static const char *print_as(job_t *job, print_t *print)
{
    if (job->print != print_text && job->print != print) {
        return "--json and --csv: choose one";
    }
    job->print = print;
    return NULL;
}

static const char *set(void *baton, apr_pool_t *p, int option,
                       const char *value)
{
    job_t *job = baton;
    const char *why;

    switch (option) {
    case OPTION_STORE:
        return set_store(job, p, value);
    case OPTION_SINCE:
        return set_since(job, p, value);
    case OPTION_DOMAIN:
        why = mta_sts_name_parse(p, value, &job->domain);
        return why ? apr_psprintf(p, "--domain=%s: %s",
                                  mta_sts_escape_line(p, value), why)
                   : NULL;
    case OPTION_JSON:
        job->json = 1;
        return print_as(job, print_json);
    case OPTION_CSV:
        return print_as(job, print_csv);
    }
    return NULL;
}

/* ---- the command --------------------------------------------------------- */

static const char *show(apr_pool_t *p, job_t *job, tlsrpt_store_t *store,
                        const char *domain)
{
    tlsrpt_ask_t ask;
    tlsrpt_summary_t *sum;
    apr_pool_t *own;
    const char *why;

    memset(&ask, 0, sizeof(ask));
    ask.today = ask.to = tlsrpt_day_of(apr_time_sec(apr_time_now()));
    ask.from = tlsrpt_day_add(ask.today, 1 - job->days);
    ask.brief = job->print != print_one && job->print != print_one_json;
    apr_pool_create(&own, p);
    why = tlsrpt_summary_make(own, store, domain, &ask, &sum);
    if (why) {
        why = apr_pstrdup(p, why);
    }
    else {
        job->print(own, sum, job->count++ == 0);
        job->failures |= sum->failed > 0;
    }
    apr_pool_destroy(own);
    return why;
}

static const char *show_all(apr_pool_t *p, job_t *job, tlsrpt_store_t *store)
{
    const char *why = NULL, *after = "";
    int more = 1, i;

    while (!why && more) {
        apr_array_header_t *names;

        why =
            tlsrpt_summary_domains(p, store, "", after, PORTION, &names, &more);
        for (i = 0; !why && i < names->nelts; i++) {
            after = APR_ARRAY_IDX(names, i, const char *);
            why = show(p, job, store, after);
        }
    }
    return why;
}

static int run(apr_pool_t *p, int argc, const char *const *argv)
{
    job_t job = {"sqlite3:" TLSRPT_SPOOL "/reports.sqlite3",
                 NULL,
                 14,
                 print_text,
                 0,
                 0,
                 0};
    tlsrpt_store_t *store;
    apr_array_header_t *rest;
    const char *why;
    int status =
        command_options(p, &command_summary, argc, argv, set, &job, &rest);

    if (status >= 0) {
        return status;
    }
    if (rest->nelts > 0) {
        return command_usage(command_summary.name,
                             "it takes no files; a domain is named with "
                             "--domain");
    }
    if (job.domain && job.print != print_csv) {
        job.print = job.json ? print_one_json : print_one;
    }
    why = tlsrpt_store_open(p, job.where, 0, &store);
    if (!why) {
        if (job.print == print_csv) {
            puts("domain,sessions,failed,reporters,top_fault,mode,verdict,"
                 "verified,unverified_sessions,unverified_failed");
        }
        if (job.json) {
            fputs("[", stdout);
        }
        why = job.domain ? show(p, &job, store, job.domain)
                         : show_all(p, &job, store);
        if (job.json) {
            puts("\n]");
        }
    }
    if (why) {
        fprintf(stderr, "mta-sts: %s\n", why);
        return EXIT_UNREADABLE;
    }
    return job.failures ? EXIT_FAILURES : EXIT_FINE;
}

const command_t command_summary = {
    "report summary",
    "[OPTION]...",
    "what the store of mod_tlsrpt holds, a line for each domain",
    "Sessions of the last 14 days, or as many as --since says, and the "
    "verdict on\n"
    "enforce, for each policy domain in the store. With --domain all of one: "
    "days,\n"
    "reporters, MX hosts, causes with the one thing to do about each, the "
    "policies\n"
    "that reporters saw, and what the verdict rests on.\n"
    "\n"
    "The mode is that of the newest report, a verified one if there is any, "
    "and "
    "the\n"
    "mx patterns are those of the policy that a verified reporter saw last, "
    "because\n"
    "which policy is served only httpd knows.\n"
    "\n"
    "Where a report of these days is verified, by DKIM or as a file of yours, "
    "the\n"
    "figures are those of verified ones; a line below says what others say.\n"
    "\n"
    "The store is sqlite3:" TLSRPT_SPOOL "/reports.sqlite3\n"
    "unless --store names another, as TLSRPTStore does.\n"
    "\n"
    "Exit status: 0 no failures, 1 failures, 2 the store cannot be read, 3 "
    "the\n"
    "command line is wrong.\n",
    options,
    run,
};
