# mail-dkim.t - docs/report-mail.md with Postfix and OpenDKIM: a signature that is valid makes a mailed report believed, and nothing else does

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Namespace;
use Httpd;
use Mailbox;
use Test::More;
use Tool;

Namespace->enter(users => [Mailbox->users]);

my $NODE_MODULES = "$FindBin::Bin/../../build/tools/node_modules";
my $root = File::Temp->newdir;
my $page = Httpd::slurp("$FindBin::Bin/../../docs/report-mail.md");

sub block {
    my ($first) = @_;
    my ($block) = $page =~ /^```\w*\n(\Q$first\E.*?)^```$/ms or die "docs/report-mail.md has no block that begins with $first\n";
    return $block =~ s{example\.com}{test.example}gr;
}

# ---- the keys of two reporters, in DNS --------------------------------------

my $records = '';
for my $who (qw(reporter other)) {
    system("openssl genrsa -out $root/$who.pem 2048 2>/dev/null && openssl rsa -in $root/$who.pem -pubout -out $root/$who.pub 2>/dev/null") == 0
        or die "openssl: no key\n";
    my $key = Httpd::slurp("$root/$who.pub") =~ s/-----[^\n]*-----|\n//gr;
    $records .= "s1._domainkey.$who TXT " . join(' ', map { qq{"$_"} } "v=DKIM1; k=rsa; p=$key" =~ /(.{1,200})/g) . "\n";
}
my $dns = Namespace->dns('example', $records);

# The mail with a DKIM-Signature of mailauth, a package of npm, above it: by a domain, of the whole body or of some of it.
sub signed {
    my ($mail, $who, %how) = @_;
    Httpd::spew("$root/mail", $mail =~ s/\r?\n/\r\n/gr);
    my $done = Httpd::run('node', '-e', <<'JS', $NODE_MODULES, "$root/mail", "$who.example", "$root/$who.pem", $how{octets} // -1);
const [modules, mail, signingDomain, key, octets] = process.argv.slice(-5);
const fs = require('fs');
const message = fs.readFileSync(mail);
const signature = { signingDomain, selector: 's1', privateKey: fs.readFileSync(key), algorithm: 'rsa-sha256' };
if (octets >= 0) {
    signature.maxBodyLength = Number(octets);
}
(async () => {
    const { dkimSign } = require(modules + '/mailauth/lib/dkim/sign');
    const { signatures, errors } = await dkimSign(message, { canonicalization: 'relaxed/relaxed', signatureData: [signature] });
    if (errors.length) {
        throw errors[0].err;
    }
    process.stdout.write(signatures + message);
})().catch(error => { console.error(error); process.exit(1) });
JS
    die 'mailauth: ' . $done->err if $done->status;
    return $done->out;
}

# ---- Postfix and OpenDKIM, as the page has them -------------------------------

my $spool = Mailbox->spool;
my ($uid, $gid) = (getpwnam '_tlsrpt')[2, 3];
my $aliases = "$spool->{dir}/aliases";
Httpd::spew($aliases, block('tls-reports: "|') =~ s{/usr/bin/mta-sts}{$spool->program}er =~ s{report import}{'report import --spool=' . $spool->folder}er);

my %postconf = map { /^([a-z_]+)=(.*)$/ ? ($1 => $2) : () } map { split ' ' } block('postconf -e smtpd_milters') =~ s/\\\n//gr;
is_deeply [sort keys %postconf], [qw(milter_default_action smtpd_milters)], 'the page has two settings of Postfix for it';
my $mta = Mailbox->postfix(smtp => 1, tables => { postalias => $aliases },
    main => { alias_maps => "hash:$aliases", smtpd_relay_restrictions => 'reject_unauth_destination', %postconf });
chown $uid, $gid, $aliases, "$aliases.db";

# What the page leaves to the package of OpenDKIM, and the DNS server of this test.
my $opendkim = block('Mode ') . "UserID opendkim\nSyslog no\nBackground no\nNameservers 127.0.0.1\nDNSTimeout 2\n";
my $dkim = Mailbox->opendkim($opendkim);

# Delivers it; answers what the spool has of it, without the user: "TRUST: ID".
sub taken {
    my ($mail) = @_;
    $spool->clear;
    my $outcome = $mta->deliver($mail);
    return $outcome eq 'sent' ? $spool->entries =~ s/ _tlsrpt//gr : $outcome;
}

my $FORGED = 'Authentication-Results: mx.test.example; dkim=pass header.d=reporter.example';

is taken(signed(mail(), 'reporter')), '2: id-1', 'signed by the domain of the reporter: believed' or diag $mta->log;
is taken(mail()), '0: id-1', 'without a signature: kept, and not believed';
is taken(signed(mail(), 'reporter') =~ s/Subject: Report Domain/Subject: Another domain/r), '0: id-1', 'a header field changed on its way: not believed';
my $other = mail(json => report('report-id' => 'put-in'));
my $broken = signed(mail(), 'reporter');
is taken($broken =~ s/\r\n\r\n.*//sr . $other =~ s/.*?(?=\n\n)//sr =~ s/\n/\r\n/gr), '0: put-in', 'the signature of another body: not believed';
is taken(signed(mail(), 'other')), '0: id-1', 'signed by another domain than the reporter: not believed';
is taken(signed(mail(), 'other') =~ s/\A/signed(mail(), 'reporter') =~ m{\A(.*?\r\n)(?=\S)}s ? $1 : die/er), '2: id-1', 'signed by both: believed';
is taken(signed(mail(), 'reporter', octets => 300)), '0: id-1', 'the first 300 octets of the body signed (l=): not believed';

# ---- what the sender wrote himself ---------------------------------------------

is taken(mail(headers => "$FORGED\n")), '0: id-1', 'a forged result, and no signature: not believed';
is taken(mail(headers => "$FORGED\n" x 3)), '0: id-1', '... three of them';
is taken(mail(headers => "$FORGED header.s=s1\nAuthentication-Results: other.example; none\n$FORGED\n")), '0: id-1', '... with one of somebody else between them';
is taken(mail(headers => $FORGED =~ s/mx\.test/MX.Test/r . "\n")), '0: id-1', '... in capitals';
is taken(mail(headers => $FORGED =~ s/: mx/:\n  (x) mx/r . "\n")), '0: id-1', '... folded, behind a comment';
is taken(mail(headers => $FORGED =~ s/: mx\.test\.example/: "mx.test.example" 1/r . "\n")), '0: id-1', '... quoted, with a version';
is taken(signed(mail(headers => "$FORGED\n"), 'other')), '0: id-1', 'a forged result, signed by another domain';
is taken(signed(mail(headers => "$FORGED\n"), 'reporter') =~ s/Subject: Report/Subject: A report/r), '0: id-1', '... with a broken signature';
{
    local $mta->{smtp} = 0;
    is taken(mail(headers => "$FORGED\n")), '2: id-1', '... by sendmail on the host itself, as the page warns: past the milter';
}
is taken(signed(mail(headers => $FORGED =~ s/pass/fail/r . "\n"), 'reporter')), '2: id-1', '... that says fail, with a valid signature: that counts';

# ---- when it cannot be verified now --------------------------------------------

# A new OpenDKIM, which knows no key yet. It takes the mail all the same.
$dkim->end;
undef $dns;
$dkim = Mailbox->opendkim($opendkim);
is taken(signed(mail(), 'reporter')), '0: id-1', 'no DNS: kept, and not believed';
is taken(signed(mail(headers => "$FORGED\n"), 'reporter')), '0: id-1', '... a forged result neither';
$dkim->end;
$dkim = Mailbox->opendkim("${opendkim}On-DNSError tempfail\n");
is taken(signed(mail(), 'reporter')), '0: id-1', '... and with On-DNSError the same, as the page says';
$dkim->end;
$dkim = Mailbox->opendkim($opendkim);
$dns = Namespace->dns('example', $records);

$dkim->end;
like taken(mail(headers => "$FORGED\n")), qr/^refused: 4\d\d /, 'no milter: the mail server of the reporter keeps the mail';
$dkim = Mailbox->opendkim($opendkim);
is taken(signed(mail(), 'reporter')), '2: id-1', '... until it is back';

# What the page has against it: Postfix asks for the domain of the sender, who is at elsewhere.example.
my ($asks) = block('postconf -e smtpd_sender_restrictions') =~ /=(.*)/;
undef $mta;
$mta = Mailbox->postfix(smtp => 1, tables => { postalias => $aliases },
    main => { alias_maps => "hash:$aliases", smtpd_relay_restrictions => 'reject_unauth_destination', smtpd_sender_restrictions => $asks, %postconf });
chown $uid, $gid, $aliases, "$aliases.db";
$dns->publish($records . "elsewhere MX 10 mx.elsewhere\nmx.elsewhere A 192.0.2.1\n");
is taken(signed(mail(), 'reporter')), '2: id-1', 'Postfix asks for the sender, too: believed' or diag $mta->log;
undef $dns;
like taken(signed(mail(), 'reporter')), qr/^refused: 450 /, '... and without DNS the mail server of the reporter keeps the mail';

done_testing;
