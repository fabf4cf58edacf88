/* Surface patterns: wood, bricks, grass, cloth. A texture is a function of two coordinates to
 * -1 … 1, by which a colour is made darker or brighter. */
#ifndef VWW_DATASET_SYNTH_TEXTURE_H
#define VWW_DATASET_SYNTH_TEXTURE_H

#include <stdint.h>

/* A square of smooth noise in -1 … 1 that repeats without a seam. */
#define VWW_NOISE_SIDE 256
struct vww_noise {
    float value[VWW_NOISE_SIDE * VWW_NOISE_SIDE];
};

/* Five octaves of value noise, always the same. */
void vww_noise_init(struct vww_noise *noise);

enum vww_texture_kind {
    VWW_TEXTURE_NONE,
    VWW_TEXTURE_NOISE,   /* clouds: plaster, asphalt, skin, water when stretched */
    VWW_TEXTURE_LEAVES,  /* noise with hard contrast: foliage, grass, fur */
    VWW_TEXTURE_STRIPES, /* along v, one pair of stripes per unit of u */
    VWW_TEXTURE_CHECKS,  /* one pair of squares per unit */
    VWW_TEXTURE_DOTS,    /* one dot per unit square */
    VWW_TEXTURE_BRICKS,  /* two units long, one high, with mortar */
    VWW_TEXTURE_PLANKS,  /* along v, one unit wide, grained */
    VWW_TEXTURE_TILES,   /* squares with joints */
    VWW_TEXTURE_WINDOWS, /* lit and dark panes, far facades */
};

/* A camera that looks along the horizon: what is needed to lay a texture on the ground. */
struct vww_view {
    float focal;   /* pixels */
    float horizon; /* the pixel row of points at eye height */
    float centre;  /* the pixel column straight ahead */
    float eye;     /* metres above the ground */
};

struct vww_texture {
    enum vww_texture_kind kind;
    float strength;                /* colour * (1 + strength * value) */
    float u, v;                    /* offset, in units */
    float width, height;           /* of one unit: pixels, or metres where it lies on the ground */
    float slant;                   /* u grows by slant * v: 0 = upright */
    const struct vww_view *ground; /* NULL: the texture is parallel to the picture */
};

/* The texture at the centre of pixel (x, y), strength included. */
float vww_texture_at(const struct vww_texture *texture, const struct vww_noise *noise, int x,
                     int y);

/* The noise at (u, v), one cell per unit, interpolated. */
float vww_noise_at(const struct vww_noise *noise, float u, float v);

#endif
