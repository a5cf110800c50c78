# build.t - an httpd that is too old is refused with a sentence; install, uninstall and clean do what they say
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use File::Find;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

chdir "$FindBin::Bin/../.." or die "$!\n";
my $APXS = $ENV{APXS} || 'apxs';

sub query { my $got = Httpd::run($APXS, '-q', $_[0]); die "$APXS -q $_[0]: " . $got->err if $got->status; return $got->out =~ s/\s+\z//r }
sub files { my @found; find({ wanted => sub { push @found, $_ unless -d }, no_chdir => 1 }, $_[0]); return sort @found }

# The same httpd, but for the number of its module interface.
sub compile_against {
    my ($minor) = @_;
    my $dir = File::Temp->newdir;
    my $include = query('INCLUDEDIR');
    my $mmn = Httpd::slurp("$include/ap_mmn.h");
    $mmn =~ s/^(#define MODULE_MAGIC_NUMBER_MINOR)\s+\d+/$1 $minor/m or die "no MODULE_MAGIC_NUMBER_MINOR\n";
    symlink $_, "$dir/" . s{.*/}{}r for grep { !m{/ap_mmn\.h$} } glob "$include/*.h";
    Httpd::spew("$dir/ap_mmn.h", $mmn);
    my $apr = Httpd::run(query('APR_CONFIG'), '--includes', '--cppflags')->out;
    my $apu = Httpd::run(query('APU_CONFIG'), '--includes')->out;
    return Httpd::run('cc', '-fsyntax-only', "-I$dir", '-Imod_mta_sts', split(' ', "$apr $apu"),
        'mod_mta_sts/httpd/mod_mta_sts.c');
}

my $old = compile_against(104);
isnt $old->status, 0, 'an httpd before 2.4.48 is refused when the module is compiled';
like $old->err, qr/mod_mta_sts needs Apache httpd 2\.4\.48 or later/, '... with a sentence';
unlike $old->err, qr/error: (?!#error)/, '... and nothing else' or diag $old->err;
my $new = compile_against(105);
is $new->status, 0, '2.4.48 is not' or diag $new->err;

my $root = File::Temp->newdir;
my $libexec = query('LIBEXECDIR');
my $made = Httpd::run('make', 'install', "APXS=$APXS", "DESTDIR=$root");
is $made->status, 0, 'make install' or diag $made->err;
is_deeply [ files("$root") ], [ sort map { "$root$_" } "$libexec/mod_mta_sts.so", "$libexec/mod_tlsrpt.so", map { "/usr/local/$_" }
        qw(bin/mta-sts share/man/man1/mta-sts.1 share/man/man5/mod_mta_sts.5 share/man/man5/mod_tlsrpt.5) ],
    'puts the modules, the tool and their manual pages below DESTDIR, and nothing else there';
is Httpd::run('make', 'uninstall', "APXS=$APXS", "DESTDIR=$root")->status, 0, 'make uninstall';
is_deeply [ files("$root") ], [], 'takes it away again';

my $build = File::Temp->newdir;
Httpd::spew("$build/made/something", '');
is Httpd::run('make', 'clean', "B=$build/made")->status, 0, 'make clean';
ok !-e "$build/made", 'takes the build folder away';

# What a sanitizer does not see, it cannot find: `make sanitize` runs the tests of each room that has code of ours.
my $sanitize = Httpd::run(qw(make -n sanitize MAKE=true APXS=true))->out;
my @out = map { "t/httpd/$_.t" } qw(growth coexist-acme);
my @tests = grep { my $test = $_; !grep { $_ eq $test } @out } glob 't/{httpd,tlsrpt,cli}/*.t';
is_deeply [ grep { $sanitize !~ /\s\Q$_\E\s/ } @tests ], [], 'make sanitize runs all tests of the modules and of the tool, but those with a reason';

done_testing;
