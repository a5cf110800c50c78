# fetch.t - real senders fetch the policy over TLS, with the records as the module prints them, and accept it

use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Namespace;
use Test::More;

Namespace->enter;

my $TOOLS = "$FindBin::Bin/../../build/tools";
my @DOMAINS = map { "$_.test.example" } qw(testing enforce none wild);

my $httpd = Httpd->start(<<'CONF',
<VirtualHost *:TLSPORT>
    ServerName  mta-sts.testing.test.example
    ServerAlias mta-sts.enforce.test.example mta-sts.none.test.example mta-sts.wild.test.example
    SSLEngine             on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine          on
    MTASTSMX              mail1.test.example Mail2.test.example
    MTASTSReportTo        mailto:tls-reports@test.example
    <MTASTSDomain enforce.test.example>
        MTASTSMode enforce
    </MTASTSDomain>
    <MTASTSDomain none.test.example>
        MTASTSMode none
    </MTASTSDomain>
    <MTASTSDomain wild.test.example>
        MTASTSMX     *.mail.test.example
        MTASTSMaxAge 31557599
        MTASTSPolicyId auto Salt1
    </MTASTSDomain>
</VirtualHost>
<VirtualHost *:TLSPORT>
    ServerName  mta-sts.wrong.test.example
    SSLEngine             on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine          on
    MTASTSMX              mail1.test.example
    MTASTSReportTo        none
</VirtualHost>
CONF
    modules => ['ssl'], ports => { TLSPORT => 443 }, certificate => [ map { "mta-sts.$_" } @DOMAINS ],
    expect => [qr/AH01909: mta-sts\.wrong\.test\.example/]);
my $root = $httpd->root;

my $dump = $httpd->command('-t', '-D', 'DUMP_MTA_STS')->out;
my %domain = map { $_->{domain} => $_ } @{ decode_json($httpd->command('-t', '-D', 'DUMP_MTA_STS_JSON')->out)->{domains} };
my $dns = Namespace->dns('test.example', $dump . join '', map { "mta-sts.$_.test.example. IN A 127.0.0.1\n" } qw(testing enforce none wild wrong));

# What mta-sts-query of postfix-mta-sts-resolver says.
sub query {
    local $ENV{PYTHONPATH} = "$TOOLS/root/usr/lib/python3/dist-packages";
    local $ENV{SSL_CERT_FILE} = "$root/ca.pem";
    my $done = Httpd::run('/usr/bin/python3', '-m', 'postfix_mta_sts_resolver', @_);
    return $done->out . $done->err;
}

# The policy that mailauth (npm) makes of it, as a hash.
sub mailauth {
    my ($domain) = @_;
    local $ENV{NODE_EXTRA_CA_CERTS} = "$root/ca.pem";
    my $done = Httpd::run('node', '-e', <<'JS', "$TOOLS/node_modules/mailauth/lib/mta-sts.js", $domain);
const [file, domain] = process.argv.slice(-2);
require(file).getPolicy(domain).then(got => {
    const { id, mode, maxAge, mx } = got.policy || {};
    console.log(JSON.stringify({ id, mode, maxAge, mx, status: got.status }));
});
JS
    diag $done->err if $done->status;
    return eval { decode_json($done->out) } || {};
}

for my $name (@DOMAINS) {
    subtest $name => sub {
        my $want = $domain{$name};
        my $got  = query($name);
        like $got, qr/STSFetchResult\.VALID/, 'mta-sts-query: valid';
        like $got, qr/'$want->{id}'/, 'with the id of the record';
        like $got, qr/'mode': '$want->{mode}'/, "mode $want->{mode}";
        like $got, qr/'max_age': $want->{max_age}\b/, "max_age $want->{max_age}";
        my ($mx) = $got =~ /'mx': \[(.*?)\]/;
        is_deeply [ $mx =~ /'([^']*)'/g ], $want->{mx}, 'the mx patterns';
        like query($name, $want->{id}), qr/STSFetchResult\.NOT_CHANGED/, 'mta-sts-query with that id: not changed';
        like query($name, 'another'), qr/STSFetchResult\.VALID/, 'mta-sts-query with another id: fetched again';

        $got = mailauth($name);
        is $got->{id}, $want->{id}, 'mailauth: the id of the record';
        is $got->{mode}, $want->{mode}, "mailauth: mode $want->{mode}";
        is $got->{maxAge}, $want->{max_age}, "mailauth: max_age $want->{max_age}";
        is_deeply $got->{mx}, $want->{mx}, 'mailauth: the mx patterns';
    };
}

subtest 'curl and sha256sum give the id' => sub {
    my $name = 'enforce.test.example';
    my $done = Httpd::run('sh', '-c', "curl -s --cacert $root/ca.pem https://mta-sts.$name/.well-known/mta-sts.txt | sha256sum | cut -c1-32");
    is $done->out, "$domain{$name}{id}\n", 'of the record';
};

subtest 'a sender that should not accept does not' => sub {
    like query('wrong.test.example'), qr/STSFetchResult\.FETCH_ERROR/, 'mta-sts-query: a certificate for another name';
    isnt mailauth('wrong.test.example')->{mode}, 'testing', 'mailauth: a certificate for another name';
    like query('unknown.test.example'), qr/STSFetchResult\.NONE/, 'mta-sts-query: no record';
};

$httpd->stop;
done_testing;
