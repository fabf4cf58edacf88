/* From a camera's rows to a model's rows: crop, colours, and the resize that made the training
 * images (resize.h), one row at a time, so that neither picture is ever stored.
 *
 *   static uint32_t memory[VWWRT_CAMERA_SCRATCH_BYTES(320, 240, 96, 96, 3) / 4];
 *   struct vwwrt_camera camera;
 *   vwwrt_camera_begin(&camera, &settings, memory);
 *   for each row that the camera sends:
 *       vwwrt_camera_push(&camera, row);
 *       while (vwwrt_camera_pull(&camera, pixels))   // 96 x 3 bytes
 *           give the pixels to the model
 *
 * Colours. RGB565: 5 and 6 bits become the nearest of 8. YUV 4:2:2: BT.601 with the
 * full range of 0 … 255 (as JPEG), its factors to 16 bits, rounded to the nearest, two neighbours
 * share their U and V. Grey: the three channels are equal. To grey: (77 R + 150 G + 29 B) / 256,
 * rounded; of YUV it is Y. */
#ifndef VWWRT_PREPROCESS_CAMERA_H
#define VWWRT_PREPROCESS_CAMERA_H

#include "preprocess/resize.h"

/* How a pixel lies in memory. */
enum vwwrt_pixels {
    VWWRT_PIXELS_GREY,      /* 1 byte */
    VWWRT_PIXELS_RGB,       /* 3 bytes: R, G, B */
    VWWRT_PIXELS_BGR,       /* 3 bytes: B, G, R */
    VWWRT_PIXELS_RGB565,    /* 2 bytes, the low one first: RRRRRGGG GGGBBBBB */
    VWWRT_PIXELS_RGB565_BE, /* the high one first, as most sensors send it */
    VWWRT_PIXELS_YUYV,      /* 4 bytes for two pixels: Y0 U Y1 V */
    VWWRT_PIXELS_UYVY       /* U Y0 V Y1 */
};

struct vwwrt_camera_settings {
    int32_t pixels;                          /* enum vwwrt_pixels */
    int32_t camera_width, camera_height;     /* of the camera's picture */
    int32_t left, top, width, height;        /* the part of it that is looked at; width 0: all */
    int32_t out_width, out_height, channels; /* of the model's: 1 grey, 3 RGB */
};

struct vwwrt_camera {
    struct vwwrt_camera_settings settings;
    struct vwwrt_resize resize;
    uint8_t *row; /* the part that is looked at, in the model's channels */
    int32_t rows; /* taken from the camera */
};

/* For parts up to width x height. */
#define VWWRT_CAMERA_SCRATCH_BYTES(width, height, out_w, out_h, channels)                          \
    (VWWRT_RESIZE_SCRATCH_BYTES(width, height, out_w, out_h, channels) +                           \
     ((width) * (channels) + 3) / 4 * 4)
/* The same for settings; 0 where they have no meaning: an unknown format, a side outside 1 … 65535,
 * a part that does not lie inside the picture, channels other than 1 and 3. */
size_t vwwrt_camera_scratch_bytes(const struct vwwrt_camera_settings *settings);

/* scratch: 4-byte aligned, vwwrt_camera_scratch_bytes long, in use until the last row. Returns 0,
 * or -1 where the settings have no meaning. */
int32_t vwwrt_camera_begin(struct vwwrt_camera *camera,
                           const struct vwwrt_camera_settings *settings, void *scratch);
/* Begin another picture with the same settings. */
void vwwrt_camera_restart(struct vwwrt_camera *camera);

/* The camera's next row, all of it. Pull until nothing comes before the next push. */
void vwwrt_camera_push(struct vwwrt_camera *camera, const uint8_t *row);
/* The model's next row (out_width x channels bytes), if it is finished; returns whether it was. */
int32_t vwwrt_camera_pull(struct vwwrt_camera *camera, uint8_t *out);

#endif
