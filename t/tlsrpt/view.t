# view.t - tlsrpt-status: who may see it, what it says in each form, that no word of a report gets out of its place, pages

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run spew slurp);
use JSON::PP;
use Report;
use Store;
use Test::More;

my $STATUS = 'SetHandler tlsrpt-status';
my $httpd = Httpd->start(<<"CONF",
TLSRPTSpool ROOT/spool
TLSRPTStore sqlite3:ROOT/reports.sqlite3
DocumentRoot ROOT/htdocs
<Directory ROOT/htdocs>
    Require all granted
</Directory>
<VirtualHost *:PORT2>
    ServerName www.example.com
</VirtualHost>
<VirtualHost *:PORT>
    ServerName    https://mta-sts.example.com
    MTASTSEngine  on
    MTASTSMX      mx1.example.com
    MTASTSReportTo mailto:tls\@example.com
    <Location /reports>
        $STATUS
        Require all granted
    </Location>
    <Location /inherited>
        $STATUS
    </Location>
    <Location />
        Require all granted
    </Location>
    <Location /refused>
        $STATUS
        Require all denied
    </Location>
</VirtualHost>
<Directory ROOT/htdocs/folder>
    $STATUS
    Require all granted
</Directory>
CONF
    tlsrpt => 1, modules => ['watchdog'], files => { 'htdocs/x' => '', 'htdocs/folder/x' => '' },
    expect => [qr/TLSRPT090: /, qr/AH01630: .*refused/], allow => [qr/TLSRPT0(?:30|31|40|51): /]);

my $HOST = 'mta-sts.example.com';
my $HTML = 'Accept: text/html';
sub get { my ($path, @more) = @_; return $httpd->get($HOST, $path, @more) }

subtest 'Nobody sees it of whom Require did not say so in the same section' => sub {
    for my $path ('/inherited', '/inherited?format=json', '/inherited?domain=example.com') {
        my $got = get($path);
        is $got->code, 403, "$path: 403";
        like $got->body, qr/Require/, '... and says what to write';
        is $got->header('Cache-Control'), 'no-store', '... and is not kept';
    }
    is get('/refused')->code, 403, 'Require that refuses: 403';
    isnt get('/reports')->code, 403, 'Require that grants: not 403';
    isnt $httpd->get('www.example.com', '/folder/x', port => 'PORT2')->code, 403, '... in a <Directory> too';
    is $httpd->get('www.example.com', '/x', port => 'PORT2')->code, 200, 'and a file beside it is only a file';
};

subtest 'A store that is not there is no page without reports' => sub {
    my $got = get('/reports', headers => [$HTML]);
    is $got->code, 503, 'Service Unavailable';
    like $got->body, qr/nothing is lost/, 'it says that nothing is lost';
    is $got->header('Retry-After'), 60, 'Retry-After';
    unlike $got->body, qr/sqlite/, 'nothing of where the store is';
};

# ---- reports ----

my $store = Store->new($httpd->root);
my $EVIL = q{<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;};
my @policy = (policy => { 'policy-type' => 'sts', 'policy-domain' => 'example.com',
    'policy-string' => ['version: STSv1', 'mode: testing', 'mx: mx1.example.com', 'max_age: 86401'], 'mx-host' => ['mx1.example.com'] });
sub daily {
    my ($who, $ago, $good, $bad, @details) = @_;
    my %failures = @details ? ('failure-details' => \@details) : ();
    return report(id => "$who-$ago", org => "Org <b>$who</b>", contact => "tls\@$who", start => day($ago), end => day($ago, '23:59:59'),
        policies => [{ @policy, summary => { 'total-successful-session-count' => $good, 'total-failure-session-count' => $bad }, %failures }]);
}
$store->add(trust => 2, channel => 'mail', reports => [map { (daily('a.example', $_, 20, 0), daily('b.example', $_, 7, 0)) } 1 .. 20]);
$store->add(trust => 0, channel => 'mail', reports => [daily('unsigned.example', 2, 0, 99)]);
$store->add(trust => 0, channel => 'https', reports => [daily('evil.example', 3, 1, 3,
    { 'result-type' => $EVIL, 'failed-session-count' => 1, 'receiving-mx-hostname' => $EVIL, 'failure-reason-code' => $EVIL,
        'receiving-ip' => '192.0.2.9', 'additional-information' => "javascript:alert(3)" },
    { 'result-type' => 'certificate-expired', 'failed-session-count' => 2, 'receiving-mx-hostname' => 'mx1.example.com',
        'failure-reason-code' => "CERT_HAS_EXPIRED $EVIL" })]);
$store->add(trust => 2, channel => 'mail', reports => [map { report(id => "d$_", domain => sprintf 'd%03d.example.net', $_) } 1 .. 60]);

my $json = JSON::PP->new->utf8;
subtest 'JSON: the numbers and the verdict' => sub {
    my $got = get('/reports?domain=example.com&format=json');
    is $got->code, 200, 'OK';
    is $got->header('Content-Type'), 'application/json', 'its type';
    my $is = $json->decode($got->body);
    is $is->{format}, 1, 'format 1';
    is $is->{sessions}, 20 * 27 + 4, 'sessions';
    is $is->{failed}, 3, 'failed: also by those who are not verified';
    is $is->{uncounted}, 1, 'a mail without DKIM is told, and not counted';
    is $is->{verdict}{name}, 'ready', 'which decide nothing';
    is $is->{verdict}{evidence}{reporters}, 2, 'evidence: the verified reporters';
    is $is->{verdict}{evidence}{clean_days}, 20, '... and their clean days';
    is $is->{policy}{mode}, 'testing', 'the policy served now';
    is $is->{seen}[0]{differs}, '', '... is the one that reporters saw';
    is_deeply [map { $_->{result_type} } @{ $is->{causes} }], ['certificate-expired', 'other'], 'the causes';
    is scalar @{ $is->{days} }, 20, 'the days';
    is_deeply [map { $_->{trust} } @{ $is->{reporters} }], [2, 2, 0], 'the trust of each reporter';
    is get('/reports?domain=example.com', headers => ['Accept: application/json'])->body, $got->body, 'by Accept too';
};

subtest 'HTML: valid, nothing of a stranger in it, nothing loaded' => sub {
    for my $path ('/reports?domain=example.com', '/reports?domain=example.com&days=365', '/reports', '/reports?domain=never.example',
        '/reports?days=0', '/inherited') {
        my $got = get($path, headers => [$HTML]);
        is $got->header('Content-Type'), 'text/html; charset=utf-8', "$path: HTML";
        like $got->header('Content-Security-Policy'), qr{^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$}, '... its security policy';
        is $got->header('X-Content-Type-Options'), 'nosniff', '... nosniff';
        is $got->header('Referrer-Policy'), 'no-referrer', '... no-referrer';
        is $got->header('Cache-Control'), 'no-store', '... no-store';
        unlike $got->body, qr/<(?:script|img|iframe|link|object|b>[ab]\.)|<[^>]*(?:\son\w+=|javascript:|\sstyle=)/i, '... no script, no picture, no style in an element';
        my $file = $httpd->root . '/page.html';
        spew($file, $got->body);
        my $tidy = run('tidy', '-quiet', '-errors', '--show-warnings', 'yes', '--mute', 'PROPRIETARY_ATTRIBUTE', $file);
        is $tidy->err, '', '... tidy has nothing to say';
    }
    my $page = get('/reports?domain=example.com', headers => [$HTML])->body;
    like $page, qr/Ready for enforce/, 'the verdict';
    like $page, qr/&lt;script&gt;alert\(1\)&lt;\/script&gt;/, "a stranger's text is shown as text";
    cmp_ok index($page, 'id="verdict"'), '<', index($page, '<figure>'), 'the verdict stands first';
    like $page, qr/<title id="plot-title-wide">.*<desc id="plot-text-wide">[^<]*3 failed/s, 'the plot has a title and a description';
    like $page, qr/openssl s_client/, 'advice has a command';
    my ($style) = $page =~ m{<style>(.*?)</style>}s;
    my $hash = Digest::SHA::sha256_base64($style) . '=';
    like get('/reports', headers => [$HTML])->header('Content-Security-Policy'), qr/\Q$hash\E/, 'the hash is that of the style';
};

subtest 'Pages' => sub {
    my $first = $json->decode(get('/reports?format=json')->body);
    is scalar @{ $first->{domains} }, 50, '50 domains on a page';
    is $first->{next}, $first->{domains}[-1]{domain}, 'the next one begins behind the last';
    my $second = $json->decode(get("/reports?format=json&after=$first->{next}")->body);
    is scalar @{ $second->{domains} }, 11, 'the rest';
    is $second->{next}, undef, '... is the last page';
    is $second->{domains}[-1]{domain}, 'example.com', '... to the last name';
    is_deeply [map { $_->{domain} } @{ $first->{failing} }], ['example.com'], 'those with failures';
    my $part = $json->decode(get('/reports?format=json&prefix=D05')->body);
    is scalar @{ $part->{domains} }, 10, 'by the beginning of the name';
    like get('/reports', headers => [$HTML])->body, qr{href="\?prefix=&amp;days=30&amp;after=\Q$first->{next}\E"}, 'a link to the next page';
};

subtest 'OpenMetrics, read by a parser of it' => sub {
    my $parser = <<'PYTHON';
import sys
sys.path.insert(0, sys.argv[1])
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(open(sys.argv[2]).read()):
    for s in family.samples:
        print(family.type, s.name, ",".join("%s=%s" % i for i in sorted(s.labels.items())), s.value)
PYTHON
    my $tools = "$FindBin::Bin/../../build/tools/root/usr/lib/python3/dist-packages";
    my $read = sub {
        my $got = get($_[0]);
        like $got->header('Content-Type'), qr{^application/openmetrics-text; version=1\.0\.0; charset=utf-8$}, "$_[0]: its type";
        like $got->body, qr/\n# EOF\n\z/, '... its end';
        spew($httpd->root . '/metrics', $got->body);
        my $done = run('python3', '-c', $parser, $tools, $httpd->root . '/metrics');
        is $done->err, '', '... the parser has nothing to say';
        return $done->out;
    };
    my $all = $read->('/reports?format=metrics');
    like $all, qr/^gauge tlsrpt_reports channel=mail,trust=2 100$/m, 'reports by channel and trust';
    like $all, qr/^gauge tlsrpt_sessions policy_type=sts,result=ok 27$/m, 'sessions of two days ago';
    unlike $all, qr/example\.com/, 'no policy domain in it';
    my $one = $read->('/reports?format=metrics&domain=example.com');
    like $one, qr/^gauge tlsrpt_domain_sessions domain=example\.com,result=failed 3$/m, 'sessions of a domain';
    like $one, qr/^stateset tlsrpt_domain_verdict domain=example\.com,tlsrpt_domain_verdict=ready 1$/m, 'its verdict';
    like $one, qr/^gauge tlsrpt_domain_failures domain=example\.com,result_type=other 1$/m, 'its causes';
};

subtest 'Parameters' => sub {
    is get("/reports?$_")->code, 400, "$_: 400" for 'days=0', 'days=401', 'days=x', 'days=1&days=2', 'x=1', 'format=xml', 'domain=a',
        'domain=%00', "prefix=%27", 'domain=example.com&after=x', 'days', 'prefix=' . 'a' x 254, 'domain=%zz';
    is get('/reports?domain=example.com&days=400')->code, 200, 'days=400: 200';
    my $post = get('/reports', method => 'POST', data => 'x');
    is $post->code, 405, 'POST: 405';
    like $post->header('Allow'), qr/GET/, '... Allow';
    is get('/reports', method => 'HEAD')->code, 200, 'HEAD: 200';
    unlike get('/reports?x=%3Cscript%3E')->body, qr/<script>/, 'nothing of the query comes back';
};

$httpd->stop;
done_testing;
