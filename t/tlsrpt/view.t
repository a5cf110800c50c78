# view.t - tlsrpt-status: who may see it, what it says in each form, that no word of a report gets out of its place, pages

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run spew slurp);
use JSON::PP;
use OpenMetrics;
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
    ServerAlias   mta-sts.served.example.net
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
    like $got->body, qr/No reports wait in the spool/, '... how many reports wait';
    my $json = decode_json(get('/reports?format=json')->body);
    is_deeply [sort keys %$json], [qw(error format receiver spool)], 'JSON: why, and how reports come in';
    for my $query ('format=metrics', 'format=metrics&domain=example.com') {
        my $metrics = get("/reports?$query");
        is $metrics->code, 200, "$query: 200, so that monitoring sees it";
        like $metrics->body, qr/^tlsrpt_store_up 0$/m, '... that it is away';
        like $metrics->body, qr/^tlsrpt_requests_total\{result="received"\} 0$/m, '... and the counters';
        unlike $metrics->body, qr/^tlsrpt_(?:sessions|reports)/m, '... and nothing that only it knows';
    }
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
# Beside verified ones, and about a domain of which nobody else speaks.
my $evil = daily('evil.example', 3, 1, 3,
    { 'result-type' => $EVIL, 'failed-session-count' => 1, 'receiving-mx-hostname' => $EVIL, 'failure-reason-code' => $EVIL,
        'receiving-ip' => '192.0.2.9', 'additional-information' => "javascript:alert(3)" },
    { 'result-type' => 'certificate-expired', 'failed-session-count' => 2, 'receiving-mx-hostname' => 'mx1.example.com',
        'failure-reason-code' => "CERT_HAS_EXPIRED $EVIL" });
$store->add(trust => 0, channel => 'https', reports => [$evil, $evil =~ s/"policy-domain":"example\.com"/"policy-domain":"evil.example.net"/r]);
$store->add(trust => 2, channel => 'mail', reports => [map { report(id => "d$_", domain => sprintf 'd%03d.example.net', $_) } 1 .. 60]);
# One that nobody verified, with the largest numbers that there are; and domains about which nobody else says anything.
my $HUGE = 2**53;
sub huge { my ($domain, $ago) = @_; return report(id => "huge-$domain-$ago", contact => 'a@stranger.example', start => day($ago), end => day($ago, '23:59:59'), domain => $domain,
    good => 0, bad => 0 + $HUGE, failures => [{ 'result-type' => 'dnssec-invalid', 'failed-session-count' => 0 + $HUGE }]) }
$store->add(trust => 0, channel => 'https', reports => [huge('example.com', 2), huge('d001.example.net', 1), huge('z.example.net', 4),
    map { report(id => "z$_", contact => 'a@z.example', start => day($_), end => day($_, '23:59:59'), domain => 'z.example.net', good => 20 + $_) } 1 .. 9]);
$store->add(trust => 2, channel => 'mail', reports => [report(id => 'host', domain => 'host.example.net', good => 9, bad => 1,
    failures => [{ 'result-type' => 'sts-webpki-invalid', 'failed-session-count' => 1, 'failure-reason-code' => 'HTTP 404' }]),
    report(id => 'elsewhere', domain => 'served.example.net', good => 9, bad => 1,
    failures => [{ 'result-type' => 'certificate-expired', 'failed-session-count' => 1, 'receiving-mx-hostname' => 'elsewhere.example.org' }])]);

my $json = JSON::PP->new->utf8;
subtest 'JSON: the numbers and the verdict' => sub {
    my $got = get('/reports?domain=example.com&format=json');
    is $got->code, 200, 'OK';
    is $got->header('Content-Type'), 'application/json', 'its type';
    my $is = $json->decode($got->body);
    is $is->{format}, 1, 'format 1';
    is $is->{sessions}, 20 * 27, 'sessions: those of verified reports';
    is $is->{failed}, 0, 'failed: none of them';
    is $is->{level}, 'ok', 'level';
    is_deeply $is->{unverified}, { sessions => 4 + 1e11, failed => 3 + 1e11, no_policy_found => 0, reporter_count => 2, causes => [
        { result_type => 'dnssec-invalid', sessions => 1e11 }, { result_type => 'certificate-expired', sessions => 2 }, { result_type => 'other', sessions => 1 }] },
        'what others say stands beside';
    is $is->{verified}, JSON::PP::true, '... and it says whose figures these are';
    is $is->{uncounted}, 1, 'a mail without DKIM is told, and not counted';
    is $is->{verdict}{name}, 'ready', 'which decide nothing';
    is $is->{verdict}{evidence}{reporters}, 2, 'evidence: the verified reporters';
    is $is->{verdict}{evidence}{clean_days}, 20, '... and their clean days';
    is $is->{policy}{mode}, 'testing', 'the policy served now';
    is $is->{seen}[0]{differs}, '', '... is the one that reporters saw';
    is_deeply $is->{causes}, [], 'no cause';
    is scalar @{ $is->{days} }, 20, 'the days';
    is_deeply [map { $_->{trust} } @{ $is->{reporters} }], [2, 2, 0, 0], 'the trust of each reporter';
    is_deeply [map { $_->{verified} ? 1 : 0 } @{ $is->{reporters} }], [1, 1, 0, 0], '... and whether that is verified';
    is get('/reports?domain=example.com', headers => ['Accept: application/json'])->body, $got->body, 'by Accept too';
    $is = $json->decode(get('/reports?domain=z.example.net&format=json')->body);
    is $is->{verified}, JSON::PP::false, 'without a verified report';
    is $is->{failed}, 1e11, '... what anybody says is shown';
    is $is->{causes}[0]{result_type}, 'dnssec-invalid', '... and why';
    is $is->{unverified}{reporter_count}, 0, '... and nothing beside';
};

subtest 'HTML: valid, nothing of a stranger in it, nothing loaded' => sub {
    for my $path ('/reports?domain=example.com', '/reports?domain=example.com&days=365', '/reports?domain=z.example.net', '/reports?domain=evil.example.net', '/reports?domain=host.example.net', '/reports', '/reports?domain=never.example',
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
    like $page, qr{id="unverified"><p><span class="tag wait">unverified</span> 100,000,000,004 more sessions, 100,000,000,003 failed, by 2 reporters}, 'what nobody verified';
    like $page, qr{Sessions<b>540</b><small>verified</small>}, '... and whose figures these are';
    unlike $page, qr{class="cut"}, '... in which no bar is cut';
    unlike $page, qr{id="causes"}, '... nor is a cause among them';
    like $page, qr{href="\?days=30">All policy domains}, 'a link to the list keeps the days';
    my $alone = get('/reports?domain=z.example.net&days=14', headers => [$HTML])->body;
    like $alone, qr{id="unverified"><p><span class="tag wait">unverified</span> No report of these days was verified}, 'unverified reports alone are marked';
    like $alone, qr{class="cut".*1 bar is far higher than the others, and cut}s, '... the bar that flattens all others is cut';
    like $alone, qr{<text [^>]*>50</text>}, '... and the axis is that of the others';
    my $policy_host = get('/reports?domain=host.example.net', headers => [$HTML])->body;
    like $policy_host, qr{id="causes".*<th scope="row">mta-sts\.host\.example\.net</th>.*id="mx".*<th scope="row">mta-sts\.host\.example\.net</th>\s*<td[^>]*>policy host<}s, 'a failure at the policy host names it';
    unlike $policy_host, qr/not said/, '... and nobody else';
    for my $text ($policy_host, get('/reports?domain=host.example.net&format=json')->body) {
        like $text, qr/Give the virtual host of mta-sts\.host\.example\.net a certificate/, 'advice has the name of the domain';
        unlike $text, qr/DOMAIN/, '... and not the word for it';
    }
    like $policy_host, qr/Check that mta-sts\.host\.example\.net is answered/, '... also for the reason given';
    my $elsewhere = get('/reports?domain=served.example.net', headers => [$HTML])->body;
    like $elsewhere, qr{<th scope="row">elsewhere\.example\.org</th>}, 'a host that only a report names is named';
    unlike $elsewhere, qr{<code>[^<]*elsewhere}, '... and in no command';
    like $page, qr/Ready for enforce/, 'the verdict';
    $page = get('/reports?domain=evil.example.net', headers => [$HTML])->body;
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
    is scalar @{ $second->{domains} }, 15, 'the rest';
    is $second->{next}, undef, '... is the last page';
    is $second->{domains}[-1]{domain}, 'z.example.net', '... to the last name';
    is_deeply [map { "$_->{domain} $_->{failed} " . ($_->{verified} ? 'yes' : 'no') } @{ $first->{failing} }],
        ['host.example.net 1 yes', 'served.example.net 1 yes', 'z.example.net 100000000000 no', 'evil.example.net 3 no'], 'those with failures, by verified reports first';
    my $part = $json->decode(get('/reports?format=json&prefix=D05')->body);
    is scalar @{ $part->{domains} }, 10, 'by the beginning of the name';
    my $week = get('/reports?days=7&prefix=h', headers => [$HTML])->body;
    like $week, $_, 'links of the list keep the days' for qr{href="\?domain=host\.example\.net&amp;days=7">}, qr{<input type="hidden" name="days" value="7">}, qr{href="\?prefix=h&amp;days=7&amp;after=&amp;format=json">};
    like get('/reports', headers => [$HTML])->body, qr{href="\?prefix=&amp;days=30&amp;after=\Q$first->{next}\E"}, 'a link to the next page';
};

subtest 'OpenMetrics, read by a parser of it' => sub {
    my $read = sub {
        my $got = get($_[0]);
        like $got->header('Content-Type'), qr{^application/openmetrics-text; version=1\.0\.0; charset=utf-8$}, "$_[0]: its type";
        like $got->body, qr/\n# EOF\n\z/, '... its end';
        my ($lines, $errors) = OpenMetrics::read($got->body);
        is $errors, '', '... the parser has nothing to say';
        return $lines;
    };
    my $all = $read->('/reports?format=metrics');
    like $all, qr/^gauge tlsrpt_reports channel=mail,trust=2 102$/m, 'reports by channel and trust';
    like $all, qr/^gauge tlsrpt_sessions policy_type=sts,result=ok,verified=yes 27$/m, 'sessions of two days ago';
    like $all, qr/^gauge tlsrpt_sessions policy_type=sts,result=failed,verified=no 100000000000$/m, '... by those who are not verified';
    like $all, qr/^gauge tlsrpt_store_up  1$/m, 'the store answers';
    unlike $all, qr/example\.com/, 'no policy domain in it';
    my $one = $read->('/reports?format=metrics&domain=example.com');
    like $one, qr/^gauge tlsrpt_domain_sessions domain=example\.com,result=ok,verified=yes 540$/m, 'sessions of a domain';
    like $one, qr/^gauge tlsrpt_domain_sessions domain=example\.com,result=failed,verified=yes 0$/m, '... those that failed';
    like $one, qr/^gauge tlsrpt_domain_sessions domain=example\.com,result=failed,verified=no 100000000003$/m, '... and what others say of them';
    like $one, qr/^gauge tlsrpt_domain_reporters domain=example\.com,verified=yes 2$/m, 'its reporters';
    like $one, qr/^gauge tlsrpt_domain_reporters domain=example\.com,verified=no 2$/m, '... and others';
    like $read->('/reports?format=metrics&domain=z.example.net'), qr/^gauge tlsrpt_domain_sessions domain=z\.example\.net,result=ok,verified=yes 0$/m, 'a domain without verified reports has none';
    like $one, qr/^stateset tlsrpt_domain_verdict domain=example\.com,tlsrpt_domain_verdict=ready 1$/m, 'its verdict';
    like $one, qr/^gauge tlsrpt_domain_failures domain=example\.com,result_type=other,verified=no 1$/m, 'its causes';
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
