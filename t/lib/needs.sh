#!/bin/sh
# needs.sh GROUP... - install what a make target needs: build, demo, check, ci,
# bench. Debian and Ubuntu: through apt-get, only what is missing, and never a
# package that would start a service. Elsewhere: say what is missing, exit 1.
set -eu

# A need is a package, and how to see that it is there: a command, or a file.
build='gcc:cmd:cc apache2-dev:cmd:apxs apache2-bin:cmd:apache2
    libssl-dev:file:/usr/include/openssl/evp.h pkg-config:cmd:pkg-config'
demo='curl:cmd:curl openssl:cmd:openssl perl:cmd:prove'
check="$demo libcmocka-dev:file:/usr/include/cmocka.h
    libjansson-dev:file:/usr/include/jansson.h
    nghttp2-client:cmd:nghttp bind9-utils:cmd:named-checkzone"
ci="$check clang:cmd:clang libclang-rt-dev:dpkg: valgrind:cmd:valgrind"
bench="$check valgrind:cmd:valgrind strace:cmd:strace"

# Which of the needs are missing? (an install outside PATH is found by APXS)
missing() {
    for need in $1; do
        package=${need%%:*} rest=${need#*:}
        kind=${rest%%:*} what=${rest#*:}
        case $kind in
        cmd)
            [ "$what" = apxs ] && [ -n "${APXS:-}" ] && what=$APXS
            PATH="$PATH:/usr/sbin:/sbin" command -v "$what" >/dev/null 2>&1
            ;;
        file) [ -e "$what" ] ;;
        dpkg) dpkg -s "$package" >/dev/null 2>&1 ;;
        esac || printf '%s ' "$package"
    done
}

lack=
for group; do
    case $group in
    build | demo | check | ci | bench) eval "lack=\"\$lack \$(missing \"\$$group\")\"" ;;
    *) echo "needs.sh: no group \"$group\"" >&2; exit 2 ;;
    esac
done
lack=$(echo $lack | tr ' ' '\n' | sort -u | tr '\n' ' ')
[ -n "${lack%% }" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing (names of the Debian packages): $lack" >&2
    echo "Install what your system calls them, then run make again." >&2
    exit 1
fi

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing: $lack"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq || echo "needs.sh: apt-get update failed, going on" >&2
$sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $lack
