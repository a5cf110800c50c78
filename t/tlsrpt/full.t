# full.t - the disk of the database is full: reports are taken and wait, it is said once, and with room again each is stored
# once
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run wait_until);
use Namespace;
use Report;
use Test::More;

Namespace->enter;    # where the small disk is mounted

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTStore  "sqlite3:DISK/reports.sqlite3"
TLSRPTDomain *.example.com
TLSRPTQuota  none none none
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
my $disk = File::Temp->newdir('disk-XXXXXX', TMPDIR => 1);
sub mount { my ($what) = @_; my $done = run('mount', '-t', 'tmpfs', '-o', "mode=1777,$what", 'tmpfs', "$disk"); die 'mount: ' . $done->err if $done->status }
mount('size=400k');

my $httpd = Httpd->start($CONF =~ s/DISK/$disk/r, tlsrpt => 1, module => 0, modules => ['watchdog'],
    expect => [qr/TLSRPT051: .*(?:disk is full|disk I\/O error)/]);
sub pending { return scalar(() = glob $httpd->root . '/spool/new/*') }
sub sqlite { my ($sql) = @_; my $done = run('sqlite3', "$disk/reports.sqlite3", '.timeout 9000', $sql); die $done->err if $done->status; return $done->out =~ s/\s+\z//r }

my $failures = [map { { 'result-type' => 'validation-failure', 'additional-information' => 'x' x 100 } } 1 .. 20];
my $sent = 0;
# Each about a domain of its own: of one domain and day not all details of unverified reports are kept.
sub send_next { $sent++; return post($httpd, report(id => $sent, policies => [policy(domain => "d$sent.example.com", good => 1, bad => 20, failures => $failures)]))->code }

while ($sent < 300) {
    my $code = send_next();
    is $code, 201, 'taken' if $code != 201;
}
wait_until('the disk to be full', sub { $httpd->log =~ /TLSRPT051/ });
is send_next(), 201, '... reports are taken' for 1 .. 5;
cmp_ok pending(), '>=', 5, '... and wait';
wait_until('another attempt', sub { send_next() == 201 && $sent % 20 == 0 });
is scalar(() = $httpd->log =~ /TLSRPT051/g), 1, '... which is said once';

my $done = run('mount', '-o', 'remount,size=200M', "$disk");
is $done->status, 0, 'there is room again' or diag $done->err;
wait_until('the intake', sub { !pending() });
wait_until('the log', sub { $httpd->log =~ /TLSRPT050/ });
is sqlite('SELECT COUNT(*) FROM tlsrpt_report'), $sent, '... all reports are stored';
is sqlite("SELECT SUM(sessions) FROM tlsrpt_day WHERE rtype = 'ok'"), $sent, '... each is counted once';
is sqlite('SELECT COUNT(*) FROM tlsrpt_failure'), 20 * $sent, '... with all its failures';
is sqlite('PRAGMA integrity_check'), 'ok', '... in a file that is sound';
$httpd->stop;
run('umount', "$disk");

done_testing;
