# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# Bench::Config - the servers that are compared, and how each is set up.
#
# All answer the same two paths on a plain and a TLS port, log every access, keep
# connections alive without end, have the same P-256 certificate and another
# vhost beside the policy host. The files are in conf/; @NAME@ is filled in here.
package Bench::Config;
use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(basename);
use File::Copy qw(copy);
use FindBin;
our @EXPORT_OK = qw(server read_file write_file server_names server_title $HOST $PATH);

our $HOST = 'mta-sts.example.com';
our $PATH = '/.well-known/mta-sts.txt';

my @NAMES = qw(a b b2 c d e f);
my %TITLE = (
    a  => 'httpd, mod_mta_sts',
    b  => 'httpd, the tutorial: a file and a RewriteRule',
    b2 => 'httpd, the tutorial, EnableMMAP Off',
    c  => 'httpd, mod_null: the least that it allows',
    d  => 'nginx, return 200',
    e  => 'Caddy, respond',
    f  => 'lighttpd, a file',
);

sub server_names { return @NAMES }
sub server_title { return $TITLE{ $_[0] } }

my $REFUSAL = 'This host serves the MTA-STS policy of example.com.';
my @POLICY  = (
    'version: STSv1',
    'mode: testing',
    'mx: mail1.example.com',
    'mx: mail2.example.com',
    'max_age: 86401',
);

# server($name, \%at, %change): writes the files of a server into $at->{dir}.
#
# %at: dir, plain and tls (ports), cert, key, apxs, build (where this project is
# built), root (where servers.sh unpacked). %change, for httpd: mpm, without (a
# list of modules), global and site (text); for nginx: site.
# Answers a hash: argv, alone (argv of the server as one process, if there is
# such a thing), env; or a text that says what is missing.
sub server {
    my ($name, $at, %change) = @_;
    my %fill = (
        (map { uc $_ => $change{$_} || $at->{$_} } qw(dir plain tls cert key)),
        HOST    => $HOST,
        PATH    => $PATH,
        REFUSAL => $REFUSAL,
        SITE    => $change{site} || '',
    );
    mkdir "$at->{dir}/$_" for 'www', 'www/.well-known';
    write_file("$at->{dir}/www$PATH", join '', map {"$_\r\n"} @POLICY);
    return httpd($name, $at, \%fill, %change) if $name =~ /^[abc]/;
    return nginx($at, \%fill)                 if $name eq 'd';
    return caddy($at, \%fill)                 if $name eq 'e';
    return lighttpd($at, \%fill)              if $name eq 'f';
    die "no server $name\n";
}

sub read_file {
    my ($path) = @_;
    open my $fh, '<', $path or die "$path: $!\n";
    local $/;
    my $text = <$fh>;
    close $fh;
    return $text;
}

sub write_file {
    my ($path, $text) = @_;
    open my $fh, '>', $path or die "$path: $!\n";
    print {$fh} $text;
    close $fh or die "$path: $!\n";
    return $path;
}

sub fill {
    my ($text, $fill) = @_;
    $text =~ s/\@([A-Z]+)\@/$fill->{$1} \/\/ die "conf: \@$1\@?\n"/ge;
    return $text;
}

# Writes conf/$name, filled in, into the folder of the server.
sub conf {
    my ($at, $name, $fill) = @_;
    return write_file("$at->{dir}/$name",
        fill(read_file("$FindBin::Bin/conf/$name"), $fill));
}

# ---- httpd -----------------------------------------------------------------

# What Debian enables, and what a policy host or the tutorial needs beside it.
my @MODULES = qw(
    access_compat alias auth_basic authn_core authn_file authz_core authz_host
    authz_user autoindex deflate dir env filter mime negotiation reqtimeout
    setenvif status
    http2 rewrite socache_shmcb ssl
);

# mpm_event.conf, mpm_worker.conf and mpm_prefork.conf
my $THREADS = <<'CONF';
StartServers        2
MinSpareThreads     25
MaxSpareThreads     75
ThreadLimit         64
ThreadsPerChild     25
MaxRequestWorkers   150
CONF
my %MPM = (event => $THREADS, worker => $THREADS, prefork => <<'CONF');
StartServers        5
MinSpareServers     5
MaxSpareServers     10
MaxRequestWorkers   150
CONF

my $MODULE_SITE = <<'CONF';
    MTASTSEngine    on
    MTASTSMX        mail1.example.com mail2.example.com
    MTASTSReportTo  mailto:tls-reports@example.com
CONF

my $TUTORIAL_SITE = <<'CONF';
    DocumentRoot "@DIR@/www"
    <Directory "@DIR@/www">
        AllowOverride None
        Require all granted
    </Directory>
    RewriteEngine on
    RewriteRule !^/.well-known/mta-sts.txt - [L,R=403]
    ErrorDocument 403 "@REFUSAL@"
CONF

# The module that a kind loads, its file in build/, and the lines of its vhost.
my %KIND = (
    a  => ['mta_sts', 'mod_mta_sts.so', $MODULE_SITE],
    b  => [undef, undef, $TUTORIAL_SITE],
    b2 => [undef, undef, "    EnableMMAP Off\n$TUTORIAL_SITE"],
    c  => ['null', 'bench/mod_null.so', ''],
);

sub httpd {
    my ($name, $at, $fill, %change) = @_;
    my ($own, $file, $site) = @{ $KIND{$name} };
    my $mpm = $change{mpm} || 'event';
    my ($bin, $program, $modules)
        = map { ask_apxs($at, $_) } qw(SBINDIR PROGNAME LIBEXECDIR);
    my $httpd = "$bin/$program";
    return "no $httpd" if !-x $httpd;

    my %skip = map { $_ => 1 } @{ $change{without} || [] };
    $skip{$_} = 1 for map {/mod_(\w+)\.c/} `$httpd -l`;
    my @load = map { [$_, "$modules/mod_$_.so"] }
        grep { !$skip{$_} } "mpm_$mpm", @MODULES;
    if ($own) {
        # A copy: the project may be built again while it is measured.
        copy("$at->{build}/$file", $at->{dir}) or return "no build/$file: $!";
        push @load, [$own, "$at->{dir}/" . basename($file)];
    }
    for (@load) {
        return "no $_->[1]" if !-e $_->[1];
    }

    write_file("$at->{dir}/mime.types", "text/html html\ntext/plain txt\n");
    $fill->{LOAD} = join '',
        map {"LoadModule $_->[0]_module $_->[1]\n"} @load;
    $fill->{MPM} = $MPM{$mpm};
    $fill->{DEBIAN} = fill(read_file("$FindBin::Bin/conf/debian.conf"), $fill);
    $fill->{DEBIAN} =~ s/^(?:$change{drop}).*\n//mg if $change{drop};
    $fill->{GLOBAL} = $change{global} || '';
    $fill->{SITE}   = fill($site, $fill) . $fill->{SITE};
    my @argv = ($httpd, '-d', $at->{dir}, '-f',
        conf($at, 'httpd.conf', $fill));
    return { argv => [@argv, '-DFOREGROUND'], alone => [@argv, '-X'] };
}

sub ask_apxs {
    my ($at, $what) = @_;
    my $answer = `$at->{apxs} -q $what`;
    chomp $answer;
    return $answer;
}

# ---- the others ------------------------------------------------------------

sub find_program {
    my ($at, $program) = @_;
    for my $dir ("$at->{root}/usr/sbin", "$at->{root}/usr/bin", '/usr/sbin',
        split /:/, $ENV{PATH}) {
        return "$dir/$program" if -x "$dir/$program";
    }
    return;
}

sub nginx {
    my ($at, $fill) = @_;
    my $nginx = find_program($at, 'nginx') or return 'no nginx';
    $fill->{POLICY} = join '', map {"$_\\r\\n"} @POLICY;
    my $argv
        = [$nginx, '-p', $at->{dir}, '-c', conf($at, 'nginx.conf', $fill)];
    return { argv => $argv, alone => $argv };
}

# Without `alone`: a Go program always has threads of its runtime, and callgrind
# and strace would count what its scheduler does.
sub caddy {
    my ($at, $fill) = @_;
    my $caddy = find_program($at, 'caddy') or return 'no caddy';
    $fill->{POLICY} = join '', map {"$_\n"} @POLICY;
    my $file = conf($at, 'Caddyfile', $fill);
    return {
        argv => [$caddy, 'run', '--config', $file, '--adapter', 'caddyfile'],
        env => { map { $_ => $at->{dir} }
                qw(HOME XDG_CONFIG_HOME XDG_DATA_HOME) },
    };
}

sub lighttpd {
    my ($at, $fill) = @_;
    my $lighttpd = find_program($at, 'lighttpd') or return 'no lighttpd';
    my ($modules) = grep {-d} map {"$_/lighttpd"} "$at->{root}/usr/lib",
        glob("$at->{root}/usr/lib/*"), '/usr/lib', '/usr/lib64';
    my $argv = [$lighttpd, '-D', '-f', conf($at, 'lighttpd.conf', $fill),
        $modules ? ('-m', $modules) : ()];
    return { argv => $argv, alone => $argv };
}

1;
