#include "support/check.h"

#include "vww/recipe.h"

#include <math.h>
#include <string.h>

static vww_status parse(const char *text, bool quantize_aware, struct vww_recipe *recipe,
                        struct vww_error *error)
{
    return vww_recipe_parse(text, strlen(text), "my.txt", quantize_aware, recipe, NULL, error);
}

static void presets_are_sound(void **state)
{
    (void)state;
    struct vww_error error;
    size_t count;
    const struct vww_recipe_preset *presets = vww_recipe_presets(&count);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < 2 * count; i++) {
        struct vww_recipe recipe;
        struct vww_recipe_title title;
        const char *name = presets[i / 2].name;
        assert_ok(vww_recipe_read(name, i % 2 != 0, &recipe, &title, &error), &error);
        assert_ok(vww_recipe_resolve(&recipe, &error), &error);
        assert_string_equal(title.name, name);
        assert_int_equal(recipe.quantize_aware, i % 2);
    }
}

/* The Visual Wake Words paper's and MLPerf Tiny's numbers. */
static void presets_say_what_their_sources_say(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_recipe recipe;
    assert_ok(vww_recipe_read("paper", false, &recipe, NULL, &error), &error);
    assert_string_equal(recipe.optimizer, "rmsprop");
    assert_int_equal(recipe.batch, 96);
    assert_true(fabs(vww_recipe_learning_rate(&recipe, 2) - 0.045 * 0.98 * 0.98) < 1e-12);
    assert_ok(vww_recipe_read("paper", true, &recipe, NULL, &error), &error);
    assert_true(fabs(vww_recipe_learning_rate(&recipe, 1) - 0.9e-5) < 1e-15);
    assert_ok(vww_recipe_read("mlperf", false, &recipe, NULL, &error), &error);
    assert_true(fabs(vww_recipe_learning_rate(&recipe, 19.9) - 0.001) < 1e-12);
    assert_true(fabs(vww_recipe_learning_rate(&recipe, 20) - 0.0005) < 1e-12);
    assert_true(fabs(vww_recipe_learning_rate(&recipe, 30) - 0.00025) < 1e-12);
}

/* best and finish train on by RMSProp when quantization-aware, with nothing left of AdamW's
 * numbers. */
static void best_and_finish_change_optimizer_for_quantization(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_recipe recipe;
    const char *const names[] = {"best", "finish"};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(vww_recipe_read(names[i], false, &recipe, NULL, &error), &error);
        assert_ok(vww_recipe_resolve(&recipe, &error), &error);
        assert_string_equal(recipe.optimizer, "adamw");
        assert_true(recipe.epsilon < 1e-7 && recipe.weight_decay > 0.01);
        assert_ok(vww_recipe_read(names[i], true, &recipe, NULL, &error), &error);
        assert_ok(vww_recipe_resolve(&recipe, &error), &error);
        assert_string_equal(recipe.optimizer, "rmsprop");
        assert_true(recipe.epsilon > 0.5 && recipe.weight_decay < 1e-4);
        assert_true(recipe.gradient_decay < 0.95 && recipe.average_decay == 0);
        assert_true(fabs(vww_recipe_learning_rate(&recipe, 1) - 0.9e-5) < 1e-15);
    }
}

static void a_text_is_written_and_read_again(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_recipe recipe, again;
    char *first, *second;
    assert_ok(parse("vww-recipe 1\nschedule steps # falls\nschedule-steps 1, 2.5\n"
                    "weight_decay 0\nlearning_rate 0.1\nasync yes\n",
                    false, &recipe, &error),
              &error);
    assert_ok(vww_recipe_resolve(&recipe, &error), &error);
    assert_int_equal(recipe.schedule_steps.count, 2);
    assert_true(recipe.async);
    assert_ok(vww_recipe_write(&recipe, NULL, &first, &error), &error);
    assert_non_null(strstr(first, "\nlearning_rate 0.1\n"));
    assert_non_null(strstr(first, "\nweight_decay 0\n"));
    assert_ok(parse(first, false, &again, &error), &error);
    assert_ok(vww_recipe_write(&again, NULL, &second, &error), &error);
    assert_string_equal(first, second);
    vww_recipe_free(first);
    vww_recipe_free(second);
}

static void the_section_counts_where_it_is_asked_for(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_recipe recipe;
    const char *text = "vww-recipe 1\nepochs 9\n[quantize-aware]\nepochs 2\n";
    assert_ok(parse(text, false, &recipe, &error), &error);
    assert_int_equal(recipe.epochs, 9);
    assert_ok(parse(text, true, &recipe, &error), &error);
    assert_int_equal(recipe.epochs, 2);
}

static void bad_texts_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what, *place;
    } bad[] = {
        {"", "version", "line 1"},
        {"epochs 3\n", "version", "line 1"},
        {"vww-recipe 2\n", "another version", "line 1, column 12"},
        {"vww-recipe 1\nepoch 3\n", "no such setting", "line 2, column 7"},
        {"vww-recipe 1\n\nepochs\n", "no value", "line 3, column 1"},
        {"vww-recipe 1\nepochs three\n", "epochs", "line 2, column 8"},
        {"vww-recipe 1\nepochs 0\n", "out of range", "line 2"},
        {"vww-recipe 1\nepochs 2.5\n", "not understood", "line 2"},
        {"vww-recipe 1\nepochs 2\nepochs 3\n", "twice", "line 3"},
        {"vww-recipe 1\noptimizer adagrad\n", "unknown", "line 2"},
        {"vww-recipe 1\nmixup -1\n", "mixup is out of range", "line 2"},
        {"vww-recipe 1\ncutmix 33\n", "cutmix is out of range", "line 2"},
        {"vww-recipe 1\nflip true\n", "flip", "line 2"},
        {"vww-recipe 1\nschedule_steps 3 2\n", "ascend", "line 2"},
        {"vww-recipe 1\nlearning_rate nan\n", "not understood", "line 2"},
        {"vww-recipe 1\nquantize_aware yes\n", "not here", "line 2"},
        {"vww-recipe 1\n[int8]\n", "one section", "line 2"},
        {"vww-recipe 1\n[quantize-aware]\nepochs x\n", "epochs", "line 3"},
        {"vww-recipe 1\nepochs \x01\n", "no text", "line 2, column 8"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct vww_error error;
        struct vww_recipe recipe;
        if (parse(bad[i].text, false, &recipe, &error) == VWW_OK)
            fail_msg("accepted: %s", bad[i].text);
        if (strstr(error.what, bad[i].what) == NULL || strstr(error.place, bad[i].place) == NULL)
            fail_msg("%s: \"%s\" at %s", bad[i].text, error.what, error.place);
    }
}

static void pairs_need_two_images_in_every_chunk(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_recipe recipe;
    const char *const texts[] = {"vww-recipe 1\nbatch 31\nmixup 0.2\n",
                                 "vww-recipe 1\nbatch 31\ncutmix 1\n"};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(parse(texts[i], false, &recipe, &error), &error);
        assert_int_equal(vww_recipe_resolve(&recipe, &error), VWW_ERROR_ARGUMENT);
        assert_non_null(strstr(error.remedy, "batch of 32"));
        recipe.chunks = 15;
        assert_ok(vww_recipe_resolve(&recipe, &error), &error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_sound),
        cmocka_unit_test(presets_say_what_their_sources_say),
        cmocka_unit_test(best_and_finish_change_optimizer_for_quantization),
        cmocka_unit_test(a_text_is_written_and_read_again),
        cmocka_unit_test(the_section_counts_where_it_is_asked_for),
        cmocka_unit_test(bad_texts_are_refused_with_their_place),
        cmocka_unit_test(pairs_need_two_images_in_every_chunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
