# coexist-rewrite.t - mod_rewrite and mod_alias in a vhost or in the server: the policy and the 403 come first, challenges are theirs

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $HOST   = 'mta-sts.example.com';
my $POLICY = '/.well-known/mta-sts.txt';
my $body   = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n";

my $ACME = '/.well-known/acme-challenge/token';

my $httpd = Httpd->start(<<'CONF',
MTASTSEngine   on
MTASTSMX       mail.example.com
MTASTSReportTo none
RewriteEngine  on
RewriteRule    ^/server-wide https://www.example.com/ [R,L]

<VirtualHost *:PORT>
    ServerName    https://mta-sts.example.com
    Redirect      permanent / https://www.example.com/
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName    https://mta-sts.example.com
    RewriteEngine on
    RewriteRule   ^ - [F]
</VirtualHost>
<VirtualHost *:PORT3>
    ServerName    https://mta-sts.example.com
    RewriteEngine on
    RewriteRule   ^ https://www.example.com%{REQUEST_URI} [R=301,L]
</VirtualHost>
<VirtualHost *:PORT4>
    ServerName    https://mta-sts.example.com
    DocumentRoot  ROOT/htdocs
    RewriteEngine on
    RewriteOptions InheritBefore
    RewriteRule   ^/.* /front.txt [PT]
    Alias         / ROOT/htdocs/
    AliasMatch    ^/(.*) ROOT/htdocs/$1
</VirtualHost>
<VirtualHost *:PORT5>
    ServerName    https://mta-sts.example.com
    ScriptAlias   / ROOT/htdocs/
    RedirectMatch 410 ^
</VirtualHost>
<VirtualHost *:PORT6>
    ServerName    https://mta-sts.example.com
    RewriteEngine on
    RewriteRule   ^ /elsewhere [E=seen:1,NS,DPI]
    RewriteRule   ^/elsewhere - [G]
</VirtualHost>
<VirtualHost *:PORT7>
    ServerName    https://mta-sts.example.com
    DocumentRoot  ROOT/www
    <Directory ROOT/www>
        Options       FollowSymLinks
        RewriteEngine on
        RewriteRule   ^ /front.txt [END]
    </Directory>
</VirtualHost>
CONF
    modules => [qw(rewrite alias)],
    files   => { 'htdocs/front.txt' => "front\n", 'www/front.txt' => "www\n",
        'htdocs/.well-known/mta-sts.txt' => "a file of the recipe\n" },
    expect  => [qr/MTASTS\d{3}.*mta-sts\.txt holds another policy/]);

for my $port (1 .. 7) {
    my @port = (port => $port == 1 ? 'PORT' : "PORT$port");
    is $httpd->get($HOST, $POLICY, @port)->code, 200, "vhost $port: 200";
    is $httpd->get($HOST, $POLICY, @port)->body, $body, "vhost $port: the policy";
    is $httpd->get($HOST, '//.well-known/./%6dta-sts.txt', @port)->body, $body, "vhost $port: in another spelling too";
    is $httpd->get($HOST, $POLICY, @port, method => 'POST', data => 'x')->code, 405, "vhost $port: 405 there";
    is $httpd->get($HOST, $_, @port)->code, 403, "vhost $port: 403 at $_" for qw(/ /front.txt /server-wide /x/y);
    is $httpd->get('www.example.com', '/front.txt', @port)->code,
        (301, 403, 301, 200, 410, 410, 200)[$port - 1], "vhost $port: another host gets the rules";
}

is $httpd->get($HOST, $ACME)->code, 301, 'a challenge: Redirect has it';
is $httpd->get($HOST, $ACME, port => 'PORT2')->code, 403, 'a challenge: RewriteRule [F] has it';
unlike $httpd->get($HOST, $ACME, port => 'PORT2')->body, qr/MTA-STS/, '... and says so with its own page';
is $httpd->get($HOST, $ACME, port => 'PORT3')->header('Location'), "https://www.example.com$ACME",
    'a challenge: RewriteRule [R] has it';
is $httpd->get($HOST, $ACME, port => 'PORT4')->body, "front\n", 'a challenge: RewriteRule [PT] and Alias have it';
is $httpd->get($HOST, $ACME, port => 'PORT5')->code, 410, 'a challenge: RedirectMatch has it';
is $httpd->get($HOST, $ACME, port => 'PORT7')->body, "www\n", 'a challenge: RewriteRule in <Directory> has it';
is $httpd->get($HOST, $ACME, port => 'PORT6')->code, 410, 'a challenge: RewriteRule [G] has it';

$httpd->stop;
done_testing;
