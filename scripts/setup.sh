#!/bin/sh
# Install the Debian packages that are missing; print which and why. Without root or sudo: print the
# command that would do it, and stop.
set -eu
# package | why
packages='gcc|the C compiler
libc6-dev|the C library
cmake|the build
ninja-build|the build
pkg-config|finds the libraries
libjpeg62-turbo-dev|decodes and encodes photographs
libpng-dev|writes contact sheets and reads PNG
libyajl-dev|streams the COCO annotations
libprotobuf-c-dev|tf.train.Example records
protobuf-c-compiler|tf.train.Example records
zlib1g-dev|compression
libcmocka-dev|the tests
gcc-arm-none-eabi|compiles for the microcontroller
libnewlib-arm-none-eabi|start-up support for the microcontroller tests
qemu-system-arm|emulates the microcontroller'
missing=
while IFS='|' read -r package why; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed'; then
        missing="$missing $package"
        printf 'missing: %-24s (%s)\n' "$package" "$why"
    fi
done <<EOF
$packages
EOF
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    printf '\nInstall them with:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends%s\n' "$missing"
    exit 1
fi
echo "installing:$missing"
$as_root apt-get update -q >/dev/null
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null
