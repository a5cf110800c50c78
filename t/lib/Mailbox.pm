package Mailbox;

# The mailbox for reports, inside the network of Namespace.pm: a mail server that pipes its mail into mta-sts(1), and the
# spool that this fills.
#
#   Namespace->enter(users => [Mailbox->users]);
#   my $spool = Mailbox->spool;                        # as mod_tlsrpt makes it: ->folder ->entries ->bad ->fill ->empty
#   my $mta = Mailbox->postfix(main => {...}, services => {...}, tables => {postmap => FILE});
#   my $mta = Mailbox->exim($configuration);           # listens on 127.0.0.1:25; DIR in it is its folder
#   my $dkim = Mailbox->opendkim($configuration);      # a milter of Postfix; ->end takes it away
#   $mta->deliver($mail);                              # to tls-reports@test.example -> 'sent', or 'deferred: ' and why
#   Mailbox->postfix(smtp => 1, ...)                   # takes it by SMTP on 127.0.0.1:25, from the address of a stranger;
#                                                      #    else by sendmail, past the milters
#   $mta->again;                                       # what waits in the queue is tried again; the same answer
#   $mta->queue;                                       # how many mails wait
#   $mta->log
#
# All of it ends with the test.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Path qw(make_path);
use File::Temp ();
use FindBin;
use IO::Socket::INET;
use POSIX ();
use Scalar::Util qw(weaken);
use Httpd;
use Mail;
use Tool;

my $TOOLS = abs_path("$FindBin::Bin/../../build/tools/root");
my $EXIM = abs_path("$FindBin::Bin/../../build/tools") . '/exim4-daemon-light/usr/sbin/exim4';
my $USER = '_tlsrpt';
my $TO   = 'tls-reports@test.example';

sub users { return (Mail->users, $USER, 'Debian-exim', 'opendkim') }

# What was mounted and started goes before File::Temp removes its folders.
my @made;
END { local $?; $_->end for grep { defined } @made }

sub _will_end { my ($object) = @_; push @made, $object; weaken($made[-1]); return $object }

# ---- the spool -------------------------------------------------------------

# On a small disk of its own. Its folders are made by the tool, run as the user of httpd.
sub spool {
    my ($class) = @_;
    my $dir = File::Temp->newdir('spool-XXXXXX', TMPDIR => 1);
    chmod 0755, "$dir";
    my $self = _will_end(bless { dir => $dir, folder => "$dir/spool", owner => $$ }, 'Mailbox::Spool');
    make_path($self->{folder});
    system('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', $self->{folder}) == 0 or die "mount of a tmpfs: failed\n";
    my ($uid, $gid) = ((getpwnam 'www-data')[2], scalar getgrnam $USER);
    chown $uid, $gid, $self->{folder};
    chmod 02750, $self->{folder};
    Httpd::spew("$dir/none", 'none');
    chmod 0644, "$dir/none";
    my $made = Httpd::run('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups', tool_file_for_all($dir), 'report', 'import', "--spool=$self->{folder}", "$dir/none");
    -d "$self->{folder}/new" or die "The spool was not made: " . $made->err;
    return $self;
}

# The program where users without rights get at it: the folders above the built one may be closed to them.
sub tool_file_for_all {
    my ($dir) = @_;
    my $copy = "$dir/mta-sts";
    Httpd::spew($copy, Httpd::slurp(tool_file())) unless -e $copy;
    chmod 0755, $copy;
    return $copy;
}

# ---- Postfix ---------------------------------------------------------------

sub postfix {
    my ($class, %how) = @_;
    my $postfix = Mail->_postfix({ myhostname => 'mx.test.example', mydestination => 'test.example', %{ $how{main} || {} } },
        { local => 'unix - n n - - local', $how{smtp} ? ('127.0.0.1:25' => 'inet n - n - - smtpd') : (), %{ $how{services} || {} } });
    # the tables, made by the commands for it: postalias, postmap
    $postfix->_postfix_command($_, "hash:$how{tables}{$_}") for sort keys %{ $how{tables} || {} };
    return bless { postfix => $postfix, dir => $postfix->{dir}, kind => 'postfix', smtp => $how{smtp} }, $class;
}

sub _sendmail {
    my ($self, $mail) = @_;
    Httpd::spew("$self->{dir}/letter", $mail);
    local $ENV{LD_LIBRARY_PATH} = "$TOOLS/usr/lib/postfix";
    my $done = Httpd::run('sh', '-c', 'exec "$0" "$@" <' . "$self->{dir}/letter", "$TOOLS/usr/sbin/sendmail",
        '-C', "$self->{dir}/conf", '-i', '-f', 'reporter@elsewhere.example', $TO);
    die 'sendmail: ' . $done->out . $done->err if $done->status;
    return;
}

# ---- Exim ------------------------------------------------------------------

# It asks /etc/exim4 for its configuration, and wants to be setuid: so /etc is a copy, in this namespace alone.
sub exim {
    my ($class, $configuration) = @_;
    my $dir = File::Temp->newdir('exim-XXXXXX', TMPDIR => 1);
    chmod 0755, "$dir";
    my $self = _will_end(bless { dir => $dir, owner => $$, pids => [], kind => 'exim', smtp => 1 }, $class);
    system('cp', '-a', '/etc', "$dir/etc") == 0 or die "copy of /etc: failed\n";
    make_path("$dir/etc/exim4", "$dir/queue", "$dir/log");
    chown((getpwnam 'Debian-exim')[2, 3], "$dir/queue", "$dir/log");
    system('cp', $EXIM, "$dir/exim4") == 0 or die "There is no $EXIM.\n";
    chown 0, 0, "$dir/exim4";
    chmod 04755, "$dir/exim4";
    Httpd::spew("$dir/etc/exim4/exim4.conf", $configuration =~ s/\bDIR\b/$dir/gr);
    system('mount', '--bind', "$dir/etc", '/etc') == 0 or die "mount of /etc: failed\n";
    $self->{mounted} = 1;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        POSIX::setsid();
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', "$dir/out";
        open STDERR, '>&', \*STDOUT;
        exec "$dir/exim4", '-bdf', '-q1h' or POSIX::_exit(127);
    }
    push @{ $self->{pids} }, $pid;
    Httpd::wait_until('Exim to start', sub {
        die 'Exim does not start: ' . Httpd::slurp("$dir/out") . $self->log if waitpid $pid, POSIX::WNOHANG();
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 25);
    });
    return $self;
}

# ---- OpenDKIM --------------------------------------------------------------

# As a milter; DIR in the configuration is its folder.
sub opendkim {
    my ($class, $configuration) = @_;
    my $dir = File::Temp->newdir('opendkim-XXXXXX', TMPDIR => 1);
    chmod 0755, "$dir";
    my $self = _will_end(bless { dir => $dir, owner => $$, pids => [], kind => 'opendkim' }, $class);
    my ($port) = $configuration =~ /^Socket\s+inet:(\d+)\@/m or die "Mailbox.pm: OpenDKIM wants a Socket inet:PORT\@HOST\n";
    Httpd::spew("$dir/conf", $configuration =~ s/\bDIR\b/$dir/gr);
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        POSIX::setsid();
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', "$dir/out";
        open STDERR, '>&', \*STDOUT;
        exec "$TOOLS/usr/sbin/opendkim", '-f', '-x', "$dir/conf" or POSIX::_exit(127);
    }
    push @{ $self->{pids} }, $pid;
    Httpd::wait_until('OpenDKIM to start', sub {
        die 'OpenDKIM does not start: ' . Httpd::slurp("$dir/out") if waitpid $pid, POSIX::WNOHANG();
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
    });
    return $self;
}

# ---- both mail servers -----------------------------------------------------

sub log { my ($self) = @_; return $self->{kind} eq 'exim' ? join('', map { Httpd::slurp($_) } glob "$self->{dir}/log/*") : $self->{postfix}->log }

sub queue {
    my ($self) = @_;
    return Httpd::run("$self->{dir}/exim4", '-bpc')->out + 0 if $self->{kind} eq 'exim';
    return scalar(() = $self->{postfix}->_postfix_command('postqueue', '-j') =~ /^\{/mg);
}

sub deliver {
    my ($self, $mail) = @_;
    my $from = length $self->log;
    my $refused = $self->{smtp} ? $self->_smtp($mail) : $self->_sendmail($mail);
    return $refused ? "refused: $refused" : $self->_outcome($from);
}

sub again {
    my ($self) = @_;
    my $from = length $self->log;
    if   ($self->{kind} eq 'exim') { Httpd::run("$self->{dir}/exim4", '-qff') }
    else                           { $self->{postfix}->_postfix_command('postqueue', '-f') }
    return $self->_outcome($from);
}

# Says it over SMTP, as a stranger does: not from 127.0.0.1, which a milter takes for the host itself. Answers why the
# mail server does not take it, or nothing.
sub _smtp {
    my ($self, $mail) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 25, LocalAddr => '127.0.0.25', Timeout => 30)
        or die "The mail server: $!\n";
    local $SIG{ALRM} = sub { die "The mail server does not answer\n" };
    alarm 60;
    for my $line ('', 'EHLO elsewhere.example', 'MAIL FROM:<reporter@elsewhere.example>', "RCPT TO:<$TO>", 'DATA',
        ($mail =~ s/\r?\n/\r\n/gr =~ s/^\./../mgr) . "\r\n.", 'QUIT') {
        print {$socket} "$line\r\n" if $line ne '';
        my $answer;
        do { $answer = <$socket> // die "The mail server hung up\n" } while $answer =~ /^\d+-/;
        next if $answer =~ /^[23]/;
        alarm 0;
        return $answer =~ s/\s+\z//r;
    }
    alarm 0;
    return;
}

sub _outcome {
    my ($self, $from) = @_;
    my $outcome;
    Httpd::wait_until('the mail to be delivered or deferred', sub {
        my $log = substr $self->log, $from;
        if ($self->{kind} eq 'exim') {
            return $outcome = 'sent' if $log =~ /^\S+ \S+ \S+ => /m;
            return $outcome = "deferred: $1" if $log =~ /^\S+ \S+ \S+ == (.*)$/m;
            return $outcome = "failed: $1" if $log =~ /^\S+ \S+ \S+ \*\* (.*)$/m;
        }
        elsif ($log =~ /to=<[^>]*>,.* status=(\w+) (.*)$/m) {
            return $outcome = $1 eq 'sent' ? $1 : "$1: $2";
        }
        return 0;
    });
    return $outcome;
}

sub end {
    my ($self) = @_;
    return if !$self->{owner} || $self->{owner} != $$;
    for my $pid (splice @{ $self->{pids} }) {
        kill 'TERM', -$pid;
        waitpid $pid, 0;
    }
    system('umount', '-l', '/etc') if delete $self->{mounted};
}

sub DESTROY { my ($self) = @_; local ($?, $!); $self->end }

package Mailbox::Spool;

sub folder  { return $_[0]{folder} }
sub program { return Mailbox::tool_file_for_all($_[0]{dir}) }

# "TRUST user: report-id" of each entry, sorted.
sub entries {
    my ($self) = @_;
    return join '; ', sort map {
        my ($id) = Httpd::slurp($_) =~ /"report-id":"([^"]*)"/;
        join(' ', /-(\d)$/, scalar getpwuid((stat)[4])) . ": $id";
    } glob "$self->{folder}/new/*";
}

# The reasons of what could not be read.
sub bad { my ($self) = @_; return join '; ', map { Httpd::slurp($_) =~ /^Reason: (.*)$/m } glob "$self->{folder}/bad/*" }

# The disk is full; and it is not.
sub fill {
    my ($self) = @_;
    open my $out, '>', "$self->{folder}/filler" or die "$!\n";
    1 while syswrite $out, 'x' x 4096;
    close $out;
}

sub empty { my ($self) = @_; unlink "$self->{folder}/filler" or die "$!\n" }

sub clear { my ($self) = @_; unlink glob("$self->{folder}/new/*"), glob("$self->{folder}/bad/*") }

sub end { my ($self) = @_; system('umount', '-l', $self->{folder}) if $self->{owner} == $$ && !$self->{ended}++ }

sub DESTROY { my ($self) = @_; local ($?, $!); $self->end }

1;
