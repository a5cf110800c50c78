# never-a-bounce.t - `mta-sts report import` behind a mail server: 0 only when the mail is in the spool, and 75 for everything else

use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use File::Temp;
use FindBin;
use POSIX ();
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;
use Tool;

my $dir = File::Temp->newdir;
my $SPOOL = "$dir/spool";
my @IMPORT = ('report', 'import', "--spool=$SPOOL");
my $MAIL = "$dir/mail";
Httpd::spew($MAIL, mail());
Httpd::spew("$dir/none", "no report\n");

sub afresh { remove_tree($SPOOL); make_path($SPOOL) }
sub kept { my ($folder) = @_; return scalar(() = glob "$SPOOL/$folder/*") }

# As a mail server runs a command: with the mail in a pipe. Words of bash before it.
sub piped {
    my ($before, @arguments) = @_;
    return Httpd::run('bash', '-c', "cat '$MAIL' | { $before exec \"\$@\"; }; exit \${PIPESTATUS[1]}", 'x', tool_file(), @arguments);
}

sub is_taken {
    my ($done, $name) = @_;
    is $done->status, 0, "$name: 0" or diag $done->err;
    is kept('new'), 1, '... and it is in the spool';
    return;
}

sub is_left {
    my ($done, $name) = @_;
    is $done->status, 75, "$name: 75" or diag $done->err;
    is kept('new') + kept('bad'), 0, '... and nothing is in the spool';
    return;
}

afresh;
is_taken(piped('', @IMPORT, '-'), 'as it should be');
is_taken(piped('', @IMPORT, '/dev/stdin'), 'standard input by another name');
like((glob "$SPOOL/new/*")[0], qr/-0\z/, '... is believed no more');
is_taken(piped('', @IMPORT, "--", '-'), 'behind --');
is_taken(piped('', @IMPORT, '--json', '-'), 'with --json');
is_taken(piped('exec >/dev/full;', @IMPORT, '--json', '-'), '... which nobody takes');

# ---- each mistake in the command line ---------------------------------------------

for my $line ([@IMPORT], [@IMPORT, '-h', '-'], [@IMPORT, '--help', '-'], [@IMPORT, '-h'], [@IMPORT, '--help'], [@IMPORT, '-vh', '-'],
    [@IMPORT, '--authserv-id', '-'], [@IMPORT, '--authserv-id'], [@IMPORT, '--authserv-id=', '-'], [@IMPORT, '--authserv-di=x', '-'], [@IMPORT, '--bogus', '-'],
    [@IMPORT, '-x', '-'], [@IMPORT, '-x-'], [@IMPORT, '--version', '-'], [@IMPORT, '--verbose=1', '-'], [@IMPORT, '--domain', '-'], [@IMPORT, '--domain=a b', '-'],
    [@IMPORT, '--json=1', '-'], [@IMPORT, '--csv', '-'], [@IMPORT, ''], [@IMPORT, "\xe2\x80\x93"], [@IMPORT, "$dir/missing"], [@IMPORT, "$dir/none"], [@IMPORT, "$dir"],
    ['report', 'import', '--spool', '-'], ['report', 'import', '--spool=here', '-'], ['report', 'import', "--spool=$dir/missing", '-'],
    ['report', 'import', "--spool=$MAIL", '-'], ['report', 'import', '--spool=', '-'],
    ['report', "--spool=$SPOOL", 'import', '-'], ['report', 'imprt', '-'], ['report', 'imprt', "--spool=$SPOOL", '-'], ['report', 'Import', '-'],
    ['import', '-'], ['import', "--spool=$SPOOL", '-'], ['imprt', '-'], ['reprot', 'import', '-'], ['--version', 'report', 'import', '-'],
    ['--help', 'report', 'import', '-'], ['help', 'report', 'import'], ['-h', 'report', 'import'], ['report', 'summary', 'import', '-'], ['--bogus', 'report', 'import', '-']) {
    afresh;
    is_left(piped('', @$line), join ' ', map { s{\Q$dir\E/}{}r } @$line);
}

# At a terminal, and where there is no mail, the same are what they are for every command.
my $PTY = 'import os,pty,sys
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
sub at_terminal { return Httpd::run('python3', '-c', $PTY, tool_file(), @_)->status }
afresh;
is at_terminal(@IMPORT), 3, 'at a terminal, no file: 3';
is at_terminal(@IMPORT, '--help', '-'), 0, '... --help: 0';
is at_terminal(@IMPORT, '--bogus', '-'), 3, '... a wrong option: 3';
is at_terminal(@IMPORT, "$dir/none"), 2, '... a file that is no report: 2';
is at_terminal('import', '-'), 3, '... import alone: 3';
is tool(@IMPORT)->status, 3, 'with /dev/null, no file: 3';
is tool(@IMPORT, '--help')->status, 0, '... --help: 0';
is tool(qw(help report import))->status, 0, '... help: 0';
is piped('', 'report', "$dir/missing")->status, 2, 'another command in a pipe: 2';
is piped('', 'report', '--bogus')->status, 3, '... and 3';
Httpd::spew("$dir/near/imports", 'none');
is piped("cd '$dir/near';", 'report', 'imports')->status, 2, '... also of a file that has nearly such a name';
is piped('', '--version')->status, 0, '... and 0';

# A socket and a file are as good as a pipe.
{
    afresh;
    is_left(Httpd::run('sh', '-c', 'exec "$@" <"$0"', $MAIL, tool_file(), @IMPORT), 'a file as standard input');
    is_left(Httpd::run($^X, '-MSocket', '-e', 'socketpair(my $one, my $other, AF_UNIX, SOCK_STREAM, 0) or die; open STDIN, "<&", $one; exec @ARGV', tool_file(), @IMPORT), 'a socket');
}

# ---- what is around it -------------------------------------------------------------

for my $around (['no environment', 'unset $(env | cut -d= -f1) 2>/dev/null;'], ['no HOME', 'unset HOME;'], ['umask 0777', 'umask 0777;'],
    ['a locale that is not there', 'export LC_ALL=xx_XX.nowhere LANG=y;'], ['a folder that is gone', "mkdir '$dir/gone'; cd '$dir/gone'; rmdir '$dir/gone';"],
    ['SIGTERM, SIGHUP and SIGPIPE ignored', "trap '' TERM HUP PIPE;"], ['no standard output', 'exec >&-;'], ['no standard error', 'exec 2>&-;'], ['neither', 'exec >&- 2>&-;'],
    ['standard output full', 'exec >/dev/full;'], ['both full', 'exec >/dev/full 2>&1;']) {
    my ($name, $before) = @$around;
    afresh;
    is_taken(piped($before, @IMPORT, '-v', '-'), $name);
}
for my $around (['no standard input', 'exec <&-;'], ['none of the three', 'exec <&- >&- 2>&-;'], ['a folder as standard input', 'exec </;'], ['no room for a file', 'ulimit -f 0;'],
    ['no descriptors', 'ulimit -n 4;']) {
    my ($name, $before) = @$around;
    afresh;
    tool(@IMPORT, "$dir/none");    # makes the folders
    is_left(piped($before, @IMPORT, '-'), $name);
}
afresh;
is_taken(Httpd::run('bash', '-c', "cat '$MAIL' | \"\$@\" | true; exit \${PIPESTATUS[1]}", 'x', tool_file(), @IMPORT, '-v', '-'), 'nobody reads what it says');

# A disk that is full: a report, and what is none.
SKIP: {
    afresh;
    my $full = sub { my ($octets) = @_;
        Httpd::spew("$dir/what", $octets);
        return Httpd::run('unshare', ($> ? ('--user', '--map-root-user') : ()), '--mount', 'bash', '-c', <<'SH', 'x', $SPOOL, "$dir/what", tool_file(), @IMPORT, '-') };
mount -t tmpfs -o size=64k tmpfs "$1" && "$3" "${@:4:3}" /dev/null; head -c 100000 /dev/zero >"$1/filler" 2>/dev/null
cat "$2" | "${@:3}"; status=${PIPESTATUS[1]}; ls "$1/new" "$1/bad" "$1/tmp" | grep -v :; exit $status
SH
    for my $case (['a report', mail()], ['no report', "Subject: x\n\nhello\n"]) {
        my $done = $full->($case->[1]);
        is $done->status, 75, "the disk is full, $case->[0]: 75" or diag $done->err;
        like $done->err, qr/not put into the spool \S+: it is full$/m, '... and it says so';
        is $done->out =~ s/\s+//gr, '', '... nothing half is left';
    }
}

# ---- ended in the middle -------------------------------------------------------------

for my $signal (qw(TERM HUP ALRM XCPU SEGV ABRT)) {
    afresh;
    pipe my $read, my $write or die "$!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $SIG{$signal} = 'DEFAULT';    # whoever runs this may have it ignored, as nohup does
        open STDIN, '<&', $read or die "$!\n";
        close $_ for $read, $write;
        open STDERR, '>', "$dir/err";
        exec tool_file(), @IMPORT, '-' or POSIX::_exit(127);
    }
    close $read;
    syswrite $write, "Subject: x\n";
    # the spool is open: it reads the mail
    Httpd::wait_until('it to begin', sub { grep { (readlink // '') eq "$SPOOL/new" } glob "/proc/$pid/fd/*" });
    kill $signal, $pid;
    waitpid $pid, 0;
    is sprintf('%d %d', $? >> 8, $? & 127), '75 0', "ended by SIG$signal: 75";
    is kept('new') + kept('bad'), 0, '... and nothing is in the spool';
    close $write;
}

# Where the signal was to be ignored, it is.
{
    afresh;
    my $done = Httpd::run('bash', '-c', <<'SH', 'x', $MAIL, "$SPOOL/new", tool_file(), @IMPORT, '-');
trap '' HUP
mail=$1 folder=$2; shift 2
mkfifo "$mail.fifo"
"$@" <"$mail.fifo" & exec 3>"$mail.fifo"
until readlink /proc/$!/fd/* | grep -qx "$folder"; do :; done
kill -HUP $!
cat "$mail" >&3; exec 3>&-
wait $!
SH
    is_taken($done, 'SIGHUP, which nohup has it ignore');
}

# ---- no memory ---------------------------------------------------------------------------

# From where it starts at all up to where it is enough.
SKIP: {
    skip 'the sanitizer wants more than there is', 1 if $ENV{ASAN_OPTIONS};
    Httpd::spew($MAIL, mail(json => report(padding => join '', map { chr 97 + rand 26 } 1 .. 3_000_000)));
    my (%seen, @wrong);
    for (my $kib = 20_000; $kib < 400_000 && ($seen{0} || 0) < 3; $kib += 2_000) {
        afresh;
        my $status = piped("ulimit -v $kib;", @IMPORT, '-')->status;
        $status = 'no start' if $status == 126 || $status == 127 || $status > 128 && !$seen{75};
        $seen{$status}++;
        push @wrong, "$kib KiB: $status, " . kept('new') if $status ne 'no start' && !($status eq '75' && !kept('new') || $status eq '0' && kept('new'));
    }
    is_deeply \@wrong, [], 'with too little memory: 75, or 0 when it is in the spool';
    ok $seen{75} && $seen{0}, '... both were seen' or diag join ', ', map { "$_: $seen{$_}" } sort keys %seen;
}

done_testing;
