# slow.t - slow and large bodies: a bound on their time and on their memory; small reports are taken meanwhile
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use IO::Socket::INET;
use Report;
use Test::More;

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTStore  dbd
TLSRPTDomain example.com
TLSRPTQuota  none none none
TLSRPTMaxReportSize 256K
<VirtualHost *:PORT>
    ServerName localhost
    ErrorDocument 408 http://elsewhere.example.com/
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
    RequestReadTimeout body=TIME
</VirtualHost>
<IfModule !mpm_prefork_module>
    ThreadsPerChild 16
</IfModule>
CONF
my $head = "POST /tlsrpt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

sub begun {
    my ($httpd, $bytes) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $httpd->port, Timeout => 30) or die "no connection: $!\n";
    print {$socket} $bytes;
    $socket->flush;
    return $socket;
}
sub rest { my ($socket) = @_; local $SIG{ALRM} = sub { die "no answer\n" }; alarm 60; local $/; my $all = <$socket> // ''; alarm 0; return $all }

# ---- time ----

my $httpd = Httpd->start($CONF =~ s/TIME/1/r, tlsrpt => 1, module => 0, modules => ['reqtimeout'], allow => [$NO_STORE]);
my @slow = map { begun($httpd, $head . $_) } "Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", "Content-Length: 200000\r\n\r\n{";
is post($httpd, report(id => 'meanwhile'))->code, 201, 'beside slow ones a report is taken';
like rest($_), qr{^HTTP/1\.1 408 .*\r\nConnection: close\r\n.*\r\n\r\nThis report came too slowly\.\n\z}s, 'a slow body, at the end of RequestReadTimeout: 408'
    for @slow;
is scalar(waiting($httpd)), 1, '... and nothing of them is stored';
is scalar(bad_bodies($httpd)), 0, '... or kept';
$httpd->stop;

# ---- memory: 8 times TLSRPTMaxReportSize in one process ----

$httpd = Httpd->start($CONF =~ s/TIME/60/r, tlsrpt => 1, module => 0, modules => ['reqtimeout'], allow => [$NO_STORE]);
# A process of prefork has one body at a time.
if (($ENV{MPM} || 'event') ne 'prefork') {
    $httpd->expect(qr/TLSRPT082: .*too many big bodies/);
    # One more each time, because of those that are read at the same time several may be refused.
    my (@large, $answer);
    Httpd::wait_until('the bound to be met', sub {
        push @large, begun($httpd, $head . "Content-Length: 250000\r\n\r\n" . '{' x 200_000);
        $answer = post($httpd, ' ' x 250_000 . report(id => 'large'));
        return $answer->code == 503;
    });
    is $answer->header('Retry-After'), 600, 'too many large bodies at once: 503, Retry-After';
    cmp_ok scalar @large, '>=', 7, '... beside seven, or eight, that come slowly';
    is post($httpd, report(id => "small $_"))->code, 201, 'a small report is taken all the same' for 1 .. 3;
    close $_ for @large;
    Httpd::wait_until('room', sub { post($httpd, ' ' x 250_000 . report(id => 'large'))->code =~ /^20/ });
    pass 'when they are gone a large one is taken again';
}
$httpd->stop;

# ---- large reports that come at once: one is parsed at a time, 8 wait ----

if (($ENV{MPM} || 'event') ne 'prefork') {
    # Httpd itself would keep all that it ever had.
    $httpd = Httpd->start("MaxMemFree 0\n" . $CONF =~ s/TIME/60/r =~ s/256K/8M/r, tlsrpt => 1, module => 0, modules => ['reqtimeout'],
        expect => [qr/TLSRPT082: .*too many big reports at once/], allow => [$NO_STORE]);
    my $body = gz(report(policies => [policy(failures => [map { { 'additional-information' => 'x' x 600 } } 1 .. 10_000])]));
    cmp_ok length $body, '<', 64 * 1024, 'a report of 6 MB that comes as a small body';
    is post($httpd, $body)->code, 201, '... is taken';
    my $peak = sub { my ($most) = sort { $b <=> $a } map { Httpd::slurp("/proc/$_/status") =~ /^VmHWM:\s+(\d+)/m } $httpd->children; return $most / 1024 };
    my $one = $peak->();
    is join(' ', map { post($httpd, ' ' x 8_000_000 . report(id => 'blanks'))->code } 1 .. 12), '201' . ' 200' x 11, 'twelve bodies of 8 MB, one after the other';
    unless ($ENV{HTTPD_PRELOAD}) {
        my $grown = $peak->() - $one;
        cmp_ok $grown, '<', 60, '... take no more memory than one' or diag "$grown MB";
    }
    my (%count, @least);
    # A thread for each, all of which go on at the same time; again, if they did not.
    Httpd::wait_until('too many at once', sub {
        my @all = map { begun($httpd, $head . 'Content-Length: ' . length($body) . "\r\n\r\n" . substr $body, 0, -1) } 1 .. 12;
        syswrite $_, substr $body, -1 for @all;
        my @codes = map { rest($_) =~ m{^HTTP/1\.1 (\d+)} } @all;
        $count{$_}++ for @codes;
        push @least, scalar grep { $_ == 200 } @codes;
        return $count{503};
    });
    is_deeply [sort keys %count], [200, 503], 'twelve of them at once: taken, or 503';
    cmp_ok +(sort { $a <=> $b } @least)[0], '>=', 9, '... one, and the eight that wait, are taken';
    unless ($ENV{HTTPD_PRELOAD}) {
        my $grown = $peak->() - $one;
        cmp_ok $grown, '<', 60, '... and take no more memory than one' or diag "$grown MB";
    }
    is post($httpd, $body)->code, 200, 'afterwards one is taken as ever';
    $httpd->stop;
}

done_testing;
