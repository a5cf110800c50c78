# fetch.t - real senders fetch the policy over TLS, with the records as the module prints them, and accept it in every
# mode; while the id is the same they keep what they have, and a new id makes them fetch again

use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Mail;
use Namespace;
use Test::More;

Namespace->enter(users => [Mail->users]);

my $TOOLS = "$FindBin::Bin/../../build/tools";
my %MX = (testing => 'mail1', enforce => 'mail2', none => 'mail1', wild => 'mx1.mail');
my @DOMAINS = map { "$_.test.example" } sort keys %MX;

my $CONF = <<'CONF';
CustomLog ROOT/access.log "%{Host}i%U"
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
        MTASTSMode   enforce
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

my $httpd = Httpd->start($CONF, modules => [qw(ssl log_config)], ports => { TLSPORT => 443 }, certificate => [ map { "mta-sts.$_" } @DOMAINS ],
    expect => [qr/AH01909: mta-sts\.wrong\.test\.example/]);
my $root = $httpd->root;
@ENV{qw(SSL_CERT_FILE NODE_EXTRA_CA_CERTS)} = ("$root/ca.pem") x 2;    # of Python and Go, and of Node

my %domain;
sub records {
    %domain = map { $_->{domain} => $_ } @{ decode_json($httpd->command('-t', '-D', 'DUMP_MTA_STS_JSON')->out)->{domains} };
    return join '', $httpd->command('-t', '-D', 'DUMP_MTA_STS')->out,
        (map { qq{mta-sts.$_ A 127.0.0.1\n$_ MX 10 $MX{$_}\n$_ TXT "v=spf1 mx -all"\n} } sort keys %MX),
        qq{mta-sts.wrong A 127.0.0.1\nwrong MX 10 mail1\n}, map { "$_ A 127.0.0.2\n" } qw(mail1 mail2 mx1.mail);
}

my $dns = Namespace->dns('test.example', records());
my $mx = Mail->mx('127.0.0.2' => { certificate => [qw(mail1.test.example mail2.test.example mx1.mail.test.example)] });
my $postfix = Mail->sender(ca => "$root/ca.pem");

# How often the policy of this domain was fetched so far.
sub fetches { my ($domain) = @_; return scalar(() = Httpd::slurp("$root/access.log") =~ m{^mta-sts\.\Q$domain\E/\.well-known/mta-sts\.txt$}mg) }

# ---- the senders -----------------------------------------------------------

# What mta-sts-query of postfix-mta-sts-resolver says.
sub query {
    local $ENV{PYTHONPATH} = "$TOOLS/root/usr/lib/python3/dist-packages";
    my $done = Httpd::run('/usr/bin/python3', '-m', 'postfix_mta_sts_resolver', @_);
    return $done->out . $done->err;
}

# The policy that mailauth makes of it, and what mx-connect then does, as a hash. Both are packages of npm, and know the
# policy that is given to them, if one is.
sub node {
    my ($domain, $known) = @_;
    my $done = Httpd::run('node', '-e', <<'JS', "$TOOLS/node_modules", $domain, encode_json($known || {}));
const [modules, target, text] = process.argv.slice(-3);
const known = JSON.parse(text);
const short = ({ id, mode, maxAge, mx }) => ({ id, mode, maxAge, mx });
let kept = known, log;
const mtaSts = {
    enabled: true,
    logger: line => { log = line.success },
    cache: { get: async () => known.id ? known : undefined, set: async (domain, policy) => { kept = policy } },
};
(async () => {
    const { policy, status } = await require(modules + '/mailauth/lib/mta-sts.js').getPolicy(target, known.id ? known : undefined);
    const said = { mailauth: short(policy), status };
    try {
        const connection = await require(modules + '/mx-connect')({ target, mtaSts });
        connection.socket.destroy();
        said.host = connection.hostname;
    } catch (error) {
        said.error = error.message;
    }
    console.log(JSON.stringify({ ...said, mxconnect: short(kept), log }));
})();
JS
    diag $done->err if $done->status;
    return eval { decode_json($done->out) } || {};
}

# What smtp-check of chasquid says.
sub smtp_check { return Httpd::run("$TOOLS/root/usr/bin/smtp-check", @_) }

# ---- each accepts each -----------------------------------------------------

for my $name (@DOMAINS) {
    subtest $name => sub {
        my $want = $domain{$name};
        my %policy = (id => $want->{id}, mode => $want->{mode}, maxAge => $want->{max_age}, mx => $want->{mx});
        my $got  = query($name);
        like $got, qr/STSFetchResult\.VALID/, 'mta-sts-query: valid';
        like $got, qr/'$want->{id}'/, 'with the id of the record';
        like $got, qr/'mode': '$want->{mode}'/, "mode $want->{mode}";
        like $got, qr/'max_age': $want->{max_age}\b/, "max_age $want->{max_age}";
        my ($mx) = $got =~ /'mx': \[(.*?)\]/;
        is_deeply [ $mx =~ /'([^']*)'/g ], $want->{mx}, 'the mx patterns';

        if ($want->{mode} eq 'enforce') {
            my ($match) = $postfix->ask($name) =~ /^OK secure match=(\S+)/;
            is_deeply [ sort split /:/, $match // '' ], [ sort map { s/^\*//r } @{ $want->{mx} } ], 'mta-sts-daemon: Postfix is to demand one of the mx patterns';
        }
        else {
            is $postfix->ask($name), 'NOTFOUND', 'mta-sts-daemon: Postfix is to demand nothing';
        }
        my $keeps = $postfix->keeps($name);
        is_deeply [ @$keeps{qw(id mode max_age mx)} ], [ @policy{qw(id mode maxAge mx)} ], '... and keeps the policy, with the id of the record';

        $got = node($name);
        is_deeply $got->{mailauth}, \%policy, 'mailauth: the policy, with the id of the record';
        is_deeply $got->{mxconnect}, \%policy, 'mx-connect: the same';
        is $got->{host}, ($name =~ /^(\w+)/ && $MX{$1}) . '.test.example', '... connects to the MX';
        ok $got->{log}, '... which the policy allows';

        $got = smtp_check($name);
        is $got->status, 0, 'smtp-check: nothing to complain of' or diag $got->err;
        like $got->err, qr/Mode:\Q$want->{mode}\E MXs:\[\Q@{ $want->{mx} }\E\] MaxAge:/, '... reads the policy';
        like $got->err, qr/TLS OK.*\n.*Allowed by policy/, '... and the MX is allowed by it';
    };
}

subtest 'curl and sha256sum give the id' => sub {
    my $name = 'enforce.test.example';
    my $done = Httpd::run('sh', '-c', "curl -s --cacert $root/ca.pem https://mta-sts.$name/.well-known/mta-sts.txt | sha256sum | cut -c1-32");
    is $done->out, "$domain{$name}{id}\n", 'of the record';
};

# ---- the id ----------------------------------------------------------------

my $name = 'enforce.test.example';
my $old  = $domain{$name};
# mailauth renews the policy that it has, without a fetch, when that has expired and the id is the same.
my $known = { id => $old->{id}, mode => 'enforce', maxAge => $old->{max_age}, mx => $old->{mx}, expires => '2026-01-01T00:00:00.000Z' };

subtest 'the same id: nobody fetches' => sub {
    my $before = fetches($name);
    cmp_ok $before, '>=', 5, 'they did, when they knew none';
    like query($name, $old->{id}), qr/STSFetchResult\.NOT_CHANGED/, 'mta-sts-query: not changed';
    $postfix->ask($name);
    my $got = node($name, $known);
    is $got->{status}, 'renewed', 'mailauth: renewed';
    is $got->{mxconnect}{id}, $old->{id}, 'mx-connect: the id that it had';
    is fetches($name), $before, 'no fetch';

    # The record is what they look at: the policy is another one now, and they do not see it.
    $httpd->reconfigure($CONF =~ s/(<MTASTSDomain enforce.*\n)/$1        MTASTSMX mail2.test.example mail3.test.example\n/r,
        allow => [qr/AH01909/]);
    like query($name, $old->{id}), qr/STSFetchResult\.NOT_CHANGED/, 'a new policy without its record: not changed';
    like $postfix->ask($name), qr/mail1/, '... and Postfix demands as before';
    is fetches($name), $before, '... no fetch';
};

subtest 'another id: they fetch again' => sub {
    $dns->publish(records());
    my $new = $domain{$name};
    isnt $new->{id}, $old->{id}, 'a new policy has a new id';
    is_deeply $new->{mx}, [qw(mail2.test.example mail3.test.example)], 'the new policy';

    my $before = fetches($name);
    like query($name, $old->{id}), qr/STSFetchResult\.VALID.*'$new->{id}'.*mail3/, 'mta-sts-query: a new policy';
    is fetches($name), $before + 1, '... one fetch';
    like $postfix->ask($name), qr/mail3/, 'mta-sts-daemon: Postfix is to demand the new names';
    is fetches($name), $before + 2, '... one fetch';
    my $got = node($name, $known);
    is_deeply [ @{ $got->{mailauth} }{qw(id mx)} ], [ @$new{qw(id mx)} ], 'mailauth: the new policy';
    is_deeply [ @{ $got->{mxconnect} }{qw(id mx)} ], [ @$new{qw(id mx)} ], 'mx-connect: the new policy';
    is fetches($name), $before + 4, '... a fetch each';
    like smtp_check($name)->err, qr/mail3/, 'smtp-check: the new policy (it looks at no id)';
};

# ---- and what they must not accept -----------------------------------------

subtest 'a sender that should not accept does not' => sub {
    like query('wrong.test.example'), qr/STSFetchResult\.FETCH_ERROR/, 'mta-sts-query: a certificate for another name';
    is $postfix->ask('wrong.test.example'), 'NOTFOUND', 'mta-sts-daemon';
    is scalar $postfix->keeps('wrong.test.example'), undef, '... keeps nothing';
    my $got = node('wrong.test.example');
    is $got->{mailauth}{mode}, 'none', 'mailauth';
    is $got->{mxconnect}{mode}, 'none', 'mx-connect';
    like smtp_check('wrong.test.example')->err, qr/Not available.*certificate/i, 'smtp-check';
    like query('unknown.test.example'), qr/STSFetchResult\.NONE/, 'mta-sts-query: no record';
};

$httpd->stop;
done_testing;
