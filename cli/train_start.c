#include "train_start.h"
#include "console.h"
#include "enlarging.h"
#include "vww/adapt.h"
#include "vww/checkpoint.h"
#include "vww/dataset.h"
#include "vww/tflite.h"
#include "vww/train.h"

#include <inttypes.h>
#include <string.h>

bool train_start_is_file(const char *from)
{
    const size_t length = strlen(from);
    return length > 7 && strcmp(from + length - 7, ".tflite") == 0;
}

vww_status train_start_read(const char *path, struct vww_graph **graph, struct vww_error *error)
{
    return train_start_is_file(path) ? vww_tflite_read(path, graph, error)
                                     : vww_checkpoint_graph(path, graph, error);
}

static vww_status random_graph(const struct train_start *start, const struct vww_manifest *data,
                               struct vww_graph **graph, struct vww_error *error)
{
    start->choice->classes = (int64_t)data->class_count;
    if (start->choice->resolution == 0 && start->choice->network == NULL)
        start->choice->resolution = data->size;
    const vww_status status = model_choice_build(start->choice, graph, error);
    return status == VWW_OK ? vww_graph_initialize(*graph, start->seed, error) : status;
}

static vww_status adopt(const struct train_start *start, struct vww_graph **graph,
                        struct vww_error *error)
{
    struct vww_graph *model;
    vww_status status = vww_tflite_read(start->from, &model, error);
    if (status != VWW_OK)
        return status;
    status =
        vww_zoo_adopt(model, start->choice->model, start->choice->depth_multiplier, graph, error);
    if (status != VWW_OK)
        vww_error_at(error, start->from, -1);
    else if (start->speaks)
        console_note("%s: the weights of a %s %g for %" PRId32 " pixels", start->from,
                     (*graph)->family, (*graph)->depth_multiplier,
                     (*graph)->tensors[(*graph)->input].shape.dims[1]);
    vww_graph_destroy(model);
    return status;
}

/* Make the graph fit the data and the chosen resolution. */
static vww_status fit(const struct train_start *start, const struct vww_manifest *data,
                      struct vww_graph *graph, struct vww_error *error)
{
    const int32_t resolution = (int32_t)start->choice->resolution;
    const int32_t classes = (int32_t)data->class_count;
    const int32_t pixels = graph->tensors[graph->input].shape.dims[1];
    const int64_t outputs = vww_shape_elements(&graph->tensors[graph->output].shape);
    vww_status status = VWW_OK;
    if (resolution != 0 && resolution != pixels) {
        status = vww_graph_resize(graph, resolution, error);
        if (status == VWW_OK && start->speaks)
            console_note("%s: trained on %" PRId32 " pixels, goes on with %" PRId32, start->from,
                         pixels, resolution);
    }
    if (status == VWW_OK && classes != outputs) {
        status = vww_graph_renew_classifier(graph, classes, start->seed, error);
        if (status == VWW_OK && start->speaks)
            console_note("%s: it told %" PRId64 " classes apart, the data set has %" PRId32
                         ": the classifier is renewed and begins with random weights",
                         start->from, outputs, classes);
    }
    if (status != VWW_OK)
        vww_error_at(error, start->from, -1);
    return status;
}

static vww_status known_graph(const struct train_start *start, const struct vww_manifest *data,
                              struct vww_graph **graph, struct vww_error *error)
{
    const bool foreign = train_start_is_file(start->from);
    vww_status status =
        foreign ? adopt(start, graph, error) : vww_checkpoint_graph(start->from, graph, error);
    if (status == VWW_OK)
        status = fit(start, data, *graph, error);
    if (status == VWW_OK && foreign)
        status = vww_train_settle(*graph, start->data, start->seed, console_progress(), error);
    return status;
}

vww_status train_start_graph(const struct train_start *start, struct vww_graph **graph,
                             struct vww_error *error)
{
    struct vww_manifest manifest;
    *graph = NULL;
    vww_status status = vww_manifest_read(start->data, &manifest, error);
    if (status != VWW_OK)
        return status;
    status = start->from != NULL ? known_graph(start, &manifest, graph, error)
                                 : random_graph(start, &manifest, graph, error);
    if (status == VWW_OK && start->speaks)
        note_enlarging(start->data, manifest.size,
                       (*graph)->tensors[(*graph)->input].shape.dims[1]);
    vww_manifest_fini(&manifest);
    if (status != VWW_OK) {
        vww_graph_destroy(*graph);
        *graph = NULL;
    }
    return status;
}
