# policies.t - reports are taken for the policy domains that mod_mta_sts serves, as a sender would find them, and for their MX hosts
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run wait_until);
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

# ---- a wildcard, which matches what anybody makes up ----

$httpd = Httpd->start("TLSRPTDomain *.added.example.org n1.added.example.org\n" . ($RECEIVER =~ s/^TLSRPTStore.*\n//mr) . $POLICIES, tlsrpt => 1,
    modules => ['watchdog'], allow => \@SAID);
sub stored {
    my ($what, @domains) = @_;
    my $json = report(id => $what, policies => [map { policy(domain => $_) } @domains]);
    is post($httpd, $json)->code, 201, "$what: a report about " . @domains . ' of them';
    wait_until('the store', sub { -e $httpd->root . '/spool/raw/' . sha256_hex($json) . '-0' });
    my $done = run('sqlite3', $httpd->root . '/spool/reports.sqlite3', '.timeout 9000',
        "SELECT COUNT(*), notes FROM tlsrpt_report JOIN tlsrpt_policy USING (rid) WHERE report_id = '$what'");
    return $done->out =~ s/\s+\z//r;
}
my $LEFT = 'left out, which are of this server by a wildcard alone: an unverified report may bring 10';
is stored('TLSRPTDomain', map { "n$_.added.example.org" } 1 .. 20), "11|policies: 9 $LEFT", '... 10 are stored, and the one that is named, too';
is stored('mx pattern', 'mail.example.com', map { "n$_.mx.example.com" } 1 .. 12), "11|policies: 2 $LEFT", '... 10 and the named MX host';
is stored('regular expression', 'section.example.net', map { "$_.customers.example.net" } 'a' .. 'l'), "11|policies: 2 $LEFT", '... 10 and the named one';
is stored('names', 'example.com', 'two.example.com', 'section.example.net', 'mail.example.com', ('server.example.net') x 10), '14|', '... all of those with a name';
$httpd->stop;
done_testing;
