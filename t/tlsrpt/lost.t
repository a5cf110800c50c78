# lost.t - the database is replaced, removed, dropped or restored while httpd runs: it is noticed, nothing is said to be
# stored that is not, and the manual's way brings back all that was stored since the backup, each report once
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Database;
use Httpd;
use Httpd::Tools qw(run slurp wait_until);
use Report;
use Test::More;

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTDomain example.com
TLSRPTQuota  none none none
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
    <Location "/reports">
        SetHandler tlsrpt-status
        Require all granted
    </Location>
</VirtualHost>
CONF
my @OPTION = (tlsrpt => 1, module => 0, modules => ['watchdog']);
my $OK = "SELECT COALESCE(SUM(sessions), 0) FROM tlsrpt_day WHERE rtype = 'ok'";

# Report n is about 2 ** n sessions: the sum says which are there, and how often.
my $posted;
sub send_next { my ($httpd) = @_; return post($httpd, report(id => 'n' . $posted, good => 2**$posted++))->code }
sub pending { my ($httpd) = @_; return scalar(() = glob $httpd->root . '/spool/new/*') }
sub all_stored { my ($httpd) = @_; wait_until('the intake', sub { !pending($httpd) }) }
sub said { my ($httpd, $line, $times) = @_; wait_until("the log to say $line", sub { $times <= (() = $httpd->log =~ /$line/g) }) }
sub shown { my ($httpd) = @_; return $httpd->get('localhost', '/reports?domain=example.com&format=json')->body =~ /"sessions": (\d+)/ ? $1 : 0 }

# The loop of the manual, behind the word that names it.
sub move_back {
    my ($httpd) = @_;
    my @loops = slurp("$FindBin::Bin/../../docs/tlsrpt-store.md") =~ m{^```sh\n(cd /var/lib/apache2/tlsrpt\n.*?)^```}msg;
    is scalar(@loops), 2, 'the manual has two loops' if $posted < 6;
    is run('sh', '-c', $loops[1] =~ s{/var/lib/apache2/tlsrpt}{$httpd->root . '/spool'}re)->status, 0, 'what is in raw/ is moved back';
    all_stored($httpd);
}

# ---- SQLite: another file in its place, with each MPM; or none ----

for my $mpm (qw(event worker prefork)) {
    local $ENV{MPM} = $mpm;
    my $httpd = Httpd->start($CONF, @OPTION, expect => [qr/TLSRPT057: \S+reports\.sqlite3 was replaced or removed/],
        allow => [qr/TLSRPT090: .*(?:reports\.sqlite3 cannot be opened|no tables of reports yet)/, qr/TLSRPT051: .*(?:not an error|database schema has changed)$/]);
    my ($file, $backup) = map { $httpd->root . "/spool/$_" } 'reports.sqlite3', 'backup';
    my $sql = sub { my $done = run('sqlite3', $file, '.timeout 9000', @_); die $done->err if $done->status; return $done->out =~ s/\s+\z//r };
    my $restore = sub { my ($owner, $group) = (stat $file)[4, 5]; chown $owner, $group, $backup; rename $backup, $file or die "$!\n" };

    $posted = 0;
    send_next($httpd) for 1 .. 2;
    all_stored($httpd);
    wait_until('the log of SQLite to be empty', sub { !-s "$file-wal" });
    is shown($httpd), 3, "$mpm: two reports";
    $sql->(".backup $backup");
    send_next($httpd) for 1 .. 2;
    all_stored($httpd);
    is $sql->($OK), 15, '... and two after the backup';
    $restore->();
    said($httpd, qr/TLSRPT057/, 1);
    is shown($httpd), 3, '... the backup is put in its place: the page has its numbers';
    send_next($httpd);
    all_stored($httpd);
    is $sql->($OK), 3 + 16, '... what comes then is stored there';
    is post($httpd, report(id => 'n2', good => 4))->code, 200, '... (one of those that are lost, sent again, is not taken)';
    move_back($httpd);
    is $sql->($OK), 31, '... and all are there again, once';
    is $sql->('SELECT MAX(copies) FROM tlsrpt_report'), 1, '... none as a copy';
    is shown($httpd), 31, '... the page shows them';

    my $n = 1;
    for my $what ([$file], [$file, "$file-wal", "$file-shm"]) {
        unlink @$what;
        said($httpd, qr/TLSRPT057/, ++$n);
        send_next($httpd);
        all_stored($httpd);
        is $sql->($OK), 2**($posted - 1), '... removed: a new one is made';
        move_back($httpd);
        is $sql->($OK), 2**$posted - 1, '... and all are there again, once';
    }
    is shown($httpd), 2**$posted - 1, '... the page shows them';
    is $sql->('PRAGMA integrity_check'), 'ok', '... in a file that is sound';

    # By the manual: while httpd runs.
    $sql->(".backup $backup");
    send_next($httpd);
    all_stored($httpd);
    unlike $httpd->log, qr/TLSRPT051/, '... and no failure of the store was';
    $sql->(".restore $backup");    # whose tables are other ones for SQLite: once an error of the statements of before
    is $sql->($OK), 2**($posted - 1) - 1, '... restored by SQLite itself';
    send_next($httpd);
    move_back($httpd);
    is $sql->($OK), 2**$posted - 1, '... and all are there again, once';
    is $sql->('PRAGMA integrity_check'), 'ok', '... in a file that is sound';
    is scalar(() = $httpd->log =~ /TLSRPT057/g), $n, '... each loss was said once';
    $httpd->stop;
}

# ---- PostgreSQL and MariaDB: dropped, and made anew ----

for my $kind (qw(pgsql mysql)) {
    my $db = Database->start($kind);
    my $httpd = Httpd->start("TLSRPTStore \"@{[$db->store]}\"\n$CONF", @OPTION, expect => [qr/TLSRPT051: /], allow => [qr/TLSRPT090: /]);
    $posted = 0;
    send_next($httpd) for 1 .. 2;
    all_stored($httpd);
    is $db->sql($OK) + 0, 3, "$kind: two reports";
    is shown($httpd), 3, '... the page shows them';
    my $n = 0;
    for my $drop ($kind eq 'pgsql' ? 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' : 'DROP DATABASE reports; CREATE DATABASE reports; USE reports',
        'DROP TABLE tlsrpt_failure, tlsrpt_policy, tlsrpt_count, tlsrpt_report, tlsrpt_day, tlsrpt_ptext, tlsrpt_meta',
        'DROP TABLE tlsrpt_day') {
        $db->sql($drop);
        is send_next($httpd), 201, "... $drop: a report";
        last if $drop =~ /TABLE tlsrpt_day/;    # not all of them: that is for the administrator
        said($httpd, qr/TLSRPT050/, ++$n);
        all_stored($httpd);
        is $db->sql($OK) + 0, 2**($posted - 1), '... the tables are made, and it is stored';
        move_back($httpd);
        is $db->sql($OK) + 0, 2**$posted - 1, '... and all are there again, once';
        is shown($httpd), 2**$posted - 1, '... the page shows them';
    }
    said($httpd, qr/TLSRPT051/, ++$n);
    is pending($httpd), 1, '... waits';
    $httpd->stop;
}

# ---- a connection of mod_dbd to SQLite: httpd alone can open it anew ----

my $httpd = Httpd->start(<<"CONF", @OPTION, modules => [qw(watchdog dbd)], expect => [qr/TLSRPT051: .*was replaced or removed while it was open\. mod_dbd has it open still: restart httpd\./]);
DBDriver  sqlite3
DBDParams "ROOT/spool/reports.sqlite3"
TLSRPTStore dbd
$CONF
CONF
my $file = $httpd->root . '/spool/reports.sqlite3';
$posted = 0;
send_next($httpd);
all_stored($httpd);
unlink $file;
said($httpd, qr/TLSRPT051/, 1);
send_next($httpd);
is pending($httpd), 1, 'dbd, SQLite: the file is removed, and reports wait';
$httpd->graceful;
all_stored($httpd);
is run('sqlite3', $file, $OK)->out, "2\n", '... until httpd is restarted';
move_back($httpd);
is run('sqlite3', $file, $OK)->out, "3\n", '... and all are there again';
$httpd->stop;

done_testing;
