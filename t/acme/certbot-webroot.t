# SPDX-License-Identifier: Apache-2.0
#
# certbot-webroot.t - certbot with a webroot: first certificate, renewal, and renewal when port 80 redirects to HTTPS

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Acme;
use Test::More;

Acme->enter;

my $page = Acme->page('certbot and a webroot');
my $site = Acme->text('conf/sites/one-domain.conf');
my $port_80 = $page->next('apache');
$site =~ s/^<VirtualHost \*:80>.*?^<\/VirtualHost>\n/$port_80/ms or die "no virtual host on port 80 in the site\n";

# the certificate for the first minutes has another name
my $test  = Acme->start($site, expect => [qr/AH01909: mta-sts\.example\.com:443:0/]);
my $httpd = $test->httpd;
my $first = $test->serial;

my $command = $page->next('sh');
$test->certbot($command, 'certbot gets a certificate', 'the CA saw its challenge answered');
is $test->site_text, $site, 'certbot edits nothing';

my ($file, $key) = split /\n/, $page->next('apache');
$site =~ s/^\s*SSLCertificateFile .*$/$file/m && $site =~ s/^\s*SSLCertificateKeyFile .*$/$key/m or die "no pair in the site\n";
$test->site($site);
$httpd->typed($page->next('sh'));
my $issued = $test->new_serial($first);
$test->serves_policy('the first certificate');

$test->certbot('sudo certbot renew --force-renewal', 'certbot renews it', 'the CA looked again');
my $renewed = $test->new_serial($issued);
$test->serves_policy('the renewed certificate');

my $renewal = Acme->page('Renewal by certbot');
my $serial = $test->serial;
my $try = $renewal->next('sh');
$test->certbot($try, 'certbot tries a renewal', '... with the CA');
is $test->serial, $serial, '... and changes nothing';
$renewal->at_end;

# The CA follows the redirect to the policy host's HTTPS, where the module answers all but challenges.
$test->site($page->next('apache'));
$httpd->graceful;
$test->certbot('sudo certbot renew --force-renewal', 'certbot renews it through the redirect', 'the CA looked again');
$test->new_serial($renewed);
$test->serves_policy('the certificate renewed through the redirect');

$page->at_end;
$test->stop;
done_testing;
