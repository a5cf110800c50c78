# clock.t - what goes by the time: quotas, a spool that comes late, the minute of a body, what is too old: httpd has a clock that the test sets
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Clock;
use Httpd::Tools qw(run slurp wait_until);
use IO::Socket::INET;
use Report;
use Test::More;

plan skip_all => 'libfaketime and the sanitizers do not start together' if $ENV{HTTPD_PRELOAD};

our $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTStore  dbd
TLSRPTDomain example.com
TLSRPTMaxReportSize 256K
TLSRPTQuota  QUOTA
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
    RemoteIPHeader X-From
    RemoteIPInternalProxy 127.0.0.1
</VirtualHost>
CONF

my $clock = Clock->new;
sub ahead { return $clock->ahead(@_) }

sub start {
    my ($quota, @more) = @_;
    return started($CONF =~ s/QUOTA/$quota/r, modules => ['remoteip'], allow => [$NO_STORE, qr/TLSRPT082:/], @more);
}

sub started {
    my ($conf, @option) = @_;
    ahead(0);
    return $clock->start($conf, tlsrpt => 1, module => 0, @option);
}

# ---- days ----

my $DAY = 24 * 60 * 60;
my $n = 0;
sub from { my ($httpd, $address, $body) = @_; return post($httpd, $body // report(id => 'n' . $n++), headers => ["X-From: $address"])->code }
sub codes { my ($httpd, @addresses) = @_; return join ' ', map { from($httpd, $_) } @addresses }

my $httpd = start('2 none none');
is codes($httpd, ('192.0.2.1') x 3), '201 201 429', 'two bodies a day from a network';
ahead($DAY);
is codes($httpd, ('192.0.2.1') x 3), '201 201 429', 'the next day: two more';
$httpd->graceful;
is codes($httpd, '192.0.2.1', '198.51.100.1'), '429 201', '... which a graceful restart does not forget';
ahead(0);
is codes($httpd, ('192.0.2.1') x 3), '201 201 429', 'a clock that is set back: another day';
$httpd->stop;

$httpd = start('none 2 none');
is codes($httpd, '10.1.0.1', '10.2.0.1', '10.3.0.1'), '201 201 429', 'two new reports a day in all';
ahead($DAY);
is codes($httpd, '10.1.0.1', '10.2.0.1', '10.3.0.1'), '201 201 429', 'the next day: two more';
$httpd->stop;

$httpd = start('none none 1M');
sub sized { my ($id, $kib) = @_; my $empty = report(id => $id, org => ''); return report(id => $id, org => 'x' x ($kib * 1024 - length $empty)) }
is join(' ', map { from($httpd, '192.0.2.1', sized("first $_", 128)) } 1 .. 3), '201 201 429', 'a quarter of the room a day for a network';
ahead($DAY);
is join(' ', map { from($httpd, '192.0.2.1', sized("second $_", 128)) } 1 .. 3), '201 201 429', 'the next day: another';
post($httpd, "junk $_", headers => ['X-From: 10.3.3.3']) for 1 .. 9;
is scalar(bad_bodies($httpd)), 5, 'of bad bodies five are kept';
ahead(2 * $DAY);
post($httpd, "more junk $_", headers => ['X-From: 10.3.3.3']) for 1 .. 9;
is scalar(bad_bodies($httpd)), 10, 'the next day: five more';
$httpd->stop;

# ---- the spool ----

my $folder_of_spool = File::Temp->newdir('clock-spool-XXXXXX', TMPDIR => 1);
chmod 0755, "$folder_of_spool";
{
    local $CONF = $CONF =~ s{ROOT/spool}{$folder_of_spool/not/spool}r;
    $httpd = start('none none none', expect => [qr/TLSRPT030: /, qr/TLSRPT083: /]);
}
is from($httpd, '192.0.2.1'), 503, 'there is no spool';
ahead(-3600);
mkdir "$folder_of_spool/not" or die "$!\n";
chmod 0777, "$folder_of_spool/not";
wait_until('the spool to be opened', sub { from($httpd, '192.0.2.1') == 201 });
pass('... until it can be made, also when the clock was set back');
$httpd->stop;
ahead(0);

# ---- the minute ----

# A request that is begun, and of which httpd has read all that was sent: nothing is on its way, and all its threads wait.
sub begun {
    my ($bytes) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $httpd->port, Timeout => 30) or die "no connection: $!\n";
    print {$socket} "POST /tlsrpt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n", chunk($bytes);
    $socket->flush;
    my ($here, $there) = map { sprintf '0100007F:%04X', $_ } $socket->sockport, $httpd->port;
    wait_until('httpd to read', sub {
        my %queues = map { /^\s*\d+: (\S+ \S+) \S+ (\S+)/ ? ($1 => $2) : () } split /\n/, slurp('/proc/net/tcp');
        return ($queues{"$here $there"} // '') eq '00000000:00000000' && ($queues{"$there $here"} // '') eq '00000000:00000000';
    });
    $httpd->_settle;
    return $socket;
}
sub chunk { return sprintf("%x\r\n%s\r\n", length $_[0], $_[0]) }
sub rest {
    my ($socket, @chunks) = @_;
    local $SIG{PIPE} = 'IGNORE';
    print {$socket} @chunks;
    $socket->flush;
    local $SIG{ALRM} = sub { die "no answer\n" };
    alarm 60;
    local $/;
    my $answer = <$socket> // '';
    alarm 0;
    return $answer =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none';
}
my $END = chunk('');

$httpd = start('none none none');
my $json = report(id => 'long', org => 'x' x 200_000);
my $socket = begun(substr $json, 0, 100_000);
ahead(59);
is rest($socket, chunk(substr $json, 100_000), $END), 201, 'a large body that takes less than a minute';
ahead(0);
$socket = begun(substr $json, 0, 100_000);
ahead(61);
is rest($socket, chunk(substr $json, 100_000, 100), $END), 408, '... more than a minute: 408';
ahead(0);
$socket = begun('x' x 262_000);
ahead(61);
is rest($socket, chunk('x' x 1000), $END), 413, '... which is too large as well: 413, because that was decided first';
ahead(0);
$json = report(id => 'short');
$socket = begun(substr $json, 0, 100);
ahead(61);
is rest($socket, chunk(substr $json, 100), $END), 408, 'a small one has no more time';
ahead(0);
$socket = begun('x' x 200_000);
ahead(61);
is rest($socket, $END), 400, 'a large one of which only the end is missing is whole';
$httpd->stop;

# ---- what is too old: looked for once an hour ----

$httpd = started(<<'CONF');
TLSRPTSpool  ROOT/spool
TLSRPTStore  sqlite3:ROOT/spool/reports.sqlite3
TLSRPTDomain example.com
TLSRPTKeep   30d 90d 400d
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
sub sqlite { my ($sql) = @_; my $done = run('sqlite3', $httpd->root . '/spool/reports.sqlite3', '.timeout 9000', $sql); die $done->err if $done->status; return $done->out =~ s/\s+\z//r }
sub gets_too_old { my ($id) = @_; sqlite("UPDATE tlsrpt_report SET day = 20200101 WHERE report_id = '$id'"); return }
sub is_there { my ($id) = @_; return sqlite("SELECT COUNT(*) FROM tlsrpt_report WHERE report_id = '$id'") }
is post($httpd, gz(report(id => $_)))->code, 201, 'a report' for qw(ahead back);
wait_until('the intake', sub { !(() = glob $httpd->root . '/spool/new/*') });
is is_there('ahead') + is_there('back'), 2, '... they are stored';
gets_too_old('ahead');
ahead(5 * $DAY);
wait_until('the first to go', sub { !is_there('ahead') });
pass 'what is too old goes, with a clock five days ahead';
is is_there('back'), 1, '... and no other';
gets_too_old('back');
ahead(0);
wait_until('the second to go', sub { !is_there('back') });
pass '... and goes when the clock is set back: not five days later';
$httpd->stop;

done_testing;
