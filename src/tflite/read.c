/* A .tflite file becomes a graph. The FlatBuffer is verified as a whole first; what is checked here
 * and in the parts is that its numbers make sense together. */
#include "base/file.h"
#include "base/memory.h"
#include "tflite/edges.h"
#include "tflite/metadata.h"
#include "tflite/reader.h"
#include "tflite/rewrite.h"
#include "vww/tflite.h"

#include <string.h>

#define LARGEST_FILE ((size_t)1 << 30)
/* Tensors may share a buffer, but what is copied from the file stays within a multiple of it. */
#define COPIES_OF_FILE 4

vww_status tflite_fail(const struct tflite_reader *r, vww_status status, const char *what)
{
    vww_fail(r->error, status, "%s", what);
    vww_error_at(r->error, r->name, -1);
    return status;
}

struct fb_table tflite_file_tensor(const struct tflite_reader *r, int32_t index)
{
    return fb_table_at(r->subgraph, SUBGRAPH_TENSORS, (uint32_t)index);
}

const char *tflite_tensor_name(const struct tflite_reader *r, int32_t index)
{
    return fb_string(tflite_file_tensor(r, index), TENSOR_NAME);
}

vww_status tflite_fail_tensor(const struct tflite_reader *r, vww_status status, int32_t tensor,
                              const char *what)
{
    tflite_fail(r, status, what);
    vww_error_at(r->error, r->name, (int64_t)tflite_file_tensor(r, tensor).at);
    vww_error_place(r->error, "tensor %d (%.90s)", (int)tensor, tflite_tensor_name(r, tensor));
    return status;
}

bool tflite_is_tensor(const struct tflite_reader *r, int32_t tensor)
{
    return tensor >= 0 && (uint32_t)tensor < r->tensor_count;
}

/* How bytes become the input where the file does not say: so that an int8 input's integers are the
 * bytes less 128, and a float input's values lie in 0 … 1. */
static void assume_preprocessing(struct vww_graph *graph)
{
    const struct vww_tensor *input = &graph->tensors[graph->input];
    struct vww_preprocessing *p = &graph->preprocessing;
    p->mean = 0;
    p->scale = 1.0f / 255;
    if (graph->input_edge != VWW_EDGE_FLOAT && input->dtype == VWW_INT8 &&
        input->quantization.count == 1) {
        p->mean = 128 + (float)input->quantization.zero_points[0];
        p->scale = input->quantization.scales[0];
    }
}

/* The metadata of that name, or NULL data. */
static vww_status find_metadata(const struct tflite_reader *r, struct fb_vector *data)
{
    *data = (struct fb_vector){0};
    for (uint32_t i = 0; i < fb_vector(r->model, MODEL_METADATA).count; i++) {
        const struct fb_table entry = fb_table_at(r->model, MODEL_METADATA, i);
        if (strcmp(fb_string(entry, METADATA_NAME), TFLITE_METADATA_NAME) != 0)
            continue;
        const uint32_t buffer = fb_u32(entry, METADATA_BUFFER, 0);
        if (buffer >= fb_vector(r->model, MODEL_BUFFERS).count)
            return tflite_fail(r, VWW_ERROR_FORMAT, "the metadata's buffer does not exist");
        *data = fb_vector(fb_table_at(r->model, MODEL_BUFFERS, buffer), BUFFER_DATA);
        return VWW_OK;
    }
    return VWW_OK;
}

static vww_status read_ends(struct tflite_reader *r, int32_t *input, int32_t *output)
{
    const struct fb_vector inputs = fb_vector(r->subgraph, SUBGRAPH_INPUTS);
    const struct fb_vector outputs = fb_vector(r->subgraph, SUBGRAPH_OUTPUTS);
    if (inputs.count != 1 || outputs.count != 1) {
        tflite_fail(r, VWW_ERROR_UNSUPPORTED,
                    "only models with one input and one output are supported");
        vww_error_seen(r->error, "%u inputs, %u outputs", inputs.count, outputs.count);
        return VWW_ERROR_UNSUPPORTED;
    }
    *input = fb_i32_at(inputs, 0);
    *output = fb_i32_at(outputs, 0);
    if (!tflite_is_tensor(r, *input) || !tflite_is_tensor(r, *output))
        return tflite_fail(r, VWW_ERROR_FORMAT, "the model's input or output does not exist");
    return VWW_OK;
}

static vww_status read_graph(struct tflite_reader *r)
{
    const uint32_t operators = fb_vector(r->subgraph, SUBGRAPH_OPERATORS).count;
    int32_t input, output;
    vww_status status = read_ends(r, &input, &output);
    if (status != VWW_OK)
        return status;
    r->used[input] = r->used[output] = true;
    for (uint32_t i = 0; i < operators && status == VWW_OK; i++) {
        struct tflite_file_operator op;
        status = tflite_get_operator(r, i, &op);
        if (status == VWW_OK)
            status = tflite_mark_tensors(r, &op);
    }
    for (uint32_t i = 0; i < r->tensor_count && status == VWW_OK; i++)
        if (r->used[i])
            status = tflite_read_tensor(r, (int32_t)i);
    for (uint32_t i = 0; i < operators && status == VWW_OK; i++)
        status = tflite_read_operator(r, i);
    if (status != VWW_OK)
        return status;
    r->graph->input = r->index[input];
    r->graph->output = r->index[output];
    status = tflite_settle_types(r->graph, r->error);
    if (status == VWW_OK)
        status = tflite_contract(r->graph, r->error);
    if (status == VWW_OK && r->graph->op_count == 0)
        status = vww_fail(r->error, VWW_ERROR_UNSUPPORTED, "the model computes nothing");
    if (status != VWW_OK) {
        vww_error_at(r->error, r->name, -1);
        return status;
    }
    assume_preprocessing(r->graph);
    struct fb_vector metadata;
    status = find_metadata(r, &metadata);
    if (status == VWW_OK && metadata.data != NULL)
        status = tflite_metadata_read(metadata.data, metadata.count, r->name, r->graph, r->error);
    if (status == VWW_OK) {
        status = vww_graph_check(r->graph, true, r->error);
        if (status != VWW_OK)
            vww_error_at(r->error, r->name, -1);
    }
    return status;
}

/* Where a model has several subgraphs, an operator of the first that calls another is in the way.
 */
static vww_status fail_subgraphs(struct tflite_reader *r, uint32_t subgraphs)
{
    vww_status status = VWW_OK;
    r->subgraph = fb_table_at(r->model, MODEL_SUBGRAPHS, 0);
    r->tensor_count = fb_vector(r->subgraph, SUBGRAPH_TENSORS).count;
    const uint32_t operators = fb_vector(r->subgraph, SUBGRAPH_OPERATORS).count;
    for (uint32_t i = 0; i < operators && status == VWW_OK; i++) {
        struct tflite_file_operator op = {.index = i,
                                          .table = fb_table_at(r->subgraph, SUBGRAPH_OPERATORS, i)};
        op.outputs = fb_vector(op.table, OPERATOR_OUTPUTS);
        status = tflite_find_code(r, &op);
    }
    if (status == VWW_OK) {
        status = tflite_fail(r, VWW_ERROR_UNSUPPORTED, "only models of one subgraph are supported");
        vww_error_remedy(r->error, "control flow (IF, WHILE) is not supported; convert one "
                                   "signature of the model, without it");
    }
    vww_error_seen(r->error, "%u subgraphs", subgraphs);
    return status;
}

/* Verify, and find the only subgraph. */
static vww_status open_model(struct tflite_reader *r, const void *data, size_t bytes)
{
    if (bytes < 8 || memcmp((const uint8_t *)data + 4, TFLITE_IDENTIFIER, 4) != 0) {
        tflite_fail(r, VWW_ERROR_FORMAT, "not a .tflite model");
        vww_error_allowed(r->error, "a FlatBuffer with the identifier " TFLITE_IDENTIFIER);
        return VWW_ERROR_FORMAT;
    }
    const vww_status status =
        fb_verify(data, bytes, &tflite_model_schema, r->name, &r->model, r->error);
    if (status != VWW_OK)
        return status;
    const uint32_t version = fb_u32(r->model, MODEL_VERSION, 0);
    const uint32_t subgraphs = fb_vector(r->model, MODEL_SUBGRAPHS).count;
    if (version != TFLITE_VERSION) {
        tflite_fail(r, VWW_ERROR_UNSUPPORTED, "the file is of another version of the format");
        vww_error_seen(r->error, "version %u", version);
        vww_error_allowed(r->error, "version %d", TFLITE_VERSION);
        return VWW_ERROR_UNSUPPORTED;
    }
    if (subgraphs == 0)
        return tflite_fail(r, VWW_ERROR_FORMAT, "the model has no subgraph");
    if (subgraphs > 1)
        return fail_subgraphs(r, subgraphs);
    r->subgraph = fb_table_at(r->model, MODEL_SUBGRAPHS, 0);
    r->tensor_count = fb_vector(r->subgraph, SUBGRAPH_TENSORS).count;
    return VWW_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

vww_status vww_tflite_parse(const void *data, size_t bytes, const char *name,
                            struct vww_graph **graph, struct vww_error *error)
{
    struct tflite_reader r = {.name = name, .bytes_left = COPIES_OF_FILE * bytes, .error = error};
    *graph = NULL;
    vww_status status = open_model(&r, data, bytes);
    if (status != VWW_OK)
        return status;
    r.index = vww_allocate(r.tensor_count, sizeof *r.index);
    r.roles = vww_allocate(r.tensor_count, sizeof *r.roles);
    r.used = vww_allocate(r.tensor_count, sizeof *r.used);
    r.graph = vww_graph_create(base_name(name));
    if (r.index == NULL || r.roles == NULL || r.used == NULL || r.graph == NULL)
        status = vww_fail_memory(error, r.tensor_count * sizeof *r.index);
    else
        status = read_graph(&r);
    vww_free(r.index);
    vww_free(r.roles);
    vww_free(r.used);
    if (status != VWW_OK) {
        vww_graph_destroy(r.graph);
        return status;
    }
    *graph = r.graph;
    return VWW_OK;
}

vww_status vww_tflite_read(const char *path, struct vww_graph **graph, struct vww_error *error)
{
    struct vww_buffer content;
    *graph = NULL;
    vww_status status = vww_file_read(path, LARGEST_FILE, &content, error);
    if (status != VWW_OK)
        return status;
    status = vww_tflite_parse(content.data, content.size, path, graph, error);
    vww_buffer_fini(&content);
    return status;
}

vww_status vww_tflite_read_labels(const char *path, struct vww_labels *labels,
                                  struct vww_error *error)
{
    struct vww_buffer content;
    *labels = (struct vww_labels){0};
    vww_status status = vww_file_read(path, LARGEST_FILE, &content, error);
    if (status != VWW_OK)
        return status;
    struct tflite_reader r = {.name = path, .error = error};
    struct fb_vector metadata = {0};
    status = open_model(&r, content.data, content.size);
    if (status == VWW_OK)
        status = find_metadata(&r, &metadata);
    if (status == VWW_OK && metadata.data != NULL)
        status = tflite_metadata_labels(metadata.data, metadata.count, path, labels, error);
    vww_buffer_fini(&content);
    return status;
}

void vww_labels_fini(struct vww_labels *labels)
{
    vww_free(labels->names);
    *labels = (struct vww_labels){0};
}
