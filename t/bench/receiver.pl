# receiver.pl - what the receiver costs those who ask for policies, and whether it loses a report
#
#   perl t/bench/receiver.pl load [SECONDS ROUNDS [plain]]   200 reports a second beside policies; 60 s, 3 rounds
#   perl t/bench/receiver.pl tiny [COUNT]                    100,000 tiny reports as fast as 8 connections send them
#
# load: three phases in each round, in changing order, so that what else the machine does disturbs all alike; a short
# round before them is not counted.
#
#   quiet     policies alone: 47 visits a second, each a connection, a full handshake, a request; not 50, or each would
#             come as long before or after a report as the first
#   reports   the same, and 200 reports a second: POST over TLS, a connection each, SQLite behind (plain: over HTTP, on
#             connections that are kept, as from a proxy)
#   nothing   the same, and 200 such POSTs a second to a file, whose body httpd throws away: what the machine, the client
#             and TLS cost, without the receiver
#
# tiny: all of one day, domain and reporter, the worst for the store.
#
# Prints p50 and p99 of the visits in milliseconds, counted from when each was due, for each phase, and the medians over
# the rounds of the ratios within a round. Afterwards each report must be in SQLite exactly once.

use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(run slurp spew);
use JSON::PP;
use List::Util qw(sum max);
use Report;
use Time::HiRes qw(time sleep);

my $OUT = abs_path("$FindBin::Bin/../..") . '/build/bench';
my ($REPORTS, $VISITS) = (200, 47);    # a second
$| = 1;

my $CONF = <<'CONF';
TLSRPTSpool  ROOT/spool
TLSRPTDomain *.example.com
TLSRPTQuota  none none none
LogFormat "%h %t \"%r\" %>s %b" common
CustomLog ROOT/access.log common
ServerLimit 6
ThreadsPerChild 25
MaxRequestWorkers 150
MinSpareThreads 25
MaxSpareThreads 75
StartServers 2
MaxKeepAliveRequests 0
DocumentRoot ROOT/docs
<VirtualHost *:TLSPORT>
    ServerName mta-sts.example.com
    SSLEngine on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    MTASTSEngine on
    MTASTSMX mail.example.com
    MTASTSReportTo https://reports.example.com/tlsrpt
</VirtualHost>
<VirtualHost *:TLSPORT>
    ServerName reports.example.com
    SSLEngine on
    SSLCertificateFile    ROOT/cert.pem
    SSLCertificateKeyFile ROOT/key.pem
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF

my ($what, @numbers) = @ARGV;
my %DOES = (load => \&load, tiny => \&tiny);
my $does = $DOES{ $what // '' } or die "usage: see the head of receiver.pl\n";
system('mkdir', '-p', $OUT) == 0 or die "$OUT\n";
system(qw(cc -std=gnu99 -O2 -Wall -Wextra -o), "$OUT/rate", "$FindBin::Bin/rate.c", qw(-lcurl -lpthread)) == 0
    or die "This needs libcurl4-openssl-dev.\n";
my $httpd = Httpd->start($CONF, tlsrpt => 1, modules => [qw(ssl log_config mime)], certificate => [qw(mta-sts.example.com reports.example.com)],
    files => { 'docs/file' => 'nothing' });
$does->(@numbers);
my @bad = $httpd->end;
print map { "$_\n" } @bad;
exit @bad;

# ---- reports ----

# A file of so many different reports, as rate.c reads them.
sub bodies {
    my ($count, $first, $json) = @_;
    my $file = $httpd->root . "/bodies";
    open my $out, '>:raw', $file or die "$file: $!\n";
    for my $n ($first .. $first + $count - 1) {
        my $body = $json->($n);
        print {$out} length $body, "\n", $body;
    }
    close $out or die "$file: $!\n";
    return $file;
}

# As large providers send them to who has a thousand domains: policy, MX hosts, in every fifth some failures.
sub realistic {
    my ($n) = @_;
    our @template;
    if (!@template) {
        my @string = ('version: STSv1', 'mode: testing', (map { "mx: mx$_.example.com" } 1 .. 5), 'max_age: 604800');
        for my $failures (0, 3) {
            my $policy = policy(domain => 'DOMAIN', good => 471100, bad => 47 * ($failures > 0), $failures ? (failures => [map { {
                'result-type' => (qw(x certificate-expired validation-failure starttls-not-supported))[$_],
                'sending-mta-ip' => "192.0.2.$_", 'receiving-ip' => "198.51.100.$_", 'receiving-mx-hostname' => "mx$_.example.com",
                'failed-session-count' => $_ * 5, 'failure-reason-code' => 'X509_V_ERR_CERT_HAS_EXPIRED' } } 1 .. $failures]) : ());
            $policy->{policy}{'policy-string'} = \@string;
            $policy->{policy}{'mx-host'} = [map { "mx$_.example.com" } 1 .. 5];
            push @template, report(id => 'ID', org => 'Example Mail Incorporated', contact => 'mailto:tls-reports@rREPORTER.example.net', policies => [$policy]);
        }
    }
    my ($domain, $reporter) = ($n % 1000, int $n / 1000);
    return gz($template[$n % 5 == 0] =~ s/"ID"/"\@{[day(1)]}_$n"/r =~ s/471100/$n/r =~ s/DOMAIN/d$domain.example.com/r =~ s/REPORTER/$reporter/r);
}

sub sqlite {
    my ($sql) = @_;
    my $done = run('sqlite3', $httpd->root . '/spool/reports.sqlite3', '.timeout 9000', $sql);
    die $done->err if $done->status;
    return $done->out =~ s/\s+\z//r;
}

# Waits until the spool is empty: the seconds that took.
sub stored {
    my $from = time;
    my $left = 1;
    while ($left) {
        sleep 0.2;
        opendir my $new, $httpd->root . '/spool/new' or die "new/: $!\n";
        $left = grep { !/^\./ } readdir $new;
        die "$left reports are not stored after 15 minutes\n" if $left && time > $from + 900;
    }
    return time - $from;
}

# ---- asking ----

sub spawn {
    my ($file, @arguments) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    open STDOUT, '>', $file or POSIX::_exit(1);
    exec "$OUT/rate", @arguments or POSIX::_exit(127);
}

# What `rate` printed: the statuses, as {status => how many}, and the times, sorted.
sub results {
    my ($file) = @_;
    my (%status, @took);
    for (split /\n/, slurp($file)) {
        my ($code, $ms) = split / /;
        $status{$code}++;
        push @took, $ms;
    }
    return (\%status, sort { $a <=> $b } @took);
}

sub at { my ($part, @sorted) = @_; return $sorted[int($part * $#sorted + 0.5)] }
sub median { return at(0.5, sort { $a <=> $b } @_) }

# User and system time of a process or thread so far, in seconds; 0 when it has ended.
sub ran {
    my ($stat) = @_;
    open my $in, '<', $stat or return 0;
    my $line = <$in> // return 0;
    return sum((split ' ', $line =~ s/^\d+ \(.*\) //sr)[11, 12]) / 100;
}

# Of httpd, and of its busiest thread.
sub cpu        { return sum(map { ran("/proc/$_/stat") } $httpd->children) }
sub intake_cpu { return max(map { ran($_) } map { glob "/proc/$_/task/*/stat" } $httpd->children) }

# Busy time of the machine, and of what this script started and has waited for, in seconds; with httpd's own they say
# how much of the machine somebody else had.
sub busy { my @t = (split ' ', slurp('/proc/stat') =~ /^cpu\s+(.*)/ ? $1 : '')[0 .. 2, 5 .. 7]; return sum(@t) / 100 }
sub own  { return sum(times) }

sub rss { return max(map { slurp("/proc/$_/status") =~ /^VmRSS:\s+(\d+)/m } $httpd->children) / 1024 }

# ---- load ----

sub load {
    my ($seconds, $rounds, $how) = ($_[0] || 60, $_[1] || 3, $_[2] // 'tls');
    my $tls = $httpd->port('TLSPORT');
    my ($base, $fresh) = $how eq 'plain' ? ('http://localhost:' . $httpd->port, 'kept') : ("https://reports.example.com:$tls", 'fresh');
    my ($sent, $longest, %ms) = (0, 0);
    my $size = 0;
    my $asked = $seconds;
    for my $round (0 .. $rounds) {    # round 0 warms httpd, the database and the disk: printed, not counted
        $seconds = $round ? $asked : 5;
        my @phases = (qw(quiet reports nothing))[map { ($_ + $round - 1) % 3 } 0 .. 2];
        for my $phase (@phases) {
            my $count = $REPORTS * $seconds;
            my ($other, $file);
            if ($phase ne 'quiet') {
                $file = bodies($count, 1 + $sent, \&realistic);
                $size = (-s $file) / $count;
                my $path = $phase eq 'reports' ? 'tlsrpt' : 'file';
                $other = spawn($httpd->root . '/posted', "$base/$path", $REPORTS, $count, 64, $fresh, $file);
            }
            my $cpu = cpu();
            my $intake = intake_cpu();
            my ($busy, $own, $from) = (busy(), own(), time);
            waitpid spawn($httpd->root . '/visited', "https://mta-sts.example.com:$tls/.well-known/mta-sts.txt", $VISITS, $VISITS * $seconds, 32, 'fresh'), 0;
            die "rate failed\n" if $?;
            $cpu = cpu() - $cpu;
            $intake = intake_cpu() - $intake;
            if ($other) {
                waitpid $other, 0;
                die "rate failed\n" if $?;
            }
            my $others = (busy() - $busy - $cpu - (own() - $own)) / (time - $from);
            my ($visit, @visits) = results($httpd->root . '/visited');
            my $line = sprintf '%d %-7s visits p50 %6.2f p99 %6.2f max %6.1f ms, httpd %2.0f %% of a CPU, its busiest thread %2.0f %%, others %2.0f %%', $round, $phase,
                at(0.5, @visits), at(0.99, @visits), $visits[-1], 100 * $cpu / $seconds, 100 * $intake / $seconds,
                100 * $others;
            die "visits were not answered with 200: " . encode_json($visit) . "\n" if join(' ', keys %$visit) ne '200';
            if ($round) {
                push @{ $ms{$phase}{p50} }, at(0.5,  @visits);
                push @{ $ms{$phase}{p99} }, at(0.99, @visits);
            }
            if ($other) {
                my ($post, @posts) = results($httpd->root . '/posted');
                $line .= sprintf '; POSTs p50 %.2f p99 %.2f max %.1f ms, answered %s', at(0.5, @posts), at(0.99, @posts), $posts[-1], encode_json($post);
                if ($phase eq 'reports') {
                    $sent += $post->{201} // 0;
                    die "$line\nreports were not answered with 201\n" if ($post->{201} // 0) != $count;
                    my $took = stored();
                    $longest = $took if $took > $longest;
                    $line .= sprintf '; all stored %.1f s later', $took;
                }
            }
            print "$line\n";
        }
    }
    printf "reports of %d octets; %d answered 201\n", $size, $sent;
    for my $of (qw(p50 p99)) {
        for my $phase (qw(reports nothing)) {
            my @ratios = map { $ms{$phase}{$of}[$_] / $ms{quiet}{$of}[$_] } 0 .. $rounds - 1;
            printf "%s of visits, %s over quiet: median %.2f (%s)\n", $of, $phase, median(@ratios), join ' ', map { sprintf '%.2f', $_ } @ratios;
        }
        my @ratios = map { $ms{reports}{$of}[$_] / $ms{nothing}{$of}[$_] } 0 .. $rounds - 1;
        printf "%s of visits, reports over nothing: median %.2f (%s)\n", $of, median(@ratios), join ' ', map { sprintf '%.2f', $_ } @ratios;
    }
    counted($sent);
}

sub counted {
    my ($sent) = @_;
    my @count = split /\|/, sqlite('SELECT COUNT(*), COUNT(DISTINCT report_id), SUM(copies), SUM(conflicts) FROM tlsrpt_report');
    my ($sessions) = sqlite("SELECT SUM(sessions) FROM tlsrpt_day WHERE rtype = 'ok'");
    printf "in SQLite: %d reports, %d different, %d copies, %d conflicts, %s good sessions; expected %d, %d sessions\n", @count, $sessions,
        $sent, $sent * ($sent + 1) / 2;
    die "LOST OR COUNTED TWICE\n" if $count[0] != $sent || $count[1] != $sent || $count[2] != $sent || $count[3] || $sessions != $sent * ($sent + 1) / 2;
}

# ---- tiny ----

sub tiny {
    my ($count) = (@_, 100_000);
    my $template = report(id => 'ID', org => 'x', contact => undef, domain => 'd1.example.com', good => 471100);
    my $file = bodies($count, 1, sub { my ($n) = @_; return $template =~ s/"ID"/"$n"/r =~ s/471100/$n/r });
    my $before = rss();
    my $from = time;
    my $pid = spawn($httpd->root . '/posted', 'http://localhost:' . $httpd->port . '/tlsrpt', 0, $count, 8, 'kept', $file);
    my $most = 0;
    until (waitpid $pid, POSIX::WNOHANG()) {
        my $now = rss();
        $most = $now if $now > $most;
        sleep 0.5;
    }
    my $took = time - $from;
    my ($post) = results($httpd->root . '/posted');
    my $later = stored();
    printf "%d reports of %d octets, answered %s, in %.0f s (%.0f a second); all stored %.1f s later\n", $count, (-s $file) / $count - 4,
        encode_json($post), $took, $count / $took, $later;
    printf "largest child: %.1f MB before, at most %.1f MB, %.1f MB after\n", $before, $most, rss();
    my @left = map { glob $httpd->root . "/spool/$_/*" } qw(tmp new);
    printf "left in tmp/ and new/: %d\n", scalar grep { length } @left;
    counted($count);
}
