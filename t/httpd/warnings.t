# warnings.t - what would go wrong is said before a sender finds out: each warning, once, with ServerName, file and line

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $WHERE = qr/\(\S+\/httpd\.conf:\d+\)/;

# Names a promise: configtest passes and says exactly these lines.
sub warns {
    my ($name, $conf, @message) = @_;
    my %option = ref $message[-1] eq 'HASH' ? %{ pop @message } : ();
    my $test = Httpd->configtest($conf, %option);
    my @line = split /\n/, $test->err;
    subtest $name => sub {
        is $test->status, 0, 'configtest passes';
        is pop @line, 'Syntax OK', 'and says so';
        is scalar @line, scalar @message, 'so many lines' or diag $test->err;
        like $line[$_] // '', $message[$_], "line $_" for 0 .. $#message;
        is $test->out, '', 'nothing on standard output';
    };
}

sub vhost { my ($names, @lines) = @_; join '', map { "$_\n" } "<VirtualHost *:PORT>", "ServerName $names", @lines, "</VirtualHost>" }

my @ON = ('MTASTSEngine on', 'MTASTSMX mail.example.com');
sub site { vhost('https://mta-sts.example.com', @ON, @_) }

# ---- max_age ----

warns('max_age below a day', site('MTASTSReportTo none', 'MTASTSMaxAge 86399'),
    qr/^MTASTS030: mta-sts\.example\.com $WHERE: MTASTSMaxAge 86399 is less than a day \(86400\)/);
warns('a day is enough', site('MTASTSReportTo none', 'MTASTSMaxAge 86400'));
warns('max_age below a day in mode enforce: said once', site('MTASTSReportTo none', 'MTASTSMode enforce', 'MTASTSMaxAge 1h'),
    qr/^MTASTS030: .*MTASTSMaxAge 3600 /);
warns('the largest max_age', site('MTASTSReportTo none', 'MTASTSMode enforce', 'MTASTSMaxAge 31557600'),
    qr/^MTASTS031: .*Stalwart/);
warns('one second less', site('MTASTSReportTo none', 'MTASTSMode enforce', 'MTASTSMaxAge 31557599'));
warns('more than a week in mode none', site('MTASTSMode none', 'MTASTSMaxAge 604801'), qr/^MTASTS032: .*MTASTSMaxAge 604801 /);
warns('a week in mode none', site('MTASTSMode none', 'MTASTSMaxAge 1w'));
warns('less than a week in mode enforce', site('MTASTSReportTo none', 'MTASTSMode enforce', 'MTASTSMaxAge 604799'),
    qr/^MTASTS033: .*MTASTSMaxAge 604799 is less than a week/);
warns('a week in mode enforce', site('MTASTSReportTo none', 'MTASTSMode enforce', 'MTASTSMaxAge 7d'));

# ---- patterns ----

warns('a wildcard directly under a top-level domain', site('MTASTSReportTo none', 'MTASTSMX *.com'),
    qr/^MTASTS034: mta-sts\.example\.com $WHERE: MTASTSMX \*\.com stands for every domain/);
warns('a wildcard further down', site('MTASTSReportTo none', 'MTASTSMX *.example.com'));
warns('a pattern that repeats after normalising', site('MTASTSReportTo none', 'MTASTSMX Mail.Example.Com. mx2.example.com'),
    qr/^MTASTS037: .*MTASTSMX mail\.example\.com is written twice/);
warns('a pattern that repeats, once for all who inherit it',
    "MTASTSMX a.example.com a.example.com\nMTASTSReportTo none\n"
    . join('', map { vhost("https://mta-sts.example.$_", 'MTASTSEngine on') } qw(com net)),
    qr/^MTASTS037: localhost \(main server\): MTASTSMX a\.example\.com/);

# ---- reports ----

warns('testing without reports', site(), qr/^MTASTS035: .*mode testing without MTASTSReportTo/);
warns('enforce without reports', site('MTASTSMode enforce'), qr/^MTASTS035: .*mode enforce without MTASTSReportTo/);
warns('none needs no reports', site('MTASTSMode none'));
warns('MTASTSReportTo none silences it', site('MTASTSReportTo none'));
warns('a section can say none too', site('MTASTSReportTo mailto:a@example.com', '<MTASTSDomain example.com>', 'MTASTSReportTo none',
    '</MTASTSDomain>'));
warns('reports only to the policy host itself', site('MTASTSReportTo https://MTA-STS.example.com:443/tlsrpt'),
    qr/^MTASTS036: .*add a mailto address/);
warns('reports also elsewhere', site('MTASTSReportTo https://mta-sts.example.com/tlsrpt https://reports.example.net/'));
warns('reports also by mail', site('MTASTSReportTo https://mta-sts.example.com/tlsrpt mailto:a@example.com'));
warns('reports to a policy host of somebody else', site('MTASTSReportTo https://mta-sts.example.net/tlsrpt'));
warns('one policy of many domains: said once',
    vhost('https://mta-sts.example.com', 'ServerAlias mta-sts.example.net mta-sts.example.org', @ON), qr/^MTASTS035: /);

# ---- the engine, and names ----

warns('directives where the engine is off', vhost('mta-sts.example.com', 'MTASTSMX mail.example.com'),
    qr/^MTASTS038: mta-sts\.example\.com $WHERE: MTASTSMX has no effect, the engine is off here/);
warns('a section where the engine is off',
    vhost('mta-sts.example.com', 'MTASTSEngine off', '<MTASTSDomain example.com>', 'MTASTSMX a.example.com', '</MTASTSDomain>'),
    qr/^MTASTS038: .*<MTASTSDomain example\.com> has no effect/);
warns('directives of the server where the engine is on nowhere', "MTASTSMode enforce\n" . vhost('mta-sts.example.com'),
    qr/^MTASTS039: localhost \(main server\): MTASTSMode has no effect, the engine is on nowhere/);
warns('directives of the server for a virtual host that is on', "MTASTSReportTo none\n" . site());
warns('the engine on in a virtual host without a policy host', vhost('www.example.com', 'MTASTSEngine on'),
    qr/^MTASTS040: www\.example\.com $WHERE: MTASTSEngine on, but no name/);
warns("a wildcard alias counts as a policy host: $_", vhost('www.example.com', "ServerAlias $_", 'MTASTSEngine on'))
    for 'mta-sts.*', '*', '*.example.com', 'mta-st?.*', 'mta-sts?example.com', 'm*';
warns("a wildcard alias that no policy host can match: $_", vhost('www.example.com', "ServerAlias $_", 'MTASTSEngine on'), qr/^MTASTS040: /)
    for 'www.*', 'mta?.*';
warns('the engine on for the whole server says nothing of its sites', "MTASTSEngine on\n" . vhost('www.example.com'));
warns('a section whose policy host no virtual host admits',
    site('MTASTSReportTo none', '<MTASTSDomain example.net>', 'MTASTSMode none', '</MTASTSDomain>'),
    qr/^MTASTS041: mta-sts\.example\.com $WHERE: <MTASTSDomain example\.net> in line \d+ of \S+: .*ServerAlias mta-sts\.example\.net/);
warns('a section of the server that some virtual host admits',
    "<MTASTSDomain example.net>\nMTASTSMX a.example.net\nMTASTSReportTo none\n</MTASTSDomain>\n" . site('ServerAlias mta-sts.example.net', 'MTASTSReportTo none'));
warns('a section of the server that none admits',
    "<MTASTSDomain example.org>\nMTASTSMX a.example.net\n</MTASTSDomain>\n" . site('MTASTSReportTo none'),
    qr/^MTASTS041: localhost \(main server\): <MTASTSDomain example\.org>/);
warns('a section named after the policy host',
    site('MTASTSReportTo none', '<MTASTSDomain mta-sts.example.com>', 'MTASTSMode none', '</MTASTSDomain>'),
    qr/^MTASTS042: .*mta-sts\.example\.com is a policy host; .*write example\.com/);

warns('the same where a wildcard admits it',
    site('ServerAlias mta-sts.*', 'MTASTSReportTo none', '<MTASTSDomain mta-sts.example.com>', 'MTASTSMode none', '</MTASTSDomain>'),
    qr/^MTASTS042: .*write example\.com/);
warns('a name with a final dot, which matches no Host', site('ServerAlias mta-sts.example.net.', 'MTASTSReportTo none'),
    qr/^MTASTS047: mta-sts\.example\.com $WHERE: mta-sts\.example\.net\. has a final dot/);
warns('the same as the only name', vhost('https://mta-sts.example.com.', @ON, 'MTASTSReportTo none'), qr/^MTASTS040: /, qr/^MTASTS047: /);

# ---- several virtual hosts ----

warns('two virtual hosts with different policies, and which one senders get',
    vhost('mta-sts.example.com', @ON, 'MTASTSReportTo none', 'MTASTSMode none')
    . vhost('https://mta-sts.example.com', @ON, 'MTASTSReportTo none') =~ s/:PORT/:PORT2/r,
    qr/^MTASTS043: mta-sts\.example\.com $WHERE: the policy of example\.com, or its MTASTSReportTo, is another one in mta-sts\.example\.com $WHERE, and that is the one that senders get/);
warns('two virtual hosts that differ in their report addresses only',
    vhost('mta-sts.example.com', @ON, 'MTASTSReportTo mailto:a@example.com')
    . vhost('https://mta-sts.example.com', @ON, 'MTASTSReportTo none') =~ s/:PORT/:PORT2/r,
    qr/^MTASTS043: /);
warns('two virtual hosts with one policy (certbot makes the second one)',
    vhost('mta-sts.example.com', @ON, 'MTASTSReportTo none')
    . vhost('https://mta-sts.example.com', @ON, 'MTASTSReportTo none') =~ s/:PORT/:PORT2/r);
warns('a policy host that another virtual host answers first',
    vhost('https://www.example.com', 'ServerAlias *.example.com') . site('MTASTSReportTo none'),
    qr/^MTASTS044: mta-sts\.example\.com $WHERE: mta-sts\.example\.com is answered by www\.example\.com $WHERE, which comes earlier/);
warns('a policy host that a virtual host without HTTPS answers first, with the same policy',
    vhost('mta-sts.example.com', @ON, 'MTASTSReportTo none') . site('MTASTSReportTo none'),
    qr/^MTASTS044: mta-sts\.example\.com $WHERE: mta-sts\.example\.com is answered by mta-sts\.example\.com $WHERE/);
warns('... with another policy: nobody gets either',
    vhost('mta-sts.example.com', @ON, 'MTASTSReportTo none', 'MTASTSMode none') . site('MTASTSReportTo none'),
    qr/^MTASTS044: /, qr/^MTASTS043: .*; senders get neither over HTTPS/);
warns('a policy host that a regular expression of an earlier virtual host answers, with another policy',
    vhost('https://www.example.com', 'ServerAlias mta-sts.*', @ON, 'MTASTSReportTo none', '<MTASTSDomainMatch ^example>', 'MTASTSMode none', '</MTASTSDomainMatch>')
    . site('MTASTSReportTo none'), qr/^MTASTS044: .* is answered by www\.example\.com/);
warns('... with the same one',
    vhost('https://www.example.com', 'ServerAlias mta-sts.*', @ON, 'MTASTSReportTo none', '<MTASTSDomainMatch ^example>', '</MTASTSDomainMatch>')
    . site('MTASTSReportTo none'));
warns('an odd wildcard that comes earlier', vhost('https://www.example.com', 'ServerAlias mta-s?s.exam*') . site('MTASTSReportTo none'),
    qr/^MTASTS044: .* is answered by www\.example\.com/);
my $MAIN = "ServerName https://mta-sts.example.com\nMTASTSEngine on\nMTASTSMX mail.example.com\nMTASTSReportTo none\n";
warns('the main server as policy host, where virtual hosts take every port', $MAIN . vhost('www.example.net'),
    qr/^MTASTS044: mta-sts\.example\.com \(main server\): .*virtual hosts take every port/);
warns('the main server as policy host, with a port of its own', "# PORT2\n$MAIN" . vhost('www.example.net'));
warns('the main server as policy host, alone', $MAIN);
warns('the other order', site('MTASTSReportTo none') . vhost('https://www.example.com', 'ServerAlias *.example.com'));
warns('another port', vhost('https://www.example.com', 'ServerAlias *.example.com') =~ s/:PORT/:PORT2/r . site('MTASTSReportTo none'));
warns('a regular expression of the server that hides what a virtual host says',
    "<MTASTSDomainMatch ^example>\nMTASTSMX a.example.com\nMTASTSReportTo none\n</MTASTSDomainMatch>\n" . site('MTASTSReportTo none'),
    qr/^MTASTS046: mta-sts\.example\.com $WHERE: MTASTSMX of this virtual host has no effect for example\.com: <MTASTSDomainMatch \^example> in line/);

# ---- once ----

warns('directives and sections of the server where the engine is on nowhere: said once',
    "<MTASTSDomain example.com>\nMTASTSMX a.example.com\n</MTASTSDomain>\n" . vhost('www.example.com'), qr/^MTASTS039: /);
warns('each pattern that repeats, in one line', site('MTASTSReportTo none', 'MTASTSMX MAIL.example.com b.example.com', 'MTASTSMX b.example.com'),
    qr/^MTASTS037: .*MTASTSMX mail\.example\.com b\.example\.com is written twice/);
warns('one file of the recipe in two virtual hosts',
    (map { $_ . $_ =~ s/:PORT/:PORT2/r } site('MTASTSReportTo none', 'DocumentRoot ROOT/htdocs')), qr/^MTASTS045: /,
    { files => { 'htdocs/.well-known/mta-sts.txt' => "version: STSv1\n" } });
subtest 'a section without mx is said once, however many virtual hosts come to it' => sub {
    my $section = "<MTASTSDomain example.com>\nMTASTSMode none\n</MTASTSDomain>\n";
    for my $conf (vhost('https://mta-sts.example.com', 'ServerAlias mta-sts.*', 'MTASTSEngine on', $section),
        "MTASTSEngine on\n$section" . vhost('a.example', 'ServerAlias *.example.com') . vhost('b.example', 'ServerAlias mta-sts.*')) {
        is scalar(() = Httpd->configtest($conf)->err =~ /MTASTS020/g), 1, 'once';
    }
};

# ---- the file of the recipe ----

my $FILE = 'htdocs/.well-known/mta-sts.txt';
my $ROOT = 'DocumentRoot ROOT/htdocs';
warns('the file of the recipe, with another policy', site('MTASTSReportTo none', $ROOT),
    qr/^MTASTS045: mta-sts\.example\.com $WHERE: \S+\/htdocs\/\.well-known\/mta-sts\.txt holds another policy/,
    { files => { $FILE => "version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 86401\n" } });
warns('the file of the recipe, with the same policy', site('MTASTSReportTo none', $ROOT),
    { files => { $FILE => "version: STSv1\nmode: testing\nmx: mail.example.com\nmax_age: 86401\n" } });
warns('a file that is no policy', site('MTASTSReportTo none', $ROOT), qr/^MTASTS045: /, { files => { $FILE => "\0\xff" x 40000 } });
warns('no file', site('MTASTSReportTo none', $ROOT), { files => { 'htdocs/index.html' => '' } });

# ---- at start ----

subtest 'a start says the same in the error log, and what only a start knows' => sub {
    my $httpd = Httpd->start(vhost('mta-sts.example.com', @ON),
        expect => [
            qr/\[mta_sts:warn\] .*MTASTS035: mta-sts\.example\.com $WHERE/,
            qr/\[mta_sts:warn\] .*MTASTS060: mta-sts\.example\.com $WHERE: no virtual host serves mta-sts\.example\.com over HTTPS.*SSLEngine on.*ServerName https:\/\/mta-sts\.example\.com.*SetEnvIf/,
        ]);
    is scalar(() = $httpd->log =~ /MTASTS035/g), 1, 'once, not in both passes';
    $httpd->stop;

    $httpd = Httpd->start(vhost('www.example.com', 'ServerAlias mta-sts.*', 'MTASTSEngine on', '<MTASTSDomainMatch .>', 'MTASTSMX mail.example.com',
        'MTASTSReportTo none', '</MTASTSDomainMatch>'),
        expect => [qr/MTASTS060: www\.example\.com $WHERE: <MTASTSDomainMatch \.> in line \d+ of \S+: no virtual host serves mta-sts\.DOMAIN over HTTPS/]);
    $httpd->stop('also of a regular expression');

    my $match = "<MTASTSDomainMatch .>\nMTASTSMX mail.example.com\nMTASTSReportTo none\n</MTASTSDomainMatch>\n";
    $httpd = Httpd->start($match . vhost('www.example.com', 'ServerAlias mta-sts.*', 'MTASTSEngine on')
        . vhost('https://www.example.com', 'ServerAlias mta-sts.*', 'MTASTSEngine on') =~ s/:PORT/:PORT2/r);
    $httpd->stop('one of two virtual hosts is enough');

    $httpd = Httpd->start($match . join('', map { vhost("www.example.$_", "ServerAlias mta-sts.*.$_", 'MTASTSEngine on') } qw(com net org)),
        expect => [qr/MTASTS060: /]);
    is scalar(() = $httpd->log =~ /MTASTS060/g), 1, 'a regular expression of the server: said once';
    $httpd->stop;
};

subtest 'TLS 1.2 switched off' => sub {
    my $conf = <<'CONF';
<VirtualHost *:TLSPORT>
    ServerName mta-sts.example.com
    SSLEngine on
    SSLProtocol PROTOCOL
    SSLCertificateFile ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine on
    MTASTSMX mail.example.com
    MTASTSReportTo none
</VirtualHost>
CONF
    my %option = (modules => ['ssl'], certificate => ['mta-sts.example.com']);
    for my $protocol ('-all +TLSv1.3', 'all -TLSv1.2') {
        my $httpd = Httpd->start($conf =~ s/PROTOCOL/$protocol/r, %option,
            expect => [qr/MTASTS061: mta-sts\.example\.com $WHERE: TLS 1\.2 is switched off/]);
        $httpd->stop("SSLProtocol $protocol: said");
    }
    my $httpd = Httpd->start($conf =~ s/PROTOCOL/-all +TLSv1.2 +TLSv1.3/r, %option);
    $httpd->stop('TLS 1.2 and 1.3: nothing to say');
};

subtest 'the dump without -t' => sub {
    my $run = Httpd->start("Define DUMP_MTA_STS\n" . site('MTASTSReportTo none'), expect => [qr/MTASTS062: .*add -t/]);
    $run->stop('said in the error log');
};

subtest 'no LogLevel hides a message from configtest' => sub {
    like +Httpd->configtest("LogLevel emerg\n" . site())->err, qr/^MTASTS035: /, 'a warning';
    like +Httpd->configtest("LogLevel emerg\n" . vhost('mta-sts.example.com', 'MTASTSEngine on'))->err, qr/^MTASTS020: /, 'an error';
};

subtest 'a dump of httpd itself stays clean' => sub {
    my $httpd = Httpd->new(site());
    for my $dump ('-S', '-M') {
        my $test = $httpd->command($dump);
        unlike $test->err . $test->out, qr/MTASTS/, "-S and the like: $dump";
    }
};

done_testing;
