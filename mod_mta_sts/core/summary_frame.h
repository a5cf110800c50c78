/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What all HTML pages of summaries share; for the files that render them.
 */
#ifndef MTA_STS_CORE_SUMMARY_FRAME_H
#define MTA_STS_CORE_SUMMARY_FRAME_H

#include "core/render.h"

/** Everything up to and with <body>. The title is escaped here. */
void tlsrpt_html_begin(tlsrpt_text_t *t, const char *title);
/** The rest. */
void tlsrpt_html_end(tlsrpt_text_t *t);

/** Shapes that are told apart without colour. */
typedef enum {
    TLSRPT_ICON_YES = 0, /* a tick */
    TLSRPT_ICON_NO,      /* a cross */
    TLSRPT_ICON_WAIT,    /* a clock */
    TLSRPT_ICON_NONE     /* a dash */
} tlsrpt_icon_e;

/** Add an icon. Its label, a constant, is what a screen reader says. */
void tlsrpt_html_icon(tlsrpt_text_t *t, tlsrpt_icon_e icon, const char *label);

/** The icon of a verdict, the class of its colour, and its name in a list. */
tlsrpt_icon_e tlsrpt_html_verdict(tlsrpt_verdict_e verdict, const char **colour,
                                  const char **name);

/* ---- parts of the page of a domain: core/summary_html_table.c ------------ */

void tlsrpt_html_reporters(tlsrpt_text_t *t, const tlsrpt_summary_t *sum);
void tlsrpt_html_mx(tlsrpt_text_t *t, const tlsrpt_summary_t *sum);
void tlsrpt_html_policies(tlsrpt_text_t *t, const tlsrpt_summary_t *sum);

#endif
