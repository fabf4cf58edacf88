/* Networks as text: what docs/network-format.md describes. */
#ifndef VWW_DESCRIPTION_H
#define VWW_DESCRIPTION_H

#include "vww/graph.h"

#define VWW_DESCRIPTION_VERSION 1
#define VWW_DESCRIPTION_MOST_BYTES (1 << 20)
#define VWW_DESCRIPTION_MOST_OPS 4096

/* What the caller wants to be other than the text says; 0: as it says. */
struct vww_description_options {
    int32_t resolution; /* height and width of the input */
    int32_t classes;
};

/* A float graph without weights from a text of `bytes` bytes; file: for messages. Errors name line
 * and column and what was expected. options may be NULL. Release with vww_graph_destroy. */
vww_status vww_description_parse(const char *text, size_t bytes, const char *file,
                                 const struct vww_description_options *options,
                                 struct vww_graph **graph, struct vww_error *error);
vww_status vww_description_read(const char *path, const struct vww_description_options *options,
                                struct vww_graph **graph, struct vww_error *error);

/* The text of a float graph, one line for each layer; read back, it gives the same graph. A folded
 * or quantized graph is VWW_ERROR_UNSUPPORTED. Release with vww_description_free. */
vww_status vww_description_write(const struct vww_graph *graph, char **text,
                                 struct vww_error *error);
void vww_description_free(char *text);

#endif
