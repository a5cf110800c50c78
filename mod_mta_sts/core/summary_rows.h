/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The SQL of the counting rule (core/summary.h), as texts to build queries of.
 */
#ifndef MTA_STS_CORE_SUMMARY_ROWS_H
#define MTA_STS_CORE_SUMMARY_ROWS_H

/* Days of a domain, from the daily totals: domain, from, to. */
#define SQL_DAYS                                                               \
    " FROM tlsrpt_day WHERE domain = %s AND day >= %d AND day <= %d"

/* Behind that: verified ones alone; and those that are, or are not, as one more
 * value says. */
#define SQL_VERIFIED " AND verified = 1"
#define SQL_OF_CLASS " AND verified = %d"

/* Failure details of the reports of which the figures are: domain, from, to,
 * least class. */
#define SQL_DETAILS                                                            \
    " FROM tlsrpt_policy p JOIN tlsrpt_failure f"                              \
    " ON f.rid = p.rid AND f.pseq = p.pseq"                                    \
    " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d AND p.class >= %d"

/* The groups of policy types: of the first the larger one counts. */
#define SQL_GROUP                                                              \
    "CASE WHEN ptype = 'no-policy-found' THEN 1"                               \
    " WHEN ptype = 'other' THEN 2 ELSE 0 END"

/* The rule for one day and submitter, as an expression over its rows that
 * fulfil a condition. */
#define SQL_SUM(of)      "SUM(CASE WHEN " of " THEN sessions ELSE 0 END)"
#define SQL_LARGER(a, b) "CASE WHEN " a " > " b " THEN " a " ELSE " b " END"
#define SQL_STS(also)    SQL_SUM("ptype = 'sts'" also)
#define SQL_TLSA(also)   SQL_SUM("ptype = 'tlsa'" also)
#define SQL_REST(also)   SQL_SUM("ptype NOT IN ('sts', 'tlsa')" also)
#define SQL_BY_RULE(also)                                                      \
    SQL_LARGER(SQL_STS(also), SQL_TLSA(also)) " + " SQL_REST(also)

#define SQL_TOTAL SQL_BY_RULE("")
#define SQL_BAD   SQL_BY_RULE(" AND rtype = 'failed'")
#define SQL_NONE  SQL_SUM("ptype = 'no-policy-found'")
#define SQL_DANE  "MAX(CASE WHEN ptype = 'tlsa' THEN 1 ELSE 0 END)"
#define SQL_FIGURES                                                            \
    SQL_TOTAL " AS total, " SQL_BAD " AS failed, " SQL_NONE " AS none"

/* Rows (day, submitter, verified, total, failed, none, dane) by the rule, one
 * for each day and submitter: in the order of the key, so that nothing is
 * sorted. Of one day and submitter all rows are verified, or none is. */
#define SQL_COUNTED(also)                                                      \
    "SELECT day, submitter, MAX(verified) AS verified, " SQL_DANE              \
    " AS dane, " SQL_FIGURES SQL_DAYS " AND rtype IN ('ok', 'failed')" also    \
    " GROUP BY day, submitter"

/* Rows (day, submitter, ptype, rtype, sessions). */
#define SQL_TYPES "SELECT day, submitter, ptype, rtype, sessions" SQL_DAYS

/* What fails at the policy host, and not at an MX. */
#define SQL_OF_HOST                                                            \
    "'sts-policy-fetch-error', 'sts-policy-invalid', 'sts-webpki-invalid'"

/* How many sessions were refused (core/summary.h), from rows like those
 * above: of the failed ones all but those of the policy host, and at least
 * those of an MX. */
#define SQL_REFUSED(source)                                                    \
    "SELECT SUM(n) FROM (SELECT MAX(CASE WHEN failed - host > mx"              \
    " THEN failed - host ELSE mx END) AS n"                                    \
    " FROM (SELECT day, submitter, failed,"                                    \
    " CASE WHEN host > failed THEN failed ELSE host END AS host,"              \
    " CASE WHEN mx > failed THEN failed ELSE mx END AS mx"                     \
    " FROM (SELECT day, submitter, ptype,"                                     \
    " SUM(CASE WHEN rtype = 'failed' THEN sessions ELSE 0 END) AS failed,"     \
    " SUM(CASE WHEN rtype IN (" SQL_OF_HOST                                    \
    ") THEN sessions ELSE 0 END) AS host,"                                     \
    " SUM(CASE WHEN rtype IN ('ok', 'failed', " SQL_OF_HOST                    \
    ") THEN 0 ELSE sessions END) AS mx FROM (" source ") s"                    \
    " WHERE ptype IN ('sts', 'tlsa') GROUP BY day, submitter, ptype) t) u"     \
    " GROUP BY day, submitter) v"

#endif
