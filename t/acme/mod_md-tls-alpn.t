# SPDX-License-Identifier: Apache-2.0
#
# mod_md-tls-alpn.t - mod_md with tls-alpn-01, and nothing on port 80: first certificate, renewal

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Acme;
use Httpd::Tools qw(wait_until);
use Test::More;

Acme->enter;

my $page  = Acme->page('tls-alpn-01');
my $test  = Acme->start($page->next('apache'), modules => ['md'], expect => [qr/AH10085: Init: mta-sts\.example\.com:443 /]);
my $httpd = $test->httpd;
my $ready = Acme->page('mod_md')->one('text', qr/^AH10059/) =~ s/\n//r;

my $first = $test->serial;
$test->serves_nobody('before the first certificate');
wait_until('mod_md to get the certificate', sub { index($httpd->log, $ready) >= 0 });
like $test->pebble->log, qr/set VALID by completed challenge/, 'the CA saw its challenge answered';
ok !$test->asked_by_http, '... and not on port 80';
$httpd->graceful;
my $issued = $test->new_serial($first);
$test->serves_policy('the first certificate');

# With the policy served, the challenge comes to the same virtual host.
$issued = $test->mod_md_renews($ready);
ok !$test->asked_by_http, '... and not on port 80';
$httpd->graceful;
$test->new_serial($issued);
$test->serves_policy('the renewed certificate');

$page->at_end;
$test->stop;
done_testing;
