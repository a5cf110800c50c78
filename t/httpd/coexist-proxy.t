# coexist-proxy.t - a proxy for the whole site: the policy and the 403 never reach the backend, challenges do

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $HOST   = 'mta-sts.example.com';
my $POLICY = '/.well-known/mta-sts.txt';
my $body   = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n";

# The backend is another vhost of the same httpd; what it answers says which path came to it.
my $conf = <<'CONF';
MTASTSMX       mail.example.com
MTASTSReportTo none

<VirtualHost *:PORT>
    ServerName    backend.example
    RewriteEngine on
    RewriteRule   ^ /answer [PT]
    Alias         /answer ROOT/backend.txt
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName    https://mta-sts.example.com
    MTASTSEngine  on
    ProxyPass     / http://127.0.0.1:PORT/
</VirtualHost>
<VirtualHost *:PORT3>
    ServerName    https://mta-sts.example.com
    MTASTSEngine  on
    ProxyPass     / http://127.0.0.1:PORT/ mapping=encoded
</VirtualHost>
<VirtualHost *:PORT4>
    ServerName    https://mta-sts.example.com
    MTASTSEngine  on
    ProxyPassMatch ^/(.*)$ http://127.0.0.1:PORT/$1
</VirtualHost>
<VirtualHost *:PORT5>
    ServerName    https://mta-sts.example.com
    MTASTSEngine  on
    RewriteEngine on
    RewriteRule   ^/(.*) http://127.0.0.1:PORT/$1 [P]
</VirtualHost>
<VirtualHost *:PORT6>
    ServerName    https://mta-sts.example.com
    MTASTSEngine  on
    <Location />
        ProxyPass http://127.0.0.1:PORT/
    </Location>
</VirtualHost>
<VirtualHost *:PORT7>
    ServerName    https://mta-sts.example.com
    MTASTSEngine  on
    <Proxy balancer://pool>
        BalancerMember http://127.0.0.1:PORT
    </Proxy>
    ProxyPass     / balancer://pool/ mapping=servlet
    ProxyErrorOverride on
</VirtualHost>
CONF
my $mapping = Httpd->at_least('2.4.49');    # mod_proxy knows mapping= since
$conf =~ s/ mapping=\w+//g unless $mapping;
my $httpd = Httpd->start($conf,
    modules => [qw(rewrite alias proxy proxy_http proxy_balancer lbmethod_byrequests slotmem_shm)],
    files   => { 'backend.txt' => "backend\n" });

my %kind = (
    PORT2 => 'ProxyPass', PORT3 => $mapping ? 'mapping=encoded' : 'ProxyPass again', PORT4 => 'ProxyPassMatch', PORT5 => 'RewriteRule [P]',
    PORT6 => 'ProxyPass in <Location>', PORT7 => 'a balancer' . ($mapping ? ', mapping=servlet' : ''),
);
for my $port (sort keys %kind) {
    my @port = (port => $port);
    is $httpd->get($HOST, $POLICY, @port)->body, $body, "$kind{$port}: the policy";
    is $httpd->get($HOST, '/.well-known/%6dta-sts.txt', @port)->body, $body, "$kind{$port}: in another spelling too";
    is $httpd->get($HOST, $POLICY, @port, method => 'POST', data => 'x')->code, 405, "$kind{$port}: POST there is refused";
    for my $path ('/', '/index.html', '/.well-known/acme-challenge/../../x', '/a%2fb') {
        my $got = $httpd->get($HOST, $path, @port);
        isnt $got->body, "backend\n", "$kind{$port}: $path does not reach the backend";
        like $got->code, $path =~ /%2f/ ? qr/^40[34]$/ : qr/^403$/, "$kind{$port}: $path is forbidden";
    }
    is $httpd->get($HOST, "/.well-known/$_/token", @port)->body, "backend\n", "$kind{$port}: a $_ does"
        for qw(acme-challenge pki-validation);
    is $httpd->get('www.example.com', '/', @port)->body, "backend\n", "$kind{$port}: another host does";
}

$httpd->stop;
done_testing;
