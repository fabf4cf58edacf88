/* The zoo: building and counting the paper's whole grid (550 networks), and reading a network text.
 * One thread. */
#include "vww/cost.h"
#include "vww/description.h"
#include "vww/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static void count(const struct vww_zoo_options *options)
{
    struct vww_error error;
    struct vww_graph *graph;
    struct vww_cost cost;
    check(vww_zoo_build(options, &graph, &error), &error);
    check(vww_cost_count(graph, VWW_COST_PATHS, &cost, &error), &error);
    vww_cost_fini(&cost);
    vww_graph_destroy(graph);
}

static void bench_grid(void)
{
    static const int32_t classes[] = {2, 1000};
    size_t families, multipliers, resolutions, rows = 0;
    const struct vww_zoo_family *family = vww_zoo_families(&families);
    const double *multiplier = vww_zoo_multipliers(&multipliers);
    const int32_t *resolution = vww_zoo_resolutions(&resolutions);
    const double start = now();
    for (size_t f = 0; f < families; f++)
        for (size_t i = 0; i < multipliers * resolutions * 2 && family[f].in_grid; i++, rows++) {
            const struct vww_zoo_options options = {.family = family[f].name,
                                                    .depth_multiplier =
                                                        multiplier[i / 2 / resolutions],
                                                    .resolution = resolution[i / 2 % resolutions],
                                                    .classes = classes[i % 2]};
            count(&options);
        }
    const double seconds = now() - start;
    printf("grid of %zu networks: %.3f s, %.0f networks/s\n", rows, seconds,
           (double)rows / seconds);
}

static void bench_text(void)
{
    const struct vww_zoo_options options = {
        .family = "mnasnet_b1", .depth_multiplier = 1, .resolution = 224, .classes = 2};
    struct vww_error error;
    struct vww_graph *graph;
    char *text;
    check(vww_zoo_build(&options, &graph, &error), &error);
    check(vww_description_write(graph, &text, &error), &error);
    vww_graph_destroy(graph);
    const int runs = 500;
    const double start = now();
    for (int i = 0; i < runs; i++) {
        check(vww_description_parse(text, strlen(text), "text", NULL, &graph, &error), &error);
        vww_graph_destroy(graph);
    }
    printf("text of %zu bytes: %.0f networks/s\n", strlen(text), runs / (now() - start));
    vww_description_free(text);
}

int main(void)
{
    bench_grid();
    bench_text();
    return 0;
}
