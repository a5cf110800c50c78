/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The directive table, and the functions that it names.
 */
#include "tlsrpt/config.h"

#include <apr_strings.h>
#include <string.h>

#include "core/name.h"
#include "core/octets.h"
#include "core/tlsrpt.h"
#include "tlsrpt/message.h"

/* Set when built: httpd 2.4 has no state directory of its own. */
#ifndef TLSRPT_SPOOL
#define TLSRPT_SPOOL "/var/lib/apache2/tlsrpt"
#endif

/** Bounds of TLSRPTMaxReportSize: a large real report; what one parse may
 * cost at most (about eight times as much memory). */
#define SIZE_MIN (64 * 1024)

#define DAY ((apr_int64_t)24 * 60 * 60)
/** The longest time that TLSRPTKeep takes: ten years. */
#define KEEP_MAX (3660 * DAY)

#define QUOTA_MAX 10000000

/** The quotas that nobody wrote: as many as that, and so many times the number
 * of domains with a name. A provider may send each report again. */
#define NETWORK_LEAST 60
#define NETWORK_TIMES 3
#define ALL_LEAST     2000
#define ALL_TIMES     20

tlsrpt_config_t *tlsrpt_config(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &tlsrpt_module);
}

void *tlsrpt_create_config(apr_pool_t *p, server_rec *s)
{
    tlsrpt_config_t *conf = apr_pcalloc(p, sizeof(*conf));

    (void)s;
    conf->spool = TLSRPT_SPOOL;
    conf->max_size = TLSRPT_SIZE_DEFAULT;
    conf->domains = apr_array_make(p, 1, sizeof(const char *));
    conf->keep.raw = 30 * DAY;
    conf->keep.details = 90 * DAY;
    conf->keep.totals = 400 * DAY;
    conf->quota_network = QUOTA_AUTO;
    conf->quota_all = QUOTA_AUTO;
    conf->quota_bytes = (apr_off_t)256 * 1024 * 1024;
    conf->warnings = apr_array_make(p, 1, sizeof(const char *));
    return conf;
}

void tlsrpt_config_finish(apr_pool_t *p, tlsrpt_config_t *conf)
{
    if (!conf->store) {
        conf->store =
            apr_pstrcat(p, "sqlite3:", conf->spool, "/reports.sqlite3", NULL);
    }
}

/* What a number of TLSRPTQuota stands for; warns of one that is too low. */
static apr_uint32_t quota(apr_pool_t *p, tlsrpt_config_t *conf,
                          apr_uint32_t set, const char *which,
                          apr_uint32_t domains, apr_uint32_t least,
                          apr_uint32_t times)
{
    const apr_uint32_t good = domains > least / times ? domains * times : least;

    if (set != QUOTA_AUTO && set != QUOTA_NONE && set < domains) {
        APR_ARRAY_PUSH(conf->warnings, const char *) = apr_psprintf(
            p,
            W_QUOTA D_QUOTA ": the %s number is %u, and there are %u domains, "
                            "so that a mail provider that sends a report for "
                            "each is refused; write auto, or at least %u",
            which, set, domains, good);
    }
    return set == QUOTA_AUTO ? good : set;
}

void tlsrpt_config_quota(apr_pool_t *p, tlsrpt_config_t *conf, int domains)
{
    const apr_uint32_t n = domains < QUOTA_MAX / ALL_TIMES
                               ? (apr_uint32_t)domains
                               : QUOTA_MAX / ALL_TIMES;

    conf->quota_network = quota(p, conf, conf->quota_network, "first", n,
                                NETWORK_LEAST, NETWORK_TIMES);
    conf->quota_all =
        quota(p, conf, conf->quota_all, "second", n, ALL_LEAST, ALL_TIMES);
}

/* ---- values ---- */

/* TAG DIRECTIVE "VALUE": WHY. httpd escapes what is not printable. */
static const char *bad_value(cmd_parms *cmd, const char *tag, const char *value,
                             const char *why)
{
    return apr_pstrcat(cmd->pool, tag, cmd->cmd->name, " \"", value,
                       "\": ", why, NULL);
}

/* The digits at the front of a text; answers what follows, or NULL if there is
 * none or the number is over max. */
static const char *digits(const char *text, apr_int64_t max, apr_int64_t *n)
{
    const char *c = text;

    for (*n = 0; mta_sts_is_digit(*c); c++) {
        *n = *n * 10 + (*c - '0');
        if (*n > max) {
            return NULL;
        }
    }
    return c == text ? NULL : c;
}

/* Octets, or a number with K, M or G. */
static int read_size(const char *text, apr_int64_t max, apr_int64_t *size)
{
    static const char units[] = "kmg";
    const char *rest = digits(text, max, size);
    const char *unit;
    int i;

    if (!rest || (*rest && rest[1])) {
        return 0;
    }
    if (*rest) {
        unit = memchr(units, mta_sts_to_lower(*rest), sizeof(units) - 1);
        if (!unit) {
            return 0;
        }
        for (i = 0; i <= unit - units; i++) {
            *size *= 1024;
            if (*size > max) {
                return 0;
            }
        }
    }
    return 1;
}

/* Days with d, weeks with w: a report is about a day. */
static int read_days(const char *text, apr_int64_t *seconds)
{
    const char *rest = digits(text, KEEP_MAX / DAY, seconds);
    int weeks;

    if (!rest || !*rest || rest[1]) {
        return 0;
    }
    weeks = mta_sts_to_lower(*rest) == 'w';
    if (!weeks && mta_sts_to_lower(*rest) != 'd') {
        return 0;
    }
    *seconds *= weeks ? 7 * DAY : DAY;
    return *seconds >= DAY && *seconds <= KEEP_MAX;
}

/* ---- directives ---- */

/* In the server config alone: httpd says so of a virtual host or a section. */
static const char *only_global(cmd_parms *cmd)
{
    return ap_check_cmd_context(cmd, GLOBAL_ONLY);
}

/* There is one record: that of the main server. */
static tlsrpt_config_t *conf_of(const cmd_parms *cmd)
{
    return tlsrpt_config(cmd->server);
}

static const char *set_spool(cmd_parms *cmd, void *unused, const char *arg)
{
    char *path = *arg ? ap_server_root_relative(cmd->pool, arg) : NULL;
    apr_size_t len;

    (void)unused;
    if (only_global(cmd)) {
        return only_global(cmd);
    }
    if (!path) {
        return bad_value(cmd, E_SPOOL, arg,
                         "not a path; write an absolute one, as " TLSRPT_SPOOL);
    }
    for (len = strlen(path); len > 1 && path[len - 1] == '/'; len--) {
        path[len - 1] = '\0';
    }
    conf_of(cmd)->spool = path;
    return NULL;
}

#define STORES                                                                 \
    "write sqlite3:FILE, pgsql:PARAMS, mysql:PARAMS, or dbd for the "          \
    "connection that DBDriver and DBDParams set"

static const char *set_store(cmd_parms *cmd, void *unused, const char *arg)
{
    static const char *const drivers[] = {"sqlite3:", "pgsql:", "mysql:"};
    const char *colon = ap_strchr_c(arg, ':');
    const char *path;
    apr_size_t len;
    int i;

    (void)unused;
    if (only_global(cmd)) {
        return only_global(cmd);
    }
    if (!ap_cstr_casecmp(arg, "dbd")) {
        conf_of(cmd)->store = "dbd";
        return NULL;
    }
    if (*arg == '/') {
        return bad_value(cmd, E_STORE, arg,
                         apr_pstrcat(cmd->temp_pool,
                                     "no driver in front; write sqlite3:", arg,
                                     NULL));
    }
    for (i = 0; i < 3; i++) {
        len = strlen(drivers[i]);
        if (colon && !ap_cstr_casecmpn(arg, drivers[i], len)) {
            break;
        }
    }
    if (i == 3) {
        return bad_value(cmd, E_STORE,
                         apr_pstrmemdup(cmd->temp_pool, arg,
                                        colon ? (apr_size_t)(colon - arg)
                                              : strcspn(arg, " =")),
                         "not a store; " STORES);
    }
    if (!colon[1]) {
        return bad_value(cmd, E_STORE, arg,
                         "nothing behind the \":\"; " STORES);
    }
    if (i > 0) {
        conf_of(cmd)->store =
            apr_pstrcat(cmd->pool, drivers[i], colon + 1, NULL);
        return NULL;
    }
    path = ap_server_root_relative(cmd->pool, colon + 1);
    if (!path) {
        return bad_value(cmd, E_STORE, arg, "not a path behind the \":\"");
    }
    conf_of(cmd)->store = apr_pstrcat(cmd->pool, drivers[0], path, NULL);
    return NULL;
}

static const char *set_max_size(cmd_parms *cmd, void *unused, const char *arg)
{
    apr_int64_t size;

    (void)unused;
    if (only_global(cmd)) {
        return only_global(cmd);
    }
    if (!read_size(arg, TLSRPT_SIZE_MAX, &size) || size < SIZE_MIN) {
        return bad_value(cmd, E_MAX_SIZE, arg,
                         "not a size from 64K to 64M; write octets, or a "
                         "number with K or M");
    }
    conf_of(cmd)->max_size = (apr_size_t)size;
    return NULL;
}

static const char *add_domain(cmd_parms *cmd, const char *word)
{
    tlsrpt_config_t *conf = conf_of(cmd);
    const int wild = !strncmp(word, "*.", 2);
    const char *name;
    const char *why = wild ? mta_sts_mx_parse(cmd->pool, word, &name)
                           : mta_sts_name_parse(cmd->pool, word, &name);
    int i;

    if (why) {
        return bad_value(cmd, E_DOMAIN, word, why);
    }
    for (i = 0; i < conf->domains->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(conf->domains, i, const char *), name)) {
            return NULL;
        }
    }
    APR_ARRAY_PUSH(conf->domains, const char *) = name;
    return NULL;
}

/* Not ITERATE, which ends without a word at an empty one. */
static const char *add_domains(cmd_parms *cmd, void *unused, const char *args)
{
    const char *error = NULL;

    (void)unused;
    if (only_global(cmd)) {
        return only_global(cmd);
    }
    if (!*args) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name,
                           " requires at least one argument, ",
                           cmd->cmd->errmsg, NULL);
    }
    while (*args && !error) {
        const char *word = ap_getword_conf(cmd->pool, &args);

        error = *word ? add_domain(cmd, word)
                      : bad_value(cmd, E_DOMAIN, word,
                                  "an empty word; write a name, or leave the "
                                  "quotes out");
    }
    return error;
}

static const char *set_keep(cmd_parms *cmd, void *unused, const char *raw,
                            const char *details, const char *totals)
{
    const char *const words[] = {raw, details, totals};
    apr_int64_t seconds[3];
    int i;

    (void)unused;
    if (only_global(cmd)) {
        return only_global(cmd);
    }
    for (i = 0; i < 3; i++) {
        if (!read_days(words[i], &seconds[i])) {
            return bad_value(cmd, E_KEEP, words[i],
                             "not a number of days; write a number with d or "
                             "w, from 1d to 3660d");
        }
    }
    if (seconds[2] < seconds[1]) {
        return bad_value(
            cmd, E_KEEP,
            apr_pstrcat(cmd->temp_pool, raw, " ", details, " ", totals, NULL),
            "the daily totals would go before the details; the "
            "third time is at least the second");
    }
    conf_of(cmd)->keep.raw = seconds[0];
    conf_of(cmd)->keep.details = seconds[1];
    conf_of(cmd)->keep.totals = seconds[2];
    return NULL;
}

/* A number of reports from 1 on; "none": no bound; "auto": by the number of
 * domains. */
static int read_quota(const char *text, apr_uint32_t *n)
{
    apr_int64_t number;
    const char *rest = digits(text, QUOTA_MAX, &number);

    if (!ap_cstr_casecmp(text, "none")) {
        *n = QUOTA_NONE;
        return 1;
    }
    if (!ap_cstr_casecmp(text, "auto")) {
        *n = QUOTA_AUTO;
        return 1;
    }
    *n = (apr_uint32_t)number;
    return rest && !*rest && number;
}

static const char *set_quota(cmd_parms *cmd, void *unused, const char *network,
                             const char *all, const char *bytes)
{
    static const char no_number[] =
        "not a number of reports a day; write 1 to 10000000, auto or none";
    tlsrpt_config_t *conf = conf_of(cmd);
    apr_int64_t size = QUOTA_NONE;

    (void)unused;
    if (only_global(cmd)) {
        return only_global(cmd);
    }
    if (!read_quota(network, &conf->quota_network)) {
        return bad_value(cmd, E_QUOTA, network, no_number);
    }
    if (!read_quota(all, &conf->quota_all)) {
        return bad_value(cmd, E_QUOTA, all, no_number);
    }
    if (ap_cstr_casecmp(bytes, "none") &&
        (!read_size(bytes, APR_INT64_C(1) << 50, &size) ||
         size < 1024 * 1024)) {
        return bad_value(cmd, E_QUOTA, bytes,
                         "not a size of the spool from 1M on; write octets, a "
                         "number with K, M or G, or none");
    }
    conf->quota_bytes = (apr_off_t)size;
    return NULL;
}

/* ---- the table ---- */

const command_rec tlsrpt_commands[] = {
    AP_INIT_TAKE1(
        D_SPOOL, set_spool, NULL, RSRC_CONF,
        "the folder where reports wait for the store (default " TLSRPT_SPOOL
        ")"),
    AP_INIT_TAKE1(D_STORE, set_store, NULL, RSRC_CONF,
                  "the database of reports: sqlite3:FILE, pgsql:PARAMS, "
                  "mysql:PARAMS or dbd"),
    AP_INIT_TAKE1(D_MAX_SIZE, set_max_size, NULL, RSRC_CONF,
                  "the largest report, in octets after unpacking, or with K "
                  "or M (default 8M)"),
    AP_INIT_RAW_ARGS(D_DOMAIN, add_domains, NULL, RSRC_CONF,
                     "policy domains and MX hosts whose reports are taken, "
                     "besides those that mod_mta_sts knows"),
    AP_INIT_TAKE3(D_KEEP, set_keep, NULL, RSRC_CONF,
                  "how long raw reports, details and daily totals stay, with "
                  "d or w (default 30d 90d 400d)"),
    AP_INIT_TAKE3(D_QUOTA, set_quota, NULL, RSRC_CONF,
                  "reports a day from one network, reports a day in all, and "
                  "the size of the spool (default auto auto 256M)"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}};
