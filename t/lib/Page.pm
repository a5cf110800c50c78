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

# The names of the blocks that the page has and nobody asked for.
sub untried {
    my ($page) = @_;
    return grep { !$tried{$page}{$_} } slurp("$FindBin::Bin/../../docs/$page") =~ /^ *<!-- try: (\S+) -->$/mg;
}

1;
