/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See source_octets.h.
 */
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "cli/authres.h"
#include "cli/mail.h"
#include "cli/source_octets.h"
#include "cli/zip.h"
#include "core/unpack.h"

/* What is told of the octets at hand. */
typedef struct {
    source_t *source;
    const char *name;
    tlsrpt_origin_t origin;
    tlsrpt_hints_t hints;
    apr_array_header_t *signers; /* of a mail; NULL for a file */
    /* of a mail: why a part could not be read that said that it is a report */
    const char *declared_why;
    int reports;
} octets_t;

/* The files of a zip file. */
typedef struct {
    octets_t *octets;
    int files;       /* so far */
    int damaged;     /* how many begin like a report, and are none */
    int number;      /* of the one that why is about, from 1 */
    const char *why; /* the first of those; without any, of the others */
} zipped_t;

int source_is_mail(const char *data, apr_size_t len)
{
    return tlsrpt_form(data, len) == TLSRPT_FORM_UNKNOWN &&
           mail_looks_like_one(data, len);
}

static tlsrpt_origin_t came_as(tlsrpt_channel_e channel)
{
    tlsrpt_origin_t origin;

    memset(&origin, 0, sizeof(origin));
    origin.channel = channel;
    origin.received = apr_time_sec(apr_time_now());
    origin.source = origin.domain = origin.submitter = "";
    return origin;
}

void source_problem(source_t *source, apr_pool_t *p, source_problem_e what,
                    const char *name, const char *why, const char *data,
                    apr_size_t len)
{
    source_problem_t told;

    told.name = name;
    told.why = why;
    told.what = what;
    told.data = data;
    told.len = len;
    told.origin = came_as(source_is_mail(data, len) ? TLSRPT_CHANNEL_MAIL
                                                    : TLSRPT_CHANNEL_FILE);
    source->problems += what != SOURCE_PASSED_OVER && what != SOURCE_NONE;
    source->sink->problem(source->sink->baton, p, &told);
}

/* ---- a report ------------------------------------------------------------ */

/* By the DKIM signature that speaks for the submitter, a mail is believed. */
static void believe(apr_pool_t *p, octets_t *octets,
                    const tlsrpt_report_t *report)
{
    int i;

    for (i = 0; octets->signers && i < octets->signers->nelts; i++) {
        const char *signer = APR_ARRAY_IDX(octets->signers, i, const char *);

        if (authres_is_aligned(p, signer, report->submitter)) {
            octets->origin.trust = TLSRPT_TRUST_DKIM;
            octets->origin.source = signer;
            return;
        }
    }
}

static int is_xml(const char *data, apr_size_t len)
{
    return len >= 5 && memcmp(data, "<?xml", 5) == 0;
}

/* Why it is none, as far as that is known: many a DMARC report is taken for one
 * of TLS. */
static const char *instead(const char *data, apr_size_t len, const char *why)
{
    if (is_xml(data, len)) {
        return "it is XML, as DMARC reports are; a TLS report is JSON";
    }
    return tlsrpt_form(data, len) == TLSRPT_FORM_GZIP
               ? "the gzip file holds no JSON; was it a DMARC report, which is "
                 "XML?"
               : why;
}

/* JSON or gzip. NULL, or why it is no report. */
static const char *report(apr_pool_t *p, octets_t *octets, const char *data,
                          apr_size_t len)
{
    const source_sink_t *sink = octets->source->sink;
    tlsrpt_report_t *read = NULL;
    source_report_t told;
    const tlsrpt_origin_t origin = octets->origin;
    const char *why = NULL;
    tlsrpt_unpack_e unpacked;

    memset(&told, 0, sizeof(told));
    unpacked = tlsrpt_unpack(p, data, len, TLSRPT_SIZE_DEFAULT, &told.json,
                             &told.len, &why);
    if (unpacked != TLSRPT_UNPACKED) {
        return unpacked == TLSRPT_UNPACK_FORM ? instead(data, len, why) : why;
    }
    why = tlsrpt_parse(p, told.json, told.len, &octets->hints, &read);
    if (why) {
        return why;
    }
    believe(p, octets, read);
    if (read->domain_hint_used) {
        octets->origin.domain = octets->hints.domain;
    }
    told.name = octets->name;
    told.report = read;
    told.origin = octets->origin;
    octets->origin = origin;
    octets->reports++;
    octets->source->reports++;
    sink->report(sink->baton, p, &told);
    return NULL;
}

static void zip_file(void *baton, apr_pool_t *p, const char *data,
                     apr_size_t len)
{
    zipped_t *zipped = baton;
    apr_pool_t *sub;
    const char *why;

    zipped->files++;
    apr_pool_create(&sub, p);
    why = report(sub, zipped->octets, data, len);
    if (why) {
        const int is_damaged = tlsrpt_form(data, len) != TLSRPT_FORM_UNKNOWN;

        zipped->damaged += is_damaged;
        if (!zipped->why || (is_damaged && zipped->damaged == 1)) {
            zipped->number = zipped->files;
            zipped->why = apr_pstrdup(p, why);
        }
    }
    apr_pool_destroy(sub);
}

/* Why files of a zip file could not be read, as one sentence. */
static const char *unzipped_why(apr_pool_t *p, const zipped_t *zipped)
{
    const int more = zipped->damaged - 1;
    const char *why = zipped->why;

    if (zipped->files == 1) {
        return apr_pstrcat(p, "in the zip file: ", why, NULL);
    }
    if (more > 0) {
        why = apr_psprintf(p, "%s; %d file%s", why, more,
                           more == 1 ? " more is no report"
                                     : "s more are no reports");
    }
    return apr_psprintf(p, "in the zip file, file %d: %s", zipped->number, why);
}

/*
 * JSON, gzip or zip. NULL, or why there is no report; of a zip file also why
 * one in it could not be read beside others. What does not even begin like a
 * report is no fault beside one: people pack a text with it.
 */
static const char *packed(apr_pool_t *p, octets_t *octets, const char *data,
                          apr_size_t len)
{
    const int before = octets->reports;
    zipped_t zipped;
    const char *why;

    if (tlsrpt_form(data, len) != TLSRPT_FORM_ZIP) {
        return report(p, octets, data, len);
    }
    memset(&zipped, 0, sizeof(zipped));
    zipped.octets = octets;
    why = zip_read(p, data, len, TLSRPT_SIZE_DEFAULT, zip_file, &zipped);
    if (why) {
        return why;
    }
    if (zipped.damaged == 0 && octets->reports > before) {
        return NULL;
    }
    return zipped.why ? unzipped_why(p, &zipped)
                      : "the zip file holds no report";
}

/* ---- a mail -------------------------------------------------------------- */

static int part(void *baton, apr_pool_t *p, const mail_part_t *part)
{
    octets_t *octets = baton;
    const char *whole = octets->name, *why;
    const int before = octets->reports;
    apr_pool_t *sub;

    apr_pool_create(&sub, p);
    octets->name = apr_psprintf(sub, "%s, part %d", whole, part->number);
    if (!octets->source->sink->domain) {
        octets->hints.domain = part->domain[0] ? part->domain : NULL;
    }
    octets->hints.submitter = part->submitter[0] ? part->submitter : NULL;
    octets->origin.submitter = part->submitter;
    why = packed(sub, octets, part->data, part->len);
    /* that a zip file is one of reports, a report in it says */
    if (why && (part->declared || octets->reports > before)) {
        octets->declared_why = apr_pstrdup(p, why);
    }
    octets->name = whole;
    apr_pool_destroy(sub);
    return 1;
}

void source_mail(source_t *source, apr_pool_t *p, const char *name,
                 const char *data, apr_size_t len, int in_box)
{
    octets_t octets;
    const char *why;

    memset(&octets, 0, sizeof(octets));
    octets.source = source;
    octets.name = name;
    octets.origin = came_as(TLSRPT_CHANNEL_MAIL);
    octets.hints.domain = source->sink->domain;
    why = mail_read(p, data, len, source->sink->authserv_id, &octets.signers,
                    part, &octets);
    if (why) {
        source_problem(source, p,
                       in_box && octets.reports == 0 ? SOURCE_PASSED_OVER
                                                     : SOURCE_BROKEN,
                       name, why, data, len);
    }
    else if (octets.declared_why) {
        source_problem(source, p, SOURCE_BROKEN, name, octets.declared_why,
                       data, len);
    }
    else if (octets.reports == 0 && !in_box) {
        source_problem(source, p, SOURCE_BROKEN, name,
                       "the mail holds no report", data, len);
    }
}

/* ---- a file -------------------------------------------------------------- */

void source_file(source_t *source, apr_pool_t *p, const char *data,
                 apr_size_t len, int is_stdin)
{
    octets_t octets;
    const char *why;

    memset(&octets, 0, sizeof(octets));
    octets.source = source;
    octets.name = source->name;
    octets.origin = came_as(TLSRPT_CHANNEL_FILE);
    octets.origin.trust = is_stdin ? TLSRPT_TRUST_NONE : TLSRPT_TRUST_LOCAL;
    octets.hints.domain = source->sink->domain;
    why = tlsrpt_form(data, len) == TLSRPT_FORM_UNKNOWN && !is_xml(data, len)
              ? "it is neither JSON, gzip, zip, a mail nor a mailbox"
              : packed(p, &octets, data, len);
    if (why) {
        source_problem(source, p, SOURCE_BROKEN, source->name, why, data, len);
    }
}
