package Mail;

# Both ends of a delivery, inside the network of Namespace.pm: Postfix as the sender, which asks mta-sts-daemon what to
# demand of a policy domain, and another Postfix as the MX hosts.
#
#   Namespace->enter(users => [Mail->users]);
#   my $mx = Mail->mx(                                     # on port 25 of each address
#       '127.0.0.2' => { certificate => ['mail1.test.example'] },
#       '127.0.0.3' => { certificate => ['mail2.test.example'], days => -1 },    # expired
#       '127.0.0.4' => { certificate => ['mail3.test.example'], self_signed => 1 },
#       '127.0.0.5' => {});                                # without STARTTLS
#   my $sender = Mail->sender(ca => 'ca.pem');             # looks at the record before each mail
#   $sender->looks('when max_age is over');                # now it looks at nothing before that, as some senders do
#   $sender->looks('before each mail');                    # as before
#   $sender->send('somebody@test.example');                # -> 'delivered', or 'deferred: ' and the reason; what still
#                                                          #    waits in the queue is given up first
#   $sender->again;                                        # try what waits in the queue again
#   $sender->age('test.example', 2419200);                 # the policy that it keeps is that much older
#   $sender->keeps('test.example');                        # that policy, with its id, or nothing
#   $sender->ask('test.example');                          # what mta-sts-daemon tells Postfix
#   $sender->forget;                                       # keeps none, and has no mail in its queue
#
#   $mx->got($sender->last);                               # and that mail is in the mailbox, once it was delivered
#
# All of it ends with the test.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Path qw(make_path);
use File::Temp ();
use FindBin;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Httpd;
use Httpd::Tools qw(certificate);

my $TOOLS = abs_path("$FindBin::Bin/../../build/tools/root");
my ($OWNER, $DROP) = qw(_mta-sts-mail _mta-sts-drop);
my $SOCKETMAP = 8461;

sub users { return ($OWNER, $DROP) }

# ---- a Postfix of its own --------------------------------------------------

my %COMMON = (
    cleanup => 'unix n - n - 0 cleanup',   qmgr   => 'unix n - n 300 1 qmgr',
    rewrite => 'unix - - n - - trivial-rewrite', bounce => 'unix - - n - 0 bounce',
    defer   => 'unix - - n - 0 bounce',    trace  => 'unix - - n - 0 bounce',
    tlsmgr  => 'unix - - n 1000? 1 tlsmgr', retry => 'unix - - n - - error',
    error   => 'unix - - n - - error',     showq  => 'unix n - n - - showq',
    postlog => 'unix-dgram n - n - 1 postlogd', pickup => 'unix n - n 60 1 pickup',
    anvil   => 'unix - - n - 1 anvil',     scache => 'unix - - n - 1 scache',
    proxymap => 'unix - - n - - proxymap', flush  => 'unix n - n 1000? 0 flush',
);

sub _postfix {
    my ($class, $main, $services) = @_;
    my $dir = File::Temp->newdir('postfix-XXXXXX', TMPDIR => 1);
    my $self = bless { dir => $dir, owner => $$, pids => [] }, $class;
    my ($uid, $gid) = (getpwnam $OWNER)[2, 3];
    my $drop = getgrnam $DROP;
    defined $uid && defined $drop or die "Mail.pm: enter the namespace with users => [Mail->users] first\n";
    chmod 0755, "$dir";
    make_path(map { "$dir/$_" } qw(conf data queue mailbox));
    for my $name (qw(active bounce corrupt defer deferred flush hold incoming private maildrop public pid saved trace)) {
        make_path("$dir/queue/$name");
        chown $uid, -1, "$dir/queue/$name" unless $name eq 'pid';
        chmod 0700, "$dir/queue/$name";
    }
    chown -1, $drop, "$dir/queue/maildrop", "$dir/queue/public";
    chmod 0755, "$dir/queue/pid";
    chmod 01730, "$dir/queue/maildrop";
    chmod 02710, "$dir/queue/public";
    chown $uid, $gid, "$dir/data", "$dir/mailbox";
    my %main = (
        compatibility_level => '3.6', queue_directory => "$dir/queue", data_directory => "$dir/data",
        command_directory => "$TOOLS/usr/sbin", daemon_directory => "$TOOLS/usr/lib/postfix/sbin",
        shlib_directory => "$TOOLS/usr/lib/postfix", meta_directory => "$TOOLS/etc/postfix",
        mail_owner => $OWNER, setgid_group => $DROP, default_privs => 'nobody',
        import_environment => 'LD_LIBRARY_PATH MAIL_CONFIG', export_environment => 'LD_LIBRARY_PATH MAIL_CONFIG', maillog_file => "$dir/log", maillog_file_prefixes => "$dir",
        inet_protocols => 'ipv4', inet_interfaces => '127.0.0.1', mynetworks => '127.0.0.0/8', mydestination => '', alias_maps => '', alias_database => '',
        %$main);
    Httpd::spew("$dir/conf/main.cf", join '', map { "$_ = " . $main{$_} =~ s/\bDIR\b/$dir/gr . "\n" } sort keys %main);
    my %service = (%COMMON, %$services);
    Httpd::spew("$dir/conf/master.cf", join '', map { "$_ $service{$_}\n" } sort keys %service);
    $self->_run('master', "$TOOLS/usr/lib/postfix/sbin/master", '-c', "$dir/conf", '-s');
    Httpd::wait_until('Postfix to start', sub {
        die "Postfix does not start:\n" . $self->log if $self->_gone;
        $self->log =~ /daemon started/;
    });
    return $self;
}

# A program that ends with the test, in a session of its own: some signal their whole process group.
sub _run {
    my ($self, $name, @command) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        POSIX::setsid();
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', "$self->{dir}/$name.out";
        open STDERR, '>&', \*STDOUT;
        $ENV{LD_LIBRARY_PATH} = "$TOOLS/usr/lib/postfix";
        exec(@command) or POSIX::_exit(127);
    }
    push @{ $self->{pids} }, $pid;
    return $pid;
}

sub _gone { my ($self) = @_; return waitpid $self->{pids}[0], POSIX::WNOHANG() }

sub log { my ($self) = @_; return join '', map { Httpd::slurp($_) } "$self->{dir}/log", glob "$self->{dir}/*.out" }

# A command of Postfix: its standard output.
sub _postfix_command {
    my ($self, $command, @arguments) = @_;
    local $ENV{LD_LIBRARY_PATH} = "$TOOLS/usr/lib/postfix";
    my $done = Httpd::run("$TOOLS/usr/sbin/$command", '-c', "$self->{dir}/conf", @arguments);
    die "$command @arguments: " . $done->err if $done->status;
    return $done->out;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!);
    for my $pid (@{ $self->{pids} }) {
        kill 'TERM', -$pid;
        my $end = time + 10;
        select undef, undef, undef, 0.02 until waitpid($pid, POSIX::WNOHANG()) || time > $end;
        kill 'KILL', -$pid;
        waitpid $pid, 0;
    }
}

# ---- the MX hosts ----------------------------------------------------------

sub mx {
    my ($class, %host) = @_;
    my $certificates = File::Temp->newdir('certificates-XXXXXX', TMPDIR => 1);
    my %service;
    for my $address (sort keys %host) {
        my ($names, %how) = (delete $host{$address}{certificate}, %{ $host{$address} });
        my $tls = '-o smtpd_tls_security_level=none';
        if ($names) {
            certificate("$certificates/$address", \%how, @$names);
            $tls = "-o smtpd_tls_security_level=may -o smtpd_tls_cert_file=$certificates/$address/cert.pem "
                . "-o smtpd_tls_key_file=$certificates/$address/key.pem";
        }
        $service{"$address:25"} = "inet n - n - - smtpd -o myhostname=mx.test.invalid $tls";
    }
    my $self = $class->_postfix({
            myhostname => 'mx.test.invalid', virtual_transport => 'virtual',
            virtual_mailbox_domains => 'static:all', virtual_mailbox_maps => 'static:all/', virtual_mailbox_base => 'DIR/mailbox',
            virtual_uid_maps => 'static:' . getpwnam($OWNER), virtual_gid_maps => 'static:' . (getpwnam $OWNER)[3],
            virtual_minimum_uid => 1, smtpd_relay_restrictions => 'permit_mynetworks, reject', smtpd_tls_received_header => 'yes',
        }, { %service, virtual => 'unix - n n - - virtual' });
    $self->{certificates} = $certificates;
    return $self;
}

# Is the mail with this number here?
sub has {
    my ($self, $number) = @_;
    return scalar grep { Httpd::slurp($_) =~ /^Subject: mail $number$/m } glob "$self->{dir}/mailbox/all/new/*";
}

# The same for one that was delivered a moment ago.
sub got {
    my ($self, $number) = @_;
    Httpd::wait_until("mail $number in the mailbox", sub { $self->has($number) });
    return 1;
}

# ---- the sender ------------------------------------------------------------

sub sender {
    my ($class, %option) = @_;
    my $self = $class->_postfix({
            myhostname => 'sender.test.invalid',
            smtp_tls_security_level => 'may', smtp_tls_CAfile => $option{ca}, smtp_tls_loglevel => 1,
            smtp_tls_policy_maps => "socketmap:inet:127.0.0.1:$SOCKETMAP:postfix",
        }, { map { $_ => 'unix - - n - - smtp' } qw(smtp relay) });
    $self->{ca} = $option{ca};
    $self->looks('before each mail');
    return $self;
}

# When mta-sts-daemon looks at the record: it keeps a policy for cache_grace seconds, or for max_age if that is less,
# before it does. The policies that it has outlast its restart.
my %GRACE = ('before each mail' => 0, 'when max_age is over' => 100_000_000);

sub looks {
    my ($self, $when) = @_;
    my $dir = $self->{dir};
    my $grace = $GRACE{$when} // die "Mail.pm: when is \"$when\"?\n";
    if (my $old = delete $self->{daemon}) {
        kill 'KILL', $old;    # at its leisure it takes seconds
        waitpid $old, 0;
        $self->{pids} = [ grep { $_ != $old } @{ $self->{pids} } ];
    }
    Httpd::spew("$dir/mta-sts-daemon.yml", <<"YAML");
host: 127.0.0.1
port: $SOCKETMAP
reuse_port: true
shutdown_timeout: 1
cache_grace: $grace
cache:
  type: sqlite
  options:
    filename: "$dir/policies.sqlite"
    threads: 1
default_zone:
  strict_testing: false
  timeout: 4
YAML
    local $ENV{PYTHONPATH} = "$TOOLS/usr/lib/python3/dist-packages";
    local $ENV{SSL_CERT_FILE} = $self->{ca};
    my $pid = $self->_run('mta-sts-daemon', '/usr/bin/python3', "$TOOLS/usr/bin/mta-sts-daemon", '-c', "$dir/mta-sts-daemon.yml");
    $self->{daemon} = $pid;
    Httpd::wait_until('mta-sts-daemon to start', sub {
        die "mta-sts-daemon: " . Httpd::slurp("$dir/mta-sts-daemon.out") if waitpid $pid, POSIX::WNOHANG();
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $SOCKETMAP);
    });
}

# A socketmap question: a netstring each way.
sub ask {
    my ($self, $domain) = @_;
    $self->_later;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $SOCKETMAP, Timeout => 30) or die "mta-sts-daemon: $!\n";
    my $question = "postfix $domain";
    syswrite $socket, length($question) . ":$question,";
    my $answer = '';
    local $SIG{ALRM} = sub { die "mta-sts-daemon does not answer\n" };
    alarm 30;
    until ($answer =~ /^(\d+):(.*)/s && length $2 > $1) {
        sysread $socket, $answer, 4096, length $answer or die "mta-sts-daemon hung up\n";
    }
    alarm 0;
    return $answer =~ /^\d+:(.*),$/s ? $1 =~ s/ +$//r : $answer;
}

# mta-sts-daemon does not store what it fetches within the second in which it stored or renewed the last: to it, each
# look comes two seconds after the one before.
sub _later { $_[0]->_policies('update sts_policy_cache set ts = ts - 2') }

# One statement to the policies that mta-sts-daemon keeps; answers the rows.
sub _policies {
    my ($self, $statement, @values) = @_;
    my $done = Httpd::run('/usr/bin/python3', '-c', <<'PY', "$self->{dir}/policies.sqlite", $statement, @values);
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
rows = db.execute(sys.argv[2], sys.argv[3:]).fetchall()
db.commit()
print(json.dumps(rows))
PY
    die $done->err if $done->status;
    return @{ decode_json($done->out) };
}

sub age {
    my ($self, $domain, $seconds) = @_;
    $self->_policies('update sts_policy_cache set ts = ts - cast(? as integer) where domain = ?', $seconds, $domain);
}

sub keeps {
    my ($self, $domain) = @_;
    my ($row) = $self->_policies('select pol_id, pol_body from sts_policy_cache where domain = ?', $domain) or return;
    return { id => $row->[0], %{ decode_json($row->[1]) } };
}

sub forget {
    my ($self) = @_;
    $self->_policies('delete from sts_policy_cache');
    $self->_postfix_command('postsuper', '-d', 'ALL');
}

# Each mail has a number, in its subject and in the address that it comes from.
my $number = 0;

sub send {
    my ($self, $to) = @_;
    $self->_later;
    $self->{last} = ++$number;
    my $from = "from$number\@sender.test.invalid";
    my $letter = "$self->{dir}/letter";
    Httpd::spew($letter, "From: $from\nTo: $to\nSubject: mail $number\n\nA mail.\n");
    # Postfix would not even try a host again that failed a moment ago.
    $self->_postfix_command('postsuper', '-d', 'ALL');
    $self->_postfix_command('postqueue', '-f');
    my $before = length Httpd::slurp("$self->{dir}/log");
    local $ENV{LD_LIBRARY_PATH} = "$TOOLS/usr/lib/postfix";
    my $done = Httpd::run('sh', '-c', 'exec "$0" "$@" <' . $letter, "$TOOLS/usr/sbin/sendmail", '-C', "$self->{dir}/conf", '-i', '-f', $from, $to);
    die "sendmail: " . $done->out . $done->err if $done->status;
    return $self->_outcome($from, $before);
}

sub last { return $_[0]{last} }    # the number of the last mail

# Tries what waits in the queue again; answers what became of the last mail.
sub again {
    my ($self) = @_;
    $self->_later;
    my $from = "from$self->{last}\@sender.test.invalid";
    my $before = length Httpd::slurp("$self->{dir}/log");
    $self->_postfix_command('postqueue', '-f');
    return $self->_outcome($from, $before);
}

# What became of a mail: the log says that it was sent, or it waits in the queue for a reason. Its queue id stands in the
# log beside the address.
sub _outcome {
    my ($self, $from, $before) = @_;
    my $outcome;
    Httpd::wait_until("the mail of $from to be delivered or deferred", sub {
        my ($id) = Httpd::slurp("$self->{dir}/log") =~ /qmgr\[\d+\]: ([0-9A-F]+): from=<\Q$from\E>/ or return 0;
        my ($status) = Httpd::slurp("$self->{dir}/log", $before) =~ /: $id: to=<[^>]*>.*, status=(\w+) / or return 0;
        return $outcome = 'delivered' if $status eq 'sent';
        my ($queued) = grep { $_->{queue_id} eq $id } map { decode_json($_) } split /\n/, $self->_postfix_command('postqueue', '-j');
        die "$status, and no longer in the queue:\n" . $self->log unless $queued;
        return 0 unless $queued->{queue_name} eq 'deferred';
        my ($certificate) = Httpd::slurp("$self->{dir}/log", $before) =~ /certificate verification failed for \S+: (.*)/;
        return $outcome = "deferred: $queued->{recipients}[0]{delay_reason}" . ($certificate ? " ($certificate)" : '');
    });
    return $outcome;
}

1;
