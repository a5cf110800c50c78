# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# Bench::Report - the figures as Markdown, with ratios and targets.
package Bench::Report;
use strict;
use warnings;
use Exporter 'import';
use Bench::Config qw(server_title);
use Bench::Load qw(workload);
our @EXPORT_OK = qw(report table median paired spread thousands);

# Which figure, server over server, at most, for which workloads (all: undef).
my @TARGETS = (
    ['instructions', 'a', 'c',  1.03, [qw(plain tls h2 conn)]],
    ['instructions', 'a', 'c',  1.05, ['403']],
    ['instructions', 'a', 'b',  0.78, ['plain']],
    ['cpu',          'a', 'c',  1.05, undef],
    ['cpu',          'a', 'b2', 0.90, ['plain']],
    ['syscalls',     'a', 'c',  1.00, undef],
);
my %FIGURE = (
    instructions => 'Instructions a request (user space)',
    syscalls     => 'System calls a request',
    cpu          => 'CPU microseconds a request',
);

# report(\%results, \@workloads, \@servers): the whole text. %results is what
# Bench::Measure answers, by figure: instructions and syscalls by server and
# workload, cpu by workload and server.
sub report {
    my ($results, $workloads, $servers) = @_;
    my $text = '';
    for my $figure (grep { $results->{$_} } qw(instructions syscalls cpu)) {
        $text .= "## $FIGURE{$figure}\n\n"
            . figures($figure, $results->{$figure}, $workloads, $servers)
            . "\n";
        $text .= "Requests for a second of CPU time:\n\n"
            . rates($results->{cpu}, $workloads, $servers) . "\n"
            if $figure eq 'cpu';
    }
    return $text . "## Targets\n\n" . targets($results, $workloads);
}

# One number of a figure, undef if it was not measured.
sub value {
    my ($figure, $data, $server, $workload) = @_;
    if ($figure eq 'cpu') {
        my $cpu = $data->{$workload}{$server} or return;
        return median(@{ $cpu->{us} });
    }
    my $of = $data->{$server};
    return if !ref $of || !defined $of->{$workload};
    return $figure eq 'syscalls' ? $of->{$workload}{all} : $of->{$workload};
}

sub ratio {
    my ($figure, $data, $x, $y, $workload) = @_;
    if ($figure eq 'cpu') {
        my ($us_x, $us_y) = map { $data->{$workload}{$_}{us} } $x, $y;
        return $us_x && $us_y ? median(paired($us_x, $us_y)) : undef;
    }
    my ($v_x, $v_y) = map { value($figure, $data, $_, $workload) } $x, $y;
    return $v_x && $v_y ? $v_x / $v_y : undef;
}

sub figures {
    my ($figure, $data, $workloads, $servers) = @_;
    my %format = (
        instructions => \&thousands,
        syscalls     => sub { sprintf '%.1f', $_[0] },
        cpu          => sub { sprintf '%.1f', $_[0] },
    );
    my @rows;
    for my $server (@$servers) {
        my @cells = map {
            my $value = value($figure, $data, $server, $_);
            my $cell = defined $value ? $format{$figure}->($value) : '-';
            $cell .= spread($data->{$_}{$server}{us})
                if $figure eq 'cpu' && defined $value;
            $cell;
        } @$workloads;
        my $why = $figure ne 'cpu' && !ref $data->{$server}
            ? ' (' . ($data->{$server} // 'not measured') . ')' : '';
        push @rows, ["**$server** " . server_title($server) . $why, @cells];
    }
    for my $pair ([qw(a c)], [qw(a b)], [qw(a b2)]) {
        my @cells = map { ratio($figure, $data, @$pair, $_) } @$workloads;
        next if !grep {defined} @cells;
        push @rows, [join('/', @$pair),
            map { defined $_ ? sprintf('%.3f', $_) : '-' } @cells];
    }
    return table(['server', map { workload($_)->{title} } @$workloads],
        @rows);
}

sub rates {
    my ($data, $workloads, $servers) = @_;
    my @rows = map {
        my $server = $_;
        ["**$server** " . server_title($server), map {
            my $cpu = $data->{$_}{$server};
            $cpu ? thousands(1e6 / median(@{ $cpu->{us} })) : '-';
        } @$workloads];
    } @$servers;
    return table(['server', map { workload($_)->{title} } @$workloads],
        @rows);
}

# System calls without those that chance adds: futex (which thread is asleep),
# and poll with the read in front of it that found nothing (who is faster).
sub steady {
    my ($calls) = @_;
    return $calls->{all} - ($calls->{futex} || 0) - 2 * ($calls->{poll} || 0);
}

# What two runs of the same server may still differ by: in HTTP/2 a connection
# and a request are two threads, and in a visit the client computes too.
sub chance { return $_[0] =~ /^(?:h2|conn)$/ ? 0.5 : 0.1 }

sub targets {
    my ($results, $workloads) = @_;
    my @rows;
    for my $target (@TARGETS) {
        my ($figure, $x, $y, $limit, $only) = @$target;
        my $data = $results->{$figure} or next;
        for my $workload (@$workloads) {
            next if $only && !grep { $_ eq $workload } @$only;
            my $ratio = ratio($figure, $data, $x, $y, $workload) // next;
            my $met = $ratio <= $limit;
            if ($figure eq 'syscalls') {
                my ($of_x, $of_y)
                    = map { steady($data->{$_}{$workload}) } $x, $y;
                $ratio = $of_x / $of_y;
                $met   = $of_x <= $of_y + chance($workload);
            }
            push @rows, [$FIGURE{$figure}, workload($workload)->{title},
                "$x/$y", sprintf('%.2f', $limit), sprintf('%.3f', $ratio),
                $met ? 'yes' : '**no**'];
        }
    }
    return table([qw(figure workload ratio target is met)], @rows)
        . "\nSystem calls here without futex, and without poll and the empty "
        . "read before it:\nhow many of these there are is chance.\n";
}

# ---- numbers ---------------------------------------------------------------

sub median { return (quartiles(@_))[1] }

sub quartiles {
    my @sorted = sort { $a <=> $b } @_;
    return map {
        my $at = $_ * $#sorted / 4;
        my $i  = int $at;
        $sorted[$i] + ($at - $i) * (($sorted[$i + 1] // 0) - $sorted[$i])
            * ($at > $i);
    } 1, 2, 3;
}

# Ratios round by round: what both had to share in a round falls out.
sub paired {
    my ($x, $y) = @_;
    return map { $x->[$_] / $y->[$_] } 0 .. $#$x;
}

sub spread {
    my ($values) = @_;
    my ($low, undef, $high) = quartiles(@$values);
    return sprintf ' (%.1f-%.1f)', $low, $high;
}

sub thousands {
    my $text = sprintf '%.0f', $_[0];
    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;
    return $text;
}

sub table {
    my ($head, @rows) = @_;
    my @lines = ($head, ['---', ('--:') x $#$head], @rows);
    return join '', map { '| ' . join(' | ', @$_) . " |\n" } @lines;
}

1;
