#!/bin/sh
# needs.sh GROUP... - install what a make target needs: build, demo, check, ci,
# bench, deb, world, apxs. On Debian and Ubuntu through apt-get, only what is missing. Elsewhere:
# say what is missing, exit 1.
#
# A package that would start a service is not installed: it is unpacked into
# build/tools, and only what it depends on is installed, unless that is to be
# unpacked itself.
set -eu

tools=build/tools

# A need: PACKAGE:KIND:WHAT
#   cmd     a command      file  a file         dpkg  a package
#   unpack  a file of a package that is unpacked into build/tools
#   apart   the same, into build/tools/PACKAGE: its files have names of another's
#   skip    a package that one of those depends on, and that nothing here needs
#   npm     a package of npm's registry, VERSION, into build/tools
build='gcc:cmd:cc apache2-dev:cmd:apxs apache2-bin:cmd:apache2
    apache2-ssl-dev:file:/usr/include/apache2/mod_ssl_openssl.h
    libssl-dev:file:/usr/include/openssl/evp.h pkg-config:cmd:pkg-config
    libjansson-dev:file:/usr/include/jansson.h zlib1g-dev:file:/usr/include/zlib.h
    libgmime-3.0-dev:file:/usr/include/gmime-3.0/gmime/gmime.h
    libarchive-dev:file:/usr/include/archive.h'
demo='curl:cmd:curl openssl:cmd:openssl perl:cmd:prove'
# mariadb-server-core and the clients start nothing.
databases='libaprutil1-dbd-sqlite3:dpkg: libaprutil1-dbd-pgsql:dpkg:
    libaprutil1-dbd-mysql:dpkg: sqlite3:cmd:sqlite3
    postgresql-client-15:file:/usr/lib/postgresql/15/bin/psql
    postgresql-15:unpack:usr/lib/postgresql/15/bin/initdb
    postgresql-common:unpack:usr/bin/pg_lsclusters
    mariadb-server-core:cmd:mariadbd mariadb-client-core:cmd:mariadb'
check="$demo libcmocka-dev:file:/usr/include/cmocka.h
    nghttp2-client:cmd:nghttp groff-base:cmd:groff
    bind9-utils:cmd:named-checkzone knot-dnssecutils:cmd:kzonecheck
    mount:cmd:mount iproute2:cmd:ip python3:file:/usr/bin/python3 nodejs:cmd:node npm:cmd:npm
    tidy:cmd:tidy libfaketime:dpkg: strace:cmd:strace
    python3-prometheus-client:unpack:usr/lib/python3/dist-packages/prometheus_client/__init__.py
    knot:unpack:usr/sbin/knotd unbound:unpack:usr/sbin/unbound
    apache2:unpack:usr/sbin/a2ensite haproxy:unpack:usr/sbin/haproxy
    pebble:cmd:pebble certbot:unpack:usr/bin/certbot
    python3-certbot-apache:unpack:usr/lib/python3/dist-packages/certbot_apache/__init__.py
    bind9-dnsutils:cmd:nsupdate bind9:unpack:usr/sbin/named
    postfix-mta-sts-resolver:unpack:usr/bin/mta-sts-query
    exim4-daemon-light:apart:usr/sbin/exim4 exim4-base:skip:
    postfix:unpack:usr/sbin/postfix opendkim:unpack:usr/sbin/opendkim chasquid:unpack:usr/bin/smtp-check
    mailauth:npm:4.13.3 mx-connect:npm:1.6.0
    $databases"
ci="$check clang:cmd:clang clang-format:cmd:clang-format
    libclang-rt-dev:dpkg: valgrind:cmd:valgrind"
deb='mmdebstrap:cmd:mmdebstrap iproute2:cmd:ip
    debian-archive-keyring:file:/usr/share/keyrings/debian-archive-keyring.gpg'
world="$deb chromium:cmd:chromium lintian:cmd:lintian binutils:cmd:readelf autopkgtest:cmd:autopkgtest"
apxs="$check git:cmd:git autoconf:cmd:autoconf automake:cmd:automake
    libtool:cmd:libtoolize libtool-bin:cmd:libtool
    libapr1-dev:cmd:apr-1-config libaprutil1-dev:cmd:apu-1-config
    libpcre3-dev:cmd:pcre-config libpcre2-dev:cmd:pcre2-config
    libexpat1-dev:file:/usr/include/expat.h
    libnghttp2-dev:file:/usr/include/nghttp2/nghttp2.h
    libbrotli-dev:file:/usr/include/brotli/encode.h
    libcurl4-openssl-dev:cmd:curl-config zlib1g-dev:file:/usr/include/zlib.h"
bench="$check valgrind:cmd:valgrind libcurl4-openssl-dev:cmd:curl-config"

# An httpd from elsewhere brings its own apxs and headers.
if [ "${APXS:-apxs}" != apxs ]; then
    build=$(echo "$build" | sed 's/apache2[a-z-]*:[^ ]*//g')
fi

is_there() { # package kind what
    case $2 in
    cmd) PATH="$PATH:/usr/sbin:/sbin" command -v "$3" >/dev/null 2>&1 ;;
    file) [ -e "$3" ] ;;
    dpkg) dpkg -s "$1" >/dev/null 2>&1 ;;
    unpack) [ -e "$tools/root/$3" ] ;;
    apart) [ -e "$tools/$1/$3" ] ;;
    skip) ;;
    npm) [ -e "$tools/node_modules/$1/package.json" ] ;;
    esac
}

packages= unpacks= aparts= npms=
for group; do
    case $group in
    build | demo | check | ci | bench | deb | world | apxs) eval "needs=\$$group" ;;
    *) echo "needs.sh: no group \"$group\"" >&2; exit 2 ;;
    esac
    for need in $needs; do
        package=${need%%:*} rest=${need#*:}
        kind=${rest%%:*} what=${rest#*:}
        is_there "$package" "$kind" "$what" && continue
        case $kind in
        unpack) unpacks="$unpacks $package" ;;
        apart) unpacks="$unpacks $package" aparts="$aparts $package " ;;
        npm) npms="$npms $package@$what" ;;
        *) packages="$packages $package" ;;
        esac
    done
done
[ -n "$packages$unpacks$npms" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing (names of the Debian packages, of npm's registry the last):" >&2
    echo " $packages$unpacks$npms" >&2
    echo "Install what your system calls them, then run make again." >&2
    exit 1
fi

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
install_packages() {
    echo "installing: $*"
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

$as_root apt-get update -qq || echo "needs.sh: apt-get update failed, going on" >&2
if [ -n "$unpacks" ]; then
    # shellcheck disable=SC2086
    never=" $(printf '%s\n' $check | sed -n 's/:\(unpack\|apart\|skip\):.*//p' | tr '\n' ' ')"
    # shellcheck disable=SC2086
    for package in $(apt-cache depends --no-recommends --no-suggests \
        --no-conflicts --no-breaks --no-replaces --no-enhances $unpacks |
        sed -n 's/^ *Depends: \([a-z0-9.+-]*\)$/\1/p'); do
        case $never in *" $package "*) continue ;; esac
        [ "$package" != locales-all ] || continue # PostgreSQL runs without
        dpkg -s "$package" >/dev/null 2>&1 || packages="$packages $package"
    done
fi
# shellcheck disable=SC2086
[ -z "$packages" ] || install_packages $packages
for package in $unpacks; do
    echo "unpacking: $package"
    mkdir -p "$tools/deb" "$tools/root"
    (cd "$tools/deb" && rm -f "$package"_*.deb &&
        apt-get download -qq -o APT::Sandbox::User=root "$package")
    root=root
    case $aparts in *" $package "*) root=$package ;; esac
    dpkg -x "$tools/deb/$package"_*.deb "$tools/$root"
done
for package in $npms; do
    echo "from npm: $package"
    npm install --prefix "$tools" --loglevel=error --no-audit --no-fund \
        --ignore-scripts "$package"
done
