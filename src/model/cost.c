/* The layers of the deployed network and what they count. */
#include "model/cost.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

struct counting {
    const struct vww_graph *graph;
    struct vww_cost *cost;
    struct vww_cost_steps steps;
    int32_t *stands_for; /* of each tensor: the one that stands for its bytes */
    int32_t *reads;      /* of each tensor: how many operators read it */
    int64_t *norms;      /* of each layer: channels of batch norm */
    int64_t *own_biases; /* of each layer: elements of the convolution's own bias */
    bool overflow;
};

static int64_t plus(struct counting *counting, int64_t a, int64_t b)
{
    int64_t sum;
    if (a < 0 || b < 0 || __builtin_add_overflow(a, b, &sum)) {
        counting->overflow = true;
        return 0;
    }
    return sum;
}

/* Operators that work on their input's bytes and become part of the layer that computes them. */
static bool works_in_place(enum vww_op_kind kind)
{
    return kind == VWW_OP_BATCH_NORM || kind == VWW_OP_RELU || kind == VWW_OP_RELU6 ||
           kind == VWW_OP_DROPOUT || kind == VWW_OP_RESHAPE;
}

static bool is_activation(const struct vww_graph *graph, int32_t tensor)
{
    return graph->tensors[tensor].role == VWW_ROLE_ACTIVATION;
}

/* The layer that op becomes part of, or -1. */
static int32_t layer_to_join(const struct counting *counting, const struct vww_op *op)
{
    const int32_t input = op->inputs[0], stands = counting->stands_for[input];
    const int32_t producer = counting->steps.producer[stands];
    if (!works_in_place(op->kind) || producer < 0 || counting->steps.view_of[stands] >= 0)
        return -1;
    /* Others want the value from before: only a reshape leaves it as it is. */
    if (counting->reads[input] > 1 && op->kind != VWW_OP_RESHAPE)
        return -1;
    return producer;
}

static void join_layer(struct counting *counting, int32_t index, int32_t layer_index)
{
    const struct vww_op *op = &counting->graph->ops[index];
    struct vww_cost_layer *layer = &counting->cost->layers[layer_index];
    layer->last_op = index;
    if (op->kind != VWW_OP_RESHAPE)
        layer->output = counting->graph->tensors[op->outputs[0]].shape;
    if (op->kind == VWW_OP_BATCH_NORM)
        counting->norms[layer_index] =
            plus(counting, counting->norms[layer_index],
                 vww_shape_elements(&counting->graph->tensors[op->inputs[1]].shape));
    if (op->kind == VWW_OP_RELU || op->kind == VWW_OP_RELU6)
        counting->steps.steps[layer_index].activated = true;
    counting->stands_for[op->outputs[0]] = counting->stands_for[op->inputs[0]];
}

/* Each output shows a part of the input. */
static void add_views(struct counting *counting, const struct vww_op *op)
{
    struct vww_cost_steps *steps = &counting->steps;
    const int32_t input = counting->stands_for[op->inputs[0]];
    for (int i = 0; i < op->output_count; i++) {
        const int32_t output = op->outputs[i];
        steps->view_of[output] = steps->view_of[input] >= 0 ? steps->view_of[input] : input;
        steps->producer[output] = steps->producer[input];
    }
}

static void count_parameters(struct counting *counting, const struct vww_op *op, int32_t index)
{
    struct vww_cost_layer *layer = &counting->cost->layers[index];
    for (int i = 0; i < op->input_count; i++) {
        const struct vww_tensor *tensor = &counting->graph->tensors[op->inputs[i]];
        const int64_t elements = vww_shape_elements(&tensor->shape);
        if (tensor->role == VWW_ROLE_WEIGHT)
            layer->weights = plus(counting, layer->weights, elements);
        else if (tensor->role == VWW_ROLE_BIAS)
            counting->own_biases[index] = plus(counting, counting->own_biases[index], elements);
        else if (tensor->role == VWW_ROLE_BN_SCALE)
            counting->norms[index] = plus(counting, counting->norms[index], elements);
    }
}

static void add_layer(struct counting *counting, int32_t op_index)
{
    const struct vww_graph *graph = counting->graph;
    const struct vww_op *op = &graph->ops[op_index];
    struct vww_cost_steps *steps = &counting->steps;
    const int32_t index = steps->count++;
    struct vww_cost_layer *layer = &counting->cost->layers[index];
    struct vww_cost_step *step = &steps->steps[index];
    *layer = (struct vww_cost_layer){.kind = op->kind,
                                     .first_op = op_index,
                                     .last_op = op_index,
                                     .input = graph->tensors[op->inputs[0]].shape,
                                     .output = graph->tensors[op->outputs[0]].shape,
                                     .stride_h = op->stride_h,
                                     .stride_w = op->stride_w,
                                     .kernel_h = op->kernel_h,
                                     .kernel_w = op->kernel_w,
                                     .macs = vww_op_macs(graph, op)};
    memcpy(layer->name, op->name, sizeof layer->name);
    if (op->kind == VWW_OP_CONV_2D || op->kind == VWW_OP_DEPTHWISE_CONV_2D) {
        layer->kernel_h = graph->tensors[op->inputs[1]].shape.dims[1];
        layer->kernel_w = graph->tensors[op->inputs[1]].shape.dims[2];
    }
    *step =
        (struct vww_cost_step){.output = op->outputs[0],
                               .groups = op->groups,
                               .activated = op->activation != VWW_ACTIVATION_NONE ||
                                            op->kind == VWW_OP_RELU || op->kind == VWW_OP_RELU6};
    for (int i = 0; i < op->input_count; i++) {
        const int32_t tensor = counting->stands_for[op->inputs[i]];
        bool known = !is_activation(graph, op->inputs[i]);
        for (int k = 0; k < step->input_count; k++)
            known = known || step->inputs[k] == tensor;
        if (known)
            continue;
        step->inputs[step->input_count++] = tensor;
        steps->users[tensor]++;
        layer->input_bytes = plus(counting, layer->input_bytes, steps->bytes[tensor]);
    }
    layer->output_bytes = steps->bytes[op->outputs[0]];
    steps->producer[op->outputs[0]] = index;
    count_parameters(counting, op, index);
    if (layer->macs < 0)
        counting->overflow = true;
}

static void find_layers(struct counting *counting)
{
    const struct vww_graph *graph = counting->graph;
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        const int32_t joined = layer_to_join(counting, op);
        if (joined >= 0)
            join_layer(counting, i, joined);
        else if (op->kind == VWW_OP_SPLIT)
            add_views(counting, op);
        else
            add_layer(counting, i);
    }
}

static void prepare_tensors(struct counting *counting)
{
    const struct vww_graph *graph = counting->graph;
    int64_t all = 0;
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        counting->stands_for[t] = t;
        counting->steps.producer[t] = counting->steps.view_of[t] = -1;
        counting->steps.bytes[t] = vww_shape_elements(&graph->tensors[t].shape);
        /* Sums of different activations cannot overflow later when the sum of all does not. */
        if (is_activation(graph, t))
            all = plus(counting, all, counting->steps.bytes[t]);
    }
    counting->reads[graph->output]++;
    for (int32_t i = 0; i < graph->op_count; i++)
        for (int k = 0; k < graph->ops[i].input_count; k++)
            counting->reads[graph->ops[i].inputs[k]]++;
}

static bool is_one_pixel(const struct vww_shape *shape)
{
    return shape->rank != 4 || (shape->dims[1] == 1 && shape->dims[2] == 1);
}

/* The last layer with weights, where it works on one pixel or is fully connected; else -1. */
static int32_t find_classifier(const struct vww_cost *cost)
{
    for (int32_t i = cost->layer_count - 1; i >= 0; i--)
        if (cost->layers[i].weights > 0)
            return cost->layers[i].kind == VWW_OP_FULLY_CONNECTED ||
                           is_one_pixel(&cost->layers[i].output)
                       ? i
                       : -1;
    return -1;
}

/* The pointwise convolution that widens the channels before the pool: the last convolution before
 * the classifier, unless it is half of a separable one (its input is a depthwise convolution's). */
static int32_t find_last_conv(const struct vww_cost *cost, const struct vww_cost_steps *steps,
                              int32_t classifier)
{
    int32_t i = classifier - 1;
    while (i >= 0 && cost->layers[i].weights == 0)
        i--;
    if (i < 0 || cost->layers[i].kind != VWW_OP_CONV_2D || cost->layers[i].kernel_h != 1 ||
        cost->layers[i].kernel_w != 1 || steps->steps[i].groups != 1)
        return -1;
    const int32_t before = steps->producer[steps->steps[i].inputs[0]];
    return before < 0 || cost->layers[before].kind == VWW_OP_DEPTHWISE_CONV_2D ? -1 : i;
}

static void sum_parameters(struct counting *counting)
{
    struct vww_cost *cost = counting->cost;
    const int32_t classifier = find_classifier(cost);
    const int32_t last_conv = find_last_conv(cost, &counting->steps, classifier);
    int64_t norms = 0, own_biases = 0;
    for (int32_t i = 0; i < cost->layer_count; i++) {
        struct vww_cost_layer *layer = &cost->layers[i];
        layer->biases = counting->norms[i] > 0 ? counting->norms[i] : counting->own_biases[i];
        cost->macs = plus(counting, cost->macs, layer->macs);
        norms = plus(counting, norms, counting->norms[i]);
        own_biases = plus(counting, own_biases, counting->own_biases[i]);
        if (i == classifier) {
            cost->classifier_weights = layer->weights;
            cost->classifier_biases = layer->biases;
        } else {
            cost->conv_weights = plus(counting, cost->conv_weights, layer->weights);
            cost->folded_bn_biases = plus(counting, cost->folded_bn_biases, layer->biases);
        }
        if (i == last_conv)
            cost->last_conv_weights = layer->weights;
    }
    const int64_t weights = plus(counting, cost->conv_weights, cost->classifier_weights);
    const int64_t biases = plus(counting, cost->folded_bn_biases, cost->classifier_biases);
    const int64_t two_norms = plus(counting, norms, norms);
    cost->params_deploy = plus(counting, weights, biases);
    cost->params_trainable = plus(counting, plus(counting, weights, own_biases), two_norms);
    cost->params_with_stats = plus(counting, cost->params_trainable, two_norms);
    cost->model_bytes = weights;
    for (int i = 0; i < 4; i++) /* 32 bits each */
        cost->model_bytes = plus(counting, cost->model_bytes, biases);
}

static bool allocate(struct counting *counting)
{
    const size_t tensors = (size_t)counting->graph->tensor_count;
    const size_t ops = (size_t)counting->graph->op_count;
    struct vww_cost_steps *steps = &counting->steps;
    counting->stands_for = vww_allocate(tensors, sizeof *counting->stands_for);
    counting->reads = vww_allocate(tensors, sizeof *counting->reads);
    counting->norms = vww_allocate(ops, sizeof *counting->norms);
    counting->own_biases = vww_allocate(ops, sizeof *counting->own_biases);
    counting->cost->layers = vww_allocate(ops, sizeof *counting->cost->layers);
    steps->steps = vww_allocate(ops, sizeof *steps->steps);
    steps->producer = vww_allocate(tensors, sizeof *steps->producer);
    steps->view_of = vww_allocate(tensors, sizeof *steps->view_of);
    steps->users = vww_allocate(tensors, sizeof *steps->users);
    steps->bytes = vww_allocate(tensors, sizeof *steps->bytes);
    return counting->stands_for != NULL && counting->reads != NULL && counting->norms != NULL &&
           counting->own_biases != NULL && counting->cost->layers != NULL && steps->steps != NULL &&
           steps->producer != NULL && steps->view_of != NULL && steps->users != NULL &&
           steps->bytes != NULL;
}

static void release(struct counting *counting)
{
    vww_free(counting->stands_for);
    vww_free(counting->reads);
    vww_free(counting->norms);
    vww_free(counting->own_biases);
    vww_free(counting->steps.steps);
    vww_free(counting->steps.producer);
    vww_free(counting->steps.view_of);
    vww_free(counting->steps.users);
    vww_free(counting->steps.bytes);
}

static vww_status count_all(struct counting *counting, int32_t paths, struct vww_error *error)
{
    struct vww_cost_steps *steps = &counting->steps;
    struct vww_cost *cost = counting->cost;
    if (!allocate(counting))
        return vww_fail_memory(error, sizeof *cost->layers * (size_t)counting->graph->op_count);
    prepare_tensors(counting);
    find_layers(counting);
    steps->tensor_count = counting->graph->tensor_count;
    steps->input = counting->graph->input;
    steps->output = counting->stands_for[counting->graph->output];
    if (steps->view_of[steps->output] >= 0)
        steps->output = steps->view_of[steps->output];
    cost->layer_count = steps->count;
    sum_parameters(counting);
    if (counting->overflow)
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "the network %s is too large: a count does not fit 63 bits",
                        counting->graph->name);
    if (!vww_cost_branches(steps, cost) || !vww_cost_lifetimes(steps, cost))
        return vww_fail_memory(error, sizeof(int32_t) * (size_t)counting->graph->tensor_count);
    vww_cost_split(steps, paths, cost);
    return VWW_OK;
}

vww_status vww_cost_count(const struct vww_graph *graph, int32_t paths, struct vww_cost *cost,
                          struct vww_error *error)
{
    *cost = (struct vww_cost){0};
    if (paths < 1) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "an inverted residual has at least one path");
        vww_error_seen(error, "%d", (int)paths);
        return VWW_ERROR_ARGUMENT;
    }
    vww_status status = vww_graph_check(graph, false, error);
    if (status != VWW_OK)
        return status;
    struct counting counting = {.graph = graph, .cost = cost};
    status = count_all(&counting, paths, error);
    release(&counting);
    if (status != VWW_OK)
        vww_cost_fini(cost);
    return status;
}

void vww_cost_fini(struct vww_cost *cost)
{
    vww_free(cost->layers);
    *cost = (struct vww_cost){0};
}

static struct vww_budget_check check(const char *name, int64_t value, int64_t limit_1000,
                                     int64_t limit_1024)
{
    return (struct vww_budget_check){.name = name,
                                     .value = value,
                                     .limit_1000 = limit_1000,
                                     .limit_1024 = limit_1024,
                                     .fits_1000 = value <= limit_1000,
                                     .fits_1024 = value <= limit_1024};
}

void vww_cost_check_budgets(const struct vww_cost *cost,
                            struct vww_budget_check checks[VWW_BUDGET_COUNT])
{
    const int64_t kb = VWW_BUDGET_KB * 1000, kib = VWW_BUDGET_KB * 1024;
    checks[0] = check("peak_memory", cost->peak_bytes_chain_or_branch, kb, kib);
    checks[1] = check("peak_memory_split", cost->peak_bytes_split6, kb, kib);
    checks[2] = check("model_size", cost->model_bytes, kb, kib);
    checks[3] = check("multiply_adds", cost->macs, VWW_BUDGET_MACS, VWW_BUDGET_MACS);
}
