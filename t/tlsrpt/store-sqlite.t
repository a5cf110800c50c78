# store-sqlite.t - reports in SQLite: nothing lost, nothing counted twice; full disks; who may read the file
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Storing;
use Test::More;

my $it = Storing->new('sqlite3');
my $file = $it->db->dir . '/reports.sqlite3';
$it->promises;
$it->fill;
$it->killed;
$it->two_at_once;
is sprintf('%03o', (stat $file)[2] & 07777), '600', 'the file is for nobody else';

# A disk of 300 KiB, in a mount of its own; then a larger one; read only; and writable again.
sub on_a_disk { my ($script) = @_;
    return Httpd::run('unshare', ($> ? ('--user', '--map-root-user') : ()), '--mount', 'sh', '-c', $script) }
$it->rewind;
my ($dir, $all) = ($it->db->dir, $it->waiting);
mkdir "$dir/disk";
my $run = "build/tlsrpt/drain run $it->{spool} sqlite3:$dir/disk/reports.sqlite3 1795600000";
my $done = on_a_disk(<<"SH");
set -u
mount -t tmpfs -o size=300k tmpfs $dir/disk || exit 9
$run >/dev/null; echo first \$?
ls $it->{spool}/new | wc -l
mount -o remount,ro,size=30M $dir/disk
$run >/dev/null; echo read-only \$?
ls $it->{spool}/new | wc -l
mount -o remount,rw $dir/disk
$run >/dev/null; echo second \$?
ls $it->{spool}/new | wc -l
sqlite3 $dir/disk/reports.sqlite3 "SELECT SUM(sessions) FROM tlsrpt_day WHERE rtype = 'ok'" "SELECT COUNT(*) FROM tlsrpt_report"
SH
my ($first, $waiting, $read_only, $still, $second, $left, $ok, $reports) = split /\n/, $done->out;
is $done->status, 0, 'a small disk' or diag $done->err;
is $first, 'first 75', '... gets full';
like $done->err, qr/disk is full/, '... and that is said';
cmp_ok $waiting, '>', 0, '... what does not fit waits';
is $read_only, 'read-only 75', '... read only: not done';
like $done->err, qr/^\S+ cannot be opened for writing: Read-only file system\.$/m, '... with a sentence';
is $still, $waiting, '... nothing is lost';
is $second, 'second 0', '... more room: done';
is $left, 0, '... nothing waits';
is "$ok $reports", join(' ', (split ' ', $it->{want})[0, 3]), '... the totals are exact';

done_testing;
