# errors.t - a configuration that a sender would refuse does not pass configtest, and the message says where and what

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Test::More;

my $LONG_LABEL = 'a' x 64;
my $LONG_NAME  = join '.', ('abcdefghi') x 25, 'abcd';    # 254 octets

# A virtual host around the lines; they begin in line 4 of it.
sub site { "<VirtualHost *:PORT>\nServerName https://mta-sts.example.com\nMTASTSEngine on\n$_[0]\n</VirtualHost>\n" }

# Names a promise: this configuration is refused, with this message, at this line of the virtual host.
sub refused {
    my ($name, $conf, $message, $line) = @_;
    my $httpd = Httpd->new($conf);
    my $test  = $httpd->configtest;
    my $first = 0;
    my @lines = split /\n/, Httpd::slurp($httpd->root . '/httpd.conf');
    for (0 .. $#lines) { $first = $_ + 1, last if $lines[$_] =~ /^<VirtualHost/ }
    subtest $name => sub {
        isnt $test->status, 0, 'refused';
        like $test->err, $message, 'the message';
        like $test->err, qr/AH00526: Syntax error on line @{[ $first + $line - 1 ]} of /, "line $line" if $line;
        unlike $test->err, qr/[^\x20-\x7e\n]/, 'printable ASCII';
    };
}

# ---- one directive ----

for (
    [ 'MTASTSMode enforced',   qr/MTASTS001: MTASTSMode "enforced": .*did you mean enforce\?/ ],
    [ 'MTASTSMode report',     qr/MTASTS001: MTASTSMode "report": .*testing, enforce or none/ ],
    [ 'MTASTSMX 192.0.2.25',   qr/MTASTS002: MTASTSMX "192\.0\.2\.25": .*address/ ],
    [ 'MTASTSMX 2001:db8::25', qr/MTASTS002: MTASTSMX "2001:db8::25": .*address/ ],
    [ 'MTASTSMX [192.0.2.25]', qr/MTASTS002: .*address/ ],
    [ 'MTASTSMX mx.example.com:25',       qr/MTASTS002: .*port/ ],
    [ 'MTASTSMX smtp://mx.example.com',   qr/MTASTS002: .*scheme/ ],
    [ 'MTASTSMX 10 mx.example.com',       qr/MTASTS002: MTASTSMX "10": .*preference/ ],
    [ 'MTASTSMX mx1.example.com,mx2.example.com', qr/MTASTS002: .*comma/ ],
    [ 'MTASTSMX mx_1.example.com',        qr/MTASTS002: .*underscore/ ],
    [ 'MTASTSMX localhost',               qr/MTASTS002: .*label/ ],
    [ 'MTASTSMX *.*.example.com',         qr/MTASTS002: .*\*/ ],
    [ 'MTASTSMX mx*.example.com',         qr/MTASTS002: .*\*/ ],
    [ 'MTASTSMX mx.*.example.com',        qr/MTASTS002: .*\*/ ],
    [ 'MTASTSMX mx1.example.com "" mx2.example.com', qr/MTASTS002: MTASTSMX "": an empty word/ ],
    [ 'MTASTSReportTo mailto:a@example.com ""', qr/MTASTS005: MTASTSReportTo "": an empty word/ ],
    [ 'MTASTSMX *',                       qr/MTASTS002: MTASTSMX "\*":/ ],
    [ "MTASTSMX $LONG_LABEL.example.com", qr/MTASTS002: .*63/ ],
    [ "MTASTSMX $LONG_NAME",              qr/MTASTS002: .*253/ ],
    [ "MTASTSMX mx.b\xc3\xbccher.example", qr/MTASTS002: .*idn2/ ],
    [ 'MTASTSMaxAge "7 days"', qr/MTASTS003: MTASTSMaxAge "7 days": not a duration; write seconds, or a number with s, mi, h, d or w \(at most 31557600 seconds\)/ ],
    [ 'MTASTSMaxAge 0',        qr/MTASTS003: / ],
    [ 'MTASTSMaxAge 31557601', qr/MTASTS003: .*31557600/ ],
    [ 'MTASTSMaxAge 99999999999999999999w', qr/MTASTS003: .*31557600/ ],
    [ 'MTASTSPolicyId 2026-11-24', qr/MTASTS004: MTASTSPolicyId "2026-11-24": .*letters/ ],
    [ 'MTASTSPolicyId ' . 'a' x 33, qr/MTASTS004: .*32/ ],
    [ 'MTASTSPolicyId auto salt-1', qr/MTASTS004: .*"auto salt-1"/ ],
    [ 'MTASTSPolicyId literal salt', qr/MTASTS004: / ],
    [ 'MTASTSReportTo tls-reports@example.com', qr/MTASTS005: .*mailto:tls-reports\@example\.com/ ],
    [ 'MTASTSReportTo reports.example.com/v1',  qr/MTASTS005: .*https:\/\/reports\.example\.com\/v1/ ],
    [ 'MTASTSReportTo http://reports.example.com/', qr/MTASTS005: .*https:\/\// ],
    [ 'MTASTSReportTo mailto:a@example.com,mailto:b@example.com', qr/MTASTS005: .*%2C/i ],
    [ 'MTASTSReportTo mailto:a@example.com;b', qr/MTASTS005: .*%3B/i ],
    [ 'MTASTSReportTo mailto:a!b@example.com', qr/MTASTS005: .*%21/ ],
    [ 'MTASTSReportTo none mailto:a@example.com', qr/MTASTS005: .*"none" stands alone/ ],
    [ 'MTASTSReportTo mailto:a@example.com none', qr/MTASTS005: .*"none" stands alone/ ],
    [ 'MTASTSDomain example.com',        qr/MTASTS011: MTASTSDomain: .*<MTASTSDomain \.\.\.>/ ],
    [ 'MTASTSDomainMatch ^example',      qr/MTASTS011: MTASTSDomainMatch: / ],
    [ 'MTASTSEngine maybe',              qr/MTASTSEngine must be On or Off/ ],
    [ 'MTASTSMode',                      qr/MTASTSMode takes one argument, the mode of the policy/ ],
    [ 'MTASTSMX',                        qr/MTASTSMX requires at least one argument, the mx patterns/ ],
) {
    my ($line, $message) = @$_;
    (my $name = $line) =~ s/[^\x20-\x7e]+/?/g;
    refused($name, site($line), $message, 4);
}

# ---- sections ----

refused('a section without ">"', site("<MTASTSDomain example.com\n</MTASTSDomain>"), qr/MTASTS006: .*closing ">"/, 4);
refused('a section with something behind its ">"',
    site("<MTASTSDomain example.com> MTASTSMode none\n</MTASTSDomain>"), qr/MTASTS006: .*line of its own/, 4);
refused('a section without a policy domain', site("<MTASTSDomain>\n</MTASTSDomain>"), qr/MTASTS006: .*example\.com/, 4);
refused('a wildcard in a section', site("<MTASTSDomain *.example.com>\n</MTASTSDomain>"),
    qr/MTASTS007: .*"\*\.example\.com": .*<MTASTSDomainMatch/, 4);
refused('a section that names no domain', site("<MTASTSDomain exa_mple.com>\n</MTASTSDomain>"), qr/MTASTS007: /, 4);
refused('a policy domain too long for its TLSRPT record', site('<MTASTSDomain ' . join('.', ('abcdefghi') x 24, 'abc') . ">\n</MTASTSDomain>"),
    qr/MTASTS007: .*longer than 242 octets/, 4);
refused('two regular expressions', site("<MTASTSDomainMatch ^a ^b>\n</MTASTSDomainMatch>"), qr/MTASTS006: .*quotes/, 4);
refused('no regular expression', site("<MTASTSDomainMatch>\n</MTASTSDomainMatch>"), qr/MTASTS006: /, 4);
refused('a regular expression that is none', site("<MTASTSDomainMatch (a>\n</MTASTSDomainMatch>"),
    qr/MTASTS008: .*"\(a": /, 4);
refused('another directive in a section', site("<MTASTSDomain example.com>\nMTASTSMode none\nDocumentRoot /\n</MTASTSDomain>"),
    qr/MTASTS009: DocumentRoot in <MTASTSDomain example\.com>: not allowed there/, 6);
refused('the engine in a section', site("<MTASTSDomain example.com>\nMTASTSEngine off\n</MTASTSDomain>"),
    qr/MTASTS009: MTASTSEngine in/, 5);
refused('a section in a section',
    site("<MTASTSDomain example.com>\n<MTASTSDomain example.net>\n</MTASTSDomain>\n</MTASTSDomain>"),
    qr/MTASTS009: <MTASTSDomain> in <MTASTSDomain example\.com>/, 5);
refused('a bad value in a section', site("<MTASTSDomain example.com>\nMTASTSMX localhost\n</MTASTSDomain>"),
    qr/MTASTS002: /, 5);
refused('two sections for one policy domain',
    site("<MTASTSDomain example.com>\nMTASTSMX a.example.com\n</MTASTSDomain>\n<MTASTSDomain example.net Example.COM.>\n</MTASTSDomain>"),
    qr/MTASTS010: <MTASTSDomain> "example\.com": there is a section for this policy domain in line/, 7);
for my $directive ('MTASTSEngine on', 'MTASTSMX a.example.com', "<MTASTSDomain example.com>\n</MTASTSDomain>") {
    my ($word) = split ' ', $directive;
    refused("$word in a <Location>", site("<Location />\n$directive\n</Location>"), qr/not allowed/, 5);
}

# ---- across directives ----

sub fails {
    my ($name, $conf, @message) = @_;
    my $test = Httpd->configtest($conf);
    subtest $name => sub {
        isnt $test->status, 0, 'refused';
        like $test->err, qr/AH00014: Configuration check failed/, 'by the check of the whole configuration';
        like $test->err, $_, 'the message' for @message;
    };
}

fails('no mx', site(''), qr/MTASTS020: mta-sts\.example\.com \(.*httpd\.conf:\d+\): no MTASTSMX for example\.com/);
fails('no mx in mode none', site('MTASTSMode none'), qr/MTASTS020: .*also in mode none/);
fails('no mx in a section of a domain that is spelled out',
    site("<MTASTSDomain example.com>\nMTASTSMode none\n</MTASTSDomain>"),
    qr/MTASTS020: .*<MTASTSDomain example\.com> in line \d+ of .*: no MTASTSMX for example\.com/);
fails('no mx in a section of a domain that a wildcard admits',
    "<VirtualHost *:PORT>\nServerName x\nServerAlias mta-sts.*\nMTASTSEngine on\n<MTASTSDomain example.net>\nMTASTSMode none\n</MTASTSDomain>\n</VirtualHost>\n",
    qr/MTASTS020: x \(.*: no MTASTSMX for example\.net/);
fails('no mx in a <MTASTSDomainMatch>',
    site("ServerAlias mta-sts.*\n<MTASTSDomainMatch ^customer>\n</MTASTSDomainMatch>\n<MTASTSDomain example.com>\nMTASTSMX a.example.com\n</MTASTSDomain>"),
    qr/MTASTS020: .*<MTASTSDomainMatch \^customer> in line \d+ of .*: no MTASTSMX;/);
fails('a body of 10,240 octets', site(join "\n", map { sprintf 'MTASTSMX mx%04d.%s.example.com', $_, 'b' x 63 } 1 .. 120),
    qr/MTASTS021: .*\d{5} octets; at most 10239/);
fails('one octet more than the limit', site(join "\n", 'MTASTSMode none', _patterns(10240)), qr/MTASTS021: .*10240 octets/);
fails('every error is said, not only the first',
    site('') . "<VirtualHost *:PORT>\nServerName mta-sts.example.net\nMTASTSEngine on\n</VirtualHost>\n",
    qr/MTASTS020: .*example\.com/, qr/MTASTS020: .*example\.net/);

# ---- and what is no error ----

sub passes {
    my ($name, $conf, %option) = @_;
    my $test = Httpd->configtest($conf, %option);
    is $test->status . ' ' . $test->err, "0 Syntax OK\n", $name;
}

my $END = "</VirtualHost>\n";
passes('three lines', site("MTASTSMX mail1.example.com mail2.example.com\nMTASTSReportTo mailto:tls-reports\@example.com"));
passes('upper case and a final dot are mended', site("MTASTSMX MAIL1.Example.COM.\nMTASTSReportTo none"));
passes('every unit of max_age, and an id', site(join "\n", 'MTASTSMX a.example.com', 'MTASTSReportTo none', 'MTASTSMaxAge 2w',
    'MTASTSPolicyId auto Salt1', 'MTASTSMode Enforce'));
passes('nothing at all', "<VirtualHost *:PORT>\nServerName www.example.com\n$END");
passes('the main server needs no mx', "ServerName mta-sts.example.com\nMTASTSEngine on\n");
passes('a site that says nothing, in a server that is switched on as a whole',
    "MTASTSEngine on\n<VirtualHost *:PORT>\nServerName mta-sts.example.com\n$END");
passes('a section that inherits its mx',
    site("MTASTSMX a.example.com\nMTASTSReportTo none\n<MTASTSDomain example.com>\nMTASTSMode none\n</MTASTSDomain>"));
passes('a section whose lines come from a condition',
    site("MTASTSReportTo none\n<MTASTSDomain example.com>\n<IfDefine !X>\nMTASTSMX a.example.com\n</IfDefine>\n</MTASTSDomain>"));
passes('10,239 octets of body', site(join "\n", 'MTASTSReportTo none', 'MTASTSMode none', _patterns(10239)));

# mx lines that make a body of exactly so many octets
sub _patterns {
    my ($octets) = @_;
    my $left = $octets - length "version: STSv1\r\nmode: none\r\nmax_age: 86401\r\n";
    my @line;
    for (my $i = 0; $left > 0; $i++) {
        my $take = $left > 120 ? 60 : $left;
        my $name = sprintf '%03d', $i;
        my $fill = $take - length("mx: \r\n") - length("$name.example.com");
        push @line, "MTASTSMX $name" . 'x' x $fill . '.example.com';
        $left -= $take;
        if ($left > 60 && $left <= 120) { my $half = int($left / 2); push @line, _pattern('y', $half), _pattern('z', $left - $half); last }
    }
    return @line;
}

sub _pattern {
    my ($letter, $octets) = @_;
    return "MTASTSMX $letter" . 'x' x ($octets - length("mx: $letter.example.com\r\n")) . '.example.com';
}

done_testing;
