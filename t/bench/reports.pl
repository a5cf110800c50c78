# reports.pl - how long the status page takes: a year of reports of 100 domains, and 100,000 domains
#
#   perl t/bench/reports.pl [sqlite3|pgsql [YEAR_DOMAINS MANY_DOMAINS]]
#
# 100 domains have 10 reporters for 365 days, 100,000 have 2 for 3 days. Prints the median of 9 requests in milliseconds.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
BEGIN { $FindBin::Bin =~ s{/bench$}{/tlsrpt} }
use Database;
use Httpd;
use Httpd::Tools qw(run);
use Report;
use Store;
use Time::HiRes qw(time);

my ($kind, $year, $many) = @ARGV;
$kind ||= 'sqlite3';
($year, $many) = (100, 100_000) unless $many;
my $db = Database->start($kind);
my $httpd = Httpd->start(<<"CONF", tlsrpt => 1, module => 0, modules => ['watchdog'], allow => [qr/TLSRPT0(?:30|31|40|51): /]);
TLSRPTSpool ROOT/spool
TLSRPTStore "@{[$db->store]}"
<Location /reports>
    SetHandler tlsrpt-status
    Require all granted
</Location>
CONF
my $store = Store->new($httpd->root, $db->store);
$store->add(trust => 2, channel => 'mail', reports => [report(id => 1)]);    # makes the tables
my $folder = $db->dir . '/rows';
mkdir $folder or die "$folder: $!\n";
for ([$year, 365, 10], [$many, 3, 2]) {
    system('python3', "$FindBin::Bin/../bench/reports.py", $folder, @$_) and die "reports.py failed\n";
}
chmod 0755, $folder;
for my $table (qw(report policy ptext failure count day)) {
    my $file = "$folder/$table.tsv";
    if ($kind eq 'sqlite3') {
        my $done = run('sqlite3', $db->dir . '/reports.sqlite3', 'PRAGMA synchronous = OFF', '.mode ascii', '.separator "\t" "\n"', ".import $file tlsrpt_$table");
        die $done->err if $done->status || $done->err;
    }
    else {
        $db->sql("COPY tlsrpt_$table FROM '$file'");
    }
    unlink $file;
}
$db->sql('VACUUM ANALYZE') if $kind eq 'pgsql';    # its autovacuum would, within a minute
printf "%s: %d domains for 365 days, %d domains for 3 days\n", $kind, $year, $many;
$store->add(trust => 2, channel => 'mail', reports => [report(id => 2)]);    # the owner, too
my $middle = sprintf 'd%06d', $many / 2;
for my $query ('domain=y000001.example.com&days=30', 'domain=y000001.example.com&days=365', '', 'days=365', "after=$middle", "prefix=$middle",
    'prefix=y', 'days=365&prefix=y', 'format=json&days=365&prefix=y', 'format=metrics', 'format=json&domain=y000001.example.com&days=365') {
    my @took = sort { $a <=> $b } map {
        my $begin = time;
        my $got   = $httpd->get('localhost', "/reports?$query", headers => ['Accept: text/html']);
        die "$query: " . $got->code . "\n" if $got->code != 200;
        1000 * (time - $begin);
    } 1 .. 9;
    printf "%-60s %7.0f ms (%.0f to %.0f)\n", $query || '(the list)', $took[4], $took[0], $took[-1];
}
$httpd->end;
