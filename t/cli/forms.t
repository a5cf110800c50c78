# forms.t - each form in which reports come, found out by its octets; quirks 20, 21 and 36 to 41 of real reporters

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use JSON::PP;
use MIME::Base64;
use POSIX ();
use Test::More;
use Tool;

my $dir = File::Temp->newdir;

# The ids of the reports in a file.
sub ids {
    my ($octets, $name) = @_;
    my $file = "$dir/" . ($name // 'what');
    Httpd::spew($file, $octets);
    my $done = tool('report', '--json', $file);
    return join ' ', (map { $_->{report_id} } @{ decode_json($done->out) }), $done->err =~ s/^mta-sts: \Q$file\E/!/mgr =~ s/\n//gr;
}

my $json = report();
is ids($json),              'id-1 ', 'JSON';
is ids("\xef\xbb\xbf\r\n $json"), 'id-1 ', '... behind a BOM';
is ids(gz($json)),          'id-1 ', 'gzip';
is ids(gz($json), 'report.json'), 'id-1 ', '... called .json';
is ids($json, 'report.gz'), 'id-1 ', 'JSON called .gz';
is ids(zip('r.json' => $json)), 'id-1 ', 'zip';
is ids(zip('a.json' => $json, 'readme.txt' => 'hello', 'b.json.gz' => gz(report('report-id' => 'id-2')))), 'id-1 id-2 ', '... of several files';
is ids(zip('a.json' => $json, 'b.json' => '{"no": 1}', 'c.txt' => 'x')), 'id-1 !: in the zip file, file 2: ' . (ids('{"no": 1}') =~ s/^!: //r), '... of which one begins like a report, and is none';
is ids(zip('b.gz' => substr(gz($json), 0, 100), 'a.json' => $json)), 'id-1 !: in the zip file, file 1: ' . (ids(substr gz($json), 0, 100) =~ s/^!: //r), '... like gzip';
is ids(zip('a.txt' => 'x', 'b.json' => '{', 'c.json' => $json, 'd.json' => '{}')), 'id-1 !: in the zip file, file 2: ' . (ids('{') =~ s/^!: //r) . '; 1 file more is no report', '... of which two do';
is ids(zip('a.json' => $json, 'b.zip' => zip('r.json' => $json))), 'id-1 !: in the zip file, file 2: it is neither JSON nor a gzip file', '... or like a zip file';
is ids(zip('readme.txt' => 'hello', 'a.json' => '{', 'b.json' => '{', 'c.json' => '{')), '!: in the zip file, file 2: ' . (ids('{') =~ s/^!: //r) . '; 2 files more are no reports', '... and none is one';
{
    Httpd::spew("$dir/what", zip('a.json' => $json, 'b.json' => '{'));
    my $done = tool('report', "$dir/what");
    is $done->status, 2, 'a damaged report beside a good one: 2';
    like $done->out, qr/^All is well: /m, '... and the good one is shown';
    Httpd::spew("$dir/what", zip('a.json' => $json, 'readme.txt' => 'hello'));
    $done = tool('report', "$dir/what");
    is $done->status . $done->err, '0', 'a text beside a report: 0, and not a word';
}
is ids(zip('readme.txt' => 'hello')), '!: in the zip file: it is neither JSON nor a gzip file', '... of others';
is ids(substr(zip('r.json' => $json), 0, 100)), '!: the zip file is damaged, or encrypted', '... cut short';
like ids(substr(gz($json), 0, 100)), qr/^!: /, 'gzip cut short';
is ids('[]'), '!: it is neither JSON, gzip, zip, a mail nor a mailbox', 'JSON that is no report';
is ids("[$json]"), ids('[]'), '... with one in it';
is ids(substr $json, 1), ids('[]'), 'JSON without its front: no mail, although it has a colon';
is ids("%PDF-1.7\n"), ids('[]'), 'something else';
is ids('<?xml version="1.0"?><feedback/>'), '!: it is XML, as DMARC reports are; a TLS report is JSON', 'a DMARC report';
is ids(zip('r.xml' => '<?xml version="1.0"?><feedback/>')), '!: in the zip file: it is XML, as DMARC reports are; a TLS report is JSON', '... in zip';
is ids(gz('<?xml version="1.0"?><feedback/>')), '!: the gzip file holds no JSON; was it a DMARC report, which is XML?', '... in gzip';
is ids(zip('r.zip' => zip('r.json' => $json))), '!: in the zip file: it is neither JSON nor a gzip file', 'a zip file in a zip file';
is ids(''), '!: it is empty', 'nothing';
{
    Httpd::spew("$dir/huge", $json);
    truncate "$dir/huge", 3_000_000_000;
    my $huge = tool('report', "$dir/huge");
    is $huge->err, "mta-sts: $dir/huge: it has more than 16 MiB\n", 'a file of 3 GB';
}

is tool_in($json, 'report', '--quiet', '-')->status, 0, 'standard input: JSON';
is tool_in(gz($json), 'report', '--quiet', '-')->status, 0, '... gzip';
is tool_in(mail(), 'report', '--quiet', '-')->status, 0, '... a mail';
is tool_in('', 'report', '-')->err, "mta-sts: standard input: it is empty\n", '... nothing';

# ---- a mail ----

is ids(mail()), 'id-1 ', 'quirk 20: a mail (its subject names another report: the JSON counts)';
is ids(mail() =~ s/^Subject: .*/Subject: Report Domain: Example.COM\n Submitter:\n\treporter.example\n Report-ID:\n 2026.11.01T00.00.00Z+x\@reporter.example/mr), 'id-1 ', '... without brackets, folded four times, dots for colons';
{
    Httpd::spew("$dir/m", mail(domain => 'other.example', name => 'other.example!example.net!1!2.json.gz') =~ s/^TLS-Report-Submitter: .*/TLS-Report-Submitter: another.example/mr =~ s/^From: .*/From: x\@another.example/mr);
    my $told = decode_json(tool('report', '--json', "$dir/m")->out)->[0];
    is "$told->{submitter} $told->{policies}[0]{domain}", 'reporter.example example.com', 'quirk 21: a mail around that is of another report: the JSON counts';
}
is ids("From reporter\@example.com Mon Nov  2 00:10:00 2026\n" . mail()), 'id-1 ', '... with the line of a mailbox';
is ids(mail() =~ s/\n/\r\n/gr), 'id-1 ', '... with CR LF';
is ids(mail(type => 'application/tlsrpt+json', name => 'r.json', packed => $json)), 'id-1 ', '... with JSON';
is ids(mail(type => 'application/zip', name => 'r.zip', packed => zip('r.json' => $json))), 'id-1 ', '... with zip';
is ids(mail(type => 'application/zip', name => 'r.zip', packed => zip('r.json' => $json, 'b.json' => '{'))), 'id-1 !: in the zip file, file 2: ' . (ids('{') =~ s/^!: //r), '... of which one is damaged';
is ids(mail(type => 'application/zip', name => 'r.zip', packed => zip('r.json' => $json, 'readme.txt' => 'hello'))), 'id-1 ', '... beside a text';
for my $type (qw(application/gzip application/x-gzip application/json application/octet-stream text/plain image/png)) {
    is ids(mail(type => $type, name => 'x')), 'id-1 ', "... as $type";
}
is ids(mail(type => 'application/tlsrpt+gzip', packed => 'nonsense')), '!: it is neither JSON nor a gzip file', 'a part that says that it is a report, and is none';
is ids("Subject: hello\n\nHow are you?\n"), '!: the mail holds no report', 'a mail without';
is ids(mail() =~ s/^Content-Type: application/ContentType: application/mr), 'id-1 ', 'a part whose type is misspelt';
is ids(mail() =~ s{^Content-Type: text/plain.*}{Content-Type: text/html}mr =~ s/(?=--b1--)/--b1\nContent-Type: text\/plain\n\n\n/r), 'id-1 ', 'a part in HTML, an empty one behind';
is ids("Subject: x\nContent-Type: application/tlsrpt+json\n\n$json"), 'id-1 ', 'a report that is the whole mail';
is ids("Subject: x\nMIME-Version: 1.0\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n\n" . encode_base64(gz($json), '') . "\n"), 'id-1 ', 'base64 in one line';
is ids("Subject: x\nMIME-Version: 1.0\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n\n" . encode_base64(gz($json)) =~ s/(.{30})/$1!*-. /gr), 'id-1 ', 'base64 with other characters in it';
is ids("Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/tlsrpt\n\n" . gz($json) . "\n--b--\n"), 'id-1 ', 'a part without suffix and encoding';
my $named = "\x1f\x8b\x08\x08" . substr(gz($json), 4, 6) . "a name.json\0" . substr(gz($json), 10);
is ids(mail(packed => $named)), 'id-1 ', 'gzip with a file name in it';
is ids("Subject: Fwd\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n" . mail()), 'id-1 ', 'a mail within a mail';
my $two = mail() =~ s/^--b1--$/--b1\nContent-Type: application\/tlsrpt+json\n\n@{[report('report-id' => 'id-2')]}\n--b1--/mr;
is ids($two), 'id-1 id-2 ', 'two reports in one mail';

Httpd::spew("$dir/m", mail(json => report(policy => { 'policy-domain' => undef }), domain => 'hint.example.com'));
is decode_json(tool('report', '--json', "$dir/m")->out)->[0]{policies}[0]{domain}, 'hint.example.com', 'a policy without domain gets that of TLS-Report-Domain';

my $inner = "--b1\nContent-Type: message/rfc822\n\nTLS-Report-Domain: inner.example\nSubject: x\n\nhello\n\n";
Httpd::spew("$dir/m", mail(json => report(policy => { 'policy-domain' => undef }), domain => 'outer.example') =~ s/(?=--b1\nContent-Type: application)/$inner/r);
is decode_json(tool('report', '--json', "$dir/m")->out)->[0]{policies}[0]{domain}, 'outer.example', '... that of the mail that it is in, not of another one in there';

# ---- mailboxes ----

my $box = join '', map { "From r\@example.com Mon Nov  2 00:10:00 2026\n" . ($_ % 10 ? mail(json => report('report-id' => "id-$_")) : "Subject: other\n\nFrom here on:\n>From x\n") . "\n" } 1 .. 100;
is ids($box), join(' ', map { $_ % 10 ? "id-$_" : () } 1 .. 100) . ' ', 'an mbox of 100 mails: the reports among them';
is ids($box =~ s/\n/\r\n/gr), join(' ', map { $_ % 10 ? "id-$_" : () } 1 .. 100) . ' ', '... with CR LF';
is ids("From x\n" . mail() =~ s/^(This is a report.*)/$1\nFrom here on it goes./mr), 'id-1 ', 'a line "From " that is behind no empty one is text';
is ids("From r\@example.com Mon Nov  2 00:10:00 2026\nSubject: x\n\nhello\n\nFrom r\@example.com Mon Nov  2 00:10:00 2026\nSubject: x\n\nhello\n"), '!: no mail of the mailbox is a report', 'an mbox without';
is ids("From r\@example.com x\n" . mail(packed => 'broken') . "\nFrom r\@example.com x\n" . mail()), 'id-1 !, mail 1: it is neither JSON nor a gzip file', 'a broken report in an mbox is named';

Httpd::spew("$dir/Maildir/new/2.host", mail(json => report('report-id' => 'new-2')));
Httpd::spew("$dir/Maildir/new/1.host", mail(json => report('report-id' => 'new-1')));
Httpd::spew("$dir/Maildir/cur/3.host:2,S", mail(json => report('report-id' => 'cur-3')));
Httpd::spew("$dir/Maildir/cur/4.host:2,S", "Subject: other\n\nno report\n");
Httpd::spew("$dir/Maildir/tmp/5.host", mail(json => report('report-id' => 'tmp-5')));
Httpd::spew("$dir/Maildir/.Sub/cur/6.host", mail(json => report('report-id' => 'sub-6')));
Httpd::spew("$dir/Maildir/cur/.nfs0001", mail(json => report('report-id' => 'hidden')));
mkdir "$dir/Maildir/cur/folder";
POSIX::mkfifo("$dir/Maildir/cur/fifo", 0600) or die "$!\n";    # would be waited for
my $maildir = tool('report', '--json', "$dir/Maildir");
is_deeply [map { $_->{report_id} } @{ decode_json($maildir->out) }], [qw(new-1 new-2 cur-3)], 'a Maildir: new and cur, and neither tmp nor another folder';
is $maildir->status . $maildir->err, '0', '... in which other mails do not matter';
mkdir "$dir/empty"; mkdir "$dir/empty/new"; mkdir "$dir/empty/cur";
my $empty = tool('report', "$dir/empty");
is $empty->status . $empty->err, "0mta-sts: $dir/empty: no mail of the Maildir is a report\n", '... an empty one: no failures, and a word';
is tool('report', '--quiet', "$dir/empty")->err, '', '... not with --quiet';
Httpd::spew("$dir/empty/cur/1", "\x7fELF");
Httpd::spew("$dir/empty/cur/2", mail());
my $with = tool('report', "$dir/empty");
is $with->status . $with->err, "0mta-sts: $dir/empty/cur/1: it is no mail; passed over\n", '... what is no mail in it is passed over';
Httpd::spew("$dir/empty/cur/3", mail(packed => 'broken'));
is tool('report', '--quiet', "$dir/empty")->status, 2, '... a report in it that cannot be read: 2';

done_testing;
