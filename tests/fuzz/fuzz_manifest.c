#include "dataset/manifest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the loader relies on: records add up to the images, and no file lies outside the folder. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_manifest manifest;
    struct vww_error error;
    if (vww_manifest_parse(data, size, "input", &manifest, &error) != VWW_OK) {
        if (manifest.parts != NULL || error.what[0] == '\0')
            abort();
        return 0;
    }
    if (manifest.class_count < 2 || manifest.resize == NULL || manifest.policy == NULL)
        abort();
    for (size_t p = 0; p < manifest.part_count; p++) {
        int64_t records = 0;
        for (size_t i = 0; i < manifest.parts[p].shard_count; i++) {
            records += manifest.parts[p].shards[i].records;
            for (const char *c = manifest.parts[p].shards[i].file; *c != '\0'; c++)
                if (*c == '/')
                    abort();
        }
        if (records != manifest.parts[p].images)
            abort();
    }
    vww_manifest_fini(&manifest);
    return 0;
}
