/* What quantization did to each layer. */
#include "vww/quantize.h"

#include "base/memory.h"
#include "quantize/internal.h"
#include "vww/network.h"
#include "vww/quantization.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sums {
    double signal, own_noise, noise; /* squared */
    int64_t values, saturated;
};

/* The float network and its fake-quantized form side by side. */
struct measurement {
    struct vww_graph *plain, *fake;
    float **values;    /* of each activation in the plain network, for the present batch */
    struct sums *sums; /* of each tensor */
    bool failed;       /* no memory for values */
};

static void see_plain(void *context, int32_t tensor, const float *values, int64_t count)
{
    struct measurement *m = context;
    if (m->values[tensor] == NULL) {
        const int64_t most =
            VWW_QUANTIZE_BATCH * vww_shape_elements(&m->plain->tensors[tensor].shape);
        m->values[tensor] = vww_allocate((size_t)most, sizeof **m->values);
    }
    if (m->values[tensor] == NULL)
        m->failed = true;
    else
        memcpy(m->values[tensor], values, (size_t)count * sizeof *values);
}

static void see_fake(void *context, int32_t tensor, const float *values, int64_t count)
{
    struct measurement *m = context;
    const struct vww_quantization *q = &m->fake->tensors[tensor].quantization;
    const float *plain = m->values[tensor];
    struct sums *sums = &m->sums[tensor];
    const double scale = (double)q->scales[0];
    const double least = scale * (-128.5 - q->zero_points[0]);
    const double most = scale * (127.5 - q->zero_points[0]);
    for (int64_t i = 0; i < count; i++) {
        const double x = (double)plain[i];
        const int32_t integer = vww_quantize_value(plain[i], scale, q->zero_points[0], -128, 127);
        const double own = x - scale * (integer - q->zero_points[0]);
        const double arrived = x - (double)values[i];
        sums->signal += x * x;
        sums->own_noise += own * own;
        sums->noise += arrived * arrived;
        sums->saturated += x < least || x > most;
    }
    sums->values += count;
}

static vww_status measure_batch(void *context, const uint8_t *images, int32_t count,
                                struct vww_error *error)
{
    struct measurement *m = context;
    vww_status status = vww_network_observe(m->plain, images, count, see_plain, m, error);
    if (status == VWW_OK && m->failed)
        status = vww_fail_memory(error, (size_t)count * sizeof(float));
    if (status == VWW_OK)
        status = vww_network_observe(m->fake, images, count, see_fake, m, error);
    return status;
}

static double decibels(double signal, double noise)
{
    return noise > 0 ? 10 * log10(signal / noise) : (double)INFINITY;
}

static void describe(const struct measurement *m, const struct vww_op *op,
                     struct vww_quantized_layer *layer)
{
    const struct vww_tensor *out = &m->fake->tensors[op->outputs[0]];
    const struct sums *sums = &m->sums[op->outputs[0]];
    *layer = (struct vww_quantized_layer){
        .kind = op->kind,
        .tensor = op->outputs[0],
        .low = out->range_low,
        .high = out->range_high,
        .scale = out->quantization.scales[0],
        .zero_point = out->quantization.zero_points[0],
    };
    snprintf(layer->name, sizeof layer->name, "%s", op->name);
    if (vww_op_weight_axis(op->kind) >= 0) {
        const struct vww_quantization *q = &m->fake->tensors[op->inputs[1]].quantization;
        layer->channels = q->count;
        layer->weight_scale_least = layer->weight_scale_most = q->scales[0];
        for (int32_t c = 1; c < q->count; c++) {
            layer->weight_scale_least = fminf(layer->weight_scale_least, q->scales[c]);
            layer->weight_scale_most = fmaxf(layer->weight_scale_most, q->scales[c]);
        }
    }
    if (sums->values > 0) {
        layer->saturated = (double)sums->saturated / (double)sums->values;
        layer->own_db = decibels(sums->signal, sums->own_noise);
        layer->db = decibels(sums->signal, sums->noise);
    }
}

static int compare_layers(const void *a, const void *b)
{
    const struct vww_quantized_layer *first = a, *second = b;
    if (first->db != second->db)
        return first->db < second->db ? -1 : 1;
    return first->tensor < second->tensor ? -1 : 1;
}

static vww_status measure(struct measurement *m, const uint8_t *images, int64_t count,
                          const struct vww_progress *progress,
                          struct vww_quantization_report *report, struct vww_error *error)
{
    vww_quantize_drop(m->plain);
    vww_status status = vww_quantize_parameters(m->fake, error);
    if (status == VWW_OK && count > 0)
        status = vww_quantize_batches(m->plain, images, count, "measuring layers", progress,
                                      measure_batch, m, error);
    if (status != VWW_OK)
        return status;
    for (int32_t i = 0; i < m->fake->op_count; i++)
        describe(m, &m->fake->ops[i], &report->layers[report->count++]);
    report->images = count;
    if (count > 0)
        qsort(report->layers, (size_t)report->count, sizeof *report->layers, compare_layers);
    return VWW_OK;
}

vww_status vww_quantize_report(const struct vww_graph *folded, const uint8_t *images, int64_t count,
                               const struct vww_progress *progress,
                               struct vww_quantization_report *report, struct vww_error *error)
{
    *report = (struct vww_quantization_report){0};
    vww_status status = vww_graph_check(folded, true, error);
    if (status != VWW_OK)
        return status;
    const size_t tensors = (size_t)folded->tensor_count;
    struct measurement m = {
        .plain = vww_graph_copy(folded),
        .fake = vww_graph_copy(folded),
        .values = vww_allocate(tensors, sizeof *m.values),
        .sums = vww_allocate(tensors, sizeof *m.sums),
    };
    report->layers = vww_allocate((size_t)folded->op_count, sizeof *report->layers);
    if (m.plain == NULL || m.fake == NULL || m.values == NULL || m.sums == NULL ||
        report->layers == NULL)
        status = vww_fail_memory(error, tensors * sizeof *m.sums);
    else
        status = measure(&m, images, count, progress, report, error);
    for (size_t i = 0; m.values != NULL && i < tensors; i++)
        vww_free(m.values[i]);
    vww_free(m.values);
    vww_free(m.sums);
    vww_graph_destroy(m.plain);
    vww_graph_destroy(m.fake);
    if (status != VWW_OK)
        vww_quantization_report_fini(report);
    return status;
}

void vww_quantization_report_fini(struct vww_quantization_report *report)
{
    vww_free(report->layers);
    *report = (struct vww_quantization_report){0};
}
