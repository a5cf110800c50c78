# multi.t - several policy domains: which hosts have a policy, and which of the places that speak of a domain decides

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $POLICY = '/.well-known/mta-sts.txt';

# "mode max_age mx mx..." of the policy that a host serves, else the status
sub policy {
    my ($httpd, $domain, %option) = @_;
    my $got = $httpd->get("mta-sts.$domain", $POLICY, %option);
    return $got->code unless $got->code == 200;
    my $body = $got->body;
    return join ' ', $body =~ /^mode: (.*)\r$/m, $body =~ /^max_age: (.*)\r$/m, $body =~ /^mx: (.*)\r$/mg;
}

subtest 'Names that are spelled out share the plain directives' => sub {
    my $httpd = Httpd->start(<<'CONF', files => { 'htdocs/index.txt' => "a file\n" });
<VirtualHost *:PORT>
    ServerName     https://www.example.com
    ServerAlias    mta-sts.example.com MTA-STS.Example.NET mta-sts.xn--bcher-kva.example
    ServerAlias    mta-sts.example.org mail.example.com
    DocumentRoot   ROOT/htdocs
    MTASTSEngine   on
    MTASTSMX       mail.example.com
    MTASTSReportTo none
</VirtualHost>
CONF
    is policy($httpd, $_), 'testing 86401 mail.example.com', "$_: the policy"
        for qw(example.com example.net xn--bcher-kva.example example.org);
    is $httpd->get('mta-sts.example.net', '/')->code, 403, 'each has its 403 page';
    like $httpd->get('mta-sts.example.net', '/')->body, qr/example\.net/, 'which names its own domain';
    is $httpd->get($_, '/index.txt')->body, "a file\n", "$_, in the same vhost: untouched"
        for qw(www.example.com mail.example.com);
    is $httpd->get('mta-sts.example.edu', '/index.txt')->body, "a file\n", 'a host that no name admits: untouched';
    $httpd->stop;
};

subtest 'Switched on for the whole server' => sub {
    my $httpd = Httpd->start(<<'CONF', files => { map { ("$_/index.txt" => "file of $_\n") } qw(www all) });
MTASTSEngine   on
MTASTSMX       mail.example.com
MTASTSReportTo none

<VirtualHost *:PORT>
    ServerName   https://www.example.com
    DocumentRoot ROOT/www
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.com
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.net
    MTASTSMX     mail.example.net
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.org
    DocumentRoot ROOT/www
    MTASTSEngine off
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://all.example.edu
    ServerAlias  *.example.edu mta-sts.*
    DocumentRoot ROOT/all
</VirtualHost>
CONF
    is policy($httpd, 'example.com'), 'testing 86401 mail.example.com', 'a policy host: the policy of the server';
    is policy($httpd, 'example.net'), 'testing 86401 mail.example.net', 'one with its own mx';
    is policy($httpd, 'example.org'), 404, 'one with the engine off: none';
    is $httpd->get('mta-sts.example.org', '/index.txt')->body, "file of www\n", '... and its files';
    is $httpd->get('www.example.com', '/index.txt')->body, "file of www\n", 'another site: untouched';
    is $httpd->get('www.example.com', $POLICY)->code, 404, '... at the policy path too';
    for my $host (qw(mta-sts.example.edu mta-sts.nobody.example www.example.edu)) {
        is $httpd->get($host, '/index.txt')->body, "file of all\n", "$host, let in by a wildcard of a site: untouched";
        is $httpd->get($host, $POLICY)->code, 404, '... at the policy path too';
    }
    $httpd->stop;
};

subtest 'A wildcard alias admits hosts; a section knows domains' => sub {
    my $httpd = Httpd->start(<<'CONF', files => { 'htdocs/index.txt' => "a file\n" });
<VirtualHost *:PORT>
    ServerName     https://mta-sts.example.com
    ServerAlias    mta-sts.*
    DocumentRoot   ROOT/htdocs
    MTASTSEngine   on
    MTASTSMX       mail.example.com
    MTASTSReportTo none
    <MTASTSDomain example.net Example.ORG.>
        MTASTSMX   mail.example.net
    </MTASTSDomain>
    <MTASTSDomainMatch "^[a-z]+\.CUSTOMERS\.example$">
        MTASTSMX   mail.customers.example
    </MTASTSDomainMatch>
</VirtualHost>
CONF
    is policy($httpd, 'example.com'), 'testing 86401 mail.example.com', 'spelled out: the plain directives';
    is policy($httpd, 'example.net'), 'testing 86401 mail.example.net', 'in a section: the section';
    is policy($httpd, 'example.org'), 'testing 86401 mail.example.net', 'the second name of the section, normalised';
    is policy($httpd, 'alice.customers.example'), 'testing 86401 mail.customers.example', 'a match: that section';
    is policy($httpd, 'bob.customers.example', headers => ['Host: MTA-STS.BOB.customers.example.:443']),
        'testing 86401 mail.customers.example', 'the Host in another spelling matches as well';
    for my $domain ('nobody.example', 'x1.customers.example', 'a.b.customers.example', 'customers.example') {
        is policy($httpd, $domain), 404, "$domain, only let in by the wildcard: no policy";
        is $httpd->get("mta-sts.$domain", '/index.txt')->code, 403, '... and no file either';
        is $httpd->get("mta-sts.$domain", '/.well-known/acme-challenge/x')->code, 404, '... but its challenges are';
    }
    is $httpd->get('mta-sts.example.net', '/')->code, 403, 'a domain of a section has its 403 page';
    is $httpd->get('mta-sts.nobody.example', $POLICY, method => 'POST', data => 'x')->code, 404,
        'POST to a policy that is not there: 404';
    $httpd->stop;
};

subtest 'The place that decides, first to last' => sub {
    my $httpd = Httpd->start(<<'CONF', expect => [qr/MTASTS\d{3}.*(?i:match)/, qr/MTASTS\d{3}.*a\.example/]);
MTASTSReportTo none
<MTASTSDomain a.example b.example c.example>
    MTASTSMX server-section.example
</MTASTSDomain>
<MTASTSDomainMatch "^[a-e]\.example$">
    MTASTSMX server-match.example
</MTASTSDomainMatch>
<MTASTSDomainMatch "example$">
    MTASTSMX server-second-match.example
</MTASTSDomainMatch>
<VirtualHost *:PORT>
    ServerName     https://mta-sts.a.example
    ServerAlias    mta-sts.b.example mta-sts.c.example mta-sts.d.example mta-sts.f.example
    ServerAlias    mta-sts.plain.test mta-sts.*
    MTASTSEngine   on
    MTASTSMX       vhost-plain.example
    <MTASTSDomain a.example>
        MTASTSMX   vhost-section.example
    </MTASTSDomain>
    <MTASTSDomainMatch "^[ab]\.example$">
        MTASTSMX   vhost-match.example
    </MTASTSDomainMatch>
    <MTASTSDomainMatch "^b\.">
        MTASTSMX   vhost-second-match.example
    </MTASTSDomainMatch>
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName     https://mta-sts.plain.test
    ServerAlias    mta-sts.a.example
    MTASTSEngine   on
    MTASTSMX       vhost-plain.example
</VirtualHost>
CONF
    my %mx = (
        'a.example'  => 'vhost-section.example',          # 1
        'b.example'  => 'vhost-match.example',            # 3, the first
        'c.example'  => 'server-section.example',         # 4
        'd.example'  => 'server-match.example',           # 6, over the plain directives
        'e.example'  => 'server-match.example',           # 6, not spelled out
        'f.example'  => 'server-second-match.example',    # 6
        'plain.test' => 'vhost-plain.example',            # 7
    );
    is policy($httpd, $_), "testing 86401 $mx{$_}", "$_: by $mx{$_}" for sort keys %mx;
    is policy($httpd, 'nobody.test'), 404, 'no place speaks of it: no policy';
    is policy($httpd, 'a.example', port => 'PORT2'), 'testing 86401 server-section.example',
        "another vhost does not see the first one's sections";
    $httpd->stop;
};

subtest 'A section inherits from the place where it is written' => sub {
    my $httpd = Httpd->start(<<'CONF');
MTASTSMode     enforce
MTASTSMaxAge   2w
MTASTSMX       mx1.server.example mx2.server.example
MTASTSReportTo none
<MTASTSDomain s1.example>
</MTASTSDomain>
<MTASTSDomain s2.example>
    MTASTSMX   s2.example
    MTASTSMX   backup.s2.example
</MTASTSDomain>
<MTASTSDomain s3.example>
    MTASTSMode   testing
    MTASTSMaxAge 3d
</MTASTSDomain>

<VirtualHost *:PORT>
    ServerName   https://mta-sts.vhost.example
    ServerAlias  mta-sts.*
    MTASTSEngine on
    MTASTSMode   testing
    MTASTSMX     vhost.example
    MTASTSMX     backup.vhost.example
    <MTASTSDomain v1.example>
    </MTASTSDomain>
    <MTASTSDomain v2.example>
        MTASTSMX     v2.example
        MTASTSMaxAge 1w
    </MTASTSDomain>
    <MTASTSDomain v3.example>
        MTASTSMode   enforce
    </MTASTSDomain>
    MTASTSMX     late.vhost.example
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName   https://mta-sts.second.example
    ServerAlias  mta-sts.*
    MTASTSEngine on
</VirtualHost>
CONF
    my $server = 'mx1.server.example mx2.server.example';
    my $vhost  = 'vhost.example backup.vhost.example late.vhost.example';
    is policy($httpd, 's1.example'), "enforce 1209600 $server", 'a section of the server: the values of the server';
    is policy($httpd, 's1.example', port => 'PORT2'), "enforce 1209600 $server", '... in every vhost the same';
    is policy($httpd, 's2.example'), 'enforce 1209600 s2.example backup.s2.example',
        'a list adds up within the section and replaces that from outside';
    is policy($httpd, 's3.example'), "testing 259200 $server", 'the other values replace theirs';
    is policy($httpd, 'vhost.example'), "testing 1209600 $vhost",
        'a vhost: its own values over those of the server, its list instead of that of the server';
    is policy($httpd, 'v1.example'), "testing 1209600 $vhost",
        'a section of the vhost: the values of the vhost, those after it too';
    is policy($httpd, 'v2.example'), 'testing 604800 v2.example', '... and what it says itself';
    is policy($httpd, 'v3.example'), "enforce 1209600 $vhost", '... one by one';
    is policy($httpd, 'v1.example', port => 'PORT2'), 404, "another vhost does not have this one's sections";
    is policy($httpd, 'second.example', port => 'PORT2'), "enforce 1209600 $server",
        'a vhost that says nothing: the values of the server';
    $httpd->stop;
};

subtest 'Not set is not the same as set to the default' => sub {
    my $httpd = Httpd->start(<<'CONF');
MTASTSEngine   on
MTASTSMX       mail.example
MTASTSMode     enforce
MTASTSReportTo none
<VirtualHost *:PORT>
    ServerName   https://mta-sts.unset.example
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.set.example
    MTASTSMode   testing
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.none.example
    MTASTSMode   none
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.long.example
    MTASTSMaxAge 90d
    <MTASTSDomain age.example>
        MTASTSMaxAge 86401
    </MTASTSDomain>
    ServerAlias  mta-sts.age.example
</VirtualHost>
CONF
    $httpd->expect(qr/MTASTS\d{3}.*max_?age/i);
    is policy($httpd, 'unset.example'), 'enforce 2419200 mail.example', 'not set: inherited, and the max_age of its mode';
    is policy($httpd, 'set.example'), 'testing 86401 mail.example', 'set to the default: the default';
    is policy($httpd, 'none.example'), 'none 86401 mail.example', 'mode none has its mx lines, too';
    is policy($httpd, 'long.example'), 'enforce 7776000 mail.example', 'max_age set for the vhost';
    is policy($httpd, 'age.example'), 'enforce 86401 mail.example', 'a section that sets the default value of another mode';
    $httpd->stop;
};

subtest 'A policy id changes the record, not what is served' => sub {
    my $httpd = Httpd->start(<<'CONF');
MTASTSEngine   on
MTASTSMX       mail.example
MTASTSReportTo none
<VirtualHost *:PORT>
    ServerName     https://mta-sts.auto.example
</VirtualHost>
<VirtualHost *:PORT>
    ServerName     https://mta-sts.literal.example
    MTASTSPolicyId 20240101
</VirtualHost>
<VirtualHost *:PORT>
    ServerName     https://mta-sts.salt.example
    MTASTSPolicyId auto 2
</VirtualHost>
CONF
    my ($auto, $literal, $salt) = map { $httpd->get("mta-sts.$_.example", $POLICY) } qw(auto literal salt);
    is $literal->body, $auto->body, 'a literal id: the same body';
    is $literal->header('ETag'), $auto->header('ETag'), 'and the same ETag';
    is $salt->header('ETag'), $auto->header('ETag'), 'a salt: the same ETag';
    like $httpd->log, qr/:notice\].*literal\.example.*20240101/, 'the log names the literal id';
    $httpd->stop;
};

done_testing;
