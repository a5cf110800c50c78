# full-disk.t - a disk that fills up under a running httpd: 503, nothing half-written, and reports are taken again when there is room
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Httpd::Tools qw(spew);
use Namespace;
use Report;
use Test::More;

Namespace->enter;    # for a disk of our own: three megabytes of memory
my $disk = File::Temp->newdir('disk-XXXXXX', TMPDIR => 1);
system('mount', '-t', 'tmpfs', '-o', 'size=3m,mode=0755', 'tmpfs', "$disk") == 0 or die "mount: failed\n";

my $httpd = Httpd->start(<<"CONF", tlsrpt => 1, module => 0, expect => [qr/TLSRPT082: .*: the spool or its disk is full/], allow => [$NO_STORE]);
TLSRPTSpool  $disk/spool
TLSRPTStore  dbd
TLSRPTDomain example.com
TLSRPTQuota  none none none
<VirtualHost *:PORT>
    ServerName localhost
    <Location "/tlsrpt">
        SetHandler tlsrpt-receiver
    </Location>
</VirtualHost>
CONF
symlink "$disk/spool", $httpd->root . '/spool' or die "$!\n";

# To the last octet: a report of any size finds none.
sub fill {
    open my $file, '>>', "$disk/filler" or die "$!\n";
    my $size = 1024 * 1024;
    while ($size) { syswrite($file, 'x' x $size) // 0 or $size = int $size / 2 }
}
sub large { my ($n) = @_; return report(id => "large $n", org => join '', map { sprintf '%08x', $n * $_ } 1 .. 10_000) }
sub left { my ($folder) = @_; return scalar(() = glob "$disk/spool/$folder/*") }

my ($n, @taken) = (0);
my $code = 201;
while ($code == 201 && $n < 200) {
    my $json = large(++$n);
    $code = post($httpd, gz($json))->code;
    push @taken, $json if $code == 201;
}
cmp_ok scalar @taken, '>', 5, 'reports of 80 KB, until the disk is full';
is $code, 503, '... then 503';
my $full = post($httpd, large($n));
is $full->code . ' ' . $full->header('Retry-After'), '503 600', '... again, with Retry-After';

fill();
is post($httpd, report(id => 'small'))->code, 503, 'a disk that is full to the last octet: a small one is refused, too';
is post($httpd, 'junk')->code, 400, '... what is no report is answered as ever';
is_deeply [left('tmp'), left('bad')], [0, 0], 'nothing half-written is left';
is_deeply [waiting($httpd)], [sort map { sha256_hex($_) } @taken], 'what was answered 201 is there, and nothing else';
is_deeply [grep { my $json = (entry($httpd, $_))[1]; sha256_hex($json) ne $_ } waiting($httpd)], [], '... whole';
is post($httpd, $taken[0])->code, 200, 'one that is there is there';
$httpd->graceful;
is post($httpd, large($n))->code, 503, 'a graceful restart while it is full: as before';

unlink "$disk/filler" or die "$!\n";
is post($httpd, report(id => 'small'))->code, 201, 'room is made: reports are taken again';

# ---- copies of what is stored make room ----

rename $_, s{/new/}{/raw/}r for glob "$disk/spool/new/*";    # they were stored, and not in the order of their names
my @copies = sort { sha256_hex($a) cmp sha256_hex($b) } glob "$disk/spool/raw/*";
utime time - 1000 + $_, time - 1000 + $_, $copies[$_] for 0 .. $#copies;
my @size = map { -s } @copies;
fill();
my $last = large('1000');
is post($httpd, $last)->code, 201, 'the disk is full, of copies: the oldest make room';
is +(entry($httpd, sha256_hex($last)))[1], $last, '... and the report is whole';
my $gone = grep { !-e } @copies;
is_deeply [grep { !-e } @copies], [@copies[0 .. $gone - 1]], "... the oldest $gone are gone";
my ($most, $freed) = (length($last) + 1024 * 1024, 0);
my $needed = 0;
$freed += $size[$needed++] while $freed < $most && $needed < @size;
cmp_ok $needed, '<', @copies, '... of more';
is $gone, $needed, '... as many as make room for it, and a megabyte for others';

$httpd->stop;
system('umount', '--lazy', "$disk") == 0 or die "umount: failed\n";
done_testing;
