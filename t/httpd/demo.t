# demo.t - `make demo`: the commands that it prints work as they are, and Ctrl-C leaves nothing behind

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use IO::Socket::INET;
use Test::More;

my $demo = "$FindBin::Bin/../lib/demo.pl";

# The kernel's free port is closed again before the demo takes it, and may be lost in between: so, a few attempts.
my ($pid, $text, $port);
for my $attempt (1 .. 5) {
    my $probe = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
    $port = $probe->sockport;
    close $probe;
    $text = begin($port);
    last if $text =~ /Ctrl-C/;
}

like $text, qr{https://localhost:$port\b}, 'it says where it answers';
like $text, qr{^_mta-sts\.example\.com\.\s+3600 IN TXT "v=STSv1; id=[0-9a-f]{32};"$}m, 'it prints the record of the policy';
like $text, qr{^_smtp\._tls\.example\.com\.\s+3600 IN TXT "v=TLSRPTv1; rua=mailto:tls-reports\@example\.com"$}m,
    'it prints the record of the reports';
unlike $text, qr/_mta-sts\.example\.localhost/, 'but none for the name that only a browser needs';

my ($policy, $page) = $text =~ /^(curl .+)$/mg;
is Httpd::run('sh', '-c', $policy)->out, "version: STSv1\r\nmode: testing\r\n"
    . "mx: mail1.example.com\r\nmx: mail2.example.com\r\nmax_age: 86401\r\n",
    'the first command, word for word, brings the policy';
my $answer = Httpd::run('sh', '-c', "$page -s -w '%{http_code}'");
like $answer->out, qr/mta-sts\.example\.com.*403\z/s, 'the second brings the page with status 403';

my ($folder) = $policy =~ m{--cacert (\S+)/ca\.pem};
chomp(my $httpd = Httpd::slurp("$folder/httpd.pid"));
ok $httpd && kill(0, $httpd), 'its httpd runs';

my $second = Httpd::run('env', "DEMO_PORT=$port", $^X, $demo);
isnt $second->status, 0, 'a port in use is an error';
like $second->err, qr/\APort $port is in use.*DEMO_PORT/, 'in one sentence, which names the cure';

kill 'INT', $pid;
waitpid $pid, 0;
is $?, 0, 'Ctrl-C ends it well';
ok !kill(0, $httpd), 'its httpd is gone';
ok !-e $folder, 'and so is its folder';

$text = begin($port);
($folder) = $text =~ m{--cacert (\S+)/ca\.pem};
chomp($httpd = Httpd::slurp("$folder/httpd.pid"));
kill 'TERM', $pid;
waitpid $pid, 0;
ok $httpd && !kill(0, $httpd) && !-e $folder, 'SIGTERM does the same';

done_testing;

# Starts the demo, and answers what it says until it is ready or gives up.
sub begin {
    my ($port) = @_;
    $pid = open my $out, '-|', "exec env DEMO_PORT=$port $^X $demo 2>&1" or die $!;
    my $said = '';
    local $SIG{ALRM} = sub { kill 'TERM', $pid; die "the demo does not start: $said" };
    alarm 60;
    while (<$out>) {
        $said .= $_;
        last if /Ctrl-C/;
    }
    alarm 0;
    our $keep = $out;    # closing it would wait for the demo
    return $said;
}
