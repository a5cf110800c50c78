/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The SQL of the counting rule (core/summary.h), as texts to build queries of.
 */
#ifndef MTA_STS_CORE_SUMMARY_ROWS_H
#define MTA_STS_CORE_SUMMARY_ROWS_H

/* Rows (day, submitter, verified, ptype, good, bad) of a domain and its days,
 * from the daily totals: domain, from, to. */
#define SQL_TOTALS                                                             \
    "SELECT day, submitter, verified, ptype,"                                  \
    " CASE WHEN rtype = 'ok' THEN sessions ELSE 0 END AS good,"                \
    " CASE WHEN rtype = 'failed' THEN sessions ELSE 0 END AS bad"              \
    " FROM tlsrpt_day"                                                         \
    " WHERE domain = %s AND day >= %d AND day <= %d"                           \
    " AND rtype IN ('ok', 'failed')"

/* Behind that and SQL_TYPES: verified ones alone; and those that are, or are
 * not, as one more value says. */
#define SQL_VERIFIED " AND verified = 1"
#define SQL_OF_CLASS " AND verified = %d"

/* Of a report r: is it verified? TLSRPT_EVIDENCE_TRUST. */
#define SQL_CLASS "CASE WHEN r.trust >= 2 THEN 1 ELSE 0 END"

/* Failure details of the reports of which the figures are: domain, from, to,
 * least trust. */
#define SQL_DETAILS                                                            \
    " FROM tlsrpt_policy p JOIN tlsrpt_report r ON r.rid = p.rid"              \
    " JOIN tlsrpt_failure f ON f.rid = p.rid AND f.pseq = p.pseq"              \
    " WHERE p.domain = %s AND p.day >= %d AND p.day <= %d AND r.state = 0"     \
    " AND r.trust >= %d"

/* The groups of policy types: of the first the larger one counts. */
#define SQL_GROUP                                                              \
    "CASE WHEN ptype = 'no-policy-found' THEN 1"                               \
    " WHEN ptype = 'other' THEN 2 ELSE 0 END"

/* Rows (day, submitter, verified, grp, total, failed, dane) by the rule, from
 * rows like those above. */
#define SQL_COUNTED(source)                                                    \
    "SELECT day, submitter, verified, grp, MAX(total) AS total,"               \
    " MAX(failed) AS failed,"                                                  \
    " MAX(CASE WHEN ptype = 'tlsa' THEN 1 ELSE 0 END) AS dane"                 \
    " FROM (SELECT day, submitter, verified, ptype, " SQL_GROUP " AS grp,"     \
    " SUM(good + bad) AS total, SUM(bad) AS failed"                            \
    " FROM (" source ") s GROUP BY day, submitter, verified, ptype) t"         \
    " GROUP BY day, submitter, verified, grp"

/* As SQL_TOTALS, but rows (day, submitter, ptype, rtype, sessions). */
#define SQL_TYPES                                                              \
    "SELECT day, submitter, ptype, rtype, sessions FROM tlsrpt_day"            \
    " WHERE domain = %s AND day >= %d AND day <= %d"

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
