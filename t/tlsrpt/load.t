# load.t - 2,000 reports on eight connections, with SQLite behind, while policies are asked for: each is there once
# SPDX-License-Identifier: Apache-2.0
#
# How long it takes is not asked here, but by t/bench/receiver.pl.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run slurp spew wait_until);
use IO::Socket::INET;
use POSIX ();
use Report;
use Test::More;

my ($CONNECTIONS, $EACH) = (8, 250);
my $httpd = Httpd->start(<<'CONF', tlsrpt => 1);
TLSRPTSpool  ROOT/spool
TLSRPTQuota  none none none
KeepAliveTimeout 60
MaxKeepAliveRequests 0
<IfModule !mpm_prefork_module>
    ThreadsPerChild 16
</IfModule>
<VirtualHost *:PORT>
    ServerName https://mta-sts.example.com
    MTASTSEngine   on
    MTASTSMX       mail.example.com
    MTASTSReportTo https://reports.example.com/tlsrpt
</VirtualHost>
<VirtualHost *:PORT>
    ServerName reports.example.com
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF

# A connection that is kept: what it asks, one after the other, and the statuses of the answers, counted.
sub asked {
    my (@requests) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $httpd->port, Timeout => 60) or return 'no connection';
    my %status;
    $SIG{ALRM} = 'DEFAULT';
    for my $request (@requests) {
        alarm 60;
        print {$socket} $request->();
        $socket->flush;
        my ($head, $length) = ('', 0);
        while (my $line = <$socket>) {
            $head .= $line;
            $length = $1 if $line =~ /^Content-Length: (\d+)/i;
            last if $line eq "\r\n";
        }
        read $socket, my $body, $length if $length;
        $status{ $head =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none' }++;
    }
    return join ' ', map { "$_:$status{$_}" } sort keys %status;
}

# In a process of its own, which writes down what came.
sub beside {
    my ($name, @requests) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    spew($httpd->root . "/$name", asked(@requests));
    POSIX::_exit(0);    # nothing of the test's END
}

# Every tenth has the key and the numbers of another: a resend, byte for byte.
sub post_of {
    my ($who, $n) = @_;
    return sub {
        my $body = gz(report(id => "$who-" . ($n % 10 ? $n : $n - 1), good => 1 + ($n % 10 ? $n : $n - 1), contact => "mailto:a\@r$who.example.net"));
        return "POST /tlsrpt HTTP/1.1\r\nHost: reports.example.com\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    };
}

my @pids = map { my $who = $_; beside("posted-$who", map { post_of($who, $_) } 1 .. $EACH) } 1 .. $CONNECTIONS;
my @askers = map { beside("asked-$_", (sub { "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.com\r\n\r\n" }) x 500) } 1, 2;
waitpid $_, 0 for @pids, @askers;

my $new = $EACH * 0.9;
my $same = $EACH - $new;
is slurp($httpd->root . "/posted-$_"), "200:$same 201:$new", "connection $_: each new report 201, each again 200" for 1 .. $CONNECTIONS;
is slurp($httpd->root . "/asked-$_"), '200:500', 'no request for the policy failed' for 1, 2;

wait_until('the intake', sub { !(() = glob $httpd->root . '/spool/new/*') });
sub sqlite { my $done = run('sqlite3', $httpd->root . '/spool/reports.sqlite3', '.timeout 9000', @_); die $done->err if $done->status; return $done->out =~ s/\s+\z//r }
my @ids = map { my $who = $_; map { "$who-$_" } grep { $_ % 10 } 1 .. $EACH } 1 .. $CONNECTIONS;
is_deeply [split /\n/, sqlite('SELECT report_id FROM tlsrpt_report ORDER BY report_id')], [sort @ids], 'each report is in the store, once';
my $sum = 0;
$sum += 1 + $_ for grep { $_ % 10 } 1 .. $EACH;
is sqlite("SELECT submitter, sessions FROM tlsrpt_day WHERE rtype = 'ok' ORDER BY submitter"), join("\n", map { "r$_.example.net|$sum" } 1 .. $CONNECTIONS),
    '... and counted once';
is_deeply [map { glob $httpd->root . "/spool/$_/*" } qw(tmp new bad)], [], '... and nothing is left over';

$httpd->stop;
done_testing;
