/* The parts of the simplification, in the order in which they work. */
#ifndef VWW_SIMPLIFY_INTERNAL_H
#define VWW_SIMPLIFY_INTERNAL_H

#include "lower/lower.h"
#include "vww/simplify.h"

/* Which rows (or columns) of a window lie inside the image: first … last, none where last < first.
 */
struct vww_span {
    int32_t first, last;
};

/* An operator with weights, in one form for all kinds. Weight of output o, window position `tap`,
 * input i: weights[o * output_step + tap * tap_step + i]; it multiplies channel
 * (first_input(o) + i) % input_channels. */
struct vww_weighted {
    const int8_t *weights; /* NULL: the operator has none */
    int32_t outputs, inputs, input_channels;
    int32_t outputs_per_group, inputs_per_group; /* first_input(o) = o / outputs_per_group *
                                                    inputs_per_group */
    int32_t output_step, tap_step;
    int32_t kernel_h, kernel_w;
    struct vww_span *rows, *columns; /* the different ones among all windows */
    int32_t row_count, column_count;
    int32_t input_offset, output_offset, low, high;
    const int32_t *bias, *multipliers;
    const int8_t *shifts;
    bool rounds_once;
    bool is_opaque; /* its inputs are no channels of the tensor before it */
    bool is_free;   /* outputs and inputs can be removed independently of each other */
};

enum vww_need { VWW_UNNEEDED, VWW_FILLER, VWW_NEEDED };

/* A slot is one channel of one activation tensor. */
struct vww_simplify_work {
    const struct vww_graph *graph;
    struct vww_lowered *ops;
    struct vww_weighted *weighted; /* one for each operator */
    bool *folds;                   /* of each operator: constants go into its biases */
    int32_t *first;                /* of each tensor: the slot of its channel 0; -1: no slots */
    int32_t slot_count;
    int8_t *low, *high; /* of each slot: all its values lie within */
    bool *is_cut;       /* of each slot: the operator's activation may change it */
    int32_t *parent;    /* of each slot: union-find; slots of one set stay or go together */
    uint8_t *need;      /* enum vww_need, of each set's root */
    struct vww_error *error;
};

static inline int32_t vww_channel_count(const struct vww_shape *shape)
{
    return shape->rank > 0 ? shape->dims[shape->rank - 1] : 1;
}

/* Whether each output channel of an operator without weights comes from channels of its inputs in a
 * way that the simplification knows. All channels of others stay. */
bool vww_moves_channels(const struct vww_simplify_work *work, int32_t op);

static inline bool vww_slot_is_constant(const struct vww_simplify_work *work, int32_t slot)
{
    return work->low[slot] == work->high[slot];
}

/* simplify.c: room for a graph's work, and its operators lowered. Release it with
 * vww_simplify_close, also after a failure. */
vww_status vww_simplify_open(struct vww_simplify_work *work);
void vww_simplify_close(struct vww_simplify_work *work);

/* demand.c */
enum vww_need vww_slot_need(const struct vww_simplify_work *work, int32_t slot);

/* The slot that input i of output o is multiplied with; not of an opaque operator. */
static inline int32_t vww_weighted_slot(const struct vww_simplify_work *work, int32_t op, int32_t o,
                                        int32_t i)
{
    const struct vww_weighted *w = &work->weighted[op];
    const int32_t channel = o / w->outputs_per_group * w->inputs_per_group + i;
    return work->first[work->graph->ops[op].inputs[0]] + channel % w->input_channels;
}

/* weighted.c */
vww_status vww_weighted_open(struct vww_simplify_work *work, int32_t op);
void vww_weighted_close(struct vww_weighted *weighted);
/* Least and largest sum, bias included, of output o in windows of these rows and columns. */
void vww_weighted_bounds(const struct vww_simplify_work *work, int32_t op, int32_t o,
                         struct vww_span rows, struct vww_span columns, int64_t *least,
                         int64_t *most);
/* What input i adds to every sum of output o; false where it is not always the same. */
bool vww_weighted_constant(const struct vww_simplify_work *work, int32_t op, int32_t o, int32_t i,
                           int64_t *sum);

/* intervals.c: low, high and is_cut of all slots. */
void vww_simplify_intervals(struct vww_simplify_work *work);

/* demand.c: which slots must stay. multiple: counts are filled up to it where possible. */
void vww_simplify_demand(struct vww_simplify_work *work, int32_t multiple);
/* The bias of output o with all foldable inputs that go folded in. */
int64_t vww_folded_bias(const struct vww_simplify_work *work, int32_t op, int32_t o);

/* rebuild.c: the smaller graph, in place of `graph`, a copy of the work's. */
vww_status vww_simplify_rebuild(const struct vww_simplify_work *work, struct vww_graph *graph);

#endif
