/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The directive table, and the functions that it names. The values themselves
 * are parsed by core/value and core/name; here each gets its directive, its
 * tag and its place.
 */
#include "httpd/config.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/name.h"
#include "httpd/message.h"

mta_sts_server_t *mta_sts_server_config(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &mta_sts_module);
}

void *mta_sts_create_server_config(apr_pool_t *p, server_rec *s)
{
    mta_sts_server_t *conf = apr_pcalloc(p, sizeof(*conf));

    (void)s;
    conf->sections = apr_array_make(p, 1, sizeof(mta_sts_section_t *));
    conf->regexes = apr_array_make(p, 1, sizeof(mta_sts_section_t *));
    conf->by_domain = apr_hash_make(p);
    return conf;
}

void *mta_sts_merge_server_config(apr_pool_t *p, void *base, void *add)
{
    const mta_sts_server_t *outer = base;
    const mta_sts_server_t *inner = add;
    mta_sts_server_t *conf = apr_pmemdup(p, inner, sizeof(*inner));

    conf->engine = inner->engine ? inner->engine : outer->engine;
    conf->outer = outer;
    return conf;
}

/* ---- one directive ---- */

/* The settings that a directive writes into: the open section's, or the
 * server's. Remembers the first one for the warnings that name it. */
static mta_sts_settings_t *settings_for(cmd_parms *cmd)
{
    mta_sts_server_t *conf = mta_sts_server_config(cmd->server);
    mta_sts_settings_t *set =
        conf->open ? &conf->open->settings : &conf->settings;

    if (!set->first) {
        set->first = cmd->cmd->name;
        set->place.file = cmd->directive->filename;
        set->place.line = cmd->directive->line_num;
    }
    return set;
}

/* "MTASTSMode", "<MTASTSDomain>" */
static const char *directive_name(const cmd_parms *cmd)
{
    return *cmd->cmd->name == '<'
               ? apr_pstrcat(cmd->temp_pool, cmd->cmd->name, ">", NULL)
               : cmd->cmd->name;
}

/* TAG DIRECTIVE "VALUE": WHY. httpd escapes what is not printable. */
static const char *bad_value(cmd_parms *cmd, const char *tag, const char *value,
                             const char *why)
{
    return apr_pstrcat(cmd->pool, tag, directive_name(cmd), " \"", value,
                       "\": ", why, NULL);
}

static const char *set_engine(cmd_parms *cmd, void *unused, int on)
{
    mta_sts_server_t *conf = mta_sts_server_config(cmd->server);

    (void)unused;
    conf->engine = conf->engine_here = on ? ENGINE_ON : ENGINE_OFF;
    return NULL;
}

static const char *set_mode(cmd_parms *cmd, void *unused, const char *arg)
{
    const char *why =
        mta_sts_value_mode(cmd->pool, arg, &settings_for(cmd)->mode);

    (void)unused;
    return why ? bad_value(cmd, E_MODE, arg, why) : NULL;
}

static int contains(const apr_array_header_t *list, const char *text)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(list, i, const char *), text)) {
            return 1;
        }
    }
    return 0;
}

static const char *add_mx(cmd_parms *cmd, const char *arg)
{
    mta_sts_settings_t *set = settings_for(cmd);
    const char *pattern;
    const char *why = mta_sts_mx_parse(cmd->pool, arg, &pattern);

    if (why) {
        return bad_value(cmd, E_MX, arg, why);
    }
    if (!set->mx) {
        set->mx = apr_array_make(cmd->pool, 4, sizeof(const char *));
    }
    if (!contains(set->mx, pattern)) {
        APR_ARRAY_PUSH(set->mx, const char *) = pattern;
        return NULL;
    }
    if (!set->mx_twice) {
        set->mx_twice = apr_array_make(cmd->pool, 1, sizeof(const char *));
    }
    if (!contains(set->mx_twice, pattern)) {
        APR_ARRAY_PUSH(set->mx_twice, const char *) = pattern;
    }
    return NULL;
}

static const char *set_max_age(cmd_parms *cmd, void *unused, const char *arg)
{
    const char *why =
        mta_sts_value_max_age(cmd->pool, arg, &settings_for(cmd)->max_age);

    (void)unused;
    return why ? bad_value(cmd, E_MAX_AGE, arg, why) : NULL;
}

static const char *set_policy_id(cmd_parms *cmd, void *unused, const char *arg,
                                 const char *salt)
{
    mta_sts_id_t *id = apr_pcalloc(cmd->pool, sizeof(*id));
    const char *why = mta_sts_value_id(cmd->pool, arg, salt, id);

    (void)unused;
    if (why) {
        return bad_value(
            cmd, E_POLICY_ID,
            salt ? apr_pstrcat(cmd->temp_pool, arg, " ", salt, NULL) : arg,
            why);
    }
    settings_for(cmd)->id = id;
    return NULL;
}

static const char *add_report_to(cmd_parms *cmd, const char *arg)
{
    mta_sts_settings_t *set = settings_for(cmd);
    int none = !ap_cstr_casecmp(arg, "none");
    const char *uri;
    const char *why;

    if (set->rua && none != (set->rua->nelts == 0)) {
        return bad_value(cmd, E_REPORT_TO, arg,
                         "\"none\" stands alone; write either report "
                         "addresses or none");
    }
    if (!set->rua) {
        set->rua = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    if (none) {
        return NULL;
    }
    why = mta_sts_value_rua(cmd->pool, arg, &uri);
    if (why) {
        return bad_value(cmd, E_REPORT_TO, arg, why);
    }
    if (!contains(set->rua, uri)) {
        APR_ARRAY_PUSH(set->rua, const char *) = uri;
    }
    return NULL;
}

/* Each word of a list. httpd's own ITERATE would end the list without a word
 * at an empty one, as "${MX1}" with an empty Define gives, and the patterns
 * behind it would be lost. */
static const char *each_word(cmd_parms *cmd, const char *args, const char *tag,
                             const char *(*add)(cmd_parms *, const char *))
{
    const char *error = NULL;

    if (!*args) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name,
                           " requires at least one argument, ",
                           cmd->cmd->errmsg, NULL);
    }
    while (*args && !error) {
        const char *word = ap_getword_conf(cmd->pool, &args);

        error = *word ? add(cmd, word)
                      : bad_value(cmd, tag, word,
                                  "an empty word; write a value, or leave the "
                                  "quotes out");
    }
    return error;
}

static const char *add_mxs(cmd_parms *cmd, void *unused, const char *args)
{
    (void)unused;
    return each_word(cmd, args, E_MX, add_mx);
}

static const char *add_reports_to(cmd_parms *cmd, void *unused,
                                  const char *args)
{
    (void)unused;
    return each_word(cmd, args, E_REPORT_TO, add_report_to);
}

/* ---- sections ---- */

/* Walk what stands in a section, with its settings open. Anything but a policy
 * directive is refused: httpd would let DocumentRoot in a section change the
 * whole virtual host. */
static const char *read_section(cmd_parms *cmd, mta_sts_section_t *section)
{
    static const char *const allowed[] = {D_MODE,      D_MX,        D_MAX_AGE,
                                          D_POLICY_ID, D_REPORT_TO, NULL};
    mta_sts_server_t *conf = mta_sts_server_config(cmd->server);
    ap_directive_t *inside;
    const char *error;
    int i;

    for (inside = cmd->directive->first_child; inside; inside = inside->next) {
        for (i = 0; allowed[i]; i++) {
            if (!ap_cstr_casecmp(inside->directive, allowed[i])) {
                break;
            }
        }
        if (!allowed[i]) {
            cmd->err_directive = inside;
            return apr_pstrcat(
                cmd->pool, E_IN_SECTION, inside->directive,
                *inside->directive == '<' ? ">" : "", " in ", section->label,
                ": not allowed there; a section holds " D_MODE ", " D_MX
                ", " D_MAX_AGE ", " D_POLICY_ID " and " D_REPORT_TO,
                NULL);
        }
    }
    conf->open = section;
    error = ap_walk_config(cmd->directive->first_child, cmd, cmd->context);
    conf->open = NULL;
    return error;
}

/* What stands between "<DIRECTIVE" and ">", or NULL and an error. */
static const char *section_words(cmd_parms *cmd, const char *args,
                                 const char **error)
{
    const char *end = ap_strrchr_c(args, '>');
    const char *words;

    *error = NULL;
    if (!end) {
        *error = apr_pstrcat(cmd->pool, E_SECTION_SYNTAX, cmd->cmd->name,
                             " ... has no closing \">\"; write ",
                             cmd->cmd->name, " ...>", NULL);
        return NULL;
    }
    if (end[1 + strspn(end + 1, " \t")]) {
        *error = apr_pstrcat(cmd->pool, E_SECTION_SYNTAX, cmd->cmd->name,
                             "> with something behind its \">\"; write that "
                             "on a line of its own",
                             NULL);
        return NULL;
    }
    words = apr_pstrmemdup(cmd->pool, args, end - args);
    return words + strspn(words, " \t");
}

static mta_sts_section_t *new_section(cmd_parms *cmd, const char *words)
{
    mta_sts_section_t *section = apr_pcalloc(cmd->pool, sizeof(*section));
    char *label = apr_pstrcat(cmd->pool, cmd->cmd->name, " ", words, NULL);
    apr_size_t len = strlen(label);

    while (len && apr_isspace(label[len - 1])) {
        label[--len] = '\0';
    }
    section->label = apr_pstrcat(cmd->pool, label, ">", NULL);
    section->place.file = cmd->directive->filename;
    section->place.line = cmd->directive->line_num;
    return section;
}

static const char *add_domain(cmd_parms *cmd, mta_sts_section_t *section,
                              const char *word)
{
    mta_sts_server_t *conf = mta_sts_server_config(cmd->server);
    const mta_sts_section_t *other;
    const char *domain;
    const char *why;

    if (ap_strchr_c(word, '*') || ap_strchr_c(word, '?')) {
        why = "a policy domain has no wildcard; <" D_DOMAIN_MATCH
              " REGEX> takes all policy domains that match";
        return bad_value(cmd, E_SECTION_NAME, word, why);
    }
    why = mta_sts_name_parse(cmd->pool, word, &domain);
    if (why) {
        return bad_value(cmd, E_SECTION_NAME, word, why);
    }
    if (strlen(domain) > MTA_STS_DOMAIN_MAX) {
        return bad_value(cmd, E_SECTION_NAME, word,
                         "longer than 242 octets; the name of its TLSRPT "
                         "record, _smtp._tls.DOMAIN, would not fit into DNS");
    }
    other = apr_hash_get(conf->by_domain, domain, APR_HASH_KEY_STRING);
    if (other == section) {
        return NULL;
    }
    if (other) {
        return bad_value(
            cmd, E_SECTION_TWICE, domain,
            apr_psprintf(cmd->temp_pool,
                         "there is a section for this policy domain in line "
                         "%d of %s; put all directives of a policy domain "
                         "into one section",
                         other->place.line, other->place.file));
    }
    apr_hash_set(conf->by_domain, domain, APR_HASH_KEY_STRING, section);
    APR_ARRAY_PUSH(section->domains, const char *) = domain;
    return NULL;
}

static const char *domain_section(cmd_parms *cmd, void *unused,
                                  const char *args)
{
    mta_sts_server_t *conf = mta_sts_server_config(cmd->server);
    mta_sts_section_t *section;
    const char *error, *words;

    (void)unused;
    words = section_words(cmd, args, &error);
    if (error) {
        return error;
    }
    section = new_section(cmd, words);
    section->domains = apr_array_make(cmd->pool, 2, sizeof(const char *));
    while (*words) {
        error = add_domain(cmd, section, ap_getword_conf(cmd->pool, &words));
        if (error) {
            return error;
        }
    }
    if (!section->domains->nelts) {
        return E_SECTION_SYNTAX "<" D_DOMAIN "> without a policy domain; "
                                "write <" D_DOMAIN " example.com>";
    }
    APR_ARRAY_PUSH(conf->sections, mta_sts_section_t *) = section;
    return read_section(cmd, section);
}

static const char *domain_match_section(cmd_parms *cmd, void *unused,
                                        const char *args)
{
    mta_sts_server_t *conf = mta_sts_server_config(cmd->server);
    mta_sts_section_t *section;
    const char *error, *words, *pattern;

    (void)unused;
    words = section_words(cmd, args, &error);
    if (error) {
        return error;
    }
    section = new_section(cmd, words);
    pattern = ap_getword_conf(cmd->pool, &words);
    if (!*pattern || *words) {
        return E_SECTION_SYNTAX "<" D_DOMAIN_MATCH "> takes one regular "
                                "expression; put it in quotes if it has blanks";
    }
    section->regex = ap_pregcomp(cmd->pool, pattern, AP_REG_ICASE);
    if (!section->regex) {
        return bad_value(cmd, E_SECTION_REGEX, pattern,
                         "not a valid regular expression (PCRE)");
    }
    APR_ARRAY_PUSH(conf->regexes, mta_sts_section_t *) = section;
    APR_ARRAY_PUSH(conf->sections, mta_sts_section_t *) = section;
    return read_section(cmd, section);
}

/* "MTASTSDomain example.com" without the angle brackets. */
static const char *plain_line(cmd_parms *cmd, void *unused, const char *args)
{
    (void)unused;
    (void)args;
    return apr_pstrcat(cmd->pool, E_PLAIN_LINE, cmd->cmd->name,
                       ": this is a section; write <", cmd->cmd->name,
                       " ...> and </", cmd->cmd->name,
                       "> around the directives of the policy", NULL);
}

/* ---- the table ---- */

/* The two plain rows at the end exist for their error message alone. */
const command_rec mta_sts_commands[] = {
    AP_INIT_FLAG(
        D_ENGINE, set_engine, NULL, RSRC_CONF,
        "On serves MTA-STS policies for the policy hosts (mta-sts.*) of this "
        "server or virtual host, Off (the default) does not"),
    AP_INIT_TAKE1(D_MODE, set_mode, NULL, RSRC_CONF,
                  "the mode of the policy: testing (the default), enforce or "
                  "none"),
    AP_INIT_RAW_ARGS(D_MX, add_mxs, NULL, RSRC_CONF,
                     "the mx patterns of the policy: host names of the MX "
                     "records, or *. and a host name"),
    AP_INIT_TAKE1(D_MAX_AGE, set_max_age, NULL, RSRC_CONF,
                  "how long senders keep the policy: seconds, or a number with "
                  "s, mi, h, d or w (default 86401, in mode enforce 4w)"),
    AP_INIT_TAKE12(D_POLICY_ID, set_policy_id, NULL, RSRC_CONF,
                   "the policy id: auto (the default), auto and a salt, or 1 "
                   "to 32 letters or digits"),
    AP_INIT_RAW_ARGS(D_REPORT_TO, add_reports_to, NULL, RSRC_CONF,
                     "where senders send their TLS reports: mailto: and https: "
                     "URIs; or none"),
    AP_INIT_RAW_ARGS("<" D_DOMAIN, domain_section, NULL, RSRC_CONF,
                     "a policy for the policy domains named"),
    AP_INIT_RAW_ARGS("<" D_DOMAIN_MATCH, domain_match_section, NULL, RSRC_CONF,
                     "a policy for the policy domains that match a regular "
                     "expression"),
    AP_INIT_RAW_ARGS(D_DOMAIN, plain_line, NULL, RSRC_CONF,
                     "not a directive: write <" D_DOMAIN " ...>"),
    AP_INIT_RAW_ARGS(D_DOMAIN_MATCH, plain_line, NULL, RSRC_CONF,
                     "not a directive: write <" D_DOMAIN_MATCH " ...>"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}};
