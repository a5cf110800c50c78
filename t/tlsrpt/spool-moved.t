# spool-moved.t - the spool is renamed, replaced or removed while httpd runs, or a folder of it: what is there now is taken
# or made, without a restart, and no report is taken for a folder that nobody looks into
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run spew wait_until);
use Report;
use Test::More;

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTDomain example.com
TLSRPTQuota  none none none
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF

for my $mpm (qw(event prefork)) {
    local $ENV{MPM} = $mpm;
    my $httpd = Httpd->start($CONF, tlsrpt => 1, module => 0, modules => ['watchdog'],
        expect => [qr/TLSRPT085: /, qr/TLSRPT083: .*cannot be opened \(/, qr/TLSRPT057: \S+reports\.sqlite3 was replaced/],
        allow => [qr/TLSRPT082: .*there is no spool/, qr/TLSRPT05[01]: /]);
    my $spool = $httpd->root . '/spool';
    my ($owner, $group) = (stat $spool)[4, 5];
    my $names = sub { my ($folder) = @_; return scalar(() = glob "$folder/*") };
    my $send = sub { my ($id) = @_; return post($httpd, report(id => $id))->code };
    my $stored = sub { my ($n) = @_; wait_until('the intake', sub { !$names->("$spool/new") && $names->("$spool/raw") == $n }) };
    my $make = sub { mkdir $spool, 0750 or die "$!\n"; chown $owner, $group, $spool };

    is $send->('first'), 201, "$mpm: a report";
    $stored->(1);

    rename $spool, "$spool.old" or die "$!\n";
    $make->();
    is $send->('second'), 201, '... the spool is renamed, and another is there: a report';
    is $names->("$spool.old/new"), 0, '... does not go into the old one';
    $stored->(1);
    is $names->("$spool.old/raw"), 1, '... but is stored from the new one';

    run('rm', '-rf', "$spool/raw");
    is $send->('third'), 201, 'raw/ is removed: a report';
    $stored->(1);
    is $names->("$spool/raw"), 1, '... is stored, and kept in raw/, which is made';

    run('rm', '-rf', "$spool/new");
    wait_until('new/', sub { $send->('fourth') == 201 });
    $stored->(2);
    pass('new/ is removed: it is made');

    rename $spool, "$spool.older" or die "$!\n";
    spew($spool, 'no folder');
    is $send->('fifth'), 503, 'there is no spool: a report is not taken';
    my $line = qr/TLSRPT051: no reports get into the store for now: The spool cannot be opened\./;
    wait_until('the intake', sub { $httpd->log =~ $line });
    my $until = time + 4;
    $send->('fifth') while time < $until;    # it is tried once a second
    my %said;
    $said{$_}++ for $httpd->log =~ /\[pid (\d+)[^\]]*\][^\n]*TLSRPT083: /g;
    is_deeply [grep { $_ > 1 } values %said], [], '... which each child says once';
    unlink $spool;
    $make->();
    wait_until('the spool to be opened', sub { $send->('fifth') == 201 });
    $stored->(1);
    pass('... until it is there again');
    is $names->("$spool.older/new"), 0, '... and nothing waits in the old one';
    $httpd->stop;
}

# A child keeps what it leaves open, so that there is an end to it.
my $httpd = Httpd->start($CONF, tlsrpt => 1, module => 0, modules => ['watchdog'],
    expect => [qr/TLSRPT085: /], allow => [qr/TLSRPT05[17]: /]);
my $spool = $httpd->root . '/spool';
my ($owner, $group) = (stat $spool)[4, 5];
for my $n (1 .. 70) {
    rename $spool, "$spool.$n" or die "$!\n";
    mkdir $spool, 0750 or die "$!\n";
    chown $owner, $group, $spool;
    die "a report is not taken\n" if post($httpd, report(id => $n))->code != 201;
}
is scalar(() = $httpd->log =~ /TLSRPT085: .* The one that is there now is taken/g), 64, 'a spool that is moved often is left so often';
is scalar(() = $httpd->log =~ /TLSRPT085: .* for the 65th time\. This child goes on in the old one/g), 1, '... then no more, which is said once';
$httpd->stop;

done_testing;
