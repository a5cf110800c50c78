# text.t - what `mta-sts report` prints for people: two promised texts to the letter, and the parts of others

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use JSON::PP;
use Test::More;
use Tool;

my $dir = File::Temp->newdir;

sub text_of {
    my ($json, @options) = @_;
    Httpd::spew("$dir/report", $json);
    return tool('report', @options, "$dir/report")->out;
}

# ---- the two that are promised ----

my $well = tool('report', fixture('tutorial.json'));
is $well->out, <<'TEXT', 'the report of the tutorial: in three lines, all is well';
TLS report from Google Inc. for your-domain                                  OK
  sessions  230 in all: 230 good, 0 failed (MTA-STS)
All is well: every session met your MTA-STS policy. Nothing to do.
TEXT
is $well->status, 0, '... and the exit status says so';

my $failures = tool('report', fixture('three-failures.json'));
is $failures->status, 1, 'the example of RFC 8460: failures';
is $failures->out, <<'TEXT', '... three hosts, three causes, three cures';
TLS report from Company-X                                               WARNING
  period    2016-04-01 (UTC day)
  report    7f1c0c52-51d8-4a4e-9d2a-0b5f3f6f8a10
  for       company-y.example
  policy    MTA-STS, mode testing, mx *.mail.company-y.example, max_age 1d
  sessions  5629 in all: 5326 good, 303 failed (5.4 %)
  effect    none on delivery (testing). With enforce these 303 sessions would
            have been refused: next MX, later, or bounced.

  failed  MX                               what
     200  mx2.mail.company-y.example       starttls-not-supported
     100  mx1.mail.company-y.example       certificate-expired
       3  mx-backup.mail.company-y.exa...  validation-failure

1. mx2.mail.company-y.example [203.0.113.56]: starttls-not-supported (200)
   The MX answered, but did not offer STARTTLS.
   Do:    Switch TLS on in the mail server of this MX, backup MX included. If
          it is on, look for a firewall that takes STARTTLS out of the answer
          to EHLO.
   Check: openssl s_client -starttls smtp -connect \
          mx2.mail.company-y.example:25 </dev/null
   More from the reporter (unverified, not opened):
          https://reports.company-x.example/info?report=7f1c0c52#starttls

2. mx1.mail.company-y.example: certificate-expired (100)
   The MX showed a certificate that has run out.
   Do:    Renew the certificate and reload the mail server, which may still
          hold the old one in memory. Then look at every address of the MX.
   Check: openssl s_client -starttls smtp -connect \
          mx1.mail.company-y.example:25 -servername \
          mx1.mail.company-y.example </dev/null 2>/dev/null | openssl x509 \
          -noout -dates

3. mx-backup.mail.company-y.example [203.0.113.58]: validation-failure (3)
   The TLS session or the check of the policy failed for a reason that has no
   type of its own.
   Reason given: X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED
   Do:    The chain is of the wrong kind: a certificate that may not sign
          signed another, or it is not meant for a server. Install an ordinary
          server certificate from a public authority.
   Check: openssl s_client -brief -starttls smtp -connect \
          mx-backup.mail.company-y.example:25 -servername \
          mx-backup.mail.company-y.example -verify_hostname \
          mx-backup.mail.company-y.example </dev/null

Verdict: not ready for "mode: enforce": 3 MX have a fault.
Repaired while reading: policies[0].policy.mx-host: a text, read as a list
Source: file, checked by nobody. Use --explain TYPE for the long text.
TEXT

# ---- parts ----

like text_of(report(), '-v'), qr/^TLS report from Example Reporter +OK\n  period    2026-11-01 \(UTC day\)\n  report    id-1\n  contact   tlsrpt\@reporter\.example\n.*^Verdict: every session met your MTA-STS policy\. Nothing to do\.$/ms,
    '-v: all of a good report';
like text_of(report(), ()), qr/\ATLS report from Example Reporter for example\.com, 2026-11-01 +OK\n  sessions  10 in all: 10 good, 0 failed \(MTA-STS, mode testing\)\n/, 'the day and the mode in the short form';
like text_of(report(policy => { 'policy-domain' => 'a-rather-long-name-of-a-domain-for-a-title.example.com' })),
    qr/\ATLS report from Example Reporter +OK\n  for       a-rather-long-name\S+\.example\.com, 2026-11-01\n/, 'a long name gets a line of its own';
for my $case (['2026-11-01T00:00:00Z', '2026-11-02T23:59:59Z', 'two days'], ['2026-11-01T12:00:00Z', '2026-11-02T12:00:00Z', 'noon to noon']) {
    my ($start, $end, $name) = @$case;
    like text_of(report('date-range' => { 'start-datetime' => $start, 'end-datetime' => $end }), '-v'), qr/^  period    $start to $end$/m, "a period that is no day: $name";
}
for my $age (0, -1, 31557601, 99999999999) {
    my $aged = { 'policy-string' => ['version: STSv1', 'mode: testing', 'mx: mail1.example.com', "max_age: $age"] };
    like text_of(report(policy => $aged), '-v'), qr/^  policy    MTA-STS, mode testing, mx mail1\.example\.com$/m, "a max_age of $age is none";
}
my $host = 'm' x 19 . '.example.com';
like text_of(report(failures => [{ 'result-type' => 'certificate-expired', 'receiving-mx-hostname' => $host }])), qr/^ +1  \Q$host\E  certificate-expired$/m, 'a name of 31 octets has room in the table';
like text_of(report(summary => { 'total-successful-session-count' => 0 })), qr/^Verdict: there were no sessions\. Nothing to do\.$/m, 'no sessions at all';
like text_of(report(policy => { 'policy-type' => 'no-policy-found', 'policy-string' => [] })),
    qr/NOTICE\n.*^  policy    none found\n.*^Verdict: no session failed, but the reporter found no policy/ms, 'no policy found';

my $one_of_three = text_of(report(summary => { 'total-successful-session-count' => 2, 'total-failure-session-count' => 1 }));
like $one_of_three, qr/3 in all: 2 good, 1 failed$/m, 'few sessions: no percents';
like $one_of_three, qr/^Note: unexplained-failures at example\.com: /m, 'failures that the report does not explain: a finding';
like text_of(report(summary => { 'total-failure-session-count' => 1, 'total-successful-session-count' => 48 })), qr/ 1 failed$/m, '... 49';
like text_of(report(summary => { 'total-failure-session-count' => 1, 'total-successful-session-count' => 49 })), qr/ 1 failed \(2\.0 %\)$/m, '50: with percents';
like text_of(report(summary => { 'total-failure-session-count' => 5, 'total-successful-session-count' => 495 })), qr/5 failed \(1\.0 %\)$/m, 'many: with percents';
like text_of(report(summary => { 'total-failure-session-count' => 99_999, 'total-successful-session-count' => 1 })), qr/ 99999 failed \(over 99\.9 %\)$/m, 'all but one of very many: not "100.0 %"';

my $enforce = { 'policy-string' => ['version: STSv1', 'mode: enforce', 'mx: mail1.example.com', 'max_age: 86401'] };
my @detail = ({ 'result-type' => 'certificate-expired', 'receiving-mx-hostname' => 'mail1.example.com', 'failed-session-count' => 1,
    'receiving-ip' => '192.0.2.1', 'sending-mta-ip' => '198.51.100.7' });
my $held_up = text_of(report(policy => $enforce, failures => \@detail, summary => { 'total-failure-session-count' => 1 }));
like $held_up, qr/ ERROR\n.*^  effect    the sender refused this 1 session: /ms, 'enforce: mail is held up';
like $held_up, qr/^Verdict: mail to you is held up: 1 MX has a fault\.$/m, '... says the verdict';
unlike $held_up, qr/198\.51\.100\.7/, 'addresses of the sender are for -v';
like text_of(report(policy => $enforce, failures => \@detail, summary => { 'total-failure-session-count' => 1 }), '-v'), qr/^   From:  198\.51\.100\.7$/m, '... which has them';
like text_of(report(policy => $enforce, failures => \@detail, summary => { 'total-failure-session-count' => 1, 'total-successful-session-count' => 999 })),
    qr/ WARNING\n/, '... less than a hundredth: a warning';

like text_of(report(policy => $enforce, failures => \@detail, summary => { 'total-failure-session-count' => 1, 'total-successful-session-count' => 198 })),
    qr/ WARNING\n/, '... 1 of 199 is less than a hundredth, too';

like text_of(report(policy => $enforce, failures => \@detail, summary => { 'total-failure-session-count' => 1, 'total-successful-session-count' => 149 })),
    qr/ WARNING\n/, '... and 1 of 150';
like text_of(report(failures => [{ %{ $detail[0] }, 'result-type' => 'dnssec-invalid' }], summary => { 'total-failure-session-count' => 1, 'total-successful-session-count' => 999 })),
    qr/ ERROR\n/, 'dnssec-invalid: mail is held up, whatever the mode and the share';

# What fails at the policy host stops no mail: senders go on with the policy that they have, or with none.
my @unfetched = ({ 'result-type' => 'sts-policy-fetch-error', 'failed-session-count' => 3 });
my $unfetched = text_of(report(policy => $enforce, failures => \@unfetched, summary => { 'total-failure-session-count' => 3 }));
like $unfetched, qr/ WARNING\n.*^  effect    none on delivery: a sender that cannot get the policy /ms, 'enforce, and the policy could not be fetched: no mail is held up';
unlike $unfetched, qr/held up|refused/, '... says the verdict';
like text_of(report(failures => \@unfetched, summary => { 'total-failure-session-count' => 3 })), qr/^  effect    none on delivery: a sender/m, '... in testing: enforce would not refuse it';
my $of_both = text_of(report(policy => $enforce, failures => [@unfetched, @detail], summary => { 'total-failure-session-count' => 4 }));
like $of_both, qr/ ERROR\n.*^  effect    the sender refused 1 session: /ms, '... with one that failed at an MX: that was refused';
$of_both = text_of(report(policy => $enforce, failures => [@unfetched, @detail], summary => { 'total-failure-session-count' => 3 }));
like $of_both, qr/^  effect    the sender refused 1 session: /m, '... listed under both: the same';
like text_of(report(policy => $enforce, failures => \@unfetched, summary => { 'total-failure-session-count' => 5 })),
    qr/^  effect    the sender refused 2 sessions: /m, '... with two that nothing explains: these were';

# Good sessions are no praise of a policy that was not there.
my %none = ('policy-type' => 'no-policy-found', 'policy-domain' => 'example.com');
my $part = sub { my ($policy, $good) = @_; return { policy => $policy, summary => { 'total-successful-session-count' => $good, 'total-failure-session-count' => 0 } } };
my %sts = (%none, 'policy-type' => 'sts');
like text_of(report(policies => [$part->(\%sts, 5), $part->(\%none, 2)])), qr/ NOTICE\n.*^Verdict: no session failed, but 2 of 7 met no policy/ms, 'some sessions met a policy, others none';
like text_of(report(policies => [$part->({ %none, 'policy-type' => 'new' }, 2)])), qr/ NOTICE\n.*^Verdict: no session failed, but 2 of 2 met no policy/ms, 'a policy of an unknown type: nothing is known';
like text_of(report(policies => [$part->(\%sts, 5), $part->(\%none, 0)])), qr/ OK\n.*^Verdict: every session met your policy\./ms, 'no session without one: all is well';

my $page = text_of(report(failures => [{ 'result-type' => 'sts-policy-fetch-error', 'failure-reason-code' => 'bad https response code: 404' }]));
like $page =~ s/\s+/ /gr, qr/ Do: The web server has no policy at that path\. Check that mta-sts\.example\.com is answered /, 'what to do names the domain';
unlike text_of(report(policy => { 'policy-domain' => 'a b' }, failures => [{ 'result-type' => 'sts-webpki-invalid' }])), qr/mta-sts\.a b(?!.*sts-webpki)/, '... if it is a name';

my @everywhere = map { { %{ $detail[0] }, 'receiving-ip' => "192.0.2.$_" } } 1 .. 3;
my $together = text_of(report(failures => \@everywhere, summary => { 'total-failure-session-count' => 3 }));
like $together, qr/^       3  mail1\.example\.com /m, 'one cause at one MX is one line';
unlike $together, qr/^2\. /m, '... and one block';

# One address is one, however it is written; the first way is shown.
my @spelled = map { { %{ $detail[0] }, 'receiving-ip' => $_, 'sending-mta-ip' => $_ } } '2001:db8:abcd:0012::1', '2001:DB8:abcd:12:0:0:0:1';
my $spelled = text_of(report(failures => \@spelled, summary => { 'total-failure-session-count' => 2 }), '-v');
like $spelled, qr/^1\. mail1\.example\.com \[2001:db8:abcd:0012::1\]: /m, 'an address of an MX, as it was sent';
like $spelled, qr/^   From:  2001:db8:abcd:0012::1$/m, '... and of a sender: listed once';

my $foreign = text_of(report(failures => [{ %{ $detail[0] }, 'receiving-mx-hostname' => 'mx.example.net' }], summary => { 'total-failure-session-count' => 1 }));
like $foreign, qr/^Note: mx-not-covered at mx\.example\.net: /m, 'an MX that the policy does not name: a finding';
like $foreign, qr/only if the host stands there/, '... and only the MX records say whether it belongs into the policy';

# One session may have failed for several reasons, and be listed under each: up to three times is no fault of the reporter's.
for my $case ([2, 1, 'fewer than'], [2, 2, ''], [2, 3, ''], [2, 6, ''], [2, 7, 'more than three times']) {
    my ($failed, $listed, $what) = @$case;
    my $out = text_of(report(failures => [{ %{ $detail[0] }, 'failed-session-count' => $listed }], summary => { 'total-failure-session-count' => $failed }));
    if ($what) { like $out, qr/^Note: details-disagree at example\.com: /m, "$listed in the details are $what the $failed failures: a finding" }
    else       { unlike $out, qr/details-disagree/, "$listed in the details for $failed failures: none" }
}

my @twice = map { { %{ $detail[0] }, 'receiving-mx-hostname' => 'mx.example.net', 'result-type' => $_ } } qw(certificate-expired starttls-not-supported);
is scalar(() = text_of(report(failures => \@twice, summary => { 'total-failure-session-count' => 2 })) =~ /^Note: mx-not-covered/mg), 1, '... said once';
my @hosts = map { { %{ $detail[0] }, 'receiving-mx-hostname' => "mx$_.example.net" } } 1 .. 11;
is scalar(() = text_of(report(failures => \@hosts, summary => { 'total-failure-session-count' => 11 })) =~ /^Note: mx-not-covered/mg), 10, '... of ten at most';
my @from = map { { %{ $detail[0] }, 'sending-mta-ip' => "198.51.100.$_" } } 1 .. 25;
my ($listed) = text_of(report(failures => \@from, summary => { 'total-failure-session-count' => 25 }), '-v') =~ /^   From:  (.*?)\n(?! {10})/ms;
is scalar(split ' ', $listed), 20, 'of the addresses the first 20';

my @many = map { { %{ $detail[0] }, 'receiving-mx-hostname' => "mx$_.example.com" } } 1 .. 25;
my $many = text_of(report(failures => \@many, summary => { 'total-failure-session-count' => 25 }));
like $many, qr/^20\. .*^5 causes more: add -v to see them\.$/ms, 'of very many causes the first 20';
like text_of(report(failures => [@many[0 .. 20]], summary => { 'total-failure-session-count' => 21 })), qr/^1 cause more: add -v to see it\.$/m, '... of 21, too';
like text_of(report(failures => \@many, summary => { 'total-failure-session-count' => 25 }), '-v'), qr/^25\. /m, '... and all with -v';

# sts and tlsa tell of the same sessions
my ($both) = @{ decode_json(tool('report', '--json', fixture('microsoft-sts-tlsa.json'))->out) };
is $both->{successful}, 41, 'sts and tlsa are not added up';
my @same = map { { policy => { 'policy-type' => $_, 'policy-domain' => 'example.com' }, summary => { 'total-successful-session-count' => 3, 'total-failure-session-count' => $_ eq 'sts' ? 1 : 2 } } } qw(sts tlsa);
Httpd::spew("$dir/same", report(policies => \@same));
($both) = @{ decode_json(tool('report', '--json', "$dir/same")->out) };
is "$both->{successful} $both->{failed}", '3 2', '... those that failed neither';

# A report may hold no policy: it is one all the same.
my $silent = text_of(report(policies => []));
like $silent, qr/\ATLS report from Example Reporter +NOTICE\n  period    2026-11-01 \(UTC day\)\n  report    id-1\n\nVerdict: the report holds no policy: it says nothing\.\nRepaired while reading: policies: empty\n/,
    'a report without a policy: says so';
is tool('report', "$dir/report")->status, 0, '... and has no failures';
is decode_json(tool('report', '--json', "$dir/report")->out)->[0]{verdict}, 'notice', '... in JSON, too';
is scalar(split /\n/, tool('report', '--csv', "$dir/report")->out), 1, '... and in CSV there is no row of it';

# Each of the two is cut at the largest count by itself, and none by the other.
my $MOST = 1 << 53;
my $huge = sub { my ($type, $good, $bad) = @_;
    return { policy => { 'policy-type' => $type, 'policy-domain' => 'example.com' }, summary => { 'total-successful-session-count' => 0 + $good, 'total-failure-session-count' => 0 + $bad } } };
for ([[['sts', $MOST, $MOST]], "$MOST $MOST", 'a report with the largest numbers'], [[['sts', $MOST, 1]], "$MOST 1", 'one of them'], [[['sts', 1, $MOST]], "1 $MOST", 'the other'],
    [[['sts', $MOST, $MOST], ['sts', $MOST, $MOST]], "$MOST $MOST", 'twice'], [[['sts', $MOST, 5], ['tlsa', 7, $MOST]], "7 $MOST", 'sts and tlsa: the larger sum, less those that failed'],
    [[['sts', $MOST, $MOST], ['no-policy-found', $MOST, $MOST], ['new', $MOST, $MOST]], "$MOST $MOST", 'with those that met no policy']) {
    my ($policies, $wanted, $what) = @$_;
    Httpd::spew("$dir/most", report(policies => [map { $huge->(@$_) } @$policies]));
    my ($most) = @{ decode_json(tool('report', '--json', "$dir/most")->out) };
    is "$most->{successful} $most->{failed}", $wanted, "$what: good and failed";
}
Httpd::spew("$dir/most", report(policies => [$huge->('sts', $MOST, $MOST)]));
like tool('report', ("$dir/most") x 1100)->out, qr/^Total: 1100 reports, 18014398509481984 sessions: 9007199254740992 good, 9007199254740992 failed \(50\.0 %\)\n\z/m, '... and so is the total of many';

Httpd::spew("$dir/a", report());
Httpd::spew("$dir/b", report(summary => { 'total-failure-session-count' => 90 }));
like tool('report', "$dir/a", "$dir/b")->out, qr/^Total: 2 reports, 110 sessions: 20 good, 90 failed \(81\.8 %\)\n\z/m, 'several: each, and a total';
Httpd::spew("$dir/b", report(summary => { 'total-failure-session-count' => 1, 'total-successful-session-count' => 9990 }));
like tool('report', "$dir/a", "$dir/b")->out, qr/ 10001 sessions: 10000 good, 1 failed \(under 0\.1 %\)\n\z/, '... one of very many: not "0.0 %"';
like tool('report', "$dir/a", "$dir/a")->out, qr/ 20 sessions: 20 good, 0 failed\n\z/, '... none: no percents';
Httpd::spew("$dir/b", report(summary => { 'total-successful-session-count' => 100 }));
like tool('report', "$dir/b", "$dir/b")->out, qr/ 200 sessions: 200 good, 0 failed\n\z/, '... none of many: neither';

Httpd::spew("$dir/b", report(summary => { 'total-successful-session-count' => 0 }));
Httpd::spew("$dir/c", report(summary => { 'total-successful-session-count' => 1 }));
like tool('report', "$dir/b", "$dir/c")->out, qr/^Total: 2 reports, 1 session: 1 good, 0 failed\n\z/m, '... one session is one';

# ---- the long texts ----

# README.md: "It does not look at the certificate."
my $webpki = tool('report', '--explain=sts-webpki-invalid')->out =~ s/\s+/ /gr;
unlike $webpki, qr/said at start/, 'the certificate of the policy host: no promise that its fault is said at start';
like $webpki, qr/ it does not check the certificate\./, '... it checks none';

# ---- how a report came ----

my $PASS = "Authentication-Results: mx.example.com; dkim=pass header.d=reporter.example\n";
for my $case (
    ['',     [],                                '0', 'mail, DKIM not looked at',                 'a mail'],
    [$PASS,  [],                                '0', 'mail, DKIM not looked at',                 '... of which somebody says that it is signed'],
    [$PASS,  ['--authserv-id=mx.example.com'],  '2', 'mail, signed by reporter.example (DKIM)',  '... who is believed'],
    [$PASS,  ['--authserv-id=mx.example.net'],  '0', 'mail, not signed by the submitter (DKIM)', '... who is not'],
    ['',     ['--authserv-id=mx.example.com'],  '0', 'mail, not signed by the submitter (DKIM)', '... of which nobody says so']) {
    my ($headers, $options, $trust, $source, $name) = @$case;
    Httpd::spew("$dir/mail", mail(headers => $headers));
    like tool('report', '-v', @$options, "$dir/mail")->out, qr/^Source: \Q$source\E\.$/m, "$name: $source";
    is decode_json(tool('report', '--json', @$options, "$dir/mail")->out)->[0]{trust}, $trust, '... and in JSON';
}
like text_of(report(), '-v', '--authserv-id=mx.example.com'), qr/^Source: file, checked by nobody\.$/m, 'a file has no DKIM';
for my $wrong (['--authserv-id='], ['--authserv-id', '-'], ['--authserv-id=mx.example.com; dkim=pass']) {
    my $done = tool('report', @$wrong, "$dir/mail");
    like $done->status . $done->err, qr/\A3.*--authserv-id wants one word/, "@$wrong: no name of a mail server";
}

for my $name (map { s{.*/}{}r } glob "$FindBin::Bin/../fixtures/tlsrpt/*.json") {
    my $out = tool('report', '-v', fixture($name))->out;
    is_deeply [grep { length > 80 && !/^(?:  source)? +\S+$/ } split /\n/, $out], [], "$name: 80 columns";
    unlike $out, qr/[^\n\x20-\x7e]/, '... of printable ASCII';
}

done_testing;
