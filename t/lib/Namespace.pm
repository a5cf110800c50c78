package Namespace;

# A network of the test's own: the whole test runs again in a network namespace with nothing in it but loopback, where
# ports 443 and 53 are free, and with a resolv.conf that names a DNS server of the test.
#
#   use Namespace;
#   Namespace->enter;                              # at the top: comes back inside
#   my $dns = Namespace->dns('test.example', $records);   # knotd on 127.0.0.1:53; ends with the test

use strict;
use warnings;
use File::Temp;
use FindBin;
use IO::Socket::INET;
use POSIX ();
use Httpd;

my $KNOTD = "$FindBin::Bin/../../build/tools/root/usr/sbin/knotd";
my $INSIDE = 'MTA_STS_TEST_NAMESPACE';

sub enter {
    if (!$ENV{$INSIDE}) {
        $ENV{$INSIDE} = 1;
        my @as_user = $> ? ('--user', '--map-current-user', '--keep-caps') : ();
        exec 'unshare', @as_user, '--mount', '--net', $^X, $0 or die "unshare: $!\n";
    }
    my $resolv = File::Temp->new(TEMPLATE => 'resolv-XXXXXX', TMPDIR => 1);
    print {$resolv} "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n";
    close $resolv;
    chmod 0644, "$resolv";
    $ENV{PATH} .= ':/usr/sbin:/sbin';
    for (['ip', 'link', 'set', 'lo', 'up'], ['mount', '--bind', "$resolv", '/etc/resolv.conf']) {
        system(@$_) == 0 or die "@$_: failed\n";
    }
    our $keep = $resolv;
}

sub dns {
    my ($class, $zone, $records) = @_;
    my $dir = File::Temp->newdir('knot-XXXXXX', TMPDIR => 1);
    Httpd::spew("$dir/zone", <<"ZONE");
\$ORIGIN $zone.
\$TTL 60
\@ IN SOA ns hostmaster 1 7200 3600 1209600 60
\@ IN NS ns
ns IN A 127.0.0.1
$records
ZONE
    Httpd::spew("$dir/knot.conf", <<"CONF");
server:
    rundir: $dir
    listen: 127.0.0.1\@53
database:
    storage: $dir
log:
  - target: $dir/log
    any: info
zone:
  - domain: $zone
    file: $dir/zone
    zonefile-sync: -1
CONF
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDOUT, '>', "$dir/out";
        open STDERR, '>&', \*STDOUT;
        exec $KNOTD, '-c', "$dir/knot.conf" or POSIX::_exit(127);
    }
    my $self = bless { pid => $pid, dir => $dir, owner => $$ }, $class;
    Httpd::wait_until('the DNS server to answer', sub {
        die "knotd: " . Httpd::slurp("$dir/out") . Httpd::slurp("$dir/log") if waitpid $pid, POSIX::WNOHANG();
        _answers($zone);
    });
    return $self;
}

# Does the SOA record of the zone come? One question over TCP.
sub _answers {
    my ($zone) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 53, Timeout => 5) or return 0;
    my $question = pack('n6', 1, 0, 1, 0, 0, 0) . join('', map { pack 'C/a', $_ } split /\./, $zone) . pack('Cnn', 0, 6, 1);
    print {$socket} pack('n/a', $question);
    $socket->flush;
    my $read = sysread $socket, my $answer, 512;
    return $read && $read > 9 && unpack('x8 n', $answer) > 0;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!);
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
