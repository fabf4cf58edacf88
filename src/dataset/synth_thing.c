#include "dataset/synth_thing.h"

#include <string.h>

#define ROOM VWW_PLACE_ROOM
#define TABLE VWW_PLACE_TABLE
#define ROAD VWW_PLACE_ROAD
#define PAVEMENT VWW_PLACE_PAVEMENT
#define GRASS VWW_PLACE_GRASS
#define BEACH VWW_PLACE_BEACH
#define WATER VWW_PLACE_WATER

static const struct vww_thing things[] = {
    /* name, draw, places, width, height, weight, person_like, annotated, turns */
    {"car", vww_draw_car, ROAD, 3.5f, 1.5f, 6, false, true, true},
    {"bus", vww_draw_bus, ROAD, 6, 3, 1, false, true, true},
    {"truck", vww_draw_truck, ROAD, 4, 3, 1, false, true, true},
    {"bicycle", vww_draw_bicycle, ROAD | PAVEMENT | GRASS, 1.5f, 1, 1.5f, false, true, true},
    {"motorcycle", vww_draw_motorcycle, ROAD | PAVEMENT, 1.8f, 1.1f, 1, false, true, true},
    {"boat", vww_draw_boat, WATER, 6, 5, 1, false, true, false},
    {"dog", vww_draw_dog, ROOM | PAVEMENT | GRASS | BEACH, 0.7f, 0.6f, 1.5f, false, true, true},
    {"cat", vww_draw_cat, ROOM | PAVEMENT | GRASS, 0.4f, 0.35f, 1, false, true, true},
    {"horse", vww_draw_horse, GRASS, 2, 1.7f, 0.7f, false, true, true},
    {"cow", vww_draw_cow, GRASS, 2, 1.4f, 0.7f, false, true, true},
    {"sheep", vww_draw_sheep, GRASS, 1, 0.8f, 0.7f, false, true, true},
    {"giraffe", vww_draw_giraffe, GRASS, 2, 4, 0.25f, false, true, true},
    {"bird", vww_draw_bird, PAVEMENT | GRASS | BEACH, 0.3f, 0.3f, 1, false, true, true},
    {"teddy bear", vww_draw_teddy_bear, ROOM | TABLE, 0.4f, 0.5f, 1, true, true, true},
    {"tree", vww_draw_tree, GRASS, 3, 5, 3, false, false, false},
    {"young tree", vww_draw_young_tree, PAVEMENT | GRASS, 0.8f, 2, 2.5f, true, false, false},
    {"conifer", vww_draw_conifer, GRASS, 2, 5, 1.2f, false, false, false},
    {"palm", vww_draw_palm, BEACH, 2, 5, 1.2f, false, false, false},
    {"stump", vww_draw_stump, GRASS | BEACH, 0.5f, 1.2f, 1.2f, true, false, false},
    {"bush", vww_draw_bush, GRASS | PAVEMENT, 1.6f, 1, 1.2f, false, false, false},
    {"potted plant", vww_draw_potted_plant, ROOM | PAVEMENT, 0.6f, 1, 1.5f, true, true, false},
    {"chair", vww_draw_chair, ROOM, 0.6f, 1, 2.5f, false, true, true},
    {"jacket on a chair", vww_draw_jacket_chair, ROOM, 0.6f, 1, 2, true, true, true},
    {"couch", vww_draw_couch, ROOM, 2.2f, 0.9f, 1.3f, false, true, false},
    {"bed", vww_draw_bed, ROOM, 1.8f, 1, 0.8f, false, true, false},
    {"dining table", vww_draw_table, ROOM, 1.6f, 0.8f, 1.3f, false, true, false},
    {"shelf", vww_draw_shelf, ROOM, 1.2f, 2, 1, false, false, false},
    {"refrigerator", vww_draw_refrigerator, ROOM, 0.7f, 1.8f, 0.5f, false, true, false},
    {"television", vww_draw_television, ROOM, 1.4f, 1.2f, 0.7f, false, true, false},
    {"floor lamp", vww_draw_floor_lamp, ROOM, 0.5f, 1.7f, 1.5f, true, false, false},
    {"coat rack", vww_draw_coat_rack, ROOM, 0.6f, 1.8f, 3, true, false, false},
    {"dress form", vww_draw_dress_form, ROOM | PAVEMENT, 0.5f, 1.6f, 1.2f, true, false, false},
    {"traffic light", vww_draw_traffic_light, PAVEMENT, 0.4f, 3.5f, 1, true, true, false},
    {"fire hydrant", vww_draw_fire_hydrant, PAVEMENT, 0.4f, 0.8f, 1.3f, true, true, false},
    {"stop sign", vww_draw_stop_sign, PAVEMENT, 0.5f, 2.2f, 1, true, true, false},
    {"road sign", vww_draw_road_sign, PAVEMENT | GRASS, 0.5f, 2.2f, 1.5f, true, false, false},
    {"parking meter", vww_draw_parking_meter, PAVEMENT, 0.3f, 1.4f, 1.2f, true, true, false},
    {"bench", vww_draw_bench, PAVEMENT | GRASS, 1.8f, 0.9f, 1, false, true, false},
    {"lamp post", vww_draw_lamp_post, PAVEMENT | GRASS, 0.5f, 3, 1.5f, true, false, false},
    {"bollard", vww_draw_bollard, PAVEMENT, 0.3f, 1, 1, true, false, false},
    {"post box", vww_draw_post_box, PAVEMENT, 0.5f, 1.5f, 1.2f, true, false, false},
    {"litter bin", vww_draw_litter_bin, PAVEMENT | GRASS | BEACH, 0.5f, 0.9f, 1, true, false,
     false},
    {"clothes line", vww_draw_clothes_line, GRASS | BEACH, 3, 1.8f, 1.5f, true, false, false},
    {"parasol", vww_draw_parasol, BEACH | GRASS, 2.4f, 2.3f, 1.2f, false, true, false},
    {"surfboard", vww_draw_surfboard, BEACH, 0.5f, 2, 1.5f, true, true, false},
    {"rock", vww_draw_rock, BEACH | GRASS, 1, 0.6f, 0.8f, false, false, false},
    {"bottle", vww_draw_bottle, TABLE, 0.1f, 0.3f, 2, false, true, false},
    {"cup", vww_draw_cup, TABLE, 0.1f, 0.1f, 2, false, true, false},
    {"bowl", vww_draw_bowl, TABLE, 0.3f, 0.15f, 1, false, true, false},
    {"vase", vww_draw_vase, TABLE, 0.3f, 0.5f, 1, false, true, false},
    {"laptop", vww_draw_laptop, TABLE, 0.4f, 0.25f, 1, false, true, false},
    {"books", vww_draw_books, TABLE, 0.3f, 0.15f, 1, false, true, false},
    {"suitcase", vww_draw_suitcase, ROOM | PAVEMENT, 0.5f, 0.8f, 0.7f, false, true, false},
    {"backpack", vww_draw_backpack, ROOM | PAVEMENT | GRASS | BEACH, 0.4f, 0.5f, 0.6f, false, true,
     false},
};

const struct vww_thing *vww_things(int *count)
{
    *count = (int)(sizeof things / sizeof things[0]);
    return things;
}

const struct vww_thing *vww_thing_find(const char *name)
{
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++)
        if (strcmp(things[i].name, name) == 0)
            return &things[i];
    return NULL;
}
