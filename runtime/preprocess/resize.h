/* Stretch a picture to another size with the antialiased triangle (bilinear) filter, in integers.
 *
 * The host resizes training images with this source and the device resizes camera pictures with it,
 * so that both see the same bytes. Rows are taken one at a time, as a camera delivers them; only as
 * many of them as the filter is high are kept.
 *
 * For an axis of n pixels stretched to m, input i weighs in output o in proportion to
 *     max(0, 2 max(n, m) - |(2i + 1) m - (2o + 1) n|)
 * which is the triangle of half-width max(1, n/m) input pixels around the output pixel's centre.
 * The weights of one output are scaled to a sum of exactly 2^14: a constant picture stays constant,
 * equal sizes copy, and a product fits the 16-bit multipliers of every machine. First along the
 * row, then along the column; both results are rounded to the nearest 8-bit value, halves up. */
#ifndef VWWRT_PREPROCESS_RESIZE_H
#define VWWRT_PREPROCESS_RESIZE_H

#include <stddef.h>
#include <stdint.h>

#define VWWRT_RESIZE_WEIGHT_BITS 14
#define VWWRT_RESIZE_SIDE_MAX 65535

struct vwwrt_resize_axis {
    int32_t in, out; /* lengths in pixels */
    int32_t taps;    /* weights kept for each output */
    int32_t *first;  /* out: the input of the first weight; first + taps <= in */
    int16_t *weight; /* out x taps, each row summing to 2^14; unused ones are 0 */
};

struct vwwrt_resize {
    struct vwwrt_resize_axis x, y;
    int32_t channels;
    int32_t rows_in, rows_out; /* taken and finished so far */
    int32_t *sum;              /* one output row */
    uint8_t *ring;             /* the last y.taps rows, stretched along x */
};

/* The same as vwwrt_resize_scratch_bytes below as a constant, for static buffers. */
#define VWWRT_RESIZE_SPAN(in, out) ((2 * ((in) > (out) ? (in) : (out)) + (out)-1) / (out))
#define VWWRT_RESIZE_TAPS(in, out)                                                                 \
    (VWWRT_RESIZE_SPAN(in, out) < (in) ? VWWRT_RESIZE_SPAN(in, out) : (in))
#define VWWRT_RESIZE_AXIS_BYTES(in, out)                                                           \
    (((out)*VWWRT_RESIZE_TAPS(in, out) * 2 + 3) / 4 * 4 + (out)*4)
#define VWWRT_RESIZE_SCRATCH_BYTES(in_w, in_h, out_w, out_h, channels)                             \
    (VWWRT_RESIZE_AXIS_BYTES(in_w, out_w) + VWWRT_RESIZE_AXIS_BYTES(in_h, out_h) +                 \
     (out_w) * (channels)*4 + ((out_w) * (channels)*VWWRT_RESIZE_TAPS(in_h, out_h) + 3) / 4 * 4)

/* Bytes of scratch memory that a resize of this shape needs; 0 where a side is outside 1 … 65535 or
 * channels outside 1 … 4. Usable on the host to size a static buffer of the firmware. */
size_t vwwrt_resize_scratch_bytes(int32_t in_width, int32_t in_height, int32_t out_width,
                                  int32_t out_height, int32_t channels);

/* Compute the weights into scratch (4-byte aligned, vwwrt_resize_scratch_bytes long, in use until
 * the last row), and start with row 0. */
void vwwrt_resize_begin(struct vwwrt_resize *resize, int32_t in_width, int32_t in_height,
                        int32_t out_width, int32_t out_height, int32_t channels, void *scratch);

/* Start another picture of the same shape; the weights are kept. */
void vwwrt_resize_restart(struct vwwrt_resize *resize);

/* Take the next input row (in_width x channels bytes, interleaved). Pull all output rows that it
 * completes before the next push: the rows they are made of are kept no longer. */
void vwwrt_resize_push(struct vwwrt_resize *resize, const uint8_t *row);
/* The next output row, if it is complete, to `out` (out_width x channels bytes); returns whether it
 * was. */
int32_t vwwrt_resize_pull(struct vwwrt_resize *resize, uint8_t *out);

/* Both, for a whole picture in memory: take the next input row. Output rows that it completes
 * are written to their place in `out`, whose rows lie out_stride bytes apart. Returns the number of
 * output rows finished so far: out_height after the last input row. */
int32_t vwwrt_resize_row(struct vwwrt_resize *resize, const uint8_t *row, uint8_t *out,
                         size_t out_stride);

#endif
