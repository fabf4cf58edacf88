/* Peak memory of the activations by three rules: the paper's section 3.2 (branches), its section
 * 5.3 (split paths), and exact lifetimes. */
#include "base/memory.h"
#include "model/cost.h"

#include <stdio.h>
#include <string.h>

#define MOST_TENSORS (2 * (VWW_MAX_INPUTS + 1)) /* of a pair of layers */

/* Distinct tensors and their bytes. A view adds nothing where the tensor it shows is there. */
struct tensor_set {
    int32_t tensors[MOST_TENSORS];
    int32_t count;
};

static void add_tensor(struct tensor_set *set, int32_t tensor)
{
    for (int32_t i = 0; i < set->count; i++)
        if (set->tensors[i] == tensor)
            return;
    set->tensors[set->count++] = tensor;
}

static void add_step(struct tensor_set *set, const struct vww_cost_step *step)
{
    for (int32_t i = 0; i < step->input_count; i++)
        add_tensor(set, step->inputs[i]);
    add_tensor(set, step->output);
}

static int64_t set_bytes(const struct tensor_set *set, const struct vww_cost_steps *steps)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < set->count; i++) {
        const int32_t whole = steps->view_of[set->tensors[i]];
        bool counted = false;
        for (int32_t k = 0; k < set->count && whole >= 0; k++)
            counted = counted || set->tensors[k] == whole;
        if (!counted)
            bytes += steps->bytes[set->tensors[i]];
    }
    return bytes;
}

/* Which layers each layer depends on, itself included: one row of bits each. */
struct ancestry {
    uint64_t *bits;
    size_t words;
};

static bool has_ancestor(const struct ancestry *ancestry, int32_t layer, int32_t ancestor)
{
    return layer >= 0 && (ancestry->bits[(size_t)layer * ancestry->words + (size_t)ancestor / 64] >>
                              (ancestor % 64) &
                          1) != 0;
}

static bool find_ancestors(const struct vww_cost_steps *steps, struct ancestry *ancestry)
{
    const size_t words = ancestry->words = ((size_t)steps->count + 63) / 64;
    ancestry->bits = vww_allocate((size_t)steps->count * words, sizeof *ancestry->bits);
    if (ancestry->bits == NULL)
        return false;
    for (int32_t i = 0; i < steps->count; i++) {
        uint64_t *row = ancestry->bits + (size_t)i * words;
        row[i / 64] |= (uint64_t)1 << (i % 64);
        for (int32_t k = 0; k < steps->steps[i].input_count; k++) {
            const int32_t producer = steps->producer[steps->steps[i].inputs[k]];
            for (size_t word = 0; word < words && producer >= 0; word++)
                row[word] |= ancestry->bits[(size_t)producer * words + word];
        }
    }
    return true;
}

/* The layers of a branch: those that `end`'s tensor depends on and `other`'s does not. */
static int32_t branch_layers(const struct ancestry *ancestry, int32_t end, int32_t other,
                             int32_t *layers)
{
    int32_t count = 0;
    for (int32_t i = 0; i <= end; i++)
        if (has_ancestor(ancestry, end, i) && !has_ancestor(ancestry, other, i))
            layers[count++] = i;
    return count;
}

static void raise_peak(struct vww_cost_layer *layer, int64_t bytes, int32_t *partner,
                       int32_t partner_now)
{
    if (bytes > layer->peak_bytes) {
        layer->peak_bytes = bytes;
        *partner = partner_now;
    }
}

/* Every pair of one layer of branch a and one of branch b; a branch without layers is its tensor.
 */
static void pair_branches(const struct vww_cost_steps *steps, const int32_t *a, int32_t a_count,
                          int32_t a_tensor, const int32_t *b, int32_t b_count, int32_t b_tensor,
                          struct vww_cost_layer *layers, int32_t *partners)
{
    for (int32_t i = 0; i < a_count || (i == 0 && b_count > 0); i++)
        for (int32_t k = 0; k < b_count || k == 0; k++) {
            struct tensor_set set = {.count = 0};
            if (i < a_count)
                add_step(&set, &steps->steps[a[i]]);
            else
                add_tensor(&set, a_tensor);
            if (k < b_count)
                add_step(&set, &steps->steps[b[k]]);
            else
                add_tensor(&set, b_tensor);
            const int64_t bytes = set_bytes(&set, steps);
            if (i < a_count)
                raise_peak(&layers[a[i]], bytes, &partners[a[i]], k < b_count ? b[k] : -1);
            if (k < b_count)
                raise_peak(&layers[b[k]], bytes, &partners[b[k]], i < a_count ? a[i] : -1);
        }
}

static void pair_all_branches(const struct vww_cost_steps *steps, const struct ancestry *ancestry,
                              int32_t join, int32_t *room, struct vww_cost_layer *layers,
                              int32_t *partners)
{
    const struct vww_cost_step *step = &steps->steps[join];
    for (int32_t i = 0; i < step->input_count; i++)
        for (int32_t k = 0; k < i; k++) {
            const int32_t a_end = steps->producer[step->inputs[i]];
            const int32_t b_end = steps->producer[step->inputs[k]];
            int32_t *a = room, *b = room + steps->count;
            const int32_t a_count = branch_layers(ancestry, a_end, b_end, a);
            const int32_t b_count = branch_layers(ancestry, b_end, a_end, b);
            pair_branches(steps, a, a_count, step->inputs[i], b, b_count, step->inputs[k], layers,
                          partners);
        }
}

/* One input, the largest, and the output: the layer as if it stood in a chain. */
static int64_t chain_bytes(const struct vww_cost_steps *steps, const struct vww_cost_step *step)
{
    int64_t largest = 0;
    for (int32_t i = 0; i < step->input_count; i++)
        if (steps->bytes[step->inputs[i]] > largest)
            largest = steps->bytes[step->inputs[i]];
    return largest + steps->bytes[step->output];
}

bool vww_cost_branches(const struct vww_cost_steps *steps, struct vww_cost *cost)
{
    struct ancestry ancestry = {0};
    int32_t *room = vww_allocate((size_t)steps->count, 2 * sizeof *room);
    int32_t *partners = vww_allocate((size_t)steps->count, sizeof *partners);
    const bool ready = room != NULL && partners != NULL && find_ancestors(steps, &ancestry);
    for (int32_t i = 0; ready && i < steps->count; i++) {
        struct tensor_set set = {.count = 0};
        add_step(&set, &steps->steps[i]);
        cost->layers[i].peak_bytes = set_bytes(&set, steps);
        partners[i] = -1;
        const int64_t chain = chain_bytes(steps, &steps->steps[i]);
        if (chain > cost->peak_bytes_ignoring_branches)
            cost->peak_bytes_ignoring_branches = chain;
    }
    for (int32_t i = 0; ready && i < steps->count; i++)
        if (cost->layers[i].kind == VWW_OP_ADD || cost->layers[i].kind == VWW_OP_CONCAT)
            pair_all_branches(steps, &ancestry, i, room, cost->layers, partners);
    for (int32_t i = 0; ready && i < steps->count; i++)
        if (cost->layers[i].peak_bytes > cost->peak_bytes_chain_or_branch) {
            cost->peak_bytes_chain_or_branch = cost->layers[i].peak_bytes;
            snprintf(cost->peak_at, sizeof cost->peak_at, "%s", cost->layers[i].name);
            snprintf(cost->peak_with, sizeof cost->peak_with, "%s",
                     partners[i] >= 0 ? cost->layers[partners[i]].name : "");
        }
    vww_free(room);
    vww_free(partners);
    vww_free(ancestry.bits);
    return ready;
}

bool vww_cost_lifetimes(const struct vww_cost_steps *steps, struct vww_cost *cost)
{
    /* last[t]: the layer after which tensor t is no longer needed. A part keeps the whole alive. */
    int32_t *last = vww_allocate((size_t)steps->tensor_count, sizeof *last);
    if (last == NULL)
        return false;
    for (int32_t t = 0; t < steps->tensor_count; t++)
        last[t] = -1;
    for (int32_t i = 0; i < steps->count; i++)
        for (int32_t k = 0; k < steps->steps[i].input_count; k++) {
            const int32_t tensor = steps->steps[i].inputs[k];
            last[steps->view_of[tensor] >= 0 ? steps->view_of[tensor] : tensor] = i;
        }
    last[steps->output] = steps->count - 1;
    int64_t live = steps->bytes[steps->input];
    for (int32_t i = 0; i < steps->count; i++) {
        const int32_t output = steps->steps[i].output;
        live += steps->bytes[output];
        cost->layers[i].live_bytes = live;
        if (live > cost->peak_bytes_lifetimes) {
            cost->peak_bytes_lifetimes = live;
            snprintf(cost->lifetimes_at, sizeof cost->lifetimes_at, "%s", cost->layers[i].name);
        }
        if (last[output] < i) /* nobody reads it */
            live -= steps->bytes[output];
        for (int32_t k = 0; k < steps->steps[i].input_count; k++) {
            const int32_t tensor = steps->steps[i].inputs[k];
            const int32_t whole = steps->view_of[tensor] >= 0 ? steps->view_of[tensor] : tensor;
            if (last[whole] == i) {
                live -= steps->bytes[whole];
                last[whole] = -2; /* both halves may be inputs: end its life once */
            }
        }
    }
    vww_free(last);
    return true;
}

/* --- section 5.3 --------------------------------------------------------------------------------
 * An inverted residual is a depthwise convolution with activation, read only by a linear pointwise
 * convolution (project), and before it, where there is one, a pointwise convolution with activation
 * read only by it (expand). */

static bool is_pointwise(const struct vww_cost_layer *layer, const struct vww_cost_step *step)
{
    return layer->kind == VWW_OP_CONV_2D && layer->kernel_h == 1 && layer->kernel_w == 1 &&
           layer->stride_h == 1 && layer->stride_w == 1 && step->groups == 1;
}

/* The only layer that reads the tensor, or -1. */
static int32_t only_user(const struct vww_cost_steps *steps, int32_t tensor, int32_t after)
{
    if (steps->users[tensor] != 1 || tensor == steps->output)
        return -1;
    for (int32_t i = after; i < steps->count; i++)
        for (int32_t k = 0; k < steps->steps[i].input_count; k++)
            if (steps->steps[i].inputs[k] == tensor)
                return i;
    return -1;
}

/* Bytes of one path's part of a tensor: its channels are divided, rounded up. */
static int64_t part_bytes(const struct vww_shape *shape, int32_t paths)
{
    const int64_t channels = shape->dims[3];
    return (channels + paths - 1) / paths * shape->dims[1] * shape->dims[2];
}

static void split_block(const struct vww_cost_steps *steps, int32_t paths, int32_t depthwise,
                        struct vww_cost_layer *layers)
{
    const struct vww_cost_step *step = steps->steps;
    if (layers[depthwise].kind != VWW_OP_DEPTHWISE_CONV_2D || !step[depthwise].activated)
        return;
    const int32_t project = only_user(steps, step[depthwise].output, depthwise + 1);
    if (project < 0 || !is_pointwise(&layers[project], &step[project]) || step[project].activated)
        return;
    int32_t block_input = step[depthwise].inputs[0];
    const int32_t before = steps->producer[block_input];
    const bool expands =
        before >= 0 && is_pointwise(&layers[before], &step[before]) && step[before].activated &&
        only_user(steps, block_input, before + 1) == depthwise && steps->view_of[block_input] < 0;
    int64_t bytes = part_bytes(&layers[depthwise].output, paths);
    if (expands) {
        bytes += part_bytes(&layers[before].output, paths);
        block_input = step[before].inputs[0];
    }
    bytes += steps->bytes[block_input] + steps->bytes[step[project].output];
    layers[depthwise].split_bytes = layers[project].split_bytes = bytes;
    if (expands)
        layers[before].split_bytes = bytes;
    const int32_t add = only_user(steps, step[project].output, project + 1);
    if (add >= 0 && layers[add].kind == VWW_OP_ADD &&
        (step[add].inputs[0] == block_input || step[add].inputs[1] == block_input))
        layers[add].split_bytes = bytes;
}

void vww_cost_split(const struct vww_cost_steps *steps, int32_t paths, struct vww_cost *cost)
{
    bool any = false;
    for (int32_t i = 0; i < steps->count; i++)
        cost->layers[i].split_bytes = -1;
    for (int32_t i = 0; i < steps->count; i++)
        split_block(steps, paths, i, cost->layers);
    for (int32_t i = 0; i < steps->count; i++) {
        any = any || cost->layers[i].split_bytes >= 0;
        if (cost->layers[i].split_bytes < 0)
            cost->layers[i].split_bytes = cost->layers[i].peak_bytes;
    }
    for (int32_t i = 0; any && i < steps->count; i++)
        if (cost->layers[i].split_bytes > cost->peak_bytes_split6) {
            cost->peak_bytes_split6 = cost->layers[i].split_bytes;
            snprintf(cost->split6_at, sizeof cost->split6_at, "%s", cost->layers[i].name);
        }
}
