/* What can be fetched. */
#include "vww/fetch.h"
#include "vww/text.h"

#include <string.h>

/* The MD5s are those that the projects which fetch COCO compare with; COCO itself publishes none.
 * Photographs do not shrink in an archive, annotations do, to about a quarter. */
#define COCO_URL "http://images.cocodataset.org"
static const struct vww_fetch_archive coco2014[] = {
    {"annotations/annotations_trainval2014.zip", "0a379cfc70b0e71301e0f377548639bd", 5},
    {"zips/val2014.zip", "a3d79f5ed8d289b7a7554ce06a5782b3", 1},
    {"zips/train2014.zip", "0da8c0bd3d6becc4dcb32757491aca88", 1},
};
static const struct vww_fetch_archive coco2017[] = {
    {"annotations/annotations_trainval2017.zip", "f4bbac642086de4f52a3fdda2de5fa2c", 5},
    {"zips/val2017.zip", "442b8da7639aecaf257c1dceb8ba8c80", 1},
    {"zips/train2017.zip", "cced6f7f71b7629ddf16f17bbcfab6b2", 1},
};
static const struct vww_fetch_set sets[] = {
    {"coco2014", COCO_URL, coco2014, sizeof coco2014 / sizeof coco2014[0]},
    {"coco2017", COCO_URL, coco2017, sizeof coco2017 / sizeof coco2017[0]},
};
#define SET_COUNT (sizeof sets / sizeof sets[0])

const struct vww_fetch_set *vww_fetch_sets(size_t *count)
{
    *count = SET_COUNT;
    return sets;
}

vww_status vww_fetch_set_find(const char *name, const struct vww_fetch_set **set,
                              struct vww_error *error)
{
    const char *names[SET_COUNT];
    for (size_t i = 0; i < SET_COUNT; i++) {
        names[i] = sets[i].name;
        if (strcmp(name, names[i]) == 0) {
            *set = &sets[i];
            return VWW_OK;
        }
    }
    char hint[256];
    vww_text_suggest(hint, sizeof hint, name, names, SET_COUNT);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no set to fetch is called %.100s", name);
    vww_error_remedy(error, "%s", hint);
    return VWW_ERROR_NOT_FOUND;
}
