#include "dataset/synth_picture.h"
#include "base/memory.h"
#include "base/random.h"
#include "dataset/synth_scene.h"

#include <math.h>
#include <string.h>

/* --- what is visible -------------------------------------------------------------------------- */

/* Boxes and areas of all owners in one pass; `all` has owners->count entries. */
static void measure(const uint16_t *owner, int32_t width, int32_t height, struct vww_visible *all)
{
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            const int who = owner[(size_t)y * (size_t)width + (size_t)x];
            if (who == VWW_OWNER_NONE)
                continue;
            struct vww_visible *const v = &all[who - 1];
            if (v->area == 0)
                *v = (struct vww_visible){.x = x, .y = y};
            const int32_t right = v->area == 0 || x >= v->x + v->width ? x + 1 : v->x + v->width;
            v->x = x < v->x ? x : v->x;
            v->width = right - v->x;
            v->height = y + 1 - v->y;
            v->area++;
        }
}

/* The run lengths of one owner, into runs, or only their number where runs is NULL. */
static int32_t run_lengths(const uint16_t *owner, int32_t width, int32_t height, int who,
                           const struct vww_visible *box, uint32_t *runs)
{
    int32_t count = 0;
    bool inside = false;
    uint32_t length = (uint32_t)box->x * (uint32_t)height;
    /* One column more than the box has: the mask has ended by its first pixel, if there is one. */
    const int32_t end = box->x + box->width < width ? box->x + box->width + 1 : width;
    for (int32_t x = box->x; x < end; x++)
        for (int32_t y = 0; y < height; y++) {
            const bool now = owner[(size_t)y * (size_t)width + (size_t)x] == who;
            if (now != inside) {
                if (runs != NULL)
                    runs[count] = length;
                count++;
                length = 0;
                inside = now;
            }
            length++;
        }
    length += (uint32_t)(width - end) * (uint32_t)height;
    if (runs != NULL)
        runs[count] = length;
    return count + 1;
}

void vww_visible_free(struct vww_visible *visible, int count)
{
    for (int i = 0; i < count; i++)
        vww_free(visible[i].runs);
    vww_free(visible);
}

vww_status vww_visible_find(const uint16_t *owner, int32_t width, int32_t height,
                            const struct vww_owners *owners, struct vww_visible **visible,
                            int *count, struct vww_error *error)
{
    *visible = NULL;
    *count = 0;
    struct vww_visible *const all = vww_allocate((size_t)owners->count, sizeof *all);
    if (all == NULL)
        return vww_fail_memory(error, (size_t)owners->count * sizeof *all);
    measure(owner, width, height, all);
    int kept = 0;
    for (int i = 0; i < owners->count; i++) {
        struct vww_visible v = all[i];
        if (v.area < VWW_VISIBLE_LEAST)
            continue;
        v.category = (int)owners->list[i].category;
        v.crowd = owners->list[i].crowd;
        v.run_count = run_lengths(owner, width, height, i + 1, &v, NULL);
        v.runs = vww_allocate((size_t)v.run_count, sizeof *v.runs);
        if (v.runs == NULL) {
            vww_visible_free(all, kept);
            return vww_fail_memory(error, (size_t)v.run_count * sizeof *v.runs);
        }
        run_lengths(owner, width, height, i + 1, &v, v.runs);
        all[kept++] = v;
    }
    *visible = all;
    *count = kept;
    return VWW_OK;
}

/* --- the picture ------------------------------------------------------------------------------ */

/* The size of a photograph: mostly landscape, 4:3 most often. */
static void choose_size(const struct vww_synth_options *options, struct vww_random *random,
                        int32_t *width, int32_t *height)
{
    static const double aspects[] = {4.0 / 3, 4.0 / 3, 4.0 / 3, 4.0 / 3, 3.0 / 2,
                                     3.0 / 2, 1,       3.0 / 4, 3.0 / 4, 2.0 / 3};
    const double aspect = aspects[vww_random_below(random, 10)];
    const double longest = options->side_most * vww_random_between(random, 0.85, 1);
    const double w = aspect >= 1 ? longest : longest * aspect;
    const double h = aspect >= 1 ? longest / aspect : longest;
    const double least = options->side_least;
    *width = options->width > 0 ? options->width : (int32_t)fmax(w, least);
    *height = options->height > 0 ? options->height : (int32_t)fmax(h, least);
}

vww_status vww_picture_draw(const struct vww_synth_options *options, int64_t index,
                            const struct vww_noise *noise, struct vww_picture *picture,
                            struct vww_error *error)
{
    struct vww_random random = vww_random_init(options->seed, VWW_RANDOM_SYNTH, 0, (uint64_t)index);
    struct vww_canvas canvas;
    struct vww_grade grade;
    int32_t width, height;
    memset(picture, 0, sizeof *picture);
    choose_size(options, &random, &width, &height);
    vww_status status = vww_canvas_init(&canvas, width, height, noise, error);
    if (status != VWW_OK)
        return status;
    vww_scene_draw(&canvas, &random, &picture->owners, &grade);
    status = vww_visible_find(canvas.owner, width, height, &picture->owners, &picture->visible,
                              &picture->visible_count, error);
    if (status == VWW_OK)
        status = vww_image_init(&picture->image, width, height, 3, error);
    if (status == VWW_OK) {
        vww_photo_develop(&canvas, &grade, &random, &picture->image);
        picture->owner = canvas.owner;
        canvas.owner = NULL;
    } else {
        vww_picture_fini(picture);
    }
    vww_canvas_fini(&canvas);
    return status;
}

void vww_picture_fini(struct vww_picture *picture)
{
    vww_image_fini(&picture->image);
    vww_free(picture->owner);
    vww_visible_free(picture->visible, picture->visible_count);
    *picture = (struct vww_picture){0};
}
