# import.t - `mta-sts report import`: what gets into the spool, how it is believed, and no exit status but 0 and 75 in a pipe

use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use JSON::PP;
use Test::More;
use Tool;

my $dir = File::Temp->newdir;
my $SPOOL = "$dir/spool";
my @IMPORT = ('report', 'import', "--spool=$SPOOL");
my $ID = '--authserv-id=mx.example.com';

sub afresh { remove_tree($SPOOL); make_path($SPOOL) }

# The entries of the spool: "trust channel source: report-id", sorted. Or the reasons in bad/.
sub entries {
    return join '; ', sort map {
        my ($head, $json) = split /\n\n/, Httpd::slurp($_), 2;
        my ($trust) = /-(\d)$/;
        my %line = $head =~ /^([\w-]+): ?(.*)$/mg;
        my ($id) = $json =~ /"report-id":"([^"]*)"/;
        join(' ', $trust, $line{Channel}, $line{Source} || '-') . ": $id";
    } grep { -f } glob "$SPOOL/new/*";
}

sub bad { return join '; ', sort map { Httpd::slurp($_) =~ /^Reason: (.*)$/m ? $1 : '?' } grep { -f } glob "$SPOOL/bad/*" }

sub channel { return join ' ', map { Httpd::slurp($_) =~ /^Channel: (.*)$/m } glob "$SPOOL/bad/*" }

sub is_import {
    my ($done, $status, $entries, $name) = @_;
    is $done->status, $status, "$name: $status" or diag $done->err;
    is entries(), $entries, '... ' . ($entries ? 'is in the spool' : 'the spool stays empty');
    is_deeply [glob "$SPOOL/tmp/*"], [], '... nothing is left in tmp/';
}

# ---- what is believed ----

afresh;
Httpd::spew("$dir/report.json", report());
is_import(tool(@IMPORT, "$dir/report.json"), 0, '3 file -: id-1', 'a file that was named');
is_import(tool(@IMPORT, "$dir/report.json"), 0, '3 file -: id-1', '... once more');
afresh;
is_import(tool_in(report(), @IMPORT, '-'), 0, '0 file -: id-1', 'the same on standard input: nobody named it');
afresh;
is_import(tool_in(mail(), @IMPORT, '-'), 0, '0 mail -: id-1', 'a mail: kept, not believed');
is_import(tool_in(mail(), @IMPORT, '-'), 0, '0 mail -: id-1', '... the same mail twice');

my $PASS = "Authentication-Results: mx.example.com;\n\tdkim=pass (2048-bit key) header.d=reporter.example header.s=s1\n";

# What a mail with these header lines is believed; the report's contact is at reporter.example.
sub is_trust {
    my ($headers, $trust, $name, @mail) = @_;
    afresh;
    my $done = tool_in(mail(headers => $headers, @mail), @IMPORT, $ID, '-');
    like $done->status . ' ' . entries(), qr/\A0 $trust mail /, "trust $trust: $name";
}

is_trust($PASS, '2', 'a signature of the submitter');
like entries(), qr/\A2 mail reporter\.example: /, '... who is named';
is_trust($PASS =~ s/reporter\.example/mail.reporter.example/r, '2', '... of a domain below his');
is_trust($PASS =~ s/reporter\.example/example/r, '0', '... of what is no domain');
is_trust($PASS, '2', '... of a domain above his', json => report('contact-info' => 'x@tls.reporter.example'));
is_trust($PASS, '0', 'of another one', json => report('contact-info' => 'x@other.example'));
is_trust($PASS, '0', 'of a name that only ends alike', json => report('contact-info' => 'x@evil-reporter.example'));
is_trust($PASS =~ s/dkim=pass/dkim=fail/r, '0', 'not valid');
is_trust($PASS =~ s/dkim=pass/dkim=neutral (dkim=pass)/r, '0', 'a pass in a comment');
is_trust($PASS =~ s/dkim=pass/spf=pass/r, '0', 'another method');
is_trust($PASS =~ s/dkim=pass/dkim=none reason="dkim=pass"/r, '0', 'a pass in a reason');
is_trust($PASS =~ s/mx\.example\.com/mx.example.net/r, '0', 'of another authserv-id');
is_trust($PASS =~ s/mx\.example\.com/MX.Example.COM/r, '2', 'the authserv-id in another case');
is_trust($PASS =~ s/mx\.example\.com/mx.example.com 1/r, '2', '... with a version');
is_trust($PASS =~ s/header\.d=reporter\.example/header.i=\@reporter.example/r, '2', 'header.i alone');
is_trust($PASS =~ s/header\.d=reporter\.example/header.d=other.example header.i=x\@reporter.example/r, '0', 'header.i that differs from header.d');
is_trust("Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=\"x;dkim=pass header.d=reporter.example\"\@evil.example\n", '0', 'a pass in the address of the envelope');
is_trust("Authentication-Results: mx.example.com; dkim=pass header.d=other.example; dkim=pass header.d=reporter.example\n", '2', 'the second of two signatures');
is_trust("Authentication-Results: mx.example.com; none\n$PASS", '0', 'of two fields the upper one counts: the lower may be the sender\'s');
is_trust("Authentication-Results: proxy.example.net; none\n$PASS", '2', '... of this authserv-id');
is_trust("X-$PASS", '0', 'another field');
is_trust("ARC-$PASS", '0', '... that of ARC');
is_trust("${PASS}DKIM-Signature: v=1; a=rsa-sha256; d=reporter.example;\n\ts=s1; l=100; h=from; bh=x; b=y\n", '0', 'a signature over a part of the body (l=)');
is_trust("${PASS}DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=s1; l=100; h=from; bh=x; b=y\n", '2', '... l= of another one');
is_trust("${PASS}DKIM-Signature: v=1; a=rsa-sha256; d=Reporter.Example.; s=s1; l=100; h=from; bh=x; b=y\n", '0', '... of the same one, written otherwise');
is_trust("Authentication-Results: mx.example.com; spf=none (a (b) ; dkim=pass header.d=reporter.example ; y=z (c))\n", '0', 'a pass in a comment with another one in it');
my $signatures = sub { my ($n) = @_; return 'Authentication-Results: mx.example.com' . join('', map { ";\n\tdkim=pass header.d=d$_.example" } 1 .. $n) . ";\n\tdkim=pass header.d=reporter.example\n" };
is_trust($signatures->(15), '2', 'the last of 16 signatures');
is_trust($signatures->(16), '0', '... of 17: so many are not looked at');
{
    afresh;
    my $done = tool_in(mail() =~ s/^This is a report.*/$PASS/mr, @IMPORT, $ID, '-');
    is entries(), '0 mail -: id-1', 'trust 0: a field in the body';
}

afresh;
my $forged = mail(headers => '') . "\n\nFrom x\@example.com Mon Nov  2 00:10:00 2026\n" . mail(headers => $PASS, json => report('report-id' => 'forged'));
is_import(tool_in("From r\@example.com Mon Nov  2 00:10:00 2026\n$forged", @IMPORT, $ID, '-'), 0, '0 mail -: id-1', 'a pipe brings one mail: a line "From " in it begins no other');
afresh;
is_import(tool_in(mail(headers => $PASS), @IMPORT, '-'), 0, '0 mail -: id-1', 'without --authserv-id nobody is believed');

# ---- several ----

afresh;
my $two = mail(headers => $PASS) =~ s/^--b1--$/--b1\nContent-Type: application\/tlsrpt+json\n\n@{[report('report-id' => 'id-2')]}\n--b1--/mr;
is_import(tool_in($two, @IMPORT, $ID, '-'), 0, '2 mail reporter.example: id-1; 2 mail reporter.example: id-2', 'two reports in one mail');
afresh;
my $eleven = mail() =~ s/^--b1--$/join '', (map { "--b1\nContent-Type: application\/tlsrpt+json\n\n" . report('report-id' => "more-$_") . "\n" } 1 .. 10), '--b1--'/mre;
is tool_in($eleven, @IMPORT, '-')->status, 0, 'eleven reports in one mail';
is scalar(() = glob "$SPOOL/new/*"), 10, '... ten are taken';
like bad(), qr/more than ten reports/, '... and the mail is kept, for the one that is left';
afresh;
my $others = mail(headers => $PASS) =~ s/^--b1--$/--b1\nContent-Type: application\/tlsrpt+json\n\n@{[report('report-id' => 'id-2', 'contact-info' => 'x\@other.example')]}\n--b1--/mr;
is_import(tool_in($others, @IMPORT, $ID, '-'), 0, '0 mail -: id-2; 2 mail reporter.example: id-1', '... the second of somebody else, who signed nothing');
afresh;
Httpd::spew("$dir/Maildir/new/1", mail(headers => $PASS));
Httpd::spew("$dir/Maildir/cur/2:2,S", mail(json => report('report-id' => 'id-2')));
Httpd::spew("$dir/Maildir/cur/3:2,S", "Subject: hello\n\nno report\n");
my $maildir = tool(@IMPORT, $ID, '-v', "$dir/Maildir");
is_import($maildir, 0, '0 mail -: id-2; 2 mail reporter.example: id-1', 'a Maildir');
like $maildir->out, qr/^2 put into the spool, 0 were there already\n\z/m, '... and -v says so';
like tool(@IMPORT, $ID, '-v', "$dir/Maildir")->out, qr/^0 put into the spool, 2 were there already\n\z/m, '... again';
is bad(), '', '... other mails in it are left alone';
like tool(@IMPORT, $ID, '-v', "$dir/Maildir/new/1")->out, qr/^0 put into the spool, 1 was there already\n\z/m, '... one of them';

# What cron runs over a mailbox: the exit status is that of its mails.
afresh;
Httpd::spew("$dir/odd/new/1", mail(headers => $PASS));
Httpd::spew("$dir/odd/cur/2:2,S", "\0\1\2 no mail" . 'x' x 9000);
Httpd::spew("$dir/odd/cur/3:2,S", '');
Httpd::spew("$dir/odd/cur/4:2,S", "Subject: large\n\n" . 'a' x 17_000_000);
Httpd::spew("$dir/odd/cur/5:2,S", report());
Httpd::spew("$dir/odd/cur/6:2,S", "X: " . 'a' x 9000 . "\n\n");
my $odd = tool(@IMPORT, $ID, "$dir/odd");
is_import($odd, 0, '2 mail reporter.example: id-1', 'a Maildir with files that are no mails');
is $odd->err, join('', map { "mta-sts: $dir/odd/cur/$_; passed over\n" } '2:2,S: it is no mail', '3:2,S: it is empty', '4:2,S: it has more than 16 MiB', '5:2,S: it is no mail',
    '6:2,S: the mail has a header line of more than 8 KiB'), '... a word on each';
Httpd::spew("$dir/odd/cur/7:2,S", mail(packed => 'broken'));
is tool(@IMPORT, $ID, "$dir/odd")->status, 2, '... a report that cannot be read: 2';
mkdir "$dir/emptied"; mkdir "$dir/emptied/$_" for qw(new cur tmp);
Httpd::spew("$dir/mbox", '');
Httpd::spew("$dir/others", "From x\nSubject: hello\n\nno report\n");
is join('', map { $_->status . $_->out . $_->err } map { tool(@IMPORT, "$dir/$_") } qw(emptied mbox others)), '000', 'a mailbox without a report, an empty one: nothing to speak of';
like tool(@IMPORT, '-v', "$dir/emptied")->err, qr/: no mail of the Maildir is a report$/, '... but with -v';
is tool(@IMPORT, $dir)->status, 2, 'a folder that is no Maildir: 2';

afresh;
is_import(tool_in(mail(json => report(policy => { 'policy-domain' => undef }), domain => undef), @IMPORT, '--domain=given.example', '-'), 0, '0 mail -: id-1', '--domain for a report that names none');
like Httpd::slurp((glob "$SPOOL/new/*")[0]), qr/^Domain: given\.example$/m, '... is noted';

# ---- --json ----

# The object of an import, as a text, and its exit status.
sub counts {
    my ($done) = @_;
    my $is = decode_json($done->out);
    is_deeply [sort keys %$is], [qw(again kept known put unreadable)], 'the keys';
    return join ' ', $done->status, map { "$_ $is->{$_}" } grep { $is->{$_} } qw(put known kept unreadable again);
}
afresh;
my @JSON = (@IMPORT, '--json');
is counts(tool(@JSON, "$dir/report.json")), '0 put 1', '--json, a file: put';
is counts(tool(@JSON, "$dir/report.json", "$dir/missing")), '2 known 1 unreadable 1', '... once more, and one that is not there';
is counts(tool_in(mail(json => report('report-id' => 'id-2')), @JSON, '-')), '0 put 1', '... in a pipe';
is counts(tool_in("Subject: hello\n\nno report\n", @JSON, '-')), '0 kept 1', '... what is none';
is counts(tool_in($two, @JSON, $ID, '-')), '0 put 2', '... two in one mail';
is counts(tool_in($two, @JSON, $ID, '-')), '0 known 2', '... once more';
my $both = tool_in(mail(packed => 'broken'), @JSON, '-v', '-');
is counts($both), '0 kept 1', '... with -v';
like $both->err, qr/^0 put into the spool, 0 were there already, 1 kept in bad$/m, '... whose words go to standard error';
$both = tool(@JSON, '-v', "$dir/report.json");
is counts($both), '0 known 1', '... those on a report';
like $both->err, qr/^\Q$dir\E\/report\.json: report of reporter\.example, trust 3: was there already\n0 put into the spool, 1 was there already\n\z/, '... too';
like tool(@IMPORT, '-v', "$dir/missing")->out, qr/^0 put into the spool, 0 were there already, 1 could not be read\n\z/, '-v of what cannot be read';
{
    my $again = tool_in(mail(json => report('report-id' => 'x' x 400)), @JSON, '-');
    is counts($again), '0 put 1', 'room enough';
    Httpd::spew("$dir/big", mail(json => report('report-id' => 'big', padding => 'y' x 5000)));
    my @small = ('bash', '-c', 'ulimit -f 1; exec "$@" <"$0"', "$dir/big", tool_file(), @JSON, '-');
    is counts(Httpd::run(@small)), '75 again 1', 'no room: it has to come again, and the status says so';
    Httpd::spew("$dir/big", "Subject: hello\n\n" . "no report\n" x 500);
    is counts(Httpd::run(@small)), '75 again 1', '... what is no report and cannot be kept, too';
}
is tool('report', 'import', '--json', "--spool=$dir/nowhere", "$dir/report.json")->out, '', 'no spool: nothing is counted';
is tool('report', 'import', '--json')->status, 3, 'no file: 3';

# ---- what cannot be read ----

afresh;
Httpd::spew("$dir/none", "no report\n");
is_import(tool(@IMPORT, "$dir/none", "$dir/report.json"), 2, '3 file -: id-1', 'a file that is no report: 2, the other gets in');
is bad(), '', '... it stays where it is';
is tool(@IMPORT, "$dir/missing")->status, 2, 'no file: 2';

# As a mail server's pipe: 0 and 75, and nothing else.
for my $case (["Subject: hello\n\nno report\n", qr/the mail holds no report/, 'a mail without a report'],
    [mail(packed => 'broken'), qr/neither JSON nor/, 'a broken report'], ['', qr/empty/, 'nothing'], ["\0\1\2", qr/neither/, 'octets'],
    [mail(json => report('date-range' => { 'start-datetime' => '2036-11-01T00:00:00Z', 'end-datetime' => '2036-11-01T23:59:59Z' })), qr/\S/, 'a report from the future'],
    ["X: " . 'a' x 9000 . "\n\n", qr/8 KiB/, 'a header line that is too long'], ["Subject: x\n\n" . 'a' x 17_000_000, qr/16 MiB/, 'a mail that is too long']) {
    my ($octets, $why, $name) = @$case;
    afresh;
    my $done = tool_in($octets, @IMPORT, $ID, '-');
    is_import($done, 0, '', "in a pipe, $name");
    like $done->err, $why, '... says why';
    like bad(), $why, '... and is kept with the reason';
    is channel(), $octets =~ /\A[\w-]+: / ? 'mail' : 'file', '... and with how it came';
}
# A damaged report beside a good one, in a zip file and as two parts of a mail: none is lost.
{
    my $zip = zip('a.json' => report(), 'b.json' => '{"policies": [', 'c.txt' => 'hello');
    my $parts = mail() =~ s/^--b1--$/--b1\nContent-Type: application\/tlsrpt+json\n\n{"policies": [\n--b1--/mr;
    for my $case ([$zip, 'file', 'a zip file'], [mail(type => 'application/zip', name => 'r.zip', packed => $zip), 'mail', 'an attached zip file'], [$parts, 'mail', 'a mail of two parts']) {
        my ($octets, $channel, $name) = @$case;
        afresh;
        is_import(tool_in($octets, @IMPORT, '-'), 0, "0 $channel -: id-1", "in a pipe, $name with a damaged report");
        like bad(), qr/^(?:in the zip file, file 2: )?[^;]*JSON[^;]*$/, '... which is kept, with the reason';
        is channel(), $channel, '... and with how it came';
        afresh;
        Httpd::spew("$dir/half", $octets);
        my $done = tool(@IMPORT, "$dir/half");
        is_import($done, 2, ($channel eq 'file' ? 3 : 0) . " $channel -: id-1", "as a file, $name with a damaged report");
        like $done->err, qr/^mta-sts: \Q$dir\E\/half: .*JSON/m, '... says why';
        is bad(), '', '... which stays where it is';
    }
}
for my $wrong (['--authserv-di=x'], ['--domain=a b'], ['--authserv-id='], ['--spool=here']) {
    is tool_in(mail(), 'report', 'import', @$wrong, '-')->status, 75, "in a pipe, $wrong->[0]: 75";
}
is tool_in(mail(), 'report', 'import', "--spool=$dir/nowhere", '-')->status, 75, 'no spool: 75';
ok !-e "$dir/nowhere", '... and none is made';
is tool('report', 'import', "--spool=$dir/nowhere", "$dir/report.json")->status, 75, '... for a file, too';
afresh;
tool(@IMPORT, "$dir/report.json");    # makes the folders
remove_tree("$SPOOL/new"); Httpd::spew("$SPOOL/new", 'in the way');
is tool_in(mail(), @IMPORT, '-')->status, 75, 'a spool that cannot be written: 75';

# Anybody can send mail. (What a hole hides takes no room.)
sub numbered { my ($n) = @_; return mail(json => report('report-id' => "id-$n")) }
{
    afresh;
    tool_in(numbered(1), @IMPORT, '-');
    my $entry = -s (glob "$SPOOL/new/*")[0];
    afresh;
    tool(@IMPORT, "$dir/none");
    Httpd::spew("$SPOOL/new/hole", '');
    truncate "$SPOOL/new/hole", 1024 * 1024 * 1024;
    my $quarter = "\1" x (16 * 1024 * 1024);
    Httpd::spew("$SPOOL/new/$_", $quarter) for 1 .. 3;
    is tool_in(numbered(1), @IMPORT, '-')->status, 0, 'with 48 MiB in the spool: a mail is taken';
    Httpd::spew("$SPOOL/new/4", substr $quarter, 2 * $entry);
    is tool_in(numbered(2), @IMPORT, '-')->status, 0, '... also the last that fits into 64 MiB';
    unlink glob "$SPOOL/new/*-0";
    Httpd::spew("$SPOOL/new/4", substr $quarter, $entry - 1);
    my $full = tool_in(numbered(3), @IMPORT, '-');
    is $full->status, 75, 'for one octet more it waits';
    like $full->err, qr/: it is full$/m, '... and it says so';
    Httpd::spew("$dir/larger.json", report(padding => 'x' x 1000));
    is tool(@IMPORT, "$dir/larger.json")->status, 0, '... a file that the administrator names does not';
}
{
    my $memory = -d '/dev/shm' && -w _ ? File::Temp->newdir(DIR => '/dev/shm') : File::Temp->newdir;    # quick
    my @import = ('report', 'import', "--spool=$memory");
    tool(@import, "$dir/none");
    for (1 .. 99_999) { open my $file, '>', "$memory/new/$_" or die "$!\n" }
    is tool_in(numbered(1), @import, '-')->status, 0, 'the 100,000th file of the spool';
    is tool_in(numbered(2), @import, '-')->status, 75, '... one more waits';
    system('rm', '-rf', "$memory");
}

# A limit on the size of files, as Postfix sets one.
{
    afresh;
    tool(@IMPORT, "$dir/report.json");
    my $small = tool_in(mail(json => report('report-id' => 'x' x 400)), @IMPORT, '-');
    is $small->status, 0, 'room enough';
    my $limited = Httpd::run('bash', '-c', 'ulimit -f 1; exec "$@" <"$0"', do { Httpd::spew("$dir/big", mail(json => report('report-id' => 'big', padding => 'y' x 5000))); "$dir/big" }, tool_file(), @IMPORT, '-');
    is $limited->status, 75, 'a file that may not grow: 75' or diag $limited->err;
    unlike entries(), qr/big/, '... and nothing half is there';
    is_deeply [glob "$SPOOL/tmp/*"], [], '... nor in tmp/';
}

# What cannot be kept in bad/ either has to come again: the mail server still has it.
{
    afresh;
    tool(@IMPORT, "$dir/report.json");
    for my $case (['a mail that is no report', "Subject: hello\n\n" . "no report\n" x 500], ['a report that is broken', mail(packed => 'broken' x 400)]) {
        my ($name, $octets) = @$case;
        Httpd::spew("$dir/bad", $octets);
        my $limited = Httpd::run('bash', '-c', 'ulimit -f 1; exec "$@" <"$0"', "$dir/bad", tool_file(), @IMPORT, '-');
        is $limited->status, 75, "$name that cannot be kept: 75" or diag $limited->err;
        like $limited->err, qr/: not put into the spool \S+: File too large$/m, '... and it says so';
        is bad(), '', '... nothing half is kept';
        is_deeply [glob "$SPOOL/tmp/*"], [], '... nor in tmp/';
    }
}

# On the disk before the mail server hears 0: the file, its name, and only then the end.
SKIP: {
    skip 'strace hides leaks from the sanitizer', 4 if $ENV{ASAN_OPTIONS};
    for my $case (['a report', mail(), 'linkat'], ['a mail without one', "Subject: hello\n\nno report\n", 'renameat'], ['a mail that is too long', "Subject: x\n\n" . 'a' x 17_000_000, 'renameat']) {
        my ($name, $octets, $call) = @$case;
        afresh;
        Httpd::spew("$dir/what", $octets);
        Httpd::run('sh', '-c', 'exec "$@" <"$0"', "$dir/what", 'strace', '-o', "$dir/calls", '-e', 'trace=fsync,linkat,renameat,renameat2,exit_group', tool_file(), @IMPORT, '-');
        my @calls = Httpd::slurp("$dir/calls") =~ /^(fsync|linkat|renameat|exit_group)2?\(/mg;
        like "@calls", qr/^fsync $call fsync( .*)? exit_group$/, "$name: synced, named, synced";
    }
    {
        afresh;
        Httpd::spew("$dir/what", '');
        Httpd::run('sh', '-c', 'exec "$@" <"$0"', "$dir/what", 'strace', '-o', "$dir/calls", '-e', 'trace=fsync,renameat,renameat2,exit_group', tool_file(), @IMPORT, '-');
        like Httpd::slurp("$dir/calls"), qr/fsync.*renameat.*fsync/s, 'nothing at all: the same';
    }
}

# Whoever writes it must not see a broken pipe, whatever we think of the mail; and no file of ours gets the number of an output.
afresh;
for my $case (['where there is no spool', 75, 'head -c 30000000 /dev/zero', "$dir/nowhere", '-'], ['of a wrong line', 75, 'head -c 30000000 /dev/zero', $SPOOL, '--bogus', '-'],
    ['of a mail that is too long', 0, '(echo "Subject: x"; echo; exec head -c 30000000 /dev/zero)', $SPOOL, '-']) {
    my ($name, $status, $writer, $spool, @rest) = @$case;
    is Httpd::run('bash', '-c', "$writer | \"\$@\"; echo \${PIPESTATUS[*]}", 'x', tool_file(), 'report', 'import', "--spool=$spool", @rest)->out, "0 $status\n", "the input is read to its end, $name";
}
is Httpd::run('bash', '-c', 'exec "$@" <"$0" >&- 2>&-', do { Httpd::spew("$dir/mail", mail()); "$dir/mail" }, tool_file(), @IMPORT, '-v', '-')->status, 0, 'without standard output and error: 0';
like Httpd::slurp((glob "$SPOOL/new/*")[0]) =~ s/.*\n\n//sr, qr/\A\{.*\}\z/s, '... and the entry holds the report alone';

afresh;
is_import(Httpd::run('sh', '-c', 'printf %s "$0" | "$@" >/dev/full', mail(), tool_file(), @IMPORT, '-v', '-'), 0, '0 mail -: id-1', 'output that cannot be written bounces no mail');

done_testing;
