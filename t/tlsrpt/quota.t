# quota.t - quotas by network and in all, over a graceful restart; by the number of domains; a full spool; nobody pays for another network
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Report;
use Test::More;

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTStore  dbd
TLSRPTDomain example.com
TLSRPTQuota  NETWORK ALL SIZE
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
    RemoteIPHeader X-From
    RemoteIPInternalProxy 127.0.0.1
</VirtualHost>
CONF

# The client is whom mod_remoteip says: so networks of all kinds can be tried.
sub conf { my %is = @_; return $CONF =~ s/NETWORK/$is{network} || 'none'/er =~ s/ALL/$is{all} || 'none'/er =~ s/SIZE/$is{size} || 'none'/er }
sub start { return Httpd->start(conf(@_), tlsrpt => 1, module => 0, modules => ['remoteip'], allow => [$NO_STORE, qr/TLSRPT082:/]) }
my $n = 0;
sub from { my ($httpd, $address) = @_; return post($httpd, report(id => 'n' . $n++), headers => ["X-From: $address"])->code }
sub posted { my ($httpd, $address, $body) = @_; return post($httpd, $body, headers => ["X-From: $address"])->code }
sub codes { my ($httpd, @addresses) = @_; return join ' ', map { from($httpd, $_) } @addresses }

my $httpd = start(network => 3);
is codes($httpd, ('192.0.2.1') x 3), '201 201 201', 'three a day from an address';
my $over = post($httpd, report(id => 'over'), headers => ['X-From: 192.0.2.1']);
is $over->code, 429, '... and the fourth is refused';
is $over->header('Retry-After'), 3600, '... with Retry-After';
like $httpd->log, qr/tlsrpt:notice\].*TLSRPT082: a report is refused: the first number of TLSRPTQuota is reached/, '... and a line in the log, which is no error';
is codes($httpd, '192.0.2.200'), '429', 'the same /24: refused';
is codes($httpd, '192.0.3.1'), '201', 'another /24: taken';
is codes($httpd, ('192.0.4.1') x 3, ('192.0.5.1') x 3, ('192.0.6.1') x 3), '201 201 201 201 201 201 201 201 429',
    'a /16 has four times as much';
is codes($httpd, '198.51.100.1'), '201', 'another /16: taken';
is codes($httpd, ('2001:db8:1::1') x 3, '2001:db8:1:ffff::1', '2001:db8:2::1'), '201 201 201 429 201', 'IPv6: by /48';
is codes($httpd, map { sprintf '2001:db8:%x::1', $_ } 3 .. 11), '201 201 201 201 201 201 201 201 429', '... and four times as much a /32';
is codes($httpd, '2001:db9::1'), '201', '... another /32: taken';
is codes($httpd, ('::ffff:203.0.113.9') x 3, '203.0.113.1'), '201 201 201 429', 'IPv4 in IPv6 is IPv4';

$httpd->graceful;
is codes($httpd, '192.0.2.1', '10.1.1.1'), '429 201', 'a graceful restart forgets nothing';
is posted($httpd, '192.0.2.1', report(id => 'n0')), 429, 'this quota comes before the body: also for a report that is there already';
my @before = waiting($httpd);
is post($httpd, 'junk', headers => ['X-From: 10.2.2.2'])->code, 400, 'what is no report';
is codes($httpd, ('10.2.2.2') x 3), '201 201 429', '... counts as well';

# Five bad ones of a network are kept a day: so nobody pushes out what others sent.
$httpd->reconfigure(conf());
post($httpd, "the honest one", headers => ['X-From: 198.18.0.1']);
post($httpd, "junk $_", headers => ['X-From: 10.3.3.3']) for 1 .. 30;
is scalar(grep { /the honest one/ } bad_bodies($httpd)), 1, 'thirty bad ones of a network leave that of another';
is scalar(grep { /\njunk \d+\z/ } bad_bodies($httpd)), 5, '... five of them are kept';
$httpd->stop;

$httpd = start(all => 4);
my @four = map { report(id => "four $_") } 1 .. 4;
is join(' ', map { posted($httpd, "10.$_.0.1", $four[$_ - 1]) } 1 .. 4), '201 201 201 201', 'four new reports a day in all';
is codes($httpd, '10.5.0.1', '10.6.0.1'), '429 429', '... and no more';
is posted($httpd, '10.7.0.1', $four[0]), 200, 'one that is there already takes none away: 200';
rename $_, s{/new/}{/raw/}r for glob $httpd->root . '/spool/new/*';
is posted($httpd, '10.7.0.1', $four[0]), 200, '... also when it is stored';
is posted($httpd, '10.8.0.1', report(id => 'of others', domain => 'example.org')), 200, '... and one of others';
is posted($httpd, '10.9.0.1', 'junk'), 400, '... and what is no report is none';
$httpd->stop;

# ---- by the number of domains ----

sub named {
    my ($quota, @names) = @_;
    return conf() =~ s/^TLSRPTQuota.*\n/$quota ? "TLSRPTQuota $quota\n" : ''/mer =~ s/^(TLSRPTDomain) .*/join "\n", map { "$1 $_" } @names/mer;
}
my @OPTION = (tlsrpt => 1, module => 0, modules => ['remoteip'], allow => [$NO_STORE, qr/TLSRPT082:/, qr/MTASTS0(?:4\d|60):/]);
sub taken { my ($httpd, $address) = @_; my $taken = 0; $taken++ while $taken < 200 && from($httpd, $address) == 201; return $taken }

$httpd = Httpd->start(named('', 'example.com'), @OPTION);
is taken($httpd, '192.0.2.1'), 60, 'without TLSRPTQuota: 60 bodies a day from a network';
$httpd->reconfigure(named('auto 10000 256M', 'example.com', (map { "n$_.example.com" } 1 .. 24), '*.wild.example.com'));
is taken($httpd, '192.0.2.1'), 15, '25 domains: three times as many; a wildcard is none';
$httpd->reconfigure(named('', 'example.com', map { "n$_.example.com" } 1 .. 20) . <<'CONF', module => 1);
MTASTSReportTo none
<VirtualHost *:PORT>
    ServerName   https://mta-sts.one.example.net
    ServerAlias  mta-sts.*
    MTASTSEngine on
    MTASTSMX     mx.example.net
    <MTASTSDomain two.example.net three.example.net four.example.net>
    </MTASTSDomain>
    <MTASTSDomainMatch ^x\d+\.example\.net$>
    </MTASTSDomainMatch>
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.five.example.net
    ServerAlias  mta-sts.one.example.net
    MTASTSEngine on
    MTASTSMX     mx.example.net
</VirtualHost>
CONF
is taken($httpd, '192.0.2.1'), 3, '... and those of mod_mta_sts, each once: 26 in all';
$httpd->stop;

# The PROXY protocol hands an address on as it was written: IPv4 may come in the form of IPv6.
$httpd = Httpd->start(conf(network => 2) =~ s/^\s*RemoteIP.*\n//mgr =~ s/^(\s*ServerName.*)/$1\n    RemoteIPProxyProtocol On/mr, @OPTION);
sub proxied {
    my ($line) = @_;
    my $json = report(id => 'n' . $n++);
    return $httpd->talk("PROXY $line 1024 443\r\nPOST /tlsrpt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " . length($json) . "\r\n\r\n$json")
        =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none';
}
is join(' ', map { proxied("TCP6 ::ffff:203.0.113.$_ ::1") } 1 .. 3), '201 201 429', 'behind a proxy: IPv4 in IPv6 is one network';
is proxied('TCP4 203.0.113.4 127.0.0.1'), 429, '... that of IPv4';
is proxied('TCP6 ::ffff:203.0.114.1 ::1'), 201, '... another: taken';
$httpd->stop;

# Many networks with one each: none is refused for the sake of another.
$httpd = start(network => 1);
post($httpd, "x", headers => ["X-From: " . join '.', map { 1 + int rand 220 } 1 .. 4]) for 1 .. 150;
my $refused = grep { from($httpd, "198.$_.1.1") != 201 } 1 .. 50;
is $refused, 0, 'fifty networks beside a hundred and fifty others: none is refused';
$httpd->stop;

# ---- the room of the spool, by network: a quarter a day, and a half for the wider one ----

sub sized { my ($id, $kib) = @_; my $empty = report(id => $id, org => ''); return report(id => $id, org => 'x' x ($kib * 1024 - length $empty)) }
$httpd = start(size => '4M');
is join(' ', map { posted($httpd, '192.0.2.1', sized("quarter $_", 256)) } 1 .. 4), '201 201 201 201', 'a quarter of the room for a network';
my $more = post($httpd, report(id => 'one more'), headers => ['X-From: 192.0.2.77']);
is $more->code . ' ' . $more->header('Retry-After'), '429 3600', '... beyond it 429, with Retry-After';
like $httpd->log, qr/TLSRPT082: .*its network has filled its part of the spool, by the third number of TLSRPTQuota/, '... and a line in the log';
is posted($httpd, '192.0.2.1', report(id => 'foreign', domain => 'example.org')), 200, '... what is not stored is answered as ever';
is join(' ', map { posted($httpd, '192.0.3.1', sized("half $_", 256)) } 1 .. 4), '201 201 201 201', 'another network has its own';
is codes($httpd, '192.0.4.1'), '429', '... and the wider one around them a half';
is posted($httpd, $_, sized('quarter 1', 256)), 200, "... but what is there already is there, from $_" for '192.0.2.1', '192.0.4.1';
is codes($httpd, '198.51.100.1', '2001:db8::1'), '201 201', 'other networks: taken';
$httpd->graceful;
is codes($httpd, '192.0.2.1', '192.0.4.1', '198.51.100.1'), '429 429 201', 'a graceful restart forgets nothing';
$httpd->stop;

$httpd = start(size => '4M');
is posted($httpd, '192.0.2.1', sized('exact', 1023)), 201, 'up to the last KiB';
is posted($httpd, '192.0.2.1', sized('over', 2)), 429, '... not over it';
is posted($httpd, '192.0.2.1', sized('last', 1)), 201, '... that one itself is taken';
is posted($httpd, '198.51.100.1', sized('large', 1500)), 201, 'the first of a day is taken, though it is larger than the part';
is codes($httpd, '198.51.100.1'), '429', '... and no more';
is posted($httpd, '203.0.113.1', sized('once', 400)), 201, 'a report that comes again';
is join(' ', map { posted($httpd, '203.0.113.1', sized('once', 400)) } 1 .. 3), '200 200 200', '... takes no more room';
is posted($httpd, '203.0.113.1', sized('twice', 600)), 201, '... which is there for another';
$httpd->stop;

# ---- a full spool ----

$httpd = start(size => '1M');
my @big = map { report(id => "big $_", policies => [policy(failures => [map { { 'additional-information' => 'x' x 4000 } } 1 .. 70])]) } 1 .. 4;
is join(' ', map { posted($httpd, "10.$_.0.1", $big[$_]) } 0 .. 3), '201 201 201 503', 'a full spool: 503';
my $full = post($httpd, $big[3]);
is $full->code . ' ' . $full->header('Retry-After'), '503 600', '... with Retry-After';
is_deeply [waiting($httpd)], [sort map { sha256_hex($_) } @big[0 .. 2]], '... nothing of it is kept';
is_deeply [glob $httpd->root . '/spool/tmp/*'], [], '... not in tmp/ either';
is posted($httpd, '10.5.0.1', $big[0]), 200, '... what is there is there';
rename "$_", s{/new/}{/raw/}r for glob $httpd->root . '/spool/new/*';    # they were stored
Httpd::wait_until('room to be made', sub { post($httpd, $big[3])->code == 201 });
pass 'what is stored makes room';
cmp_ok scalar(() = glob $httpd->root . '/spool/raw/*'), '<', 3, '... the oldest goes';
$httpd->stop;

# ---- a spool that is not there ----

$httpd = start();
is codes($httpd, '10.0.0.1'), '201', 'a spool';
rename $httpd->root . '/spool', $httpd->root . '/away';
Httpd::spew($httpd->root . '/spool', 'no folder');
$httpd->expect(qr/TLSRPT030: .* is no folder/, qr/TLSRPT083: the spool cannot be opened/);
$httpd->graceful;
is codes($httpd, '10.0.0.2'), '503', 'something else in its place: the server goes on, reports get 503';
unlink $httpd->root . '/spool';
rename $httpd->root . '/away', $httpd->root . '/spool';
Httpd::wait_until('the spool', sub { from($httpd, '10.0.0.2') == 201 });
pass '... until it is there again, without a restart';
$httpd->stop;

done_testing;
