# SPDX-License-Identifier: Apache-2.0
#
# man.t - the manual pages are sound, and say of the directives what the manuals say

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Httpd;
use Lint;
use Test::More;

for my $module ('mta_sts', 'tlsrpt') {
    my $PAGE = "docs/mod_$module.5";
    my $PREFIX = uc $module =~ s/_//r;
    input($PAGE);
    my $done = Httpd::run(qw(groff -mandoc -Tascii -P-cbou -rLL=200n -ww), root() . "/$PAGE");
    is $done->status . $done->err, '0', 'groff has nothing to say';
    my $text = $done->out;

    my ($directives) = $text =~ /^DIRECTIVES\n(.*?)^(?=\S)/ms or die "$PAGE has no section DIRECTIVES\n";
    my %page;
    my @names;
    while ($directives =~ /^ {5}(<?$PREFIX\w+)(.*)\n((?: {8,}.*\n)+)/mg) {
        my ($name, $rest, $said) = ($1, $2, $3);
        push @names, $name;
        $page{$name} = { Syntax => "$name$rest", text => $said =~ s/\s+/ /gr };
    }
    my @manual = manual_directives($module);
    is_deeply \@names, [map { $_->{name} } @manual], 'the page has the directives of the manual, in their order';

    for my $directive (@manual) {
        my ($name, $field) = @$directive{qw(name field)};
        is $page{$name}{Syntax}, $field->{Syntax}, "Syntax of $name";
        my $default = $field->{Default} =~ s/\b$name //gr =~ s/ \((in mode enforce): (.*)\)/, $1 $2/r;
        if ($default =~ /^\(/) {
            unlike $page{$name}{text}, qr/Default/, "no Default of $name";
        }
        else {
            like $page{$name}{text}, qr/ Default: \Q$default\E\. $/, "Default of $name";
        }
    }

    my ($example) = $text =~ /^EXAMPLES\n(.*?)^(?=\S)/ms or die "$PAGE has no section EXAMPLES\n";
    $example =~ s/^ {5}//mg;
    my ($readme) = input($module eq 'mta_sts' ? 'README.md' : "docs/mod_$module.md") =~ /^```apache\n(.*?)^```$/ms;
    is $example =~ s/\s+\z/\n/r, $readme, 'the example is that of README.md, or of the manual';
}

# ---- mta-sts(1) ------------------------------------------------------------

my $TOOL = 'docs/mta-sts.1';
input($TOOL);
my $tool_page = Httpd::run(qw(groff -mandoc -Tascii -P-cbou -rLL=200n -ww), root() . "/$TOOL");
is $tool_page->status . $tool_page->err, '0', 'groff has nothing to say of mta-sts(1)';
my $tool = ($ENV{MODULE_DIR} || root() . '/build') . '/mta-sts';
my @commands = Httpd::run($tool, 'help')->out =~ /^  mta-sts (report\b\S*(?: [a-z]+)?)  /mg or die "mta-sts help names no command\n";
for my $command (@commands) {
    my ($section) = $tool_page->out =~ /^ {3}mta-sts \Q$command\E\n(.*?)^ {0,3}(?=\S)/ms;
    my %said = map { $_ => 1 } ($section // '') =~ /^ {5}(?:-\w, )?(--[\w-]+)/mg;
    my %has = map { $_ => 1 } grep { $_ ne '--help' } Httpd::run($tool, 'help', split / /, $command)->out =~ /^  (?:-\w,|   ) (--[\w-]+)/mg;
    is_deeply [sort keys %said], [sort keys %has], "mta-sts(1) has the options of $command, and no others";
}
my ($files) = $tool_page->out =~ /^FILES\n(.*?)^(?=\S)/ms or die "$TOOL has no section FILES\n";
my %in = $files =~ m{^ {5}(/usr/share/doc/\S+)\s*(.*?)(?=^ {5}\S|\z)}msg;
is_deeply [keys %in], ['/usr/share/doc/mta-sts/'], 'FILES has the documents of its own package';
for my $name (map { s{.*/}{}r } split ' ', input('debian/mta-sts.docs')) {
    like $in{'/usr/share/doc/mta-sts/'}, qr/\b\Q$name\E\b/, "... $name, which is in it";
}

done_testing;
