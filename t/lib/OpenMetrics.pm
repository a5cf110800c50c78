# OpenMetrics.pm - what the parser of prometheus_client reads in a text: a line for each sample
#
#   my ($lines, $errors) = OpenMetrics::read($text);    # "gauge tlsrpt_store_up  1\n...", '' if all is well

package OpenMetrics;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use Httpd::Tools qw(run spew);

my $TOOLS = abs_path(dirname(__FILE__) . '/../..') . '/build/tools/root/usr/lib/python3/dist-packages';

my $PARSER = <<'PYTHON';
import sys
sys.path.insert(0, sys.argv[1])
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(open(sys.argv[2]).read()):
    for s in family.samples:
        print(family.type, s.name, ",".join("%s=%s" % i for i in sorted(s.labels.items())), s.value)
PYTHON

sub read {
    my ($text) = @_;
    my $file = File::Temp->new;
    spew("$file", $text);
    my $done = run('python3', '-c', $PARSER, $TOOLS, "$file");
    return ($done->out, $done->err);
}

1;
