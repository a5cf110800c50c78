# operations.t - docs/operations.md, each way with Postfix as the sender: the steps in their order lose no mail, and what
# the page warns of does
#
# For the weeks that the page waits the policy that the sender keeps is made older.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Mail;
use Namespace;
use Page;
use Test::More;

Namespace->enter(users => [Mail->users]);

my $PAGE = 'operations.md';
my $WEEKS4 = 2_419_200;
my $TO = 'postmaster@example.com';

sub site { my ($name) = @_; my $block = Page::block($PAGE, $name); return <<"CONF" }
<VirtualHost *:TLSPORT>
    ServerName      mta-sts.example.com
    SSLEngine       on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine    on
    MTASTSReportTo  mailto:tls-reports\@example.net
$block</VirtualHost>
CONF

my $httpd = Httpd->start(site('enforce-1'), modules => ['ssl'], ports => { TLSPORT => 443 }, certificate => ['mta-sts.example.com']);
sub serve { my ($name) = @_; return $httpd->reconfigure(site($name)) }

# The zone: the records as the dump prints them now, or those of before, and MX records in order of preference.
my $records;
sub records { return $records = $httpd->command('-t', '-D', 'DUMP_MTA_STS')->out }
my %address = (mail1 => '127.0.0.2', mail2 => '127.0.0.3', mail3 => '127.0.0.4');
sub zone { my ($published, @mx) = @_; my $at = 0; return join '', $published, "mta-sts A 127.0.0.1\n",
    (map { $at += 10; "\@ MX $at $_\n" } @mx), map { "$_ A $address{$_}\n" } sort keys %address }

my $dns = Namespace->dns('example.com', zone(records(), 'mail1', 'mail2'));
my $mx = Mail->mx(
    (map { $address{$_} => { certificate => ["$_.example.com"] } } sort keys %address),
    '127.0.0.8' => { certificate => ['mail1.example.com'] },
    '127.0.0.9' => { certificate => ['mail1.example.com'], days => -1 });
my $sender = Mail->sender(ca => $httpd->root . '/ca.pem');
my $MISMATCH = qr/^deferred: Server certificate not verified \(num=62:hostname mismatch\)$/;
my $EXPIRED  = qr/^deferred: Server certificate not verified \(certificate has expired\)$/;

sub delivered { my ($what) = @_; is $sender->send($TO), 'delivered', $what and ok $mx->got($sender->last), '... and in the mailbox' }
sub keeps { my $policy = $sender->keeps('example.com'); return $policy ? "$policy->{mode} $policy->{max_age}" : 'nothing' }
sub mx_of { return join ' ', @{ $sender->keeps('example.com')->{mx} } }

subtest 'from testing to enforce' => sub {
    # An MX host that enforce would refuse.
    local $address{mail1} = '127.0.0.9';
    $dns->publish(zone($records, 'mail1'));
    delivered('testing, with a long max_age: delivered, even to an expired certificate');
    is keeps(), "testing $WEEKS4", '... which the sender has';
    my $testing = $sender->keeps('example.com')->{id};

    like serve('enforce-2'), qr/MTASTS082: example\.com: the id changed from $testing to /, 'enforce: the log says that the id changed';
    delivered('the policy alone, and not its record: as before');
    is keeps(), "testing $WEEKS4", '... the sender did not look';
    $dns->publish(zone(records(), 'mail1'));
    like $sender->send($TO), $EXPIRED, 'the record: the sender enforces, and refuses the expired certificate';
    is keeps(), "enforce $WEEKS4", '... with the max_age of before';
    unlike records(), qr/$testing/, '... under another id';
};

subtest 'an emergency: the certificate of the MX host has expired' => sub {
    local $address{mail1} = '127.0.0.9';
    $sender->forget;
    serve('mx-0');
    my $enforce = records();
    $dns->publish(zone($enforce, 'mail1'));
    like $sender->send($TO), $EXPIRED, 'enforce: refused';
    my $id = $sender->keeps('example.com')->{id};

    # 1. mended, and nothing else
    $dns->publish(zone($enforce, 'mail1') =~ s/127\.0\.0\.9/127.0.0.2/r);
    is $sender->again, 'delivered', 'the MX host mended within the time that senders try again: delivered';

    # 2. not mended
    $dns->publish(zone($enforce, 'mail1'));
    like $sender->send($TO), $EXPIRED, 'not mended: refused';
    $dns->publish(zone('', 'mail1'));
    like $sender->send($TO), $EXPIRED, 'the record deleted: refused all the same';
    serve('emergency');
    $dns->publish(zone($enforce, 'mail1'));
    like $sender->send($TO), $EXPIRED, 'testing, and not its record: refused';
    $dns->publish(zone(records(), 'mail1'));
    $sender->looks('when max_age is over');
    like $sender->again, $EXPIRED, 'the record, and a sender that looks when max_age is over: refused';
    $sender->looks('before each mail');
    is $sender->again, 'delivered', '... one that looks at it: delivered, what waited too';
    ok $mx->got($sender->last), '... and in the mailbox';
    is keeps(), 'testing 86401', '... because of mode testing';

    # 4. back
    $address{mail1} = '127.0.0.2';
    serve('mx-0');
    is records(), $enforce, 'mended, the directives of before: the records of before, with their id';
    $dns->publish(zone($records, 'mail1'));
    delivered('delivered');
    is $sender->keeps('example.com')->{id}, $id, '... the sender has the policy of before';
};

subtest 'an emergency: the MX hosts had to change' => sub {
    $sender->forget;
    serve('mx-0');
    my $enforce = records();
    $dns->publish(zone($enforce, 'mail3'));
    like $sender->send($TO), $MISMATCH, 'an MX host that the policy does not name: refused';
    $dns->publish(zone($enforce, 'mail1') =~ s/^mail1 A \K.*/$address{mail3}/mr);
    like $sender->send($TO), $MISMATCH, 'a name that it has, on a machine without a certificate for it: refused';
    $dns->publish(zone($enforce, 'mail1') =~ s/^mail1 A \K.*/127.0.0.8/mr);
    is $sender->again, 'delivered', '... with a certificate for it: delivered';

    serve('emergency');
    $dns->publish(zone(records(), 'mail3'));
    delivered('testing: delivered to the new host');
    serve('mx-0');
    $dns->publish(zone(records(), 'mail3'));
    like $sender->send($TO), $MISMATCH, 'the directives of before: refused';
    serve('mx-1');
    $dns->publish(zone(records(), 'mail3'));
    is $sender->again, 'delivered', '... with the new name: delivered';
};

subtest 'a new MX under enforce' => sub {
    $sender->forget;
    serve('mx-0');
    my $old = records();
    $dns->publish(zone($old, 'mail1', 'mail2'));
    delivered('the old MX hosts');
    is mx_of(), 'mail1.example.com mail2.example.com', '... which the policy names';

    # What the page warns of.
    $dns->publish(zone($old, 'mail3'));
    like $sender->send($TO), $MISMATCH, 'a new MX that the policy does not name: refused';
    $dns->publish(zone($old, 'mail3', 'mail1'));
    delivered('beside an old one that comes after it: the sender goes on to that one');

    # 1. and 2.
    my $check = Page::block($PAGE, 'mx-starttls');
    my $done = do { local $ENV{SSL_CERT_FILE} = $httpd->root . '/ca.pem'; Httpd::run('sh', '-c', $check) };
    is $done->status, 0, 'the check of the new host';
    like $done->out, qr/Verify return code: 0 \(ok\)/, '... says that it is good';
    $done = do { local $ENV{SSL_CERT_FILE} = $httpd->root . '/ca.pem'; Httpd::run('sh', '-c', $check =~ s/-connect mail3/-connect mail2/r) };
    isnt $done->status, 0, '... and of one with a certificate for another name that it is not';
    serve('mx-1');
    my $both = records();
    $sender->looks('when max_age is over');
    $dns->publish(zone($both, 'mail1', 'mail2'));
    delivered('the name is added: the old MX hosts as before');
    is mx_of(), 'mail1.example.com mail2.example.com', '... for a sender that looks when max_age is over';

    # 3.
    $sender->age('example.com', $WEEKS4 - 3600);
    $dns->publish(zone($both, 'mail3'));
    like $sender->send($TO), $MISMATCH, 'the new MX before max_age is over: refused by such a sender';
    $dns->publish(zone($both, 'mail1', 'mail2'));
    is $sender->again, 'delivered', '(the old one again: delivered)';
    $sender->age('example.com', 3600);
    delivered('max_age is over');
    is mx_of(), 'mail1.example.com mail2.example.com mail3.example.com', '... the sender has the new policy';

    # 4.
    $dns->publish(zone($both, 'mail3'));
    delivered('the new MX alone: delivered');
    # 5. and 6.: a resolver that still has the old MX records, for a sender that fetches now
    serve('mx-2');
    my $new = records();
    $sender->looks('before each mail');
    $dns->publish(zone($new, 'mail2'));
    like $sender->send($TO), $MISMATCH, 'the old name taken away before the TTL of its MX record is over: refused';
    $dns->publish(zone($both, 'mail2'));
    $sender->forget;
    serve('mx-1');
    delivered('... which is why it stays until then');
    serve('mx-2');
    $dns->publish(zone($new, 'mail3'));
    delivered('after it: delivered');
    is mx_of(), 'mail1.example.com mail3.example.com', '... under the last policy';
};

# The blocks about publishing are those of dns.t.
is_deeply [ grep { !/^(?:reload|dump|look|records|include|nsupdate|key|named|knot)\b/ } Page::untried($PAGE) ], [], 'each block of the page was tried';

$httpd->stop;
done_testing;
