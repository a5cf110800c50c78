# SPDX-License-Identifier: Apache-2.0
#
# directives.t - the module, its help, the manual and conf/mta_sts.conf know the same directives, syntax and defaults

use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Httpd;
use Lint;
use Test::More;

# Rows of the table that are there for their error message alone.
my %ERROR_ROW = map { $_ => 1 } qw(MTASTSDomain MTASTSDomainMatch);

my @FIELDS  = qw(Description Syntax Default Context Status Module Compatibility);
my $NOTHING = qr/^\((?:not set|none)\)$/;    # a Default that is no directive line

my @rows   = directives_of_module();
my %help   = map { $_->[0] => $_->[1] } @rows;
my @names  = grep { !$ERROR_ROW{$_} } map { $_->[0] } @rows;
my @manual = manual_directives();
my %manual = map { $_->{name} => $_ } @manual;

is_deeply [sort grep { $ERROR_ROW{$_} } keys %help], [sort keys %ERROR_ROW], 'the rows for an error message are still there';
like $help{$_}, qr/^not a directive: write <$_ \.\.\.>$/, "-L: $_ says that it is none" for sort keys %ERROR_ROW;

is_deeply [map { $_->{name} } @manual], \@names, 'the manual has the directives of the module, in the order of its table';
my @listed = map { s/>$//r } input('docs/mod_mta_sts.md') =~ /^- \[`?(<?MTASTS\w+>?)`?\]\(#mtasts\w+\)$/mg;
is_deeply \@listed, \@names, 'and so has its list of directives';

# What docs/messages.md quotes of httpd's own messages about a number of arguments.
my %quoted = map { /^(\w+)/ => $_ }
    map { s/\s+/ /gr =~ s/ $//r } input('docs/messages.md') =~ /^```text\n(MTASTS\w+\s(?:takes|requires)\s.*?)^```$/msg;
die "docs/messages.md quotes no message about a number of arguments\n" unless %quoted;

# ---- each directive in the manual and in -L ----

for my $name (@names) {
    my $field = ($manual{$name} || {})->{field} || {};
    my ($word) = $name =~ /(\w+)/;
    subtest "$name in the manual" => sub {
        is_deeply [grep { !defined $field->{$_} } @FIELDS], [], 'every field';
        is_deeply [grep { my $key = $_; !grep { $_ eq $key } @FIELDS } sort keys %$field], [], 'and no other';
        like $field->{Syntax}  // '', qr/^\Q$name\E\b/, 'Syntax begins with its name';
        like $field->{Syntax}  // '', qr{</$word>$}, 'Syntax ends with its end' if $name =~ /^</;
        like $field->{Default} // '', qr/^\Q$name\E \S|$NOTHING/, 'Default is a whole line';
        is $field->{Status}, 'Extension', 'Status';
        is $field->{Module}, 'mod_mta_sts', 'Module';
        like $manual{$name}{text} // '', qr/^```apache$/m, 'an example';
    };

    # "MTASTSMode takes one argument, the mode of the policy: ..."
    my $help = $help{$name};
    unlike $help, qr/[.\s]$|\. [A-Z]/, "-L: the help of $name is one sentence without its full stop";
    if ($name !~ /^</ && $help !~ /^On\b/) {
        like $help, qr/^[a-z]/, "-L: the help of $name reads on after a comma";
        my $without = Httpd->configtest("$name\n");
        like $without->err, qr/^$name (?:takes|requires) .*arguments?, \Q$help\E$/m, '... as in this error of httpd';
        my ($said) = $without->err =~ /^($name .*)$/m;
        is delete $quoted{$name}, $said, '... which docs/messages.md quotes' if $quoted{$name};
    }
    my $default = $field->{Default} // '';
    if ($default =~ $NOTHING) {
        unlike $help, qr/default/, "-L: $name has no default, as in the manual";
        next;
    }
    my @values = $default =~ /\b$word (\w+)/g;
    my @said = $help =~ /\b(\w+) \(the default\)/ ? $1 : $help =~ /\(default (\w+), in mode enforce (\w+)\)/;
    is_deeply [map { lc } @said], \@values, "-L: the default of $name is that of the manual";
}

is_deeply \%quoted, {}, 'docs/messages.md quotes no other';

# ---- the defaults of the manual are those of the code ----

sub dump_of {
    my @lines = @_;
    my $test = Httpd->configtest(
        join('', map { "$_\n" } '<VirtualHost *:PORT>', 'ServerName https://mta-sts.example.com', @lines, '</VirtualHost>'),
        defines => ['DUMP_MTA_STS_JSON']);
    die $test->err if $test->status;
    my $domains = decode_json($test->out)->{domains};
    delete @$_{qw(source warnings)} for @$domains;    # they name the folder of the test
    return $domains;
}

my @NEEDED = ('MTASTSEngine on', 'MTASTSMX mail.example.com');
for my $name (grep { ($manual{$_}{field}{Default} // '') =~ /^\w/ } @names) {
    my ($default, $in_enforce) = $manual{$name}{field}{Default} =~ /^(\w+ \S+)(?: \(in mode enforce: (.+)\))?$/
        or fail("$name: a Default that can be tried"), next;
    my @needed = grep { !/^$name / } @NEEDED;
    is_deeply dump_of(@needed, $default), dump_of(@needed), "\"$default\" is the same as nothing";
    is_deeply dump_of(@needed, 'MTASTSMode enforce', $in_enforce), dump_of(@needed, 'MTASTSMode enforce'),
        "\"$in_enforce\" is the same as nothing in mode enforce"
        if $in_enforce;
}
is_deeply dump_of('MTASTSMX mail.example.com'), [], 'MTASTSEngine not set: no policy';
is scalar @{ dump_of(@NEEDED)->[0]{records} }, 1, 'MTASTSReportTo not set: one record only';
my $no_mx = Httpd->configtest("<VirtualHost *:PORT>\nServerName mta-sts.example.com\nMTASTSEngine on\n</VirtualHost>\n");
like $no_mx->err, qr/MTASTS020/, 'MTASTSMX not set: an error';

# ---- conf/mta_sts.conf ----

my $conf = input('conf/mta_sts.conf');
unlike $conf, qr{^(?!\s*(?:#.*|</?IfModule.*)?$)}m, 'conf/mta_sts.conf sets nothing';
my $SHOWN = qr/^ *#( *<?\/?MTASTS)/m;    # "#MTASTSMode testing"
my @shown = $conf =~ /^ *#(<?MTASTS\w+)/mg;
is_deeply \@shown, \@names, 'it shows each directive, once, in the order of the table, and nothing else';

my %in_conf;
while ($conf =~ /^ *# Syntax: +(.+)\n *# Default: +(.+)\n *#(<?MTASTS\w+)/mg) {
    $in_conf{$3} = [$1, $2];
}
is_deeply $in_conf{$_}, [@{ $manual{$_}{field} || {} }{qw(Syntax Default)}],
    "conf/mta_sts.conf: Syntax and Default of $_ as in the manual"
    for @names;

(my $set = $conf) =~ s/$SHOWN/$1/g;
my $test = Httpd->configtest(<<"CONF");
$set
<VirtualHost *:PORT>
    ServerName  https://mta-sts.example.com
    ServerAlias mta-sts.example.net
</VirtualHost>
CONF
is $test->status . ' ' . $test->err, "0 Syntax OK\n", 'with each "#" of a directive removed configtest has nothing to say';
isnt $set, $conf, '... and there was one to remove';

done_testing;
