/* The model's constants in PREFIX.c: the parameters of each call with their weights. */
#include "codegen/emit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- names and comments ---------------------------------------------------------------------- */

/* "op3_pw1": unique by its number, readable by the operator's name. */
const char *vww_emit_op_name(const struct vww_emission *emission, int32_t index, char name[64])
{
    const char *from = emission->graph->ops[index].name;
    int at = snprintf(name, 64, "op%d_", (int)index);
    for (; *from != '\0' && at < 40; from++)
        name[at++] = isalnum((unsigned char)*from) ? *from : '_';
    name[at] = '\0';
    return name;
}

static int64_t kernel_side(const struct vww_graph *graph, const struct vww_op *op, int side)
{
    if (op->kind == VWW_OP_AVERAGE_POOL_2D || op->kind == VWW_OP_MAX_POOL_2D)
        return side == 0 ? op->kernel_h : op->kernel_w;
    return graph->tensors[op->inputs[1]].shape.dims[1 + side];
}

/* "pw1: conv_2d 1x1, stride 1, 1x48x48x8 to 1x48x48x16, 294,912 multiply-adds" */
void vww_emit_op_comment(const struct vww_emission *emission, int32_t index, struct vww_buffer *out)
{
    const struct vww_graph *graph = emission->graph;
    const struct vww_op *op = &graph->ops[index];
    char name[64], from[64], to[64], count[32];
    vww_shape_text(&graph->tensors[op->inputs[0]].shape, from, sizeof from);
    vww_shape_text(&graph->tensors[op->outputs[0]].shape, to, sizeof to);
    vww_buffer_printf(out, "%s: %s", vww_emit_comment_text(op->name, name, sizeof name),
                      vww_op_name(op->kind));
    if (op->kind == VWW_OP_CONV_2D || op->kind == VWW_OP_DEPTHWISE_CONV_2D ||
        op->kind == VWW_OP_AVERAGE_POOL_2D || op->kind == VWW_OP_MAX_POOL_2D)
        vww_buffer_printf(out, " %lldx%lld, stride %d", (long long)kernel_side(graph, op, 0),
                          (long long)kernel_side(graph, op, 1), (int)op->stride_h);
    vww_buffer_printf(out, ", %s to %s", from, to);
    const int64_t macs = vww_op_macs(graph, op);
    if (macs > 0)
        vww_buffer_printf(out, ", %s multiply-adds", vww_emit_count(macs, count));
}

static int64_t total_macs(const struct vww_graph *graph)
{
    int64_t macs = 0;
    for (int32_t i = 0; i < graph->op_count; i++)
        macs += vww_op_macs(graph, &graph->ops[i]);
    return macs;
}

void vww_emit_model_comment(const struct vww_emission *emission, struct vww_buffer *out)
{
    const struct vww_graph *graph = emission->graph;
    char name[VWW_NAME_MAX], from[64], to[64], macs[32], arena[32];
    vww_shape_text(&graph->tensors[graph->input].shape, from, sizeof from);
    vww_shape_text(&graph->tensors[graph->output].shape, to, sizeof to);
    vww_buffer_printf(out,
                      " * %s: %s int8 to %s int8, %d operators, %s multiply-adds.\n"
                      " * Activations: one arena of %s bytes (plan \"%s\").\n",
                      vww_emit_comment_text(graph->name, name, sizeof name), from, to,
                      (int)graph->op_count, vww_emit_count(total_macs(graph), macs),
                      vww_emit_count(emission->plan->arena_bytes, arena), emission->plan->strategy);
}

/* --- parameters ------------------------------------------------------------------------------ */

/* The integer members of the kernels' parameter structures, in the order in which they are printed.
 */
struct field {
    const char *name;
    size_t offset;
};

#define FIELD(kernel, member)                                                                      \
    {                                                                                              \
#member, offsetof(struct vwwrt_##kernel, member)                                           \
    }

#define WINDOW_FIELDS(kernel)                                                                      \
    FIELD(kernel, input_h), FIELD(kernel, input_w), FIELD(kernel, input_c),                        \
        FIELD(kernel, output_h), FIELD(kernel, output_w), FIELD(kernel, output_c),                 \
        FIELD(kernel, input_rows), FIELD(kernel, output_rows), FIELD(kernel, kernel_h),            \
        FIELD(kernel, kernel_w), FIELD(kernel, stride_h), FIELD(kernel, stride_w),                 \
        FIELD(kernel, dilation_h), FIELD(kernel, dilation_w), FIELD(kernel, pad_top),              \
        FIELD(kernel, pad_left), FIELD(kernel, input_offset), FIELD(kernel, weights_offset),       \
        FIELD(kernel, output_offset), FIELD(kernel, activation_min), FIELD(kernel, activation_max)

static const struct field conv_2d_fields[] = {WINDOW_FIELDS(conv_2d), FIELD(conv_2d, groups)};
static const struct field depthwise_conv_2d_fields[] = {WINDOW_FIELDS(depthwise_conv_2d)};
static const struct field fully_connected_fields[] = {
    FIELD(fully_connected, rows),           FIELD(fully_connected, input_c),
    FIELD(fully_connected, output_c),       FIELD(fully_connected, input_offset),
    FIELD(fully_connected, output_offset),  FIELD(fully_connected, activation_min),
    FIELD(fully_connected, activation_max),
};
static const struct field average_pool_2d_fields[] = {
    FIELD(average_pool_2d, input_h),        FIELD(average_pool_2d, input_w),
    FIELD(average_pool_2d, channels),       FIELD(average_pool_2d, output_h),
    FIELD(average_pool_2d, output_w),       FIELD(average_pool_2d, input_rows),
    FIELD(average_pool_2d, output_rows),    FIELD(average_pool_2d, kernel_h),
    FIELD(average_pool_2d, kernel_w),       FIELD(average_pool_2d, stride_h),
    FIELD(average_pool_2d, stride_w),       FIELD(average_pool_2d, pad_top),
    FIELD(average_pool_2d, pad_left),       FIELD(average_pool_2d, rounding_zero),
    FIELD(average_pool_2d, activation_min), FIELD(average_pool_2d, activation_max),
};
static const struct field softmax_fields[] = {
    FIELD(softmax, rows),  FIELD(softmax, depth),    FIELD(softmax, multiplier),
    FIELD(softmax, shift), FIELD(softmax, diff_min),
};
static const struct field clamp_fields[] = {
    FIELD(clamp, count),          FIELD(clamp, input_offset), FIELD(clamp, output_offset),
    FIELD(clamp, multiplier),     FIELD(clamp, shift),        FIELD(clamp, activation_min),
    FIELD(clamp, activation_max),
};
static const struct field tuned_conv_2d_fields[] = {
    FIELD(tuned_conv_2d, input_h),        FIELD(tuned_conv_2d, input_w),
    FIELD(tuned_conv_2d, input_c),        FIELD(tuned_conv_2d, output_h),
    FIELD(tuned_conv_2d, output_w),       FIELD(tuned_conv_2d, output_c),
    FIELD(tuned_conv_2d, input_rows),     FIELD(tuned_conv_2d, output_rows),
    FIELD(tuned_conv_2d, kernel_h),       FIELD(tuned_conv_2d, kernel_w),
    FIELD(tuned_conv_2d, stride_h),       FIELD(tuned_conv_2d, stride_w),
    FIELD(tuned_conv_2d, pad_top),        FIELD(tuned_conv_2d, pad_left),
    FIELD(tuned_conv_2d, input_zero),     FIELD(tuned_conv_2d, output_offset),
    FIELD(tuned_conv_2d, activation_min), FIELD(tuned_conv_2d, activation_max),
    FIELD(tuned_conv_2d, depth),          FIELD(tuned_conv_2d, reads_in_place),
};
static const struct field tuned_depthwise_fields[] = {
    FIELD(tuned_depthwise, input_h),        FIELD(tuned_depthwise, input_w),
    FIELD(tuned_depthwise, channels),       FIELD(tuned_depthwise, output_h),
    FIELD(tuned_depthwise, output_w),       FIELD(tuned_depthwise, input_rows),
    FIELD(tuned_depthwise, output_rows),    FIELD(tuned_depthwise, stride),
    FIELD(tuned_depthwise, pad_top),        FIELD(tuned_depthwise, pad_left),
    FIELD(tuned_depthwise, input_zero),     FIELD(tuned_depthwise, output_offset),
    FIELD(tuned_depthwise, activation_min), FIELD(tuned_depthwise, activation_max),
};
static const struct field mve_depthwise_conv_2d_fields[] = {
    FIELD(mve_depthwise_conv_2d, input_h),        FIELD(mve_depthwise_conv_2d, input_w),
    FIELD(mve_depthwise_conv_2d, channels),       FIELD(mve_depthwise_conv_2d, output_h),
    FIELD(mve_depthwise_conv_2d, output_w),       FIELD(mve_depthwise_conv_2d, input_rows),
    FIELD(mve_depthwise_conv_2d, output_rows),    FIELD(mve_depthwise_conv_2d, kernel_h),
    FIELD(mve_depthwise_conv_2d, kernel_w),       FIELD(mve_depthwise_conv_2d, stride_h),
    FIELD(mve_depthwise_conv_2d, stride_w),       FIELD(mve_depthwise_conv_2d, dilation_h),
    FIELD(mve_depthwise_conv_2d, dilation_w),     FIELD(mve_depthwise_conv_2d, pad_top),
    FIELD(mve_depthwise_conv_2d, pad_left),       FIELD(mve_depthwise_conv_2d, input_zero),
    FIELD(mve_depthwise_conv_2d, output_offset),  FIELD(mve_depthwise_conv_2d, activation_min),
    FIELD(mve_depthwise_conv_2d, activation_max),
};
static const struct field mve_fully_connected_fields[] = {
    FIELD(mve_fully_connected, rows),           FIELD(mve_fully_connected, input_c),
    FIELD(mve_fully_connected, output_c),       FIELD(mve_fully_connected, output_offset),
    FIELD(mve_fully_connected, activation_min), FIELD(mve_fully_connected, activation_max),
};
static const struct field max_pool_2d_fields[] = {
    FIELD(max_pool_2d, input_h),        FIELD(max_pool_2d, input_w),
    FIELD(max_pool_2d, channels),       FIELD(max_pool_2d, output_h),
    FIELD(max_pool_2d, output_w),       FIELD(max_pool_2d, input_rows),
    FIELD(max_pool_2d, output_rows),    FIELD(max_pool_2d, kernel_h),
    FIELD(max_pool_2d, kernel_w),       FIELD(max_pool_2d, stride_h),
    FIELD(max_pool_2d, stride_w),       FIELD(max_pool_2d, pad_top),
    FIELD(max_pool_2d, pad_left),       FIELD(max_pool_2d, activation_min),
    FIELD(max_pool_2d, activation_max),
};
#define TWO_FIELDS(kernel, member) FIELD(kernel, member[0]), FIELD(kernel, member[1])
#define FOUR_FIELDS(kernel, member)                                                                \
    TWO_FIELDS(kernel, member), FIELD(kernel, member[2]), FIELD(kernel, member[3])
#define LOOP_FIELDS(kernel)                                                                        \
    FOUR_FIELDS(kernel, count), FOUR_FIELDS(kernel, input_step), FOUR_FIELDS(kernel, other_step)

static const struct field mean_fields[] = {
    TWO_FIELDS(mean, count),    TWO_FIELDS(mean, step),    TWO_FIELDS(mean, sum_count),
    TWO_FIELDS(mean, sum_step), FIELD(mean, input_offset), FIELD(mean, output_offset),
    FIELD(mean, multiplier),    FIELD(mean, shift),
};
static const struct field add_fields[] = {
    FIELD(add, count),        FIELD(add, input_offset),   FIELD(add, input_multiplier),
    FIELD(add, input_shift),  FIELD(add, other_offset),   FIELD(add, other_multiplier),
    FIELD(add, other_shift),  FIELD(add, output_offset),  FIELD(add, output_multiplier),
    FIELD(add, output_shift), FIELD(add, activation_min), FIELD(add, activation_max),
};
static const struct field mac_add_fields[] = {
    FIELD(mac_add, count),    FIELD(mac_add, input_factor),   FIELD(mac_add, other_factor),
    FIELD(mac_add, constant), FIELD(mac_add, activation_min), FIELD(mac_add, activation_max),
};
static const struct field add_broadcast_fields[] = {
    LOOP_FIELDS(add_broadcast),
    FIELD(add_broadcast, add.count),
    FIELD(add_broadcast, add.input_offset),
    FIELD(add_broadcast, add.input_multiplier),
    FIELD(add_broadcast, add.input_shift),
    FIELD(add_broadcast, add.other_offset),
    FIELD(add_broadcast, add.other_multiplier),
    FIELD(add_broadcast, add.other_shift),
    FIELD(add_broadcast, add.output_offset),
    FIELD(add_broadcast, add.output_multiplier),
    FIELD(add_broadcast, add.output_shift),
    FIELD(add_broadcast, add.activation_min),
    FIELD(add_broadcast, add.activation_max),
};
static const struct field mul_fields[] = {
    LOOP_FIELDS(mul),           FIELD(mul, input_offset),      FIELD(mul, other_offset),
    FIELD(mul, output_offset),  FIELD(mul, output_multiplier), FIELD(mul, output_shift),
    FIELD(mul, activation_min), FIELD(mul, activation_max),
};
static const struct field lookup_fields[] = {FIELD(lookup, count)};
static const struct field resize_nearest_fields[] = {
    FIELD(resize_nearest, input_w),
    FIELD(resize_nearest, output_h),
    FIELD(resize_nearest, output_w),
    FIELD(resize_nearest, channels),
};
static const struct field move_fields[] = {
    FOUR_FIELDS(move, count), FOUR_FIELDS(move, input_step), FOUR_FIELDS(move, output_step),
    FIELD(move, input_start), FIELD(move, output_start),     FIELD(move, fill_count),
    FIELD(move, fill_value),
};

static const struct field partial_conv_2d_fields[] = {
    FIELD(partial_conv_2d, reads_sums),          FIELD(partial_conv_2d, writes_sums),
    FIELD(partial_conv_2d, sums_rows),           FIELD(partial_conv_2d, conv.input_h),
    FIELD(partial_conv_2d, conv.input_w),        FIELD(partial_conv_2d, conv.input_c),
    FIELD(partial_conv_2d, conv.output_h),       FIELD(partial_conv_2d, conv.output_w),
    FIELD(partial_conv_2d, conv.output_c),       FIELD(partial_conv_2d, conv.input_rows),
    FIELD(partial_conv_2d, conv.output_rows),    FIELD(partial_conv_2d, conv.kernel_h),
    FIELD(partial_conv_2d, conv.kernel_w),       FIELD(partial_conv_2d, conv.stride_h),
    FIELD(partial_conv_2d, conv.stride_w),       FIELD(partial_conv_2d, conv.dilation_h),
    FIELD(partial_conv_2d, conv.dilation_w),     FIELD(partial_conv_2d, conv.pad_top),
    FIELD(partial_conv_2d, conv.pad_left),       FIELD(partial_conv_2d, conv.groups),
    FIELD(partial_conv_2d, conv.input_offset),   FIELD(partial_conv_2d, conv.weights_offset),
    FIELD(partial_conv_2d, conv.output_offset),  FIELD(partial_conv_2d, conv.activation_min),
    FIELD(partial_conv_2d, conv.activation_max),
};

static const struct field dsp_partial_conv_2d_fields[] = {
    FIELD(dsp_partial_conv_2d, reads_sums),     FIELD(dsp_partial_conv_2d, writes_sums),
    FIELD(dsp_partial_conv_2d, sums_rows),      FIELD(dsp_partial_conv_2d, pixels),
    FIELD(dsp_partial_conv_2d, output_h),       FIELD(dsp_partial_conv_2d, input_c),
    FIELD(dsp_partial_conv_2d, output_c),       FIELD(dsp_partial_conv_2d, input_rows),
    FIELD(dsp_partial_conv_2d, output_rows),    FIELD(dsp_partial_conv_2d, output_offset),
    FIELD(dsp_partial_conv_2d, activation_min), FIELD(dsp_partial_conv_2d, activation_max),
};

/* A parameter added to a kernel must be added above: the fields are all integers before the
 * pointers, or all there is. */
#define INTEGERS(kernel) (sizeof kernel##_fields / sizeof kernel##_fields[0] * sizeof(int32_t))
#define HAS_ALL_BEFORE(kernel, first, pointers)                                                    \
    _Static_assert(offsetof(struct vwwrt_##kernel, first) - INTEGERS(kernel) < sizeof(void *) &&   \
                       sizeof(struct vwwrt_##kernel) - offsetof(struct vwwrt_##kernel, first) ==   \
                           (pointers) * sizeof(void *),                                            \
                   "a member of " #kernel " is not printed")
#define HAS_ALL_BEFORE_POINTERS(kernel, pointers) HAS_ALL_BEFORE(kernel, weights, pointers)
#define HAS_ALL(kernel)                                                                            \
    _Static_assert(sizeof(struct vwwrt_##kernel) == INTEGERS(kernel),                              \
                   "a member of " #kernel " is not printed")
HAS_ALL_BEFORE_POINTERS(conv_2d, 4);
HAS_ALL_BEFORE_POINTERS(depthwise_conv_2d, 4);
HAS_ALL_BEFORE_POINTERS(fully_connected, 4);
HAS_ALL_BEFORE_POINTERS(tuned_conv_2d, 2);
HAS_ALL_BEFORE_POINTERS(tuned_depthwise, 2);
HAS_ALL_BEFORE_POINTERS(dsp_partial_conv_2d, 2);
HAS_ALL_BEFORE_POINTERS(mve_depthwise_conv_2d, 2);
HAS_ALL_BEFORE_POINTERS(mve_fully_connected, 2);
_Static_assert(sizeof partial_conv_2d_fields / sizeof partial_conv_2d_fields[0] ==
                       sizeof conv_2d_fields / sizeof conv_2d_fields[0] + 3 &&
                   sizeof(struct vwwrt_partial_conv_2d) - sizeof(struct vwwrt_conv_2d) <=
                       4 * sizeof(int32_t),
               "a member of partial_conv_2d is not printed");
HAS_ALL(average_pool_2d);
HAS_ALL(softmax);
HAS_ALL(clamp);
HAS_ALL(max_pool_2d);
HAS_ALL(mean);
HAS_ALL(add);
HAS_ALL(mac_add);
HAS_ALL(move);
HAS_ALL(add_broadcast);
HAS_ALL(mul);
HAS_ALL_BEFORE(lookup, table, 1);
HAS_ALL_BEFORE(resize_nearest, sources, 1);

struct kernel_fields {
    const char *structure; /* vwwrt_<structure> */
    const void *parameters;
    const struct field *fields;
    size_t count;
    const int8_t *weights; /* NULL: the kernel has none, or is a tuned one */
    const int32_t *bias;
    const char *within; /* the member that the pointers to weights, biases, … belong to; NULL: the
                           structure itself */
};

#define FIELDS_OF(kernel)                                                                          \
    .structure = #kernel, .parameters = &op->kernel, .fields = kernel##_fields,                    \
    .count = sizeof kernel##_fields / sizeof kernel##_fields[0]

/* call: which of the operator's calls. */
static struct kernel_fields fields_of(const struct vww_lowered *op, int32_t call)
{
    switch (op->kernel) {
    case VWW_KERNEL_CONV_2D:
        return (struct kernel_fields){FIELDS_OF(conv_2d), .weights = op->conv_2d.weights,
                                      .bias = op->conv_2d.bias};
    case VWW_KERNEL_DEPTHWISE_CONV_2D:
        return (struct kernel_fields){FIELDS_OF(depthwise_conv_2d),
                                      .weights = op->depthwise_conv_2d.weights,
                                      .bias = op->depthwise_conv_2d.bias};
    case VWW_KERNEL_FULLY_CONNECTED:
        return (struct kernel_fields){FIELDS_OF(fully_connected),
                                      .weights = op->fully_connected.weights,
                                      .bias = op->fully_connected.bias};
    case VWW_KERNEL_AVERAGE_POOL_2D:
    case VWW_KERNEL_MVE_AVERAGE_POOL_2D:
        return (struct kernel_fields){FIELDS_OF(average_pool_2d)};
    case VWW_KERNEL_SOFTMAX:
        return (struct kernel_fields){FIELDS_OF(softmax)};
    case VWW_KERNEL_CLAMP:
        return (struct kernel_fields){FIELDS_OF(clamp)};
    case VWW_KERNEL_DSP_CONV_2D:
    case VWW_KERNEL_MAC_CONV_2D:
    case VWW_KERNEL_MVE_CONV_2D:
        return (struct kernel_fields){FIELDS_OF(tuned_conv_2d)};
    case VWW_KERNEL_DSP_DEPTHWISE_3X3:
    case VWW_KERNEL_DSP_DEPTHWISE_5X5:
    case VWW_KERNEL_MAC_DEPTHWISE_3X3:
    case VWW_KERNEL_MAC_DEPTHWISE_5X5:
        return (struct kernel_fields){FIELDS_OF(tuned_depthwise)};
    case VWW_KERNEL_MVE_DEPTHWISE_CONV_2D:
    case VWW_KERNEL_MVE_DEPTHWISE_3X3:
        return (struct kernel_fields){FIELDS_OF(mve_depthwise_conv_2d)};
    case VWW_KERNEL_MVE_FULLY_CONNECTED:
        return (struct kernel_fields){FIELDS_OF(mve_fully_connected)};
    case VWW_KERNEL_MAX_POOL_2D:
        return (struct kernel_fields){FIELDS_OF(max_pool_2d)};
    case VWW_KERNEL_MEAN:
    case VWW_KERNEL_MVE_MEAN:
        return (struct kernel_fields){FIELDS_OF(mean)};
    case VWW_KERNEL_ADD:
        return (struct kernel_fields){FIELDS_OF(add)};
    case VWW_KERNEL_MAC_ADD:
    case VWW_KERNEL_MVE_ADD:
        return (struct kernel_fields){FIELDS_OF(mac_add)};
    case VWW_KERNEL_MOVE:
        return (struct kernel_fields){.structure = "move",
                                      .parameters = &op->moves[call],
                                      .fields = move_fields,
                                      .count = sizeof move_fields / sizeof move_fields[0]};
    case VWW_KERNEL_ADD_BROADCAST:
        return (struct kernel_fields){FIELDS_OF(add_broadcast)};
    case VWW_KERNEL_MUL:
        return (struct kernel_fields){FIELDS_OF(mul)};
    case VWW_KERNEL_LOOKUP:
        return (struct kernel_fields){FIELDS_OF(lookup)};
    case VWW_KERNEL_RESIZE_NEAREST:
        return (struct kernel_fields){FIELDS_OF(resize_nearest)};
    case VWW_KERNEL_PARTIAL_CONV_2D:
        return (struct kernel_fields){FIELDS_OF(partial_conv_2d),
                                      .weights = op->partial_conv_2d.conv.weights,
                                      .bias = op->partial_conv_2d.conv.bias, .within = "conv."};
    case VWW_KERNEL_DSP_PARTIAL_CONV_2D:
        return (struct kernel_fields){FIELDS_OF(dsp_partial_conv_2d)};
    case VWW_KERNEL_COPY:
        break;
    }
    return (struct kernel_fields){0};
}

static int32_t bias_count(const struct vww_lowered *lowered, const struct kernel_fields *kernel)
{
    if (kernel->bias == NULL)
        return 0;
    return lowered->kernel == VWW_KERNEL_PARTIAL_CONV_2D ? lowered->partial_conv_2d.conv.output_c
                                                         : lowered->channels;
}

/* The arrays of a kernel with weights; returns their bytes. */
static int64_t emit_arrays(const struct vww_lowered *lowered, const struct kernel_fields *kernel,
                           int64_t weights, const char *name, struct vww_buffer *out)
{
    char array[96];
    snprintf(array, sizeof array, "%s_weights", name);
    if (lowered->weights != NULL) {
        vww_emit_int32_array(out, array, lowered->weights, lowered->weight_words);
        return lowered->weight_words * (int64_t)sizeof(int32_t);
    }
    vww_emit_int8_array(out, array, kernel->weights, weights);
    const int32_t biases = bias_count(lowered, kernel);
    if (kernel->bias != NULL) {
        snprintf(array, sizeof array, "%s_bias", name);
        vww_emit_int32_array(out, array, kernel->bias, biases);
    }
    const int64_t bytes = weights + 4 * (int64_t)biases;
    if (lowered->channels == 0)
        return bytes;
    snprintf(array, sizeof array, "%s_multipliers", name);
    vww_emit_int32_array(out, array, lowered->multipliers, lowered->channels);
    snprintf(array, sizeof array, "%s_shifts", name);
    vww_emit_int8_array(out, array, lowered->shifts, lowered->channels);
    return bytes + (int64_t)lowered->channels * (4 + 1);
}

/* The members of the structure that point to those arrays. */
static void emit_pointers(const struct vww_lowered *lowered, const struct kernel_fields *kernel,
                          int64_t scratch, const char *name, struct vww_buffer *out)
{
    const char *within = kernel->within != NULL ? kernel->within : "";
    vww_buffer_printf(out, "    .%sweights = %s_weights,\n", within, name);
    if (lowered->weights != NULL) {
        vww_buffer_printf(out, "    .scratch = memory.words + %lld,\n",
                          (long long)scratch / (long long)sizeof(uint32_t));
        return;
    }
    if (kernel->bias != NULL)
        vww_buffer_printf(out, "    .%sbias = %s_bias,\n", within, name);
    else
        vww_buffer_printf(out, "    .%sbias = 0,\n", within);
    if (lowered->channels > 0)
        vww_buffer_printf(out, "    .%smultipliers = %s_multipliers,\n    .%sshifts = %s_shifts,\n",
                          within, name, within, name);
    else /* sums, which nothing scales */
        vww_buffer_printf(out, "    .%smultipliers = 0,\n    .%sshifts = 0,\n", within, within);
}

/* The table of a kernel that has one; returns its bytes. member: what points to it, or NULL. */
static int64_t emit_table(const struct vww_lowered *lowered, const char *name, const char **member,
                          struct vww_buffer *out)
{
    char array[96];
    *member = NULL;
    if (lowered->kernel == VWW_KERNEL_LOOKUP) {
        *member = "table";
        snprintf(array, sizeof array, "%s_table", name);
        vww_emit_int8_array(out, array, lowered->table, 256);
        return 256;
    }
    if (lowered->kernel == VWW_KERNEL_RESIZE_NEAREST) {
        const int64_t count =
            (int64_t)lowered->resize_nearest.output_h + lowered->resize_nearest.output_w;
        *member = "sources";
        snprintf(array, sizeof array, "%s_sources", name);
        vww_emit_int32_array(out, array, lowered->sources, count);
        return count * (int64_t)sizeof(int32_t);
    }
    return 0;
}

/* A second input that is a constant of the graph; returns its bytes. */
static int64_t emit_other(const struct vww_emission *emission, int32_t index, const char *name,
                          struct vww_buffer *out)
{
    const struct vww_op *op = &emission->graph->ops[index];
    const int position = vww_lowered_other(&emission->ops[index]);
    const struct vww_tensor *other = &emission->graph->tensors[op->inputs[position]];
    char array[96];
    if (other->role == VWW_ROLE_ACTIVATION)
        return 0;
    snprintf(array, sizeof array, "%s_other", name);
    vww_emit_int8_array(out, array, other->data, vww_shape_elements(&other->shape));
    return vww_shape_elements(&other->shape);
}

/* "op3_pw1", or of an operator of several calls "op3_concat_0". */
void vww_emit_call_name(const struct vww_emission *emission, int32_t index, int32_t call,
                        char name[80])
{
    char op[64];
    vww_emit_op_name(emission, index, op);
    if (emission->ops[index].call_count > 1)
        snprintf(name, 80, "%s_%d", op, (int)call);
    else
        snprintf(name, 80, "%s", op);
}

static void emit_call(struct vww_emission *emission, int32_t index, int32_t call,
                      struct vww_buffer *out)
{
    const struct vww_lowered *lowered = &emission->ops[index];
    const struct vww_op *op = &emission->graph->ops[index];
    const struct kernel_fields kernel = fields_of(lowered, call);
    const bool has_weights = kernel.weights != NULL || lowered->weights != NULL;
    char name[80];
    vww_emit_call_name(emission, index, call, name);
    if (has_weights)
        emission->constant_bytes += emit_arrays(
            lowered, &kernel, vww_shape_elements(&emission->graph->tensors[op->inputs[1]].shape),
            name, out);
    const char *table;
    emission->constant_bytes += emit_table(lowered, name, &table, out);
    emission->constant_bytes += emit_other(emission, index, name, out);
    vww_buffer_printf(out, "static const struct %s_rt_%s %s = {\n", emission->prefix,
                      kernel.structure, name);
    for (size_t i = 0; i < kernel.count; i++) {
        int32_t value;
        memcpy(&value, (const char *)kernel.parameters + kernel.fields[i].offset, sizeof value);
        vww_buffer_printf(out, "    .%s = %ld,\n", kernel.fields[i].name, (long)value);
    }
    if (has_weights)
        emit_pointers(lowered, &kernel, emission->plan->scratch[index], name, out);
    if (table != NULL)
        vww_buffer_printf(out, "    .%s = %s_%s,\n", table, name, table);
    vww_buffer_text(out, "};\n");
}

void vww_emit_parameters(struct vww_emission *emission, int32_t index, struct vww_buffer *out)
{
    if (vww_kernel_suffix(emission->ops[index].kernel) == NULL)
        return;
    vww_buffer_text(out, "\n/* ");
    vww_emit_op_comment(emission, index, out);
    vww_buffer_text(out, " */\n");
    for (int32_t call = 0; call < emission->ops[index].call_count; call++)
        emit_call(emission, index, call, out);
}
