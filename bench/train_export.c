/* A float graph with its weights in files that other software reads, and the gradients that vww
 * computes for a batch of noise: what tests/conformance/train_torch.py compares with.
 *   train_export OUT FAMILY DEPTH_MULTIPLIER RESOLUTION PADDING SEED [IMAGES]   PADDING:
 * same|explicit train_export OUT CHECKPOINT writes OUT.json (operators and tensors; `at`: where a
 * tensor's floats begin in OUT.bin) and OUT.bin (float32, little-endian); with IMAGES also
 * OUT.images (bytes, N,H,W,C), and OUT.gradients (as OUT.bin, zeros for what does not learn) and
 * OUT.loss of a training step over them, labels 0, 1, 0, 1, …, label smoothing 0.1. */
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/random.h"
#include "train/network.h"
#include "train/targets.h"
#include "vww/checkpoint.h"
#include "vww/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void numbers(struct vww_buffer *out, const char *name, const int32_t *values, int32_t count)
{
    vww_buffer_printf(out, ", \"%s\": [", name);
    for (int32_t i = 0; i < count; i++)
        vww_buffer_printf(out, "%s%d", i > 0 ? ", " : "", (int)values[i]);
    vww_buffer_printf(out, "]");
}

static void print_op(struct vww_buffer *out, const struct vww_op *op)
{
    vww_buffer_printf(out, "  {\"kind\": \"%s\"", vww_op_name(op->kind));
    numbers(out, "inputs", op->inputs, op->input_count);
    numbers(out, "outputs", op->outputs, op->output_count);
    numbers(out, "shape", op->shape.dims, op->shape.rank);
    const struct {
        const char *name;
        int32_t value;
    } integers[] = {
        {"stride_h", op->stride_h},     {"stride_w", op->stride_w},
        {"dilation_h", op->dilation_h}, {"dilation_w", op->dilation_w},
        {"kernel_h", op->kernel_h},     {"kernel_w", op->kernel_w},
        {"groups", op->groups},         {"pad_top", op->pad_top},
        {"pad_bottom", op->pad_bottom}, {"pad_left", op->pad_left},
        {"pad_right", op->pad_right},   {"pad_front", op->pad_front},
        {"pad_back", op->pad_back},
    };
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++)
        vww_buffer_printf(out, ", \"%s\": %d", integers[i].name, (int)integers[i].value);
    vww_buffer_printf(out,
                      ", \"epsilon\": %.9g, \"momentum\": %.9g, \"keep_probability\": %.9g, "
                      "\"beta\": %.9g}",
                      (double)op->epsilon, (double)op->momentum, (double)op->keep_probability,
                      (double)op->beta);
}

static void print_graph(struct vww_buffer *out, const struct vww_graph *graph)
{
    int64_t at = 0;
    vww_buffer_printf(out, "{\"input\": %d, \"output\": %d, \"mean\": %.9g, \"scale\": %.9g,\n",
                      (int)graph->input, (int)graph->output, (double)graph->preprocessing.mean,
                      (double)graph->preprocessing.scale);
    vww_buffer_printf(out, " \"tensors\": [\n");
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const struct vww_tensor *tensor = &graph->tensors[i];
        const bool stored = tensor->data != NULL && tensor->dtype == VWW_FLOAT32;
        vww_buffer_printf(out, "  {\"name\": \"%s\", \"role\": %d, \"at\": %lld", tensor->name,
                          (int)tensor->role, stored ? (long long)at : -1LL);
        numbers(out, "dims", tensor->shape.dims, tensor->shape.rank);
        vww_buffer_printf(out, "}%s\n", i + 1 < graph->tensor_count ? "," : "");
        at += stored ? vww_shape_elements(&tensor->shape) : 0;
    }
    vww_buffer_printf(out, " ],\n \"ops\": [\n");
    for (int32_t i = 0; i < graph->op_count; i++) {
        print_op(out, &graph->ops[i]);
        vww_buffer_printf(out, "%s\n", i + 1 < graph->op_count ? "," : "");
    }
    vww_buffer_printf(out, " ]}\n");
}

/* The floats of every stored tensor, or the network's gradients by them. */
static void print_floats(struct vww_buffer *out, const struct vww_graph *graph,
                         const struct vww_network *network)
{
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const struct vww_tensor *tensor = &graph->tensors[i];
        const size_t elements = (size_t)vww_shape_elements(&tensor->shape);
        if (tensor->data == NULL || tensor->dtype != VWW_FLOAT32)
            continue;
        const float *from = network != NULL ? vww_network_gradient(network, i) : tensor->data;
        for (size_t k = 0; k < elements; k++) {
            const float value = from != NULL ? from[k] : 0;
            vww_buffer_append(out, &value, sizeof value);
        }
    }
}

static vww_status write_as(const char *out, const char *ending, struct vww_buffer *content,
                           struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    snprintf(path, sizeof path, "%s.%s", out, ending);
    const vww_status status = content->failed
                                  ? vww_fail_memory(error, content->size)
                                  : vww_file_write(path, content->data, content->size, error);
    vww_buffer_fini(content);
    return status;
}

static vww_status export_step(const struct vww_graph *graph, int32_t count, uint64_t seed,
                              const char *out, struct vww_error *error)
{
    struct vww_network *network;
    struct vww_buffer images = {0}, gradients = {0}, text = {0};
    vww_status status = vww_network_create(graph, count, VWW_TRAINING, &network, error);
    if (status != VWW_OK)
        return status;
    const int64_t bytes = count * vww_shape_elements(&graph->tensors[graph->input].shape);
    const int32_t classes = vww_network_classes(network);
    int32_t *labels = vww_allocate((size_t)count, sizeof *labels);
    double *targets = vww_allocate((size_t)(count * classes), sizeof *targets);
    struct vww_random random = vww_random_init(seed, VWW_RANDOM_TEST, 0, 0);
    uint8_t level = 0;
    for (int64_t i = 0; i < bytes; i++) {
        if (i % 97 == 0) /* smooth enough that images differ deep down */
            level = (uint8_t)vww_random_below(&random, 200);
        const uint8_t byte = (uint8_t)(level + vww_random_below(&random, 56));
        vww_buffer_append(&images, &byte, 1);
    }
    if (labels == NULL || targets == NULL || images.failed) {
        status = vww_fail_memory(error, (size_t)bytes);
    } else {
        const struct vww_pass pass = {.training = true, .seed = 1};
        for (int32_t i = 0; i < count; i++)
            labels[i] = i % 2;
        vww_targets_fill(labels, count, classes, 0.1, targets);
        vww_network_forward(network, images.data, count, &pass);
        const struct vww_loss loss = vww_network_backward(network, labels, targets);
        print_floats(&gradients, graph, network);
        vww_buffer_printf(&text, "%.9g\n", loss.loss);
    }
    vww_free(labels);
    vww_free(targets);
    vww_network_destroy(network);
    if (status == VWW_OK)
        status = write_as(out, "images", &images, error);
    if (status == VWW_OK)
        status = write_as(out, "gradients", &gradients, error);
    if (status == VWW_OK)
        status = write_as(out, "loss", &text, error);
    return status;
}

static vww_status make_graph(int argc, char **argv, struct vww_graph **graph,
                             struct vww_error *error)
{
    if (argc == 3)
        return vww_checkpoint_graph(argv[2], graph, error);
    const struct vww_zoo_options options = {
        .family = argv[2],
        .depth_multiplier = atof(argv[3]),
        .resolution = atoi(argv[4]),
        .classes = 2,
        .padding = strcmp(argv[5], "explicit") == 0 ? VWW_PADDING_EXPLICIT : VWW_PADDING_SAME};
    const vww_status status = vww_zoo_build(&options, graph, error);
    return status == VWW_OK ? vww_graph_initialize(*graph, (uint64_t)atoll(argv[6]), error)
                            : status;
}

int main(int argc, char **argv)
{
    struct vww_error error;
    struct vww_graph *graph = NULL;
    struct vww_buffer json = {0}, floats = {0};
    if (argc != 3 && argc != 7 && argc != 9) {
        fprintf(stderr, "train_export OUT (CHECKPOINT | FAMILY DEPTH_MULTIPLIER RESOLUTION "
                        "same|explicit SEED [IMAGES IMAGE_SEED])\n");
        return 2;
    }
    vww_status status = make_graph(argc, argv, &graph, &error);
    for (int32_t i = 0; status == VWW_OK && argc == 9 && i < graph->op_count; i++)
        graph->ops[i].keep_probability = 1;
    if (status == VWW_OK) {
        print_graph(&json, graph);
        print_floats(&floats, graph, NULL);
        status = write_as(argv[1], "json", &json, &error);
    }
    if (status == VWW_OK)
        status = write_as(argv[1], "bin", &floats, &error);
    if (status == VWW_OK && argc == 9)
        status =
            export_step(graph, (int32_t)atoi(argv[7]), (uint64_t)atoll(argv[8]), argv[1], &error);
    if (status != VWW_OK) {
        char text[1024];
        vww_error_format(&error, text, sizeof text);
        fprintf(stderr, "train_export: %s\n", text);
    }
    vww_graph_destroy(graph);
    return status == VWW_OK ? 0 : 1;
}
