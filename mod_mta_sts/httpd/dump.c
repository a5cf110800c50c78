/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The records to publish. Whatever the configuration holds is escaped on its
 * way out: a comment is one line of printable ASCII.
 */
#include "httpd/dump.h"

#include <apr_strings.h>

#include "core/escape.h"
#include "core/name.h"
#include "core/record.h"
#include "httpd/vhost.h"

/* The mx patterns in a comment: this many octets at most, then a count. */
#define COMMENT_MX_MAX 120

/* Both names in one column: "_smtp._tls." is two octets longer. */
#define STS_LINE    "_mta-sts.%s.    %d IN TXT %s\n"
#define TLSRPT_LINE "_smtp._tls.%s.  %d IN TXT %s\n"

static const char *mx_text(apr_pool_t *p, const apr_array_header_t *mx)
{
    const char *text = "";
    int i;

    for (i = 0; i < mx->nelts; i++) {
        const char *next = apr_pstrcat(
            p, text, i ? " " : "", APR_ARRAY_IDX(mx, i, const char *), NULL);

        if (i && strlen(next) > COMMENT_MX_MAX) {
            return apr_psprintf(p, "%s and %d more", text, mx->nelts - i);
        }
        text = next;
    }
    return text;
}

static const char *policy_text(apr_pool_t *p, const mta_sts_policy_t *policy)
{
    return apr_psprintf(p, "mode %s, max_age %u (%s), mx %s",
                        mta_sts_mode_name(policy->mode), policy->max_age,
                        mta_sts_duration_text(p, policy->max_age),
                        mx_text(p, policy->mx));
}

static int has_rua(const mta_sts_compiled_t *c)
{
    return c->rua && c->rua->nelts;
}

/* ---- the zone ---- */

/* What comes after publishing, by mode. */
static void print_next_step(apr_pool_t *p, const mta_sts_compiled_t *c,
                            apr_file_t *out)
{
    switch (c->policy.mode) {
    case MTA_STS_MODE_NONE:
        apr_file_printf(
            out,
            ";   publish after the policy is served, on every server; then, in "
            "this order:\n"
            ";   1. from that day on wait for the largest max_age that was "
            "served with another mode\n"
            ";   2. delete the _mta-sts record\n"
            ";   3. wait for its TTL (%ds), then switch off the policy host, "
            "its certificate, its name\n",
            MTA_STS_RECORD_TTL);
        break;
    case MTA_STS_MODE_ENFORCE:
        apr_file_printf(out,
                        ";   publish after the policy is served, on every "
                        "server; a new MX goes into MTASTSMX,\n"
                        ";   and is published, max_age (%s) before it goes "
                        "into DNS\n",
                        mta_sts_duration_text(p, c->policy.max_age));
        break;
    default:
        apr_file_puts(";   publish after the policy is served, on every "
                      "server; when two weeks of reports are clean: "
                      "MTASTSMode enforce\n",
                      out);
    }
}

static void print_id_note(const mta_sts_compiled_t *c, apr_file_t *out)
{
    if (c->id_setting && c->id_setting->literal) {
        apr_file_printf(out,
                        ";   the id is a literal, MTASTSPolicyId %s: change it "
                        "with every change of the policy; auto would give %s\n",
                        c->id, c->auto_id);
    }
    else if (c->id_setting && c->id_setting->salt) {
        apr_file_printf(out,
                        ";   the id is made with a salt, MTASTSPolicyId auto "
                        "%s; without it: %s\n",
                        c->id_setting->salt, c->auto_id);
    }
}

static void print_others(apr_pool_t *p, const mta_sts_served_t *served,
                         apr_file_t *out)
{
    int i;

    for (i = 0; i < served->others->nelts; i++) {
        apr_file_printf(
            out,
            ";   note: %s has another policy for it; senders get this one\n",
            mta_sts_escape_line(
                p, mta_sts_vhost_label(p, APR_ARRAY_IDX(served->others, i,
                                                        const server_rec *))));
    }
}

static void print_panel(apr_file_t *out, const char *name, const char *value)
{
    apr_file_printf(out,
                    ";   in a web panel: name %s  type TXT  value %s   "
                    "(without quotes)\n",
                    name, value);
}

static void print_domain(apr_pool_t *p, const mta_sts_served_t *served,
                         apr_file_t *out)
{
    const mta_sts_compiled_t *c = served->entry->compiled;
    const char *sts = mta_sts_record_compose(p, c->id);

    apr_file_printf(
        out,
        "; %s: %s\n"
        ";   from %s, served as mta-sts.%s, which needs an A record to this "
        "server\n"
        ";   (an AAAA record only if this server answers on IPv6), or a "
        "CNAME\n",
        served->domain, policy_text(p, &c->policy),
        mta_sts_escape_line(p, c->source), served->domain);
    print_others(p, served, out);
    print_id_note(c, out);
    print_next_step(p, c, out);
    apr_file_printf(out, STS_LINE, served->domain, MTA_STS_RECORD_TTL,
                    mta_sts_record_rdata(p, sts));
    print_panel(out, "_mta-sts", sts);
    if (has_rua(c)) {
        const char *tlsrpt = tlsrpt_record_compose(p, c->rua);

        apr_file_printf(out, TLSRPT_LINE, served->domain, MTA_STS_RECORD_TTL,
                        mta_sts_record_rdata(p, tlsrpt));
        print_panel(out, "_smtp._tls", tlsrpt);
    }
}

/* A policy of <MTASTSDomainMatch>: its domains cannot be listed. */
static void print_match(apr_pool_t *p, const mta_sts_section_t *section,
                        apr_file_t *out)
{
    const mta_sts_compiled_t *c = section->compiled;

    apr_file_printf(out,
                    "; %s: %s\n;   from %s; for each policy domain that "
                    "matches:\n",
                    mta_sts_escape_line(p, section->label),
                    policy_text(p, &c->policy),
                    mta_sts_escape_line(p, c->source));
    print_id_note(c, out);
    print_next_step(p, c, out);
    print_panel(out, "_mta-sts", mta_sts_record_compose(p, c->id));
    if (has_rua(c)) {
        print_panel(out, "_smtp._tls", tlsrpt_record_compose(p, c->rua));
    }
}

/* The sections of <MTASTSDomainMatch> that any server can use, each once. */
static apr_array_header_t *match_sections(apr_pool_t *p,
                                          const apr_array_header_t *vhosts)
{
    apr_array_header_t *all =
        apr_array_make(p, 1, sizeof(const mta_sts_section_t *));
    int i, j, k;

    for (i = 0; i < vhosts->nelts; i++) {
        const server_rec *s = APR_ARRAY_IDX(vhosts, i, const server_rec *);
        apr_array_header_t *matches = mta_sts_catalog_matches(p, s);

        for (j = 0; j < matches->nelts; j++) {
            const mta_sts_section_t *section =
                APR_ARRAY_IDX(matches, j, const mta_sts_section_t *);

            for (k = 0; k < all->nelts; k++) {
                if (APR_ARRAY_IDX(all, k, const mta_sts_section_t *) ==
                    section) {
                    break;
                }
            }
            if (k == all->nelts && section->compiled) {
                APR_ARRAY_PUSH(all, const mta_sts_section_t *) = section;
            }
        }
    }
    return all;
}

void mta_sts_dump_zone(apr_pool_t *p, const apr_array_header_t *vhosts,
                       apr_file_t *out)
{
    apr_array_header_t *served = mta_sts_catalog_served(p, vhosts);
    apr_array_header_t *matches = match_sections(p, vhosts);
    int i;

    for (i = 0; i < served->nelts; i++) {
        print_domain(p, &APR_ARRAY_IDX(served, i, mta_sts_served_t), out);
    }
    for (i = 0; i < matches->nelts; i++) {
        print_match(p, APR_ARRAY_IDX(matches, i, const mta_sts_section_t *),
                    out);
    }
    if (!served->nelts && !matches->nelts) {
        apr_file_puts("; no policy: MTASTSEngine is on nowhere, or no virtual "
                      "host has a name mta-sts.DOMAIN\n",
                      out);
    }
}

/* ---- JSON ---- */

/* Print a list of JSON strings. */
static void print_strings(apr_pool_t *p, const apr_array_header_t *list,
                          apr_file_t *out)
{
    int i;

    apr_file_puts("[", out);
    for (i = 0; i < list->nelts; i++) {
        apr_file_printf(
            out, "%s%s", i ? ", " : "",
            mta_sts_escape_json(p, APR_ARRAY_IDX(list, i, const char *)));
    }
    apr_file_puts("]", out);
}

static int is_served(const apr_array_header_t *served, const char *domain)
{
    int i;

    for (i = 0; i < served->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(served, i, mta_sts_served_t).domain,
                    domain)) {
            return 1;
        }
    }
    return 0;
}

/* The texts of the findings about one domain; with domain NULL, of those
 * about none that is served. */
static apr_array_header_t *texts_about(apr_pool_t *p,
                                       const apr_array_header_t *findings,
                                       const apr_array_header_t *served,
                                       const char *domain)
{
    apr_array_header_t *texts = apr_array_make(p, 1, sizeof(const char *));
    int i;

    for (i = 0; i < findings->nelts; i++) {
        const mta_sts_finding_t *f =
            &APR_ARRAY_IDX(findings, i, mta_sts_finding_t);

        if (domain ? f->domain && !strcmp(f->domain, domain)
                   : !f->domain || !is_served(served, f->domain)) {
            APR_ARRAY_PUSH(texts, const char *) = f->text;
        }
    }
    return texts;
}

static void print_record(apr_pool_t *p, const char *name, const char *value,
                         apr_file_t *out)
{
    apr_file_printf(out,
                    "{\"name\": %s, \"type\": \"TXT\", \"ttl\": %d, "
                    "\"value\": %s}",
                    mta_sts_escape_json(p, name), MTA_STS_RECORD_TTL,
                    mta_sts_escape_json(p, value));
}

/* suffix: ".example.com."; "" where the domain is not known. */
static void print_records(apr_pool_t *p, const char *suffix,
                          const mta_sts_compiled_t *c, apr_file_t *out)
{
    apr_file_puts(",\n     \"records\": [", out);
    print_record(p, apr_pstrcat(p, "_mta-sts", suffix, NULL),
                 mta_sts_record_compose(p, c->id), out);
    if (has_rua(c)) {
        apr_file_puts(", ", out);
        print_record(p, apr_pstrcat(p, "_smtp._tls", suffix, NULL),
                     tlsrpt_record_compose(p, c->rua), out);
    }
    apr_file_puts("]", out);
}

static void print_policy(apr_pool_t *p, const mta_sts_compiled_t *c,
                         apr_file_t *out)
{
    apr_file_printf(out, "\"mode\": \"%s\", \"max_age\": %u,\n     \"mx\": ",
                    mta_sts_mode_name(c->policy.mode), c->policy.max_age);
    print_strings(p, c->policy.mx, out);
    apr_file_printf(
        out, ",\n     \"id\": %s, \"auto_id\": %s,\n     \"policy\": %s",
        mta_sts_escape_json(p, c->id), mta_sts_escape_json(p, c->auto_id),
        mta_sts_escape_json(p, c->body));
}

static void print_json_domain(apr_pool_t *p, const mta_sts_served_t *served,
                              const apr_array_header_t *warnings,
                              apr_file_t *out)
{
    const mta_sts_compiled_t *c = served->entry->compiled;

    apr_file_printf(out, "    {\"domain\": %s, \"host\": %s,\n     ",
                    mta_sts_escape_json(p, served->domain),
                    mta_sts_escape_json(p, apr_pstrcat(p, MTA_STS_HOST_PREFIX,
                                                       served->domain, NULL)));
    print_policy(p, c, out);
    print_records(p, apr_pstrcat(p, ".", served->domain, ".", NULL), c, out);
    apr_file_printf(out, ",\n     \"source\": %s,\n     \"warnings\": ",
                    mta_sts_escape_json(p, c->source));
    print_strings(p, texts_about(p, warnings, NULL, served->domain), out);
    apr_file_puts("}", out);
}

void mta_sts_dump_json(apr_pool_t *p, const apr_array_header_t *vhosts,
                       const apr_array_header_t *warnings, apr_file_t *out)
{
    apr_array_header_t *served = mta_sts_catalog_served(p, vhosts);
    apr_array_header_t *matches = match_sections(p, vhosts);
    int i;

    apr_file_puts("{\n  \"format\": 1,\n  \"domains\": [", out);
    for (i = 0; i < served->nelts; i++) {
        apr_file_puts(i ? ",\n" : "\n", out);
        print_json_domain(p, &APR_ARRAY_IDX(served, i, mta_sts_served_t),
                          warnings, out);
    }
    apr_file_puts("\n  ],\n  \"matches\": [", out);
    for (i = 0; i < matches->nelts; i++) {
        const mta_sts_section_t *section =
            APR_ARRAY_IDX(matches, i, const mta_sts_section_t *);

        apr_file_printf(out, "%s    {\"section\": %s,\n     ", i ? ",\n" : "\n",
                        mta_sts_escape_json(p, section->label));
        print_policy(p, section->compiled, out);
        print_records(p, "", section->compiled, out);
        apr_file_printf(out, ",\n     \"source\": %s}",
                        mta_sts_escape_json(p, section->compiled->source));
    }
    apr_file_puts("\n  ],\n  \"warnings\": ", out);
    print_strings(p, texts_about(p, warnings, served, NULL), out);
    apr_file_puts("\n}\n", out);
}
