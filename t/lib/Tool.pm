# Tool.pm - mta-sts(1) as it was built, and what its tests feed it
#
#   my $done = tool('report', 'FILE');                  # ->status ->out ->err
#   my $done = tool_in($octets, 'report', '-');         # with these on standard input
#   fixture('tutorial.json')                            # the path of a file in t/fixtures/tlsrpt
#   report(policy => {...}, summary => {...}, ...)      # JSON of a report; each argument replaces a member
#   gz($octets), zip(name => $octets, ...)              # packed
#   mail(json => $json, ...)                            # a mail with that report in it, as reporters send them

package Tool;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp ();
use IO::Compress::Gzip ();
use IO::Compress::Zip ();
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Httpd;

our @EXPORT = qw(tool tool_in tool_file fixture report gz zip mail);

my $ROOT = abs_path(dirname(abs_path(__FILE__)) . '/../..');

# The program under test.
sub tool_file {
    my $file = abs_path(($ENV{MODULE_DIR} || "$ROOT/build") . '/mta-sts');
    die "There is no mta-sts: run make first.\n" unless $file && -x $file;
    return $file;
}

sub tool { return Httpd::run(tool_file(), @_) }

sub tool_in {
    my ($octets, @arguments) = @_;
    my $in = File::Temp->new;
    binmode $in;
    print {$in} $octets;
    close $in;
    return Httpd::run('sh', '-c', 'exec "$@" <"$0"', "$in", tool_file(), @arguments);
}

sub fixture {
    my ($name) = @_;
    my $path = "$ROOT/t/fixtures/tlsrpt/$name";
    -s $path or die "There is no fixture $path.\n";
    return $path;
}

# A report of 10 good sessions.
sub report {
    my %member = @_;
    my %policy = ('policy-type' => 'sts', 'policy-domain' => 'example.com', 'mx-host' => ['mail1.example.com'],
        'policy-string' => ['version: STSv1', 'mode: testing', 'mx: mail1.example.com', 'max_age: 86401'],
        %{ delete $member{policy} || {} });
    my %summary = ('total-successful-session-count' => 10, 'total-failure-session-count' => 0, %{ delete $member{summary} || {} });
    my $failures = delete $member{failures};
    return JSON::PP->new->canonical->utf8->encode({
        'organization-name' => 'Example Reporter', 'contact-info' => 'tlsrpt@reporter.example', 'report-id' => 'id-1',
        'date-range' => { 'start-datetime' => '2026-11-01T00:00:00Z', 'end-datetime' => '2026-11-01T23:59:59Z' },
        policies => [{ policy => \%policy, summary => \%summary, $failures ? ('failure-details' => $failures) : () }],
        %member,
    });
}

sub gz {
    my ($octets) = @_;
    IO::Compress::Gzip::gzip(\$octets => \my $packed, -Minimal => 1) or die "gzip: $IO::Compress::Gzip::GzipError\n";
    return $packed;
}

sub zip {
    my @files = @_;
    my $packed = '';
    my $zip;
    while (my ($name, $octets) = splice @files, 0, 2) {
        if ($zip) { $zip->newStream(Name => $name) }
        else      { $zip = IO::Compress::Zip->new(\$packed, Name => $name) or die "zip: $IO::Compress::Zip::ZipError\n" }
        $zip->print($octets);
    }
    $zip->close;
    return $packed;
}

# A multipart/report. headers: lines above it; type, name: of the attachment; packed: its octets, else the JSON in gzip.
sub mail {
    my %how = (headers => '', type => 'application/tlsrpt+gzip', name => 'report.json.gz', domain => 'example.com', @_);
    my $body = encode_base64($how{packed} // gz($how{json} // report()));
    my $hints = $how{domain} ? "TLS-Report-Domain: $how{domain}\nTLS-Report-Submitter: reporter.example\n" : '';
    return <<"MAIL";
$how{headers}Received: from reporter.example by mail.example.com; Mon, 2 Nov 2026 00:10:00 +0000
From: tlsrpt\@reporter.example
To: tls-reports\@example.com
Subject: Report Domain: example.com Submitter: reporter.example Report-ID: <another\@reporter.example>
${hints}MIME-Version: 1.0
Content-Type: multipart/report; report-type="tlsrpt"; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8

This is a report, for a person to see.

--b1
Content-Type: $how{type}
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="$how{name}"

$body
--b1--
MAIL
}

1;
