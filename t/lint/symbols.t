# SPDX-License-Identifier: Apache-2.0
#
# symbols.t - each module exports its module record and nothing else: httpd loads modules with global symbols

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Httpd;
use Lint;
use Test::More;

for my $module ('mta_sts', 'tlsrpt') {
    my $nm = Httpd::run('nm', '-D', '--defined-only', module_file($module));
    die 'nm: ' . $nm->err if $nm->status;
    is_deeply [map { (split)[-1] } split /\n/, $nm->out], ["${module}_module"], "mod_$module.so: ${module}_module, and nothing else";
}

# What takes no input from strangers needs none of their formats.
my $needed = Httpd::run('readelf', '-d', module_file('mta_sts'));
die 'readelf: ' . $needed->err if $needed->status;
my @libraries = $needed->out =~ /\(NEEDED\).*\[(.*?)\]/g;
ok @libraries > 0, 'mod_mta_sts.so needs libraries';
is_deeply [grep { !/^lib(?:ssl|crypto|c)\.so/ } @libraries], [], '... OpenSSL, and nothing else';

done_testing;
