# view-elsewhere.t - tlsrpt-status of a domain whose policy another server has: by the policy that reporters saw

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run);
use JSON::PP;
use Report;
use Store;
use Test::More;

my $httpd = Httpd->start(<<'CONF', tlsrpt => 1, modules => ['watchdog'], allow => [qr/TLSRPT0(?:30|31|40|50|51): /]);
TLSRPTSpool  ROOT/spool
TLSRPTStore  sqlite3:ROOT/reports.sqlite3
TLSRPTDomain elsewhere.example silent.example
<VirtualHost *:PORT>
    ServerName     https://mta-sts.example.com
    MTASTSEngine   on
    MTASTSMX       mx1.example.com
    MTASTSReportTo mailto:tls@example.com
    <Location /reports>
        SetHandler tlsrpt-status
        Require all granted
    </Location>
</VirtualHost>
CONF

# 20 clean days of two reporters; each says of the policy what it is given.
sub clean {
    my ($domain, @policy) = @_;
    return map { my $who = $_; map { report(id => "$domain-$who-$_", contact => "tls\@$who", start => day($_), end => day($_, '23:59:59'), policies => [{
        policy => { 'policy-type' => 'sts', 'policy-domain' => $domain, @policy },
        summary => { 'total-successful-session-count' => 9, 'total-failure-session-count' => 0 } }]) } 1 .. 20 } 'a.example', 'b.example';
}
my $store = Store->new($httpd->root);
$store->add(trust => 2, channel => 'mail', reports => [
    clean('elsewhere.example', 'policy-string' => ['version: STSv1', 'mode: testing', 'mx: mx1.example.net', 'mx: mx2.example.net', 'max_age: 86401'], 'mx-host' => ['mx1.example.net']),
    clean('nopatterns.example', 'policy-string' => ['version: STSv1', 'mode: testing']),
    clean('silent.example')]);

my $json = JSON::PP->new->utf8;
sub page { return $httpd->get('mta-sts.example.com', "/reports?domain=$_[0]", headers => ['Accept: text/html'])->body }
sub is_of { return $json->decode($httpd->get('mta-sts.example.com', "/reports?domain=$_[0]&format=json")->body) }
sub need { my ($is, $name) = @_; return (grep { $_->{name} eq $name } @{ $is->{verdict}{needs} })[0] }

subtest 'The mode and the mx patterns are those that reporters saw' => sub {
    my $is = is_of('elsewhere.example');
    is $is->{policy}, undef, 'no policy is served';
    is $is->{mode}, 'testing', 'the mode';
    is $is->{verdict}{name}, 'not-ready', 'the verdict';
    is_deeply [map { $_->{name} } grep { !$_->{met} } @{ $is->{verdict}{needs} }], ['mx'], '... lacks the MX that no report names';
    is_deeply [@{ need($is, 'mx') }{qw(have need)}], [1, 2], '... of two';
    like need($is, 'mx')->{text}, qr/the policy that a verified reporter saw last/, '... and says whose patterns these are';
    is is_of('elsewhere.example&days=7')->{verdict}{name}, 'not-ready', 'whatever days are shown';
    is_deeply [map { "$_->{name} $_->{in_policy} $_->{verified}" } @{ $is->{mx} }], ['mx1.example.net 1 1', 'mx2.example.net 1 0'], 'the MX hosts';
    my ($line) = grep { $_->{domain} eq 'elsewhere.example' } @{ $json->decode($httpd->get('mta-sts.example.com', '/reports?format=json')->body)->{domains} };
    is_deeply [@$line{qw(mode verdict verdict_text)}], ['testing', 'not-ready', $is->{verdict}{text}], 'the list says the same';
    my $tool = run(($ENV{MODULE_DIR} || "$FindBin::Bin/../../build") . '/mta-sts', 'report', 'summary', '--json', '--domain=elsewhere.example', '--store=' . $store->where);
    my $said = $json->decode($tool->out)->[0];
    is_deeply [@$said{qw(mode verdict verdict_text)}], ['testing', 'not-ready', $is->{verdict}{text}], '... and the tool';
    my $page = is_of('elsewhere.example&days=14');
    is_deeply delete $said->{verdict_detail}, delete $page->{verdict}, 'the tool has the verdict of the page';
    is_deeply [map { delete $_->{policy_known} } $page, $said], [JSON::PP::true, JSON::PP::false], '... but does not know which policy is served';
    is delete $said->{top_fault}, undef, '... and has what its list has';
    delete @$said{qw(verdict verdict_text)};
    is_deeply $said, $page, '... and else all that the page has';
};

subtest 'Where no patterns are known, nothing is said of them' => sub {
    my $is = is_of('nopatterns.example');
    is $is->{verdict}{name}, 'ready', 'ready';
    like $is->{verdict}{text}, qr/whether each MX was seen is not known here/, '... and says what was not asked';
    is need($is, 'mx')->{met}, undef, 'the need is neither met nor not';
    like page('nopatterns.example'), qr{<li class="none"><svg [^>]*aria-label="not asked">.*?<b>MX hosts</b><span>Not asked: }, '... on the page too';
};

subtest 'Where no report names a mode either, there is no policy' => sub {
    my $is = is_of('silent.example');
    is $is->{mode}, undef, 'no mode';
    is $is->{verdict}{name}, 'no-policy', 'the verdict';
    is $is->{verdict}{text}, 'No policy is served for this domain here, and no report names the mode of one.', '... says so';
    like page('silent.example'), qr{id="policy">The policy</h2>\s*<div class="card">\s*<p>No policy is served for this domain here, and no report of these days shows one\.</p>}, '... and the card of the policy';
};

$httpd->stop;
done_testing;
