# access.t - nobody sees the status page unless a Require in the section of its SetHandler itself lets him

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run);
use Page;
use Report;
use Store;
use Test::More;

# What the section holds beside SetHandler, and what is answered.
my @sections = (
    refused => {
        nothing        => '',
        merging        => 'AuthMerging And',
        merging_or     => 'AuthMerging Or',
        merging_off    => 'AuthMerging Off',
        forbidden      => 'AuthzSendForbiddenOnFailure On',
        denied         => 'Require all denied',
        elsewhere      => 'Require ip 192.0.2.1',
        other_method   => "<Limit POST>\nRequire all granted\n</Limit>",
        satisfy        => "Satisfy Any",
        satisfy_allow  => "Satisfy Any\nAllow from all",
        satisfy_any    => "Satisfy Any\nAllow from all\nRequire ip 192.0.2.1",
        allow          => "Order allow,deny\nAllow from all",
        nobody         => "AuthType Basic\nAuthName x\nAuthUserFile ROOT/users\nRequire user nobody",
        anonymous      => "AuthType Basic\nAuthName x\nAuthUserFile ROOT/users\nRequire valid-user",
        anonymous_any  => "AuthType Basic\nAuthName x\nAuthUserFile ROOT/users\nSatisfy Any\nAllow from all\nRequire valid-user",
        merged_denied  => "AuthMerging Or\n<RequireAll>\nRequire all denied\n</RequireAll>",
    },
    shown => {
        granted        => 'Require all granted',
        local          => 'Require local',
        ip             => 'Require ip 127.0.0.1',
        expr           => q{Require expr "%{REQUEST_URI} =~ m#^/expr#"},
        any            => "<RequireAny>\nRequire ip 192.0.2.1\nRequire local\n</RequireAny>",
        all            => "<RequireAll>\nRequire all granted\nRequire not ip 192.0.2.1\n</RequireAll>",
        merged         => "AuthMerging And\nRequire local",
        this_method    => "<Limit GET>\nRequire all granted\n</Limit>",
        inherited_file => "Require user reader",
    },
);

my ($conf, %promised) = ('');
while (my ($what, $sections) = splice @sections, 0, 2) {
    for my $name (sort keys %$sections) {
        $promised{$name} = $what;
        $conf .= "<Location /$name>\nSetHandler tlsrpt-status\n$sections->{$name}\n</Location>\n";
    }
}
my $htpasswd = run('openssl', 'passwd', '-apr1', 'secret')->out;
my $httpd = Httpd->start(<<"CONF",
TLSRPTSpool ROOT/spool
TLSRPTStore sqlite3:ROOT/reports.sqlite3
DocumentRoot ROOT/htdocs
# said of everything, and so of no page
<Location />
    Require all granted
</Location>
<Location /inherited_file>
    AuthType Basic
    AuthName x
    AuthUserFile ROOT/users
</Location>
$conf
@{[Page::block('tlsrpt-status.md', 'status-local')]}
# by an expression; a later section; a rewrite rule; a type
<Location /by-expression>
    SetHandler "tlsrpt-%{req:X-Word}"
    Require all granted
</Location>
<Location /wider>
    SetHandler tlsrpt-status
    Require ip 192.0.2.1
</Location>
<LocationMatch "^/wider">
    Require all granted
</LocationMatch>
<Location /narrower>
    SetHandler tlsrpt-status
    Require all granted
</Location>
<LocationMatch "^/narrower">
    Require all denied
</LocationMatch>
<Location /parent>
    AuthMerging Off
    Require all granted
</Location>
<Location /parent/page>
    SetHandler tlsrpt-status
    AuthMerging Off
</Location>
<Location /rewritten>
    SetHandler x
    Require all granted
    RewriteEngine on
    RewriteRule . - [H=tlsrpt-status]
</Location>
<Directory ROOT/htdocs>
    AddHandler tlsrpt-status .status
    AllowOverride All
    Require all granted
</Directory>
<If "%{REQUEST_URI} == '/if'">
    SetHandler tlsrpt-status
    Require all granted
</If>
CONF
    tlsrpt => 1, module => 0, modules => [qw(watchdog access_compat authz_host authz_user authn_core authn_file auth_basic rewrite mime)],
    files  => { users => "reader:$htpasswd", 'htdocs/x.status' => '', 'htdocs/if' => '', 'htdocs/folder/page' => '',
        'htdocs/folder/.htaccess' => "SetHandler tlsrpt-status\nRequire all granted\n" },
    allow  => [qr/TLSRPT0(?:30|31|40|51): /, qr/AH016(?:29|30|31): /]);
my $store = Store->new($httpd->root);
$store->add(trust => 2, channel => 'mail', reports => [report(id => 1)]);

sub page { my ($path, @more) = @_; return $httpd->get('localhost', $path, @more) }
my @READER = (curl => ['--user', 'reader:secret']);
my $SHOWN = qr/"domains"/;

is page('/tls-reports?format=json')->code, 200, 'as in the manual: shown';
for my $name (sort keys %promised) {
    my $got = page("/$name?format=json", $name eq 'inherited_file' || $name eq 'nobody' ? @READER : ());
    if ($promised{$name} eq 'shown') {
        is $got->code, 200, "$name: shown" or diag $got->body;
        like $got->body, $SHOWN, '... with reports';
    }
    else {
        like $got->code, qr/^40[13]$/, "$name: refused";
        unlike $got->body, $SHOWN, '... without a word of the reports';
    }
}
is page('/anonymous?format=json', @READER)->code, 200, 'valid-user, who has a password: shown';
is page('/anonymous_any?format=json', @READER)->code, 403, '... not beside Satisfy Any, by which nobody asks for it';

is page('/by-expression?format=json', headers => ['X-Word: status'])->code, 200, 'SetHandler by an expression, beside Require: shown';
is page("/$_?format=json")->code, 403, "/$_: refused" or diag page("/$_?format=json")->body for qw(wider narrower parent/page rewritten x.status if folder/page);
$httpd->stop;

for my $empty (qw(All Any None)) {
    my $done = Httpd->configtest("<Location /x>\nSetHandler tlsrpt-status\n<Require$empty>\n</Require$empty>\n</Location>\n", tlsrpt => 1, module => 0, modules => ['watchdog']);
    like $done->err, qr/contains no authorization directives|contains only negative authorization/, "httpd itself refuses an empty <Require$empty>" or diag $done->err;
}

done_testing;
