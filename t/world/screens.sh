#!/bin/sh
# screens.sh - the status page as Chromium shows it: wide and on a phone, light
# and dark. The pictures are in build/screens.
set -eu
cd "$(dirname "$0")/../.."
[ -e build/tlsrpt/drain ] && [ -e build/mod_tlsrpt.so ] || make all units
exec perl t/world/screens.pl
