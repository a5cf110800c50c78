# view-databases.t - the status page says the same over PostgreSQL and MariaDB as over SQLite

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Database;
use Httpd;
use Report;
use Store;
use Test::More;

my @policy = (policy => { 'policy-type' => 'sts', 'policy-domain' => 'example.com', 'mx-host' => ['mx1.example.com'],
    'policy-string' => ['version: STSv1', 'mode: testing', 'mx: mx1.example.com', 'max_age: 86401'] });
my @reports = map { report(id => "a$_", contact => 'tls@a.example', start => day($_), end => day($_, '23:59:59'),
    policies => [{ @policy, summary => { 'total-successful-session-count' => 9, 'total-failure-session-count' => $_ == 5 ? 3 : 0 },
        $_ == 5 ? ('failure-details' => [{ 'result-type' => 'certificate-expired', 'failed-session-count' => 2, 'receiving-mx-hostname' => 'mx1.example.com', 'receiving-ip' => '192.0.2.1' },
            { 'result-type' => 'Made-Up', 'failed-session-count' => 1, 'failure-reason-code' => "100 % \x{e4}" }]) : () }, policy(type => 'tlsa', good => 11), policy(type => 'no-policy-found', good => 2)]) } 1 .. 20;
# names that a language sorts otherwise than ASCII does
push @reports, map { report(id => $_, domain => "$_.example.net") } qw(a-b ab a-c ac a.b b z-1 z1);

my %said;
for my $kind (qw(sqlite3 pgsql mysql)) {
    my $db    = Database->start($kind);
    my $httpd = Httpd->start(<<"CONF", tlsrpt => 1, module => 0, modules => ['watchdog'], allow => [qr/TLSRPT0(?:30|31|51): /]);
TLSRPTSpool ROOT/spool
TLSRPTStore "@{[$db->store]}"
<Location /reports>
    SetHandler tlsrpt-status
    Require all granted
</Location>
CONF
    my $store = Store->new($httpd->root, $db->store);
    $store->add(trust => 2, channel => 'mail', reports => \@reports);
    $store->add(trust => 0, channel => 'mail', reports => [report(id => 'unsigned', domain => 'example.com')]);
    my %is;
    for my $query ('domain=example.com&format=json', 'format=json', 'format=json&prefix=a', 'format=json&prefix=a&after=a-b.example.net', 'format=json&prefix=z', 'domain=example.com', 'domain=example.com&format=metrics', 'format=metrics') {
        my $got = $httpd->get('localhost', "/reports?$query");
        is $got->code, 200, "$kind: $query" or diag $httpd->log;
        # but when
        $is{$query} = $got->body =~ s/(newest_report_timestamp_seconds\{.*\}) \d+/$1/gr =~ s/"spool": \{.*?\}//sr =~ s/^tlsrpt_intake_up.*//mr
            =~ s{<div class="card"><table class="pairs">.*?</div>}{}sr;
    }
    $said{$kind} = \%is;
    $httpd->stop("$kind: the error log holds what the test expects, and no more");
}
like $said{sqlite3}{'domain=example.com&format=json'}, qr/"sessions": 261, "failed": 3, "no_policy_found": 40.*"uncounted": 1/, 'by the counting rule';
is_deeply $said{$_}, $said{sqlite3}, "$_ says the same" for qw(pgsql mysql);

done_testing;
