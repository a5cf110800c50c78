# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# Bench::Server - start a server in a folder of its own, ask how much CPU time it
# has used, end it.
#
#   my $server = Bench::Server->start('a', \%shared, wrap => [...], alone => 1);
#   $server->{at}{plain}     its port, asked from the kernel
#   $server->cpu_ns          of all its processes and threads, since it started
#   $server->stop
#
# Root gives up its rights before it starts anything.
package Bench::Server;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);
use Bench::Config qw(server);

our $START_SECONDS = 60;    # httpd under callgrind needs about 5
our $STOP_SECONDS  = 20;
our $QUIET_TRIES   = 200;   # of 20 ms

my %running;                # pid => the server

# However the run ends, no server and no folder stays behind.
END {
    local $?;
    $_->stop for values %running;
}

# The user that servers run as: undef if we are not root.
my @user = $> ? () : grep {defined}
    map { getpwnam($_) ? $_ : undef } qw(www-data apache http nobody);

sub as_user {
    return if !@user;
    my ($uid, $gid) = (getpwnam $user[0])[2, 3];
    $) = "$gid $gid";
    $( = $gid;
    ($<, $>) = ($uid, $uid);
    $> == $uid && $< == $uid or die "cannot become $user[0]\n";
    @ENV{qw(USER LOGNAME)} = ($user[0]) x 2;
    return;
}

sub folder {
    my $dir = tempdir('mta-sts-bench-XXXXXX', TMPDIR => 1);
    chmod 0755, $dir;
    if (@user) {
        my ($uid, $gid) = (getpwnam $user[0])[2, 3];
        chown $uid, $gid, $dir or die "$dir: $!\n";
    }
    return $dir;
}

# Two free ports of the loopback address.
sub free_ports {
    my @sockets = map {
        IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
            or die "no free port: $!\n"
    } 1, 2;
    return map { $_->sockport } @sockets;
}

# $shared: what Bench::Config::server() wants beside folder and ports. %how:
# wrap (words before the command, %d in them is the folder), alone (as a single
# process), cpu (number of the CPU), change (see Bench::Config). Answers an
# object, or a text that says what is missing; dies if the server does not come.
sub start {
    my ($class, $name, $shared, %how) = @_;
    my %at = (%$shared, dir => folder());
    @at{qw(plain tls)} = free_ports();
    my $spec = server($name, \%at, %{ $how{change} || {} });
    my $argv = ref $spec ? $spec->{ $how{alone} ? 'alone' : 'argv' } : undef;
    if (!$argv) {
        remove_tree($at{dir});
        return ref $spec ? 'not one process' : $spec;
    }
    my @wrap = map { s/%d/$at{dir}/gr } @{ $how{wrap} || [] };
    unshift @wrap, 'taskset', '-c', $how{cpu} if defined $how{cpu};

    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        %running = ();
        POSIX::nice(-19) if !$> && defined $how{cpu};    # ahead of others
        as_user();
        %ENV = (%ENV, %{ $spec->{env} || {} });
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', "$at{dir}/output";
        open STDERR, '>&', \*STDOUT;
        exec @wrap, @$argv or POSIX::_exit(127);
    }
    my $self = $running{$pid} = bless { name => $name, at => \%at, pid => $pid,
        traced => ("@wrap" =~ /strace/ ? 1 : 0) }, $class;
    $self->wait_for_port($_) for @at{qw(plain tls)};
    return $self;
}

sub wait_for_port {
    my ($self, $port) = @_;
    my $until = time + $START_SECONDS;
    while (time < $until) {
        return if IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
        waitpid($self->{pid}, WNOHANG) == $self->{pid} and last;
        sleep 0.05;
    }
    my $said = '';
    for my $file (glob "$self->{at}{dir}/{output,error.log}") {
        open my $fh, '<', $file or next;
        $said .= $_ while <$fh>;
    }
    die "$self->{name} does not answer:\n$said\n";
}

# All processes of the server.
sub pids {
    my ($self) = @_;
    my %parent;
    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $stat or next;
        my $line = <$fh> // next;
        $parent{$1} = $2 if $line =~ /^(\d+) \(.*\) \S (\d+)/s;
    }
    my %ours = ($self->{pid} => 1);
    for my $generation (1 .. 4) {
        $ours{$_} = 1 for grep { $ours{ $parent{$_} } } keys %parent;
    }
    return sort { $a <=> $b } keys %ours;
}

# Of all threads that live: what one had used is lost when it ends (see gone).
sub cpu_ns {
    my ($self) = @_;
    my $sum = 0;
    for my $file (map { glob "/proc/$_/task/*/schedstat" } $self->pids) {
        open my $fh, '<', $file or next;
        $sum += $1 if (<$fh> // '') =~ /^(\d+)/;
    }
    return $sum;
}

# How often its threads made way for another one, or waited.
sub switches {
    my ($self) = @_;
    my $sum = 0;
    for my $file (map { glob "/proc/$_/task/*/status" } $self->pids) {
        open my $fh, '<', $file or next;
        while (my $line = <$fh>) {
            $sum += $1 if $line =~ /^\w*voluntary_ctxt_switches:\s+(\d+)/;
        }
    }
    return $sum;
}

# Has one of these processes ended?
sub gone {
    my ($self, @pids) = @_;
    my %there = map { $_ => 1 } $self->pids;
    return grep { !$there{$_} } @pids;
}

# Waits until the server has nothing left to do, and answers its CPU time.
sub quiet {
    my ($self) = @_;
    my $before = $self->cpu_ns;
    for my $try (1 .. $QUIET_TRIES) {
        sleep 0.02;
        my $now = $self->cpu_ns;
        return $now if $now - $before < 100_000;
        $before = $now;
    }
    return $before;
}

# The process itself, where strace stands between.
sub main_pid {
    my ($self) = @_;
    return $self->{pid} if !$self->{traced};
    my ($child) = grep { $_ != $self->{pid} } $self->pids;
    return $child // $self->{pid};
}

# %how: keep (the folder stays, and is answered).
sub stop {
    my ($self, %how) = @_;
    my ($pid, $main) = ($self->{pid}, $self->main_pid);
    kill 'TERM', $main;
    my $until = time + $STOP_SECONDS;
    my $ended = 0;
    while (!$ended && time < $until) {
        $ended = waitpid($pid, WNOHANG) == $pid;
        sleep 0.02 if !$ended;
    }
    if (!$ended) {
        kill 'KILL', $main, $pid;
        waitpid $pid, 0;
    }
    delete $running{$pid};
    return $self->{at}{dir} if $how{keep};
    remove_tree($self->{at}{dir});
    return;
}

1;
