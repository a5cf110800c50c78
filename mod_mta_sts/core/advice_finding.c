/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the findings mean: what RFC 8460 has no word for, but reports show when
 * they are compared with what is served, and with one another.
 */
#include "core/advice_text.h"

#define POLICY_URL "https://mta-sts.DOMAIN/.well-known/mta-sts.txt"

const tlsrpt_advice_t tlsrpt_finding_texts[TLSRPT_FINDING_COUNT] = {
    [TLSRPT_POLICY_NOT_SEEN] =
        {
            "policy-not-seen",
            "A reporter saw no policy, although one is served.",
            "Look at the TXT record at _mta-sts: there has to be exactly one "
            "that begins with \"v=STSv1\". If it was published in the last "
            "two days, wait.",
            "dig +short _mta-sts.DOMAIN txt",
            "The report has sessions under \"no-policy-found\" for a domain "
            "whose policy is served here. The sender never asked for it, "
            "because the TXT record told it nothing.\n\n"
            "Usual causes: the record is missing, or stands at the wrong "
            "name (a panel that appends the domain turns _mta-sts.example.com "
            "into _mta-sts.example.com.example.com); there are two records "
            "that begin with \"v=STSv1\", and then none counts; the record "
            "is misspelt; one of the name servers has an old zone; the "
            "record is so young that the sender has not met it yet.\n\n"
            "It is also normal from a sender that knows DANE but not "
            "MTA-STS, or that has MTA-STS switched off and still reports. "
            "If all other reporters see the policy, leave it.",
        },
    [TLSRPT_POLICY_STALE] =
        {
            "policy-stale",
            "A reporter still uses another policy than the one that is "
            "served.",
            "Publish the TXT record with the id that is printed now. If it "
            "is published, look for another server, a proxy or a cache that "
            "still serves the old policy.",
            "dig +short _mta-sts.DOMAIN txt; curl -sS " POLICY_URL,
            "The policy in the report differs in mode, max_age or mx from "
            "the one served now, and the change is more than two days "
            "old.\n\n"
            "Senders look at the TXT record often, and at the policy only "
            "when the id in the record has changed or max_age is nearly "
            "over. So the usual cause is an id that was not changed: publish "
            "the record that \"apachectl -t -D DUMP_MTA_STS\" prints.\n\n"
            "If the id is right, some server still hands out the old text: a "
            "second web server behind the same name, a proxy or a content "
            "network with a cache, or a server on IPv6 alone. Fetch the "
            "policy from each address.\n\n"
            "Do not take an MX out of service while a reporter still uses a "
            "policy without the new one.",
        },
    [TLSRPT_MX_NOT_COVERED] =
        {
            "mx-not-covered",
            "A failure is reported for a host that no mx line of the policy "
            "matches.",
            "Look at your MX records, and only if the host stands there and "
            "is yours add it to MTASTSMX and publish the new id. Otherwise do "
            "nothing: a report can name any host.",
            "dig +short DOMAIN mx; curl -sS " POLICY_URL,
            "A report says that a session with this host failed, and no mx "
            "line matches it. If it is in your MX records, a sender passes "
            "it over in mode enforce; if it is the only one that answers, "
            "mail waits.\n\n"
            "A pattern is a host name, or \"*.\" and a domain, where \"*\" "
            "stands for one label: *.example.com matches mail.example.com, "
            "but neither example.com nor a.mail.example.com.\n\n"
            "The order that loses nothing: first the policy, then the "
            "record with its new id, then wait as long as max_age was, and "
            "only then the MX record. With an MX that is already in use, be "
            "quick with the first two.\n\n"
            "Nothing here asks DNS. A name that stands in a report alone never "
            "belongs into a policy: anybody can send a report.",
        },
    [TLSRPT_MX_UNSEEN] =
        {
            "mx-unseen",
            "An MX that the policy names is in no report: nothing is known "
            "about it.",
            "Test this MX yourself before you switch to enforce.",
            "openssl s_client -brief -starttls smtp -connect MX:25 "
            "-servername MX -verify_hostname MX </dev/null",
            "Reports name an MX when a session with it failed, and some name "
            "all MX that the policy allowed. They do not say which MX took "
            "the mail when all went well. So this MX may be in good order, "
            "or may never have been used: a backup MX gets mail only when "
            "the others are away, and that is the day on which its "
            "certificate should be valid.\n\n"
            "Test it by hand: STARTTLS, the chain, the name, the end date. "
            "If the MX is no longer in use, take its line out of the "
            "policy once it is out of the MX records.",
        },
    [TLSRPT_UNEXPLAINED_FAILURES] =
        {
            "unexplained-failures",
            "The report counts failures and does not say what failed.",
            "Ask the reporter, at the address in contact-info, with the id "
            "of the report.",
            NULL,
            "The summary has failed sessions, and failure-details is empty "
            "or missing. RFC 8460 allows that, but it helps nobody.\n\n"
            "See whether another reporter had failures on the same day and "
            "explains them: it will often be the same fault. Otherwise look "
            "into the mail server's log for TLS errors from this sender, and "
            "write to the reporter.\n\n"
            "The failures count: while there are some, the domain is not "
            "ready for enforce.",
        },
    [TLSRPT_DETAILS_DISAGREE] =
        {
            "details-disagree",
            "The details of the failures do not add up to the number in the "
            "summary.",
            "Nothing to do: the summary counts, and the details show what to "
            "repair.",
            NULL,
            "A session can fail for two reasons, and RFC 8460 lets a "
            "reporter list it under both: then the details add up to more "
            "than the summary, and only more than three times as many are a "
            "finding. They add up to less where a reporter leaves out what "
            "it cannot name.\n\n"
            "Here the number of failed sessions is always that of the "
            "summary, and the numbers by type are never added together. A "
            "difference that is large and comes again is a defect of the "
            "reporter.",
        },
    [TLSRPT_TESTING_CLEAN] =
        {
            "testing-clean",
            "The policy is in mode testing, and the reports show no "
            "failure.",
            "Switch to enforce: set MTASTSMode enforce, reload, and publish "
            "the record with the new id.",
            NULL,
            "For two weeks or more, two or more reporters have reported "
            "enough sessions, and none failed. Mode testing has told you "
            "what it can, and protects nobody: a sender delivers even where "
            "the check fails.\n\n"
            "The steps: MTASTSMode enforce; apachectl configtest; reload; "
            "publish the TXT record that \"apachectl -t -D DUMP_MTA_STS\" "
            "prints, with its new id. The default max_age of enforce is "
            "four weeks. If you would rather be careful, set "
            "MTASTSMaxAge 7d first, and take the line out when a week of "
            "reports is clean.\n\n"
            "Before you do so, test those MX that no report can vouch for, "
            "and see to it that certificates renew by themselves: under "
            "enforce an expired one stops mail.",
        },
    [TLSRPT_REPORTER_SILENT] =
        {
            "reporter-silent",
            "A reporter that sent reports regularly has sent none for a "
            "week.",
            "Check the TXT record at _smtp._tls, and that the address or URL "
            "in it takes reports.",
            "dig +short _smtp._tls.DOMAIN txt",
            "No report for a week, from a sender that used to send one a "
            "day. Most often it had no mail for you: reports are only made "
            "of days with sessions.\n\n"
            "If several reporters stop at the same time, the fault is here. "
            "The record at _smtp._tls is gone, doubled or misspelt (it "
            "begins with \"v=TLSRPTv1;\" and there is exactly one); the "
            "mailbox is full or refuses attachments; the URL answers with an "
            "error, or its certificate has run out. No known sender tries "
            "again after an error status.\n\n"
            "A domain in mode enforce without reports works, but nobody says "
            "when it stops working.",
        },
    [TLSRPT_UNVERIFIED_ONLY] =
        {
            "unverified-only",
            "All reports came from senders that nobody has verified.",
            "Decide nothing on them alone: have reports sent by mail too, "
            "and import them with the DKIM result of your mail server.",
            NULL,
            "A report by HTTPS can be sent by anybody, under any name: RFC "
            "8460 has no authentication for it. So can one by mail without a "
            "valid DKIM signature.\n\n"
            "Such reports are shown, but they do not make a domain ready for "
            "enforce, and they never replace one from a better source. Put a "
            "mailto: address first into the record at _smtp._tls, and let "
            "\"mta-sts report import\" read that mailbox; the name of your "
            "mail server in Authentication-Results tells it which "
            "signatures were checked.",
        },
};
