# coexist-macro.t - mod_macro writes the vhosts, mod_remoteip and mod_setenvif change what httpd knows of the client

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
MTASTSReportTo none
<Macro Policy $domain $mode $mx>
    <VirtualHost *:PORT>
        ServerName https://mta-sts.$domain
        MTASTSMode $mode
        MTASTSMX   $mx
    </VirtualHost>
</Macro>
Use Policy example.com testing mail.example.com
Use Policy example.net enforce mail.example.net
UndefMacro Policy

<Macro Section $domain>
    <MTASTSDomain $domain>
        MTASTSMX   mail.$domain
    </MTASTSDomain>
</Macro>
<VirtualHost *:PORT>
    ServerName  https://mta-sts.example.org
    ServerAlias mta-sts.example.edu
    MTASTSMX    mail.example.org
    Use Section example.edu
</VirtualHost>
Define DOMAIN example.info
<VirtualHost *:PORT>
    ServerName  https://mta-sts.${DOMAIN}
    MTASTSMX    mail.${DOMAIN}
    RemoteIPHeader X-Forwarded-For
    RemoteIPInternalProxy 127.0.0.1
    SetEnvIf    Remote_Addr ^192 no-gzip HTTPS=off nokeepalive
    BrowserMatch ".*" force-response-1.0 downgrade-1.0
</VirtualHost>
CONF
    modules => [qw(macro remoteip setenvif)]);

is $httpd->get($HOST, $POLICY)->body, $body, 'a vhost by mod_macro';
like $httpd->get('mta-sts.example.net', $POLICY)->body, qr/mode: enforce\r\nmx: mail\.example\.net\r/, 'another one';
like $httpd->get('mta-sts.example.edu', $POLICY)->body, qr/mx: mail\.example\.edu\r/, 'a section by mod_macro';
like $httpd->get('mta-sts.example.info', $POLICY, headers => ['X-Forwarded-For: 192.0.2.1'])->body,
    qr/\Aversion: STSv1\r\nmode: testing\r\nmx: mail\.example\.info\r\n/, 'behind mod_remoteip and with SetEnvIf: the policy';
is $httpd->get('mta-sts.example.info', '/', headers => ['X-Forwarded-For: 192.0.2.1'])->code, 403, '... and 403 elsewhere';

$httpd->stop;
done_testing;
