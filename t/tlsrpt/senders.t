# senders.t - the three programs that are known to POST reports: their requests, byte for byte
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use IPC::Open2;
use Report;
use Test::More;

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTStore  dbd
TLSRPTDomain example.com
LogFormat "%m %U %s [%{Content-Type}i] [%{User-Agent}i] [%{Expect}i]" request
CustomLog ROOT/access.log request
<VirtualHost *:TLSPORT>
    ServerName localhost
    SSLEngine on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
my $httpd = Httpd->start($CONF, tlsrpt => 1, module => 0, modules => [qw(ssl log_config reqtimeout)], certificate => ['localhost'],
    allow => [$NO_STORE]);

my $logged = 0;
sub logged {
    my $new;
    Httpd::wait_until('the access log', sub { $new = Httpd::slurp($httpd->root . '/access.log', $logged); $new =~ /\n/ });
    $logged += length $new;
    chomp $new;
    return $new;
}

# ---- tlsrpt-reporter: a pipe into curl, and its exit status; it looks at nothing else ----

sub reporter {
    my ($body) = @_;
    local $ENV{CURL_CA_BUNDLE} = $httpd->root . '/ca.pem';
    local $ENV{HOME} = $httpd->root;    # no ~/.curlrc
    local $SIG{ALRM} = sub { die "curl hangs\n" };
    alarm 30;
    my $pid = open2(my $out, my $in, 'curl', '--silent', '--header', 'Content-Type: application/tlsrpt+gzip', '--data-binary', '@-',
        "https://localhost:$httpd->{port}{TLSPORT}/tlsrpt");
    binmode $in;
    print {$in} $body;
    close $in;
    my $answer = join '', <$out>;
    waitpid $pid, 0;
    alarm 0;
    return ($? >> 8, $answer);
}

my $json = report(id => 'reporter');
my $body = gz($json, time - 5);
is unpack('H*', substr $body, 0, 4) . unpack('H*', substr $body, 8, 2), '1f8b080002ff', 'a body as gzip.compress of Python makes it';
is_deeply [reporter($body)], [0, "Stored.\n"], 'tlsrpt-reporter: taken';
like logged(), qr{^POST /tlsrpt 201 \[application/tlsrpt\+gzip\] \[curl/\S+\] \[-\]$}, '... as it sends it, 201';
my ($head, $text) = entry($httpd, sha256_hex($json));
is $text, $json, '... and stored as JSON, under the sum of the JSON';
is_deeply $head, { TLSRPT => 1, Channel => 'https', Trust => 0, Received => $head->{Received}, Source => $head->{Source} },
    '... with what is known of it';
is $head->{Source}, '127.0.0.1', '... the client';
cmp_ok abs(time - $head->{Received}), '<', 60, '... and the time';
is_deeply [reporter(gz($json, time))], [0, "Nothing new.\n"], 'it timed out and sends again, packed anew: not stored twice';
like logged(), qr/ 200 /, '... 200';
is scalar(waiting($httpd)), 1, '... one entry';

my $large = report(id => 'large', bad => 600,
    failures => [map { { 'result-type' => 'validation-failure', 'failed-session-count' => 1,
        'additional-information' => join('', map { sprintf '%08x', rand 2**32 } 1 .. 500) } } 1 .. 600]);
$body = gz($large);
cmp_ok length $body, '>', 1024 * 1024, 'a report over 1 MB, packed';
is_deeply [reporter($body)], [0, "Stored.\n"], '... taken';
like logged(), qr/ 201 .* \[100-continue\]$/, '... after curl asked with Expect: 100-continue';
is +(entry($httpd, sha256_hex($large)))[1], $large, '... whole';

# ---- Stalwart: reqwest ----

sub raw {
    my ($body, @fields) = @_;
    my $answer = $httpd->talk(join("\r\n", 'POST /tlsrpt HTTP/1.1', @fields, '', $body), 'PORT');
    return Httpd::Result->of_http($answer);
}

$json = Httpd::slurp("$FindBin::Bin/../fixtures/tlsrpt/stalwart.json") =~ s/\d{4}-\d\d-\d\dT/day(1) =~ s{T.*}{T}r/ger;
my $packed = gz($json, 0);
my $answer = raw($packed, 'content-type: application/tlsrpt+gzip', 'user-agent: Stalwart/1.0.0', 'accept: */*',
    'host: localhost', 'content-length: ' . length $packed, 'connection: close');
is $answer->code, 201, 'Stalwart: 201';
like logged(), qr{\[application/tlsrpt\+gzip\] \[Stalwart/1\.0\.0\]}, '... as it sends it';
is +(entry($httpd, sha256_hex($json)))[1], $json, '... stored';

# ---- Halon: node-fetch, not packed ----

$json = Httpd::slurp("$FindBin::Bin/../fixtures/tlsrpt/halon.json") =~ s/\d{4}-\d\d-\d\dT/day(1) =~ s{T.*}{T}r/ger;
$answer = raw($json, 'Content-Type: application/tlsrpt+json', 'Content-Length: ' . length $json, 'Accept: */*',
    'User-Agent: node-fetch', 'Accept-Encoding: gzip, deflate, br', 'Connection: close', 'Host: localhost');
is $answer->code, 201, 'Halon: 201';
like logged(), qr{\[application/tlsrpt\+json\] \[node-fetch\]}, '... as it sends it';
is +(entry($httpd, sha256_hex($json)))[1], $json, '... stored';
is scalar(waiting($httpd)), 4, 'four reports in all';

# ---- somebody: gzip, and nothing says so ----

for my $header ('Content-Type: application/octet-stream', 'Content-Type: application/json', 'Content-Type:', 'Content-Encoding: gzip',
    'Content-Type: application/x-www-form-urlencoded') {
    is post($httpd, gz(report(id => $header)), headers => [$header], curl => {})->code, 201, "$header: it is looked at";
}

$httpd->stop;
done_testing;
