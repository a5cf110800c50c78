# bad-input.t - bombs, damage and lies: an answer, a bound, a line in the log, and what it was in bad/
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use POSIX qw(strftime);
use Report;
use Test::More;

my $httpd = Httpd->start(<<'CONF', tlsrpt => 1, module => 0, allow => [$NO_STORE]);
TLSRPTSpool  ROOT/spool
TLSRPTStore  dbd
TLSRPTDomain example.com
TLSRPTQuota  100000 100000 256M
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF

my $good = report();
my $gz   = gz($good);

# The most memory that a process of httpd has had, in MB.
sub peak { my ($most) = sort { $b <=> $a } map { Httpd::slurp("/proc/$_/status") =~ /^VmHWM:\s+(\d+)/m } $httpd->children; return $most / 1024 }
is post($httpd, $gz)->code, 201, 'a good one first';
my $calm = peak();

my $long = 9_000_000;
my @bad = (
    ['nothing',                     400, ''],
    ['blanks',                      400, " \r\n\t"],
    ['a NUL',                       400, "\0"],
    ['a word',                      400, 'hello'],
    ['a page',                      400, '<html><script>alert(1)</script></html>'],
    ['an array',                    400, '[]'],
    ['an empty object',             400, '{}'],
    ['JSON cut short',              400, substr $good, 0, -5],
    ['text behind the JSON',        400, "$good and more"],
    ['two reports',                 400, $good . $good],
    ['bad UTF-8',                   400, report(org => 'XX') =~ s/XX/\xff\xfe/r],
    ['overlong UTF-8',              400, report(org => 'XX') =~ s/XX/\xc0\xaf/r],
    ['a lone surrogate',            400, report(org => 'XX') =~ s/XX/\\ud800/r],
    ['a NUL in a string',           400, report(org => 'XX') =~ s/XX/\\u0000/r],
    ['a raw NUL in a string',       400, report(org => 'XX') =~ s/XX/\0/r],
    ['a name twice',                400, $good =~ s/^\{/{"report-id":"other",/r],
    ['deep',                        400, '[' x 100_000],
    ['deep inside',                 400, $good =~ s/^\{/'{"x":' . ('[' x 1000) . (']' x 1000) . ','/er],
    ['deep objects',                400, '{"a":' x 50_000],
    ['wide',                        400, '{"a":[' . '{},' x 1_000_000 . '{}]}'],
    ['wide, of numbers',            400, '{"a":[' . '0,' x 1_000_000 . '0]}'],
    ['too many policies',           400, report(policies => [map { policy() } 1 .. 1001])],
    ['no list of policies',         400, report() =~ s/,"policies":.*(?=,"report-id")//r],
    ['policies that are null',      400, report() =~ s/"policies":\K.*(?=,"report-id")/null/r],
    ['policies of another kind',    400, report(policies => 'all')],
    ['gzip cut short',              400, substr $gz, 0, -4],
    ['gzip cut very short',         400, substr $gz, 0, 3],
    ['gzip with another sum',       400, substr($gz, 0, -8) . "\1\2\3\4" . substr $gz, -4],
    ['gzip with another length',    400, substr($gz, 0, -4) . "\1\2\3\4"],
    ['gzip and more behind it',     400, "${gz}x"],
    ['two gzip members',            400, gz(substr $good, 0, 100) . gz(substr $good, 100)],
    ['the same twice',              400, $gz . $gz],
    ['gzip of gzip',                400, gz($gz)],
    ['gzip of nothing',             400, gz('')],
    ['gzip of a picture',           400, gz("\x89PNG\r\n\x1a\n" . "\0" x 1000)],
    ['a bomb',                      413, gz('{' . ' ' x 100_000_000)],
    ['a bomb of NULs',              413, gz("\0" x 100_000_000)],
    ['a bomb of brackets',          413, gz('[' x 20_000_000)],
    ['a long string',               413, gz(report(org => 'x' x $long))],
    ['a large body',                413, report(org => 'x' x $long)],
    ['a zip file',                  415, "PK\x03\x04" . "\0" x 100],
);
for (@bad) {
    my ($name, $code, $body) = @$_;
    my $answer = post($httpd, $body);
    is $answer->code, $code, "$name: $code";
    unlike $answer->body, qr/[^\n -~]|Example Mail|script/, '... and nothing of it in the answer' if $name =~ /page|cut short$|twice/;
}
is scalar(waiting($httpd)), 1, 'none of them is stored';
unless ($ENV{HTTPD_PRELOAD}) {
    my $grown = peak() - $calm;
    cmp_ok $grown, '<', 80, 'all of them together cost a process less than 80 MB' or diag "$grown MB";
}

my @kept = bad_bodies($httpd);
is scalar @kept, 5, 'of one network five a day are kept for the administrator';
is $kept[$_] =~ /^Reason: \S.*\nTLSRPT: 1\nChannel: https\nTrust: 0\nReceived: \d+\nSource: 127\.0\.0\.1\n\n/ ? 1 : 0, 1, '... with the reason' for 0 .. 4;
is scalar(grep { /\n\n<html>/ } @kept), 1, '... and what it was';
is scalar(grep { /\n\n\z/ } @kept), 0, '... which is not nothing';

# ---- repaired, and stored ----

for (['a BOM', "\xef\xbb\xbf" . report(id => 'bom')], ['blanks around it', " \r\n" . report(id => 'blanks') . "\n\n"],
    ['counts as strings', report(id => 'strings', good => '12', bad => '0')], ['a huge count', report(id => 'huge', good => 2**60)],
    ['script, SQL and shell', report(id => q{<script>'; DROP TABLE x; --`id`$(id)=cmd|' /C calc'!A0}, org => "\e]0;x\a\x{202e}")],
    ['a path as its id', report(id => '../../../../etc/cron.d/x', org => "/etc/passwd\0")=~ s/\\u0000//r],
    ['a long id', report(id => 'i' x 100_000)]) {
    my ($name, $body) = @$_;
    my $answer = post($httpd, $body);
    is $answer->code, 201, "$name: taken";
}
is_deeply [grep { !/^[0-9a-f]{64}$/ } waiting($httpd)], [], 'names in the spool are ours';

# ---- the bounds that the manual names: so much is a report, and more is none ----

sub values_in {
    my ($it) = @_;
    my $count = 1;
    $count += values_in($_) for ref $it eq 'HASH' ? map { ($_, $it->{$_}) } keys %$it : ref $it eq 'ARRAY' ? @$it : ();
    return $count;
}
# A report with something more in it; and a time of so many seconds from now.
sub with { my ($id, $more) = @_; return report(id => $id) =~ s/^\{/{"x":$more,/r }
my ($now, $DAY) = (time, 86_400);
sub at { my ($ahead) = @_; return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($now + $ahead)) }
my $room = 200_000 - 2 - values_in(decode_json(report(id => 'wide')));
my $start = -9 * $DAY;
for (['nested 16 deep', 201, with('deep', '[' x 15 . ']' x 15)], ['... 17', 400, with('deeper', '[' x 16 . ']' x 16)],
    ['200,000 values, names too', 201, with('wide', '[' . join(',', (0) x $room) . ']')], ['... one more', 400, with('wide', '[' . join(',', (0) x ($room + 1)) . ']')],
    ['1,000 policies', 201, report(id => 'policies', policies => [map { policy() } 1 .. 1000])], ['... 1,001', 400, report(id => 'policies', policies => [map { policy() } 1 .. 1001])],
    ['10,000 failures', 201, report(id => 'failures', bad => 1, failures => [map { {} } 1 .. 10_000])],
    ['... 10,001: cut, not refused', 201, report(id => 'more failures', bad => 1, failures => [map { {} } 1 .. 10_001])],
    ['dates of 8 days', 201, report(id => '8 days', start => at($start), end => at($start + 8 * $DAY))],
    ['... and a second', 400, report(id => '9 days', start => at($start), end => at($start + 8 * $DAY + 1))],
    ['an end in 2 days, less a minute', 201, report(id => 'soon', start => at(-$DAY), end => at(2 * $DAY - 60))],
    ['... and a minute', 400, report(id => 'later', start => at(-$DAY), end => at(2 * $DAY + 60))],
    ['a beginning 30 days ago, less a minute', 201, report(id => 'old', start => at(60 - 30 * $DAY), end => at(-29 * $DAY))],
    ['... and a minute', 400, report(id => 'older', start => at(-60 - 30 * $DAY), end => at(-29 * $DAY))],
    ['an end before the beginning', 400, report(id => 'back', start => at(-60), end => at(-120))]) {
    my ($name, $code, $body) = @$_;
    is post($httpd, $body)->code, $code, "$name: $code";
}

# JSON in a text, as Microsoft sends it in policy-string: read within bounds of its own; beyond them it is a text.
sub inside {
    my ($id, @texts) = @_;
    return report(id => $id, policies => [map { my $p = policy(type => 'tlsa'); $p->{policy}{'policy-string'} = [$_]; $p } @texts]);
}
for (['a list', '["3 1 1 AB", "3 1 1 CD"]'], ['deep', '[' x 3_000_000 . ']' x 10], ['deep and closed', '[' x 100_000 . ']' x 100_000],
    ['wide', '["x"' . ',"x"' x 1_000_000 . ']'], ['not closed', '["x'], ['a NUL', '["\u0000"]'], ['lists of lists', '[' . join(',', ('[1]') x 100_000) . ']'],
    ['many of them', map { '["x"' . ',"x"' x 1500 . ']' } 1 .. 900]) {
    my ($name, @texts) = @$_;
    is post($httpd, inside($name, @texts))->code, 201, "JSON in a text, $name: taken";
}
unless ($ENV{HTTPD_PRELOAD}) {
    my $grown = peak() - $calm;
    cmp_ok $grown, '<', 80, '... at less than 80 MB' or diag "$grown MB";
}

# ---- what is no HTTP, or ends too early ----

my $port = $httpd->port;
sub begun {
    my ($bytes) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "no connection: $!\n";
    print {$socket} $bytes;
    $socket->flush;
    return $socket;
}
my $head = "POST /tlsrpt HTTP/1.1\r\nHost: localhost\r\n";
my $stored = waiting($httpd);
my @gone = map { begun($head . $_) } 'Content-Length: ' . length($gz) . "\r\n\r\n" . substr($gz, 0, 50), "Transfer-Encoding: chunked\r\n\r\n10\r\nabc",
    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "Content-Length: 7999999\r\n\r\nx", "Content-Length: 8000000\r\n\r\n" . '{' x 500_000;
close $_ for @gone;
for my $bytes ("Content-Length: -1\r\n\r\n", "Content-Length: 99999999999999999999999\r\n\r\n", "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "Transfer-Encoding: gzip\r\n\r\n",
    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") {
    like $httpd->talk($head . "Connection: close\r\n" . $bytes), qr/^HTTP\/1\.1 (?:4\d\d|501)/, 'bad framing: an error of httpd or ours';
}
# Chunks without an end: answered when the bound is met, long before the sender stops.
my $endless = begun($head . "Transfer-Encoding: chunked\r\n\r\n");
$endless->blocking(0);
local $SIG{PIPE} = 'IGNORE';
my ($sent, $answer) = (0, '');
my $chunk = sprintf("%x\r\n", 65536) . '{' x 65536 . "\r\n";
Httpd::wait_until('the answer to endless chunks', sub {
    my $n = syswrite $endless, $chunk;    # whole chunks or not: the bound comes first
    $sent += $n // 0;
    sysread $endless, $answer, 4096, length $answer;
    return $answer =~ /\r\n\r\n/ || $sent > 100_000_000;
});
like $answer, qr/^HTTP\/1\.1 4(?:13|00)/, 'chunks without an end: an answer';
cmp_ok $sent, '<', 16_000_000, '... when the bound is met';
close $endless;

is waiting($httpd) - $stored, 0, 'none of these is stored';
is post($httpd, gz(report(id => 'after')))->code, 201, 'and afterwards a report is taken as ever';
is_deeply [glob $httpd->root . '/spool/tmp/*'], [], 'nothing is left in tmp/';

$httpd->stop;
done_testing;
