/* Int8 networks without training. First weights alone would make poor ones: batch norms that were
 * never fitted let values shrink from layer to layer, until all outputs are equal. */
#include "vww/quantize.h"

#include "base/memory.h"
#include "base/random.h"
#include "vww/quantization.h"

#include <math.h>

#define IMAGES 4
#define LARGEST 4.0 /* magnitude that every layer's output is brought to; below RELU6's 6 */

/* Scale each layer's weights so that its largest output becomes LARGEST. Without biases, and while
 * nothing reaches 6, a network's values grow in proportion to the weights before them, so the
 * growth of each tensor is known from one observation. */
static vww_status even_out(struct vww_graph *folded, struct vww_error *error)
{
    double *growth = vww_allocate((size_t)folded->tensor_count, sizeof *growth);
    if (growth == NULL)
        return vww_fail_memory(error, (size_t)folded->tensor_count * sizeof *growth);
    growth[folded->input] = 1;
    for (int32_t i = 0; i < folded->op_count; i++) {
        const struct vww_op *op = &folded->ops[i];
        const struct vww_tensor *out = &folded->tensors[op->outputs[0]];
        const double before = growth[op->inputs[0]];
        const double largest = fmax(fabs((double)out->range_low), fabs((double)out->range_high));
        const bool weighted = vww_op_weight_axis(op->kind) >= 0 && largest > 0;
        for (int k = 0; k < op->output_count; k++)
            growth[op->outputs[k]] = weighted ? LARGEST / largest : before;
        if (!weighted)
            continue;
        const struct vww_tensor *weights = &folded->tensors[op->inputs[1]];
        float *values = weights->data;
        for (int64_t k = 0; k < vww_shape_elements(&weights->shape); k++)
            values[k] = (float)((double)values[k] * LARGEST / largest / before);
    }
    vww_free(growth);
    return VWW_OK;
}

static void add_biases(struct vww_graph *folded, uint64_t seed)
{
    for (int32_t i = 0; i < folded->tensor_count; i++) {
        const struct vww_tensor *tensor = &folded->tensors[i];
        float *values = tensor->data;
        if (tensor->role != VWW_ROLE_BIAS)
            continue;
        struct vww_random random = vww_random_init(seed, VWW_RANDOM_WEIGHTS, 1, (uint64_t)i);
        for (int64_t k = 0; k < vww_shape_elements(&tensor->shape); k++)
            values[k] = (float)vww_random_between(&random, -0.5, 0.5);
    }
}

static vww_status calibrate_on_noise(struct vww_graph *folded, uint64_t seed,
                                     const struct vww_progress *progress, struct vww_error *error)
{
    const int64_t bytes = vww_shape_elements(&folded->tensors[folded->input].shape);
    uint8_t *images = vww_allocate((size_t)bytes, IMAGES);
    if (images == NULL)
        return vww_fail_memory(error, (size_t)bytes * IMAGES);
    for (uint64_t n = 0; n < IMAGES; n++) {
        struct vww_random random = vww_random_init(seed, VWW_RANDOM_NOISE, 0, n);
        for (int64_t i = 0; i < bytes; i++)
            images[(int64_t)n * bytes + i] = (uint8_t)vww_random_u64(&random);
    }
    const struct vww_calibration_options options = {
        .method = VWW_CALIBRATION_MINMAX, .images = images, .count = IMAGES};
    const vww_status status = vww_quantize_calibrate(folded, &options, progress, error);
    vww_free(images);
    return status;
}

vww_status vww_quantize_random_float(const struct vww_graph *graph, uint64_t seed,
                                     const struct vww_progress *progress, struct vww_graph **folded,
                                     struct vww_error *error)
{
    *folded = NULL;
    struct vww_graph *weighted = vww_graph_copy(graph), *made = NULL;
    if (weighted == NULL)
        return vww_fail_memory(error, sizeof *weighted);
    vww_status status = vww_graph_initialize(weighted, seed, error);
    if (status == VWW_OK)
        status = vww_quantize_fold(weighted, &made, error);
    vww_graph_destroy(weighted);
    if (status == VWW_OK)
        status = calibrate_on_noise(made, seed, progress, error);
    if (status == VWW_OK)
        status = even_out(made, error);
    if (status != VWW_OK) {
        vww_graph_destroy(made);
        return status;
    }
    add_biases(made, seed);
    for (int32_t i = 0; i < made->tensor_count; i++) /* they are no longer true */
        made->tensors[i].range_low = made->tensors[i].range_high = 0;
    *folded = made;
    return VWW_OK;
}

vww_status vww_quantize_random(const struct vww_graph *graph, uint64_t seed,
                               const struct vww_progress *progress, struct vww_graph **integer,
                               struct vww_error *error)
{
    *integer = NULL;
    struct vww_graph *folded;
    vww_status status = vww_quantize_random_float(graph, seed, progress, &folded, error);
    if (status == VWW_OK)
        status = calibrate_on_noise(folded, seed, progress, error);
    if (status == VWW_OK)
        status = vww_quantize_convert(folded, integer, error);
    vww_graph_destroy(folded);
    return status;
}
