# root.sh - Debian roots to build and to try the package in: for deb.sh and package.sh
#
#   make_root FILE.tar PACKAGE...   a root of Debian's SUITE (bookworm), kept as a tar for a week
#   make_httpd_root                 the one with the httpd of the system and all that debian/tests needs but our packages
#   open_root FILE.tar FOLDER       a fresh copy of it, in which nothing starts a service
#   inside FOLDER COMMAND...        without a network but loopback
#   online FOLDER COMMAND...        with the network, for apt-get
#   around FOLDER... -- COMMAND...  a command of this system, which goes into the roots itself; no network but loopback
#
# All run the command with processes, mounts and an environment of its own: when it ends, nothing runs any more and
# nothing is mounted. Needs root, mmdebstrap, unshare, ip.

SUITE=${SUITE:-bookworm}

make_root() {
    tar=$1
    shift
    if [ -n "$(find "$tar" -mtime -7 2>/dev/null)" ] && [ "$*" = "$(cat "$tar.packages")" ]; then
        return
    fi
    echo "making a root of Debian $SUITE, which takes some minutes: $tar" >&2
    mkdir -p "$(dirname "$tar")"
    mmdebstrap --quiet --variant=apt --format=tar ${1:+--include="$(echo "$@" | tr ' ' ',')"} \
        --aptopt='APT::Install-Recommends "false"' "$SUITE" "$tar.part" >&2
    echo "$*" >"$tar.packages"
    mv "$tar.part" "$tar"
}

make_httpd_root() {
    ours=$(sed -n 's/^Package: //p' debian/control)
    tests_need=$(sed -n '/^Depends:/,/^[^ D]/s/^\(Depends:\)\{0,1\} *\([a-z][a-z0-9.+-]*\),\{0,1\}$/\2/p' debian/tests/control)
    # shellcheck disable=SC2046,SC2086
    make_root "build/roots/$SUITE-httpd.tar" $(printf '%s\n' apache2 ssl-cert $tests_need | grep -vxF "$ours" | sort -u)
}

open_root() {
    mkdir -p "$2"
    tar -C "$2" -xf "$1"
    printf '#!/bin/sh\nexit 101\n' >"$2/usr/sbin/policy-rc.d"
    chmod 755 "$2/usr/sbin/policy-rc.d"
    echo '127.0.0.1 localhost' >"$2/etc/hosts"
}

around() {
    # shellcheck disable=SC2016
    unshare --net --mount --pid --fork --kill-child sh -euc '
        PATH=$PATH:/usr/sbin:/sbin ip link set lo up
        mount -t proc proc /proc
        until [ "$1" = -- ]; do
            mount -t proc proc "$1/proc"
            mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
            shift
        done
        shift
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive "$@"' around "$@"
}

inside() { _run --net "$@"; }
online() { _run --ipc "$@"; }

_run() {
    namespace=$1
    shift
    # shellcheck disable=SC2016
    unshare "$namespace" --mount --pid --fork --kill-child sh -euc '
        [ "$1" != --net ] || PATH=$PATH:/usr/sbin:/sbin ip link set lo up
        mount -t proc proc "$2/proc"
        mount -t tmpfs -o mode=1777 tmpfs "$2/dev/shm"
        shift
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive chroot "$@"' run "$namespace" "$@"
}
