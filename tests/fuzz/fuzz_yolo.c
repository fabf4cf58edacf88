#include "source_promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *names[] = {(char[]){"dog"}, (char[]){"person"}};
    const struct vww_listing classes = {.names = names, .count = 2};
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct vww_error error = {.status = VWW_OK};
    promise_error(vww_yolo_scan_memory(text, "fuzz", 1, &classes, &promises, &error), &error);
    free(text);
    return 0;
}
