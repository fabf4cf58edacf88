/* A 1x1 convolution that shares its sums with others (vwwrt_partial_conv_2d), one pixel and two
 * channels at a time: for four inputs LDRD of the pixel's pairs, LDRD of the weights, four SXTB16
 * and four SMLAD. Sums may be overwritten in place: those of a pixel's two channels are read, then
 * written, in ascending order. */
#include "kernels/cortex_m_dsp/dsp.h"
#include "kernels/requantize.h"
#include "kernels/rows.h"
#include "vwwrt.h"

enum { CHANNELS = 2 };

/* What one pixel reads and writes; those that are not there are NULL. */
struct place {
    const int32_t *sums;
    int32_t *sums_to;
    int8_t *to;
};

/* The bytes of one pixel as pairs (0,2), (1,3), (4,6), … */
static void widen(const int8_t *from, int32_t count, uint32_t *to)
{
    for (const int8_t *const end = from + count; from != end; from += 4) {
        const uint32_t word = vwwrt_load_word(from);
        *to++ = vwwrt_sxtb16(word);
        *to++ = vwwrt_sxtb16_odd(word);
    }
}

static struct place one_pixel(const struct vwwrt_dsp_partial_conv_2d *op, struct place place)
{
    const uint32_t *const begin = op->scratch, *const end = begin + op->input_c / 2;
    const uint32_t *at = (const uint32_t *)op->weights;
    const int8_t *shifts =
        (const int8_t *)(op->weights + op->output_c / CHANNELS * (op->input_c / 2 + 4));
    for (int32_t c = 0; c < op->output_c; c += CHANNELS, shifts += CHANNELS) {
        uint32_t b0, b1, m0, m1;
        int32_t s0 = 0, s1 = 0;
        at = vwwrt_load_two(at, &b0, &b1);
        for (const uint32_t *x = begin; x != end;) {
            uint32_t p, q, even, odd;
            x = vwwrt_load_two(x, &p, &q);
            at = vwwrt_load_two(at, &even, &odd);
            vwwrt_accumulate(&s0, p, vwwrt_sxtb16(even));
            vwwrt_accumulate(&s1, p, vwwrt_sxtb16_odd(even));
            vwwrt_accumulate(&s0, q, vwwrt_sxtb16(odd));
            vwwrt_accumulate(&s1, q, vwwrt_sxtb16_odd(odd));
        }
        at = vwwrt_load_two(at, &m0, &m1);
        s0 = vwwrt_add(s0, (int32_t)b0);
        s1 = vwwrt_add(s1, (int32_t)b1);
        if (place.sums) {
            s0 = vwwrt_add(s0, place.sums[0]);
            s1 = vwwrt_add(s1, place.sums[1]);
            place.sums += CHANNELS;
        }
        if (place.sums_to) {
            *place.sums_to++ = s0;
            *place.sums_to++ = s1;
            continue;
        }
        *place.to++ = vwwrt_output(s0, 0, (int32_t)m0, shifts[0], op->output_offset,
                                   op->activation_min, op->activation_max);
        *place.to++ = vwwrt_output(s1, 0, (int32_t)m1, shifts[1], op->output_offset,
                                   op->activation_min, op->activation_max);
    }
    return place;
}

void vwwrt_dsp_partial_conv_2d_s8(const struct vwwrt_dsp_partial_conv_2d *op, const int8_t *input,
                                  const int8_t *sums, int8_t *output, int32_t first, int32_t end)
{
    const int32_t count = op->pixels * op->output_c;
    const void *sums_plane = sums;
    void *output_plane = output;
    for (int32_t y = first; y < end; y++) {
        const int8_t *from = input + vwwrt_slot(y, op->input_rows) * op->pixels * op->input_c;
        const int32_t at = vwwrt_slot(y, op->output_rows) * count;
        struct place place = {0, 0, 0};
        if (op->reads_sums)
            place.sums = (const int32_t *)sums_plane + vwwrt_slot(y, op->sums_rows) * count;
        if (op->writes_sums)
            place.sums_to = (int32_t *)output_plane + at;
        else
            place.to = output + at;
        for (int32_t x = 0; x < op->pixels; x++, from += op->input_c) {
            widen(from, op->input_c, op->scratch);
            place = one_pixel(op, place);
        }
    }
}
