/* Plans of whole graphs, and the validator that must refuse wrong ones. */
#include "base/memory.h"
#include "base/random.h"
#include "plan/plan.h"
#include "plan/toy_kernels.h"
#include "support/check.h"
#include "vww/cost.h"
#include "vww/fold.h"
#include "vww/plan.h"
#include "vww/zoo.h"

static vww_status make(const struct vww_graph *graph, const char *strategy, struct vww_plan *plan,
                       struct vww_error *error)
{
    return vww_plan_make(graph, &(struct vww_plan_options){.strategy = strategy}, plan, error);
}

static int32_t add_tensor(struct vww_graph *graph, enum vww_role role, int rank, int32_t a,
                          int32_t b, int32_t c, int32_t d)
{
    char name[32];
    const struct vww_shape shape = {.rank = rank, .dims = {a, b, c, d}};
    snprintf(name, sizeof name, "t%d", (int)graph->tensor_count);
    const int32_t tensor = vww_graph_tensor(graph, name, VWW_INT8, role, &shape);
    assert_true(tensor >= 0);
    return tensor;
}

/* Append op with an int8 output; returns the output tensor. */
static int32_t append(struct vww_graph *graph, struct vww_op op)
{
    struct vww_error error;
    snprintf(op.name, sizeof op.name, "op%d", (int)graph->op_count);
    assert_ok(vww_graph_append(graph, &op, &error), &error);
    const int32_t output = graph->ops[graph->op_count - 1].outputs[0];
    graph->tensors[output].dtype = VWW_INT8;
    return output;
}

static int32_t conv(struct vww_graph *graph, int32_t x, int32_t channels, int32_t stride)
{
    const int32_t weights =
        add_tensor(graph, VWW_ROLE_WEIGHT, 4, channels, 1, 1, graph->tensors[x].shape.dims[3]);
    return append(graph, (struct vww_op){.kind = VWW_OP_CONV_2D,
                                         .inputs = {x, weights},
                                         .input_count = 2,
                                         .stride_h = stride,
                                         .stride_w = stride,
                                         .dilation_h = 1,
                                         .dilation_w = 1,
                                         .groups = 1});
}

static int32_t pool_all(struct vww_graph *graph, int32_t x)
{
    const struct vww_shape *shape = &graph->tensors[x].shape;
    return append(graph, (struct vww_op){.kind = VWW_OP_AVERAGE_POOL_2D,
                                         .inputs = {x},
                                         .input_count = 1,
                                         .kernel_h = shape->dims[1],
                                         .kernel_w = shape->dims[2],
                                         .stride_h = 1,
                                         .stride_w = 1,
                                         .padding = VWW_PADDING_VALID});
}

/* A random graph: chains, branches, values read late and by several operators, renamings, and an
 * operator with five activations as inputs (batch norm with computed parameters: no network has
 * it, but its shape rule holds and it makes lifetimes nest). */
static struct vww_graph *random_graph(uint64_t index)
{
    struct vww_random random = vww_random_init(7, VWW_RANDOM_TEST, 0, index);
    struct vww_graph *graph = vww_graph_create("random");
    assert_non_null(graph);
    const int32_t side = 1 + (int32_t)vww_random_below(&random, 8);
    const int32_t channels = 1 + (int32_t)vww_random_below(&random, 4);
    int32_t images[32], vectors[32], image_count = 0, vector_count = 0;
    graph->input = images[image_count++] =
        add_tensor(graph, VWW_ROLE_ACTIVATION, 4, 1, side, side, channels);
    const int32_t ops = 1 + (int32_t)vww_random_below(&random, 14);
    int32_t last = graph->input;
    for (int32_t i = 0; i < ops; i++) {
        const int32_t x = vww_random_below(&random, 2) == 0
                              ? images[image_count - 1]
                              : images[vww_random_below(&random, (uint32_t)image_count)];
        switch (vww_random_below(&random, 5)) {
        case 0: /* all images have `channels` channels, so that all vectors fit all images */
            last = conv(graph, x, channels, 1 + (int32_t)vww_random_below(&random, 2));
            images[image_count++] = last;
            break;
        case 1:
            last = pool_all(graph, x);
            vectors[vector_count++] = last;
            break;
        case 2:
            last = append(graph, (struct vww_op){.kind = VWW_OP_RESHAPE,
                                                 .inputs = {x},
                                                 .input_count = 1,
                                                 .shape = graph->tensors[x].shape});
            images[image_count++] = last;
            break;
        case 3:
            last = append(graph,
                          (struct vww_op){.kind = VWW_OP_RELU, .inputs = {x}, .input_count = 1});
            images[image_count++] = last;
            break;
        default: {
            struct vww_op op = {.kind = VWW_OP_BATCH_NORM, .inputs = {x}, .input_count = 5};
            for (int k = 1; k < 5; k++)
                op.inputs[k] = vector_count > 0
                                   ? vectors[vww_random_below(&random, (uint32_t)vector_count)]
                                   : add_tensor(graph, VWW_ROLE_BN_SCALE, 1, channels, 0, 0, 0);
            last = append(graph, op);
            images[image_count++] = last;
        }
        }
    }
    graph->output = vww_random_below(&random, 3) > 0
                        ? last
                        : images[vww_random_below(&random, (uint32_t)image_count)];
    return graph;
}

static int32_t depthwise(struct vww_graph *graph, int32_t x, int32_t side, int32_t stride,
                         int32_t dilation)
{
    const int32_t weights =
        add_tensor(graph, VWW_ROLE_WEIGHT, 4, 1, side, side, graph->tensors[x].shape.dims[3]);
    return append(graph, (struct vww_op){.kind = VWW_OP_DEPTHWISE_CONV_2D,
                                         .inputs = {x, weights},
                                         .input_count = 2,
                                         .stride_h = stride,
                                         .stride_w = 1,
                                         .dilation_h = dilation,
                                         .dilation_w = 1,
                                         .groups = 1});
}

static int32_t pointwise(struct vww_graph *graph, int32_t x, struct vww_random *random)
{
    const struct vww_shape shape = graph->tensors[x].shape;
    const enum vww_op_kind kinds[] = {VWW_OP_LOGISTIC, VWW_OP_HARD_SWISH, VWW_OP_QUANTIZE};
    struct vww_op op = {
        .kind = kinds[vww_random_below(random, 3)], .inputs = {x}, .input_count = 1};
    const uint32_t form = vww_random_below(random, 5);
    if (form < 2)
        return append(graph, op);
    op.kind = form == 4 ? VWW_OP_ADD : VWW_OP_MUL;
    op.input_count = 2;
    if (form == 2)
        op.inputs[1] = append(
            graph, (struct vww_op){.kind = VWW_OP_LOGISTIC, .inputs = {x}, .input_count = 1});
    else if (form == 3)
        op.inputs[1] = pool_all(graph, x);
    else
        op.inputs[1] = add_tensor(graph, VWW_ROLE_CONSTANT, 1, shape.dims[3], 0, 0, 0);
    return append(graph, op);
}

/* Convolutions, pools, sums and activations of images, as in networks: chains with residuals. */
static struct vww_graph *random_windows(uint64_t index)
{
    struct vww_random random = vww_random_init(11, VWW_RANDOM_TEST, 0, index);
    struct vww_graph *graph = vww_graph_create("windows");
    assert_non_null(graph);
    int32_t x = graph->input = add_tensor(graph, VWW_ROLE_ACTIVATION, 4, 1,
                                          3 + (int32_t)vww_random_below(&random, 14), 3, 2);
    int32_t residual = x;
    const int32_t ops = 2 + (int32_t)vww_random_below(&random, 9);
    for (int32_t i = 0; i < ops; i++) {
        const int32_t channels = graph->tensors[x].shape.dims[3];
        switch (vww_random_below(&random, 7)) {
        case 0:
            x = conv(graph, x, 1 + (int32_t)vww_random_below(&random, 5), 1);
            break;
        case 6: /* with the image's own rows, one row for all, one value for each channel */
            x = pointwise(graph, x, &random);
            break;
        case 5: /* an inverted residual */
            x = conv(graph, x, 8 + (int32_t)vww_random_below(&random, 16), 1);
            x = depthwise(graph, x, 3, 1 + (int32_t)vww_random_below(&random, 2), 1);
            x = conv(graph, x, channels, 1);
            break;
        case 1:
        case 2: {
            const int32_t side = 1 + 2 * (int32_t)vww_random_below(&random, 3);
            const int32_t stride = 1 + (int32_t)vww_random_below(&random, 2);
            x = depthwise(graph, x, side, stride, 1 + (int32_t)vww_random_below(&random, 2));
            if (graph->ops[graph->op_count - 1].stride_h == 1)
                break;
            residual = x;
            break;
        }
        case 3:
            x = append(graph,
                       (struct vww_op){.kind = VWW_OP_RELU, .inputs = {x}, .input_count = 1});
            break;
        default:
            if (vww_shape_equal(&graph->tensors[x].shape, &graph->tensors[residual].shape))
                x = append(
                    graph,
                    (struct vww_op){.kind = VWW_OP_ADD, .inputs = {residual, x}, .input_count = 2});
            residual = x;
        }
    }
    graph->output = x;
    if (graph->op_count == 0)
        graph->output =
            append(graph, (struct vww_op){.kind = VWW_OP_RELU, .inputs = {x}, .input_count = 1});
    return graph;
}

static bool pairwise_disjoint(const struct vww_plan *plan)
{
    for (int32_t a = 0; a < plan->tensor_count; a++)
        for (int32_t b = 0; b < a; b++) {
            const struct vww_placement *x = &plan->placements[a], *y = &plan->placements[b];
            if (x->offset >= 0 && y->offset >= 0 && x->alias_of < 0 && y->alias_of < 0 &&
                x->first <= y->last && y->first <= x->last && x->offset < y->offset + y->bytes &&
                y->offset < x->offset + x->bytes)
                return false;
        }
    return true;
}

static void random_graphs_get_valid_plans(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 150; i++) {
        struct vww_error error;
        struct vww_plan plan;
        struct vww_graph *graph = random_graph(i);
        assert_ok(make(graph, "plain", &plan, &error), &error);
        assert_string_equal(plan.strategy, "plain");
        assert_true(pairwise_disjoint(&plan));
        int64_t most = 0;
        for (int32_t op = -1; op <= graph->op_count; op++)
            if (vww_plan_live_bytes(&plan, op) > most)
                most = vww_plan_live_bytes(&plan, op);
        assert_int_equal(most, plan.least_bytes);
        assert_true(plan.arena_bytes >= plan.least_bytes);
        assert_true(plan.is_optimal);
        vww_plan_fini(&plan);
        vww_graph_destroy(graph);
    }
}

/* Working memory for operators of a graph, also of one that was split: a function of the name. */
static vww_status draw_scratch(const struct vww_graph *graph, void *context, int64_t *scratch,
                               struct vww_error *error)
{
    (void)error;
    for (int32_t op = 0; op < graph->op_count; op++) {
        uint64_t hash = *(const uint64_t *)context;
        for (const char *at = graph->ops[op].name; *at != '\0'; at++)
            hash = toy_mix(hash, (uint64_t)*at);
        scratch[op] = hash % 3 == 0 ? (int64_t)(hash / 3 % 40) : 0;
    }
    return VWW_OK;
}

/* Every strategy, with and without working memory, computes what whole planes compute; none needs
 * more than the one before it. */
static void all_strategies_compute_the_same(void **state)
{
    (void)state;
    static const char *const strategies[] = {"plain",  "in-place",     "split",
                                             "stream", "stream+split", "auto"};
    int rings = 0, overlaps = 0, split = 0;
    for (uint64_t i = 0; i < 150; i++) {
        struct vww_graph *graph = i % 2 == 0 ? random_graph(i) : random_windows(i);
        int64_t least = INT64_MAX, whole = INT64_MAX; /* of all; of those without parts */
        for (size_t k = 0; k < sizeof strategies / sizeof strategies[0]; k++) {
            struct vww_error error;
            struct vww_plan plan;
            const struct vww_plan_options options = {.strategy = strategies[k],
                                                     .scratch = i % 3 == 0 ? NULL : draw_scratch,
                                                     .scratch_context = &i};
            assert_ok(vww_plan_make(graph, &options, &plan, &error), &error);
            const struct vww_graph *of = vww_plan_graph(&plan, graph);
            int64_t scratch[256];
            assert_true(of->op_count <= 256);
            if (options.scratch != NULL)
                assert_ok(draw_scratch(of, &i, scratch, &error), &error);
            assert_true(
                toy_computes_the_same(of, &plan, options.scratch != NULL ? scratch : NULL, i));
            split += plan.split != NULL && of->op_count > graph->op_count;
            assert_true(plan.arena_bytes + plan.scratch_bytes >= plan.least_bytes);
            for (int32_t t = 0; t < plan.tensor_count; t++)
                rings += plan.placements[t].offset >= 0 && plan.placements[t].alias_of < 0 &&
                         of->tensors[t].shape.rank == 4 &&
                         plan.placements[t].rows < of->tensors[t].shape.dims[1];
            overlaps += !pairwise_disjoint(&plan);
            const int64_t bytes = plan.arena_bytes + plan.scratch_bytes;
            if (strcmp(strategies[k], "auto") == 0) /* parts have to save a sixteenth */
                assert_true(bytes <= whole && 16 * bytes <= 17 * least);
            least = bytes < least ? bytes : least;
            if (of->op_count == graph->op_count)
                whole = bytes < whole ? bytes : whole;
            vww_plan_fini(&plan);
        }
        vww_graph_destroy(graph);
    }
    print_message("%d plans in paths\n", split);
    assert_true(rings > 100 && overlaps > 100 && split > 50);
}

/* The most that is live while operators first … last run, in a schedule of the whole graph with
 * them as its only segment. */
static int64_t live_in_whole(const struct vww_graph *graph, int32_t first, int32_t last, bool fed,
                             const int64_t *scratch)
{
    struct vww_error error;
    struct vww_schedule schedule;
    int32_t firsts[64];
    int64_t most = 0;
    for (int32_t i = 0; i < graph->op_count; i++)
        firsts[i] = i >= first && i <= last ? first : i;
    const struct vww_segments segments = {.first = firsts, .feeds_rows = fed};
    assert_ok(vww_schedule_make(graph, &segments, first == last, scratch, &schedule, &error),
              &error);
    for (int32_t time = 0; time < schedule.count; time++) {
        const int32_t op = schedule.moments[time].op;
        if (((op >= first && op <= last) || (op == VWW_STEP_INPUT && first == 0)) &&
            schedule.live[time] > most)
            most = schedule.live[time];
    }
    if (last + 1 == graph->op_count && schedule.live[schedule.count] > most)
        most = schedule.live[schedule.count];
    vww_schedule_fini(&schedule);
    return most;
}

/* A segment played by itself needs what it needs within the whole. */
static void segments_cost_what_they_do_in_the_whole(void **state)
{
    (void)state;
    int compared = 0;
    for (uint64_t i = 0; i < 60; i++) {
        struct vww_graph *graph = i % 2 == 0 ? random_graph(i) : random_windows(i);
        struct vww_error error;
        struct vww_segment_costs *costs;
        int64_t scratch[64];
        assert_true(graph->op_count <= 64);
        assert_ok(draw_scratch(graph, &i, scratch, &error), &error);
        assert_ok(vww_segment_costs_create(graph, scratch, &costs, &error), &error);
        for (int32_t first = 0; first < graph->op_count; first++)
            for (int32_t last = first; last < graph->op_count; last++)
                for (int fed = 0; fed <= (first == 0); fed++) {
                    const int64_t bytes = vww_segment_bytes(costs, first, last, fed);
                    if (bytes == INT64_MAX)
                        continue;
                    assert_int_equal(bytes, live_in_whole(graph, first, last, fed, scratch));
                    compared++;
                }
        vww_segment_costs_destroy(costs);
        vww_graph_destroy(graph);
    }
    assert_true(compared > 1000);
}

/* Rows that are made too late, twice or not at all, and rings that are too small. */
static void the_validator_refuses_wrong_steps(void **state)
{
    (void)state;
    int refused = 0, accepted = 0;
    for (uint64_t i = 1; i < 1000; i += 2) {
        struct vww_random random = vww_random_init(10, VWW_RANDOM_TEST, 0, i);
        struct vww_graph *graph = random_windows(i / 4 * 2 + 1);
        struct vww_error error;
        struct vww_plan plan;
        assert_ok(make(graph, "stream", &plan, &error), &error);
        const int32_t a = (int32_t)vww_random_below(&random, (uint32_t)plan.step_count);
        const int32_t b = (int32_t)vww_random_below(&random, (uint32_t)plan.step_count);
        const int32_t t =
            graph->ops[vww_random_below(&random, (uint32_t)graph->op_count)].outputs[0];
        const struct vww_step kept = plan.steps[a];
        switch (vww_random_below(&random, 3)) {
        case 0:
            plan.steps[a] = plan.steps[b];
            plan.steps[b] = kept;
            break;
        case 1:
            plan.steps[a].end--;
            break;
        default:
            if (plan.placements[t].rows > 1) {
                plan.placements[t].bytes -= plan.placements[t].bytes / plan.placements[t].rows;
                plan.placements[t].rows--;
            }
        }
        const vww_status status = vww_plan_validate(graph, &plan, NULL, &error);
        const bool complete = toy_steps_are_complete(graph, &plan);
        const bool right = complete && toy_computes_the_same(graph, &plan, NULL, i);
        /* The arena may have become larger than what is used: also refused. */
        if (!right)
            assert_int_equal(status, VWW_ERROR_MISMATCH);
        refused += status != VWW_OK;
        accepted += status == VWW_OK;
        vww_plan_fini(&plan);
        vww_graph_destroy(graph);
    }
    assert_true(refused > 100 && accepted > 20);
}

/* A budget is kept by the plan with the fewest steps that fits; below the least it is refused. */
static void budgets(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 60; i += 2) {
        struct vww_graph *graph = random_windows(i);
        struct vww_error error;
        struct vww_plan least, plain, plan;
        assert_ok(make(graph, "auto", &least, &error), &error);
        assert_ok(make(graph, "plain", &plain, &error), &error);
        int32_t steps = INT32_MAX;
        for (int k = 0; k <= 4; k++) {
            struct vww_plan_options options = {.strategy = "auto"};
            options.sram_bytes =
                least.arena_bytes + (plain.arena_bytes - least.arena_bytes) * k / 4;
            assert_ok(vww_plan_make(graph, &options, &plan, &error), &error);
            assert_true(plan.arena_bytes <= options.sram_bytes);
            steps = plan.step_count;
            vww_plan_fini(&plan);
        }
        assert_int_equal(steps, plain.step_count); /* with room for planes, planes */
        const struct vww_plan_options speed = {.strategy = "auto", .prefer = VWW_PREFER_SPEED};
        assert_ok(vww_plan_make(graph, &speed, &plan, &error), &error);
        assert_int_equal(plan.step_count, plain.step_count);
        vww_plan_fini(&plan);
        const struct vww_plan_options too_small = {.strategy = "auto",
                                                   .sram_bytes = least.arena_bytes - 1};
        assert_int_equal(vww_plan_make(graph, &too_small, &plan, &error), VWW_ERROR_UNSUPPORTED);
        assert_null(plan.placements);
        vww_plan_fini(&least);
        vww_plan_fini(&plain);
        vww_graph_destroy(graph);
    }
}

/* Move one tensor (with its aliases) somewhere else: the validator and what toy kernels compute
 * must come to the same verdict. */
static void the_validator_refuses_overlaps(void **state)
{
    (void)state;
    int refused = 0, accepted = 0;
    for (uint64_t i = 0; i < 3000; i++) {
        struct vww_random random = vww_random_init(8, VWW_RANDOM_TEST, 0, i);
        struct vww_error error;
        struct vww_plan plan;
        struct vww_graph *graph = random_graph(i / 10);
        assert_ok(make(graph, "plain", &plan, &error), &error);
        int32_t moved;
        do
            moved = (int32_t)vww_random_below(&random, (uint32_t)plan.tensor_count);
        while (plan.placements[moved].offset < 0 || plan.placements[moved].alias_of >= 0);
        const int64_t offset = vww_random_below(&random, (uint32_t)plan.arena_bytes);
        plan.arena_bytes = 0;
        for (int32_t t = 0; t < plan.tensor_count; t++) {
            struct vww_placement *placement = &plan.placements[t];
            if (t == moved || placement->alias_of == moved)
                placement->offset = offset;
            if (placement->offset >= 0 && placement->offset + placement->bytes > plan.arena_bytes)
                plan.arena_bytes = placement->offset + placement->bytes;
        }
        const vww_status status = vww_plan_validate(graph, &plan, NULL, &error);
        /* Tensors that overlap may still be right, where only rows meet that no longer matter:
         * what the toy kernels compute tells. */
        const bool right = toy_computes_the_same(graph, &plan, NULL, i);
        if (pairwise_disjoint(&plan))
            assert_true(right);
        assert_int_equal(status, right ? VWW_OK : VWW_ERROR_MISMATCH);
        refused += !right;
        accepted += right;
        vww_plan_fini(&plan);
        vww_graph_destroy(graph);
    }
    assert_true(refused > 100 && accepted > 100);
}

static struct vww_graph *chain(void)
{
    struct vww_graph *graph = vww_graph_create("chain");
    assert_non_null(graph);
    graph->input = add_tensor(graph, VWW_ROLE_ACTIVATION, 4, 1, 4, 4, 3);
    const int32_t a = conv(graph, graph->input, 2, 1);
    const int32_t b = append(graph, (struct vww_op){.kind = VWW_OP_RESHAPE,
                                                    .inputs = {a},
                                                    .input_count = 1,
                                                    .shape = {.rank = 2, .dims = {1, 32}}});
    graph->output =
        append(graph, (struct vww_op){.kind = VWW_OP_SOFTMAX, .inputs = {b}, .input_count = 1});
    return graph;
}

static void the_validator_refuses_other_faults(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_plan good;
    struct vww_graph *graph = chain();
    const int32_t a = graph->ops[0].outputs[0], b = graph->ops[1].outputs[0];
    assert_ok(make(graph, "plain", &good, &error), &error);
    assert_int_equal(good.arena_bytes, 48 + 32);
    assert_int_equal(good.placements[b].alias_of, a);
    assert_int_equal(good.placements[b].offset, good.placements[a].offset);
    for (int fault = 0; fault < 8; fault++) {
        struct vww_plan plan = good;
        plan.placements = malloc((size_t)good.tensor_count * sizeof *plan.placements);
        assert_non_null(plan.placements);
        memcpy(plan.placements, good.placements,
               (size_t)good.tensor_count * sizeof *plan.placements);
        switch (fault) {
        case 0: /* larger than used */
            plan.arena_bytes++;
            break;
        case 1: /* smaller than used */
            plan.arena_bytes--;
            break;
        case 2:
            plan.placements[a].bytes--;
            break;
        case 3:
            plan.placements[graph->output].offset = -1;
            break;
        case 4: /* an alias elsewhere */
            plan.placements[b].offset = plan.placements[a].offset + 1;
            break;
        case 5: /* an alias that no operator makes one */
            plan.placements[a].alias_of = graph->input;
            break;
        case 6:
            plan.tensor_count--;
            break;
        default: /* the output on top of the softmax's input */
            plan.placements[graph->output].offset = plan.placements[a].offset;
        }
        assert_int_equal(vww_plan_validate(graph, &plan, NULL, &error), VWW_ERROR_MISMATCH);
        free(plan.placements);
    }
    vww_plan_fini(&good);
    vww_graph_destroy(graph);
}

/* The deployed form of MobileNet V1: batch norm, activations and dropout leave, int8 remains. */
static struct vww_graph *mobilenet_v1(double multiplier, int32_t resolution)
{
    static const struct {
        int32_t channels, stride;
    } blocks[] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                  {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
    struct vww_graph *graph = vww_graph_create("v1");
    assert_non_null(graph);
    graph->input = add_tensor(graph, VWW_ROLE_ACTIVATION, 4, 1, resolution, resolution, 3);
    int32_t x = conv(graph, graph->input, (int32_t)(32 * multiplier), 2);
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        x = conv(graph, x, graph->tensors[x].shape.dims[3], blocks[i].stride);
        x = conv(graph, x, (int32_t)(blocks[i].channels * multiplier), 1);
    }
    x = conv(graph, pool_all(graph, x), 2, 1);
    x = append(graph, (struct vww_op){.kind = VWW_OP_RESHAPE,
                                      .inputs = {x},
                                      .input_count = 1,
                                      .shape = {.rank = 2, .dims = {1, 2}}});
    graph->output =
        append(graph, (struct vww_op){.kind = VWW_OP_SOFTMAX, .inputs = {x}, .input_count = 1});
    return graph;
}

/* specs/zoo_truth.csv, column peak_bytes_chain_or_branch. */
static void mobilenet_v1_peaks(void **state)
{
    (void)state;
    static const struct {
        int32_t resolution;
        int64_t bytes;
    } rows[] = {{96, 55296}, {160, 153600}, {224, 301056}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vww_error error;
        struct vww_plan plan;
        struct vww_graph *graph = mobilenet_v1(0.25, rows[i].resolution);
        assert_ok(make(graph, "plain", &plan, &error), &error);
        assert_int_equal(plan.arena_bytes, rows[i].bytes);
        assert_int_equal(plan.least_bytes, rows[i].bytes);
        assert_int_equal(plan.scratch_bytes, 0);
        vww_plan_fini(&plan);
        vww_graph_destroy(graph);
    }
}

/* Every family of the zoo, branches and all: the most that is live at once is what the cost tables
 * count for the same graph, and a placement of that size is found. */
static void zoo_meets_its_cost_tables(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++) {
        struct vww_error error;
        struct vww_graph *graph, *folded;
        struct vww_cost cost;
        struct vww_plan plan;
        const struct vww_zoo_options options = {
            .family = families[i].name,
            .depth_multiplier = families[i].resolution > 0 ? 1 : 0.5,
            .resolution = families[i].resolution > 0 ? families[i].resolution : 96,
            .classes = 2};
        assert_ok(vww_zoo_build(&options, &graph, &error), &error);
        assert_ok(vww_cost_count(graph, VWW_COST_PATHS, &cost, &error), &error);
        assert_ok(vww_quantize_fold(graph, &folded, &error), &error);
        for (int32_t t = 0; t < folded->tensor_count; t++)
            if (folded->tensors[t].role == VWW_ROLE_ACTIVATION)
                folded->tensors[t].dtype = VWW_INT8;
        assert_ok(make(folded, "plain", &plan, &error), &error);
        assert_int_equal(plan.least_bytes, cost.peak_bytes_lifetimes);
        assert_int_equal(plan.arena_bytes, plan.least_bytes);
        vww_plan_fini(&plan);
        vww_cost_fini(&cost);
        vww_graph_destroy(folded);
        vww_graph_destroy(graph);
    }
}

static void bad_requests(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_plan plan;
    struct vww_graph *graph = chain();
    assert_int_equal(make(graph, "plane", &plan, &error), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "plain"));
    vww_plan_fini(&plan);
    graph->tensors[graph->input].shape.dims[1] = 1 << 20;
    graph->tensors[graph->input].shape.dims[2] = 1 << 20;
    graph->tensors[graph->ops[0].outputs[0]].shape.dims[1] = 1 << 20;
    graph->tensors[graph->ops[0].outputs[0]].shape.dims[2] = 1 << 20;
    graph->ops[1].shape.dims[1] = 1 << 30;
    graph->ops[1].shape.dims[0] = 1 << 11;
    graph->tensors[graph->ops[1].outputs[0]].shape = graph->ops[1].shape;
    graph->tensors[graph->output].shape = graph->ops[1].shape;
    assert_int_equal(make(graph, "plain", &plan, &error), VWW_ERROR_UNSUPPORTED);
    vww_plan_fini(&plan);
    vww_graph_destroy(graph);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    struct vww_graph *graph = chain();
    for (int64_t n = 1;; n++) {
        struct vww_error error;
        struct vww_plan plan;
        vww_memory_fail_at(n);
        const vww_status status = make(graph, "plain", &plan, &error);
        vww_memory_fail_at(0);
        vww_plan_fini(&plan);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 100);
    }
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs_get_valid_plans),
        cmocka_unit_test(all_strategies_compute_the_same),
        cmocka_unit_test(segments_cost_what_they_do_in_the_whole),
        cmocka_unit_test(the_validator_refuses_wrong_steps),
        cmocka_unit_test(budgets),
        cmocka_unit_test(the_validator_refuses_overlaps),
        cmocka_unit_test(the_validator_refuses_other_faults),
        cmocka_unit_test(mobilenet_v1_peaks),
        cmocka_unit_test(zoo_meets_its_cost_tables),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
