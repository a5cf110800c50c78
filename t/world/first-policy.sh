#!/bin/sh
# first-policy.sh - how long it takes from `apt install ./libapache2-mod-mta-sts_*.deb` to a policy that a sender accepts
#
# Types what README.md says, taken from there, into a fresh root of Debian in which there is apt and nothing else: the
# commands of "Install" behind `make deb`, and of "From zero to an enforced policy" up to the record. The sender,
# mta-sts-query of postfix-mta-sts-resolver, is in a root of its own, with a DNS server that has what the dump prints.
# Both are in one network of their own, without a way out; so the packages of the mirror are fetched before, and that is
# timed for itself. In place of certbot, which needs a CA on the internet, there is a certificate of a CA of the test's.
# Says TAP, and the seconds in comments. Needs what package.sh needs, and perl.
#
#   DEB=FILE.deb    this package; else the one in build/deb, built anew if it is older than a file of the tree
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/root.sh"

for command in mmdebstrap unshare ip perl; do
    PATH=$PATH:/usr/sbin:/sbin command -v $command >/dev/null || { echo "first-policy.sh needs $command" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "first-policy.sh needs root" >&2; exit 2; }

deb=${DEB:-$(ls build/deb/libapache2-mod-mta-sts_*.deb 2>/dev/null || true)}
changed=
[ -n "${DEB:-}" ] || [ ! -e "$deb" ] ||
    changed=$(find . \( -path ./build -o -path ./.git \) -prune -o -type f -newer "$deb" -print -quit)
if [ ! -e "$deb" ] || [ -n "$changed" ]; then
    OUT=build/deb BUILD_OPTIONS=nocheck sh "$here/deb.sh" >&2
    deb=$(ls build/deb/libapache2-mod-mta-sts_*.deb)
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/first-XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
host=mta-sts.example.com

fail() { # what file
    echo "not ok 1 - $1"
    sed 's/^/# /' "$2"
    exit 1
}

# ---- the roots ---------------------------------------------------------------------------------------------------------

make_root "build/roots/$SUITE-apt.tar"
make_httpd_root
fresh=$work/fresh
sender=$work/sender
open_root "build/roots/$SUITE-apt.tar" "$fresh"
open_root "build/roots/$SUITE-httpd.tar" "$sender"
if inside "$fresh" sh -c 'command -v apache2 || command -v openssl || command -v curl' >"$work/said"; then
    fail 'the root is fresh' "$work/said"
fi

# A server: apt asks nothing and takes what is recommended, as it does by default, and what is installed is started.
rm "$fresh/usr/sbin/policy-rc.d"
echo 'APT::Install-Recommends "true"; APT::Get::Assume-Yes "true";' >"$fresh/etc/apt/apt.conf.d/99zz"
mkdir -p "$fresh/root/build/deb"
cp "$deb" "$fresh/root/build/deb/"

# ---- what README.md says -------------------------------------------------------------------------------------------------

block() { # heading, a word in the block: the commands, without their indentation
    HEADING=$1 WORD=$2 perl -0777 -ne '
        my ($section) = /^## \Q$ENV{HEADING}\E\n(.*?)(?=^## |\z)/ms or die "README.md has no section $ENV{HEADING}\n";
        my @found = grep { /\Q$ENV{WORD}\E/ } $section =~ /^ *```(?:sh|text)\n(.*?)^ *```$/msg;
        die "README.md: not one block with $ENV{WORD} in $ENV{HEADING}\n" unless @found == 1;
        print map { s/^ {3}//r =~ s/(?<=.)$/\n/r =~ s/\n+/\n/r } split /^/, $found[0]' README.md
}

zero='From zero to an enforced policy'
block Install libapache2-mod-mta-sts >"$work/install"
[ "$(head -1 "$work/install")" = 'make deb' ] || fail 'README.md: make deb comes first' "$work/install"
sed -i 1d "$work/install"
block "$zero" a2ensite >"$work/enable"
block "$zero" certbot >"$work/certbot"
block "$zero" 'curl ' >"$work/look"
block "$zero" 'version: STSv1' >"$work/policy"
block "$zero" DUMP_MTA_STS >"$work/records"
for script in install enable records; do
    { echo 'sudo() { "$@"; }'; cat "$work/$script"; } >"$fresh/root/$script"
done
cp "$work/look" "$sender/root/look"

# The part of certbot.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=throw-away CA' \
    -keyout "$work/ca.key" -out "$sender/root/ca.pem" 2>/dev/null
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$host" \
    -keyout "$fresh/root/key.pem" -out "$work/csr" 2>/dev/null
echo "subjectAltName=DNS:$host" >"$work/names"
openssl x509 -req -days 30 -in "$work/csr" -CA "$sender/root/ca.pem" -CAkey "$work/ca.key" -CAcreateserial \
    -extfile "$work/names" -out "$fresh/root/cert.pem" 2>/dev/null
cat >"$fresh/root/certify" <<'END'
site=/etc/apache2/sites-available/mta-sts.conf
sed -i -e 's|/etc/ssl/certs/ssl-cert-snakeoil.pem|/root/cert.pem|' -e 's|/etc/ssl/private/ssl-cert-snakeoil.key|/root/key.pem|' $site
grep -q /root/key.pem $site
apachectl configtest && apachectl graceful
END

# ---- from the mirror ------------------------------------------------------------------------------------------------------

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

start=$(now)
{
    online "$fresh" apt-get update -qq
    # shellcheck disable=SC2016
    online "$fresh" sh -c 'cd && apt-get install -qq --download-only ./build/deb/*.deb'
} >"$work/said" 2>&1 || fail 'fetches the packages' "$work/said"
archives=$fresh/var/cache/apt/archives
echo "# from the mirror: $(since "$start") s, apt-get update and $(find "$archives" -name '*.deb' | wc -l) packages, $(
    du -cm "$archives"/*.deb | sed -n '$s/\t.*//p') MB"

# ---- from apt install to a sender ------------------------------------------------------------------------------------------

cat >"$work/go" <<'END'
set -eu
fresh=$1 sender=$2 work=$3 host=$4
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }
fail() { echo "FAILED: $*"; exit 1; }
in_root() { chroot "$1" sh -euc 'cd && . "$1"' sh "$2"; }
step() { # name command...
    name=$1 before=$(now)
    shift
    "$@" >"$work/step" 2>&1 || fail "$name: $(cat "$work/step")"
    echo "# $name: $(since "$before") s"
}
dns=
dnsmasq() { # option...
    [ -z "$dns" ] || { kill "$dns"; wait "$dns" || true; }
    chroot "$sender" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= --no-resolv --no-hosts \
        --bind-interfaces --listen-address=127.0.0.77 --host-record="$host,127.0.0.1" "$@" >"$work/dns" 2>&1 &
    dns=$!
}
patiently() { # command...
    tries=0
    until "$@" >"$work/patience" 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { cat "$work/patience"; return 1; }
        sleep 0.1
    done
    cat "$work/patience"
}
look() { chroot "$sender" env CURL_CA_BUNDLE=/root/ca.pem sh -e /root/look 2>"$work/curl"; }
records() { in_root "$fresh" /root/records 2>"$work/dump.err"; }
query() { chroot "$sender" env SSL_CERT_FILE=/root/ca.pem mta-sts-query example.com; }
accepted() { query | tee "$work/query" | grep STSFetchResult.VALID || { cat "$work/query"; return 1; }; }

echo 'nameserver 127.0.0.77' >"$sender/etc/resolv.conf"
dnsmasq
start=$(now)
step 'apt install and a2enmod' in_root "$fresh" /root/install
step 'the example site, a2ensite, configtest, graceful' sh -euc 'cp "$1/usr/share/doc/libapache2-mod-mta-sts/examples/one-domain.conf" \
    "$1/etc/apache2/sites-available/mta-sts.conf"; chroot "$1" sh -euc "cd && . /root/enable"' sh "$fresh"
step 'a certificate, configtest, graceful' in_root "$fresh" /root/certify
step 'a look at the policy' patiently look
tr -d '\r' <"$work/step" | diff "$work/policy" - || fail "not the policy of README.md: $(cat "$work/curl")"
step 'the records' records
txt=$(sed -n 's/^_mta-sts\.example\.com\..* IN TXT "\(.*\)"$/\1/p' "$work/step")
[ -n "$txt" ] || fail "no record: $(cat "$work/step" "$work/dump.err")"
dnsmasq --txt-record="_mta-sts.example.com,$txt"
step 'mta-sts-query' patiently accepted
id=${txt#*id=}
grep -qF "'${id%;}'" "$work/query" || fail "another id: $(cat "$work/query")"
echo "# in all: $(since "$start") s"
echo 'ok 1 - from apt install to a policy that mta-sts-query accepts'
kill "$dns"
END
around "$fresh" "$sender" -- sh "$work/go" "$fresh" "$sender" "$work" "$host" >"$work/said" 2>&1 ||
    fail 'from apt install to a policy that mta-sts-query accepts' "$work/said"
cat "$work/said"
echo 1..1
