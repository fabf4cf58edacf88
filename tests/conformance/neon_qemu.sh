# The NEON kernels equal the reference in every bit: the test of the host's kernels, built for 64-bit Arm
# and run by QEMU on a core with and one without the dot product instructions.
set -eu
compiler=${VWW_AARCH64_CC:-aarch64-linux-gnu-gcc}
for program in "$compiler" qemu-aarch64; do
    command -v "$program" >/dev/null || {
        echo "skipped: no $program (apt-get install gcc-aarch64-linux-gnu qemu-user)"
        exit 77
    }
done
source=$VWW_SOURCE_DIR
"$compiler" -std=c17 -O2 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -static \
    -ffunction-sections -Wl,--gc-sections -ffp-contract=off -Wall -Wextra -Werror \
    -I"$source/tests/support/plain" -I"$source/include" -I"$source/src" -I"$source/runtime" \
    -I"$source/tests" -o test_fast "$source/tests/interpret/test_fast.c" \
    "$source"/src/interpret/fast.c "$source"/src/interpret/fast_neon.c \
    "$source"/src/interpret/fast_dotprod.c "$source"/src/base/memory.c "$source"/src/base/random.c \
    "$source"/src/base/status.c "$source"/src/base/text.c "$source"/src/lower/lower*.c \
    "$source"/src/model/quantization.c "$source"/src/model/graph.c "$source"/src/model/operator*.c \
    "$source"/runtime/kernels/*/*.c -lm
for core in cortex-a53 max; do
    echo "$core:"
    qemu-aarch64 -cpu "$core" ./test_fast
done
