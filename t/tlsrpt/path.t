# path.t - at which paths reports are taken: that of the section, and a policy domain of ours below it; GET says what POST does
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Report;
use Test::More;

my $httpd = Httpd->start(<<'CONF', tlsrpt => 1, module => 0, files => { 'htdocs/dir/inbox.json' => '' }, allow => [$NO_STORE]);
TLSRPTSpool  ROOT/spool
TLSRPTStore  dbd
TLSRPTDomain example.com *.mx.example.net
TLSRPTQuota  none none none
DocumentRoot ROOT/htdocs
<Directory ROOT/htdocs>
    Require all granted
</Directory>
<Location "/of-all">
    SetHandler tlsrpt-receiver
</Location>
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
    <Location "/tls.rpt">
        SetHandler tlsrpt-receiver
    </Location>
    <Location "/slash/">
        SetHandler tlsrpt-receiver
    </Location>
    <Location "/deep/er/reports.example.org">
        SetHandler tlsrpt-receiver
    </Location>
    # which says more of what is below, and is not what brings the handler
    <Location "/tlsrpt/example.com">
        Require all granted
    </Location>
    <Location "/by-expression">
        SetHandler "%{req:X-Handler}"
    </Location>
    # where httpd does not say what the path of the handler is
    <LocationMatch "^/match">
        SetHandler tlsrpt-receiver
    </LocationMatch>
    <LocationMatch "/unanchored">
        SetHandler tlsrpt-receiver
    </LocationMatch>
    <Location "/wild/*">
        SetHandler tlsrpt-receiver
    </Location>
    <Location ~ "^/tilde">
        SetHandler tlsrpt-receiver
    </Location>
    <Directory ROOT/htdocs/dir>
        SetHandler tlsrpt-receiver
    </Directory>
    <If "%{REQUEST_URI} =~ m#^/if#">
        SetHandler tlsrpt-receiver
    </If>
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName localhost
    <Location "/">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF

my $n = 0;
my $expression = 'X-Handler: tlsrpt-receiver';

# What a GET, a HEAD and a POST of a new report get at a path.
sub answers {
    my ($path, $port) = @_;
    my ($get, $head) = map { $httpd->get('localhost', $path, method => $_, port => $port || 'PORT', headers => [$expression]) } 'GET', 'HEAD';
    my $json = report(id => 'r' . $n++);
    my $post = $httpd->talk(join("\r\n", "POST $path HTTP/1.1", 'Host: localhost', $expression, 'Connection: close', 'Content-Length: ' . length $json, '', $json),
        $port || 'PORT');
    return join ' ', $get->code, $head->code, $post =~ m{^HTTP/1\.1 (\d+)};
}
my ($TAKEN, $NOT) = ('200 200 201', '404 404 404');

for my $path ('/tlsrpt', '/tls.rpt', '/deep/er/reports.example.org', '/of-all', '/by-expression') {
    is answers($path), $TAKEN, "$path: the path of the handler, whatever is in it";
    is answers("$path/"), $TAKEN, '... with a slash behind it';
    is answers("$path/example.com"), $TAKEN, '... and a domain of ours';
    is answers("$path/$_"), $TAKEN, "... $_" for 'Example.COM', 'example.com/', 'host.mx.example.net', '%65xample.com';
    is answers("$path/$_"), $NOT, "... $_: not one of ours" for 'example.org', 'exmaple.com', 'www.example.com', 'a.b.mx.example.net', 'token', 'example',
        '192.0.2.1', 'a_b.example.com', 'example.com,example.com';
    is answers("$path/$_"), $NOT, "... $_: more than one segment" for 'x/example.com', 'example.com/example.com', 'example.com/x';
}
is answers('/slash/'), $TAKEN, '/slash/: the path of the handler';
is answers('/slash/example.com'), $TAKEN, '... and a domain of ours';
is answers('/slash/example.org'), $NOT, '... one of others';
is answers('/', 'PORT2'), $TAKEN, '/: the path of the handler';
is answers('/example.com', 'PORT2'), $TAKEN, '... and a domain of ours';
is answers($_, 'PORT2'), $NOT, "... $_" for '/tlsrpt', '/example.org', '/tlsrpt/example.com';

# There the last segment is a domain if it is a name, and anything else is the path of the handler.
for my $path ('/match', '/match/er', '/unanchored', '/un/anchored/unanchored', '/wild', '/tilde', '/dir', '/dir/er', '/if') {
    is answers("$path/token"), $TAKEN, "$path: what is below it is not known";
    is answers("$path/example.com"), $TAKEN, '... and a domain of ours';
    is answers("$path/example.org"), $NOT, '... one of others';
}
is answers('/match'), $TAKEN, 'the path itself';
is answers('/dir/inbox.json'), $NOT, '... which had better have no dot there';

# ---- what is said and counted ----

my $get = $httpd->get('localhost', '/tlsrpt/exmaple.com');
is $get->body, post($httpd, report(), path => '/tlsrpt/exmaple.com')->body, 'GET and POST use the same words';
like $get->body, qr/^No TLS reports are taken at this address\b.*\bTLSRPTDomain\b/s, '... which say what to do';
is $get->header('Content-Type'), 'text/plain; charset=utf-8', '... as text';
my $seen = length $httpd->log;
is $httpd->get('localhost', '/tlsrpt/exmaple.com', method => $_)->code, 404, "$_ ..." for qw(GET HEAD);
is $httpd->log($seen), '', '... is not logged';
post($httpd, report(), path => "/tlsrpt/exmaple%1b%5b31m.com");
like $httpd->log($seen), qr{:notice\].*TLSRPT084: a report was sent to /tlsrpt/exmaple.{1,2}x1b\[31m\.com, where none are taken: what the path ends in is no policy domain},
    'a report that was sent there is, harmlessly';
is scalar(() = $httpd->log($seen) =~ /TLSRPT/g), 1, '... in one line';
$seen = length $httpd->log;
post($httpd, report(), path => '/tlsrpt/' . 'a' x 4000);
like $httpd->log($seen), qr{TLSRPT084: a report was sent to /tlsrpt/a{50,200}, where}, '... cut short';
my $early = $httpd->talk("POST /tlsrpt/exmaple.com HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
like $early, qr{^HTTP/1\.1 404 .*^Connection: close\r$}ms, 'its body is not waited for';

$httpd->stop;
done_testing;
