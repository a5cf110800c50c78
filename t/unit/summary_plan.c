/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/summary: a page costs what its domains cost, not what the store holds;
 * and the store: totals cost what their submitter said.
 * SQLite says how it finds the rows of each statement that was run.
 */
#include "unit_summary.h"

#include "core/store_sql.h"

/* The statement with a value for each %s and %d. */
static const char *with_values(const char *sql)
{
    char *copy = apr_pstrdup(p, sql), *at;

    while ((at = strstr(copy, "%s")) || (at = strstr(copy, "%d"))) {
        memcpy(at, "''", 2);
    }
    return copy;
}

/* Is it the name of a table, and not of a part of a statement? */
static int is_table(const char *name)
{
    static const char *const aliases[] = {"p", "r", "f", "x", "y"};
    apr_size_t len = strcspn(name, " "), i;

    for (i = 0; i < sizeof(aliases) / sizeof(*aliases); i++) {
        if (len == strlen(aliases[i]) && !strncmp(name, aliases[i], len)) {
            return 1;
        }
    }
    return !strncmp(name, "tlsrpt_", 7);
}

/* By which index a domain is looked up: totals lie in the order of their key,
 * and the index of policies has what is asked of many. */
static void is_by_domain(const char *step, const char *sql)
{
    static const char *const ways[][2] = {
        {"tlsrpt_day ", "USING PRIMARY KEY (domain=? AND day>? AND day<?)"},
        {"tlsrpt_policy ", "INDEX tlsrpt_policy_class (domain=? AND day>?"},
        {"p ", "INDEX tlsrpt_policy_class (domain=? AND day>? AND day<?)"}};
    size_t i;

    for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        if (!strncmp(step, ways[i][0], strlen(ways[i][0])) &&
            strstr(sql, "domain = %s") && !strstr(step, ways[i][1])) {
            fail_msg("%s: %s", step, sql);
        }
    }
}

/* How SQLite goes about a statement: rows whose column 3 is a step. */
static apr_array_header_t *plan(const char *sql)
{
    apr_array_header_t *rows;

    unit_same(sql,
              store_rows(
                  p, store,
                  apr_pstrcat(p, "EXPLAIN QUERY PLAN ", with_values(sql), NULL),
                  NULL, 4, 100, &rows),
              NULL);
    return rows;
}

/* Each step over a table is a search by an index; answers how many there are.
 */
static int searches(const char *sql)
{
    apr_array_header_t *rows = plan(sql);
    int i, count = 0;

    for (i = 0; i < rows->nelts; i++) {
        const char *step = APR_ARRAY_IDX(rows, i, const char **)[3];

        if (!strncmp(step, "SCAN ", 5) && is_table(step + 5)) {
            fail_msg("%s: %s", step, sql);
        }
        if (!strncmp(step, "SEARCH ", 7) && is_table(step + 7)) {
            is_by_domain(step + 7, sql);
            count++;
        }
    }
    return count;
}

/* All statements that were run. */
static apr_array_header_t *all_texts(void)
{
    apr_hash_index_t *at = apr_hash_first(p, store->statements->all);
    apr_array_header_t *texts = apr_array_make(p, 40, sizeof(const char *));

    for (; at; at = apr_hash_next(at)) {
        APR_ARRAY_PUSH(texts, const char *) = apr_hash_this_key(at);
    }
    return texts;
}

/* Of all of them. */
static int all_searches(void)
{
    apr_array_header_t *texts = all_texts();
    int i, count = 0;

    for (i = 0; i < texts->nelts; i++) {
        int found = searches(APR_ARRAY_IDX(texts, i, const char *));

        if (!found) {
            fail_msg("no table in: %s", APR_ARRAY_IDX(texts, i, const char *));
        }
        count += found;
    }
    return count;
}

/* A store with all that makes a summary ask more; and forget who filled it. */
static void fill(void)
{
    tlsrpt_report_t *r;
    const char *where;

    open_store();
    good_days("a.example", 20261110, 10, 100, TLSRPT_TRUST_DKIM);
    r = report("a.example", 20261121);
    failure(policy(r, TLSRPT_POLICY_STS, 99, 1), "certificate-expired",
            "mx1.example.com", 1);
    policy(r, TLSRPT_POLICY_TLSA, 99, 1);
    store_verified(r);
    r = report("stranger.example", 20261121);
    failure(policy(r, TLSRPT_POLICY_STS, 0, 9), "made-up", "", 9);
    store_anybodys(r);
    where = apr_psprintf(p, "sqlite3:/tmp/summary-%ld.db", (long)getpid());
    unit_same(where, tlsrpt_store_open(p, where, 0, &store), NULL);
}

static void a_domain_is_found_by_its_name(void **state)
{
    (void)state;
    fill();
    summary();
    summary_of(30, NULL);
    assert_true(all_searches() >= 15);
}

/* It is made of each domain of a page. */
static void a_domain_of_a_list_costs_few_statements(void **state)
{
    tlsrpt_ask_t ask = {20261101, TODAY, TODAY, served, &body, 1};
    tlsrpt_summary_t *sum;

    (void)state;
    fill();
    unit_same("brief", tlsrpt_summary_make(p, store, DOMAIN, &ask, &sum), NULL);
    assert_true(sum->failed > 0); /* so that more is asked */
    assert_true(apr_hash_count(store->statements->all) <= 10);
    assert_true(all_searches() >= 8);
}

static void a_list_goes_from_name_to_name(void **state)
{
    apr_array_header_t *list;
    int more;

    (void)state;
    fill();
    unit_same("domains",
              tlsrpt_summary_domains(p, store, "", "", 9, &list, &more), NULL);
    unit_same("domains",
              tlsrpt_summary_domains(p, store, "", "a", 9, &list, &more), NULL);
    unit_same("failing",
              tlsrpt_summary_failing(p, store, 20261101, TODAY, 9, &list),
              NULL);
    unit_same("totals", tlsrpt_summary_totals(p, store, 20261120, &list), NULL);
    unit_same("received", tlsrpt_summary_received(p, store, 20261101, &list),
              NULL);
    assert_true(all_searches() >= 6);
}

/* Not through what other submitters said of that domain and day. */
static void totals_are_written_without_a_look_at_others(void **state)
{
    static const char way[] = "SEARCH c USING INDEX tlsrpt_count_submitter "
                              "(domain=? AND day=? AND submitter=?)";
    apr_array_header_t *texts;
    int i, k, statements = 0, found = 0;

    (void)state;
    open_store();
    good_days("a.example", 20261121, 1, 100, TLSRPT_TRUST_NONE);
    texts = all_texts();
    for (i = 0; i < texts->nelts; i++) {
        const char *sql = APR_ARRAY_IDX(texts, i, const char *);
        apr_array_header_t *rows;

        if (!strstr(sql, "JOIN tlsrpt_report") || !strstr(sql, "c.submitter")) {
            continue;
        }
        statements++;
        rows = plan(sql);
        for (k = 0; k < rows->nelts; k++) {
            found += !strcmp(APR_ARRAY_IDX(rows, k, const char **)[3], way);
        }
    }
    assert_int_equal(statements, 2);
    assert_int_equal(found, 2);
}

int main(void)
{
    summary_begin();
    PROMISE(a_domain_is_found_by_its_name);
    PROMISE(a_domain_of_a_list_costs_few_statements);
    PROMISE(a_list_goes_from_name_to_name);
    PROMISE(totals_are_written_without_a_look_at_others);
    return unit_run("summary_plan");
}
