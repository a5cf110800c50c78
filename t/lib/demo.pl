# demo.pl - what `make demo` runs: a policy host on this machine, until Ctrl-C
#
# Loopback only, with a throw-away certificate, as whatever user. DEMO_PORT=n takes another port than 8443.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use lib dirname(abs_path(__FILE__));
use Httpd;

my $port = $ENV{DEMO_PORT} || 8443;
my $over;
$SIG{$_} = sub { $over = 1 } for qw(INT TERM HUP);
$| = 1;

my $httpd = eval {
    Httpd->start(<<'CONF',
<VirtualHost *:TLSPORT>
    ServerName  mta-sts.example.com
    <IfDefine !DUMP_MTA_STS>
        # for a browser: it takes every name below localhost as this machine
        ServerAlias mta-sts.example.localhost
    </IfDefine>
    SSLEngine             on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem

    MTASTSEngine   on
    MTASTSMX       mail1.example.com mail2.example.com
    MTASTSReportTo mailto:tls-reports@example.com
</VirtualHost>
CONF
        modules     => ['ssl'],
        ports       => { TLSPORT => $port },
        certificate => [qw(mta-sts.example.com mta-sts.example.localhost localhost)]);
};
if (!$httpd) {
    die $@ unless $@ =~ /Address already in use/;
    die "Port $port is in use; DEMO_PORT=n takes another.\n";
}

my $curl = 'curl --cacert ' . $httpd->root . "/ca.pem --resolve mta-sts.example.com:$port:127.0.0.1";
my $dump = $httpd->command('-t', '-D', 'DUMP_MTA_STS');
die $dump->err if $dump->status;

print <<"END", $dump->out, "\nCtrl-C ends it.\n";
An httpd with mod_mta_sts answers on https://localhost:$port

The policy, as a sender fetches it:

$curl https://mta-sts.example.com:$port/.well-known/mta-sts.txt

The page that everything else gets:

$curl https://mta-sts.example.com:$port/

In a browser (which warns, because the certificate is from nobody): https://mta-sts.example.localhost:$port/

The records to publish, as apachectl -t -D DUMP_MTA_STS prints them:

END

sleep 1 until $over || !$httpd->alive;
print "\n";
die map { "$_\n" } $httpd->complaints unless $httpd->alive;
$httpd->end;
