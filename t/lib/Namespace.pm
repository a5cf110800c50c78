package Namespace;

# A network of the test's own: the whole test runs again in a network namespace with nothing in it but loopback, where
# ports 443 and 53 are free, and with a resolv.conf that names a DNS server of the test.
#
#   use Namespace;
#   Namespace->enter;                              # at the top: comes back inside
#   Namespace->enter(users => ['_mail']);          # with system users that only the test knows; who is not root asks sudo
#   my $dns = Namespace->dns('test.example', $records);   # knotd on 127.0.0.1:53; ends with the test
#   $dns->publish($records);                       # these instead
#   Namespace->dns($zone, $records, server => 'named', zone => 'lines for the zone', config => 'lines outside')
#                                                  # bind instead of knot; its configuration

use strict;
use warnings;
use File::Temp;
use FindBin;
use IO::Socket::INET;
use POSIX ();
use Httpd;

my ($KNOTD, $NAMED) = map { "$FindBin::Bin/../../build/tools/root/usr/sbin/$_" } qw(knotd named);
my $INSIDE = 'MTA_STS_TEST_NAMESPACE';

sub enter {
    my ($class, %option) = @_;
    _as_root() if $option{users} && $>;
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
    our @keep = ($resolv, _users(@{ $option{users} || [] }));
}

# Servers that give their rights away to users of their own want root.
sub _as_root {
    my @kept = map { "$_=$ENV{$_}" } grep { defined $ENV{$_} }
        qw(PATH TMPDIR APXS MODULE_DIR MPM HTTPD_PRELOAD HTTPD_WRAPPER ASAN_OPTIONS UBSAN_OPTIONS);
    exec('sudo', 'env', @kept, $^X, $0, @ARGV) or die "This test needs root, and there is no sudo.\n";
}

# The files of users and groups, as seen from inside, with these added: each with a group of its name.
sub _users {
    my @names = @_ or return;
    my @files;
    for my $file (qw(passwd group)) {
        my $id = 61_000;
        my $text = Httpd::slurp("/etc/$file");
        $text .= "\n" unless $text =~ /\n\z/;
        for my $name (@names) {
            $id++ while $text =~ /^[^:]*:[^:]*:$id:/m;
            $text .= $file eq 'passwd' ? "$name:*:${id}:${id}::/nonexistent:/usr/sbin/nologin\n" : "$name:*:${id}:\n";
        }
        my $own = File::Temp->new(TEMPLATE => "$file-XXXXXX", TMPDIR => 1);
        print {$own} $text;
        close $own;
        chmod 0644, "$own";
        system('mount', '--bind', "$own", "/etc/$file") == 0 or die "mount of /etc/$file: failed\n";
        push @files, $own;
    }
    return @files;
}

sub _zone_file {
    my ($self, $records) = @_;
    my $serial = ++$self->{serial};
    Httpd::spew("$self->{dir}/zone", <<"ZONE");
\$ORIGIN $self->{zone}.
\$TTL 60
\@ IN SOA ns hostmaster $serial 7200 3600 1209600 60
\@ IN NS ns
ns IN A 127.0.0.1
$records
ZONE
}

# The two name servers: command, and configuration file.
my %SERVER = (
    knotd => [sub { ($KNOTD, '-c', "$_[0]/conf") }, <<'CONF'],
server:
    rundir: DIR
    listen: 127.0.0.1@53
database:
    storage: DIR
log:
  - target: DIR/log
    any: info
CONFIG
zone:
  - domain: ZONE
    file: DIR/zone
    zonefile-sync: -1
IN_ZONE
CONF
    named => [sub { ($NAMED, '-c', "$_[0]/conf", '-f') }, <<'CONF'],
options {
    directory "DIR";
    pid-file "DIR/pid";
    session-keyfile "DIR/session.key";
    listen-on { 127.0.0.1; };
    listen-on-v6 { none; };
    recursion no;
};
controls { };
logging { channel log { file "DIR/log"; severity info; }; category default { log; }; };
CONFIG
zone "ZONE" {
    type primary;
    file "DIR/zone";
IN_ZONE
};
CONF
);

sub dns {
    my ($class, $zone, $records, %option) = @_;
    my ($command, $conf) = @{ $SERVER{ $option{server} || 'knotd' } };
    my $dir = File::Temp->newdir('dns-XXXXXX', TMPDIR => 1);
    my $self = bless { zone => $zone, dir => $dir, owner => $$, serial => 0 }, $class;
    $self->_zone_file($records);
    my %value = (DIR => $dir, ZONE => $zone, CONFIG => $option{config} // '', IN_ZONE => $option{zone} // '');
    Httpd::spew("$dir/conf", $conf =~ s/\b(DIR|ZONE|CONFIG|IN_ZONE)\b/$value{$1}/gr);
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDOUT, '>', "$dir/out";
        open STDERR, '>&', \*STDOUT;
        exec $command->($dir) or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    $self->_wait;
    return $self;
}

# Other records for the zone. When it returns, the DNS server answers with them.
sub publish {
    my ($self, $records) = @_;
    $self->_zone_file($records);
    kill 'HUP', $self->{pid};
    $self->_wait;
}

sub _wait {
    my ($self) = @_;
    my ($dir, $pid) = @$self{qw(dir pid)};
    Httpd::wait_until('the DNS server to answer with the zone as it is now', sub {
        die "DNS server: " . Httpd::slurp("$dir/out") . Httpd::slurp("$dir/log") if waitpid $pid, POSIX::WNOHANG();
        $self->_answers;
    });
}

# Does the SOA record of the zone come, with the serial number of now? One question over TCP.
sub _answers {
    my ($self) = @_;
    my $zone = $self->{zone};
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 53, Timeout => 5) or return 0;
    my $question = pack('n6', 1, 0, 1, 0, 0, 0) . join('', map { pack 'C/a', $_ } split /\./, $zone) . pack('Cnn', 0, 6, 1);
    print {$socket} pack('n/a', $question);
    $socket->flush;
    my $read = sysread $socket, my $answer, 512;
    return 0 unless $read && $read > 9 && unpack('x8 n', $answer) > 0;
    my $soa = pack 'N5', $self->{serial}, 7200, 3600, 1209600, 60;
    return index($answer, $soa) >= 0;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$ || !$self->{pid};
    local ($?, $!);
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
