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
#   my $resolver = Namespace->resolver('test.example');   # unbound on 127.0.0.53:53, which resolv.conf names from then on
#   $resolver->forget;                             # its cache is empty, as when each TTL is over

use strict;
use warnings;
use File::Temp;
use FindBin;
use IO::Socket::INET;
use POSIX ();
use Httpd;

my ($KNOTD, $NAMED, $UNBOUND, $CONTROL) = map { "$FindBin::Bin/../../build/tools/root/usr/sbin/$_" }
    qw(knotd named unbound unbound-control);
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
    close $resolv;
    chmod 0644, "$resolv";
    _resolv_conf("$resolv", '127.0.0.1');
    $ENV{PATH} .= ':/usr/sbin:/sbin';
    for (['ip', 'link', 'set', 'lo', 'up'], ['mount', '--bind', "$resolv", '/etc/resolv.conf']) {
        system(@$_) == 0 or die "@$_: failed\n";
    }
    our @keep = ($resolv, _users(@{ $option{users} || [] }));
}

sub _resolv_conf {
    my ($file, $address) = @_;
    Httpd::spew($file, "nameserver $address\noptions timeout:2 attempts:2\n");
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

# The two name servers, and the resolver: command, and configuration file.
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
    unbound => [sub { ($UNBOUND, '-d', '-c', "$_[0]/conf") }, <<'CONF'],
server:
    directory: "DIR"
    chroot: ""
    username: ""
    pidfile: "DIR/pid"
    use-syslog: no
    logfile: "DIR/log"
    interface: 127.0.0.53
    do-not-query-localhost: no
    module-config: "iterator"
remote-control:
    control-enable: yes
    control-interface: "DIR/control"
    control-use-cert: no
stub-zone:
    name: "ZONE"
    stub-addr: 127.0.0.1
CONF
);

sub dns {
    my ($class, $zone, $records, %option) = @_;
    my $self = $class->_new($zone);
    $self->_zone_file($records);
    $self->_start($option{server} || 'knotd', CONFIG => $option{config} // '', IN_ZONE => $option{zone} // '');
    $self->_wait;
    return $self;
}

sub _new {
    my ($class, $zone) = @_;
    return bless { zone => $zone, dir => File::Temp->newdir('dns-XXXXXX', TMPDIR => 1), owner => $$, serial => 0 }, $class;
}

sub _start {
    my ($self, $server, %value) = @_;
    my ($command, $conf) = @{ $SERVER{$server} };
    my $dir = $self->{dir};
    @value{qw(DIR ZONE)} = ($dir, $self->{zone});
    Httpd::spew("$dir/conf", $conf =~ s/\b(DIR|ZONE|CONFIG|IN_ZONE)\b/$value{$1}/gr);
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDOUT, '>', "$dir/out";
        open STDERR, '>&', \*STDOUT;
        exec $command->($dir) or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
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
    Httpd::wait_until('the DNS server to answer with the zone as it is now', sub { $self->_lives && $self->_answers });
}

sub _lives {
    my ($self) = @_;
    my ($dir, $pid) = @$self{qw(dir pid)};
    die "DNS server: " . Httpd::slurp("$dir/out") . Httpd::slurp("$dir/log") if waitpid $pid, POSIX::WNOHANG();
    return 1;
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

# ---- a resolver, which has a cache ------------------------------------------

sub resolver {
    my ($class, $zone) = @_;
    my $self = $class->_new($zone);
    $self->_start('unbound');
    Httpd::wait_until('the resolver to start', sub { $self->_lives && !$self->_control('status')->status });
    _resolv_conf('/etc/resolv.conf', '127.0.0.53');
    return $self;
}

sub forget {
    my ($self) = @_;
    for (['flush_zone', '.'], ['flush_infra', 'all']) {
        my $done = $self->_control(@$_);
        die "unbound-control @$_: " . $done->out . $done->err if $done->status;
    }
}

sub _control { my ($self, @command) = @_; return Httpd::run($CONTROL, '-c', "$self->{dir}/conf", @command) }

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$ || !$self->{pid};
    local ($?, $!);
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
