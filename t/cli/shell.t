# shell.t - what users of a shell count on: pipes that end early, large mailboxes in little memory, output for other programs

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;
use Tool;

my $dir = File::Temp->newdir;
my $PYTHON = '/usr/bin/python3';

# ---- a mailbox of 10,000 mails -------------------------------------------------

my $MAILS = $ENV{ASAN_OPTIONS} ? 1000 : 10_000;    # its memory is not ours to judge
Httpd::spew("$dir/one", mail());
open my $mbox, '>', "$dir/mbox" or die "$!\n";
my $name = 'id-00000';
my $mail = mail(json => report('report-id' => $name));
for my $i (1 .. $MAILS) { print {$mbox} "From r\@example.com Mon Nov  2 00:10:00 2026\n$mail\n" }
close $mbox;

# "STATUS KIB": the exit status, and the most memory that the program had.
sub measured {
    my $done = Httpd::run($PYTHON, '-c', <<'PY', tool_file(), @_);
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
    die $done->err if $done->status || $done->err ne '';
    return split ' ', $done->out;
}

my ($status, $alone) = measured('report', "$dir/one");
is $status, 0, 'one mail';
for my $form ([], ['--json'], ['--csv'], ['-v']) {
    my ($status, $kib) = measured('report', @$form, "$dir/mbox");
    is $status, 0, "@$form: $MAILS mails";
    cmp_ok $kib, '<', $alone + 4096, '... in the memory of one' unless $ENV{ASAN_OPTIONS};    # which keeps what is freed
}
for my $i (1 .. 1000) { symlink "$dir/one", "$dir/file-$i" or die "$!\n" }
my ($of_files, $kib) = measured('report', glob "$dir/file-*");
is $of_files, 0, '1,000 files';
cmp_ok $kib, '<', $alone + 4096, '... in the memory of one' unless $ENV{ASAN_OPTIONS};

# ---- a line of progress ---------------------------------------------------------------

# A mailbox that goes on until the line is there; then it ends. Says: the status, what the terminal has got of it.
my $PROGRESS = <<'PY';
import os, pty, select, subprocess, sys
mail, command = open(sys.argv[1], 'rb').read(), sys.argv[2:]
master, slave = pty.openpty()
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=slave)
seen = b''
for i in range(1000000):
    child.stdin.write(b'From x\n' + mail + b'\n\n')
    if select.select([master], [], [], 0)[0]:
        seen += os.read(master, 65536)
    if seen.count(b' read, now ') > 1:
        break
child.stdin.close()
status = child.wait()
os.close(slave)
try:
    while True:
        more = os.read(master, 65536)
        if not more:
            break
        seen += more
except OSError:
    pass
sys.stdout.write('%d %r' % (status, seen))
PY
{
    my $on = Httpd::run($PYTHON, '-c', $PROGRESS, "$dir/one", tool_file(), 'report', '--quiet', '-');
    like $on->out, qr/\A0 b'(?:\d+ read, now standard input, mail \d+\\r {78}\\r)+'\z/, 'on a terminal: a line of progress, which is gone in the end' or diag $on->err;
}

# ---- a pipe whose reader has seen enough ------------------------------------------

for my $form ('', '--json', '--csv') {
    my $done = Httpd::run('bash', '-c', qq{"\$0" report $form "\$1" | head -1 >"$dir/head"; echo "\${PIPESTATUS[0]}"}, tool_file(), "$dir/mbox");
    is $done->out, "141\n", "$form | head: ended by SIGPIPE";
    is $done->err, '', '... without a word';
    $done = Httpd::run('bash', '-c', qq{trap '' PIPE; "\$0" report $form "\$1" | head -1 >"$dir/head"; echo "\${PIPESTATUS[0]}"}, tool_file(), "$dir/mbox");
    is $done->out, "141\n", '... also where a parent has it ignored';
}

# ---- for other programs -------------------------------------------------------------

my @fixtures = glob fixture('tutorial.json') =~ s/tutorial/*/r;
Httpd::spew("$dir/csv", tool('report', '--csv', @fixtures)->out);
my $read = Httpd::run($PYTHON, '-c', <<'PY', "$dir/csv");
import csv, sys
rows = list(csv.reader(open(sys.argv[1], newline='', encoding='ascii'), strict=True))
print(len(rows) > 20, {len(row) for row in rows}, [cell for row in rows for cell in row if cell[:1] in tuple('=+-@\t\r')])
PY
is $read->out . $read->err, "True {17} []\n", '--csv: each row has 17 cells for a reader of CSV, and none is a formula';
for my $locale (qw(C C.UTF-8)) {
    local $ENV{LC_ALL} = $locale;
    is tool('report', '-v', @fixtures)->out =~ tr/\x20-\x7e\n//cdr, tool('report', '-v', @fixtures)->out, "LC_ALL=$locale: nothing but printable ASCII";
}

done_testing;
