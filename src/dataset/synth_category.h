/* The COCO categories that are drawn, with COCO's ids and names. */
#ifndef VWW_DATASET_SYNTH_CATEGORY_H
#define VWW_DATASET_SYNTH_CATEGORY_H

#include <stddef.h>

/*   X(NAME, id, "name", "supercategory") */
#define VWW_CATEGORY_TABLE(X)                                                                      \
    X(PERSON, 1, "person", "person")                                                               \
    X(BICYCLE, 2, "bicycle", "vehicle")                                                            \
    X(CAR, 3, "car", "vehicle")                                                                    \
    X(MOTORCYCLE, 4, "motorcycle", "vehicle")                                                      \
    X(BUS, 6, "bus", "vehicle")                                                                    \
    X(TRUCK, 8, "truck", "vehicle")                                                                \
    X(BOAT, 9, "boat", "vehicle")                                                                  \
    X(TRAFFIC_LIGHT, 10, "traffic light", "outdoor")                                               \
    X(FIRE_HYDRANT, 11, "fire hydrant", "outdoor")                                                 \
    X(STOP_SIGN, 13, "stop sign", "outdoor")                                                       \
    X(PARKING_METER, 14, "parking meter", "outdoor")                                               \
    X(BENCH, 15, "bench", "outdoor")                                                               \
    X(BIRD, 16, "bird", "animal")                                                                  \
    X(CAT, 17, "cat", "animal")                                                                    \
    X(DOG, 18, "dog", "animal")                                                                    \
    X(HORSE, 19, "horse", "animal")                                                                \
    X(SHEEP, 20, "sheep", "animal")                                                                \
    X(COW, 21, "cow", "animal")                                                                    \
    X(GIRAFFE, 25, "giraffe", "animal")                                                            \
    X(BACKPACK, 27, "backpack", "accessory")                                                       \
    X(UMBRELLA, 28, "umbrella", "accessory")                                                       \
    X(HANDBAG, 31, "handbag", "accessory")                                                         \
    X(SUITCASE, 33, "suitcase", "accessory")                                                       \
    X(SURFBOARD, 42, "surfboard", "sports")                                                        \
    X(BOTTLE, 44, "bottle", "kitchen")                                                             \
    X(CUP, 47, "cup", "kitchen")                                                                   \
    X(BOWL, 51, "bowl", "kitchen")                                                                 \
    X(CHAIR, 62, "chair", "furniture")                                                             \
    X(COUCH, 63, "couch", "furniture")                                                             \
    X(POTTED_PLANT, 64, "potted plant", "furniture")                                               \
    X(BED, 65, "bed", "furniture")                                                                 \
    X(DINING_TABLE, 67, "dining table", "furniture")                                               \
    X(TV, 72, "tv", "electronic")                                                                  \
    X(LAPTOP, 73, "laptop", "electronic")                                                          \
    X(REFRIGERATOR, 82, "refrigerator", "appliance")                                               \
    X(BOOK, 84, "book", "indoor")                                                                  \
    X(CLOCK, 85, "clock", "indoor")                                                                \
    X(VASE, 86, "vase", "indoor")                                                                  \
    X(TEDDY_BEAR, 88, "teddy bear", "indoor")

enum vww_category {
    VWW_CATEGORY_NONE = 0, /* not annotated */
#define X(name, id, text, super) VWW_CATEGORY_##name = id,
    VWW_CATEGORY_TABLE(X)
#undef X
};

struct vww_category_info {
    int id;
    const char *name, *supercategory;
};

/* All of them, by id; *count entries. */
const struct vww_category_info *vww_categories(size_t *count);

/* The things of one picture that may be annotated: owner i of the canvas is entry i - 1. */
#define VWW_OWNERS_MOST 512
struct vww_owners {
    int count;
    struct {
        enum vww_category category;
        int crowd; /* 1: a group of persons as one */
    } list[VWW_OWNERS_MOST];
};

#endif
