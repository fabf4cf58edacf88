/* Images per second of a full training step from memory, and what it takes; layer by layer,
 * multiply-adds and bytes per second beside what this machine can do, measured by the same program.
 *   bench_train [--model FAMILY] [--depth-multiplier A] [--resolution R] [--batch B] [--steps N]
 *               [--threads N] [--precision float32|bf16] [--brief] [--data DIR]
 * --brief: one line for bench/bench_train.sh: images/s of the median step and of the best, images
 * for each second that a processor worked, megabytes resident at most.
 * --data: also, what it takes to read, augment and batch the images of this data set, as
 * `vww train` does.
 * VWW_ISA=portable|avx2|avx512 chooses the kernels. */
#include "base/memory.h"
#include "base/random.h"
#include "base/thread.h"
#include "train/kernels.h"
#include "train/network.h"
#include "train/optimizer.h"
#include "train/targets.h"
#include "vww/loader.h"
#include "vww/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define NODES_MAX 256
#define STEPS_MAX 10000

struct options {
    const char *model, *data;
    double depth_multiplier;
    int resolution, batch, steps;
    bool bf16, brief;
};

static double clock_seconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double seconds(void)
{
    return clock_seconds(CLOCK_MONOTONIC);
}

/* That this thread worked. */
static double worked(void)
{
    return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}

/* --- what the machine can do ---------------------------------------------------------------------
 */

/* Of one core: processor time, so that other programs' work does not count. Products whose operands
 * stay in the first-level cache: 96 rows x 64 deep x 32 columns. */
static double peak_flops(const struct vww_kernels *kernels)
{
    static float a[96 * 64], b[64 * 32], c[96 * 32];
    const float *const line = a;
    const struct vww_rows rows = {.lines = &line, .count = 1, .run = 64, .step = 64};
    double best = 0;
    for (int try = 0; try < 50; try++) {
        const double start = worked();
        for (int i = 0; i < 200; i++)
            kernels->multiply(&rows, b, 96, 32, c);
        const double rate = 200 * 2.0 * 96 * 64 * 32 / (worked() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

#define STREAM_BYTES ((size_t)64 << 20) /* more than the caches hold */

/* Bytes read plus bytes written, copying; the least of many pieces' times. */
static double peak_bandwidth(void)
{
    const size_t piece = (size_t)4 << 20;
    char *from = vww_allocate(STREAM_BYTES, 1), *to = vww_allocate(STREAM_BYTES, 1);
    double best = 0;
    for (int try = 0; try < 3 && from != NULL && to != NULL; try++)
        for (size_t at = 0; at < STREAM_BYTES; at += piece) {
            const double start = worked();
            memcpy(to + at, from + at, piece);
            const double rate = 2.0 * (double)piece / (worked() - start);
            best = rate > best ? rate : best;
        }
    vww_free(from);
    vww_free(to);
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

struct row {
    double forward, backward; /* seconds */
    double flops, bytes;      /* of one step */
};

static void print_row(const char *name, const struct row *row, const struct row *all,
                      double peak_rate, double peak_bytes)
{
    const double time = row->forward + row->backward;
    printf("%-14s %7.0f us %7.0f us %5.1f%% %8.1f %6.1f%% %8.1f %6.1f%%\n", name,
           1e6 * row->forward, 1e6 * row->backward, 100 * time / (all->forward + all->backward),
           1e-9 * row->flops / time, 100 * row->flops / time / peak_rate, 1e-9 * row->bytes / time,
           100 * row->bytes / time / peak_bytes);
}

/* The least times of any step so far: what other programs did to the caches counts least. */
static void keep_least(const struct vww_network *network, bool first, struct vww_node_time *least)
{
    struct vww_node_time times[NODES_MAX];
    const int32_t count = vww_network_times(network, times, NODES_MAX);
    for (int32_t i = 0; i < count && i < NODES_MAX; i++) {
        const struct vww_node_time before = least[i];
        least[i] = times[i];
        if (!first && before.forward_seconds < times[i].forward_seconds)
            least[i].forward_seconds = before.forward_seconds;
        if (!first && before.backward_seconds < times[i].backward_seconds)
            least[i].backward_seconds = before.backward_seconds;
    }
}

/* Times are those of processors' work, of all threads together: shares are those of one core's
 * peaks. */
static void print_nodes(const struct vww_node_time *times, int32_t count,
                        const struct options *options)
{
    struct row rows[NODES_MAX], all = {0};
    const struct vww_kernels *kernels;
    struct vww_error error;
    if (vww_kernels_choose(&kernels, &error) != VWW_OK)
        return;
    const double rate = peak_flops(kernels), bandwidth = peak_bandwidth();
    for (int32_t i = 0; i < count; i++) {
        /* Three products: forward, by the input, by the weights; the image needs no gradient. */
        rows[i] = (struct row){.forward = times[i].forward_seconds,
                               .backward = times[i].backward_seconds,
                               .flops = (i == 0 ? 2 : 3) * 2 * times[i].macs * options->batch,
                               .bytes = times[i].bytes * options->batch};
        all.forward += rows[i].forward;
        all.backward += rows[i].backward;
        all.flops += rows[i].flops;
        all.bytes += rows[i].bytes;
    }
    printf("\nkernels %s; measured peaks of one core: %.0f GFLOP/s, copying %.1f GB/s\n",
           kernels->name, 1e-9 * rate, 1e-9 * bandwidth);
    printf("%-14s %10s %10s %6s %8s %7s %8s %7s\n", "layer", "forward", "backward", "share",
           "GFLOP/s", "of peak", "GB/s", "of peak");
    for (int32_t i = 0; i < count; i++)
        print_row(times[i].name, &rows[i], &all, rate, bandwidth);
    print_row("all", &all, &all, rate, bandwidth);
    printf("activations and gradients moved, at least: %.2f MB for each image\n",
           1e-6 * all.bytes / options->batch);
}

/* Every parameter by its gradient, as `vww train` does. */
static void update(struct vww_graph *graph, const struct vww_network *network, float **slots)
{
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const float *gradient = vww_network_gradient(network, i);
        const struct vww_update how = {.learning_rate = 0.01, .momentum = 0.9, .step = 1};
        float *const memory[VWW_OPTIMIZER_SLOTS_MAX] = {slots[i]};
        if (gradient != NULL)
            vww_optimizer_apply(VWW_OPTIMIZER_SGD, &how, gradient,
                                vww_shape_elements(&graph->tensors[i].shape),
                                graph->tensors[i].data, memory);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_rates(const struct options *options, double *walls, double used)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const int steps = options->steps;
    qsort(walls, (size_t)steps, sizeof *walls, compare_doubles);
    const double median = options->batch / walls[steps / 2], best = options->batch / walls[0];
    const double worked = options->batch * steps / used, megabytes = usage.ru_maxrss / 1024.0;
    if (options->brief) {
        printf("%.1f %.1f %.1f %.0f\n", median, best, worked, megabytes);
        return;
    }
    printf(
        "%s %g@%d, batch %d, %s, %d threads: %.0f images/s (best step %.0f); %.0f for each second "
        "that a processor worked; %.0f MB resident at most\n",
        options->model, options->depth_multiplier, options->resolution, options->batch,
        options->bf16 ? "bf16" : "float32", vww_threads(), median, best, worked, megabytes);
}

/* Processor time for each image of an epoch's batches; negative: failed. */
static double epoch_seconds(struct vww_loader *loader, int64_t epoch, uint8_t *images,
                            int32_t *labels)
{
    struct vww_error error;
    int64_t total = 0;
    const double start = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int64_t step = 0; step < vww_loader_steps(loader); step++) {
        int32_t count;
        if (vww_loader_batch(loader, epoch, step, images, labels, &count, &error) != VWW_OK) {
            fail(&error);
            return -1;
        }
        total += count;
    }
    return (clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - start) / (double)total;
}

/* What batches of a data set take beside what training takes. */
static void feed(const struct options *options, double train_seconds, uint8_t *images,
                 int32_t *labels)
{
    static const struct {
        const char *name;
        bool augment, keep; /* decoded images in memory */
    } ways[] = {
        {"from memory", false, true},
        {"from memory, augmented", true, true},
        {"from TFRecords", false, false},
        {"from TFRecords, augmented", true, false},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct vww_loader_options from = {
            .directory = options->data,
            .split = "train",
            .resolution = options->resolution,
            .batch = options->batch,
            .seed = 1,
            .balance = true,
            .augmentation = ways[i].augment ? &vww_augmentation_default : NULL,
            .cache_bytes = ways[i].keep ? (size_t)1 << 30 : 0};
        struct vww_loader *loader;
        struct vww_error error;
        double least = 0;
        if (vww_loader_open(&from, NULL, &loader, &error) != VWW_OK) {
            fail(&error);
            return;
        }
        for (int epoch = 0; epoch < 6; epoch++) {
            const double each = epoch_seconds(loader, epoch, images, labels);
            if (epoch == 1 || each < least) /* the first fills the memory */
                least = each;
        }
        printf("images %-26s %4.0f us of processor time each; training takes %.0f us: %.1f%%\n",
               ways[i].name, 1e6 * least, 1e6 * train_seconds, 100 * least / train_seconds);
        vww_loader_close(loader);
    }
}

static int train(struct vww_graph *graph, struct vww_network *network, float **slots,
                 const struct options *options)
{
    static double walls[STEPS_MAX];
    const size_t bytes =
        (size_t)options->batch * (size_t)(options->resolution * options->resolution * 3);
    uint8_t *images = vww_allocate(bytes, 1);
    int32_t *labels = vww_allocate((size_t)options->batch, sizeof *labels);
    double *targets = vww_allocate((size_t)options->batch * 2, sizeof *targets);
    if (images == NULL || labels == NULL || targets == NULL)
        return 1;
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < bytes; i++)
        images[i] = (uint8_t)vww_random_below(&random, 256);
    for (int i = 0; i < options->batch; i++)
        labels[i] = (int32_t)vww_random_below(&random, 2);
    vww_targets_fill(labels, options->batch, 2, 0.1, targets);
    static struct vww_node_time least[NODES_MAX];
    double used = 0;
    for (int step = -2; step < options->steps; step++) {
        if (step == 0)
            used = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
        vww_network_time_reset(network);
        const struct vww_pass pass = {.training = true, .seed = 1, .step = (uint64_t)(step + 2)};
        const double start = seconds();
        vww_network_forward(network, images, options->batch, &pass);
        vww_network_backward(network, labels, targets);
        vww_network_update_statistics(network, graph, 0.99);
        update(graph, network, slots);
        vww_network_load_weights(network);
        if (step < 0)
            continue;
        walls[step] = seconds() - start;
        keep_least(network, step == 0, least);
    }
    used = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    print_rates(options, walls, used);
    if (options->data != NULL)
        feed(options, used / (options->steps * options->batch), images, labels);
    if (!options->brief)
        print_nodes(least, vww_network_times(network, NULL, 0), options);
    vww_free(images);
    vww_free(labels);
    return 0;
}

static int bench(struct vww_graph *graph, const struct options *options)
{
    struct vww_error error;
    struct vww_network *network;
    float **slots = vww_allocate((size_t)graph->tensor_count, sizeof *slots);
    if (slots == NULL)
        return 1;
    if (vww_network_create(graph, options->batch, options->bf16 ? VWW_TRAINING_BF16 : VWW_TRAINING,
                           &network, &error) != VWW_OK)
        return fail(&error);
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].data != NULL)
            slots[i] =
                vww_allocate((size_t)vww_shape_elements(&graph->tensors[i].shape), sizeof **slots);
    const int status = train(graph, network, slots, options);
    for (int32_t i = 0; i < graph->tensor_count; i++)
        vww_free(slots[i]);
    vww_free(slots);
    vww_network_destroy(network);
    return status;
}

static bool parse(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(name, "--brief") == 0) {
            options->brief = true;
            continue;
        }
        if (strcmp(name, "--model") == 0)
            options->model = value;
        else if (strcmp(name, "--depth-multiplier") == 0)
            options->depth_multiplier = atof(value);
        else if (strcmp(name, "--resolution") == 0)
            options->resolution = atoi(value);
        else if (strcmp(name, "--batch") == 0)
            options->batch = atoi(value);
        else if (strcmp(name, "--steps") == 0)
            options->steps = atoi(value);
        else if (strcmp(name, "--precision") == 0)
            options->bf16 = strcmp(value, "bf16") == 0;
        else if (strcmp(name, "--data") == 0)
            options->data = value;
        else if (strcmp(name, "--threads") == 0)
            vww_threads_use(atoi(value));
        else
            return false;
        i++;
    }
    return options->batch > 0 && options->steps > 0 && options->steps <= STEPS_MAX &&
           options->resolution > 0;
}

int main(int argc, char **argv)
{
    struct options options = {.model = "mobilenet_v1",
                              .depth_multiplier = 0.25,
                              .resolution = 96,
                              .batch = 96,
                              .steps = 20};
    struct vww_error error;
    struct vww_graph *graph;
    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "bench_train: see the head of bench/bench_train.c for its options\n");
        return 2;
    }
    const struct vww_zoo_options zoo = {.family = options.model,
                                        .depth_multiplier = options.depth_multiplier,
                                        .resolution = options.resolution,
                                        .classes = 2};
    if (vww_zoo_build(&zoo, &graph, &error) != VWW_OK)
        return fail(&error);
    const int status =
        vww_graph_initialize(graph, 1, &error) == VWW_OK ? bench(graph, &options) : fail(&error);
    vww_graph_destroy(graph);
    return status;
}
