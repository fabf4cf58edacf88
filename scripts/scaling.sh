#!/bin/sh
# How training scales over ranks, by the model of docs/distributed.md.
#   scripts/scaling.sh IMAGE_SECONDS PARAMETERS CHANNELS NORMS LATENCY_SECONDS BYTES_PER_SECOND [BATCH]
# IMAGE_SECONDS: of one rank for one image, forward and backward; CHANNELS: of all batch norms, of which
# there are NORMS; the last two of the network: mpirun -n 2 build/bench/bench_ranks
set -eu
if [ $# -lt 6 ]; then
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
awk -v image="$1" -v parameters="$2" -v channels="$3" -v norms="$4" -v latency="$5" -v rate="$6" \
    -v batch="${7:-96}" 'BEGIN {
    printf "%5s %12s %12s %12s %12s %10s %10s\n", "ranks", "compute ms", "norms ms", "gradient ms",
        "step ms", "speedup", "efficiency"
    for (n = 1; n <= 16; n *= 2) {
        compute = batch / n * image
        # Two exchanges for each batch norm: two doubles of each channel from every rank to every other.
        norm = n == 1 ? 0 : 2 * (norms * latency * log(n) / log(2) + 16 * channels * (n - 1) / rate)
        # Scattered and spread: 2 (n - 1) / n of the gradient. Two thirds of a step are backward, and
        # all but the last bucket of 256 KiB travel meanwhile.
        gradient = n == 1 ? 0 : 2 * latency + 2 * (n - 1) / n * 4 * parameters / rate
        last = 2 * (n - 1) / n * 262144 / rate
        hidden = gradient - last < 2 / 3 * compute ? gradient - last : 2 / 3 * compute
        exposed = gradient - (hidden > 0 ? hidden : 0)
        step = compute + norm + exposed
        if (n == 1) one = step
        printf "%5d %12.2f %12.2f %12.2f %12.2f %10.2f %9.0f%%\n", n, 1e3 * compute, 1e3 * norm,
            1e3 * exposed, 1e3 * step, one / step, 100 * one / step / n
    }
}'
