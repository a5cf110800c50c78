# dump.t - the records to copy: in a zone file as they are, for a web panel, as JSON; and the id that belongs to the policy

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

sub dump_of { my ($conf, %option) = @_; return Httpd->configtest($conf, defines => ['DUMP_MTA_STS'], %option) }
sub json_of { my ($conf, %option) = @_; return decode_json(Httpd->configtest($conf, defines => ['DUMP_MTA_STS_JSON'], %option)->out) }
sub body { join '', map { "$_\r\n" } 'version: STSv1', @_ }
sub id   { substr sha256_hex(join '', @_), 0, 32 }

subtest 'one domain: every byte' => sub {
    my $httpd = Httpd->new(<<'CONF', defines => ['DUMP_MTA_STS']);
<VirtualHost *:PORT>
    ServerName      https://mta-sts.example.com
    MTASTSEngine    on
    MTASTSMX        mail1.example.com mail2.example.com
    MTASTSReportTo  mailto:tls-reports@example.com
</VirtualHost>
CONF
    my $test = $httpd->configtest;
    my $file = $httpd->root . '/httpd.conf';
    my @line = split /\n/, Httpd::slurp($file);
    my ($line) = map { $_ + 1 } grep { $line[$_] =~ /^<VirtualHost/ } 0 .. $#line;
    is $test->err, "Syntax OK\n", 'not a word on standard error';
    is $test->out, <<"DUMP", 'standard output';
; example.com: mode testing, max_age 86401 (1d1s), mx mail1.example.com mail2.example.com
;   from $file:$line, served as mta-sts.example.com, which needs an A record to this server
;   (an AAAA record only if this server answers on IPv6), or a CNAME
;   publish after the policy is served, on every server; when two weeks of reports are clean: MTASTSMode enforce
_mta-sts.example.com.    3600 IN TXT "v=STSv1; id=e8404229e5d7619fd966fa0b4dc59c2c;"
;   in a web panel: name _mta-sts  type TXT  value v=STSv1; id=e8404229e5d7619fd966fa0b4dc59c2c;   (without quotes)
_smtp._tls.example.com.  3600 IN TXT "v=TLSRPTv1; rua=mailto:tls-reports\@example.com"
;   in a web panel: name _smtp._tls  type TXT  value v=TLSRPTv1; rua=mailto:tls-reports\@example.com   (without quotes)
DUMP
};

# Frozen: a byte of the body, a default, or the way to the id that changes would change the id of everybody.
subtest 'pinned bodies and ids' => sub {
    for (
        [ [], 'mode: testing', 'max_age: 86401', '90b8618b0a22cbab4db74dc34b92488e' ],
        [ ['MTASTSMode enforce'], 'mode: enforce', 'max_age: 2419200', 'c05c1f915a2061f900f967fdb89b785a' ],
        [ ['MTASTSMode none'], 'mode: none', 'max_age: 86401', '86cc400ec4764e0ee6c5004282a2438e' ],
        [ ['MTASTSMaxAge 1w'], 'mode: testing', 'max_age: 604800', '862e2bab291cfe999cbbf2c298cebc64' ],
    ) {
        my ($lines, $mode, $max_age, $pinned) = @$_;
        my $json = json_of(join "\n", '<VirtualHost *:PORT>', 'ServerName mta-sts.example.com', 'MTASTSEngine on',
            'MTASTSMX mx.example.com', @$lines, '</VirtualHost>', '');
        my $domain = $json->{domains}[0];
        my $body = body($mode, 'mx: mx.example.com', $max_age);
        is $domain->{policy}, $body, "$mode, $max_age: the body";
        is $domain->{id}, $pinned, 'its id';
    }
};

# $INCLUDE the dump into a zone and ask two name servers' own checkers.
subtest 'named-checkzone and kzonecheck take the dump into a zone' => sub {
    my $rua = join ' ', map { "mailto:reports-number-$_\@mail.example.com" } 1 .. 9;    # a record over 255 octets
    my $test = dump_of(<<"CONF");
MTASTSMX mail.example.com
MTASTSReportTo mailto:r\@example.com
<VirtualHost *:PORT>
    ServerName  https://mta-sts.example.com
    ServerAlias mta-sts.sub.example.com mta-sts.example.net mta-sts.none.example.com mta-sts.*
    MTASTSEngine on
    MTASTSReportTo $rua
    <MTASTSDomain sub.example.com>
        MTASTSReportTo https://reports.example.net/v1?domain=sub&key=a%2Cb mailto:a%3Bb\@example.com
        MTASTSPolicyId 20261124T000000
    </MTASTSDomain>
    <MTASTSDomain none.example.com>
        MTASTSMode none
    </MTASTSDomain>
    <MTASTSDomainMatch ^customer\\d+\\.example\$>
        MTASTSMode enforce
    </MTASTSDomainMatch>
</VirtualHost>
<VirtualHost *:PORT2>
    ServerName mta-sts.other.example.com
    MTASTSEngine on
    MTASTSPolicyId auto Salt
</VirtualHost>
CONF
    is $test->status, 0, 'printed';
    my $dir = File::Temp->newdir;
    Httpd::spew("$dir/dump", $test->out);
    Httpd::spew("$dir/zone", <<"ZONE");
\$TTL 3600
\@ IN SOA ns.example.com. hostmaster.example.com. 1 7200 3600 1209600 3600
\@ IN NS ns.example.com.
ns IN A 192.0.2.53
\$INCLUDE $dir/dump
ZONE
    my $named = Httpd::run('named-checkzone', '-D', '-o', '-', 'example.com', "$dir/zone");
    is $named->status, 0, 'named-checkzone' or diag $named->out . $named->err;
    my $knot = Httpd::run('kzonecheck', '-o', 'example.com', "$dir/zone");
    unlike $knot->err . $knot->out, qr/error/i, 'kzonecheck' or diag $knot->out . $knot->err;

    # What comes back from the zone is what senders parse: strings joined.
    my %txt;
    for (split /\n/, $named->out) {
        my ($name, $strings) = /^(\S+)\s+\d+\s+IN\s+TXT\s+(".*)$/ or next;
        $txt{$name} = join '', $strings =~ /"((?:[^"\\]|\\.)*)"/g;
    }
    my @rua = map { "mailto:reports-number-$_\@mail.example.com" } 1 .. 9;
    my %want = (
        '_mta-sts.example.com.'         => 'v=STSv1; id=' . id(body('mode: testing', 'mx: mail.example.com', 'max_age: 86401')) . ';',
        '_smtp._tls.example.com.'       => 'v=TLSRPTv1; rua=' . join(',', @rua),
        '_mta-sts.sub.example.com.'     => 'v=STSv1; id=20261124T000000;',
        '_smtp._tls.sub.example.com.'   => 'v=TLSRPTv1; rua=mailto:a%3Bb@example.com,https://reports.example.net/v1?domain=sub&key=a%2Cb',
        '_mta-sts.none.example.com.'    => 'v=STSv1; id=' . id(body('mode: none', 'mx: mail.example.com', 'max_age: 86401')) . ';',
        '_smtp._tls.none.example.com.'  => 'v=TLSRPTv1; rua=' . join(',', @rua),
        '_mta-sts.other.example.com.'   => 'v=STSv1; id=' . id(body('mode: testing', 'mx: mail.example.com', 'max_age: 86401'), 'Salt') . ';',
        '_smtp._tls.other.example.com.' => 'v=TLSRPTv1; rua=mailto:r@example.com',
    );
    s/\\;/;/g for values %txt;    # some versions of named print it so
    is_deeply \%txt, \%want, 'every record of the zone, and none else';

    my @names = $test->out =~ /^; (\S+\.(?:com|net)): /mg;
    is_deeply \@names, [sort @names], 'sorted by policy domain';
    my ($none) = $test->out =~ /^(; none\.example\.com: .*?)^_mta-sts/ms;
    like $none, qr/1\. .*max_age.*2\. delete the _mta-sts record.*3\. wait for its TTL/s, 'mode none: how long to wait, and in which order what may go';
    like $test->out, qr/MTASTSPolicyId 20261124T000000: change it .*auto would give [0-9a-f]{32}$/m, 'a literal id: said, with what auto would give';
    like $test->out, qr/MTASTSPolicyId auto Salt; without it: [0-9a-f]{32}$/m, 'a salt: said';
    like $test->out, qr/^; <MTASTSDomainMatch \^customer\\d\+\\\.example\$>: mode enforce.*?\n.*for each policy domain that matches:\n(?:;   .*\n)*?;   in a web panel: name _mta-sts  type TXT  value v=STSv1; id=[0-9a-f]{32};/m,
        'a regular expression: the record, in a comment';
    is scalar(grep { length > 2000 } split /\n/, $test->out), 0, 'no line is beyond reason';
};

subtest 'many patterns are cut in the comment' => sub {
    my $test = dump_of(join "\n", '<VirtualHost *:PORT>', 'ServerName mta-sts.example.com', 'MTASTSEngine on', 'MTASTSReportTo none',
        'MTASTSMX ' . join(' ', map { "mx$_.example.com" } 1 .. 100), '</VirtualHost>', '');
    like $test->out, qr/^; example\.com: .* mx mx1\.example\.com .* and \d+ more$/m, 'with a count';
    cmp_ok length((split /\n/, $test->out)[0]), '<', 250, 'a line that can be read';
};

subtest 'two virtual hosts with different policies: the one that is HTTPS is printed' => sub {
    my $conf = <<'CONF';
<VirtualHost *:PORT>
    ServerName mta-sts.example.com
    MTASTSEngine on
    MTASTSMX plain.example.com
    MTASTSReportTo none
</VirtualHost>
<VirtualHost *:TLSPORT>
    ServerName mta-sts.example.com
    SSLEngine on
    SSLCertificateFile ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine on
    MTASTSMX tls.example.com
    MTASTSReportTo none
</VirtualHost>
CONF
    my %option = (modules => ['ssl'], certificate => ['mta-sts.example.com']);
    my $test = dump_of($conf, %option);
    is scalar(() = $test->out =~ /^_mta-sts/mg), 1, 'one record';
    like $test->out, qr/^; example\.com: .* mx tls\.example\.com$/m, 'of the HTTPS one';
    like $test->out, qr/^;   note: mta-sts\.example\.com \(.*\) has another policy for it; senders get this one$/m, 'a comment says so';
    is json_of($conf, %option)->{domains}[0]{mx}[0], 'tls.example.com', 'in JSON too';

    # As certbot writes it, and as Debian's own default-ssl.conf nests it.
    $conf =~ s{(<VirtualHost \*:TLSPORT>.*?</VirtualHost>)}{<IfModule mod_ssl.c>\n$1\n</IfModule>}s;
    is json_of($conf, %option)->{domains}[0]{mx}[0], 'tls.example.com', 'inside <IfModule>';
    $conf =~ s{(SSLEngine on)}{<IfModule mod_ssl.c>\n$1\n</IfModule>};
    is json_of($conf, %option)->{domains}[0]{mx}[0], 'tls.example.com', 'SSLEngine inside <IfModule>';
    $conf =~ s{<IfModule mod_ssl.c>\nSSLEngine on\n</IfModule>}{};
    is json_of($conf, %option)->{domains}[0]{mx}[0], 'plain.example.com', 'without SSLEngine: the first one';
    is json_of("SSLEngine on\n$conf" =~ s/(ServerName mta-sts.example.com\n)/$1SSLEngine off\n/r, %option)->{domains}[0]{mx}[0], 'tls.example.com',
        'SSLEngine of the server is inherited';
};

subtest 'port 443 breaks the tie of two that are HTTPS' => sub {
    my $vhost = sub { "<VirtualHost 127.0.0.1:$_[0]>\nServerName https://mta-sts.example.com\nMTASTSEngine on\nMTASTSReportTo none\nMTASTSMX $_[1].example.com\n</VirtualHost>\n" };
    is json_of($vhost->(8443, 'a') . $vhost->(443, 'b'))->{domains}[0]{mx}[0], 'b.example.com', 'whatever the order';
    is json_of($vhost->(8443, 'a') . $vhost->(9443, 'b'))->{domains}[0]{mx}[0], 'a.example.com', 'without it the first one counts';
};

subtest 'no policy' => sub {
    my $test = dump_of("<VirtualHost *:PORT>\nServerName www.example.com\n</VirtualHost>\n");
    is $test->status, 0, 'no error';
    like $test->out, qr/^; no policy: MTASTSEngine is on nowhere, or no virtual host has a name mta-sts\.DOMAIN$/, 'said';
    is_deeply json_of("<VirtualHost *:PORT>\nServerName www.example.com\n</VirtualHost>\n"),
        { format => 1, domains => [], matches => [], warnings => [] }, 'JSON';
};

subtest 'JSON' => sub {
    my $conf = <<'CONF';
MTASTSMode none
<VirtualHost *:PORT>
    ServerName https://mta-sts.example.com
    ServerAlias mta-sts.example.net
    MTASTSEngine on
    MTASTSMX *.example.com
    MTASTSReportTo https://r.example.com/ mailto:r@example.com
    MTASTSMode testing
    MTASTSMaxAge 1h
</VirtualHost>
<VirtualHost *:PORT>
    ServerName www.example.com
    MTASTSEngine on
</VirtualHost>
CONF
    my $json = json_of($conf);
    my $body = body('mode: testing', 'mx: *.example.com', 'max_age: 3600');
    my ($com, $net) = @{ $json->{domains} };
    is $json->{format}, 1, 'format';
    is_deeply [ map { $_->{domain} } @{ $json->{domains} } ], [ 'example.com', 'example.net' ], 'sorted';
    is_deeply { map { $_ => $com->{$_} } grep { $_ !~ /source|warnings/ } keys %$com }, {
        domain => 'example.com', host => 'mta-sts.example.com', mode => 'testing', max_age => 3600, mx => ['*.example.com'],
        id => id($body), auto_id => id($body), policy => $body,
        records => [
            { name => '_mta-sts.example.com.', type => 'TXT', ttl => 3600, value => 'v=STSv1; id=' . id($body) . ';' },
            { name => '_smtp._tls.example.com.', type => 'TXT', ttl => 3600, value => 'v=TLSRPTv1; rua=mailto:r@example.com,https://r.example.com/' },
        ],
    }, 'a domain';
    like $com->{source}, qr{^/.*/httpd\.conf:\d+$}, 'the place that decided';
    like $com->{warnings}[0], qr/^MTASTS030: /, 'a warning about a policy stands with the domain';
    like $json->{warnings}[0], qr/^MTASTS040: /, 'one about something else stands outside';

    $json = json_of(<<'CONF');
<VirtualHost *:PORT>
    ServerName https://mta-sts.example.com
    ServerAlias mta-sts.*.example
    MTASTSEngine on
    MTASTSMX mx.example.com
    MTASTSReportTo mailto:r@example.com
    <MTASTSDomain example.net>
        MTASTSMode none
    </MTASTSDomain>
    <MTASTSDomainMatch "^c\d+\.example$">
        MTASTSPolicyId 7
    </MTASTSDomainMatch>
</VirtualHost>
CONF
    my $match = $json->{matches}[0];
    is $match->{section}, '<MTASTSDomainMatch "^c\d+\.example$">', 'a regular expression, as it is written';
    is $match->{policy}, body('mode: testing', 'mx: mx.example.com', 'max_age: 86401'), 'its policy';
    is_deeply [ map { "$_->{name} $_->{value}" } @{ $match->{records} } ],
        [ '_mta-sts v=STSv1; id=7;', '_smtp._tls v=TLSRPTv1; rua=mailto:r@example.com' ], 'its records, relative to each domain';
    like "@{ $json->{warnings} }", qr/MTASTS041: /, 'a warning about a domain that is not served is not lost';
};

subtest 'the place that decided' => sub {
    my $conf = <<'CONF';
MTASTSMX mail.example.com
MTASTSReportTo none
<MTASTSDomain example.org>
    MTASTSMode none
</MTASTSDomain>
<VirtualHost *:PORT>
    ServerName mta-sts.example.com
    MTASTSEngine on
    MTASTSMode none
</VirtualHost>
<VirtualHost *:PORT>
    ServerName mta-sts.example.net
    ServerAlias mta-sts.example.org
    MTASTSEngine on
</VirtualHost>
CONF
    my $httpd = Httpd->new($conf, defines => ['DUMP_MTA_STS_JSON']);
    my @line = split /\n/, Httpd::slurp($httpd->root . '/httpd.conf');
    my %source = map { $_->{domain} => $_->{source} =~ s/.*://r } @{ decode_json($httpd->configtest->out)->{domains} };
    like $line[$source{'example.com'} - 1], qr/^<VirtualHost/, 'a virtual host that says something itself';
    like $line[$source{'example.net'} - 1], qr/^MTASTSMX/, 'the directives of the server';
    like $line[$source{'example.org'} - 1], qr/^<MTASTSDomain/, 'a section';
};

subtest 'odd file names stay in their comment' => sub {
    my $name = "a\\b\x07\xc3\xa9\".conf";
    my $httpd = Httpd->new("IncludeOptional ROOT/conf.d/*\n", defines => ['DUMP_MTA_STS'], files => {
        "conf.d/$name" => "<VirtualHost *:80>\nServerName mta-sts.example.com\nMTASTSEngine on\nMTASTSMX a.example.com\nMTASTSReportTo none\n</VirtualHost>\n" });
    my $test = $httpd->configtest;
    is scalar(split /\n/, $test->out), 6, 'no line more';
    unlike $test->out, qr/[^\x20-\x7e\n]/, 'printable ASCII';
    my $json = Httpd->configtest("IncludeOptional ROOT/conf.d/*\n", defines => ['DUMP_MTA_STS_JSON'], files => {
        "conf.d/$name" => "<VirtualHost *:80>\nServerName mta-sts.example.com\nMTASTSEngine on\nMTASTSMX a.example.com\nMTASTSReportTo none\n</VirtualHost>\n" });
    ok eval { decode_json($json->out) }, 'JSON can be read';
};

done_testing;
