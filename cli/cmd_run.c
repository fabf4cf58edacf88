#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "option.h"
#include "raw_input.h"
#include "vww/image.h"
#include "vww/interpret.h"
#include "vww/network.h"
#include "vww/tflite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A model made ready, with memory for one image. */
struct runner {
    struct vww_graph *graph;
    struct vww_labels labels;
    struct vww_interpreter *interpreter; /* of an int8 model */
    struct vww_predictor predictor;      /* of a float model */
    const struct vww_tensor *input_tensor, *output_tensor;
    int64_t input_count, output_count; /* elements */
    uint8_t *bytes;                    /* input_count, unsigned */
    int8_t *input, *output;            /* of an int8 model */
    float *reals;                      /* output_count: what the outputs stand for */
    bool json;
};

static bool is_float(const struct runner *r)
{
    return r->graph->tensors[r->graph->input].dtype == VWW_FLOAT32;
}

static vww_status make_ready(struct runner *r, const char *path, struct vww_error *error)
{
    const vww_status status = is_float(r)
                                  ? vww_network_predictor(r->graph, 1, &r->predictor, error)
                                  : vww_interpreter_create(r->graph, &r->interpreter, error);
    if (status != VWW_OK)
        vww_error_at(error, path, -1);
    return status;
}

static vww_status open_model(struct runner *r, const char *path, struct vww_error *error)
{
    vww_status status = vww_tflite_read(path, &r->graph, error);
    if (status == VWW_OK)
        status = vww_tflite_read_labels(path, &r->labels, error);
    if (status == VWW_OK)
        status = make_ready(r, path, error);
    if (status != VWW_OK)
        return status;
    r->input_tensor = &r->graph->tensors[r->graph->input];
    r->output_tensor = &r->graph->tensors[r->graph->output];
    r->input_count = vww_shape_elements(&r->input_tensor->shape);
    r->output_count = vww_shape_elements(&r->output_tensor->shape);
    r->bytes = malloc((size_t)r->input_count);
    r->input = malloc((size_t)r->input_count);
    r->output = malloc((size_t)r->output_count);
    r->reals = malloc((size_t)r->output_count * sizeof *r->reals);
    if (r->bytes == NULL || r->input == NULL || r->output == NULL || r->reals == NULL)
        return vww_fail_memory(error, (size_t)r->input_count);
    return VWW_OK;
}

static void close_model(struct runner *r)
{
    free(r->bytes);
    free(r->input);
    free(r->output);
    free(r->reals);
    vww_predictor_fini(&r->predictor);
    vww_interpreter_destroy(r->interpreter);
    vww_labels_fini(&r->labels);
    vww_graph_destroy(r->graph);
}

/* A file of exactly the model's input bytes. */
static vww_status read_raw(struct runner *r, const char *path, struct vww_error *error)
{
    uint8_t *bytes;
    const vww_status status = raw_input_read(r->graph, path, &bytes, error);
    if (status == VWW_OK)
        memcpy(r->bytes, bytes, (size_t)r->input_count);
    else if (status == VWW_ERROR_MISMATCH)
        vww_error_remedy(error, "photographs are given by --image, which brings them to size");
    free(bytes);
    return status;
}

/* A photograph, stretched to the model's size. */
static vww_status read_image(struct runner *r, const char *path, struct vww_error *error)
{
    const struct vww_shape *shape = &r->input_tensor->shape;
    struct vww_image image, resized = {0};
    if (shape->rank != 4 || shape->dims[3] != 3)
        return vww_fail(error, VWW_ERROR_UNSUPPORTED, "the model's input is no RGB image");
    vww_status status = vww_image_read(path, &image, error);
    if (status != VWW_OK)
        return status;
    status = vww_image_init(&resized, shape->dims[2], shape->dims[1], 3, error);
    if (status == VWW_OK)
        status = vww_image_resize(&image, 0, 0, image.width, image.height, &resized, error);
    if (status == VWW_OK)
        memcpy(r->bytes, resized.pixels, (size_t)r->input_count);
    vww_image_fini(&image);
    vww_image_fini(&resized);
    return status;
}

/* The name of class i, or its number in `text`. */
static const char *label(const struct runner *r, int64_t i, char text[32])
{
    if (i < r->labels.count)
        return r->labels.names[i];
    snprintf(text, 32, "class %lld", (long long)i);
    return text;
}

static int64_t best_class(const struct runner *r)
{
    int64_t best = 0;
    for (int64_t i = 1; i < r->output_count; i++)
        if (r->reals[i] > r->reals[best])
            best = i;
    return best;
}

/* The number that the model itself gives. */
static void print_output(const struct runner *r, int64_t i)
{
    const struct vww_graph *graph = r->graph;
    const bool unsigned_bytes = graph->output_edge == VWW_EDGE_UINT8 ||
                                (graph->older_uint8 && graph->output_edge == VWW_EDGE_PLAIN);
    if (is_float(r) || graph->output_edge == VWW_EDGE_FLOAT)
        printf("%.9g", (double)r->reals[i]);
    else
        printf("%d", r->output[i] + (unsigned_bytes ? 128 : 0));
}

static void print_json(const struct runner *r, const char *path)
{
    char text[32];
    printf("{\"file\":");
    print_json_string(path);
    printf(",\"output\":[");
    for (int64_t i = 0; i < r->output_count; i++) {
        printf("%s", i > 0 ? "," : "");
        print_output(r, i);
    }
    printf("],\"probability\":[");
    for (int64_t i = 0; i < r->output_count; i++)
        printf("%s%.9g", i > 0 ? "," : "", (double)r->reals[i]);
    printf("],\"label\":");
    print_json_string(label(r, best_class(r), text));
    printf("}\n");
}

static void print_text(const struct runner *r, const char *path)
{
    char text[32];
    const int64_t best = best_class(r);
    printf("%s: %s (%.1f %%)\n", path, label(r, best, text), 100 * (double)r->reals[best]);
}

/* The outputs for r->bytes. */
static vww_status run_model(struct runner *r, struct vww_error *error)
{
    if (is_float(r))
        return r->predictor.predict(r->predictor.context, r->bytes, 1, r->reals, error);
    const struct vww_quantization *q = &r->output_tensor->quantization;
    vww_interpret_input(r->graph, r->bytes, r->input, r->input_count);
    vww_interpreter_run(r->interpreter, r->input, r->output);
    for (int64_t i = 0; i < r->output_count; i++)
        r->reals[i] = q->scales[0] * (float)(r->output[i] - q->zero_points[0]);
    return VWW_OK;
}

static vww_status run_files(struct runner *r, const struct option_strings *files,
                            vww_status (*read)(struct runner *, const char *, struct vww_error *),
                            struct vww_error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        vww_status status = read(r, files->items[i], error);
        if (status == VWW_OK)
            status = run_model(r, error);
        if (status != VWW_OK)
            return status;
        (r->json ? print_json : print_text)(r, files->items[i]);
    }
    return VWW_OK;
}

int cmd_run(int argc, char **argv)
{
    struct option_strings raw = {0}, images = {0};
    struct runner r = {0};
    struct option options[] = {
        {.name = "raw",
         .kind = OPTION_STRINGS,
         .value = &raw,
         .argument = "FILE",
         .help = "bytes in the model's input layout: unsigned RGB, row by row"},
        {.name = "image",
         .kind = OPTION_STRINGS,
         .value = &images,
         .argument = "FILE",
         .help = "JPEG, PNG or PPM of any size, stretched to the model's"},
        {.name = "json",
         .kind = OPTION_FLAG,
         .value = &r.json,
         .help = "one object a line: file, output (the model's own numbers), probability (of "
                 "each class), label (the most probable class)"},
    };
    struct command_line line = {
        .usage = "vww run M.tflite (--raw FILE... | --image FILE...) [--json]",
        .summary = "Run a model on images: an int8 one with the integer kernels that run on the\n"
                   "device, a float one in float.",
        .example = "  vww run model.tflite --image photo.jpg\n"
                   "  vww run model.tflite --raw frame.bin --json",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_least = 1,
        .positional_most = 1};
    const char **positional = malloc((size_t)(argc + 1) * sizeof *positional);
    size_t words;
    if (positional == NULL)
        return 1;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    const char *path = parsed == PARSE_OK ? positional[0] : NULL;
    free(positional);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    if (raw.count + images.count == 0) {
        fprintf(stderr, "vww: nothing to run on; give files after --raw or --image\n");
        return 2;
    }
    struct vww_error error;
    vww_status status = open_model(&r, path, &error);
    if (status == VWW_OK)
        status = run_files(&r, &raw, read_raw, &error);
    if (status == VWW_OK)
        status = run_files(&r, &images, read_image, &error);
    close_model(&r);
    if (status == VWW_OK && fflush(stdout) != 0)
        status = vww_fail(&error, VWW_ERROR_IO, "cannot write to the standard output: %s",
                          strerror(errno));
    return status == VWW_OK ? 0 : console_fail(&error);
}
