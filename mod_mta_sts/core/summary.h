/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the reports in the store say of a policy domain: one model, made by
 * queries. The page, JSON, OpenMetrics and the text of the tool are renderings
 * of it (core/render.h).
 *
 * How sessions are counted: within one (day, reporter, policy type) they add
 * up; of the policy types "sts" and "tlsa" the larger one counts, because some
 * reporters name the same sessions under both; "no-policy-found" and "other"
 * are added, because such a session is in neither. What a result type counts is
 * counted in the same way, but never added up over result types: one session
 * may be under several of them (RFC 8460, 4.3).
 *
 * Whose word counts: where a verified report is for the days asked for, all
 * figures are those of verified ones, and what anybody else says stands beside
 * them. Where there is none, the figures are anybody's, and marked.
 */
#ifndef MTA_STS_CORE_SUMMARY_H
#define MTA_STS_CORE_SUMMARY_H

#include "core/advice.h"
#include "core/store.h"

/* ---- what makes a domain ready for enforce ------------------------------ */

/** Clean days in a row: two weeks have each weekday twice, and a backup or a
 * monthly newsletter has had its turn in most places. */
#define TLSRPT_READY_DAYS 14
/** Reporters: what one of them cannot see, for instance a route or an IPv6
 * address, another may. */
#define TLSRPT_READY_REPORTERS 2
/** Good sessions: with none failed among 100 it is 95 % sure that fewer than
 * 3 in 100 fail (the rule of three). */
#define TLSRPT_READY_SESSIONS 100
/** A share is shown in percent only from so many sessions: one of three is
 * not "33 %". */
#define TLSRPT_PERCENT_FROM 50
/** So many days ahead of today are looked at, because clocks and time zones of
 * reporters are wrong: of what the receiver takes, which ends within 48 hours,
 * a report for a whole day is for tomorrow at the latest. */
#define TLSRPT_AHEAD_DAYS 1
/** So far back evidence is looked for: as long as the store keeps details. */
#define TLSRPT_EVIDENCE_DAYS 90
/** A newest report of more days ago than this is no evidence for today. */
#define TLSRPT_EVIDENCE_AGE 7
/** Evidence counts if it came at least this well: not from just anybody. Such
 * a report is a verified one (tlsrpt_day.verified). */
#define TLSRPT_EVIDENCE_TRUST TLSRPT_TRUST_DKIM

/** A reporter with so many days of reports is a regular one, ... */
#define TLSRPT_REGULAR_DAYS 5
/** ... and after so many days without a report it is silent. */
#define TLSRPT_SILENT_DAYS 7
/** So many days after a change of the policy a report may show the old one:
 * the day of the change, and one more (RFC 8461, 3.1: senders look daily). */
#define TLSRPT_STALE_DAYS 2
/** Details that are more than so many times the failures are an error of the
 * reporter, not several causes for one session. */
#define TLSRPT_DETAILS_FACTOR 3

/* ---- bounds of what is read and shown ----------------------------------- */

/** The most days that can be asked for: as long as the store keeps totals. */
#define TLSRPT_WINDOW_MAX     400
#define TLSRPT_WINDOW_DEFAULT 30
/** The most reporters, MX hosts, causes, and places of causes of one domain;
 * the largest come first. */
#define TLSRPT_REPORTERS_SHOWN 50
#define TLSRPT_MX_SHOWN        100
#define TLSRPT_CAUSES_SHOWN    30
#define TLSRPT_PLACES_SHOWN    200
/** The most policies that reporters saw; the newest come first. */
#define TLSRPT_SEEN_SHOWN 20

/* ---- the model ---------------------------------------------------------- */

/** A policy that is served now, as far as this matters here. */
typedef struct {
    const char *mode;       /* "testing", "enforce" or "none" */
    apr_array_header_t *mx; /* of const char *: the patterns */
    const char *id;         /* the policy id */
    const char *body;       /* as served */
} tlsrpt_served_t;

/**
 * Which policy is served now for a policy domain? core/ does not know httpd:
 * who makes a summary brings the answer.
 *
 * @return  non-zero and served filled in, in p; 0: none is served
 */
typedef int tlsrpt_served_f(void *baton, apr_pool_t *p, const char *domain,
                            tlsrpt_served_t *served);

/** What a summary is to be about. */
typedef struct {
    int from, to;            /* days, both included. Where the last is today,
                              * the next TLSRPT_AHEAD_DAYS are looked at, too */
    int today;               /* the day of now, UTC */
    tlsrpt_served_f *served; /* NULL: it is not known what is served */
    void *baton;
    int brief; /* for lists: without days, reporters, places and hosts; and
                * with findings only where they make the level */
} tlsrpt_ask_t;

typedef struct {
    int day;
    apr_int64_t sessions, failed;
    int reporters;
} tlsrpt_sum_day_t;

typedef struct {
    const char *submitter;    /* who it is, for the store */
    int verified;             /* of which of its reports this is: those that
                               * are verified, or those that are not */
    const char *organization; /* as one of them has it */
    tlsrpt_trust_e trust;     /* the best of them */
    int reports, conflicts;   /* conflicts: other content under the same key */
    apr_int64_t sessions, failed;
    int first, last, days; /* of reports: first and last day, how many days */
    int silent;            /* a regular reporter that stopped */
} tlsrpt_sum_reporter_t;

/** How many sessions a result type has at one MX, for a reason. */
typedef struct {
    const char *type; /* result type, as sent */
    const char *mx;   /* "" if the reporter did not say */
    const char *ip;   /* the address of the MX; "" */
    const char *reason;
    apr_int64_t sessions;
} tlsrpt_sum_place_t;

typedef struct {
    tlsrpt_result_e result;
    const char *type; /* as sent; of TLSRPT_RESULT_OTHER any text */
    const tlsrpt_advice_t *advice;
    apr_int64_t sessions;
    int reporters;
    int last;                   /* the last day */
    apr_array_header_t *places; /* of tlsrpt_sum_place_t *, largest first */
} tlsrpt_sum_cause_t;

typedef struct {
    const char *type;
    apr_int64_t sessions;
} tlsrpt_sum_count_t;

typedef struct {
    const char *name; /* an MX host, or a pattern; "" where none was said */
    int policy_host;  /* it is no MX, but the policy host */
    int in_policy;    /* it is one of the patterns, or matches one */
    int seen;         /* in a report of the last TLSRPT_EVIDENCE_DAYS, */
    int verified;     /* and in one of TLSRPT_EVIDENCE_TRUST or better */
    int last;         /* the last day of a failure; 0: none */
    apr_array_header_t *counts; /* of tlsrpt_sum_count_t, per result type */
} tlsrpt_sum_mx_t;

/** A policy that reporters saw. */
typedef struct {
    apr_array_header_t *lines; /* of const char * */
    int first, last, reporters;
    int verified; /* by reports that are verified, or by those that are not */
    const char *differs; /* from the one served: "mode, mx"; "" not at all;
                          * NULL: it is not known */
} tlsrpt_sum_seen_t;

typedef enum {
    TLSRPT_LEVEL_OK = 0,
    TLSRPT_LEVEL_NOTICE,  /* findings */
    TLSRPT_LEVEL_WARNING, /* failures */
    TLSRPT_LEVEL_ERROR    /* failures that stop mail */
} tlsrpt_level_e;

typedef struct {
    tlsrpt_finding_e finding;
    const tlsrpt_advice_t *advice;
    const char *detail; /* a sentence with the names and numbers */
} tlsrpt_sum_finding_t;

typedef enum {
    TLSRPT_VERDICT_NO_REPORTS = 0, /* nothing is known */
    TLSRPT_VERDICT_NO_POLICY,      /* no policy is served or seen, or mode
                                    * none */
    TLSRPT_VERDICT_NOT_READY,      /* testing, and something is missing */
    TLSRPT_VERDICT_READY,          /* testing, and nothing is missing */
    TLSRPT_VERDICT_ENFORCE_CLEAN,  /* enforce, and nothing failed */
    TLSRPT_VERDICT_ENFORCE_FAILS   /* enforce, and sessions failed */
} tlsrpt_verdict_e;

/** What is asked of the evidence before a domain is ready. */
typedef enum {
    TLSRPT_NEED_DAYS = 0,
    TLSRPT_NEED_REPORTERS,
    TLSRPT_NEED_SESSIONS,
    TLSRPT_NEED_MX,       /* each pattern of the policy seen */
    TLSRPT_NEED_FAILURES, /* none in the last days */
    TLSRPT_NEED_RECENT,   /* the newest report is of these days */
    TLSRPT_NEED_COUNT
} tlsrpt_need_e;

typedef struct {
    int asked; /* what would answer is known */
    int met;   /* or not asked */
    apr_int64_t have, need;
    const char *text; /* a sentence */
} tlsrpt_sum_need_t;

/**
 * The evidence that can be relied on: of TLSRPT_EVIDENCE_TRUST or better.
 *
 * Refused are the failed sessions that mode enforce, or DANE, keeps from the
 * MX. Not those that failed at the policy host: a sender that gets no policy
 * from it goes on with the one in its cache, or as if there were none
 * (RFC 8461, 3.3 and 5.1). A session may be listed under both, or under
 * neither.
 */
typedef struct {
    int from, to;         /* the clean days; 0: there are none */
    int days, reporters;  /* how many days are clean; who reported them */
    apr_int64_t sessions; /* good ones */
    apr_int64_t failed;   /* in the last TLSRPT_READY_DAYS, */
    apr_int64_t refused;  /* and of these, see below */
    int last_failed;      /* the last day with a failure; 0: none */
    int last;             /* the last day with a report; 0: none */
} tlsrpt_sum_evidence_t;

/** What unverified reports say where there are verified ones. */
typedef struct {
    apr_int64_t sessions, failed, no_policy; /* from..to */
    int reporters;
    apr_array_header_t *causes; /* of tlsrpt_sum_count_t, largest first */
} tlsrpt_sum_beside_t;

typedef struct {
    const char *domain;
    int from, to, today; /* to: as asked for, or the last day with a report, if
                          * that is ahead of today */
    int days_asked;      /* how many were asked for: none ahead of today */
    int verified; /* a verified report is for from..to: then days, causes and
                   * all numbers up to reporters_all are of such alone */
    tlsrpt_sum_beside_t beside;   /* else nothing */
    apr_int64_t sessions, failed; /* from..to */
    apr_int64_t refused;          /* of these; only under enforce or DANE */
    apr_int64_t no_policy;        /* sessions that found no policy */
    apr_int64_t uncounted;        /* reports by mail without DKIM, kept only */
    int reporters_all;            /* reporters may hold less, or more */
    int silent;                   /* how many of them are */
    int policy_known;             /* it is known what is served */
    int is_served;                /* and a policy is */
    tlsrpt_served_t served;
    const char *mode; /* the one served, else the last one seen in the last
                       * TLSRPT_EVIDENCE_DAYS */
    apr_array_header_t *patterns; /* of const char *: of the policy served, else
                                   * of the last one that a verified reporter
                                   * saw; NULL: they are not known */
    int dane;                     /* DANE was reported */
    apr_array_header_t *days;     /* of tlsrpt_sum_day_t, in order */
    apr_array_header_t *reporters; /* of tlsrpt_sum_reporter_t, verified ones
                                    * first, then largest first */
    apr_array_header_t *causes;    /* of tlsrpt_sum_cause_t, largest first */
    apr_array_header_t *mx;   /* of tlsrpt_sum_mx_t: patterns, then others */
    apr_array_header_t *seen; /* of tlsrpt_sum_seen_t, verified ones first,
                               * then newest first */
    apr_array_header_t *findings;      /* of tlsrpt_sum_finding_t */
    tlsrpt_sum_evidence_t evidence;    /* what can be relied on */
    tlsrpt_sum_evidence_t anybody;     /* the same with reports from anybody */
    apr_int64_t unexplained, disagree; /* sessions failed without details;
                                        * policies whose details disagree */
    tlsrpt_verdict_e verdict;
    const char *verdict_text; /* one sentence */
    const char *verdict_next; /* what to do next, a sentence or two */
    tlsrpt_sum_need_t needs[TLSRPT_NEED_COUNT]; /* testing only */
    int missing;                                /* how many are not met */
    tlsrpt_level_e level;
} tlsrpt_summary_t;

/**
 * Make the summary of a policy domain.
 *
 * @param p        where it is allocated
 * @param domain   normal form
 * @param summary  untouched on error
 * @return         NULL, or a sentence: what the store said
 */
const char *tlsrpt_summary_make(apr_pool_t *p, tlsrpt_store_t *store,
                                const char *domain, const tlsrpt_ask_t *ask,
                                tlsrpt_summary_t **summary);

/**
 * The names of policy domains that have totals, in order.
 *
 * @param prefix   that they begin with; "" for all
 * @param after    only names behind this one; ""
 * @param max      at most so many
 * @param domains  of const char *, in p
 * @param more     there are more behind them
 */
const char *tlsrpt_summary_domains(apr_pool_t *p, tlsrpt_store_t *store,
                                   const char *prefix, const char *after,
                                   int max, apr_array_header_t **domains,
                                   int *more);

/** A policy domain with failures. */
typedef struct {
    const char *domain;
    int verified;       /* by verified reports */
    apr_int64_t failed; /* of the policy type with most of them */
} tlsrpt_sum_failing_t;

/**
 * The policy domains with most failed sessions, largest first: those with
 * failures by verified reports, then those of which no report is verified.
 *
 * @param failing  of tlsrpt_sum_failing_t
 */
const char *tlsrpt_summary_failing(apr_pool_t *p, tlsrpt_store_t *store,
                                   int from, int to, int max,
                                   apr_array_header_t **failing);

/** Sessions of all policy domains together, of one policy type and result. */
typedef struct {
    const char *policy_type; /* "sts", "tlsa", "no-policy-found", "other" */
    const char *result;      /* "ok", "failed", a result type, or "other" */
    int verified;            /* of verified reports, or of the others */
    apr_int64_t sessions;
} tlsrpt_sum_total_t;

/**
 * Totals over all policy domains for one day; not to be added up over policy
 * types, see above.
 *
 * @param totals  of tlsrpt_sum_total_t
 */
const char *tlsrpt_summary_totals(apr_pool_t *p, tlsrpt_store_t *store, int day,
                                  apr_array_header_t **totals);

/** Reports received, of one channel and trust. */
typedef struct {
    const char *channel;
    int trust;
    apr_int64_t reports;
    apr_int64_t newest; /* when the newest came, seconds since 1970 */
} tlsrpt_sum_received_t;

/**
 * Reports for days since then, by channel and trust.
 *
 * @param received  of tlsrpt_sum_received_t
 */
const char *tlsrpt_summary_received(apr_pool_t *p, tlsrpt_store_t *store,
                                    int since, apr_array_header_t **received);

/* ---- names, static ------------------------------------------------------ */

/** "ready", "not-ready", "no-reports", "no-policy", "enforce-clean",
 * "enforce-fails". */
const char *tlsrpt_verdict_name(tlsrpt_verdict_e verdict);
/** "days", "reporters", "sessions", "mx", "failures", "recent". */
const char *tlsrpt_need_name(tlsrpt_need_e need);
/** "ok", "notice", "warning", "error". */
const char *tlsrpt_level_name(tlsrpt_level_e level);
/** "unverified", "verified host", "DKIM", "local file". */
const char *tlsrpt_trust_text(int trust);

#endif
