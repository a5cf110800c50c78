package Httpd::Debian;

# The httpd of Debian.pm with what Httpd.pm knows of an httpd: the error log as a contract, restarts that are waited for.
#
#   use Httpd::Debian;
#   Httpd::Debian->enter;                  # at the top: comes back inside, see Debian.pm
#   my $httpd = Httpd::Debian->new(expect => [qr//], allow => [qr//]);     # see Httpd.pm
#   $httpd->type('sudo a2ensite mta-sts');     # ->status ->out ->err
#   $httpd->launch;                        # then all that Httpd.pm knows, on ports 80 and 443

use strict;
use warnings;
use Debian;
use File::Path qw(make_path);
use File::Temp;
use Httpd;
use Httpd::Tools qw(run slurp spew wait_until);
use parent -norequire => 'Httpd';

my $TRUSTED = '/etc/ssl/certs/ca-certificates.crt';

sub enter {
    Debian->enter('localhost');
    # what apachectl makes, which does not start this one
    make_path(qw(/run/apache2/socks /run/lock/apache2));
    my @uid = (getpwnam 'www-data')[2, 3];
    chown @uid, '/run/apache2/socks', '/run/lock/apache2' if !$> && @uid;
    my $tools = Debian->tools;
    $ENV{PATH} = "$tools/usr/bin:$ENV{PATH}";
    $ENV{PYTHONPATH} = "$tools/usr/lib/python3/dist-packages";
    spew($TRUSTED, '');
}

# Everything in the namespace believes in these, as in those that ca-certificates brings.
sub trust {
    my ($class, @pem) = @_;
    spew($TRUSTED, slurp($TRUSTED) . join '', @pem);
}

# ---- httpd -----------------------------------------------------------------

sub new {
    my ($class, %option) = @_;
    my $folder = File::Temp->newdir('httpd-XXXXXX', TMPDIR => 1);
    my $self = bless {
        folder => $folder, root => "$folder", owner => $$, option => {}, port => { PORT => 80, TLSPORT => 443 },
        expect => $option{expect} || [], allow => $option{allow} || [],
    }, $class;
    $self->typed('sudo a2enmod -q mta_sts');
    # Debian has no name for this server either, and says so with AH00558
    spew('/etc/apache2/conf-enabled/servername.conf', "ServerName localhost\n");
    return $self;
}

sub launch {
    my ($self) = @_;
    my $before = length $self->log;
    $self->_launch or die "httpd does not start:\n" . $self->problem_text;
    wait_until('httpd to start', sub { $self->log($before) =~ /resuming normal operations/ });
    return $self;
}

# A command of an administrator, as he types it. There is no systemd to ask for a restart: what it would do is done here.
sub type {
    my ($self, $command) = @_;
    my $restart = $command =~ s/ && sudo systemctl restart apache2$//m;
    my $done = run('sh', '-c', $command =~ s/(^|&& )sudo /$1/mgr);
    return $done if !$restart || $done->status;
    kill 'TERM', $self->pid;
    wait_until('httpd to end', sub { $self->_gone });
    $self->launch;
    return $done;
}

# The same, where anything but success ends the test.
sub typed {
    my ($self, $command) = @_;
    my $done = $self->type($command);
    die "$command\n" . $done->out . $done->err if $done->status;
    return $done;
}

sub log          { slurp('/var/log/apache2/error.log', $_[1]) }
sub problem_text { slurp($_[0]->root . '/stderr') . $_[0]->log }
sub _httpd       { ('sh', '-c', '. /etc/apache2/envvars; exec apache2 "$@"', 'apache2') }

# The certificate that is served: openssl's lines for serial and issuer, '' without any.
sub certificate {
    my ($self, $host) = @_;
    return run('sh', '-c', 'openssl s_client -connect 127.0.0.1:443 -servername "$1" </dev/null 2>/dev/null |
        openssl x509 -noout -serial -issuer', 'sh', $host)->out;
}

1;
