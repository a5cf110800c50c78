# reports.pl - how long the status page takes: a year of reports of 100 domains, and 100,000 domains
#
#   perl t/bench/reports.pl [YEAR_DOMAINS MANY_DOMAINS]
#
# Prints the median of 9 requests in milliseconds, and the plans of the store for the queries that were slow.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
BEGIN { $FindBin::Bin =~ s{/bench$}{/tlsrpt} }
use Httpd;
use Report;
use Store;
use Time::HiRes qw(time);

my ($year, $many) = @ARGV ? @ARGV : (100, 100_000);
my $httpd = Httpd->start(<<'CONF', tlsrpt => 1, module => 0, modules => ['watchdog'], allow => [qr/TLSRPT0(?:30|31|40|51): /]);
TLSRPTSpool ROOT/spool
TLSRPTStore sqlite3:ROOT/reports.sqlite3
<Location /reports>
    SetHandler tlsrpt-status
    Require all granted
</Location>
CONF
my $store = Store->new($httpd->root);
$store->add(trust => 2, channel => 'mail', reports => [report(id => 1)]);
my $file = $httpd->root . '/reports.sqlite3';
for (["$year", 365, 3], ["$many", 3, 2]) {
    system('python3', "$FindBin::Bin/../bench/reports.py", $file, @$_) and die "reports.py failed\n";
}
printf "%d domains for 365 days, %d domains for 3 days: %d MB\n", $year, $many, (-s $file) / 1e6;
$store->add(trust => 2, channel => 'mail', reports => [report(id => 2)]);    # the owner, too
my $middle = sprintf 'd%06d', $many / 2;
for my $query ('domain=d000001-365.example.com&days=30', 'domain=d000001-365.example.com&days=365', '', 'days=365', "after=$middle", "prefix=$middle",
    'days=365&prefix=d00000', 'format=metrics', 'format=json&domain=d000001-365.example.com&days=365') {
    my @took = sort { $a <=> $b } map {
        my $begin = time;
        my $got   = $httpd->get('localhost', "/reports?$query", headers => ['Accept: text/html']);
        die "$query: " . $got->code . "\n" if $got->code != 200;
        1000 * (time - $begin);
    } 1 .. 9;
    printf "%-60s %7.0f ms (%.0f to %.0f)\n", $query || '(the list)', $took[4], $took[0], $took[-1];
}
$httpd->end;
