# receiver.t - the order of the checks: methods, the domain in the path, sizes, what is ours, and what is said and logged
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Report;
use Test::More;

my $CONF = <<'CONF';
LogLevel info
TLSRPTSpool         ROOT/spool
TLSRPTStore         dbd
TLSRPTDomain        example.com *.mx.example.net
TLSRPTMaxReportSize 64K
TLSRPTQuota         1000 10000 64M
<VirtualHost *:PORT>
    ServerName localhost
    ErrorDocument 400 http://elsewhere.example.com/
    ErrorDocument 404 http://elsewhere.example.com/
    ErrorDocument 405 "not ours"
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
    <Location "/other">
        SetInputFilter DEFLATE
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
my $httpd = Httpd->start($CONF, tlsrpt => 1, module => 0, modules => [qw(deflate filter)], allow => [$NO_STORE]);

sub ask { my ($method, $path, %more) = @_; return $httpd->get('localhost', $path, method => $method, %more) }

# What httpd has logged since the last look.
my $seen = length $httpd->log;
sub logged { my $new = $httpd->log($seen); $seen += length $new; return join ' ', $new =~ /(TLSRPT0.*)/g }

# ---- other methods ----

for my $path ('/tlsrpt', '/tlsrpt/', '/tlsrpt/example.com') {
    my $get = ask('GET', $path);
    is $get->code, 200, "GET $path says what it is for";
    like $get->body, qr/RFC 8460/, '... in words';
    is $get->header('Content-Type'), 'text/plain; charset=utf-8', '... as text';
}
my $head = ask('HEAD', '/tlsrpt');
is $head->code . $head->body, '200', 'HEAD: the same without a body';
cmp_ok $head->header('Content-Length'), '>', 50, '... with its length';
for my $method (qw(PUT DELETE PATCH PROPFIND)) {
    my $other = ask($method, '/tlsrpt', data => 'x');
    is $other->code, 405, "$method: 405";
    is join(',', sort split /,\s*/, $other->header('Allow')), 'GET,HEAD,OPTIONS,POST', '... with Allow';
}
my $options = ask('OPTIONS', '/tlsrpt');
is $options->code, 200, 'OPTIONS: 200';
is join(',', sort grep { $_ ne 'TRACE' } split /,\s*/, $options->header('Allow')), 'GET,HEAD,OPTIONS,POST', '... with Allow';
is logged(), '', 'none of these is logged';

# ---- a report, and what is logged of it ----

my $json = report(id => 'first', org => "Evil\e[31m \"Org\"\n");
my $first = post($httpd, $json);
is $first->code . $first->body, "201Stored.\n", 'a report: 201';
is $first->header('Cache-Control'), 'no-store', '... not to be kept';
is $first->header('X-Content-Type-Options'), 'nosniff', '... and nothing but text';
is scalar(() = $first->raw =~ /example|Evil|first/gi), 0, '... and no word of it in the answer';
like logged(), qr/^TLSRPT080: example\.com from Evil.{1,3}x1b\[31m .*Org.*x0a, \d+ octets: received$/, '... one line in the log, harmless';
is post($httpd, $json)->code, 200, 'again: 200';
like logged(), qr/^TLSRPT080: .*: duplicate$/, '... logged';
is scalar(waiting($httpd)), 1, '... and stored once';

# ---- the domain in the path ----

my $nameless = report(id => 'nameless', policies => [do { my $p = policy(type => 'no-policy-found'); delete $p->{policy}{'policy-domain'}; $p }]);
is post($httpd, $nameless)->code, 200, 'no policy domain, in the report or in the path: nothing to store';
like logged(), qr/foreign$/, '... foreign';
is post($httpd, $nameless, path => '/tlsrpt/Example.COM')->code, 201, 'the path names it';
my ($digest) = grep { $_ ne sha256_hex($json) } waiting($httpd);
is $digest, sha256_hex("$nameless\0example.com"), '... and so does the name of the entry';
is +(entry($httpd, $digest))[0]{Domain}, 'example.com', '... and the entry';
is post($httpd, $nameless, path => '/tlsrpt/host.mx.example.net')->code, 201, 'an MX host in the path';
is post($httpd, report(id => 'both'), path => '/tlsrpt/host.mx.example.net')->code, 201, 'a report that says its domain itself';
my ($both, $of_both) = entry($httpd, sha256_hex(report(id => 'both')));
is $of_both, report(id => 'both'), '... has its name from its own octets';
is $both->{Domain}, undef, '... and its domain from there';
logged();
for my $path ('/tlsrpt/example.org', '/tlsrpt/a.b.mx.example.net', '/tlsrpt/www.example.com/') {
    my $unknown = post($httpd, $json, path => $path);
    is $unknown->code, 404, "$path: 404";
    is $unknown->header('Location'), '', '... and no ErrorDocument of the site';
    like logged(), qr/^TLSRPT084: /, '... logged';
}
for my $path ('/tlsrpt/token', '/tlsrpt/example.com/token', '/tlsrpt/../tlsrpt/./token/', '/tlsrpt/..%5c..%5cetc%5cpasswd',
    '/tlsrpt/' . 'a' x 4000) {
    is post($httpd, $json, path => $path)->code, 404, substr("$path: 404", 0, 60);
}
logged();

# ---- whose reports ----

my $before = waiting($httpd);
for my $ours ('example.com', 'EXAMPLE.com.', 'host.mx.example.net') {
    is post($httpd, report(id => "for $ours", domain => $ours))->code, 201, "for $ours: ours";
}
for my $foreign ('example.org', 'sub.example.com', 'mx.example.net', 'a.b.mx.example.net', '', '../../etc/passwd', 'example.com/..') {
    is post($httpd, report(id => "for $foreign", domain => $foreign))->code, 200, "for '$foreign': 200";
    like logged(), qr/foreign$/, '... foreign';
}
is post($httpd, report(policies => []))->code, 200, 'for nobody, because it holds no policy: 200';
like logged(), qr/ \(unnamed\) from Example Mail, \d+ octets: foreign$/, '... foreign';
is post($httpd, report(policies => ['none', 7, []]))->code, 200, '... or none that is one';
like logged(), qr/foreign$/, '... foreign';
is waiting($httpd) - $before, 3, '... and not stored';
is post($httpd, report(id => 'mixed', policies => [policy(domain => 'example.org'), policy()]))->code, 201, 'for both: stored';
logged();

# ---- dates ----

for my $case (['of 29 days ago', 201, day(29), day(29, '23:59:59')], ['of 40 days ago', 400, day(40), day(40, '23:59:59')],
    ['of tomorrow', 201, day(0), day(-1)], ['of next week', 400, day(-7), day(-8)], ['over a week', 201, day(8), day(1)],
    ['over a month', 400, day(29), day(0)], ['that ends before it starts', 400, day(1), day(2)], ['of no date', 400, 'yesterday', 'today']) {
    my ($name, $code, $start, $end) = @$case;
    is post($httpd, report(id => $name, start => $start, end => $end))->code, $code, "a report $name: $code";
}
logged();

# ---- sizes ----

my $big = report(id => 'big', policies => [policy(failures => [map { { 'result-type' => 'validation-failure', 'additional-information' => 'x' x 100 } } 1 .. 600])]);
cmp_ok length $big, '>', 65536, 'a report over TLSRPTMaxReportSize';
my $over = post($httpd, $big);
is $over->code, 413, '... by its Content-Length';
is $over->header('Connection'), 'close', '... and the connection is not read on';
like logged(), qr/^TLSRPT081: .*Content-Length is over TLSRPTMaxReportSize$/, '... logged';
is post($httpd, $big, headers => ['Transfer-Encoding: chunked'], curl => {})->code, 413, '... chunked, while it is read';
like logged(), qr/^TLSRPT081: .*it is over TLSRPTMaxReportSize$/, '... logged';
is post($httpd, gz($big))->code, 413, '... unpacked';
for (['POST /tlsrpt', 413], ['POST /tlsrpt/example.org', 404], ['PUT /tlsrpt', 405]) {
    my ($request, $code) = @$_;
    my @next = $httpd->talk("$request HTTP/1.1\r\nHost: localhost\r\nContent-Length: " . length($big) . "\r\n\r\n${big}GET /tlsrpt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        =~ m{^(HTTP/1\.1 \d+|Connection: close)}mg;
    is_deeply \@next, ["HTTP/1.1 $code", 'Connection: close'], "$code on a connection that is kept: it is closed, and nothing more is read";
}
logged();
my $exact = sub { my ($id, $size) = @_; my $empty = report(id => $id, org => ''); return report(id => $id, org => 'x' x ($size - length $empty)) };
is post($httpd, $exact->('exact', 65536))->code, 201, 'just as large as the bound: taken';
is post($httpd, $exact->('chunks', 65536), headers => ['Transfer-Encoding: chunked'], curl => {})->code, 201, '... chunked';
is post($httpd, gz($exact->('packed', 65536)))->code, 201, '... unpacked';
is post($httpd, $exact->('exact', 65537))->code, 413, 'one octet more: 413';
is post($httpd, $exact->('chunks', 65537), headers => ['Transfer-Encoding: chunked'], curl => {})->code, 413, '... chunked';
is post($httpd, gz($exact->('packed', 65537)))->code, 413, '... unpacked';
my $small = gz(report(id => 'small'));
is post($httpd, $small, headers => ['Transfer-Encoding: chunked'], curl => {})->code, 201, 'a small one, chunked';
is $httpd->talk("POST /tlsrpt HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n") =~ /^HTTP\/1.1 (\d+)/ && $1, 413,
    'Expect: 100-continue and too much: 413 at once';
logged();

# ---- the filter of mod_deflate ----

$json = report(id => 'deflate');
is post($httpd, gz($json), path => '/other', headers => ['Content-Encoding: gzip'])->code, 201, 'SetInputFilter DEFLATE: kept off';
is +(entry($httpd, sha256_hex($json)))[1], $json, '... and the report is whole';
is post($httpd, gz(report(id => 'bomb', org => 'x' x 10_000_000)), path => '/other', headers => ['Content-Encoding: gzip'])->code, 413,
    '... and a bomb meets our bound';

# ---- keep-alive ----

my $two = join '', map { my $body = gz(report(id => "alive $_")); "POST /tlsrpt HTTP/1.1\r\nHost: localhost\r\nContent-Length: " . length($body)
    . "\r\n" . ($_ == 2 ? "Connection: close\r\n" : '') . "\r\n$body" } 1, 2;
is scalar(() = $httpd->talk($two) =~ m{^HTTP/1\.1 201}mg), 2, 'two reports on one connection';

# ---- HTTP/2, and what is meant to be taken for something else ----

$httpd->reconfigure("Protocols h2c http/1.1\n$CONF", modules => [qw(deflate filter http2)]);
my $h2 = post($httpd, gz(report(id => 'h2')), curl => { http => '2' });
is $h2->version . ' ' . $h2->code, '2 201', 'a report over HTTP/2: 201';
is post($httpd, gz(report(id => 'h2')), curl => { http => '2' })->code, 200, '... again: 200';
is post($httpd, gz(report(id => 'h2 chunked')), curl => { http => '2', curl => ['-H', 'Content-Length:'] })->code, 201, '... without a length: 201';
is +(entry($httpd, sha256_hex(report(id => 'h2'))))[1], report(id => 'h2'), '... and it is whole';

# An answer before the end of the body is whole; then mod_http2 says, without an error, that it wants no more (RFC 9113, 8.1).
Httpd::spew($httpd->root . '/big', $big);
my $frames = Httpd::run('nghttp', '-v', '-d', $httpd->root . '/big', 'http://127.0.0.1:' . $httpd->port . '/tlsrpt')->out;
like $frames, qr/:status: 413\n.*^This report is too large\.\n[^\n]*recv DATA frame[^\n]*\n\s+; END_STREAM\n/ms, '... one that is too large: 413, whole';
like $frames, qr/END_STREAM\n[^\n]*recv RST_STREAM frame[^\n]*\n\s+\(error_code=NO_ERROR/, '... and the rest of it is not wanted, which is no error';

my $body = gz(report(id => 'shapes'));
my $length = 'Content-Length: ' . length $body;
my $says = sub { my ($line, @headers) = @_; return $httpd->talk(join("\r\n", $line, @headers, 'Connection: close', '', $body)) =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none' };
my $stored = waiting($httpd);
# What httpd itself refuses gets the ErrorDocument of the site.
is $says->('POST /tlsrpt HTTP/1.1', $length), 302, 'no Host: httpd refuses it';
is $says->('TRACE /tlsrpt HTTP/1.1', 'Host: localhost'), 200, 'TRACE is answered by httpd (TraceEnable)';
is $says->('PUT /tlsrpt HTTP/1.1', 'Host: localhost', 'X-HTTP-Method-Override: POST', $length), 405, 'a method that another header would change: 405';
is $says->('GET /tlsrpt?_method=POST HTTP/1.1', 'Host: localhost', 'X-HTTP-Method: POST', $length), 200, '... GET stays GET';
is $says->('POST /tlsrpt HTTP/1.1', 'Host: localhost', $length, 'Transfer-Encoding: chunked'), 302, 'Content-Length and Transfer-Encoding: httpd refuses it';
is $says->('POST /tlsrpt/example.com%2f..%2fexample.org HTTP/1.1', 'Host: localhost', $length), 302, 'a slash that is encoded: httpd refuses it';
is $says->('POST /tlsrpt/%65xample.org HTTP/1.1', 'Host: localhost', $length), 404, 'a domain that is encoded is the domain: 404';
is waiting($httpd) - $stored, 0, '... and none of these is stored';
is $says->('POST http://localhost/tlsrpt/%65xample.com HTTP/1.1', 'Host: elsewhere.example.com', $length, 'Range: bytes=0-1', 'If-None-Match: *',
    'If-Modified-Since: Thu, 01 Jan 2037 00:00:00 GMT', 'Content-Encoding: gzip, gzip', 'Expect: 100-continue'), 100, 'absolute form, and headers that mean nothing here';
is waiting($httpd) - $stored, 1, '... stored';
my $chunks = join '', map { sprintf("%x\r\n%s\r\n", length, $_) } gz(report(id => 'trailer')) =~ /(.{1,50})/gs;
my $trailed = "POST /tlsrpt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\nContent-Length: 9\r\nX: y\r\n\r\n";
my $after = "GET /tlsrpt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
is_deeply [$httpd->talk($trailed . $after) =~ m{^HTTP/1\.1 (\d+)}mg], [201, 200], 'trailers end the request, and what follows is the next';

# ---- a bound that is lowered while larger reports wait ----

my $waits = report(id => 'waits', org => 'x' x 60_000);
is post($httpd, $waits)->code, 201, 'a report below the bound, which waits';
my @wait = waiting($httpd);
my $bad = bad_bodies($httpd);
my $lower = $CONF =~ s/^TLSRPTStore.*/TLSRPTStore sqlite3:ROOT\/spool\/reports.sqlite3/mr =~ s/^(TLSRPTMaxReportSize).*/$1 65536/mr;
# One that came when the bound was higher.
my $larger = report(id => 'larger', org => 'x' x 100_000);
$httpd->reconfigure($CONF =~ s/^(TLSRPTMaxReportSize).*/$1 1M/mr);
is post($httpd, $larger)->code, 201, '... and one that came when the bound was higher';
$httpd->reconfigure($lower, modules => [qw(deflate filter watchdog)]);
is post($httpd, $larger)->code, 413, 'the bound is lowered: none as large is taken';
Httpd::wait_until('the store', sub { !(() = glob $httpd->root . '/spool/new/*') });
is scalar(() = glob $httpd->root . '/spool/raw/*'), @wait + 1, '... but those that wait are stored, the larger one, too';
is scalar(bad_bodies($httpd)), $bad, '... and none is thrown away';

$httpd->stop;
done_testing;
