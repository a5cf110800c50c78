# Httpd.pm - a private httpd for a test: its own folder, ports and error log
#
#   my $httpd = Httpd->start(<<'CONF', modules => ['rewrite']);
#   <VirtualHost *:PORT> ... </VirtualHost>
#   CONF
#   is $httpd->get('mta-sts.example.com', '/')->code, 403, 'promise';
#   $httpd->stop;
#
# In a configuration PORT, PORT2, TLSPORT and the like stand for ports of 127.0.0.1 that the kernel gave, ROOT for the
# folder. The error log is a contract: `stop` fails the test for each line at warn or above that it did not expect, and
# for each expected line that did not come.
#
# Options of start, reconfigure and configtest:
#   modules     => [names]     stock modules to load besides the few that every httpd needs: 'rewrite', 'ssl'
#   module      => 0           without the module under test
#   tlsrpt      => 1           with mod_tlsrpt, too
#   expect      => [qr//]      lines at warn or above that must come
#   allow       => [qr//]      lines at warn or above that may come
#   files       => {path => content}   below ROOT
#   certificate => [names]     ROOT/cert.pem and ROOT/key.pem, for these names, from the CA in ROOT/ca.pem
#   ports       => {TLSPORT => 8443}   instead of asking the kernel
#   defines     => [names]     -D of configtest
#
# From the environment: APXS, MODULE_DIR (else build/), MPM (else event), HTTPD_PRELOAD (LD_PRELOAD of httpd alone, for
# sanitizers), HTTPD_WRAPPER (words before the httpd command: valgrind).

package Httpd;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use Httpd::Tools qw(run slurp spew wait_until certificate $PATIENCE);
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Scalar::Util qw(weaken);
use Test::More ();
use Time::HiRes qw(sleep time);
use version;

my $HERE     = dirname(abs_path(__FILE__));
my $STARTED  = qr/resuming normal operations/;    # httpd's last word when a (re)start is through
# What no test may expect: reports of sanitizers and valgrind, a child that crashed.
my $REPORT   = qr/runtime error:|ERROR: \w+Sanitizer|exit signal|^==\d+==\s+(?:Invalid|Conditional|Use of|Syscall|Mismatched|Source)/;
my $OWNER    = $$;
my (%running, @trouble);

umask 022;                                  # httpd reads as another user what root writes
$SIG{INT} = $SIG{TERM} = sub { exit 1 };    # so that END runs

# ---- programs and folders of the installed httpd ---------------------------

my ($HTTPD, $LIBEXECDIR, %built_in);

sub _find_httpd {
    return if $HTTPD;
    my $apxs = $ENV{APXS} || 'apxs';
    my $answer = run($apxs, qw(-q SBINDIR PROGNAME LIBEXECDIR))->out;
    chomp $answer;
    my ($sbin, $name, $libexec) = split /;;/, $answer;
    die "$apxs does not say where httpd is\n" unless $libexec && -x "$sbin/$name";
    $HTTPD      = "$sbin/$name";
    $LIBEXECDIR = $libexec;
    %built_in   = map { s/^mod_//r => 1 } run($HTTPD, '-l')->out =~ /(\w+)\.c$/mg;
}

# Is the httpd that version or a later one? Httpd->at_least('2.4.49')
sub at_least {
    my ($class, $version) = @_;
    _find_httpd();
    my ($is) = run($HTTPD, '-v')->out =~ m{Apache/(\d+\.\d+\.\d+)} or die "$HTTPD -v names no version\n";
    return version->parse("v$is") >= version->parse("v$version");
}

# The LoadModule line of a stock module, nothing for one that is built in.
sub _load {
    my ($name) = @_;
    return '' if $built_in{$name} || $name =~ /^mpm_(\w+)/ && $built_in{$1};
    my $file = "$LIBEXECDIR/mod_$name.so";
    die "This test needs mod_$name, and there is no $file.\n" unless -e $file;
    return "LoadModule ${name}_module $file\n";
}

# ---- a configuration -------------------------------------------------------

sub new {
    my ($class, $conf, %option) = @_;
    _find_httpd();
    my $folder = File::Temp->newdir('httpd-XXXXXX', TMPDIR => 1);
    my $self = bless {
        folder => $folder, root => "$folder", owner => $$, option => {%option},
        expect => [@{ $option{expect} || [] }], allow => [@{ $option{allow} || [] }],
        port => { %{ $option{ports} || {} } },
    }, $class;
    chmod 0755, $self->root;
    certificate($self->root, @{ $option{certificate} }) if $option{certificate};
    $self->write($conf);
    return $self;
}

sub root   { $_[0]{root} }
sub port   { $_[0]{port}{ $_[1] || 'PORT' } }
sub expect { my $self = shift; push @{ $self->{expect} }, @_ }

# Puts the private httpd.conf into ROOT; %more changes the options.
sub write {
    my ($self, $conf, %more) = @_;
    my $option = $self->{option} = { %{ $self->{option} }, %more };
    my $root = $self->root;

    spew("$root/$_", $option->{files}{$_}) for keys %{ $option->{files} || {} };
    my %named = map { $_ => 1 } $conf =~ /\b((?:TLS)?PORT\d*)\b/g;
    $named{PORT} = 1 unless %named;
    $self->_ask_for_ports(grep { !$self->{port}{$_} } sort keys %named);
    $self->{conf} = $conf;
    $conf =~ s/\b((?:TLS)?PORT\d*)\b/$self->{port}{$1}/g;
    $conf =~ s/\bROOT\b/$root/g;

    my @modules = ('mpm_' . ($ENV{MPM} || 'event'), qw(unixd authz_core), @{ $option->{modules} || [] });
    push @modules, 'socache_shmcb' if grep { $_ eq 'ssl' } @modules;
    push @modules, 'watchdog' if grep { $_ eq 'md' } @modules;    # Debian's is built in
    my %ours = (mta_sts => $option->{module} // 1, tlsrpt => $option->{tlsrpt});
    my %file = map { $_ => ($ENV{MODULE_DIR} || "$HERE/../../build") . "/mod_$_.so" } keys %ours;
    for (grep { $ours{$_} } sort keys %ours) {
        die "There is no $file{$_}: run make first.\n" if !-e $file{$_};
    }
    my %seen;
    my $text = join '',
        "ServerRoot $root\nServerName localhost\n",
        "PidFile $root/httpd.pid\nDefaultRuntimeDir $root\n",
        "ErrorLog $root/error.log\nLogLevel notice\n",
        (map { "Listen 127.0.0.1:$self->{port}{$_}\n" } sort keys %named),
        (map { _load($_) } grep { !$seen{$_}++ } @modules),
        (map { "LoadModule ${_}_module " . abs_path($file{$_}) . "\n" } grep { $ours{$_} } sort keys %ours),
        _user(), <<'END', $conf;
ServerLimit 16
MaxRequestWorkers 16
<IfModule mpm_prefork_module>
    StartServers 2
    MinSpareServers 2
    MaxSpareServers 4
</IfModule>
<IfModule !mpm_prefork_module>
    StartServers 1
    ThreadsPerChild 4
    MinSpareThreads 1
    MaxSpareThreads 16
</IfModule>
<IfModule ssl_module>
    SSLSessionCache shmcb:sessions(65536)
</IfModule>
<IfModule mime_module>
    TypesConfig /dev/null
    AddType text/html .html
    AddType text/plain .txt
</IfModule>

END
    spew("$root/httpd.conf", $text);
}

# Asks the kernel for free ports: all are open at once, so no two are the same.
sub _ask_for_ports {
    my ($self, @names) = @_;
    my %socket = map {
        $_ => IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') || die "no port: $!\n"
    } @names;
    $self->{port}{$_} = $socket{$_}->sockport for @names;
}

# Root gives its rights away; whoever else runs the tests keeps his own.
sub _user {
    return '' if $>;
    my ($user)  = grep { defined getpwnam $_ } qw(www-data nobody);
    my ($group) = grep { defined getgrnam $_ } qw(www-data nogroup nobody);
    return "User $user\nGroup $group\n";
}

# Runs the httpd program on this configuration: $httpd->command('-k', 'graceful')
sub command {
    my ($self, @arguments) = @_;
    local $ENV{LD_PRELOAD} = $ENV{HTTPD_PRELOAD} || $ENV{LD_PRELOAD} || '';
    my $done = run($self->_httpd, @arguments);
    push @trouble, grep { $_ =~ $REPORT } split /\n/, $done->err;
    return $done;
}

# Absolute paths: httpd goes to / and reads them again at a restart.
sub _httpd {
    my ($self) = @_;
    return (split(' ', $ENV{HTTPD_WRAPPER} || ''), $HTTPD, '-d', $self->root, '-f', $self->root . '/httpd.conf');
}

# httpd -t, of a configuration or of the one that runs: ->status ->out ->err
sub configtest {
    my ($self, $conf, %option) = @_;
    $self = $self->new($conf, %option) unless ref $self;
    return $self->command('-t', map { ('-D', $_) } @{ $self->{option}{defines} || [] });
}

# ---- start, restart, stop --------------------------------------------------

sub start {
    my ($class, $conf, %option) = @_;
    my $self;
    for my $attempt (1 .. 5) {
        $self = $class->new($conf, %option);
        last if $self->_launch;
        my $why = $self->problem_text;
        die "httpd does not start:\n$why" unless $why =~ /Address already in use/ && !$option{ports};
        undef $self;    # somebody took the port between the question and the start
    }
    return $self || die "five times another program took the port\n";
}

sub problem_text { slurp($_[0]->root . '/stderr') . slurp($_[0]->root . '/error.log') }

sub _launch {
    my ($self) = @_;
    my $root = $self->root;
    my $before = length $self->log;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        POSIX::setsid();    # httpd signals its whole process group, and the test must not be in it
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', "$root/stderr";
        $ENV{LD_PRELOAD} = $ENV{HTTPD_PRELOAD} if $ENV{HTTPD_PRELOAD};
        exec($self->_httpd, '-D', 'FOREGROUND') or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    weaken($running{$self} = $self);
    wait_until('httpd to start', sub { $self->_gone || $self->log($before) =~ $STARTED });
    return !$self->_gone;
}

# kill -9 of all processes of httpd, as if the power had gone; and httpd once more, on the same files and ports.
sub kill_all {
    my ($self) = @_;
    my $group = delete $self->{pid};
    delete $running{$self};
    kill 'KILL', -$group;
    waitpid $group, 0;
    wait_until('the processes of httpd to end', sub { !kill 0, -$group });
}

sub start_again {
    my ($self) = @_;
    $self->_launch or die "httpd does not start again:\n" . $self->problem_text;
}

sub _gone {
    my ($self) = @_;
    return 1 if !$self->{pid};
    return 0 if waitpid($self->{pid}, WNOHANG) != $self->{pid};
    $self->{exit} = $?;
    delete $self->{pid};
    delete $running{$self};
    return 1;
}

sub pid   { $_[0]{pid} }
sub alive { !$_[0]->_gone }

# The error log, from an offset on.
sub log { slurp($_[0]->root . '/error.log', $_[1]) }

# All three answer what httpd has logged meanwhile.
sub graceful { $_[0]->_again($_[1] || 'USR1') }    # or by what the sub does
sub restart  { $_[0]->_again('HUP') }

sub reconfigure {
    my ($self, $conf, %more) = @_;
    $self->write($conf, %more);
    return $self->graceful;
}

# When it returns, no child answers by the old configuration any more, and one by the new can. (Httpd forks the new ones
# only after it has said that it goes on. A child that is just being forked belongs to nobody's list, and may miss a
# signal: the next step of a test would meet it.)
sub _again {
    my ($self, $signal) = @_;
    my %old = map { $_ => 1 } $self->children;
    $self->_settle;
    my $said = $self->signal($signal);
    wait_until('the old children to end', sub { !grep { $old{$_} } $self->children });
    wait_until('a new child', sub { $self->_gone || grep { _serves($_) } $self->children });
    return $said;
}

# Only waits until httpd has read its configuration again.
sub signal {
    my ($self, $signal) = @_;
    my $before = length $self->log;
    ref $signal ? $signal->() : kill $signal, $self->{pid};
    wait_until("httpd to come back after $signal", sub { $self->_gone || $self->log($before) =~ $STARTED });
    die "httpd ended at $signal:\n" . $self->log($before) if $self->_gone;
    return $self->log($before);
}

# Has this child got as far as its worker threads? By then it takes signals.
sub _serves {
    my ($pid) = @_;
    my @threads = glob "/proc/$pid/task/[0-9]*";
    return @threads > (($ENV{MPM} || 'event') eq 'prefork' ? 0 : 2);
}

# Waits until all threads of httpd sleep, as they do between requests; not for long, because some have work of their own.
# The MPM event, told to end, closes the sockets of its threads; the one that has just answered may free its socket at
# the same moment (httpd 2.4.71: AH03092, or a crash in apr_os_sock_get, with httpd's own handlers as well).
sub _settle {
    my ($self) = @_;
    for (1 .. 200) {
        my @states = map { slurp($_) =~ /^\d+ \(.*\) (\S)/s } map { glob "/proc/$_/task/[0-9]*/stat" } $self->children;
        return if !grep { $_ ne 'S' } @states;
        sleep 0.005;
    }
}

# Process ids of the children of httpd; one that has ended, and only waits to be noticed, counts no more.
sub children {
    my ($self) = @_;
    return grep { slurp("/proc/$_/stat") =~ /^\d+ \(.*\) [^Z] $self->{pid} /s } map { m{(\d+)$} } glob '/proc/[0-9]*';
}

# Ends httpd, and holds its error log against what the test expected.
sub stop {
    my ($self, $name) = @_;
    my @bad = $self->end;
    Test::More::ok(!@bad, $name || 'the error log holds what the test expects, and no more')
        or Test::More::diag(map { "  $_\n" } @bad);
}

# The same without a word: answers what is wrong.
sub end {
    my ($self) = @_;
    return if $self->{ended}++;
    my @bad;
    if ($self->_gone) {
        push @bad, "httpd was gone before the test stopped it (wait status $self->{exit})";
    }
    else {
        $self->_settle;
        kill 'TERM', $self->{pid};
        my $end = time + $PATIENCE;
        sleep 0.01 until $self->_gone || time > $end;
        if (!$self->_gone) {
            push @bad, "httpd did not end within $PATIENCE seconds";
            kill 'KILL', $self->{pid};
            waitpid $self->{pid}, 0;
        }
        delete $running{$self};
    }
    return @bad, $self->complaints;
}

# Valgrind's lines that are no errors, mod_ssl where it was built with a newer OpenSSL than the one installed, and what
# mod_http2 thinks of prefork.
my $not_ours = qr/^==\d+==|AH01882:|AH10034:/;

# Nor is it that the MPM worker lets its children end late: a mistake that httpd 2.4.62 mended, says its CHANGES. With
# AH00045 httpd reminds such a child; AH00291 is one from before a graceful restart, for which it has no slot any more.
sub _late_children {
    return ($ENV{MPM} || '') eq 'worker' && !Httpd->at_least('2.4.62') ? qr/AH00045:|AH00291:/ : qr/(?!)/;
}

# What is in the error log and should not be, or should be and is not.
sub complaints {
    my ($self) = @_;
    my $late = _late_children();
    my (@bad, %came);
    for my $line (split /\n/, $self->problem_text) {
        if ($line =~ $REPORT) {
            push @bad, $line;
            next;
        }
        next if $line eq '' || $line =~ /^\[[^]]+\] \[[^]]*:(?:notice|info|debug|trace\d)\]/ || $line =~ $not_ours
            || $line =~ $late;
        my @match = grep { $line =~ $_ } @{ $self->{expect} };
        $came{$_} = 1 for @match;
        push @bad, $line unless @match || grep { $line =~ $_ } @{ $self->{allow} };
    }
    push @bad, map { "expected, but it did not come: $_" } grep { !$came{$_} } @{ $self->{expect} };
    return @bad;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$ || !$self->{pid};
    local ($@, $!, $?);
    push @trouble, $self->end;
}

# ---- requests --------------------------------------------------------------

# A request through curl: $httpd->get('mta-sts.example.com', '/path', ...) -> Httpd::Result
#
#   tls     => 1, or '1.2', '1.3'    to TLSPORT, the certificate verified against ROOT/ca.pem
#   http    => '1.0', '1.1', '2'     (1.1)
#   method  => 'HEAD'                (GET)
#   headers => ['Name: value']
#   data    => 'body'
#   port    => 'PORT2'
#   target  => '*'                   the request target, when it is not the path
#   curl    => ['--option']          whatever else
sub get {
    my ($self, $host, $path, %option) = @_;
    my $tls  = $option{tls};
    my $port = $self->port($option{port} || ($tls ? 'TLSPORT' : 'PORT'));
    my $http = $option{http} || '1.1';
    my $method = $option{method} || 'GET';

    my @curl = qw(curl -q -s -S -i --path-as-is --globoff --max-time 30 --noproxy *);
    push @curl, '--resolve', "$host:$port:127.0.0.1";
    push @curl, $http eq '2' && !$tls ? '--http2-prior-knowledge' : "--http$http";
    push @curl, '--cacert', $self->root . '/ca.pem' if $tls;
    push @curl, '--no-alpn' if $http eq '1.0';    # OpenSSL refuses what curl would say there
    push @curl, "--tlsv$tls", '--tls-max', $tls if $tls && $tls ne '1';
    push @curl, $method eq 'HEAD' ? '--head' : ('-X', $method);
    push @curl, '--data-binary', $option{data} if defined $option{data};
    push @curl, '--request-target', $option{target} if defined $option{target};
    push @curl, map { ('-H', $_) } @{ $option{headers} || [] };
    my $done = run(@curl, @{ $option{curl} || [] }, ($tls ? 'https' : 'http') . "://$host:$port$path");
    Test::More::diag("curl: " . $done->err) if $done->status;
    return Httpd::Result->of_http($done->out);
}

# Says the bytes on one plain connection and answers all that httpd says until it closes: for what curl would not send,
# and for several requests on one connection.
sub talk {
    my ($self, $bytes, $port) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->port($port), Timeout => 30)
        or die "no connection: $!\n";
    local $SIG{ALRM} = sub { die "no end of the answer\n" };
    alarm 30;
    print {$socket} $bytes;
    local $/;
    my $answer = <$socket>;
    alarm 0;
    return $answer // '';
}

# A test that dies or forgets `stop` leaves no httpd behind, and does not pass.
END {
    if ($$ == $OWNER) {
        my $status = $?;
        local @SIG{qw(INT TERM)} = ('IGNORE') x 2;
        push @trouble, map { ('stopped by END', $_->end) } grep { defined } values %running;
        print STDERR map { "# $_\n" } @trouble;
        $? = $status || (@trouble ? 1 : 0);
    }
}

1;
