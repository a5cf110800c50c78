# hang-said.t - a database that hangs: that is said once, after a minute, and once when it is over, and the status page says it;
# httpd has a clock that the test sets
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Clock;
use Database;
use Httpd::Tools qw(wait_until);
use JSON::PP;
use OpenMetrics;
use Report;
use Test::More;

plan skip_all => 'libfaketime and the sanitizers do not start together' if $ENV{HTTPD_PRELOAD};

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTDomain example.com
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

my $clock = Clock->new;
my $db = Database->start('pgsql');
my $httpd = $clock->start("TLSRPTStore \"@{[$db->store]} connect_timeout=2\"\n$CONF", tlsrpt => 1, module => 0, modules => ['watchdog'],
    expect => [qr/TLSRPT058: /, qr/TLSRPT090: /], allow => [qr/TLSRPT051: /]);
my $posted = 0;
sub send_next { return post($httpd, report(id => 'n' . $posted++))->code }
sub all_stored { wait_until('the intake', sub { !(() = glob $httpd->root . '/spool/new/*') }) }
sub said { my ($tag) = @_; return scalar(() = $httpd->log =~ /$tag: /g) }
sub is_said { my ($tag, $times, $name) = @_; wait_until($name, sub { said($tag) >= $times }); is said($tag), $times, $name }

# Its process that the intake is connected to, and those of the status page; new ones answer.
sub processes { return split ' ', $db->sql('SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()') }

# The connection is open, and the next batch waits for its answer.
sub hang {
    my ($what, $how) = @_;
    $how->();
    is send_next(), 201, "$what hangs: a report is taken";
    wait_until('the intake to ask', sub { $db->is_asked });
}

sub get     { my ($query, @more) = @_; return $httpd->get('localhost', "/reports?$query", @more) }
sub spool   { return decode_json(get('format=json')->body)->{spool} }
sub page    { return get('', headers => ['Accept: text/html']) }
sub metrics_have {
    my ($lines, $errors) = OpenMetrics::read(get('format=metrics')->body);
    is $errors, '', '... OpenMetrics: the parser has nothing to say';
    like $lines, qr/^gauge tlsrpt_$_$/m, "... $_" for @_;
}
my $TIME = qr/\d{4}-\d\d-\d\d \d\d:\d\d UTC/;

# ---- one process of it: pages can be made ----

is send_next(), 201, 'a report is taken';
all_stored();
my @stopped = processes();
hang('a process of the database', sub { kill 'STOP', @stopped });
is said('TLSRPT058'), 0, '... nothing is said yet';
is spool()->{lasts_since}, undef, '... JSON';
unlike page()->body, qr/An attempt/, '... the page';
metrics_have('intake_up  1', 'intake_attempt_timestamp_seconds  0');
is send_next(), 201, 'another report';

$clock->ahead(61);
is_said('TLSRPT058', 1, 'after a minute it is said');
like $httpd->log, qr/:warn\] .*TLSRPT058: the attempt to move reports into the store that began at $TIME has been at work for more than 60 seconds: the database may not answer, or be slow/, '... what is known';
my $spool = spool();
like $spool->{lasts_since}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z/, '... JSON: since when';
is $spool->{waiting}, 2, '... and how many reports wait now';
is $spool->{fails_since}, undef, '... it is not said that the store fails';
my $page = page()->body;
like $page, qr{An attempt to store lasts</span></th><td>since $TIME: the database may not answer, or be slow<}, '... the page';
cmp_ok index($page, 'id="receiver"'), '<', index($page, 'id="domains"'), '... in front of all';
metrics_have('store_up  1', 'intake_up  0', qr/intake_attempt_timestamp_seconds  \d{10}/, 'spool_waiting  2');
is said('TLSRPT059'), 0, '... and not that it is over';

$clock->ahead(3600);
kill 'CONT', @stopped;
all_stored();
is_said('TLSRPT059', 1, 'it goes on: that is said');
like $httpd->log, qr/:notice\] .*TLSRPT059: the attempt to move reports into the store that began at $TIME is over/, '... as a notice';
is spool()->{lasts_since}, undef, '... JSON';
metrics_have('intake_up  1', 'intake_attempt_timestamp_seconds  0');

# ---- the whole of it, and a restart meanwhile ----

hang('the whole database', sub { $db->hang });
$clock->ahead(3600 + 61);
my $away = page();
is $away->code, 503, 'the page: 503';
like $away->body, qr/1 report waits in the spool; an attempt to store reports has been at work since $TIME\./, '... says it';
is_said('TLSRPT058', 2, '... the error log says it again');
$httpd->graceful;    # a new intake, in new memory
is send_next(), 201, 'a report is taken';
$db->go_on;
all_stored();
is said('TLSRPT058'), 2, 'each was said once';
$httpd->stop;

done_testing;
