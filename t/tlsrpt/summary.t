# summary.t - mta-sts report summary: a line for each domain of the store, in each form, and its exit status (of one domain: summary-domain.t)

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use Httpd::Tools qw(run);
use JSON::PP;
use Page;
use Report;
use Store;
use Test::More;

my $root  = File::Temp->newdir;
my $store = Store->new("$root");
my $tool  = ($ENV{MODULE_DIR} || "$FindBin::Bin/../../build") . '/mta-sts';
sub summary { return run($tool, 'report', 'summary', '--store=' . $store->where, @_) }

my $none = summary();
is $none->status, 2, 'no store: 2';
like $none->err, qr/\Amta-sts: .*reports\.sqlite3/, '... and says which file';

$store->add(trust => 2, channel => 'mail', reports => []);
my $HEAD = "domain,sessions,failed,reporters,top_fault,mode,verdict,verified,unverified_sessions,unverified_failed\n";
is_deeply [map { $_->status, $_->out, $_->err } summary($_ || ())], [0, $_ eq '--csv' ? $HEAD : $_ ? "[\n]\n" : '', ''], "a store without a report: $_" for '', '--csv', '--json';

$store->add(trust => 2, channel => 'mail', reports => [report(id => 1, domain => 'b.example.net', good => 60),
    report(id => 2, domain => 'a.example.net', good => 57, bad => 3, failures => [{ 'result-type' => 'certificate-expired', 'failed-session-count' => 3 }]),
    report(id => 3, domain => 'b.example.net', good => 5, start => day(20), end => day(20, '23:59:59'))]);

my $text = summary();
is $text->status, 1, 'failures: 1';
is $text->err, '', 'nothing on standard error';
like $text->out, qr/\Adomain +sessions +failed +share +reporters +top fault +mode +verdict\n/, 'a head';
like $text->out, qr/^a\.example\.net +60 +3 +5\.0 % +1 +certificate-expired +- +No report names the mode of the MTA-STS policy\.$/m, 'a line';
like $text->out, qr/^b\.example\.net +60 +0 +- +1 +- /m, '... of 14 days';
like summary('--since=3w')->out, qr/^b\.example\.net +65 /m, '--since';

my $one = summary('--domain=B.example.net', '--json');
is $one->status, 0, '--domain, without failures: 0';
is_deeply [map { "$_->{domain} $_->{sessions} $_->{verdict}" } @{ decode_json($one->out) }], ['b.example.net 60 no-policy'], '--json';
is_deeply [split /\n/, summary('--csv')->out], ['domain,sessions,failed,reporters,top_fault,mode,verdict,verified,unverified_sessions,unverified_failed',
    '"a.example.net",60,3,1,"certificate-expired","",no-policy,yes,0,0', '"b.example.net",60,0,1,"","",no-policy,yes,0,0'], '--csv';

# What nobody verified: beside, or alone; the largest numbers that there are.
my $HUGE = 2**53;
sub huge { return report(id => "huge $_[0]", contact => 'a@stranger.example', domain => $_[0], good => 0, bad => 0 + $HUGE,
    failures => [{ 'result-type' => 'dnssec-invalid', 'failed-session-count' => 0 + $HUGE }]) }
unlike $text->out, qr/unverified/, 'nothing is unverified';
$store->add(trust => 0, channel => 'https', reports => [map { huge($_) } 'b.example.net', 'z.example.net']);
like summary()->out, qr/^b\.example\.net +60 +0 +- +1 +- .*\n  unverified: 100000000000 more, 100000000000 failed, by 1 reporter; not counted$/m, 'beside verified reports: a line of its own';
is summary('--domain=b.example.net')->status, 0, '... which is no failure';
like summary()->out, qr/^z\.example\.net +100000000000 +100000000000 +100\.0 % +1 +dnssec-invalid .*\n  unverified: all of this, by nobody known$/m, 'alone: marked';
is summary('--domain=z.example.net')->status, 1, '... and a failure';
is_deeply [map { [@$_{qw(domain sessions failed level verified)}, $_->{unverified}] } @{ decode_json(summary('--json')->out) }[1, 2]],
    [['b.example.net', 60, 0, 'ok', JSON::PP::true, { sessions => 1e11, failed => 1e11, reporter_count => 1, no_policy_found => 0, causes => [{ result_type => 'dnssec-invalid', sessions => 1e11 }] }],
    ['z.example.net', 1e11, 1e11, 'error', JSON::PP::false, { sessions => 0, failed => 0, reporter_count => 0, no_policy_found => 0, causes => [] }]], '... in JSON';
is_deeply [(split /\n/, summary('--csv')->out)[2, 3]], ['"b.example.net",60,0,1,"","",no-policy,yes,100000000000,100000000000',
    '"z.example.net",100000000000,100000000000,1,"dnssec-invalid","",no-policy,no,0,0'], '... in CSV';

# As the manual has it, and where the store is.
my $as_written = Page::block('tlsrpt-status.md', 'summary') =~ s/\bexample\.com\b/b.example.net/r =~ s/\n\z//r;
local $ENV{PATH} = ($tool =~ s{/mta-sts\z}{}r) . ":$ENV{PATH}";
my $tried = run('sh', '-c', "$as_written --store=" . $store->where);
is $tried->status, 0, 'the command of the manual' or diag $tried->err;
like $tried->out, qr/^TLS reports on b\.example\.net +OK\n.*^  sessions  65 in all: 65 good, 0 failed$/ms, '... says what it should';
my $all = Page::block('tlsrpt-status.md', 'summary-all') =~ s/\n\z//r;
is run('sh', '-c', "$all --store=" . $store->where)->out, summary()->out, '... and that of all';

# What cannot be a store is a slip on the command line, and no store that is away; a word of it may be a password.
for my $where ('bogus', '', 'sqlite3:', 'sqlite3', 'sqlite:/x', 'pgsql:', 'oracle:host=db password=secret', 'host=db password=secret', 'dbd:', 'dbd') {
    my $done = run($tool, 'report', 'summary', "--store=$where");
    is $done->status . $done->out, '3', "--store=$where: 3";
    like $done->err, qr/\Amta-sts report summary: --store.*sqlite3:FILE, pgsql:PARAMS or mysql:PARAMS\b/, '... says what to write';
    unlike $done->err, qr/secret/, '... and no password';
    is $done->err =~ /\A\S+ report summary: --store=dbd: .*DBDParams/ ? 1 : 0, $where eq 'dbd' ? 1 : 0, $where eq 'dbd' ? '... and why not dbd' : '... and nothing of dbd';
}
is run($tool, 'report', 'summary', "--store=$_")->status, 2, "--store=$_: 2" for "sqlite3:$root/nowhere.sqlite3", 'pgsql:host=/nowhere';

is summary($_)->status, 3, "$_: 3" for '--since=14', '--since=0d', '--since=401d', '--domain=x', 'file', '--nothing';

done_testing;
