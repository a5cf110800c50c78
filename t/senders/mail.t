# mail.t - what a policy is for: Postfix with mta-sts-daemon delivers to an MX host with a good certificate; in mode
# enforce it refuses one with a wrong name, an expired or an untrusted certificate, one without STARTTLS, and one that
# the policy does not name; in testing and none it delivers to all of them

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Mail;
use Namespace;
use Test::More;

Namespace->enter(users => [Mail->users]);

# The MX hosts, what is wrong with each, and what Postfix says of it.
my @HOSTS = (
    ['good',      '127.0.0.2', { certificate => ['good.test.example'] }],
    ['wrong',     '127.0.0.3', { certificate => ['another.test.example'] }, qr/^deferred: Server certificate not verified \(num=62:hostname mismatch\)$/],
    ['expired',   '127.0.0.4', { certificate => ['expired.test.example'], days => -1 }, qr/^deferred: Server certificate not verified \(certificate has expired\)$/],
    ['untrusted', '127.0.0.5', { certificate => ['untrusted.test.example'], self_signed => 1 }, qr/^deferred: Server certificate not verified \(self-signed certificate\)$/],
    ['plain',     '127.0.0.6', {}, qr/^deferred: TLS is required, but was not offered by host plain\.test\.example/],
    ['unnamed',   '127.0.0.7', { certificate => ['unnamed.test.example'] }, qr/^deferred: Server certificate not verified \(num=62:hostname mismatch\)$/],
);
my @MODES = qw(enforce testing none);
my @DOMAINS = map { my $mode = $_; map { "$_->[0].$mode.test.example" } @HOSTS } @MODES;

my $httpd = Httpd->start(<<'CONF' =~ s/DOMAINS/join ' ', map { "mta-sts.$_" } @DOMAINS/er, modules => ['ssl'], ports => { TLSPORT => 443 },
<VirtualHost *:TLSPORT>
    ServerName  mta-sts.test.example
    ServerAlias DOMAINS
    SSLEngine             on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine          on
    MTASTSMX              good.test.example wrong.test.example expired.test.example untrusted.test.example plain.test.example
    MTASTSReportTo        mailto:tls-reports@test.example
    <MTASTSDomainMatch ^\w+\.enforce\.test\.example$>
        MTASTSMode enforce
    </MTASTSDomainMatch>
    <MTASTSDomainMatch ^\w+\.none\.test\.example$>
        MTASTSMode none
    </MTASTSDomainMatch>
</VirtualHost>
CONF
    certificate => [ map { "mta-sts.$_" } 'test.example', @DOMAINS ]);

# The dump cannot list the domains of a <MTASTSDomainMatch>: it gives the value for each of them.
my $dump = $httpd->command('-t', '-D', 'DUMP_MTA_STS')->out;
my %value = map { my $mode = $_; $mode => $dump =~ /: mode $mode,.*?^(?:_mta-sts\S+\s+\d+ IN TXT "|;   in a web panel: name _mta-sts  type TXT  value )(v=STSv1; id=\w+;)/ms } @MODES;

my %address = map { $_->[0] => $_->[1] } @HOSTS;
my $records = join '', map { my ($host, $mode) = /^(\w+)\.(\w+)/;
    qq{mta-sts.$host.$mode A 127.0.0.1\n$host.$mode MX 10 $host\n} . ($dump =~ /^_mta-sts\.\Q$_\E\./m ? '' : qq{_mta-sts.$host.$mode TXT "$value{$mode}"\n}) } @DOMAINS;
$records .= "$dump\n" . join '', map { "$_.no-policy MX 10 $_\n" } keys %address;
sub zone { my %at = (%address, @_); return $records . join '', map { "$_ A $at{$_}\n" } sort keys %at }

my $dns = Namespace->dns('test.example', zone());
my $mx = Mail->mx(map { @$_[1, 2] } @HOSTS);
my $sender = Mail->sender(ca => $httpd->root . '/ca.pem');

# Without a policy Postfix delivers to any host: what it refuses it refuses because of the policy.
for my $mode (@MODES, 'no-policy') {
    subtest "mode $mode" => sub {
        for my $host ($mode =~ /^(?:enforce|testing)$/ ? @HOSTS : @HOSTS[0, 1, 4]) {
            my ($name, $address, undef, $refused) = @$host;
            my $outcome = $sender->send("postmaster\@$name.$mode.test.example");
            my $keeps = $sender->keeps("$name.$mode.test.example") || { mode => 'no-policy' };
            is $keeps->{mode}, $mode, "$name: Postfix is under mode $mode";
            if ($refused && $mode eq 'enforce') {
                like $outcome, $refused, '... refuses the MX host, and keeps the mail';
                ok !$mx->has($sender->last), '... of which nothing arrived';
            }
            else {
                is $outcome, 'delivered', '... delivers' and ok $mx->got($sender->last), '... and the mail is in the mailbox';
            }
        }
    };
}

# None of it is lost as long as the sender tries again: when the MX hosts are mended, the mail arrives.
subtest 'mended' => sub {
    $sender->forget;
    like $sender->send('postmaster@expired.enforce.test.example'), qr/^deferred/, 'an expired certificate: the mail waits';
    my $mended = Mail->mx('127.0.0.8' => { certificate => ['expired.test.example'] });
    $dns->publish(zone(expired => '127.0.0.8'));
    is $sender->again, 'delivered', 'a new certificate: it is delivered';
    ok $mended->got($sender->last), '... and is in the mailbox';
};

$httpd->stop;
done_testing;
