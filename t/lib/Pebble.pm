package Pebble;

# An ACME server of the test's own: pebble, which asks the DNS server of the namespace, and connects to ports 80 and 443
# to see whether a challenge is answered.
#
#   my $pebble = Pebble->start;          # inside of Namespace->enter; ends with the test
#   $pebble->directory                   the URL that ACME clients want
#   $pebble->ca                          PEM: who signed the certificate of this URL
#   $pebble->root                        PEM: who signs the certificates that it issues
#   $pebble->log                         what it said

use strict;
use warnings;
use File::Temp;
use Httpd::Tools qw(run slurp spew wait_until certificate);
use JSON::PP;
use POSIX ();

my ($ACME, $MANAGEMENT) = ('localhost:14000', 'localhost:15000');

sub start {
    my ($class) = @_;
    my $dir = File::Temp->newdir('pebble-XXXXXX', TMPDIR => 1);
    certificate("$dir", 'localhost');
    spew("$dir/pebble.json", encode_json({ pebble => {
        listenAddress => $ACME, managementListenAddress => $MANAGEMENT,
        certificate => "$dir/cert.pem", privateKey => "$dir/key.pem", httpPort => 80, tlsPort => 443,
    } }));
    # It would wait for seconds before it looks, take an old answer for a new order, and refuse a nonce now and then.
    local @ENV{qw(PEBBLE_VA_NOSLEEP PEBBLE_AUTHZREUSE PEBBLE_WFE_NONCEREJECT)} = (1, 0, 0);
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>',  "$dir/log";
        open STDERR, '>&', \*STDOUT;
        exec qw(pebble -strict -dnsserver 127.0.0.1:53 -config), "$dir/pebble.json" or POSIX::_exit(127);
    }
    my $self = bless { pid => $pid, dir => $dir, owner => $$ }, $class;
    wait_until('the ACME server to answer', sub {
        die "pebble: " . $self->log if waitpid $pid, POSIX::WNOHANG();
        $self->{root} = run(qw(curl -q -s --cacert), "$dir/ca.pem", "https://$MANAGEMENT/roots/0")->out;
        return $self->{root} =~ /BEGIN CERTIFICATE/;
    });
    return $self;
}

sub directory { "https://$ACME/dir" }
sub ca   { slurp("$_[0]{dir}/ca.pem") }
sub root { $_[0]{root} }
sub log  { slurp("$_[0]{dir}/log") }

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!);
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
