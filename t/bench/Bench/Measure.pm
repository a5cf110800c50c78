# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# Bench::Measure - the three figures.
#
# Instructions (user space, callgrind) and system calls (strace) are the
# difference of a long and a short run on one connection, so that starting and
# connecting do not count. CPU time is that of all processes of a server, pinned
# to CPU 0, with the client on CPU 1, in rounds that visit every server.
package Bench::Measure;
use strict;
use warnings;
use Exporter 'import';
use JSON::PP;
use Bench::Load qw(workload run_load);
use Bench::Server;
our @EXPORT_OK = qw(instructions syscalls cpu in_parallel);

our $TIMED_TRIES = 5;
our $PAUSE = 3;          # ms between requests that are counted

# instructions($name, \@workloads, $shared, %how): workload => number, or a text
# that says why there are none. %how: keep (folder for the callgrind files of the
# long runs), change.
sub instructions {
    my ($name, $workloads, $shared, %how) = @_;
    my $server = Bench::Server->start($name, $shared, alone => 1,
        change => $how{change},
        wrap => ['valgrind', '-q', '--tool=callgrind',
            '--callgrind-out-file=%d/callgrind', '--vgdb-prefix=%d/vgdb']);
    return $server if !ref $server;

    my (%result, $dumps);
    for my $workload (@$workloads) {
        my %count;
        # The first run is for what happens once: the dump throws it away.
        for my $length ('few', 'few', 'many') {
            my $n = workload($workload)->{$length};
            run_load($server, $workload, $n, bin => $shared->{bin},
                pause => $PAUSE);
            $server->quiet;
            vgdb($server, 'dump');
            my $file = "$server->{at}{dir}/callgrind." . ++$dumps;
            $count{$length} = [$n, total($file)];
            next if $length ne 'many' || !$how{keep};
            system 'cp', $file, "$how{keep}/$name.$workload.out";
        }
        $result{$workload} = per_request(@count{qw(few many)});
    }
    $server->stop;
    return \%result;
}

sub per_request {
    my ($few, $many) = @_;
    return ($many->[1] - $few->[1]) / ($many->[0] - $few->[0]);
}

# A command to valgrind's monitor, by the user that it belongs to.
sub vgdb {
    my ($server, $command) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        Bench::Server::as_user();
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec 'timeout', 60, 'vgdb', "--vgdb-prefix=$server->{at}{dir}/vgdb",
            "--pid=$server->{pid}", $command
            or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    die "$server->{name}: vgdb $command failed\n" if $?;
    return;
}

sub total {
    my ($file) = @_;
    open my $fh, '<', $file or die "$file: $!\n";
    my $total;
    while (my $line = <$fh>) {
        $total = $1 if $line =~ /^(?:summary|totals): (\d+)/;
    }
    return $total // die "$file: no total\n";
}

# syscalls($name, \@workloads, $shared, %how): workload => hash of name => number
# a request, of which 'all' is the sum; or a text.
sub syscalls {
    my ($name, $workloads, $shared, %how) = @_;
    my %result;
    for my $workload (@$workloads) {
        my @count;
        for my $n (@{ workload($workload) }{qw(few many)}) {
            my $server = Bench::Server->start($name, $shared, alone => 1,
                change => $how{change},
                wrap => ['strace', '-f', '-qq', '-c', '-U', 'name,calls',
                    '-o', '%d/strace']);
            return $server if !ref $server;
            run_load($server, $workload, $n, bin => $shared->{bin},
                pause => $PAUSE);
            $server->quiet;
            my $dir = $server->stop(keep => 1);
            push @count, [$n, strace_counts("$dir/strace")];
            File::Path::remove_tree($dir);
        }
        my %sum;
        for my $call (keys %{ $count[1][1] }) {
            my $each = per_request(map { [$_->[0], $_->[1]{$call} || 0] }
                @count);
            $sum{$call} = $each if $each > 0.005;
        }
        $result{$workload} = \%sum;
    }
    return \%result;
}

sub strace_counts {
    my ($file) = @_;
    open my $fh, '<', $file or die "$file: $!\n";
    my %count;
    while (my $line = <$fh>) {
        $count{ $1 eq 'total' ? 'all' : $1 } = $2
            if $line =~ /^(\w+)\s+(\d+)\s*$/;
    }
    return \%count;
}

# cpu(\@names, \@workloads, $shared, %how): workload => name => { us => [...],
# switches => [...], rate => [...] }, a number a round and a request (rate: a
# second). Names without a server are left out. %how: rounds, change (name =>
# change; then a name is KIND or KIND/ANYTHING), connections, leave, say (a sub
# that is told how far it is).
sub cpu {
    my ($names, $workloads, $shared, %how) = @_;
    my (%server, %result);
    my @cpu = -e '/sys/devices/system/cpu/cpu1' ? (0, 1) : (undef, undef);
    for my $name (@$names) {
        my ($kind) = split m{/}, $name;
        my $server = Bench::Server->start($kind, $shared, cpu => $cpu[0],
            change => $how{change}{$name});
        $server{$name} = $server if ref $server;
        $how{say}->("$name: $server\n") if $how{say} && !ref $server;
    }
    my @there = grep { $server{$_} } @$names;
    for my $workload (@$workloads) {
        my $of     = workload($workload);
        my $n      = $of->{timed};
        my %client = (bin => $shared->{bin}, cpu => $cpu[1],
            leave => $how{leave}, pause => $of->{pause},
            connections => $how{connections} || $of->{connections});
        run_load($server{$_}, $workload, $n, %client) for @there;
        for my $round (1 .. $how{rounds}) {
            $how{say}->("$workload, round $round") if $how{say};
            # Another one is first in each round.
            push @there, shift @there;
            for my $name (@there) {
                my $once = timed($server{$name}, $workload, $n, %client);
                push @{ $result{$workload}{$name}{$_} }, $once->{$_}
                    for keys %$once;
            }
        }
    }
    $_->stop for values %server;
    return \%result;
}

# One timed run. A server that ends a process meanwhile is asked again: what that
# one had used is lost.
sub timed {
    my ($server, $workload, $n, %client) = @_;
    for my $try (1 .. $TIMED_TRIES) {
        my @pids     = $server->pids;
        my $before   = $server->quiet;
        my $switches = $server->switches;
        my $seconds  = run_load($server, $workload, $n, %client);
        my $after    = $server->quiet;
        $switches = $server->switches - $switches;
        next if $server->gone(@pids);
        return {
            us       => ($after - $before) / 1000 / $n,
            switches => $switches / $n,
            rate     => $n / $seconds,
        };
    }
    die "$server->{name}: ends its processes all the time\n";
}

# in_parallel($measure, \@names, ...): name => what $measure->($name, ...)
# answers, each name in a process of its own, two at a time: counting does not
# mind. ($measure is \&instructions or \&syscalls; %how as for these, and each:
# name => change.)
sub in_parallel {
    my ($measure, $names, $workloads, $shared, %how) = @_;
    my (@running, %answer);
    for my $name (@$names) {
        collect(shift @running, \%answer) if @running == 2;
        my $pid = open(my $fh, '-|') // die "fork: $!\n";
        if (!$pid) {
            my ($kind) = split m{/}, $name;
            my $of = eval {
                $measure->($kind, $workloads, $shared, %how,
                    change => $how{each}{$name});
            };
            print encode_json([$of // "failed: $@"]);
            exit 0;
        }
        push @running, [$name, $fh];
    }
    collect($_, \%answer) for @running;
    return \%answer;
}

sub collect {
    my ($process, $answer) = @_;
    my ($name, $fh) = @$process;
    local $/;
    $answer->{$name} = decode_json(<$fh>)->[0];
    close $fh;
    print STDERR "$name: $answer->{$name}\n" if !ref $answer->{$name};
    return;
}

1;
