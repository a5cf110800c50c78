# hang-said.t - a database that hangs: that is said once, after a minute, and once when it is over; httpd has a clock that the test sets
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Clock;
use Database;
use Httpd::Tools qw(wait_until);
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
</VirtualHost>
CONF

my $clock = Clock->new;
my $db = Database->start('pgsql');
my $httpd = $clock->start("TLSRPTStore \"@{[$db->store]}\"\n$CONF", tlsrpt => 1, module => 0, modules => ['watchdog'],
    expect => [qr/TLSRPT058: /], allow => [qr/TLSRPT051: /]);
my $posted = 0;
sub send_next { return post($httpd, report(id => 'n' . $posted++))->code }
sub all_stored { wait_until('the intake', sub { !(() = glob $httpd->root . '/spool/new/*') }) }
sub said { my ($tag) = @_; return scalar(() = $httpd->log =~ /$tag: /g) }
sub is_said { my ($tag, $times, $name) = @_; wait_until($name, sub { said($tag) >= $times }); is said($tag), $times, $name }

# The connection is open, and the next batch waits for its answer.
sub hang {
    $db->hang;
    is send_next(), 201, 'the database hangs: a report is taken';
    wait_until('the intake to ask', sub { $db->is_asked });
}

is send_next(), 201, 'a report is taken';
all_stored();
hang();
is said('TLSRPT058'), 0, '... nothing is said yet';
$clock->ahead(61);
is_said('TLSRPT058', 1, '... after a minute it is said');
like $httpd->log, qr/:warn\] .*TLSRPT058: the attempt to move reports into the store that began at \d{4}-\d\d-\d\d \d\d:\d\d UTC has been at work for more than 60 seconds: the database may not answer, or be slow/, '... what is known';
is said('TLSRPT059'), 0, '... and not that it is over';
$clock->ahead(3600);
$db->go_on;
all_stored();
is_said('TLSRPT059', 1, 'it goes on: that is said');
like $httpd->log, qr/:notice\] .*TLSRPT059: the attempt to move reports into the store that began at \d{4}-\d\d-\d\d \d\d:\d\d UTC is over/, '... as a notice';

hang();
$clock->ahead(3600 + 61);
is_said('TLSRPT058', 2, '... which is said again');
$httpd->graceful;    # a new intake, in new memory
is send_next(), 201, 'a restart meanwhile: a report is taken';
$db->go_on;
all_stored();
pass '... and all are stored';
is said('TLSRPT058'), 2, 'each was said once';
$httpd->stop;

done_testing;
