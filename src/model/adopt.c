/* The zoo's graph with the weights of a float model that computes the same: what was folded comes
 * apart again. */
#include "base/memory.h"
#include "vww/adapt.h"
#include "vww/fold.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Two folded graphs side by side. */
struct pairing {
    const struct vww_graph *ours, *theirs;
    int32_t *source; /* ours: tensor -> their tensor with the same values, or -1 */
    int32_t *match;  /* our operator -> theirs */
    /* Where they part: */
    int32_t fitting; /* operators until there */
    const struct vww_op *our_op, *their_op;
    char ours_has[96], theirs_has[96];
};

/* --- comparing -----------------------------------------------------------------------------------
 */

static const struct vww_shape *shape_of(const struct vww_graph *graph, int32_t tensor)
{
    return &graph->tensors[tensor].shape;
}

static bool is_pixel(const struct vww_shape *shape)
{
    return shape->rank == 2 || (shape->rank == 4 && shape->dims[1] == 1 && shape->dims[2] == 1);
}

/* What an operator counts as: FULLY_CONNECTED and MEAN have other forms. */
static enum vww_op_kind kind_of(const struct vww_graph *graph, const struct vww_op *op)
{
    const struct vww_shape *in = shape_of(graph, op->inputs[0]);
    if (op->kind == VWW_OP_CONV_2D && op->groups == 1 && is_pixel(in)) {
        const struct vww_shape *weights = shape_of(graph, op->inputs[1]);
        return weights->dims[1] == 1 && weights->dims[2] == 1 ? VWW_OP_FULLY_CONNECTED : op->kind;
    }
    if (op->kind == VWW_OP_AVERAGE_POOL_2D && in->rank == 4 && op->kernel_h == in->dims[1] &&
        op->kernel_w == in->dims[2] && is_pixel(shape_of(graph, op->outputs[0])))
        return VWW_OP_MEAN;
    return op->kind;
}

static bool is_weighted(enum vww_op_kind kind)
{
    return kind == VWW_OP_CONV_2D || kind == VWW_OP_DEPTHWISE_CONV_2D ||
           kind == VWW_OP_FULLY_CONNECTED;
}

static bool is_window(enum vww_op_kind kind)
{
    return kind == VWW_OP_CONV_2D || kind == VWW_OP_DEPTHWISE_CONV_2D ||
           kind == VWW_OP_AVERAGE_POOL_2D || kind == VWW_OP_MAX_POOL_2D;
}

/* What is compared of an operator, as text: the first text that differs is what is told. */
static void describe(const struct vww_graph *graph, const struct vww_op *op, int property,
                     char text[96])
{
    const enum vww_op_kind kind = kind_of(graph, op);
    const struct vww_shape *out = shape_of(graph, op->outputs[0]);
    static const char *const activations[] = {[VWW_ACTIVATION_NONE] = "no activation",
                                              [VWW_ACTIVATION_RELU] = "relu",
                                              [VWW_ACTIVATION_RELU6] = "relu6",
                                              [VWW_ACTIVATION_RELU_N1_TO_1] =
                                                  "an activation from -1 to 1"};
    text[0] = '\0';
    if (property == 0) {
        snprintf(text, 96, "%s", vww_op_name(kind));
    } else if (property == 1 && is_weighted(kind)) {
        const struct vww_shape *w = shape_of(graph, op->inputs[1]);
        if (kind == VWW_OP_FULLY_CONNECTED)
            snprintf(text, 96, "%" PRId32 " outputs of %" PRId64 " inputs", w->dims[0],
                     vww_shape_elements(w) / w->dims[0]);
        else
            snprintf(text, 96, "weights %" PRId32 "x%" PRId32 "x%" PRId32 "x%" PRId32, w->dims[0],
                     w->dims[1], w->dims[2], w->dims[3]);
    } else if (property == 1 && is_window(kind)) {
        snprintf(text, 96, "a window of %" PRId32 "x%" PRId32, op->kernel_h, op->kernel_w);
    } else if (property == 2 && is_window(kind)) {
        snprintf(text, 96, "stride %" PRId32 "x%" PRId32 ", dilation %" PRId32 "x%" PRId32,
                 op->stride_h, op->stride_w, op->dilation_h, op->dilation_w);
    } else if (property == 3 && (is_window(kind) || kind == VWW_OP_PAD)) {
        snprintf(text, 96,
                 "padding of %" PRId32 " above, %" PRId32 " below, %" PRId32 " left, %" PRId32
                 " right",
                 op->pad_top, op->pad_bottom, op->pad_left, op->pad_right);
    } else if (property == 4) {
        snprintf(text, 96, "%s", activations[op->activation]);
    } else if (property == 5 && (kind == VWW_OP_CONV_2D || kind == VWW_OP_CHANNEL_SHUFFLE)) {
        snprintf(text, 96, "%" PRId32 " groups", op->groups);
    } else if (property == 6) {
        snprintf(text, 96, "%" PRId32 " outputs of %" PRId64 " values", op->output_count,
                 vww_shape_elements(out));
    }
}
#define PROPERTIES 7

/* Note where the graphs part. */
static bool part(struct pairing *p, const struct vww_op *ours, const struct vww_op *theirs,
                 const char *ours_has, const char *theirs_has)
{
    p->our_op = ours;
    p->their_op = theirs;
    snprintf(p->ours_has, sizeof p->ours_has, "%s", ours_has);
    snprintf(p->theirs_has, sizeof p->theirs_has, "%s", theirs_has);
    return false;
}

static bool same_inputs(const struct pairing *p, const struct vww_op *ours,
                        const struct vww_op *theirs)
{
    const int32_t count = is_weighted(ours->kind) ? 1 : ours->input_count;
    if (!is_weighted(ours->kind) && ours->input_count != theirs->input_count)
        return false;
    bool same = true, swapped = ours->kind == VWW_OP_ADD;
    for (int32_t k = 0; k < count; k++) {
        same &= p->source[ours->inputs[k]] == theirs->inputs[k];
        swapped = swapped && p->source[ours->inputs[k]] == theirs->inputs[count - 1 - k];
    }
    return same || swapped;
}

static bool same_op(struct pairing *p, const struct vww_op *ours, const struct vww_op *theirs)
{
    char ours_has[96], theirs_has[96];
    for (int i = 0; i < PROPERTIES; i++) {
        describe(p->ours, ours, i, ours_has);
        describe(p->theirs, theirs, i, theirs_has);
        if (strcmp(ours_has, theirs_has) != 0)
            return part(p, ours, theirs, ours_has, theirs_has);
    }
    if (!same_inputs(p, ours, theirs))
        return part(p, ours, theirs, "other inputs", "inputs computed elsewhere");
    for (int32_t k = 0; k < ours->output_count; k++)
        p->source[ours->outputs[k]] = theirs->outputs[k];
    return true;
}

/* The next operator that counts, from *i on. */
static const struct vww_op *next_op(const struct vww_graph *graph, int32_t *i)
{
    while (*i < graph->op_count && graph->ops[*i].kind == VWW_OP_RESHAPE)
        ++*i;
    return *i < graph->op_count ? &graph->ops[*i] : NULL;
}

/* Their tensors renamed across reshapes: each stands for what it holds. */
static int32_t before_reshapes(const struct vww_graph *graph, int32_t tensor)
{
    for (int32_t i = graph->op_count - 1; i >= 0; i--)
        if (graph->ops[i].kind == VWW_OP_RESHAPE && graph->ops[i].outputs[0] == tensor)
            tensor = graph->ops[i].inputs[0];
    return tensor;
}

static void skip_reshapes(const struct vww_graph *graph, struct vww_op *op)
{
    const int32_t count = is_weighted(op->kind) ? 1 : op->input_count;
    for (int32_t k = 0; k < count; k++)
        op->inputs[k] = before_reshapes(graph, op->inputs[k]);
}

static bool walk(struct pairing *p)
{
    int32_t i = 0, j = 0;
    p->source[p->ours->input] = p->theirs->input;
    if (!vww_shape_equal(shape_of(p->ours, p->ours->input), shape_of(p->theirs, p->theirs->input)))
        return part(p, &p->ours->ops[0], &p->theirs->ops[0], "another input", "an input");
    for (;; i++, j++, p->fitting++) {
        const struct vww_op *ours = next_op(p->ours, &i), *theirs = next_op(p->theirs, &j);
        if (ours == NULL && theirs == NULL)
            return true;
        if (ours == NULL || theirs == NULL)
            return part(p, ours, theirs, ours != NULL ? vww_op_name(ours->kind) : "nothing more",
                        theirs != NULL ? vww_op_name(theirs->kind) : "nothing more");
        struct vww_op a = *ours, b = *theirs;
        skip_reshapes(p->ours, &a);
        skip_reshapes(p->theirs, &b);
        if (!same_op(p, &a, &b)) {
            p->our_op = ours;
            p->their_op = theirs;
            return false;
        }
        p->match[i] = j;
    }
}

/* --- moving the weights --------------------------------------------------------------------------
 */

static const struct vww_op *find_named(const struct vww_graph *graph, const char *name)
{
    for (int32_t i = 0; i < graph->op_count; i++)
        if (strcmp(graph->ops[i].name, name) == 0)
            return &graph->ops[i];
    return NULL;
}

static const struct vww_op *norm_of(const struct vww_graph *graph, const struct vww_op *op)
{
    for (int32_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind == VWW_OP_BATCH_NORM && graph->ops[i].inputs[0] == op->outputs[0])
            return &graph->ops[i];
    return NULL;
}

static void move_bias(const struct vww_tensor *from, float *to, int64_t count)
{
    for (int64_t k = 0; k < count; k++)
        to[k] = from != NULL ? ((const float *)from->data)[k] : 0;
}

/* op: of the zoo's graph as it is trained, whose data are initialized. */
static void move_weights(struct vww_graph *graph, const struct vww_op *op,
                         const struct vww_graph *model, const struct vww_op *from)
{
    struct vww_tensor *weights = &graph->tensors[op->inputs[1]];
    const struct vww_tensor *bias = from->input_count > 2 ? &model->tensors[from->inputs[2]] : NULL;
    const struct vww_op *norm = norm_of(graph, op);
    memcpy(weights->data, model->tensors[from->inputs[1]].data,
           (size_t)vww_shape_elements(&weights->shape) * sizeof(float));
    if (norm == NULL) {
        if (op->input_count > 2)
            move_bias(bias, graph->tensors[op->inputs[2]].data,
                      vww_shape_elements(shape_of(graph, op->inputs[2])));
        return;
    }
    const int64_t channels = vww_shape_elements(shape_of(graph, norm->inputs[1]));
    float *gamma = graph->tensors[norm->inputs[1]].data;
    for (int64_t c = 0; c < channels; c++)
        gamma[c] = (float)sqrt(1 + (double)norm->epsilon);
    move_bias(bias, graph->tensors[norm->inputs[2]].data, channels);
}

/* A bias that the model has and the zoo's operator cannot take. */
static vww_status check_biases(const struct pairing *p, const struct vww_graph *graph,
                               struct vww_error *error)
{
    for (int32_t i = 0; i < p->ours->op_count; i++) {
        const struct vww_op *ours = &p->ours->ops[i];
        if (!is_weighted(ours->kind) || p->theirs->ops[p->match[i]].input_count < 3 ||
            ours->input_count > 2)
            continue;
        vww_fail(error, VWW_ERROR_MISMATCH, "the model is not a %s", graph->family);
        vww_error_place(error, "operator %s", p->theirs->ops[p->match[i]].name);
        vww_error_seen(error, "a bias");
        vww_error_allowed(error, "none, as %s has", ours->name);
        return VWW_ERROR_MISMATCH;
    }
    return VWW_OK;
}

static vww_status move_all(const struct pairing *p, struct vww_graph *graph,
                           struct vww_error *error)
{
    vww_status status = check_biases(p, graph, error);
    if (status == VWW_OK)
        status = vww_graph_initialize(graph, 0, error);
    for (int32_t i = 0; i < p->ours->op_count && status == VWW_OK; i++) {
        const struct vww_op *folded = &p->ours->ops[i];
        const struct vww_op *op = find_named(graph, folded->name);
        if (is_weighted(folded->kind) && op != NULL)
            move_weights(graph, op, p->theirs, &p->theirs->ops[p->match[i]]);
    }
    graph->preprocessing = p->theirs->preprocessing;
    return status;
}

/* --- one candidate, and all ----------------------------------------------------------------------
 */

static vww_status tell_parting(const struct pairing *p, const struct vww_graph *graph,
                               bool searched, struct vww_error *error)
{
    if (searched)
        vww_fail(error, VWW_ERROR_MISMATCH,
                 "the model is none of the zoo's; %s %g is the nearest, which differs",
                 graph->family, graph->depth_multiplier);
    else
        vww_fail(error, VWW_ERROR_MISMATCH, "the model is not %s %g", graph->family,
                 graph->depth_multiplier);
    if (p->their_op != NULL)
        vww_error_place(error, "operator %s (%s), after %d that fit", p->their_op->name,
                        vww_op_name(p->their_op->kind), (int)p->fitting);
    else
        vww_error_place(error, "the model's end, after %d operators that fit", (int)p->fitting);
    vww_error_seen(error, "%s", p->theirs_has);
    if (p->our_op != NULL)
        vww_error_allowed(error, "%s, as in %s", p->ours_has, p->our_op->name);
    else
        vww_error_allowed(error, "%s", p->ours_has);
    if (searched)
        vww_error_remedy(error, "name its family with --model, and with --depth-multiplier a width "
                                "outside the grid, if it is one of the zoo's");
    return VWW_ERROR_MISMATCH;
}

struct candidate {
    const char *family;
    double multiplier;
    enum vww_padding padding;
    bool searched;
};

/* Fits: *graph. VWW_ERROR_MISMATCH: not, after *fitting operators; *graph is NULL. */
static vww_status try_candidate(const struct vww_graph *folded, const struct candidate *candidate,
                                struct vww_graph **graph, int32_t *fitting, struct vww_error *error)
{
    const struct vww_shape *in = shape_of(folded, folded->input);
    const struct vww_zoo_options options = {
        .family = candidate->family,
        .depth_multiplier = candidate->multiplier,
        .resolution = in->dims[1],
        .classes = (int32_t)vww_shape_elements(shape_of(folded, folded->output)),
        .padding = candidate->padding};
    struct vww_graph *ours = NULL;
    *fitting = -1;
    vww_status status = vww_zoo_build(&options, graph, error);
    if (status != VWW_OK)
        return status;
    status = vww_quantize_fold(*graph, &ours, error);
    if (status == VWW_OK) {
        struct pairing p = {.ours = ours,
                            .theirs = folded,
                            .source = vww_allocate((size_t)ours->tensor_count, sizeof(int32_t)),
                            .match = vww_allocate((size_t)ours->op_count, sizeof(int32_t))};
        if (p.source == NULL || p.match == NULL)
            status = vww_fail_memory(error, (size_t)ours->tensor_count * sizeof(int32_t));
        for (int32_t i = 0; i < ours->tensor_count && status == VWW_OK; i++)
            p.source[i] = -1;
        if (status == VWW_OK)
            status = walk(&p) ? move_all(&p, *graph, error)
                              : tell_parting(&p, *graph, candidate->searched, error);
        *fitting = p.fitting;
        vww_free(p.source);
        vww_free(p.match);
    }
    vww_graph_destroy(ours);
    if (status != VWW_OK) {
        vww_graph_destroy(*graph);
        *graph = NULL;
    }
    return status;
}

static const enum vww_padding paddings[] = {VWW_PADDING_SAME, VWW_PADDING_EXPLICIT};
#define PADDINGS 2

/* Both rules of padding; keeps in *nearest the candidate that fits furthest. */
static vww_status try_family(const struct vww_graph *folded, struct candidate candidate,
                             struct candidate *nearest, int32_t *furthest, struct vww_graph **graph,
                             struct vww_error *error)
{
    vww_status status = VWW_ERROR_MISMATCH;
    for (int i = 0; i < PADDINGS && status != VWW_OK && status != VWW_ERROR_MEMORY; i++) {
        int32_t fitting;
        candidate.padding = paddings[i];
        status = try_candidate(folded, &candidate, graph, &fitting, error);
        if (status != VWW_OK && fitting > *furthest) {
            *furthest = fitting;
            *nearest = candidate;
        }
    }
    return status;
}

static vww_status search(const struct vww_graph *folded, struct vww_graph **graph,
                         struct vww_error *error)
{
    size_t families, multipliers;
    const struct vww_zoo_family *family = vww_zoo_families(&families);
    const double *multiplier = vww_zoo_multipliers(&multipliers);
    struct candidate nearest = {.family = family[0].name, .multiplier = 1, .searched = true};
    int32_t furthest = -1, fitting;
    for (size_t f = 0; f < families; f++)
        for (size_t m = 0; m < (family[f].in_grid ? multipliers : 1); m++) {
            const struct candidate candidate = {.family = family[f].name,
                                                .multiplier = family[f].in_grid ? multiplier[m] : 1,
                                                .searched = true};
            const vww_status status =
                try_family(folded, candidate, &nearest, &furthest, graph, error);
            if (status == VWW_OK || status == VWW_ERROR_MEMORY)
                return status;
        }
    return try_candidate(folded, &nearest, graph, &fitting, error); /* to tell where it parts */
}

static vww_status check_model(const struct vww_graph *model, struct vww_error *error)
{
    const struct vww_tensor *input = &model->tensors[model->input];
    if (input->dtype != VWW_FLOAT32) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "only a float model can be trained on");
        vww_error_seen(error, "%s", vww_dtype_name(input->dtype));
        vww_error_allowed(error, "%s", vww_dtype_name(VWW_FLOAT32));
        vww_error_remedy(error, "take the float .tflite that the integer one was made from");
        return VWW_ERROR_UNSUPPORTED;
    }
    const struct vww_shape *in = &input->shape;
    if (in->rank == 4 && in->dims[1] == in->dims[2])
        return VWW_OK;
    char text[64];
    vww_shape_text(in, text, sizeof text);
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the model's input is not a square image");
    vww_error_seen(error, "%s", text);
    return VWW_ERROR_UNSUPPORTED;
}

vww_status vww_zoo_adopt(const struct vww_graph *model, const char *family, double depth_multiplier,
                         struct vww_graph **graph, struct vww_error *error)
{
    struct vww_graph *folded = NULL;
    *graph = NULL;
    vww_status status = check_model(model, error);
    if (status == VWW_OK)
        status = vww_quantize_fold(model, &folded, error);
    if (status != VWW_OK)
        return status;
    if (family == NULL) {
        status = search(folded, graph, error);
    } else {
        struct candidate nearest = {.family = family, .multiplier = depth_multiplier};
        int32_t furthest = -1, fitting;
        status = try_family(folded, nearest, &nearest, &furthest, graph, error);
        if (status == VWW_ERROR_MISMATCH)
            status = try_candidate(folded, &nearest, graph, &fitting, error);
    }
    vww_graph_destroy(folded);
    return status;
}
