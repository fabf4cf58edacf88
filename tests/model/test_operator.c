/* The operator table's shape and padding rules. */
#include "support/check.h"
#include "vww/graph.h"

static int32_t tensor(struct vww_graph *graph, enum vww_role role, int rank, const int32_t *dims)
{
    struct vww_shape shape = {.rank = rank};
    memcpy(shape.dims, dims, (size_t)rank * sizeof *dims);
    return vww_graph_tensor(graph, "t", VWW_FLOAT32, role, &shape);
}

#define TENSOR(graph, role, rank, ...) tensor(graph, role, rank, (const int32_t[]){__VA_ARGS__})
#define ACTIVATION(graph, h, w, c) TENSOR(graph, VWW_ROLE_ACTIVATION, 4, 1, h, w, c)

/* The output's shape as text, or the error's first line. */
static const char *infer(const struct vww_graph *graph, struct vww_op op)
{
    static char text[256];
    struct vww_shape shape;
    struct vww_error error;
    snprintf(op.name, sizeof op.name, "op");
    if (vww_op_infer(graph, &op, &shape, &error) == VWW_OK)
        vww_shape_text(&shape, text, sizeof text);
    else
        snprintf(text, sizeof text, "%s", error.what);
    return text;
}

static void every_operator_has_a_name(void **state)
{
    (void)state;
    for (int a = 0; a < VWW_OP_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(vww_op_name((enum vww_op_kind)a),
                                    vww_op_name((enum vww_op_kind)b));
}

/* TensorFlow's SAME and PyTorch's k//2 agree on the size for odd and even inputs, strides 1 and 2,
 * windows 3 and 5; they differ in where the padding is. */
static void padding_rules(void **state)
{
    (void)state;
    static const struct {
        int size, kernel, stride, before, after, out;
    } rows[] = {{96, 3, 2, 0, 1, 48}, {96, 5, 2, 1, 2, 48}, {96, 3, 1, 1, 1, 96},
                {97, 3, 2, 1, 1, 49}, {97, 5, 2, 2, 2, 49}, {7, 5, 1, 2, 2, 7},
                {1, 3, 2, 1, 1, 1},   {4, 1, 2, 0, 0, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vww_graph *graph = vww_graph_create("g");
        const int32_t k = rows[i].kernel;
        struct vww_op op = {.kind = VWW_OP_CONV_2D,
                            .inputs = {ACTIVATION(graph, rows[i].size, rows[i].size, 3),
                                       TENSOR(graph, VWW_ROLE_WEIGHT, 4, 8, k, k, 3)},
                            .input_count = 2,
                            .groups = 1,
                            .stride_h = rows[i].stride,
                            .stride_w = rows[i].stride};
        struct vww_shape same, torch;
        assert_int_equal(vww_op_infer(graph, &op, &same, NULL), VWW_OK);
        assert_int_equal(same.dims[1], rows[i].out);
        assert_int_equal(op.pad_top, rows[i].before);
        assert_int_equal(op.pad_bottom, rows[i].after);
        op.padding = VWW_PADDING_EXPLICIT;
        op.pad_top = op.pad_bottom = op.pad_left = op.pad_right = k / 2;
        assert_int_equal(vww_op_infer(graph, &op, &torch, NULL), VWW_OK);
        assert_true(vww_shape_equal(&same, &torch));
        vww_graph_destroy(graph);
    }
}

static void shape_rules(void **state)
{
    (void)state;
    struct vww_graph *graph = vww_graph_create("g");
    const int32_t a = ACTIVATION(graph, 12, 10, 24), b = ACTIVATION(graph, 12, 10, 16),
                  c = ACTIVATION(graph, 6, 5, 24);
    const int32_t grouped = TENSOR(graph, VWW_ROLE_WEIGHT, 4, 30, 1, 1, 8);
    struct vww_op op = {.input_count = 2, .inputs = {a, a}, .kind = VWW_OP_ADD};
    assert_string_equal(infer(graph, op), "1x12x10x24");
    op.inputs[1] = b;
    assert_string_equal(infer(graph, op), "the two inputs' shapes do not fit together");
    op.inputs[1] = TENSOR(graph, VWW_ROLE_CONSTANT, 1, 24);
    assert_string_equal(infer(graph, op), "1x12x10x24");
    op.kind = VWW_OP_MUL;
    op.inputs[0] = TENSOR(graph, VWW_ROLE_ACTIVATION, 4, 1, 12, 1, 24);
    op.inputs[1] = TENSOR(graph, VWW_ROLE_CONSTANT, 2, 10, 1);
    assert_string_equal(infer(graph, op), "1x12x10x24");
    op = (struct vww_op){.input_count = 2, .inputs = {a, b}, .kind = VWW_OP_CONCAT};
    assert_string_equal(infer(graph, op), "1x12x10x40");
    op.inputs[1] = c;
    assert_string_equal(infer(graph, op),
                        "the inputs differ in more than the dimension that is joined");
    op.inputs[1] = TENSOR(graph, VWW_ROLE_ACTIVATION, 4, 1, 12, 3, 24);
    op.from_last = 1;
    assert_string_equal(infer(graph, op), "1x12x13x24");
    op.from_last = 4;
    assert_string_equal(infer(graph, op), "the dimension to join does not exist");

    op = (struct vww_op){.kind = VWW_OP_SPLIT, .input_count = 1, .inputs = {a}, .output_count = 2};
    assert_string_equal(infer(graph, op), "1x12x10x12");
    op.output_count = 4;
    assert_string_equal(infer(graph, op), "1x12x10x6");
    op.inputs[0] = TENSOR(graph, VWW_ROLE_ACTIVATION, 4, 1, 2, 2, 7);
    assert_string_equal(infer(graph, op), "the dimension cannot be split into equal parts");
    op.inputs[0] = a;
    op.from_last = 2;
    assert_string_equal(infer(graph, op), "1x3x10x24");

    op = (struct vww_op){
        .kind = VWW_OP_CHANNEL_SHUFFLE, .input_count = 1, .inputs = {a}, .groups = 3};
    assert_string_equal(infer(graph, op), "1x12x10x24");
    op.groups = 5;
    assert_string_equal(infer(graph, op), "the channels are no multiple of the groups");

    op = (struct vww_op){.kind = VWW_OP_PAD, .input_count = 1, .inputs = {a}, .pad_bottom = 1};
    assert_string_equal(infer(graph, op), "1x13x10x24");
    op.pad_left = -1;
    assert_string_equal(infer(graph, op), "the padding is negative or too large");

    op = (struct vww_op){.kind = VWW_OP_MEAN, .input_count = 1, .inputs = {a}};
    assert_string_equal(infer(graph, op), "1x1x1x24");
    op.shape = (struct vww_shape){.rank = 2, .dims = {1, 24}};
    assert_string_equal(infer(graph, op), "1x24");
    op.shape.dims[1] = 23;
    assert_string_equal(infer(graph, op), "the output is N,C or N,1,1,C");

    op = (struct vww_op){.kind = VWW_OP_MEAN,
                         .input_count = 1,
                         .inputs = {a},
                         .axes = 1 << 2 | 1 << 3,
                         .shape = {.rank = 2, .dims = {1, 12}}};
    assert_string_equal(infer(graph, op), "1x12");
    op.shape = (struct vww_shape){.rank = 4, .dims = {1, 12, 1, 1}};
    assert_string_equal(infer(graph, op), "1x12x1x1");
    op.shape.dims[2] = 2;
    assert_string_equal(infer(graph, op),
                        "the output is the input without the axes, or with 1 in their place");
    op.axes = 1 << 4;
    assert_string_equal(infer(graph, op), "one of the axes does not exist");

    op = (struct vww_op){.kind = VWW_OP_STRIDED_SLICE,
                         .input_count = 1,
                         .inputs = {a},
                         .begin = {0, 11, 2, 23},
                         .step = {1, -2, 3, 1},
                         .dropped = 1 << 3,
                         .shape = {.rank = 3, .dims = {1, 6, 3}}};
    assert_string_equal(infer(graph, op), "1x6x3");
    op.shape.dims[1] = 7;
    assert_string_equal(infer(graph, op), "the slice leaves the input");
    op.shape = (struct vww_shape){.rank = 2, .dims = {1, 6}};
    assert_string_equal(infer(graph, op), "the output has too few dimensions");

    op = (struct vww_op){.kind = VWW_OP_RESIZE_NEAREST,
                         .input_count = 1,
                         .inputs = {a},
                         .shape = {.rank = 4, .dims = {1, 24, 5, 24}}};
    assert_string_equal(infer(graph, op), "1x24x5x24");
    op.shape.dims[3] = 25;
    assert_string_equal(infer(graph, op), "only height and width can be resized");

    op = (struct vww_op){.kind = VWW_OP_MAX_POOL_2D,
                         .input_count = 1,
                         .inputs = {a},
                         .kernel_h = 3,
                         .kernel_w = 3,
                         .stride_h = 2,
                         .stride_w = 2};
    assert_string_equal(infer(graph, op), "1x6x5x24");
    op.padding = VWW_PADDING_VALID;
    assert_string_equal(infer(graph, op), "1x5x4x24");

    op = (struct vww_op){.kind = VWW_OP_CONV_2D,
                         .input_count = 2,
                         .inputs = {a, grouped},
                         .groups = 3,
                         .stride_h = 1,
                         .stride_w = 1};
    assert_string_equal(infer(graph, op), "1x12x10x30");
    op.groups = 4;
    assert_string_equal(infer(graph, op), "weights, groups and input channels do not fit together");
    op.input_count = 1;
    assert_string_equal(infer(graph, op), "wrong number of inputs");
    vww_graph_destroy(graph);
}

/* Append makes as many outputs as are asked for, and the check wants each of them right. */
static void several_outputs(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_graph *graph = vww_graph_create("g");
    graph->input = ACTIVATION(graph, 4, 4, 8);
    struct vww_op split = {.kind = VWW_OP_SPLIT,
                           .name = "halves",
                           .inputs = {graph->input},
                           .input_count = 1,
                           .outputs = {-1},
                           .output_count = 2};
    assert_ok(vww_graph_append(graph, &split, &error), &error);
    const struct vww_op *appended = &graph->ops[0];
    assert_string_equal(graph->tensors[appended->outputs[1]].name, "halves:1");
    struct vww_op join = {.kind = VWW_OP_CONCAT,
                          .name = "join",
                          .inputs = {appended->outputs[1], appended->outputs[0]},
                          .input_count = 2,
                          .outputs = {-1}};
    assert_ok(vww_graph_append(graph, &join, &error), &error);
    graph->output = graph->ops[1].outputs[0];
    assert_ok(vww_graph_check(graph, false, &error), &error);
    graph->tensors[graph->ops[0].outputs[1]].shape.dims[3] = 3;
    assert_int_equal(vww_graph_check(graph, false, &error), VWW_ERROR_FORMAT);
    assert_string_equal(error.seen, "1x4x4x3");
    assert_string_equal(error.allowed, "1x4x4x4");
    vww_graph_destroy(graph);
}

/* Multiply-adds beyond 63 bits are reported, not wrapped. */
static void overflow(void **state)
{
    (void)state;
    struct vww_graph *graph = vww_graph_create("g");
    struct vww_op op = {.kind = VWW_OP_CONV_2D,
                        .inputs = {0, TENSOR(graph, VWW_ROLE_WEIGHT, 4, INT32_MAX, 1, 1, 1 << 30)},
                        .outputs = {ACTIVATION(graph, 4096, 4096, 8)},
                        .input_count = 2,
                        .output_count = 1};
    op.inputs[0] = op.outputs[0];
    op.inputs[1] = 0;
    assert_int_equal(vww_op_macs(graph, &op), -1);
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator_has_a_name),
        cmocka_unit_test(padding_rules),
        cmocka_unit_test(shape_rules),
        cmocka_unit_test(several_outputs),
        cmocka_unit_test(overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
