# Store.pm - a store of reports for the tests of what is shown of it: filled by the intake, from the spool
#
#   my $store = Store->new($httpd->root);           # ROOT/spool, ROOT/reports.sqlite3; or a store as second argument
#   $store->add(trust => 2, channel => 'mail', reports => [report(...), ...]);
#
# Reports are those of Report.pm, one line each. The files belong to the user as whom httpd runs.

package Store;

use strict;
use warnings;
use File::Temp ();
use Httpd::Tools qw(run spew slurp);
use FindBin;

# core/spool.h
my %CHANNEL = (https => 0, mail => 1, file => 2);

sub new {
    my ($class, $root, $where) = @_;
    return bless { root => $root, where => $where || "sqlite3:$root/reports.sqlite3", drain => ($ENV{MODULE_DIR} || "$FindBin::Bin/../../build") . '/tlsrpt/drain' }, $class;
}

sub where { $_[0]{where} }

sub add {
    my ($self, %what) = @_;
    my $list = File::Temp->new;
    spew("$list", join '', map { s/\s*\n\s*/ /gr . "\n" } @{ $what{reports} });
    my $put = sprintf '"%s" put "%s/spool" %d %d %d <"%s"', $self->{drain}, $self->{root}, $CHANNEL{ $what{channel} }, $what{trust}, time, $list;
    for my $command (['sh', '-c', $put], [$self->{drain}, 'run', "$self->{root}/spool", $self->where, time]) {
        my $done = run(@$command);
        die "drain: " . $done->err if $done->status;
    }
    if (!$>) {
        my ($user) = grep { defined getpwnam $_ } qw(www-data nobody);
        my @user = (getpwnam $user)[2, 3];
        chown @user, $self->{root}, $self->{where} =~ /^sqlite3:(.*)/ ? glob("$1*") : ();
    }
    return;
}

1;
