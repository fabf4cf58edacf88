/* A loader's examples as a source of labelled images. */
#include "vww/evaluate.h"

static vww_status get(void *context, int64_t i, uint8_t *image, int32_t *label,
                      struct vww_error *error)
{
    return vww_loader_example(context, i, image, label, NULL, error);
}

static const char *class_name(void *context, int32_t label)
{
    return vww_loader_class_name(context, label);
}

static bool objects(void *context, int64_t i, const struct vww_box **boxes, size_t *count)
{
    const int32_t label = vww_loader_objects(context, i, boxes, count);
    /* Of two classes the first shows nothing of the other. */
    return *count > 0 || (label == 0 && vww_loader_classes(context) == 2);
}

void vww_image_source_loader(struct vww_image_source *source, struct vww_loader *loader)
{
    *source = (struct vww_image_source){
        .get = get,
        .class_name = class_name,
        .objects = objects,
        .context = loader,
        .count = vww_loader_examples(loader),
        .resolution = vww_loader_resolution(loader),
        .classes = vww_loader_classes(loader),
    };
}

vww_status vww_evaluate(struct vww_loader *loader, const struct vww_predictor *predictor,
                        const struct vww_progress *progress, struct vww_evaluation *evaluation,
                        struct vww_error *error)
{
    struct vww_image_source source;
    vww_image_source_loader(&source, loader);
    return vww_evaluate_source(&source, predictor, progress, evaluation, error);
}
