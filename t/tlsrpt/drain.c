/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The intake as a program that can be killed: for t/tlsrpt/store-*.t.
 *
 *   drain put SPOOL CHANNEL TRUST RECEIVED <reports, one a line
 *   drain run SPOOL STORE NOW      store all that waits; domains of others:
 *                                  those below example.org
 *   drain expire STORE NOW RAW DETAILS TOTALS
 *   drain ask STORE SQL COLUMNS    rows, with a TAB between two columns
 *
 * Exit status 0, or 75 with a sentence. What became of each report is said on
 * standard output, a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "core/drain.h"

#define DAY 86400

static const char *const hows[] = {"new",      "same",    "replaced",
                                   "conflict", "foreign", "more"};

static int fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    return 75;
}

static void tell(void *baton, apr_pool_t *p, const char *name,
                 const tlsrpt_report_t *report, tlsrpt_drain_e what,
                 tlsrpt_store_e how, const char *why)
{
    (void)baton;
    (void)p;
    (void)name;
    printf("%s %s%s%s\n",
           what == TLSRPT_DRAIN_REJECT  ? "rejected"
           : what == TLSRPT_DRAIN_STUCK ? "stuck"
                                        : hows[how],
           report ? report->report_id : "-", why ? ": " : "", why ? why : "");
    fflush(stdout);
}

static tlsrpt_ours_e ours(const tlsrpt_policy_t *policy, void *baton)
{
    const char *domain = strstr(policy->domain, "example.org");

    (void)baton;
    return domain && !strcmp(domain, "example.org") ? TLSRPT_OURS_NOT
                                                    : TLSRPT_OURS_NAMED;
}

static int put(apr_pool_t *p, char **arg)
{
    static char line[1 << 20];
    tlsrpt_origin_t origin = {(tlsrpt_channel_e)atoi(arg[1]),
                              (tlsrpt_trust_e)atoi(arg[2]),
                              apr_atoi64(arg[3]),
                              "192.0.2.1",
                              "",
                              ""};
    tlsrpt_spool_t *spool;
    const char *why;

    if (tlsrpt_spool_open(p, arg[0], &spool, &why)) {
        return fail(why);
    }
    while (fgets(line, sizeof(line), stdin)) {
        apr_status_t rv = tlsrpt_spool_put(p, spool, &origin, line,
                                           strcspn(line, "\n"), NULL, NULL);

        if (rv && !APR_STATUS_IS_EEXIST(rv)) {
            return fail("put");
        }
    }
    return 0;
}

static int run(apr_pool_t *p, char **arg)
{
    static const tlsrpt_keep_t keep = {30 * DAY, 90 * DAY, 400 * DAY};
    static const tlsrpt_drain_calls_t calls = {tell, NULL, NULL};
    tlsrpt_spool_t *spool;
    tlsrpt_store_t *store;
    tlsrpt_drain_t *drain;
    apr_pool_t *scratch;
    const char *why;
    int done, left;

    if (tlsrpt_spool_open(p, arg[0], &spool, &why)) {
        return fail(why);
    }
    why = tlsrpt_store_open(p, arg[1], 1, &store);
    if (why) {
        return fail(why);
    }
    drain =
        tlsrpt_drain_make(p, spool, TLSRPT_SIZE_DEFAULT, ours, NULL, &calls);
    apr_pool_create(&scratch, p);
    do {
        apr_pool_clear(scratch);
        why = tlsrpt_drain(scratch, drain, store, &keep, 100000,
                           apr_atoi64(arg[2]), &done, &left);
        if (why) {
            return fail(why);
        }
    } while (left && done);
    return 0;
}

static int expire(apr_pool_t *p, char **arg)
{
    tlsrpt_keep_t keep = {atoi(arg[2]) * DAY, atoi(arg[3]) * DAY,
                          atoi(arg[4]) * DAY};
    tlsrpt_store_t *store;
    const char *why = tlsrpt_store_open(p, arg[0], 1, &store);
    int again = 1;

    while (!why && again) {
        why = tlsrpt_store_expire(p, store, &keep, apr_atoi64(arg[1]), &again);
    }
    return why ? fail(why) : 0;
}

static int ask(apr_pool_t *p, char **arg)
{
    int i, k, columns = atoi(arg[2]);
    apr_array_header_t *rows;
    tlsrpt_store_t *store;
    const char *why = tlsrpt_store_open(p, arg[0], 0, &store);

    if (!why) {
        why =
            tlsrpt_store_query(p, store, arg[1], NULL, columns, 100000, &rows);
    }
    if (why) {
        return fail(why);
    }
    for (i = 0; i < rows->nelts; i++) {
        for (k = 0; k < columns; k++) {
            printf("%s%s", k ? "\t" : "",
                   APR_ARRAY_IDX(rows, i, const char **)[k]);
        }
        printf("\n");
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int arguments;
        int (*run)(apr_pool_t *p, char **arg);
    } commands[] = {{"put", 4, put},
                    {"run", 3, run},
                    {"expire", 5, expire},
                    {"ask", 3, ask}};
    apr_pool_t *p;
    int i, status = 64;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; argc > 1 && i < 4; i++) {
        if (!strcmp(argv[1], commands[i].name) &&
            argc == 2 + commands[i].arguments) {
            status = commands[i].run(p, argv + 2);
        }
    }
    apr_pool_destroy(p);
    apr_terminate();
    return status;
}
