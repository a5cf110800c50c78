/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a failure-reason-code adds. It is free text (RFC 8460, 4.3): a constant
 * of OpenSSL, its message or that of GnuTLS, Go, Java, .NET or rustls, an SMTP
 * reply, or the reporter's own. So it is looked into for words that are known.
 */
#include <string.h>

#include "core/advice.h"
#include "core/octets.h"

#define EXPIRED                                                                \
    "The certificate, or another one of its chain, has run out. Renew it and " \
    "reload the server that shows it."
#define NOT_YET                                                                \
    "The certificate is not valid yet: somebody's clock is wrong, or it was "  \
    "made minutes before. Check the clock, yours first."
#define ISSUER                                                                 \
    "The chain is not complete: the intermediate certificate is missing, or "  \
    "the authority is not a public one. Install the full chain (with "         \
    "certbot: fullchain.pem)."
#define SELF_SIGNED                                                            \
    "The certificate, or the root of its chain, is self-signed. Use one of a " \
    "public authority; for MTA-STS nothing else will do."
#define NAME                                                                   \
    "The name that was asked for is not among the DNS names of the "           \
    "certificate. Get a certificate for that name."
#define REVOKED "The certificate was revoked. Get a new one, with a new key."
#define KIND                                                                   \
    "The chain is of the wrong kind: a certificate that may not sign signed "  \
    "another, or it is not meant for a server. Install an ordinary server "    \
    "certificate from a public authority."
#define WEAK                                                                   \
    "A key or a signature in the chain is too weak. Get a new certificate "    \
    "with an RSA key of 2048 bits or more, or an ECDSA key, signed with "      \
    "SHA-256."
#define DANE                                                                   \
    "The certificate fits none of the TLSA records. Publish one for the key "  \
    "in use."
#define TLS_VERSION                                                            \
    "Client and server have no version of TLS in common. Offer TLS 1.2 and "   \
    "1.3."
#define CIPHERS                                                                \
    "Client and server have no cipher or curve in common, or keys that do "    \
    "not fit them. Take special settings for ciphers out of the server, and "  \
    "use an RSA key or an ECDSA key on P-256."
#define HANDSHAKE                                                              \
    "The TLS handshake failed. Offer TLS 1.2 and 1.3 with the default "        \
    "ciphers, and look at the server's log of that minute."
#define PLAIN                                                                  \
    "What came back was not TLS: a proxy or another service answers there. "   \
    "Look at which program listens on that port."
#define TIMEOUT                                                                \
    "The host did not answer in time. Try it from outside, over IPv4 and "     \
    "over IPv6; a firewall that drops, or a dead AAAA record, looks like "     \
    "this."
#define REFUSED                                                                \
    "Nothing listens there, or a firewall refuses. See that the service "      \
    "runs, on IPv4 and on IPv6, and that the port is open."
#define CLOSED                                                                 \
    "The connection was closed in the middle. Look into the server's log of "  \
    "that minute; limits on connections and firewalls do that too."
#define UNREACHABLE                                                            \
    "There is no way to that address. An AAAA record without working IPv6 is " \
    "the usual cause."
#define DNS                                                                    \
    "The name could not be resolved. Check the A and AAAA records of the "     \
    "host, on each of its name servers."
#define HTTP_404                                                               \
    "The web server has no policy at that path. Check that mta-sts.DOMAIN is " \
    "answered by the virtual host that serves the policy."
#define HTTP_403                                                               \
    "The web server refused to hand the policy out. Look for a firewall, a "   \
    "rate limit or an access rule in front of it."
#define HTTP_5XX                                                               \
    "The web server, or the one behind its proxy, failed. Look into its "      \
    "error log of that day."
#define REDIRECT                                                               \
    "The policy host redirects, and senders do not follow. Serve the policy "  \
    "at its own address."
#define MEDIA_TYPE                                                             \
    "The policy was not sent as text/plain: often it is an HTML page with "    \
    "status 200. Look at what is really served."
#define STARTTLS                                                               \
    "The server did not offer STARTTLS, or refused it. Switch TLS on, and "    \
    "see that the server can read its certificate and key."
#define SMTP_REPLY                                                             \
    "The mail server answered with an error when TLS was to start. Its log "   \
    "of that minute says why; often it cannot read its certificate or key."
#define NOT_IN_POLICY                                                          \
    "The MX is matched by no mx line of the policy. Add it if it is yours "    \
    "and in your MX records, and publish the new id."

/*
 * The first row counts whose words are all in the text; so what says more
 * stands before what says less. A word that begins with a digit is one only
 * where no letter or digit is beside it.
 */
static const struct {
    const char *word, *other; /* in lower case; other may be NULL */
    const char *advice;
} rows[] = {
    /* dates; Go says "has expired or is not yet valid" for both */
    {"has expired", NULL, EXPIRED},
    {"has_expired", NULL, EXPIRED},
    {"certificate", "expired", EXPIRED},
    {"certificateexpired", NULL, EXPIRED},
    {"certexpired", NULL, EXPIRED},
    {"notafter", NULL, EXPIRED},
    {"nottimevalid", NULL, EXPIRED},
    {"not yet valid", NULL, NOT_YET},
    {"not_yet_valid", NULL, NOT_YET},
    {"notvalidyet", NULL, NOT_YET},
    {"revoked", NULL, REVOKED},

    /* self-signed before issuer: the text may have both */
    {"self signed", NULL, SELF_SIGNED},
    {"self-signed", NULL, SELF_SIGNED},
    {"self_signed", NULL, SELF_SIGNED},
    {"selfsigned", NULL, SELF_SIGNED},

    /* DANE before names: "no matching" */
    {"tlsa", "match", DANE},
    {"dane_no_match", NULL, DANE},
    {"dane", "does not match", DANE},
    {"fingerprint", "does not match", DANE},

    /* names */
    {"hostname_mismatch", NULL, NAME},
    {"hostname mismatch", NULL, NAME},
    {"ip_address_mismatch", NULL, NAME},
    {"ip address mismatch", NULL, NAME},
    {"name mismatch", NULL, NAME},
    {"namemismatch", NULL, NAME},
    {"name in the certificate does not match", NULL, NAME},
    {"certificate", "does not match", NAME},
    {"certificate is valid for", NULL, NAME},
    {"certificate is not valid for", NULL, NAME},
    {"certificate not valid for name", NULL, NAME},
    {"notvalidforname", NULL, NAME},
    {"legacy common name", NULL, NAME},
    {"any ip sans", NULL, NAME},
    {"subject alternative", NULL, NAME},

    /* the kind of chain; its length before its issuer */
    {"path_length", NULL, KIND},
    {"path length", NULL, KIND},
    {"pathlen", NULL, KIND},
    {"invalid_ca", NULL, KIND},
    {"invalid ca", NULL, KIND},
    {"invalid_purpose", NULL, KIND},
    {"certificate purpose", NULL, KIND},
    {"caused", "asendentity", KIND},
    {"incompatible key usage", NULL, KIND},
    {"chain_too_long", NULL, KIND},
    {"chain too long", NULL, KIND},

    {"key too weak", NULL, WEAK},
    {"key_too_small", NULL, WEAK},
    {"key too small", NULL, WEAK},
    {"md_too_weak", NULL, WEAK},
    {"md too weak", NULL, WEAK},
    {"digest algorithm too weak", NULL, WEAK},
    {"insecure algorithm", NULL, WEAK},
    {"insecure signature", NULL, WEAK},

    /* trust */
    {"issuer_cert", NULL, ISSUER},
    {"issuer certificate", NULL, ISSUER},
    {"issuer is unknown", NULL, ISSUER},
    {"unknownissuer", NULL, ISSUER},
    {"unknown issuer", NULL, ISSUER},
    {"unknown authority", NULL, ISSUER},
    {"unknown ca", NULL, ISSUER},
    {"unknown_ca", NULL, ISSUER},
    {"verify_leaf_signature", NULL, ISSUER},
    {"verify the first certificate", NULL, ISSUER},
    {"path building failed", NULL, ISSUER},
    {"valid certification path", NULL, ISSUER},
    {"untrustedroot", NULL, ISSUER},
    {"partialchain", NULL, ISSUER},
    {"certificate is not trusted", NULL, ISSUER},
    {"certificate not trusted", NULL, ISSUER},
    {"cert_untrusted", NULL, ISSUER},

    /* the handshake */
    {"protocol version", NULL, TLS_VERSION},
    {"protocol_version", NULL, TLS_VERSION},
    {"unsupported protocol", NULL, TLS_VERSION},
    {"unsupported_protocol", NULL, TLS_VERSION},
    {"no protocols available", NULL, TLS_VERSION},
    {"no appropriate protocol", NULL, TLS_VERSION},
    {"wrong version number", NULL, PLAIN},
    {"wrong_version_number", NULL, PLAIN},
    {"first record does not look like", NULL, PLAIN},
    {"unexpected tls packet", NULL, PLAIN},
    {"no shared cipher", NULL, CIPHERS},
    {"no_shared_cipher", NULL, CIPHERS},
    {"no cipher", NULL, CIPHERS},
    {"cipher suite", NULL, CIPHERS},
    {"wrong signature type", NULL, CIPHERS},
    {"handshake failure", NULL, HANDSHAKE},
    {"handshake_failure", NULL, HANDSHAKE},
    {"handshake failed", NULL, HANDSHAKE},
    {"fatal alert", NULL, HANDSHAKE},

    /* the policy */
    {"not in policy", NULL, NOT_IN_POLICY},
    {"mx mismatch", NULL, NOT_IN_POLICY},
    {"mx-mismatch", NULL, NOT_IN_POLICY},
    {"mx", "does not match", NOT_IN_POLICY},
    {"policy", "does not match", NOT_IN_POLICY},
    {"mx", "not match", NOT_IN_POLICY},
    {"mx", "not allowed", NOT_IN_POLICY},
    {"mx", "not listed", NOT_IN_POLICY},

    /* HTTP, where it is said that it is */
    {"redirect", NULL, REDIRECT},
    {"http", "301", REDIRECT},
    {"http", "302", REDIRECT},
    {"http", "307", REDIRECT},
    {"http", "308", REDIRECT},
    {"http", "404", HTTP_404},
    {"http", "410", HTTP_404},
    {"http", "401", HTTP_403},
    {"http", "403", HTTP_403},
    {"http", "429", HTTP_403},
    {"http", "500", HTTP_5XX},
    {"http", "502", HTTP_5XX},
    {"http", "503", HTTP_5XX},
    {"http", "504", HTTP_5XX},
    {"content-type", NULL, MEDIA_TYPE},
    {"content type", NULL, MEDIA_TYPE},
    {"media type", NULL, MEDIA_TYPE},

    /* DNS before the network: "lookup x: i/o timeout" is DNS */
    {"no such host", NULL, DNS},
    {"nxdomain", NULL, DNS},
    {"servfail", NULL, DNS},
    {"server misbehaving", NULL, DNS},
    {"not resolve", NULL, DNS},
    {"name or service not known", NULL, DNS},
    {"unknownhost", NULL, DNS},
    {"host not found", NULL, DNS},
    {"lookup", "timeout", DNS},

    /* the network */
    {"deadline exceeded", NULL, TIMEOUT},
    {"timeout", NULL, TIMEOUT},
    {"timed out", NULL, TIMEOUT},
    {"timed_out", NULL, TIMEOUT},
    {"connection refused", NULL, REFUSED},
    {"econnrefused", NULL, REFUSED},
    {"no route to host", NULL, UNREACHABLE},
    {"unreachable", NULL, UNREACHABLE},
    {"connection reset", NULL, CLOSED},
    {"econnreset", NULL, CLOSED},
    {"reset by peer", NULL, CLOSED},
    {"broken pipe", NULL, CLOSED},
    {"unexpected eof", NULL, CLOSED},
    {"connection closed", NULL, CLOSED},
    {"non-properly terminated", NULL, CLOSED},

    /* SMTP: its numbers say little */
    {"starttls", "not", STARTTLS},
    {"454", NULL, SMTP_REPLY},
    {"421", NULL, SMTP_REPLY},
    {"4.7.", NULL, SMTP_REPLY},

    /* last, because it says least: a name or a subject is a certificate's,
     * anything else is taken for an MX that the policy does not name */
    {"name", "does not match", NAME},
    {"subject", "does not match", NAME},
    {"does not match", NULL, NOT_IN_POLICY},
};

/* Is word at text, in any case? */
static int begins(const char *text, const char *word)
{
    while (*word && mta_sts_to_lower(*text) == *word) {
        text++;
        word++;
    }
    return *word == '\0';
}

static int contains(const char *text, const char *word)
{
    apr_size_t len = strlen(word);
    int whole = mta_sts_is_digit(*word);
    const char *c;

    for (c = text; *c; c++) {
        if (!begins(c, word)) {
            continue;
        }
        if (!whole) {
            return 1;
        }
        if ((c == text || !mta_sts_is_alnum(c[-1])) &&
            (word[len - 1] == '.' || !mta_sts_is_alnum(c[len]))) {
            return 1;
        }
    }
    return 0;
}

const char *tlsrpt_reason_advice(const char *reason)
{
    apr_size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (contains(reason, rows[i].word) &&
            (!rows[i].other || contains(reason, rows[i].other))) {
            return rows[i].advice;
        }
    }
    return NULL;
}
