/* Operators on the elements of one tensor or two, and means. */
#include "base/memory.h"
#include "lower/lowering.h"

/* Sums of so many pixels stay far within 32 bits. */
#define MEAN_PIXELS_MAX (1 << 20)

/* Put one more dimension, from the last on, into loops of which [1] is the inner one: it joins the
 * last loop where nothing of the other kind lies between. False: there is no loop left. */
static bool add_loop(int32_t *count, int32_t *step, int *used, bool joins, int32_t dims,
                     int32_t dims_step)
{
    if (*used > 0 && joins) {
        count[2 - *used] *= dims;
        return true;
    }
    if (*used == 2)
        return false;
    (*used)++;
    count[2 - *used] = dims;
    step[2 - *used] = dims_step;
    return true;
}

/* Returns how many elements are added for each output; 0 where the loops do not suffice. */
static int64_t set_loops(const struct lowering *l, struct vwwrt_mean *mean)
{
    const struct vww_shape *in = &l->input->shape;
    const int32_t axes = l->op->axes != 0 ? l->op->axes : 1 << 1 | 1 << 2;
    int kept = 0, added = 0, before = -1; /* loops in use; which kind the last dimension was */
    int64_t step = 1, terms = 1;
    for (int i = 0; i < 2; i++)
        mean->count[i] = mean->sum_count[i] = 1;
    for (int i = in->rank - 1; i >= 0; i--) {
        const int is_added = axes >> i & 1;
        if (in->dims[i] == 1)
            continue;
        if (!(is_added ? add_loop(mean->sum_count, mean->sum_step, &added, before == 1, in->dims[i],
                                  (int32_t)step)
                       : add_loop(mean->count, mean->step, &kept, before == 0, in->dims[i],
                                  (int32_t)step)))
            return 0;
        terms *= is_added ? in->dims[i] : 1;
        step *= in->dims[i];
        before = is_added;
    }
    return terms;
}

/* The mean of n integers, requantized: the multiplier is divided by n in integers, after as many
 * bits have been gained as n has, as TensorFlow Lite does it. */
vww_status vww_lower_mean(const struct lowering *l)
{
    const struct vww_quantization *in = &l->input->quantization, *out = &l->output->quantization;
    struct vwwrt_mean *mean = &l->lowered->mean;
    l->lowered->kernel = VWW_KERNEL_MEAN;
    const int64_t pixels = set_loops(l, mean);
    if (pixels > MEAN_PIXELS_MAX)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->input, "a mean of so many numbers");
    if (pixels == 0)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->input, "a mean over such axes");
    if (l->graph->older_uint8)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->input, "a mean of uint8 has other arithmetic");
    mean->input_offset = -in->zero_points[0] * (int32_t)pixels;
    mean->output_offset = out->zero_points[0];
    vww_quantization_multiplier((double)in->scales[0] / (double)out->scales[0], &mean->multiplier,
                                &mean->shift);
    int gained = 0;
    while (pixels >> (gained + 1) != 0)
        gained++;
    if (gained > 31 + mean->shift)
        gained = 31 + mean->shift;
    mean->multiplier = (int32_t)(((int64_t)mean->multiplier << gained) / pixels);
    mean->shift -= gained;
    return VWW_OK;
}

/* --- two inputs ------------------------------------------------------------------------------ */

static const struct vww_tensor *other_of(const struct lowering *l)
{
    return &l->graph->tensors[l->op->inputs[1]];
}

/* Steps through a shape that is repeated along the output's dimensions; dimensions of the output
 * that both inputs go through alike become one loop. */
struct loops {
    int32_t count[4], input_step[4], other_step[4];
};

static int32_t step_along(const struct vww_shape *shape, int i, int32_t elements)
{
    return i < shape->rank && shape->dims[shape->rank - 1 - i] > 1 ? elements : 0;
}

static struct loops loops_of(const struct lowering *l)
{
    const struct vww_shape *in = &l->input->shape, *other = &other_of(l)->shape;
    const struct vww_shape *out = &l->output->shape;
    struct loops loops = {.count = {1, 1, 1, 1}};
    int32_t behind = 1, other_behind = 1; /* elements of the dimensions so far */
    int loop = 4;
    for (int i = 0; i < out->rank; i++) {
        const int32_t size = out->dims[out->rank - 1 - i];
        const int32_t a = step_along(in, i, behind), b = step_along(other, i, other_behind);
        if (size == 1)
            continue;
        const bool joins = loop < 4 && a == loops.input_step[loop] * loops.count[loop] &&
                           b == loops.other_step[loop] * loops.count[loop];
        if (joins) {
            loops.count[loop] *= size;
        } else {
            loop--;
            loops.count[loop] = size;
            loops.input_step[loop] = a;
            loops.other_step[loop] = b;
        }
        behind *= a != 0 ? size : 1;
        other_behind *= b != 0 ? size : 1;
    }
    return loops;
}

/* The other input, which may be a constant. */
static vww_status check_other(const struct lowering *l)
{
    const vww_status status = check_activation(l, other_of(l));
    if (status == VWW_OK && l->input->role != VWW_ROLE_ACTIVATION)
        return fail(l, VWW_ERROR_UNSUPPORTED, l->input, "only the second input may be a constant");
    return status;
}

/* Both inputs get the scale 2 * the larger one / 2^20, in which their sum fits 32 bits. */
static vww_status lower_sum(const struct lowering *l, struct vwwrt_add *add)
{
    const struct vww_tensor *other = other_of(l);
    const struct vww_quantization *a = &l->input->quantization, *b = &other->quantization;
    const struct vww_quantization *out = &l->output->quantization;
    const double largest = a->scales[0] > b->scales[0] ? a->scales[0] : b->scales[0];
    const double result = 2 * largest / ((1 << 20) * (double)out->scales[0]);
    add->count = (int32_t)vww_shape_elements(&l->output->shape);
    add->input_offset = -a->zero_points[0];
    add->other_offset = -b->zero_points[0];
    add->output_offset = out->zero_points[0];
    vww_quantization_multiplier((double)a->scales[0] / (2 * largest), &add->input_multiplier,
                                &add->input_shift);
    vww_quantization_multiplier((double)b->scales[0] / (2 * largest), &add->other_multiplier,
                                &add->other_shift);
    vww_quantization_multiplier(result, &add->output_multiplier, &add->output_shift);
    activation_limits(l, l->op->activation, &add->activation_min, &add->activation_max);
    if (add->output_shift <= 0)
        return VWW_OK;
    fail(l, VWW_ERROR_UNSUPPORTED, l->output, "the scale is too small beside those of the inputs");
    vww_error_seen(l->error, "%g", (double)out->scales[0]);
    vww_error_allowed(l->error, "more than %g", 2 * largest / (1 << 20));
    return VWW_ERROR_UNSUPPORTED;
}

vww_status vww_lower_add(const struct lowering *l)
{
    const vww_status status = check_other(l);
    if (status != VWW_OK)
        return status;
    if (vww_shape_equal(&l->input->shape, &other_of(l)->shape)) {
        l->lowered->kernel = VWW_KERNEL_ADD;
        return lower_sum(l, &l->lowered->add);
    }
    const struct loops loops = loops_of(l);
    struct vwwrt_add_broadcast *add = &l->lowered->add_broadcast;
    l->lowered->kernel = VWW_KERNEL_ADD_BROADCAST;
    memcpy(add->count, loops.count, sizeof add->count);
    memcpy(add->input_step, loops.input_step, sizeof add->input_step);
    memcpy(add->other_step, loops.other_step, sizeof add->other_step);
    return lower_sum(l, &add->add);
}

/* The scales are multiplied and divided in single precision, as TensorFlow Lite does. */
vww_status vww_lower_mul(const struct lowering *l)
{
    const vww_status status = check_other(l);
    if (status != VWW_OK)
        return status;
    const struct vww_quantization *a = &l->input->quantization, *b = &other_of(l)->quantization;
    const struct vww_quantization *out = &l->output->quantization;
    const struct loops loops = loops_of(l);
    const float product = a->scales[0] * b->scales[0];
    struct vwwrt_mul *mul = &l->lowered->mul;
    l->lowered->kernel = VWW_KERNEL_MUL;
    memcpy(mul->count, loops.count, sizeof mul->count);
    memcpy(mul->input_step, loops.input_step, sizeof mul->input_step);
    memcpy(mul->other_step, loops.other_step, sizeof mul->other_step);
    mul->input_offset = -a->zero_points[0];
    mul->other_offset = -b->zero_points[0];
    mul->output_offset = out->zero_points[0];
    vww_quantization_multiplier((double)(product / out->scales[0]), &mul->output_multiplier,
                                &mul->output_shift);
    activation_limits(l, l->op->activation, &mul->activation_min, &mul->activation_max);
    return VWW_OK;
}

/* --- functions of one number ----------------------------------------------------------------- */

static vww_status begin_lookup(const struct lowering *l)
{
    l->lowered->table = vww_allocate(256, sizeof *l->lowered->table);
    if (l->lowered->table == NULL)
        return vww_fail_memory(l->error, 256);
    l->lowered->kernel = VWW_KERNEL_LOOKUP;
    l->lowered->lookup = (struct vwwrt_lookup){
        .count = (int32_t)vww_shape_elements(&l->input->shape),
        .table = l->lowered->table,
    };
    return VWW_OK;
}

static int8_t clamped(int32_t value)
{
    return (int8_t)(value < -128 ? -128 : (value > 127 ? 127 : value));
}

/* TensorFlow Lite computes this table in single precision, and so is it here. */
vww_status vww_lower_logistic(const struct lowering *l)
{
    const struct vww_quantization *in = &l->input->quantization, *out = &l->output->quantization;
    const vww_status status = begin_lookup(l);
    if (status != VWW_OK)
        return status;
    if (out->scales[0] != VWW_SOFTMAX_SCALE || out->zero_points[0] != VWW_SOFTMAX_ZERO_POINT) {
        fail(l, VWW_ERROR_UNSUPPORTED, l->output,
             "the output of an int8 logistic has fixed scales");
        vww_error_seen(l->error, "scale %g, zero point %d", (double)out->scales[0],
                       (int)out->zero_points[0]);
        vww_error_allowed(l->error, "scale 1/256, zero point -128");
        return VWW_ERROR_UNSUPPORTED;
    }
    for (int32_t i = -128; i < 128; i++) {
        const float real = in->scales[0] * (float)(i - in->zero_points[0]);
        const float value = 1.0f / (1.0f + expf(-real));
        const float scaled = roundf(value * (1 / out->scales[0]));
        l->lowered->table[i + 128] = clamped((int32_t)(scaled + (float)out->zero_points[0]));
    }
    return VWW_OK;
}

/* --- HARD_SWISH, whose reference computes with 16 bits: x * (relu6(x + 3) / 6), the second factor
 * as (clamp(x / 3, -1, 1) + 1) / 2 --------------------------------------------------------------
 */

static int16_t saturated(int64_t value)
{
    return (int16_t)(value < INT16_MIN ? INT16_MIN : (value > INT16_MAX ? INT16_MAX : value));
}

/* a * b / 2^15, rounded to nearest, ties away from zero for positive products. */
static int16_t rounded_product(int16_t a, int16_t b)
{
    const int32_t product = a * b;
    return saturated((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}

/* As vwwrt_rounding_divide, in 16 bits also where the exponent exceeds them. */
static int16_t divided(int16_t x, int32_t exponent)
{
    const int16_t mask = (int16_t)((INT64_C(1) << exponent) - 1);
    const int16_t remainder = (int16_t)(x & mask);
    const int16_t threshold = (int16_t)((mask >> 1) + (x < 0));
    return (int16_t)((x >> exponent) + (remainder > threshold));
}

struct short_multiplier {
    int16_t multiplier;
    int32_t shift;
};

static struct short_multiplier short_multiplier(float real)
{
    int32_t multiplier;
    struct short_multiplier made;
    vww_quantization_multiplier((double)real, &multiplier, &made.shift);
    made.multiplier =
        multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX : (int16_t)((multiplier + (1 << 15)) >> 16);
    return made;
}

/* clamp(x / 3, -1, 1) with 15 fraction bits. */
static int16_t relu_part(int16_t x, struct short_multiplier by)
{
    if (by.shift > 0)
        x = saturated(x * (INT64_C(1) << (by.shift - 1)));
    x = rounded_product(x, by.multiplier);
    if (by.shift > 0)
        return saturated(x * INT64_C(2));
    return divided(x, -by.shift);
}

vww_status vww_lower_hard_swish(const struct lowering *l)
{
    const struct vww_quantization *in = &l->input->quantization, *out = &l->output->quantization;
    const vww_status status = begin_lookup(l);
    if (status != VWW_OK)
        return status;
    const float fine = (1.0f / 128.0f) * in->scales[0]; /* the scale of 16-bit inputs */
    const struct short_multiplier output = short_multiplier(fine / out->scales[0]);
    const struct short_multiplier third = short_multiplier(fine / (3.0f / 32768.0f));
    if (output.shift > 0) {
        fail(l, VWW_ERROR_UNSUPPORTED, l->output, "the scale is too small beside the input's");
        vww_error_seen(l->error, "%g", (double)out->scales[0]);
        vww_error_allowed(l->error, "at least %g", (double)fine);
        return VWW_ERROR_UNSUPPORTED;
    }
    for (int32_t i = -128; i < 128; i++) {
        const int16_t x = (int16_t)((i - in->zero_points[0]) * 128);
        const int16_t scaled = rounded_product(x, output.multiplier);
        const int16_t share = (int16_t)((relu_part(x, third) + (1 << 15)) >> 1);
        const int16_t product = saturated(share * scaled / (1 << 15));
        const int32_t value = divided(product, -output.shift) + out->zero_points[0];
        l->lowered->table[i + 128] = clamped(value);
    }
    return VWW_OK;
}
