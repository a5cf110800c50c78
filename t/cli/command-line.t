# command-line.t - each exit status of mta-sts(1), and what is said of a wrong command line

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use JSON::PP;
use Test::More;
use Tool;

my $dir = File::Temp->newdir;

sub is_run {
    my ($arguments, $status, $out, $err, $name) = @_;
    my $done = tool(@$arguments);
    is $done->status, $status, "$name: $status";
    like $done->out, $out, '... standard output';
    like $done->err, $err, '... standard error';
}

is_run [], 3, qr/\A\z/, qr/\Amta-sts - .*\n\n  mta-sts report  /, 'nothing';
is_run ['--help'],    0, qr/\Amta-sts - .*mta-sts report import/s, qr/\A\z/, '--help';
is_run ['help'],      0, qr/\Amta-sts - /, qr/\A\z/, 'help';
is_run ['--version'], 0, qr/\Amta-sts \d+\.\d+\.\d+\n\z/, qr/\A\z/, '--version';
is_run ['help', 'report'], 0, qr/\Amta-sts report \[OPTION\].* --json /s, qr/\A\z/, 'help report';
is_run ['report', '--help'], 0, qr/\Amta-sts report \[OPTION\]/, qr/\A\z/, 'report --help';
is_run ['help', 'report', 'import'], 0, qr/\Amta-sts report import \[OPTION\].* --spool=DIR /s, qr/\A\z/, 'help report import';
is_run ['reprot'], 3, qr/\A\z/, qr/\Amta-sts: there is no command reprot; did you mean report\?\n/, 'a command misspelt';
is_run ['erpotr'], 3, qr/\A\z/, qr/did you mean report\?\n/, '... letters exchanged twice';
is_run ['import', 'x'], 3, qr/\A\z/, qr/no command import; did you mean report import\?\n/, 'the second word of a command alone';
is_run ['report', 'sumary'], 2, qr/\A\z/, qr/sumary: cannot be read: No such file .*\nDid you mean: mta-sts report summary\?\n\z/, 'the second word of a command misspelt';
unlike tool('report', "$dir/none.json")->err, qr/mean/, '... a file that is missing is no such word';
is_run ['explain'], 3, qr/\A\z/, qr/no command explain; did you mean report --explain\?\n/, 'an option as a command';
is_run [$dir], 3, qr/\A\z/, qr/; did you mean report FILE\?\n/, 'a file without a command';
is_run ['bake'], 3, qr/\A\z/, qr/\Amta-sts: there is no command bake\n/, 'no command at all';
is_run ['--verison'], 3, qr/\A\z/, qr/no option --verison; did you mean --version\?/, 'an option misspelt';
is_run ["\e[31mx"], 3, qr/\A\z/, qr/no command \\x1b\[31mx\n/, 'a command for the terminal';
is_run ['report'], 3, qr/\A\z/, qr/\Amta-sts report: name a file/, 'report without a file';
is_run ['report', '--jsn', 'x'], 3, qr/\A\z/, qr/\Amta-sts report: there is no option --jsn; did you mean --json\?\n/, 'an option of report misspelt';
is_run ['report', '--json=1', 'x'], 3, qr/\A\z/, qr/--json takes no value/, 'a value too many';
is_run ['report', '--since'], 3, qr/\A\z/, qr/--since wants a value/, 'a value missing';
is_run ['report', '--since', 'yesterday', 'x'], 3, qr/\A\z/, qr/--since=yesterday: write a number with h, d or w/, 'a value that is none';
is_run ['report', '--since', '99999999999999999999d', 'x'], 3, qr/\A\z/, qr/--since=99999999999999999999d: write/, 'a number that is none any more';
is_run ['report', '--since', '2026-13-01', 'x'], 3, qr/\A\z/, qr/--since=2026-13-01: write/, 'a day that is none';
is_run ['report', '--domain', 'a b', 'x'], 3, qr/\A\z/, qr/--domain=a b: not a domain name/, 'a domain that is none';
is_run ['report', '--json', '--csv', 'x'], 3, qr/\A\z/, qr/\Amta-sts report: --json and --csv: choose one\n/, 'two forms';
is_run ['report', '--csv', '--json', '--quiet', 'x'], 3, qr/\A\z/, qr/choose one/, '... the other way round';
is_run ['report', 'summary', @$_], 3, qr/\A\z/, qr/\Amta-sts report summary: --json and --csv: choose one\n/, "report summary @$_"
    for ['--json', '--csv'], ['--csv', '--json'];
is_run ['report', '--explain', 'certificate-expired', 'x'], 3, qr/\A\z/, qr/--explain is about a result type, and takes no file\n/, 'a file beside --explain';
is_run ['report', 'import', '--spool=here', 'x'], 3, qr/\A\z/, qr/--spool wants a folder that begins with \/\n/, 'a spool that depends on the folder';
is_run ['report', 'import'], 3, qr/\A\z/, qr/\Amta-sts report import: name a file/, 'import without a file';

# ---- --explain ----

my $explained = tool(qw(report --explain certificate-expired));
is $explained->status, 0, '--explain: 0';
like $explained->out, qr/\Acertificate-expired\n\n.*^Do:    \S/ms, '... the text';
is_deeply [grep { length > 80 } split /\n/, $explained->out], [], '... 80 columns wide';
is tool(qw(report --explain CERTIFICATE-Expired))->out, $explained->out, '... in any case';
is_run [qw(report --explain certificate-expird)], 3, qr/\A\z/, qr/did you mean certificate-expired\?\n.*^  validation-failure$/ms, 'a type misspelt';
my @types = tool(qw(report --explain ?))->err =~ /^  (\S+)$/mg;
is scalar(@types), 21, 'eleven result types, what is none of them, and nine findings';
for my $type (@types) {
    my $text = tool('report', '--explain', $type)->out;
    like $text, qr/\A\Q$type\E\n\n\S.*\n\nDo:    \S/s, "--explain $type";
    my $done = tool('report', '--explain', $type, '--json');
    is $done->status . $done->err, '0', '... as JSON';
    unlike $done->out, qr/[^\n\x20-\x7e]/, '... in ASCII';
    my $is = decode_json($done->out);
    is_deeply [sort keys %$is], [qw(action check explanation kind name text)], '... an object';
    is $is->{name}, $type, '... named';
    is $is->{kind}, $type =~ /^(?:starttls|cert|val|tlsa|dnssec|dane|sts|other)/ ? 'result-type' : 'finding', '... of its kind';
    my $flat = $text =~ s/ \\\n/ /gr =~ s/\s+/ /gr;
    ok index($flat, $_ =~ s/\s+/ /gr) >= 0, '... with the same texts' for grep { defined } @$is{qw(explanation action check text)};
}
is_run [qw(report --explain other)], 0, qr/\Aother\n\n.* RFC 8460 /s, qr/\A\z/, '--explain other: what the status page calls so';
is_run [qw(report --explain OTHER --json)], 0, qr/\A\{/, qr/\A\z/, '... in any case';
is_run [qw(report --json --explain no)], 3, qr/\A\z/, qr/no result type no\b/, '--json of what there is not';
is_run [qw(report --csv --explain other)], 3, qr/\A\z/, qr/\Amta-sts report: --explain has no CSV\n/, '--csv';

# ---- 0, 1, 2 ----

my %file = (good => report(), bad => report(summary => { 'total-failure-session-count' => 1 }), none => "no report\n", empty => '');
Httpd::spew("$dir/$_", $file{$_}) for keys %file;
mkdir "$dir/folder";

is tool('report', "$dir/good")->status, 0, 'no failures: 0';
is tool('report', "$dir/bad")->status,  1, 'failures: 1';
is tool('report', "$dir/good", "$dir/bad")->status, 1, '... in one of two: 1';
is_run ['report', "$dir/none"],    2, qr/\A\z/, qr/\Amta-sts: \Q$dir\E\/none: it is neither/, 'no report';
is_run ['report', "$dir/empty"],   2, qr/\A\z/, qr/: it is empty\n/, 'an empty file';
is_run ['report', "$dir/missing"], 2, qr/\A\z/, qr/: cannot be read: No such file/, 'no file';
is_run ['report', "$dir/folder"],  2, qr/\A\z/, qr/: it is a folder, and no Maildir/, 'a folder';
is_run ['report', "$dir/bad", "$dir/none", "$dir/good"], 2, qr/1 failed.*Total: 2 reports, 21 sessions: 20 good, 1 failed/s, qr/none: /,
    'a file that cannot be read beside others: 2 wins, the others are shown';
is_run ['report', '--quiet', "$dir/bad"],  1, qr/\A\z/, qr/\A\z/, '--quiet, failures';
is_run ['report', '--quiet', "$dir/good"], 0, qr/\A\z/, qr/\A\z/, '--quiet, none';

# ---- what is shown ----

is tool('report', '--domain', 'example.net', "$dir/bad")->status, 0, '--domain: what concerns others does not count';
is tool('report', '--domain', 'EXAMPLE.com.', "$dir/bad")->status, 1, '... what concerns it does';
is tool('report', '--domain', 'ample.com', "$dir/bad")->status, 0, '... a name that only ends alike does not';
is tool('report', '--since', '2026-11-02', "$dir/bad")->status, 0, '--since: older reports do not count';
is tool('report', '--since', '2026-11-01', "$dir/bad")->status, 1, '... later ones do';
Httpd::spew("$dir/midnight", report(summary => { 'total-failure-session-count' => 1 }, 'date-range' => { 'start-datetime' => '2026-11-01T00:00:00Z', 'end-datetime' => '2026-11-02T00:00:00Z' }));
is tool('report', '--since', '2026-11-02', "$dir/midnight")->status, 0, '... one that ends at that midnight is not later';
like tool('report', '--since', '1h', '--json', "$dir/bad")->out, qr/\A\[\s*\]\n\z/, '... and the JSON of none is an empty array';
is tool('report', "$dir/good", '--csv')->out =~ tr/\n//, 2, 'an option behind a file';
is tool('report', '--', "$dir/good")->status, 0, '-- ends the options';

like Httpd::run('sh', '-c', '"$0" report "$1/good" "$1/none" "$1/bad" 2>&1', tool_file(), "$dir")->out, qr/ OK\n.*none: it is neither.* WARNING\n/s, 'what is wrong stands where it belongs';

# Nobody at the other end: not taken for done.
is Httpd::run('sh', '-c', 'exec "$0" report "$1" >/dev/full', tool_file(), "$dir/good")->status, 2, 'output that cannot be written: 2';

done_testing;
