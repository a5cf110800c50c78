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
use File::Path qw(make_path);
use File::Temp ();
use IO::Socket::INET;
use IPC::Open3;
use POSIX qw(:sys_wait_h);
use Scalar::Util qw(weaken);
use Test::More ();
use Time::HiRes qw(sleep time);

my $PATIENCE = $ENV{HTTPD_WRAPPER} ? 300 : 60;    # seconds until a wait counts as hung
my $HERE     = dirname(abs_path(__FILE__));
my $OWNER    = $$;
my (%running, @trouble);

$SIG{INT} = $SIG{TERM} = sub { exit 1 };          # so that END runs

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

# The LoadModule line of a stock module, nothing for one that is built in.
sub _load {
    my ($name) = @_;
    return '' if $built_in{$name} || $name =~ /^mpm_(\w+)/ && $built_in{$1};
    my $file = "$LIBEXECDIR/mod_$name.so";
    die "This test needs mod_$name, and there is no $file.\n" unless -e $file;
    return "LoadModule ${name}_module $file\n";
}

# ---- running programs ------------------------------------------------------

# Runs a program to its end, or to the end of our patience: ->status ->out ->err
sub run {
    my @command = @_;
    my ($out, $err) = map { File::Temp->new } 1, 2;
    open my $null, '<', '/dev/null' or die $!;
    my $pid = open3('<&' . fileno $null, '>&' . fileno $out, '>&' . fileno $err, @command);
    local $SIG{ALRM} = sub { kill 'KILL', $pid };
    alarm $PATIENCE;
    waitpid $pid, 0;
    my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    alarm 0;
    return Httpd::Result->new(status => $status, out => slurp("$out"), err => slurp("$err"));
}

sub slurp {
    my ($file) = @_;
    open my $in, '<:raw', $file or return '';
    local $/;
    return <$in> // '';
}

sub spew {
    my ($file, $content) = @_;
    make_path(dirname($file));
    open my $out, '>:raw', $file or die "$file: $!\n";
    print {$out} $content;
    close $out or die "$file: $!\n";
}

# Waits until the code is true; what it was waiting for is named in the error.
sub wait_until {
    my ($what, $code) = @_;
    my $end = time + $PATIENCE;
    until ($code->()) {
        die "waited $PATIENCE seconds for: $what\n" if time > $end;
        sleep 0.01;
    }
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
    my $ours = ($ENV{MODULE_DIR} || "$HERE/../../build") . '/mod_mta_sts.so';
    my $load_ours = $option->{module} // 1;
    die "There is no $ours: run make first.\n" if $load_ours && !-e $ours;
    my %seen;
    my $text = join '',
        "ServerRoot $root\nServerName localhost\n",
        "PidFile $root/httpd.pid\nDefaultRuntimeDir $root\n",
        "ErrorLog $root/error.log\nLogLevel notice\n",
        (map { "Listen 127.0.0.1:$self->{port}{$_}\n" } sort keys %named),
        (map { _load($_) } grep { !$seen{$_}++ } @modules),
        $load_ours ? 'LoadModule mta_sts_module ' . abs_path($ours) . "\n" : '',
        _user(), <<'END', $conf;
StartServers 1
ServerLimit 16
MaxRequestWorkers 16
<IfModule !mpm_prefork_module>
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

# ROOT/ca.pem, and cert.pem with key.pem for these names, good for 90 days.
my $ca;

sub certificate {
    my ($root, @names) = @_;
    my @p256 = qw(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes);
    if (!$ca) {
        $ca = File::Temp->newdir;
        _openssl(qw(req -x509 -days 90 -subj /CN=throw-away-CA), @p256, '-keyout', "$ca/key", '-out', "$ca/cert");
    }
    spew("$root/names", 'subjectAltName=' . join(',', map { "DNS:$_" } @names) . "\n");
    _openssl(qw(req -new -subj), "/CN=$names[0]", @p256, '-keyout', "$root/key.pem", '-out', "$root/csr");
    _openssl(qw(x509 -req -days 90 -CAcreateserial -CA), "$ca/cert", '-CAkey', "$ca/key",
        '-extfile', "$root/names", '-in', "$root/csr", '-out', "$root/cert.pem");
    spew("$root/ca.pem", slurp("$ca/cert"));
}

sub _openssl {
    my $done = run('openssl', @_);
    die "openssl @_: " . $done->err if $done->status;
}

# Runs the httpd program on this configuration: $httpd->command('-k', 'graceful')
sub command {
    my ($self, @arguments) = @_;
    local $ENV{LD_PRELOAD} = $ENV{HTTPD_PRELOAD} || $ENV{LD_PRELOAD} || '';
    return run($self->_httpd, @arguments);
}

# Absolute paths: httpd goes to / and reads them again at a restart.
sub _httpd {
    my ($self) = @_;
    return ($HTTPD, '-d', $self->root, '-f', $self->root . '/httpd.conf');
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
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', "$root/stderr";
        $ENV{LD_PRELOAD} = $ENV{HTTPD_PRELOAD} if $ENV{HTTPD_PRELOAD};
        exec(split(' ', $ENV{HTTPD_WRAPPER} || ''), $self->_httpd, '-D', 'FOREGROUND') or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    weaken($running{$self} = $self);
    wait_until('httpd to start', sub { $self->_gone || $self->_starts });
    return 0 if $self->_gone;
    return 1;
}

# How often has httpd said that a (re)start is through?
sub _starts { return scalar(() = $_[0]->log =~ /resuming normal operations/g) }

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
sub log { slurp($_[0]->root . '/error.log') }

# All three answer what httpd has logged meanwhile.
sub graceful { $_[0]->_again('USR1') }
sub restart  { $_[0]->_again('HUP') }

sub reconfigure {
    my ($self, $conf, %more) = @_;
    $self->write($conf, %more);
    return $self->graceful;
}

# When it returns, no child answers by the old configuration any more.
sub _again {
    my ($self, $signal) = @_;
    my ($before, $starts, @old) = (length $self->log, $self->_starts, $self->children);
    kill $signal, $self->{pid};
    wait_until("httpd to come back after SIG$signal", sub { $self->_gone || $self->_starts > $starts });
    die "httpd ended at SIG$signal:\n" . substr $self->log, $before if $self->_gone;
    my %old = map { $_ => 1 } @old;
    wait_until('the old children to end', sub { !grep { $old{$_} } $self->children });
    return substr $self->log, $before;
}

# Process ids of the children of httpd.
sub children {
    my ($self) = @_;
    return grep { slurp("/proc/$_/stat") =~ /^\d+ \(.*\) \S+ $self->{pid} /s } map { m{(\d+)$} } glob '/proc/[0-9]*';
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

# Valgrind's lines that are no errors, and mod_ssl where it was built with a newer OpenSSL than the one installed.
my $not_ours = qr/^==\d+==|AH01882:/;

# What is in the error log and should not be, or should be and is not.
sub complaints {
    my ($self) = @_;
    my (@bad, %came);
    for my $line (split /\n/, $self->problem_text) {
        if ($line =~ /runtime error:|ERROR: \w+Sanitizer|exit signal|ERROR SUMMARY: [1-9]/) {
            push @bad, $line;
            next;
        }
        next if $line eq '' || $line =~ /^\[[^]]+\] \[[^]]*:(?:notice|info|debug|trace\d)\]/ || $line =~ $not_ours;
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
        push @trouble, map { ('stopped by END', $_->end) } grep { defined } values %running;
        print STDERR map { "# $_\n" } @trouble;
        $? = $status || (@trouble ? 1 : 0);
    }
}

# ---- what came out ---------------------------------------------------------

package Httpd::Result;

sub new { my $class = shift; return bless {@_}, $class }

# The last answer of what curl -i printed: 1xx answers before it are skipped.
sub of_http {
    my ($class, $raw) = @_;
    my ($head, $body) = ('', $raw);
    ($head, $body) = split /\r\n\r\n/, $body, 2 while $head =~ m{^(?:HTTP/\S+ 1\d\d)?(?![^\r\n])} && $body =~ m{^HTTP/};
    my ($line, @fields) = split /\r\n/, $head;
    my ($version, $code) = ($line // '') =~ m{^HTTP/(\S+) (\d+)};
    return $class->new(raw => $raw, version => $version // '', code => $code // 0, body => $body // '',
        fields => [map { [split /:\s*/, $_, 2] } @fields]);
}

sub status  { $_[0]{status} }     # of a program
sub out     { $_[0]{out} }
sub err     { $_[0]{err} }
sub code    { $_[0]{code} }       # of a request; 0 when there was no answer
sub version { $_[0]{version} }
sub body    { $_[0]{body} }
sub raw     { $_[0]{raw} }

# All values of one header field; as a scalar, joined, and '' without any.
sub header {
    my ($self, $name) = @_;
    my @values = map { $_->[1] } grep { lc $_->[0] eq lc $name } @{ $self->{fields} };
    return wantarray ? @values : join ', ', @values;
}

# Names of the header fields, in lower case, sorted.
sub headers { sort map { lc $_->[0] } @{ $_[0]{fields} } }

1;
