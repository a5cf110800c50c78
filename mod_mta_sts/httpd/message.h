/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tag of every message. A tag is a promise: it is never given to another
 * message and never changes. docs/messages.md lists each with cause and cure;
 * t/lint compares the two.
 */
#ifndef MTA_STS_HTTPD_MESSAGE_H
#define MTA_STS_HTTPD_MESSAGE_H

/* Errors of one directive: the configuration is refused. */
#define E_MODE           "MTASTS001: "
#define E_MX             "MTASTS002: "
#define E_MAX_AGE        "MTASTS003: "
#define E_POLICY_ID      "MTASTS004: "
#define E_REPORT_TO      "MTASTS005: "
#define E_SECTION_SYNTAX "MTASTS006: "
#define E_SECTION_NAME   "MTASTS007: "
#define E_SECTION_REGEX  "MTASTS008: "
#define E_IN_SECTION     "MTASTS009: "
#define E_SECTION_TWICE  "MTASTS010: "
#define E_PLAIN_LINE     "MTASTS011: "

/* Errors across directives and virtual hosts: configtest fails. */
#define E_NO_MX         "MTASTS020: "
#define E_BODY_TOO_LONG "MTASTS021: "
#define E_NO_DIGEST     "MTASTS022: "

/* Warnings, in configtest and at start. */
#define W_MAX_AGE_SHORT   "MTASTS030: "
#define W_MAX_AGE_YEAR    "MTASTS031: "
#define W_MAX_AGE_NONE    "MTASTS032: "
#define W_MAX_AGE_ENFORCE "MTASTS033: "
#define W_WILDCARD_TLD    "MTASTS034: "
#define W_NO_REPORTS      "MTASTS035: "
#define W_REPORTS_HERE    "MTASTS036: "
#define W_MX_TWICE        "MTASTS037: "
#define W_ENGINE_OFF      "MTASTS038: "
#define W_ENGINE_NOWHERE  "MTASTS039: "
#define W_NO_POLICY_HOST  "MTASTS040: "
#define W_NOT_ADMITTED    "MTASTS041: "
#define W_SECTION_PREFIX  "MTASTS042: "
#define W_DIFFERENT       "MTASTS043: "
#define W_ANSWERED_FIRST  "MTASTS044: "
#define W_OLD_FILE        "MTASTS045: "
#define W_MATCH_HIDES     "MTASTS046: "
#define W_FINAL_DOT       "MTASTS047: "

/* Warnings at start only. */
#define W_NOT_HTTPS      "MTASTS060: "
#define W_NO_TLS12       "MTASTS061: "
#define W_DUMP_WITHOUT_T "MTASTS062: "

/* Notices at start. */
#define N_POLICY       "MTASTS080: "
#define N_POLICY_COUNT "MTASTS081: "
#define N_ID_CHANGED   "MTASTS082: "

/* A warning after a restart. */
#define W_POLICY_GONE "MTASTS083: "

#endif
