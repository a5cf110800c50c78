# kill-store.t - httpd killed in the middle of batches, its children and the whole of it, with the intake at work: each report
# that was answered 201 is in the store, once, and in raw/
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Database;
use Httpd;
use Httpd::Tools qw(slurp spew wait_until);
use POSIX ();
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
</VirtualHost>
CONF
# What httpd says of children that were killed, and of the file of its process id, when it starts again.
my @OPTION = (tlsrpt => 1, module => 0, modules => ['watchdog'], allow => [qr/AH00052|AH00051|AH00098|TLSRPT05[01]: /]);
my $ROUNDS = 9;

# A process that posts report after report and writes down what was answered 201, until the file "stop" is there.
sub poster {
    my ($httpd, $who) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    open my $list, '>>', $httpd->root . "/answered-$who" or POSIX::_exit(1);
    $list->autoflush(1);
    $SIG{ALRM} = 'IGNORE';
    for my $n (1 .. 100_000) {
        last if -e $httpd->root . '/stop';
        my $json = report(id => "$who-$n", good => 1);
        my $answer = eval { post($httpd, $json) };
        select undef, undef, undef, $answer ? 0.01 : 0.1;    # not so many that the test takes long
        print {$list} "$who-$n\n" if $answer && $answer->code == 201;
    }
    POSIX::_exit(0);    # nothing of the test's END
}

sub names { my ($httpd, $folder) = @_; return map { s{.*/}{}r } glob $httpd->root . "/spool/$folder/*" }

for my $kind (qw(sqlite3 pgsql)) {
    my $db = Database->start($kind);
    my $httpd = Httpd->start("TLSRPTStore \"@{[$db->store]}\"\n$CONF", @OPTION);
    my @posters = map { poster($httpd, "$kind-$_") } 1 .. 2;
    my ($killed, $of_httpd) = (0, 0);
    for my $round (1 .. $ROUNDS) {
        my $before = names($httpd, 'raw');
        wait_until('reports to be stored', sub { names($httpd, 'raw') > $before });    # the intake is at it
        if ($round % 3) {
            $killed += kill 'KILL', $httpd->children;
            wait_until('a new child', sub { scalar $httpd->children });
        }
        else {
            $httpd->kill_all;
            $of_httpd++;
            $httpd->start_again;
        }
    }
    spew($httpd->root . '/stop', '');
    wait_until('the posters to end', sub { @posters = grep { !waitpid $_, POSIX::WNOHANG } @posters; !@posters });
    wait_until('the intake', sub { !names($httpd, 'new') });
    my @answered = map { split /\n/, slurp($_) } glob $httpd->root . '/answered-*';
    my %stored = map { $_ => 1 } split /\n/, $db->sql('SELECT report_id FROM tlsrpt_report');
    cmp_ok scalar @answered, '>', 100, "$kind: $killed children and $of_httpd times the whole httpd killed, " . @answered . ' reports answered 201';
    is_deeply [grep { !$stored{$_} } @answered], [], '... each of these is in the store';
    is scalar(names($httpd, 'raw')), scalar keys %stored, '... and in raw/, as each that is stored';
    is $db->sql("SELECT SUM(sessions) FROM tlsrpt_day WHERE rtype = 'ok'") + 0, scalar keys %stored, '... and is counted once';
    is $db->sql('SELECT COUNT(*) FROM tlsrpt_policy') + 0, scalar keys %stored, '... and has its rows once';
    is $db->sql('SELECT MAX(copies) FROM tlsrpt_report') + 0, 1, '... none as a copy';
    is_deeply [names($httpd, 'bad')], [], '... none was taken for broken';
    $httpd->stop;
}

done_testing;
