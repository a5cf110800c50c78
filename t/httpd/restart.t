# restart.t - what a (graceful) restart serves and says: new policies, changed ids, policies that went away, mistakes

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $POLICY = '/.well-known/mta-sts.txt';

# A vhost per domain: site('example.com', 'enforce', 'mail.example.com')
sub site {
    my ($domain, $mode, $mx, @more) = @_;
    return join "\n", '<VirtualHost *:PORT>', "ServerName https://mta-sts.$domain", 'MTASTSEngine on', "MTASTSMode $mode",
        "MTASTSMX $mx", 'MTASTSReportTo none', @more, "</VirtualHost>\n";
}

sub id_of {
    my ($mode, $mx) = @_;
    my $max_age = $mode eq 'enforce' ? 2419200 : 86401;
    return substr sha256_hex("version: STSv1\r\nmode: $mode\r\nmx: $mx\r\nmax_age: $max_age\r\n"), 0, 32;
}

sub mx { ($_[0]->get("mta-sts.$_[1]", $POLICY)->body =~ /^mx: (.*)\r$/m)[0] // '' }

# The lines of the module in a piece of the log, without what stands before the tag.
sub said { grep { defined } map { /\[mta_sts:(\w+)\].*?(MTASTS\d{3}: .*)/ ? "$1 $2" : undef } split /\n/, $_[0] }

subtest 'A start says which policies it serves' => sub {
    my $httpd = Httpd->start(site('b.example', 'enforce', 'mail.b.example') . site('a.example', 'testing', 'mail.a.example'));
    my @said = said($httpd->log);
    is scalar @said, 2, 'one line for each policy, though httpd reads its configuration twice';
    like $said[0], qr/^notice .*\ba\.example\b.*\btesting\b.*@{[id_of('testing', 'mail.a.example')]}/,
        'domain, mode and id, at notice, sorted';
    like $said[1], qr/^notice .*\bb\.example\b.*\benforce\b.*@{[id_of('enforce', 'mail.b.example')]}/, 'of each';
    is_deeply [said($httpd->graceful)], \@said, 'a graceful restart says the same';
    is_deeply [said($httpd->restart)], \@said, 'and a restart, too';
    $httpd->stop;
};

subtest 'Many policies are counted' => sub {
    my $conf = join '', map { site(sprintf('d%02d.example', $_), 'enforce', 'mail.example') } 1 .. 25;
    my $httpd = Httpd->start($conf);
    my @said = said($httpd->log);
    is scalar(grep { /d\d\d\.example.*enforce/ } @said), 20, 'twenty by name';
    is scalar(grep { /\b25\b/ } @said), 1, 'and one line that says how many there are';
    is scalar @said, 21, 'no more';
    is mx($httpd, 'd25.example'), 'mail.example', 'all are served';
    $httpd->stop;
};

subtest 'A changed policy' => sub {
    my $httpd = Httpd->start(site('a.example', 'enforce', 'old.example') . site('b.example', 'enforce', 'same.example'));
    my ($old, $new) = map { id_of('enforce', $_) } qw(old.example new.example);
    my @said = said($httpd->reconfigure(site('a.example', 'enforce', 'new.example') . site('b.example', 'enforce', 'same.example')));
    is mx($httpd, 'a.example'), 'new.example', 'is served after a graceful restart';
    is scalar(grep { /a\.example.*$old.*$new/ } @said), 1, 'the log names its old and its new id';
    like "@said", qr/publish/, '... and says what to do';
    is scalar(grep { /b\.example/ } @said), 1, 'of the other one only the usual line';
    unlike join("\n", said($httpd->graceful)), qr/$old/, 'the next restart has no change to tell';

    @said = said($httpd->reconfigure(site('a.example', 'enforce', 'new.example', 'MTASTSPolicyId 42') . site('b.example', 'enforce', 'same.example')));
    is scalar(grep { /MTASTS082: a\.example.*$new.*\b42\b/ } @said), 1, 'a literal id counts as a change';
    $httpd->write(site('a.example', 'enforce', 'third.example') . site('b.example', 'enforce', 'same.example'));
    @said = said($httpd->restart);
    is scalar(grep { /a\.example.*\b42\b.*@{[id_of('enforce', 'third.example')]}/ } @said), 1, 'a restart remembers, too';
    $httpd->stop;
};

subtest 'A policy that came, and one that went away' => sub {
    my ($a, $b, $none) = (site('a.example', 'enforce', 'mail.example'), site('b.example', 'testing', 'mail.example'),
        site('none.example', 'none', 'mail.example'));
    my $httpd = Httpd->start($a . $none);
    my @said = said($httpd->reconfigure($a . $b . $none));
    is_deeply [grep { !/^notice/ } @said], [], 'a new one is no reason to warn';
    is scalar(grep { /b\.example/ } @said), 1, '... it has the usual line';
    $httpd->expect(qr/MTASTS083: b\.example.*went away/);
    @said = said($httpd->reconfigure($a . $none));
    is scalar(grep { /b\.example.*went away.*max_age/ } @said), 1, 'one that went away: senders keep it for max_age';
    is $httpd->get('mta-sts.b.example', $POLICY)->code, 404, '... and it is gone';
    unlike join("\n", said($httpd->graceful)), qr/b\.example/, 'that is said once';
    @said = said($httpd->reconfigure($a));
    unlike "@said", qr/none\.example/, 'mode none binds nobody: it may go without a word';
    $httpd->stop;
};

subtest 'The module comes and goes by graceful restarts' => sub {
    my ($site, $plain) = (site('a.example', 'enforce', 'mail.example'), "<VirtualHost *:PORT>\nServerName x\n</VirtualHost>\n");
    my $httpd = Httpd->start($plain, module => 0);
    is $httpd->get('mta-sts.a.example', $POLICY)->code, 404, 'not loaded';
    my @said = said($httpd->reconfigure($site, module => 1));
    is mx($httpd, 'a.example'), 'mail.example', 'first loaded by a graceful restart: it serves';
    is scalar(grep { /a\.example.*enforce/ } @said), 1, '... and says so';
    is scalar @said, 1, '... and nothing of changes';
    is $httpd->get('mta-sts.a.example', '/')->code, 403, '... and has its page';
    $httpd->reconfigure($plain, module => 0);
    is $httpd->get('mta-sts.a.example', $POLICY)->code, 404, 'unloaded by a graceful restart';
    for my $turn (1 .. 5) {
        $httpd->reconfigure(site('a.example', 'enforce', "mail$turn.example"), module => 1);
        is mx($httpd, 'a.example'), "mail$turn.example", "loaded again, turn $turn";
        $httpd->reconfigure($plain, module => 0);
    }
    $httpd->stop;
};

subtest 'A mistake does not reach the running server' => sub {
    my $good = site('a.example', 'enforce', 'mail.example');
    my $httpd = Httpd->start($good);
    my %mistake = (
        'a mode that is none'       => site('a.example', 'enforced', 'mail.example'),
        'an mx that is an address'  => site('a.example', 'enforce', '192.0.2.1'),
        'no mx'                     => site('a.example', 'enforce', 'mail.example') =~ s/^MTASTSMX.*\n//mr,
        'a section that is open'    => site('a.example', 'enforce', 'mail.example', '<MTASTSDomain b.example>'),
        'a domain twice'            => site('a.example', 'enforce', 'mail.example', ('<MTASTSDomain b.example>', '</MTASTSDomain>') x 2),
    );
    my $pid = $httpd->pid;
    for my $mistake (sort keys %mistake) {
        $httpd->write($mistake{$mistake});
        my $test = $httpd->configtest;
        isnt $test->status, 0, "$mistake: configtest fails";
        like $test->err, qr/MTASTS/, '... and says why';
        unlike $test->err, qr/Syntax OK/, '... and not that all is well';
        my $log = length $httpd->log;
        isnt $httpd->command('-k', 'graceful')->status, 0, '... httpd -k graceful refuses';
        is $httpd->pid, $pid, '... the server goes on';
        is mx($httpd, 'a.example'), 'mail.example', '... with the old policy';
        unlike substr($httpd->log, $log), qr/SIGUSR1/, '... and was not asked to restart';
    }
    $httpd->write($good);
    is $httpd->configtest->status, 0, 'mended: configtest is content';
    is scalar(() = $httpd->graceful =~ /MTASTS\d{3}/g), 1, 'and so is a graceful restart';
    $httpd->stop;
};

subtest 'Nobody is turned away while httpd restarts' => sub {
    my $httpd = Httpd->start(site('a.example', 'enforce', 'mail.example'));
    my %seen;
    for my $turn (1 .. 8) {
        kill 'USR1', $httpd->pid;
        $seen{ $httpd->get('mta-sts.a.example', $POLICY)->code }++ for 1 .. 4;
    }
    is_deeply [keys %seen], [200], 'each request in between is answered with the policy';
    $httpd->graceful;
    $httpd->stop;
};

subtest 'each start names the policies, 20 at most' => sub {
    my @domain = map { sprintf 'd%02d.example', $_ } 1 .. 21;
    my $all = sub { "<VirtualHost *:PORT>\nServerName https://mta-sts.$_[0]\nServerAlias @{[ map { qq(mta-sts.$_) } @_ ]}\nMTASTSEngine on\nMTASTSMX mx.example.com\nMTASTSReportTo none\n</VirtualHost>\n" };
    my $httpd = Httpd->start($all->(@domain[0 .. 19]));
    is scalar(() = $httpd->log =~ /MTASTS080: d\d\d\.example: mode testing, id [0-9a-f]{32}/g), 20, '20 of 20';
    unlike $httpd->log, qr/MTASTS081/, 'and no count';
    $httpd->stop;
    $httpd = Httpd->start($all->(@domain));
    is scalar(() = $httpd->log =~ /MTASTS080/g), 20, '20 of 21';
    like $httpd->log, qr/MTASTS081: 21 policy domains in all, 1 not listed here/, 'and a count';
    $httpd->stop;
};

subtest 'a policy that a regular expression has now did not go away' => sub {
    my $conf = "<VirtualHost *:PORT>\nServerName https://mta-sts.a.example\nServerAlias ALIAS\nMTASTSEngine on\nMTASTSMX mx.example.com\nMTASTSReportTo none\nMORE</VirtualHost>\n";
    my $httpd = Httpd->start($conf =~ s/ALIAS/mta-sts.b.example/r =~ s/MORE//r);
    my $log = $httpd->reconfigure($conf =~ s/ALIAS/mta-sts.*/r =~ s/MORE/<MTASTSDomainMatch ^b>\n<\/MTASTSDomainMatch>\n/r);
    unlike $log, qr/MTASTS083/, 'not said';
    is $httpd->get('mta-sts.b.example', '/.well-known/mta-sts.txt')->code, 200, 'it is served';
    $httpd->stop;
};

done_testing;
