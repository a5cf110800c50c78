# serve.t - what a policy host answers: the policy, byte for byte, at one path; 403 elsewhere; nothing to everybody else

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $POLICY = '/.well-known/mta-sts.txt';
my $HOST   = 'mta-sts.example.com';

# The first vhost of the port gets hosts that no name admits. example.net is the same site with the engine off: what it
# answers is what httpd answers without the module.
my $httpd = Httpd->start(<<'CONF',
MTASTSMX       mail1.example.com mail2.example.com *.backup.example.com
MTASTSReportTo none

<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.com
    ServerAlias  www.example.com
    DocumentRoot ROOT/htdocs
    MTASTSEngine on
    TraceEnable  off
    Header always set X-Vhost first
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.net
    DocumentRoot ROOT/htdocs
    TraceEnable  off
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.org
    DocumentRoot ROOT/htdocs
    MTASTSEngine on
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName   mta-sts.example.com
    DocumentRoot ROOT/htdocs
    MTASTSEngine on
</VirtualHost>
CONF
    modules => ['headers'],
    allow => [qr/AH00126: Invalid URI in request/],    # httpd before 2.4.49, for what has no slash in front
    files => {
        'htdocs/index.txt'                              => "a file\n",
        'htdocs/.well-known/acme-challenge/token'       => "token.thumbprint\n",
        'htdocs/.well-known/pki-validation/fileauth.txt' => "validated\n",
        'htdocs/.well-known/security.txt'               => "Contact: mailto:security\@example.com\n",
    });

my $body = join '', map { "$_\r\n" } 'version: STSv1', 'mode: testing', 'mx: mail1.example.com', 'mx: mail2.example.com',
    'mx: *.backup.example.com', 'max_age: 86401';
my $etag = '"' . substr(sha256_hex($body), 0, 32) . '"';

sub get { $httpd->get($HOST, @_) }

subtest 'GET brings the policy' => sub {
    my $got = get($POLICY);
    is $got->code, 200, 'status 200';
    is $got->body, $body, 'the body, byte for byte';
    is_deeply [$got->header('Content-Type')], ['text/plain; charset=utf-8'], 'one Content-Type: text/plain in UTF-8';
    is_deeply [$got->header('Content-Length')], [length $body], 'its exact length';
    is_deeply [$got->header('ETag')], [$etag], 'ETag: the first 32 hexadecimal digits of the SHA-256 of the body';
    is_deeply [$got->header('Cache-Control')], ['no-cache'], 'caches ask again';
    is_deeply [$got->header('X-Content-Type-Options')], ['nosniff'], 'browsers do not guess';
    is_deeply [grep { !/^(?:date|server|accept-ranges|x-vhost)$/ } $got->headers],
        [qw(cache-control content-length content-type etag x-content-type-options)],
        'and no other header: no Vary, no Content-Encoding, no Location, no Last-Modified';

    for my $header ('User-Agent: Mozilla/5.0', 'Accept: text/html', 'Accept: application/json', 'Accept-Encoding: gzip, br',
        'Accept-Language: de', 'Accept-Charset: utf-16', 'Referer: http://example.net/', 'Origin: https://example.net',
        'Cookie: a=b', 'Authorization: Basic YTpi', 'X-Forwarded-Host: example.net')
    {
        my $same = get($POLICY, headers => [$header]);
        is $same->code . $same->body . $same->header('ETag') . "@{[$same->headers]}",
            $got->code . $got->body . $got->header('ETag') . "@{[$got->headers]}", "the same with $header";
    }
    is get($POLICY, http => '1.0')->body, $body, 'the same by HTTP/1.0';
    is get("$POLICY?x=1")->body, $body, 'a query string changes nothing';
};

subtest 'HEAD brings the headers of GET' => sub {
    my ($get, $head) = (get($POLICY), get($POLICY, method => 'HEAD'));
    is $head->code, 200, 'status 200';
    is $head->body, '', 'no body';
    my @fields = grep { $_ ne 'date' } $get->headers;
    is_deeply [map { [$_, $head->header($_)] } grep { $_ ne 'date' } $head->headers],
        [map { [$_, $get->header($_)] } @fields], 'the same headers, Content-Length included';
    is_deeply [get('/', method => 'HEAD')->headers], [get('/')->headers], 'on the 403 page too';
};

sub allow { join ',', sort split /\s*,\s*/, $_[0]->header('Allow') }

subtest 'Other methods' => sub {
    my $options = get($POLICY, method => 'OPTIONS');
    is $options->code, 200, 'OPTIONS: 200';
    is allow($options), 'GET,HEAD,OPTIONS', 'OPTIONS says what is allowed';
    is $options->body, '', 'OPTIONS has no body';
    for my $method (qw(POST PUT DELETE PATCH PROPFIND MKCOL LOCK REPORT BREW)) {
        my $got = get($POLICY, method => $method, $method =~ /POST|PUT|PATCH/ ? (data => 'x') : ());
        is $got->code, 405, "$method: 405";
        is allow($got), 'GET,HEAD,OPTIONS', "$method: Allow says what works";
        unlike $got->raw, qr/STSv1/, "$method: no policy";
    }
    is get('/', method => $_)->code, 403, "$_ elsewhere: 403" for qw(POST PUT DELETE OPTIONS BREW);
};

subtest 'Conditional requests work as for a file' => sub {
    my %case = (
        "If-None-Match: $etag"                  => 304,
        "If-None-Match: W/$etag"                => 304,
        qq(If-None-Match: "other", $etag)       => 304,
        'If-None-Match: *'                      => 304,
        'If-None-Match: "other"'                => 200,
        "If-Match: $etag"                       => 200,
        'If-Match: *'                           => 200,
        'If-Match: "other"'                     => 412,
        'If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT' => 200,
    );
    for my $header (sort keys %case) {
        is get($POLICY, headers => [$header])->code, $case{$header}, "$header: $case{$header}";
    }
    my $same = get($POLICY, headers => ["If-None-Match: $etag"]);
    is $same->body, '', '304 has no body';
    is $same->header('ETag'), $etag, '304 names the ETag';
    is $same->header('Cache-Control'), 'no-cache', '304 says that caches ask again';
    is get($POLICY, method => 'HEAD', headers => ["If-None-Match: $etag"])->code, 304, 'HEAD too';
    is get('/', headers => ["If-None-Match: $etag"])->code, 403, 'but the 403 page is never "not modified"';
};

subtest 'Ranges work as for a file' => sub {
    my $size = length $body;
    my $part = get($POLICY, headers => ['Range: bytes=0-13']);
    is $part->code, 206, 'a range: 206';
    is $part->body, 'version: STSv1', 'with its bytes';
    is $part->header('Content-Range'), "bytes 0-13/$size", 'and where they are from';
    is $part->header('ETag'), $etag, 'of which policy';
    is get($POLICY, headers => ['Range: bytes=-7'])->body, "86401\r\n", 'the last bytes';
    my $parts = get($POLICY, headers => ['Range: bytes=0-6,9-13']);
    is $parts->code, 206, 'two ranges: 206';
    like $parts->body, qr/\r\n\r\nversion\r\n.*\r\n\r\nSTSv1\r\n/s, 'with both';
    my $none = get($POLICY, headers => ['Range: bytes=9999-']);
    is $none->code, 416, 'a range beyond the end: 416';
    is get($POLICY, headers => ['Range: bytes=0-3', "If-Range: $etag"])->code, 206, 'If-Range, still the same: 206';
    is get($POLICY, headers => ['Range: bytes=0-3', 'If-Range: "other"'])->body, $body, 'If-Range, changed: all of it';
};

subtest 'One path, however it is written' => sub {
    for my $path ('/.well-known/%6dta-sts.txt', '/%2ewell-known/mta-sts.txt', '//.well-known//mta-sts.txt',
        '/./.well-known/./mta-sts.txt', '/x/../.well-known/mta-sts.txt', '/.well-known/acme-challenge/../mta-sts.txt')
    {
        my $got = get($path);
        is $got->code, 200, "$path: 200";
        is $got->body, $body, "$path: the policy";
    }
    is get($POLICY, target => "https://$HOST$POLICY")->body, $body, 'absolute form, as through a proxy: the policy';
    for my $path ('/', '/index.txt', '/index.html', '/robots.txt', '/mta-sts.txt', '/.well-known', '/.well-known/',
        '/.well-known/mta-sts', '/.well-known/mta-sts.txt/', '/.well-known/mta-sts.txt/x', '/.well-known/mta-sts.txtx',
        '/.well-known/MTA-STS.TXT', '/.well-known/security.txt', '/.well-known/acme-challenge/../../index.txt',
        '/.well-known/acme-challenge/%2e%2e/%2e%2e/index.txt', '/.well-known/pki-validation/../security.txt',
        '/.well-known/acme-challengex/token', '/.well-known/pki-validationx', '/?/.well-known/mta-sts.txt',
        '/%3f/.well-known/acme-challenge/token', '/' . 'x' x 4000)
    {
        my $got = get($path);
        is $got->code, 403, substr("$path: 403", 0, 70);
        unlike $got->body, qr/a file|Contact|STSv1/, 'without what is there';
    }
    isnt get("$POLICY$_")->code, 200, "the path and $_: no policy" for '%00', '%2f', '%0d%0a', '%20', '.';
};

# What the engine must not touch is answered as in the twin vhost without engine.
sub as_without {
    my ($name, $host, $path, %option) = @_;
    my ($with, $without) = ($httpd->get($host, $path, %option), $httpd->get('mta-sts.example.net', $path, %option));
    is $with->code . ' ' . $with->body, $without->code . ' ' . $without->body, "$name: as without the module";
    return $with;
}

subtest "What belongs to others is declined" => sub {
    my ($acme, $pki) = ('/.well-known/acme-challenge/token', '/.well-known/pki-validation/fileauth.txt');
    is as_without('an ACME token', $HOST, $acme)->body, "token.thumbprint\n", '... the file from DocumentRoot';
    is as_without('a file of a paid certificate', $HOST, $pki)->body, "validated\n", '... the file from DocumentRoot';
    is as_without('an unknown token', $HOST, "${acme}s")->code, 404, '... 404';
    is as_without('POST to a token', $HOST, $acme, method => 'POST', data => 'x')->code, 200, '... whatever httpd does';
    as_without('OPTIONS of a token', $HOST, $acme, method => 'OPTIONS');
    as_without('OPTIONS *', $HOST, '', target => '*', method => 'OPTIONS');
    as_without('GET *', $HOST, '', target => '*');
    as_without('a URI without a slash', $HOST, '', target => '.well-known/mta-sts.txt');
    as_without('CONNECT', $HOST, '', target => 'mta-sts.example.com:443', method => 'CONNECT', http => '1.0');
    is as_without('TRACE that is off', $HOST, $POLICY, method => 'TRACE')->code, 405, '... 405';
    my $trace = $httpd->get('mta-sts.example.org', $POLICY, method => 'TRACE');
    like $trace->raw, qr{\AHTTP/1.1 200.*message/http.*TRACE}s, 'TRACE that is on: httpd answers';
    is $httpd->get('mta-sts.example.org', '/', method => 'TRACE')->code, 200, 'TRACE elsewhere: httpd answers';
};

subtest 'Hosts' => sub {
    is get($POLICY, headers => ["Host: $_"])->body, $body, "Host: $_ is the policy host"
        for 'MTA-STS.Example.COM', 'mta-sts.example.com.', 'mta-sts.example.com:443', 'MTA-STS.example.com.:8443';
    for my $host ('www.example.com', 'mta-sts.nobody.example', 'example.com', 'xmta-sts.example.com', 'mta-sts.com',
        'mta-sts', 'mta-sts.', '127.0.0.1', 'x.mta-sts.example.com', 'mta-sts.example.com.example.net')
    {
        my $got = $httpd->get('127.0.0.1', '/index.txt', headers => ["Host: $host"]);
        is $got->header('X-Vhost'), 'first', "Host: $host gets to the first vhost";
        is $got->body, "a file\n", '... which answers as if the module were not there';
        is $httpd->get('127.0.0.1', $POLICY, headers => ["Host: $host"])->code, 404, '... at the policy path too';
    }
    is $httpd->get('mta-sts.example.net', $POLICY)->code, 404, 'engine off: no policy';
    is $httpd->get('mta-sts.example.net', '/index.txt')->body, "a file\n", 'engine off: the files are there';
    like $httpd->talk("GET $POLICY HTTP/1.0\r\n\r\n"), qr{\AHTTP/1.1 404}, 'HTTP/1.0 without a Host: declined';
    like $httpd->talk("GET $POLICY HTTP/1.1\r\n\r\n"), qr{\AHTTP/1.1 400}, 'HTTP/1.1 without a Host: 400 by httpd';
    is $httpd->get($HOST, $POLICY, port => 'PORT2')->code, 404, 'plain HTTP: no policy';
    is $httpd->get($HOST, '/index.txt', port => 'PORT2')->body, "a file\n", 'plain HTTP: no 403';
};

subtest 'Connections stay open' => sub {
    my $next = "GET $POLICY HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\n\r\n";
    my $post = "POST $POLICY HTTP/1.1\r\nHost: $HOST\r\n";
    my $long = 'x' x 100_000;
    my %first = (
        'the policy'               => [200, "GET $POLICY HTTP/1.1\r\nHost: $HOST\r\n\r\n"],
        'a 304'                    => [304, "GET $POLICY HTTP/1.1\r\nHost: $HOST\r\nIf-None-Match: *\r\n\r\n"],
        'HEAD'                     => [200, "HEAD $POLICY HTTP/1.1\r\nHost: $HOST\r\n\r\n"],
        'OPTIONS'                  => [200, "OPTIONS $POLICY HTTP/1.1\r\nHost: $HOST\r\n\r\n"],
        'the 403 page'             => [403, "GET / HTTP/1.1\r\nHost: $HOST\r\n\r\n"],
        'a DELETE'                 => [405, "DELETE $POLICY HTTP/1.1\r\nHost: $HOST\r\n\r\n"],
        'a POST with a body'       => [405, "${post}Content-Length: 5\r\n\r\nhello"],
        'a POST with a long body'  => [405, "${post}Content-Length: 100000\r\n\r\n$long"],
        'a POST in chunks'         => [405, "${post}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
        'a POST elsewhere'         => [403, "POST /x HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 5\r\n\r\nhello"],
        'a GET with a body'        => [200, "GET $POLICY HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 5\r\n\r\nhello"],
        'a GET elsewhere with one' => [403, "GET / HTTP/1.1\r\nHost: $HOST\r\nContent-Length: 5\r\n\r\nhello"],
    );
    for my $what (sort keys %first) {
        my ($code, $request) = @{ $first{$what} };
        my @codes = $httpd->talk($request . $next) =~ m{^HTTP/1.1 (\d+)}mg;
        is "@codes", "$code 200", "after $what the next request is answered";
    }
    my @codes = $httpd->talk("GET / HTTP/1.1\r\nHost: $HOST\r\n\r\n" x 20 . $next) =~ m{^HTTP/1.1 (\d+)}mg;
    is "@codes", join(' ', (403) x 20, 200), 'twenty in a row';
    like get($POLICY, method => 'POST', data => $long, headers => ['Expect: 100-continue'])->raw, qr/405/,
        'who waits for 100 Continue gets his 405';
};

$httpd->stop;
done_testing;
