# proxies.t - a policy host behind haproxy, and behind a front like Cloudflare's: conf/sites and docs/behind-a-proxy.md
#
# The front is haproxy each time; in the second part it does what such a front does, and what it should not do.

use strict;
use warnings;
use FindBin;
use IO::Socket::UNIX;
use lib "$FindBin::Bin/../lib";
use Debian;
use Httpd;
use Test::More;

my $HOST  = 'mta-sts.example.com';
my $PATH  = '/.well-known/mta-sts.txt';
my $TOKEN = '/.well-known/acme-challenge/token';
my $body  = join '', map { "$_\r\n" } 'version: STSv1', 'mode: testing', 'mx: mail1.example.com', 'mx: mail2.example.com', 'max_age: 86401';
my $LOG   = '/var/log/apache2/error.log';
my $SITE  = '/etc/apache2/sites-available/mta-sts.conf';
my $CFG   = '/etc/haproxy/haproxy.cfg';

my $debian = Debian->enter($HOST, 'www.example.com');
my $page   = Httpd::slurp($debian->doc . '/docs/behind-a-proxy.md');
$debian->start;

# The blocks of the page, in a language.
sub blocks {
    my ($language) = @_;
    my @found;
    while ($page =~ /^( *)```$language\n(.*?)^\1```$/msg) {
        my ($indent, $block) = ($1, $2);
        push @found, $block =~ s/^$indent//mgr;
    }
    return @found;
}

# ---- haproxy ---------------------------------------------------------------------

my $haproxy;

# Starts haproxy, again if it runs, and waits until it knows what it thinks of httpd.
sub haproxy {
    my ($status) = @_;
    $debian->end_of($haproxy) if $haproxy;
    $haproxy = $debian->spawn('haproxy', '-db', '-f', $CFG);
    Httpd::wait_until("haproxy to find httpd $status", sub { state() =~ /^$status/ });
}

# The state of the server, as haproxy says it on its socket: no check has come back as long as it says "UP 1/3".
sub state {
    my $socket = IO::Socket::UNIX->new(Peer => '/run/haproxy/admin.sock') or return '';
    print {$socket} "show stat\n";
    local $/;
    my ($line) = grep { /^\w+,httpd,/ } split /\n/, <$socket> // '';
    my @field = split /,/, $line // '';
    return @field > 36 && $field[36] =~ /^L\d/ ? $field[17] : '';    # check_status is that of a check that has ended
}

# In Debian's part: a check each tenth of a second, where haproxy's own default is two seconds.
sub impatient { return $_[0] =~ s/^defaults\n\K/\tdefault-server inter 100ms\n/mr }

Httpd::spew("/var/www/html$TOKEN", 'token.thumbprint');
Httpd::spew($CFG, impatient(Httpd::slurp($CFG)));
$debian->follow('conf/sites/behind-haproxy.conf',
    after => {
        curl           => sub { is $_[0]->out, $body, 'the policy, from httpd itself' },
        'apachectl -t' => sub { like $_[0]->out, qr/^_mta-sts\.example\.com\. +3600 IN TXT /m, 'the record' },
    });
is $debian->get("http://127.0.0.1:8080$PATH")->code, 404, 'httpd has no policy for another Host';

# The blocks of the page about the certificate: that of ssl-cert, and the one of an ACME client.
my ($snakeoil, $join) = grep { /haproxy\/certs/ } blocks('sh');
is $debian->sh($snakeoil)->status, 0, 'the certificate of ssl-cert for the first minutes';
is sprintf('%o', (stat '/etc/haproxy/certs')[2] & 0777), '700', '... in a folder for root alone';

sub first_certificate {
    haproxy('UP');
    is $debian->get("https://$HOST$PATH")->code, 0, 'nobody trusts that of ssl-cert';
    is $debian->get("http://$HOST$TOKEN")->body, 'token.thumbprint', '... but a challenge is answered';
    my $live = "/etc/letsencrypt/live/$HOST";
    $debian->trusted("$live/fullchain.pem", "$live/privkey.pem", $HOST);
    is $debian->sh($join =~ s/^sudo systemctl reload haproxy\n//mr)->status, 0, 'chain and key in one file';
    haproxy('UP');
}

$debian->follow('conf/sites/haproxy.cfg',
    instead => { 'systemctl reload haproxy' => \&first_certificate },
    after   => {
        'haproxy -c' => sub { is $_[0]->out . $_[0]->err, "Configuration file is valid\n", 'the configuration is valid' },
        curl         => sub { is $_[0]->out, $body, 'the policy, through haproxy' },
    });

subtest 'behind haproxy' => sub {
    is $debian->get("https://$HOST$PATH", '--http2')->body, $body, 'the policy, over HTTP/2';
    my $got = $debian->get("https://$HOST$PATH", qw(-H Accept-Encoding:gzip));
    is $got->body, $body, 'not compressed';
    is scalar($got->header('Content-Type')), 'text/plain; charset=utf-8', 'its type';
    is $debian->get("https://$HOST/")->code, 403, '403 elsewhere';
    $got = $debian->get("http://$HOST$PATH");
    is $got->code . ' ' . $got->header('Location'), "301 https://$HOST$PATH", 'plain HTTP is redirected, by haproxy';
    is $debian->get("http://$HOST$TOKEN")->body, 'token.thumbprint', 'but a challenge is answered';
    is $debian->get("https://$HOST$TOKEN")->body, 'token.thumbprint', 'over HTTPS too';
    is $debian->get("https://$HOST$PATH", qw(--interface 127.0.0.9))->code, 200, 'from another address';
    like Httpd::slurp('/var/log/apache2/other_vhosts_access.log'), qr/^mta-sts\.example\.com:\S+ 127\.0\.0\.9 .*mta-sts\.txt/m, 'which is in the log';
    my $last = (blocks('sh'))[-2];
    my $done = $debian->sh($last);
    is $done->status, 0, 'the questions of the page' or diag $last, $done->err;
    is $done->out, $body x 3, 'have the answer that it promises';
    is $debian->sh((blocks('sh'))[-1])->out,
        ($debian->sh('sudo apachectl -t -D DUMP_MTA_STS')->out =~ /id=([0-9a-f]{32})/)[0] . "\n", 'and the id is that of the record';
};

subtest 'health checks' => sub {
    my ($check) = grep { /httpchk/ } blocks('haproxy');
    my $written = Httpd::slurp($CFG) =~ s/^ *#.*\n//mgr;
    isnt index($written, $check), -1, 'the page and haproxy.cfg have the same' or diag $check;

    my $site = Httpd::slurp($SITE);
    Httpd::spew($SITE, $site =~ s/https:\/\/mta-sts/mta-sts/r);
    is $debian->reload('apachectl graceful')->status, 0, 'without the scheme in ServerName';
    like Httpd::slurp($LOG), qr/MTASTS060: mta-sts\.example\.com/, 'httpd says MTASTS060';
    Httpd::wait_until('haproxy to find httpd down', sub { state() =~ /^DOWN/ });
    is $debian->get("https://$HOST$PATH")->code, 503, 'and haproxy, which finds no policy, that there is nobody';
    is $debian->sh("curl -sf -H 'Host: $HOST' http://127.0.0.1:8080$PATH")->status, 22, 'httpd itself has 404';
    Httpd::spew($SITE, $site);
    is $debian->reload('apachectl graceful')->status, 0, 'with it again';
    Httpd::wait_until('haproxy to find httpd up', sub { state() =~ /^UP/ });
    is $debian->get("https://$HOST$PATH")->body, $body, 'the policy';

    my $cfg = Httpd::slurp($CFG);
    my ($without) = $page =~ /`(option httpchk GET \S+)`/ or die "the page does not show the check without Host\n";
    Httpd::spew($CFG, $cfg =~ s/option httpchk\n/$without\n/r =~ s/^ *http-check send .*\n//mr);
    haproxy('DOWN');
    is $debian->get("https://$HOST$PATH")->code, 503, 'a check without Host finds nobody';
    Httpd::spew($CFG, $cfg);
};

subtest 'the PROXY protocol' => sub {
    my ($server) = grep { /send-proxy/ } blocks('haproxy');
    my ($site)   = grep { /RemoteIPProxyProtocol/ } blocks('apache');
    my ($cfg, $old) = map { Httpd::slurp($_) } $CFG, $SITE;
    Httpd::spew($CFG, $cfg =~ s/^ *option forwardfor\n//mr =~ s/^ *server httpd .*\n/$server/mr);
    Httpd::spew($SITE, $old =~ s/^ *RemoteIP.*\n//mgr =~ s/(?=^<\/VirtualHost>)/$site/mr);
    my $done = $debian->reload('apachectl configtest && apachectl graceful');
    is $done->err, "Syntax OK\n", 'configtest has nothing else to say';
    haproxy('UP');
    is $debian->get("https://$HOST$PATH", qw(--interface 127.0.0.10))->body, $body, 'the policy';
    like Httpd::slurp('/var/log/apache2/other_vhosts_access.log'), qr/^mta-sts\.example\.com:\S+ 127\.0\.0\.10 .*mta-sts\.txt/m, 'the address is in the log';
    isnt $debian->get("http://127.0.0.1:8080$PATH", '-H', "Host: $HOST")->code, 200, 'who does not speak it is not served';
    Httpd::spew($CFG, $cfg);
    Httpd::spew($SITE, $old);
};

subtest 'port 443 is taken' => sub {
    $debian->must(q{sed -i 's/^\(\s*\)#Listen/\1Listen/' /etc/apache2/ports.conf});
    $debian->stop;
    my $done = $debian->sh('apachectl start');
    isnt $done->status, 0, 'httpd does not start beside haproxy, with the Listen lines that Debian has';
    like $done->err, qr/Address already in use/, 'and says what the page says';
    $debian->end_of($haproxy);
    undef $haproxy;
};
like Httpd::slurp("$LOG.1"), qr/resuming normal operations/, 'the log was looked at';
unlike Httpd::slurp("$LOG.1"), qr/exit signal/, 'no child of httpd crashed';

# ---- a front of somebody else --------------------------------------------------------

# The front has an address of its own, which DNS gives to clients; the origin has the other one.
my $FRONT = '127.0.0.2';
$debian->must('a2dissite -q mta-sts; rm /etc/apache2/sites-available/mta-sts.conf');
Httpd::spew('/etc/hosts', Httpd::slurp('/etc/hosts') =~ s/^127\.0\.0\.1 (?=\Q$HOST\E)/$FRONT /mr);
Httpd::spew('/etc/apache2/front-networks.txt', "127.0.0.0/29\n");
$debian->must("openssl req -x509 -days 90 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=origin"
    . " -addext subjectAltName=DNS:$HOST -keyout /etc/ssl/private/origin.key -out /etc/ssl/certs/origin.pem");
$debian->must("sed -i 's/^\\( *\t*\\)Listen \\([0-9]*\\)/\\1Listen 127.0.0.1:\\2/' /etc/apache2/ports.conf");
$debian->start;

# What a front is, with more lines for its frontend, and where the origin is.
sub front {
    my ($more, $origin) = @_;
    my $debians = impatient($debian->haproxy_cfg);
    $origin ||= "127.0.0.1:443 ssl verify required ca-file /etc/ssl/certs/origin.pem sni str($HOST) verifyhost $HOST";
    Httpd::spew($CFG, "$debians\nfrontend front\n    bind $FRONT:443 ssl crt /etc/haproxy/certs/ alpn h2,http/1.1\n"
        . "    http-request set-header CF-Connecting-IP %[src]\n$more    default_backend origin\n"
        . "backend origin\n    server httpd $origin check\n");
    haproxy('UP');
}

$debian->follow('conf/sites/behind-cloudflare.conf',
    after => {
        'apachectl configtest' => sub { front('') },
        curl           => sub { is $_[0]->out, $body, 'the policy, through the front' },
        'apachectl -t' => sub { like $_[0]->out, qr/^_mta-sts\.example\.com\. +3600 IN TXT /m, 'the record' },
    });

subtest 'behind the front' => sub {
    is $debian->get("https://$HOST/")->code, 403, '403 elsewhere';
    # mod_remoteip takes no private address from a front that is not of the house
    $debian->must('ip address add 198.51.100.9/32 dev lo');
    is $debian->get("https://$HOST$PATH", qw(--interface 198.51.100.9))->code, 200, 'from another address';
    my $log = '/var/log/apache2/other_vhosts_access.log';
    like Httpd::slurp($log), qr/^mta-sts\.example\.com:\S+ 198\.51\.100\.9 /m, 'which is in the log';
    is $debian->get("https://$HOST$PATH", '--connect-to', "$HOST:443:127.0.0.1:443")->code, 0, 'the origin is trusted by the front alone';
    is $debian->get("https://$HOST$PATH", '-k', '--connect-to', "$HOST:443:127.0.0.1:443", qw(--interface 127.0.0.99 -H), 'CF-Connecting-IP: 198.51.100.7')->code,
        200, 'who comes to the origin directly gets the policy too';
    unlike Httpd::slurp($log), qr/198\.51\.100\.7/, 'but no address of his own making into the log';
};

subtest 'what must be switched off is found by the questions of the page' => sub {
    my $questions = (blocks('sh'))[-2];
    my %front = (
        'no User-Agent'        => "    http-request deny if !{ req.hdr(User-Agent) -m found }\n",
        'no browser'           => "    http-request deny if !{ req.hdr(User-Agent) -m beg curl }\n",
        'a redirect'           => "    http-request redirect prefix https://www.example.com if { ssl_fc }\n",
        'client certificates'  => "    http-request deny if !{ ssl_c_used }\n",
    );
    for my $name (sort keys %front) {
        front($front{$name});
        isnt $debian->sh($questions)->out, $body x 3, $name;
    }
    front('');
    is $debian->sh($questions)->out, $body x 3, 'none of it: as it should be';
};

subtest 'a front that speaks plain HTTP to the origin' => sub {
    my ($site) = grep { /VirtualHost \*:80/ } blocks('apache');
    Httpd::spew($SITE, $site);
    my $done = $debian->reload('apachectl configtest && apachectl graceful');
    is $done->err, "Syntax OK\n", 'configtest has nothing else to say';
    front('', '127.0.0.1:80');
    is $debian->get("https://$HOST$PATH", '-A', '')->body, $body, 'the policy';
    is $debian->get("https://$HOST/")->code, 403, '403 elsewhere';
};
unlike Httpd::slurp($LOG), qr/\[mta_sts:warn\]|exit signal/, 'the log has no warning of ours, and no crash';

done_testing;
