/* The firmware's serial protocol: whatever comes in, the image is never left, and every '%' is
 * answered. */
#include "../../firmware/harness.h"

#include <stddef.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IMAGE_BYTES 6

static size_t characters;

static void put(char c)
{
    characters++;
    if (c == '\0')
        abort();
}

static uint32_t microseconds(void)
{
    return (uint32_t)characters;
}

static const int8_t *run(const uint8_t *image)
{
    static int8_t output[2];
    output[0] = (int8_t)(image[0] ^ image[IMAGE_BYTES - 1]);
    return output;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *image = calloc(1, IMAGE_BYTES);
    const struct harness_device device = {
        .put = put,
        .microseconds = microseconds,
        .run = run,
        .model = "vww01",
        .image = image,
        .image_bytes = IMAGE_BYTES,
        .outputs = 2,
        .scale_nano = 3906250,
        .zero_point = -128,
    };
    struct harness harness;
    if (image == NULL)
        return 0;
    harness_begin(&harness, &device);
    for (size_t i = 0; i < size; i++) {
        const size_t before = characters;
        harness_take(&harness, (char)data[i]);
        if ((characters > before) != (data[i] == '%'))
            abort();
        if (harness.received > IMAGE_BYTES || harness.is_loading + harness.is_loaded > 1)
            abort();
    }
    free(image);
    return 0;
}
