/* Rows of a camera become the bytes that the data set's path makes of the same picture. */
#include "support/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "preprocess/camera.h"
#include "vww/image.h"

#include <math.h>

static struct vww_error error;

struct shape {
    int32_t camera_width, camera_height, left, top, width, height, out_width, out_height;
};

/* Sizes of sensors, crops, reductions and enlargements; width 0: no crop. */
static const struct shape shapes[] = {
    {320, 240, 0, 0, 0, 0, 96, 96},     {320, 240, 40, 0, 240, 240, 96, 96},
    {160, 120, 21, 13, 97, 96, 96, 96}, {96, 96, 0, 0, 96, 96, 96, 96},
    {48, 32, 0, 0, 0, 0, 96, 97},       {64, 4, 2, 1, 61, 3, 32, 9},
    {640, 480, 0, 0, 0, 0, 50, 50},     {324, 244, 3, 5, 300, 200, 224, 224},
    {2, 1, 0, 0, 0, 0, 5, 5},           {30, 200, 0, 199, 30, 1, 7, 1},
};
#define SHAPE_COUNT (sizeof shapes / sizeof shapes[0])

static int32_t pixel_bytes(int32_t pixels)
{
    return pixels == VWWRT_PIXELS_GREY                                ? 1
           : pixels == VWWRT_PIXELS_RGB || pixels == VWWRT_PIXELS_BGR ? 3
                                                                      : 2;
}

static double clipped(double value)
{
    return floor((value < 0 ? 0 : value > 255 ? 255 : value) + 0.5);
}

/* Another description of the colours: pixel x of a row, as real numbers. */
static void describe(const uint8_t *row, int32_t x, int32_t pixels, double rgb[3])
{
    if (pixels == VWWRT_PIXELS_GREY) {
        rgb[0] = rgb[1] = rgb[2] = row[x];
    } else if (pixels == VWWRT_PIXELS_RGB || pixels == VWWRT_PIXELS_BGR) {
        for (int c = 0; c < 3; c++)
            rgb[c] = row[3 * x + (pixels == VWWRT_PIXELS_RGB ? c : 2 - c)];
    } else if (pixels == VWWRT_PIXELS_RGB565 || pixels == VWWRT_PIXELS_RGB565_BE) {
        const int high = pixels == VWWRT_PIXELS_RGB565;
        const int word = row[2 * x + high] * 256 + row[2 * x + !high];
        rgb[0] = floor(word / 2048 * 255.0 / 31 + 0.5);
        rgb[1] = floor(word / 32 % 64 * 255.0 / 63 + 0.5);
        rgb[2] = floor(word % 32 * 255.0 / 31 + 0.5);
    } else {
        const int luma = pixels == VWWRT_PIXELS_UYVY;
        const double y = row[2 * x + luma];
        const double u = row[x / 2 * 4 + !luma] - 128, v = row[x / 2 * 4 + 2 + !luma] - 128;
        rgb[0] = clipped(y + 91881 / 65536.0 * v);
        rgb[1] = clipped(y - 22553 / 65536.0 * u - 46802 / 65536.0 * v);
        rgb[2] = clipped(y + 116130 / 65536.0 * u);
    }
}

static uint8_t *noise(size_t bytes)
{
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, bytes, 3);
    uint8_t *made = vww_allocate(bytes, 1);
    assert_non_null(made);
    for (size_t i = 0; i < bytes; i++)
        made[i] = (uint8_t)vww_random_u64(&random);
    return made;
}

/* The frame as an image of the model's channels. */
static struct vww_image as_image(const uint8_t *frame, const struct shape *s, int32_t pixels,
                                 int32_t channels)
{
    struct vww_image image;
    const int32_t stride = s->camera_width * pixel_bytes(pixels);
    assert_ok(vww_image_init(&image, s->camera_width, s->camera_height, channels, &error), &error);
    for (int32_t y = 0; y < s->camera_height; y++)
        for (int32_t x = 0; x < s->camera_width; x++) {
            const uint8_t *row = frame + y * stride;
            uint8_t *pixel = image.pixels + (y * s->camera_width + x) * channels;
            double rgb[3];
            describe(row, x, pixels, rgb);
            if (channels == 3)
                for (int c = 0; c < 3; c++)
                    pixel[c] = (uint8_t)rgb[c];
            else if (pixels >= VWWRT_PIXELS_YUYV)
                pixel[0] = row[2 * x + (pixels == VWWRT_PIXELS_UYVY)];
            else
                pixel[0] = (uint8_t)floor((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) / 256 + 0.5);
        }
    return image;
}

/* All rows of the model, and that each came before the camera's row that it does not need. */
static void feed(struct vwwrt_camera *camera, const uint8_t *frame, const struct shape *s,
                 int32_t pixels, int32_t channels, uint8_t *out)
{
    const int32_t stride = s->camera_width * pixel_bytes(pixels);
    int32_t rows = 0;
    for (int32_t y = 0; y < s->camera_height; y++) {
        vwwrt_camera_push(camera, frame + y * stride);
        while (vwwrt_camera_pull(camera, out + rows * s->out_width * channels))
            rows++;
        assert_true(rows <= s->out_height);
    }
    assert_int_equal(rows, s->out_height);
    assert_int_equal(vwwrt_camera_pull(camera, out), 0);
    vwwrt_camera_push(camera, frame); /* one too many */
    assert_int_equal(vwwrt_camera_pull(camera, out), 0);
}

static void equals_the_data_sets_path(const struct shape *s, int32_t pixels, int32_t channels)
{
    const struct vwwrt_camera_settings settings = {
        .pixels = pixels,
        .camera_width = s->camera_width,
        .camera_height = s->camera_height,
        .left = s->left,
        .top = s->top,
        .width = s->width,
        .height = s->height,
        .out_width = s->out_width,
        .out_height = s->out_height,
        .channels = channels,
    };
    const int32_t width = s->width > 0 ? s->width : s->camera_width;
    const int32_t height = s->width > 0 ? s->height : s->camera_height;
    const size_t bytes = vwwrt_camera_scratch_bytes(&settings);
    assert_int_equal(
        bytes, VWWRT_CAMERA_SCRATCH_BYTES(width, height, s->out_width, s->out_height, channels));
    uint8_t *frame =
        noise((size_t)s->camera_width * (size_t)s->camera_height * (size_t)pixel_bytes(pixels));
    struct vww_image image = as_image(frame, s, pixels, channels), wanted;
    assert_ok(vww_image_init(&wanted, s->out_width, s->out_height, channels, &error), &error);
    assert_ok(vww_image_resize(&image, s->left, s->top, width, height, &wanted, &error), &error);
    const size_t out_bytes = (size_t)s->out_width * (size_t)s->out_height * (size_t)channels;
    uint8_t *out = vww_allocate(out_bytes, 1), *scratch = vww_allocate(bytes + 1, 1);
    assert_true(out != NULL && scratch != NULL);
    scratch[bytes] = 0xa5;
    struct vwwrt_camera camera;
    assert_int_equal(vwwrt_camera_begin(&camera, &settings, scratch), 0);
    for (int picture = 0; picture < 2; picture++) {
        memset(out, 0, out_bytes);
        feed(&camera, frame, s, pixels, channels, out);
        assert_memory_equal(out, wanted.pixels, out_bytes);
        vwwrt_camera_restart(&camera);
    }
    assert_int_equal(scratch[bytes], 0xa5);
    vww_free(scratch);
    vww_free(out);
    vww_free(frame);
    vww_image_fini(&image);
    vww_image_fini(&wanted);
}

static void every_format_and_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPE_COUNT; i++)
        for (int32_t pixels = VWWRT_PIXELS_GREY; pixels <= VWWRT_PIXELS_UYVY; pixels++)
            for (int32_t channels = 1; channels <= 3; channels += 2)
                equals_the_data_sets_path(&shapes[i], pixels, channels);
}

/* 320x240 to 96x96: the state is a few rows, whatever the picture's height. */
static void state_is_small(void **state)
{
    (void)state;
    assert_true(VWWRT_CAMERA_SCRATCH_BYTES(320, 240, 96, 96, 3) < 8 * 1024);
    assert_true(VWWRT_CAMERA_SCRATCH_BYTES(160, 120, 96, 96, 3) < 6 * 1024);
}

static void settings_without_meaning(void **state)
{
    (void)state;
    const struct vwwrt_camera_settings good = {.pixels = VWWRT_PIXELS_YUYV,
                                               .camera_width = 32,
                                               .camera_height = 24,
                                               .left = 4,
                                               .top = 2,
                                               .width = 16,
                                               .height = 16,
                                               .out_width = 8,
                                               .out_height = 8,
                                               .channels = 3};
    assert_true(vwwrt_camera_scratch_bytes(&good) > 0);
    struct vwwrt_camera_settings bad[14];
    for (size_t i = 0; i < 14; i++)
        bad[i] = good;
    bad[0].pixels = VWWRT_PIXELS_UYVY + 1;
    bad[1].pixels = -1;
    bad[2].camera_width = 31; /* half a pair */
    bad[3].camera_height = 0;
    bad[4].left = 17;
    bad[5].left = -1;
    bad[6].top = 9;
    bad[7].top = -1;
    bad[8].width = -1;
    bad[9].height = 0;
    bad[10].out_width = 0;
    bad[11].out_height = 65536;
    bad[12].channels = 2;
    bad[13].camera_width = 65536;
    for (size_t i = 0; i < 14; i++) {
        struct vwwrt_camera camera;
        assert_int_equal(vwwrt_camera_scratch_bytes(&bad[i]), 0);
        assert_int_equal(vwwrt_camera_begin(&camera, &bad[i], NULL), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_and_shape),
        cmocka_unit_test(state_is_small),
        cmocka_unit_test(settings_without_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
