/* Fake quantization, layer by layer: what training computes for each operator of each family is
 * what the integer runtime computes from the same integers, to within one unit in the last place.
 */
#include "train/builder.h"

#include "base/memory.h"
#include "lower/lower.h"
#include "train/targets.h"
#include "train/trainer.h"
#include "vww/network.h"
#include "vww/quantization.h"
#include "vww/quantize.h"
#include "vww/zoo.h"

#include <math.h>

#define BATCH 8
#define SEEN 2 /* images that are compared */

static struct vww_error error;

/* What training with fake quantization makes of a network in a few steps. */
static struct vww_graph *train_fake(const struct vww_graph *folded)
{
    const struct vww_share alone = {.chunks = VWW_CHUNKS};
    const struct vww_shape *in = &folded->tensors[folded->input].shape;
    const size_t image = (size_t)vww_shape_elements(in);
    uint8_t *images = vww_allocate(BATCH, image);
    int32_t labels[BATCH];
    const int32_t classes = (int32_t)vww_shape_elements(&folded->tensors[folded->output].shape);
    double *targets = vww_allocate(BATCH * (size_t)classes, sizeof *targets);
    struct vww_recipe recipe;
    struct vww_trainer *trainer;
    struct vww_random random = vww_random_init(6, VWW_RANDOM_TEST, 0, 0);
    assert_non_null(images);
    assert_non_null(targets);
    for (size_t i = 0; i < BATCH * image; i++)
        images[i] = (uint8_t)vww_random_below(&random, 256);
    for (int32_t i = 0; i < BATCH; i++)
        labels[i] = i % 2;
    vww_targets_fill(labels, BATCH, classes, 0, targets);
    const struct vww_batch batch = {
        .images = images, .labels = labels, .targets = targets, .count = BATCH};
    vww_recipe_init(&recipe);
    recipe.batch = BATCH;
    recipe.quantize_aware = true;
    recipe.optimizer = "adamw";
    recipe.learning_rate = 1e-4;
    assert_ok(vww_recipe_resolve(&recipe, &error), &error);
    assert_ok(vww_trainer_create(folded, &recipe, &alone, &trainer, &error), &error);
    for (int32_t call = 0; call < 3; call++)
        vww_trainer_calibrate(trainer, images, BATCH, call);
    for (int step = 0; step < 3; step++)
        assert_ok(vww_trainer_step(trainer, &batch, 3, &error), &error);
    struct vww_graph *trained = vww_graph_copy(vww_trainer_graph(trainer));
    assert_non_null(trained);
    vww_trainer_destroy(trainer);
    vww_free(images);
    vww_free(targets);
    return trained;
}

/* --- the fake network's activations as integers --------------------------------------------------
 */

struct seen {
    const struct vww_graph *graph;
    int8_t **integers; /* of each activation, SEEN images */
};

static void see(void *context, int32_t tensor, const float *values, int64_t count)
{
    struct seen *seen = context;
    const struct vww_quantization *q = &seen->graph->tensors[tensor].quantization;
    assert_int_equal(q->count, 1);
    seen->integers[tensor] = vww_allocate((size_t)count, 1);
    assert_non_null(seen->integers[tensor]);
    for (int64_t i = 0; i < count; i++) {
        const double steps = (double)values[i] / (double)q->scales[0] + q->zero_points[0];
        assert_true(fabs(steps - round(steps)) < 1e-3); /* on the grid */
        assert_true(round(steps) >= -128 && round(steps) <= 127);
        seen->integers[tensor][i] = (int8_t)round(steps);
    }
}

static struct seen look(const struct vww_graph *fake)
{
    struct seen seen = {fake, vww_allocate((size_t)fake->tensor_count, sizeof *seen.integers)};
    const size_t image = (size_t)vww_shape_elements(&fake->tensors[fake->input].shape);
    uint8_t *images = vww_allocate(SEEN, image);
    struct vww_random random = vww_random_init(7, VWW_RANDOM_TEST, 0, 0);
    assert_true(seen.integers != NULL && images != NULL);
    for (size_t i = 0; i < SEEN * image; i++)
        images[i] = (uint8_t)vww_random_below(&random, 256);
    assert_ok(vww_network_observe(fake, images, SEEN, see, &seen, &error), &error);
    vww_free(images);
    return seen;
}

static void forget(struct seen *seen)
{
    for (int32_t t = 0; t < seen->graph->tensor_count; t++)
        vww_free(seen->integers[t]);
    vww_free(seen->integers);
}

/* --- one operator --------------------------------------------------------------------------------
 */

/* The largest difference of an output's integers. */
static int compare_op(const struct vww_graph *integer, int32_t index, const struct seen *seen,
                      int32_t image)
{
    const struct vww_op *op = &integer->ops[index];
    const int8_t *from[VWW_MAX_INPUTS];
    int8_t *to[VWW_MAX_OUTPUTS];
    struct vww_lowered lowered;
    int largest = 0;
    assert_ok(vww_lower_op(integer, index, &lowered, &error), &error);
    for (int32_t k = 0; k < op->input_count; k++) {
        const struct vww_tensor *tensor = &integer->tensors[op->inputs[k]];
        from[k] = tensor->role == VWW_ROLE_ACTIVATION
                      ? seen->integers[op->inputs[k]] + image * vww_shape_elements(&tensor->shape)
                      : tensor->data;
    }
    for (int32_t k = 0; k < op->output_count; k++) {
        to[k] =
            vww_allocate((size_t)vww_shape_elements(&integer->tensors[op->outputs[k]].shape), 1);
        assert_non_null(to[k]);
    }
    vww_lowered_run(&lowered, from, to);
    for (int32_t k = 0; k < op->output_count; k++) {
        const int64_t elements = vww_shape_elements(&integer->tensors[op->outputs[k]].shape);
        const int8_t *wanted = seen->integers[op->outputs[k]] + image * elements;
        for (int64_t i = 0; i < elements; i++)
            largest = abs(to[k][i] - wanted[i]) > largest ? abs(to[k][i] - wanted[i]) : largest;
        vww_free(to[k]);
    }
    vww_lowered_fini(&lowered);
    return largest;
}

/* The parameters of the fake network are those of the integer one. */
static void compare_parameters(const struct vww_graph *fake, const struct vww_graph *integer)
{
    for (int32_t t = 0; t < fake->tensor_count; t++) {
        const struct vww_quantization *a = &fake->tensors[t].quantization;
        const struct vww_quantization *b = &integer->tensors[t].quantization;
        if (fake->tensors[t].role != VWW_ROLE_ACTIVATION)
            continue;
        if (a->count != 1 || b->count != 1 || a->scales[0] != b->scales[0] ||
            a->zero_points[0] != b->zero_points[0])
            fail_msg("%s: tensor %s has other parameters", fake->name, fake->tensors[t].name);
    }
}

static void compare(const struct vww_graph *folded)
{
    struct vww_graph *fake = train_fake(folded), *integer;
    struct seen seen = look(fake);
    bool varied = false;
    assert_ok(vww_quantize_convert(fake, &integer, &error), &error);
    assert_int_equal(integer->op_count, fake->op_count);
    compare_parameters(fake, integer);
    for (int32_t i = 0; i < integer->op_count; i++)
        for (int32_t image = 0; image < SEEN; image++) {
            const int off = compare_op(integer, i, &seen, image);
            if (off > 1)
                fail_msg("%s: operator %s (%s) is off by %d", folded->name, integer->ops[i].name,
                         vww_op_name(integer->ops[i].kind), off);
        }
    /* Integers that are all alike would show nothing. */
    const int32_t logits = fake->ops[fake->op_count - 1].inputs[0];
    const int8_t *last = seen.integers[logits];
    for (int64_t i = 1; i < SEEN * vww_shape_elements(&fake->tensors[logits].shape); i++)
        varied |= last[i] != last[0];
    assert_true(varied);
    forget(&seen);
    vww_graph_destroy(integer);
    vww_graph_destroy(fake);
}

static void every_family_layer_by_layer(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *family = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++, family++) {
        struct vww_graph *graph, *folded;
        const struct vww_zoo_options options = {.family = family->name,
                                                .depth_multiplier = family->in_grid ? 0.35 : 1,
                                                .resolution = family->in_grid ? 48 : 64,
                                                .classes = 2};
        assert_ok(vww_zoo_build(&options, &graph, &error), &error);
        if (graph->tensors[graph->input].shape.dims[3] == 3) { /* grey images are not trained on */
            assert_ok(vww_quantize_random_float(graph, 3, NULL, &folded, &error), &error);
            compare(folded);
            vww_graph_destroy(folded);
        }
        vww_graph_destroy(graph);
    }
}

/* Every operator that joins, parts or moves, among them a CONCAT of tensors with ranges of their
 * own. */
static void branches_layer_by_layer(void **state)
{
    (void)state;
    struct vww_graph *graph = every_branch(24), *folded;
    graph->preprocessing.mean = 128;
    graph->preprocessing.scale = 1.0f / 128;
    assert_ok(vww_quantize_random_float(graph, 3, NULL, &folded, &error), &error);
    compare(folded);
    vww_graph_destroy(folded);
    vww_graph_destroy(graph);
}

/* CONCAT's inputs and output, and what only moves them on, share the range of all. */
static void joined_tensors_share_a_range(void **state)
{
    (void)state;
    struct vww_graph *graph, *folded;
    const struct vww_zoo_options options = {
        .family = "shufflenet_v2", .depth_multiplier = 0.5, .resolution = 48, .classes = 2};
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_quantize_random_float(graph, 3, NULL, &folded, &error), &error);
    struct vww_graph *fake = train_fake(folded);
    int32_t joined = 0;
    for (int32_t i = 0; i < fake->op_count; i++) {
        const struct vww_op *op = &fake->ops[i];
        if (op->kind != VWW_OP_CONCAT)
            continue;
        joined++;
        const struct vww_tensor *out = &fake->tensors[op->outputs[0]];
        for (int32_t k = 0; k < op->input_count; k++) {
            const struct vww_tensor *in = &fake->tensors[op->inputs[k]];
            assert_float_equal(in->quantization.scales[0], out->quantization.scales[0], 0);
            assert_int_equal(in->quantization.zero_points[0], out->quantization.zero_points[0]);
            assert_true(in->range_low >= out->range_low && in->range_high <= out->range_high);
        }
    }
    assert_true(joined > 10);
    vww_graph_destroy(fake);
    vww_graph_destroy(folded);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_layer_by_layer),
        cmocka_unit_test(branches_layer_by_layer),
        cmocka_unit_test(joined_tensors_share_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
