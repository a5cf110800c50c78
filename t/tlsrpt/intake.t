# intake.t - from the spool into the store, by mod_watchdog: restarts, a database that goes and comes, what is said
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Database;
use Httpd;
use Httpd::Tools qw(run slurp spew wait_until);
use Report;
use Test::More;

my $DRAIN = abs_path("$FindBin::Bin/../../build/tlsrpt/drain");
my $RECEIVER = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTDomain example.com
TLSRPTQuota  none none none
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
my @OPTION = (tlsrpt => 1, module => 0);

my $posted = 0;
sub good { my ($httpd, $good, %more) = @_; return post($httpd, gz(report(id => 'p' . ++$posted, good => $good, %more)))->code }

sub pending { my ($httpd) = @_; return scalar(() = glob $httpd->root . '/spool/new/*') }
sub all_stored { my ($httpd) = @_; wait_until('the intake', sub { !pending($httpd) }); pass 'new/ is empty' }

# As a mail with DKIM, or whatever else came.
sub put {
    my ($httpd, $channel, $trust, @reports) = @_;
    spew($httpd->root . '/lines', join '', map { "$_\n" } @reports);
    system("'$DRAIN' put '" . $httpd->root . "/spool' $channel $trust " . time . " <'" . $httpd->root . "/lines'") == 0 or die "put\n";
}

sub sqlite { my ($httpd, $sql) = @_; my $done = run('sqlite3', $httpd->root . '/spool/reports.sqlite3', '.timeout 9000', $sql);
    die $done->err if $done->status; return $done->out =~ s/\s+\z//r }
my $OK = "SELECT SUM(sessions) FROM tlsrpt_day WHERE rtype = 'ok'";

# ---- each MPM, with restarts ----

for my $mpm (qw(event worker prefork)) {
    local $ENV{MPM} = $mpm;
    my $httpd = Httpd->start($RECEIVER, @OPTION);
    is good($httpd, 1), 201, "$mpm: a report";
    all_stored($httpd);
    for my $n (2 .. 4) {
        good($httpd, 1);
        $n % 2 ? $httpd->restart : $httpd->graceful;
    }
    good($httpd, 1);
    all_stored($httpd);
    is sqlite($httpd, $OK), 5, '... each is counted once, across restarts';
    $httpd->stop;
}

# ---- what is said of a report ----

my $httpd = Httpd->start($RECEIVER, @OPTION,
    expect => [qr/TLSRPT052: \S+ went from the spool's new\/ to bad\/: ./, qr/TLSRPT053: \S+ stays in the spool's new\/.*not me/]);
my $log = sub { my ($line) = @_; wait_until("the log to say $line", sub { $httpd->log =~ $line }); pass "it says $line" };
put($httpd, 0, 0, report(id => 'twice', good => 5));
all_stored($httpd);
put($httpd, 0, 0, report(id => 'twice', good => 6));
$log->(qr/TLSRPT055: report "twice" of example\.net came again with another content/);
put($httpd, 1, 2, report(id => 'twice', good => 7));
$log->(qr/TLSRPT054: report "twice" of example\.net came by a better way/);
put($httpd, 1, 2, report(id => 'foreign', domain => 'example.org'));
$log->(qr/TLSRPT056: report "foreign" of example\.net is about no policy domain/);
spew($httpd->root . '/empty.json', report(id => 'empty', policies => []));
my @import_of = (($ENV{MODULE_DIR} || "$FindBin::Bin/../../build") . '/mta-sts', 'report', 'import', '--spool=' . $httpd->root . '/spool', '--verbose');
my $empty = run(@import_of, $httpd->root . '/empty.json');
is $empty->status . ($empty->out =~ /^1 put into the spool/m ? '' : $empty->out), '0', 'a report that holds no policy is imported';
$log->(qr/TLSRPT056: report "empty" of example\.net is about no policy domain/);
put($httpd, 1, 2, '{"no": "report"}');
$log->(qr/TLSRPT052:/);
is sqlite($httpd, $OK), 7, 'the better one counts';
is scalar(bad_bodies($httpd)), 1, 'what is no report is in bad/';

# What was about a domain of others leaves no trace in the way of the same report, when the domain is one of this server.
# In another process, which knows nothing of before: as a mail server pipes it again; or moved back, as the manual says.
# One that was so in part brings the rest: sent again, imported again, moved back.
my @both = map { report(id => "both $_", policies => [policy(good => 100), policy(domain => 'example.org', good => 1000)]) } 1 .. 3;
my @foreign = map { report(id => "foreign $_", domain => 'example.org', good => 1) } 1, 2;
put($httpd, 1, 2, @foreign);
is post($httpd, $_)->code, 201, 'a report that is foreign in part' for @both[0, 2];
spew($httpd->root . '/report.json', $both[1]);
my @import = (@import_of, $httpd->root . '/report.json');
is run(@import)->status, 0, '... or is imported';
all_stored($httpd);
is sqlite($httpd, $OK), 107, '... is stored in part (where some are signed or imported, what was posted does not count)';
$httpd->reconfigure($RECEIVER =~ s/^(TLSRPTDomain.*)/$1 example.org/mr);
put($httpd, 1, 2, $foreign[0]);
wait_until('the one that comes again', sub { sqlite($httpd, "SELECT COUNT(*) FROM tlsrpt_policy WHERE domain = 'example.org'") == 1 });
pass 'a report that was foreign and comes again';
is post($httpd, $both[0])->code, 201, '... (one that was so in part, too, and is taken)';
like run(@import)->out, qr/^1 put into the spool/m, '... (and one that is imported)';
my ($move) = slurp("$FindBin::Bin/../../docs/tlsrpt-store.md") =~ m{^```sh\n(cd /var/lib/apache2/tlsrpt\n.*?)^```}ms;
is run('sh', '-c', $move =~ s{/var/lib/apache2/tlsrpt}{$httpd->root . '/spool'}re)->status, 0, '... or is moved back by hand';
wait_until('those moved back', sub { sqlite($httpd, "SELECT COUNT(*) FROM tlsrpt_policy WHERE domain = 'example.org'") == 6 });
all_stored($httpd);
is sqlite($httpd, $OK), 1110, '... is stored, each once';
is sqlite($httpd, "SELECT MAX(copies) FROM tlsrpt_report WHERE report_id LIKE 'both%'"), 1, '... none is a copy';
is post($httpd, $both[0])->code, 200, '... and is not taken any more';
$httpd->reconfigure($RECEIVER);
sqlite($httpd, "DELETE FROM tlsrpt_$_") for qw(failure policy count day report);
put($httpd, 2, 3, report(id => 'seven', good => 7));
all_stored($httpd);

# A report that the database refuses, whatever the cause, stays; the others go on.
sqlite($httpd, "CREATE TRIGGER t BEFORE INSERT ON tlsrpt_report WHEN NEW.report_id = 'poison' BEGIN SELECT RAISE(ABORT, 'not me'); END");
$httpd->expect(qr/TLSRPT051: /);
put($httpd, 1, 2, report(id => 'poison', good => 1000));
$log->(qr/TLSRPT051: /);
put($httpd, 1, 2, map { report(id => "beside $_", good => 1) } 1 .. 3);
$log->(qr/TLSRPT053: /);
wait_until('the others', sub { pending($httpd) == 1 });
is sqlite($httpd, $OK), 10, 'one that is refused holds up no other';
$log->(qr/TLSRPT050: /);
sub log_size { my ($httpd) = @_; return -s $httpd->root . '/spool/reports.sqlite3-wal' || 0 }
put($httpd, 1, 2, report(id => 'one more', good => 1));    # the error before it emptied the log
wait_until('one more to be in the log', sub { log_size($httpd) });
wait_until('the log to be empty', sub { !log_size($httpd) });
is pending($httpd), 1, "... nor does it keep SQLite's write-ahead log out of the file";
$httpd->stop;

# ---- what is too old goes, by TLSRPTKeep ----

$httpd = Httpd->start($RECEIVER =~ s/^(TLSRPTQuota.*)/$1\nTLSRPTKeep 2d 5d 9d/mr, @OPTION);
for (1 .. 2) {    # the second by another call, so that the first one has ended, and has looked for what is too old
    good($httpd, 1);
    all_stored($httpd);
}
my @raw = sort glob $httpd->root . '/spool/raw/*';
utime time, time - 3 * 86400, $raw[0] or die "$!\n";
my ($old) = sqlite($httpd, 'SELECT MIN(rid) FROM tlsrpt_report');
sqlite($httpd, "UPDATE tlsrpt_$_ SET day = 20200101 WHERE rid = '$old'") for qw(report count);
$httpd->restart;    # at once, and then once an hour
wait_until('the old file to go', sub { !-e $raw[0] });
ok -e $raw[1], 'what is too old goes, from raw/; the rest stays';
is sqlite($httpd, 'SELECT COUNT(*) FROM tlsrpt_report'), 1, '... and from the store';
sqlite($httpd, "UPDATE tlsrpt_$_ SET day = 20200101") for qw(report count);
sqlite($httpd, "CREATE TRIGGER t BEFORE DELETE ON tlsrpt_report BEGIN SELECT RAISE(ABORT, 'it stays'); END");
$httpd->expect(qr/TLSRPT051: .*it stays/);
$httpd->restart;
$log->(qr/TLSRPT051: .*it stays/);
sqlite($httpd, 'DROP TRIGGER t');
wait_until('the other to go', sub { !sqlite($httpd, 'SELECT COUNT(*) FROM tlsrpt_report') });
pass 'what cannot be removed is said, and tried again';
$httpd->stop;

# ---- a database that goes and comes ----

my $db = Database->start('pgsql');
my $store = $db->store;
$httpd = Httpd->start("TLSRPTStore \"$store\"\n$RECEIVER", @OPTION,
    expect => [qr/TLSRPT051: no reports get into the store for now: The database says: ./]);
good($httpd, 1);
all_stored($httpd);
$db->stop;
good($httpd, 10);
wait_until('the log', sub { $httpd->log =~ /TLSRPT051/ });
is good($httpd, 100), 201, 'the database is away: reports are taken';
wait_until('another attempt', sub { $httpd->log =~ /TLSRPT051/ && good($httpd, 0) });
is pending($httpd), 3, '... and wait';
is scalar(() = $httpd->log =~ /TLSRPT051/g), 1, '... one line says so';
$db->start_again;
all_stored($httpd);
wait_until('the log', sub { $httpd->log =~ /TLSRPT050/ });
is scalar(() = $httpd->log =~ /TLSRPT050/g), 1, '... and one, that it is back';
is $db->sql($OK) + 0, 111, '... all is there';
$httpd->stop;

# ---- mod_dbd's connection ----

my $params = $db->params;
$httpd = Httpd->start("DBDriver pgsql\nDBDParams \"$params\"\nTLSRPTStore dbd\n$RECEIVER", @OPTION, modules => ['dbd']);
good($httpd, 1000);
all_stored($httpd);
is $db->sql($OK) + 0, 1111, 'TLSRPTStore dbd: in the database of DBDParams';
good($httpd, 1000);
all_stored($httpd);
is $db->sql($OK) + 0, 2111, '... again';
$httpd->stop;

my $test = Httpd->configtest("TLSRPTStore dbd\n$RECEIVER", @OPTION);
like $test->err, qr/TLSRPT040: TLSRPTStore: "dbd" stands for the connection of mod_dbd, which is not loaded/, 'dbd without mod_dbd';
is $test->status, 0, '... is a warning';

# ---- another host has the same store, and is upgraded ----

$httpd = Httpd->start($RECEIVER, @OPTION, expect => [qr/TLSRPT051: .*The tables have version 99, which a newer mod_tlsrpt made/]);
good($httpd, 5);
all_stored($httpd);
my $version = sqlite($httpd, "SELECT v FROM tlsrpt_meta WHERE k = 'schema'");
sqlite($httpd, "UPDATE tlsrpt_meta SET v = '99' WHERE k = 'schema'");
is good($httpd, 6), 201, 'tables that get newer while httpd runs: a report is taken';
wait_until('the log to say so', sub { $httpd->log =~ /TLSRPT051: / });
is pending($httpd), 1, '... and waits in the spool';
is sqlite($httpd, $OK), 5, '... nothing is written into them';
sqlite($httpd, "UPDATE tlsrpt_meta SET v = '$version' WHERE k = 'schema'");
all_stored($httpd);
is sqlite($httpd, $OK), 11, '... it is stored by who knows them';
$httpd->stop;

done_testing;
