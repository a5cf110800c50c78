# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# Bench::Load - the workloads, and the client that makes them.
#
# HTTP/1.1 is our own load.c, HTTP/2 is h2load. Both must get the status that is
# expected for every request, or the run ends.
package Bench::Load;
use strict;
use warnings;
use Exporter 'import';
use Bench::Config qw($HOST $PATH);
our @EXPORT_OK = qw(workload_names workload run_load);

our $TIMEOUT = 300;    # seconds, for a run: without valgrind it takes less than one

# few, many: lengths of the two runs whose difference is counted (instructions,
# system calls). timed: requests of a timed run, about a sixth of a second, on so
# many connections, with a pause (ms) between two requests of a connection. Without
# the pause httpd is rewarded for being slow: when the next request is there before
# a thread lets the connection go, nothing is handed over.
my @MANY_TIMES = (few => 100, many => 600, timed => 2500, connections => 16,
    pause => 0.5);
my %WORKLOAD = (
    plain => { title => 'plain, keep-alive', @MANY_TIMES },
    tls   => { title => 'TLS, keep-alive',   @MANY_TIMES },
    h2    => { title => 'HTTP/2 over TLS', few => 100, many => 400,
               timed => 800, connections => 4 },
    conn  => { title => 'a visit: full handshake, one request', few => 20,
               many => 120, timed => 200, connections => 4 },
    403   => { title => '403, plain, keep-alive', @MANY_TIMES },
);

sub workload_names { return qw(plain tls h2 conn 403) }
sub workload       { return $WORKLOAD{ $_[0] } || die "no workload $_[0]\n" }

# run_load($server, $name, $requests, %how): answers the seconds that it took.
# %how: connections (1), pause (between requests, in ms: the server has come to
# rest before the next one, so that chance has no part in what it does), cpu, bin
# (folder of the client), leave (conn: with Connection: close, and waiting).
sub run_load {
    my ($server, $name, $requests, %how) = @_;
    my $connections = $how{connections} || 1;
    my @pin = ('timeout', $TIMEOUT);
    push @pin, 'taskset', '-c', $how{cpu} if defined $how{cpu};
    push @pin, 'nice', '-n', '-19'        if defined $how{cpu} && !$>;
    my $at  = $server->{at};
    if ($name eq 'h2') {
        my $out = capture(@pin, 'h2load', '-n', $requests, '-c', $connections,
            '-m', $connections == 1 ? 1 : 8,
            $how{pause} ? ('--rps', 1000 / $how{pause}) : (),
            "--connect-to=127.0.0.1:$at->{tls}",
            "https://$HOST:$at->{tls}$PATH");
        $out =~ /^status codes: $requests 2xx, 0 3xx/m
            && $out =~ /^Application protocol: h2$/m
            && $out =~ /^finished in ([\d.]+)(ms|us|s),/m
            or die "$server->{name}: h2load says\n$out\n";
        return $1 * { s => 1, ms => 1e-3, us => 1e-6 }->{$2};
    }
    my ($port, $path, $status, $mode)
        = $name eq 'plain' ? ($at->{plain}, $PATH, 200, 'plain')
        : $name eq 'tls'   ? ($at->{tls},   $PATH, 200, 'tls')
        : $name eq 'conn'  ? ($at->{tls},   $PATH, 200,
                              $how{leave} ? 'leave' : 'visit')
        :                    ($at->{plain}, '/',   403, 'plain');
    my $out = capture(@pin, "$how{bin}/load", $HOST, $port, $path, $status,
        $requests, $connections, 1000 * ($how{pause} || 0), $mode);
    $out =~ /^([\d.]+)$/m or die "$server->{name}, $name: $out\n";
    return $1;
}

sub capture {
    my @command = @_;
    my $pid = open(my $fh, '-|') // die "fork: $!\n";
    if (!$pid) {
        open STDERR, '>&', \*STDOUT;
        exec @command or print "$command[0]: $!\n";
        require POSIX;
        POSIX::_exit(127);
    }
    local $/;
    my $out = <$fh> // '';
    close $fh or die "@command: exit status " . ($? >> 8) . "\n$out\n";
    return $out;
}

1;
