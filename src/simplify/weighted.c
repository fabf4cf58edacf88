/* Convolutions, depthwise convolutions and fully connected operators in one form. */
#include "base/memory.h"
#include "simplify/internal.h"

/* The taps of a window that lie inside the image, for each different window along one axis. */
static struct vww_span *spans_of(int32_t in, int32_t out, int32_t kernel, int32_t stride,
                                 int32_t dilation, int32_t before, int32_t *count)
{
    struct vww_span *spans = vww_allocate((size_t)out, sizeof *spans);
    *count = 0;
    for (int32_t position = 0; position < out && spans != NULL; position++) {
        struct vww_span span = {.first = kernel, .last = -1};
        for (int32_t tap = 0; tap < kernel; tap++) {
            const int64_t at = (int64_t)position * stride - before + (int64_t)tap * dilation;
            if (at < 0 || at >= in)
                continue;
            span.first = tap < span.first ? tap : span.first;
            span.last = tap;
        }
        int32_t known = 0;
        while (known < *count &&
               (spans[known].first != span.first || spans[known].last != span.last))
            known++;
        spans[known] = span;
        *count = known == *count ? known + 1 : *count;
    }
    return spans;
}

static vww_status open_conv(struct vww_simplify_work *work, const struct vwwrt_conv_2d *conv,
                            struct vww_weighted *w)
{
    const int32_t inputs = conv->input_c / conv->groups;
    *w = (struct vww_weighted){
        .weights = conv->weights,
        .outputs = conv->output_c,
        .inputs = inputs,
        .input_channels = conv->input_c,
        .outputs_per_group = conv->output_c / conv->groups,
        .inputs_per_group = inputs,
        .output_step = conv->kernel_h * conv->kernel_w * inputs,
        .tap_step = inputs,
        .kernel_h = conv->kernel_h,
        .kernel_w = conv->kernel_w,
        .input_offset = conv->input_offset,
        .output_offset = conv->output_offset,
        .low = conv->activation_min,
        .high = conv->activation_max,
        .bias = conv->bias,
        .multipliers = conv->multipliers,
        .shifts = conv->shifts,
        .is_free = conv->groups == 1,
    };
    w->rows = spans_of(conv->input_h, conv->output_h, conv->kernel_h, conv->stride_h,
                       conv->dilation_h, conv->pad_top, &w->row_count);
    w->columns = spans_of(conv->input_w, conv->output_w, conv->kernel_w, conv->stride_w,
                          conv->dilation_w, conv->pad_left, &w->column_count);
    return w->rows != NULL && w->columns != NULL
               ? VWW_OK
               : vww_fail_memory(work->error, (size_t)conv->output_h);
}

static vww_status open_depthwise(struct vww_simplify_work *work,
                                 const struct vwwrt_depthwise_conv_2d *conv, struct vww_weighted *w)
{
    *w = (struct vww_weighted){
        .weights = conv->weights,
        .outputs = conv->output_c,
        .inputs = 1,
        .input_channels = conv->input_c,
        .outputs_per_group = conv->output_c / conv->input_c,
        .inputs_per_group = 1,
        .output_step = 1,
        .tap_step = conv->output_c,
        .kernel_h = conv->kernel_h,
        .kernel_w = conv->kernel_w,
        .input_offset = conv->input_offset,
        .output_offset = conv->output_offset,
        .low = conv->activation_min,
        .high = conv->activation_max,
        .bias = conv->bias,
        .multipliers = conv->multipliers,
        .shifts = conv->shifts,
    };
    w->rows = spans_of(conv->input_h, conv->output_h, conv->kernel_h, conv->stride_h,
                       conv->dilation_h, conv->pad_top, &w->row_count);
    w->columns = spans_of(conv->input_w, conv->output_w, conv->kernel_w, conv->stride_w,
                          conv->dilation_w, conv->pad_left, &w->column_count);
    return w->rows != NULL && w->columns != NULL
               ? VWW_OK
               : vww_fail_memory(work->error, (size_t)conv->output_h);
}

/* A window of one position that never lies outside. */
static vww_status open_fully_connected(struct vww_simplify_work *work,
                                       const struct vwwrt_fully_connected *full,
                                       int32_t input_channels, struct vww_weighted *w)
{
    const bool is_opaque = full->input_c % input_channels != 0;
    *w = (struct vww_weighted){
        .weights = full->weights,
        .outputs = full->output_c,
        .inputs = full->input_c,
        .input_channels = input_channels,
        .outputs_per_group = full->output_c,
        .inputs_per_group = 0,
        .output_step = full->input_c,
        .kernel_h = 1,
        .kernel_w = 1,
        .input_offset = full->input_offset,
        .output_offset = full->output_offset,
        .low = full->activation_min,
        .high = full->activation_max,
        .bias = full->bias,
        .multipliers = full->multipliers,
        .shifts = full->shifts,
        .rounds_once = true,
        .is_opaque = is_opaque,
        .is_free = !is_opaque,
    };
    w->rows = spans_of(1, 1, 1, 1, 1, 0, &w->row_count);
    w->columns = spans_of(1, 1, 1, 1, 1, 0, &w->column_count);
    return w->rows != NULL && w->columns != NULL ? VWW_OK : vww_fail_memory(work->error, 1);
}

vww_status vww_weighted_open(struct vww_simplify_work *work, int32_t op)
{
    const struct vww_lowered *lowered = &work->ops[op];
    struct vww_weighted *w = &work->weighted[op];
    switch (lowered->kernel) {
    case VWW_KERNEL_CONV_2D:
        return open_conv(work, &lowered->conv_2d, w);
    case VWW_KERNEL_DEPTHWISE_CONV_2D:
        return open_depthwise(work, &lowered->depthwise_conv_2d, w);
    case VWW_KERNEL_FULLY_CONNECTED:
        return open_fully_connected(
            work, &lowered->fully_connected,
            vww_channel_count(&work->graph->tensors[work->graph->ops[op].inputs[0]].shape), w);
    default:
        return VWW_OK;
    }
}

void vww_weighted_close(struct vww_weighted *weighted)
{
    vww_free(weighted->rows);
    vww_free(weighted->columns);
}

void vww_weighted_bounds(const struct vww_simplify_work *work, int32_t op, int32_t o,
                         struct vww_span rows, struct vww_span columns, int64_t *least,
                         int64_t *most)
{
    const struct vww_weighted *w = &work->weighted[op];
    *least = *most = w->bias != NULL ? w->bias[o] : 0;
    for (int32_t ky = rows.first; ky <= rows.last; ky++)
        for (int32_t kx = columns.first; kx <= columns.last; kx++) {
            const int8_t *weights = w->weights + (int64_t)o * w->output_step +
                                    (int64_t)(ky * w->kernel_w + kx) * w->tap_step;
            for (int32_t i = 0; i < w->inputs; i++) {
                const int32_t slot = w->is_opaque ? -1 : vww_weighted_slot(work, op, o, i);
                const int32_t low = slot < 0 ? INT8_MIN : work->low[slot];
                const int32_t high = slot < 0 ? INT8_MAX : work->high[slot];
                const int32_t a = (low + w->input_offset) * weights[i];
                const int32_t b = (high + w->input_offset) * weights[i];
                *least += a < b ? a : b;
                *most += a < b ? b : a;
            }
        }
}

/* What one input adds to a sum in windows of these rows and columns, its value given. */
static int64_t share(const struct vww_weighted *w, int32_t o, int32_t i, int32_t value,
                     struct vww_span rows, struct vww_span columns)
{
    int64_t sum = 0;
    for (int32_t ky = rows.first; ky <= rows.last; ky++)
        for (int32_t kx = columns.first; kx <= columns.last; kx++)
            sum += w->weights[(int64_t)o * w->output_step +
                              (int64_t)(ky * w->kernel_w + kx) * w->tap_step + i] *
                   (value + w->input_offset);
    return sum;
}

static bool has_weights(const struct vww_weighted *w, int32_t o, int32_t i)
{
    for (int32_t tap = 0; tap < w->kernel_h * w->kernel_w; tap++)
        if (w->weights[(int64_t)o * w->output_step + (int64_t)tap * w->tap_step + i] != 0)
            return true;
    return false;
}

bool vww_weighted_constant(const struct vww_simplify_work *work, int32_t op, int32_t o, int32_t i,
                           int64_t *sum)
{
    const struct vww_weighted *w = &work->weighted[op];
    *sum = 0;
    if (!has_weights(w, o, i))
        return true;
    const int32_t slot = vww_weighted_slot(work, op, o, i);
    if (!vww_slot_is_constant(work, slot))
        return false;
    *sum = share(w, o, i, work->low[slot], w->rows[0], w->columns[0]);
    for (int32_t r = 0; r < w->row_count; r++)
        for (int32_t c = 0; c < w->column_count; c++)
            if (share(w, o, i, work->low[slot], w->rows[r], w->columns[c]) != *sum)
                return false;
    return true;
}
