# leaving.t - docs/leaving.md, tried with Postfix as the sender and an MX host that does not fulfil the policy: who
# deletes things loses mail, who takes the steps of the page in their order does not
#
# For the weeks that the page waits the policy that the sender keeps is made older.

use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Mail;
use Namespace;
use Page;
use Test::More;

Namespace->enter(users => [Mail->users]);

my $PAGE = 'leaving.md';
my $WEEKS4 = 2_419_200;
my $TO = 'postmaster@example.com';
my $ENFORCE = "MTASTSMode enforce\nMTASTSMX mail1.example.com mail2.example.com\nMTASTSReportTo mailto:tls-reports\@example.com\n";

sub site { return <<"CONF" }
<VirtualHost *:TLSPORT>
    ServerName      mta-sts.example.com
    SSLEngine       on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine    on
$_[0]</VirtualHost>
CONF

my @option = (modules => ['ssl'], ports => { TLSPORT => 443 }, certificate => ['mta-sts.example.com']);
my $httpd = Httpd->start(site($ENFORCE), @option);
my $policy_host = "mta-sts A 127.0.0.1\n";
my $mail_host = "\@ MX 10 mail1\nmail1 A 127.0.0.2\n";
sub dump_of { return $httpd->command('-t', '-D', 'DUMP_MTA_STS')->out }

my $dns = Namespace->dns('example.com', dump_of() . $policy_host . $mail_host);
my $mx = Mail->mx('127.0.0.2' => { certificate => ['mail1.example.com'] }, '127.0.0.3' => {});
my $sender = Mail->sender(ca => $httpd->root . '/ca.pem');
my $REFUSED = qr/^deferred: TLS is required/;

is $sender->send($TO), 'delivered', 'enforce, and an MX host that fulfils it: delivered';
is $sender->keeps('example.com')->{mode}, 'enforce', 'the sender has the policy';
my $without_tls = "\@ MX 10 mail1\nmail1 A 127.0.0.3\n";
$dns->publish(dump_of() . $policy_host . $without_tls);
like $sender->send($TO), $REFUSED, 'an MX host without STARTTLS: refused';

subtest 'who deletes the record and the policy host loses mail' => sub {
    $dns->publish($without_tls);
    for my $when ('before each mail', 'when max_age is over') {
        $sender->looks($when);
        like $sender->send($TO), $REFUSED, "a sender that looks $when: refused";
    }
    $sender->age('example.com', $WEEKS4 - 3600);
    like $sender->send($TO), $REFUSED, 'almost four weeks later: still refused';
    $sender->age('example.com', 3600);
    is $sender->again, 'delivered', 'only when max_age is over: delivered';
    ok $mx->got($sender->last), '... and in the mailbox';
    $sender->forget;
};

# Back to where we were.
$dns->publish(dump_of() . $policy_host . $mail_host);
$sender->looks('before each mail');
is $sender->send($TO), 'delivered', 'enforce again';
my $enforced = $sender->keeps('example.com');
is $enforced->{mode}, 'enforce', '... which the sender has';
is $enforced->{max_age}, $WEEKS4, '... for four weeks';

my $none;
subtest 'the steps of the page: mode none' => sub {
    $httpd->reconfigure(site(Page::block($PAGE, 'none')));
    my $policy = $httpd->get('mta-sts.example.com', '/.well-known/mta-sts.txt', tls => 1)->body;
    like $policy, qr/^mode: none\r\nmx: mail1\.example\.com\r\nmx: mail2\.example\.com\r\nmax_age: 86401\r\n/m, 'the policy: mode none, the mx patterns, a day and a second';
    $none = dump_of();

    # The sender that does not look yet: what it has holds.
    $dns->publish($none . $policy_host . $without_tls);
    $sender->looks('when max_age is over');
    like $sender->send($TO), $REFUSED, 'a sender that looks only when max_age is over: refused';
    $sender->looks('before each mail');
    is $sender->again, 'delivered', 'one that looks at the record: delivered, also what waits';
    ok $mx->got($sender->last), '... and in the mailbox';
    is $sender->keeps('example.com')->{mode}, 'none', '... because it has mode none';
};

subtest 'the wait: the largest max_age that was served with another mode' => sub {
    # A sender that has enforce, fetched at the last moment.
    $sender->forget;
    $httpd->reconfigure(site($ENFORCE));
    $dns->publish(dump_of() . $policy_host . $mail_host);
    is $sender->send($TO), 'delivered', 'a sender fetches enforce at the last moment';
    $sender->looks('when max_age is over');
    $httpd->reconfigure(site(Page::block($PAGE, 'none')));
    $dns->publish($none . $policy_host . $without_tls);
    $sender->age('example.com', $WEEKS4 - 3600);
    like $sender->send($TO), $REFUSED, 'before it is over: refused';
    is $sender->keeps('example.com')->{mode}, 'enforce', '... because of mode enforce';
    $sender->age('example.com', 3600);
    is $sender->again, 'delivered', 'when it is over: delivered';
    is $sender->keeps('example.com')->{mode}, 'none', '... because it fetched mode none, from the policy host that is still there';
};

subtest 'the rest: the record, then the policy host' => sub {
    for my $when ('before each mail', 'when max_age is over') {
        $sender->looks($when);
        $dns->publish($policy_host . $without_tls);
        is $sender->send($TO), 'delivered', "a sender that looks $when: delivered without the record";
        $dns->publish($without_tls);
        is $sender->send($TO), 'delivered', '... and without the policy host';
    }
    $sender->age('example.com', 86_402);
    is $sender->send($TO), 'delivered', 'and when mode none itself is too old';
};

# ---- the page and the dump -------------------------------------------------

subtest 'the page and the dump say the same' => sub {
    my $shown = Page::block($PAGE, 'dump');
    is $shown, $none =~ s{from \S+/httpd\.conf:\d+}{from /etc/apache2/sites-enabled/mta-sts.conf:11}r, 'the page shows the dump as it is';
    my ($steps) = join ' ', map { s/^; *//r } grep { /^;   (?:publish|\d\.|\S.*TTL)/ } split /\n/, $shown;
    my $page = Httpd::slurp("$FindBin::Bin/../../docs/$PAGE") =~ s/\s+/ /gr;
    my $last = 0;
    for (['Publish the new record', qr/publish after the policy is served, on every server/], ['Wait, from that day on, for the largest max_age that was served with another mode', qr/1\. from that day on wait for the largest max_age that was served with another mode/],
        ['Delete the record at `_mta-sts`', qr/2\. delete the _mta-sts record/], ['Wait for its TTL', qr/3\. wait for its TTL/], ['Now the policy host may go', qr/then switch off the policy host/]) {
        my ($text, $step) = @$_;
        my $at = index $page, $text;
        cmp_ok $at, '>', $last, "the page, in this order: $text";
        like $steps, $step, '... and the dump';
        $last = $at;
    }
    is Page::block($PAGE, 'reload'), join('', map { Page::block('operations.md', $_) } qw(reload look)), 'how it reloads and looks is how operations.md does, which dns.t tries';
    is_deeply [ Page::untried($PAGE) ], [], 'each block of the page was tried';
};

$httpd->stop;
done_testing;
