# dns.t - the dump, published as docs/operations.md says, with knot and with bind: as a part of the zone file, and by
# nsupdate while the server runs; what comes back from the name server, and from a caching resolver before it, is what
# senders parse

use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Namespace;
use Page;
use Test::More;

Namespace->enter;

my $TOOLS = "$FindBin::Bin/../../build/tools";
my $LONG = join ' ', map { "mailto:reports-number-$_\@mail.example.net" } 1 .. 9;    # a record of more than one string

my $CONF = <<"CONF";
<VirtualHost *:TLSPORT>
    ServerName  mta-sts.example.com
    ServerAlias mta-sts.sub.example.com mta-sts.example.org
    SSLEngine             on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine          on
    MTASTSMX              mail1.example.com
    MTASTSReportTo        mailto:tls-reports\@example.com
    <MTASTSDomain sub.example.com>
        MTASTSMode enforce
        MTASTSReportTo    $LONG https://reports.example.net/?key=a%3Bb
    </MTASTSDomain>
</VirtualHost>
CONF
my $OTHER = <<"CONF";
<VirtualHost *:TLSPORT>
    ServerName  mta-sts.example.com
    SSLEngine             on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine          on
    MTASTSMX              mail1.example.com mail2.example.com
    MTASTSReportTo        $LONG
</VirtualHost>
CONF

my $httpd = Httpd->start($CONF, modules => ['ssl'], ports => { TLSPORT => 443 }, certificate => [ map { "mta-sts.$_" } qw(example.com sub.example.com) ],
    allow => [qr/AH01909|MTASTS083/]);
my $root = $httpd->root;
# As Debian's: it complains on standard output.
Httpd::spew("$root/apachectl", <<"SH");
case \$1 in configtest) set -- -t ;; graceful) set -- -k graceful ;; esac
@{[ $httpd->_httpd ]} "\$@" || { status=\$?; echo "Action '\$*' failed."; exit \$status; }
SH

# A command of the page, with the files and the httpd of the test.
sub type {
    my ($command, %as) = @_;
    $command =~ s/\bsudo //g;
    $command =~ s{/etc/bind/}{$root/}g;
    $command =~ s{\bapachectl\b}{sh $root/apachectl}g;
    local $ENV{PATH} = "$ENV{PATH}:$TOOLS/root/usr/sbin";
    my $done = Httpd::run('sh', '-c', $command);
    is $done->status, 0, "typed: $as{name}" or diag $done->err unless $as{fails};
    return $done;
}

# Who is asked: the name server, and what senders ask.
my %AT = ('the name server' => '127.0.0.1', 'the resolver' => '127.0.0.53');

# All TXT records at a name, each as one text, as dig sees them.
sub txt {
    my ($name, $whom) = @_;
    my $done = Httpd::run('dig', '@' . $AT{ $whom || 'the name server' }, '+short', 'TXT', $name);
    return [ map { join '', /"((?:[^"\\]|\\.)*)"/g } map { s/\\;/;/gr } split /\n/, $done->out ];
}

# What a sender makes of the records of now.
sub query {
    local $ENV{PYTHONPATH} = "$TOOLS/root/usr/lib/python3/dist-packages";
    local $ENV{SSL_CERT_FILE} = "$root/ca.pem";
    return Httpd::run('/usr/bin/python3', '-m', 'postfix_mta_sts_resolver', @_)->out;
}

sub domains { return map { $_->{domain} => $_ } @{ decode_json($httpd->command('-t', '-D', 'DUMP_MTA_STS_JSON')->out)->{domains} } }

sub published {
    my ($how) = @_;
    my %domain = domains();
    for my $name (grep { /example\.com$/ } sort keys %domain) {
        my %want = map { $_->{name} => $_->{value} } @{ $domain{$name}{records} };
        for my $record (sort keys %want) {
            is_deeply txt($record, $_), [ $want{$record} ], "$how: $record, from $_" for sort keys %AT;
            is_deeply txt($record, 'the resolver'), [ $want{$record} ], '... and from its cache';
        }
        my $got = query($name);
        like $got, qr/VALID.*'$domain{$name}{id}'.*'mode': '$domain{$name}{mode}'/, "$how: a sender takes the policy of $name";
    }
    is_deeply txt('_mta-sts.example.org'), [], "$how: a domain of another zone is left out" if $how =~ /zone file/;
    return %domain;
}

my $key = type(Page::block('operations.md', 'key'), name => 'the key');
is $key->out, '', '... is not shown';
is sprintf('%o', (stat "$root/mta-sts.key")[2] & 0777), '640', '... and not for everybody to read';
my ($secret) = Httpd::slurp("$root/mta-sts.key") =~ /secret "(.*)"/ or die "no secret in the key\n";
my $resolver = Namespace->resolver('example.com');
my $HOSTS = "mta-sts A 127.0.0.1\nmta-sts.sub A 127.0.0.1\n";
my %SERVER = (
    knotd => [ map { my $text = Page::block('operations.md', "knot-$_"); $text =~ s/SECRET/$secret/; $text =~ s/^    # .*\n//gmr } qw(outside zone) ],
    named => [ map { Page::block('operations.md', "named-$_") =~ s{/etc/bind/}{$root/}gr } qw(outside zone) ],
);

for my $server (sort keys %SERVER) {
    subtest $server => sub {
        $httpd->reconfigure($CONF);
        type(Page::block('operations.md', 'records'), name => 'the dump into a file');
        my $include = Page::block('operations.md', 'include') =~ s{/etc/bind/}{$root/}gr;
        my $dns = Namespace->dns('example.com', "$HOSTS$include", server => $server, config => $SERVER{$server}[0], zone => $SERVER{$server}[1]);
        $resolver->forget;
        my %old = published("$server, zone file");
        is type(Page::block('operations.md', 'dump'), name => 'the dump')->out, Httpd::slurp("$root/mta-sts.records"), '... is what was written';
        {
            local $ENV{CURL_CA_BUNDLE} = "$root/ca.pem";
            is type(Page::block('operations.md', 'look'), name => 'a look at the policy')->out, $old{'example.com'}{policy}, '... shows it';
        }

        $httpd->write($OTHER);
        $httpd->graceful(sub { type(Page::block('operations.md', 'reload'), name => 'the reload') });
        like query('example.com', $old{'example.com'}{id}), qr/NOT_CHANGED/, 'a new policy, not yet published: senders see the old record';
        type(Page::block('operations.md', 'nsupdate'), name => 'nsupdate') for 1 .. 2;    # twice: deletes what is there
        is_deeply txt('_mta-sts.example.com', 'the resolver'), [ $old{'example.com'}{records}[0]{value} ], 'a resolver has the old record until its TTL is over';
        like query('example.com', $old{'example.com'}{id}), qr/NOT_CHANGED/, '... and so have senders';
        $resolver->forget;
        my %new = published("$server, nsupdate");
        isnt $new{'example.com'}{id}, $old{'example.com'}{id}, 'the id is another one';
        like query('example.com', $old{'example.com'}{id}), qr/VALID/, '... and who knew the old one fetches';

        # The key may do no more than this.
        my $forbidden = type("printf 'update add www.example.com 60 TXT x\\nsend\\n' | nsupdate -k $root/mta-sts.key || true", name => 'another name');
        like $forbidden->err, qr/REFUSED|NOTAUTH/, 'the key is good for these names only';
        is_deeply txt('www.example.com'), [], '... and nothing else was written';
    };
}

is_deeply [ Page::untried('operations.md') ], [ grep { /^(?:enforce|mx|emergency)/ } Page::untried('operations.md') ], 'each block of that part of the page was typed';

# An error in the configuration deletes nothing.
subtest 'a configuration with an error' => sub {
    my $dns = Namespace->dns('example.com', "$HOSTS\$INCLUDE $root/mta-sts.records\n", server => 'named', config => $SERVER{named}[0], zone => $SERVER{named}[1]);
    my $before = txt('_mta-sts.example.com');
    $httpd->write($OTHER =~ s/MTASTSEngine .*/MTASTSMode strict/r);
    my $file = Httpd::slurp("$root/mta-sts.records");
    isnt type(Page::block('operations.md', 'records'), name => 'the dump into a file', fails => 1)->status, 0, 'the dump into a file: refused';
    is Httpd::slurp("$root/mta-sts.records"), $file, '... and the file is as it was';
    type(Page::block('operations.md', 'nsupdate'), name => 'nsupdate');
    is_deeply txt('_mta-sts.example.com'), $before, 'the record is still there';
    is scalar @$before, 1, '... the one that was';
};

$httpd->stop;
done_testing;
