package Httpd::Debian;

# httpd as Debian sets it up, for one test: /etc/apache2 of the package with its a2ensite and apachectl, and with it
# /etc/letsencrypt, /var and /run, all in memory and seen by the test alone. So commands and files are those that an
# administrator has.
#
#   use Httpd::Debian;
#   Httpd::Debian->enter;                  # at the top: comes back in a namespace, see Namespace.pm
#   my $httpd = Httpd::Debian->new(expect => [qr//], allow => [qr//]);     # see Httpd.pm
#   $httpd->type('sudo a2ensite mta-sts');     # ->status ->out ->err
#   $httpd->launch;                        # then all that Httpd.pm knows, on ports 80 and 443

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp;
use Httpd;
use Httpd::Tools qw(run slurp spew wait_until);
use Namespace;
use parent -norequire => 'Httpd';

my $PROJECT = abs_path(dirname(abs_path(__FILE__)) . '/../../..');
my $TOOLS   = "$PROJECT/build/tools/root";
my $KEPT    = '/run/machine';     # where the folders of the machine stay visible
my $TRUSTED = '/etc/ssl/certs/ca-certificates.crt';

# What postinst of apache2 enables.
my @MODULES = qw(access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex deflate
    dir env filter mime mpm_event negotiation reqtimeout setenvif status);
my @CONFS = qw(charset localized-error-pages other-vhosts-access-log security serve-cgi-bin);

# ---- the folders -----------------------------------------------------------

sub enter {
    Namespace->enter;
    -x "$TOOLS/usr/sbin/a2ensite" or die "There is no apache2 in $TOOLS: run sh t/lib/needs.sh build check.\n";
    my $resolv = slurp('/etc/resolv.conf');    # it may be a link into the /run that goes
    _system('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run');
    _instead_of('/etc', qw(apache2 letsencrypt ssl resolv.conf));
    spew('/etc/resolv.conf', $resolv);
    _instead_of('/var', qw(lib log www run lock));
    _fill('/var/lib', qw(apache2 letsencrypt));
    _fill('/etc/ssl', qw(certs private));
    _instead_of('/usr/share/apache2', 'ask-for-passphrase');
    symlink "$TOOLS/usr/share/apache2/ask-for-passphrase", '/usr/share/apache2/ask-for-passphrase';
    make_path(qw(/etc/ssl/certs /etc/ssl/private /var/lib/apache2 /var/log/apache2 /var/www/html /run/apache2/socks
        /run/lock/apache2));
    symlink '/run', '/var/run';
    symlink '/run/lock', '/var/lock';
    chmod 0750, '/var/log/apache2';
    _own(qw(/run/apache2/socks /run/lock/apache2));

    _system('cp', '-a', "$TOOLS/etc/apache2", '/etc/');
    $ENV{PATH} = "$TOOLS/usr/sbin:$TOOLS/usr/bin:$ENV{PATH}";
    $ENV{PYTHONPATH} = "$TOOLS/usr/lib/python3/dist-packages";
    # of an ssl-cert that has run; nobody trusts it
    run(qw(openssl req -x509 -days 90 -subj /CN=localhost -addext basicConstraints=CA:FALSE -nodes
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout /etc/ssl/private/ssl-cert-snakeoil.key
        -out /etc/ssl/certs/ssl-cert-snakeoil.pem))->status and die "openssl: no certificate\n";
    spew($TRUSTED, '');
}

# A folder of the test's own with what the machine's has, but without some of it.
sub _instead_of {
    my ($folder, @without) = @_;
    make_path("$KEPT$folder");
    _system('mount', '--rbind', $folder, "$KEPT$folder");
    _system('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', $folder);
    _fill($folder, @without);
}

sub _fill {
    my ($folder, @without) = @_;
    make_path($folder);
    opendir my $dir, "$KEPT$folder" or return;
    for my $name (readdir $dir) {
        next if grep { $_ eq $name } '.', '..', @without;
        symlink "$KEPT$folder/$name", "$folder/$name" or die "$folder/$name: $!\n";
    }
}

sub _own {
    my @uid = (getpwnam 'www-data')[2, 3];
    chown @uid, @_ if !$> && @uid;
}

sub _system { system(@_) == 0 or die "@_: failed\n" }

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
    my $module = ($ENV{MODULE_DIR} || "$PROJECT/build") . '/mod_mta_sts.so';
    -e $module or die "There is no $module: run make first.\n";
    for my $name ('mta_sts.load', 'mta_sts.conf') {
        my $text = slurp("$PROJECT/conf/$name");
        $text =~ s{/usr/lib/apache2/modules/mod_mta_sts\.so}{abs_path($module)}e;
        spew("/etc/apache2/mods-available/$name", $text);
    }
    $self->typed('sudo a2enmod -q ' . join ' ', @MODULES, 'mta_sts');
    $self->typed('sudo a2enconf -q ' . join ' ', @CONFS);
    $self->typed('sudo a2ensite -q 000-default');
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
