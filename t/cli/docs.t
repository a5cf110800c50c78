# docs.t - docs/reading-reports.md and mta-sts(1) show what the program prints, and their command lines work

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use JSON::PP;
use Test::More;
use Tool;

my $page = Httpd::slurp("$FindBin::Bin/../../docs/reading-reports.md") or die "There is no docs/reading-reports.md.\n";
my $dir = File::Temp->newdir;
chdir "$dir" or die "$!\n";
mkdir "$dir/bin"; symlink tool_file(), "$dir/bin/mta-sts" or die "$!\n";
$ENV{PATH} = "$dir/bin:$ENV{PATH}";

my $good = report('organization-name' => 'Google Inc.', 'date-range' => { 'start-datetime' => '2026-05-11T00:00:00Z', 'end-datetime' => '2026-05-11T23:59:59Z' },
    summary => { 'total-successful-session-count' => 230 });
Httpd::spew('report.json.gz', gz($good));
Httpd::spew('report.eml', mail());
Httpd::spew('Maildir/new/1', mail(json => report(summary => { 'total-failure-session-count' => 1 })));
mkdir 'Maildir/cur';

my ($shown) = $page =~ /^```text\n(TLS report from .*?)^```$/ms;
is Httpd::run('mta-sts', 'report', 'report.json.gz')->out, $shown, 'all is well: as the page shows it';

my @lines = $page =~ /^```sh\n(.*?)^```$/msg;
is Httpd::run('sh', '-c', $lines[0])->status, 0, 'the first command line of the page';
my $cron = Httpd::run('sh', '-c', $lines[-1] =~ s/--since=1d/--since=2026-10-01/gr);
like $cron->out, qr/^TLS report from /, 'the line for cron says something where there are failures';
unlink 'Maildir/new/1';
Httpd::spew('Maildir/new/2', mail());
is Httpd::run('sh', '-c', $lines[-1] =~ s/--since=1d/--since=2026-10-01/gr)->out, '', '... and nothing where there are none';

# Each key of the tables is there, and each that is there, in whatever report, is in the tables.
my (%of_report, %of_policy, %of_failure, %of_finding);
Httpd::spew('hints.eml', mail(headers => "Authentication-Results: mx.example.com; dkim=pass header.d=reporter.example\n"));
for my $report (map { @{ decode_json(tool('report', '--json', $_)->out) } } 'hints.eml', glob fixture('tutorial.json') =~ s/tutorial/*/r) {
    my @policies = @{ $report->{policies} };
    $of_report{$_}++ for keys %$report;
    $of_policy{$_}++ for map { keys %$_ } @policies;
    $of_failure{$_}++ for map { keys %$_ } map { @{ $_->{failures} } } @policies;
    $of_finding{$_}++ for map { keys %$_ } @{ $report->{findings} };
}
my ($of_report, $of_policy) = $page =~ /^\| key \| of a report \|\n(.*?)\n\n\| key \| of a policy \|\n(.*?)\n\n/ms;
my %cell = map { /^\| (.*?) \| (.*) \|$/ ? ($1 => $2) : () } split /\n/, "$of_report\n$of_policy";
is_deeply [sort map { /`(\w+)`/g } map { /^\| (.*?) \|/ } grep { !/^\|-/ } split /\n/, $of_report], [sort keys %of_report], 'the keys of a report';
is_deeply [sort map { /`(\w+)`/g } map { /^\| (.*?) \|/ } grep { !/^\|-/ } split /\n/, $of_policy], [sort keys %of_policy], '... of a policy';
is_deeply [sort $cell{'`failures`'} =~ /`(\w+)`/g], [sort keys %of_failure], '... of a failure';
is_deeply [sort $cell{'`findings`'} =~ /`(\w+)`/g], [sort keys %of_finding], '... of a finding';
my ($of_explained) = $page =~ /^\| key \| of an explanation \|\n(.*?)\n\n/ms;
is_deeply [sort map { /`(\w+)`/g } map { /^\| (.*?) \|/ } grep { !/^\|-/ } split /\n/, $of_explained], [sort keys %{ decode_json(tool(qw(report --json --explain other))->out) }],
    '... of an explanation';
my @types = $page =~ /^\| result type \|.*?\n\n/ms ? map { /`([\w-]+)`/g } $page =~ /^\| result type \|(.*?)\n\n/ms : ();
my @known = tool(qw(report --explain ?))->err =~ /^  (\S+)$/mg;
is_deeply \@types, [@known[0 .. 10]], 'the eleven result types';

# ---- mta-sts(1) ----

my $man = Httpd::run(qw(groff -mandoc -Tascii -P-cbou -rLL=200n), "$FindBin::Bin/../../docs/mta-sts.1")->out;
my ($examples) = $man =~ /^EXAMPLES\n(.*?)^(?=\S)/ms;
my @commands = $examples =~ /^ +(mta-sts report .*)$/mg;
is scalar(@commands), 2, 'two examples of commands';
is Httpd::run('sh', '-c', $_)->status, 0, $_ for map { s/--since=7d/--since=2026-10-01/r } @commands;
like Httpd::slurp('failures.csv'), qr/^organization,/, '... and the file is there';

chdir "/";
done_testing;
