# coexist-acme.t - certificate renewal works on a policy host: certbot's inserted lines, mod_md, a webroot

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $HOST   = 'mta-sts.example.com';
my $POLICY = '/.well-known/mta-sts.txt';
my $body   = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86401\r\n";

my $ACME = '/.well-known/acme-challenge';

# What certbot 2.1 puts in front of and behind the rest of a vhost, as it writes it: with `Redirect` and without.
my $httpd = Httpd->start(<<'CONF',
MTASTSMX       mail.example.com
MTASTSReportTo none
<Directory />
    Require all denied
</Directory>

<VirtualHost *:PORT>
    Include        ROOT/le_http_01_challenge_pre.conf
    ServerName     https://mta-sts.example.com
    MTASTSEngine   on
    Redirect       permanent / https://www.example.com/
    Include        ROOT/le_http_01_challenge_post.conf
</VirtualHost>
# the same on port 80: plain HTTP, where the module keeps still
<VirtualHost *:PORT2>
    Include        ROOT/le_http_01_challenge_pre.conf
    ServerName     mta-sts.example.com
    MTASTSEngine   on
    RewriteEngine  on
    RewriteRule    ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]
    Include        ROOT/le_http_01_challenge_post.conf
</VirtualHost>
# webroot, where the site sends everything to the web site
<VirtualHost *:PORT3>
    ServerName     https://mta-sts.example.com
    DocumentRoot   ROOT/webroot
    MTASTSEngine   on
    <Directory ROOT/webroot>
        Require all granted
    </Directory>
</VirtualHost>
# webroot by an alias
<VirtualHost *:PORT4>
    ServerName     https://mta-sts.example.com
    MTASTSEngine   on
    Alias          /.well-known/acme-challenge/ ROOT/webroot/.well-known/acme-challenge/
    <Directory ROOT/webroot>
        Require all granted
    </Directory>
</VirtualHost>
CONF
    modules => [qw(rewrite alias)],
    files   => {
        'le_http_01_challenge_pre.conf'  => '',
        'le_http_01_challenge_post.conf' => '',
        'work/http_challenges/token-1_x' => 'token-1_x.thumbprint',
        'webroot/.well-known/acme-challenge/token' => 'token.thumbprint',
    },
    allow => [qr/AH01630: client denied/]);

# These name the work folder, so they are written when that is known.
my $work = $httpd->root . '/work';
Httpd::spew($httpd->root . '/le_http_01_challenge_pre.conf', <<"END");
        RewriteEngine on
        RewriteRule ^/\\.well-known/acme-challenge/([A-Za-z0-9-_=]+)\$ $work/http_challenges/\$1 [END]
END
Httpd::spew($httpd->root . '/le_http_01_challenge_post.conf', <<"END");
        <Directory $work/http_challenges>
            Require all granted
        </Directory>
        <Location /.well-known/acme-challenge>
            Require all granted
        </Location>
END
$httpd->graceful;

is $httpd->get($HOST, "$ACME/token-1_x")->body, 'token-1_x.thumbprint', 'certbot, HTTPS: the token';
is $httpd->get($HOST, "$ACME/token-1_x", port => 'PORT2')->body, 'token-1_x.thumbprint', 'certbot, port 80: the token';
is $httpd->get($HOST, "$ACME/token", port => 'PORT3')->body, 'token.thumbprint', 'webroot: the token';
is $httpd->get($HOST, "$ACME/token", port => 'PORT4')->body, 'token.thumbprint', 'webroot by an alias: the token';
is $httpd->get($HOST, $POLICY, port => $_)->body, $body, "$_: the policy" for qw(PORT PORT3 PORT4);
is $httpd->get($HOST, '/', port => $_)->code, 403, "$_: 403 elsewhere" for qw(PORT PORT3 PORT4);
is $httpd->get($HOST, '/', port => 'PORT2')->code, 301, 'port 80: the redirect to HTTPS is as before';
is $httpd->get($HOST, "$ACME/unknown", port => 'PORT3')->code, 404, 'webroot: no such token';
is $httpd->get($HOST, "$ACME/../../x", port => 'PORT3')->code, 403, 'the way around through the challenge folder is closed';
$httpd->stop('the error log, with certbot');

# mod_md: a token in its store, of a domain that it manages; no ACME server is asked
my $md = Httpd->start(<<'CONF',
MTASTSEngine   on
MTASTSMX       mail.example.com
MTASTSReportTo none
MDStoreDir     ROOT/md
MDCertificateAuthority http://127.0.0.1:1/directory
MDCertificateAgreement accepted
MDContactEmail postmaster@example.com
MDRenewMode    auto
MDCAChallenges http-01
MDPortMap      80:PORT
MDomain        mta-sts.example.com

<VirtualHost *:PORT>
    ServerName   mta-sts.example.com
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName   https://mta-sts.example.com
    DocumentRoot ROOT/webroot
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName   https://mta-sts.example.net
    DocumentRoot ROOT/webroot
</VirtualHost>
CONF
    modules => [qw(md ssl)],
    files   => { 'webroot/.well-known/acme-challenge/by-hand' => 'by-hand.thumbprint' },
    allow   => [qr/\[md:/, qr/\[ssl:/]);
my $challenges = $md->root . '/md/challenges/mta-sts.example.com';
Httpd::spew("$challenges/acme-http-01.txt", 'token.thumbprint');
Httpd::run('chown', '-R', (getpwnam('www-data') ? 'www-data' : 'nobody'), $md->root . '/md/challenges') unless $>;

is $md->get($HOST, "$ACME/token", port => $_)->body, 'token.thumbprint', "mod_md, $_: its token" for qw(PORT PORT2);
is $md->get('mta-sts.example.net', "$ACME/by-hand", port => 'PORT2')->body, 'by-hand.thumbprint',
    'a host that mod_md does not manage: the file from DocumentRoot';
is $md->get($HOST, $POLICY, port => 'PORT2')->body, $body, 'mod_md: the policy';
is $md->get($HOST, '/', port => 'PORT2')->code, 403, 'mod_md: 403 elsewhere';
$md->stop('the error log, with mod_md');

done_testing;
