# reports.t - the site that receives and shows TLS reports, on a Debian web server, with the commands that stand in it
# SPDX-License-Identifier: Apache-2.0
#
# What certbot does is done by hand, as in sites.t.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Debian;
use Httpd;
use Httpd::Tools qw(slurp spew wait_until);
use JSON::PP;
use Report;
use Test::More;

my $HOST = 'reports.example.com';
my $SITE = '/etc/apache2/sites-available/tls-reports.conf';
my $debian = Debian->enter($HOST);
$debian->start;

sub certbot {
    my ($command) = @_;
    is $debian->get("https://$HOST/tlsrpt/example.com")->code, 0, 'before the certificate: no client trusts it';
    $debian->trusted('/etc/reports.pem', '/etc/reports.key', $HOST);
    spew($SITE, slurp($SITE) =~ s{^(\s*SSLCertificateFile\s).*}{$1/etc/reports.pem}mr
        =~ s{^(\s*SSLCertificateKeyFile\s).*}{$1/etc/reports.key}mr);
    is $debian->reload('apachectl graceful')->status, 0, "done by hand: $command";
}

$debian->follow('conf/sites/tls-reports.conf', instead => { certbot => \&certbot }, after => {
    'apachectl configtest' => sub { wait_until('the store', sub { -s '/var/lib/apache2/tlsrpt/reports.sqlite3' }) },
    'curl https://reports.example.com/tlsrpt' => sub { like $_[0]->out, qr/TLSRPT|RFC 8460/, 'the address says what it is for' },
    'curl https://reports.example.com/tls-status' => sub { like $_[0]->out, qr/<title>/, 'the page of the reports' },
});

# A sender of reports.
sub send_report {
    my ($path, $json) = @_;
    spew('/var/tmp/report.gz', gz($json));
    return $debian->get("https://$HOST$path", '--data-binary', '@/var/tmp/report.gz', '-H', 'Content-Type: application/tlsrpt+gzip')->code;
}

is send_report('/tlsrpt/example.com', report(id => 'one', good => 7)), 201, 'a report: taken';
is send_report('/tlsrpt', report(id => 'two', good => 5)), 201, 'and one at the address without a domain';
is send_report('/tlsrpt/example.com', report(id => 'one', good => 7)), 200, 'the first again';
is send_report('/tlsrpt', report(id => 'three', domain => 'example.net')), 200, 'one for a domain that is not ours';
is send_report('/tlsrpt/example.net', report(id => 'four', domain => 'example.net')), 404, '... at an address that is not ours';
my $typo = $debian->get("https://$HOST/tlsrpt/exmaple.com");
is $typo->code, 404, 'a typing error in the address: the curl of the site says so';
like $typo->body, qr/^No TLS reports are taken at this address/, '... in words';

wait_until('the store', sub { my @left = glob '/var/lib/apache2/tlsrpt/new/*'; !@left });
my @raw = glob '/var/lib/apache2/tlsrpt/raw/*';
is @raw, 2, 'two are in the store';
my $status = $debian->get("https://$HOST/tls-status?domain=example.com&format=json");
is $status->code, 200, 'the page as JSON';
like $status->body, qr/\b12\b/, '... has the sessions of both' or diag $status->body;

is $debian->get("https://$HOST/")->code, 403, 'nothing else is here';
is $debian->get("https://$HOST/index.html")->code, 403, '... not the web site either';
is $debian->get("https://$HOST/tlsrpt", '-X', 'DELETE')->code, 403, '... and no other method';
$debian->must("sed -i 's/Require     local/Require     ip 192.0.2.1/' $SITE");
is $debian->reload('apachectl graceful')->status, 0, 'looking is for another network:';
is $debian->get("https://$HOST/tls-status")->code, 403, '... not from here';

unlike slurp('/var/log/apache2/error.log'), qr/\[(?:tlsrpt|core):(?:warn|error|crit)\]|exit signal/, 'the log has no complaint';
$debian->stop;
done_testing;
