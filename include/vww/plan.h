/* Where every activation lives, and when; and in which order the operators run.
 *
 * An operator that goes over an image row by row may run a few rows at a time. The plan's steps say
 * which operator computes which rows of its output, in the order of execution. A tensor of which
 * all rows are needed at once is a plane; one that is consumed while it is produced is a ring,
 * which keeps the last `rows` rows: row y lies at offset + (y % rows) * (bytes / rows). */
#ifndef VWW_PLAN_H
#define VWW_PLAN_H

#include "vww/graph.h"

struct vww_placement {
    int64_t offset, bytes; /* within the arena; offset -1: the tensor needs no place */
    int32_t rows;          /* that are kept: the image's height for a plane, less for a ring; 1 for
                              other shapes */
    int32_t first, last; /* operators (indices) during which it is live, both included; -1: written
                            by the caller before the first, op_count: read by it after the last.
                            For tensors that share their bytes (alias_of), when any of them is */
    int32_t alias_of; /* RESHAPE's output is its input's bytes: that tensor's index; -1: none. Never
                         another alias */
};

/* Operator `op` computes rows first … end - 1 of its outputs (0 … 1 for an operator that does not
 * go row by row). op VWW_STEP_INPUT: these rows of the graph's input are written by the caller. */
#define VWW_STEP_INPUT (-1)
struct vww_step {
    int32_t op, first, end;
};

struct vww_plan {
    char strategy[16];
    struct vww_graph *split; /* owned: what the plan is of, where operators were split in paths; its
                                tensors begin with those of the graph. NULL: the graph itself */
    int32_t tensor_count;
    struct vww_placement *placements; /* one for each tensor of the graph */
    int32_t step_count;
    struct vww_step *steps;
    int32_t op_count;
    int32_t *segments; /* for each operator: the index of the first one that it is interleaved with,
                          its own where it runs alone */
    int64_t *scratch;  /* for each operator: where its kernel works, -1: nowhere */
    int64_t *live;     /* op_count + 2: see vww_plan_live_bytes */
    bool feeds_rows;   /* the input is a ring: the caller writes a row at a time */
    int64_t arena_bytes;   /* exact: the end of the highest tensor */
    int64_t scratch_bytes; /* what the kernels' working memory needs beyond the arena; it lies where
                              no tensor lives while the kernel runs */
    int64_t least_bytes;   /* no placement of these lifetimes is smaller: the most that is live at
                              once, working memory included */
    bool is_optimal;       /* arena and scratch together are proved the least for these lifetimes */
};

enum vww_prefer { VWW_PREFER_MEMORY, VWW_PREFER_SPEED };

struct vww_plan_options {
    /* "plain": whole planes, exact lifetimes, best offsets. "in-place": an operator that goes row
     * by row writes over the rows of its input that it no longer needs. "split": the same, and
     * inverted residuals run in paths, as many as needed, each with a part of the expanded
     * channels. "stream": runs of operators go row by row through rings, without computing anything
     * twice; between them planes. "stream+split": both. "paper": what the paper counts (section 3.2
     * and 5.3), which is not a plan that can run. "auto": the least memory, of which
     * operators in parts must save a sixteenth, or with VWW_PREFER_SPEED the least memory without
     * more calls of kernels. */
    const char *strategy;
    enum vww_prefer prefer;
    int64_t sram_bytes; /* > 0: of the plans that need no more than this the one with the fewest
                           parts of operators, then the fewest calls */
    /* Fills for each operator of a graph what its kernel works in; called for the graph and for
     * those made of it by splitting. NULL: nothing. */
    vww_status (*scratch)(const struct vww_graph *graph, void *context, int64_t *scratch_bytes,
                          struct vww_error *error);
    void *scratch_context;
};

/* An unknown strategy: VWW_ERROR_NOT_FOUND with suggestions; no plan within sram_bytes:
 * VWW_ERROR_UNSUPPORTED, naming the least. The result has passed vww_plan_validate. Release with
 * vww_plan_fini, also after a failure. */
vww_status vww_plan_make(const struct vww_graph *graph, const struct vww_plan_options *options,
                         struct vww_plan *plan, struct vww_error *error);
void vww_plan_fini(struct vww_plan *plan);

/* The graph that the plan is of: `graph`, which it was made for, or that with operators split. */
const struct vww_graph *vww_plan_graph(const struct vww_plan *plan, const struct vww_graph *graph);

/* Another algorithm's view of the same plan: plays it step by step over a map of bytes and refuses
 * (VWW_ERROR_MISMATCH) a plan in which a read would see bytes that another row wrote, or that were
 * a kernel's working memory; a row is missing or computed twice; a tensor lies outside the arena,
 * or the arena is larger than what is used. scratch_bytes as in the options. */
vww_status vww_plan_validate(const struct vww_graph *graph, const struct vww_plan *plan,
                             const int64_t *scratch_bytes, struct vww_error *error);

/* Bytes that are live during operator `op` (-1 … op_count), at most. */
int64_t vww_plan_live_bytes(const struct vww_plan *plan, int32_t op);

#endif
