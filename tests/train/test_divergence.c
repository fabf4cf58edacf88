#include "support/check.h"

#include "train/divergence.h"

#include <math.h>

#define GUESSING 0.6931471805599453

/* The same loss for so many steps. */
static void add(struct vww_divergence *divergence, double loss, int64_t steps, int64_t *step)
{
    for (int64_t i = 0; i < steps; i++)
        vww_divergence_add(divergence, loss, GUESSING, ++*step);
}

/* Means of 20 steps each: MobileNetV2 by `paper`, as it began and as it then swings. */
static void a_restless_training_is_not_called_diverged(void **state)
{
    (void)state;
    static const double losses[] = {0.894, 0.918, 2.18,  1.357, 1.0,   1.067, 0.992, 0.962, 0.871,
                                    0.951, 0.787, 0.783, 0.75,  0.716, 0.747, 0.704, 0.725, 0.738};
    struct vww_divergence divergence;
    int64_t step = 0;
    vww_divergence_init(&divergence);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        add(&divergence, losses[i], 20, &step);
        assert_int_equal(divergence.step, 0);
    }
}

static void a_huge_loss_is_called_within_two_lines(void **state)
{
    (void)state;
    struct vww_divergence divergence;
    int64_t step = 0;
    vww_divergence_init(&divergence);
    add(&divergence, 40, 20, &step);
    assert_int_equal(divergence.step, 0); /* one line alone may be a beginning */
    add(&divergence, 40, 20, &step);
    assert_in_range(divergence.step, 21, 40);
    /* One infinite step weighs no more than any other. */
    vww_divergence_init(&divergence);
    vww_divergence_add(&divergence, INFINITY, GUESSING, 1);
    assert_true(divergence.average < 1.1);
}

static void three_times_guessing_is_called_and_twice_is_not(void **state)
{
    (void)state;
    struct vww_divergence divergence;
    int64_t step = 0;
    vww_divergence_init(&divergence);
    add(&divergence, 2 * GUESSING, 5000, &step);
    assert_int_equal(divergence.step, 0);
    add(&divergence, 3 * GUESSING, 100, &step);
    assert_in_range(divergence.step, 5001, 5100);
}

static void a_loss_that_comes_back_is_forgiven(void **state)
{
    (void)state;
    struct vww_divergence divergence;
    int64_t step = 0;
    vww_divergence_init(&divergence);
    add(&divergence, 5, 100, &step);
    assert_int_not_equal(divergence.step, 0);
    add(&divergence, 0.7, 300, &step);
    assert_int_equal(divergence.step, 0);
    add(&divergence, 5, 100, &step);
    assert_in_range(divergence.step, 401, 500);
}

static void only_a_whole_epoch_far_away_is_final(void **state)
{
    (void)state;
    struct vww_divergence divergence;
    int64_t step = 0;
    vww_divergence_init(&divergence);
    add(&divergence, 2, 5000, &step); /* away, not far */
    assert_int_not_equal(divergence.step, 0);
    assert_false(vww_divergence_is_final(&divergence, 10));
    vww_divergence_init(&divergence);
    add(&divergence, 40, 500, &step);
    assert_false(vww_divergence_is_final(&divergence, 10));
    add(&divergence, 40, 150, &step);
    assert_true(vww_divergence_is_final(&divergence, 10));
    assert_false(vww_divergence_is_final(&divergence, 862));
    add(&divergence, 0.7, 100, &step);
    assert_false(vww_divergence_is_final(&divergence, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restless_training_is_not_called_diverged),
        cmocka_unit_test(a_huge_loss_is_called_within_two_lines),
        cmocka_unit_test(three_times_guessing_is_called_and_twice_is_not),
        cmocka_unit_test(a_loss_that_comes_back_is_forgiven),
        cmocka_unit_test(only_a_whole_epoch_far_away_is_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
