#!/bin/bash
# Search for inputs that break a parser: build one fuzz target with clang's libFuzzer and the sanitizers,
# and run it for a while from its corpus. What it finds stays in build-fuzz/.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -lt 1 ]; then
    echo "usage: scripts/fuzz.sh TARGET [SECONDS]; targets:" >&2
    for source in tests/fuzz/fuzz_*.c; do basename "$source" .c | sed 's/^fuzz_/  /'; done >&2
    exit 2
fi
target=$1 seconds=${2:-60}
command -v clang >/dev/null || { echo "needs clang: apt-get install clang libclang-rt-14-dev" >&2; exit 1; }
flags="-fsanitize=address,undefined,fuzzer-no-link -fno-omit-frame-pointer"
cmake -G Ninja -S . -B build-fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DVWW_WERROR=OFF -DVWW_MPI=OFF -DCMAKE_C_FLAGS="$flags" >/dev/null
cmake --build build-fuzz --target libvww.a
mkdir -p "build-fuzz/found/$target"
libraries=$(pkg-config --libs libjpeg libpng yajl expat libprotobuf-c)
# shellcheck disable=SC2086
clang ${flags/fuzzer-no-link/fuzzer} -pthread -Iinclude -Isrc -Iruntime \
    "tests/fuzz/fuzz_$target.c" build-fuzz/libvww.a $libraries -lm -lpthread -o "build-fuzz/fuzz_$target"
"build-fuzz/fuzz_$target" -max_total_time="$seconds" -artifact_prefix="build-fuzz/found/" \
    "build-fuzz/found/$target" "tests/fuzz/corpus/$target"
