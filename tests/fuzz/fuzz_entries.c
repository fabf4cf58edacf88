#include "dataset/coco_entries.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text is an object, and its members lie in it one after the other. */
static vww_status take(void *context, const struct vww_entry *entry, struct vww_error *error)
{
    (void)context;
    (void)error;
    size_t at = 1;
    if (entry->bytes < 2 || entry->text[0] != '{' || entry->text[entry->bytes - 1] != '}' ||
        entry->member_count > VWW_ENTRY_MEMBERS_MAX)
        abort();
    for (size_t i = 0; i < entry->member_count; i++) {
        const struct vww_entry_member *member = &entry->members[i];
        if (member->from < at || member->to <= member->from || member->to >= entry->bytes)
            abort();
        at = member->to;
        if (vww_entry_find(entry, member->key) == NULL)
            abort();
    }
    vww_entry_integer(entry, "id", -1);
    return VWW_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const lists[] = {"images", "annotations", "categories"};
    for (size_t i = 0; size > 0 && i < sizeof lists / sizeof lists[0]; i++) {
        FILE *stream = fmemopen((void *)(uintptr_t)data, size, "rb");
        if (stream == NULL)
            abort();
        struct vww_error error = {.status = VWW_OK};
        const vww_status status =
            vww_coco_entries_stream(stream, "fuzz", lists[i], take, NULL, &error);
        fclose(stream);
        if (status != VWW_OK && (error.what[0] == '\0' || strcmp(error.file, "fuzz") != 0))
            abort();
    }
    return 0;
}
