/* MLPerf Tiny's harness around a generated model, over the serial line. */
#include "harness.h"
#include "model.h"
#include "serial.h"

static uint8_t image[MODEL_INPUT_BYTES];

static const int8_t *run(const uint8_t *pixels)
{
    return model_run_pixels(pixels);
}

int main(void)
{
    static struct harness harness;
    const struct harness_device device = {
        .put = serial_put,
        .microseconds = serial_microseconds,
        .run = run,
        .model = "vww01",
        .image = image,
        .image_bytes = sizeof image,
        .outputs = MODEL_OUTPUT_BYTES,
        .scale_nano = (int64_t)((double)MODEL_OUTPUT_SCALE * 1e9 + 0.5),
        .zero_point = MODEL_OUTPUT_ZERO_POINT,
    };
    serial_begin();
    harness_begin(&harness, &device);
    for (int32_t c; (c = serial_get()) >= 0;)
        harness_take(&harness, (char)c);
    return 0;
}
