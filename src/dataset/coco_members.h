/* Which members of a COCO file are looked at, and of what type each is. */
#ifndef VWW_DATASET_COCO_MEMBERS_H
#define VWW_DATASET_COCO_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

enum list { LIST_NONE, LIST_IMAGES, LIST_ANNOTATIONS, LIST_CATEGORIES, LIST_LICENSES, LIST_COUNT };
enum field {
    FIELD_NONE,
    FIELD_ID,
    FIELD_WIDTH,
    FIELD_HEIGHT,
    FIELD_FILE_NAME,
    FIELD_IMAGE_ID,
    FIELD_CATEGORY_ID,
    FIELD_AREA,
    FIELD_BOX,
    FIELD_CROWD,
    FIELD_NAME,
    FIELD_SUPERCATEGORY,
    FIELD_LICENSE,
    FIELD_FLICKR_URL,
    FIELD_COCO_URL,
    FIELD_URL,
    FIELD_COUNT
};
enum type { TYPE_NONE, TYPE_INTEGER, TYPE_NUMBER, TYPE_TEXT, TYPE_BOX, TYPE_FLAG };

struct vww_coco_member {
    enum list list;
    const char *key;
    enum field field;
    enum type type;
    bool required;
    bool of_licenses; /* looked at only where the visitor asks for licences */
};

#define VWW_COCO_MEMBERS ((size_t)19)
extern const struct vww_coco_member vww_coco_members[VWW_COCO_MEMBERS];
extern const char *const vww_coco_list_names[LIST_COUNT];
/* In messages: "a whole number of 64 bits". */
extern const char *const vww_coco_type_names[];

bool vww_coco_is_key(const char *key, size_t length, const char *wanted);
/* The index of the list's member of this name, or VWW_COCO_MEMBERS. */
size_t vww_coco_member_find(enum list list, const char *key, size_t length, bool with_licenses);

#endif
