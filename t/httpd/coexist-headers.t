# coexist-headers.t - mod_headers, mod_expires and mod_env work on the policy and on the page, wherever they are written

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $HOST   = 'mta-sts.example.com';
my $POLICY = '/.well-known/mta-sts.txt';
my $body   = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n";

my $httpd = Httpd->start(<<'CONF',
MTASTSEngine   on
MTASTSMX       mail.example.com
MTASTSReportTo none
Header always set X-Server always

<VirtualHost *:PORT>
    ServerName https://mta-sts.example.com
    Header set X-Plain set
    Header always set Strict-Transport-Security "max-age=31536000"
    Header set Cache-Control "no-cache, private"
    Header unset X-Content-Type-Options
    RequestHeader unset If-None-Match early
    <Location />
        Header set X-Location set
        Header always set X-Location-Always always
    </Location>
    <LocationMatch "mta-sts\.txt$">
        Header set X-Policy "here"
    </LocationMatch>
    <If "%{REQUEST_URI} == '/.well-known/mta-sts.txt'">
        Header set X-If set
    </If>
    <Location /.well-known/mta-sts.txt>
        Header append X-Policy "and here"
        SetEnv    seen yes
        Header set X-Env "%{seen}e"
    </Location>
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName https://mta-sts.example.com
    ExpiresActive on
    ExpiresDefault "access plus 1 year"
</VirtualHost>
CONF
    modules => [qw(headers expires env)]);

my $policy = $httpd->get($HOST, $POLICY);
is $policy->body, $body, 'the policy is untouched';
my %policy = (
    'X-Server' => 'always', 'X-Plain' => 'set', 'Strict-Transport-Security' => 'max-age=31536000',
    'Cache-Control' => 'no-cache, private', 'X-Location' => 'set', 'X-Location-Always' => 'always',
    'X-Policy' => 'here, and here', 'X-If' => 'set', 'X-Content-Type-Options' => '',
);
is $policy->header($_), $policy{$_}, "the policy: $_" for sort keys %policy;
my $head = $httpd->get($HOST, $POLICY, method => 'HEAD');
is $head->header('X-Location'), 'set', 'HEAD: the same';
is $httpd->get($HOST, $POLICY, headers => ['If-None-Match: *'])->code, 200, 'RequestHeader early counts';
my $refused = $httpd->get($HOST, $POLICY, method => 'POST', data => 'x');
is $refused->header($_), $policy{$_}, "405: $_" for qw(X-Server X-Location-Always Strict-Transport-Security);

my $page = $httpd->get($HOST, '/');
is $page->code, 403, 'the page';
is $page->header('X-Server'), 'always', '... Header always in the server';
is $page->header('Strict-Transport-Security'), 'max-age=31536000', '... Header always in the vhost';
is $page->header('X-Location-Always'), 'always', '... Header always in a <Location>';

my $expires = $httpd->get($HOST, $POLICY, port => 'PORT2');
is $expires->code . $expires->body, "200$body", 'mod_expires, asked for by the administrator: the policy as ever';

$httpd->stop;
done_testing;
