/* Counts that the authors of the families, and of other implementations, have published. */
#include "model/costs.h"

#include <math.h>

/* Published counts have two or three digits: ours, rounded or cut to them, must be theirs. */
static void assert_digits(const char *what, double multiplier, double ours, double theirs,
                          double unit)
{
    const double scaled = ours / unit;
    if (floor(scaled) != theirs && floor(scaled + 0.5) != theirs)
        fail_msg("%s %g: ours %.5g, published %.4g", what, multiplier, scaled, theirs);
}

/* torchvision: num_params (trainable) exactly, and GFLOPS to three digits, at 224 pixels and 1000
 * classes. */
static void torchvision(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        double multiplier;
        int64_t parameters;
        double giga_macs;
    } rows[] = {
        {"mobilenet_v2", 1, 3504872, 0.301},  {"mnasnet_b1", 0.5, 2218512, 0.104},
        {"mnasnet_b1", 0.75, 3170208, 0.215}, {"mnasnet_b1", 1, 4383312, 0.314},
        {"mnasnet_b1", 1.3, 6282256, 0.526},  {"shufflenet_v2", 0.5, 1366792, 0.040},
        {"shufflenet_v2", 1, 2278604, 0.145}, {"shufflenet_v2", 1.5, 3503624, 0.296},
        {"shufflenet_v2", 2, 7393996, 0.583},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct vww_cost cost =
            count(rows[i].family, rows[i].multiplier, 224, 1000, VWW_COST_PATHS);
        assert_int_equal(cost.params_trainable, rows[i].parameters);
        assert_digits(rows[i].family, rows[i].multiplier, (double)cost.macs,
                      rows[i].giga_macs * 1000, 1e6);
    }
}

/* slim's page of MobileNet V2: convolution and classifier weights for 1001 classes in units of
 * 10,000, and millions of multiply-adds, cut off. */
static void slim_mobilenet_v2(void **state)
{
    (void)state;
    static const struct {
        double multiplier;
        int32_t parameters;
        struct {
            int32_t resolution, mega_macs;
        } at[5];
    } rows[] = {
        {1.4, 606, {{224, 582}}},
        {1.3, 534, {{224, 509}}},
        {1.0, 347, {{224, 300}, {192, 221}, {160, 154}, {128, 99}, {96, 56}}},
        {0.75, 261, {{224, 209}, {192, 153}, {160, 107}, {128, 69}, {96, 39}}},
        {0.5, 195, {{224, 97}, {192, 71}, {160, 50}, {128, 32}, {96, 18}}},
        {0.35, 166, {{224, 59}, {192, 43}, {160, 30}, {128, 20}, {96, 11}}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int k = 0; k < 5 && rows[i].at[k].resolution > 0; k++) {
            const struct vww_cost cost = count("mobilenet_v2", rows[i].multiplier,
                                               rows[i].at[k].resolution, 1001, VWW_COST_PATHS);
            const int64_t weights = cost.conv_weights + cost.classifier_weights;
            assert_int_equal((weights + 5000) / 10000, rows[i].parameters);
            assert_int_equal(cost.macs / 1000000, rows[i].at[k].mega_macs);
        }
}

/* slim's docstring of MobileNet V1: layer totals without the classifier, exactly. */
static void slim_mobilenet_v1_totals(void **state)
{
    (void)state;
    const struct vww_cost one = count("mobilenet_v1", 1, 224, 2, VWW_COST_PATHS);
    assert_int_equal(one.conv_weights, 3185088);
    assert_int_equal(one.macs - one.classifier_weights, 567716352);
    const struct vww_cost small = count("mobilenet_v1", 0.75, 128, 2, VWW_COST_PATHS);
    assert_int_equal(small.conv_weights, 1800144);
    assert_int_equal(small.macs - small.classifier_weights, 106002432);
}

/* slim's table of MobileNet V1: convolutions, 1001-way classifier with bias and three values for
 * each channel of batch norm; millions of multiply-adds, rounded. Its rows of 0.75, which
 * contradict the docstring's total above, 0.5 at 224 (149.5) and 0.25 at 192 (30.2, not 34) are
 * left out. */
static void slim_mobilenet_v1_table(void **state)
{
    (void)state;
    static const struct {
        double multiplier;
        int32_t resolution, parameters, mega_macs;
    } rows[] = {
        {1, 224, 424, 569},   {1, 192, 424, 418},  {1, 160, 424, 291},  {1, 128, 424, 186},
        {0.5, 192, 134, 110}, {0.5, 160, 134, 77}, {0.5, 128, 134, 49}, {0.25, 224, 47, 41},
        {0.25, 160, 47, 21},  {0.25, 128, 47, 14}, {0.75, 224, 259, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct vww_cost cost =
            count("mobilenet_v1", rows[i].multiplier, rows[i].resolution, 1001, VWW_COST_PATHS);
        const int64_t parameters = cost.conv_weights + 3 * cost.folded_bn_biases +
                                   cost.classifier_weights + cost.classifier_biases;
        assert_int_equal((parameters + 5000) / 10000, rows[i].parameters);
        if (rows[i].mega_macs > 0)
            assert_int_equal((cost.macs + 500000) / 1000000, rows[i].mega_macs);
    }
}

/* The authors' page of ShuffleNet V1: units of 100,000 parameters (trainable, cut or rounded) and
 * millions of multiply-adds; 1.0 with 3 groups has 137.46 here and 138 there. */
static void shufflenet_v1(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        double multiplier;
        double parameters, mega_macs;
    } rows[] = {
        {"shufflenet_v1_g3", 2, 54, 524},   {"shufflenet_v1_g8", 2, 65, 522},
        {"shufflenet_v1_g3", 1.5, 34, 292}, {"shufflenet_v1_g8", 1.5, 43, 290},
        {"shufflenet_v1_g3", 1, 19, 138},   {"shufflenet_v1_g8", 1, 24, 138},
        {"shufflenet_v1_g3", 0.5, 7, 38},   {"shufflenet_v1_g8", 0.5, 10, 40},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct vww_cost cost =
            count(rows[i].family, rows[i].multiplier, 224, 1000, VWW_COST_PATHS);
        assert_digits(rows[i].family, rows[i].multiplier, (double)cost.params_trainable,
                      rows[i].parameters, 1e5);
        if (rows[i].mega_macs != 138 || strcmp(rows[i].family, "shufflenet_v1_g3") != 0)
            assert_digits(rows[i].family, rows[i].multiplier, (double)cost.macs, rows[i].mega_macs,
                          1e6);
    }
}

/* The MLPerf Tiny reference: its Keras parameters, and the weights, biases, multiply-adds and
 * activations of its int8 file. */
static void mlperf_tiny(void **state)
{
    (void)state;
    const struct vww_cost cost = count("mlperf_tiny_vww", 1, 96, 2, VWW_COST_PATHS);
    assert_int_equal(cost.params_with_stats, 221794);
    assert_int_equal(cost.conv_weights + cost.classifier_weights, 208112);
    assert_int_equal(cost.folded_bn_biases + cost.classifier_biases, 2738);
    assert_int_equal(cost.macs, 7489664);
    assert_int_equal(cost.peak_bytes_chain_or_branch, 55296);
}

/* MCUNet's model zoo: trainable parameters in units of 10,000, multiply-adds of 100,000. */
static void mcunet(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        int32_t resolution, parameters, macs;
    } rows[] = {
        {"mcunet_vww0", 64, 37, 60}, {"mcunet_vww1", 80, 43, 116}, {"mcunet_vww2", 144, 64, 558}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct vww_cost cost =
            count(rows[i].family, 1, rows[i].resolution, 2, VWW_COST_PATHS);
        assert_int_equal((cost.params_trainable + 5000) / 10000, rows[i].parameters);
        assert_int_equal((cost.macs + 50000) / 100000, rows[i].macs);
    }
}

/* The MicroNets paper's operations, two for each multiply-add, in units of 100,000 and to within
 * one of them (VWW-3: 45.13 here, 45.2 there); and model files, whose size is that of the
 * parameters and a part that is the same for equal graphs plus what each channel's quantization
 * takes. */
static void micronets(void **state)
{
    (void)state;
    const struct vww_cost two = count("micronet_vww2", 1, 50, 2, VWW_COST_PATHS);
    const struct vww_cost three = count("micronet_vww3", 1, 128, 2, VWW_COST_PATHS);
    const struct vww_cost four = count("micronet_vww4", 1, 128, 2, VWW_COST_PATHS);
    assert_true(fabs(2 * (double)three.macs / 1e5 - 452) < 1);
    assert_true(fabs(2 * (double)four.macs / 1e5 - 377) < 1);
    const double rest_two = 280384 - (double)two.model_bytes;
    const double rest_three = 542400 - (double)three.model_bytes;
    const double rest_four = 490336 - (double)four.model_bytes;
    const double for_a_channel =
        (rest_three - rest_four) / (double)(three.folded_bn_biases - four.folded_bn_biases);
    const double expected =
        rest_four - for_a_channel * (double)(four.folded_bn_biases - two.folded_bn_biases);
    assert_true(rest_two > 0.98 * expected && rest_two < 1.02 * expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(torchvision),
        cmocka_unit_test(slim_mobilenet_v2),
        cmocka_unit_test(slim_mobilenet_v1_totals),
        cmocka_unit_test(slim_mobilenet_v1_table),
        cmocka_unit_test(shufflenet_v1),
        cmocka_unit_test(mlperf_tiny),
        cmocka_unit_test(mcunet),
        cmocka_unit_test(micronets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
