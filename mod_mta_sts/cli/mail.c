/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * See mail.h. GMime and GLib end the process when there is no memory: so the
 * mail is looked over first, and what is left to GMime is in proportion.
 */
#include <signal.h>
#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <gmime/gmime.h>

#include "cli/authres.h"
#include "cli/mail.h"
#include "core/name.h"
#include "core/octets.h"
#include "core/unpack.h"

/* ---- before GMime sees it ------------------------------------------------ */

/* The octets of a line, with its line feed if it has one. */
static apr_size_t line_len(const char *line, const char *end)
{
    const char *feed = memchr(line, '\n', (size_t)(end - line));

    return (apr_size_t)(feed ? feed + 1 - line : end - line);
}

/* "Name:" at its front, as GMime and RFC 5322, 2.2 take it. */
static int is_field(const char *line, apr_size_t len)
{
    apr_size_t i = 0;

    while (i < len && line[i] > 0x20 && line[i] < 0x7f && line[i] != ':') {
        i++;
    }
    return i > 0 && i < len && line[i] == ':';
}

static int is_empty(const char *line, apr_size_t len)
{
    return len == 0 || line[0] == '\n' ||
           (len > 1 && line[0] == '\r' && line[1] == '\n');
}

/* One mail, without the "From " line of a mailbox. */
static void skip_from(const char **data, apr_size_t *len)
{
    if (*len >= 5 && memcmp(*data, "From ", 5) == 0) {
        apr_size_t first = line_len(*data, *data + *len);

        *data += first;
        *len -= first;
    }
}

int mail_looks_like_one(const char *data, apr_size_t len)
{
    skip_from(&data, &len);
    /* a name can begin otherwise, and never does; but JSON that is cut can */
    return len > 0 && mta_sts_is_alpha(data[0]) &&
           is_field(data, line_len(data, data + len));
}

/*
 * Bounds that hold wherever in the mail GMime finds a header: any line may turn
 * out to be in one.
 */
static const char *look_over(const char *data, apr_size_t len)
{
    const char *end = data + len;
    apr_size_t fields = 0, boundaries = 0, field = 0;
    int in_header = 1;

    if (len > MAIL_SIZE_MAX) {
        return "the mail has more than 16 MiB";
    }
    while (data < end) {
        apr_size_t line = line_len(data, end);

        if (is_empty(data, line)) {
            in_header = 0;
        }
        if (in_header && line > MAIL_LINE_MAX) {
            return "the mail has a header line of more than 8 KiB";
        }
        /* a field of a name, and the lines folded into it */
        if (mta_sts_is_wsp(data[0])) {
            field += field ? line : 0;
        }
        else {
            int is = is_field(data, line);

            field = is && mta_sts_is_alpha(data[0]) ? line : 0;
            fields += is ? 1 : 0;
        }
        if (field > MAIL_FIELD_MAX) {
            return "the mail has a header field of more than 64 KiB";
        }
        boundaries += line > 1 && data[0] == '-' && data[1] == '-';
        data += line;
    }
    if (fields > MAIL_FIELDS_MAX) {
        return "the mail has more than 100000 header fields";
    }
    if (boundaries > MAIL_BOUNDARIES_MAX) {
        return "the mail has more than 1000 boundaries";
    }
    return NULL;
}

/* ---- its header ---------------------------------------------------------- */

/* The value of the topmost field of a name, as it is, or NULL. */
static const char *field(GMimeObject *object, const char *name)
{
    GMimeHeader *header = g_mime_header_list_get_header(
        g_mime_object_get_header_list(object), name);

    return header ? g_mime_header_get_raw_value(header) : NULL;
}

/* A field that holds a domain name: its normal form, or "". */
static const char *field_name(apr_pool_t *p, GMimeObject *object,
                              const char *name)
{
    const char *value = field(object, name), *domain;

    if (!value || strlen(value) > MAIL_LINE_MAX) {
        return "";
    }
    domain = apr_pstrdup(p, value);
    domain += strspn(domain, " \t\r\n");
    ((char *)domain)[strcspn(domain, " \t\r\n")] = '\0';
    return mta_sts_name_parse(p, domain, &domain) ? "" : domain;
}

/* A signature that covers only a part of the body is none. */
static int is_whole(GMimeHeaderList *list, const char *signer)
{
    int i, count = g_mime_header_list_get_count(list);

    for (i = 0; i < count; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);

        if (strcasecmp(g_mime_header_get_name(header), "DKIM-Signature") == 0 &&
            authres_is_partial(g_mime_header_get_raw_value(header), signer)) {
            return 0;
        }
    }
    return 1;
}

static apr_array_header_t *signers_of(apr_pool_t *p, GMimeObject *message,
                                      const char *authserv_id)
{
    apr_array_header_t *all = apr_array_make(p, 2, sizeof(const char *));
    apr_array_header_t *whole = apr_array_make(p, 2, sizeof(const char *));
    GMimeHeaderList *list = g_mime_object_get_header_list(message);
    int i, count = g_mime_header_list_get_count(list);

    for (i = 0; authserv_id && i < count; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);

        /* the topmost of this id is the MTA's own; the sender may have written
         * those below it */
        if (strcasecmp(g_mime_header_get_name(header),
                       "Authentication-Results") == 0 &&
            authres_signers(p, g_mime_header_get_raw_value(header), authserv_id,
                            all)) {
            break;
        }
    }
    for (i = 0; i < all->nelts; i++) {
        const char *signer = APR_ARRAY_IDX(all, i, const char *);

        if (is_whole(list, signer)) {
            APR_ARRAY_PUSH(whole, const char *) = signer;
        }
    }
    return whole;
}

/* ---- its parts ----------------------------------------------------------- */

typedef struct {
    apr_pool_t *p;
    mail_part_found_t *found;
    void *baton;
    int parts, candidates;
    int more; /* 0: found wants no more */
    int left; /* reports that were not looked at: there are too many */
    const char *domain, *submitter; /* of the mail around */
} walk_t;

static int ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);

    return len >= tail && strcasecmp(text + len - tail, end) == 0;
}

/* Do its type and its name say that it is a report? (RFC 8460, 5.2 and 5.3) */
static int is_declared(GMimePart *part)
{
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    const char *subtype = g_mime_content_type_get_media_subtype(type);
    const char *name = g_mime_part_get_filename(part);

    return (subtype && strncasecmp(subtype, "tlsrpt", 6) == 0) ||
           (name && (ends_with(name, ".json") || ends_with(name, ".json.gz")));
}

/* A part that has no parts: decoded, it is a candidate by its first octets. */
static void leaf(walk_t *walk, GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GByteArray *octets;
    GMimeStream *stream;
    mail_part_t found;

    if (!content) {
        return;
    }
    if (walk->candidates >= MAIL_CANDIDATES_MAX) {
        walk->left += is_declared(part);
        return;
    }
    octets = g_byte_array_new();
    stream = g_mime_stream_mem_new_with_byte_array(octets);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), TRUE);
    /* no bound of its own: what is decoded is never longer than it was */
    if (g_mime_data_wrapper_write_to_stream(content, stream) >= 0) {
        found.data = octets->len ? (const char *)octets->data : "";
        found.len = octets->len;
        found.number = walk->parts;
        found.declared = is_declared(part);
        found.domain = walk->domain;
        found.submitter = walk->submitter;
        if (found.declared ||
            tlsrpt_form(found.data, found.len) != TLSRPT_FORM_UNKNOWN) {
            walk->candidates++;
            walk->more = walk->found(walk->baton, walk->p, &found);
        }
    }
    g_object_unref(stream);
}

static void branch(walk_t *walk, GMimeObject *object, int depth);

/* A mail in the mail, and what its own header says. */
static void inner_mail(walk_t *walk, GMimeMessagePart *part, int depth)
{
    GMimeMessage *message = g_mime_message_part_get_message(part);
    const char *domain = walk->domain, *submitter = walk->submitter;
    GMimeObject *object = message ? GMIME_OBJECT(message) : NULL;

    if (!object) {
        return;
    }
    walk->domain = field_name(walk->p, object, "TLS-Report-Domain");
    walk->submitter = field_name(walk->p, object, "TLS-Report-Submitter");
    branch(walk, g_mime_message_get_mime_part(message), depth + 1);
    walk->domain = domain;
    walk->submitter = submitter;
}

/* depth is at most MAIL_DEPTH_MAX, so this recursion ends. */
static void branch(walk_t *walk, GMimeObject *object, int depth)
{
    if (!object || !walk->more || depth > MAIL_DEPTH_MAX ||
        walk->parts >= MAIL_PARTS_MAX) {
        return;
    }
    if (GMIME_IS_MULTIPART(object)) {
        GMimeMultipart *multipart = GMIME_MULTIPART(object);
        int i, count = g_mime_multipart_get_count(multipart);

        for (i = 0; i < count; i++) {
            branch(walk, g_mime_multipart_get_part(multipart, i), depth + 1);
        }
        return;
    }
    walk->parts++;
    if (GMIME_IS_MESSAGE_PART(object)) {
        inner_mail(walk, GMIME_MESSAGE_PART(object), depth);
    }
    else if (GMIME_IS_PART(object)) {
        leaf(walk, GMIME_PART(object));
    }
}

/* ---- the mail ------------------------------------------------------------ */

static GMimeMessage *parse(const char *data, apr_size_t len)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(data, len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

/* It starts GPGME, which ignores SIGPIPE from then on. What is to be done about
 * a pipe whose reader has gone is for the command to say. */
static void start_gmime(void)
{
    struct sigaction before;

    sigaction(SIGPIPE, NULL, &before);
    g_mime_init();
    sigaction(SIGPIPE, &before, NULL);
}

const char *mail_read(apr_pool_t *p, const char *data, apr_size_t len,
                      const char *authserv_id, apr_array_header_t **signers,
                      mail_part_found_t *found, void *baton)
{
    static int initialised;
    GMimeMessage *message;
    GMimeObject *object;
    const char *why;
    walk_t walk;

    skip_from(&data, &len);
    if ((why = look_over(data, len)) != NULL) {
        return why;
    }
    if (!initialised) {
        start_gmime();
        initialised = 1;
    }
    message = parse(data, len);
    if (!message) {
        return "it is no mail";
    }
    object = GMIME_OBJECT(message);
    *signers = signers_of(p, object, authserv_id);

    memset(&walk, 0, sizeof(walk));
    walk.p = p;
    walk.found = found;
    walk.baton = baton;
    walk.more = 1;
    walk.domain = field_name(p, object, "TLS-Report-Domain");
    walk.submitter = field_name(p, object, "TLS-Report-Submitter");
    branch(&walk, g_mime_message_get_mime_part(message), 0);
    g_object_unref(message);
    return walk.left ? "the mail has more than ten reports, of which ten were "
                       "read"
                     : NULL;
}
