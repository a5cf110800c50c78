/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The page that stands at every path of a policy host but one.
 */
#include "httpd/page.h"

#include <apr_strings.h>

static const char html_form[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>MTA-STS policy host of %s</title>\n"
    "<style>body{font:1em/1.5 system-ui,sans-serif;max-width:36em;"
    "margin:4em auto;padding:0 1em;overflow-wrap:anywhere}"
    "h1{font-size:1.4em;line-height:1.25}</style>\n"
    "</head>\n"
    "<body>\n"
    "<h1>MTA-STS policy host of %s</h1>\n"
    "<p>This host has one purpose: mail servers fetch from it the policy that "
    "tells them to deliver mail for <b>%s</b> over verified TLS "
    "(MTA-STS, RFC 8461).</p>\n"
    "<ul>\n"
    "<li><a href=\"" POLICY_PATH "\">The policy</a></li>\n"
    "<li><a href=\"https://%s/\">The web site of %s</a></li>\n"
    "</ul>\n"
    "<p>Everything else here is forbidden (403).</p>\n"
    "</body>\n"
    "</html>\n";

static const char text_form[] =
    "403 Forbidden\n"
    "\n"
    "This host has one purpose: mail servers fetch from it the policy that\n"
    "tells them to deliver mail for %s over verified TLS\n"
    "(MTA-STS, RFC 8461).\n"
    "\n"
    "The policy:   https://mta-sts.%s" POLICY_PATH "\n"
    "The web site: https://%s/\n";

void mta_sts_page_render(apr_pool_t *p, const char *domain,
                         mta_sts_page_t *page)
{
    const char *d = ap_escape_html(p, domain);

    page->html = apr_psprintf(p, html_form, d, d, d, d, d);
    page->html_len = strlen(page->html);
    page->html_length = apr_psprintf(p, "%" APR_SIZE_T_FMT, page->html_len);
    page->text = apr_psprintf(p, text_form, domain, domain, domain);
    page->text_len = strlen(page->text);
    page->text_length = apr_psprintf(p, "%" APR_SIZE_T_FMT, page->text_len);
}
