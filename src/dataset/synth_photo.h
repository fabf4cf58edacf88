/* What the camera makes of the light: exposure, colour cast, vignette, blur and noise. */
#ifndef VWW_DATASET_SYNTH_PHOTO_H
#define VWW_DATASET_SYNTH_PHOTO_H

#include "dataset/synth_canvas.h"
#include "dataset/synth_pen.h"
#include "vww/image.h"

struct vww_grade {
    struct vww_colour tint; /* colours are multiplied by it: exposure and cast */
    float contrast;         /* about middle grey; 1 = as drawn */
    float saturation;       /* 0 = grey, 1 = as drawn */
    float vignette;         /* darkening in the corners, 0 … 1 */
    float blur;             /* standard deviation in pixels; below 0.3 = none */
    float noise;            /* standard deviation, of a full scale of 1 */
};

/* A camera and a hand at random; the tint is the light's affair and is left at 1. */
struct vww_grade vww_grade_random(struct vww_random *random);

/* Develop the canvas, which is used up, into an RGB image of its size (initialised by the caller).
 */
void vww_photo_develop(struct vww_canvas *canvas, const struct vww_grade *grade,
                       struct vww_random *random, struct vww_image *image);

#endif
