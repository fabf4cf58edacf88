/* Ranges of activations from images. A first pass finds each activation's extremes; the methods
 * that look at how values are distributed between them take a second pass. */
#include "vww/quantize.h"

#include "base/memory.h"
#include "quantize/internal.h"
#include "vww/network.h"
#include "vww/quantization.h"

#include <math.h>
#include <string.h>

#define BINS 2048
#define AVERAGE_DECAY 0.99
#define MSE_STEPS 64 /* ends of the range that are tried: 1/64, 2/64, … of the extreme */
#define MSE_ROUNDS 3 /* of improving one end, then the other */

/* The values of one activation tensor over all images. */
struct values {
    float low, high;                  /* over all images */
    double average_low, average_high; /* sums of decay^age * a batch's extreme */
    double average_weight;            /* sum of decay^age */
    int64_t zeros;                    /* exact ones, which any range represents exactly */
    int64_t *bins;                    /* the others; BINS equal parts of low … high */
};

struct calibration {
    struct vww_graph *graph;
    const struct vww_calibration_options *options;
    struct values *values; /* of each tensor */
    bool counting;         /* the second pass */
    int32_t impossible;    /* a tensor with a value that is not finite, or -1 */
    float impossible_value;
};

/* --- choosing a range ---------------------------------------------------------------------------
 */

static void range_minmax(const struct values *v, const struct vww_calibration_options *options,
                         float *low, float *high)
{
    (void)options;
    *low = v->low;
    *high = v->high;
}

static void range_average(const struct values *v, const struct vww_calibration_options *options,
                          float *low, float *high)
{
    (void)options;
    *low = (float)(v->average_low / v->average_weight);
    *high = (float)(v->average_high / v->average_weight);
}

static double bin_width(const struct values *v)
{
    return ((double)v->high - (double)v->low) / BINS;
}

static int bin_of(const struct values *v, float value)
{
    const double bin = ((double)value - (double)v->low) / bin_width(v);
    return bin >= BINS ? BINS - 1 : (bin > 0 ? (int)bin : 0);
}

static void range_percentile(const struct values *v, const struct vww_calibration_options *options,
                             float *low, float *high)
{
    const int zero = v->low <= 0 && v->high >= 0 ? bin_of(v, 0) : 0;
    double total = (double)v->zeros;
    for (int i = 0; i < BINS; i++)
        total += (double)v->bins[i];
    const double cut = total * (1 - options->percentile / 100);
    int first = 0, last = BINS - 1;
    double below = 0, above = 0;
    while (first < last &&
           (below += (double)(v->bins[first] + (first == zero ? v->zeros : 0))) <= cut)
        first++;
    while (last > first &&
           (above += (double)(v->bins[last] + (last == zero ? v->zeros : 0))) <= cut)
        last--;
    *low = (float)((double)v->low + first * bin_width(v));
    *high = (float)((double)v->low + (last + 1) * bin_width(v));
}

/* Summed squared error of the values, each standing in the middle of its bin, as int8. */
static double squared_error(const struct values *v, double low, double high)
{
    float scale;
    int32_t zero_point;
    vww_quantization_from_range((float)low, (float)high, &scale, &zero_point);
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
        if (v->bins[i] == 0)
            continue;
        const double middle = (double)v->low + (i + 0.5) * bin_width(v);
        const int32_t q = vww_quantize_value((float)middle, (double)scale, zero_point, -128, 127);
        const double error = middle - (double)scale * (q - zero_point);
        sum += (double)v->bins[i] * error * error;
    }
    return sum;
}

/* Improve one end at a time; wide first, so that of equal errors the wider range is kept. */
static void range_mse(const struct values *v, const struct vww_calibration_options *options,
                      float *low, float *high)
{
    (void)options;
    double ends[2] = {fmin((double)v->low, 0), fmax((double)v->high, 0)};
    const double extremes[2] = {ends[0], ends[1]};
    double least = squared_error(v, ends[0], ends[1]);
    for (int round = 0; round < MSE_ROUNDS; round++)
        for (int end = 0; end < 2; end++)
            for (int step = MSE_STEPS - 1; step > 0 && extremes[end] != 0; step--) {
                double tried[2] = {ends[0], ends[1]};
                tried[end] = extremes[end] * step / MSE_STEPS;
                const double error = squared_error(v, tried[0], tried[1]);
                if (error < least) {
                    least = error;
                    ends[end] = tried[end];
                }
            }
    *low = (float)ends[0];
    *high = (float)ends[1];
}

static const struct {
    const char *name;
    bool counts; /* needs the second pass */
    void (*range)(const struct values *v, const struct vww_calibration_options *options, float *low,
                  float *high);
} methods[VWW_CALIBRATION_COUNT] = {
    [VWW_CALIBRATION_MINMAX] = {"minmax", false, range_minmax},
    [VWW_CALIBRATION_AVERAGE] = {"average", false, range_average},
    [VWW_CALIBRATION_PERCENTILE] = {"percentile", true, range_percentile},
    [VWW_CALIBRATION_MSE] = {"mse", true, range_mse},
};

const char *vww_calibration_name(enum vww_calibration method)
{
    return methods[method].name;
}

/* --- seeing values ------------------------------------------------------------------------------
 */

static void see_extremes(struct calibration *c, int32_t tensor, const float *values, int64_t count)
{
    struct values *v = &c->values[tensor];
    float low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(values[i]) && c->impossible < 0) {
            c->impossible = tensor;
            c->impossible_value = values[i];
        }
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    v->low = v->average_weight == 0 || low < v->low ? low : v->low;
    v->high = v->average_weight == 0 || high > v->high ? high : v->high;
    v->average_low = AVERAGE_DECAY * v->average_low + (double)low;
    v->average_high = AVERAGE_DECAY * v->average_high + (double)high;
    v->average_weight = AVERAGE_DECAY * v->average_weight + 1;
}

static void count_values(struct values *v, const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (values[i] == 0)
            v->zeros++;
        else
            v->bins[bin_of(v, values[i])]++;
    }
}

static void see(void *context, int32_t tensor, const float *values, int64_t count)
{
    struct calibration *c = context;
    if (c->counting)
        count_values(&c->values[tensor], values, count);
    else
        see_extremes(c, tensor, values, count);
}

static vww_status run_batch(void *context, const uint8_t *images, int32_t count,
                            struct vww_error *error)
{
    struct calibration *c = context;
    const vww_status status = vww_network_observe(c->graph, images, count, see, c, error);
    if (status != VWW_OK || c->impossible < 0)
        return status;
    vww_fail(error, VWW_ERROR_FORMAT, "the network computes an impossible value");
    vww_error_place(error, "tensor %s", c->graph->tensors[c->impossible].name);
    vww_error_seen(error, "%g", (double)c->impossible_value);
    vww_error_allowed(error, "finite numbers");
    vww_error_remedy(error, "the training diverged: train with a lower learning rate");
    return VWW_ERROR_FORMAT;
}

static vww_status pass(struct calibration *c, bool counting, const struct vww_progress *progress,
                       struct vww_error *error)
{
    c->counting = counting;
    for (int32_t i = 0; i < c->graph->tensor_count && counting; i++) {
        if (c->graph->tensors[i].role != VWW_ROLE_ACTIVATION)
            continue;
        c->values[i].bins = vww_allocate(BINS, sizeof *c->values[i].bins);
        if (c->values[i].bins == NULL)
            return vww_fail_memory(error, BINS * sizeof *c->values[i].bins);
    }
    return vww_quantize_batches(c->graph, c->options->images, c->options->count,
                                counting ? "counting values" : "observing ranges", progress,
                                run_batch, c, error);
}

static vww_status check_options(const struct vww_calibration_options *options,
                                struct vww_error *error)
{
    if ((unsigned)options->method >= VWW_CALIBRATION_COUNT)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "no such calibration method");
    if (options->count < 1)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "calibration needs at least one image");
    if (options->method == VWW_CALIBRATION_PERCENTILE &&
        !(options->percentile >= 50 && options->percentile <= 100)) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the percentile is out of range");
        vww_error_seen(error, "%g", options->percentile);
        vww_error_allowed(error, "50 to 100");
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

static vww_status set_range(const struct calibration *c, int32_t index, struct vww_error *error)
{
    struct vww_tensor *tensor = &c->graph->tensors[index];
    methods[c->options->method].range(&c->values[index], c->options, &tensor->range_low,
                                      &tensor->range_high);
    if (tensor->range_low != 0 || tensor->range_high != 0)
        return VWW_OK;
    /* A layer that is always 0 has a range, but one that looks like none. */
    float scale;
    int32_t zero_point;
    vww_quantization_from_range(0, 0, &scale, &zero_point);
    return vww_tensor_quantize(tensor, scale, zero_point, error);
}

vww_status vww_quantize_calibrate(struct vww_graph *folded,
                                  const struct vww_calibration_options *options,
                                  const struct vww_progress *progress, struct vww_error *error)
{
    vww_status status = check_options(options, error);
    if (status == VWW_OK)
        status = vww_graph_check(folded, true, error);
    if (status != VWW_OK)
        return status;
    vww_quantize_drop(folded);
    struct calibration c = {.graph = folded, .options = options, .impossible = -1};
    c.values = vww_allocate((size_t)folded->tensor_count, sizeof *c.values);
    if (c.values == NULL)
        return vww_fail_memory(error, (size_t)folded->tensor_count * sizeof *c.values);
    status = pass(&c, false, progress, error);
    if (status == VWW_OK && methods[options->method].counts)
        status = pass(&c, true, progress, error);
    for (int32_t i = 0; i < folded->tensor_count; i++) {
        if (status == VWW_OK && folded->tensors[i].role == VWW_ROLE_ACTIVATION)
            status = set_range(&c, i, error);
        vww_free(c.values[i].bins);
    }
    vww_free(c.values);
    return status;
}
