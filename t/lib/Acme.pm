package Acme;

# What the tests of docs/certificates.md share: the page, whose commands and configurations they use as they are, and a
# policy host in a namespace with a DNS server and an ACME server.
#
#   Acme->enter;                                       # at the top, see Httpd::Debian
#   my $page = Acme->page('certbot and a webroot');
#   my $text = $page->next('apache');            # the next block of the section, which has to be in this language
#   my $test = Acme->start($site, expect => [qr//]);   # mta-sts.conf enabled, httpd started
#   $test->httpd->typed($page->next('sh'));
#   $test->serves_policy;                        # to senders, from a certificate of the ACME server
#   $page->at_end;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Httpd;
use Httpd::Debian;
use Httpd::Tools qw(run slurp spew wait_until);
use Namespace;
use Pebble;
use Test::More;

my $PROJECT = abs_path(dirname(abs_path(__FILE__)) . '/../..');
my $HOST    = 'mta-sts.example.com';
my $POLICY  = '/.well-known/mta-sts.txt';
my $SITE    = '/etc/apache2/sites-available/mta-sts.conf';
my $BODY    = "version: STSv1\r\nmode: testing\r\nmx: mail1.example.com\r\nmx: mail2.example.com\r\nmax_age: 86401\r\n";

sub enter { Httpd::Debian->enter }
sub text  { slurp("$PROJECT/$_[1]") || die "there is no $_[1]\n" }

# ---- the page --------------------------------------------------------------

# The blocks of a section, up to the next heading of any depth.
sub page {
    my ($class, $title) = @_;
    my $page = $class->text('docs/certificates.md');
    my ($section) = $page =~ /^#+ \Q$title\E\n(.*?)(?=^#|\z)/ms or die "docs/certificates.md has no section \"$title\"\n";
    my @blocks;
    push @blocks, [$1, $2] while $section =~ /^```(\w+)\n(.*?)^```$/msg;
    return bless { title => $title, blocks => \@blocks }, 'Acme::Page';
}

# ---- the policy host -------------------------------------------------------

# Nothing of the site is substituted. Where the ACME server is, and what certbot would ask, stands in files of their own.
sub start {
    my ($class, $site, %option) = @_;
    my $self = bless { httpd => Httpd::Debian->new(map { $_ => $option{$_} || [] } qw(expect allow)) }, $class;
    my $httpd = $self->httpd;
    $self->site($site);
    $httpd->typed("sudo a2enmod -q $_") for @{ $option{modules} || [] };
    $httpd->typed('sudo a2ensite -q mta-sts');
    my $test = $httpd->typed('sudo apachectl configtest');
    is $test->err, "Syntax OK\n", 'configtest before there is a certificate: no message';

    my $dump = $httpd->typed('sudo apachectl -t -D DUMP_MTA_STS')->out;
    ($self->{id}) = $dump =~ /id=(\w+)/ or die "no record:\n$dump";
    $self->{dns} = Namespace->dns('example.com', $dump . "mta-sts IN A 127.0.0.1\n");
    my $pebble = $self->{pebble} = Pebble->start;
    Httpd::Debian->trust($pebble->ca, $pebble->root);
    spew($httpd->root . '/ca.pem', $pebble->root);

    spew('/etc/letsencrypt/cli.ini', join '', map { "$_\n" } 'server = ' . $pebble->directory, 'non-interactive = true',
        'agree-tos = true', 'email = hostmaster@example.com', 'no-random-sleep-on-renew = true');
    spew('/etc/apache2/conf-enabled/acme-server.conf', "<IfModule mod_md.c>\nMDCertificateAuthority "
        . $pebble->directory . "\n</IfModule>\n");
    $httpd->launch;
    return $self;
}

sub httpd  { $_[0]{httpd} }
sub pebble { $_[0]{pebble} }
sub site   { spew($SITE, $_[1]) }
sub site_text { slurp($SITE) }

# The end of the certificates and the servers, and the error log held against what the test expects.
sub stop { $_[0]->httpd->stop }

# One order in a hundred pebble takes an old answer for a new one, whatever it is told. So an order that is to be
# validated is placed again if it was not; answers what the last one did.
sub order {
    my ($self, $code) = @_;
    for (1 .. 3) {
        my $before = length $self->pebble->log;
        my $done = $code->();
        $self->{said} = substr $self->pebble->log, $before;
        return $done if $self->{said} =~ /There are now \d+ authorizations/ || ref $done && $done->status;
    }
    die "three orders, and the ACME server asked for nothing:\n$self->{said}";
}

# Has it seen the challenge of the last order answered?
sub was_validated {
    my ($self, $name) = @_;
    ok $self->{said} =~ /set VALID by completed challenge/, $name or diag $self->{said};
}

# An order by a command of certbot, which succeeds and is validated: the names of the two tests.
sub certbot {
    my ($self, $command, $succeeds, $validated) = @_;
    my $done = $self->order(sub { $self->httpd->type($command) });
    is $done->status, 0, $succeeds or diag $done->out, $done->err;
    $self->was_validated($validated);
}

# A renewal by mod_md, up to the line of the log that says it waits for a reload; answers the serial that is served until
# then. The CA's certificates are valid for five years: every day is in this renewal window.
sub mod_md_renews {
    my ($self, $ready) = @_;
    my $httpd = $self->httpd;
    my $now = '/etc/apache2/conf-enabled/renew-now.conf';
    my $issued;
    spew($now, "MDRenewWindow 2000d\n");
    $self->order(sub {
        my $before = length $httpd->log;
        $httpd->graceful;
        $issued = $self->serial;
        wait_until('mod_md to renew the certificate', sub { index($httpd->log($before), $ready) >= 0 });
    });
    $self->was_validated('the CA looked again');
    unlink $now;
    return $issued;
}

# Has it ever asked for a file?
sub asked_by_http { $_[0]->pebble->log =~ /Attempting to validate w\/ HTTP/ }

# Waits for a certificate that is not the one with this serial; answers the serial.
sub new_serial {
    my ($self, $old) = @_;
    my $serial;
    wait_until('httpd to serve a new certificate', sub {
        $serial = $self->serial;
        return $serial ne '' && $serial ne $old;
    });
    return $serial;
}

sub serial { $_[0]->httpd->certificate($HOST) =~ /^serial=(\w+)$/m ? $1 : '' }
sub issuer { $_[0]->httpd->certificate($HOST) =~ /^issuer=(.*)$/m ? $1 : '' }

# What mta-sts-query of postfix-mta-sts-resolver says, which finds the record in DNS.
sub query {
    my $done = run(qw(/usr/bin/python3 -m postfix_mta_sts_resolver example.com));
    return $done->out . $done->err;
}

sub serves_policy {
    my ($self, $when) = @_;
    my $httpd = $self->httpd;
    my $page  = Acme->page('What is served');
    subtest $when => sub {
        is $httpd->type($page->next('sh'))->out, $BODY, 'curl: the policy, over verified TLS';
        like $httpd->type($page->next('sh'))->out, qr/^issuer=CN = Pebble Intermediate.*^notAfter=/ms, 'openssl: who issued the certificate';
        like query(), qr/STSFetchResult\.VALID.*'$self->{id}'/, 'mta-sts-query: valid';
        is $httpd->get($HOST, '/', tls => 1)->code, 403, '403 elsewhere';
        like $httpd->get($HOST, '/', tls => 1)->body, qr/policy/, '... with the explanation';
        is $httpd->get($HOST, '/.well-known/acme-challenge/unknown', tls => 1)->code, 404, 'a challenge that nobody knows: 404';
        my $test = $httpd->typed('sudo apachectl configtest');
        is $test->err, "Syntax OK\n", 'configtest: no message';
        $page->at_end;
    };
}

# No sender gets a policy now.
sub serves_nobody {
    my ($self, $when) = @_;
    my $page = Acme->page('What is served');
    subtest $when => sub {
        my $done = $self->httpd->type($page->next('sh'));
        is $done->status, 60, 'curl: the certificate is not trusted';
        is $done->out, '', '... and no policy comes';
        like query(), qr/STSFetchResult\.FETCH_ERROR/, 'mta-sts-query: no policy';
    };
}

package Acme::Page;

use strict;
use warnings;
use Test::More;

# `apt install` names packages that the tests have.
sub next {
    my ($self, $language) = @_;
    my $block = shift @{ $self->{blocks} } or die "section \"$self->{title}\": no block is left\n";
    die "section \"$self->{title}\": ```$block->[0] and not ```$language:\n$block->[1]" if $block->[0] ne $language;
    my $text = $block->[1];
    my $needs = Acme->text('t/lib/needs.sh');
    if ($text =~ s/^sudo apt install (.*)\n//m) {
        $needs =~ /^\s*\Q$_\E:/m || $needs =~ /[ "']\Q$_\E:/ or die "t/lib/needs.sh does not know $_\n" for split ' ', $1;
    }
    return $text;
}

# The block in a language that matches, wherever it is.
sub one {
    my ($self, $language, $match) = @_;
    my ($block) = grep { $_->[0] eq $language && $_->[1] =~ $match } @{ $self->{blocks} };
    return $block ? $block->[1] : die "section \"$self->{title}\": no such block\n";
}

sub at_end {
    my ($self) = @_;
    is scalar @{ $self->{blocks} }, 0, "all of \"$self->{title}\" was tried";
}

1;
