/* Packing of weights, and bringing activations into the order that the kernels read. */
#include "interpret/fast.h"
#include "base/memory.h"
#include "vww/text.h"

#include <stdlib.h>
#include <string.h>
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#define CHUNK_ROWS 96            /* output pixels whose windows are gathered at a time */
#define LARGEST_WINDOW (1 << 20) /* activations */
#define LARGEST_IMAGE (1 << 26)  /* activations of a padded image */

struct vww_fast_op {
    const struct vww_fast_kernels *kernels;
    const struct vww_lowered *lowered;
    /* The one that lowered->kernel calls for. */
    struct vww_fast_product product;
    struct vww_fast_depthwise depthwise;
    int32_t padded_h, padded_w, padded_c; /* depthwise: the padded image */
    void *weights, *offsets, *channel_memory;
};

/* --- choice
 * -------------------------------------------------------------------------------------*/

#define TABLES_MAX 2

/* Every set that the architecture has, best last. */
static const struct vww_fast_kernels *const tables[TABLES_MAX] = {
#if defined(__x86_64__)
    &vww_fast_avx2,
    &vww_fast_avx512,
#elif defined(__aarch64__)
    &vww_fast_neon,
    &vww_fast_dotprod,
#else
    NULL,
    NULL,
#endif
};

const struct vww_fast_kernels *const *vww_fast_available(size_t *count)
{
    *count = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        *count = 1;
    if (*count == 1 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        *count = 2;
#elif defined(__aarch64__)
    *count = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0 ? 2 : 1;
#endif
    return tables;
}

vww_status vww_fast_choose(const struct vww_fast_kernels **kernels, struct vww_error *error)
{
    const char *names[TABLES_MAX + 1] = {"portable"};
    const char *wanted = getenv("VWW_ISA");
    size_t count, known = 1;
    vww_fast_available(&count);
    for (; known <= TABLES_MAX && tables[known - 1] != NULL; known++)
        names[known] = tables[known - 1]->name;
    *kernels = count > 0 ? tables[count - 1] : NULL;
    if (wanted == NULL || wanted[0] == '\0')
        return VWW_OK;
    for (size_t level = 0; level < known; level++)
        if (strcmp(wanted, names[level]) == 0) {
            const size_t best = level < count ? level : count;
            *kernels = best > 0 ? tables[best - 1] : NULL;
            return VWW_OK;
        }
    char hint[200];
    vww_text_suggest(hint, sizeof hint, wanted, names, known);
    vww_fail(error, VWW_ERROR_ARGUMENT, "there are no kernels of that name");
    vww_error_seen(error, "VWW_ISA=%s", wanted);
    vww_error_allowed(error, "%s%s%s%s%s", names[0], known > 1 ? ", " : "",
                      known > 1 ? names[1] : "", known > 2 ? ", " : "", known > 2 ? names[2] : "");
    vww_error_remedy(error, "unset VWW_ISA to use the best that the processor has; %s", hint);
    return VWW_ERROR_ARGUMENT;
}

/* --- packing
 * ------------------------------------------------------------------------------------*/

static int32_t round_up(int32_t value, int32_t step)
{
    return (value + step - 1) / step * step;
}

/* Room for the parameters of `count` channels, all zero. */
static bool allocate_channels(struct vww_fast_op *op, struct vww_fast_channels *channels,
                              int32_t count)
{
    const size_t padded = (size_t)round_up(count, VWW_FAST_CHANNEL_STEP);
    int32_t *memory = vww_allocate(4 * padded, sizeof *memory);
    op->channel_memory = memory;
    if (memory == NULL)
        return false;
    channels->constants = memory;
    channels->multipliers = memory + padded;
    channels->left = memory + 2 * padded;
    channels->right = memory + 3 * padded;
    return true;
}

static void set_channel(struct vww_fast_channels *channels, int32_t place, int32_t constant,
                        int32_t multiplier, int32_t shift)
{
    channels->constants[place] = constant;
    channels->multipliers[place] = multiplier;
    channels->left[place] = shift > 0 ? shift : 0;
    channels->right[place] = shift > 0 ? 0 : -shift;
}

/* The weights of channel c, `count` of them, into their places of the blocks. */
static void pack_channel(const struct vww_fast_kernels *kernels, const int8_t *weights,
                         int32_t count, int32_t words, int32_t c, uint32_t *packed)
{
    const int32_t each = 4 / kernels->activation_bytes; /* weights in a word */
    uint32_t *block =
        packed + (size_t)(c / kernels->lanes) * (size_t)words * (size_t)kernels->lanes;
    for (int32_t i = 0; i < count; i++) {
        uint32_t *word = block + i / each * kernels->lanes + c % kernels->lanes;
        if (kernels->activation_bytes == 1)
            *word |= (uint32_t)(uint8_t)weights[i] << (8 * (i % each));
        else
            *word |= (uint32_t)(uint16_t)weights[i] << (16 * (i % each));
    }
}

/* What words of bytes hold beyond the activations. */
static int32_t bias_of_bytes(const struct vww_fast_kernels *kernels)
{
    return kernels->signed_bytes ? 0 : 128;
}

static bool prepare_product(struct vww_fast_op *op)
{
    const struct vww_fast_kernels *kernels = op->kernels;
    const struct vwwrt_conv_2d *conv = &op->lowered->conv_2d;
    struct vww_fast_product *product = &op->product;
    const int32_t terms = conv->kernel_h * conv->kernel_w * conv->input_c;
    product->words = round_up(terms, 4 / kernels->activation_bytes) * kernels->activation_bytes / 4;
    product->columns = conv->output_c;
    const size_t packed_words =
        (size_t)product->words * (size_t)round_up(conv->output_c, kernels->lanes);
    uint32_t *packed = vww_allocate(packed_words, sizeof *packed);
    op->weights = packed;
    product->weights = packed;
    if (packed == NULL || !allocate_channels(op, &product->channels, conv->output_c))
        return false;
    for (int32_t c = 0; c < conv->output_c; c++) {
        const int8_t *weights = conv->weights + (size_t)c * (size_t)terms;
        uint32_t sum = 0;
        for (int32_t i = 0; i < terms; i++)
            sum += (uint32_t)weights[i];
        pack_channel(kernels, weights, terms, product->words, c, packed);
        /* What is to be added to the words' numbers: 16-bit ones have it already. */
        const int32_t missing =
            kernels->activation_bytes == 2 ? 0 : conv->input_offset - bias_of_bytes(kernels);
        const uint32_t constant =
            (conv->bias != NULL ? (uint32_t)conv->bias[c] : 0) + (uint32_t)missing * sum;
        set_channel(&product->channels, c, (int32_t)constant, conv->multipliers[c],
                    conv->shifts[c]);
    }
    product->channels.output_offset = conv->output_offset;
    product->channels.low = conv->activation_min;
    product->channels.high = conv->activation_max;
    return true;
}

/* Where unpacklo (0 … 7) and unpackhi (8 … 15) of 16-bit numbers bring the sum of channel c of 16:
 * they take four channels of each half in turn. */
static int32_t unpacked_place(int32_t c)
{
    return c / 8 * 4 + c % 4 + (c / 4 % 2) * 8;
}

static bool prepare_depthwise(struct vww_fast_op *op)
{
    const struct vwwrt_depthwise_conv_2d *conv = &op->lowered->depthwise_conv_2d;
    struct vww_fast_depthwise *d = &op->depthwise;
    const int32_t taps = conv->kernel_h * conv->kernel_w, channels = conv->output_c;
    op->padded_h =
        (conv->output_h - 1) * conv->stride_h + (conv->kernel_h - 1) * conv->dilation_h + 1;
    op->padded_w =
        (conv->output_w - 1) * conv->stride_w + (conv->kernel_w - 1) * conv->dilation_w + 1;
    op->padded_c = round_up(channels, VWW_FAST_CHANNEL_STEP);
    d->output_h = conv->output_h;
    d->output_w = conv->output_w;
    d->columns = channels;
    d->pairs = (taps + 1) / 2;
    d->row_step = conv->stride_h * op->padded_w * op->padded_c;
    d->pixel_step = conv->stride_w * op->padded_c;
    int32_t *offsets = vww_allocate((size_t)d->pairs * 2, sizeof *offsets);
    int16_t *weights = vww_allocate((size_t)op->padded_c * (size_t)d->pairs * 2, sizeof *weights);
    op->offsets = offsets;
    op->weights = weights;
    d->offsets = offsets;
    d->weights = weights;
    if (offsets == NULL || weights == NULL || !allocate_channels(op, &d->channels, channels))
        return false;
    for (int32_t i = 0; i < 2 * d->pairs; i++) {
        const int32_t tap = i < taps ? i : taps - 1;
        offsets[i] = (tap / conv->kernel_w * conv->dilation_h * op->padded_w +
                      tap % conv->kernel_w * conv->dilation_w) *
                     op->padded_c;
    }
    for (int32_t c = 0; c < channels; c++) {
        const int32_t block = c / 16, place = unpacked_place(c % 16);
        for (int32_t tap = 0; tap < taps; tap++)
            weights[((size_t)(block * d->pairs + tap / 2) * 16 + (size_t)place) * 2 +
                    (size_t)(tap % 2)] = conv->weights[tap * channels + c];
        set_channel(&d->channels, block * 16 + place, conv->bias != NULL ? conv->bias[c] : 0,
                    conv->multipliers[c], conv->shifts[c]);
    }
    d->channels.output_offset = conv->output_offset;
    d->channels.low = conv->activation_min;
    d->channels.high = conv->activation_max;
    return true;
}

/* Sizes are checked in 64 bits here, so that those above may be computed in 32; larger ones come
 * from absurd dilations and kernels, and the reference does them. */
static bool covers(const struct vww_lowered *lowered)
{
    if (lowered->kernel == VWW_KERNEL_CONV_2D) {
        const struct vwwrt_conv_2d *conv = &lowered->conv_2d;
        return conv->groups == 1 && conv->weights_offset == 0 &&
               (int64_t)conv->kernel_h * conv->kernel_w * conv->input_c <= LARGEST_WINDOW;
    }
    const struct vwwrt_depthwise_conv_2d *conv = &lowered->depthwise_conv_2d;
    if (lowered->kernel != VWW_KERNEL_DEPTHWISE_CONV_2D || conv->input_c != conv->output_c ||
        conv->weights_offset != 0)
        return false;
    const int64_t h =
        (int64_t)conv->output_h * conv->stride_h + (int64_t)conv->kernel_h * conv->dilation_h;
    const int64_t w =
        (int64_t)conv->output_w * conv->stride_w + (int64_t)conv->kernel_w * conv->dilation_w;
    const int64_t c = (int64_t)conv->input_c + VWW_FAST_CHANNEL_STEP;
    return h <= LARGEST_IMAGE && w <= LARGEST_IMAGE / h && c <= LARGEST_IMAGE / (h * w);
}

vww_status vww_fast_create(const struct vww_fast_kernels *kernels,
                           const struct vww_lowered *lowered, struct vww_fast_op **op,
                           struct vww_error *error)
{
    *op = NULL;
    if (kernels == NULL || !covers(lowered))
        return VWW_OK;
    struct vww_fast_op *made = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->kernels = kernels;
    made->lowered = lowered;
    const bool ready =
        lowered->kernel == VWW_KERNEL_CONV_2D ? prepare_product(made) : prepare_depthwise(made);
    if (!ready) {
        vww_fast_destroy(made);
        return vww_fail_memory(error, (size_t)lowered->channels);
    }
    *op = made;
    return VWW_OK;
}

void vww_fast_destroy(struct vww_fast_op *op)
{
    if (op == NULL)
        return;
    vww_free(op->weights);
    vww_free(op->offsets);
    vww_free(op->channel_memory);
    vww_free(op);
}

/* --- running
 * ------------------------------------------------------------------------------------*/

size_t vww_fast_scratch(const struct vww_fast_op *op)
{
    if (op->lowered->kernel == VWW_KERNEL_CONV_2D)
        return (size_t)CHUNK_ROWS * (size_t)op->product.words * sizeof(uint32_t);
    return (size_t)op->padded_h * (size_t)op->padded_w * (size_t)op->padded_c * sizeof(int16_t);
}

/* `count` activations as the words want them. */
static uint8_t *put_activations(const struct vww_fast_op *op, uint8_t *to, const int8_t *from,
                                int32_t count)
{
    if (op->kernels->activation_bytes == 1) {
        const uint8_t flipped = op->kernels->signed_bytes ? 0 : 0x80;
        for (int32_t i = 0; i < count; i++)
            to[i] = (uint8_t)from[i] ^ flipped;
        return to + count;
    }
    int16_t *numbers = (int16_t *)(void *)to;
    const int16_t offset = (int16_t)op->lowered->conv_2d.input_offset;
    for (int32_t i = 0; i < count; i++)
        numbers[i] = (int16_t)(from[i] + offset);
    return to + 2 * count;
}

/* Padding: activations equal to the zero point. */
static uint8_t *put_padding(const struct vww_fast_op *op, uint8_t *to, int32_t count)
{
    const int bytes = count * op->kernels->activation_bytes;
    const int32_t zero = bias_of_bytes(op->kernels) - op->lowered->conv_2d.input_offset;
    memset(to, op->kernels->activation_bytes == 1 ? zero : 0, (size_t)bytes);
    return to + bytes;
}

/* One row of the window: kernel_w pixels from `left` on, `dilation_w` apart, of the image's row y.
 */
static uint8_t *put_window_row(const struct vww_fast_op *op, const int8_t *input, int32_t y,
                               int32_t left, uint8_t *to)
{
    const struct vwwrt_conv_2d *conv = &op->lowered->conv_2d;
    if (y < 0 || y >= conv->input_h)
        return put_padding(op, to, conv->kernel_w * conv->input_c);
    const int8_t *row = input + y * conv->input_w * conv->input_c;
    if (conv->dilation_w == 1 && left >= 0 && left + conv->kernel_w <= conv->input_w)
        return put_activations(op, to, row + left * conv->input_c, conv->kernel_w * conv->input_c);
    for (int32_t kx = 0; kx < conv->kernel_w; kx++) {
        const int32_t x = left + kx * conv->dilation_w;
        if (x < 0 || x >= conv->input_w)
            to = put_padding(op, to, conv->input_c);
        else
            to = put_activations(op, to, row + x * conv->input_c, conv->input_c);
    }
    return to;
}

/* The window of output pixel `index` as one row of the product. */
static void put_window(const struct vww_fast_op *op, const int8_t *input, int32_t index,
                       uint8_t *row)
{
    const struct vwwrt_conv_2d *conv = &op->lowered->conv_2d;
    const int32_t top = index / conv->output_w * conv->stride_h - conv->pad_top;
    const int32_t left = index % conv->output_w * conv->stride_w - conv->pad_left;
    uint8_t *to = row;
    for (int32_t ky = 0; ky < conv->kernel_h; ky++)
        to = put_window_row(op, input, top + ky * conv->dilation_h, left, to);
    memset(to, 0, (size_t)(row + 4 * (size_t)op->product.words - to));
}

static void run_product(const struct vww_fast_op *op, const int8_t *input, int8_t *output,
                        uint8_t *rows)
{
    const struct vwwrt_conv_2d *conv = &op->lowered->conv_2d;
    const int32_t pixels = conv->output_h * conv->output_w;
    const size_t row_bytes = 4 * (size_t)op->product.words;
    const bool pointwise =
        conv->kernel_h == 1 && conv->kernel_w == 1 && conv->stride_h == 1 && conv->stride_w == 1 &&
        conv->pad_top == 0 && conv->pad_left == 0 && conv->input_h == conv->output_h &&
        conv->input_w == conv->output_w &&
        row_bytes == (size_t)conv->input_c * (size_t)op->kernels->activation_bytes;
    for (int32_t first = 0; first < pixels; first += CHUNK_ROWS) {
        const int32_t count = pixels - first < CHUNK_ROWS ? pixels - first : CHUNK_ROWS;
        if (pointwise)
            put_activations(op, rows, input + first * conv->input_c, count * conv->input_c);
        else
            for (int32_t i = 0; i < count; i++)
                put_window(op, input, first + i, rows + (size_t)i * row_bytes);
        op->kernels->product(&op->product, (const uint32_t *)(void *)rows, count,
                             output + first * conv->output_c);
    }
}

static void put_image(const struct vww_fast_op *op, const int8_t *input, int16_t *image)
{
    const struct vwwrt_depthwise_conv_2d *conv = &op->lowered->depthwise_conv_2d;
    const int16_t offset = (int16_t)conv->input_offset;
    memset(image, 0, vww_fast_scratch(op));
    for (int32_t y = 0; y < op->padded_h; y++) {
        const int32_t from_y = y - conv->pad_top;
        if (from_y < 0 || from_y >= conv->input_h)
            continue;
        for (int32_t x = 0; x < op->padded_w; x++) {
            const int32_t from_x = x - conv->pad_left;
            if (from_x < 0 || from_x >= conv->input_w)
                continue;
            const int8_t *from = input + (from_y * conv->input_w + from_x) * conv->input_c;
            int16_t *to =
                image + ((size_t)y * (size_t)op->padded_w + (size_t)x) * (size_t)op->padded_c;
            for (int32_t c = 0; c < conv->input_c; c++)
                to[c] = (int16_t)(from[c] + offset);
        }
    }
}

void vww_fast_run(const struct vww_fast_op *op, const int8_t *input, int8_t *output, void *scratch)
{
    if (op->lowered->kernel == VWW_KERNEL_CONV_2D) {
        run_product(op, input, output, scratch);
    } else {
        put_image(op, input, scratch);
        op->kernels->depthwise(&op->depthwise, scratch, output);
    }
}
