/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A TLS report (RFC 8460, 4), read leniently: what real reporters get wrong is
 * repaired where its meaning is plain, and each repair is noted.
 */
#ifndef MTA_STS_CORE_TLSRPT_H
#define MTA_STS_CORE_TLSRPT_H

#include <apr_pools.h>
#include <apr_tables.h>

/** The most octets of a report's JSON, unless the administrator says more. */
#define TLSRPT_SIZE_DEFAULT (8 * 1024 * 1024)
/** The most that an administrator can say. */
#define TLSRPT_SIZE_MAX (64 * 1024 * 1024)
/** The deepest nesting; real reports have 5. */
#define TLSRPT_DEPTH_MAX 16
/** The most JSON values, names included; real reports have under 100. */
#define TLSRPT_NODES_MAX 200000
/** The most policies in one report. */
#define TLSRPT_POLICIES_MAX 1000
/** The most failure-details in one report, over all policies. */
#define TLSRPT_FAILURES_MAX 10000
/** The most lines of a policy-string, and of patterns in mx-host. */
#define TLSRPT_LINES_MAX 64
/** The most octets of any text; a longer one is cut, and that is noted. */
#define TLSRPT_TEXT_MAX 4096
/** The most octets of report-id, organization-name and contact-info. */
#define TLSRPT_NAME_MAX 512
/** The most octets of a policy-type and of a result-type. */
#define TLSRPT_WORD_MAX 64
/** The largest count (RFC 8259, 6: what every JSON reader keeps exact). */
#define TLSRPT_COUNT_MAX (APR_INT64_C(1) << 53)
/** The most repairs noted; then one says that there are more. */
#define TLSRPT_REPAIRS_MAX 100

typedef enum {
    TLSRPT_POLICY_OTHER = 0, /* a policy-type that RFC 8460 does not know */
    TLSRPT_POLICY_STS,
    TLSRPT_POLICY_TLSA,
    TLSRPT_POLICY_NONE /* no-policy-found */
} tlsrpt_policy_type_e;

/** The result types (RFC 8460, 4.3); their meaning is in core/advice.h. */
typedef enum {
    TLSRPT_RESULT_OTHER = 0, /* none of the registered ones */
    TLSRPT_STARTTLS_NOT_SUPPORTED,
    TLSRPT_CERTIFICATE_HOST_MISMATCH,
    TLSRPT_CERTIFICATE_EXPIRED,
    TLSRPT_CERTIFICATE_NOT_TRUSTED,
    TLSRPT_VALIDATION_FAILURE,
    TLSRPT_TLSA_INVALID,
    TLSRPT_DNSSEC_INVALID,
    TLSRPT_DANE_REQUIRED,
    TLSRPT_STS_POLICY_FETCH_ERROR,
    TLSRPT_STS_POLICY_INVALID,
    TLSRPT_STS_WEBPKI_INVALID,
    TLSRPT_RESULT_COUNT /* not a type: how many there are */
} tlsrpt_result_e;

/**
 * One of the failure-details. Texts are never NULL: "" is absent. They are
 * valid UTF-8, at most TLSRPT_TEXT_MAX octets, and otherwise the stranger's:
 * escape them (core/escape.h).
 */
typedef struct {
    tlsrpt_result_e result;
    const char *result_type;  /* the registered name; of another type the text
                               * as sent; "" is missing */
    apr_int64_t count;        /* failed-session-count; 1 where it is missing */
    const char *mx;           /* receiving-mx-hostname, normal form if it is a
                               * name */
    const char *helo;         /* receiving-mx-helo */
    const char *receiving_ip; /* as sent, at most 45 octets; to compare it, see
                               * tlsrpt_address_form() */
    const char *sending_ip;   /* sending-mta-ip, the same */
    const char *reason;       /* failure-reason-code */
    const char *info;         /* additional-information: never followed */
} tlsrpt_failure_t;

/** One of the policies, and what happened under it. */
typedef struct {
    tlsrpt_policy_type_e type;
    const char *type_text;     /* the registered name; of another type the text
                                * as sent; "" is missing */
    const char *domain;        /* policy-domain, normal form if it is a name;
                                * "" is unknown */
    const char *mode;          /* sts: "testing", "enforce", "none"; else "" */
    apr_array_header_t *lines; /* of const char *: policy-string */
    apr_array_header_t *mx;    /* of const char *: mx-host; else the mx lines */
    apr_int64_t successful, failed; /* 0..TLSRPT_COUNT_MAX */
    apr_array_header_t *failures;   /* of tlsrpt_failure_t */
} tlsrpt_policy_t;

typedef struct {
    const char *organization; /* organization-name */
    const char *contact;      /* contact-info */
    const char *report_id;
    /** Who sent it, for keys and sums: the domain of contact-info, else the
     * submitter of the hints, else the organization, lower case. Not "". */
    const char *submitter;
    /** Seconds since 1970, UTC. Both 0 where the report does not say, or not
     * in a form that can be read: see tlsrpt_dates_check(). */
    apr_int64_t start, end;
    int day; /* yyyymmdd, UTC, of the middle of start and end; 0: unknown */
    apr_array_header_t *policies; /* of tlsrpt_policy_t; may be empty */
    /** Of const char *: "WHERE: what was done", printable ASCII. */
    apr_array_header_t *repairs;
    int domain_hint_used; /* a policy-domain was missing: the hint's taken */
    const char *domains;  /* policy domains, sorted, each once, with "," */
    const char *key;      /* 32 hex digits: what makes a report the same one.
                           * SHA-256 over submitter, report-id, start, end,
                           * domains, each with a NUL behind it but the last */
    const char *content;  /* 64 hex digits: SHA-256 over all that counts in a
                           * form of our own, so that order of members, blanks
                           * and compression do not matter */
} tlsrpt_report_t;

/** What else is known of a report; each may be NULL. */
typedef struct {
    const char *domain;    /* of policies that name none, normal form */
    const char *submitter; /* TLS-Report-Submitter */
} tlsrpt_hints_t;

/**
 * Read a report.
 *
 * @param p      where the report is allocated
 * @param json   not terminated, any octets; looked over with tlsrpt_prescan()
 *               in here
 * @param len    octets
 * @param hints  may be NULL
 * @param report untouched on error
 * @return       NULL, or a sentence without a final full stop that says why it
 *               is no report, printable ASCII, in p or static
 */
const char *tlsrpt_parse(apr_pool_t *p, const char *json, apr_size_t len,
                         const tlsrpt_hints_t *hints, tlsrpt_report_t **report);

/**
 * Are the dates of a report known and possible? It ends after it starts and at
 * most 48 hours from now, and it covers at most 8 days. To be asked before a
 * report is taken or stored; only to explain one, dates are not needed.
 *
 * @param now      seconds since 1970
 * @param max_age  the most seconds since its start; 0: however old
 * @return         NULL, or a sentence, static
 */
const char *tlsrpt_dates_check(const tlsrpt_report_t *report, apr_int64_t now,
                               apr_int64_t max_age);

/** "sts", "tlsa", "no-policy-found" or "other". Static. */
const char *tlsrpt_policy_type_name(tlsrpt_policy_type_e type);

/** The registered name; "other" for TLSRPT_RESULT_OTHER. Static. */
const char *tlsrpt_result_name(tlsrpt_result_e result);

/**
 * A word in the form in which types are compared, and count for the content of
 * a report: lower case, with "-" for "_" and blanks. ASCII alone.
 */
const char *tlsrpt_word_form(apr_pool_t *p, const char *word);

/**
 * An IP address in its shortest form, in which addresses are compared, stored,
 * and count for the content of a report; what is none is itself.
 */
const char *tlsrpt_address_form(apr_pool_t *p, const char *text);

/** By its registered name, in any case; TLSRPT_RESULT_OTHER if unknown. */
tlsrpt_result_e tlsrpt_result_by_name(const char *name);

/** Is it about the policy, at the policy host, and not about an MX? */
int tlsrpt_result_is_of_host(tlsrpt_result_e result);

/**
 * The sum of two counts, TLSRPT_COUNT_MAX if it is more. Counts are a
 * stranger's: 1024 of the largest are more than 64 bits hold.
 */
apr_int64_t tlsrpt_count_add(apr_int64_t a, apr_int64_t b);

/** "2026-04-01T00:00:00Z", RFC 3339. */
const char *tlsrpt_time_text(apr_pool_t *p, apr_int64_t seconds);

#endif
