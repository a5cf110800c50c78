# Database.pm - private databases for tests: SQLite, PostgreSQL and MariaDB
#
#   my $db = Database->start('pgsql');     # or mysql, sqlite3
#   tlsrpt_store_open() takes              $db->store
#   $db->stop; $db->start_again            kill -9, and back with the same data
#   $db->hang; $db->go_on                  it lives, and answers nothing; and answers again
#   $db->is_asked                          somebody has asked something that it has not read
#   $db->sql('SELECT ...')                 as its owner
#
# Servers listen on a Unix socket alone, in a folder of their own. Root gives its rights away: PostgreSQL refuses root.

package Database;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use Httpd::Tools qw(run slurp wait_until);
use POSIX ();

my $ROOT = abs_path(dirname(__FILE__) . '/../..');
my @PG   = sort glob "$ROOT/build/tools/root/usr/lib/postgresql/*/bin";
my ($PSQL) = reverse sort glob '/usr/lib/postgresql/*/bin/psql';

sub start {
    my ($class, $driver) = @_;
    my $dir = File::Temp->newdir("database-XXXXXX", TMPDIR => 1);
    chmod 0777, "$dir";
    my $self = bless { driver => $driver, dir => $dir, owner => $$ }, $class;
    return $self if $driver eq 'sqlite3';
    my $make = "_make_$driver";
    $self->$make;
    $self->start_again;
    # A language that sorts otherwise than octets do: it passes over hyphens and dots.
    $self->sql($_) for $driver eq 'pgsql'
        ? "CREATE DATABASE reports ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US-u-ka-shifted' LOCALE 'C' TEMPLATE template0"
        : ('CREATE DATABASE reports', "CREATE USER reports IDENTIFIED BY 's3cret'", 'GRANT ALL ON reports.* TO reports');
    $self->{database} = 'reports';
    return $self;
}

sub dir { "$_[0]{dir}" }

# What TLSRPTStore takes.
sub store {
    my ($self) = @_;
    my $dir = $self->dir;
    return {
        sqlite3 => "sqlite3:$dir/reports.sqlite3",
        pgsql   => "pgsql:host=$dir user=postgres dbname=reports",
        mysql   => "mysql:sock=$dir/socket,user=reports,pass=s3cret,dbname=reports",
    }->{ $self->{driver} };
}

# For DBDriver and DBDParams.
sub params { return $_[0]->store =~ s/^\w+://r }

# A user without rights, for who is root.
sub _user {
    return () if $>;
    my ($user) = grep { defined getpwnam $_ } qw(nobody www-data);
    return $user || die "There is neither nobody nor www-data to run a database as.\n";
}

sub _as_user {
    my ($self, @command) = @_;
    my ($user) = _user();
    return $user ? ('setpriv', "--reuid=$user", '--regid=' . (getpwnam $user)[3], '--clear-groups', @command) : @command;
}

sub _must {
    my ($self, @command) = @_;
    my $done = run($self->_as_user(@command));
    die "@command: " . $done->out . $done->err if $done->status;
}

sub _make_pgsql {
    my ($self) = @_;
    die "There is no PostgreSQL in build/tools: run sh t/lib/needs.sh check.\n" unless @PG && $PSQL;
    $self->_must("$PG[-1]/initdb", '-D', $self->dir . '/data', qw(-U postgres -A trust --no-sync --locale=C -E UTF8));
}

sub _make_mysql {
    my ($self) = @_;
    my ($server) = grep { -x } '/usr/sbin/mariadbd';
    my ($install) = grep { -x } '/usr/bin/mariadb-install-db';
    die "There is no MariaDB: run sh t/lib/needs.sh check.\n" unless $server && $install;
    $self->{user} = (_user())[0];
    $self->_must($install, '--no-defaults', '--datadir=' . $self->dir . '/data', '--auth-root-authentication-method=normal',
        '--skip-test-db', '--innodb-log-file-size=8M');
}

sub start_again {
    my ($self) = @_;
    my $dir = $self->dir;
    return if $self->{driver} eq 'sqlite3' || $self->{pid};
    # What is killed, and not the machine under it, needs no fsync.
    my @command = $self->{driver} eq 'pgsql'
        ? ("$PG[-1]/postgres", '-D', "$dir/data", '-k', $dir, '-c', 'listen_addresses=', '-c', 'shared_buffers=16MB', '-c', 'fsync=off')
        : ('/usr/sbin/mariadbd', '--no-defaults', "--datadir=$dir/data", "--socket=$dir/socket", '--skip-networking',
            "--pid-file=$dir/pid", '--innodb-buffer-pool-size=16M', '--innodb-log-file-size=8M');
    unlink "$dir/data/postmaster.pid";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        POSIX::setsid();
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>>', "$dir/log";
        open STDERR, '>&', \*STDOUT;
        exec $self->_as_user(@command) or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    wait_until("$self->{driver} to answer", sub {
        die "$command[0]: " . slurp("$dir/log") if waitpid($pid, POSIX::WNOHANG()) == $pid;
        !$self->_client('SELECT 1')->status;
    });
}

# As if the power had gone; its group, because PostgreSQL forks.
sub stop {
    my ($self, $signal) = @_;
    my $pid = delete $self->{pid} or return;
    kill $signal || 'KILL', -$pid;
    waitpid $pid, 0;
    wait_until('the processes of the database to end', sub { !kill 0, -$pid });
}

# The server and its processes, each of which PostgreSQL puts into a group of its own. The server first: it makes no more.
sub _signal {
    my ($self, $signal) = @_;
    kill $signal, $self->{pid};
    kill $signal, map { m{^/proc/(\d+)} } grep { slurp($_) =~ /^\d+ \(.*\) \S $self->{pid} /s } glob '/proc/[0-9]*/stat';
}

sub hang  { $_[0]->_signal('STOP') }
sub go_on { $_[0]->_signal('CONT') }

# On its end of a socket something waits then.
sub is_asked {
    my ($self) = @_;
    my $dir = quotemeta $self->dir;
    local $ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin";
    return scalar grep { /^u_str\s+ESTAB\s+([0-9]+)\s.*$dir/ && $1 } split /\n/, run('ss', '-xnH')->out;
}

sub _client {
    my ($self, $sql) = @_;
    my $dir = $self->dir;
    my $base = $self->{database};
    return run('sqlite3', "$dir/reports.sqlite3", $sql) if $self->{driver} eq 'sqlite3';
    return run($PSQL, '-X', '-h', $dir, '-U', 'postgres', '-At', '-v', 'ON_ERROR_STOP=1', '-d', $base || 'postgres', '-c', $sql)
        if $self->{driver} eq 'pgsql';
    return run('mariadb', '--no-defaults', "--socket=$dir/socket", '-u', 'root', '-N', '-B', '-e', $sql, $base || 'mysql');
}

sub sql {
    my ($self, $sql) = @_;
    my $done = $self->_client($sql);
    die "$sql: " . $done->err if $done->status;
    return $done->out;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($@, $!, $?);
    $self->go_on if $self->{pid};
    $self->stop;
}

1;
