# mail-postfix.t - docs/report-mail.md with Postfix: an alias, and a transport, bring reports into the spool; never a bounce

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

# A block of the page, with the paths of this test.
my $page = Httpd::slurp("$FindBin::Bin/../../docs/report-mail.md");

sub block {
    my ($first) = @_;
    my ($block) = $page =~ /^```\w*\n(\Q$first\E.*?)^```$/ms or die "docs/report-mail.md has no block that begins with $first\n";
    my ($program, $folder) = ($spool->program, $spool->folder);
    return $block =~ s{/usr/bin/mta-sts}{$program}gr =~ s{/var/lib/apache2/tlsrpt}{$folder}gr =~ s{report import}{report import --spool=$folder}gr =~ s{example\.com}{test.example}gr;
}

my $DKIM = "Authentication-Results: mx.test.example; dkim=pass header.d=reporter.example\n";

sub try_it {
    my ($mta, $way) = @_;
    $spool->clear;
    is $mta->deliver(mail(headers => $DKIM)), 'sent', "$way: the mail is delivered" or diag $mta->log;
    is $spool->entries, '2 _tlsrpt: id-1', '... and the report is in the spool, as the user of the mailbox';
    is $mta->deliver(mail(headers => $DKIM)), 'sent', '... once more, too';
    is $mta->deliver(mail(json => report('report-id' => 'id-2'))), 'sent', '... and one without DKIM';
    is $spool->entries, '0 _tlsrpt: id-2; 2 _tlsrpt: id-1', '... which is kept, and not believed';
    is $mta->deliver("Subject: hello\n\nNo report.\n"), 'sent', 'a mail without a report is taken';
    is $spool->bad, 'the mail holds no report', '... and kept with the reason';

    $spool->clear;
    $spool->fill;
    like $mta->deliver(mail(json => report('report-id' => 'late'))), qr/^deferred: /, 'a full disk: the mail waits';
    is $mta->queue, 1, '... in the queue';
    is $spool->entries, '', '... and nothing half is in the spool';
    like $mta->again, qr/^deferred: /, '... for as long as the disk is full';
    $spool->empty;
    is $mta->again, 'sent', 'room again: it is delivered';
    is $spool->entries, '0 _tlsrpt: late', '... into the spool';

    chmod 0700, $spool->folder;
    like $mta->deliver(mail(json => report('report-id' => 'denied'))), qr/^deferred: /, 'a spool that lets it not in: the mail waits';
    chmod 02750, $spool->folder;
    is $mta->again, 'sent', '... until it does';
    like $spool->entries, qr/denied/, '... and is there';
    is $mta->queue, 0, 'nothing is left in the queue';
    unlike $mta->log, qr/status=bounced|from=<>|non-delivery/, 'and there was no bounce';
}

# ---- an alias, in a file that belongs to the user whose rights the command is to have ----

my ($uid, $gid) = (getpwnam '_tlsrpt')[2, 3];
my $aliases = $spool->{dir} . '/aliases';
Httpd::spew($aliases, block('tls-reports: "|'));
my $mta = Mailbox->postfix(main => { alias_maps => "hash:$aliases" }, tables => { postalias => $aliases });
chown $uid, $gid, $aliases, "$aliases.db";
try_it($mta, 'an alias');
undef $mta;

# ---- the same with a slip in it: each mail waits, and is not bounced, nor forgotten ----

my $LARGE = mail(json => report('report-id' => 'slip', padding => join '', map { chr 97 + rand 26 } 1 .. 1_000_000));
$spool->clear;
for my $slip ([' -"', '"', 'no -'], ['report import', 'report imprt', 'import misspelt'], ['--authserv-id=\S+', '--authserv-id', 'an option without its value'],
    ['report import', 'report import --help', '--help'], [' -"', ' /no/such"', 'a file that is not there']) {
    my ($from, $to, $name) = @$slip;
    Httpd::spew($aliases, block('tls-reports: "|') =~ s/$from/$to/r);
    my $mta = Mailbox->postfix(main => { alias_maps => "hash:$aliases" }, tables => { postalias => $aliases });
    chown $uid, $gid, $aliases, "$aliases.db";
    like $mta->deliver($LARGE), qr/^deferred: /, "$name: the mail waits" or diag $mta->log;
    is $mta->queue . $spool->entries . $spool->bad, '1', '... in the queue, and nowhere else';
}

# ---- a transport ----

my $service = block('tlsrpt    unix');
my ($transport) = block('tls-reports@');
my $map = $spool->{dir} . '/transport';
Httpd::spew($map, $transport);
my $piped = Mailbox->postfix(tables => { postmap => $map }, main => { transport_maps => "hash:$map", tlsrpt_destination_recipient_limit => 1 },
    services => { tlsrpt => $service =~ s/^tlsrpt\s+//r =~ s/\n\s+/ /gr =~ s/\n\z//r });
try_it($piped, 'a transport');

done_testing;
