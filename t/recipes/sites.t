# sites.t - the sites to start from, on a Debian web server, with the commands that stand in them
#
# What certbot does is done by hand: it puts a pair that clients trust into the virtual host for port 443, and reloads.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Debian;
use Httpd;
use Test::More;

my @HOSTS = map { "mta-sts.example.$_" } qw(com net org);
my $debian = Debian->enter(@HOSTS, qw(example.com www.example.com));
$debian->start;

my $SITE  = '/etc/apache2/sites-available/mta-sts.conf';
my $PATH  = '/.well-known/mta-sts.txt';
my $TOKEN = '/.well-known/acme-challenge/token';
my $LOG   = '/var/log/apache2/error.log';
Httpd::spew("/var/www/html$TOKEN", 'token.thumbprint');

sub policy {
    my ($mode, $max_age, @mx) = @_;
    return join '', map { "$_\r\n" } 'version: STSv1', "mode: $mode", (map { "mx: $_" } @mx), "max_age: $max_age";
}
my @MX      = qw(mail1.example.com mail2.example.com);
my $testing = policy('testing', 86401, @MX);
my $enforce = policy('enforce', 2419200, @MX);

# What certbot does with the virtual host for port 443 of this site.
sub certbot {
    my ($site) = @_;
    return sub {
        my ($command) = @_;
        my @names = $command =~ /-d (\S+)/g;
        my $live = "/etc/letsencrypt/live/$names[0]";
        $debian->trusted("$live/fullchain.pem", "$live/privkey.pem", @names);
        my $text = Httpd::slurp($site);
        $text =~ s{^(\s*SSLCertificateFile\s).*}{$1$live/fullchain.pem}mg or die "$site names no certificate\n";
        $text =~ s{^(\s*SSLCertificateKeyFile\s).*}{$1$live/privkey.pem}mg or die "$site names no key\n";
        Httpd::spew($site, $text);
        is $debian->reload('apachectl graceful')->status, 0, "done by hand: $command";
    };
}

# Takes a site away again; the log has no line of ours at warn but those that are told.
sub leave {
    my ($name, @warnings) = @_;
    my $log = Httpd::slurp($LOG);
    is_deeply [$log =~ /\[mta_sts:(?:warn|error|crit)\] .*?(MTASTS\d+)/g], \@warnings, 'the log has the warnings that belong there';
    unlike $log, qr/exit signal/, 'no child of httpd crashed';
    $debian->stop;
    $debian->must("a2dissite -q $name; a2dismod -q -f mta_sts md remoteip");
    $debian->start;
}

# What each policy host promises, over HTTPS that curl verifies.
sub serves {
    my ($host, $body) = @_;
    my $got = $debian->get("https://$host$PATH");
    is $got->code, 200, "$host: 200";
    is $got->body, $body, "$host: the policy";
    is scalar($got->header('Content-Type')), 'text/plain; charset=utf-8', "$host: its type";
    is $debian->get("https://$host$PATH", qw(-A), '', qw(-H Accept:))->body, $body, "$host: also without User-Agent";
    is $debian->get("https://$host/")->code, 403, "$host: 403 elsewhere";
}

subtest 'one-domain.conf' => sub {
    my $ask = sub {
        is $debian->get("https://$HOSTS[0]$PATH")->code, 0, 'before the certificate: no client trusts it';
        is $debian->get("https://$HOSTS[0]$PATH", '-k')->body, $testing, 'but the policy is there';
        is $debian->get("http://$HOSTS[0]$PATH")->code, 404, 'plain HTTP has none';
    };
    $debian->follow('conf/sites/one-domain.conf',
        instead => { certbot => sub { $ask->(); certbot($SITE)->(@_) } },
        after => {
            curl => sub { is $_[0]->out, $testing, 'the policy' },
            'apachectl -t' => sub { like $_[0]->out, qr/^_mta-sts\.example\.com\. +3600 IN TXT "v=STSv1; id=[0-9a-f]{32};"$/m, 'the record' },
        });
    serves($HOSTS[0], $testing);
    subtest 'policy-host.conf' => \&policy_host;
    leave('mta-sts');
};

# On top of the first site: what a server for policies alone wants.
sub policy_host {
    # to the end of an answer, before which the tickets come
    my $said = sub {
        $debian->sh("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -ign_eof -connect $HOSTS[0]:443 -servername $HOSTS[0] $_[0] 2>&1")->out;
    };
    isnt scalar($debian->get("https://$HOSTS[0]$PATH")->header('Connection')), 'close', 'as Debian has it: the connection is kept';
    like $said->('-tls1_3'), qr/New Session Ticket arrived/, 'and a ticket is sent';
    $debian->follow('conf/policy-host.conf');
    like Httpd::slurp('/etc/apache2/mods-available/ssl.conf'), qr/^#SSLRandomSeed connect/m, 'SSLRandomSeed connect is out';
    unlike Httpd::slurp('/etc/apache2/mods-available/ssl.conf'), qr/^\s*SSLRandomSeed connect/m, '... wherever it stands';
    is scalar($debian->get("https://$HOSTS[0]$PATH")->header('Connection')), 'close', 'the connection is closed';
    my $tls = $said->('-tls1_3');
    unlike $tls, qr/New Session Ticket arrived/, 'no ticket is sent';
    like $tls, qr/Cipher is TLS_AES_128_GCM_SHA256/, 'AES-128';
    is $debian->get("https://$HOSTS[0]$PATH")->body, $testing, 'the policy';
    $debian->must('a2disconf -q policy-host');
}

subtest 'one-domain-mod_md.conf' => sub {
    my $reloads = 0;
    $debian->follow('conf/sites/one-domain-mod_md.conf',
        after => {
            'apachectl configtest' => sub {
                is $debian->get("https://$HOSTS[0]$PATH", '-k')->code, 503, 'before the certificate: 503';
                # what mod_md leaves when it has got a certificate
                $debian->trusted(map({ "/etc/apache2/md/domains/$HOSTS[0]/$_" } qw(pubcert.pem privkey.pem)), $HOSTS[0]);
            },
            curl => sub { is $_[0]->out, $testing, 'with the certificate: the policy' },
            'apachectl -t' => sub { like $_[0]->out, qr/^_mta-sts\.example\.com\. +3600 IN TXT /m, 'the record' },
        });
    serves($HOSTS[0], $testing);
    leave('mta-sts');
};

subtest 'several-domains.conf' => sub {
    my %want = ($HOSTS[0] => $enforce, $HOSTS[1] => $enforce, $HOSTS[2] => policy('testing', 86401, 'mail.example.org'));
    $debian->follow('conf/sites/several-domains.conf',
        instead => { certbot => certbot('/etc/apache2/sites-available/mta-sts.conf') },
        after => {
            curl => sub { my ($done, $command) = @_; my ($host) = $command =~ m{//([^/]+)}; is $done->out, $want{$host}, "the policy of $host" },
            'apachectl -t' => sub { is scalar(() = $_[0]->out =~ /^_mta-sts\./mg), 3, 'three records' },
        });
    serves($_, $want{$_}) for @HOSTS;
    leave('mta-sts');
};

subtest 'existing-site.conf' => sub {
    # the site as it is, before the module
    my $site = '/etc/apache2/sites-available/www.conf';
    my $live = '/etc/letsencrypt/live/www.example.com';
    $debian->trusted("$live/fullchain.pem", "$live/privkey.pem", qw(www.example.com example.com));
    Httpd::spew($site, Httpd::slurp($debian->doc . '/examples/existing-site.conf'));
    $debian->must('a2dissite -q 000-default; a2enmod -q ssl; a2ensite -q www');
    isnt $debian->sh('apachectl configtest')->status, 0, 'without the module httpd refuses the site: nothing goes wrong quietly';
    $debian->follow('conf/sites/existing-site.conf',
        instead => { 'certbot' => certbot($site) },
        after => { 'curl https://mta-sts' => sub { is $_[0]->out, $testing, 'the policy' },
            'curl https://www' => sub { is $_[0]->out, "the web site\n", 'the site' },
            'apachectl -t' => sub { like $_[0]->out, qr/^_mta-sts\.example\.com\. +3600 IN TXT /m, 'the record' } });
    serves($HOSTS[0], $testing);
    my $got = $debian->get('https://example.com/page');
    is $got->code . ' ' . $got->header('Location'), '301 https://www.example.com/page', 'other names are redirected as before';
    $got = $debian->get('http://www.example.com/page');
    is $got->code . ' ' . $got->header('Location'), '301 https://www.example.com/page', 'plain HTTP too';
    is $debian->get("http://$_$TOKEN")->body, 'token.thumbprint', "$_: a challenge is answered" for $HOSTS[0], 'example.com';
    $got = $debian->get("https://www.example.com$PATH");
    is $got->code, 404, 'the site itself has no policy';
    leave('www');
};

done_testing;
