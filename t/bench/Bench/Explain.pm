# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# Bench::Explain - which functions make the difference between two servers.
package Bench::Explain;
use strict;
use warnings;
use Exporter 'import';
use Bench::Load qw(workload);
our @EXPORT_OK = qw(explain);

my $LINES = 40;

# explain($folder, $x, $y, $workload): from the callgrind files in $folder, the
# functions whose cost differs most, alone and with all that they call.
sub explain {
    my ($folder, $x, $y, $workload) = @_;
    my $n    = workload($workload)->{many};
    my $text = '';
    for my $kind ('no', 'yes') {
        my ($of_x, $of_y)
            = map { costs("$folder/$_.$workload.out", $kind) } $x, $y;
        my %difference = map { $_ => (($of_x->{$_} || 0) - ($of_y->{$_} || 0)) / $n }
            keys %$of_x, keys %$of_y;
        my @most = sort { abs $difference{$b} <=> abs $difference{$a} }
            keys %difference;
        $text .= sprintf "%s: %s, instructions a request (%s calls inclusive)\n"
            . "%9s %9s %9s\n", $workload, "$x - $y", $kind, 'difference', $x, $y;
        $text .= sprintf "%9.0f %9.0f %9.0f  %s\n", $difference{$_},
            map({ ($_ || 0) / $n } $of_x->{$_}, $of_y->{$_}), $_
            for grep {defined} @most[0 .. $LINES - 1];
        $text .= "\n";
    }
    return $text;
}

sub costs {
    my ($file, $inclusive) = @_;
    open my $fh, '-|', 'callgrind_annotate', '--threshold=100', '--auto=no',
        "--inclusive=$inclusive", $file
        or die "callgrind_annotate: $!\n";
    my %cost;
    while (my $line = <$fh>) {
        my ($count, $function)
            = $line =~ /^\s*([\d,]+) \([^)]*\)\s+(\S.*)$/ or next;
        $count =~ tr/,//d;
        $function =~ s/^\?+:|^[^ ]*\/([^\/ ]+:)/$1 \/\/ ''/e;
        $function =~ s/\[.*\/([^\/]+)\]$/[$1]/;
        $cost{$function} += $count;
    }
    close $fh or die "$file: callgrind_annotate failed\n";
    return \%cost;
}

1;
