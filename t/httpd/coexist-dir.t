# coexist-dir.t - what a vhost has on disk, or has not, does not matter: mod_dir, mod_negotiation, mod_mime, no DocumentRoot

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
<Directory />
    Require all denied
</Directory>

<VirtualHost *:PORT>
    ServerName    https://mta-sts.example.com
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName    https://mta-sts.example.com
    DocumentRoot  ROOT/htdocs
    DirectoryIndex index.html index.txt /fallback.txt
    FallbackResource /fallback.txt
    <Directory ROOT/htdocs>
        Require all granted
        AllowOverride All
        Options +MultiViews +Indexes +FollowSymLinks
    </Directory>
</VirtualHost>
<VirtualHost *:PORT3>
    ServerName    https://mta-sts.example.com
    DocumentRoot  ROOT/htdocs
    AddType       application/octet-stream .txt
    AddHandler    send-as-is .txt
    AddCharset    utf-16 .txt
    AddLanguage   de .txt
    AddEncoding   x-gzip .txt
    DefaultLanguage fr
    AddOutputFilter INCLUDES .txt
    <FilesMatch "mta-sts">
        Require all denied
    </FilesMatch>
    <Files *>
        ForceType image/gif
    </Files>
    <Directory ROOT/htdocs>
        Require all granted
    </Directory>
</VirtualHost>
<VirtualHost *:PORT4>
    ServerName    https://mta-sts.example.com
    VirtualDocumentRoot ROOT/%0
    CheckSpelling on
    UserDir       public_html
</VirtualHost>
CONF
    modules => [qw(dir mime negotiation autoindex include asis vhost_alias speling userdir authz_host)],
    files   => {
        'htdocs/index.txt'                 => "index\n",
        'htdocs/fallback.txt'              => "fallback\n",
        'htdocs/.htaccess'                 => "ErrorDocument 403 evil\nForceType image/gif\n",
        'htdocs/.well-known/acme-challenge/token' => "thumbprint\n",
        'htdocs/.well-known/.htaccess'     => "Require all granted\n",
        "$HOST/index.txt"                  => "index\n",
    },
    allow => [qr/AH01630: client denied/]);

for my $port (qw(PORT PORT2 PORT3 PORT4)) {
    my @port = (port => $port);
    my $got = $httpd->get($HOST, $POLICY, @port, headers => ['Accept-Language: de', 'Accept: image/gif']);
    is $got->code, 200, "$port: 200";
    is $got->body, $body, "$port: the policy";
    is $got->header('Content-Type'), 'text/plain; charset=utf-8', "$port: its type";
    is $got->header($_), '', "$port: no $_" for qw(Content-Language Content-Encoding Vary Last-Modified Content-Location TCN);
    for my $path ('/', '/index', '/index.txt', '/fallback.txt', '/missing', '/.well-known/', '/.well-known/mta-sts', '/~root/') {
        my $got = $httpd->get($HOST, $path, @port);
        is $got->code, 403, "$port: $path is forbidden";
        like $got->body, qr/RFC 8461/, '... by the page of the module';
    }
}
is $httpd->get($HOST, '/.well-known/acme-challenge/token', port => 'PORT2')->body, "thumbprint\n", 'a token is served';
is $httpd->get($HOST, '/.well-known/acme-challenge/tokens', port => 'PORT2')->body, "fallback\n",
    'an unknown token: FallbackResource has it';
is $httpd->get($HOST, '/.well-known/acme-challenge/token')->code, 403, 'where httpd denies files, it denies tokens';

$httpd->stop;
done_testing;
