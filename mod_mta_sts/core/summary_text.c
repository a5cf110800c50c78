/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, words and parts of URLs as the renderings show them.
 */
#include <string.h>

#include <apr_strings.h>

#include "core/name.h"
#include "core/octets.h"
#include "core/render.h"
#include "core/summary_parts.h"

const char *tlsrpt_query_escape(apr_pool_t *p, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *answer = apr_palloc(p, 3 * strlen(text) + 1);
    char *out = answer;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (mta_sts_is_alnum(*text) || c == '-' || c == '.' || c == '_') {
            *out++ = *text;
            continue;
        }
        *out++ = '%';
        *out++ = digits[c >> 4];
        *out++ = digits[c & 15];
    }
    *out = '\0';
    return answer;
}

const char *tlsrpt_grouped(apr_pool_t *p, apr_int64_t n)
{
    const char *digits = apr_psprintf(p, "%" APR_INT64_T_FMT, n);
    apr_size_t len = strlen(digits);
    char *answer = apr_palloc(p, 2 * len + 1);
    char *out = answer;

    for (; len > 0; len--) {
        *out++ = *digits++;
        if (len > 1 && len % 3 == 1 && out[-1] != '-') {
            *out++ = ',';
        }
    }
    *out = '\0';
    return answer;
}

const char *tlsrpt_short(apr_pool_t *p, apr_int64_t n, apr_int64_t from)
{
    static const char units[] = "kMGTPE";
    apr_int64_t unit = 1000;
    int u = 0, tenths;

    if (n < from) {
        return tlsrpt_grouped(p, n);
    }
    while (n / unit >= 1000) {
        unit *= 1000;
        u++;
    }
    tenths = (int)(n % unit / (unit / 10));
    if (tenths && n / unit < 100) {
        return apr_psprintf(p, "%d.%d %c", (int)(n / unit), tenths, units[u]);
    }
    return apr_psprintf(p, "%d %c", (int)(n / unit), units[u]);
}

const char *tlsrpt_share(apr_pool_t *p, apr_int64_t failed,
                         apr_int64_t sessions)
{
    double percent;

    if (sessions < TLSRPT_PERCENT_FROM) {
        return "";
    }
    percent = 100.0 * (double)failed / (double)sessions;
    if (failed > 0 && percent < 0.1) {
        return "under 0.1 %";
    }
    if (failed < sessions && percent > 99.9) {
        return "over 99.9 %";
    }
    return apr_psprintf(p, "%.1f %%", percent);
}

const char *tlsrpt_time_words(apr_pool_t *p, apr_int64_t seconds)
{
    const char *text = tlsrpt_time_text(p, seconds);

    return apr_psprintf(p, "%.10s %.5s UTC", text, text + 11);
}

const char *tlsrpt_flow_text(apr_pool_t *p, const tlsrpt_flow_t *flow)
{
    if (!flow->is_known) {
        return "";
    }
    return apr_psprintf(p, "%s report%s wait%s in the spool%s%s%s%s.",
                        flow->waiting ? tlsrpt_grouped(p, flow->waiting) : "No",
                        flow->waiting == 1 ? "" : "s",
                        flow->waiting == 1 ? "s" : "",
                        flow->failed ? "; nothing was stored since " : "",
                        flow->failed ? tlsrpt_time_words(p, flow->failed) : "",
                        flow->lasts ? "; an attempt to store reports has been "
                                      "at work since "
                                    : "",
                        flow->lasts ? tlsrpt_time_words(p, flow->lasts) : "");
}

const char *tlsrpt_place_host(apr_pool_t *p, const tlsrpt_summary_t *sum,
                              const tlsrpt_sum_cause_t *cause,
                              const tlsrpt_sum_place_t *place)
{
    if (tlsrpt_result_is_of_host(cause->result)) {
        return apr_pstrcat(p, MTA_STS_HOST_PREFIX, sum->domain, NULL);
    }
    return *place->mx ? place->mx : "not said";
}

const char *tlsrpt_cause_command(apr_pool_t *p, const tlsrpt_summary_t *sum,
                                 const tlsrpt_sum_cause_t *cause)
{
    const char *mx =
        cause->places->nelts
            ? APR_ARRAY_IDX(cause->places, 0, tlsrpt_sum_place_t *)->mx
            : "";

    /* where a policy is known, no connection to a host that only a report
     * names */
    return !*mx || !sum->patterns || tlsrpt_sum_covers(sum, mx)
               ? tlsrpt_advice_command(p, cause->advice, mx, sum->domain)
               : NULL;
}

const char *tlsrpt_mx_in_policy(const tlsrpt_summary_t *sum,
                                const tlsrpt_sum_mx_t *mx)
{
    return mx->policy_host  ? "policy host"
           : !sum->patterns ? "unknown"
           : mx->in_policy  ? "yes"
                            : "no";
}

const char *tlsrpt_mx_in_report(const tlsrpt_sum_mx_t *mx)
{
    return mx->policy_host || mx->verified ? "yes"
           : mx->seen                      ? "unverified"
                                           : "never";
}
