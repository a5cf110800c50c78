# coexist-include.t - subrequests: a page of the same vhost may include what it likes, and is not answered by the module

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
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.com
    ServerAlias  www.example.com
    DocumentRoot ROOT/htdocs
    DirectoryIndex index.shtml
    MTASTSEngine on
    MTASTSMX     mail.example.com
    MTASTSReportTo none
    AddType      text/html .shtml
    AddOutputFilter INCLUDES .shtml
    Options      +Includes +Indexes
    <Location /page.shtml>
        SetHandler default-handler
        SetOutputFilter INCLUDES
    </Location>
</VirtualHost>
CONF
    modules => [qw(include mime dir autoindex rewrite)],
    files   => {
        'htdocs/part.txt'    => "a part\n",
        'htdocs/page.shtml'  => 'page: <!--#include virtual="/part.txt" --> <!--#fsize virtual="/part.txt" -->',
        'htdocs/index.shtml' => 'index: <!--#include virtual="/part.txt" -->',
        'htdocs/whole.shtml' => 'policy: <!--#include virtual="/.well-known/mta-sts.txt" -->',
        'htdocs/list/b.txt'  => "b\n",
    },
    allow => [qr/unable to include/]);

like $httpd->get($HOST, '/page.shtml')->body, qr/^page: a part\s+7/, 'a page that a <Location> opened includes a file';
is $httpd->get($HOST, '/part.txt')->code, 403, '... which from outside is forbidden';
like $httpd->get('www.example.com', '/')->body, qr/^index: a part/, 'another host of the vhost: DirectoryIndex and an include';
like $httpd->get('www.example.com', '/list/')->body, qr/b\.txt/, 'another host: mod_autoindex looks at its files';
unlike $httpd->get('www.example.com', '/whole.shtml')->body, qr/STSv1/, 'another host cannot include the policy of this one';
is $httpd->get($HOST, $POLICY)->body, $body, 'the policy is as ever';

$httpd->stop;
done_testing;
