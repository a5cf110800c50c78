# harness.t - what the tests rely on: the error log is a contract, a server that does not come up is an error, none stays

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $CONF = <<'CONF';
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.com
    MTASTSEngine on
    MTASTSMX     mail.example.com
</VirtualHost>
CONF
my $NO_REPORTS = qr/:warn\].*MTASTS\d{3}.*MTASTSReportTo/;

# What `stop` would complain of, without failing this test for it
sub complaints {
    my $httpd = Httpd->start(@_);
    my @bad = $httpd->end;
    return "@bad";
}

like complaints($CONF), $NO_REPORTS, 'a warning that nobody listed is a complaint';
is complaints($CONF, expect => [$NO_REPORTS]), '', '... one that was listed is none';
is complaints($CONF, allow => [$NO_REPORTS]), '', '... nor one that may come';
like complaints($CONF, expect => [$NO_REPORTS, qr/never said/]), qr/did not come.*never said/,
    'a line that was listed and does not come is a complaint';

my $crashing = Httpd->start($CONF, expect => [$NO_REPORTS], allow => [qr/./]);
my ($child) = $crashing->children;
kill 'SEGV', $child;
Httpd::wait_until('httpd to notice', sub { $crashing->log =~ /exit signal/ });
like join(' ', $crashing->end), qr/exit signal Segmentation/, 'a child that crashes is a complaint, whatever is allowed';

my $killed = Httpd->start($CONF, expect => [$NO_REPORTS]);
my @children = $killed->children;
kill 'KILL', $killed->pid, @children;
Httpd::wait_until('its end', sub { !$killed->alive });
like join(' ', $killed->end), qr/gone before/, 'and so is an httpd that is gone before its time';

my $new = Httpd->new($CONF);
Httpd::spew($new->root . '/error.log', join "\n", '==7==ERROR: AddressSanitizer: heap-buffer-overflow',
    'x.c:1:2: runtime error: signed integer overflow', '==7== Invalid read of size 4', '==7== Memcheck, a memory error detector',
    '[Tue Nov 24 00:00:00.000000 2026] [core:notice] [pid 7:tid 7] fine', 'neither date nor level', '');
is scalar(my @reports = $new->complaints), 4, 'reports of sanitizers and valgrind, and lines without a level, are complaints';

ok !eval { Httpd->start('Nonsense on'); 1 }, 'a configuration that httpd refuses is an error';
like $@, qr/Nonsense/, '... which says what httpd said';
ok !eval { Httpd->start('', modules => ['nowhere']); 1 }, 'a module that is missing is an error';
like $@, qr/needs mod_nowhere/, '... in a sentence';

my $first = Httpd->start($CONF, expect => [$NO_REPORTS]);
ok !eval { Httpd->start($CONF, ports => { PORT => $first->port }); 1 }, 'a fixed port that is in use is an error';
like $@, qr/Address already in use/, '... which says so';

# Another program takes the port between the question and the start: simulated by a kernel that answers $first's port once
{
    no warnings 'redefine';
    my ($ask, $lies) = (\&Httpd::_ask_for_ports, 0);
    local *Httpd::_ask_for_ports = sub { $ask->(@_); $_[0]{port}{PORT} = $first->port unless $lies++ };
    my $second = Httpd->start($CONF, expect => [$NO_REPORTS]);
    isnt $second->port, $first->port, 'a port that was lost meanwhile is asked for again';
    $second->stop;
}
$first->stop;

# A test that dies with its httpd running
my ($lib, $pids) = ("$FindBin::Bin/../lib", $new->root . '/pids');
Httpd::spew($new->root . '/dies.pl', <<"END");
use lib '$lib'; use Httpd;
my \$httpd = Httpd->start('# PORT');
Httpd::spew('$pids', join ' ', \$httpd->pid, \$httpd->root);
die 'in the middle';
END
my $dies = Httpd::run($^X, $new->root . '/dies.pl');
my ($pid, $root) = split ' ', Httpd::slurp($pids);
isnt $dies->status, 0, 'a test that dies fails';
ok $pid && !kill(0, $pid), '... and leaves no httpd behind';
ok !-e $root, '... and no folder';

done_testing;
