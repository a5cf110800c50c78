# second-user.t - docs/report-mail.md, "The user": with the rights that it says, a second user puts reports into the spool, and reads none of others

use strict;
use warnings;
use Fcntl qw(:flock);
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Namespace;
use Httpd;
use Mailbox;
use POSIX ();
use Report ();
use Test::More;
use Tool;

Namespace->enter(users => ['_tlsrpt']);

my $root = File::Temp->newdir('second-XXXXXX', TMPDIR => 1);
chmod 0755, "$root";
my $SPOOL = "$root/tlsrpt";
my $PROGRAM = Mailbox::tool_file_for_all("$root");
my $page = Httpd::slurp("$FindBin::Bin/../../docs/report-mail.md");

# Does what the page says, in the block that begins so.
sub by_hand {
    my ($first) = @_;
    my ($block) = $page =~ /^```sh\n(\Q$first\E.*?)^```$/ms or die "docs/report-mail.md has no block that begins with $first\n";
    my $done = Httpd::run('sh', '-ec', $block =~ s{/var/lib/apache2/tlsrpt}{$SPOOL}gr);
    is $done->status . $done->err, '0', "$first: done";
}

sub as {
    my ($user, @command) = @_;
    my ($uid, $gid) = (getpwnam $user)[2, 3];
    return Httpd::run('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups', @command);
}

# A mail piped into the command, as this user.
sub piped {
    my ($user, $mail, @more) = @_;
    Httpd::spew("$root/mail", $mail);
    chmod 0644, "$root/mail";
    return as($user, 'sh', '-c', 'exec "$@" <"$0"', "$root/mail", $PROGRAM, 'report', 'import', "--spool=$SPOOL", @more, '-');
}

sub rights { return join ' ', map { my @is = stat "$SPOOL/$_"; sprintf '%s %04o %s:%s', $_, $is[2] & 07777, scalar getpwuid $is[4], scalar getgrgid $is[5] } @_ }

sub files { my ($folder) = @_; my @names = sort map { s{.*/}{}r } glob "$SPOOL/$folder/*"; return @names }

sub started {
    my ($more) = (@_, '');
    return Httpd->start(<<"CONF", tlsrpt => 1, module => 0);
$more
TLSRPTSpool  $SPOOL
TLSRPTDomain example.com
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
}

sub posted { return Report::post(@_, headers => ['Content-Type: application/tlsrpt+json'])->code }

# ---- the folder made by hand, the rest by httpd, which starts as root -------------

by_hand('install -d -o www-data');
my $httpd = started();
is rights(qw(. tmp new raw bad)), '. 2750 www-data:_tlsrpt tmp 3770 www-data:_tlsrpt new 3770 www-data:_tlsrpt raw 0700 www-data:_tlsrpt bad 3730 www-data:_tlsrpt',
    'the rights that the page has';
my @days = map { POSIX::strftime('%Y-%m-%dT', gmtime(time - 86400)) . $_ } qw(00:00:00Z 23:59:59Z);
my @of_yesterday = ('date-range' => { 'start-datetime' => $days[0], 'end-datetime' => $days[1] });
is posted($httpd, report(@of_yesterday)), 201, 'a report by HTTPS';
is posted($httpd, '{broken'), 400, 'one that cannot be read';
Httpd::wait_until('the report to be stored', sub { !files('new') && files('raw') });
$httpd->stop;
is rights('reports.sqlite3'), 'reports.sqlite3 0600 www-data:_tlsrpt', 'the store';

my $import = as('www-data', 'sh', '-c', 'exec "$@" <"$0"', do { Httpd::spew("$root/waits", mail(json => report(@of_yesterday, 'report-id' => 'waits'))); chmod 0644, "$root/waits"; "$root/waits" },
    $PROGRAM, 'report', 'import', "--spool=$SPOOL", '-');
is $import->status, 0, 'one more waits in new/, as httpd leaves it there' or diag $import->err;
my ($raw) = files('raw');
my ($bad) = files('bad');
my ($new) = files('new');

# ---- what the second user can do with them ------------------------------------------

for my $read (['the store', 'cat', 'reports.sqlite3'], ['the list of raw/', 'ls', 'raw'], ['a report in raw/', 'cat', "raw/$raw"],
    ['the list of bad/', 'ls', 'bad'], ['what is in bad/', 'cat', "bad/$bad"], ['what httpd put into new/', 'cat', "new/$new"]) {
    my ($what, $command, $path) = @$read;
    my $done = as('_tlsrpt', $command, "$SPOOL/$path");
    like $done->status . $done->out . $done->err, qr/\A[12]\S+: .*Permission denied/, "$what: not to be read";
    is as('www-data', $command, "$SPOOL/$path")->status, 0, '... but by httpd';
}
for my $write (['rm', '-f', "$SPOOL/new/$new"], ['mv', "$SPOOL/new/$new", "$SPOOL/new/x"], ['touch', "$SPOOL/raw/x"], ['touch', "$SPOOL/x"], ['rm', '-f', "$SPOOL/bad/$bad"]) {
    isnt as('_tlsrpt', @$write)->status, 0, join(' ', map { s{\Q$SPOOL\E/}{}r =~ s/\Q$new\E/REPORT/r } @$write) . ': not allowed';
}

# ---- what it is for --------------------------------------------------------------------

my $ID = '--authserv-id=mx.example.com';
my $signed = mail(headers => "Authentication-Results: mx.example.com; dkim=pass header.d=reporter.example\n", json => report(@of_yesterday, 'report-id' => 'mailed'));
my $done = piped('_tlsrpt', $signed, $ID);
is $done->status, 0, 'a mail: taken' or diag $done->err;
is scalar(files('new')), 2, '... into new/';
is piped('_tlsrpt', $signed, $ID)->status, 0, '... again: known';
is scalar(files('new')), 2, '... and not put twice';
$done = piped('_tlsrpt', mail(json => report(@of_yesterday, 'report-id' => 'waits')), '-v');
is $done->status, 0, 'the same mail as one that the user of httpd put' or diag $done->err;
like $done->out, qr/was there already/, '... is known by its name';
is scalar(files('new')), 2, '... and not put twice';
is as('www-data', 'cat', map { "$SPOOL/new/$_" } files('new'))->status, 0, 'httpd reads what was put';
is_deeply [files('tmp')], [], 'nothing is left in tmp/';

is piped('_tlsrpt', "Subject: no report\n\nnumber $_\n")->status, 0, "mail $_ without a report: taken" for 1 .. 22;
my @kept = grep { Httpd::slurp("$SPOOL/bad/$_") =~ /^Channel: mail$/m } files('bad');
is scalar(@kept), 20, 'of 22 the last 20 are kept in bad/';
is_deeply [grep { !defined $_ } map { my $number = $_; (grep { Httpd::slurp("$SPOOL/bad/$_") =~ /^number $number$/m } @kept) ? $number : undef } 3 .. 22], [], '... the newest';

# Two at once keep both.
Httpd::run('sh', '-c', 'for i in 1 2 3 4; do setpriv --reuid=$1 --regid=$2 --clear-groups sh -c \'printf "Subject: x\n\nat once $1\n" | "$2" report import --spool="$3" -\' x $i "$3" "$4" & done; wait',
    'x', (getpwnam '_tlsrpt')[2, 3], $PROGRAM, $SPOOL);
is scalar(grep { Httpd::slurp("$SPOOL/bad/$_") =~ /^at once/m } files('bad')), 4, 'four at once: each is kept';

# The lock that they take turns by, kept for ever by one who has fallen asleep, or means it.
sysopen my $lock, "$SPOOL/tmp", Fcntl::O_RDONLY or die "$!\n";
flock $lock, Fcntl::LOCK_EX or die "$!\n";
Httpd::spew("$root/mail", "Subject: no report\n\nlocked out\n");
$done = as('_tlsrpt', 'timeout', 60, 'sh', '-c', 'exec "$@" <"$0"', "$root/mail", $PROGRAM, 'report', 'import', "--spool=$SPOOL", '-');
is $done->status, 75, 'somebody of the group keeps the lock: the mail waits with the mail server';
is_deeply [files('tmp')], [], '... and nothing is left in tmp/';
close $lock;

# ---- and httpd takes it up ---------------------------------------------------------------

$httpd = started();
Httpd::wait_until('all to be stored', sub { !files('new') });
is scalar(files('raw')), 3, 'httpd has stored all three';
$httpd->stop;
isnt as('_tlsrpt', 'cat', map { "$SPOOL/raw/$_" } files('raw'))->status, 0, '... and not even his own is his to read any more';

# ---- mail fills no disk, although this user cannot see what is stored ------------------------

for my $i (1 .. 3) {
    my $padding = join '', map { chr 97 + rand 26 } 1 .. 600_000;
    is piped('_tlsrpt', mail(json => report(@of_yesterday, 'report-id' => "large-$i", padding => $padding)))->status, 0, "a report of 600 KB, $i";
}
$httpd = started('TLSRPTQuota none none 1M');
Httpd::wait_until('all to be stored', sub { !files('new') });
Httpd::wait_until('raw/ to be made smaller', sub { 1024 * 1024 > eval { my $all = 0; $all += -s "$SPOOL/raw/$_" || 0 for files('raw'); $all } });
pass 'httpd keeps raw/ within the third number of TLSRPTQuota';
$httpd->stop;

# ---- where httpd made the folder first ------------------------------------------------------

$SPOOL = "$root/other";
$httpd = started();
$httpd->stop;
is piped('_tlsrpt', mail())->status, 75, 'a spool of another group: the mail waits';
by_hand('cd /var/lib/apache2/tlsrpt && chgrp');
is rights(qw(. tmp new raw bad)), '. 2750 www-data:_tlsrpt tmp 3770 www-data:_tlsrpt new 3770 www-data:_tlsrpt raw 0700 www-data:www-data bad 3730 www-data:_tlsrpt', 'given to the group';
is piped('_tlsrpt', mail())->status, 0, '... until then';

# ---- where root was first ---------------------------------------------------------------------

$SPOOL = "$root/early";
by_hand('install -d -o www-data');
Httpd::spew("$root/early.json", report(@of_yesterday, 'report-id' => 'early'));
$done = Httpd::run($PROGRAM, 'report', 'import', "--spool=$SPOOL", "$root/early.json");
is $done->status, 0, 'root imports a report before httpd was started' or diag $done->err;
is rights(qw(tmp new raw bad)), 'tmp 3770 www-data:_tlsrpt new 3770 www-data:_tlsrpt raw 0700 www-data:_tlsrpt bad 3730 www-data:_tlsrpt', '... what that makes belongs to httpd';
$httpd = started();
is posted($httpd, report(@of_yesterday, 'report-id' => 'later')), 201, '... which takes another';
Httpd::wait_until('both to be stored', sub { !files('new') && files('raw') == 2 });
$httpd->stop;
$SPOOL = "$root/other";

# Httpd itself does without none of them.
chmod 0, "$SPOOL/raw";
my $closed = piped('www-data', mail());
is $closed->status, 75, 'raw/ is closed to httpd: nothing is put';
like $closed->err, qr{/raw cannot be opened \(Permission denied\)}, '... and it is said';

done_testing;
