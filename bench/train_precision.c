/* What bfloat16 storage does to the gradients of a network: how far they lie from float32's, beside
 * how far those of one batch lie from another's.
 *   train_precision DATA [CHECKPOINT [BATCHES]]     without a checkpoint: MobileNet V1 0.25@96 with
 * fresh weights. Batches of 96 images from the train split, cropped, flipped and coloured, both
 * classes equally often. */
#include "base/memory.h"
#include "train/network.h"
#include "train/targets.h"
#include "vww/checkpoint.h"
#include "vww/graph.h"
#include "vww/loader.h"
#include "vww/zoo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 96

struct experiment {
    struct vww_graph *graph;
    struct vww_loader *loader;
    struct vww_network *wide, *narrow; /* float32's and bfloat16's */
    float **before;                    /* float32's gradients of the batch before, by tensor */
    uint8_t *images;
    double *targets;
    int32_t labels[BATCH];
};

static int64_t elements(const struct experiment *e, int32_t tensor)
{
    return vww_shape_elements(&e->graph->tensors[tensor].shape);
}

/* Sum of squares of a - b, or of a where b is NULL. */
static double distance(const float *a, const float *b, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const double apart = (double)a[i] - (b != NULL ? (double)b[i] : 0);
        sum += apart * apart;
    }
    return sum;
}

static vww_status prepare(struct experiment *e, const char *data, const char *checkpoint,
                          struct vww_error *error)
{
    const struct vww_zoo_options zoo = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = 96, .classes = 2};
    vww_status status = checkpoint != NULL ? vww_checkpoint_graph(checkpoint, &e->graph, error)
                                           : vww_zoo_build(&zoo, &e->graph, error);
    if (status == VWW_OK && checkpoint == NULL)
        status = vww_graph_initialize(e->graph, 1, error);
    if (status != VWW_OK)
        return status;
    const struct vww_loader_options options = {.directory = data,
                                               .split = "train",
                                               .resolution =
                                                   e->graph->tensors[e->graph->input].shape.dims[1],
                                               .batch = BATCH,
                                               .seed = 7,
                                               .balance = true,
                                               .augmentation = &vww_augmentation_default};
    status = vww_loader_open(&options, NULL, &e->loader, error);
    if (status == VWW_OK)
        status = vww_network_create(e->graph, BATCH, VWW_TRAINING, &e->wide, error);
    if (status == VWW_OK)
        status = vww_network_create(e->graph, BATCH, VWW_TRAINING_BF16, &e->narrow, error);
    if (status != VWW_OK)
        return status;
    const size_t side = (size_t)options.resolution;
    e->images = vww_allocate(BATCH, side * side * 3);
    e->targets = vww_allocate(BATCH, (size_t)vww_network_classes(e->wide) * sizeof *e->targets);
    e->before = vww_allocate((size_t)e->graph->tensor_count, sizeof *e->before);
    bool good = e->images != NULL && e->targets != NULL && e->before != NULL;
    for (int32_t t = 0; good && t < e->graph->tensor_count; t++)
        if (vww_network_gradient(e->wide, t) != NULL) {
            e->before[t] = vww_allocate((size_t)elements(e, t), sizeof(float));
            good = e->before[t] != NULL;
        }
    return good ? VWW_OK : vww_fail_memory(error, BATCH * side * side * 3);
}

static struct vww_loss pass(struct experiment *e, struct vww_network *network)
{
    const struct vww_pass training = {.training = true, .seed = 5};
    vww_network_forward(network, e->images, BATCH, &training);
    return vww_network_backward(network, e->labels, e->targets);
}

/* Sums over batches of squared distances: of bfloat16's gradient from float32's, of float32's from
 * that of the batch before, and of float32's own squares. */
struct sums {
    double narrow, other, own;
};

static vww_status compare(struct experiment *e, int64_t batch, struct sums *sums,
                          struct vww_error *error)
{
    int32_t count;
    const vww_status status =
        vww_loader_batch(e->loader, 0, batch, e->images, e->labels, &count, error);
    if (status != VWW_OK)
        return status;
    vww_targets_fill(e->labels, BATCH, vww_network_classes(e->wide), 0.05, e->targets);
    const struct vww_loss wide = pass(e, e->wide), narrow = pass(e, e->narrow);
    double apart = 0, own = 0;
    for (int32_t t = 0; t < e->graph->tensor_count; t++) {
        const float *gradient = vww_network_gradient(e->wide, t);
        if (gradient == NULL)
            continue;
        apart += distance(vww_network_gradient(e->narrow, t), gradient, elements(e, t));
        own += distance(gradient, NULL, elements(e, t));
        sums->other += batch > 0 ? distance(gradient, e->before[t], elements(e, t)) : 0;
        memcpy(e->before[t], gradient, (size_t)elements(e, t) * sizeof *gradient);
    }
    sums->narrow += apart;
    sums->own += own;
    printf("batch %lld: loss %.4f, in bfloat16 %+.1e; gradients %.0f %% apart\n",
           (long long)batch + 1, wide.loss, narrow.loss - wide.loss, 100 * sqrt(apart / own));
    return VWW_OK;
}

static void release(struct experiment *e)
{
    for (int32_t t = 0; e->before != NULL && t < e->graph->tensor_count; t++)
        vww_free(e->before[t]);
    vww_free(e->before);
    vww_free(e->images);
    vww_free(e->targets);
    vww_network_destroy(e->wide);
    vww_network_destroy(e->narrow);
    vww_loader_close(e->loader);
    vww_graph_destroy(e->graph);
}

int main(int argc, char **argv)
{
    struct experiment e = {0};
    struct sums sums = {0};
    struct vww_error error;
    const int64_t batches = argc > 3 ? atoi(argv[3]) : 8;
    if (argc < 2 || argc > 4 || batches < 2) {
        fprintf(stderr, "train_precision DATA [CHECKPOINT [BATCHES]]\n");
        return 2;
    }
    vww_status status = prepare(&e, argv[1], argc > 2 ? argv[2] : NULL, &error);
    for (int64_t i = 0; i < batches && status == VWW_OK; i++)
        status = compare(&e, i, &sums, &error);
    if (status == VWW_OK) {
        /* Two independent batches lie apart by twice the variance of one. */
        const double own = sums.own / (double)batches;
        printf("of the gradient's length: bfloat16's error %.0f %%, one batch's from the mean of "
               "all %.0f %%\n",
               100 * sqrt(sums.narrow / (double)batches / own),
               100 * sqrt(sums.other / 2 / (double)(batches - 1) / own));
    } else {
        char text[1024];
        vww_error_format(&error, text, sizeof text);
        fprintf(stderr, "train_precision: %s\n", text);
    }
    release(&e);
    return status == VWW_OK ? 0 : 1;
}
