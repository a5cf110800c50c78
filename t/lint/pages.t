# pages.t - each page of docs/ is found from README.md in two steps, and each link inside the project leads somewhere
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Lint;
use Test::More;

# Without its blocks of code, in which a link is none.
sub text { my ($page) = @_; return input($page) =~ s/^```.*?^```$//msgr }

# "a/b/../c" without the way up.
sub plain {
    my @steps;
    for my $step (split m{/}, $_[0]) { $step eq '..' ? pop @steps : push @steps, grep { $_ ne '.' } $step }
    return join '/', @steps;
}

# [file, anchor] of each link to something of the project.
sub links {
    my ($page) = @_;
    my ($folder) = $page =~ m{^(.*/)};
    return map {
        my ($file, $anchor) = split /#/, $_, 2;
        [$file eq '' ? $page : plain(($folder // '') . $file), $anchor];
    } grep { !/^\w+:/ } text($page) =~ /\]\(([^)\s]+)\)/g;
}

# The anchors that its headings have on the web.
sub anchors {
    my ($page) = @_;
    return map { my $name = lc s/\[([^\]]*)\]\([^)]*\)/$1/gr; $name =~ s/[^\w -]//g; $name =~ tr/ /-/; ($name => 1) } text($page) =~ /^#+ (.*?) *$/mg;
}

my @pages = map { s{.*/docs/}{docs/}r } glob "$FindBin::Bin/../../docs/*.md";
cmp_ok scalar(@pages), '>', 10, 'there are pages';
my %first = map { $_->[0] => 1 } links('README.md');
my %second = (%first, map { $_->[0] => 1 } map { links($_) } grep { /\.md$/ } keys %first);
for my $page (@pages) {
    ok $second{$page}, "$page: README.md leads there, or a page that it names";
}

for my $page ('README.md', @pages) {
    my @dead = grep {
        my ($file, $anchor) = @$_;
        !-e "$FindBin::Bin/../../$file" || defined $anchor && $file =~ /\.md$/ && !{ anchors($file) }->{$anchor};
    } links($page);
    is_deeply [map { join '#', grep { defined } @$_ } @dead], [], "$page: its links lead somewhere";
}

done_testing;
