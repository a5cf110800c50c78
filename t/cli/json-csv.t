# json-csv.t - --json has the promised keys, and --csv a row for each failure

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use JSON::PP;
use Test::More;
use Tool;

my @REPORT  = qw(organization report_id contact start end repairs policies verdict);
my @POLICY  = qw(type domain mode policy mx successful failed failures);
my @FAILURE = qw(result_type count mx receiving_ip sending_ip reason explanation action);

my $dir = File::Temp->newdir;
my $done = tool('report', '--json', fixture('three-failures.json'), fixture('tutorial.json'));
is $done->status, 1, 'two reports, one with failures';
unlike $done->out, qr/[^\n\x20-\x7e]/, 'JSON in ASCII';
my ($one, $other) = @{ decode_json($done->out) };

for my $key (@REPORT) { ok exists $one->{$key}, "a report has $key" }
my $policy = $one->{policies}[0];
for my $key (@POLICY) { ok exists $policy->{$key}, "a policy has $key" }
for my $key (@FAILURE) { ok exists $policy->{failures}[0]{$key}, "a failure has $key" }

is $one->{organization}, 'Company-X', 'organization';
is $one->{contact}, 'tls-reports@company-x.example', 'contact';
is $one->{start}, '2016-04-01T00:00:00Z', 'start, RFC 3339';
is $one->{end},   '2016-04-01T23:59:59Z', 'end';
is $one->{verdict}, 'warning', 'verdict';
is_deeply $one->{repairs}, ['policies[0].policy.mx-host: a text, read as a list'], 'repairs';
is_deeply { map { $_ => $policy->{$_} } grep { $_ ne 'failures' } @POLICY }, {
    type => 'sts', domain => 'company-y.example', mode => 'testing', successful => 5326, failed => 303, mx => ['*.mail.company-y.example'],
    policy => ['version: STSv1', 'mode: testing', 'mx: *.mail.company-y.example', 'max_age: 86400'] }, 'the policy';
is_deeply [map { $_->{mx} } @{ $policy->{failures} }], [map { "$_.mail.company-y.example" } qw(mx1 mx2 mx-backup)], 'three hosts';
is_deeply [map { $_->{result_type} } @{ $policy->{failures} }], [qw(certificate-expired starttls-not-supported validation-failure)], 'three causes';
is_deeply [map { $_->{count} } @{ $policy->{failures} }], [100, 200, 3], 'three counts';
is scalar(keys %{ { map { $_->{action} => 1 } @{ $policy->{failures} } } }), 3, 'three cures';
like $policy->{failures}[2]{action}, qr/chain/, '... one of them by the reason code';
like $done->out, qr/"count": 100,/, 'counts are numbers';
is $policy->{failures}[0]{sending_ip}, '2001:db8:17:0012::1', 'an address is shown as the reporter wrote it';
is $other->{verdict}, 'ok', 'the report of the tutorial: ok';
is $other->{start}, undef, '... and what it does not say is null';

is decode_json(tool('report', '--json', fixture('unexplained.json'))->out)->[0]{findings}[0]{finding}, 'unexplained-failures', 'findings';
Httpd::spew("$dir/none", 'none');
my $broken = tool('report', '--json', "$dir/none");
is $broken->status . $broken->out, "2[]\n", 'of no report: an empty array';

# Types that RFC 8460 does not register: as they were sent, and a program sees that they are unknown.
Httpd::spew("$dir/new", report(policy => { 'policy-type' => 'New_Type' }, failures => [
    { 'result-type' => q{'; DROP TABLE}, 'failed-session-count' => 1 }, { 'result-type' => 'TLSA_Invalid', 'failed-session-count' => 1 }]));
my $new = decode_json(tool('report', '--json', "$dir/new")->out)->[0];
is $new->{policies}[0]{type}, 'New_Type', 'a policy type that nobody knows, as it was sent';
is_deeply [map { $_->{result_type} } @{ $new->{policies}[0]{failures} }], [q{'; DROP TABLE}, 'tlsa-invalid'], '... and a result type; one that is only written otherwise has its name';
is_deeply $new->{repairs}, ['policies[0].policy.policy-type: unknown type "New_Type", taken as other',
    q{policies[0].failure-details[0].result-type: unknown type "'; DROP TABLE", taken as other},
    'policies[0].failure-details[1].result-type: "TLSA_Invalid" read as tlsa-invalid'], '... with a repair for each';

# A name that is not ASCII comes back whole.
Httpd::spew("$dir/name", report('organization-name' => "B\x{fc}ro \x{202e}\x{1f4e7}"));
my $name = tool('report', '--json', "$dir/name")->out;
unlike $name, qr/[^\n\x20-\x7e]/, 'a name in UTF-8 is written in ASCII';
is decode_json($name)->[0]{organization}, "B\x{fc}ro \x{202e}\x{1f4e7}", '... and read back as it was';

# ---- CSV ----

my @rows = split /\n/, tool('report', '--csv', fixture('three-failures.json'), fixture('tutorial.json'))->out;
is $rows[0], 'organization,report_id,contact,start,end,policy_type,policy_domain,mode,successful,failed,result_type,count,mx,receiving_ip,sending_ip,reason,information',
    'CSV: the columns';
is scalar(@rows), 5, '... a row for each failure, and one for a report without any';
my $commas = $rows[0] =~ tr/,//;
is_deeply [grep { s/"(?:[^"]|"")*"//gr =~ tr/,// != $commas } @rows], [], '... as many cells in each row';
like $rows[1], qr/,"2001:db8:17:0012::1",/, '... with the address as it was sent';
like $rows[1], qr/\A"Company-X",.*,2016-04-01T00:00:00Z,.*,5326,303,"certificate-expired",100,"mx1\.mail\.company-y\.example",/, '... each with its report';

done_testing;
