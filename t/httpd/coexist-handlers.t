# coexist-handlers.t - a <Location> that names a handler opens its path, under its own access control, and nothing else

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
MTASTSMX       mail.example.com
MTASTSReportTo none
# for the whole server: opens nothing
SetHandler     default-handler

<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.com
    DocumentRoot ROOT/htdocs
    RewriteEngine on
    RewriteRule  ^ https://www.example.com/ [R,L]
    Redirect     410 /
    Alias        /cgi-bin/ ROOT/cgi-bin/
    <Location /server-status>
        SetHandler server-status
    </Location>
    <Location /closed-status>
        SetHandler server-status
        Require all denied
    </Location>
    <Location /imprint.txt>
        SetHandler default-handler
    </Location>
    <Location /denied.txt>
        SetHandler default-handler
    </Location>
    <Location /cgi>
        SetHandler cgi-script
        Options +ExecCGI
    </Location>
    <Location /nothing>
        SetHandler none
    </Location>
    <Location /.well-known/security.txt>
        SetHandler default-handler
    </Location>
    <LocationMatch "^/match/.*\.txt$">
        SetHandler default-handler
    </LocationMatch>
    <Location /.well-known/mta-sts.txt>
        SetHandler server-status
    </Location>
    <Directory ROOT/htdocs/match>
        Require all denied
    </Directory>
    <Files denied.txt>
        Require all denied
    </Files>
</VirtualHost>
# for the whole vhost, by a file name, by a method: opens nothing either
<VirtualHost *:PORT2>
    ServerName   https://mta-sts.example.com
    DocumentRoot ROOT/htdocs
    SetHandler   server-status
    AddHandler   server-status .txt
    Action       server-status /cgi
    <Directory ROOT/htdocs>
        SetHandler default-handler
    </Directory>
    <FilesMatch "\.txt$">
        SetHandler default-handler
    </FilesMatch>
</VirtualHost>
<VirtualHost *:PORT3>
    ServerName   https://mta-sts.example.com
    DocumentRoot ROOT/htdocs
    <Location /imprint.txt>
        SetHandler "%{reqenv:HANDLER}"
    </Location>
    <Location /by-expression>
        SetHandler "%{req:X-Handler}"
    </Location>
    ProxyPass    / http://127.0.0.1:1/ mapping=encoded
</VirtualHost>
<VirtualHost *:PORT4>
    ServerName   https://mta-sts.example.com
    DocumentRoot ROOT/htdocs
    <If "%{REQUEST_URI} == '/imprint.txt'">
        SetHandler default-handler
    </If>
</VirtualHost>
CONF
$conf =~ s/ mapping=\w+// unless Httpd->at_least('2.4.49');    # mod_proxy knows it since
my $httpd = Httpd->start($conf,
    modules => [qw(status rewrite alias mime actions proxy proxy_http authz_host env), ($ENV{MPM} // '') eq 'prefork' ? 'cgi' : 'cgid'],
    files   => {
        (map { ("htdocs/$_" => "file $_\n") } qw(imprint.txt denied.txt other.txt match/a.txt by-expression nothing
            .well-known/security.txt)),
        'htdocs/cgi' => "#!/bin/sh\necho Content-Type: text/plain\necho\necho \"cgi \$REQUEST_METHOD\"\ncat\n",
    },
    allow => [qr/AH01630: client denied/]);
chmod 0755, $httpd->root . '/htdocs/cgi';

sub get { $httpd->get($HOST, @_) }

like get('/server-status?auto')->body, qr/^Total Accesses|^ServerVersion/m, 'mod_status';
is get('/server-status?auto')->code, 200, '... with its own status';
is get('/closed-status')->code, 403, 'with Require all denied: refused';
unlike get('/closed-status')->body, qr/MTA-STS/, '... by the access control, not by the page';
is get('/imprint.txt')->body, "file imprint.txt\n", 'a file by default-handler, rewrite and redirect rules notwithstanding';
is get('/.well-known/security.txt')->body, "file .well-known/security.txt\n", 'security.txt by default-handler';
is get('/denied.txt')->code, 403, 'a file that <Files> denies: refused';
unlike get('/denied.txt')->body, qr/MTA-STS|file/, '... by the access control, not by the page';
is get('/match/a.txt')->code, 403, 'a file that <Directory> denies: refused';
is get('/match/b')->code, 403, 'a path that the pattern does not match: the page';
is get('/cgi')->body, "cgi GET\n", 'a CGI';
is get('/cgi', method => 'POST', data => 'report')->body, "cgi POST\nreport", 'a CGI takes POST';
is get('/cgi-bin/x')->code, 403, 'an alias opens nothing';
is get($_)->code, 403, "$_: the page" for qw(/ /other.txt /server-statu /server-status/../other.txt /nothing);
like get('/nothing')->body, qr/MTA-STS/, 'SetHandler none opens nothing';
is get($POLICY)->body, $body, 'the policy is no handler of others';
is get('//server-status/?auto')->code, 200, 'the path in another spelling is the same path';

is get($_, port => 'PORT2')->code, 403, "a handler for the whole vhost, for files or folders: $_ is forbidden"
    for qw(/ /other.txt /server-status /imprint.txt /x);
is get($POLICY, port => 'PORT2')->body, $body, '... and the policy is the policy';

is get('/by-expression', port => 'PORT3')->code, 403, 'a handler by expression that comes out empty: the page';
is get('/by-expression', port => 'PORT3', headers => ['X-Handler: none'])->code, 403, '... or none: the page';
is get('/by-expression', port => 'PORT3', headers => ['X-Handler: default-handler'])->body, "file by-expression\n",
    '... or a handler: that one, proxy rules notwithstanding';
is get('/other.txt', port => 'PORT3')->code, 403, '... nothing else';

is get('/other.txt', port => 'PORT4')->code, 403, 'an <If>: other paths stay closed';
is get($POLICY, port => 'PORT4')->body, $body, '... and the policy is the policy';

$httpd->stop;
done_testing;
