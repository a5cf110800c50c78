# SPDX-License-Identifier: Apache-2.0
#
# certbot-copy.t - certbot's apache plugin copies a virtual host on port 80 to port 443, directives included

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Acme;
use Httpd::Tools qw(slurp spew);
use Test::More;

Acme->enter;

my $page  = Acme->page('A virtual host on port 80 alone');
my $site  = $page->next('apache');
my $copy  = '/etc/apache2/sites-available/mta-sts-le-ssl.conf';
my $test  = Acme->start($site, expect => [qr/MTASTS060: /, qr/MTASTS043: /]);
my $httpd = $test->httpd;
my $before = $httpd->log;
like $before, qr/MTASTS060: mta-sts\.example\.com \(\S+mta-sts\.conf:1\): no virtual host serves/, 'before: no HTTPS, and the log says so';
is $httpd->get('mta-sts.example.com', '/.well-known/mta-sts.txt')->code, 404, 'no policy over plain HTTP';

my $command = $page->next('sh');
$test->certbot($command, 'certbot gets a certificate', 'the CA saw its challenge answered');
my $issued = $test->new_serial('');
like slurp($copy), qr/^<VirtualHost \*:443>.*MTASTSMX\s+mail1\.example\.com mail2\.example\.com$/ms, 'the copy has the directives';
$test->serves_policy('the first certificate: two virtual hosts, one policy');
my $since = length $httpd->log;
unlike $httpd->graceful, qr/MTASTS0[4-6]/, 'a reload warns of nothing';

# one of the two is edited
my $text = slurp($copy);
spew($copy, $text =~ s/^(\s*MTASTSEngine\s+on)$/$1\n    MTASTSMode enforce/mr);
my $edited = qr/MTASTS043: mta-sts\.example\.com \(\S+mta-sts\.conf:1\): the policy of example\.com.*\(\S+mta-sts-le-ssl\.conf:2\), and that is the one/;
like $httpd->typed('sudo apachectl configtest')->err, $edited, 'an edited copy: configtest says which one senders get';
like $httpd->graceful, $edited, '... and so does a reload';
like $httpd->get('mta-sts.example.com', '/.well-known/mta-sts.txt', tls => 1)->body, qr/^mode: enforce\r$/m, '... and that is the one';
spew($copy, $text);

# the directives in one place
$httpd->typed($page->next('sh'));
unlike slurp('/etc/apache2/sites-available/mta-sts.conf'), qr/MTASTS/, 'the first has no directives any more';
$test->certbot('sudo certbot renew --force-renewal', 'certbot renews it', 'the CA looked again');
$test->new_serial($issued);
$test->serves_policy('the renewed certificate');

$page->at_end;
$test->stop;
done_testing;
