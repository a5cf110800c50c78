# SPDX-License-Identifier: Apache-2.0
#
# certbot-apache.t - certbot's apache plugin, with the site of the README: first certificate, renewal

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Acme;
use Test::More;

Acme->enter;

# the certificate for the first minutes has another name
my $test  = Acme->start(Acme->text('conf/sites/one-domain.conf'), expect => [qr/AH01909: mta-sts\.example\.com:443:0/]);
my $httpd = $test->httpd;
my $page  = Acme->page('certbot and its apache plugin');
my $first = $test->serial;
$test->serves_nobody('with the certificate of ssl-cert');

my $command = $page->next('sh');
ok index(Acme->text('README.md') =~ s/^   //mgr, $command) > 0, 'README has the same command';
$test->certbot($command, 'certbot gets a certificate', 'the CA saw its challenge answered');
my $issued = $test->new_serial($first);
$test->serves_policy('the first certificate');
like $test->site_text, qr/^<VirtualHost \*:80>.*RewriteRule .*R=permanent.*^<VirtualHost \*:443>/ms, 'port 80 redirects';
is $httpd->get('mta-sts.example.com', '/')->code, 301, '... as certbot wanted';

# the CA, asking port 80, gets the challenge and not that redirect
$test->certbot('sudo certbot renew --force-renewal', 'certbot renews it', 'the CA looked again');
$test->new_serial($issued);
$test->serves_policy('the renewed certificate');

$page->at_end;
$test->stop;
done_testing;
