# page.t - the 403 page: says what the host is for, in HTML to browsers and in text to the rest, and repeats no stranger

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $HOST = 'mta-sts.example.com';
my $HTML = 'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

my $httpd = Httpd->start(<<'CONF',
Protocols      h2c http/1.1
MTASTSEngine   on
MTASTSMX       mail.example.com
MTASTSReportTo none

<VirtualHost *:PORT>
    ServerName    https://mta-sts.example.com
    ServerAlias   mta-sts.*
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName    https://mta-sts.example.com
    MTASTSEngine  on
    ServerAlias   mta-sts.*
</VirtualHost>
<VirtualHost *:PORT3>
    ServerName    https://mta-sts.example.com
    ErrorDocument 403 "Ask the postmaster."
</VirtualHost>
<VirtualHost *:PORT4>
    ServerName    https://mta-sts.example.com
    DocumentRoot  ROOT/htdocs
    ErrorDocument 403 /403.txt
</VirtualHost>
<VirtualHost *:PORT5>
    ServerName    https://mta-sts.example.com
    ErrorDocument 403 https://www.example.com/
</VirtualHost>
<VirtualHost *:PORT6>
    ServerName    https://mta-sts.example.com
    ErrorDocument 403 /missing.txt
    ErrorDocument 404 "Not here."
</VirtualHost>
<VirtualHost *:PORT7>
    ServerName    https://mta-sts.example.com
    ServerAlias   mta-sts.*
    MTASTSEngine  on
    ErrorDocument 404 "Never heard of it."
    <Location />
        ErrorDocument 403 "Only in a section."
    </Location>
</VirtualHost>
CONF
    modules => ['http2'],
    files   => { 'htdocs/403.txt' => "A file of the administrator.\n", 'htdocs/other.txt' => "secret\n" });

subtest 'Text, unless Accept names text/html' => sub {
    for my $accept ('Accept:', 'Accept: */*', 'Accept: text/plain', 'Accept: application/json') {
        my $got = $httpd->get($HOST, '/', headers => [$accept]);
        is $got->code, 403, "$accept 403";
        is $got->header('Content-Type'), 'text/plain; charset=utf-8', '... text';
        like $got->body, qr{https://mta-sts\.example\.com/\.well-known/mta-sts\.txt}, '... names the policy';
        like $got->body, qr{https://example\.com/(?!\.)}, '... and the site of the domain';
        unlike $got->body, qr/</, '... without a tag';
        is $got->header('Content-Length'), length $got->body, '... its exact length';
    }
    for my $accept ($HTML, 'Accept: text/html', 'Accept: image/png, TEXT/HTML;q=0.5') {
        my $got = $httpd->get($HOST, '/', headers => [$accept]);
        is $got->code, 403, "$accept: 403";
        is $got->header('Content-Type'), 'text/html; charset=utf-8', '... HTML';
        like $got->body, qr{\A<!DOCTYPE html>.*</html>\n\z}s, '... the whole page';
        like $got->body, qr{href="(?:https://mta-sts\.example\.com)?/\.well-known/mta-sts\.txt"}, '... a link to the policy';
        like $got->body, qr{href="https://example\.com/"}, '... and to the site of the domain';
        is $got->header('Content-Length'), length $got->body, '... its exact length';
    }
};

subtest 'Its headers' => sub {
    for my $accept ('Accept: */*', $HTML) {
        my $got = $httpd->get($HOST, '/', headers => [$accept]);
        is_deeply [$got->header('Vary')], ['Accept'], 'caches know that Accept decides';
        is scalar(my @types = $got->header('Content-Type')), 1, 'one Content-Type';
        is $got->header($_), '', "no $_" for qw(Location Set-Cookie ETag Content-Encoding Refresh);
        my $head = $httpd->get($HOST, '/', method => 'HEAD', headers => [$accept]);
        is $head->code, 403, 'HEAD: 403';
        is_deeply [map { "$_: " . $head->header($_) } grep { $_ ne 'date' } $head->headers],
            [map { "$_: " . $got->header($_) } grep { $_ ne 'date' } $got->headers], 'HEAD: the same headers';
        is $head->body, '', 'HEAD: no body';
        my $h2 = $httpd->get($HOST, '/', http => '2', headers => [$accept]);
        is $h2->code . $h2->body, "403" . $got->body, 'HTTP/2: the same page';
    }
};

subtest 'Nothing of the request comes back' => sub {
    my @evil = ('/<script>alert(1)</script>', '/%3Cscript%3Ealert(1)%3C/script%3E', '/"onload="evil', '/?q=<b>evil</b>',
        '/evil%0d%0aSet-Cookie:%20evil=1');
    for my $path (@evil) {
        my $got = $httpd->get($HOST, $path, headers => [$HTML, 'Referer: http://evil/', 'User-Agent: evil<b>']);
        is $got->code, 403, "$path: 403";
        unlike $got->raw, qr/evil|alert|<script/i, '... and no echo';
    }
    # httpd itself refuses most of these; whatever the answer is, it must not carry the tag
    for my $host ('mta-sts.<script>alert(1)</script>', 'mta-sts."><b>', "mta-sts.evil'onload='", 'mta-sts.a&b', 'mta-sts..',
        'mta-sts.' . 'a' x 300, 'mta-sts.' . 'a.' x 2000 . 'example', 'mta-sts.-', 'mta-sts.a_b', "mta-sts.\xc3\xa4.example",
        'mta-sts.%3Cscript%3E', 'mta-sts.[::1]', 'mta-sts.127.0.0.1', 'mta-sts.*', 'mta-sts.mta-sts.example')
    {
        for my $path ('/', '/.well-known/mta-sts.txt') {
            my $answer = $httpd->talk("GET $path HTTP/1.1\r\nHost: $host\r\n$HTML\r\nConnection: close\r\n\r\n", 'PORT2');
            like $answer, qr{\AHTTP/1.1 40[034] }, 'Host: ' . substr($host, 0, 40) . " is refused at $path";
            unlike $answer, qr/<script|<b>"|"><|'onload='|a&b/, '... and comes back as text, or not at all';
        }
    }
    my $inherited = $httpd->get('mta-sts.nobody.example', '/', headers => [$HTML]);
    is $inherited->code, 404, 'where the engine is only inherited, an unknown host is not ours at all';
};

subtest 'An ErrorDocument of the administrator replaces it' => sub {
    for my $accept ('Accept: */*', $HTML) {
        my $text = $httpd->get($HOST, '/x', port => 'PORT3', headers => [$accept]);
        is $text->code, 403, 'a text: 403';
        is $text->body, 'Ask the postmaster.', '... that text';
        my $file = $httpd->get($HOST, '/other.txt', port => 'PORT4', headers => [$accept]);
        is $file->code, 403, 'a local path: 403';
        is $file->body, "A file of the administrator.\n", '... that file';
    }
    is $httpd->get($HOST, '/403.txt', port => 'PORT4')->code, 403, 'asked for directly, that file is forbidden like the rest';
    my $url = $httpd->get($HOST, '/x', port => 'PORT5');
    is $url->code, 302, 'a URL: httpd redirects';
    is $url->header('Location'), 'https://www.example.com/', '... there';
    my $missing = $httpd->get($HOST, '/x', port => 'PORT6');
    is $missing->code, 403, 'a local path that is not there: still 403';
    my $section = $httpd->get($HOST, '/x', port => 'PORT7');
    is $section->code . $section->body, '403Only in a section.', 'in a <Location>: that text';
    my $unknown = $httpd->get('mta-sts.nobody.example', '/.well-known/mta-sts.txt', port => 'PORT7');
    is $unknown->code . $unknown->body, '404Never heard of it.', 'ErrorDocument 404 at a policy that is not there';
    for my $port (map { "PORT$_" } 3 .. 7) {
        is $httpd->get($HOST, '/.well-known/mta-sts.txt', port => $port)->body,
            "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n", "$port: the policy is as ever";
        is $httpd->get($HOST, '/x', port => $port, method => 'HEAD')->body, '', "$port: HEAD has no body";
    }
    my @codes = $httpd->talk("GET /x HTTP/1.1\r\nHost: $HOST\r\n\r\n" . "GET /y HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\n\r\n",
        'PORT4') =~ m{^HTTP/1.1 (\d+)}mg;
    is "@codes", '403 403', 'the connection stays open';
};

$httpd->stop;
done_testing;
