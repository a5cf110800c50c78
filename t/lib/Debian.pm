# Debian.pm - a Debian web server of the test's own: what an administrator types is run as it is written
#
#   use Debian;
#   my $debian = Debian->enter('mta-sts.example.com');   # at the top: comes back inside
#   $debian->start;
#   $debian->follow('conf/sites/one-domain.conf');          # the commands in its header
#   my $done = $debian->sh('sudo a2ensite mta-sts');        # ->status ->out ->err
#   is $debian->get('https://mta-sts.example.com/.well-known/mta-sts.txt')->code, 200, 'promise';
#
# Inside, in namespaces for network and mounts, /etc, /var, /run, /usr/share/doc and the folders of apache2 are copies in
# memory or empty; nothing of the machine's is touched. apache2 and haproxy are configured there as their packages do it,
# with the files of the packages; the module, its documents and its examples lie where our package puts them. Loopback
# has ports 80 and 443 to itself.
# The names given are in /etc/hosts, and the CA of the test is one that curl trusts: so a page's own
# `curl https://mta-sts.example.com/...` works, and verifies.

package Debian;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp ();
use Httpd;
use Httpd::Tools qw(run slurp spew wait_until certificate);
use Namespace;
use POSIX ();
use Test::More ();

my $HOME  = abs_path(dirname(abs_path(__FILE__)) . '/../..');
my $TOOLS = "$HOME/build/tools/root";
my $DOC   = '/usr/share/doc/libapache2-mod-mta-sts';
my $OUTSIDE = 'MTA_STS_TEST_OUTSIDE';

my @PRIVATE = qw(/etc /var /run /usr/share/doc /usr/share/apache2 /usr/lib/apache2/modules);

# What apache2.postinst enables.
my @MODULES = qw(mpm_event access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex
    deflate dir env filter mime negotiation reqtimeout setenvif status);
my @CONFS = qw(charset localized-error-pages other-vhosts-access-log security serve-cgi-bin);

my ($box, @children, $haproxy_cfg);
my $OWNER;

# Where the package puts documents and examples.
sub doc { $DOC }

# Where packages are unpacked that would start a service.
sub tools { $TOOLS }

# Debian's /etc/haproxy/haproxy.cfg.
sub haproxy_cfg { $haproxy_cfg }

sub enter {
    my ($class, @names) = @_;
    for ("$TOOLS/usr/sbin/a2ensite", "$TOOLS/usr/sbin/haproxy", '/usr/sbin/apache2', "$HOME/build/mod_mta_sts.so") {
        -e or die "This test needs $_: run make, and sh t/lib/needs.sh build check, on Debian or Ubuntu.\n";
    }
    my $here = readlink '/proc/self/ns/mnt' or die "/proc/self/ns/mnt: $!\n";
    $ENV{$OUTSIDE} ||= $here;
    Namespace->enter;
    die "not in a namespace of its own\n" if $ENV{$OUTSIDE} eq $here;
    $OWNER = $$;
    my $resolv = slurp('/etc/resolv.conf');    # it may be a link into the /run that goes

    $box = File::Temp->newdir('debian-XXXXXX', TMPDIR => 1);
    my $module = abs_path(($ENV{MODULE_DIR} || "$HOME/build") . '/mod_mta_sts.so');
    _do('sh', '-euc', <<"END");
mount -t tmpfs -o mode=755 tmpfs $box
mkdir -p @{[ map { "$box$_" } @PRIVATE ]}
# who is not root may not read all of it, and needs no more than he may read
cp -a /etc/. $box/etc 2>$box/unread || [ $> != 0 ] || { cat $box/unread >&2; exit 1; }
chmod -R u+rwX $box/etc
for folder in /usr/share/apache2 /usr/lib/apache2/modules; do
    cp -a \$folder/. $box\$folder
done
rm -rf $box/etc/apache2 $box/etc/haproxy $box/etc/letsencrypt
cp -a $TOOLS/usr/share/apache2/. $box/usr/share/apache2
cp -a $TOOLS/etc/apache2 $TOOLS/etc/haproxy $box/etc/
cp $module $box/usr/lib/apache2/modules/
for folder in @PRIVATE; do
    mount --bind $box\$folder \$folder
done
END
    $ENV{PATH} = "$TOOLS/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin";

    unlink '/etc/resolv.conf';
    spew('/etc/resolv.conf', $resolv);
    _folders();
    _names(@names);
    # a graceful restart waits for connections that are kept alive
    my $conf = slurp('/etc/apache2/apache2.conf');
    $conf =~ s/^KeepAliveTimeout 5$/KeepAliveTimeout 1/m or die "no KeepAliveTimeout in apache2.conf\n";
    spew('/etc/apache2/apache2.conf', $conf);
    _users();
    _certificates(@names);
    _package();
    _enable(mods => map { ("$_.load", "$_.conf") } @MODULES);
    _enable(conf => map { "$_.conf" } @CONFS);
    _enable(sites => '000-default.conf');
    return $class;
}

# The links that a2enmod and its kind would make, without starting them.
sub _enable {
    my ($what, @files) = @_;
    for my $file (@files) {
        if (!-e "/etc/apache2/$what-available/$file") {
            next if $what eq 'mods' && $file =~ /\.conf$/;    # not every module has one
            die "apache2 has no $what-available/$file\n";
        }
        symlink "../$what-available/$file", "/etc/apache2/$what-enabled/$file" or die "$file: $!\n";
    }
}

sub _do {
    my $done = run(@_);
    die "@_: " . $done->out . $done->err if $done->status;
    return $done;
}

sub _folders {
    make_path(map { "/var/$_" } qw(www/html lib/apache2 lib/haproxy log/apache2 cache/apache2 tmp));
    make_path('/run/lock', '/run/haproxy');
    symlink '/run', '/var/run';
    symlink '/run/lock', '/var/lock';
    spew('/var/www/html/index.html', "the web site\n");
}

sub _names {
    my (@names) = @_;
    my $name = (POSIX::uname())[1];
    spew('/etc/hosts', "127.0.0.1 localhost\n127.0.1.1 $name.example.net $name\n" . join '', map { "127.0.0.1 $_\n" } @names);
}

# Who is not root is the only user that there is.
sub _users {
    $haproxy_cfg = slurp('/etc/haproxy/haproxy.cfg');
    if ($>) {
        my ($user, $group) = (scalar getpwuid($>), scalar getgrgid($)));
        spew('/etc/apache2/envvars', slurp('/etc/apache2/envvars')
            . "export APACHE_RUN_USER=$user\nexport APACHE_RUN_GROUP=$group\n");
        $haproxy_cfg =~ s/^\s*(?:user|group|chroot) .*\n//mg;
        spew('/etc/haproxy/haproxy.cfg', $haproxy_cfg);
        return;
    }
    spew('/etc/passwd', slurp('/etc/passwd') . "haproxy:x:64999:64999::/var/lib/haproxy:/usr/sbin/nologin\n");
    spew('/etc/group',  slurp('/etc/group') . "haproxy:x:64999:\n");
}

# A CA that curl trusts, and what ssl-cert leaves behind, which nobody trusts.
sub _certificates {
    my (@names) = @_;
    certificate('/etc/test-ca', @names);
    spew('/etc/ssl/certs/ca-certificates.crt', slurp('/etc/test-ca/ca.pem'));
    make_path('/etc/ssl/private');
    unlink '/etc/ssl/certs/ssl-cert-snakeoil.pem', '/etc/ssl/private/ssl-cert-snakeoil.key';
    _do(qw(openssl req -x509 -days 90 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=snakeoil
        -addext basicConstraints=CA:FALSE),
        '-keyout', '/etc/ssl/private/ssl-cert-snakeoil.key', '-out', '/etc/ssl/certs/ssl-cert-snakeoil.pem');
}

# A certificate for these names that curl trusts, in these two files; without the second, both in one.
sub trusted {
    my ($class, $cert, $key, @names) = @_;
    certificate('/etc/test-ca', @names);
    my ($c, $k) = map { slurp("/etc/test-ca/$_.pem") } qw(cert key);
    spew($cert, defined $key ? $c : "$c$k");
    spew($key, $k) if defined $key;
}

# What our package brings, by the lists that debian/ has of it.
sub _package {
    for (split /\n/, slurp("$HOME/debian/libapache2-mod-mta-sts.apache2")) {
        my ($file) = /^mod (\S+)$/ or die "debian/*.apache2: $_?\n";
        _do('cp', "$HOME/$file", '/etc/apache2/mods-available/');
    }
    for my $list (['docs', $DOC], ['examples', "$DOC/examples"]) {
        my ($kind, $to) = @$list;
        make_path($to);
        for my $pattern (split /\n/, slurp("$HOME/debian/libapache2-mod-mta-sts.$kind")) {
            my @files = glob "$HOME/$pattern" or die "debian/*.$kind: $pattern is nothing\n";
            _do('cp', '-R', @files, $to);
        }
    }
}

# ---- what is typed -----------------------------------------------------------

# Runs commands as they are written. Root needs no sudo, and it may not be there.
sub sh {
    my ($class, $commands) = @_;
    return run('sh', '-c', $commands =~ s/\bsudo //gr);
}

# The same, and it has to succeed.
sub must {
    my ($class, $commands) = @_;
    my $done = $class->sh($commands);
    die "$commands: " . $done->out . $done->err . slurp('/var/log/apache2/error.log') if $done->status;
    return $done;
}

# The commands of a file's header: its lines of a hash and four blanks. One that ends with a backslash goes on.
sub commands_of {
    my ($class, $file) = @_;
    my ($header) = slurp("$HOME/$file") =~ /\A((?:#.*\n|\n)+)/ or die "$file has no header\n";
    my @lines = $header =~ /^#    (.*)$/mg or die "the header of $file has no command\n";
    return split /\n/, join("\n", @lines) =~ s/\\\n\s*//gr;
}

# Does what the header of a file says: each command has to succeed, and configtest to say "Syntax OK" and no more.
#
#   instead => {certbot => sub { my ($command) = @_ }}    what is done in place of a command that begins so
#   after   => {curl => sub { my ($done, $command) = @_ }}   what is asked when such a command is through
#
# There is no editor: what would be changed is in the test's names.
sub follow {
    my ($class, $file, %option) = @_;
    my $of = sub { my ($kind, $command) = @_; grep { $command =~ /^(?:sudo )?\Q$_\E/ } keys %{ $option{$kind} || {} } };
    for my $command ($class->commands_of($file)) {
        next if $command =~ /^sudoedit /;
        if (my ($begin) = $of->('instead', $command)) {
            $option{instead}{$begin}->($command);
            next;
        }
        my $done = $command =~ /\b(?:graceful|restart)\b/ ? $class->reload($command) : $class->sh($command);
        Test::More::is($done->status, 0, $command)
            or Test::More::diag($done->out, $done->err, slurp('/var/log/apache2/error.log'));
        Test::More::is($done->err, "Syntax OK\n", '... says no more than that') if $command =~ /configtest/;
        $option{after}{$_}->($done, $command) for $of->('after', $command);
    }
}

# ---- httpd -------------------------------------------------------------------

sub _pid { slurp('/run/apache2/apache2.pid') =~ /^(\d+)$/ ? $1 : undef }

sub start {
    my ($class) = @_;
    my $done = $class->must('apachectl start');
    wait_until('httpd to start', sub { slurp('/var/log/apache2/error.log') =~ /resuming normal operations/ });
    return $done;
}

# Waits until what was signalled has happened: each start, and each restart, says so.
sub starts { return scalar(() = slurp('/var/log/apache2/error.log') =~ /resuming normal operations/g) }

# Ends it, and begins the error log anew.
sub stop {
    my ($class) = @_;
    my $pid = _pid() or return;
    $class->must('apachectl stop');
    wait_until('httpd to end', sub { _ended($pid) });
    rename '/var/log/apache2/error.log', '/var/log/apache2/error.log.1';
}

# Nobody in the namespace waits for a daemon: one that has ended may stay a zombie.
sub _ended { return slurp("/proc/$_[0]/stat") =~ /\A\z|\) Z / }

# Runs commands of which one restarts httpd, until no process of the old configuration answers any more. There is no
# systemd to ask for a restart: what it would do is done here.
sub reload {
    my ($class, $commands) = @_;
    my %old  = map { $_ => 1 } _workers();
    my $was  = $class->starts;
    my $restart = $commands =~ s/ && sudo systemctl restart apache2$//m;
    my $done = $class->sh($commands);
    return $done if $done->status;
    if ($restart) {
        my $pid = _pid();
        $class->must('apachectl stop');
        wait_until('httpd to end', sub { _ended($pid) });
        $class->must('apachectl start');
    }
    wait_until("httpd to come back after: $commands", sub { $class->starts > $was });
    wait_until('the old processes to end', sub { !grep { $old{$_} } _workers() });
    return $done;
}

# The children of httpd. One that has ended, and is not yet noticed, counts until it is.
sub _workers {
    my $parent = _pid() or return;
    return split ' ', slurp("/proc/$parent/task/$parent/children");
}

# ---- other programs ------------------------------------------------------------

# Starts a program that goes on; it ends with the test.
sub spawn {
    my ($class, @command) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $OWNER = 0;
        POSIX::setsid();
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>>', '/var/log/spawned';
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }
    push @children, $pid;
    return $pid;
}

sub end_of {
    my ($class, $pid) = @_;
    kill 'TERM', $pid;
    waitpid $pid, 0;
    @children = grep { $_ != $pid } @children;
}

# ---- requests --------------------------------------------------------------------

# A request through curl, to the address that /etc/hosts says; the further arguments are curl's.
sub get {
    my ($class, $url, @curl) = @_;
    my $done = run(qw(curl -q -s -S -i --path-as-is --max-time 30 --noproxy * --http1.1), @curl, $url);
    my $got = Httpd::Result->of_http($done->out);
    $got->{err} = $done->err;
    return $got;
}

END {
    if ($OWNER && $$ == $OWNER) {
        my $status = $?;
        if (my $pid = _pid()) {
            kill 'TERM', $pid;
            eval { wait_until('httpd to end', sub { _ended($pid) }) };
            warn $@ if $@;
        }
        kill 'TERM', $_ and waitpid $_, 0 for @children;
        chdir '/';
        # the copies first, then what they are in
        system('umount', '-l', $_) for reverse @PRIVATE;
        system('umount', '-l', "$box") if $box;
        $? = $status;
    }
}

1;
