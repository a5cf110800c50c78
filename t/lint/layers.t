# SPDX-License-Identifier: Apache-2.0
#
# layers.t - who includes whom, licence lines, the width of lines, and the formatter's opinion

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Httpd;
use Lint;
use Test::More;

my $COLUMNS = 80;

# C99, 7.1.2
my $C_HEADER = join '|', qw(assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdarg
    stdbool stddef stdint stdio stdlib string tgmath time wchar wctype);

# For the spool, whose folders its group may write: openat, O_NOFOLLOW and flock, which APR has not.
my $POSIX_FILES = join '|', qw(dirent fcntl unistd sys/file sys/stat);

# What the files of a folder may include. Where the folder is not there yet, nothing is in it to look at.
my %MAY = (
    core   => qr{^(?:core/\w+\.h|apr\w*\.h|openssl/\w+\.h|jansson\.h|zlib\.h|(?:$C_HEADER|$POSIX_FILES)\.h)$},
    httpd  => qr{^(?!tlsrpt/|cli/)},
    tlsrpt => qr{^(?!httpd/|cli/)},
    cli    => qr{^(?!httpd/|tlsrpt/)},
);
my %NOT_YET = map { $_ => 1 } qw(tlsrpt cli);

for my $folder (sort keys %MAY) {
    next if $NOT_YET{$folder} && !-d root() . "/mod_mta_sts/$folder";
    my (@bad, $includes);
    for my $file (files("mod_mta_sts/$folder", qr/\.[ch]$/)) {
        for my $header (input($file) =~ /^\s*#\s*include\s*[<"]([^>"]+)[>"]/mg) {
            $includes++;
            push @bad, "$file includes $header" unless $header =~ $MAY{$folder} && $header !~ m{\.\./};
        }
    }
    die "mod_mta_sts/$folder includes nothing\n" unless $includes;
    is_deeply \@bad, [], "$folder/ includes only what is below it";
}

my @c = (files('mod_mta_sts', qr/\.[ch]$/), files('t', qr/\.[ch]$/));
my @licensed = (@c, files('t/lint', qr/\.(?:t|pm)$/), files('conf', qr/\.(?:conf|load)$/));
is_deeply [grep { input($_) !~ /\A(?:.*\n){0,3}.*SPDX-License-Identifier: Apache-2\.0$/m } @licensed], [],
    'each file names its licence in its first lines';

my @wide;
for my $file (files('mod_mta_sts', qr/./)) {
    my $n = 0;
    for my $line (split /\n/, input($file)) {
        $n++;
        push @wide, "$file:$n" if length $line > $COLUMNS;
    }
}
is_deeply \@wide, [], "mod_mta_sts/ has no line over $COLUMNS columns";

if (grep { -x "$_/clang-format" } split /:/, $ENV{PATH}) {
    input('.clang-format');
    my $format = Httpd::run('clang-format', '--dry-run', '-Werror', map { root() . "/$_" } @c);
    my %bad = map { $_ => 1 } $format->err =~ m{^@{[root()]}/(\S+?):\d+:}mg;
    is_deeply [sort keys %bad], [], 'clang-format would change nothing';
    is $format->status, 0, '... and says so' or diag substr $format->err, 0, 2000;
}
else {
    diag 'clang-format is not installed: whether the code is formatted was not looked at';
}

done_testing;
