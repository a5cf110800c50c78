# coexist-access.t - no Require, Deny, Redirect or RewriteRule of a section shuts senders out or sends them elsewhere

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $HOST   = 'mta-sts.example.com';
my $POLICY = '/.well-known/mta-sts.txt';
my $body   = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n";

my @section = (
    ['Require all denied',         '<Location />', 'Require all denied'],
    ['Require in <If>',            '<If "true">', 'Require all denied'],
    ['Require ip',                 '<Location />', 'Require ip 192.0.2.1'],
    ['a password',                 '<Location />', "AuthType Basic\nAuthName x\nAuthUserFile ROOT/passwd\nRequire valid-user"],
    ['Deny',                       '<Location />', "Order deny,allow\nDeny from all"],
    ['Deny in <If>',               '<If "true">', "Order deny,allow\nDeny from all"],
    ['Redirect',                   '<Location />', 'Redirect permanent https://www.example.com/'],
    ['Redirect in <If>',           '<If "%{REQUEST_URI} =~ /txt/">', 'Redirect 302 https://www.example.com/'],
    ['RewriteRule [F]',            '<Location />', "RewriteEngine on\nRewriteRule ^ - [F]"],
    ['RewriteRule [R]',            '<LocationMatch ^>', "RewriteEngine on\nRewriteRule ^ https://www.example.com/ [R=301]"],
    ['RewriteRule to a path',      '<Location />', "RewriteEngine on\nRewriteCond %{REQUEST_URI} !front\nRewriteRule ^ /front.txt"],
    ['Require at the very path',   '<Location /.well-known/mta-sts.txt>', 'Require all denied'],
    ['Require by host name',       '<If "%{HTTP_HOST} =~ /site/">', 'Require all denied'],
    ['methods',                    '<Location />', "<LimitExcept GET>\nRequire all denied\n</LimitExcept>"],
    ['AllowMethods',               '<Location />', 'AllowMethods POST'],
    ['a body limit',               '<Location />', 'LimitRequestBody 1'],
);

# One vhost for each, told apart by its host name.
my $conf = <<'CONF';
MTASTSEngine   on
MTASTSMX       mail.example.com
MTASTSReportTo none
CONF
for my $n (0 .. $#section) {
    my ($name, $open, $inside) = @{ $section[$n] };
    my ($close) = $open =~ /<(\w+)/;
    $conf .= <<"CONF";
<VirtualHost *:PORT>
    ServerName   https://mta-sts.site$n.example
    ServerAlias  www.site$n.example
    DocumentRoot ROOT/htdocs
    $open
        $inside
    </$close>
</VirtualHost>
CONF
}

my $httpd = Httpd->start($conf,
    modules => [qw(rewrite alias auth_basic authn_core authn_file authz_user authz_host access_compat allowmethods)],
    files   => { 'passwd' => '', 'htdocs/front.txt' => "front\n", 'htdocs/.well-known/acme-challenge/token' => "thumb\n" },
    allow   => [qr/AH01630|AH01797|AH01623/]);    # "client denied", which this test wants to see

# What the other host of the vhost gets at the challenge, and a visitor at the page: the section at work.
my @other = (403, 403, 403, 401, 403, 403, 301, 302, 403, 301, 200, 200, 403, 200, 405, 200);
my @page  = (403, 403, 403, 401, 403, 403, 301, 403, 403, 301, 403, 403, 403, 403, 405, 403);

for my $n (0 .. $#section) {
    my $name = $section[$n][0];
    my $got  = $httpd->get("mta-sts.site$n.example", $POLICY);
    is $got->code, 200, "$name: a sender gets 200";
    is $got->body, $body, "$name: and the policy";
    is $httpd->get("mta-sts.site$n.example", $POLICY, method => 'HEAD')->code, 200, "$name: HEAD 200";
    my $acme = '/.well-known/acme-challenge/token';
    is $httpd->get("mta-sts.site$n.example", $acme)->code, $httpd->get("www.site$n.example", $acme)->code,
        "$name: challenges stand under the section, as on any host";
    is $httpd->get("www.site$n.example", '/front.txt')->code, $other[$n], "$name: another host of the vhost";
    is $httpd->get("mta-sts.site$n.example", '/x')->code, $page[$n], "$name: other paths keep the answer of the section";
}
is $httpd->get("mta-sts.site$_.example", $POLICY, method => 'POST', data => 'x')->code, 405, "$section[$_][0]: POST is 405"
    for 0 .. $#section;

$httpd->stop;
done_testing;
