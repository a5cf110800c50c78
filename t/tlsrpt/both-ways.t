# both-ways.t - the same JSON by mail and by HTTPS, as from a reporter that sends to each address of the record
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run spew);
use Report;
use Test::More;
use Tool ();

my $httpd = Httpd->start(<<'CONF', tlsrpt => 1, module => 0, modules => ['watchdog']);
TLSRPTSpool  ROOT/spool
TLSRPTDomain example.com
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF

my $ROOT = $httpd->root;
chmod 0755, $ROOT;

# A mail without DKIM, piped into the tool as a mail server does.
sub mailed {
    my ($json, %how) = @_;
    spew("$ROOT/mail", Tool::mail(json => $json, %how));
    return run('sh', '-c', 'exec "$@" <"$0"', "$ROOT/mail", Tool::tool_file(), 'report', 'import', "--spool=$ROOT/spool", '-')->status;
}

sub sql { return run('sqlite3', '-readonly', "$ROOT/spool/reports.sqlite3", '.timeout 9000', $_[0])->out =~ s/\s+\z//r }

# How a report is stored, once it came so often; and the good sessions that count.
sub stored {
    my ($id, $times) = @_;
    Httpd::wait_until("$id to be stored", sub { sql("SELECT SUM(copies) FROM tlsrpt_report WHERE report_id = '$id'") eq $times });
    return sql("SELECT channel, trust, state FROM tlsrpt_report WHERE report_id = '$id'") . ' '
        . sql("SELECT SUM(sessions) FROM tlsrpt_day WHERE rtype = 'ok' AND submitter = '$id.example.net'");
}

my $n = 0;
for my $headers ('with', 'without') {
    my %how = $headers eq 'with' ? () : (domain => '');
    for my $first ('mail', 'https') {
        my $id = 'r' . $n++;
        my $json = report(id => $id, contact => "mailto:tls\@$id.example.net", good => 7);
        is mailed($json, %how), 0, "$headers TLS-Report-Submitter, mail first: taken" if $first eq 'mail';
        is post($httpd, $json)->code, 201, $first eq 'mail' ? '... and the same by HTTPS, too' : "$headers it, HTTPS first: taken";
        is mailed($json, %how), 0, '... and the same by mail, too' if $first eq 'https';
        is stored($id, 2), 'https|0|0 7', '... counted, once, as what came by HTTPS';
        is post($httpd, $json)->code, 200, '... which is known then';
    }
}

$httpd->stop;
done_testing;
