#include "codegen/embedded.h"

#include <string.h>

const struct vww_embedded_file *vww_embedded_find(const char *path)
{
    for (size_t i = 0; i < vww_embedded_count; i++)
        if (strcmp(vww_embedded_files[i].path, path) == 0)
            return &vww_embedded_files[i];
    return NULL;
}
