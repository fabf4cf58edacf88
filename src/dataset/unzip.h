/* Unpacking zip archives from strangers. */
#ifndef VWW_DATASET_UNZIP_H
#define VWW_DATASET_UNZIP_H

#include "vww/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Unpack all regular files of the archive below the folder, replacing those of the same name; each
 * appears under its name once it is whole and its CRC is right. Refused: names that are absolute or
 * lead out of the folder, links, and other things that are no file. unpacked: called after each
 * file, false stops (VWW_ERROR_STOPPED). */
vww_status vww_unzip(const char *archive, const char *folder,
                     bool (*unpacked)(void *context, int64_t bytes), void *context,
                     struct vww_error *error);

#endif
