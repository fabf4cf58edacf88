/* A data set's images that are smaller than a network wants them. */
#ifndef VWW_CLI_ENLARGING_H
#define VWW_CLI_ENLARGING_H

#include <stdint.h>

/* Say on stderr that the images of `data`, `pixels` wide (0: of many sizes), are enlarged to the
 * network's `wanted`; larger ones lose nothing by being brought to its size. */
void note_enlarging(const char *data, int64_t pixels, int32_t wanted);

#endif
