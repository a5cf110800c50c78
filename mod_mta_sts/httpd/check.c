/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything that looks across directives and virtual hosts.
 */
#include "httpd/check.h"

#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>

#include "core/name.h"
#include "httpd/answering.h"
#include "httpd/check_policy.h"
#include "httpd/message.h"
#include "httpd/vhost.h"

/* One run of the checks. */
typedef struct {
    apr_pool_t *p;
    const apr_array_header_t *vhosts;
    const mta_sts_index_t *index;
    apr_hash_t *said;
    apr_array_header_t *served; /* of mta_sts_served_t */
    apr_array_header_t *errors, *warnings;
} check_t;

static void warn(check_t *check, const char *tag, const server_rec *s,
                 const char *domain, const char *what)
{
    mta_sts_finding_add(check->p, check->warnings, tag, s, NULL, domain, what);
}

/* What several servers come to is said once. */
static int is_first(check_t *check, const char *key)
{
    if (apr_hash_get(check->said, key, APR_HASH_KEY_STRING)) {
        return 0;
    }
    apr_hash_set(check->said, key, APR_HASH_KEY_STRING, key);
    return 1;
}

/* ---- errors ---- */

static void check_mx_is_there(check_t *check, const server_rec *s,
                              const mta_sts_catalog_t *catalog)
{
    int i;

    for (i = 0; i < catalog->without_mx->nelts; i++) {
        const mta_sts_no_mx_t *none =
            &APR_ARRAY_IDX(catalog->without_mx, i, mta_sts_no_mx_t);

        if (none->section &&
            !is_first(check, apr_psprintf(check->p, "%p %s",
                                          (const void *)none->section,
                                          none->domain ? none->domain : ""))) {
            continue;
        }
        mta_sts_finding_add(
            check->p, check->errors, E_NO_MX, s, none->section, none->domain,
            apr_pstrcat(check->p,
                        none->domain ? "no " D_MX " for " : "no " D_MX,
                        none->domain ? none->domain : "",
                        "; write the host names of its MX records (also in "
                        "mode none: several senders refuse a policy without)",
                        NULL));
    }
}

static void check_length(check_t *check, const server_rec *s,
                         const mta_sts_compiled_t *c)
{
    if (c->len >= MTA_STS_BODY_LIMIT) {
        mta_sts_finding_add(
            check->p, check->errors, E_BODY_TOO_LONG, s, c->section, NULL,
            apr_psprintf(check->p,
                         "the policy has %" APR_SIZE_T_FMT
                         " octets; at most %d, because there are senders that "
                         "read no further: write fewer " D_MX " patterns",
                         c->len, MTA_STS_BODY_LIMIT - 1));
    }
}

/* ---- one server ---- */

static int is_on_somewhere(const check_t *check)
{
    int i;

    for (i = 0; i < check->vhosts->nelts; i++) {
        if (mta_sts_server_config(APR_ARRAY_IDX(check->vhosts, i, server_rec *))
                ->engine == ENGINE_ON) {
            return 1;
        }
    }
    return 0;
}

/* What is written here in vain because the engine is off. */
static void check_engine_off(check_t *check, const server_rec *s,
                             const mta_sts_server_t *conf)
{
    const char *what = conf->settings.first;

    if (!what && conf->sections->nelts) {
        what = APR_ARRAY_IDX(conf->sections, 0, mta_sts_section_t *)->label;
    }
    if (!what || conf->engine == ENGINE_ON ||
        (!conf->outer && is_on_somewhere(check))) {
        return;
    }
    warn(check, conf->outer ? W_ENGINE_OFF : W_ENGINE_NOWHERE, s, NULL,
         apr_pstrcat(check->p, what,
                     conf->outer ? " has no effect, the engine is off here"
                                 : " has no effect, the engine is on nowhere",
                     "; write " D_ENGINE " on", NULL));
}

static void check_mx_twice(check_t *check, const server_rec *s,
                           const mta_sts_server_t *conf)
{
    int i;

    for (i = -1; i < conf->sections->nelts; i++) {
        const mta_sts_section_t *section =
            i < 0 ? NULL
                  : APR_ARRAY_IDX(conf->sections, i, mta_sts_section_t *);
        const apr_array_header_t *twice =
            section ? section->settings.mx_twice : conf->settings.mx_twice;

        if (twice) {
            mta_sts_finding_add(
                check->p, check->warnings, W_MX_TWICE, s, section, NULL,
                apr_pstrcat(check->p, D_MX " ",
                            apr_array_pstrcat(check->p, twice, ' '),
                            " is written twice; the policy has it once", NULL));
        }
    }
}

static void check_policy_host(check_t *check, const server_rec *s,
                              const mta_sts_server_t *conf)
{
    if (conf->outer && conf->engine_here == ENGINE_ON &&
        !mta_sts_vhost_domains(check->p, s)->nelts &&
        !mta_sts_vhost_has_wild_policy_host(s)) {
        warn(check, W_NO_POLICY_HOST, s, NULL,
             D_ENGINE " on, but no name of this virtual host is a policy host; "
                      "write ServerName or ServerAlias mta-sts.DOMAIN");
    }
}

static int has_engine_on(const server_rec *s, const void *unused)
{
    (void)unused;
    return mta_sts_server_config(s)->engine == ENGINE_ON;
}

static void check_final_dot(check_t *check, const server_rec *s,
                            const char *name)
{
    const apr_size_t len = name ? strlen(name) : 0;

    if (len && name[len - 1] == '.' &&
        !ap_cstr_casecmpn(name, MTA_STS_HOST_PREFIX,
                          sizeof(MTA_STS_HOST_PREFIX) - 1)) {
        warn(check, W_FINAL_DOT, s, NULL,
             apr_pstrcat(check->p, name,
                         " has a final dot, and httpd matches no Host with "
                         "it; write it without",
                         NULL));
    }
}

static void check_names(check_t *check, const server_rec *s)
{
    int i;

    check_final_dot(check, s, s->server_hostname);
    for (i = 0; s->names && i < s->names->nelts; i++) {
        check_final_dot(check, s, APR_ARRAY_IDX(s->names, i, const char *));
    }
}

/* Is a policy host admitted where its section counts? */
static int is_admitted(check_t *check, const server_rec *s,
                       const mta_sts_server_t *conf, const char *host)
{
    if (conf->outer) {
        return mta_sts_vhost_admits(s, host);
    }
    return (conf->engine == ENGINE_ON && mta_sts_vhost_admits(s, host)) ||
           mta_sts_index_first(check->index, host, has_engine_on, NULL);
}

static void check_section_domain(check_t *check, const server_rec *s,
                                 const mta_sts_server_t *conf,
                                 const mta_sts_section_t *section,
                                 const char *domain)
{
    const apr_size_t prefix = sizeof(MTA_STS_HOST_PREFIX) - 1;
    const char *host = apr_pstrcat(check->p, MTA_STS_HOST_PREFIX, domain, NULL);

    if (!strncmp(domain, MTA_STS_HOST_PREFIX, prefix)) {
        mta_sts_finding_add(
            check->p, check->warnings, W_SECTION_PREFIX, s, section, NULL,
            apr_pstrcat(check->p, domain,
                        " is a policy host; a section is named after the "
                        "policy domain: write ",
                        domain + prefix, NULL));
        return;
    }
    if (is_admitted(check, s, conf, host)) {
        return;
    }
    mta_sts_finding_add(
        check->p, check->warnings, W_NOT_ADMITTED, s, section, domain,
        apr_pstrcat(check->p,
                    conf->outer ? "no name of this virtual host admits "
                                : "no virtual host with " D_ENGINE
                                  " on admits ",
                    host, "; write ServerAlias ", host, NULL));
}

static void check_sections(check_t *check, const server_rec *s,
                           const mta_sts_server_t *conf)
{
    int i, j;

    if (conf->outer ? conf->engine != ENGINE_ON : !is_on_somewhere(check)) {
        return; /* MTASTS038 or MTASTS039 says it */
    }
    for (i = 0; i < conf->sections->nelts; i++) {
        const mta_sts_section_t *section =
            APR_ARRAY_IDX(conf->sections, i, mta_sts_section_t *);

        for (j = 0; section->domains && j < section->domains->nelts; j++) {
            check_section_domain(
                check, s, conf, section,
                APR_ARRAY_IDX(section->domains, j, const char *));
        }
    }
}

/* Plain directives of a virtual host that a <MTASTSDomainMatch> of the main
 * server wins over: by the order of places, and against what people expect. */
static void check_match_hides(check_t *check, const server_rec *s,
                              const mta_sts_server_t *conf)
{
    apr_array_header_t *spelled = mta_sts_vhost_domains(check->p, s);
    int i;

    for (i = 0; conf->outer && conf->settings.first && i < spelled->nelts;
         i++) {
        const char *domain = APR_ARRAY_IDX(spelled, i, const char *);
        const mta_sts_entry_t *entry =
            apr_hash_get(conf->catalog->entries, domain, APR_HASH_KEY_STRING);
        const mta_sts_section_t *section =
            entry ? entry->compiled->section : NULL;
        int j, own = 0;

        for (j = 0; section && j < conf->regexes->nelts; j++) {
            own |=
                APR_ARRAY_IDX(conf->regexes, j, mta_sts_section_t *) == section;
        }
        if (section && section->regex && !own) {
            warn(check, W_MATCH_HIDES, s, domain,
                 apr_psprintf(check->p,
                              "%s of this virtual host has no effect for %s: "
                              "%s in line %d of %s matches it and wins; write "
                              "a <" D_DOMAIN " %s> here",
                              conf->settings.first, domain, section->label,
                              section->place.line, section->place.file,
                              domain));
        }
    }
}

/* ---- several servers ---- */

static void check_differences(check_t *check)
{
    int i, j;

    for (i = 0; i < check->served->nelts; i++) {
        const mta_sts_served_t *served =
            &APR_ARRAY_IDX(check->served, i, mta_sts_served_t);

        for (j = 0; j < served->others->nelts; j++) {
            const server_rec *s =
                APR_ARRAY_IDX(served->others, j, const server_rec *);

            warn(check, W_DIFFERENT, s, served->domain,
                 apr_pstrcat(check->p, "the policy of ", served->domain,
                             ", or its " D_REPORT_TO ", is another one in ",
                             mta_sts_vhost_label(check->p, served->s),
                             served->reached
                                 ? ", and that is the one that senders get"
                                 : "; senders get neither over HTTPS",
                             NULL));
        }
    }
}

/* A host that another server answers before the one with the policy, unless
 * that one serves the same policy, or MTASTS043 tells them apart. */
static void check_answering(check_t *check, server_rec *s,
                            const mta_sts_catalog_t *catalog)
{
    int i;

    for (i = 0; i < catalog->domains->nelts; i++) {
        const char *domain = APR_ARRAY_IDX(catalog->domains, i, const char *);
        const char *host =
            apr_pstrcat(check->p, MTA_STS_HOST_PREFIX, domain, NULL);
        const mta_sts_entry_t *ours =
            apr_hash_get(catalog->entries, domain, APR_HASH_KEY_STRING);
        server_rec *first = mta_sts_answering(check->index, s, host);
        const mta_sts_entry_t *theirs;

        if (first == s) {
            continue;
        }
        theirs = mta_sts_catalog_find(check->p, first, host);
        if (theirs && theirs->compiled && mta_sts_vhost_is_https(first) &&
            (mta_sts_catalog_same(theirs->compiled, ours->compiled) ||
             apr_hash_get(mta_sts_server_config(first)->catalog->entries,
                          domain, APR_HASH_KEY_STRING))) {
            continue;
        }
        warn(check, W_ANSWERED_FIRST, s, domain,
             mta_sts_server_config(s)->outer
                 ? apr_pstrcat(check->p, host, " is answered by ",
                               mta_sts_vhost_label(check->p, first),
                               ", which comes earlier and admits it too; put "
                               "this virtual host before that one",
                               NULL)
                 : apr_pstrcat(check->p, host, " is answered by ",
                               mta_sts_vhost_label(check->p, first),
                               ": virtual hosts take every port, and the main "
                               "server is never asked; write a virtual host "
                               "for it",
                               NULL));
    }
}

/* ---- the file of the recipe ---- */

/* The policy in a file below a DocumentRoot. 0 if there is no such file; if it
 * is no policy, its mode stays unset. */
static int read_old_file(apr_pool_t *p, const char *path,
                         mta_sts_policy_t *policy)
{
    char *body = apr_palloc(p, MTA_STS_PARSE_LIMIT + 1);
    apr_size_t len = 0;
    apr_finfo_t info;
    apr_file_t *file;

    memset(policy, 0, sizeof(*policy));
    if (apr_stat(&info, path, APR_FINFO_TYPE, p) != APR_SUCCESS ||
        info.filetype != APR_REG ||
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, 0, p) !=
            APR_SUCCESS) {
        return 0;
    }
    apr_file_read_full(file, body, MTA_STS_PARSE_LIMIT + 1, &len);
    apr_file_close(file);
    (void)mta_sts_policy_parse(p, body, len, policy);
    return 1;
}

static void check_old_file(check_t *check, const server_rec *s,
                           const mta_sts_catalog_t *catalog)
{
    const core_server_config *core =
        ap_get_core_module_config(s->module_config);
    mta_sts_policy_t old;
    const char *path;
    int i;

    if (!core->ap_document_root || !catalog->domains->nelts ||
        !is_first(check, core->ap_document_root)) {
        return;
    }
    path = apr_pstrcat(check->p, core->ap_document_root, POLICY_PATH, NULL);
    if (!read_old_file(check->p, path, &old)) {
        return;
    }
    for (i = 0; old.mode && i < catalog->domains->nelts; i++) {
        const mta_sts_entry_t *entry = apr_hash_get(
            catalog->entries, APR_ARRAY_IDX(catalog->domains, i, const char *),
            APR_HASH_KEY_STRING);

        if (mta_sts_policy_equal(&old, &entry->compiled->policy)) {
            return;
        }
    }
    warn(check, W_OLD_FILE, s, NULL,
         apr_pstrcat(check->p, path,
                     " holds another policy than the one that is served here; "
                     "compare the two, then delete the file",
                     NULL));
}

/* ---- all ---- */

void mta_sts_check(apr_pool_t *p, const apr_array_header_t *vhosts,
                   apr_array_header_t *errors, apr_array_header_t *warnings)
{
    check_t check = {p,
                     vhosts,
                     mta_sts_index_make(p, vhosts),
                     apr_hash_make(p),
                     mta_sts_catalog_served(p, vhosts),
                     errors,
                     warnings};
    int i, j;

    for (i = 0; i < vhosts->nelts; i++) {
        server_rec *s = APR_ARRAY_IDX(vhosts, i, server_rec *);
        const mta_sts_server_t *conf = mta_sts_server_config(s);

        check_engine_off(&check, s, conf);
        check_mx_twice(&check, s, conf);
        check_policy_host(&check, s, conf);
        check_sections(&check, s, conf);
        for (j = 0; j < conf->sections->nelts; j++) {
            const mta_sts_compiled_t *c =
                APR_ARRAY_IDX(conf->sections, j, mta_sts_section_t *)->compiled;

            if (c) {
                check_length(&check, s, c);
            }
        }
        if (conf->compiled) {
            check_length(&check, s, conf->compiled);
        }
        if (conf->catalog) {
            check_names(&check, s);
            check_mx_is_there(&check, s, conf->catalog);
            check_match_hides(&check, s, conf);
            if (mta_sts_vhost_is_https(s)) {
                check_answering(&check, s, conf->catalog);
            }
            check_old_file(&check, s, conf->catalog);
        }
    }
    mta_sts_check_policies(p, vhosts, check.served, warnings);
    check_differences(&check);
}
