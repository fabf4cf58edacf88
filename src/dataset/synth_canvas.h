/* The drawing board of the synthetic photographs: filled polygons with antialiased edges, painted
 * one over the other, and for each pixel the owner that is visible there in the end. */
#ifndef VWW_DATASET_SYNTH_CANVAS_H
#define VWW_DATASET_SYNTH_CANVAS_H

#include "dataset/synth_texture.h"
#include "vww/status.h"

#include <stdint.h>

/* Linear light is not modelled: 0 is black and 1 is white as the eye sees it. Lamps and lit windows
 * may be brighter than 1; what the camera makes of that is synth_photo's matter. */
struct vww_colour {
    float r, g, b;
};

/* Pixels; (0, 0) is the upper left corner of the upper left pixel, y grows downwards. */
struct vww_point {
    float x, y;
};

/* How a shape is coloured. With a direction other than (0, 0) the colour runs from `colour` to
 * `end` across the shape's own extent along that direction. */
struct vww_paint {
    struct vww_colour colour, end;
    struct vww_point direction;
    float alpha; /* 0 … 1 */
    struct vww_texture texture;
};

/* Owners are 1, 2, …; the background's is 0. */
#define VWW_OWNER_NONE 0
/* A shape that leaves the owners as they are: shadows, reflections, glows. */
#define VWW_OWNER_KEEP (-1)

struct vww_canvas {
    int32_t width, height;
    float *rgb;      /* height * width * 3 */
    uint16_t *owner; /* height * width */
    float *cover;    /* height * (width + 2), scratch: all zero between fills */
    const struct vww_noise *noise;
};

vww_status vww_canvas_init(struct vww_canvas *canvas, int32_t width, int32_t height,
                           const struct vww_noise *noise, struct vww_error *error);
void vww_canvas_fini(struct vww_canvas *canvas);

/* Fill a closed outline of `count` points; parts outside the canvas are cut off. A pixel changes
 * owner when at least half of it is covered. Outlines that turn around twice count once. */
void vww_canvas_fill(struct vww_canvas *canvas, const struct vww_point *outline, int count,
                     const struct vww_paint *paint, int owner);

struct vww_colour vww_colour_mix(struct vww_colour a, struct vww_colour b, float share_of_b);
struct vww_colour vww_colour_scale(struct vww_colour colour, float factor);

/* Opaque paint of one colour, without texture. */
struct vww_paint vww_paint_plain(struct vww_colour colour);
/* From `top` down to `bottom`. */
struct vww_paint vww_paint_down(struct vww_colour top, struct vww_colour bottom);

#endif
