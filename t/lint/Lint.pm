# SPDX-License-Identifier: Apache-2.0
#
# Lint.pm - the input of the lints. What is not there is fatal: a lint that finds nothing to look at would pass.

package Lint;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Find ();

our @EXPORT = qw(root input files module_file directives_of_module manual_directives);

my $ROOT = abs_path(dirname(abs_path(__FILE__)) . '/../..');

sub root { $ROOT }

# The text of a file of the project.
sub input {
    my ($path) = @_;
    open my $in, '<', "$ROOT/$path" or die "cannot read $path: $!\n";
    local $/;
    my $text = <$in> // '';
    die "$path is empty\n" if $text eq '';
    return $text;
}

# Paths below a folder whose names match, sorted.
sub files {
    my ($folder, $name) = @_;
    -d "$ROOT/$folder" or die "there is no folder $folder\n";
    my @found;
    File::Find::find(
        { no_chdir => 1, wanted => sub { push @found, $_ =~ s{^\Q$ROOT\E/}{}r if -f && /$name/ } }, "$ROOT/$folder");
    die "no file in $folder matches $name\n" unless @found;
    return sort @found;
}

# A built module, where t/lib/Httpd.pm takes it from: mta_sts, or the one named.
sub module_file {
    my $file = ($ENV{MODULE_DIR} || "$ROOT/build") . '/mod_' . ($_[0] || 'mta_sts') . '.so';
    -s $file or die "there is no $file: run make first\n";
    return $file;
}

# What `httpd -L` says of the directives of mta_sts, or of the module named: ([name => help], ...)
sub directives_of_module {
    my $module = $_[0] || 'mta_sts';
    my $list = Httpd->new("# no port\n", tlsrpt => $module eq 'tlsrpt')->command('-L');
    die 'httpd -L: ' . $list->err if $list->status;
    my ($text, @rows) = $list->out;
    push @rows, [$1, $2] while $text =~ /^(\S+) \(mod_$module\.c\)\n\t(.*)\n/mg;
    die "httpd -L shows no directive of mod_$module\n" unless @rows;
    return @rows;
}

# The directives of its manual, in order: ({name =>, text =>, field => {Syntax => ...}}, ...)
sub manual_directives {
    my $module = $_[0] || 'mta_sts';
    my $prefix = uc $module =~ s/_//r;
    my @found;
    for my $section (split /^(?=## )/m, input("docs/mod_$module.md")) {
        my ($name) = $section =~ /\A## `?(<?$prefix\w+)>?`?\n/ or next;
        my ($block) = $section =~ /^```text\n(Description:.*?)^```$/ms;
        my %field = ($block // '') =~ /^(\w+):\s+(.*\S)$/mg;
        push @found, { name => $name, text => $section, field => \%field };
    }
    die "docs/mod_$module.md describes no directive\n" unless @found;
    return @found;
}

1;
