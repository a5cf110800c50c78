# screens.pl - see screens.sh

use strict;
use warnings;
use FindBin;
BEGIN { $FindBin::Bin =~ s{/world$}{/tlsrpt} }
use lib "$FindBin::Bin/../lib";
use Chromium;
use Httpd;
use Report;
use Store;
use Test::More;

my $PICTURES = "$FindBin::Bin/../../build/screens";
my $httpd = Httpd->start(<<"CONF", tlsrpt => 1, modules => ['watchdog'], expect => [qr/TLSRPT090: /], allow => [qr/TLSRPT0(?:30|31|40|50|51): /]);
TLSRPTSpool ROOT/spool
TLSRPTStore sqlite3:ROOT/reports.sqlite3
<VirtualHost *:PORT>
    ServerName     https://mta-sts.example.com
    ServerAlias    mta-sts.example.net
    MTASTSEngine   on
    MTASTSMX       mx1.example.com mx2.example.com
    MTASTSReportTo mailto:tls\@example.com
    <Location /reports>
        SetHandler tlsrpt-status
        Require all granted
    </Location>
    <Location /nobody>
        SetHandler tlsrpt-status
    </Location>
</VirtualHost>
CONF

# ---- pictures ----

my $url = 'http://mta-sts.example.com:' . $httpd->port('PORT');
my $browser = Chromium->start;

sub look {
    my %page = @_;
    for my $name (sort keys %page) {
        for my $width (1280, 390) {
            for my $dark (0, 1) {
                my $what = sprintf '%s-%d-%s', $name, $width, $dark ? 'dark' : 'light';
                my $page = $browser->open($url . $page{$name}, width => $width, dark => $dark);
                $browser->picture("$PICTURES/$what.png");
                cmp_ok $page->{width}, '<=', $width, "$what: nothing to scroll sideways";
                is_deeply [grep { !/status of (?:403|404|503)/ } @{ $page->{console} }], [], '... the console is silent';
                is $browser->js('getComputedStyle(document.body).backgroundColor'), $dark ? 'rgb(20, 23, 26)' : 'rgb(246, 246, 243)', '... its style is let through';
            }
        }
    }
}

my $store = Store->new($httpd->root);
look(away => '/reports');
$store->add(trust => 2, channel => 'mail', reports => []);
look(empty => '/reports');

# ---- two months of two domains: failures now and then, weekends, strangers ----

srand 7;
my @MX = ('mx1.example.com', 'mx2.example.com');

sub of_day {
    my ($who, $org, $domain, $ago, $good, $bad, $mode, @details) = @_;
    return report(id => "$who-$domain-$ago", org => $org, contact => "tls\@$who", start => day($ago), end => day($ago, '23:59:59'),
        policies => [{
            policy => { 'policy-type' => 'sts', 'policy-domain' => $domain, 'mx-host' => \@MX,
                'policy-string' => ['version: STSv1', "mode: $mode", (map { "mx: $_" } @MX), 'max_age: 86401'] },
            summary => { 'total-successful-session-count' => $good, 'total-failure-session-count' => $bad },
            @details ? ('failure-details' => \@details) : (),
        }]);
}

my @reports;
for my $ago (1 .. 60) {
    my $share = $ago % 7 < 2 ? .35 : 1;
    my $bad = { 9 => 14, 12 => 14, 13 => 14, 31 => 3 }->{$ago} || 0;
    my $expired = int($bad * .7);
    push @reports, of_day('mail-a.example', 'Example Mail', 'example.com', $ago, int((180 + rand 80) * $share), $bad, 'testing', $bad ? (
        { 'result-type' => 'certificate-expired', 'failed-session-count' => $expired, 'receiving-mx-hostname' => 'mx2.example.com',
            'receiving-ip' => '192.0.2.25', 'failure-reason-code' => 'X509_V_ERR_CERT_HAS_EXPIRED' },
        { 'result-type' => 'starttls-not-supported', 'failed-session-count' => $bad - $expired,
            'receiving-mx-hostname' => 'mx2.example.com', 'receiving-ip' => '2001:db8::25' }) : ());
    push @reports, of_day('big.example', 'Big Provider Inc.', 'example.com', $ago, int((90 + rand 30) * $share), 0, 'testing') if $ago < 40;
    push @reports, of_day('mail-a.example', 'Example Mail', 'example.net', $ago, int(40 * $share + rand 9), 0, 'testing') if $ago < 25;
    push @reports, of_day('big.example', 'Big Provider Inc.', 'example.net', $ago, int(20 * $share + rand 5), 0, 'testing') if $ago < 25;
}
push @reports, map { report(id => "d$_", domain => sprintf('customer%03d.example.edu', $_), good => 3 + $_) } 1 .. 70;

# All kinds of failures at once, and a domain with a long name.
my $LONG = 'a-domain-with-a-name-that-is-as-long-as-a-label-may-be-and-some.of-a-large-organization.example.edu';
my @TYPES = qw(starttls-not-supported certificate-host-mismatch certificate-expired certificate-not-trusted validation-failure
    tlsa-invalid dnssec-invalid dane-required sts-policy-fetch-error sts-policy-invalid sts-webpki-invalid something-of-its-own);
push @reports, map { my $ago = $_; of_day('big.example', 'Big Provider Inc.', 'fails.example.edu', $ago, 1200, 9999 + 7 * $ago, 'enforce', map {
    { 'result-type' => $TYPES[$_], 'failed-session-count' => 900 * (1 + $_), 'receiving-mx-hostname' => "mx$_.fails.example.edu",
        'failure-reason-code' => "reason $_ of the sender" } } 0 .. $#TYPES) } 1 .. 20;
push @reports, map { of_day('mail-a.example', 'Example Mail', $LONG, $_, 3 + $_, 0, 'testing') } 1 .. 9;

push @reports, of_day('mail-a.example', 'Example Mail', 'at.example.edu', 2, 90, 3, 'testing', { 'result-type' => 'sts-policy-fetch-error', 'failed-session-count' => 3,
    'failure-reason-code' => 'HTTP 404, and a page of the web server that has much to say about itself, its version, and whom to ask' });

$store->add(trust => 2, channel => 'mail', reports => \@reports);
my $MOST = 2**53;
# A stranger with the largest numbers that there are: beside verified reports, and alone.
$store->add(trust => 0, channel => 'https', reports => [(map { of_day('stranger.example', 'Stranger', $_, 4, 0, 0 + $MOST, 'testing',
    { 'result-type' => 'dnssec-invalid', 'failed-session-count' => 0 + $MOST, 'receiving-mx-hostname' => 'mx.stranger.example' }) } 'example.com', 'alone.example.edu'),
    map { of_day('somebody.example', 'Somebody', 'alone.example.edu', $_, 20 + 3 * ($_ % 5), $_ % 4 ? 0 : 2, 'testing') } 1 .. 25]);
my $long = 'a-very-long-host-name-of-a-machine-that-nobody-knows.mail-exchangers.example.org';
$store->add(trust => 0, channel => 'https', reports => [of_day('stranger.example', 'Somebody <script>alert(1)</script>', 'example.com', 5, 2, 1,
    'enforce', { 'result-type' => 'validation-failure', 'failed-session-count' => 1, 'receiving-mx-hostname' => $long,
        'failure-reason-code' => '<img src=x onerror=alert(1)> handshake failure https://example.org/' . 'x' x 120 })]);
$store->add(trust => 0, channel => 'mail', reports => [of_day('unsigned.example', 'U', 'example.com', 3, 5, 5, 'testing')]);

look(domain => '/reports?domain=example.com&days=60', ready => '/reports?domain=example.net', list => '/reports',
    year => '/reports?domain=example.com&days=365', nobody => '/nobody', none => '/reports?domain=never.example',
    alone => '/reports?domain=alone.example.edu', fails => '/reports?domain=fails.example.edu', long => "/reports?domain=$LONG",
    second => '/reports?after=customer045.example.edu');

for my $width (1200, 390) {
    $browser->open("$url/reports?domain=at.example.edu", width => $width);
    $browser->picture("$PICTURES/host-$width.png");
    is $browser->js(q{[...document.querySelectorAll('.cause tbody th')].map(th => { const r = document.createRange(); r.selectNodeContents(th);
        return th.textContent + ' ' + new Set([...r.getClientRects()].map(b => b.top)).size }).join()}), 'mta-sts.at.example.edu 1', "$width: the name of a host is in one line";
    $browser->open("$url/reports?domain=example.com", width => $width); # not ready
    $browser->picture("$PICTURES/needs-$width.png");
    is $browser->js(q{[...new Set([...document.querySelectorAll('.needs .yes .icon')].map(i => getComputedStyle(i).color))].join()}), 'rgb(29, 111, 140)',
        '... and the tick of a need that is met has the colour of what is good';
}
$browser->end;
$httpd->stop;
done_testing;
