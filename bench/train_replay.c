/* A training by a recipe, step by step, with every batch that it saw: what bench/train_replay.py
 * trains another network with, from the same first weights, to compare losses.
 *   train_replay FAMILY DEPTH_MULTIPLIER RESOLUTION DATA RECIPE [SETTING VALUE]…
 * A SETTING is one of the recipe, or `teacher`, whose VALUE is a run or a checkpoint. Dropout is
 * off, as its random numbers cannot be repeated elsewhere. On standard output: a line of JSON with
 * the recipe's numbers, then frames (struct frame, then for STEP and VAL count labels as int32 and
 * count images as bytes N,H,W,C, then for STEP count times the classes' targets as double), in the
 * byte order of the machine. */
#include "train/run.h"
#include "vww/zoo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    STEP = 1, /* a batch, augmented; a: its loss before the step, b: the step's learning rate */
    VAL = 2,  /* some of the val images */
    EPOCH = 3 /* a, b: loss and accuracy on val */
};

struct frame {
    int32_t kind, count;
    double a, b;
};

static bool put(const void *data, size_t bytes)
{
    return fwrite(data, 1, bytes, stdout) == bytes;
}

static vww_status put_frame(const struct vww_run *run, const struct frame *frame,
                            struct vww_error *error)
{
    const size_t count = (size_t)frame->count, side = (size_t)run->record.resolution;
    const size_t targets = frame->kind == STEP ? count * (size_t)run->record.classes : 0;
    const bool whole = put(frame, sizeof *frame) && put(run->labels, count * sizeof *run->labels) &&
                       put(run->images, count * side * side * 3) &&
                       put(run->targets, targets * sizeof *run->targets);
    return whole ? VWW_OK : vww_fail_io(error, "write", "standard output");
}

static vww_status step(struct vww_run *run, int64_t epoch, int64_t step, struct vww_error *error)
{
    struct frame frame = {.kind = STEP};
    struct vww_batch batch;
    vww_status status = vww_run_batch(run, epoch, step, &batch, error);
    if (status == VWW_OK)
        status = vww_trainer_step(run->trainer, &batch, run->steps, error);
    if (status != VWW_OK)
        return status;
    frame.count = batch.count;
    frame.a = vww_trainer_loss(run->trainer).loss;
    frame.b = vww_trainer_learning_rate(run->trainer);
    return put_frame(run, &frame, error);
}

static vww_status end_epoch(struct vww_run *run, struct vww_error *error)
{
    struct vww_position *position = vww_trainer_position(run->trainer);
    struct frame end = {.kind = EPOCH};
    vww_status status = VWW_OK;
    for (int64_t i = 0; status == VWW_OK && i < vww_loader_steps(run->val); i++) {
        struct frame frame = {.kind = VAL};
        status = vww_loader_batch(run->val, 0, i, run->images, run->labels, &frame.count, error);
        if (status == VWW_OK)
            status = put_frame(run, &frame, error);
    }
    if (status == VWW_OK)
        status =
            vww_run_score(run->val, vww_trainer_graph(run->trainer), NULL, &end.b, &end.a, error);
    position->epoch++;
    position->step_in_epoch = 0;
    return status == VWW_OK ? put_frame(run, &end, error) : status;
}

static vww_status replay(struct vww_run *run, const struct vww_train_job *job,
                         struct vww_error *error)
{
    vww_status status = vww_run_prepare(run, job, job->graph, error);
    if (status != VWW_OK)
        return status;
    const struct vww_recipe *recipe = &run->record.recipe;
    if (run->val == NULL || recipe->batch < VWW_EVALUATION_BATCH)
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "there must be val images, and %d or more in a batch",
                        VWW_EVALUATION_BATCH);
    printf("{\"optimizer\": \"%s\", \"momentum\": %.17g, \"gradient_decay\": %.17g, "
           "\"epsilon\": %.17g, \"weight_decay\": %.17g, "
           "\"batch_norm_decay\": %.17g, \"average_decay\": %.17g, \"steps\": %lld, "
           "\"side\": %lld, \"classes\": %lld}\n",
           recipe->optimizer, recipe->momentum, recipe->gradient_decay, recipe->epsilon,
           recipe->weight_decay, recipe->batch_norm_decay, recipe->average_decay,
           (long long)run->steps, (long long)run->record.resolution,
           (long long)run->record.classes);
    for (int64_t epoch = 0; status == VWW_OK && epoch < recipe->epochs; epoch++) {
        for (int64_t i = 0; status == VWW_OK && i < run->steps; i++)
            status = step(run, epoch, i, error);
        if (status == VWW_OK)
            status = end_epoch(run, error);
    }
    return status;
}

static vww_status read_recipe(char **arguments, struct vww_train_job *job, struct vww_error *error)
{
    struct vww_recipe *recipe = &job->recipe;
    vww_status status = vww_recipe_read(arguments[0], false, recipe, NULL, error);
    for (char **at = arguments + 1; status == VWW_OK && *at != NULL; at += 2)
        if (strcmp(at[0], "teacher") == 0)
            job->teacher = at[1];
        else
            status = vww_recipe_set(recipe, at[0], at[1] != NULL ? at[1] : "", error);
    return status == VWW_OK ? vww_recipe_resolve(recipe, error) : status;
}

int main(int argc, char **argv)
{
    struct vww_error error;
    struct vww_run run;
    struct vww_graph *graph = NULL;
    if (argc < 6 || argc % 2 != 0) {
        fprintf(stderr, "train_replay FAMILY DEPTH_MULTIPLIER RESOLUTION DATA RECIPE "
                        "[SETTING VALUE]…\n");
        return 2;
    }
    const struct vww_zoo_options options = {.family = argv[1],
                                            .depth_multiplier = atof(argv[2]),
                                            .resolution = atoi(argv[3]),
                                            .classes = 2};
    struct vww_train_job job = {.data = argv[4]};
    const struct vww_train_means means = {.cache_bytes = (size_t)512 << 20};
    vww_run_init(&run, &means, NULL);
    vww_status status = read_recipe(argv + 5, &job, &error);
    if (status == VWW_OK)
        status = vww_zoo_build(&options, &graph, &error);
    if (status == VWW_OK)
        status = vww_graph_initialize(graph, (uint64_t)job.recipe.seed, &error);
    for (int32_t i = 0; status == VWW_OK && i < graph->op_count; i++)
        graph->ops[i].keep_probability = 1;
    job.graph = graph;
    if (status == VWW_OK)
        status = replay(&run, &job, &error);
    if (status != VWW_OK) {
        char text[1024];
        vww_error_format(&error, text, sizeof text);
        fprintf(stderr, "train_replay: %s\n", text);
    }
    vww_run_fini(&run);
    vww_graph_destroy(graph);
    return status == VWW_OK ? 0 : 1;
}
