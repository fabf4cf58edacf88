/* Every number that the paper gives about the cost of its networks: docs/paper.md is about the same
 * figures. */
#include "model/costs.h"

static int64_t kilobytes(int64_t bytes) /* of 1000 bytes, rounded */
{
    return (bytes + 500) / 1000;
}

/* "208 KB, 290 KB, 569 KB, 400 KB": one reading gives all four, that of a kilobyte of 1000 bytes,
 * the weights of the convolutions and of a three-way classifier, and the last convolution scaled.
 */
static void model_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        double multiplier;
        int64_t kilobytes;
    } rows[] = {{"mobilenet_v1", 0.25, 208},
                {"mobilenet_v2_scaled", 0.35, 290},
                {"mobilenet_v2_scaled", 0.5, 569},
                {"mnasnet_b1_scaled", 0.35, 400}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct vww_cost cost =
            count(rows[i].family, rows[i].multiplier, 96, 3, VWW_COST_PATHS);
        assert_int_equal(kilobytes(cost.conv_weights + cost.classifier_weights), rows[i].kilobytes);
    }
}

/* "50 M multiply-adds, 1.95 M parameters": MobileNet V2 0.5 at 160 for ImageNet. */
static void imagenet_example(void **state)
{
    (void)state;
    const struct vww_cost cost = count("mobilenet_v2", 0.5, 160, 1000, VWW_COST_PATHS);
    assert_int_equal(cost.macs, 50184000);
    assert_int_equal(cost.conv_weights + cost.classifier_weights, 1949136);
}

/* Section 5.3: the stem limited to 8 channels and six paths; six is the least number for which a
 * block needs no more than the stem. */
static void split_paths(void **state)
{
    (void)state;
    assert_int_equal(count("mobilenet_v2_scaled", 0.35, 224, 2, 6).peak_bytes_split6, 351232);
    assert_int_equal(count("mobilenet_v2_vww", 0.35, 224, 2, 6).peak_bytes_split6, 250880);
    assert_int_equal(count("mobilenet_v2_vww", 0.35, 224, 2, 3).peak_bytes_split6, 376320);
    assert_int_equal(count("mobilenet_v2_vww", 0.35, 224, 2, 4).peak_bytes_split6, 313600);
    assert_true(count("mobilenet_v2_vww", 0.35, 224, 2, 5).peak_bytes_split6 > 250880);
    assert_string_equal(count("mobilenet_v2_vww", 0.35, 224, 2, 6).split6_at, "conv0");
    assert_string_equal(count("mobilenet_v2_vww", 0.35, 224, 2, 5).split6_at, "b2_expand");
}

/* The closed forms, in units of the resolution's square; the split V2 and MnasNet coincide, as the
 * overlapping points of figure 3 do. */
static void closed_forms(void **state)
{
    (void)state;
    static const int32_t resolutions[] = {96, 128, 160, 192, 224};
    for (size_t i = 0; i < sizeof resolutions / sizeof resolutions[0]; i++) {
        const int32_t r = resolutions[i];
        const struct vww_cost v1 = count("mobilenet_v1", 0.25, r, 2, 6);
        const struct vww_cost v2 = count("mobilenet_v2_vww", 0.35, r, 2, 6);
        const struct vww_cost mnasnet = count("mnasnet_b1_vww", 0.35, r, 2, 6);
        assert_int_equal(v1.peak_bytes_chain_or_branch, 6 * r * r);
        assert_int_equal(v2.peak_bytes_chain_or_branch, 15 * r * r);
        assert_int_equal(v2.peak_bytes_split6, 5 * r * r);
        assert_int_equal(mnasnet.peak_bytes_chain_or_branch, 8 * r * r);
        assert_int_equal(mnasnet.peak_bytes_split6, 5 * r * r);
        /* "less than 60 million" */
        assert_true(v1.macs < VWW_BUDGET_MACS && v2.macs < VWW_BUDGET_MACS &&
                    mnasnet.macs < VWW_BUDGET_MACS);
    }
}

/* "Within 250 KB": at 224 pixels the split V2 and MnasNet fit in 250 times 1024 bytes only, V1 in
 * neither; of the three model sizes, only V1's is below the budget. */
static void budgets(void **state)
{
    (void)state;
    struct vww_budget_check checks[VWW_BUDGET_COUNT];
    const struct vww_cost v2 = count("mobilenet_v2_vww", 0.35, 224, 2, 6);
    vww_cost_check_budgets(&v2, checks);
    assert_false(checks[0].fits_1024);
    assert_string_equal(checks[1].name, "peak_memory_split");
    assert_false(checks[1].fits_1000);
    assert_true(checks[1].fits_1024);
    assert_false(checks[2].fits_1024);
    assert_true(checks[3].fits_1000);
    const struct vww_cost v1 = count("mobilenet_v1", 0.25, 224, 2, 6);
    vww_cost_check_budgets(&v1, checks);
    assert_int_equal(checks[0].value, 301056);
    assert_false(checks[0].fits_1024);
    assert_true(checks[2].fits_1000);
    const struct vww_cost v1_192 = count("mobilenet_v1", 0.25, 192, 2, 6);
    vww_cost_check_budgets(&v1_192, checks);
    assert_true(checks[0].fits_1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_sizes), cmocka_unit_test(imagenet_example),
        cmocka_unit_test(split_paths), cmocka_unit_test(closed_forms),
        cmocka_unit_test(budgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
