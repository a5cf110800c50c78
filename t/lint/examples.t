# SPDX-License-Identifier: Apache-2.0
#
# examples.t - each example passes configtest, with the warnings that it mentions and no other; what is said to be
# printed is printed
#
# An example is conf/mta_sts.load, a file of conf/sites, or an ```apache block of README.md or docs/. One that brings a
# warning says so in a comment: "# configtest warns: MTASTS030". A fragment is put into a virtual host, with what it
# needs to be a policy.

use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Httpd;
use Lint;
use Test::More;

# What the examples may take for granted to be loaded.
my @MODULES = qw(ssl alias rewrite headers setenvif proxy proxy_http status authz_host macro md remoteip reqtimeout);

my @documents = ('README.md', files('docs', qr/\.md$/));

# The number of the line that begins at this offset.
sub line_at { my ($text, $offset) = @_; return 1 + (substr($text, 0, $offset) =~ tr/\n//) }

# ---- the examples ----

my %example;
$example{$_} = input($_) for 'conf/mta_sts.load', 'conf/tlsrpt.load', files('conf/sites', qr/\.conf$/);
for my $file (@documents) {
    my $text = input($file);
    while ($text =~ /^( *)```apache\n(.*?)^\1```$/msg) {
        my ($block, $offset) = ($2, $-[2]);
        $example{ "$file:" . line_at($text, $offset) } = $block;
    }
}
die "no document has an example\n" unless grep { /\.md:/ } keys %example;

# A fragment becomes a virtual host: what it does not say itself is said around it.
sub whole {
    my ($text) = @_;
    return $text if $text =~ /^\s*<VirtualHost\b|^\s*LoadModule\b/m;
    return $text if $text =~ /^TLSRPT/m;    # in the server config alone
    my $outside = $text =~ s/^\s*<(\w+).*?^\s*<\/\1>//msgr;
    my %needed = (
        ServerName     => 'mta-sts.example.com',
        SSLEngine      => 'on',
        SSLCertificateFile    => '/cert.pem',
        SSLCertificateKeyFile => '/key.pem',
        MTASTSEngine   => 'on',
        MTASTSMX       => 'mail.example.com',
        MTASTSReportTo => 'none',
    );
    return join '', "<VirtualHost *:443>\n", (map { "$_ $needed{$_}\n" } grep { $outside !~ /^\s*$_\b/m } sort keys %needed),
        $text, "</VirtualHost>\n";
}

# Ports and files of the test, for those of the example.
sub here {
    my ($text) = @_;
    my $module = module_file();
    $text = whole($text);
    $text =~ s/<VirtualHost \*:(\d+)>/'<VirtualHost *:' . ($1 == 443 ? 'TLSPORT' : "PORT$1") . '>'/ge;
    $text =~ s/^(\s*SSLCertificateFile\s+).*$/$1ROOT\/cert.pem/mg;
    $text =~ s/^(\s*SSLCertificateKeyFile\s+).*$/$1ROOT\/key.pem/mg;
    $text =~ s/^(\s*DocumentRoot\s+).*$/$1ROOT/mg;
    $text =~ s/^(\s*RemoteIPTrustedProxyList\s+).*$/$1ROOT\/networks/mg;
    $text =~ s/^(\s*LoadModule mta_sts_module\s+).*\/mod_mta_sts\.so$/$1$module/mg;
    my $tlsrpt = $text =~ /^\s*(?:TLSRPT|SetHandler\s+tlsrpt-|LoadModule tlsrpt)/m;
    $text =~ s/^(\s*LoadModule tlsrpt_module\s+).*\/mod_tlsrpt\.so$/$1 . module_file('tlsrpt')/mge;
    $text =~ s/^TLSRPTSpool\s.*\n//mg;
    $text .= "TLSRPTSpool ROOT/spool\n" if $tlsrpt;
    return ($text, modules => \@MODULES, tlsrpt => $tlsrpt && $text !~ /LoadModule tlsrpt/, certificate => ['mta-sts.example.com'],
        files => { networks => "192.0.2.0/24\n" }, module => $text !~ /^\s*LoadModule mta_sts/m);
}

for my $name (sort keys %example) {
    my $test = Httpd->configtest(here($example{$name}));
    my @expected = map { split ' ' } $example{$name} =~ /^\s*# configtest warns: (.+)$/mg;
    my @lines = grep { !/TLSRPT040/ } split /\n/, $test->err;    # whether this machine has the database
    subtest $name => sub {
        is $test->status, 0, 'passes configtest' or diag $test->err;
        is pop @lines, 'Syntax OK', 'which says so';
        is_deeply [map { /^(MTASTS\d{3}): / ? $1 : $_ } @lines], \@expected, 'with the warnings that it mentions, and no other';
    };
}

# Each site is followed by a test, command by command.
my $followed = join '', map { input($_) } files('t/recipes', qr/\.t$/);
isnt index($followed, $_ =~ s{^.*/}{}r), -1, "$_ is tried in t/recipes" for files('conf/sites', qr/./), 'conf/policy-host.conf';

# ---- what is printed ----

my %define = (zone => 'DUMP_MTA_STS', json => 'DUMP_MTA_STS_JSON');
my $dumps = 0;
for my $file (@documents) {
    my $text = input($file);
    while ($text =~ /^<!-- dump of (\S+) -->\n```(\w+)\n(.*?)^```$/msg) {
        my ($site, $form, $shown) = ($1, $2, $3);
        $dumps++;
        my $line = line_at(input($site), index input($site), '<VirtualHost *:443>');
        my $dump = Httpd->configtest(here(input($site)), defines => [$define{$form} || die "$file: a dump as $form?\n"]);
        my $said = $dump->out =~ s{/[^"\s]+/httpd\.conf:\d+}{/etc/apache2/sites-enabled/mta-sts.conf:$line}gr;
        is $shown, $said, "$file shows $define{$form} of $site as it is";
    }
}
die "no document shows a dump\n" unless $dumps;

# The policy that they show is the one of the first example.
my $policy = decode_json(Httpd->configtest(here(input('conf/sites/one-domain.conf')), defines => ['DUMP_MTA_STS_JSON'])->out)
    ->{domains}[0]{policy} =~ s/\r//gr;
for my $file ('README.md', 'docs/mod_mta_sts.md') {
    my ($indent, $shown) = input($file) =~ /^( *)```text\n( *version: .*?)^\1```$/ms or die "$file shows no policy\n";
    is $shown =~ s/^$indent//mgr, $policy, "$file shows the policy of conf/sites/one-domain.conf as it is";
}

# The table of the JSON keys in the manual.
my $json = Httpd->configtest(here(<<'CONF'), defines => ['DUMP_MTA_STS_JSON'])->out;
<VirtualHost *:443>
    ServerName      https://mta-sts.example.com
    ServerAlias     mta-sts.*
    MTASTSEngine    on
    MTASTSMX        mail.example.com
    MTASTSReportTo  none
    <MTASTSDomainMatch ^customer>
    </MTASTSDomainMatch>
</VirtualHost>
CONF
my $object = decode_json($json);
my $manual = input('docs/mod_mta_sts.md');
my %documented;
for my $table ('key', 'key of a domain or a match') {
    my ($rows) = $manual =~ /^\| $table \| .*\n\|[-|]+\|\n((?:\|.*\n)+)/m or die "the manual has no table \"$table\"\n";
    while ($rows =~ /^\| (.+?) \| (.*) \|$/mg) {
        my ($keys, $what) = ($1, $2);
        $documented{$table}{$_} = $what for $keys =~ /`(\w+)`/g;
    }
}
is_deeply [sort keys %{ $documented{'key'} }], [sort keys %$object], 'the manual has the keys of the JSON object';
my $keys = $documented{'key of a domain or a match'};
is_deeply [sort grep { $keys->{$_} !~ /only in a match$/ } keys %$keys], [sort keys %{ $object->{domains}[0] }], '... of a domain';
is_deeply [sort grep { $keys->{$_} !~ /not in a match$/ } keys %$keys], [sort keys %{ $object->{matches}[0] }], '... of a match';

# Each policy id that a document shows belongs to a policy of an example, in one of its modes.
my %id;
for my $name (sort keys %example) {
    for my $mode ('', 'enforce', 'none') {
        my ($conf, @option) = here($example{$name});
        $conf =~ s/^(\s*MTASTSEngine\s+on)$/$1\nMTASTSMode $mode/mg if $mode;
        my $dump = Httpd->configtest($conf, @option, defines => ['DUMP_MTA_STS_JSON']);
        next if $dump->status;
        $id{$_->{id}} = $name for map { @{ decode_json($dump->out)->{$_} } } qw(domains matches);
    }
}
for my $file (@documents) {
    my %shown = map { $_ => 1 } input($file) =~ /\b([0-9a-f]{32})\b/g;
    ok $id{$_}, "$file: the policy id $_ belongs to the policy of an example" for sort keys %shown;
}

# ---- links ----

# The anchor that a heading has: lower case, blanks to hyphens, letters, digits, hyphens and underscores kept.
sub anchors { map { lc =~ s/[^\w -]//gr =~ s/ /-/gr } $_[0] =~ /^#+ (.+)$/mg }

for my $file (@documents) {
    my ($folder) = $file =~ m{^(.*/)?};
    my @broken;
    for my $link (input($file) =~ /\]\(([^)\s]+)\)/g) {
        next if $link =~ /^https?:/;
        my ($path, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
        my $target = $path eq '' ? $file : ($folder // '') . $path;
        1 while $target =~ s{[^/]+/\.\./}{};
        if (!-e root() . "/$target") {
            push @broken, $link;
            next;
        }
        push @broken, $link if defined $anchor && !grep { $_ eq $anchor } anchors(input($target));
    }
    is_deeply \@broken, [], "$file: each link leads somewhere";
}

done_testing;
