# errors.t - mod_tlsrpt says what is wrong in the configuration, exactly; what is only missing on the disk stops nothing
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Report;
use Test::More;

my @WATCHDOG = Httpd->new("# no port\n")->command('-l')->out =~ /mod_watchdog/ ? () : ('watchdog');

# What configtest says of some lines; not which databases this machine lacks.
sub said {
    my $test = Httpd->configtest(join('', map { "$_\n" } 'TLSRPTSpool ROOT/spool', @_), tlsrpt => 1, modules => \@WATCHDOG);
    return $test->err =~ s/^.*TLSRPT040:.*\n//mgr =~ s/^AH00526:.*\n//r;
}
sub error { my ($line, $want) = @_; is said($line), "$want\n", $line }
sub fine { my ($line) = @_; is said($line), "Syntax OK\n", "$line: fine" }

my $STORES = 'write sqlite3:FILE, pgsql:PARAMS, mysql:PARAMS, or dbd for the connection that DBDriver and DBDParams set';
my $SIZE   = 'not a size from 64K to 64M; write octets, or a number with K or M';
my $DAYS   = 'not a number of days; write a number with d or w, from 1d to 3660d';
my $NUMBER = 'not a number of reports a day; write 1 to 10000000, auto or none';
my $ROOM   = 'not a size of the spool from 1M on; write octets, a number with K, M or G, or none';

like said('TLSRPTSpool /' . 'x' x 5000), qr{TLSRPT001: TLSRPTSpool "/x+": not a path; write an absolute one, as /var/lib/apache2/tlsrpt\n},
    'TLSRPTSpool with a path that is too long';
error 'TLSRPTStore /var/lib/x.db', 'TLSRPT002: TLSRPTStore "/var/lib/x.db": no driver in front; write sqlite3:/var/lib/x.db';
error 'TLSRPTStore postgres:dbname=x', qq(TLSRPT002: TLSRPTStore "postgres": not a store; $STORES);
error 'TLSRPTStore "mysqll:host=h,user=u,pass=secret"', qq(TLSRPT002: TLSRPTStore "mysqll": not a store; $STORES);
error 'TLSRPTStore pgsql:', qq(TLSRPT002: TLSRPTStore "pgsql:": nothing behind the ":"; $STORES);
error "TLSRPTMaxReportSize $_", qq(TLSRPT003: TLSRPTMaxReportSize "$_": $SIZE)
    for qw(8MB 8G 65M 63K 1 -8M 8.5M M 0 99999999999999999999 0x10000);
like said('TLSRPTDomain example'), qr/^TLSRPT004: TLSRPTDomain "example": /m, 'TLSRPTDomain example';
like said("TLSRPTDomain $_"), qr/TLSRPT004: TLSRPTDomain "\Q$_\E": /, "TLSRPTDomain $_"
    for '192.0.2.1', 'a@example.com', '*.*.example.com', 'ex_ample.com', 'https://example.com/', '*';
like said('TLSRPTDomain example.com "" example.net'), qr/TLSRPT004: TLSRPTDomain "": an empty word/, 'an empty word';
error 'TLSRPTKeep 30 90d 400d', qq(TLSRPT005: TLSRPTKeep "30": $DAYS);
error "TLSRPTKeep 30d $_ 400d", qq(TLSRPT005: TLSRPTKeep "$_": $DAYS) for qw(0d 3661d 1y 90days d -1d 12h);
error 'TLSRPTKeep 30d 90d 60d',
    'TLSRPT005: TLSRPTKeep "30d 90d 60d": the daily totals would go before the details; the third time is at least the second';
error 'TLSRPTQuota 0 2000 256M', qq(TLSRPT006: TLSRPTQuota "0": $NUMBER);
error 'TLSRPTQuota 60 2k 256M', qq(TLSRPT006: TLSRPTQuota "2k": $NUMBER);
error 'TLSRPTQuota 60 10000001 256M', qq(TLSRPT006: TLSRPTQuota "10000001": $NUMBER);
error "TLSRPTQuota 60 2000 $_", qq(TLSRPT006: TLSRPTQuota "$_": $ROOM) for qw(256 100K 256MB big 0);
like said('TLSRPTQuota 60 2000'), qr/^TLSRPTQuota takes three arguments, reports a day/m, 'two numbers: httpd says what it takes';
like said('TLSRPTDomain'), qr/^TLSRPTDomain requires at least one argument, policy domains/m, 'none: the same';
for my $directive ('TLSRPTSpool /x', 'TLSRPTStore dbd', 'TLSRPTMaxReportSize 8M', 'TLSRPTDomain example.com', 'TLSRPTKeep 1d 1d 1d', 'TLSRPTQuota 1 1 1M') {
    my ($name) = split ' ', $directive;
    like said("<VirtualHost *:PORT>\n$directive\n</VirtualHost>"), qr/^$name cannot occur within <VirtualHost> section$/m, "$name in a virtual host";
    like said("<Location />\n$directive\n</Location>"), qr/^$name (?:cannot occur within|not allowed in) <Location/m, "... in a section";
}

fine $_ for 'TLSRPTStore sqlite3:reports.db', 'TLSRPTStore "pgsql:host=localhost dbname=tlsrpt"', 'TLSRPTStore MySQL:host=h', 'TLSRPTStore DBD',
    'TLSRPTMaxReportSize 64K', 'TLSRPTMaxReportSize 64m', 'TLSRPTMaxReportSize 65536', 'TLSRPTKeep 4w 13W 3660d', 'TLSRPTQuota none None 1G',
    'TLSRPTQuota 1 10000000 1048576', 'TLSRPTQuota auto AUTO 1G', 'TLSRPTDomain EXAMPLE.net. *.mx.example.com', 'TLSRPTSpool relative/';

# ---- what the disk and other modules lack: said, and no error ----

my $none = Httpd->configtest("TLSRPTSpool ROOT/spool\n", tlsrpt => 1, module => 0);
like $none->err, qr/TLSRPT031: no policy domain is known, so that no report is kept: load mod_mta_sts, or name them with TLSRPTDomain\n/, 'no domain';
is $none->status, 0, '... is a warning';
my $where = Httpd->configtest("TLSRPTSpool ROOT/no/such\n", tlsrpt => 1, modules => \@WATCHDOG);
like $where->err, qr{TLSRPT030: TLSRPTSpool: /\S+/no is no folder, so that the spool cannot be made in it; make it, or name another\n}, 'no parent';
is $where->status, 0, '... is a warning';
my $file = Httpd->new("TLSRPTSpool ROOT/spool\n", tlsrpt => 1, files => { spool => '' });
like $file->configtest->err, qr{TLSRPT030: TLSRPTSpool: /\S+/spool is no folder; name another, or move it\n}, 'a file';
my $clean = Httpd->new("TLSRPTSpool ROOT/spool\n", tlsrpt => 1, modules => \@WATCHDOG);
is $clean->configtest->err, "Syntax OK\n", 'a folder to be made: nothing to say';
ok !-e $clean->root . '/spool', '... and configtest makes nothing';
{
    my $other = Httpd->new("TLSRPTSpool ROOT/spool\n", tlsrpt => 1);
    mkdir $other->root . '/spool' or die $!;
    chown 12345, 12345, $other->root . '/spool' if !$>;
    like $other->configtest->err, $> ? qr/Syntax OK/ : qr/TLSRPT030: .* belongs to the user number 12345, and httpd runs as number \d+; give it to that user/,
        "somebody else's folder";
}

# ---- quotas that are lower than the number of domains ----

sub quota { my ($quota, @names) = @_; return said("TLSRPTQuota $quota", map { "TLSRPTDomain $_" } @names) }
sub low { my ($which, $is, $domains, $least) = @_; return "TLSRPT032: TLSRPTQuota: the $which number is $is, and there are $domains domains, "
    . "so that a mail provider that sends a report for each is refused; write auto, or at least $least\n" }
my @hundred = map { "n$_.example.com" } 1 .. 100;
is quota('60 2000 1G', @hundred), low('first', 60, 100, 300) . "Syntax OK\n", 'fewer bodies from a network than domains';
is quota('99 99 1G', @hundred), low('first', 99, 100, 300) . low('second', 99, 100, 2000) . "Syntax OK\n", '... fewer in all';
is quota('1 none 1G', @hundred, '101.example.com'), low('first', 1, 101, 303) . "Syntax OK\n", '... one more';
is quota('none 1 1G', @hundred, '101.example.com'), low('second', 1, 101, 2020) . "Syntax OK\n", '... one more';
is quota('1 2 1G', 'example.com', 'example.net', '*.example.org'), low('first', 1, 2, 60) . "Syntax OK\n", '... two; a wildcard is none';
is quota($_, @hundred), "Syntax OK\n", "... $_: enough" for '100 100 1G', 'none none 1G', 'auto auto 1G';
my ($folder) = map { $_ ? abs_path($_) : abs_path("$FindBin::Bin/../../build") } $ENV{MODULE_DIR};
my @modules = ("LoadModule mta_sts_module $folder/mod_mta_sts.so", "LoadModule tlsrpt_module $folder/mod_tlsrpt.so");
for my $order ([@modules], [reverse @modules]) {
    my $test = Httpd->configtest(join("\n", @$order, <<'CONF'), module => 0, modules => \@WATCHDOG);
TLSRPTSpool ROOT/spool
TLSRPTQuota 2 none 1G
MTASTSReportTo none
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.com
    ServerAlias  mta-sts.example.net
    MTASTSEngine on
    MTASTSMX     mx.example.net
    <MTASTSDomain example.org>
    </MTASTSDomain>
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.org
    MTASTSEngine on
    MTASTSMX     mx.example.net
</VirtualHost>
CONF
    my ($got) = $test->err =~ /^(TLSRPT032:.*\n)/m;
    is $got, low('first', 2, 3, 60), 'the policy domains of mod_mta_sts count, whichever module is loaded first' or diag $test->err;
}

# ---- an SQLite file that httpd could not write ----

SKIP: {
    skip 'who is not root may write where he may', 13 if $>;
    my ($uid) = (getpwnam 'www-data')[2] // (getpwnam 'nobody')[2];
    my $test = Httpd->new("TLSRPTSpool ROOT/spool\nTLSRPTStore sqlite3:ROOT/db/reports.sqlite3\n", tlsrpt => 1, modules => \@WATCHDOG);
    my $db = $test->root . '/db';
    is $test->configtest->err, "TLSRPT040: TLSRPTStore: $db is no folder, so that the database cannot be made in it; make it, and give it to the user "
        . "that httpd runs as\nSyntax OK\n", 'no folder for the database';
    mkdir $db or die "$!\n";
    my $not = 'and httpd runs as number \d+, which may not write there; give it to that user \(chown\), or name another';
    like $test->configtest->err, qr{^TLSRPT040: TLSRPTStore: \Q$db\E belongs to the user number 0, $not\nSyntax OK\n}, "somebody else's folder";
    chmod 0775, $db;
    is $test->configtest->err, "Syntax OK\n", '... into which a group may write: it may be in it';
    chmod 0755, $db;
    chown $uid, -1, $db;
    is $test->configtest->err, "Syntax OK\n", 'a folder of its own';
    chmod 0555, $db;
    like $test->configtest->err, qr{TLSRPT040: }, '... in which it may not write';
    chmod 0755, $db;
    Httpd::spew("$db/reports.sqlite3", '');
    like $test->configtest->err, qr{^TLSRPT040: TLSRPTStore: \Q$db/reports.sqlite3\E belongs to the user number 0, $not\n}, "somebody else's file";
    chown $uid, -1, "$db/reports.sqlite3";
    is $test->configtest->err, "Syntax OK\n", '... its own';
    my $beside = Httpd->new("TLSRPTSpool ROOT/spool\n", tlsrpt => 1, modules => \@WATCHDOG);
    mkdir $beside->root . '/spool' or die "$!\n";
    chown $uid, -1, $beside->root . '/spool';
    is $beside->configtest->err, "Syntax OK\n", 'beside the spool';
    Httpd::spew($beside->root . '/spool/reports.sqlite3', '');
    like $beside->configtest->err, qr{^TLSRPT040: TLSRPTStore: /\S+/spool/reports\.sqlite3 belongs to the user number 0}, "... somebody else's file";

    my $later = Httpd->start(<<'CONF', tlsrpt => 1, module => 0, modules => \@WATCHDOG, expect => [qr/TLSRPT040: .* may not write there/, qr/TLSRPT051: /]);
TLSRPTSpool  ROOT/spool
TLSRPTStore  sqlite3:ROOT/reports.sqlite3
TLSRPTDomain example.com
<Location /tlsrpt>
    SetHandler tlsrpt-receiver
</Location>
CONF
    is post($later, report())->code, 201, 'a start all the same: reports are taken';
    Httpd::wait_until('the log', sub { $later->log =~ /TLSRPT051: / });
    is scalar(() = glob $later->root . '/spool/new/*'), 1, '... and wait';
    chown $uid, -1, $later->root;
    Httpd::wait_until('the store', sub { !(() = glob $later->root . '/spool/new/*') });
    pass 'the folder is given to httpd: they are stored, without a restart';
    $later->stop;
}

my $httpd = Httpd->start("TLSRPTSpool ROOT/no/such\nTLSRPTStore dbd\nTLSRPTDomain example.com\n<Location /tlsrpt>\nSetHandler tlsrpt-receiver\n</Location>\n",
    tlsrpt => 1, expect => [qr/TLSRPT030:/, qr/TLSRPT083:/, qr/TLSRPT082:/], allow => [$NO_STORE]);
is post($httpd, report())->code, 503, 'a start without a spool: reports get 503';
mkdir $httpd->root . '/no' or die $!;
chown +(stat($httpd->root . '/error.log'))[4, 5], $httpd->root . '/no';
$httpd->graceful;
is post($httpd, report())->code, 201, '... and after a graceful restart, with room for it, it is made';
$httpd->stop;

done_testing;
