/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/ask: the first line is Accept, the rest the query of a URL.
 */
#include "fuzz.h"

#include "core/ask.h"
#include "core/name.h"
#include "core/render.h"

/* A name, or a part of one, goes into SQL as a value and into links. */
static void check_part(apr_pool_t *p, const char *part)
{
    const char *c;

    CHECK(strlen(part) <= MTA_STS_NAME_MAX);
    for (c = part; *c; c++) {
        CHECK(mta_sts_is_alnum(*c) || *c == '-' || *c == '.' || *c == '_');
        CHECK(mta_sts_to_lower(*c) == *c);
    }
    CHECK(strcmp(tlsrpt_query_escape(p, part), part) == 0);
}

/* What was understood, written as a query, is understood again. */
static void check_again(apr_pool_t *p, const tlsrpt_query_t *query)
{
    static const char *const forms[] = {"html", "json", "metrics"};
    tlsrpt_query_t again;
    const char *args = apr_psprintf(
        p, "days=%d&format=%s&%s%s&%s%s", query->days, forms[query->form],
        query->domain ? "domain=" : "prefix=",
        query->domain ? query->domain : query->prefix,
        query->domain ? "" : "after=", query->domain ? "" : query->after);

    CHECK(tlsrpt_query_read(p, args, NULL, &again) == NULL);
    CHECK(again.days == query->days && again.form == query->form);
    CHECK(!again.domain == !query->domain);
    CHECK(!query->domain || strcmp(again.domain, query->domain) == 0);
    CHECK(strcmp(again.prefix, query->prefix) == 0);
    CHECK(strcmp(again.after, query->after) == 0);
}

static void fuzz_one(apr_pool_t *p, const uint8_t *data, size_t size)
{
    char *accept = fuzz_string(p, data, size);
    size_t line = strcspn(accept, "\n");
    const char *args = accept[line] ? accept + line + 1 : NULL;
    tlsrpt_query_t query;
    const char *why;

    accept[line] = '\0';
    why = tlsrpt_query_read(p, args, *accept ? accept : NULL, &query);
    CHECK(query.form >= TLSRPT_FORM_HTML && query.form <= TLSRPT_FORM_METRICS);
    if (why) {
        fuzz_sentence(why);
        return;
    }
    CHECK(query.days >= 1 && query.days <= TLSRPT_WINDOW_MAX);
    CHECK(!query.domain || (!*query.prefix && !*query.after));
    if (query.domain) {
        check_part(p, query.domain);
    }
    check_part(p, query.prefix);
    check_part(p, query.after);
    check_again(p, &query);
}
