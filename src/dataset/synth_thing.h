/* The things a scene may hold besides people, in one table. */
#ifndef VWW_DATASET_SYNTH_THING_H
#define VWW_DATASET_SYNTH_THING_H

#include "dataset/synth_pen.h"

/* Where a thing is found: a set of places. */
enum vww_place {
    VWW_PLACE_ROOM = 1,  /* on the floor of a room */
    VWW_PLACE_TABLE = 2, /* on a table top */
    VWW_PLACE_ROAD = 4,  /* on the carriageway */
    VWW_PLACE_PAVEMENT = 8,
    VWW_PLACE_GRASS = 16,
    VWW_PLACE_BEACH = 32,
    VWW_PLACE_WATER = 64,
};

struct vww_thing {
    const char *name;
    void (*draw)(struct vww_pen *pen); /* at the pen's place; claims its owner itself */
    unsigned places;
    float width, height; /* metres, about: to keep things apart */
    float weight;        /* how often, relative to the others of the same place */
    bool person_like;    /* of a person's size and shape: stands where a person might */
    bool annotated;      /* belongs to a COCO category */
    bool turns;          /* may face any way; others are drawn as they face the camera */
};

/* All of them; *count entries. */
const struct vww_thing *vww_things(int *count);
/* By name; NULL if there is none. */
const struct vww_thing *vww_thing_find(const char *name);

/* vehicles */
void vww_draw_car(struct vww_pen *pen);
void vww_draw_bus(struct vww_pen *pen);
void vww_draw_truck(struct vww_pen *pen);
void vww_draw_bicycle(struct vww_pen *pen);
void vww_draw_motorcycle(struct vww_pen *pen);
void vww_draw_boat(struct vww_pen *pen);

/* animals */
void vww_draw_dog(struct vww_pen *pen);
void vww_draw_cat(struct vww_pen *pen);
void vww_draw_horse(struct vww_pen *pen);
void vww_draw_cow(struct vww_pen *pen);
void vww_draw_sheep(struct vww_pen *pen);
void vww_draw_giraffe(struct vww_pen *pen);
void vww_draw_bird(struct vww_pen *pen);
void vww_draw_teddy_bear(struct vww_pen *pen);

/* plants */
void vww_draw_tree(struct vww_pen *pen);
void vww_draw_young_tree(struct vww_pen *pen);
void vww_draw_conifer(struct vww_pen *pen);
void vww_draw_palm(struct vww_pen *pen);
void vww_draw_stump(struct vww_pen *pen);
void vww_draw_bush(struct vww_pen *pen);
void vww_draw_potted_plant(struct vww_pen *pen);

/* furniture */
void vww_draw_chair(struct vww_pen *pen);
void vww_draw_jacket_chair(struct vww_pen *pen); /* with a jacket over its back */
void vww_draw_couch(struct vww_pen *pen);
void vww_draw_bed(struct vww_pen *pen);
void vww_draw_table(struct vww_pen *pen);
void vww_draw_shelf(struct vww_pen *pen);
void vww_draw_refrigerator(struct vww_pen *pen);
void vww_draw_television(struct vww_pen *pen);
void vww_draw_floor_lamp(struct vww_pen *pen);
void vww_draw_coat_rack(struct vww_pen *pen);
void vww_draw_dress_form(struct vww_pen *pen);

/* what stands in streets */
void vww_draw_traffic_light(struct vww_pen *pen);
void vww_draw_fire_hydrant(struct vww_pen *pen);
void vww_draw_stop_sign(struct vww_pen *pen);
void vww_draw_road_sign(struct vww_pen *pen);
void vww_draw_parking_meter(struct vww_pen *pen);
void vww_draw_bench(struct vww_pen *pen);
void vww_draw_lamp_post(struct vww_pen *pen);
void vww_draw_bollard(struct vww_pen *pen);
void vww_draw_post_box(struct vww_pen *pen);
void vww_draw_litter_bin(struct vww_pen *pen);
void vww_draw_clothes_line(struct vww_pen *pen);
void vww_draw_parasol(struct vww_pen *pen);
void vww_draw_surfboard(struct vww_pen *pen);
void vww_draw_rock(struct vww_pen *pen);

/* small things */
void vww_draw_bottle(struct vww_pen *pen);
void vww_draw_cup(struct vww_pen *pen);
void vww_draw_bowl(struct vww_pen *pen);
void vww_draw_vase(struct vww_pen *pen);
void vww_draw_laptop(struct vww_pen *pen);
void vww_draw_books(struct vww_pen *pen);
void vww_draw_suitcase(struct vww_pen *pen);
void vww_draw_backpack(struct vww_pen *pen);

/* A garment on a hanger, its shoulders at (x, y) in the plane at depth z, `length` long: what hangs
 * on racks, hooks, lines and chairs. */
void vww_draw_garment(struct vww_pen *pen, float x, float y, float z, float length);

#endif
