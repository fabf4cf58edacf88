#!/bin/sh
# Install the Debian packages that are missing; print which and why. Without root or sudo: print the
# command that would do it, and stop.
#   scripts/setup.sh          what building, testing and the demo need
#   scripts/setup.sh --lint   also what `make lint` needs
set -eu
# package | why
packages='gcc|the C compiler
libc6-dev|the C library
cmake|the build
ninja-build|the build
pkg-config|finds the libraries
libjpeg62-turbo-dev|decodes and encodes photographs
libpng-dev|reads and writes PNG
libyajl-dev|streams the COCO annotations
libexpat1-dev|reads the PASCAL VOC annotations
libprotobuf-c-dev|tf.train.Example records
protobuf-c-compiler|tf.train.Example records
libsqlite3-dev|the index of training runs
libcurl4-openssl-dev|fetches COCO
libarchive-dev|unpacks what was fetched
libopenmpi-dev|several machines build and train together
openmpi-bin|starts the tests of several processes
libcmocka-dev|the tests
gcc-arm-none-eabi|compiles for the microcontroller
qemu-system-arm|emulates the microcontroller'
if [ "${1:-}" = --lint ]; then
    packages="$packages
clang-format|make lint: the format of the sources
cppcheck|make lint: static analysis
shellcheck|make lint: the scripts"
fi

if ! command -v dpkg-query >/dev/null; then
    echo "vww sets itself up on Debian 12; here, have these installed (Debian's names):" >&2
    echo "$packages" | sed 's/^\([^|]*\)|\(.*\)/  \1 (\2)/' >&2
    exit 0
fi
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
missing=
while IFS='|' read -r package why; do
    if ! printf '%s\n' "$installed" | grep -qx "$package"; then
        missing="$missing $package"
        printf 'missing: %-22s %s\n' "$package" "$why"
    fi
done <<EOF
$packages
EOF
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
else
    printf '\nInstall them with:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends%s\n' "$missing"
    exit 1
fi
echo "installing them with apt-get"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# $as_root is empty or one word, $missing a list of package names: both are to be split.
# shellcheck disable=SC2086
if ! { $as_root apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } \
    >"$log" 2>&1; then
    tail -20 "$log" >&2
    printf '\napt-get failed; install by hand:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends%s\n' "$missing" >&2
    exit 1
fi
