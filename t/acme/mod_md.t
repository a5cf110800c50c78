# SPDX-License-Identifier: Apache-2.0
#
# mod_md.t - mod_md with http-01: what is served before the first certificate, that certificate, its renewal

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Acme;
use Debian;
use Httpd::Tools qw(slurp spew wait_until);
use Test::More;

Acme->enter;

my $page  = Acme->page('mod_md');
my $site  = $page->next('apache');
# the site as it was before mod_md
my $test  = Acme->start(Acme->text('conf/sites/one-domain.conf'), expect => [qr/AH01909: /, qr/AH10085: Init: mta-sts\.example\.com:443 /]);
my $httpd = $test->httpd;

$test->site($site);
my $enable = $page->next('sh');
my ($restart) = $enable =~ /^(.*restart.*)$/m or die "the page does not restart httpd\n";
ok scalar(grep { $_ eq $restart } Debian->commands_of('conf/sites/one-domain-mod_md.conf')), 'conf/sites has the same restart';
my ($a2enmod) = $enable =~ /^(sudo a2enmod md)$/m or die "the page does not enable mod_md\n";
$httpd->typed($a2enmod);
my $configtest = $httpd->typed('sudo apachectl configtest');
is $configtest->err, "Syntax OK\n", 'configtest before there is a certificate: no message';
spew('/etc/apache2/conf-enabled/say-more.conf', "LogLevel warn md:info\n");
unlike $httpd->graceful, qr/AH10071: mod_md .*initializing/, 'enabled by a reload, mod_md sleeps';
my $before = length $httpd->log;
$httpd->typed($enable);
like $httpd->log($before), qr/AH10071: mod_md .*initializing/, 'enabled by a restart, it works';
unlink '/etc/apache2/conf-enabled/say-more.conf';

my $first = $test->serial;
like $test->issuer, qr/Apache Managed Domain Fallback/, 'before: a certificate that nobody trusts';
$test->serves_nobody('before the first certificate');
my $answer = $httpd->get('mta-sts.example.com', '/.well-known/mta-sts.txt', tls => 1, curl => ['--insecure']);
is $answer->code, 503, 'whoever does not verify gets 503';
unlike $answer->body, qr/STSv1/, '... and no policy';

my $ready = $page->next('text') =~ s/\n//r;
wait_until('mod_md to get the certificate', sub { index($httpd->log, $ready) >= 0 });
like $test->pebble->log, qr/set VALID by completed challenge/, 'the CA saw its challenge answered';
ok $test->asked_by_http, '... on port 80';
is $test->serial, $first, 'nothing changes until a reload';
$httpd->typed($page->next('sh'));
my $issued = $test->new_serial($first);
$test->serves_policy('the first certificate');

$issued = $test->mod_md_renews($ready);
is $test->serial, $issued, 'nothing changes until a reload';

# what cron does
my ($job) = $page->next('text') =~ m{^\d+ \d+ \* \* \* root /usr/sbin/(apachectl .*)$} or die "no line for cron\n";
$httpd->typed("sudo $job");
$test->new_serial($issued);
$test->serves_policy('the renewed certificate');

$page->at_end;
$test->stop;
done_testing;
