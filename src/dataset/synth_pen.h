/* Drawing in metres. A pen stands at a place in the scene, turned some way, and projects what is
 * drawn around it through the camera: flat shapes, faces of boxes, and solids put together from
 * balls. */
#ifndef VWW_DATASET_SYNTH_PEN_H
#define VWW_DATASET_SYNTH_PEN_H

#include "base/random.h"
#include "dataset/synth_canvas.h"
#include "dataset/synth_category.h"

#include <stdbool.h>

/* Metres in the pen's own frame: x to the right, y up from the ground, z away from the camera (all
 * for a pen that is not turned). */
struct vww_vector {
    float x, y, z;
};

/* Where the light comes from, and the air between: all scenes have one. */
struct vww_light {
    struct vww_vector towards; /* unit vector from the scene to the light */
    float contrast;            /* 0: from everywhere … 1: hard sun */
    struct vww_colour haze;    /* far things fade into it */
    float haze_distance;       /* metres to fade to 63 % */
    float shadow;              /* darkness of cast shadows, 0 … 1 */
};

struct vww_pen {
    struct vww_canvas *canvas;
    const struct vww_view *view;
    const struct vww_light *light;
    struct vww_random *random;
    struct vww_owners *owners;
    struct vww_vector at; /* of the frame's origin: metres right of the camera, above the ground,
                           * away from it */
    float cosine, sine;   /* of the turn about the vertical */
    float size;           /* everything is drawn this many times larger */
    int owner;
};

/* A pen at x, z, turned by `turn` radians (seen from above, against the clock). */
struct vww_pen vww_pen_at(const struct vww_pen *like, float x, float z, float turn);

/* What is drawn from now on belongs to a new thing of this category. VWW_CATEGORY_NONE, or too many
 * things: to none. */
void vww_pen_own(struct vww_pen *pen, enum vww_category category);

/* The picture's point of a point of the frame, and of the frame's pixels per metre there. */
struct vww_point vww_pen_project(const struct vww_pen *pen, struct vww_vector v);
float vww_pen_pixels(const struct vww_pen *pen, struct vww_vector v);
/* Pixels per metre at the origin: how much detail is worth drawing. */
float vww_pen_detail(const struct vww_pen *pen);

/* Between low and high, from the pen's random numbers. */
float vww_pen_between(struct vww_pen *pen, float low, float high);
bool vww_pen_chance(struct vww_pen *pen, float probability);
/* 0 … count - 1 */
int vww_pen_choose(struct vww_pen *pen, int count);

/* Paint whose brightness falls off across the shape, away from the light: round things. */
struct vww_paint vww_pen_round(const struct vww_pen *pen, struct vww_colour colour);
/* A texture with units of width by height metres, parallel to the picture, at a random offset. */
struct vww_texture vww_pen_texture(struct vww_pen *pen, enum vww_texture_kind kind, float strength,
                                   float width, float height);

/* --- flat shapes in the plane at depth z of the frame --- */

/* An array of points or vectors and its length, as two arguments. */
#define VWW_LIST(type, ...)                                                                        \
    ((const struct type[]){__VA_ARGS__}),                                                          \
        (int)(sizeof((const struct type[]){__VA_ARGS__}) / sizeof(struct type))
#define VWW_POINTS(...) VWW_LIST(vww_point, __VA_ARGS__)
#define VWW_VECTORS(...) VWW_LIST(vww_vector, __VA_ARGS__)

void vww_pen_polygon(struct vww_pen *pen, struct vww_paint paint, float z,
                     const struct vww_point *points, int count);
/* A smooth closed curve through the points. */
void vww_pen_curve(struct vww_pen *pen, struct vww_paint paint, float z,
                   const struct vww_point *points, int count);
void vww_pen_box(struct vww_pen *pen, struct vww_paint paint, float z, float x0, float y0, float x1,
                 float y1);
void vww_pen_ellipse(struct vww_pen *pen, struct vww_paint paint, float z, float x, float y,
                     float radius_x, float radius_y);
/* A circle's line, `width` wide inwards from the radius. */
void vww_pen_ring(struct vww_pen *pen, struct vww_paint paint, float z, float x, float y,
                  float radius, float width);
/* A line of the given width with square ends. */
void vww_pen_line(struct vww_pen *pen, struct vww_paint paint, float z, float x0, float y0,
                  float x1, float y1, float width);
/* An ellipse with a ragged edge: foliage, clouds, fur. raggedness: share of the radius. */
void vww_pen_ragged(struct vww_pen *pen, struct vww_paint paint, float z, float x, float y,
                    float radius_x, float radius_y, float raggedness);

/* --- shapes in space --- */

/* A flat face, lit by how it is turned to the light; not drawn when its back is seen. The points
 * run clockwise as seen from the front. */
void vww_pen_face(struct vww_pen *pen, struct vww_paint paint, const struct vww_vector *points,
                  int count);
/* A polygon in space without lighting, seen from both sides. */
void vww_pen_sheet(struct vww_pen *pen, struct vww_paint paint, const struct vww_vector *points,
                   int count);
/* An axis-parallel box: its visible faces. */
void vww_pen_block(struct vww_pen *pen, struct vww_paint paint, struct vww_vector low,
                   struct vww_vector high);
/* An outline in the x-y plane (clockwise as seen from -z) drawn out from z0 to z1: car bodies.
 * cap: paint of the two ends, sides: of the strip between them. */
void vww_pen_extrude(struct vww_pen *pen, struct vww_paint cap, struct vww_paint sides,
                     const struct vww_point *points, int count, float z0, float z1);
/* A flat shape on both sides of a thing that reaches from z = -half to half: points clockwise as
 * seen from -z. Only the side that is turned to the camera is drawn. */
void vww_pen_flanks(struct vww_pen *pen, struct vww_paint paint, float half,
                    const struct vww_point *points, int count);
/* A disc on both sides, likewise: wheels. */
void vww_pen_wheels(struct vww_pen *pen, struct vww_paint paint, float half, float x, float y,
                    float radius);
/* An upright rectangle at x, from z0 to z1, seen from +x (front: true) or -x only. */
void vww_pen_end(struct vww_pen *pen, struct vww_paint paint, bool front, float x, float y0,
                 float y1, float z0, float z1);
/* A flat patch on the ground: an ellipse with half axes rx and rz. */
void vww_pen_patch(struct vww_pen *pen, struct vww_paint paint, float x, float z, float radius_x,
                   float radius_z);
/* The shadow of something `height` high and `width` wide that stands at the origin. */
void vww_pen_shadow(struct vww_pen *pen, float width, float depth, float height);

/* --- solids: convex hulls of balls, painted from far to near --- */

struct vww_ball {
    struct vww_vector at;
    float radius;
};

#define VWW_SOLID_BALLS 8
struct vww_solid {
    struct vww_ball balls[VWW_SOLID_BALLS];
    int count;
    struct vww_colour colour;
    struct vww_texture texture;
    float roundness; /* 1: shaded like a ball, 0: flat */
    float bias;      /* metres: drawn as if this much nearer */
    int owner;
};

#define VWW_BODY_SOLIDS 96
/* Things made of solids: people, animals. */
struct vww_body {
    struct vww_solid solids[VWW_BODY_SOLIDS];
    int count;
};

/* Add a solid of `count` balls to the body, or return NULL when it is full. */
struct vww_solid *vww_body_add(struct vww_body *body, struct vww_colour colour,
                               const struct vww_ball *balls, int count);
#define VWW_BALLS(...) VWW_LIST(vww_ball, __VA_ARGS__)

void vww_pen_body(struct vww_pen *pen, const struct vww_body *body);

#endif
