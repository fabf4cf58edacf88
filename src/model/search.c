#include "vww/search.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEASURED_MOST_BYTES (4 << 20)

int64_t vww_memory_by_rule(const struct vww_cost *cost, enum vww_memory_rule rule)
{
    if (rule == VWW_MEMORY_LIFETIMES)
        return cost->peak_bytes_lifetimes;
    if (rule == VWW_MEMORY_SPLIT && cost->peak_bytes_split6 > 0)
        return cost->peak_bytes_split6;
    return cost->peak_bytes_chain_or_branch;
}

struct hits {
    struct vww_search_hit *items;
    size_t capacity, count;
    const struct vww_search_limits *limits;
    const struct vww_measured *measured;
    size_t measured_count;
    struct vww_error *error;
};

static double measured_accuracy(const struct hits *hits, const struct vww_zoo_options *options)
{
    double accuracy = -1;
    for (size_t i = 0; i < hits->measured_count; i++)
        if (strcmp(hits->measured[i].family, options->family) == 0 &&
            hits->measured[i].depth_multiplier == options->depth_multiplier &&
            hits->measured[i].resolution == options->resolution)
            accuracy = hits->measured[i].accuracy;
    return accuracy;
}

static vww_status count_cost(const struct vww_zoo_options *options, struct vww_cost *cost,
                             struct vww_error *error)
{
    struct vww_graph *graph;
    vww_status status = vww_zoo_build(options, &graph, error);
    if (status != VWW_OK)
        return status;
    status = vww_cost_count(graph, VWW_COST_PATHS, cost, error);
    vww_graph_destroy(graph);
    if (status == VWW_OK) {
        vww_free(cost->layers);
        cost->layers = NULL;
        cost->layer_count = 0;
    }
    return status;
}

static vww_status consider(struct hits *hits, const struct vww_zoo_family *family,
                           double multiplier, int32_t resolution)
{
    const struct vww_zoo_options options = {.family = family->name,
                                            .depth_multiplier = multiplier,
                                            .resolution = resolution,
                                            .classes = hits->limits->classes};
    struct vww_search_hit hit = {
        .family = family, .depth_multiplier = multiplier, .resolution = resolution};
    const vww_status status = count_cost(&options, &hit.cost, hits->error);
    if (status != VWW_OK)
        return status;
    hit.memory_bytes = vww_memory_by_rule(&hit.cost, hits->limits->rule);
    hit.accuracy = measured_accuracy(hits, &options);
    if (hit.memory_bytes > hits->limits->sram_bytes ||
        hit.cost.model_bytes > hits->limits->flash_bytes || hit.cost.macs > hits->limits->macs)
        return VWW_OK;
    void *items = hits->items;
    if (vww_array_reserve(&items, &hits->capacity, hits->count + 1, sizeof *hits->items) != 0)
        return vww_fail_memory(hits->error, sizeof *hits->items);
    hits->items = items;
    hits->items[hits->count++] = hit;
    return VWW_OK;
}

static vww_status consider_family(struct hits *hits, const struct vww_zoo_family *family)
{
    if (!family->in_grid)
        return consider(hits, family, 1, family->resolution);
    size_t multipliers, resolutions;
    const double *multiplier = vww_zoo_multipliers(&multipliers);
    const int32_t *resolution = vww_zoo_resolutions(&resolutions);
    vww_status status = VWW_OK;
    for (size_t m = 0; m < multipliers; m++)
        for (size_t r = 0; r < resolutions && status == VWW_OK; r++)
            status = consider(hits, family, multiplier[m], resolution[r]);
    return status;
}

/* Best first; equal ones by what they cost, then by name, so that the order is always the same. */
static int compare(const void *a, const void *b)
{
    const struct vww_search_hit *x = a, *y = b;
    if (x->accuracy != y->accuracy)
        return x->accuracy < y->accuracy ? 1 : -1;
    if (x->cost.macs != y->cost.macs)
        return x->cost.macs < y->cost.macs ? 1 : -1;
    if (x->memory_bytes != y->memory_bytes)
        return x->memory_bytes > y->memory_bytes ? 1 : -1;
    if (x->family != y->family)
        return x->family > y->family ? 1 : -1;
    return (x->depth_multiplier > y->depth_multiplier) -
           (x->depth_multiplier < y->depth_multiplier);
}

vww_status vww_search(const struct vww_search_limits *limits, const struct vww_measured *measured,
                      size_t measured_count, struct vww_search_hit **found, size_t *count,
                      struct vww_error *error)
{
    struct hits hits = {
        .limits = limits, .measured = measured, .measured_count = measured_count, .error = error};
    size_t family_count;
    const struct vww_zoo_family *families = vww_zoo_families(&family_count);
    vww_status status = VWW_OK;
    for (size_t i = 0; i < family_count && status == VWW_OK; i++)
        status = consider_family(&hits, &families[i]);
    if (status != VWW_OK) {
        vww_free(hits.items);
        hits.items = NULL;
        hits.count = 0;
    }
    if (hits.count > 1)
        qsort(hits.items, hits.count, sizeof *hits.items, compare);
    for (size_t i = 0; i < hits.count; i++) {
        hits.items[i].rank_in_family = 1;
        for (size_t k = 0; k < i; k++)
            hits.items[i].rank_in_family += hits.items[k].family == hits.items[i].family;
    }
    *found = hits.items;
    *count = hits.count;
    return status;
}

void vww_search_free(struct vww_search_hit *hits)
{
    vww_free(hits);
}

/* --- measured accuracies ---------------------------------------------------------------------- */

static const char header[] = "model,depth_multiplier,resolution,accuracy";

static vww_status fail_line(struct vww_error *error, const char *path, int line, const char *what)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(error, path, -1);
    vww_error_place(error, "line %d", line);
    vww_error_allowed(error, "%s", header);
    return VWW_ERROR_FORMAT;
}

static bool read_number(char **at, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(*at, &end);
    const bool read = end != *at && errno == 0 && (*end == ',' || *end == '\0');
    *at = *end == ',' ? end + 1 : end;
    return read;
}

static bool read_measured(char *line, struct vww_measured *measured)
{
    char *comma = strchr(line, ',');
    double resolution;
    if (comma == NULL || (size_t)(comma - line) >= sizeof measured->family)
        return false;
    *comma = '\0';
    memcpy(measured->family, line, (size_t)(comma - line) + 1);
    char *at = comma + 1;
    if (!read_number(&at, &measured->depth_multiplier) || !read_number(&at, &resolution) ||
        !read_number(&at, &measured->accuracy) || *at != '\0')
        return false;
    if (!(resolution >= 1 && resolution <= 4096) ||
        !(measured->accuracy >= 0 && measured->accuracy <= 1))
        return false;
    measured->resolution = (int32_t)resolution;
    return true;
}

static vww_status parse_measured(const char *path, char *text, struct vww_measured **measured,
                                 size_t *count, struct vww_error *error)
{
    size_t capacity = 0;
    int number = 1;
    for (char *line = text; *line != '\0'; number++) {
        char *end = line + strcspn(line, "\n");
        char *next = *end == '\n' ? end + 1 : end;
        *end = '\0';
        line[strcspn(line, "\r")] = '\0';
        void *items = *measured;
        if (number == 1) {
            if (strcmp(line, header) != 0)
                return fail_line(error, path, 1, "this is no list of measured accuracies");
        } else if (*line != '\0') {
            if (vww_array_reserve(&items, &capacity, *count + 1, sizeof **measured) != 0)
                return vww_fail_memory(error, sizeof **measured);
            *measured = items;
            if (!read_measured(line, &(*measured)[*count]))
                return fail_line(error, path, number, "the line is not understood");
            ++*count;
        }
        line = next;
    }
    return VWW_OK;
}

vww_status vww_measured_read(const char *path, struct vww_measured **measured, size_t *count,
                             struct vww_error *error)
{
    struct vww_buffer content = {0};
    *measured = NULL;
    *count = 0;
    vww_status status = vww_file_read(path, MEASURED_MOST_BYTES, &content, error);
    if (status == VWW_OK)
        status = parse_measured(path, (char *)content.data, measured, count, error);
    vww_buffer_fini(&content);
    if (status != VWW_OK) {
        vww_free(*measured);
        *measured = NULL;
        *count = 0;
    }
    return status;
}

void vww_measured_free(struct vww_measured *measured)
{
    vww_free(measured);
}
