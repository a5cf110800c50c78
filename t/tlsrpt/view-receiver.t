# view-receiver.t - tlsrpt-status says how reports come in: what the receiver answered, what waits, since when the store fails and why

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Database;
use Httpd;
use Httpd::Tools qw(spew wait_until);
use IPC::Open2;
use JSON::PP;
use OpenMetrics;
use Report;
use Test::More;

sub conf {
    my ($store) = @_;
    return <<"CONF";
TLSRPTSpool  ROOT/spool
TLSRPTDomain example.com
$store
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
    <Location "/reports">
        SetHandler tlsrpt-status
        Require all granted
    </Location>
</VirtualHost>
CONF
}

my $httpd;
sub get  { my ($query, @more) = @_; return $httpd->get('localhost', "/reports?$query", @more) }
sub json { return decode_json(get('format=json')->body) }
sub page { return get('', headers => ['Accept: text/html'])->body }
sub spool_is { my ($what, $is) = @_; my $json; wait_until($what, sub { $json = json(); $is->($json->{spool}) }); pass $what; return $json }
my $TIME = qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z/;

sub metrics {
    my $got = get('format=metrics');
    my ($lines, $errors) = OpenMetrics::read($got->body);
    is $got->code . $errors, '200', 'OpenMetrics: 200, and the parser has nothing to say';
    return $lines;
}

# ---- all is well ----

$httpd = Httpd->start(conf(''), tlsrpt => 1, module => 0,
    expect => [qr/TLSRPT051: /], allow => [qr/TLSRPT0(?:50|90): /]);
is post($httpd, gz(report(id => $_)))->code, 201, 'a report' for 1, 2;
is post($httpd, gz(report(id => 1)))->code, 200, '... again';
is post($httpd, gz(report(id => $_, domain => 'example.org')))->code, 200, '... about a domain of others' for 3 .. 6;
is post($httpd, 'no report')->code, 400, '... that is none' for 1 .. 3;
is post($httpd, report(id => $_), path => '/tlsrpt/exmaple.com')->code, 404, '... to a wrong path' for 7 .. 11;
is $httpd->get('localhost', '/tlsrpt/exmaple.com')->code, 404, '... who only looks there sends none';
my $json = spool_is('both are stored', sub { $_[0]{stored} && !$_[0]{waiting} });
is_deeply $json->{receiver}, { received => 2, duplicate => 1, foreign => 4, bad => 3, refused => 0, misdirected => 5 }, 'what the receiver answered';
like $json->{spool}{$_}, $TIME, "$_: a time" for qw(tried stored);
is $json->{spool}{$_}, undef, "$_: null" for qw(fails_since error);
my $page = page();
like $page, qr{id="receiver".*>2 received, 1 repeated, 4 about others, 3 unreadable, 0 refused, 5 to a wrong path<.*Waiting in the spool</th><td>0<.*Last stored</th><td>\d{4}-\d\d-\d\d \d\d:\d\d UTC<}s, 'the page says it';
unlike $page, qr/None is stored/, '... and no more';
my $metrics = metrics();
like $metrics, qr/^counter tlsrpt_requests_total result=$_$/m, $_ for 'received 2', 'duplicate 1', 'foreign 4', 'bad 3', 'refused 0', 'misdirected 5';
like $metrics, qr/^gauge tlsrpt_$_$/m, $_ for 'store_up  1', 'intake_up  1', 'spool_waiting  0', qr/intake_stored_timestamp_seconds  \d{10}/;

# ---- it can be read, and not be written ----

my $pid = open2(my $said, my $lock, 'sqlite3', '-interactive', $httpd->root . '/spool/reports.sqlite3');
$lock->autoflush(1);
print {$lock} ".timeout 9000\nBEGIN IMMEDIATE;\n.print it is locked\n";
1 while ($_ = <$said>) !~ /it is locked/;
is post($httpd, gz(report(id => 'locked')))->code, 201, 'somebody else writes, and does not end: a report';
$json = spool_is('it waits', sub { $_[0]{fails_since} });
like $json->{spool}{fails_since}, $TIME, 'the store fails: since when';
like $json->{spool}{error}, qr/\AThe database says: database is locked/, '... and why';
cmp_ok $json->{spool}{waiting}, '>=', 1, '... and how many wait';
$page = page();
like $page, qr{None is stored</span></th><td>since \d{4}-\d\d-\d\d \d\d:\d\d UTC: The database says: database is locked}, 'the page says it';
cmp_ok index($page, 'id="receiver"'), '<', index($page, 'id="domains"'), '... in front of all';
$metrics = metrics();
like $metrics, qr/^gauge tlsrpt_$_$/m, $_ for 'store_up  1', 'intake_up  0', qr/spool_waiting  [1-9]\d*/;
close $lock;
waitpid $pid, 0;
$json = spool_is('it goes on', sub { !$_[0]{waiting} && !$_[0]{fails_since} });
is $json->{spool}{error}, undef, 'and nothing is said of before';
$httpd->stop;

# ---- there is no spool ----

my $elsewhere = 'sqlite3:ROOT/store/reports.sqlite3';
$httpd = Httpd->start(conf("TLSRPTStore $elsewhere"), tlsrpt => 1, module => 0,
    expect => [qr/TLSRPT051: no reports get into the store for now: The spool cannot be opened\./, qr/TLSRPT083: /], allow => [qr/TLSRPT0(?:40|50|85|90): /]);
my $folder = $httpd->root . '/spool';
mkdir $httpd->root . '/store', 0777 or die "$!\n";
chmod 0777, $httpd->root . '/store';
spool_is('all is well', sub { $_[0]{tried} && !$_[0]{fails_since} });
rename $folder, "$folder.away" or die "$!\n";
spew($folder, 'no folder');
$json = spool_is('it cannot be opened', sub { $_[0]{fails_since} });
is $json->{spool}{error}, 'The spool cannot be opened.', '... which is said';
like metrics(), qr/^gauge tlsrpt_intake_up  0$/m, '... and is no good state';
unlink $folder;
rename "$folder.away", $folder or die "$!\n";
spool_is('it is there again', sub { !$_[0]{fails_since} });
$httpd->stop;

# ---- it is away ----

my $db = Database->start('mysql');
$httpd = Httpd->start(conf('TLSRPTStore "' . $db->store . '"'), tlsrpt => 1, module => 0,
    expect => [qr/TLSRPT051: /, qr/TLSRPT090: /], allow => [qr/TLSRPT050: /]);
is post($httpd, gz(report(id => 1)))->code, 201, 'a report';
spool_is('it is stored', sub { $_[0] && $_[0]{stored} && !$_[0]{waiting} });
$db->stop;
is post($httpd, gz(report(id => $_)))->code, 201, 'the database is away: a report' for 2, 3;
$json = spool_is('both wait', sub { $_[0]{waiting} == 2 && $_[0]{fails_since} });
like $json->{error}, qr/2 reports wait in the spool; nothing was stored since \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\z/, 'the answer says how many wait, and since when';
my $away = get('', headers => ['Accept: text/html']);
is $away->code, 503, 'the page: 503';
like $away->body, qr/2 reports wait in the spool; nothing was stored since \d{4}-/, '... says it too';
unlike $away->body . encode_json($json), qr/s3cret/, '... and no password';
$metrics = metrics();
like $metrics, qr/^gauge tlsrpt_$_$/m, $_ for 'store_up  0', 'intake_up  0', 'spool_waiting  2';
like $metrics, qr/^counter tlsrpt_requests_total result=received 3$/m, '... and the counters';
$db->start_again;
spool_is('back: all is stored', sub { !$_[0]{waiting} && !$_[0]{fails_since} });
is get('')->code, 200, '... and the page is there';
$httpd->stop;

done_testing;
