/* Images per second of a full training step of MobileNet V1 0.25 at 96 pixels, batch 96, from
 * memory; then, layer by layer, multiply-adds and bytes per second beside what this machine can do,
 * measured by the same program just before.
 *   bench_train [steps]   VWW_ISA=portable|avx2|avx512 chooses the kernels */
#include "base/memory.h"
#include "base/random.h"
#include "base/thread.h"
#include "train/kernels.h"
#include "train/network.h"
#include "vww/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 96
#define NODES_MAX 64

static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* --- what the machine can do ---------------------------------------------------------------------
 */

/* A product whose operands stay in the first-level cache: 96 rows x 64 deep x 32 columns. */
struct peak {
    const struct vww_kernels *kernels;
    int64_t repeats;
};

static void multiply_repeatedly(void *context, int64_t index)
{
    const struct peak *peak = context;
    static _Thread_local float a[96 * 64], b[64 * 32], c[96 * 32];
    (void)index;
    const float *const line = a;
    const struct vww_rows rows = {.lines = &line, .count = 1, .run = 64, .step = 64};
    for (int64_t i = 0; i < peak->repeats; i++)
        peak->kernels->multiply(&rows, b, 96, 32, c);
}

static double peak_flops(const struct vww_kernels *kernels)
{
    struct peak peak = {.kernels = kernels, .repeats = 2000};
    double best = 0;
    for (int try = 0; try < 5; try++) {
        const double start = seconds();
        vww_parallel_for(vww_threads(), multiply_repeatedly, &peak);
        const double rate =
            2.0 * 96 * 64 * 32 * (double)peak.repeats * vww_threads() / (seconds() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

#define STREAM_BYTES ((size_t)64 << 20) /* per thread: more than the caches hold */

struct stream {
    char **from, **to;
};

static void copy_once(void *context, int64_t index)
{
    const struct stream *stream = context;
    memcpy(stream->to[index], stream->from[index], STREAM_BYTES);
}

/* Bytes read plus bytes written, copying. */
static double peak_bandwidth(void)
{
    const int threads = vww_threads();
    struct stream stream = {calloc((size_t)threads, sizeof(char *)),
                            calloc((size_t)threads, sizeof(char *))};
    double best = 0;
    for (int i = 0; stream.from != NULL && stream.to != NULL && i < threads; i++) {
        stream.from[i] = vww_allocate(STREAM_BYTES, 1);
        stream.to[i] = vww_allocate(STREAM_BYTES, 1);
        if (stream.from[i] == NULL || stream.to[i] == NULL)
            return 0;
    }
    for (int try = 0; try < 5; try++) {
        const double start = seconds();
        vww_parallel_for(threads, copy_once, &stream);
        const double rate = 2.0 * (double)STREAM_BYTES * threads / (seconds() - start);
        best = rate > best ? rate : best;
    }
    for (int i = 0; i < threads; i++) {
        vww_free(stream.from[i]);
        vww_free(stream.to[i]);
    }
    free(stream.from);
    free(stream.to);
    return best;
}

/* --- the training step ---------------------------------------------------------------------------
 */

static int fail(const struct vww_error *error)
{
    char text[1024];
    vww_error_format(error, text, sizeof text);
    fprintf(stderr, "bench_train: %s\n", text);
    return 1;
}

static void print_nodes(const struct vww_network *network, int steps, double flops,
                        double bandwidth)
{
    struct vww_node_time times[NODES_MAX];
    const int32_t count = vww_network_times(network, times, NODES_MAX);
    double forward = 0, backward = 0, macs = 0, bytes = 0;
    printf("\n%-12s %9s %9s %9s %7s %8s %7s\n", "layer", "forward", "backward", "GFLOP/s",
           "of peak", "GB/s", "of peak");
    for (int32_t i = 0; i < count && i < NODES_MAX; i++) {
        const struct vww_node_time *t = &times[i];
        const double time = (t->forward_seconds + t->backward_seconds) / steps;
        /* Three products: forward, by the input, by the weights; the image needs no gradient. */
        const double rate = (i == 0 ? 2 : 3) * 2 * t->macs * BATCH / time;
        const double moved = t->bytes * BATCH / time;
        printf("%-12s %6.0f us %6.0f us %9.1f %6.1f%% %8.1f %6.1f%%\n", t->name,
               1e6 * t->forward_seconds / steps, 1e6 * t->backward_seconds / steps, 1e-9 * rate,
               100 * rate / flops, 1e-9 * moved, 100 * moved / bandwidth);
        forward += t->forward_seconds / steps;
        backward += t->backward_seconds / steps;
        macs += t->macs;
        bytes += t->bytes;
    }
    const double rate = 3 * 2 * macs * BATCH / (forward + backward);
    const double moved = bytes * BATCH / (forward + backward);
    printf("%-12s %6.0f us %6.0f us %9.1f %6.1f%% %8.1f %6.1f%%\n", "all", 1e6 * forward,
           1e6 * backward, 1e-9 * rate, 100 * rate / flops, 1e-9 * moved, 100 * moved / bandwidth);
    printf("least activation traffic: %.2f MB for each image\n", 1e-6 * bytes);
}

static int bench(const struct vww_graph *graph, int steps, const struct vww_kernels *kernels)
{
    struct vww_error error;
    struct vww_network *network;
    if (vww_network_create(graph, BATCH, true, &network, &error) != VWW_OK)
        return fail(&error);
    const size_t bytes = (size_t)BATCH * 96 * 96 * 3;
    uint8_t *images = vww_allocate(bytes, 1);
    if (images == NULL)
        return 1;
    int32_t labels[BATCH];
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < bytes; i++)
        images[i] = (uint8_t)vww_random_below(&random, 256);
    for (int i = 0; i < BATCH; i++)
        labels[i] = (int32_t)vww_random_below(&random, 2);
    double best = 1e9, total = 0;
    for (int step = -3; step < steps; step++) {
        if (step == 0)
            vww_network_time_reset(network);
        const struct vww_pass pass = {.training = true, .seed = 1, .step = (uint64_t)(step + 3)};
        const double start = seconds();
        vww_network_forward(network, images, BATCH, &pass);
        vww_network_backward(network, labels, 0.1);
        vww_network_load_weights(network);
        const double time = seconds() - start;
        if (step < 0)
            continue;
        total += time;
        best = time < best ? time : best;
    }
    const double flops = peak_flops(kernels), bandwidth = peak_bandwidth();
    printf("kernels %s, %d threads; measured peaks: %.0f GFLOP/s, %.1f GB/s\n", kernels->name,
           vww_threads(), 1e-9 * flops, 1e-9 * bandwidth);
    printf("mobilenet_v1 0.25@96, batch %d: %.0f images/s (best step %.0f)\n", BATCH,
           BATCH * steps / total, BATCH / best);
    print_nodes(network, steps, flops, bandwidth);
    vww_free(images);
    vww_network_destroy(network);
    return 0;
}

int main(int argc, char **argv)
{
    const int steps = argc > 1 ? atoi(argv[1]) : 30;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = 96, .classes = 2};
    const struct vww_kernels *kernels;
    struct vww_error error;
    struct vww_graph *graph;
    if (vww_kernels_choose(&kernels, &error) != VWW_OK ||
        vww_zoo_build(&options, &graph, &error) != VWW_OK)
        return fail(&error);
    if (vww_graph_initialize(graph, 1, &error) != VWW_OK) {
        vww_graph_destroy(graph);
        return fail(&error);
    }
    const int status = bench(graph, steps > 0 ? steps : 30, kernels);
    vww_graph_destroy(graph);
    return status;
}
