#include "vww/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vww_image image;
    struct vww_error error;
    int32_t width, height;
    if (vww_image_decode(data, size, "input", &image, &error) == VWW_OK) {
        uint32_t sum = 0;
        for (size_t i = 0; i < (size_t)image.width * (size_t)image.height * 3; i++)
            sum += image.pixels[i];
        if (image.channels != 3 || sum == UINT32_MAX)
            abort();
        vww_image_fini(&image);
    } else if (image.pixels != NULL || error.what[0] == '\0') {
        abort();
    }
    if (vww_image_decode_jpeg(data, size, "input", 5, &image, NULL) == VWW_OK)
        vww_image_fini(&image);
    vww_image_jpeg_size(data, size, "input", &width, &height, NULL);
    return 0;
}
