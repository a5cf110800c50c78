# SPDX-License-Identifier: Apache-2.0
#
# tlsrpt-directives.t - mod_tlsrpt, its help, its manual and conf/tlsrpt.conf know the same directives, syntax and defaults

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Httpd;
use Lint;
use Test::More;

my @FIELDS = qw(Description Syntax Default Context Status Module Compatibility);

my @rows   = directives_of_module('tlsrpt');
my %help   = map { $_->[0] => $_->[1] } @rows;
my @names  = map { $_->[0] } @rows;
my @manual = manual_directives('tlsrpt');
my %manual = map { $_->{name} => $_ } @manual;

is_deeply [map { $_->{name} } @manual], \@names, 'the manual has the directives of the module, in the order of its table';
is_deeply [input('docs/mod_tlsrpt.md') =~ /^- \[(TLSRPT\w+)\]\(#tlsrpt\w+\)$/mg], \@names, 'and so has its list of directives';

for my $name (@names) {
    my $field = ($manual{$name} || {})->{field} || {};
    is_deeply [sort keys %$field], [sort @FIELDS], "$name in the manual: every field, and no other";
    like $field->{Syntax} // '', qr/^$name /, '... Syntax begins with its name';
    is "$field->{Status} $field->{Module} $field->{Context}", 'Extension mod_tlsrpt server config', '... Status, Module, Context';
    like $manual{$name}{text} // '', qr/^```apache$/m, '... an example';
    my ($default) = ($field->{Default} // '') =~ /^$name (.+)$/;
    is +($help{$name} =~ /\(default (.+)\)$/)[0], $default, '... the default is that of -L';
    my $without = Httpd->configtest("$name\n", tlsrpt => 1);
    like $without->err, qr/^$name (?:takes|requires) .*arguments?, \Q$help{$name}\E$/m, '... its help reads on in this error of httpd';
    # The default is the default of the code: what it says is the same as nothing, in what -L and configtest show.
    next unless defined $default;
    my $test = Httpd->configtest("TLSRPTSpool ROOT/spool\n" . ($name eq 'TLSRPTSpool' ? '' : "$name $default\n"), tlsrpt => 1);
    is $test->status, 0, '... and configtest takes it' or diag $test->err;
}

my ($said) = input('docs/tlsrpt-messages.md') =~ /^```text\n(TLSRPTSpool takes .*?)^```$/ms or die "the messages quote nothing\n";
is $said =~ s/\s+/ /gr, "TLSRPTSpool takes one argument, $help{TLSRPTSpool} ", 'docs/tlsrpt-messages.md quotes httpd as it speaks';

my $conf = input('conf/tlsrpt.conf');
unlike $conf, qr{^(?!\s*(?:#.*|</?IfModule.*)?$)}m, 'conf/tlsrpt.conf sets nothing';
is_deeply [$conf =~ /^ *#(TLSRPT\w+)/mg], \@names, 'it shows each directive, once, in the order of the table';
my %in_conf;
$in_conf{$3} = [$1, $2] while $conf =~ /^ *# Syntax: +(.+)\n *# Default: +(.+)\n *#(TLSRPT\w+)/mg;
is_deeply $in_conf{$_}, [@{ $manual{$_}{field} || {} }{qw(Syntax Default)}], "... $_ with Syntax and Default as in the manual" for @names;
(my $set = $conf) =~ s/^ *#(TLSRPT)/$1/mg;
$set =~ s/^TLSRPTSpool .*/TLSRPTSpool ROOT\/spool/m or die "conf/tlsrpt.conf shows no spool\n";
my $test = Httpd->configtest($set, tlsrpt => 1);
is $test->status, 0, 'with each "#" of a directive removed configtest passes' or diag $test->err;

done_testing;
