/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/ask: the query of the status page, read strictly.
 */
#include "unit.h"

#include "core/ask.h"

/* "form domain prefix after days", or "400: " and the sentence. */
static const char *read_accept(const char *args, const char *accept)
{
    static const char *const forms[] = {"html", "json", "metrics"};
    tlsrpt_query_t query;
    const char *why = tlsrpt_query_read(p, args, accept, &query);

    return why ? apr_pstrcat(p, forms[query.form], " 400: ", why, NULL)
               : apr_psprintf(p, "%s %s [%s] [%s] %d", forms[query.form],
                              query.domain ? query.domain : "-", query.prefix,
                              query.after, query.days);
}

static const char *ask(const char *args)
{
    return read_accept(args, NULL);
}

static void nothing_asked_is_the_list(void **state)
{
    (void)state;
    assert_string_equal(ask(NULL), "html - [] [] 30");
    assert_string_equal(ask(""), "html - [] [] 30");
    assert_string_equal(ask("&&"), "html - [] [] 30");
}

static void each_parameter_is_read(void **state)
{
    (void)state;
    assert_string_equal(ask("domain=Example.COM.&days=400&format=json"),
                        "json example.com [] [] 400");
    assert_string_equal(ask("prefix=Ex-a&after=EXA.m_ple&days=1"),
                        "html - [ex-a] [exa.m_ple] 1");
    assert_string_equal(ask("%70refix=x"),
                        "html 400: The query may have domain, days, format, "
                        "prefix and after.");
    assert_string_equal(ask("prefix=%45x"), "html - [ex] [] 30");
    assert_string_equal(ask("prefix=&after=&days=0030"), "html - [] [] 30");
}

static void what_is_no_value_is_refused(void **state)
{
    static const char *const bad[] = {"days=0",
                                      "days=401",
                                      "days=00001",
                                      "days=x",
                                      "days=",
                                      "days=1x",
                                      "days=-1",
                                      "days=+1",
                                      "days=1&days=1",
                                      "format=",
                                      "format=xml",
                                      "format=JSON",
                                      "domain=",
                                      "domain=a",
                                      "domain=a..example",
                                      "domain=%00",
                                      "domain=a%zz",
                                      "domain=a%4",
                                      "prefix=%27",
                                      "prefix=a+b",
                                      "prefix=a%2fb",
                                      "after=%c3%a4",
                                      "prefix",
                                      "=x",
                                      "x=1",
                                      "days=1=2",
                                      "domain=example.com&after=x",
                                      "after=x&domain=example.com",
                                      "domain=example.com&prefix=x"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (!strstr(ask(bad[i]), " 400: ")) {
            fail_msg("%s: %s", bad[i], ask(bad[i]));
        }
    }
}

static void a_name_has_at_most_253_octets(void **state)
{
    (void)state;
    assert_null(strstr(
        ask(apr_pstrcat(p, "prefix=", unit_repeat('a', 253), NULL)), "400"));
    assert_non_null(strstr(
        ask(apr_pstrcat(p, "prefix=", unit_repeat('a', 254), NULL)), "400"));
}

static void the_first_error_is_said(void **state)
{
    (void)state;
    assert_string_equal(ask("days=0&format=xml"),
                        "html 400: days: write a number from 1 to 400.");
    assert_string_equal(ask("domain=example.com&after=x"),
                        "html 400: domain does not go with prefix or after.");
}

static void accept_decides_unless_format_does(void **state)
{
    (void)state;
    assert_string_equal(read_accept("", "application/json"), "json - [] [] 30");
    assert_string_equal(read_accept("", "Application/JSON;q=1"),
                        "json - [] [] 30");
    assert_string_equal(
        read_accept("", "application/openmetrics-text;version=1.0.0"),
        "metrics - [] [] 30");
    assert_string_equal(
        read_accept("", "text/html, application/json, */*;q=0.1"),
        "html - [] [] 30");
    assert_string_equal(read_accept("", "*/*"), "html - [] [] 30");
    assert_string_equal(read_accept("", "application/jso"), "html - [] [] 30");
    assert_string_equal(read_accept("format=html", "application/json"),
                        "html - [] [] 30");
    /* an error comes in the form that was asked for */
    assert_string_equal(read_accept("days=0", "application/json"),
                        "json 400: days: write a number from 1 to 400.");
    assert_string_equal(ask("days=0&format=json"),
                        "json 400: days: write a number from 1 to 400.");
}

int main(void)
{
    PROMISE(nothing_asked_is_the_list);
    PROMISE(each_parameter_is_read);
    PROMISE(what_is_no_value_is_refused);
    PROMISE(a_name_has_at_most_253_octets);
    PROMISE(the_first_error_is_said);
    PROMISE(accept_decides_unless_format_does);
    return unit_run("ask");
}
