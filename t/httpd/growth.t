# growth.t - graceful restarts, by the hundred, leave nothing of the module in the parent
#
# Two servers, one with the module and a good deal of configuration, one without, restart side by side; what the parent
# of the first grows by must not be more than what httpd itself does to the second. LONG=1 does it 1000 times.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use List::Util qw(max);
use Test::More;

my $TURNS  = $ENV{LONG} ? 1000 : 300;
my $WARMUP = 60;                        # until malloc has its arenas and httpd its slots
my $MARGIN = 64;                        # KiB, for all of them

my $domains = join ' ', map { "d$_.example" } 1 .. 50;
my $aliases = join "\n", map { "ServerAlias mta-sts.d$_.example" } 1 .. 50;
my $conf = <<"CONF";
<VirtualHost *:PORT>
    ServerName https://mta-sts.example.com
    $aliases
</VirtualHost>
CONF
(my $with = $conf) =~ s{(?=</VirtualHost>)}{<<"CONF"}e;
    MTASTSEngine on
    MTASTSMode enforce
    MTASTSMX mail1.example.com mail2.example.com *.backup.example.com
    MTASTSReportTo mailto:tls-reports\@example.com
    <MTASTSDomain $domains>
        MTASTSMX mail.d.example
        MTASTSPolicyId auto 1
    </MTASTSDomain>
    <MTASTSDomainMatch "^x[0-9]+\\.example\$">
        MTASTSMX mail.x.example
    </MTASTSDomainMatch>
CONF

# mod_mta_sts needs libcrypto, which would come and go with it: mod_ssl holds it in both.
my %server = (
    with    => Httpd->start($with, modules => ['ssl'], allow => [qr/MTASTS041/]),
    without => Httpd->start($conf, modules => ['ssl'], module => 0),
);

# KiB of the parent that are its own, whether a child still shares them or not
sub memory {
    my ($httpd) = @_;
    Httpd::slurp('/proc/' . $httpd->pid . '/status') =~ /^RssAnon:\s+(\d+) kB/m or die "no figure for the memory of httpd\n";
    return $1;
}

my %before;
for my $turn (1 .. $TURNS) {
    for my $which (sort keys %server) {
        # One in fifty waits until the old children are gone, so that httpd has its slots again.
        $turn % 50 ? $server{$which}->signal('USR1') : $server{$which}->graceful;
    }
    %before = map { $_ => memory($server{$_}) } keys %server if $turn == $WARMUP;
}
my %grown = map { $_ => memory($server{$_}) - $before{$_} } keys %server;

note "after $TURNS graceful restarts: with the module $grown{with} KiB more, without $grown{without} KiB";
cmp_ok $grown{with}, '<', max($grown{without}, 0) + $MARGIN,
    'the parent grows by no more than httpd without the module';
is $server{with}->get('mta-sts.d50.example', '/.well-known/mta-sts.txt')->code, 200, 'and it still serves';
is scalar(() = $server{with}->log =~ /MTASTS\d{3}: d1\.example: mode/g), $TURNS + 1, 'each restart did its work';

$_->stop for map { $server{$_} } sort keys %server;
done_testing;
