/* Images per second of the int8 interpreter on the host: MobileNet V1 0.25 at 96 pixels, on one
 * thread and on all; then the time of each operator.
 *   bench_int8 [seconds of each measurement] */
#include "base/memory.h"
#include "base/random.h"
#include "lower/lower.h"
#include "vww/interpret.h"
#include "vww/quantize.h"
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

static void each_operator(const struct vww_graph *graph, double seconds)
{
    struct vww_error error;
    printf("\n%-12s %-18s %12s %10s %8s\n", "operator", "kind", "multiply-adds", "us", "GMAC/s");
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        struct vww_lowered lowered;
        check(vww_lower_op(graph, i, &lowered, &error), &error);
        int8_t *input =
            vww_allocate(1, (size_t)vww_shape_elements(&graph->tensors[op->inputs[0]].shape));
        int8_t *output =
            vww_allocate(1, (size_t)vww_shape_elements(&graph->tensors[op->outputs[0]].shape));
        if (input == NULL || output == NULL)
            exit(1);
        int64_t runs = 0;
        const double start = now();
        double spent;
        do {
            vww_lowered_run(&lowered, input, output);
            runs++;
        } while ((spent = now() - start) < seconds / 20);
        const double each = spent / (double)runs;
        const int64_t macs = vww_op_macs(graph, op);
        printf("%-12s %-18s %12lld %10.1f %8.2f\n", op->name, vww_op_name(op->kind),
               (long long)macs, 1e6 * each, 1e-9 * (double)macs / each);
        vww_free(input);
        vww_free(output);
        vww_lowered_fini(&lowered);
    }
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 2;
    struct vww_graph *graph = make_graph();
    const double one = images_per_second(graph, 1, seconds);
    const double all = images_per_second(graph, 0, seconds);
    printf("int8 MobileNet V1 0.25 at 96x96, reference kernels\n");
    printf("1 thread:  %8.1f images/s\n%d threads: %8.1f images/s\n", one, vww_threads(), all);
    each_operator(graph, seconds);
    vww_graph_destroy(graph);
    return 0;
}
