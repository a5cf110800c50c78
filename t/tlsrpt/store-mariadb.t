# store-mariadb.t - reports in MariaDB: nothing lost, nothing counted twice
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Storing;
use Test::More;

my $it = Storing->new('mysql');
$it->promises;
$it->fill;
$it->killed;
$it->two_at_once;
$it->away;
$it->read_only(sub { $it->db->sql('SET GLOBAL read_only = 1') }, sub { $it->db->sql('SET GLOBAL read_only = 0') });

$it->manual('mysql:sock=' . $it->db->dir . '/socket,user=tlsrpt,pass=secret,dbname=tlsrpt', 1, 2);

done_testing;
