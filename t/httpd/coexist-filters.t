# coexist-filters.t - no filter changes a byte of the policy: senders compare its id, and some refuse what is compressed

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $HOST   = 'mta-sts.example.com';
my $POLICY = '/.well-known/mta-sts.txt';
my $body   = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n";

my %filter = (
    'DEFLATE for everything'    => 'SetOutputFilter DEFLATE',
    'DEFLATE by type'           => 'AddOutputFilterByType DEFLATE text/plain text/html',
    'DEFLATE by mod_filter'     => "FilterDeclare squeeze CONTENT_SET\nFilterProvider squeeze DEFLATE \"true\"\nFilterChain squeeze",
    'BROTLI for everything'     => 'SetOutputFilter BROTLI_COMPRESS',
    'BROTLI by type'            => 'AddOutputFilterByType BROTLI_COMPRESS text/plain',
    'SUBSTITUTE'                => "SetOutputFilter SUBSTITUTE\nSubstitute s/mail/evil/",
    'SUBSTITUTE by type'        => "AddOutputFilterByType SUBSTITUTE text/plain\nSubstitute s/mail/evil/",
    'SUBSTITUTE in a Location'  => "<Location />\nSetOutputFilter SUBSTITUTE\nSubstitute s/mail/evil/\n</Location>",
    'SUBSTITUTE in an If'       => "<If true>\nSetOutputFilter SUBSTITUTE\nSubstitute s/mail/evil/\n</If>",
    'SED'                       => "<Location />\nSetOutputFilter Sed\nOutputSed \"s/mail/evil/g\"\n</Location>",
    'INCLUDES'                  => "SetOutputFilter INCLUDES\nOptions +Includes",
    'ratelimit'                 => "SetOutputFilter RATE_LIMIT\nSetEnv rate-limit 400",
    'AddDefaultCharset'         => 'AddDefaultCharset iso-8859-1',
    'CharsetDefault'            => "CharsetSourceEnc utf-8\nCharsetDefault utf-16",
    'ext_filter'                => 'SetOutputFilter upper',
    'proxy-html'                => "SetOutputFilter proxy-html\nProxyHTMLEnable on",
    'several at once'           => "SetOutputFilter INCLUDES;SUBSTITUTE;DEFLATE\nSubstitute s/mail/evil/",
    'CONTENT_LENGTH off'        => 'SetEnv downgrade-1.0 1',
    'buffer'                    => 'SetOutputFilter BUFFER',
    'reflector, data, xml2enc'  => 'SetOutputFilter xml2enc;DATA',
);
my @names = sort keys %filter;

my $conf = <<'CONF';
Protocols       h2c http/1.1
MTASTSEngine    on
MTASTSMX        mail.example.com
MTASTSReportTo  none
ExtFilterDefine upper mode=output cmd="/usr/bin/tr a-z A-Z"
CONF
$conf .= <<"CONF" for 0 .. $#names;
<VirtualHost *:PORT>
    ServerName   https://mta-sts.site$_.example
    ServerAlias  www.site$_.example
    DocumentRoot ROOT/htdocs
    $filter{$names[$_]}
</VirtualHost>
CONF

my $httpd = Httpd->start($conf,
    modules => [qw(filter deflate brotli substitute sed include ratelimit charset_lite ext_filter xml2enc proxy proxy_html
        buffer data env headers mime http2)],
    allow => [qr/AH01374: mod_include/],    # of mod_include about the page, which needs no Options
    files => { 'htdocs/long.txt' => "mail one\n" x 1000 });

my @how = ([], ['Accept-Encoding: gzip'], ['Accept-Encoding: br;q=1.0, gzip;q=0.5, *;q=0'], ['Accept: text/html']);
for my $n (0 .. $#names) {
    my $host = "mta-sts.site$n.example";
    for my $headers (@how) {
        my $got = $httpd->get($host, $POLICY, headers => $headers);
        my $what = "$names[$n], @$headers";
        is $got->code, 200, "$what: 200";
        is $got->body, $body, "$what: the policy";
        is $got->header('Content-Length'), length $body, "$what: its length";
        is $got->header('Content-Type'), 'text/plain; charset=utf-8', "$what: its type";
        like $got->header('ETag'), qr/^"[0-9a-f]{32}"$/, "$what: its strong ETag";
        is $got->header($_), '', "$what: no $_" for qw(Content-Encoding Vary Transfer-Encoding);
    }
    is $httpd->get($host, $POLICY, http => '2', headers => ['Accept-Encoding: gzip, br'])->body, $body,
        "$names[$n]: HTTP/2 too";
    is $httpd->get($host, $POLICY, headers => ['If-None-Match: *'])->code, 304, "$names[$n]: a condition";
    is $httpd->get($host, $POLICY, headers => ['Range: bytes=0-6'])->body, 'version', "$names[$n]: a range of it";
    my $head = $httpd->get($host, $POLICY, method => 'HEAD', headers => ['Accept-Encoding: gzip, br']);
    is $head->header('Content-Length') . $head->header('Content-Encoding'), length $body, "$names[$n]: HEAD says the same";
    is $httpd->get($host, '/x')->code, 403, "$names[$n]: the page is still there";
}

# Without this, all that stands above could be the work of filters that are not in force.
my %site = map { $names[$_] => "www.site$_.example" } 0 .. $#names;
my $gzip = ['Accept-Encoding: gzip, br'];
is $httpd->get($site{$_}, '/long.txt', headers => $gzip)->header('Content-Encoding'), /BROTLI/ ? 'br' : 'gzip',
    "$_ works on another host" for 'DEFLATE for everything', 'DEFLATE by type', 'DEFLATE by mod_filter',
    'BROTLI for everything', 'BROTLI by type', 'several at once';
like $httpd->get($site{$_}, '/long.txt')->body, qr/evil/, "$_ works on another host"
    for 'SUBSTITUTE', 'SUBSTITUTE by type', 'SUBSTITUTE in a Location', 'SUBSTITUTE in an If', 'SED', 'several at once';
like $httpd->get($site{ext_filter}, '/long.txt')->body, qr/MAIL/, 'ext_filter works on another host';
like $httpd->get($site{AddDefaultCharset}, '/long.txt')->header('Content-Type'), qr/iso-8859-1/,
    'AddDefaultCharset works on another host';

$httpd->stop;
done_testing;
