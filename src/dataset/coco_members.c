#include "dataset/coco_members.h"

#include <string.h>

const char *const vww_coco_list_names[LIST_COUNT] = {"", "images", "annotations", "categories",
                                                     "licenses"};

const struct vww_coco_member vww_coco_members[VWW_COCO_MEMBERS] = {
    {LIST_IMAGES, "id", FIELD_ID, TYPE_INTEGER, true, false},
    {LIST_IMAGES, "width", FIELD_WIDTH, TYPE_INTEGER, true, false},
    {LIST_IMAGES, "height", FIELD_HEIGHT, TYPE_INTEGER, true, false},
    {LIST_IMAGES, "file_name", FIELD_FILE_NAME, TYPE_TEXT, true, false},
    {LIST_ANNOTATIONS, "id", FIELD_ID, TYPE_INTEGER, false, false},
    {LIST_ANNOTATIONS, "image_id", FIELD_IMAGE_ID, TYPE_INTEGER, true, false},
    {LIST_ANNOTATIONS, "category_id", FIELD_CATEGORY_ID, TYPE_INTEGER, true, false},
    {LIST_ANNOTATIONS, "area", FIELD_AREA, TYPE_NUMBER, false, false},
    {LIST_ANNOTATIONS, "bbox", FIELD_BOX, TYPE_BOX, false, false},
    {LIST_ANNOTATIONS, "iscrowd", FIELD_CROWD, TYPE_FLAG, false, false},
    {LIST_CATEGORIES, "id", FIELD_ID, TYPE_INTEGER, true, false},
    {LIST_CATEGORIES, "name", FIELD_NAME, TYPE_TEXT, true, false},
    {LIST_CATEGORIES, "supercategory", FIELD_SUPERCATEGORY, TYPE_TEXT, false, false},
    {LIST_IMAGES, "license", FIELD_LICENSE, TYPE_INTEGER, false, true},
    {LIST_IMAGES, "flickr_url", FIELD_FLICKR_URL, TYPE_TEXT, false, true},
    {LIST_IMAGES, "coco_url", FIELD_COCO_URL, TYPE_TEXT, false, true},
    {LIST_LICENSES, "id", FIELD_ID, TYPE_INTEGER, true, true},
    {LIST_LICENSES, "name", FIELD_NAME, TYPE_TEXT, true, true},
    {LIST_LICENSES, "url", FIELD_URL, TYPE_TEXT, false, true},
};

const char *const vww_coco_type_names[] = {
    [TYPE_INTEGER] = "a whole number of 64 bits",
    [TYPE_NUMBER] = "a number",
    [TYPE_TEXT] = "a text",
    [TYPE_BOX] = "a list of 4 numbers",
    [TYPE_FLAG] = "0, 1, true or false",
};

bool vww_coco_is_key(const char *key, size_t length, const char *wanted_key)
{
    return length > 0 && key[0] == wanted_key[0] && strncmp(wanted_key, key, length) == 0 &&
           wanted_key[length] == '\0';
}

size_t vww_coco_member_find(enum list list, const char *key, size_t length, bool with_licenses)
{
    for (size_t i = 0; i < VWW_COCO_MEMBERS; i++)
        if (vww_coco_members[i].list == list &&
            vww_coco_is_key(key, length, vww_coco_members[i].key) &&
            (!vww_coco_members[i].of_licenses || with_licenses))
            return i;
    return VWW_COCO_MEMBERS;
}
