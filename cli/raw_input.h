/* Image files in a model's input layout: unsigned bytes, row by row, no header. */
#ifndef VWW_CLI_RAW_INPUT_H
#define VWW_CLI_RAW_INPUT_H

#include "vww/graph.h"

/* The whole of a file that must hold exactly the bytes of the graph's input. Release *bytes with
 * free. */
vww_status raw_input_read(const struct vww_graph *graph, const char *path, uint8_t **bytes,
                          struct vww_error *error);

#endif
