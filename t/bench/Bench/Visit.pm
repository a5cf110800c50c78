# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# Bench::Visit - what a sender's visit costs (one full handshake, one request),
# and what settings save.
package Bench::Visit;
use strict;
use warnings;
use Exporter 'import';
use FindBin;
use Bench::Config qw(read_file write_file);
use Bench::Measure qw(instructions syscalls cpu in_parallel);
use Bench::Report qw(table median paired spread thousands);
our @EXPORT_OK = qw(visit);

our $TARGET = 1.15;    # of CPU time: policy-host.conf over nginx

my $SEED      = 'SSLRandomSeed connect';    # lines of debian.conf
my $ONE_CHILD = "StartServers 1\nMinSpareThreads 5\nMaxSpareThreads 50\n";
my $AES_128   = 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:'
    . 'TLS_AES_256_GCM_SHA384';

# The TLS settings of policy-host.conf, for nginx.
my $NGINX = <<"CONF";
ssl_session_cache         off;
    ssl_session_tickets       off;
    ssl_conf_command          NumTickets 0;
    ssl_conf_command          Ciphersuites $AES_128;
    ssl_prefer_server_ciphers on;
CONF

# Name, title, change (see Bench::Config).
my @MAIN = (
    ['d/same', 'nginx, the TLS settings of policy-host.conf',
        { site => $NGINX }],
    ['a/recommended', 'httpd, policy-host.conf',
        { drop => $SEED, global => read_file("$FindBin::Bin/../../conf/policy-host.conf") }],
    ['d', 'nginx as it comes', {}],
    ['a', 'httpd as Debian sets it up', {}],
);

# How the visits come: title, options of Bench::Measure::cpu().
my @WAYS = (
    ['one at a time',         connections => 1],
    ['four at a time',        connections => 4],
    ['Connection: close (4)', connections => 4, leave => 1],
);

# A setting alone: title, change, why it matters or does not.
my @EACH = (
    ['SSLOpenSSLConfCmd NumTickets 0',
        { global => "SSLOpenSSLConfCmd NumTickets 0\n" },
        'no two session tickets to make, encrypt, store and send'],
    ['no SSLRandomSeed connect', { drop => $SEED },
        '/dev/urandom opened, read and closed, and the generators of OpenSSL '
            . 'seeded again, for each connection'],
    ['no SSLRandomSeed connect file', { drop => "$SEED file" },
        'the file alone'],
    ['AES-128 first',
        { global => "SSLCipherSuite TLSv1.3 $AES_128\nSSLHonorCipherOrder on\n" },
        'the handshake hashes with SHA-256, for which CPUs have instructions '
            . '(callgrind has not), instead of SHA-384'],
    ['ExtendedStatus Off', { global => "ExtendedStatus Off\n" },
        'times(), which adds up all threads, and strings for the scoreboard'],
    ['StartServers 1, MinSpareThreads 5', { global => $ONE_CHILD },
        'of two processes both wake up for a connection, and one in vain; '
            . 'fewer threads keep warmer caches'],
    ['SSLSessionCache none', { global => "SSLSessionCache none\n" },
        'little: with TLS 1.3 the tickets are made all the same'],
    ['SSLSessionTickets on', { global => "SSLSessionTickets on\n" },
        'the whole session is encrypted into each ticket'],
    ['KeepAlive Off', { global => "KeepAlive Off\n" },
        'one way less through the listener, when visits come one by one'],
    ['BufferedLogs On', { global => "BufferedLogs On\n" },
        'one write() for many lines, which appear late'],
    ['SSLProtocol -all +TLSv1.3', { global => "SSLProtocol -all +TLSv1.3\n" },
        'shorter lists; shuts out senders without TLS 1.3'],
    ['Protocols http/1.1', { global => "Protocols http/1.1\n" },
        'nothing of HTTP/2 to negotiate'],
    ['AcceptFilter https none', { global => "AcceptFilter https none\n" },
        'woken before the ClientHello is there'],
    ['without mod_status', { without => ['status'] },
        'as ExtendedStatus Off'],
    ['without mod_reqtimeout', { without => ['reqtimeout'] },
        'a filter; but it ends connections that say nothing'],
    ['without all that a policy host does not need',
        { without => [qw(access_compat alias auth_basic authn_file authz_user
                autoindex deflate dir env filter http2 mime negotiation
                reqtimeout rewrite setenvif status)] },
        'fewer hooks and filters'],
    ['MPM worker', { mpm => 'worker' },
        'one thread keeps a connection to its end'],
    ['MPM prefork', { mpm => 'prefork' },
        'fewer switches, but every process has its caches to warm; no HTTP/2'],
    ['a certificate with RSA-2048', { rsa => 1 },
        'a signature costs twice the rest of a visit'],
);

# visit($shared, $folder, $mode, $rounds, $say): measures, prints, and writes
# $folder/visit.md. $mode: '' or 'each'.
sub visit {
    my ($shared, $folder, $mode, $rounds, $say) = @_;
    my %how  = (rounds => $rounds, say => $say);
    my $text = "# A sender's visit\n\n" . compare($shared, %how);
    $text .= "\n" . each_alone($shared, %how) if $mode eq 'each';
    print $text;
    write_file("$folder/visit.md", $text);
    return;
}

sub compare {
    my ($shared, %how) = @_;
    my %change = map { $_->[0] => $_->[2] } @MAIN;
    my @names  = map { $_->[0] } @MAIN;
    my $count  = counted(\@names, \%change, $shared);
    my @timed  = map {
        my ($way, %options) = @$_;
        cpu(\@names, ['conn'], $shared, %how, change => \%change, %options)
            ->{conn};
    } @WAYS;

    my @rows;
    for (@MAIN) {
        my ($name, $title) = @$_;
        push @rows, ["**$name** $title",
            thousands($count->{$name}{instructions}),
            sprintf('%.1f', $count->{$name}{syscalls}),
            map { sprintf '%.0f%s, %.1f', median(@{ $_->{$name}{us} }),
                spread($_->{$name}{us}), median(@{ $_->{$name}{switches} }) }
                @timed];
    }
    for my $pair (['a/recommended', 'd/same'], ['a/recommended', 'd'],
        ['a', 'd'], ['a/recommended', 'a']) {
        my ($x, $y) = @$pair;
        push @rows, ["$x : $y",
            map({ sprintf '%.3f', $count->{$x}{$_} / $count->{$y}{$_} }
                qw(instructions syscalls)),
            map { sprintf '%.3f', median(paired($_->{$x}{us}, $_->{$y}{us})) }
                @timed];
    }
    return "CPU microseconds (quartiles), and switches between threads:\n\n"
        . table(['', 'instructions', 'system calls',
            map { $_->[0] } @WAYS], @rows)
        . "\nTarget: a/recommended : d/same at most $TARGET.\n";
}

sub each_alone {
    my ($shared, %how) = @_;
    my %change = (a => {}, map { ("a/$_" => { %{ $EACH[$_][1] } }) } 0 .. $#EACH);
    for (grep { delete $_->{rsa} } values %change) {
        @$_{qw(cert key)} = map {"$shared->{folder}/rsa-$_.pem"} qw(cert key);
    }
    my @names = ('a', map {"a/$_"} 0 .. $#EACH);
    my $count = counted(\@names, \%change, $shared);
    my $cpu   = cpu(\@names, ['conn'], $shared, %how, change => \%change,
        connections => 4)->{conn};

    my @rows;
    for my $i (0 .. $#EACH) {
        my ($title, undef, $why) = @{ $EACH[$i] };
        my ($with, $without) = ("a/$i", 'a');
        my @less = map { median(less($cpu->{$without}{$_}, $cpu->{$with}{$_})) }
            qw(us switches);
        push @less, map { $count->{$without}{$_} - $count->{$with}{$_} }
            qw(syscalls instructions);
        push @rows, [$title, map({ sprintf '%.1f', $_ } @less[0 .. 2]),
            thousands($less[3]), $why];
    }
    return "What a setting alone saves, four visits at a time:\n\n"
        . table(['setting', 'CPU us', 'switches', 'system calls',
            'instructions', 'why'], @rows);
}

sub less {
    my ($x, $y) = @_;
    return map { $x->[$_] - $y->[$_] } 0 .. $#$x;
}

# name => { instructions, syscalls } of a visit.
sub counted {
    my ($names, $change, $shared) = @_;
    my ($ir, $calls) = map {
        in_parallel($_, $names, ['conn'], $shared, each => $change)
    } \&instructions, \&syscalls;
    my %count;
    for my $name (@$names) {
        ref $_->{$name} or die "$name: $_->{$name}\n" for $ir, $calls;
        $count{$name} = {
            instructions => $ir->{$name}{conn},
            syscalls     => $calls->{$name}{conn}{all},
        };
    }
    return \%count;
}

1;
