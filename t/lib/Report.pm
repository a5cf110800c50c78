# Report.pm - TLS reports (RFC 8460) for the tests of the receiver, and what has become of them in its spool
#
#   my $json = report(id => 'a', domain => 'example.com', good => 5, failures => [{ ... }]);
#   is post($httpd, gz($json))->code, 201;
#   is_deeply [sort(waiting($httpd))], [sha256_hex($json)];

package Report;

use strict;
use warnings;

use Compress::Raw::Zlib;
use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use Httpd::Tools qw(slurp spew);
use JSON::PP;
use POSIX qw(strftime);

our @EXPORT = qw(report policy day gz post waiting entry bad_bodies sha256_hex $NO_STORE);

# What `TLSRPTStore dbd` says without mod_dbd. Reports stay in new/ then, where the tests of the receiver look for them.
our $NO_STORE = qr/TLSRPT040: /;

my $json = JSON::PP->new->canonical->utf8;
my $posts = 0;

# RFC 3339, so many days ago (1), and at what time of that day.
sub day {
    my ($ago, $clock) = @_;
    return strftime("%Y-%m-%dT", gmtime(time - 86400 * ($ago // 1))) . ($clock // '00:00:00') . 'Z';
}

sub policy {
    my %is = @_;
    return {
        policy => { 'policy-type' => $is{type} || 'sts', 'policy-domain' => $is{domain} // 'example.com' },
        summary => { 'total-successful-session-count' => $is{good} // 1, 'total-failure-session-count' => $is{bad} // 0 },
        $is{failures} ? ('failure-details' => $is{failures}) : (),
    };
}

# A report of yesterday, as text; what is undef is left out.
sub report {
    my %is = (id => 'one', org => 'Example Mail', contact => 'mailto:postmaster@example.net', @_);
    my %report = (
        'organization-name' => $is{org}, 'contact-info' => $is{contact}, 'report-id' => $is{id},
        'date-range' => { 'start-datetime' => $is{start} || day(1), 'end-datetime' => $is{end} || day(1, '23:59:59') },
        policies => $is{policies} || [policy(%is)],
    );
    return $json->encode({ map { $_ => $report{$_} } grep { defined $report{$_} } keys %report });
}

# As gzip.compress() of Python does it: level 9, with the time, and 255 for an unknown system.
sub gz {
    my ($text, $time) = @_;
    my ($z) = Compress::Raw::Zlib::Deflate->new(-Level => 9, -WindowBits => -15, -AppendOutput => 1);
    my $out = pack 'CCCCVCC', 0x1f, 0x8b, 8, 0, $time // time, 2, 255;
    $z->deflate($text, $out);
    $z->flush($out);
    return $out . pack 'VV', crc32($text), length($text) & 0xffffffff;
}

# POST to /tlsrpt: on a connection of its own, or through curl with options of get(). Options: headers, path, curl => {}
sub post {
    my ($httpd, $body, %option) = @_;
    my @headers = @{ $option{headers} || ['Content-Type: application/tlsrpt+gzip'] };
    my $path = $option{path} || '/tlsrpt';
    local $SIG{PIPE} = 'IGNORE';    # an answer may come before the end of the body
    return Httpd::Result->of_http($httpd->talk(join("\r\n", "POST $path HTTP/1.1", 'Host: localhost', 'Connection: close', @headers,
        'Content-Length: ' . length $body, '', $body))) unless $option{curl};
    my $file = $httpd->root . '/post-' . $$ . '-' . $posts++;
    spew($file, $body);
    my $answer = $httpd->get('localhost', $path, method => 'POST', data => "\@$file", headers => \@headers, %{ $option{curl} });
    unlink $file;
    return $answer;
}

# ---- the spool, at ROOT/spool ----

sub _names { my ($httpd, $folder) = @_; return sort map { s{.*/}{}r } glob $httpd->root . "/spool/$folder/*" }

# The digests of what was taken: it waits in new/, or is stored and in raw/ already. (While it moves it may be seen in
# both, or in none if raw/ is looked at first.)
sub waiting {
    my %taken = map { s/-\d\z//r => 1 } _names($_[0], 'new'), _names($_[0], 'raw');
    my @taken = sort keys %taken;
    return @taken;
}

# The lines in front of an entry, as a hash, and its JSON: ($head, $json)
sub entry {
    my ($httpd, $digest, $trust) = @_;
    my $name = "$digest-" . ($trust // 0);
    my ($there) = grep { length } map { slurp($httpd->root . "/spool/$_/$name") } qw(new raw);
    my ($head, $text) = split /\n\n/, $there, 2;
    return ({ map { split /: /, $_, 2 } split /\n/, $head // '' }, $text);
}

# What is kept in bad/: texts.
sub bad_bodies { my ($httpd) = @_; return map { slurp($httpd->root . "/spool/bad/$_") } _names($httpd, 'bad') }

1;
