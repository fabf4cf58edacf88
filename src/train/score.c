/* Accuracy on the val images: every rank scores some of the batches, and all count the whole. */
#include "evaluate/internal.h"
#include "train/run.h"
#include "vww/network.h"

#include <string.h>

/* Some of another source's images. */
struct part {
    const struct vww_image_source *whole;
    int64_t first;
};

static vww_status part_get(void *context, int64_t i, uint8_t *image, int32_t *label,
                           struct vww_error *error)
{
    const struct part *part = context;
    return part->whole->get(part->whole->context, part->first + i, image, label, error);
}

static const char *part_class_name(void *context, int32_t label)
{
    const struct part *part = context;
    return part->whole->class_name(part->whole->context, label);
}

/* Where rank `rank` begins: at whole batches, so that every image is computed among the same others
 * as by one process. */
static int64_t part_first(int64_t images, int32_t rank, int32_t ranks)
{
    const int64_t batches = (images + VWW_EVALUATION_BATCH - 1) / VWW_EVALUATION_BATCH;
    const int64_t first = batches * rank / ranks * VWW_EVALUATION_BATCH;
    return first < images ? first : images;
}

static vww_status score_part(const struct vww_image_source *whole, const struct vww_graph *graph,
                             int64_t first, int64_t last, struct vww_evaluation *all,
                             struct vww_error *error)
{
    struct part part = {whole, first};
    const struct vww_image_source source = {.get = part_get,
                                            .class_name = part_class_name,
                                            .context = &part,
                                            .count = last - first,
                                            .resolution = whole->resolution,
                                            .classes = whole->classes};
    struct vww_predictor predictor;
    struct vww_evaluation mine = {0};
    vww_status status = vww_network_predictor(graph, VWW_EVALUATION_BATCH, &predictor, error);
    if (status == VWW_OK)
        status = vww_evaluate_source(&source, &predictor, NULL, &mine, error);
    if (status == VWW_OK) {
        const size_t images = (size_t)(last - first);
        memcpy(all->labels + first, mine.labels, images * sizeof *all->labels);
        memcpy(all->predictions + first, mine.predictions, images * sizeof *all->predictions);
        memcpy(all->probabilities + first * all->classes, mine.probabilities,
               images * (size_t)all->classes * sizeof *all->probabilities);
    }
    vww_evaluation_fini(&mine);
    vww_predictor_fini(&predictor);
    return status;
}

static void tell(struct vww_ranks *ranks, struct vww_evaluation *all)
{
    const int32_t count = vww_ranks_count(ranks);
    for (int32_t r = 0; r < count; r++) {
        const int64_t first = part_first(all->images, r, count);
        const size_t images = (size_t)(part_first(all->images, r + 1, count) - first);
        vww_ranks_broadcast(ranks, r, all->labels + first, images * sizeof *all->labels);
        vww_ranks_broadcast(ranks, r, all->predictions + first, images * sizeof *all->predictions);
        vww_ranks_broadcast(ranks, r, all->probabilities + first * all->classes,
                            images * (size_t)all->classes * sizeof *all->probabilities);
    }
}

vww_status vww_run_score(struct vww_loader *loader, const struct vww_graph *graph,
                         struct vww_ranks *ranks, double *accuracy, double *loss,
                         struct vww_error *error)
{
    struct vww_image_source whole;
    vww_image_source_loader(&whole, loader);
    struct vww_evaluation all = {.classes = whole.classes, .images = whole.count};
    const int32_t rank = vww_ranks_rank(ranks), count = vww_ranks_count(ranks);
    const int64_t first = part_first(all.images, rank, count);
    const int64_t last = part_first(all.images, rank + 1, count);
    vww_status status = vww_evaluation_allocate(&all, error);
    if (status == VWW_OK && first < last)
        status = score_part(&whole, graph, first, last, &all, error);
    status = vww_ranks_agree(ranks, status, error);
    if (status == VWW_OK) {
        tell(ranks, &all);
        status = vww_ranks_lost(ranks, error);
    }
    if (status == VWW_OK)
        vww_evaluation_count(&all);
    *accuracy = all.accuracy;
    *loss = all.loss;
    vww_evaluation_fini(&all);
    return status;
}
