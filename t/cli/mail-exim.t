# mail-exim.t - docs/report-mail.md with Exim: the pipe brings reports into the spool, its own DKIM verdict is the trust, and
# never a bounce

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Namespace;
use Httpd;
use Mailbox;
use Test::More;
use Tool;

Namespace->enter(users => [Mailbox->users]);

my $spool = Mailbox->spool;
my $page = Httpd::slurp("$FindBin::Bin/../../docs/report-mail.md");

# A block of the page, with the paths and the domain of this test.
sub block {
    my ($first) = @_;
    my ($block) = $page =~ /^```\w*\n(\Q$first\E.*?)^```$/ms or die "docs/report-mail.md has no block that begins with $first\n";
    my ($program, $folder) = ($spool->program, $spool->folder);
    return $block =~ s{/usr/bin/mta-sts}{$program}gr =~ s{report import}{report import --spool=$folder}gr =~ s{example\.com}{test.example}gr;
}

# ---- who signs: Exim too, with a key whose other half is in DNS ----

my $keys = File::Temp->newdir;
chmod 0755, "$keys";
for my $command (['genrsa', '-traditional', '-out', "$keys/key", 2048], ['rsa', '-in', "$keys/key", '-pubout', '-outform', 'DER', '-out', "$keys/public"]) {
    my $done = Httpd::run('openssl', @$command);
    die $done->err if $done->status;
}
chmod 0644, "$keys/key";
require MIME::Base64;
my $p = MIME::Base64::encode_base64(Httpd::slurp("$keys/public"), '');
my $record = join ' ', map { qq("$_") } "v=DKIM1; k=rsa; p=" . substr($p, 0, 200), substr $p, 200;
my $dns = Namespace->dns('test.example', "s1._domainkey.reporter IN TXT ( $record )\ns1._domainkey.other IN TXT ( $record )\n");

my $mta = Mailbox->exim(<<"CONF");
primary_hostname = mx.test.example
spool_directory = DIR/queue
log_file_path = DIR/log/%slog
exim_path = DIR/exim4
keep_environment =
tls_advertise_hosts =
local_interfaces = 127.0.0.1
host_lookup =
daemon_smtp_ports = 25
acl_smtp_rcpt = accept
@{[block('acl_smtp_data = ')]}
begin acl
@{[block('acl_check_data:')]}
begin routers
sign:
  driver = manualroute
  condition = \${if eq{\$received_protocol}{local}}
  route_list = * 127.0.0.1
  self = send
  transport = sign
@{[block("tlsrpt:\n  driver")]}
begin transports
sign:
  driver = smtp
  hosts_try_chunking =
  allow_localhost
  dkim_domain = \${extract{2}{@}{\${address:\$h_from:}}}
  dkim_selector = s1
  dkim_private_key = $keys/key
@{[block("tlsrpt_pipe:\n  driver")]}
begin retry
* * F,2h,1m
CONF

# Hands the mail to Exim, which signs it for the domain of From and sends it to itself.
sub signed {
    my ($mail, $domain) = @_;
    my $from = length $mta->log;
    Httpd::spew("$mta->{dir}/letter", $mail =~ s/^From: .*/From: tlsrpt\@$domain/mr);
    my $done = Httpd::run('sh', '-c', 'exec "$0" "$@" <' . "$mta->{dir}/letter", "$mta->{dir}/exim4", qw(-odf -oMr local -f), "tlsrpt\@$domain", 'tls-reports@test.example');
    die $done->out . $done->err if $done->status;
    Httpd::wait_until('the signed mail', sub { substr($mta->log, $from) =~ /=> tls-reports <\S+> R=tlsrpt |=> .* R=tlsrpt |\*\* |== / });
    return substr $mta->log, $from;
}

sub of_reporter { return report('contact-info' => 'tlsrpt@reporter.test.example', 'report-id' => @_) }

# ---- trust ----

my $log = signed(mail(json => of_reporter('signed')), 'reporter.test.example');
is $spool->entries, '2 _tlsrpt: signed', 'a mail with the DKIM signature of its submitter: believed' or diag $log;
$spool->clear;
signed(mail(json => of_reporter('foreign')), 'other.test.example');
is $spool->entries, '0 _tlsrpt: foreign', 'signed by another: kept, not believed';
$spool->clear;
is $mta->deliver(mail(json => of_reporter('unsigned'))), 'sent', 'a mail without a signature';
is $spool->entries, '0 _tlsrpt: unsigned', '... kept, not believed';
$spool->clear;
is $mta->deliver(mail(json => of_reporter('forged'), headers => "Authentication-Results: mx.test.example; dkim=pass header.d=reporter.test.example\n")), 'sent', 'a verdict that the sender wrote';
is $spool->entries, '0 _tlsrpt: forged', '... is not believed';
$spool->clear;

# ---- a slip in the line: the mail waits, and is not bounced ----

{
    my $file = '/etc/exim4/exim4.conf';
    my $right = Httpd::slurp($file);
    Httpd::spew($file, $right =~ s/^(  command = .*) -$/$1/mr);
    my $outcome = $mta->deliver(mail(json => of_reporter('slip', padding => join '', map { chr 97 + rand 26 } 1 .. 1_000_000)));
    like $outcome, qr/^deferred: /, 'no - in the command: the mail waits' or diag $mta->log;
    is $mta->queue . $spool->entries, '1', '... in the queue';
    Httpd::spew($file, $right);
    is $mta->again, 'sent', 'mended: it is delivered' or diag $mta->log;
    is $spool->entries, '0 _tlsrpt: slip', '... into the spool';
    $spool->clear;
}

# ---- the queue ----

is $mta->deliver("Subject: hello\n\nNo report.\n"), 'sent', 'a mail without a report is taken';
is $spool->bad, 'the mail holds no report', '... and kept with the reason';
$spool->fill;
like $mta->deliver(mail(json => report('report-id' => 'late'))), qr/^deferred: /, 'a full disk: the mail waits';
is $mta->queue, 1, '... in the queue';
is $spool->entries, '', '... and nothing half is in the spool';
$spool->empty;
is $mta->again, 'sent', 'room again: it is delivered' or diag $mta->log;
is $spool->entries, '0 _tlsrpt: late', '... into the spool';
chmod 0700, $spool->folder;
like $mta->deliver(mail(json => report('report-id' => 'denied'))), qr/^deferred: /, 'a spool that lets it not in: the mail waits';
chmod 02750, $spool->folder;
is $mta->again, 'sent', '... until it does';
is $mta->queue, 0, 'nothing is left in the queue';
unlike $mta->log, qr/ \*\* | <= <> /, 'and there was no bounce';

done_testing;
