#!/bin/sh
# deb.sh - `make deb`: builds the Debian package of this tree in a clean root, without root's rights and without network
#
#   OUT=build/deb            where the results go
#   BUILD_PATH=/build/tree   the folder inside the root
#   BUILD_OPTIONS=nocheck    DEB_BUILD_OPTIONS
#
# and for those who want to see whether it comes out the same (package.sh):
#   BUILD_TREE=.             what is built
#   BUILD_UNDER='env TZ=UTC' words before the command
#   BUILD_WITH=faketime      one more package in the root
#   BUILD_TOUCH=2001-02-03   the date of every file
#   BUILD_UMASK=027
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/root.sh"
[ "$(id -u)" = 0 ] || exec sudo env OUT="${OUT:-}" SUITE="$SUITE" BUILD_PATH="${BUILD_PATH:-}" \
    BUILD_OPTIONS="${BUILD_OPTIONS:-}" sh "$here/deb.sh"

out=${OUT:-build/deb}
path=${BUILD_PATH:-/build/tree}
user=1234

# What Build-Depends names, without versions and profiles.
needs=$(sed -n '/^Build-Depends:/,/^[^ B]/p' debian/control |
    sed -n 's/^\(Build-Depends:\)\{0,1\} *\([a-z0-9.+-]*\).*/\2/p' |
    sed 's/^debhelper-compat$/debhelper/; s/^dh-apache2$/apache2-dev/' | sort -u)
# shellcheck disable=SC2086
make_root "build/roots/$SUITE-build.tar" build-essential $needs

work=$(mktemp -d "${TMPDIR:-/tmp}/deb-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
root=$work/root
open_root "build/roots/$SUITE-build.tar" "$root"
[ -z "${BUILD_WITH:-}" ] || {
    online "$root" apt-get update -qq
    online "$root" apt-get install -qq -y --no-install-recommends "$BUILD_WITH"
} >"$work/apt.log" 2>&1 || { cat "$work/apt.log" >&2; exit 1; }

mkdir -p "$root$path"
tar -C "${BUILD_TREE:-.}" --exclude=./build --exclude=./.git -cf - . | tar -C "$root$path" -xf -
[ -z "${BUILD_TOUCH:-}" ] || find "$root$path" -exec touch --no-dereference --date="$BUILD_TOUCH" {} +
chown -R $user:$user "$root$(dirname "$path")"

# shellcheck disable=SC2016,SC2086
inside "$root" sh -euc '
    cd "$1"
    umask "$2"
    user=$3 options=$4
    shift 4
    exec setpriv --reuid="$user" --regid="$user" --clear-groups \
        env HOME=/nonexistent DEB_BUILD_OPTIONS="$options" "$@" dpkg-buildpackage -us -uc' \
    build "$path" "${BUILD_UMASK:-022}" $user "${BUILD_OPTIONS:-}" ${BUILD_UNDER:-} >"$work/log" 2>&1 || {
    tail -80 "$work/log" >&2
    exit 1
}

mkdir -p "$out"
rm -f "$out"/libapache2-mod-* "$out"/mta-sts*
cp "$work/log" "$out/build.log"
find "$root$(dirname "$path")" -maxdepth 1 -type f -exec cp {} "$out/" \;
chown -R --reference=. "$out" build/roots    # so that `make clean` needs no root
ls -d "$out"/*.deb
