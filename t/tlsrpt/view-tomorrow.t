# view-tomorrow.t - a report of tomorrow, by the clock of its reporter, is taken and shown today: page, JSON, list and tool

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run wait_until);
use JSON::PP;
use Report;
use Test::More;

my $httpd = Httpd->start(<<'CONF', tlsrpt => 1, module => 0, modules => ['watchdog'], allow => [qr/TLSRPT0(?:50|51): /]);
TLSRPTSpool  ROOT/spool
TLSRPTStore  sqlite3:ROOT/spool/reports.sqlite3
TLSRPTDomain example.com example.net
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
my $tomorrow = substr day(-1), 0, 10;    # once: the day may change meanwhile
my @failed = (bad => 3, failures => [{ 'result-type' => 'certificate-expired', 'failed-session-count' => 3, 'receiving-mx-hostname' => 'mx1.example.com' }]);
is post($httpd, report(id => 1, good => 7, @failed, start => "${tomorrow}T00:00:00Z", end => "${tomorrow}T23:59:59Z"))->code, 201, 'a report of tomorrow is taken';
is post($httpd, report(id => 2, domain => 'example.net', good => 5))->code, 201, '... and one of yesterday, on another domain';
wait_until('the intake', sub { !(() = glob $httpd->root . '/spool/new/*') });

sub get { my ($query, @more) = @_; return $httpd->get('localhost', "/reports?$query", @more)->body }
sub json { return decode_json(get("format=json&$_[0]")) }

my $is = json('domain=example.com&days=7');
is_deeply [@$is{qw(to sessions failed)}], [$tomorrow, 10, 3], 'JSON: the days end with it';
is_deeply [map { $_->{day} } @{ $is->{days} }], [$tomorrow], '... and it is one of them';
is_deeply [map { $_->{result_type} } @{ $is->{causes} }], ['certificate-expired'], '... with the cause';
like get('domain=example.com&days=7', headers => ['Accept: text/html']), qr{From \d{4}-\d\d-\d\d to $tomorrow: 10 sessions, 3 failed\. 1 of [78] days has failures}, 'the page: its plot';
my $list = json('days=7');
is_deeply [map { "$_->{domain} $_->{failed}" } @{ $list->{domains} }], ['example.com 3', 'example.net 0'], 'the list has it';
is_deeply [map { "$_->{domain} $_->{failed}" } @{ $list->{failing} }], ['example.com 3'], '... among those with most failures, too';
is $list->{to}, $tomorrow, '... and says so';
like get('days=7', headers => ['Accept: text/html']), qr{ to $tomorrow, UTC.*<input type="hidden" name="days" value="7">}s, 'the page of the list: links keep the days that were asked for';
my $tool = run(($ENV{MODULE_DIR} || "$FindBin::Bin/../../build") . '/mta-sts', 'report', 'summary', '--since=1d', '--csv', '--domain=example.com',
    '--store=sqlite3:' . $httpd->root . '/spool/reports.sqlite3');
like $tool->out, qr/^"example\.com",10,3,1,/m, 'the tool has it';
is $tool->status, 1, '... as a failure';
$httpd->stop;

done_testing;
