#include "model_option.h"
#include "vww/description.h"
#include "vww/tflite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool model_choice_take(struct model_choice *choice, const char *const *words, size_t count)
{
    choice->model = count > 0 ? words[0] : NULL;
    if ((choice->model != NULL) != (choice->network != NULL))
        return true;
    fprintf(stderr, "vww: %s; `vww model list` names the models\n",
            choice->model != NULL ? "either a MODEL or --network FILE, not both"
                                  : "which network? a MODEL of the zoo, or --network FILE");
    return false;
}

static vww_status build_family(struct model_choice *choice, struct vww_graph **graph,
                               struct vww_error *error)
{
    const struct vww_zoo_family *family;
    const vww_status status = vww_zoo_find(choice->model, &family, error);
    if (status != VWW_OK)
        return status;
    if (choice->resolution == 0)
        choice->resolution = family->resolution > 0 ? family->resolution : 224;
    if (choice->classes == 0)
        choice->classes = 2;
    const struct vww_zoo_options options = {
        .family = choice->model,
        .depth_multiplier = choice->depth_multiplier,
        .resolution = (int32_t)choice->resolution,
        .classes = (int32_t)choice->classes,
        .padding = strcmp(choice->padding, "torch") == 0 ? VWW_PADDING_EXPLICIT : VWW_PADDING_SAME};
    return vww_zoo_build(&options, graph, error);
}

static bool is_model_file(const char *word)
{
    const size_t length = strlen(word);
    return length > 7 && strcmp(word + length - 7, ".tflite") == 0;
}

/* A model as it is: nothing to choose. */
static vww_status read_model(struct model_choice *choice, struct vww_graph **graph,
                             struct vww_error *error)
{
    *graph = NULL;
    if (choice->depth_multiplier != 1 || choice->resolution != 0 || choice->classes != 0)
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "%s is as it is: it has no multiplier, resolution or classes to choose",
                        choice->model);
    const vww_status status = vww_tflite_read(choice->model, graph, error);
    if (status != VWW_OK)
        return status;
    const struct vww_shape *input = &(*graph)->tensors[(*graph)->input].shape;
    const struct vww_shape *output = &(*graph)->tensors[(*graph)->output].shape;
    choice->resolution = input->rank == 4 ? input->dims[1] : 0;
    choice->classes = output->rank > 0 ? output->dims[output->rank - 1] : 0;
    return VWW_OK;
}

vww_status model_choice_build(struct model_choice *choice, struct vww_graph **graph,
                              struct vww_error *error)
{
    *graph = NULL;
    if (choice->model != NULL && is_model_file(choice->model))
        return read_model(choice, graph, error);
    if (choice->model != NULL)
        return build_family(choice, graph, error);
    const struct vww_description_options options = {.resolution = (int32_t)choice->resolution,
                                                    .classes = (int32_t)choice->classes};
    const vww_status status = vww_description_read(choice->network, &options, graph, error);
    if (status != VWW_OK)
        return status;
    const struct vww_shape *output = &(*graph)->tensors[(*graph)->output].shape;
    choice->resolution = (*graph)->tensors[(*graph)->input].shape.dims[1];
    choice->classes = output->dims[output->rank - 1];
    return VWW_OK;
}

const char *model_choice_name(const struct model_choice *choice, const struct vww_graph *graph)
{
    return choice->model != NULL ? choice->model : graph->name;
}

bool parse_amount(const char *text, bool bytes, int64_t *amount)
{
    static const struct {
        const char *unit;
        double factor;
        bool bytes, counts;
    } units[] = {
        {"", 1, true, true},           {"B", 1, true, false},    {"KB", 1e3, true, false},
        {"kB", 1e3, true, false},      {"MB", 1e6, true, false}, {"KiB", 1024, true, false},
        {"MiB", 1048576, true, false}, {"k", 1e3, false, true},  {"K", 1e3, false, true},
        {"M", 1e6, false, true},       {"G", 1e9, false, true}};
    char *end;
    errno = 0;
    const double value = strtod(text, &end);
    if (end == text || errno != 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if ((bytes ? units[i].bytes : units[i].counts) && strcmp(end, units[i].unit) == 0 &&
            value * units[i].factor >= 1 && value * units[i].factor < 9e18) {
            *amount = (int64_t)(value * units[i].factor);
            return true;
        }
    return false;
}

enum vww_memory_rule memory_rule_of(const char *name)
{
    if (strcmp(name, "split") == 0)
        return VWW_MEMORY_SPLIT;
    return strcmp(name, "lifetimes") == 0 ? VWW_MEMORY_LIFETIMES : VWW_MEMORY_PAPER;
}

void print_json_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < 0x20)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}
