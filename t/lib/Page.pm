package Page;

# What a page in docs/ tells an administrator to type, as it is written there. A block of code belongs to a test if the
# line before it is a comment with a name:
#
#   <!-- try: new-mx-add -->
#   ```apache
#   MTASTSMX mail1.example.com
#   ```
#
#   Page::block('operations.md', 'new-mx-add')

use strict;
use warnings;
use FindBin;
use Httpd::Tools qw(slurp);

my %tried;

sub block {
    my ($page, $name) = @_;
    my ($block) = slurp("$FindBin::Bin/../../docs/$page") =~ /^ *<!-- try: \Q$name\E -->\n( *)```\w*\n(.*?)^\1```$/ms
        ? $2 =~ s/^$1//mgr : die "docs/$page has no block \"$name\"\n";
    $tried{$page}{$name} = 1;
    return $block;
}

# The names of the blocks that the page has and nobody asked for; "line N" for one that has no name.
sub untried {
    my ($page) = @_;
    my (@untried, $name, $inside);
    my $n = 0;
    for (split /\n/, slurp("$FindBin::Bin/../../docs/$page")) {
        $n++;
        if (/^ *```/) {
            push @untried, $name // "line $n" unless $inside || defined $name && $tried{$page}{$name};
            $inside = !$inside;
        }
        $name = /^ *<!-- try: (\S+) -->$/ ? $1 : undef;
    }
    return @untried;
}

1;
