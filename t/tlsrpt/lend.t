# lend.t - the status page and its database: one that hangs takes few workers, one that was away is asked again, and the
# connections of mod_dbd (TLSRPTStore dbd) go round even if there is but one

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Database;
use Httpd;
use Httpd::Tools qw(run wait_until);
use IO::Select;
use IO::Socket::INET;
use Report;
use Store;
use Test::More;

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTDomain example.com
TLSRPTQuota  none none none
<Location /reports>
    SetHandler tlsrpt-status
    Require all granted
</Location>
<Location /tlsrpt>
    SetHandler tlsrpt-receiver
    Require all granted
</Location>
DocumentRoot ROOT
<Files file>
    Require all granted
</Files>
# one process
ThreadsPerChild   16
MaxRequestWorkers 16
CONF
my $PAGE = '/reports?domain=example.com&format=json';

# A request whose answer nobody waits for yet.
sub ask {
    my ($httpd, $path) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $httpd->port) or die "no connection: $!\n";
    print {$socket} "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    return $socket;
}

# The whole of an answer; dies if it does not come within half a minute.
sub answer {
    my ($socket) = @_;
    local $SIG{ALRM} = sub { die "no end of the answer\n" };
    alarm 30;
    my $text = do { local $/; <$socket> };
    alarm 0;
    return $text // '';
}

# ---- a database that hangs, or goes and comes; the count is one of each process: threads ----

{
    local $ENV{MPM} = 'event';
    my $db = Database->start('pgsql');
    my $httpd = Httpd->start("TLSRPTStore \"@{[$db->store]}\"\n$CONF", tlsrpt => 1, module => 0, modules => ['watchdog'],
        files => { 'file' => "here\n" }, allow => [qr/TLSRPT0(?:50|51): /], expect => [qr/TLSRPT090: .*Too many requests/]);
    Store->new($httpd->root, $db->store)->add(trust => 2, channel => 'mail', reports => [report(id => 1)]);
    is $httpd->get('localhost', $PAGE)->code, 200, 'a page';
    for (1 .. 2) {
        $db->stop;
        $db->start_again;
        is $httpd->get('localhost', $PAGE)->code, 200, 'the database went and came: the next page has its numbers';
    }

    $db->hang;
    my $select = IO::Select->new(map { ask($httpd, $PAGE) } 1 .. 9);
    my @refused;
    while (@refused < 5) {
        my @ready = $select->can_read(20) or last;
        $select->remove(@ready);
        push @refused, map { answer($_) } @ready;
    }
    is scalar(grep { m{^HTTP/1\.1 503 } } @refused), 5, 'it hangs: four requests wait, and the others are told so at once';
    is scalar(grep { /^Retry-After: 5\r$/m } @refused), 5, '... and when to try again';
    is $httpd->get('localhost', '/file')->body, "here\n", '... and what else httpd serves is served';
    like answer(ask($httpd, $PAGE)), qr{^HTTP/1\.1 503 .*"error": "Several pages are being made[^"]* No reports wait in the spool\."}s, '... one more is refused, and told how many reports wait';
    is $select->count, 4, '... while the four wait';
    $db->go_on;
    is_deeply [map { answer($_) =~ m{^HTTP/1\.1 (\d+)} } $select->handles], [(200) x 4], 'it goes on: the four have their pages';
    is $httpd->get('localhost', $PAGE)->code, 200, '... and so has the next';
    $httpd->stop;
}

# ---- TLSRPTStore dbd, with one connection in all ----

for my $kind (qw(sqlite3 pgsql)) {
    my $db = Database->start($kind);
    my $httpd = Httpd->start(<<"CONF", tlsrpt => 1, module => 0, modules => [qw(watchdog dbd)], allow => [qr/TLSRPT090: .*(?:Too many requests|There are no tables of reports yet)/]);
DBDriver  $kind
DBDParams "@{[$kind eq 'sqlite3' ? 'ROOT/spool/reports.sqlite3' : $db->params]}"
DBDMin 1
DBDKeep 1
DBDMax 1
TLSRPTStore dbd
$CONF
CONF
    my $sessions = sub { my ($n) = $httpd->get('localhost', $PAGE)->body =~ /"sessions": (\d+)/; return $n // -1 };
    for my $n (1 .. 3) {
        is post($httpd, report(id => $n))->code, 201, "dbd, $kind: a report";
        wait_until('the page to show it', sub { $sessions->() == $n });
        pass '... is stored, and shown';
    }
    my @all = map { ask($httpd, $PAGE) } 1 .. 12;
    my @codes = map { answer($_) =~ m{^HTTP/1\.1 (\d+)} } @all;
    ok !(grep { !/^(?:200|503)$/ } @codes) && 4 <= grep({ $_ == 200 } @codes), '... many at once take turns' or diag "@codes";
    is $sessions->(), 3, '... and a page after them';
    $httpd->stop;
}

# ---- dbd without a connection, and without mod_dbd ----

my $httpd = Httpd->start("DBDriver pgsql\nDBDParams \"host=ROOT dbname=x\"\nTLSRPTStore dbd\n$CONF", tlsrpt => 1, module => 0,
    modules => [qw(watchdog dbd)], allow => [qr/AH00629: |AH00632: |AH00633: |AH00636: |TLSRPT051: /], expect => [qr/TLSRPT090: .*mod_dbd has no connection/]);
my $got = $httpd->get('localhost', $PAGE);
is $got->code, 503, 'dbd, and no database: 503';
is $got->header('Retry-After'), 60, '... Retry-After';
$httpd->stop;

$httpd = Httpd->start("TLSRPTStore dbd\n$CONF", tlsrpt => 1, module => 0, modules => ['watchdog'], allow => [$NO_STORE],
    expect => [qr/TLSRPT090: .*mod_dbd is not loaded/]);
is $httpd->get('localhost', $PAGE)->code, 503, 'dbd, and no mod_dbd: 503';
$httpd->stop;

done_testing;
