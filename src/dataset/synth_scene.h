/* A scene: a place, a light, a camera, and who and what is there. */
#ifndef VWW_DATASET_SYNTH_SCENE_H
#define VWW_DATASET_SYNTH_SCENE_H

#include "dataset/synth_pen.h"
#include "dataset/synth_photo.h"

enum vww_scene_kind {
    VWW_SCENE_ROOM,
    VWW_SCENE_TABLE,  /* a room seen across a table top */
    VWW_SCENE_STREET, /* seen across */
    VWW_SCENE_AVENUE, /* seen along */
    VWW_SCENE_PARK,
    VWW_SCENE_BEACH,
    VWW_SCENE_KINDS,
};

/* Who is there. Everything else is drawn the same whoever is there. */
enum vww_plan {
    VWW_PLAN_PEOPLE,
    VWW_PLAN_TINY,  /* only persons smaller than half a percent of the picture */
    VWW_PLAN_CROWD, /* only a distant group */
    VWW_PLAN_NOBODY,
    VWW_PLAN_NOTHING, /* nothing that COCO has a category for */
};

struct vww_scene {
    struct vww_canvas *canvas;
    struct vww_random *random;
    struct vww_owners *owners;
    enum vww_scene_kind kind;
    enum vww_plan plan;
    struct vww_view view;
    struct vww_light light;
    struct vww_grade grade;
    bool dark; /* lamps and windows are lit */
    struct vww_colour sky_top, sky_low;
    /* The main subject: chosen first, so that the place can be laid out around it. */
    float main_x, main_distance; /* metres */
    bool main_on_road;
    /* Where things may stand, metres: distance from `near` to `far`, and, in rooms, between the
     * walls at left and right. */
    float near, far, left, right;
    float road_low, road_high; /* the carriageway: distances (street) or sides (avenue) */
    float shore;               /* beach: distance of the water's edge */
};

/* Draw scene number `index` of the seed on the canvas. owners is filled with what may be annotated;
 * the grade to develop the picture with is left in *grade. */
void vww_scene_draw(struct vww_canvas *canvas, struct vww_random *random, struct vww_owners *owners,
                    struct vww_grade *grade);

/* --- between synth_scene.c and synth_backdrop.c --- */

/* Choose time of day and light. */
void vww_backdrop_light(struct vww_scene *scene);
/* Paint the place itself, and set where things may stand. */
void vww_backdrop_draw(struct vww_scene *scene, struct vww_pen *world);
/* What kind of ground there is at x, z: one of enum vww_place. */
unsigned vww_backdrop_place(const struct vww_scene *scene, float x, float z);

#endif
