# coexist-cache.t - mod_cache may sit in front: the policy is asked for anew each time, and a new one is seen at once

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $HOST   = 'mta-sts.example.com';
my $POLICY = '/.well-known/mta-sts.txt';
my $body   = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n";

my $conf = <<'CONF';
MTASTSEngine   on
MTASTSReportTo none
CacheRoot      ROOT/cache
CacheSocache   shmcb:cache(1048576)
CacheIgnoreNoLastMod on
CacheStoreNoStore on
CacheDefaultExpire 86400
CacheMinExpire 3600
CacheHeader    on
DocumentRoot   ROOT/htdocs
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.com
    ServerAlias  www.example.com
    MTASTSMX     mail.example.com
    CacheEnable  disk /
    CacheQuickHandler on
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName   https://mta-sts.example.com
    ServerAlias  www.example.com
    MTASTSMX     mail.example.com
    CacheEnable  socache /
    CacheQuickHandler off
</VirtualHost>
CONF
my $httpd = Httpd->start($conf, modules => [qw(cache cache_disk cache_socache socache_shmcb)],
    files => { 'cache/keep' => '', 'htdocs/long.txt' => "a file\n" x 100 });
chmod 0777, $httpd->root . '/cache';

for my $port (qw(PORT PORT2)) {
    for my $turn (1 .. 3) {
        my $got = $httpd->get($HOST, $POLICY, port => $port);
        is $got->code . $got->body, "200$body", "$port, request $turn: the policy";
        is $got->header('Content-Type'), 'text/plain; charset=utf-8', '... its type';
        is $httpd->get($HOST, '/', port => $port)->code, 403, '... and 403 elsewhere';
    }
    my ($miss, $hit) = map { $httpd->get('www.example.com', '/long.txt', port => $port)->header('X-Cache') } 1, 2;
    like "$miss $hit", qr/MISS.* HIT/, "$port: of another host it serves a file from the cache";
    my $html = $httpd->get($HOST, '/', port => $port, headers => ['Accept: text/html']);
    like $html->header('Content-Type'), qr/html/, "$port: the page in HTML after the page in text";
    my $etag = $httpd->get($HOST, $POLICY, port => $port)->header('ETag');
    is $httpd->get($HOST, $POLICY, port => $port, headers => ["If-None-Match: $etag"])->code, 304, "$port: 304";
}
$conf =~ s/mail\.example\.com/new.example.com/g;
$httpd->reconfigure($conf);
like $httpd->get($HOST, $POLICY, port => $_)->body, qr/mx: new\.example\.com/, "$_: a new policy is seen at once" for qw(PORT PORT2);

$httpd->stop;
done_testing;
