# Storing.pm - what t/tlsrpt/store-*.t ask of each database: nothing lost, nothing counted twice
#
#   Storing->new('pgsql')->all;

package Storing;

use strict;
use warnings;

use Cwd qw(abs_path);
use Database;
use File::Basename qw(basename dirname);
use File::Temp ();
use Httpd::Tools qw(run slurp spew);
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

my $ROOT  = abs_path(dirname(__FILE__) . '/../..');
my $DRAIN = "$ROOT/build/tlsrpt/drain";
my @UNITS = map { basename($_, '.c') } glob "$ROOT/t/unit/store_*.c";
my $NOW   = 1795600000;    # 2026-11-25
my $REPORTS = 150;
my $KILLS   = 20;
my $WRITING = 'pwrite64,fdatasync,fsync,?rename,renameat,renameat2,sendto';

sub new {
    my ($class, $driver) = @_;
    -x or die "There is no $_: run make units first.\n" for $DRAIN, map { "$ROOT/build/unit/$_" } @UNITS;
    chdir $ROOT or die "$!\n";
    my $dir = File::Temp->newdir('storing-XXXXXX', TMPDIR => 1);
    chmod 0755, "$dir";
    return bless { db => Database->start($driver), driver => $driver, dir => $dir, spool => "$dir/spool" }, $class;
}

sub db { $_[0]{db} }

sub drain { my ($self, @arguments) = @_; return run($DRAIN, @arguments) }
sub store_all { my ($self) = @_; return run($DRAIN, 'run', $self->{spool}, $self->db->store, $NOW) }
sub waiting { my ($self) = @_; return scalar(() = glob "$self->{spool}/new/*") }

# Reports of five reporters and seven domains. Every tenth has the key of another and other numbers: a conflict; every
# seventh is about a domain of others as well.
sub fill {
    my ($self) = @_;
    my ($ok, $failed) = (0, 0);
    my @lines;
    for my $n (1 .. $REPORTS) {
        my $again = $n % 10 == 0;
        my $id = $again ? $n - 1 : $n;
        my $good = $again ? 1_000_000 : $n;
        my @policies = ({
            policy => { 'policy-type' => 'sts', 'policy-domain' => 'd' . $id % 7 . '.example.com', 'mx-host' => ['mx.example.com'] },
            summary => { 'total-successful-session-count' => $good, 'total-failure-session-count' => 3 },
            'failure-details' => [{ 'result-type' => 'certificate-expired', 'failed-session-count' => 3,
                'receiving-mx-hostname' => "mx$n.example.com", 'sending-mta-ip' => '192.0.2.7' }],
        });
        push @policies, { policy => { 'policy-type' => 'sts', 'policy-domain' => 'example.org' },
            summary => { 'total-successful-session-count' => 77, 'total-failure-session-count' => 77 } } if $n % 7 == 0 && !$again && $n % 10 != 9;
        push @lines, JSON::PP->new->canonical->encode({
            'organization-name' => 'Example', 'contact-info' => 'mailto:a@r' . $id % 5 . '.example.net', 'report-id' => "id-$id",
            'date-range' => { 'start-datetime' => '2026-11-20T00:00:00Z', 'end-datetime' => '2026-11-20T23:59:59Z' },
            policies => \@policies,
        });
        next if $again;
        $ok     += $n;
        $failed += 3;
    }
    # The firsts are there before their conflicts are: by the time of the files.
    mkdir $self->{spool};
    my $file = "$self->{dir}/lines";
    for my $part ([grep { !/1000000/ } @lines], [grep { /1000000/ } @lines]) {
        spew($file, join '', map { "$_\n" } @$part);
        system("'$DRAIN' put '$self->{spool}' 0 0 $NOW <'$file'") == 0 or die "put: failed\n";
    }
    my $old = 1_000_000_000;
    for my $entry (glob "$self->{spool}/new/*") {
        utime $old, $old, $entry unless slurp($entry) =~ /1000000/;
    }
    $self->{want} = "$ok $failed $failed " . ($REPORTS * 0.9);
}

# Back to new/, as the manual has it.
sub move_back { rename $_, s{/raw/}{/new/}r =~ s/\.foreign\z//r for @_ }

# All reports wait again, and the store is empty.
sub rewind {
    my ($self) = @_;
    move_back(glob "$self->{spool}/raw/*");
    $self->db->sql("DELETE FROM tlsrpt_$_") for qw(failure policy count day ptext report);
}

# Good sessions, failed ones, those by result type, reports; and that no row is left over from half a report.
sub totals {
    my ($self) = @_;
    my $sum = sub { $self->db->sql("SELECT COALESCE(SUM($_[0]), 0) FROM tlsrpt_$_[1]") =~ s/\s+//gr };
    return join ' ', $sum->('sessions', "day WHERE rtype = 'ok'"), $sum->('sessions', "day WHERE rtype = 'failed'"),
        $sum->('sessions', "day WHERE rtype = 'certificate-expired'"), $sum->('1', 'report');
}

sub exact {
    my ($self, $name) = @_;
    is $self->totals, $self->{want}, $name;
    is $self->waiting, 0, '... and nothing waits';
    my $rows = $self->db->sql('SELECT COUNT(*) FROM tlsrpt_policy') + 0;
    is $rows, $REPORTS * 0.9, '... each report has its rows once';
    is $self->db->sql('SELECT COUNT(*) FROM tlsrpt_failure') + 0, $rows, '... and its failures';
    is $self->db->sql('SELECT SUM(conflicts) FROM tlsrpt_report') + 0, $REPORTS / 10, '... each conflict is counted once';
}

# With a number: it gets SIGKILL at so many calls by which it writes, renames or talks to a database.
sub spawn {
    my ($self, $spool, $call) = @_;
    my @killed = $call ? (qw(strace -f -o /dev/null -e), "inject=$WRITING:signal=KILL:when=$call") : ();
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDOUT, '>>', "$self->{dir}/out";
        open STDERR, '>&', \*STDOUT;
        exec @killed, $DRAIN, 'run', $spool || $self->{spool}, $self->db->store, $NOW or POSIX::_exit(127);
    }
    return $pid;
}

# ---- the manual ----

# The SQL blocks of docs/tlsrpt-store.md that belong to a database, run as they are; then its user makes the tables.
sub manual {
    my ($self, $store, @blocks) = @_;
    my @sql = slurp("$ROOT/docs/tlsrpt-store.md") =~ /^```sql\n(.*?)^```$/msg;
    is scalar(@sql), 3, 'docs/tlsrpt-store.md has three blocks of SQL';
    my $spool = "$self->{dir}/manual";
    mkdir $spool;
    spew("$self->{dir}/line", (split /^/, slurp("$self->{dir}/lines"))[0]);
    for my $block (@blocks) {
        $self->db->sql($_) for grep { /\S/ } split /;/, $sql[$block];
        system("'$DRAIN' put '$spool' 0 0 " . ($NOW + $block) . " <'$self->{dir}/line'") == 0 or die "put: failed\n";
        my $done = run($DRAIN, 'run', $spool, $store, $NOW);
        is $done->status, 0, 'the user of the manual stores a report' or diag $done->err;
        move_back(glob "$spool/raw/*");
    }
    is run($DRAIN, 'ask', $store, 'SELECT copies FROM tlsrpt_report', 1)->out, "1\n", '... and reads it';
}

# ---- what is asked ----

# One unit test after the other: each empties the store.
sub promises {
    my ($self) = @_;
    local $ENV{STORE} = $self->db->store;
    my $all = 0;
    for my $unit (@UNITS) {
        my $done = run("$ROOT/build/unit/$unit");
        my @bad = grep { /^not ok/ } split /\n/, $done->out;
        is $done->status, 0, "the promises of t/unit/$unit.c hold" or diag join "\n", @bad, $done->err;
        my $promised = () = slurp("$ROOT/t/unit/$unit.c") =~ /^ +PROMISE\(/mg;
        is scalar(() = $done->out =~ /^ok/mg), $promised, '... and were looked at';
        $all += $promised;
    }
    cmp_ok $all, '>=', 40, '... of all subjects';
}

sub killed {
    my ($self) = @_;
    $self->rewind;
    my $cut = 0;
    for my $n (1 .. $KILLS) {
        waitpid $self->spawn($self->{spool}, 7 * $n), 0;
        $cut++ if $? == 9;
        $self->rewind_some if !$self->waiting;
    }
    cmp_ok $cut, '>', 9, "SIGKILL hit it $cut times";
    is $self->store_all->status, 0, '... then it runs to the end';
    $self->exact('killed at any moment: the totals are exact');
}

# What was stored comes again, as after a kill before the entries have moved.
sub rewind_some {
    my ($self) = @_;
    move_back(grep { slurp($_) !~ /"id-\d*9"/ } glob "$self->{spool}/raw/*");
}

# First of one spool; then each of its own, so that they store different reports of the same day, domain and submitter.
sub two_at_once {
    my ($self) = @_;
    my $other = "$self->{spool}-2";
    mkdir $other;
    is run($DRAIN, 'put', $other, 0, 0, $NOW)->status, 0, 'another spool';
    for my $spool ($self->{spool}, $other) {
        $self->rewind;
        my (%aside, $n);
        if ($spool eq $other) {    # the conflicts come later, because the first of two would stay
            for my $entry (glob "$self->{spool}/new/*") {
                my $name = $entry =~ s{.*/}{}r;
                my $to = slurp($entry) =~ /1000000/ ? ($aside{$entry} = "$self->{dir}/$name") : $n++ % 2 ? "$other/new/$name" : next;
                rename $entry, $to or die "$entry: $!\n";
            }
        }
        my @pids = ($self->spawn, $self->spawn($spool));
        waitpid $_, 0 for @pids;
        run($DRAIN, 'run', $other, $self->db->store, $NOW);
        rename $aside{$_}, $_ for keys %aside;
        is run($DRAIN, 'run', $_, $self->db->store, $NOW)->status, 0, 'two at once' for $other, $self->{spool};
        is $self->totals, $self->{want}, '... the totals are exact';
        is $self->waiting, 0, '... and nothing waits';
    }
    rename $_, "$self->{spool}/raw/" . s{.*/}{}r for glob "$other/raw/*";
}

sub away {
    my ($self) = @_;
    $self->rewind;
    my $all = $self->waiting;
    $self->db->stop;
    my $done = $self->store_all;
    is $done->status, 75, 'the database is away: not done';
    like $done->err, qr/^The database says: .+/, '... with a sentence';
    unlike $done->err, qr/s3cret/, '... without a password';
    is $self->waiting, $all, '... and all reports wait';
    $self->db->start_again;
    for my $n (1 .. 3) {    # it goes away in the middle
        my $pid = $self->spawn;
        sleep 0.03 * $n;
        $self->db->stop;
        waitpid $pid, 0;
        $self->db->start_again;
    }
    is $self->store_all->status, 0, '... back: done';
    $self->exact('away and back: the totals are exact');
}

sub read_only {
    my ($self, $on, $off) = @_;
    $self->rewind;
    my $all = $self->waiting;
    $on->();
    my $done = $self->store_all;
    is $done->status, 75, 'read only: not done';
    like $done->err, qr/read.?only/i, '... with a sentence';
    is $self->waiting, $all, '... and all reports wait';
    $off->();
    is $self->store_all->status, 0, '... writable: done';
    $self->exact('... the totals are exact');
}

1;
