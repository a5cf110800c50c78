# SPDX-License-Identifier: Apache-2.0
#
# messages.t - of each module: message.h, the code, the manual of messages and the tests know the same tags, and the
# manual quotes what is said

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Lint;
use Test::More;

# When a message comes, by the first letter of its name and its number.
sub kind_mta_sts {
    my ($name, $tag) = @_;
    return qr/error/ if $name =~ /^E/;
    return qr/notice, at (?:each start and|a) restart/ if $name =~ /^N/;
    return qr/warning, at a restart/ if $tag ge 'MTASTS080';
    return $tag lt 'MTASTS060' ? qr/warning, in configtest and at start/ : qr/warning, at start only/;
}

sub kind_tlsrpt {
    my ($name, $tag) = @_;
    return qr/error/ if $name =~ /^E/;
    return qr/(?:notice|info), while httpd runs/ if $name =~ /^N/;
    return qr/(?:warning|error), while httpd runs/ if $tag =~ /TLSRPT0[589]/;
    return $tag lt 'TLSRPT050' ? qr/warning, in configtest and at start/ : qr/warning, at start only/;
}

my @MODULES = (
    {
        tag => 'MTASTS', folder => 'httpd', manual => 'docs/messages.md', tests => 't/httpd', kind => \&kind_mta_sts, examples => '(?!)',
        # Errors and warnings that no test can provoke, and why.
        untested => { MTASTS022 => 'OpenSSL would have to be without SHA-256' },
    },
    {
        tag => 'TLSRPT', folder => 'tlsrpt', manual => 'docs/tlsrpt-messages.md', tests => 't/tlsrpt', kind => \&kind_tlsrpt,
        # What stands for the words of others in an example.
        examples => 'postgres|8MB|90days|The database says: [a-z ]+|report one of|for|Example Mail|received',
        untested => {
            TLSRPT060 => 'the system would have to be without shared memory',
        },
    },
);

for my $is (@MODULES) {
    my $TAG = qr/$is->{tag}\d{3}/;
    my %UNTESTED = %{ $is->{untested} };

    # ---- message.h: names and tags, in order ----

    my (@names, %tag_of, %name_of);
    my $header = input("mod_mta_sts/$is->{folder}/message.h");
    while ($header =~ /^#define (\w+) +"($TAG): "$/mg) {
        ok !$tag_of{$1},  "$1 is defined once";
        ok !$name_of{$2}, "$2 is given once" or diag "to $name_of{$2} and to $1";
        push @names, $1;
        $tag_of{$1}  = $2;
        $name_of{$2} = $1;
    }
    die "message.h defines no tag\n" unless @names;
    my @tags = map { $tag_of{$_} } @names;
    is scalar(() = $header =~ /$TAG/g), scalar @tags, 'message.h holds nothing else that looks like a tag';
    is_deeply \@tags, [sort @tags], 'in the order of their numbers';

    # ---- the code ----

    my (%used, %strange, $strings);
    for my $file (grep { !m{/message\.h$} } map { files("mod_mta_sts/$_", qr/\.[ch]$/) } 'core', $is->{folder}) {
        my $code = input($file);
        $strange{$_} = $file for grep { !$name_of{$_} } $code =~ /$TAG/g;    # in comments
        $code =~ s{/\*.*?\*/}{}gs;
        $used{$_}++ for $code =~ /\b([EWN]_[A-Z0-9_]+)\b/g;
        fail "$file spells out $_; use its name" for $code =~ /"[^"\n]*($TAG)/g;
        $strings .= $code;
    }
    is_deeply [grep { !$used{$_} } @names], [], 'each is used';

    # ---- the manual: each tag is a heading, in order ----

    my $manual  = input($is->{manual});
    my @entries = $manual =~ /^### ($TAG)$/mg;
    is_deeply \@entries, \@tags, "$is->{manual} has each, once, in order";

    # The fragments of the texts in the code: adjacent strings joined, the names of directives put in, cut at each %s.
    my %macro = map { input($_) =~ /^#define (\w+) +"(.*)"$/mg } "mod_mta_sts/$is->{folder}/module.h", 'mod_mta_sts/core/name.h';
    die "module.h defines no string\n" unless $macro{D_DOMAIN};
    $strings =~ s/\b(D_\w+|DUMP_\w+|MTA_STS_HOST_PREFIX)\b/defined $macro{$1} ? qq("$macro{$1}") : $1/ge;
    $strings =~ s/(?<!\\)"\s*"//g;
    my @fragments = sort { length $b <=> length $a } grep { length > 5 }
        map { s/\\"/"/gr =~ s/\s+/ /gr } map { split /%(?:s|d|u)/ } $strings =~ /"((?:[^"\\\n]|\\.)+)"/g;

    for my $tag (@entries) {
        my ($entry) = $manual =~ /^### $tag\n(.*?)(?=^##|\z)/ms;
        my ($text, $when, @more) = $entry =~ /\A\n```text\n(.+?)```\n\n- When: (.+)\n- Cause: .+?\n- Cure: .+?\s*\z/s;
        ok defined $text, "$tag: message, When, Cause, Cure" or next;
        my $kind = $is->{kind}->($name_of{$tag} || '', $tag);
        like $when, qr/\A$kind/, '... When, by its name in message.h';
        $text =~ s/\s+/ /g;
        my $left = $text;
        $left =~ s/\Q$_\E/|/ for @fragments;
        $left =~ s/[0-9a-f]{32}|[\w.\/-]+\.(?:com|net|txt)\b|$is->{examples}|FILE(?::\d+)?|\d+//g;    # what stands for %s and %d
        cmp_ok length $left, '<=', 0.3 * length $text, '... the message is in the code' or diag "left of it: $left";
    }

    # ---- other documents, and the tests ----

    my %asserted;
    for my $file (files($is->{tests}, qr/\.t$/)) {
        my $test = input($file) =~ s/^\s*#.*//mgr;
        $asserted{$_}++ for $test =~ /$TAG/g;
    }
    my @untested = grep { !$asserted{$_} && !$UNTESTED{$_} } @tags;
    is_deeply \@untested, [], 'a test asserts each message';
    is_deeply [grep { $asserted{$_} || !$name_of{$_} } sort keys %UNTESTED], [], 'except those that none can provoke';

    $strange{$_} = 't' for grep { !$name_of{$_} } keys %asserted;
    for my $file ('README.md', 'CHANGES', files('docs', qr/\.md$/), files('conf', qr/\.(?:conf|load)$/)) {
        my $text = input($file);
        $strange{$_} = $file for grep { !$name_of{ uc $_ } } $text =~ /$TAG/gi;    # "#mtasts012" of a link too
    }
    is_deeply \%strange, {}, 'nobody speaks of a tag that does not exist';
}

done_testing;
