# tlsrpt-answers.t - the table of answers in docs/mod_tlsrpt.md has each status that the receiver can give, and no other
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Httpd::Tools qw(run slurp);
use Lint;
use Test::More;

my $httpd_h = run($ENV{APXS} || 'apxs', '-q', 'INCLUDEDIR')->out =~ s/\s+\z//r . '/httpd.h';
my %number = slurp($httpd_h) =~ /^#define\s+(HTTP_\w+)\s+(\d{3})$/mg;
cmp_ok keys %number, '>', 40, 'httpd.h names the statuses';

my %code = map { ($number{$_} // "$_, which httpd.h does not know") => 1 }
    map { input("mod_mta_sts/tlsrpt/$_.c") =~ /\b(HTTP_[A-Z_]+)\b/g } qw(receive body read);
my ($table) = input('docs/mod_tlsrpt.md') =~ /^## What is answered\n\n(.*?)\n\n/ms or die "the manual has no table of answers\n";
my %manual = map { $_ => 1 } map { /\|([^|]*)\|$/ ? $1 =~ /\b([1-5]\d\d)\b/g : () } split /\n/, $table;
cmp_ok keys %code, '>=', 9, 'the receiver gives statuses';
is_deeply [sort keys %manual], [sort keys %code], 'the manual has the same';

done_testing;
