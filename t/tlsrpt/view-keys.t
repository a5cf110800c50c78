# view-keys.t - docs/tlsrpt-status.md has each key of the JSON and each metric with its labels, and no other

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(slurp);
use JSON::PP;
use OpenMetrics;
use Report;
use Store;
use Test::More;

my $httpd = Httpd->start(<<'CONF', tlsrpt => 1, modules => ['watchdog'], expect => [qr/TLSRPT090: /], allow => [qr/TLSRPT0(?:30|31|40|50|51): /]);
TLSRPTSpool ROOT/spool
TLSRPTStore sqlite3:ROOT/reports.sqlite3
<VirtualHost *:PORT>
    ServerName     https://mta-sts.example.com
    MTASTSEngine   on
    MTASTSMX       mx1.example.com
    MTASTSReportTo mailto:tls@example.com
    <Location /reports>
        SetHandler tlsrpt-status
        Require all granted
    </Location>
</VirtualHost>
CONF
sub get { return $httpd->get('mta-sts.example.com', "/reports?$_[0]") }

# ---- what there is ----

# Each object of the JSON by its place: a domain's arrays and objects, theirs, ...
my %is;
sub look {
    my ($at, $value) = @_;
    if (ref $value eq 'ARRAY') {
        look($at, $_) for @$value;
    }
    elsif (ref $value eq 'HASH') {
        $is{$at}{$_} = 1 for keys %$value;
        look($at =~ /^(?:a domain|the list|an error)$/ ? $_ : "$at.$_", $value->{$_}) for keys %$value;
    }
    return;
}

look('an error', decode_json(get('format=json')->body));
Store->new($httpd->root)->add(trust => $_ ? 2 : 0, channel => $_ ? 'mail' : 'https', reports => [report(id => "r$_", contact => "tls\@r$_.example", start => day(2), end => day(2, '23:59:59'), policies => [{
    policy => { 'policy-type' => 'sts', 'policy-domain' => 'example.com', 'policy-string' => ['mode: testing'] },
    summary => { 'total-successful-session-count' => 9, 'total-failure-session-count' => 1 },
    'failure-details' => [{ 'result-type' => 'certificate-expired', 'failed-session-count' => 1, 'receiving-mx-hostname' => 'mx9.example.com' }] }])]) for 0, 1;
look('a domain', decode_json(get('domain=example.com&format=json')->body));
look('the list', decode_json(get('format=json')->body));
my %metric;
for my $query ('format=metrics', 'format=metrics&domain=example.com') {
    my ($lines, $errors) = OpenMetrics::read(get($query)->body);
    is $errors, '', "$query: the parser has nothing to say";
    for (split /\n/, $lines) {
        my (undef, $name, $labels) = split / /;
        $metric{$name}{$_} = 1 for map { s/=.*//r } split /,/, $labels;
        $metric{$name} ||= {};
    }
}

# ---- what the manual has ----

my $manual = slurp("$FindBin::Bin/../../docs/tlsrpt-status.md");
my %said;
while ($manual =~ /^\| key of (.*?) \| what \|\n\|---\|---\|\n((?:\|.*\n)+)/mg) {
    my ($of, $rows) = ($1, $2);
    my @keys = map { /^\| ([^|]*) \|/ ? $1 =~ /`(\w+)`/g : () } split /\n/, $rows;
    for my $at ($of =~ /`/ ? $of =~ /`([\w.]+)`/g : $of) {
        $said{$at}{$_}++ for @keys;
    }
}
cmp_ok keys %said, '>', 15, 'the manual has tables of keys';

# These are described where they stand first.
my %same = ('an error.receiver' => 1, 'an error.spool' => 1, 'domains.unverified.causes' => 'unverified.causes');
for my $at (sort keys %is) {
    next if $same{$at};
    is_deeply [sort keys %{ $said{$at} || {} }], [sort keys %{ $is{$at} }], "the manual has the keys of $at, and no others";
}
is_deeply [grep { !$is{$_} } sort keys %said], [], 'what it describes is there';

my ($table) = $manual =~ /^\| metric \| labels \| what \|\n\|---\|---\|---\|\n((?:\|.*\n)+)/m or die "the manual has no table of metrics\n";
my %metric_said = map { my ($name, $labels) = /^\| `(\w+)` \| ([^|]*)\|/; $name => { map { $_ => 1 } $labels =~ /`(\w+)`/g } } split /\n/, $table;
is_deeply \%metric_said, \%metric, 'the manual has the metrics and their labels, and no others';
$httpd->stop;

done_testing;
