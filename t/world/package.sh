#!/bin/sh
# package.sh - the Debian package: built twice it is the same; it does nothing unasked; it comes, changes and goes clean
#
# Says TAP, and stops at the first thing that fails. Builds and tries in roots of its own below TMPDIR, which are gone
# afterwards; no httpd and no port of this machine is touched. Needs root, the network for apt-get, and mmdebstrap,
# iproute2, lintian, binutils and autopkgtest. Takes five minutes, and some more once a week, when the roots are made.
#
#   PACKAGE=FILE.changes   does not build, and tries this one
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/root.sh"

name=libapache2-mod-mta-sts
for command in mmdebstrap unshare ip lintian readelf dpkg-deb autopkgtest; do
    PATH=$PATH:/usr/sbin:/sbin command -v $command >/dev/null || { echo "package.sh needs $command" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "package.sh needs root" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/package-XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
count=0

ok() {
    count=$((count + 1))
    echo "ok $count - $1"
}

not_ok() { # what file that tells more
    echo "not ok $((count + 1)) - $1"
    sed 's/^/# /' "$2"
    exit 1
}

quiet() { # what command...: succeeds, and says nothing
    what=$1
    shift
    if ! "$@" >"$work/said" 2>&1 || [ -s "$work/said" ]; then not_ok "$what" "$work/said"; fi
    ok "$what"
}

succeeds() { # what command...
    what=$1
    shift
    "$@" >"$work/said" 2>&1 || not_ok "$what" "$work/said"
    ok "$what"
}

# A script in a root: each of its lines "ok - ..." is one, and it fails as a whole.
script() { # root what <script
    cat >"$1/root/script"
    inside "$1" sh -eu /root/script >"$work/said" 2>&1 || {
        sed -n 's/^ok - //p' "$work/said" >"$work/ok"
        while read -r line; do ok "$2: $line"; done <"$work/ok"
        not_ok "$2" "$work/said"
    }
    sed -n 's/^ok - //p' "$work/said" >"$work/ok"
    while read -r line; do ok "$2: $line"; done <"$work/ok"
}

# ---- built twice ------------------------------------------------------------------------------------------------------

if [ -z "${PACKAGE:-}" ]; then
    # somebody may be at work in the tree
    mkdir "$work/tree"
    tar --exclude=./build --exclude=./.git -cf - . | tar -C "$work/tree" -xf -
    export BUILD_TREE="$work/tree"
    succeeds 'builds from a clean root, and its tests pass' env OUT="$work/one" BUILD_OPTIONS= sh "$here/deb.sh"
    succeeds 'builds in another folder, time zone, umask, with old files, 400 days later and without tests' \
        env OUT="$work/two" BUILD_PATH=/srv/quite/another/mod_mta_sts-0 BUILD_OPTIONS=nocheck BUILD_WITH=faketime \
        BUILD_TOUCH=2001-02-03 BUILD_UNDER='env TZ=Asia/Kathmandu LC_ALL=C faketime -f +400d' BUILD_UMASK=027 \
        sh "$here/deb.sh"
    PACKAGE=$(ls "$work"/one/*.changes)
    for kind in $name $name-dbgsym libapache2-mod-tlsrpt libapache2-mod-tlsrpt-dbgsym mta-sts mta-sts-dbgsym; do
        (cd "$work" && sha256sum one/"$kind"_*.deb two/"$kind"_*.deb) >"$work/sums"
        [ "$(cut -d' ' -f1 "$work/sums" | sort -u | wc -l)" = 1 ] || not_ok "$kind: both are the same" "$work/sums"
        ok "$kind: both are the same"
    done
fi
deb=$(ls "$(dirname "$PACKAGE")"/${name}_*.deb)

quiet 'lintian has nothing to say' lintian --allow-root --no-cfg --profile debian --display-info --pedantic \
    --tag-display-limit 0 "$PACKAGE"

# ---- what is in it -----------------------------------------------------------------------------------------------------

dpkg-deb -x "$deb" "$work/files"
module=$work/files/usr/lib/apache2/modules/mod_mta_sts.so
succeeds 'the manual page names what is there' sh -euc '
    zcat "$1/usr/share/man/man5/mod_mta_sts.5.gz" | sed -n "s/^\.It Pa //p" >"$1.named"
    [ "$(wc -l <"$1.named")" = 4 ]
    while read -r file; do
        ls -d "$1$file"
    done <"$1.named"' sh "$work/files"
readelf -dlW "$module" >"$work/elf"
for want in BIND_NOW GNU_RELRO; do
    grep -q "$want" "$work/elf" || not_ok "hardened: $want" "$work/elf"
    ok "hardened: $want"
done
readelf -W --dyn-syms "$module" >"$work/elf"
grep -q __stack_chk_fail "$work/elf" || not_ok 'hardened: the stack protector' "$work/elf"
ok 'hardened: the stack protector'
log=$(dirname "$PACKAGE")/build.log
if [ -e "$log" ]; then
    # The module calls nothing that is fortified: so, was it asked for?
    grep 'libtool: compile:' "$log" | grep -v -e -D_FORTIFY_SOURCE=2 >"$work/said" && not_ok 'hardened: fortified' "$work/said"
    ok 'hardened: fortified'
fi

# ---- in a root with the httpd of the system ----------------------------------------------------------------------------

make_httpd_root

new_root() {
    rm -rf "$work/root"
    open_root "build/roots/$SUITE-httpd.tar" "$work/root"
    root=$work/root
    cp "$deb" "$root/root/package.deb"
    echo 'ServerName localhost' >"$root/etc/apache2/conf-enabled/name.conf"
}

new_root
script "$root" 'without a directive' <<'END'
name=libapache2-mod-mta-sts
cd /root
fail() { echo "FAILED: $*"; exit 1; }

# Without the date, and with the methods in one order: httpd's is another at each start.
ask() { # into file
    for scheme in http https; do
        for path in / /.well-known/mta-sts.txt /.well-known/acme-challenge/x /no-such-file; do
            for method in GET HEAD OPTIONS POST; do
                echo "== $method $scheme $path"
                head=
                [ $method != HEAD ] || head=--head
                curl -q -sSik $head --noproxy '*' --retry 20 --retry-delay 1 --retry-connrefused --max-time 60 \
                    -X $method --resolve mta-sts.example.com:80:127.0.0.1 \
                    --resolve mta-sts.example.com:443:127.0.0.1 "$scheme://mta-sts.example.com$path"
            done
        done
    done | perl -pe 's/^Date:.*\n//i; s/^(Allow: )([\w,]+)/$1 . join ",", sort split m{,}, $2/ei' >"$1"
}

ls -lR /etc/apache2/*-enabled | grep -v '^total' >before
dpkg -i package.deb
ls -lR /etc/apache2/*-enabled | grep -v '^total' >after
cmp before after
if a2query -m mta_sts || a2query -m ssl; then fail enabled; fi
echo 'ok - installing enables nothing'

a2enmod -q ssl
a2ensite -q default-ssl
apachectl configtest >configtest.without 2>&1
apachectl start
ask answers.without
apachectl stop
while [ -e /run/apache2/apache2.pid ]; do sleep 0.1; done
grep -q '^HTTP/1.1 200' answers.without
grep -q '^HTTP/1.1 404' answers.without
: >/var/log/apache2/error.log

a2enmod -q mta_sts
apachectl configtest >configtest.with 2>&1
diff configtest.without configtest.with
[ "$(cat configtest.with)" = 'Syntax OK' ]
echo 'ok - configtest says what it says without the module'

apachectl -M | grep -q mta_sts_module
apachectl start
ask answers.with
diff answers.without answers.with
echo 'ok - every answer for a policy host is the one without the module'

if grep -i -e MTASTS -e mta_sts /var/log/apache2/error.log; then fail 'error log'; fi
grep -q 'resuming normal operations' /var/log/apache2/error.log
echo 'ok - the error log does not mention it'
apachectl stop
END

new_root
script "$root" 'install and purge' <<'END'
cd /root
fail() { echo "FAILED: $*"; exit 1; }

# Every file: kind, mode, owner, target, content. Left out are the logs, dpkg's own books, and the folders
# (not the files in them) in which a2enmod notes who enabled and disabled what.
files() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /root -o -path /tmp -o -path /var/log \
        -o -path /run -o -path '/var/lib/dpkg/status*' -o -path '/var/lib/dpkg/lock*' -o -path /var/lib/dpkg/triggers/Lock \
        \) -prune -o -type d -path '/var/lib/apache2/module/*abled_by_*' -o \
        -printf '%p %y %m %u %g %l\n' -type f -exec sha256sum {} + | sort
}

a2enmod -q ssl
apachectl configtest
files >before

dpkg -i package.deb
dpkg --purge libapache2-mod-mta-sts
files >after
diff before after
echo 'ok - purged at once: nothing is left'

dpkg -i package.deb
files >installed
if diff before installed >/dev/null; then fail 'the list sees nothing'; fi
a2enmod -q mta_sts
apachectl configtest
echo '# mine' >>/etc/apache2/mods-available/mta_sts.conf
dpkg --remove libapache2-mod-mta-sts
apachectl configtest
if a2query -m mta_sts; then fail 'still enabled'; fi
grep -q '# mine' /etc/apache2/mods-available/mta_sts.conf
echo 'ok - removed: disabled, and the edited configuration stays'

dpkg -i package.deb
a2query -m mta_sts
apachectl configtest
grep -q '# mine' /etc/apache2/mods-available/mta_sts.conf
echo 'ok - installed again: enabled again, with the edited configuration'

a2dismod -q mta_sts
dpkg --remove libapache2-mod-mta-sts
dpkg -i package.deb
if a2query -m mta_sts; then fail 'enabled'; fi
echo 'ok - what the administrator has disabled stays disabled'

a2enmod -q mta_sts
dpkg --purge libapache2-mod-mta-sts
apachectl configtest
files >after
diff before after
echo 'ok - purged while it is enabled: nothing is left'

dpkg -i package.deb
a2enmod -q mta_sts
dpkg --remove libapache2-mod-mta-sts
dpkg --purge libapache2-mod-mta-sts
files >after
diff before after
echo 'ok - removed, then purged: nothing is left'
END

# ---- upgrade -----------------------------------------------------------------------------------------------------------

# The same package with another version, and perhaps with a line more in its configuration.
newer() { # version file [line]
    rm -rf "$work/newer"
    dpkg-deb -R "$deb" "$work/newer"
    sed -i "s/^Version: .*/&$1/" "$work/newer/DEBIAN/control"
    if [ $# = 3 ]; then
        conf=etc/apache2/mods-available/mta_sts.conf
        echo "$3" >>"$work/newer/$conf"
        sed -i "s|.*  $conf\$|$(cd "$work/newer" && md5sum $conf)|" "$work/newer/DEBIAN/md5sums"
    fi
    dpkg-deb --root-owner-group -b "$work/newer" "$2" >/dev/null
}

new_root
newer +1 "$root/root/newer1.deb"
newer +2 "$root/root/newer2.deb" '# a line of the new version'
script "$root" 'upgrade' <<'END'
name=libapache2-mod-mta-sts
cd /root
fail() { echo "FAILED: $*"; exit 1; }

dump() {
    apachectl -t -D DUMP_MTA_STS
    apachectl -t -D DUMP_MTA_STS_JSON
}

policies() {
    for domain in com net org; do
        curl -q -sSk --noproxy '*' --retry 20 --retry-delay 1 --retry-connrefused --max-time 60 \
            --resolve mta-sts.example.$domain:443:127.0.0.1 "https://mta-sts.example.$domain/.well-known/mta-sts.txt"
    done
}

starts() { grep -c 'resuming normal operations' /var/log/apache2/error.log; }

dpkg -i package.deb
a2enmod -q mta_sts
cp /usr/share/doc/$name/examples/several-domains.conf /etc/apache2/sites-available/
a2ensite -q several-domains
echo 'MTASTSMaxAge 8d' >>/etc/apache2/mods-available/mta_sts.conf
echo '# mine' >>/etc/apache2/mods-available/mta_sts.load
find /etc/apache2 -type f -exec sha256sum {} + >conf.before
ls -lR /etc/apache2/*-enabled >enabled.before
apachectl start
policies >policies.before
dump >dump.before
[ "$(grep -c '^_mta-sts' dump.before)" = 3 ]
grep -q 'max_age 691200' dump.before

# From here on maintainer scripts may restart httpd.
printf '#!/bin/sh\nexit 0\n' >/usr/sbin/policy-rc.d

upgrade() { # what option... file
    what=$1
    shift
    started=$(starts)
    dpkg "$@" </dev/null
    rm -f /etc/apache2/mods-available/*.dpkg-dist
    find /etc/apache2 -type f -exec sha256sum {} + | diff conf.before -
    ls -lR /etc/apache2/*-enabled | diff enabled.before -
    echo "ok - $what: the edited configuration is as it was"
    dump | diff dump.before -
    echo "ok - $what: the dump is as it was, every id too"
    policies | diff policies.before -
    i=0
    until [ "$(starts)" -gt "$started" ]; do
        i=$((i + 1))
        [ $i -lt 100 ] || fail 'not restarted'
        sleep 0.1
    done
    echo "ok - $what: httpd was restarted, and serves what it served"
}

upgrade 'the next version' -i newer1.deb
upgrade 'one with another configuration' --force-confold -i newer2.deb
dpkg-query -W -f '${Version}\n' $name | grep -q '+2$'
sed -n 's/.*MTASTS080: //p' /var/log/apache2/error.log | sort | uniq -c >ids
[ "$(wc -l <ids)" = 3 ] || fail "the error log: $(cat ids)"
echo 'ok - every start has logged the same ids'
apachectl stop
END

# ---- the packages for reports ------------------------------------------------------------------------------------------

# what they depend on
reports_need='adduser libaprutil1-dbd-sqlite3 libjansson4 libgmime-3.0-0 libarchive13'
new_root
for kind in libapache2-mod-tlsrpt mta-sts; do
    cp "$(dirname "$PACKAGE")/$kind"_*.deb "$root/root/$kind.deb"
done
{
    online "$root" apt-get update -qq
    # shellcheck disable=SC2086
    online "$root" apt-get install -qq -y --no-install-recommends $reports_need
} >"$work/said" 2>&1 || not_ok 'reports: packages that they need' "$work/said"
script "$root" 'reports' <<'END'
cd /root
fail() { echo "FAILED: $*"; exit 1; }
spool=/var/lib/apache2/tlsrpt
host=reports.example.com

files() {
    find /etc /usr /var /home -xdev \( -path /var/log -o -path '/var/lib/dpkg/*' -o -path '/var/lib/apache2/module/*abled_by_*' \
        -o -path '/var/lib/apache2/site/*abled_by_*' -o -path '/etc/*-' -o -path '/var/cache/*' \) -prune -o -printf '%p %y %m %u %g %l\n' -type f -exec sha256sum {} + | sort
}
ask() { # path [option of curl]...
    path=$1
    shift
    curl -q -sSk --noproxy '*' --retry 20 --retry-delay 1 --retry-connrefused --max-time 60 \
        --resolve $host:443:127.0.0.1 "$@" "https://$host$path"
}

files >before
ls -lR /etc/apache2/*-enabled | grep -v '^total' >enabled.before
dpkg -i libapache2-mod-tlsrpt.deb mta-sts.deb
ls -lR /etc/apache2/*-enabled | grep -v '^total' | diff enabled.before -
echo 'ok - installing enables nothing'
[ "$(stat -c '%U:%G %a' $spool $spool/tmp $spool/new $spool/raw $spool/bad | tr '\n' ' ')" = \
    'www-data:_tlsrpt 750 www-data:_tlsrpt 3770 www-data:_tlsrpt 3770 www-data:_tlsrpt 700 www-data:_tlsrpt 3730 ' ] ||
    fail "$(ls -la $spool)"
echo 'ok - the spool belongs to httpd, and the group _tlsrpt may put reports into it'

cp /usr/share/doc/libapache2-mod-tlsrpt/examples/tls-reports.conf /etc/apache2/sites-available/
a2enmod -q tlsrpt ssl reqtimeout
a2ensite -q tls-reports
[ "$(apachectl configtest 2>&1)" = 'Syntax OK' ] || fail "$(apachectl configtest 2>&1)"
apachectl start
ask /tlsrpt | grep -q 8460
echo 'ok - the example site, without mod_mta_sts, passes configtest and says what it is for'

today=$(date -u -d yesterday +%Y-%m-%d)
report() { # id good
    printf '{"organization-name":"Example","date-range":{"start-datetime":"%sT00:00:00Z","end-datetime":"%sT23:59:59Z"},' $today $today
    printf '"contact-info":"postmaster@example.net","report-id":"%s","policies":[{"policy":{"policy-type":"sts",' "$1"
    printf '"policy-domain":"example.com"},"summary":{"total-successful-session-count":%s,' "$2"
    printf '"total-failure-session-count":0}}]}'
}
report posted 40 >posted.json
[ "$(ask /tlsrpt/example.com --data-binary @posted.json -o said -w '%{http_code}')" = 201 ] || fail "$(cat said)"
{
    printf 'From: postmaster@example.net\nSubject: Report\nMIME-Version: 1.0\nContent-Type: application/tlsrpt+json\n\n'
    report mailed 500
} >mail
setpriv --reuid _tlsrpt --regid _tlsrpt --clear-groups mta-sts report import - <mail
report filed 7 >filed.json
mta-sts report import filed.json
tries=0
until [ -z "$(ls $spool/new)" ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "the intake: $(ls -la $spool/new; cat /var/log/apache2/error.log)"
    sleep 0.1
done
[ "$(ls $spool/raw | wc -l)" = 3 ] || fail "$(ls -la $spool/raw $spool/bad)"
echo 'ok - a report by POST, a mail by the user of the pipes, and a file get into the store'
ask '/tls-status?domain=example.com&format=json' >status.json
grep -q '"sessions": *7\b' status.json || fail "$(cat status.json)"
mta-sts report summary >summary
grep -q '^example.com ' summary || fail "$(cat summary)"
echo 'ok - the page and the summary count the file, which outranks the others of its reporter'
if grep -v -e notice -e AH01909 -e AH01906 /var/log/apache2/error.log; then fail 'error log'; fi
apachectl stop
while [ -e /run/apache2/apache2.pid ]; do sleep 0.1; done

mkdir kept && cp -a $spool/reports.sqlite3 kept/
dpkg --remove libapache2-mod-tlsrpt
cmp $spool/reports.sqlite3 kept/reports.sqlite3
apachectl configtest 2>&1 | grep -q TLSRPTDomain
a2dissite -q tls-reports
echo 'ok - removed: the store stays'
rm /etc/apache2/sites-available/tls-reports.conf
a2dismod -q ssl socache_shmcb
dpkg --purge libapache2-mod-tlsrpt mta-sts
files >after
diff before after
echo 'ok - purged: nothing is left, nor is the user'
END

# ---- autopkgtest ---------------------------------------------------------------------------------------------------------

# The program itself, which installs the packages with what debian/tests/control names. What it takes for granted in a
# root is put there first: it runs without the network, because httpd has port 443 there and a sender asks it. The root
# is no container, but its processes, mounts and network are its own.
new_root
{
    online "$root" apt-get update -qq
    # shellcheck disable=SC2086
    online "$root" apt-get install -qq -y --no-install-recommends dpkg-dev apt-utils $reports_need
} >"$work/said" 2>&1 || not_ok 'autopkgtest: packages that it needs' "$work/said"
: >"$root/etc/apt/sources.list"
mkdir "$work/source"
cp -R debian "$work/source/"
around "$root" -- autopkgtest --no-built-binaries --ignore-restrictions=isolation-container "$(realpath "$deb")" \
    "$(realpath "$(dirname "$PACKAGE")"/libapache2-mod-tlsrpt_*.deb)" "$(realpath "$(dirname "$PACKAGE")"/mta-sts_*.deb)" \
    "$work/source//" -- chroot "$root" >"$work/said" 2>&1 || not_ok autopkgtest "$work/said"
sed -n 's/^ok - //p' "$work/said" >"$work/ok"
while read -r line; do ok "autopkgtest: $line"; done <"$work/ok"
for line in 'ok - mta-sts-query accepts the policy' 'smoke  *PASS' \
    'ok - so does the page, and it names both reporters' 'reports  *PASS'; do
    grep -q "^$line\$" "$work/said" || not_ok "autopkgtest: $line" "$work/said"
done

echo "1..$count"
