# migrating.t - docs/migrating.md, step by step, while a sender asks all the time: each answer is 200 and the policy

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Debian;
use Httpd;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

my $HOST  = 'mta-sts.example.com';
my $URL   = "https://$HOST/.well-known/mta-sts.txt";
my $SITE  = '/etc/apache2/sites-available/mta-sts.conf';
my $FILE  = '/var/www/mta-sts/.well-known/mta-sts.txt';
my $TOKEN = '/.well-known/acme-challenge/token';

my $debian = Debian->enter($HOST);
my $page   = Httpd::slurp($debian->doc . '/docs/migrating.md');

# ---- what the page says ----

my %section = map { /\A## (\d)\. / ? ($1 => $_) : /\A# / ? (0 => $_) : () } split /^(?=##? )/m, $page;
is join(' ', sort keys %section), '0 1 2 3 4 5 6', 'the page has the steps of its table';

sub blocks { my ($step, $language) = @_; return $section{$step} =~ /^```$language\n(.*?)^```$/msg }
my ($before)     = blocks(0, 'apache');
my ($directives) = blocks(3, 'apache');
my ($after)      = blocks(6, 'apache');
my ($old, $dig)  = blocks(1, 'text');
my $new = $old =~ s/\n/\r\n/gr;
my ($old_id) = $dig =~ /id=(\w+);/;

# The site with both is the example; without the lines of one of them it is what the page shows.
my $both = Httpd::slurp($debian->doc . '/examples/from-the-tutorial.conf');
sub plain { return join "\n", map { s/\s+/ /gr =~ s/^ | $//gr } grep { !/^\s*(?:#|$)/ } split /\n/, $_[0] }
sub without { my ($mark) = @_; return $both =~ s/^ *# $mark.*?^ *# end\n//msgr }
is plain(without('module')), plain($before), 'before: as the example without the lines of the module';
is plain(without('tutorial') =~ s/^ *MTASTSPolicyId .*\n//mr), plain($after), 'after: as the example without those of the tutorial';
is plain($both =~ s/.*^ *# module\n//msr =~ s/^ *# end.*//msr), plain($directives), 'the directives are those of the example';

# ---- a sender that asks all the time ----

my $asked = '/var/tmp/asked';
my ($pid, $stop) = (undef, '/var/tmp/stop');

sub start_sender {
    $pid = fork // die "fork: $!\n";
    return if $pid;
    # asks until it is told to stop, or some thousand times: far more than the migration takes
    for (1 .. 5000) {
        last if -e $stop || getppid() == 1;
        my $got = $debian->get($URL);
        open my $out, '>>:raw', $asked or last;
        print {$out} join("\t", $got->code, scalar($got->header('Location')), unpack('H*', $got->body), $got->{err} =~ s/\s+/ /gr), "\n";
        close $out;
        sleep 0.05;
    }
    POSIX::_exit(0);
}

sub answers { return split /\n/, Httpd::slurp($asked) }

# Waits until the sender has asked some more times, and answers how often it was answered in each way from $from on.
sub since {
    my ($from) = @_;
    my $now = answers();
    Httpd::wait_until('the sender to ask again', sub { answers() >= $now + 5 });
    my %count;
    for (splice @{ [answers()] }, $from) {
        my ($code, $location, $body, $error) = split /\t/;
        $body = pack 'H*', $body;
        $count{ $code ne '200' ? "$code $location $error" : $body eq $old ? 'old' : $body eq $new ? 'new' : $body }++;
    }
    return \%count;
}

# A step, during which and after which each answer is one of these.
sub step {
    my ($name, $code, @allowed) = @_;
    my $from = answers();
    subtest $name => sub {
        $code->();
        my $count = since($from);
        is_deeply [grep { my $k = $_; !grep { $_ eq $k } @allowed } sort keys %$count], [], "each answer is 200, and the policy: @allowed"
            or diag explain $count;
        my $then = answers();
        is_deeply [keys %{ since($then) }], [$allowed[-1]], "in the end: $allowed[-1]";
    };
}

# The commands of a block, each of which has to succeed; configtest has to say "Syntax OK" and nothing else.
sub types {
    my ($commands) = @_;
    my $out = '';
    for my $command (split /\n/, $commands) {
        my $done = $command =~ /graceful/ ? $debian->reload("cd /var/tmp; $command") : $debian->sh("cd /var/tmp; $command");
        is $done->status, 0, $command or diag $done->out, $done->err;
        is $done->err, "Syntax OK\n", '... says no more than that' if $command =~ /configtest/;
        $out .= $done->out;
    }
    return $out;
}

my $token = "http://$HOST$TOKEN";

# ---- the steps ----

my $live = "/etc/letsencrypt/live/$HOST";
$debian->trusted("$live/fullchain.pem", "$live/privkey.pem", $HOST);
Httpd::spew($FILE, $old);
Httpd::spew("/var/www/mta-sts$TOKEN", 'token.thumbprint');
Httpd::spew($SITE, $before);
$debian->must('a2enmod -q ssl rewrite; a2ensite -q mta-sts; apachectl configtest');
$debian->start;
is $debian->get($URL)->body, $old, 'before: the file';
is $debian->get($token)->code, 403, 'the rule answers 403 to a challenge';

start_sender();
step '1. look at what is there' => sub {
    my ($curl) = split /\n/, (blocks(1, 'sh'))[0];    # there is no DNS here to ask with dig
    is types($curl), $old, 'the policy';
}, 'old';

step '2. load the module' => sub { types((blocks(2, 'sh'))[0]) }, 'old';

step '3. say the same in directives: first something else' => sub {
    Httpd::spew($SITE, $both =~ s/(MTASTSMX .*)/MTASTSMX mail1.example.com/r);
    like $debian->sh('apachectl configtest')->err, qr/^MTASTS045: .*\Q$FILE\E/m, 'configtest says that the file has another policy';
}, 'old';

step '3. say the same in directives' => sub {
    Httpd::spew($SITE, $both);
    my ($test, $reload) = blocks(3, 'sh');
    types($test);
    is types($reload), '', 'diff finds no difference';
    like types('sudo apachectl -t -D DUMP_MTA_STS'), qr/"v=STSv1; id=$old_id;"/, 'the record stays as it is';
    is $debian->get($token)->code, 403, 'the rule is still there';
}, 'old', 'new';

step 'the way back' => sub {
    Httpd::spew($SITE, $both =~ s/MTASTSEngine( +)on/MTASTSEngine$1off/r);
    is $debian->reload('apachectl graceful')->status, 0, 'off';
    is $debian->get($URL)->body, $old, 'the file';
    Httpd::spew($SITE, $both);
    is $debian->reload('apachectl graceful')->status, 0, 'on again';
}, 'old', 'new';

step '4. let the module make the id' => sub {
    Httpd::spew($SITE, $both =~ s/^ *MTASTSPolicyId .*\n//mr);
    types((blocks(4, 'sh'))[0]);
}, 'new';

step '5. publish the new record' => sub {
    my ($id) = types((blocks(5, 'sh'))[0]) =~ /"v=STSv1; id=(\w+);"/;
    isnt $id, $old_id, 'the record has another id';
    is $debian->sh("curl -s $URL | sha256sum | cut -c1-32")->out, "$id\n", 'which is that of what is served';
}, 'new';

step '6. delete the rule, then the file' => sub {
    my ($reload, $delete) = blocks(6, 'sh');
    Httpd::spew($SITE, $after);
    types($reload);
    is $debian->get($token)->body, 'token.thumbprint', 'a challenge is answered';
    like $debian->get("https://$HOST/")->body, qr/policy/, 'and elsewhere the page of the module';
    types($delete);
    ok !-e $FILE, 'the file is gone';
    is $debian->reload('apachectl configtest && apachectl graceful')->err, "Syntax OK\n", 'nobody misses it';
}, 'new';

Httpd::spew($stop, '');
waitpid $pid, 0;
my $all = answers();
cmp_ok $all, '>=', 80, "the sender asked $all times";
my $log = Httpd::slurp('/var/log/apache2/error.log');
unlike $log, qr/exit signal/, 'no child of httpd crashed';
is_deeply [$log =~ /\[mta_sts:warn\] .*?(MTASTS\d+)/g], [qw(MTASTS038 MTASTS083)], 'the log has the warnings of the way back, and no other';

done_testing;
