/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the result types mean (RFC 8460, 4.3), and what to do.
 */
#include "core/advice_text.h"

/* What nearly each of them has in common. */
#define EFFECT_MX                                                              \
    "Under a policy in mode enforce, or under DANE, such a sender hands "      \
    "nothing to this MX: it takes the next one, waits, and in the end "        \
    "returns the mail. In mode testing the mail arrived, and the failure is "  \
    "only reported."

#define EFFECT_POLICY                                                          \
    "A sender that has a policy of yours in its cache goes on with that "      \
    "until its max_age is over, so that a fault of a few hours harms nobody. " \
    "A sender without one delivers as if you had no policy: the mail "         \
    "arrives, but unprotected. A fault that lasts longer than max_age "        \
    "switches MTA-STS off for you."

#define S_CLIENT "openssl s_client -starttls smtp -connect MX:25 -servername MX"

#define S_CLIENT_VERIFY                                                        \
    "openssl s_client -brief -starttls smtp -connect MX:25 -servername MX "    \
    "-verify_hostname MX </dev/null"

#define POLICY_URL "https://mta-sts.DOMAIN/.well-known/mta-sts.txt"

const tlsrpt_advice_t tlsrpt_result_texts[TLSRPT_RESULT_COUNT] = {
    [TLSRPT_RESULT_OTHER] =
        {
            "other",
            "The reporter named a result type that RFC 8460 does not have, "
            "or none.",
            "Read the reason that it gives; if there is none, ask the "
            "reporter, with the id of the report.",
            NULL,
            "RFC 8460 registers eleven result types. This is none of them: a "
            "word of the reporter's own, a slip, or nothing at all.\n\n"
            "The sessions did fail, and are counted as failed. What happened "
            "can only be guessed from the reason code, from the MX and from "
            "the log of that MX at the time. If several reports say the same, "
            "write to the address in contact-info.",
        },
    [TLSRPT_STARTTLS_NOT_SUPPORTED] =
        {
            "starttls-not-supported",
            "The MX answered, but did not offer STARTTLS.",
            "Switch TLS on in the mail server of this MX, backup MX included. "
            "If it is on, look for a firewall that takes STARTTLS out of the "
            "answer to EHLO.",
            "openssl s_client -starttls smtp -connect MX:25 </dev/null",
            "A sender connected to the MX and said EHLO. The list of "
            "extensions that came back did not have STARTTLS in it, so the "
            "session could not be encrypted. That is seen from the sender, "
            "but it is not the sender's fault.\n\n"
            "Usual causes: a backup MX that nobody has set up for TLS; a mail "
            "server that stopped offering TLS because it could not read its "
            "certificate or key; one address of several behind a name with "
            "an older server; a firewall or a virus scanner that rewrites "
            "SMTP (\"250-XXXXXXXA\" in place of \"250-STARTTLS\" is its "
            "mark).\n\n"
            "Try it from outside your network, on each address of the MX, "
            "IPv4 and IPv6. Then look into the mail server's log at the time "
            "of the report.\n\n"
            "If one reporter alone sees this, and all others get TLS, the "
            "fault may lie between you and it: somebody on the way may be "
            "removing STARTTLS. That is the attack that MTA-STS and DANE are "
            "there for. Do not leave mode enforce because of it.\n\n" EFFECT_MX,
        },
    [TLSRPT_CERTIFICATE_HOST_MISMATCH] =
        {
            "certificate-host-mismatch",
            "The MX showed a certificate that is not for its name.",
            "Get a certificate that has the name in your MX record among its "
            "names, or let the MX record name the host that the certificate "
            "is for.",
            S_CLIENT " </dev/null 2>/dev/null | openssl x509 -noout -ext "
                     "subjectAltName",
            "The certificate of the MX was compared with the name of the MX "
            "as your MX record spells it. None of its DNS names "
            "(subjectAltName) is that name. The common name does not count, "
            "and neither does the policy domain: example.com in a "
            "certificate does not cover mail.example.com. A wildcard stands "
            "for one label.\n\n"
            "Usual causes: the MX record was given a new name and the "
            "certificate was not; the mail server shows its default "
            "certificate because it does not look at SNI, or has no entry "
            "for this name; the MX is a provider's, but the MX record names "
            "it under your own domain; a machine was added to the pool with "
            "another certificate.\n\n"
            "Compare the names in the certificate with \"dig +short DOMAIN "
            "mx\". If the MX belongs to a provider, use the provider's name "
            "in the MX record and in the mx lines of the policy.\n\n" EFFECT_MX,
        },
    [TLSRPT_CERTIFICATE_EXPIRED] =
        {
            "certificate-expired",
            "The MX showed a certificate that has run out.",
            "Renew the certificate and reload the mail server, which may "
            "still hold the old one in memory. Then look at every address "
            "of the MX.",
            S_CLIENT " </dev/null 2>/dev/null | openssl x509 -noout -dates",
            "The certificate that the MX showed was past its end (notAfter) "
            "when the sender connected.\n\n"
            "Usual causes: the certificate was renewed on disk, but the mail "
            "server was not reloaded; renewal fails, and the mails about it "
            "go to nobody; another machine behind the same name was "
            "forgotten; an intermediate certificate in the file has run out, "
            "while your own is fine.\n\n"
            "Renew, reload, and look again from outside, on IPv4 and on "
            "IPv6. So that it does not come back: let the tool that renews "
            "reload the mail server too (a deploy hook), and watch the end "
            "date from outside, 14 days ahead.\n\n" EFFECT_MX,
        },
    [TLSRPT_CERTIFICATE_NOT_TRUSTED] =
        {
            "certificate-not-trusted",
            "The MX showed a certificate that no public authority vouches "
            "for.",
            "Give the mail server the whole chain, its own certificate "
            "followed by the intermediate ones, from an authority that is "
            "publicly trusted.",
            S_CLIENT_VERIFY,
            "The sender could not build a chain from the certificate of the "
            "MX to an authority that it trusts.\n\n"
            "Usual causes: the mail server sends its own certificate alone, "
            "without the intermediate one (with certbot: use fullchain.pem, "
            "not cert.pem); the certificate is self-signed, as on a fresh "
            "installation; it comes from an authority of your own; it comes "
            "from a public one that mail providers have stopped trusting.\n\n"
            "A browser is no test: browsers remember intermediate "
            "certificates and fetch missing ones, mail servers do "
            "neither.\n\n"
            "For MTA-STS a self-signed certificate is never good enough. "
            "Under DANE it is, with a TLSA record of usage 3.\n\n" EFFECT_MX,
        },
    [TLSRPT_VALIDATION_FAILURE] =
        {
            "validation-failure",
            "The TLS session or the check of the policy failed for a reason "
            "that has no type of its own.",
            "Read the reason code. Without one, check in this order: the MX "
            "name against the mx lines of the policy, TLS 1.2 or later, the "
            "chain, the names in the certificate.",
            S_CLIENT_VERIFY,
            "This is the type for everything else. Some reporters use it "
            "rarely, with a reason code that says more; Google uses it often, "
            "and without one.\n\n"
            "With a reason code: it is the text of the sender's TLS library. "
            "The words in it that matter are explained beside it where they "
            "are known.\n\n"
            "Without one, these are the candidates, the likely ones first. "
            "The MX is in your MX records, but no mx line of the policy "
            "matches it. The mail server speaks nothing newer than TLS 1.1. "
            "The chain is incomplete or the name is not in the certificate, "
            "and the reporter does not tell them apart. The connection broke "
            "during the handshake: the mail server's log of that minute, "
            "with the sender's address from the report, shows it.\n\n"
            "A few such sessions among thousands are normal: connections "
            "break. Many, or a share that stays, are a fault.\n\n" EFFECT_MX,
        },
    [TLSRPT_TLSA_INVALID] =
        {
            "tlsa-invalid",
            "There are TLSA records for the MX, but none of them fits its "
            "certificate.",
            "Publish a TLSA record that fits the certificate in use, and "
            "keep the key when you renew. Before you change the key, publish "
            "the record for the next one and wait twice its TTL.",
            "dig +short _25._tcp.MX tlsa; " S_CLIENT
            " </dev/null 2>/dev/null | openssl x509 -noout -pubkey | openssl "
            "pkey -pubin -outform DER | openssl sha256",
            "With DANE (RFC 7672) the domain of the MX says in signed TLSA "
            "records which certificate or key the MX has. The sender found "
            "such records, and the certificate that the MX showed matches "
            "none of them; or the records are malformed. For a sender that "
            "follows DANE this MX is then out of use.\n\n"
            "Usual causes: the certificate was renewed with a new key, and "
            "the TLSA record is the old one's (certbot needs --reuse-key to "
            "keep it); the record was replaced, but not long enough before "
            "the certificate for caches to forget the old one; the record "
            "has the digest of the certificate where its selector says "
            "key.\n\n"
            "The check prints the TLSA records, then the SHA-256 of the key "
            "in use. A record \"3 1 1\" has to have that digest.\n\n"
            "The way that never breaks: records \"3 1 1\" for the present "
            "key and for the next one, both published, and the swap only "
            "when the new record is older than twice its TTL.\n\n"
            "The policy domain of such a report is usually the MX itself, "
            "because the TLSA record is there.",
        },
    [TLSRPT_DNSSEC_INVALID] =
        {
            "dnssec-invalid",
            "DNSSEC for the MX or its TLSA record does not validate, and mail "
            "to you is held back.",
            "Repair the signatures of the zone at once. If that takes "
            "longer, removing the DS record at the registrar brings mail "
            "back, without DANE.",
            "delv _25._tcp.MX tlsa",
            "The sender's resolver asked for your MX or TLSA records and "
            "could not validate what came back: a signature was missing, "
            "wrong or out of date. To such a sender it looks like an attack, "
            "and so the mail waits. This is the most urgent of all result "
            "types.\n\n"
            "Usual causes: signatures have run out because the signer "
            "stopped; the zone's key was changed and the DS record at the "
            "parent was not; the domain moved to a name server that does not "
            "sign while the DS record stayed; one of several name servers "
            "has an old copy; a name server fails to prove that a record "
            "does not exist.\n\n"
            "Everybody whose resolver validates is affected, not mail "
            "alone. Look at the zone with delv from outside, or with a "
            "DNSSEC analyser on the web, name server by name server. Mind "
            "that the zone may be that of the MX, which need not be "
            "yours.\n\n"
            "The emergency exit is to remove the DS record. It works only "
            "when its TTL, often a day, is over.",
        },
    [TLSRPT_DANE_REQUIRED] =
        {
            "dane-required",
            "The sender insists on DANE for you, and found no TLSA record "
            "that it can use.",
            "If you had TLSA records or another MX before, publish the "
            "records for each MX again. If you never had, tell the sender: "
            "it is a setting on that side.",
            "dig +dnssec _25._tcp.MX tlsa",
            "A sender can be told to deliver to a domain over DANE only. "
            "This one was told so for your domain, and there was no TLSA "
            "record for this MX, or none that DNSSEC vouches for. Each MX of "
            "the domain needs one.\n\n"
            "Usual causes: the MX was changed, and the new one has no TLSA "
            "record or is in a zone without DNSSEC; TLSA records were "
            "removed after an incident; a backup MX at a provider without "
            "DANE.\n\n"
            "In the answer of dig look for \"ad\" among the flags: without "
            "it the record is not vouched for. Mail from this sender waits "
            "until it is there, or until the sender changes its setting.",
        },
    [TLSRPT_STS_POLICY_FETCH_ERROR] =
        {
            "sts-policy-fetch-error",
            "There is a TXT record, but the sender could not fetch the "
            "policy.",
            "Fetch it yourself from outside, over IPv4 and over IPv6: it has "
            "to be a 200, at once, without a redirect. Then look for that "
            "day in the web server's log.",
            "curl -4sSi " POLICY_URL "; curl -6sSi " POLICY_URL,
            "Your record at _mta-sts says that there is a policy. The sender "
            "asked the policy host for it and got none: no address, no "
            "connection, no answer in time, or another status than 200. "
            "Senders follow no redirects here.\n\n"
            "Usual causes: an AAAA record that leads nowhere, while IPv4 "
            "works; a firewall, rate limit or country filter in front of the "
            "web server, as senders fetch from data centres around the "
            "world; a redirect from or to \"www\" or to another path; a "
            "proxy that answers 403 or a challenge page to what is no "
            "browser; the TXT record was published before the policy host, "
            "or was left behind when it went; DNS of the policy host fails "
            "now and then.\n\n"
            "The web server's log of that day tells on which side the fault "
            "is: a request for /.well-known/mta-sts.txt with another status "
            "than 200 is yours, no request at all is a matter of DNS or of "
            "the network.\n\n" EFFECT_POLICY,
        },
    [TLSRPT_STS_POLICY_INVALID] =
        {
            "sts-policy-invalid",
            "The policy was fetched, but the sender could not make sense of "
            "it.",
            "Look at what is really served. It needs the line \"version: "
            "STSv1\", a mode, a max_age of at most 31557600 and at least one "
            "mx.",
            "curl -sSi " POLICY_URL,
            "The policy host answered with 200, and the body is no policy, "
            "or one with a fault.\n\n"
            "Usual causes: an error page, a login page or the site's front "
            "page in HTML with status 200; a byte order mark before "
            "\"version\"; mode or max_age missing, or misspelt; a max_age "
            "of more than 31557600; an mx line with an address, a port or a "
            "\"*\" that is not the first label; several patterns in one mx "
            "line; \"version: STSv1\" missing.\n\n"
            "A policy that mod_mta_sts makes has none of these faults. So if "
            "you serve with it, somebody else answered: another virtual "
            "host, an old file on another server behind the same name, a "
            "proxy or a cache in front. Compare the body that comes from "
            "outside, from each address, with the one that \"apachectl -t "
            "-D DUMP_MTA_STS_JSON\" prints.\n\n" EFFECT_POLICY,
        },
    [TLSRPT_STS_WEBPKI_INVALID] =
        {
            "sts-webpki-invalid",
            "The certificate of the policy host is not valid; this is the "
            "web server, not the MX.",
            "Give the virtual host of mta-sts.DOMAIN a certificate for "
            "exactly that name, with its chain, and reload the web server.",
            "openssl s_client -brief -connect mta-sts.DOMAIN:443 -servername "
            "mta-sts.DOMAIN -verify_hostname mta-sts.DOMAIN </dev/null",
            "The sender went to https://mta-sts.DOMAIN/ for the policy and "
            "could not trust the certificate that it was shown. Certificates "
            "of mail servers have nothing to do with it.\n\n"
            "Usual causes: no certificate was ever made for the policy host, "
            "and the first virtual host of the address answered with its "
            "own; a certificate for DOMAIN or for www.DOMAIN, which does not "
            "cover mta-sts.DOMAIN; the certificate has run out, often "
            "because a rule for the policy host also caught "
            "/.well-known/acme-challenge/ and so stopped renewal; the "
            "intermediate certificate is missing; mta-sts.DOMAIN is a CNAME "
            "to a provider that has no certificate for your name.\n\n"
            "With mod_mta_sts the paths of ACME stay free, but it does not "
            "check the certificate. \"apachectl -S\" shows which virtual host "
            "answers for the name.\n\n" EFFECT_POLICY,
        },
};
