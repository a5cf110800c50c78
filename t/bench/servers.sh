#!/bin/sh
# Copyright 2026 the mod_mta_sts authors
# SPDX-License-Identifier: Apache-2.0
#
# servers.sh FOLDER - unpack nginx, Caddy and lighttpd into FOLDER.
#
# They are measured beside httpd, and never installed: a package would start a
# service. Debian and Ubuntu only; elsewhere run.pl takes what it finds in PATH.
# Libraries that the three need are installed, if they are missing.
set -eu
root=$1
packages='nginx caddy lighttpd lighttpd-mod-openssl'

mkdir -p "$root/deb"
[ ! -e "$root/complete" ] || exit 0
command -v apt-get >/dev/null 2>&1 || exit 0

cd "$root/deb"
for package in $packages; do
    apt-get download -qq "$package" >/dev/null 2>&1 ||
        echo "servers.sh: no package $package" >&2
done
for deb in *.deb; do
    [ ! -e "$deb" ] || dpkg -x "$deb" ..
done
cd ..

libraries=
for file in usr/sbin/nginx usr/sbin/lighttpd usr/lib/lighttpd/mod_openssl.so; do
    if ldd "$file" 2>/dev/null | grep -q 'not found'; then
        libraries=$(apt-cache depends $packages |
            sed -n 's/^ *|*Depends: \(lib[^ ]*\)$/\1/p' | sort -u)
    fi
done
if [ -n "$libraries" ]; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $libraries
fi
: >complete
