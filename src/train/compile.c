/* From a graph to a network: which operators make one node, which tensors are one value, who writes
 * a gradient first and last, and all memory. */
#include "base/memory.h"
#include "train/node.h"
#include "vww/quantization.h"

#include <math.h>
#include <string.h>

static const struct vww_node_class *const classes[VWW_OP_COUNT] = {
    [VWW_OP_CONV_2D] = &vww_node_conv,         [VWW_OP_DEPTHWISE_CONV_2D] = &vww_node_depthwise,
    [VWW_OP_FULLY_CONNECTED] = &vww_node_conv, [VWW_OP_AVERAGE_POOL_2D] = &vww_node_average_pool,
    [VWW_OP_DROPOUT] = &vww_node_dropout,      [VWW_OP_MAX_POOL_2D] = &vww_node_max_pool,
    [VWW_OP_MEAN] = &vww_node_average_pool,    [VWW_OP_ADD] = &vww_node_add,
    [VWW_OP_CONCAT] = &vww_node_move,          [VWW_OP_SPLIT] = &vww_node_move,
    [VWW_OP_CHANNEL_SHUFFLE] = &vww_node_move, [VWW_OP_PAD] = &vww_node_move,
};

/* --- values and nodes ----------------------------------------------------------------------------
 */

static int32_t tensor_uses(const struct vww_graph *graph, int32_t tensor)
{
    int32_t uses = tensor == graph->output;
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int32_t k = 0; k < graph->ops[i].input_count; k++)
            uses += graph->ops[i].inputs[k] == tensor;
    return uses;
}

static vww_status add_value(struct vww_network *network, int32_t tensor, int32_t producer,
                            const struct vww_op *op, struct vww_error *error)
{
    const struct vww_shape *shape = &network->graph->tensors[tensor].shape;
    if ((shape->rank != 4 && shape->rank != 2) || shape->dims[0] != 1)
        return vww_node_unsupported(op, error, "an activation of this shape");
    const int64_t channels = shape->dims[shape->rank - 1];
    network->values[network->value_count] = (struct vww_value){
        .height = shape->rank == 4 ? shape->dims[1] : 1,
        .width = shape->rank == 4 ? shape->dims[2] : 1,
        .channels = channels,
        .stride = producer < 0 ? channels : vww_pad_channels(channels),
        .producer = producer,
        .tensor = tensor,
        .view = {.low = -INFINITY, .high = INFINITY},
        .gradient_buffer = -1,
    };
    struct vww_value *value = &network->values[network->value_count];
    value->bf16 = network->bf16 && producer >= 0 && vww_value_pixels(value) > 1;
    value->view.bf16 = value->bf16;
    network->value_of[tensor] = network->value_count++;
    network->stage_of[tensor] = VWW_STAGE_VALUE;
    return VWW_OK;
}

static void limit(struct vww_value *value, bool six)
{
    value->view.low = 0;
    value->view.high = six ? 6 : INFINITY;
}

/* The inputs that are activations; the others are weights and bias. */
static int32_t activation_inputs(const struct vww_op *op)
{
    return vww_op_weight_axis(op->kind) >= 0 ? 1 : op->input_count;
}

static vww_status add_node(struct vww_network *network, int32_t op_index, struct vww_error *error)
{
    const struct vww_op *op = &network->graph->ops[op_index];
    if (op->axes != 0 || op->from_last != 0)
        return vww_node_unsupported(op, error, "other dimensions than usual");
    if (op->activation == VWW_ACTIVATION_RELU_N1_TO_1)
        return vww_node_unsupported(op, error, "an activation from -1 to 1");
    struct vww_node *node = &network->nodes[network->node_count];
    *node = (struct vww_node){.class = classes[op->kind],
                              .op = op,
                              .op_index = op_index,
                              .input_count = activation_inputs(op),
                              .output_count = op->output_count,
                              .weights = -1,
                              .bias = -1,
                              .gamma = -1,
                              .beta = -1,
                              .mean = -1,
                              .variance = -1};
    if (vww_op_weight_axis(op->kind) >= 0) {
        node->weights = op->inputs[1];
        node->bias = op->input_count > 2 ? op->inputs[2] : -1;
        node->weights_count = vww_shape_elements(&network->graph->tensors[node->weights].shape);
    }
    const struct vww_shape *out = &network->graph->tensors[op->outputs[0]].shape;
    for (int32_t k = 0; k < node->input_count; k++) {
        if (op->kind == VWW_OP_ADD &&
            (network->value_of[op->inputs[k]] < 0 ||
             !vww_shape_equal(&network->graph->tensors[op->inputs[k]].shape, out)))
            return vww_node_unsupported(op, error, "an input that is repeated or constant");
        node->inputs[k] = network->value_of[op->inputs[k]];
        network->values[node->inputs[k]].uses++;
    }
    for (int32_t k = 0; k < node->output_count; k++) {
        node->outputs[k] = network->value_count;
        const vww_status status =
            add_value(network, op->outputs[k], network->node_count, op, error);
        if (status != VWW_OK)
            return status;
        if (op->activation != VWW_ACTIVATION_NONE)
            limit(&network->values[node->outputs[k]], op->activation == VWW_ACTIVATION_RELU6);
    }
    network->node_count++;
    return VWW_OK;
}

/* The value of op's input, when op can become part of it: a node's newest tensor, which nothing
 * else reads, without an activation so far. */
static struct vww_value *fusible(struct vww_network *network, const struct vww_op *op)
{
    struct vww_value *value = &network->values[network->value_of[op->inputs[0]]];
    if (value->producer < 0 || value->tensor != op->inputs[0] ||
        tensor_uses(network->graph, op->inputs[0]) != 1 || value->view.low == 0 ||
        network->graph->tensors[op->inputs[0]].quantization.count > 0)
        return NULL;
    return value;
}

static vww_status fuse_norm(struct vww_network *network, const struct vww_op *op,
                            struct vww_error *error)
{
    struct vww_value *value = fusible(network, op);
    struct vww_node *node = value != NULL ? &network->nodes[value->producer] : NULL;
    if (node == NULL || node->weights < 0 || node->norm != NULL)
        return vww_node_unsupported(op, error, "a batch norm that does not follow a convolution");
    node->norm = op;
    node->gamma = op->inputs[1];
    node->beta = op->inputs[2];
    node->mean = op->inputs[3];
    node->variance = op->inputs[4];
    network->stage_of[value->tensor] = VWW_STAGE_RAW;
    value->tensor = op->outputs[0];
    return VWW_OK;
}

static vww_status fuse_activation(struct vww_network *network, const struct vww_op *op,
                                  struct vww_error *error)
{
    struct vww_value *value = fusible(network, op);
    if (value == NULL)
        return vww_node_unsupported(op, error,
                                    "an activation whose input has one already or is read by "
                                    "others");
    limit(value, op->kind == VWW_OP_RELU6);
    network->stage_of[value->tensor] = VWW_STAGE_AFFINE;
    value->tensor = op->outputs[0];
    return VWW_OK;
}

/* A RESHAPE of a single pixel is the same value under another name. */
static vww_status alias(struct vww_network *network, const struct vww_op *op,
                        struct vww_error *error)
{
    const struct vww_value *value = &network->values[network->value_of[op->inputs[0]]];
    const struct vww_shape *shape = &network->graph->tensors[op->outputs[0]].shape;
    if (vww_value_is_image(value))
        return vww_node_unsupported(op, error, "a reshape of the image itself");
    if (vww_value_pixels(value) != 1 || shape->dims[shape->rank - 1] != value->channels)
        return vww_node_unsupported(op, error, "a reshape of more than one pixel");
    return VWW_OK;
}

static vww_status end_in_softmax(struct vww_network *network, int32_t op_index,
                                 struct vww_error *error)
{
    const struct vww_op *op = &network->graph->ops[op_index];
    struct vww_value *logits = &network->values[network->value_of[op->inputs[0]]];
    if (op_index != network->graph->op_count - 1 || op->outputs[0] != network->graph->output ||
        logits->producer < 0 || vww_value_pixels(logits) != 1)
        return vww_node_unsupported(op, error, "a softmax that is not the end of the network");
    logits->uses++;
    network->logits = network->value_of[op->inputs[0]];
    network->classes = (int32_t)logits->channels;
    network->softmax = op_index;
    return VWW_OK;
}

static vww_status add_op(struct vww_network *network, int32_t op_index, struct vww_error *error)
{
    const struct vww_op *op = &network->graph->ops[op_index];
    if (network->softmax >= 0)
        return vww_node_unsupported(op, error, "an operator after softmax");
    if (classes[op->kind] != NULL)
        return add_node(network, op_index, error);
    if (op->kind == VWW_OP_SOFTMAX)
        return end_in_softmax(network, op_index, error);
    vww_status status;
    if (op->kind == VWW_OP_BATCH_NORM)
        status = fuse_norm(network, op, error);
    else if (op->kind == VWW_OP_RELU || op->kind == VWW_OP_RELU6)
        status = fuse_activation(network, op, error);
    else if (op->kind == VWW_OP_RESHAPE)
        status = alias(network, op, error);
    else
        status = vww_node_unsupported(op, error, "this operator");
    network->value_of[op->outputs[0]] = network->value_of[op->inputs[0]];
    network->stage_of[op->outputs[0]] = VWW_STAGE_VALUE;
    return status;
}

static vww_status add_ops(struct vww_network *network, struct vww_error *error)
{
    const struct vww_graph *graph = network->graph;
    for (int32_t i = 0; i < graph->tensor_count; i++)
        network->value_of[i] = -1;
    network->softmax = -1;
    vww_status status = add_value(network, graph->input, -1, &graph->ops[0], error);
    for (int32_t i = 0; i < graph->op_count && status == VWW_OK; i++)
        status = add_op(network, i, error);
    if (status == VWW_OK && network->softmax < 0)
        return vww_node_unsupported(&graph->ops[graph->op_count - 1], error,
                                    "a network that does not end in softmax");
    return status;
}

/* --- gradients: who writes, and where ------------------------------------------------------------
 */

/* A node learns when something that leads to the loss reads it; the others are not readers that a
 * gradient would have to wait for. */
static void find_learners(struct vww_network *network)
{
    for (int32_t i = network->node_count - 1; i >= 0; i--) {
        struct vww_node *node = &network->nodes[i];
        for (int32_t k = 0; k < node->output_count; k++)
            node->learns |= network->values[node->outputs[k]].uses > 0;
        for (int32_t k = 0; k < node->input_count && !node->learns; k++)
            network->values[node->inputs[k]].uses--;
    }
}

/* A buffer that no value alive at this point of the backward pass uses. */
static int32_t take_buffer(struct vww_network *network, bool *taken)
{
    int32_t i = 0;
    while (taken[i])
        i++;
    taken[i] = true;
    if (i == network->gradient_buffer_count)
        network->gradient_buffer_count++;
    return i;
}

/* Walk the backward pass: the first reader to write a value's gradient takes a buffer for it, the
 * last one cuts, and the value's producer, having read it, gives the buffer back. */
static vww_status plan_gradients(struct vww_network *network, struct vww_error *error)
{
    bool *taken = vww_allocate((size_t)network->value_count + 1, sizeof *taken);
    int32_t *written = vww_allocate((size_t)network->value_count, sizeof *written);
    if (taken == NULL || written == NULL) {
        vww_free(taken);
        vww_free(written);
        return vww_fail_memory(error, (size_t)network->value_count);
    }
    find_learners(network);
    struct vww_value *logits = &network->values[network->logits];
    written[network->logits] = 1;
    logits->gradient_buffer = take_buffer(network, taken);
    for (int32_t i = network->node_count - 1; i >= 0; i--) {
        struct vww_node *node = &network->nodes[i];
        for (int32_t k = 0; k < node->input_count && node->learns; k++) {
            struct vww_value *in = &network->values[node->inputs[k]];
            if (vww_value_is_image(in))
                continue;
            node->adds_gradient[k] = written[node->inputs[k]] > 0;
            node->cuts_gradient[k] = ++written[node->inputs[k]] == in->uses;
            if (!node->adds_gradient[k])
                in->gradient_buffer = take_buffer(network, taken);
        }
        for (int32_t k = 0; k < node->output_count; k++)
            if (network->values[node->outputs[k]].gradient_buffer >= 0)
                taken[network->values[node->outputs[k]].gradient_buffer] = false;
    }
    vww_free(taken);
    vww_free(written);
    return VWW_OK;
}

/* --- the whole -----------------------------------------------------------------------------------
 */

static vww_status compile(struct vww_network *network, struct vww_error *error)
{
    struct vww_scratch_sizes sizes = {.rows = 1};
    vww_status status = add_ops(network, error);
    for (int32_t i = 0; i < network->value_count; i++)
        sizes.rows = vww_larger(sizes.rows, network->values[i].stride);
    for (int32_t i = 0; i < network->node_count && status == VWW_OK; i++)
        status = network->nodes[i].class->prepare(network, &network->nodes[i], &sizes, error);
    if (status == VWW_OK && network->for_training)
        status = plan_gradients(network, error);
    if (status == VWW_OK)
        status = vww_network_reserve(network, &sizes, error);
    return status;
}

vww_status vww_network_create(const struct vww_graph *graph, int32_t batch,
                              enum vww_execution execution, struct vww_network **network,
                              struct vww_error *error)
{
    *network = NULL;
    vww_status status = vww_graph_check(graph, true, error);
    if (status != VWW_OK)
        return status;
    for (int32_t i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].role != VWW_ROLE_CONSTANT && graph->tensors[i].dtype != VWW_FLOAT32) {
            vww_fail(error, VWW_ERROR_UNSUPPORTED, "float execution of a tensor that is not float");
            vww_error_place(error, "tensor %s", graph->tensors[i].name);
            vww_error_seen(error, "%s", vww_dtype_name(graph->tensors[i].dtype));
            return VWW_ERROR_UNSUPPORTED;
        }
    struct vww_network *made = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->graph = graph;
    made->batch = batch;
    made->for_training = execution != VWW_EVALUATION;
    made->bf16 = execution == VWW_TRAINING_BF16;
    made->share.chunks = VWW_CHUNKS;
    made->values = vww_allocate((size_t)graph->tensor_count, sizeof *made->values);
    made->nodes = vww_allocate((size_t)graph->op_count, sizeof *made->nodes);
    made->value_of = vww_allocate((size_t)graph->tensor_count, sizeof *made->value_of);
    made->stage_of = vww_allocate((size_t)graph->tensor_count, sizeof *made->stage_of);
    made->group = vww_allocate((size_t)graph->tensor_count, sizeof *made->group);
    if (made->values == NULL || made->nodes == NULL || made->value_of == NULL ||
        made->stage_of == NULL || made->group == NULL)
        status = vww_fail_memory(error, (size_t)graph->op_count * sizeof *made->nodes);
    else
        vww_quantization_groups(graph, made->group);
    if (status == VWW_OK)
        status = vww_kernels_choose(&made->kernels, error);
    if (status == VWW_OK)
        status = compile(made, error);
    if (status != VWW_OK) {
        vww_network_destroy(made);
        return status;
    }
    vww_network_load_weights(made);
    *network = made;
    return VWW_OK;
}

void vww_network_destroy(struct vww_network *network)
{
    if (network == NULL)
        return;
    for (int32_t i = 0; i < network->node_count; i++)
        vww_free(network->nodes[i].moves);
    vww_pool_fini(&network->pool);
    vww_free(network->values);
    vww_free(network->nodes);
    vww_free(network->value_of);
    vww_free(network->stage_of);
    vww_free(network->group);
    vww_free(network);
}
