#include "support/check.h"

#include "train/optimizer.h"
#include "vww/train.h"

#include <math.h>

static void close_to(double seen, double wanted)
{
    if (!(fabs(seen - wanted) <= 1e-6 * fabs(wanted) + 1e-9))
        fail_msg("%.9g instead of %.9g", seen, wanted);
}

/* Two steps of each optimizer from v = 2 with gradients 3, then -1, computed by hand (in double).
 */
static void two_steps(enum vww_optimizer optimizer, const struct vww_update *update, double wanted)
{
    float value = 2, a = vww_optimizer_first(optimizer, 0), b = vww_optimizer_first(optimizer, 1);
    float *const slots[VWW_OPTIMIZER_SLOTS_MAX] = {&a, &b};
    struct vww_update now = *update;
    const float gradients[2] = {3, -1};
    for (int i = 0; i < 2; i++) {
        now.step = i + 1;
        vww_optimizer_apply(optimizer, &now, &gradients[i], 1, &value, slots);
    }
    close_to((double)value, wanted);
}

static void rmsprop_is_tensorflows(void **state)
{
    (void)state;
    const struct vww_update update = {.learning_rate = 0.1,
                                      .momentum = 0.5,
                                      .gradient_decay = 0.9,
                                      .epsilon = 0.2,
                                      .weight_decay = 0.1};
    /* g = 3.2, s = 0.9 + 0.1 * 10.24 = 1.924, m = 0.32 / sqrt(2.124), v = 2 - m */
    const double m1 = 0.32 / sqrt(2.124), v1 = 2 - m1;
    const double g2 = -1 + 0.1 * v1, s2 = 0.9 * 1.924 + 0.1 * g2 * g2;
    const double m2 = 0.5 * m1 + 0.1 * g2 / sqrt(s2 + 0.2);
    two_steps(VWW_OPTIMIZER_RMSPROP, &update, v1 - m2);
}

static void sgd_has_momentum(void **state)
{
    (void)state;
    const struct vww_update update = {.learning_rate = 0.1, .momentum = 0.5, .weight_decay = 0.1};
    /* m = 3.2, v = 1.68; m = 1.6 - 1 + 0.168 = 0.768, v = 1.6032 */
    two_steps(VWW_OPTIMIZER_SGD, &update, 1.6032);
}

static void adamw_decouples_decay(void **state)
{
    (void)state;
    const struct vww_update update = {.learning_rate = 0.1,
                                      .momentum = 0.5,
                                      .gradient_decay = 0.75,
                                      .epsilon = 0.01,
                                      .weight_decay = 0.1};
    /* First: both means corrected are the gradient itself. */
    const double v1 = 2 - 0.1 * (3 / (3 + 0.01) + 0.1 * 2);
    const double m2 = 0.5 * 1.5 - 0.5, s2 = 0.75 * 2.25 + 0.25;
    const double v2 = v1 - 0.1 * (m2 / 0.75 / (sqrt(s2 / (1 - 0.75 * 0.75)) + 0.01) + 0.1 * v1);
    two_steps(VWW_OPTIMIZER_ADAMW, &update, v2);
}

static void adam_decays_by_the_gradient(void **state)
{
    (void)state;
    const struct vww_update update = {.learning_rate = 0.1,
                                      .momentum = 0.5,
                                      .gradient_decay = 0.75,
                                      .epsilon = 0.01,
                                      .weight_decay = 0.1};
    const double v1 = 2 - 0.1 * 3.2 / (3.2 + 0.01), g2 = -1 + 0.1 * v1;
    const double m2 = 0.5 * 1.6 + 0.5 * g2, s2 = 0.75 * 0.25 * 3.2 * 3.2 + 0.25 * g2 * g2;
    const double v2 = v1 - 0.1 * (m2 / 0.75 / (sqrt(s2 / (1 - 0.75 * 0.75)) + 0.01));
    two_steps(VWW_OPTIMIZER_ADAM, &update, v2);
}

static void names_are_found(void **state)
{
    (void)state;
    assert_int_equal(vww_optimizer_find("sgd"), VWW_OPTIMIZER_SGD);
    assert_int_equal(vww_optimizer_find("adamw"), VWW_OPTIMIZER_ADAMW);
    assert_int_equal(vww_optimizer_find("adam"), VWW_OPTIMIZER_ADAM);
    assert_int_equal(vww_optimizer_find("ada"), VWW_OPTIMIZER_COUNT);
}

static struct vww_recipe resolved(const char *schedule, bool quantize_aware)
{
    struct vww_error error;
    struct vww_recipe recipe;
    vww_recipe_init(&recipe);
    recipe.schedule = schedule;
    recipe.quantize_aware = quantize_aware;
    recipe.epochs = 10;
    assert_ok(vww_recipe_resolve(&recipe, &error), &error);
    return recipe;
}

static void schedules(void **state)
{
    (void)state;
    struct vww_recipe recipe = resolved("exponential", false);
    close_to(vww_recipe_learning_rate(&recipe, 0), 0.045);
    close_to(vww_recipe_learning_rate(&recipe, 0.99), 0.045);
    close_to(vww_recipe_learning_rate(&recipe, 3.5), 0.045 * 0.98 * 0.98 * 0.98);
    recipe = resolved("exponential", true);
    close_to(vww_recipe_learning_rate(&recipe, 2), 1e-5 * 0.81);
    recipe = resolved("cosine", false);
    recipe.warmup_epochs = 2;
    recipe.schedule_end = 0.1;
    close_to(vww_recipe_learning_rate(&recipe, 0.5), 0.045 / 4);
    close_to(vww_recipe_learning_rate(&recipe, 2), 0.045);
    close_to(vww_recipe_learning_rate(&recipe, 6), 0.045 * (0.1 + 0.9 * 0.5));
    close_to(vww_recipe_learning_rate(&recipe, 10), 0.0045);
    recipe = resolved("steps", false);
    recipe.schedule_steps = (struct vww_recipe_numbers){2, {2, 5}};
    close_to(vww_recipe_learning_rate(&recipe, 1.9), 0.045);
    close_to(vww_recipe_learning_rate(&recipe, 2), 0.0045);
    close_to(vww_recipe_learning_rate(&recipe, 7), 0.00045);
}

static void a_recipe_is_checked(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_recipe recipe;
    vww_recipe_init(&recipe);
    recipe.label_smoothing = 1.5;
    assert_int_equal(vww_recipe_resolve(&recipe, &error), VWW_ERROR_ARGUMENT);
    assert_non_null(strstr(error.what, "label_smoothing"));
    vww_recipe_init(&recipe);
    recipe.schedule = "linear";
    assert_int_equal(vww_recipe_resolve(&recipe, &error), VWW_ERROR_ARGUMENT);
    assert_non_null(strstr(error.allowed, "cosine"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rmsprop_is_tensorflows), cmocka_unit_test(sgd_has_momentum),
        cmocka_unit_test(adamw_decouples_decay),  cmocka_unit_test(adam_decays_by_the_gradient),
        cmocka_unit_test(names_are_found),        cmocka_unit_test(schedules),
        cmocka_unit_test(a_recipe_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
