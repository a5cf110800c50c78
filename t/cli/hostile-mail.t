# hostile-mail.t - mails that would make a mail reader fall over: each is answered at once, in bounded memory

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use MIME::Base64;
use Test::More;
use Time::HiRes qw(time);
use Tool;

my $dir = File::Temp->newdir;
my $KIB = 300 * 1024;    # address space; the libraries alone take about 100 MiB of it

# Runs it over a file, or over what a shell command writes; nothing may end it by a signal.
sub is_read {
    my ($mail, $status, $message, $name) = @_;
    Httpd::spew("$dir/mail", $mail) unless ref $mail;
    my $limit = $ENV{ASAN_OPTIONS} ? '' : "ulimit -v $KIB; ";
    my $from = ref $mail ? "$$mail | " : "<'$dir/mail' ";
    my $begin = time;
    my $done = Httpd::run('bash', '-c', "$limit$from\"\$0\" report -", tool_file());
    is $done->status, $status, "$name: $status" or diag $done->err;
    like $done->out . $done->err, $message, '... ' . ($status ? 'with a sentence' : 'and the report');
    cmp_ok time - $begin, '<', 20, '... in time';
}

my $header = "Subject: x\nMIME-Version: 1.0\n";
my $report = "Content-Type: application/tlsrpt+json\n\n" . report() . "\n";
my $multipart = "${header}Content-Type: multipart/mixed; boundary=b\n\n";

is_read(mail(), 0, qr/All is well/, 'a mail as it should be');
is_read(mail(packed => gz("\0" x 100_000_000)), 2, qr/unpacked it is longer than the limit/, 'a bomb as attachment');
is_read(mail(packed => zip(map { ("$_.json" => '{' . ' ' x 8_000_000) } 1 .. 20)), 2, qr/the zip file holds more than 64 MiB/, 'a bomb in a zip file');
is_read(mail(packed => zip('a.json' => '{' . ' ' x 9_000_000)), 2, qr/a file in the zip file is too long/, '... in one file');
is_read(mail(packed => zip(map { ("$_.json" => '{') } 1 .. 1001)), 2, qr/the zip file holds more than 1000 files/, '... in many');
is_read(mail(packed => zip((map { ("$_.txt" => 'x') } 1 .. 998), 'r.json' => report())), 0, qr/All is well/, '999 files, the last a report');
is_read(mail(packed => gz('{"policies":' . '[' x 100_000)), 2, qr/: /, 'JSON 100,000 deep');
is_read($multipart . "--b\n\nx\n" x 99 . "--b\n$report--b--\n", 0, qr/All is well/, 'the report in the 100th part');
is_read($multipart . "--b\n\nx\n" x 100 . "--b\n$report--b--\n", 2, qr/holds no report/, 'in the 101st: not looked at');
is_read($multipart . "--b\n$report" . "--b\n\nx\n" x 998 . "--b--\n", 0, qr/All is well/, '1,000 parts, the first a report');
is_read($multipart . "--b\n\nx\n" x 100_000 . "--b--\n", 2, qr/more than 1000 boundaries/, '100,000 parts');
is_read($multipart . ("--b\n$report" x 10) . "--b--\n", 0, qr/Total: 10 reports/, '10 reports in one mail');
is_read($multipart . ("--b\n$report" x 10) . "--b\n\nx\n--b--\n", 0, qr/Total: 10 reports/, '... and a text behind them');
is_read("From x\n" . $multipart . ("--b\n$report" x 11) . "--b--\n", 2, qr/Total: 10 reports.*mail 1: the mail has more than ten reports/s, '11, in a mailbox');
is_read($multipart . ("--b\n$report" x 20) . "--b--\n", 2, qr/Total: 10 reports.*the mail has more than ten reports, of which ten were read/s, '20: 10 are read, and it is said');

my $nest = sub { my ($n) = @_; return $header . join('', map { "Content-Type: multipart/mixed; boundary=b$_\n\n--b$_\n" } 1 .. $n) . $report };
is_read($nest->(8), 0, qr/All is well/, 'nested 8 deep');
is_read($nest->(9), 2, qr/holds no report/, '... 9 deep: not looked at');
is_read($nest->(100), 2, qr/holds no report/, '... 100 deep');
is_read("Content-Type: message/rfc822\n\n" x 500_000, 2, qr/: the mail /, 'a mail in a mail, 500,000 times');
is_read("Content-Type: message/rfc822\n\n" x 90_000, 2, qr/: the mail /, '... 90,000 times');

is_read($header . 'X: ' . 'a' x 10_000_000 . "\n$report", 2, qr/header line of more than 8 KiB/, 'a header line of 10 MB');
is_read("${header}X: y\n" . (" " . 'a' x 900 . "\n") x 10_000 . $report, 2, qr/header field of more than 64 KiB/, 'a header field of 9 MB in many lines');
is_read($header . "X: y\n" x 1_000_000 . $report, 2, qr/more than 100000 header fields/, '1,000,000 header fields');
is_read($header . "X: y\n" x 90_000 . $report, 0, qr/All is well/, '90,000: bounded, and read');
is_read($multipart . "--b\n" . "X: y\n" x 1_000_000 . "\n--b--\n", 2, qr/more than 100000 header fields/, '... those of a part');
is_read("${header}Content-Type: multipart/mixed; boundary=" . 'b' x 8000 . "\n\n--" . 'b' x 8000 . "\n$report", 2, qr/holds no report/, 'a boundary of 8,000 octets');
is_read("${header}Content-Type: application/json; " . join('; ', map { "a*$_=x" } 1 .. 900) . "\n\n" . report(), 0, qr/All is well/, '900 parameters');
is_read($header . "Content-Transfer-Encoding: base64\n\n" . encode_base64(report(), '') . 'A' x 20_000_000, 2, qr/more than 16 MiB/, 'a mail of 20 MB');
is_read(\"(printf 'MIME-Version: 1.0\\nContent-Transfer-Encoding: base64\\nContent-Type: application/tlsrpt+gzip\\n\\n'; head -c 1000000000 /dev/zero | tr '\\0' A)",
    2, qr/more than 16 MiB/, '1 GB of base64 in one line');
is_read($header . "Content-Transfer-Encoding: base64\nContent-Type: application/tlsrpt+gzip\n\n" . 'A' x 16_000_000, 2, qr/longer than the limit/, '... 16 MB of it');
is_read($header . "Content-Transfer-Encoding: quoted-printable\nContent-Type: application/tlsrpt+json\n\n" . "=\n" x 7_000_000, 2, qr/: /, 'quoted-printable of nothing');
is_read("${header}Content-Type: application/json; charset=\"\0\xff\"; name=\"=?x?q?\xff?=\"\n\n\0\0", 2, qr/: /, 'NUL and worse in the header');
is_read("\0" x 1_000_000, 2, qr/neither/, 'nothing but NUL');

# An mbox is read mail by mail: large in all, small each.
is_read(\("for i in \$(seq 32); do echo 'From x'; echo; head -c 10000000 /dev/zero | tr '\\0' A; echo; echo; done; echo 'From x'; cat '" . do { Httpd::spew("$dir/one", mail()); "$dir/one" } . "'"),
    0, qr/All is well/, 'an mbox of 320 MB');

done_testing;
