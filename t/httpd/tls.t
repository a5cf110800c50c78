# tls.t - a policy is for HTTPS: every version of it that a sender may speak, and a proxy that speaks it for httpd

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $POLICY = '/.well-known/mta-sts.txt';
my $HOST   = 'mta-sts.example.com';

my $httpd = Httpd->start(<<'CONF',
Protocols      h2 h2c http/1.1
MTASTSEngine   on
MTASTSMX       mail.example.com
MTASTSReportTo none

<VirtualHost *:TLSPORT>
    ServerName            mta-sts.example.com
    DocumentRoot          ROOT/htdocs
    SSLEngine             on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
</VirtualHost>
# behind a proxy that terminates TLS
<VirtualHost *:PORT>
    ServerName            https://mta-sts.example.com
    DocumentRoot          ROOT/htdocs
</VirtualHost>
# plain HTTP, and a recipe from the web that does not make it HTTPS
<VirtualHost *:PORT2>
    ServerName            mta-sts.example.com
    DocumentRoot          ROOT/htdocs
    SetEnvIf              X-Forwarded-Proto https HTTPS=on
</VirtualHost>
CONF
    modules     => [qw(ssl http2 setenvif)],
    certificate => ['mta-sts.example.com'],
    files       => { 'htdocs/index.txt' => "a file\n" });

# Under prefork mod_http2 keeps out of TLS.
my @versions = ($ENV{MPM} || '') eq 'prefork' ? ('1.0', '1.1') : ('1.0', '1.1', '2');

my $body = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n";

for my $tls ('1.2', '1.3') {
    for my $http (@versions) {
        my %how  = (tls => $tls, http => $http);
        my $name = "TLS $tls, HTTP/$http";
        my $got  = $httpd->get($HOST, $POLICY, %how);
        is $got->code, 200, "$name: 200";
        is $got->version, $http, "$name: that version" unless $http eq '1.0';
        is $got->body, $body, "$name: the policy";
        is $got->header('Content-Type'), 'text/plain; charset=utf-8', "$name: its type";
        is $got->header('Content-Length'), length $body, "$name: its length";
        is $httpd->get($HOST, '/', %how)->code, 403, "$name: 403 elsewhere";
    }
}

SKIP: {
    skip 'there is no HTTP/2 under prefork', 3 if @versions < 3;

    subtest 'HTTP/2 does all that HTTP/1.1 does' => sub {
        my @h2 = (tls => 1, http => '2');
        my $etag = $httpd->get($HOST, $POLICY, @h2)->header('ETag');
        like $etag, qr/^"[0-9a-f]{32}"$/, 'the ETag';
        is $httpd->get($HOST, $POLICY, @h2, headers => ["If-None-Match: $etag"])->code, 304, 'a condition: 304';
        is $httpd->get($HOST, $POLICY, @h2, headers => ['If-Match: "x"'])->code, 412, 'a condition: 412';
        is $httpd->get($HOST, $POLICY, @h2, headers => ['Range: bytes=0-6'])->body, 'version', 'a range';
        is $httpd->get($HOST, $POLICY, @h2, method => 'HEAD')->header('Content-Length'), length $body, 'HEAD';
        is $httpd->get($HOST, $POLICY, @h2, method => 'OPTIONS')->code, 200, 'OPTIONS';
        # without a body: mod_http2 may reset a stream whose body it has not read, whoever answers, and curl takes offence
        my $post = $httpd->get($HOST, $POLICY, @h2, method => 'POST');
        is $post->code, 405, 'POST: 405';
        like $post->header('Allow'), qr/GET/, 'with Allow';
        is $httpd->get($HOST, '/x', @h2, method => 'POST')->code, 403, 'POST elsewhere: 403';
        is $httpd->get($HOST, '//.well-known/%6dta-sts.txt', @h2)->body, $body, 'the path in another spelling';
    };

    subtest 'Many streams of one connection' => sub {
        my $root = 'https://' . "$HOST:" . $httpd->port('TLSPORT');
        my $got = Httpd::run(qw(curl -q -s -S --http2 --parallel --noproxy * --cacert), $httpd->root . '/ca.pem',
            '--resolve', "$HOST:" . $httpd->port('TLSPORT') . ':127.0.0.1', '-w', '%{http_code} %{num_connects}\n',
            map { ('-o', $httpd->root . "/out$_", $root . ($_ % 2 ? $POLICY : '/')) } 1 .. 20);
        is scalar(() = $got->out =~ /^200/mg), 10, 'ten policies';
        is scalar(() = $got->out =~ /^403/mg), 10, 'ten pages';
        is Httpd::slurp($httpd->root . '/out19'), $body, 'whole';
    };

    my $url = 'https://127.0.0.1:' . $httpd->port('TLSPORT') . $POLICY;
    is Httpd::run('nghttp', '-y', "-H:authority: $HOST", $url)->out, $body, 'another HTTP/2 client gets the same';
}

is $httpd->get($HOST, $POLICY, http => '2')->body, $body, 'HTTP/2 from the proxy, without TLS';
is $httpd->get($HOST, $POLICY)->body, $body, 'behind a proxy, ServerName https://...: the policy';
is $httpd->get($HOST, '/index.txt')->code, 403, 'behind a proxy: 403 elsewhere';

for my $header ('X-Forwarded-Proto: https', 'X-Forwarded-Ssl: on', 'Forwarded: proto=https') {
    my @plain = (port => 'PORT2', headers => [$header]);
    is $httpd->get($HOST, $POLICY, @plain)->code, 404, "plain HTTP with $header: no policy";
    is $httpd->get($HOST, '/index.txt', @plain)->body, "a file\n", "plain HTTP with $header: declined";
}

$httpd->stop;
done_testing;
