/* Accuracy by what the images show. */
#include "evaluate/internal.h"

#include <math.h>

/* A bin of a group: values from the bin before's limit up to, not including, its own. */
struct bin {
    const char *name;
    float below;
};

#define BINS_MAX 7

static const struct {
    const char *key, *title;
    struct bin bins[BINS_MAX]; /* up to the first without a name */
} groups[VWW_SLICE_GROUPS] = {
    [VWW_SLICE_LARGEST] = {"largest",
                           "share of the image that the largest one takes",
                           {{"none", 0},
                            {"under 1 %", 0.01f},
                            {"1 to 3 %", 0.03f},
                            {"3 to 10 %", 0.10f},
                            {"10 to 30 %", 0.30f},
                            {"over 30 %", INFINITY}}},
    [VWW_SLICE_COUNT] = {"count",
                         "how many there are",
                         {{"none", 1}, {"1", 2}, {"2", 3}, {"3 to 5", 6}, {"6 or more", INFINITY}}},
    [VWW_SLICE_BORDER] = {"border",
                          "where the largest one is",
                          {{"whole in the image", 1}, {"cut off by the border", INFINITY}}},
    [VWW_SLICE_BRIGHTNESS] = {"brightness",
                              "brightness of the image",
                              {{"dark, under 25 %", 0.25f},
                               {"25 to 40 %", 0.40f},
                               {"40 to 55 %", 0.55f},
                               {"bright, over 55 %", INFINITY}}},
};

const char *vww_slice_group_key(enum vww_slice_group group)
{
    return groups[group].key;
}

const char *vww_slice_group_title(enum vww_slice_group group)
{
    return groups[group].title;
}

/* Where the scene lies in the group's bins; NaN: in none. */
static float value_in(enum vww_slice_group group, const struct vww_scene *scene)
{
    if (group == VWW_SLICE_BRIGHTNESS)
        return scene->brightness;
    if (scene->objects < 0)
        return NAN;
    if (group == VWW_SLICE_COUNT)
        return (float)scene->objects;
    if (group == VWW_SLICE_LARGEST)
        return scene->objects == 0 ? -1 : scene->largest;
    return scene->objects == 0 ? NAN : (float)scene->is_cut_off;
}

static int bin_of(enum vww_slice_group group, const struct vww_scene *scene)
{
    const float value = value_in(group, scene);
    for (int b = 0; b < BINS_MAX && groups[group].bins[b].name != NULL; b++)
        if (value < groups[group].bins[b].below)
            return b;
    return -1;
}

static void measure_group(const struct vww_evaluation *e, enum vww_slice_group group,
                          struct vww_measures *m)
{
    int64_t images[BINS_MAX] = {0}, right[BINS_MAX] = {0};
    for (int64_t i = 0; i < e->images; i++) {
        const int bin = bin_of(group, &e->scenes[i]);
        if (bin < 0)
            continue;
        images[bin]++;
        right[bin] += e->labels[i] == e->predictions[i];
    }
    for (int b = 0; b < BINS_MAX && groups[group].bins[b].name != NULL; b++)
        if (images[b] > 0)
            m->slices[m->slice_count++] =
                (struct vww_slice){.group = group,
                                   .name = groups[group].bins[b].name,
                                   .right = vww_share_measure(right[b], images[b])};
}

void vww_measure_slices(const struct vww_evaluation *evaluation, struct vww_measures *measures)
{
    measures->without_boxes = evaluation->images;
    if (evaluation->scenes == NULL)
        return;
    for (int64_t i = 0; i < evaluation->images; i++)
        measures->without_boxes -= evaluation->scenes[i].objects >= 0;
    for (int group = 0; group < VWW_SLICE_GROUPS; group++)
        if (group == VWW_SLICE_BRIGHTNESS || measures->without_boxes < evaluation->images)
            measure_group(evaluation, (enum vww_slice_group)group, measures);
}
