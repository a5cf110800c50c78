# httpd.sh - Apache httpd from source, in folders of its own below build/world: for apxs.sh
#
#   sources                  sees that there are sources, or says which are missing and returns 2
#   newest                   the tag of the newest release of 2.4
#   build_httpd TAG [own]    httpd TAG into build/world/httpd-TAG, with the APR of the system, or with one of its own, built
#                            from source too. What is there already is not built again.
#
#   HTTPD_SOURCE, APR_SOURCE, APR_UTIL_SOURCE
#                            git repositories: addresses or folders (https://github.com/apache/httpd, apr and apr-util)
#
# httpd gets its three MPMs and every module for which there is a library, as modules; those that the tests cannot do
# without are named, so that configure refuses to go without them.

HTTPD_SOURCE=${HTTPD_SOURCE:-https://github.com/apache/httpd}
APR_SOURCE=${APR_SOURCE:-https://github.com/apache/apr}
APR_UTIL_SOURCE=${APR_UTIL_SOURCE:-https://github.com/apache/apr-util}
WORLD=$PWD/build/world
JOBS=${JOBS:-2}

sources() {
    missing=
    for variable in HTTPD_SOURCE APR_SOURCE APR_UTIL_SOURCE; do
        eval "source=\$$variable"
        git ls-remote --exit-code --tags "$source" >/dev/null 2>&1 && continue
        echo "There is no git repository with releases at $source: go online, or set $variable to a copy." >&2
        missing=2
    done
    return ${missing:-0}
}

# The highest of the tags that begin so, without candidates.
_newest() { # source beginning
    git ls-remote --tags --refs "$1" | sed -n "s|.*refs/tags/\($2\.[0-9][0-9]*\)\$|\1|p" | sort -V | tail -1
}

newest() { _newest "$HTTPD_SOURCE" '2\.4'; }

_source() { # source tag folder
    rm -rf "$3"
    git -c advice.detachedHead=false clone --quiet --depth 1 --branch "$2" "$(_address "$1")" "$3"
}

# --depth needs an address, not a folder.
_address() {
    case $1 in
    /*) echo "file://$1" ;;
    *://*) echo "$1" ;;
    *) echo "file://$(cd "$1" && pwd)" ;;
    esac
}

# An APR of its own, and APR-util with it.
_build_apr() { # prefix log
    apr=$(_newest "$APR_SOURCE" '1\.7') apu=$(_newest "$APR_UTIL_SOURCE" '1\.6')
    _source "$APR_SOURCE" "$apr" "$WORLD/src/apr"
    _source "$APR_UTIL_SOURCE" "$apu" "$WORLD/src/apr-util"
    echo "building APR $apr and APR-util $apu: $1" >&2
    # shellcheck disable=SC2016
    sh -euc '
        cd "$1/apr"
        ./buildconf
        ./configure --prefix="$2" CFLAGS=-O1
        make -j"$3"
        make install
        cd ../apr-util
        ./buildconf --with-apr=../apr
        ./configure --prefix="$2" --with-apr="$2" CFLAGS=-O1
        make -j"$3"
        make install' build "$WORLD/src" "$1" "$JOBS" >"$2" 2>&1 || { tail -30 "$2" >&2; return 1; }
}

build_httpd() {
    prefix=$WORLD/httpd-$1
    log=$WORLD/httpd-$1.log
    if [ -e "$prefix/built" ]; then return; fi
    rm -rf "$prefix"
    mkdir -p "$WORLD/src"
    apr_config=$(command -v apr-1-config || command -v apr-config || true)
    apu_config=$(command -v apu-1-config || command -v apu-config || true)
    if [ "${2:-}" = own ]; then
        _build_apr "$prefix" "$log.apr" || return 1
        apr_config=$prefix/bin/apr-1-config apu_config=$prefix/bin/apu-1-config
        with=$WORLD/src/apr
    else
        with=$apr_config
    fi
    _source "$HTTPD_SOURCE" "$1" "$WORLD/src/httpd-$1"
    # Before 2.4.52 mod_ssl uses a macro that OpenSSL 3 has no more, and cannot be loaded. It tells a key that belongs to
    # another certificate from one that is encrypted; here no key is encrypted.
    cat >>"$WORLD/src/httpd-$1/modules/ssl/ssl_private.h" <<'END'
#include <openssl/err.h>
#if OPENSSL_VERSION_NUMBER >= 0x30000000L && !defined(ERR_GET_FUNC)
#define ERR_GET_FUNC(error) X509_F_X509_CHECK_PRIVATE_KEY
#endif
END
    echo "building httpd $1, which takes some minutes: $prefix" >&2
    # shellcheck disable=SC2016
    sh -euc '
        cd "$1"
        ./buildconf --with-apr="$2" --with-apr-util=../apr-util
        ./configure --prefix="$3" --with-apr="$4" --with-apr-util="$5" \
            --enable-mpms-shared="event worker prefork" --enable-mods-shared=reallyall --enable-so \
            --enable-ssl --enable-http2 --enable-md --enable-deflate --enable-brotli CFLAGS=-O1
        make -j"$6"
        make install' build "$WORLD/src/httpd-$1" "$with" "$prefix" "$apr_config" "$apu_config" "$JOBS" \
        >"$log" 2>&1 || { tail -30 "$log" >&2; return 1; }
    touch "$prefix/built"
    rm -rf "$WORLD/src/httpd-$1"
}
