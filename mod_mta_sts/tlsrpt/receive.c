/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * SetHandler tlsrpt-receiver: the POST of a report (RFC 8460, 5.4).
 *
 * No known sender tries again after an error, and some take every status for
 * success. So what can be read is stored first and judged later, and 429 and
 * 503 are for quotas and a full disk alone. Cheap checks come first. An answer
 * is a line or two of ours: no word of a report, and no ErrorDocument, which
 * could be a redirect.
 */
#include "tlsrpt/receive.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_core.h>
#include <string.h>

#include "core/escape.h"
#include "core/name.h"
#include "tlsrpt/body.h"
#include "tlsrpt/config.h"
#include "tlsrpt/httpd_spool.h"
#include "tlsrpt/message.h"
#include "tlsrpt/ours.h"
#include "tlsrpt/read.h"
#include "tlsrpt/section.h"
#include "tlsrpt/shared.h"

/** The oldest report that is taken by POST, in seconds. */
#define AGE_MAX ((apr_int64_t)30 * 24 * 60 * 60)

/** All big bodies together, in sizes of the largest. */
#define BIG_BODIES 8

/** Bodies of one network that are kept a day, of TLSRPT_BAD_KEPT: so one alone
 * cannot push out what others sent. */
#define BAD_OF_NETWORK 5

/** Octets of a stranger's text in a line of the log. */
#define LOGGED_MAX 100

/** Retry-After, in seconds. */
#define LATER_QUOTA "3600"
#define LATER_FULL  "600"

/* One request on its way. */
typedef struct {
    request_rec *r;
    const tlsrpt_config_t *conf;
    tlsrpt_spool_t *spool;
    const char *hint; /* the policy domain in the path, or NULL */
    const char *body;
    apr_size_t len;
    tlsrpt_read_t read;
    tlsrpt_origin_t origin;
} post_t;

/* ---- answers ---- */

static int reply(request_rec *r, int status, const char *text)
{
    r->status = status;
    ap_set_content_type(r, "text/plain; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)strlen(text));
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    if (!r->header_only) {
        ap_rputs(text, r);
    }
    return OK;
}

/* An answer to a body that was not read to its end: nor is it now. */
static int reply_unread(request_rec *r, int status, const char *text)
{
    r->connection->keepalive = AP_CONN_CLOSE;
    return reply(r, status, text);
}

static const char *shown(apr_pool_t *p, const char *text)
{
    return *text ? mta_sts_escape_line(p, apr_pstrndup(p, text, LOGGED_MAX))
                 : "(unnamed)";
}

/* Of a path below the handler's where no report is taken. GET says it as POST
 * does: so the administrator sees it before a sender does. */
static const char nobody[] =
    "No TLS reports are taken at this address: what it ends in is no policy "
    "domain of this\nserver. If it should be one, see " D_DOMAIN
    " in the manual of mod_tlsrpt.\n";

/* A report that came there is lost. */
static int misdirected(post_t *post)
{
    request_rec *r = post->r;

    tlsrpt_tally(TALLY_MISDIRECTED);
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                  N_MISDIRECTED
                  "a report was sent to %s, where none are taken: "
                  "what the path ends in is no policy domain of "
                  "this server",
                  shown(r->pool, r->uri));
    return reply_unread(r, HTTP_NOT_FOUND, nobody);
}

static int not_allowed(request_rec *r)
{
    apr_table_setn(r->headers_out, "Allow", "GET,HEAD,POST,OPTIONS");
    return reply_unread(r, HTTP_METHOD_NOT_ALLOWED,
                        "TLS reports are sent by POST.\n");
}

static int refuse(post_t *post, int status, const char *why)
{
    request_rec *r = post->r;
    const int quota = status == HTTP_TOO_MANY_REQUESTS;

    tlsrpt_tally(TALLY_REFUSED);
    ap_log_rerror(APLOG_MARK, quota ? APLOG_NOTICE : APLOG_ERR, 0, r,
                  N_REFUSED "a report is refused: %s", why);
    apr_table_setn(r->headers_out, "Retry-After",
                   quota ? LATER_QUOTA : LATER_FULL);
    return reply_unread(r, status,
                        quota ? "Too many reports for today.\n"
                              : "No room for reports now.\n");
}

/* No report. It is kept, because nobody will send it again. */
static int bad(post_t *post, int status, const char *why)
{
    request_rec *r = post->r;

    tlsrpt_tally(TALLY_BAD);
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                  N_BAD "no report, %" APR_SIZE_T_FMT " octets: %s", post->len,
                  why);
    if (post->len && post->spool &&
        tlsrpt_quota_network(r->useragent_addr, QUOTA_BAD, BAD_OF_NETWORK)) {
        tlsrpt_spool_put_bad(r->pool, post->spool, &post->origin, why,
                             post->body, post->len);
    }
    switch (status) {
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        return reply_unread(r, status, "This report is too large.\n");
    case HTTP_UNSUPPORTED_MEDIA_TYPE:
        return reply(r, status, "Reports are gzip or JSON (RFC 8460, 5.4).\n");
    default:
        return reply(r, status, "This cannot be read as a TLS report.\n");
    }
}

/* ---- the steps ---- */

/* The last segment of a path, without slashes. */
static const char *last_segment(apr_pool_t *p, const char *path)
{
    apr_size_t len = strlen(path);
    const char *slash;

    while (len && path[len - 1] == '/') {
        len--;
    }
    path = apr_pstrmemdup(p, path, len);
    slash = ap_strrchr_c(path, '/');
    return slash ? slash + 1 : path;
}

/*
 * Are reports taken at this path? At that of the section, and below it at a
 * policy domain of ours. Where it is not known what stands behind the section's
 * own path, its last segment is a domain if it is a name.
 *
 * domain: set if the path has one
 */
static int path_is_ours(const request_rec *r, const char **domain)
{
    const char *rest = tlsrpt_section_rest(r);
    const char *word = rest ? rest : last_segment(r->pool, r->uri);
    const char *name;

    if (mta_sts_name_parse(r->pool, word, &name)) {
        return !rest || !*rest;
    }
    *domain = name;
    return tlsrpt_is_ours(r->pool, r->server, name) != TLSRPT_OURS_NOT;
}

static int explain(request_rec *r)
{
    const char *domain = NULL;

    if (!path_is_ours(r, &domain)) {
        return reply(r, HTTP_NOT_FOUND, nobody);
    }
    return reply(r, HTTP_OK,
                 "This is where mail servers send their TLS reports (RFC 8460) "
                 "by POST.\nThere is nothing to see here.\n");
}

/* From the octets to a report; 0 or what the answer is. */
static int understand(post_t *post, int *status)
{
    tlsrpt_hints_t hints = {NULL, NULL};
    const char *why = NULL;

    hints.domain = post->hint;
    *status = tlsrpt_read(post->r->pool, post->body, post->len,
                          post->conf->max_size, &hints, &post->read, &why);
    if (*status == HTTP_SERVICE_UNAVAILABLE) {
        *status = refuse(post, *status, why);
        return 0;
    }
    if (*status != OK) {
        *status = bad(post, *status, why);
        return 0;
    }
    why = tlsrpt_dates_check(post->read.report, post->origin.received, AGE_MAX);
    if (why) {
        *status = bad(post, HTTP_BAD_REQUEST, why);
        return 0;
    }
    if (post->read.report->domain_hint_used) {
        post->origin.domain = post->hint;
    }
    return 1;
}

static int has_ours(const post_t *post)
{
    const apr_array_header_t *policies = post->read.report->policies;
    int i;

    for (i = 0; i < policies->nelts; i++) {
        if (tlsrpt_is_ours(
                post->read.pool, post->r->server,
                APR_ARRAY_IDX(policies, i, tlsrpt_policy_t).domain)) {
            return 1;
        }
    }
    return 0;
}

static int done(post_t *post, tlsrpt_tally_e what, int status, const char *text)
{
    const tlsrpt_report_t *report = post->read.report;

    tlsrpt_tally(what);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, post->r,
                  N_REPORT "%s from %s, %" APR_SIZE_T_FMT " octets: %s",
                  shown(post->read.pool, report->domains),
                  shown(post->read.pool, report->organization), post->read.len,
                  tlsrpt_tally_name(what));
    return reply(post->r, status, text);
}

/* A quota is used up, which a report that is there already does not ask for. */
static int over_quota(post_t *post, const char *why)
{
    apr_status_t rv =
        tlsrpt_spool_look(post->read.pool, post->spool, &post->origin,
                          post->read.json, post->read.len);

    return APR_STATUS_IS_EEXIST(rv)
               ? done(post, TALLY_DUPLICATE, HTTP_OK, "Nothing new.\n")
               : refuse(post, HTTP_TOO_MANY_REQUESTS, why);
}

static int store(post_t *post)
{
    const apr_sockaddr_t *addr = post->r->useragent_addr;
    tlsrpt_spool_limits_t limits = {0, 0};
    char text[120];
    apr_status_t rv;

    if (!tlsrpt_quota_all(post->conf->quota_all)) {
        return over_quota(post, "the second number of " D_QUOTA " is reached");
    }
    limits.bytes = post->conf->quota_bytes;
    if (!tlsrpt_quota_room(addr, post->read.len, limits.bytes)) {
        return over_quota(post,
                          "its network has filled its part of the spool, by "
                          "the third number of " D_QUOTA);
    }
    rv = tlsrpt_spool_put(post->read.pool, post->spool, &post->origin,
                          post->read.json, post->read.len, &limits, NULL);
    if (rv == APR_SUCCESS) {
        tlsrpt_quota_stored();
        return done(post, TALLY_RECEIVED, HTTP_CREATED, "Stored.\n");
    }
    tlsrpt_quota_room_back(addr, post->read.len, limits.bytes);
    if (APR_STATUS_IS_EEXIST(rv)) {
        return done(post, TALLY_DUPLICATE, HTTP_OK, "Nothing new.\n");
    }
    return refuse(post, HTTP_SERVICE_UNAVAILABLE,
                  APR_STATUS_IS_ENOSPC(rv)
                      ? "the spool or its disk is full"
                      : apr_strerror(rv, text, sizeof(text)));
}

static int take(post_t *post)
{
    int status;

    if (!understand(post, &status)) {
        return status;
    }
    /* No error: this sender could do nothing about it. */
    if (!has_ours(post)) {
        return done(post, TALLY_FOREIGN, HTTP_OK, "Nothing new.\n");
    }
    return store(post);
}

static int post_of(request_rec *r)
{
    post_t post = {0};
    int status;

    post.r = r;
    post.conf = tlsrpt_config(r->server);
    post.origin.channel = TLSRPT_CHANNEL_HTTPS;
    post.origin.received = apr_time_sec(r->request_time);
    post.origin.source = r->useragent_ip;
    if (!path_is_ours(r, &post.hint)) {
        return misdirected(&post);
    }
    if (tlsrpt_body_announces_more(r, post.conf->max_size)) {
        return bad(&post, HTTP_REQUEST_ENTITY_TOO_LARGE,
                   "its Content-Length is over " D_MAX_SIZE);
    }
    if (!tlsrpt_quota_network(r->useragent_addr, QUOTA_REQUESTS,
                              post.conf->quota_network)) {
        return refuse(&post, HTTP_TOO_MANY_REQUESTS,
                      "the first number of " D_QUOTA " is reached");
    }
    post.spool = tlsrpt_httpd_spool(r->server);
    if (!post.spool) {
        return refuse(&post, HTTP_SERVICE_UNAVAILABLE, "there is no spool");
    }
    status = tlsrpt_body_read(r, post.conf->max_size,
                              BIG_BODIES * post.conf->max_size, &post.body,
                              &post.len);
    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE) {
        return bad(&post, status, "it is over " D_MAX_SIZE);
    }
    if (status == HTTP_SERVICE_UNAVAILABLE) {
        return refuse(&post, status, "too many big bodies at once");
    }
    if (status == HTTP_REQUEST_TIME_OUT) {
        return reply_unread(r, status, "This report came too slowly.\n");
    }
    if (status == AP_FILTER_ERROR) {
        return status;
    }
    if (status != OK) {
        return reply_unread(r, HTTP_BAD_REQUEST,
                            "This cannot be read as a TLS report.\n");
    }
    status = take(&post);
    tlsrpt_read_done(&post.read);
    return status;
}

int tlsrpt_receive(request_rec *r)
{
    if (strcmp(r->handler, HANDLER_RECEIVER)) {
        return DECLINED;
    }
    switch (r->method_number) {
    case M_POST:
        return post_of(r);
    case M_GET:
        return explain(r);
    case M_OPTIONS:
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, M_OPTIONS,
                                  -1);
        return ap_send_http_options(r);
    default:
        return not_allowed(r);
    }
}
