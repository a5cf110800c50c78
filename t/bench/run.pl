#!/usr/bin/perl
# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# run.pl - what a request costs here, beside the alternatives, in one run.
#
#   run.pl                  all of it; also build/bench/results.md and .json
#   run.pl --only=instructions,syscalls,cpu
#          --workloads=plain,tls,h2,conn,403
#          --servers=a,b,b2,c,d,e,f
#          --rounds=21      of the CPU time
#          --drop=PATTERN   leave these lines of conf/debian.conf out
#                          a part of it; also build/bench/partial.md and .json
#   run.pl --explain=a,c --workloads=plain
#                          the functions that make the difference
#   run.pl --visit          what a sender's visit costs: httpd as it comes, with
#                          policy-host.conf, nginx; --visit=each: and with each
#                          setting alone; also build/bench/visit.md
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use Getopt::Long;
use JSON::PP;
use Bench::Config qw(server_names);
use Bench::Explain qw(explain);
use Bench::Load qw(workload_names);
use Bench::Measure qw(instructions syscalls cpu in_parallel);
use Bench::Report qw(report);
use Bench::Server;
use Bench::Visit qw(visit);

$| = 1;
$SIG{INT} = $SIG{TERM} = sub { exit 1 };
my %option = (rounds => 21);
GetOptions(\%option, 'only=s', 'workloads=s', 'servers=s', 'rounds=i',
    'drop=s',
    'explain=s', 'visit:s')
    && !@ARGV
    or die "usage: see the head of run.pl\n";
my $part      = grep { $option{$_} } qw(only workloads servers drop);
my @figures   = split /,/, $option{only}      || 'instructions,syscalls,cpu';
my @workloads = split /,/, $option{workloads} || join ',', workload_names();
my @servers   = split /,/, $option{servers}   || join ',', server_names();

my %each      = map { $_ => { drop => $option{drop} } } @servers;

my $build  = abs_path("$FindBin::Bin/../..") . '/build';
my $out    = "$build/bench";
my $shared = prepare();

if (defined $option{visit}) {
    visit($shared, $out, $option{visit}, $option{rounds}, \&progress);
    exit 0;
}
if ($option{explain}) {
    @servers = split /,/, $option{explain};
    %each    = map { $_ => { drop => $option{drop} } } @servers;
    in_parallel(\&instructions, \@servers, \@workloads, $shared,
        keep => "$out/callgrind", each => \%each);
    print explain("$out/callgrind", @servers[0, 1], $_) for @workloads;
    exit 0;
}

my %results;
for my $figure (@figures) {
    my $from = time;
    $results{$figure}
        = $figure eq 'instructions' ? in_parallel(\&instructions,
            \@servers, \@workloads, $shared, keep => "$out/callgrind",
            each => \%each)
        : $figure eq 'syscalls' ? in_parallel(\&syscalls,
            \@servers, \@workloads, $shared, each => \%each)
        : $figure eq 'cpu' ? cpu([neighbours(@servers)], \@workloads, $shared,
            rounds => $option{rounds}, change => \%each, say => \&progress)
        : die "--only: no figure $figure\n";
    progress(sprintf "%s: %d s\n", $figure, time - $from);
}
my $text = report(\%results, \@workloads, \@servers);
print $text;
my $name = $part ? 'partial' : 'results';
save("$out/$name.md",   $text);
save("$out/$name.json", JSON::PP->new->canonical->pretty->encode(\%results));

# ---- what it stands on -----------------------------------------------------

# Builds the client and mod_null, unpacks the other servers, makes a certificate:
# what all servers share.
sub prepare {
    my $apxs = $ENV{APXS} || 'apxs';
    make_path("$out/apxs", "$out/callgrind");
    run('sh', "$FindBin::Bin/servers.sh", "$out/servers");
    run('cc', qw(-std=gnu99 -O2 -Wall -Wextra -o), "$out/load",
        "$FindBin::Bin/load.c", qw(-lssl -lcrypto -lpthread));

    # apxs leaves its objects beside the source.
    copy("$FindBin::Bin/mod_null.c", "$out/apxs") or die "mod_null.c: $!\n";
    run('sh', '-c', "cd '$out/apxs' && '$apxs' -c -Wc,-Wall -Wc,-Wextra "
        . 'mod_null.c >log 2>&1 || { cat log; exit 1; }');
    copy("$out/apxs/.libs/mod_null.so", $out) or die "mod_null.so: $!\n";

    my $dir = Bench::Server::folder();
    certificate("$dir/cert.pem", "$dir/key.pem",
        'ec -pkeyopt ec_paramgen_curve:P-256');
    certificate("$dir/rsa-cert.pem", "$dir/rsa-key.pem", 'rsa:2048');
    return {
        apxs   => $apxs,
        build  => $build,
        root   => "$out/servers",
        bin    => $out,
        cert   => "$dir/cert.pem",
        key    => "$dir/key.pem",
        folder => $dir,
        owner  => $$,
    };
}

sub certificate {
    my ($cert, $key, $algorithm) = @_;
    run('sh', '-c', "exec openssl req -x509 -newkey $algorithm -nodes -days 90"
        . ' -subj /CN=mta-sts.example.com'
        . ' -addext subjectAltName=DNS:mta-sts.example.com,DNS:www.example.com'
        . ' -addext basicConstraints=critical,CA:FALSE'
        . " -keyout '$key' -out '$cert' 2>/dev/null");
    chmod 0644, $key;    # servers run as another user
    return;
}

END {
    local $?;
    remove_tree($shared->{folder}) if $shared && $shared->{owner} == $$;
}

sub run {
    my @command = @_;
    system(@command) == 0 or die "failed: @command\n";
    return;
}

# What is compared comes one after the other.
sub neighbours {
    my %wanted = map { $_ => 1 } @_;
    return grep { $wanted{$_} } qw(b b2 a c d e f);
}

sub progress {
    my ($text) = @_;
    print STDERR -t STDERR ? "\r\e[K$text" : $text =~ /\n/ ? $text : '';
    return;
}

sub save {
    my ($file, $text) = @_;
    open my $fh, '>', $file or die "$file: $!\n";
    print {$fh} $text;
    close $fh or die "$file: $!\n";
    return;
}
