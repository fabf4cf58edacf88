#!/bin/sh
# Run every benchmark program of the build, one after the other. These machines are noisy: compare
# figures of one run with each other only.
set -eu
cd "$(dirname "$0")/.."
for program in build/bench/bench_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    echo "== $(basename "$program")"
    "$program"
    echo
done
