# hang.t - a database that does not answer: reports are taken, a restart and a stop of httpd end, nothing is lost or counted
# twice; a host that is away is given up
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Database;
use Httpd;
use Httpd::Tools qw(wait_until);
use IO::Select;
use IO::Socket::INET;
use Report;
use Test::More;

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTDomain example.com
TLSRPTQuota  none none none
# GracefulShutdownTimeout is not set: httpd waits for its processes as long as they live
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
my @OPTION = (tlsrpt => 1, module => 0, modules => ['watchdog']);
my $OK = "SELECT SUM(sessions) FROM tlsrpt_day WHERE rtype = 'ok'";

my $posted = 0;
sub send_next { my ($httpd) = @_; return post($httpd, report(id => 'n' . $posted, good => 2**$posted++))->code }
sub pending { my ($httpd) = @_; return scalar(() = glob $httpd->root . '/spool/new/*') }
sub all_stored { my ($httpd) = @_; wait_until('the intake', sub { !pending($httpd) }) }

# It is stopped, as it is by a debugger or a full disk under it, between two batches: the connection is open, and the
# next batch waits for its answer.
for my $kind (qw(pgsql mysql)) {
    my $db = Database->start($kind);
    my $httpd = Httpd->start("TLSRPTStore \"@{[$db->store]}\"\n$CONF", @OPTION, allow => [qr/TLSRPT05[01]: /]);
    $posted = 0;
    send_next($httpd);
    all_stored($httpd);
    $db->hang;
    is send_next($httpd), 201, "$kind hangs: a report is taken";
    wait_until('the intake to ask', sub { $db->is_asked });
    $httpd->graceful;    # waits until the processes of before have ended
    pass '... a graceful restart ends';
    is send_next($httpd), 201, '... a report is taken';
    is pending($httpd), 2, '... and both wait';
    $db->go_on;
    all_stored($httpd);
    is $db->sql($OK) + 0, 7, '... it goes on: each is counted once';

    $db->hang;
    send_next($httpd);
    wait_until('the intake to ask', sub { $db->is_asked });
    kill 'WINCH', $httpd->pid;    # graceful-stop
    wait_until('httpd to end', sub { !$httpd->alive });
    pass '... graceful-stop ends';
    $db->go_on;
    is scalar(grep { !/httpd was gone/ } $httpd->end), 0, '... with nothing else in the log' or diag $httpd->problem_text;
}

# A host that takes the connection and says nothing.
my $deaf = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1') or die "$!\n";
my $store = 'pgsql:host=127.0.0.1 dbname=x user=y port=' . $deaf->sockport;
for my $also ('', ' connect_timeout=2') {
    my $httpd = Httpd->start("TLSRPTStore \"$store$also\"\n$CONF", @OPTION, expect => [qr/TLSRPT051: .*timeout/]);
    is send_next($httpd), 201, "a host that does not answer$also: a report is taken";
    wait_until('the intake to give it up', sub { $httpd->log =~ /TLSRPT051/ });
    pass '... and the host is given up';
    if ($also) {    # quick enough to be tried more often
        my ($tries, $select) = (0, IO::Select->new($deaf));
        wait_until('a third attempt', sub { $tries++, $deaf->accept while $select->can_read(0); $tries > 2 });
        is scalar(() = $httpd->log =~ /TLSRPT051/g), 1, '... and tried again; one line says so';
    }
    1 while IO::Select->new($deaf)->can_read(0) && $deaf->accept;
    $httpd->stop;
}

done_testing;
