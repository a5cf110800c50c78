# SPDX-License-Identifier: Apache-2.0
#
# symbols.t - the module exports its module record and nothing else: httpd loads modules with global symbols

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Httpd;
use Lint;
use Test::More;

my $nm = Httpd::run('nm', '-D', '--defined-only', module_file());
die 'nm: ' . $nm->err if $nm->status;
is_deeply [map { (split)[-1] } split /\n/, $nm->out], ['mta_sts_module'], 'mta_sts_module, and nothing else';

done_testing;
