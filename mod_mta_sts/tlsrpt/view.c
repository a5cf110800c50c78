/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * SetHandler tlsrpt-status: what the reports say, as HTML, JSON, OpenMetrics.
 *
 * A report holds names of hosts and what is wrong with them, so nobody sees the
 * page of whom the administrator has not said it. The store is only read.
 */
#include "tlsrpt/view.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <http_request.h>
#include <string.h>

#include "core/ask.h"
#include "core/attempt.h"
#include "core/day.h"
#include "core/escape.h"
#include "core/render.h"
#include "tlsrpt/access.h"
#include "tlsrpt/httpd_spool.h"
#include "tlsrpt/intake.h"
#include "tlsrpt/lend.h"
#include "tlsrpt/message.h"
#include "tlsrpt/ours.h"
#include "tlsrpt/shared.h"

/** Policy domains on one page, and those with most failures above them. */
#define DOMAINS_SHOWN 50
#define FAILING_SHOWN 10
/** Of so many days reports are counted for the metrics. */
#define RECEIVED_DAYS 30
/** The totals of the metrics are those of so many days ago: by then nearly all
 * reporters have reported (RFC 8460, 5.5: within a day). */
#define TOTALS_AGO 2

/** Seconds after which to ask again: while the database is away, and while
 * others have all connections. */
#define RETRY_AWAY "60"
#define RETRY_BUSY "5"

/* ---- what is asked of the store ------------------------------------------ */

typedef struct {
    request_rec *r;
    tlsrpt_query_t query;
    tlsrpt_store_t *store;
    tlsrpt_ask_t ask;
    tlsrpt_flow_t flow;
    const char *body; /* the answer */
    int busy;         /* there is none, because others ask */
} view_t;

/* See tlsrpt_served_f. */
static int served(void *baton, apr_pool_t *p, const char *domain,
                  tlsrpt_served_t *answer)
{
    request_rec *r = baton;
    const mta_sts_answer_t *policy = tlsrpt_policy_now(p, r->server, domain);

    if (!policy) {
        return 0;
    }
    answer->mode = policy->mode;
    answer->mx = policy->mx;
    answer->id = policy->id;
    answer->body = policy->body;
    return 1;
}

/* Since when an attempt of the intake lasts; 0: none does. What waits is
 * counted then: the attempt counts when it ends. */
static apr_int64_t lasting(request_rec *r, tlsrpt_intake_status_t *intake)
{
    tlsrpt_spool_t *spool;
    int all = 0;

    if (!tlsrpt_attempt_lasts(intake->at_work, apr_time_now())) {
        return 0;
    }
    spool = tlsrpt_httpd_spool(r->server);
    if (spool && tlsrpt_spool_list(r->pool, spool, 0, &all)) {
        intake->waiting = (apr_uint32_t)all;
    }
    return apr_time_sec(intake->at_work);
}

static void read_flow(request_rec *r, tlsrpt_flow_t *flow)
{
    apr_pool_t *p = r->pool;
    tlsrpt_intake_status_t *intake = apr_pcalloc(p, sizeof(*intake));
    int i;

    flow->requests = apr_array_make(p, TALLIES, sizeof(tlsrpt_requests_t));
    for (i = 0; i < TALLIES; i++) {
        tlsrpt_requests_t *one = apr_array_push(flow->requests);

        one->result = tlsrpt_tally_name((tlsrpt_tally_e)i);
        one->requests = tlsrpt_tally_of((tlsrpt_tally_e)i);
    }
    flow->is_known = tlsrpt_intake_status(intake);
    flow->lasts = lasting(r, intake);
    flow->waiting = intake->waiting;
    flow->tried = apr_time_sec(intake->tried);
    flow->stored = apr_time_sec(intake->stored);
    flow->failed = apr_time_sec(intake->failed);
    flow->error = intake->error;
}

static const char *view_domain(view_t *view)
{
    apr_pool_t *p = view->r->pool;
    tlsrpt_summary_t *sum;
    const char *why = tlsrpt_summary_make(p, view->store, view->query.domain,
                                          &view->ask, &sum);

    if (!why) {
        view->body = view->query.form == TLSRPT_FORM_JSON
                         ? tlsrpt_json_domain(p, sum)
                     : view->query.form == TLSRPT_FORM_METRICS
                         ? tlsrpt_metrics_domain(p, sum)
                         : tlsrpt_html_domain(p, sum);
    }
    return why;
}

static const char *view_list(view_t *view)
{
    apr_pool_t *p = view->r->pool;
    apr_array_header_t *names;
    tlsrpt_page_t page;
    const char *why;
    int more, i;

    memset(&page, 0, sizeof(page));
    page.from = view->ask.from;
    page.to = view->ask.to;
    page.days = view->query.days;
    page.flow = view->flow;
    page.prefix = view->query.prefix;
    page.after = view->query.after;
    page.summaries =
        apr_array_make(p, DOMAINS_SHOWN, sizeof(tlsrpt_summary_t *));
    why = tlsrpt_summary_domains(p, view->store, page.prefix, page.after,
                                 DOMAINS_SHOWN, &names, &more);
    view->ask.brief = 1;
    for (i = 0; !why && i < names->nelts; i++) {
        tlsrpt_summary_t *sum;

        why = tlsrpt_summary_make(p, view->store,
                                  APR_ARRAY_IDX(names, i, const char *),
                                  &view->ask, &sum);
        if (!why) {
            APR_ARRAY_PUSH(page.summaries, tlsrpt_summary_t *) = sum;
            page.to = sum->to > page.to ? sum->to : page.to;
        }
    }
    if (!why) {
        why = tlsrpt_summary_failing(
            p, view->store, page.from,
            tlsrpt_day_add(view->ask.today, TLSRPT_AHEAD_DAYS), FAILING_SHOWN,
            &page.failing);
    }
    if (!why) {
        page.next =
            more ? APR_ARRAY_IDX(names, names->nelts - 1, const char *) : NULL;
        view->body = view->query.form == TLSRPT_FORM_JSON
                         ? tlsrpt_json_list(p, &page)
                         : tlsrpt_html_list(p, &page);
    }
    return why;
}

static const char *view_metrics(view_t *view)
{
    apr_pool_t *p = view->r->pool;
    tlsrpt_metrics_t metrics;
    const char *why;

    metrics.flow = view->flow;
    metrics.day = tlsrpt_day_add(view->ask.today, -TOTALS_AGO);
    why = tlsrpt_summary_totals(p, view->store, metrics.day, &metrics.totals);
    if (!why) {
        why = tlsrpt_summary_received(
            p, view->store, tlsrpt_day_add(view->ask.today, 1 - RECEIVED_DAYS),
            &metrics.received);
    }
    if (!why) {
        view->body = tlsrpt_metrics_all(p, &metrics);
    }
    return why;
}

/* ---- answers ------------------------------------------------------------- */

static void set_headers(request_rec *r, tlsrpt_form_e form)
{
    static const char *const types[] = {
        "text/html; charset=utf-8", "application/json",
        "application/openmetrics-text; version=1.0.0; charset=utf-8"};
    apr_table_t *headers = r->err_headers_out;
    const char *csp = tlsrpt_html_csp(r->pool);

    ap_set_content_type(r, types[form]);
    apr_table_setn(headers, "Cache-Control", "no-store");
    apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
    apr_table_setn(headers, "Referrer-Policy", "no-referrer");
    apr_table_setn(headers, "Content-Security-Policy",
                   csp ? csp : "default-src 'none'");
    apr_table_mergen(headers, "Vary", "Accept");
}

static int answer_with(request_rec *r, const char *body)
{
    ap_set_content_length(r, (apr_off_t)strlen(body));
    ap_rputs(body, r);
    return OK;
}

/* An answer that says what is wrong, in the form that was asked for. */
static int refuse(view_t *view, int status, const char *title, const char *text)
{
    const tlsrpt_flow_t *with_flow =
        status == HTTP_SERVICE_UNAVAILABLE ? &view->flow : NULL;
    request_rec *r = view->r;
    apr_pool_t *p = r->pool;

    r->status = status;
    set_headers(r, view->query.form);
    if (view->query.form == TLSRPT_FORM_JSON) {
        return answer_with(r, tlsrpt_json_error(p, text, with_flow));
    }
    if (view->query.form == TLSRPT_FORM_METRICS) {
        ap_set_content_type(r, "text/plain; charset=utf-8");
        return answer_with(
            r, apr_pstrcat(p, mta_sts_escape_line(p, text), "\n", NULL));
    }
    return answer_with(r, tlsrpt_html_message(p, title, text));
}

static int refuse_access(view_t *view)
{
    return refuse(view, HTTP_FORBIDDEN, "Nobody may see this yet",
                  "TLS reports name hosts and what is wrong with them. Say who "
                  "may see them by Require in the <Location> that has "
                  "SetHandler " HANDLER_STATUS
                  ", for instance Require local. A rule that is only inherited "
                  "does not count.");
}

static const char *ask_store(view_t *view)
{
    tlsrpt_lent_t *lent;
    const char *why = tlsrpt_lend(view->r, &lent, &view->busy);

    if (why) {
        return why;
    }
    view->store = tlsrpt_lent_store(lent);
    why = view->query.domain                        ? view_domain(view)
          : view->query.form == TLSRPT_FORM_METRICS ? view_metrics(view)
                                                    : view_list(view);
    tlsrpt_lend_back(lent, why != NULL);
    return why;
}

/* For monitoring: that it is away is what is asked for. */
static int answer_away(view_t *view)
{
    tlsrpt_metrics_t metrics;

    memset(&metrics, 0, sizeof(metrics));
    metrics.flow = view->flow;
    set_headers(view->r, view->query.form);
    return answer_with(view->r, tlsrpt_metrics_all(view->r->pool, &metrics));
}

static int refuse_unread(view_t *view, const char *why)
{
    request_rec *r = view->r;

    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  W_VIEW "the status page cannot read the store: %s", why);
    if (view->query.form == TLSRPT_FORM_METRICS) {
        return answer_away(view);
    }
    apr_table_setn(r->err_headers_out, "Retry-After",
                   view->busy ? RETRY_BUSY : RETRY_AWAY);
    if (view->busy) {
        return refuse(
            view, HTTP_SERVICE_UNAVAILABLE, "Others are asking the store",
            apr_pstrcat(r->pool,
                        "Several pages are being made, or the database hangs. "
                        "Try again in a few seconds. ",
                        tlsrpt_flow_text(r->pool, &view->flow), NULL));
    }
    return refuse(
        view, HTTP_SERVICE_UNAVAILABLE, "The store of reports is away",
        apr_pstrcat(r->pool,
                    "The database does not answer; the error log says why. "
                    "Reports that come meanwhile are kept, and nothing is "
                    "lost. ",
                    tlsrpt_flow_text(r->pool, &view->flow), NULL));
}

int tlsrpt_view(request_rec *r)
{
    view_t view;
    const char *why;

    if (!r->handler || strcmp(r->handler, HANDLER_STATUS) != 0) {
        return DECLINED;
    }
    memset(&view, 0, sizeof(view));
    view.r = r;
    why = tlsrpt_query_read(
        r->pool, r->args, apr_table_get(r->headers_in, "Accept"), &view.query);
    if (!tlsrpt_access_is_said(r)) {
        return refuse_access(&view);
    }
    if (r->method_number != M_GET) {
        ap_allow_methods(r, REPLACE_ALLOW, "GET", NULL);
        return r->method_number == M_OPTIONS ? DECLINED
                                             : HTTP_METHOD_NOT_ALLOWED;
    }
    if (why) {
        return refuse(&view, HTTP_BAD_REQUEST, "This cannot be shown", why);
    }
    view.ask.today = tlsrpt_day_of(apr_time_sec(r->request_time));
    view.ask.to = view.ask.today;
    view.ask.from = tlsrpt_day_add(view.ask.today, 1 - view.query.days);
    view.ask.served = tlsrpt_ours_knows_policies() ? served : NULL;
    view.ask.baton = r;
    read_flow(r, &view.flow);
    why = ask_store(&view);
    if (why) {
        return refuse_unread(&view, why);
    }
    set_headers(r, view.query.form);
    return answer_with(r, view.body);
}
