/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The parameters of a connection: bounds of time, unless the administrator set
 * some, and which of his words may be secret.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/store_sql.h"

/* ---- bounds of time ---- */

/*
 * For a host that does not answer any more: 10 seconds to connect, and about a
 * minute without a sign of its kernel. A server that hangs on a host that lives
 * is waited for: libpq has no bound for that. The driver of MariaDB knows its
 * words only in APR-util after 1.6; an older one passes over them.
 */
static const struct {
    const char *name, *value;
} pgsql_bounds[] = {{"connect_timeout", "10"},
                    {"keepalives_idle", "30"},
                    {"keepalives_interval", "10"},
                    {"keepalives_count", "3"},
                    {"tcp_user_timeout", "60000"}},
  mysql_bounds[] = {{"connecttimeout", "10"},
                    {"readtimeout", "120"},
                    {"writetimeout", "120"}};

#define COUNT(list) ((int)(sizeof(list) / sizeof(list[0])))

static int is_uri(const char *params)
{
    return !strncmp(params, "postgresql://", 13) ||
           !strncmp(params, "postgres://", 11);
}

/* In a URI they stand behind, and only those that are not in it. */
static const char *complete_uri(apr_pool_t *p, const char *params)
{
    int i;

    for (i = 0; i < COUNT(pgsql_bounds); i++) {
        const char *word = apr_pstrcat(p, pgsql_bounds[i].name, "=", NULL);

        if (!strstr(params, word)) {
            params = apr_pstrcat(p, params, strchr(params, '?') ? "&" : "?",
                                 word, pgsql_bounds[i].value, NULL);
        }
    }
    return params;
}

/* In front of the administrator's: of two the later one wins, with both
 * drivers. */
const char *store_params_complete(apr_pool_t *p, store_dialect_e dialect,
                                  const char *params)
{
    int i;

    if (dialect == STORE_PGSQL && is_uri(params)) {
        return complete_uri(p, params);
    }
    for (i = COUNT(pgsql_bounds); dialect == STORE_PGSQL && i--;) {
        params = apr_pstrcat(p, pgsql_bounds[i].name, "=",
                             pgsql_bounds[i].value, " ", params, NULL);
    }
    for (i = COUNT(mysql_bounds); dialect == STORE_MYSQL && i--;) {
        params = apr_pstrcat(p, mysql_bounds[i].name, "=",
                             mysql_bounds[i].value, ",", params, NULL);
    }
    /* Behind them, so that it wins: no silent new connection in the middle of a
     * transaction. */
    return dialect == STORE_MYSQL ? apr_pstrcat(p, params, ",reconnect=0", NULL)
                                  : params;
}

/* ---- secrets ---- */

static int is_public(const char *key, const char *end)
{
    static const char *const keys[] = {"host",
                                       "hostaddr",
                                       "port",
                                       "dbname",
                                       "user",
                                       "sock",
                                       "fldsz",
                                       "group",
                                       "flags",
                                       "reconnect",
                                       "connect_timeout",
                                       "connecttimeout",
                                       "readtimeout",
                                       "writetimeout",
                                       "keepalives",
                                       "keepalives_idle",
                                       "keepalives_interval",
                                       "keepalives_count",
                                       "tcp_user_timeout",
                                       "sslmode"};
    apr_size_t i, len = (apr_size_t)(end - key);

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strlen(keys[i]) == len && !strncmp(keys[i], key, len)) {
            return 1;
        }
    }
    return 0;
}

static int is_key(const char *word, apr_size_t len)
{
    return (len == 4 && !strncmp(word, "pass", 4)) ||
           (len == 8 && !strncmp(word, "password", 8));
}

/* Each word that does not stand behind "host=" and the like: also one that was
 * only meant to be a password, which libpq quotes when it understands the
 * parameters otherwise. */
int store_params_tell(apr_pool_t *p, const char *params, const char *text)
{
    static const char blanks[] = " \t\r\n;|,'\"\\";
    const char *s = params;

    while (*(s += strspn(s, blanks))) {
        const char *end = s + strcspn(s, blanks), *equals;

        equals = memchr(s, '=', (apr_size_t)(end - s));
        if (!equals || !is_public(s, equals)) {
            const char *word = s;

            while (word < end) { /* of a URI, the parts count one by one */
                apr_size_t len = strcspn(word, ":/@?&= \t\r\n;|,'\"\\");

                len = word + len > end ? (apr_size_t)(end - word) : len;
                if (len && !is_key(word, len) &&
                    strstr(text, apr_pstrndup(p, word, len))) {
                    return 1;
                }
                word += len + 1;
            }
        }
        s = end;
    }
    return 0;
}
