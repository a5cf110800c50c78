/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What all HTML pages have around them: head, style, and the security policy
 * that lets this style through by its hash and nothing else.
 */
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "core/escape.h"
#include "core/summary_frame.h"

static const char style[] =
    ":root{color-scheme:light dark;--back:#f6f6f3;--card:#fff;--ink:#1b1f24;"
    "--soft:#5a6470;--line:#d9dbd8;--good:#1d6f8c;--bad:#b3261e;--wait:#8a5a00;"
    "--hatch:#fff;--tint:#eef3f5}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#14171a;--card:#1d2125;"
    "--ink:#e8eaec;--soft:#a3adb8;--line:#363c43;--good:#5fb4d1;--bad:#ff8a80;"
    "--wait:#e8b04a;--hatch:#1d2125;--tint:#232a30}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--back);color:var(--ink);font:1rem/1.55 "
    "system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "main,header,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}\n"
    "main:first-child{padding-top:1.5rem}"
    "header{padding-top:1.5rem;font-size:.9rem;color:var(--soft)}\n"
    "footer{padding-top:1rem;padding-bottom:3rem;font-size:.9rem;"
    "color:var(--soft)}\n"
    "a{color:inherit;text-underline-offset:.18em}\n"
    "a:focus-visible,summary:focus-visible,input:focus-visible,"
    "button:focus-visible,.scroll:focus-visible{outline:3px solid var(--good);"
    "outline-offset:2px}\n"
    "h1{font-size:2rem;line-height:1.2;margin:.3rem 0 1rem;font-weight:650;"
    "letter-spacing:-.01em}\n"
    "h2{font-size:1.2rem;line-height:1.3;margin:2.4rem 0 .7rem}\n"
    "h3{font-size:1rem;margin:0}\n"
    "p{margin:.4rem 0;max-width:46rem}\n"
    ".card{background:var(--card);border:1px solid var(--line);"
    "border-radius:.6rem;padding:1.1rem 1.25rem;margin:.8rem 0}\n"
    ".verdict{border-left:.45rem solid var(--soft);padding:1.3rem 1.4rem}\n"
    ".verdict.yes{border-left-color:var(--good)}\n"
    ".verdict.no{border-left-color:var(--bad)}\n"
    ".verdict.wait{border-left-color:var(--wait)}\n"
    ".verdict h2{margin:0;font-size:1.45rem;display:flex;gap:.7rem;"
    "align-items:flex-start}\n"
    ".verdict h2 .icon{margin-top:.12rem}\n"
    ".icon{flex:none;width:1.6rem;height:1.6rem;fill:none;stroke:currentColor;"
    "stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}\n"
    ".yes .icon{color:var(--good)}.no .icon{color:var(--bad)}"
    ".wait .icon{color:var(--wait)}\n"
    ".needs{list-style:none;margin:1.1rem 0 0;padding:0;display:grid;"
    "grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:.1rem 2rem}\n"
    ".needs li{display:flex;gap:.6rem;padding:.5rem 0;"
    "border-top:1px solid var(--line)}\n"
    ".needs .yes .icon{color:var(--good)}"
    ".needs .icon{width:1.15rem;height:1.15rem;margin-top:.2rem}\n"
    ".needs b{display:block;font-weight:600}\n"
    ".needs span span{color:var(--soft);font-size:.93rem}\n"
    ".figures{list-style:none;display:grid;grid-template-columns:repeat(auto-"
    "fit,"
    "minmax(8.5rem,1fr));gap:.8rem;margin:1rem 0 0;padding:0}\n"
    ".figures "
    "li{color:var(--soft);font-size:.88rem;background:var(--card);border:1px "
    "solid var(--line);"
    "border-radius:.6rem;padding:.7rem 1rem}\n"
    ".figures "
    "b{display:block;color:var(--ink);font-size:1.5rem;font-weight:600;line-"
    "height:1.3;"
    "font-variant-numeric:tabular-nums}\n"
    ".figures small{display:block;font-size:.85rem;font-weight:400;"
    "color:var(--soft)}\n"
    "figure{margin:0}figcaption{font-size:.9rem;color:var(--soft);"
    "margin-bottom:.5rem}\n"
    ".key{white-space:nowrap;margin-left:1.1rem}.swatch{width:16px;height:12px;"
    "margin-right:.4rem;vertical-align:-1px}\n"
    ".plot{display:block;width:100%;height:auto}.plot.narrow{display:none}\n"
    ".plot text{font-size:12px;fill:var(--soft)}\n"
    ".good{fill:var(--good)}.bad{stroke:var(--bad);stroke-width:1}\n"
    ".hatch-back{fill:var(--hatch)}.hatch-line{fill:var(--bad)}\n"
    ".cross{fill:none;stroke:var(--bad);stroke-width:2;stroke-linecap:round}\n"
    ".cut{fill:none;stroke:var(--card);stroke-width:3}"
    ".axis{stroke:var(--soft)}.grid{stroke:var(--line)}\n"
    "details{margin:.8rem 0 0}summary{cursor:pointer;color:var(--soft);"
    "padding:.35rem 0}\n"
    "table{border-collapse:collapse;width:100%;font-size:.95rem}\n"
    "th,td{text-align:left;padding:.5rem .9rem .5rem 0;vertical-align:top;"
    "border-top:1px solid var(--line);font-weight:400}\n"
    "thead th{border-top:0;color:var(--soft);font-size:.86rem}\n"
    "tbody th{font-weight:600}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}\n"
    ".w{white-space:nowrap}.pairs th{width:15rem}.note{display:block}\n"
    ".list td,.list thead th{overflow-wrap:normal}"
    ".list tbody th{min-width:13rem}.list td,.list th{padding-right:.7rem}\n"
    ".scroll{overflow-x:auto;max-height:26rem;overflow-y:auto}\n"
    ".soft{color:var(--soft)}\n"
    ".tag{display:inline-block;border:1px solid var(--line);"
    "border-radius:1rem;padding:0 .6rem;font-size:.85rem;white-space:nowrap}\n"
    ".tag.yes{border-color:var(--good);color:var(--good)}"
    ".tag.no{border-color:var(--bad);color:var(--bad)}"
    ".tag.wait{border-color:var(--wait);color:var(--wait)}\n"
    ".cause thead th:first-child{width:40%}"
    ".cause h3{display:flex;justify-content:space-between;gap:1rem;"
    "flex-wrap:wrap}\n"
    ".do{border-left:3px solid var(--good);padding-left:.8rem}\n"
    "code,pre{font:.88rem/1.5 ui-monospace,Menlo,Consolas,monospace}\n"
    "pre{background:var(--tint);border-radius:.4rem;padding:.6rem .8rem;"
    "margin:.5rem 0;white-space:pre-wrap}\n"
    "form{display:flex;gap:.6rem;flex-wrap:wrap;margin:1rem 0}\n"
    "input,button{font:inherit;color:inherit;background:var(--card);"
    "border:1px solid var(--soft);border-radius:.4rem;padding:.45rem .8rem;"
    "min-width:0}\n"
    "input{flex:1 1 12rem;max-width:26rem}button{cursor:pointer}\n"
    "nav{display:flex;gap:1.2rem;flex-wrap:wrap;margin:1rem 0}\n"
    ".hide{position:absolute;width:1px;height:1px;overflow:hidden;"
    "clip-path:inset(50%);white-space:nowrap}\n"
    "@media(max-width:40rem){h1{font-size:1.55rem}.card{padding:.9rem 1rem}"
    ".verdict h2{font-size:1.2rem}.plot.wide{display:none}"
    ".plot.narrow{display:block}"
    ".stack thead{display:none}.stack tr{display:block;padding:.7rem 0;"
    "border-top:1px solid var(--line)}.stack tr:first-child{border-top:0}"
    ".stack th,.stack td{display:flex;justify-content:space-between;gap:1rem;"
    "border:0;padding:.12rem 0;text-align:right;white-space:normal}"
    ".stack th{font-size:1.02rem}"
    ".pairs th,.pairs td{display:block;width:auto}.pairs td{border:0;"
    "padding-top:0}"
    ".stack td::before{content:attr(data-label);color:var(--soft);"
    "text-align:left;flex:none}.stack th{text-align:left}}\n"
    "a[aria-current]{font-weight:700;text-decoration:none}\n"
    "@media print{body{background:#fff}details{display:none}}\n";

const char *tlsrpt_html_csp(apr_pool_t *p)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len;
    char base64[2 * EVP_MAX_MD_SIZE];

    if (!EVP_Digest(style, sizeof(style) - 1, digest, &len, EVP_sha256(),
                    NULL)) {
        return NULL;
    }
    apr_base64_encode_binary(base64, digest, (int)len);
    return apr_psprintf(p,
                        "default-src 'none'; style-src 'sha256-%s'; "
                        "form-action 'self'; base-uri 'none'; "
                        "frame-ancestors 'none'",
                        base64);
}

void tlsrpt_html_begin(tlsrpt_text_t *t, const char *title)
{
    tlsrpt_putf(t,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                "<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" "
                "content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"robots\" content=\"noindex\">\n"
                "<title>%s</title>\n<style>",
                mta_sts_escape_html(t->p, title));
    tlsrpt_put(t, style);
    tlsrpt_put(t, "</style>\n</head>\n<body>\n");
}

void tlsrpt_html_end(tlsrpt_text_t *t)
{
    tlsrpt_put(t, "</body>\n</html>\n");
}

void tlsrpt_html_icon(tlsrpt_text_t *t, tlsrpt_icon_e icon, const char *label)
{
    static const char *const paths[] = {
        "<path d=\"M4 13l5 5L20 6\"/>", "<path d=\"M6 6l12 12M18 6L6 18\"/>",
        "<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M12 7v6l3.5 2\"/>",
        "<path d=\"M5 12h14\"/>"};

    tlsrpt_putf(t,
                "<svg class=\"icon\" viewBox=\"0 0 24 24\" role=\"img\" "
                "aria-label=\"%s\">%s</svg>",
                label, paths[icon]);
}

const char *tlsrpt_html_message(apr_pool_t *p, const char *title,
                                const char *text)
{
    tlsrpt_text_t *t = tlsrpt_text_new(p);

    tlsrpt_html_begin(t, title);
    tlsrpt_putf(t,
                "<main>\n<h1>%s</h1>\n<div class=\"card\"><p>%s</p></div>\n"
                "</main>\n",
                mta_sts_escape_html(p, title), mta_sts_escape_html(p, text));
    tlsrpt_html_end(t);
    return tlsrpt_text_end(t);
}
