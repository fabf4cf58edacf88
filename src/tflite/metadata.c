#include "tflite/metadata.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FORMAT 1

void tflite_metadata_write(const struct vww_graph *graph, const char *const *labels,
                           struct vww_buffer *out)
{
    const struct vww_shape *in = &graph->tensors[graph->input].shape;
    const int64_t classes = vww_shape_elements(&graph->tensors[graph->output].shape);
    struct vww_json json;
    vww_json_begin(&json, out, false);
    vww_json_object(&json);
    vww_json_put_integer(&json, "format", FORMAT);
    vww_json_put_string(&json, "name", graph->name);
    vww_json_put_string(&json, "family", graph->family);
    vww_json_put_number(&json, "depth_multiplier", graph->depth_multiplier);
    if (labels != NULL) {
        vww_json_key(&json, "labels");
        vww_json_array(&json);
        for (int64_t i = 0; i < classes; i++)
            vww_json_string(&json, labels[i]);
        vww_json_end(&json);
    }
    vww_json_key(&json, "input");
    vww_json_object(&json);
    if (in->rank == 4) {
        vww_json_put_integer(&json, "height", in->dims[1]);
        vww_json_put_integer(&json, "width", in->dims[2]);
    }
    vww_json_put_string(&json, "color_order", "RGB");
    vww_json_put_number(&json, "mean", graph->preprocessing.mean);
    vww_json_put_number(&json, "scale", graph->preprocessing.scale);
    vww_json_put_string(&json, "resize", graph->preprocessing.resize);
    vww_json_end(&json);
    vww_json_key(&json, "operators");
    vww_json_array(&json);
    for (int32_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind != VWW_OP_DROPOUT)
            vww_json_string(&json, graph->ops[i].name);
    vww_json_end(&json);
    vww_json_end(&json);
}

static vww_status refuse(struct vww_error *error, const char *name, const char *what)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(error, name, -1);
    vww_error_place(error, "metadata \"" TFLITE_METADATA_NAME "\"");
    return VWW_ERROR_FORMAT;
}

static vww_status parse(const void *json, size_t bytes, const char *name, yajl_val *tree,
                        struct vww_error *error)
{
    int64_t format;
    const vww_status status = vww_json_parse(json, bytes, name, tree, error);
    if (status != VWW_OK) {
        vww_error_place(error, "metadata \"" TFLITE_METADATA_NAME "\"");
        return status;
    }
    if (vww_json_get_integer(*tree, "format", &format) && format == FORMAT)
        return VWW_OK;
    yajl_tree_free(*tree);
    return refuse(error, name, "it is of another format than this version of vww reads");
}

static void take_text(yajl_val object, const char *key, char *text, size_t size)
{
    const char *value;
    if (vww_json_get_string(object, key, &value))
        snprintf(text, size, "%s", value);
}

static void take_operator_names(yajl_val names, struct vww_graph *graph)
{
    if (!YAJL_IS_ARRAY(names) || names->u.array.len != (size_t)graph->op_count)
        return;
    for (int32_t i = 0; i < graph->op_count; i++)
        if (YAJL_IS_STRING(names->u.array.values[i]))
            snprintf(graph->ops[i].name, sizeof graph->ops[i].name, "%s",
                     YAJL_GET_STRING(names->u.array.values[i]));
}

vww_status tflite_metadata_read(const void *json, size_t bytes, const char *name,
                                struct vww_graph *graph, struct vww_error *error)
{
    yajl_val tree;
    const vww_status status = parse(json, bytes, name, &tree, error);
    if (status != VWW_OK)
        return status;
    const yajl_val input = vww_json_get(tree, "input");
    double mean, scale;
    take_text(tree, "name", graph->name, sizeof graph->name);
    take_text(tree, "family", graph->family, sizeof graph->family);
    vww_json_get_number(tree, "depth_multiplier", &graph->depth_multiplier);
    take_text(input, "resize", graph->preprocessing.resize, sizeof graph->preprocessing.resize);
    const bool known =
        vww_json_get_number(input, "mean", &mean) && vww_json_get_number(input, "scale", &scale);
    if (known) {
        graph->preprocessing.mean = (float)mean;
        graph->preprocessing.scale = (float)scale;
    }
    take_operator_names(vww_json_get(tree, "operators"), graph);
    yajl_tree_free(tree);
    if (known && isfinite(graph->preprocessing.mean) && isfinite(graph->preprocessing.scale))
        return VWW_OK;
    return refuse(error, name, "the input's mean and scale are missing or no finite numbers");
}

vww_status tflite_metadata_labels(const void *json, size_t bytes, const char *name,
                                  struct vww_labels *labels, struct vww_error *error)
{
    yajl_val tree;
    const vww_status status = parse(json, bytes, name, &tree, error);
    if (status != VWW_OK)
        return status;
    const yajl_val list = vww_json_get(tree, "labels");
    const size_t count = YAJL_IS_ARRAY(list) ? list->u.array.len : 0;
    if (count > 0 && count <= VWW_LABELS_MAX) {
        labels->names = vww_allocate(count, sizeof *labels->names);
        if (labels->names == NULL) {
            yajl_tree_free(tree);
            return vww_fail_memory(error, count * sizeof *labels->names);
        }
        labels->count = (int32_t)count;
        for (size_t i = 0; i < count; i++)
            if (YAJL_IS_STRING(list->u.array.values[i]))
                snprintf(labels->names[i], sizeof labels->names[i], "%s",
                         YAJL_GET_STRING(list->u.array.values[i]));
    }
    yajl_tree_free(tree);
    return VWW_OK;
}
