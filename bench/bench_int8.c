/* Images per second of the int8 interpreter on the host: MobileNet V1 0.25 at 96 pixels, on one
 * thread and on all, with each set of kernels; then the time of each operator.
 *   bench_int8 [seconds of each measurement]
 *   bench_int8 SECONDS M.tflite    only that model's images per second, on one thread
 * scripts/bench-int8.sh compares the latter with LiteRT. */
#include "base/memory.h"
#include "base/random.h"
#include "interpret/fast.h"
#include "lower/lower.h"
#include "vww/interpret.h"
#include "vww/quantize.h"
#include "vww/tflite.h"
#include "vww/threads.h"
#include "vww/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define IMAGES 32 /* for each thread in one call */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void check(vww_status status, const struct vww_error *error)
{
    if (status == VWW_OK)
        return;
    char text[2048];
    vww_error_format(error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static struct vww_graph *make_graph(void)
{
    struct vww_error error;
    struct vww_graph *graph, *integer;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = 96, .classes = 2};
    check(vww_zoo_build(&options, &graph, &error), &error);
    check(vww_quantize_random(graph, 1, NULL, &integer, &error), &error);
    vww_graph_destroy(graph);
    return integer;
}

static double images_per_second(const struct vww_graph *graph, int threads, double seconds)
{
    struct vww_error error;
    struct vww_predictor predictor;
    vww_threads_use(threads);
    check(vww_interpret_predictor(graph, &predictor, &error), &error);
    const int32_t count = IMAGES * vww_threads();
    const size_t pixels = (size_t)predictor.resolution * (size_t)predictor.resolution * 3;
    uint8_t *images = vww_allocate((size_t)count, pixels);
    float *probabilities = vww_allocate((size_t)count * (size_t)predictor.classes, sizeof(float));
    if (images == NULL || probabilities == NULL)
        exit(1);
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < (size_t)count * pixels; i++)
        images[i] = (uint8_t)vww_random_below(&random, 256);
    int64_t done = -count; /* the first call warms up */
    double start = 0;
    do {
        check(predictor.predict(predictor.context, images, count, probabilities, &error), &error);
        if (done < 0)
            start = now();
        done += count;
    } while (now() - start < seconds);
    const double rate = (double)done / (now() - start);
    vww_predictor_fini(&predictor);
    vww_free(images);
    vww_free(probabilities);
    return rate;
}

/* Seconds for one run of an operator; fast: NULL for the reference kernel. */
static double time_of(const struct vww_lowered *lowered, const struct vww_fast_op *fast,
                      const int8_t *input, int8_t *output, void *scratch, double seconds)
{
    int64_t runs = 0;
    const double start = now();
    double spent;
    do {
        if (fast != NULL)
            vww_fast_run(fast, input, output, scratch);
        else
            vww_lowered_run(lowered, &input, &output);
        runs++;
    } while ((spent = now() - start) < seconds);
    return spent / (double)runs;
}

static void each_operator(const struct vww_graph *graph, double seconds)
{
    struct vww_error error;
    const struct vww_fast_kernels *kernels;
    check(vww_fast_choose(&kernels, &error), &error);
    printf("\n%-13s %13s %12s %12s %8s\n", "operator", "multiply-adds", "reference us",
           kernels != NULL ? kernels->name : "-", "GMAC/s");
    double total[2] = {0};
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        struct vww_lowered lowered;
        struct vww_fast_op *fast;
        check(vww_lower_op(graph, i, &lowered, &error), &error);
        check(vww_fast_create(kernels, &lowered, &fast, &error), &error);
        int8_t *input =
            vww_allocate(1, (size_t)vww_shape_elements(&graph->tensors[op->inputs[0]].shape));
        int8_t *output =
            vww_allocate(1, (size_t)vww_shape_elements(&graph->tensors[op->outputs[0]].shape));
        void *scratch = vww_allocate(1, fast != NULL ? vww_fast_scratch(fast) : 0);
        if (input == NULL || output == NULL || scratch == NULL)
            exit(1);
        const double slow = time_of(&lowered, NULL, input, output, NULL, seconds);
        const double best =
            fast != NULL ? time_of(&lowered, fast, input, output, scratch, seconds) : slow;
        const int64_t macs = vww_op_macs(graph, op);
        printf("%-13s %13lld %12.1f %12.1f %8.2f\n", op->name, (long long)macs, 1e6 * slow,
               1e6 * best, 1e-9 * (double)macs / best);
        total[0] += slow;
        total[1] += best;
        vww_free(input);
        vww_free(output);
        vww_free(scratch);
        vww_fast_destroy(fast);
        vww_lowered_fini(&lowered);
    }
    printf("%-13s %13s %12.1f %12.1f\n", "all", "", 1e6 * total[0], 1e6 * total[1]);
}

static int one_model(const char *path, double seconds)
{
    struct vww_error error;
    struct vww_graph *graph;
    check(vww_tflite_read(path, &graph, &error), &error);
    printf("%.1f\n", images_per_second(graph, 1, seconds));
    vww_graph_destroy(graph);
    return 0;
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 1;
    if (argc > 2)
        return one_model(argv[2], seconds);
    struct vww_graph *graph = make_graph();
    size_t available;
    const struct vww_fast_kernels *const *sets = vww_fast_available(&available);
    vww_threads_use(0);
    printf("int8 MobileNet V1 0.25 at 96x96, images/s\n%-10s %10s %7d threads\n", "kernels",
           "1 thread", vww_threads());
    for (size_t i = 0; i <= available; i++) {
        const char *name = i > 0 ? sets[i - 1]->name : "portable";
        setenv("VWW_ISA", name, 1);
        const double one = images_per_second(graph, 1, seconds);
        printf("%-10s %10.1f %15.1f\n", name, one, images_per_second(graph, 0, seconds));
    }
    unsetenv("VWW_ISA");
    each_operator(graph, seconds / 20);
    vww_graph_destroy(graph);
    return 0;
}
