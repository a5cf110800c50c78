# Chromium.pm - a page as a browser shows it: its size, what its console says, a picture
#
#   my $browser = Chromium->start(resolve => 'mta-sts.example.com');
#   my $page = $browser->open($url, width => 390, dark => 1);    # {width => of the document, console => [...]}
#   $browser->picture('page.png');
#   $browser->end;
#
# Spoken to over a pipe, so no port is open. It asks nobody but 127.0.0.1.

package Chromium;

use strict;
use warnings;
use File::Temp ();
use IO::Handle;
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Httpd::Tools qw(spew slurp $PATIENCE);

sub start {
    my ($class) = @_;
    my $self = bless { profile => File::Temp->newdir, id => 0, buffer => '', events => [], owner => $$ }, $class;
    pipe my $their_in, my $to or die "pipe: $!\n";
    pipe my $from, my $their_out or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        POSIX::setsid();
        my ($in, $out) = map { POSIX::dup(POSIX::dup(POSIX::dup(fileno $_))) } $their_in, $their_out;
        POSIX::dup2($in, 3);
        POSIX::dup2($out, 4);
        $^F = 255;
        POSIX::close($_) for grep { $_ > 4 } map { m{(\d+)$} } glob '/proc/self/fd/*';
        open STDOUT, '>', "$self->{profile}/log";
        open STDERR, '>&', \*STDOUT;
        exec qw(chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update
            --disable-sync --no-first-run --hide-scrollbars --remote-debugging-pipe), "--user-data-dir=$self->{profile}",
            '--host-resolver-rules=MAP * 127.0.0.1', 'about:blank' or POSIX::_exit(127);
    }
    close $_ for $their_in, $their_out;
    $to->autoflush(1);
    @$self{qw(pid to from)} = ($pid, $to, $from);
    my ($tab) = grep { $_->{type} eq 'page' } @{ $self->_ask('Target.getTargets')->{targetInfos} };
    $self->{session} = $self->_ask('Target.attachToTarget', { targetId => $tab->{targetId}, flatten => JSON::PP::true })->{sessionId};
    $self->_ask("$_.enable") for qw(Page Log Runtime);
    return $self;
}

# The next message.
sub _read {
    my ($self) = @_;
    local $SIG{ALRM} = sub { die "the browser says nothing:\n" . slurp("$self->{profile}/log") };
    alarm $PATIENCE;
    my $end;
    until (($end = index $self->{buffer}, "\0") >= 0) {
        sysread $self->{from}, $self->{buffer}, 65536, length $self->{buffer} or die "the browser is gone:\n" . slurp("$self->{profile}/log");
    }
    my $message = decode_json(substr $self->{buffer}, 0, $end);
    substr($self->{buffer}, 0, $end + 1) = '';
    alarm 0;
    return $message;
}

sub _ask {
    my ($self, $method, $params) = @_;
    my $id = ++$self->{id};
    print { $self->{to} } encode_json({ id => $id, method => $method, params => $params || {},
        $self->{session} ? (sessionId => $self->{session}) : () }) . "\0";
    while (1) {
        my $message = $self->_read;
        if (!$message->{id}) {
            push @{ $self->{events} }, $message;
            next;
        }
        next if $message->{id} != $id;
        die "$method: $message->{error}{message}\n" if $message->{error};
        return $message->{result};
    }
}

sub open {
    my ($self, $url, %is) = @_;
    $self->{events} = [];
    $self->_ask('Emulation.setDeviceMetricsOverride', { width => $is{width}, height => $is{height} || 900, deviceScaleFactor => 1,
        mobile => $is{width} < 500 ? JSON::PP::true : JSON::PP::false });
    $self->_ask('Emulation.setEmulatedMedia', { features => [{ name => 'prefers-color-scheme', value => $is{dark} ? 'dark' : 'light' }] });
    $self->_ask('Page.navigate', { url => $url });
    until (grep { $_->{method} eq 'Page.loadEventFired' } @{ $self->{events} }) {
        push @{ $self->{events} }, $self->_read;
    }
    my $size = $self->js('JSON.stringify([document.documentElement.scrollWidth, document.documentElement.scrollHeight])');
    my ($width, $height) = @{ decode_json($size) };
    return { width => $width, height => $height, console => [map { $_->{method} eq 'Log.entryAdded' ? $_->{params}{entry}{text}
            : $_->{method} =~ /^Runtime\.(?:consoleAPICalled|exceptionThrown)$/ ? encode_json($_->{params}) : () } @{ $self->{events} }] };
}

# What an expression gives.
sub js { return $_[0]->_ask('Runtime.evaluate', { expression => $_[1] })->{result}{value} }

sub picture {
    my ($self, $file) = @_;
    spew($file, decode_base64($self->_ask('Page.captureScreenshot', { format => 'png', captureBeyondViewport => JSON::PP::true })->{data}));
}

sub end {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    return if $self->{owner} != $$;
    local ($?, $!);
    close $_ for @$self{qw(to from)};
    kill 'TERM', -$pid;
    waitpid $pid, 0;
}

sub DESTROY { $_[0]->end }

1;
