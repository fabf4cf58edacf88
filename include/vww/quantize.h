/* From a trained float network to the int8 network that runs on the device. */
#ifndef VWW_QUANTIZE_H
#define VWW_QUANTIZE_H

#include "vww/fold.h"
#include "vww/graph.h"
#include "vww/progress.h"

/* True where every activation's int8 parameters are known, as after training with fake quantization
 * or after calibration: the output of each operator that computes new values has a range or
 * parameters. The graph's input, SOFTMAX and operators that only move values need none. */
bool vww_quantize_has_ranges(const struct vww_graph *folded);

/* Give the float tensors of a folded graph the parameters that they will have as int8:
 *   graph input         scale = preprocessing.scale, zero point = preprocessing.mean - 128, so that
 *                       the integer is exactly byte - 128. A mean that is no integer is rounded,
 *                       here and in graph->preprocessing, which moves the input by up to scale / 2
 *   SOFTMAX             scale 1/256, zero point -128
 *   pools, reshape, …   their input's
 *   CONCAT              inputs and output share the range of all
 *   other activations   those they have, else from range_low … range_high
 *   weights             for each output channel (vww_op_weight_axis) its largest magnitude / 127,
 *                       symmetric; widened where the bias needs it
 * vww_network_predictor then computes the fake-quantized network. Errors name the tensor: no range
 * (VWW_ERROR_NOT_FOUND), ranges, weights or biases that are not finite (VWW_ERROR_FORMAT), an
 * operator without an int8 form (VWW_ERROR_UNSUPPORTED). Calling it again changes nothing. */
vww_status vww_quantize_parameters(struct vww_graph *folded, struct vww_error *error);

/* Forget them again: the plain float network. Ranges stay. */
void vww_quantize_drop(struct vww_graph *graph);

/* The int8 graph of a folded float graph, after vww_quantize_parameters on a copy of it: int8
 * weights and activations, int32 biases (scale = input scale * weight scale; an operator without
 * bias gets one of zeros). Tensors and operators keep their indices; tensors that had to be added
 * come after them. Release with vww_graph_destroy. */
vww_status vww_quantize_convert(const struct vww_graph *folded, struct vww_graph **integer,
                                struct vww_error *error);

/* How a range is chosen from the values that an activation takes over the calibration images.
 * X(NAME, "name", "one line") */
#define VWW_CALIBRATION_TABLE(X)                                                                   \
    X(MINMAX, "minmax", "the smallest and the largest value")                                      \
    X(AVERAGE, "average", "a moving average of the extremes of 16 images each")                    \
    X(PERCENTILE, "percentile", "the smallest range that leaves out a given share at each end")    \
    X(MSE, "mse", "the range whose int8 values have the least mean squared error")

enum vww_calibration {
#define X(NAME, text, summary) VWW_CALIBRATION_##NAME,
    VWW_CALIBRATION_TABLE(X)
#undef X
        VWW_CALIBRATION_COUNT
};

const char *vww_calibration_name(enum vww_calibration method);

struct vww_calibration_options {
    enum vww_calibration method;
    double percentile;     /* PERCENTILE: 50 … 100; values beyond it at either end are cut */
    const uint8_t *images; /* count x resolution x resolution x 3, RGB */
    int64_t count;         /* >= 1 */
};

/* Run the images through the folded float graph and set every activation's range. Ranges and
 * quantization parameters that the graph had are dropped. VWW_ERROR_FORMAT: an activation is not
 * finite (names the tensor). The result depends on the order of the images for AVERAGE alone, never
 * on the number of threads. */
vww_status vww_quantize_calibrate(struct vww_graph *folded,
                                  const struct vww_calibration_options *options,
                                  const struct vww_progress *progress, struct vww_error *error);

/* Cross-layer equalization after Nagel et al. 2019 (arXiv 1906.04721, section 4.1), before
 * calibration: where one convolution's output is read by one other alone, channel c of the first is
 * divided by a factor and the second's weights for it multiplied by the same, so that the channel's
 * largest value and the largest weight that reads it become equal. (The paper equalizes the first's
 * weights; quantized per channel, those need it no more, but its output has one scale.) The float
 * network stays the same while NONE or RELU stands between the two. A RELU6 becomes a RELU where no
 * image brings it to 6, and otherwise keeps the pair from being equalized. images: count of them,
 * as above. Ranges and parameters are dropped. *pairs: how many were equalized. */
vww_status vww_quantize_equalize(struct vww_graph *folded, const uint8_t *images, int64_t count,
                                 const struct vww_progress *progress, int32_t *pairs,
                                 struct vww_error *error);

/* Bias correction (the same paper, section 4.2, from data): rounding weights shifts the mean of
 * each output channel; subtract that shift, for the mean input that the float network has over the
 * images, from the bias. To be done last before converting. Operators without a bias are left as
 * they are. *largest: the largest change of a bias. */
vww_status vww_quantize_correct_bias(struct vww_graph *folded, const uint8_t *images, int64_t count,
                                     const struct vww_progress *progress, float *largest,
                                     struct vww_error *error);

/* What quantization did to the output of one operator. */
struct vww_quantized_layer {
    char name[VWW_NAME_MAX]; /* the operator's */
    enum vww_op_kind kind;
    int32_t tensor;  /* its first output */
    float low, high; /* the range observed; both 0: none, parameters follow from a rule */
    float scale;     /* of the output */
    int32_t zero_point;
    int32_t channels; /* of the weights; 0: no weights, and the next two are 0 */
    float weight_scale_least, weight_scale_most;
    /* Where images were given, over all of them: */
    double saturated; /* share of the float network's values that int8 cuts off, 0 … 1 */
    double own_db;    /* signal-to-noise ratio of rounding the float network's values alone */
    double db;        /* of the fake-quantized network against the float one: what arrives here */
};

/* Decibels are 10 log10(sum of squares / sum of squared differences); infinite without noise. */
struct vww_quantization_report {
    struct vww_quantized_layer *layers; /* owned; smallest db first, or in order without images */
    int32_t count;
    int64_t images; /* measured over these; 0: none */
};

/* Report on a folded float graph that can be converted. images: count of them, as above; count may
 * be 0. */
vww_status vww_quantize_report(const struct vww_graph *folded, const uint8_t *images, int64_t count,
                               const struct vww_progress *progress,
                               struct vww_quantization_report *report, struct vww_error *error);
void vww_quantization_report_fini(struct vww_quantization_report *report);

/* A folded float graph with random weights, for planning and benchmarks without data: a graph of
 * the zoo is initialized from the seed, folded, scaled so that no layer's values vanish, and given
 * small biases. A function of graph and seed alone. */
vww_status vww_quantize_random_float(const struct vww_graph *graph, uint64_t seed,
                                     const struct vww_progress *progress, struct vww_graph **folded,
                                     struct vww_error *error);

/* The same, calibrated on a few images of noise and converted to int8. */
vww_status vww_quantize_random(const struct vww_graph *graph, uint64_t seed,
                               const struct vww_progress *progress, struct vww_graph **integer,
                               struct vww_error *error);

#endif
