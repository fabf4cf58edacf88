#include "support/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "train/mix.h"
#include "train/targets.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define SIDE 12
#define BYTES ((size_t)SIDE * SIDE * 3)
#define CLASSES 3
#define COUNT 201 /* odd */

struct images {
    uint8_t bytes[COUNT][BYTES];
    int32_t labels[COUNT];
    double targets[COUNT][CLASSES];
};

/* Noise; two images that follow one another are of different classes. */
static struct images *draw(void)
{
    struct images *images = vww_allocate(1, sizeof *images);
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 0);
    assert_non_null(images);
    for (size_t i = 0; i < sizeof images->bytes; i++)
        images->bytes[i / BYTES][i % BYTES] = (uint8_t)vww_random_below(&random, 256);
    for (int i = 0; i < COUNT; i++)
        images->labels[i] = i % CLASSES;
    vww_targets_fill(images->labels, COUNT, CLASSES, 0, images->targets[0]);
    return images;
}

static struct images *mixed(const struct vww_mix *mix, int64_t epoch, int64_t place)
{
    struct images *images = draw();
    vww_mix_pairs(mix, epoch, place, COUNT, images->bytes[0], images->labels, images->targets[0]);
    return images;
}

static struct vww_mix mix_of(double mixup, double cutmix)
{
    return (struct vww_mix){
        .mixup = mixup, .cutmix = cutmix, .seed = 5, .side = SIDE, .classes = CLASSES};
}

/* The targets of images n and n + 1 are theirs in one ratio, which is returned, and the labels are
 * the classes with the larger share. */
static double ratio_of(const struct images *before, const struct images *after, int n)
{
    const int32_t a = before->labels[n], b = before->labels[n + 1];
    const double ratio = after->targets[n][a];
    assert_true(ratio >= 0 && ratio <= 1);
    for (int32_t c = 0; c < CLASSES; c++) {
        const double one = c == a ? ratio : c == b ? 1 - ratio : 0;
        const double other = c == b ? ratio : c == a ? 1 - ratio : 0;
        assert_true(fabs(after->targets[n][c] - one) < 1e-15);
        assert_true(fabs(after->targets[n + 1][c] - other) < 1e-15);
    }
    assert_int_equal(after->labels[n], ratio < 0.5 ? b : a);
    assert_int_equal(after->labels[n + 1], ratio < 0.5 ? a : b);
    return ratio;
}

static uint8_t blended(double ratio, uint8_t a, uint8_t b)
{
    return (uint8_t)floor(ratio * a + (1 - ratio) * b + 0.5);
}

static bool is_blend(const struct images *before, const struct images *after, int n, double ratio)
{
    for (size_t i = 0; i < BYTES; i++)
        if (after->bytes[n][i] != blended(ratio, before->bytes[n][i], before->bytes[n + 1][i]) ||
            after->bytes[n + 1][i] != blended(ratio, before->bytes[n + 1][i], before->bytes[n][i]))
            return false;
    return true;
}

/* Every pixel is of one image or the other, those of the other fill a box, and the box has the
 * share of the image that the ratio leaves. */
static bool is_cut(const struct images *before, const struct images *after, int n, double ratio)
{
    int left = SIDE, right = 0, top = SIDE, bottom = 0, exchanged = 0;
    for (int p = 0; p < SIDE * SIDE; p++) {
        const size_t at = (size_t)p * 3;
        const bool kept = memcmp(after->bytes[n] + at, before->bytes[n] + at, 3) == 0;
        const uint8_t *a = before->bytes[kept ? n : n + 1], *b = before->bytes[kept ? n + 1 : n];
        if (memcmp(after->bytes[n] + at, a + at, 3) != 0 ||
            memcmp(after->bytes[n + 1] + at, b + at, 3) != 0)
            return false;
        if (kept)
            continue;
        exchanged++;
        left = p % SIDE < left ? p % SIDE : left;
        right = p % SIDE >= right ? p % SIDE + 1 : right;
        top = p / SIDE < top ? p / SIDE : top;
        bottom = p / SIDE >= bottom ? p / SIDE + 1 : bottom;
    }
    return (exchanged == 0 || exchanged == (right - left) * (bottom - top)) &&
           fabs(1 - (double)exchanged / (SIDE * SIDE) - ratio) < 1e-15;
}

static void assert_last_unchanged(const struct images *before, const struct images *after)
{
    assert_memory_equal(after->bytes[COUNT - 1], before->bytes[COUNT - 1], BYTES);
    assert_memory_equal(after->targets[COUNT - 1], before->targets[COUNT - 1],
                        sizeof before->targets[0]);
    assert_int_equal(after->labels[COUNT - 1], before->labels[COUNT - 1]);
}

static void mixup_blends_in_the_ratio_of_the_targets(void **state)
{
    (void)state;
    const double alphas[] = {0.2, 1, 8};
    struct images *before = draw();
    for (size_t i = 0; i < sizeof alphas / sizeof alphas[0]; i++) {
        const struct vww_mix mix = mix_of(alphas[i], 0);
        struct images *after = mixed(&mix, 3, 40);
        double squares = 0;
        for (int n = 0; n + 1 < COUNT; n += 2) {
            const double ratio = ratio_of(before, after, n);
            assert_true(is_blend(before, after, n, ratio));
            squares += (ratio - 0.5) * (ratio - 0.5) / (COUNT / 2);
        }
        assert_true(fabs(squares * 4 * (2 * alphas[i] + 1) - 1) < 0.6);
        assert_last_unchanged(before, after);
        vww_free(after);
    }
    vww_free(before);
}

static void cutmix_exchanges_a_box_of_the_ratio_of_the_targets(void **state)
{
    (void)state;
    const struct vww_mix mix = mix_of(0, 1);
    struct images *before = draw(), *after = mixed(&mix, 3, 40);
    int large = 0, small = 0;
    for (int n = 0; n + 1 < COUNT; n += 2) {
        const double ratio = ratio_of(before, after, n);
        assert_true(is_cut(before, after, n, ratio));
        large += ratio < 0.5;
        small += ratio > 0.75;
    }
    assert_true(large > 10 && small > 10);
    assert_last_unchanged(before, after);
    vww_free(after);
    vww_free(before);
}

static void with_both_a_coin_decides(void **state)
{
    (void)state;
    const struct vww_mix mix = mix_of(1, 1);
    struct images *before = draw(), *after = mixed(&mix, 3, 40);
    int blends = 0, cuts = 0;
    for (int n = 0; n + 1 < COUNT; n += 2) {
        const double ratio = ratio_of(before, after, n);
        const bool blend = is_blend(before, after, n, ratio);
        const bool cut = is_cut(before, after, n, ratio);
        assert_true(blend || cut);
        blends += blend;
        cuts += cut;
    }
    assert_in_range(blends, 30, 70);
    assert_in_range(cuts, 30, 70);
    vww_free(after);
    vww_free(before);
}

/* Pairs with other ratios here and there. */
static int pairs_apart(const struct images *a, const struct images *b)
{
    int apart = 0;
    for (int n = 0; n + 1 < COUNT; n += 2)
        apart += memcmp(a->targets[n], b->targets[n], sizeof a->targets[n]) != 0;
    return apart;
}

/* A pair is mixed by its place in the epoch, whatever is mixed beside it. */
static void pairs_depend_on_seed_epoch_and_place_alone(void **state)
{
    (void)state;
    struct vww_mix mix = mix_of(1, 1);
    struct images *whole = mixed(&mix, 3, 40), *parts = draw();
    for (int n = 0; n < COUNT; n += 6)
        vww_mix_pairs(&mix, 3, 40 + n, COUNT - n < 6 ? COUNT - n : 6, parts->bytes[n],
                      parts->labels + n, parts->targets[n]);
    assert_memory_equal(whole, parts, sizeof *whole);
    struct images *later = mixed(&mix, 4, 40), *elsewhere = mixed(&mix, 3, 42);
    mix.seed = 6;
    struct images *other = mixed(&mix, 3, 40);
    assert_true(pairs_apart(whole, later) > COUNT / 3);
    assert_true(pairs_apart(whole, elsewhere) > COUNT / 3);
    assert_true(pairs_apart(whole, other) > COUNT / 3);
    vww_free(other);
    vww_free(elsewhere);
    vww_free(later);
    vww_free(parts);
    vww_free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixup_blends_in_the_ratio_of_the_targets),
        cmocka_unit_test(cutmix_exchanges_a_box_of_the_ratio_of_the_targets),
        cmocka_unit_test(with_both_a_coin_decides),
        cmocka_unit_test(pairs_depend_on_seed_epoch_and_place_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
