#include "support/check.h"

#include "dataset/augment.h"

#include <string.h>

#define SIDE 32

static struct vww_random draws(uint64_t i)
{
    return vww_random_init(1, VWW_RANDOM_AUGMENT, 0, i);
}

/* One box over a quarter of the photograph: every crop keeps at least 40 % of it and the label, or
 * shows nothing of it and is of class 0. */
static void a_crop_has_the_label_of_what_it_shows(void **state)
{
    (void)state;
    const struct vww_augmentation crops = {
        .crop = true, .crop_area_least = 0.05, .crop_aspect_most = 1.5, .relabel = true};
    const struct vww_box box = {.xmin = 0, .ymin = 0, .xmax = 0.5f, .ymax = 0.5f};
    const struct vww_objects objects = {&box, 1};
    int shown = 0, empty = 0;
    for (uint64_t i = 0; i < 500; i++) {
        struct vww_random random = draws(i);
        int32_t label = 1;
        const struct vww_rectangle crop =
            vww_augment_crop(&crops, &random, SIDE, SIDE, &objects, &label);
        const int32_t across = crop.x < SIDE / 2 ? SIDE / 2 - crop.x : 0;
        const int32_t down = crop.y < SIDE / 2 ? SIDE / 2 - crop.y : 0;
        const int32_t visible =
            (across < crop.width ? across : crop.width) * (down < crop.height ? down : crop.height);
        assert_true(crop.x >= 0 && crop.x + crop.width <= SIDE);
        assert_true(crop.y >= 0 && crop.y + crop.height <= SIDE);
        assert_int_equal(label, visible > 0);
        if (visible > 0)
            assert_true(visible >= VWW_RELABEL_VISIBLE * SIDE / 2 * SIDE / 2);
        shown += label == 1;
        empty += label == 0;
    }
    assert_true(shown > 50 && empty > 50);
}

static void labels_stay_without_boxes_or_relabelling(void **state)
{
    (void)state;
    struct vww_augmentation crops = {
        .crop = true, .crop_area_least = 0.05, .crop_aspect_most = 1.5, .relabel = true};
    const struct vww_box box = {.xmin = 0, .ymin = 0, .xmax = 0.1f, .ymax = 0.1f};
    const struct vww_objects none = {NULL, 0}, objects = {&box, 1};
    for (uint64_t i = 0; i < 100; i++) {
        struct vww_random random = draws(i);
        int32_t label = 1;
        crops.relabel = true;
        vww_augment_crop(&crops, &random, SIDE, SIDE, &none, &label);
        assert_int_equal(label, 1);
        crops.relabel = false;
        vww_augment_crop(&crops, &random, SIDE, SIDE, &objects, &label);
        assert_int_equal(label, 1);
    }
}

/* A ramp from left to right, 8 a pixel: where a pixel of the result was taken from can be read. */
static void draw_ramp(uint8_t image[SIDE * SIDE * 3])
{
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        image[i] = (uint8_t)(i / 3 % SIDE * 8);
}

static void a_shift_moves_all_alike_and_repeats_the_edge(void **state)
{
    (void)state;
    const struct vww_augmentation shifts = {.shift = 0.25};
    uint8_t from[SIDE * SIDE * 3], to[SIDE * SIDE * 3];
    draw_ramp(from);
    assert_true(vww_augment_warps(&shifts));
    for (uint64_t i = 0; i < 50; i++) {
        struct vww_random random = draws(i);
        vww_augment_warp(&shifts, &random, SIDE, SIDE, from, to);
        const int moved = to[SIDE / 2 * 3] - from[SIDE / 2 * 3];
        assert_true(moved >= -8 * SIDE / 4 - 1 && moved <= 8 * SIDE / 4 + 1);
        for (int x = 0; x < SIDE; x++) {
            const int wanted = x * 8 + moved < 0                ? 0
                               : x * 8 + moved > 8 * (SIDE - 1) ? 8 * (SIDE - 1)
                                                                : x * 8 + moved;
            assert_in_range(to[x * 3] + 1, wanted, wanted + 2);
            assert_int_equal(to[x * 3], to[((SIDE - 1) * SIDE + x) * 3]);
        }
    }
}

static void no_strength_changes_nothing(void **state)
{
    (void)state;
    const struct vww_augmentation none = {0};
    struct vww_random random = draws(0);
    uint8_t from[SIDE * SIDE * 3], to[SIDE * SIDE * 3];
    draw_ramp(from);
    assert_false(vww_augment_warps(&none));
    vww_augment_warp(&none, &random, SIDE, SIDE, from, to);
    assert_memory_equal(from, to, sizeof from);
}

/* The middle stays where it is, and the ramp becomes as steep as the turn and the zoom say. */
static void turns_and_zooms_are_about_the_middle(void **state)
{
    (void)state;
    const struct vww_augmentation warps = {.rotation = 90, .zoom = 0.5};
    uint8_t from[SIDE * SIDE * 3], to[SIDE * SIDE * 3];
    const int middle = SIDE / 2 - 1, wanted = 8 * (SIDE - 1) / 2;
    bool leans = false;
    draw_ramp(from);
    for (uint64_t i = 0; i < 50; i++) {
        struct vww_random random = draws(i);
        vww_augment_warp(&warps, &random, SIDE, SIDE, from, to);
        const int upper = to[(middle * SIDE + middle) * 3];
        const int lower = to[((middle + 1) * SIDE + middle + 1) * 3];
        assert_in_range((upper + lower) / 2, wanted - 1, wanted + 1);
        leans = leans || to[middle * 3] != to[((SIDE - 1) * SIDE + middle) * 3];
    }
    assert_true(leans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crop_has_the_label_of_what_it_shows),
        cmocka_unit_test(labels_stay_without_boxes_or_relabelling),
        cmocka_unit_test(a_shift_moves_all_alike_and_repeats_the_edge),
        cmocka_unit_test(no_strength_changes_nothing),
        cmocka_unit_test(turns_and_zooms_are_about_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
