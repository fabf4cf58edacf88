/* Images: 8-bit, interleaved, row by row from the upper left. */
#ifndef VWW_IMAGE_H
#define VWW_IMAGE_H

#include "vww/status.h"

#include <stddef.h>
#include <stdint.h>

struct vww_image {
    int32_t width, height, channels; /* channels: 1 grey or 3 RGB */
    uint8_t *pixels;                 /* height * width * channels, owned */
};

/* Zeroed pixels. */
vww_status vww_image_init(struct vww_image *image, int32_t width, int32_t height, int32_t channels,
                          struct vww_error *error);
void vww_image_fini(struct vww_image *image);

/* Decode a JPEG in memory to RGB (grey, CMYK and YCCK are converted; EXIF rotation is not applied,
 * as COCO's boxes assume). `name` is for messages. Truncated or damaged data is an error, never
 * half an image. at_least: the decoder may scale down by 1/2, 1/4 or 1/8 (DCT scaling) as long as
 * both sides stay at least this many pixels; 0 = full size. */
vww_status vww_image_decode_jpeg(const void *data, size_t bytes, const char *name, int32_t at_least,
                                 struct vww_image *image, struct vww_error *error);
/* The size from the header, of a file that has its end marker; one without is decoded, which says
 * what it lacks. Damage between the two is not seen. */
vww_status vww_image_glance_jpeg(const void *data, size_t bytes, const char *name, int32_t *width,
                                 int32_t *height, struct vww_error *error);
/* The size alone, from the header. */
vww_status vww_image_jpeg_size(const void *data, size_t bytes, const char *name, int32_t *width,
                               int32_t *height, struct vww_error *error);

struct vww_buffer;
/* Append a JPEG (4:4:4 at quality >= 90, else 4:2:0) or PNG to out. */
vww_status vww_image_encode_jpeg(const struct vww_image *image, int quality, struct vww_buffer *out,
                                 struct vww_error *error);
vww_status vww_image_encode_png(const struct vww_image *image, struct vww_buffer *out,
                                struct vww_error *error);

/* A JPEG, PNG or binary PPM/PGM in memory, told apart by content, as RGB. Transparent parts of a
 * PNG become white. */
vww_status vww_image_decode(const void *data, size_t bytes, const char *name,
                            struct vww_image *image, struct vww_error *error);
vww_status vww_image_decode_png(const void *data, size_t bytes, const char *name,
                                struct vww_image *image, struct vww_error *error);
/* The size alone, from the header of any of these; the data may end after it. */
vww_status vww_image_size(const void *data, size_t bytes, const char *name, int32_t *width,
                          int32_t *height, struct vww_error *error);
/* The same as vww_image_decode from a file. */
vww_status vww_image_read(const char *path, struct vww_image *image, struct vww_error *error);

/* Stretch (aspect ratio not kept) the rectangle x, y, w, h of `from` (pixels; must lie inside) to
 * the size of `to` with the antialiased triangle filter of runtime/preprocess: the same source that
 * runs on the device. Channels must be equal. */
#define VWW_RESIZE_NAME "stretch-bilinear-antialias"
/* The largest square in the middle of the image, stretched by the same filter. */
#define VWW_RESIZE_COVER_NAME "cover-bilinear-antialias"
vww_status vww_image_resize(const struct vww_image *from, int32_t x, int32_t y, int32_t w,
                            int32_t h, struct vww_image *to, struct vww_error *error);

#endif
