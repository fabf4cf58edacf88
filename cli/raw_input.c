#include "raw_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vww_status fail_io(const char *what, const char *path, int reason, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_IO, "%s: %s", what, strerror(reason));
    vww_error_at(error, path, -1);
    return VWW_ERROR_IO;
}

static vww_status read_exactly(FILE *file, const struct vww_graph *graph, const char *path,
                               uint8_t *bytes, struct vww_error *error)
{
    const struct vww_shape *shape = &graph->tensors[graph->input].shape;
    const size_t wanted = (size_t)vww_shape_elements(shape);
    const size_t got = fread(bytes, 1, wanted, file);
    if (ferror(file))
        return fail_io("cannot read the file", path, errno, error);
    if (got == wanted && fgetc(file) == EOF)
        return VWW_OK;
    char text[64];
    vww_shape_text(shape, text, sizeof text);
    vww_fail(error, VWW_ERROR_MISMATCH, "the file has not the size of the model's input");
    vww_error_at(error, path, -1);
    vww_error_seen(error, got < wanted ? "%zu bytes" : "more than %zu bytes", got);
    vww_error_allowed(error, "%zu bytes: unsigned, %s", wanted, text);
    return VWW_ERROR_MISMATCH;
}

vww_status raw_input_read(const struct vww_graph *graph, const char *path, uint8_t **bytes,
                          struct vww_error *error)
{
    const int64_t count = vww_shape_elements(&graph->tensors[graph->input].shape);
    FILE *file = fopen(path, "rb");
    *bytes = NULL;
    if (file == NULL)
        return fail_io("cannot open the file", path, errno, error);
    *bytes = malloc((size_t)count);
    const vww_status status = *bytes == NULL ? vww_fail_memory(error, (size_t)count)
                                             : read_exactly(file, graph, path, *bytes, error);
    fclose(file);
    if (status != VWW_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}
