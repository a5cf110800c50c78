# Tools.pm - what Httpd.pm and the tests need of the system: programs run to their end, files, waiting, certificates

package Httpd::Tools;

use strict;
use warnings;

use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp ();
use IPC::Open3;
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(run slurp spew wait_until certificate $PATIENCE);
our $PATIENCE = $ENV{HTTPD_WRAPPER} ? 300 : 60;    # seconds until a wait counts as hung

# Runs a program to its end, or to the end of our patience: ->status ->out ->err
sub run {
    my @command = @_;
    my ($out, $err) = map { File::Temp->new } 1, 2;
    open my $null, '<', '/dev/null' or die $!;
    my $pid = open3('<&' . fileno $null, '>&' . fileno $out, '>&' . fileno $err, @command);
    local $SIG{ALRM} = sub { kill 'KILL', $pid };
    alarm $PATIENCE;
    waitpid $pid, 0;
    my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    alarm 0;
    return Httpd::Result->new(status => $status, out => slurp("$out"), err => slurp("$err"));
}

# A whole file, or what it has from an offset on; '' if it is not there.
sub slurp {
    my ($file, $from) = @_;
    open my $in, '<:raw', $file or return '';
    seek $in, $from || 0, 0;
    local $/;
    return <$in> // '';
}

sub spew {
    my ($file, $content) = @_;
    make_path(dirname($file));
    open my $out, '>:raw', $file or die "$file: $!\n";
    print {$out} $content;
    close $out or die "$file: $!\n";
}

# Waits until the code is true; what it was waiting for is named in the error.
sub wait_until {
    my ($what, $code) = @_;
    my $end = time + $PATIENCE;
    until ($code->()) {
        die "waited $PATIENCE seconds for: $what\n" if time > $end;
        sleep 0.01;
    }
}

# ROOT/ca.pem, and cert.pem with key.pem for these names, good for 90 days; certificate($root, {days => -1}, @names)
# makes one that has expired, {self_signed => 1} one that is not from the CA.
my $ca;

sub certificate {
    my ($root, @names) = @_;
    my %how = (days => 90, ref $names[0] ? %{ shift @names } : ());
    make_path($root);
    my @p256 = qw(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes);
    if (!$ca) {
        $ca = File::Temp->newdir;
        _openssl(qw(req -x509 -days 90 -subj /CN=throw-away-CA), @p256, '-keyout', "$ca/key", '-out', "$ca/cert");
    }
    spew("$root/names", 'subjectAltName=' . join(',', map { "DNS:$_" } @names) . "\n");
    _openssl(qw(req -new -subj), "/CN=$names[0]", @p256, '-keyout', "$root/key.pem", '-out', "$root/csr");
    _openssl(qw(x509 -req -days), $how{days}, $how{self_signed} ? ('-signkey', "$root/key.pem") : ('-CAcreateserial', '-CA', "$ca/cert", '-CAkey', "$ca/key"),
        '-extfile', "$root/names", '-in', "$root/csr", '-out', "$root/cert.pem");
    spew("$root/ca.pem", slurp("$ca/cert"));
}

sub _openssl {
    my $done = run('openssl', @_);
    die "openssl @_: " . $done->err if $done->status;
}

# ---- what came out ---------------------------------------------------------

package Httpd::Result;

sub new { my $class = shift; return bless {@_}, $class }

# The last answer of what curl -i printed: 1xx answers before it are skipped.
sub of_http {
    my ($class, $raw) = @_;
    my ($head, $body) = split /\r\n\r\n/, $raw, 2;
    ($head, $body) = split /\r\n\r\n/, $body, 2 while defined $body && $head =~ m{^HTTP/\S+ 1\d\d};
    my ($line, @fields) = split /\r\n/, $head // '';
    my ($version, $code) = ($line // '') =~ m{^HTTP/(\S+) (\d+)};
    return $class->new(raw => $raw, version => $version // '', code => $code // 0, body => $body // '',
        fields => [map { [split /:\s*/, $_, 2] } @fields]);
}

sub status  { $_[0]{status} }     # of a program
sub out     { $_[0]{out} }
sub err     { $_[0]{err} }
sub code    { $_[0]{code} }       # of a request; 0 when there was no answer
sub version { $_[0]{version} }
sub body    { $_[0]{body} }
sub raw     { $_[0]{raw} }

# All values of one header field; as a scalar, joined, and '' without any.
sub header {
    my ($self, $name) = @_;
    my @values = map { $_->[1] } grep { lc $_->[0] eq lc $name } @{ $self->{fields} };
    return wantarray ? @values : join ', ', @values;
}

# Names of the header fields, in lower case, sorted.
sub headers { sort map { lc $_->[0] } @{ $_[0]{fields} } }

1;
