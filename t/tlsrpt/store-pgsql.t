# store-pgsql.t - reports in PostgreSQL: nothing lost, nothing counted twice
# SPDX-License-Identifier: Apache-2.0

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Httpd;
use Storing;
use Test::More;

my $it = Storing->new('pgsql');
$it->promises;
$it->fill;
$it->killed;
$it->two_at_once;
$it->away;
$it->read_only(sub { $it->db->sql('ALTER DATABASE reports SET default_transaction_read_only = on') },
    sub {
        local $ENV{PGOPTIONS} = '-c default_transaction_read_only=off';
        $it->db->sql('ALTER DATABASE reports SET default_transaction_read_only = off');
    });

# A database that cannot hold every report is refused at once, not at the first such report.
$it->db->sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
my $done = $it->drain('ask', $it->db->store =~ s/dbname=\w+/dbname=latin/r, 'SELECT 1', 1);
is $done->status, 75, 'an encoding other than UTF-8: refused';
like $done->err, qr/has the encoding LATIN1, .*CREATE DATABASE .* ENCODING 'UTF8'/, '... with the cure';

$it->manual('pgsql:host=' . $it->db->dir . ' user=tlsrpt password=secret dbname=tlsrpt', 0);

done_testing;
