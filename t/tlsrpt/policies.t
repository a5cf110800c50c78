# policies.t - reports are taken for the policy domains that mod_mta_sts serves, as a sender would find them, and for their MX hosts
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Report;
use Test::More;

my $RECEIVER = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTStore  dbd
TLSRPTQuota  none none none
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
my $POLICIES = <<'CONF';
MTASTSReportTo none
<MTASTSDomain server.example.net>
    MTASTSMX mx.server.example.net
</MTASTSDomain>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.example.com
    ServerAlias  mta-sts.two.example.com
    MTASTSEngine on
    MTASTSMX     mail.example.com *.mx.example.com
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://wild.example.net
    ServerAlias  mta-sts.*
    MTASTSEngine on
    <MTASTSDomain section.example.net>
        MTASTSMX mx.section.example.net
    </MTASTSDomain>
    <MTASTSDomainMatch ^[a-z]+\.customers\.example\.net$>
        MTASTSMX mx.customers.example.net
    </MTASTSDomainMatch>
</VirtualHost>
<VirtualHost *:PORT>
    ServerName   https://mta-sts.hidden.example.net
    MTASTSEngine on
    MTASTSMX     mx.hidden.example.net
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName   mta-sts.plain.example.org
    MTASTSEngine on
    MTASTSMX     mx.plain.example.org
</VirtualHost>
CONF
my @SAID = ($NO_STORE, qr/MTASTS04[0-9]:/, qr/MTASTS060:/, qr/MTASTS083:/);

my $httpd = Httpd->start($RECEIVER . $POLICIES, tlsrpt => 1, allow => \@SAID);
my $n = 0;
sub taken { my ($domain) = @_; return { 201 => 'taken', 200 => 'foreign' }->{ post($httpd, report(id => 'r' . $n++, domain => $domain))->code } }
sub served { my ($domain) = @_; return $httpd->get("mta-sts.$domain", '/.well-known/mta-sts.txt')->code == 200 ? 'taken' : 'foreign' }

my %want = (
    'example.com' => 'taken', 'two.example.com' => 'taken',            # spelled out
    'section.example.net' => 'taken', 'server.example.net' => 'taken', # by a wildcard alias and a section
    'abc.customers.example.net' => 'taken',                            # by a regular expression
    'hidden.example.net' => 'foreign',                                 # another virtual host answers first, and has none
    'sub.example.com' => 'foreign', 'example.net' => 'foreign', 'a1.customers.example.net' => 'foreign', 'example.org' => 'foreign',
);
for my $domain (sort keys %want) {
    is served($domain), $want{$domain}, "$domain: what a sender gets" unless $domain eq 'plain.example.org';
    is taken($domain), $want{$domain}, "... and its reports: $want{$domain}";
}
is taken('plain.example.org'), 'foreign', 'a policy over plain HTTP alone is none';

# Reports about DANE name the MX host.
my %mx = ('mail.example.com' => 'taken', 'a.mx.example.com' => 'taken', 'a.b.mx.example.com' => 'foreign', 'mx.example.com' => 'foreign',
    'mx.section.example.net' => 'taken', 'www.example.com' => 'foreign');
is taken($_), $mx{$_}, "MX host $_: $mx{$_}" for sort keys %mx;
is taken($_), 'foreign', 'no name: foreign' for '.mx.example.com', '*.mx.example.com', '', '.', 'x' x 3000, 'example.com,example.org';

is post($httpd, report(id => 'path'), path => '/tlsrpt/example.com')->code, 201, 'the domain in the path';
is post($httpd, report(id => 'path'), path => '/tlsrpt/example.org')->code, 404, 'one that is not served: 404';

# The module comes and goes by a graceful restart.
$httpd->expect(qr/TLSRPT031: no policy domain is known/);
$httpd->reconfigure($RECEIVER, module => 0);
is taken('example.com'), 'foreign', 'mod_mta_sts is gone: foreign';
$httpd->reconfigure($RECEIVER . $POLICIES, module => 1);
is taken('example.com'), 'taken', '... and back: taken';
$httpd->reconfigure($RECEIVER . $POLICIES =~ s/mta-sts\.two/mta-sts.three/r);
is taken('two.example.com'), 'foreign', 'a policy that went: foreign';
is taken('three.example.com'), 'taken', 'a policy that came: taken';
is taken('mail.example.com'), 'taken', '... and the MX hosts';

$httpd->stop;
done_testing;
