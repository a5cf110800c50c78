#!/bin/sh
# apxs.sh - the module beside httpd from source, in prefixes of its own: the oldest that it supports with the system's APR,
# and the newest release of 2.4 with an APR of its own; each with the MPMs event, worker and prefork
#
# Says TAP. Builds both below build/world, which takes ten minutes and is kept, and runs the tests on each, which takes
# as long again. Touches nothing outside of build/world. Needs what `make check` needs, git, autoconf, automake, libtool,
# the headers of APR, PCRE2, PCRE (for httpd before 2.4.53), expat, nghttp2, brotli, libcurl and jansson, and the sources,
# from the network or from HTTPD_SOURCE and its like (httpd.sh).
#
#   OLDEST=2.4.48       the tag of the oldest
#   MPMS=event          not all three
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/httpd.sh"

oldest=${OLDEST:-2.4.48}
refused=2.4.47
MPMS=${MPMS:-event worker prefork}
missing=
for command in cc make git autoconf automake libtoolize pkg-config prove curl openssl apr-1-config apu-1-config pcre-config pcre2-config; do
    command -v $command >/dev/null || missing="$missing $command"
done
[ -z "$missing" ] || { echo "apxs.sh needs$missing: sh t/lib/needs.sh build check apxs" >&2; exit 2; }
sources || exit 2

mkdir -p "$WORLD"
work=$(mktemp -d "$WORLD/apxs-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
count=0 failed=0

ok() {
    count=$((count + 1))
    echo "ok $count - $1"
}

succeeds() { # what command...: goes on when it does not
    what=$1
    shift
    if "$@" >"$work/said" 2>&1; then ok "$what"; return; fi
    count=$((count + 1)) failed=$((failed + 1))
    echo "not ok $count - $what"
    sed 's/^/# /' "$work/said"
}

fail() { echo "FAILED: $*" >&2; return 1; }

# ---- what is tried with each ------------------------------------------------------------------------------------------

# Installed for itself, loaded the way that README.md says, and gone again.
installs() {
    before=$(find "$prefix" | sort | sha256sum)
    make install APXS="$APXS" PREFIX="$prefix" || return 1
    [ -e "$prefix/share/man/man5/mod_mta_sts.5" ] || fail 'no manual page' || return 1
    for mpm in event worker prefork; do
        {
            echo "LoadModule mpm_${mpm}_module modules/mod_mpm_$mpm.so"
            for module in unixd authz_core; do echo "LoadModule ${module}_module modules/mod_$module.so"; done
            grep '^LoadModule mta_sts_module' README.md
            printf '%s\n' 'Listen 127.0.0.1:1' '<VirtualHost *>' 'ServerName https://mta-sts.example.com' 'MTASTSEngine on' \
                'MTASTSMX mail.example.com' '</VirtualHost>'
        } >"$work/httpd.conf"
        "$prefix/bin/httpd" -f "$work/httpd.conf" -M >"$work/modules" 2>&1 || { cat "$work/modules"; return 1; }
        grep -q "mpm_${mpm}_module" "$work/modules" || fail "not $mpm" || return 1
        "$prefix/bin/httpd" -f "$work/httpd.conf" -t -D DUMP_MTA_STS 2>/dev/null | grep '^_mta-sts.example.com' || return 1
    done
    make uninstall APXS="$APXS" PREFIX="$prefix" || return 1
    rmdir "$prefix/share/man/man1" "$prefix/share/man/man5" "$prefix/share/man" "$prefix/share" 2>/dev/null || true
    [ "$before" = "$(find "$prefix" | sort | sha256sum)" ] || fail 'make uninstall leaves something'
}

# The real headers of an httpd that is too old, for what `configure` makes those of this one.
too_old_is_refused() {
    _source "$HTTPD_SOURCE" $refused "$work/old"
    # shellcheck disable=SC2046
    if cc -fsyntax-only -I"$work/old/include" -I"$work/old/os/unix" -I"$work/old/modules/ssl" -I"$prefix/include" -Imod_mta_sts \
        $(apr-1-config --includes --cppflags) $(apu-1-config --includes) mod_mta_sts/httpd/mod_mta_sts.c 2>"$work/errors"; then
        fail compiled || return 1
    fi
    cat "$work/errors"
    grep -q 'mod_mta_sts needs Apache httpd 2\.4\.48 or later' "$work/errors" || return 1
    [ "$(grep -c 'error:' "$work/errors")" = 1 ] || fail 'it says more than that'
}

for tag in $oldest $(newest); do
    own=
    [ "$tag" = "$oldest" ] || own=own
    prefix=$WORLD/httpd-$tag
    build_httpd "$tag" $own || { echo "Bail out! httpd $tag does not build"; exit 1; }
    httpd="httpd $("$prefix/bin/apxs" -q HTTPD_VERSION), APR $("$("$prefix/bin/apxs" -q APR_CONFIG)" --version)${own:+ of its own}"

    # Somebody may be at work in the tree, and its build folder belongs to another httpd.
    tree=$work/$tag
    mkdir -p "$tree/build"
    tar --exclude=./build --exclude=./.git -cf - . | tar -C "$tree" -xf -
    [ ! -e build/tools ] || ln -s "$PWD/build/tools" "$tree/build/tools"
    export APXS="$prefix/bin/apxs"
    cd "$tree"

    succeeds "$httpd: builds without a warning" make APXS="$APXS" all units
    succeeds "$httpd: make install, make uninstall" installs
    [ "$tag" != "$oldest" ] || succeeds "the headers of $refused are refused with a sentence" too_old_is_refused
    # shellcheck disable=SC2046
    succeeds "$httpd: unit tests, lints" prove -j2 --recurse $(find build/unit build/replay -type f -perm -u+x) t/lint
    for mpm in $MPMS; do
        succeeds "$httpd, MPM $mpm: tests" env MPM="$mpm" prove -j2 t/httpd
    done
    cd "$here/../.."
done

echo "1..$count"
[ $failed = 0 ]
