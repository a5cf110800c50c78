/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tag of every message of mod_tlsrpt. A tag is a promise: it is never given
 * to another message and never changes. docs/tlsrpt-messages.md lists each with
 * cause and cure; t/lint compares the two.
 */
#ifndef MTA_STS_TLSRPT_MESSAGE_H
#define MTA_STS_TLSRPT_MESSAGE_H

/* Errors of one directive: the configuration is refused. */
#define E_SPOOL    "TLSRPT001: "
#define E_STORE    "TLSRPT002: "
#define E_MAX_SIZE "TLSRPT003: "
#define E_DOMAIN   "TLSRPT004: "
#define E_KEEP     "TLSRPT005: "
#define E_QUOTA    "TLSRPT006: "

/* Warnings, in configtest and at start. */
#define W_SPOOL      "TLSRPT030: "
#define W_NO_DOMAINS "TLSRPT031: "
#define W_QUOTA      "TLSRPT032: "
#define W_STORE      "TLSRPT040: "

/* The intake, while the server runs. */
#define N_STORE_BACK    "TLSRPT050: "
#define W_STORE_AWAY    "TLSRPT051: "
#define W_REJECTED      "TLSRPT052: "
#define W_STUCK         "TLSRPT053: "
#define N_REPLACED      "TLSRPT054: "
#define N_CONFLICT      "TLSRPT055: "
#define N_FOREIGN       "TLSRPT056: "
#define W_STORE_MOVED   "TLSRPT057: "
#define W_ATTEMPT_LASTS "TLSRPT058: "
#define N_ATTEMPT_OVER  "TLSRPT059: "

/* Warnings at start only. */
#define W_SHARED "TLSRPT060: "

/* One line for each report, and for what was no report. */
#define N_REPORT  "TLSRPT080: "
#define N_BAD     "TLSRPT081: "
#define N_REFUSED "TLSRPT082: "

/* Trouble while the server runs. */
#define W_SPOOL_GONE "TLSRPT083: "

/* A report that is sent to the wrong path. */
#define N_MISDIRECTED "TLSRPT084: "
#define W_SPOOL_MOVED "TLSRPT085: "

/* The status page. */
#define W_VIEW "TLSRPT090: "

#endif
