# Clock.pm - a clock for httpd that the test sets: so many seconds ahead of the system's, read by httpd at each look
#
#   my $clock = Clock->new;
#   my $httpd = $clock->start($conf, tlsrpt => 1);     # as Httpd->start, with the clock as it is
#   $clock->ahead(3600);                               # from now on; less than before: it is set back
#
# It needs libfaketime, which does not start together with the sanitizers: a test skips itself where $ENV{HTTPD_PRELOAD}
# is set.

package Clock;

use strict;
use warnings;

use File::Temp ();
use Httpd;
use Httpd::Tools qw(spew);

sub new {
    my ($class) = @_;
    my ($library) = glob '/usr/lib/*/faketime/libfaketimeMT.so.1' or die "This test needs libfaketime, of Debian's package of that name.\n";
    my $self = bless { library => $library, folder => File::Temp->newdir('clock-XXXXXX', TMPDIR => 1) }, $class;
    chmod 0755, "$self->{folder}";
    $self->ahead(0);
    return $self;
}

sub ahead {
    my ($self, $seconds) = @_;
    my $folder = $self->{folder};
    spew("$folder/next", sprintf "%+d\n", $seconds);
    rename "$folder/next", "$folder/clock" or die "$!\n";
    return;
}

sub start {
    my ($self, $conf, @option) = @_;
    local %ENV = (%ENV, FAKETIME_TIMESTAMP_FILE => "$self->{folder}/clock", FAKETIME_NO_CACHE => 1, FAKETIME_DONT_FAKE_MONOTONIC => 1,
        NO_FAKE_STAT => 1, FAKETIME_DISABLE_SHM => 1, HTTPD_PRELOAD => $self->{library});
    return Httpd->start($conf, @option);
}

1;
