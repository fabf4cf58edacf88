/* A network of a few thousand parameters with every kind of layer that the int8 form has: what the
 * tests of this folder convert. */
#ifndef VWW_TESTS_SMALL_NETWORK_H
#define VWW_TESTS_SMALL_NETWORK_H

#include "base/random.h"
#include "quantize/plain_float.h"
#include "vww/fold.h"
#include "vww/zoo.h"

#define SMALL_PIXELS 32
#define SMALL_BYTES (SMALL_PIXELS * SMALL_PIXELS * 3)

static struct vww_error error;

static inline void random_image(uint64_t index, uint8_t image[SMALL_BYTES])
{
    struct vww_random random = vww_random_init(9, VWW_RANDOM_TEST, 1, index);
    for (size_t i = 0; i < SMALL_BYTES; i++)
        image[i] = (uint8_t)vww_random_below(&random, 256);
}

/* MobileNet V1 0.25 at 32 pixels, with batch norms that do something. */
static inline struct vww_graph *small_network(void)
{
    struct vww_graph *graph;
    const struct vww_zoo_options options = {.family = "mobilenet_v1",
                                            .depth_multiplier = 0.25,
                                            .resolution = SMALL_PIXELS,
                                            .classes = 3};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_graph_initialize(graph, 7, &error), &error);
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        struct vww_tensor *tensor = &graph->tensors[i];
        struct vww_random random = vww_random_init(3, VWW_RANDOM_TEST, 0, (uint64_t)i);
        const int64_t elements = vww_shape_elements(&tensor->shape);
        for (int64_t k = 0; tensor->role >= VWW_ROLE_BIAS && k < elements; k++) {
            float *value = (float *)tensor->data + k;
            if (tensor->role == VWW_ROLE_BN_SCALE || tensor->role == VWW_ROLE_BN_VARIANCE)
                *value = (float)vww_random_between(&random, 0.5, 2);
            else
                *value = (float)vww_random_between(&random, -0.5, 0.5);
        }
    }
    return graph;
}

static inline struct vww_graph *small_folded(void)
{
    struct vww_graph *graph = small_network(), *folded;
    assert_ok(vww_quantize_fold(graph, &folded, &error), &error);
    vww_graph_destroy(graph);
    return folded;
}

/* Ranges: the extremes over a few images, by the plain evaluator. */
static inline void observe_plainly(struct vww_graph *folded, int images)
{
    for (int n = 0; n < images; n++) {
        uint8_t image[SMALL_BYTES];
        random_image((uint64_t)n, image);
        double **values = plain_run(folded, image);
        for (int32_t i = 0; i < folded->tensor_count; i++) {
            struct vww_tensor *tensor = &folded->tensors[i];
            const int64_t elements = vww_shape_elements(&tensor->shape);
            for (int64_t k = 0; values[i] != NULL && k < elements; k++) {
                tensor->range_low = fminf(tensor->range_low, (float)values[i][k]);
                tensor->range_high = fmaxf(tensor->range_high, (float)values[i][k]);
            }
        }
        plain_free(folded, values);
    }
}

#endif
