#include "base/file.h"
#include "base/random.h"
#include "preprocess/resize.h"
#include "support/check.h"
#include "vww/image.h"

#include <math.h>
#include <unistd.h>

static struct vww_error error;

static struct vww_image noise(int32_t width, int32_t height, int32_t channels)
{
    struct vww_image image;
    struct vww_random random =
        vww_random_init(1, VWW_RANDOM_TEST, (uint64_t)width, (uint64_t)height);
    assert_ok(vww_image_init(&image, width, height, channels, &error), &error);
    for (int32_t i = 0; i < width * height * channels; i++)
        image.pixels[i] = (uint8_t)vww_random_u64(&random);
    return image;
}

static struct vww_image slope(int32_t width, int32_t height)
{
    struct vww_image image;
    assert_ok(vww_image_init(&image, width, height, 3, &error), &error);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            uint8_t *pixel = image.pixels + 3 * (y * width + x);
            pixel[0] = (uint8_t)(255 * x / width);
            pixel[1] = (uint8_t)(255 * y / height);
            pixel[2] = (uint8_t)(255 * (x + y) / (width + height));
        }
    return image;
}

/* The filter as a formula, in double precision without any rounding in between. */
static double triangle_weight(int32_t in, int32_t out, int32_t i, int32_t o)
{
    const double scale = (double)in / out, width = scale > 1 ? scale : 1;
    const double height = 1 - fabs(i + 0.5 - (o + 0.5) * scale) / width;
    return height > 0 ? height : 0;
}

static double oracle(const struct vww_image *from, const struct vww_image *to, int32_t x, int32_t y,
                     int32_t c)
{
    double sum = 0, total = 0;
    for (int32_t j = 0; j < from->height; j++) {
        const double down = triangle_weight(from->height, to->height, j, y);
        if (down == 0)
            continue;
        for (int32_t i = 0; i < from->width; i++) {
            const double weight = down * triangle_weight(from->width, to->width, i, x);
            sum += weight * from->pixels[(j * from->width + i) * from->channels + c];
            total += weight;
        }
    }
    return sum / total;
}

static void resize_follows_the_formula(void **state)
{
    (void)state;
    static const int32_t shapes[][4] = {{13, 9, 5, 4},    {5, 4, 13, 9},    {64, 48, 17, 23},
                                        {1, 1, 7, 3},     {7, 3, 1, 1},     {200, 3, 9, 6},
                                        {31, 31, 30, 32}, {96, 96, 96, 40}, {320, 17, 33, 2}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (int32_t channels = 1; channels <= 3; channels += 2) {
            struct vww_image from = noise(shapes[s][0], shapes[s][1], channels), to;
            assert_ok(vww_image_init(&to, shapes[s][2], shapes[s][3], channels, &error), &error);
            assert_ok(vww_image_resize(&from, 0, 0, from.width, from.height, &to, &error), &error);
            for (int32_t y = 0; y < to.height; y++)
                for (int32_t x = 0; x < to.width; x++)
                    for (int32_t c = 0; c < channels; c++) {
                        const double expected = floor(oracle(&from, &to, x, y, c) + 0.5);
                        const int got = to.pixels[(y * to.width + x) * channels + c];
                        if (fabs(got - expected) > 1)
                            fail_msg("%dx%d to %dx%d at (%d, %d): %d, not %g", from.width,
                                     from.height, to.width, to.height, x, y, got, expected);
                    }
            vww_image_fini(&from);
            vww_image_fini(&to);
        }
}

/* Random shapes, shrinking and growing, and rectangles up to the image's last byte: the host's way
 * gives the bytes of the device's. */
static void resize_equals_the_device(void **state)
{
    (void)state;
    struct vww_random random = vww_random_init(11, VWW_RANDOM_TEST, 0, 0);
    for (int round = 0; round < 300; round++) {
        const int32_t width = 1 + (int32_t)vww_random_below(&random, 120);
        const int32_t height = 1 + (int32_t)vww_random_below(&random, 30);
        const int32_t out = 1 + (int32_t)vww_random_below(&random, round % 2 ? 20 : 150);
        struct vww_image from = noise(width, height, 3), host, device;
        assert_ok(vww_image_init(&host, out, 9, 3, &error), &error);
        assert_ok(vww_image_init(&device, out, 9, 3, &error), &error);
        assert_ok(vww_image_resize(&from, 0, 0, width, height, &host, &error), &error);
        struct vwwrt_resize resize;
        void *scratch = malloc(vwwrt_resize_scratch_bytes(width, height, out, 9, 3));
        vwwrt_resize_begin(&resize, width, height, out, 9, 3, scratch);
        for (int32_t y = 0; y < height; y++)
            vwwrt_resize_row(&resize, from.pixels + (size_t)(y * width * 3), device.pixels,
                             (size_t)out * 3);
        assert_memory_equal(host.pixels, device.pixels, (size_t)(out * 9 * 3));
        free(scratch);
        vww_image_fini(&from);
        vww_image_fini(&host);
        vww_image_fini(&device);
    }
}

static void resize_keeps_constants_and_copies_equal_sizes(void **state)
{
    (void)state;
    for (int value = 0; value <= 255; value += 51) {
        struct vww_image from, to;
        assert_ok(vww_image_init(&from, 123, 77, 3, &error), &error);
        assert_ok(vww_image_init(&to, 41, 96, 3, &error), &error);
        memset(from.pixels, value, 123 * 77 * 3);
        assert_ok(vww_image_resize(&from, 0, 0, 123, 77, &to, &error), &error);
        for (int32_t i = 0; i < 41 * 96 * 3; i++)
            assert_int_equal(to.pixels[i], value);
        vww_image_fini(&from);
        vww_image_fini(&to);
    }
    struct vww_image from = noise(57, 31, 3), to;
    assert_ok(vww_image_init(&to, 57, 31, 3, &error), &error);
    assert_ok(vww_image_resize(&from, 0, 0, 57, 31, &to, &error), &error);
    assert_memory_equal(from.pixels, to.pixels, 57 * 31 * 3);
    vww_image_fini(&from);
    vww_image_fini(&to);
}

/* Resizing a rectangle equals cutting it out first: nothing outside is looked at. */
static void resize_of_a_rectangle(void **state)
{
    (void)state;
    struct vww_image from = noise(40, 30, 3), cut, a, b;
    assert_ok(vww_image_init(&cut, 21, 11, 3, &error), &error);
    assert_ok(vww_image_init(&a, 16, 16, 3, &error), &error);
    assert_ok(vww_image_init(&b, 16, 16, 3, &error), &error);
    for (int32_t y = 0; y < 11; y++)
        memcpy(cut.pixels + y * 21 * 3, from.pixels + ((y + 7) * 40 + 5) * 3, 21 * 3);
    assert_ok(vww_image_resize(&from, 5, 7, 21, 11, &a, &error), &error);
    assert_ok(vww_image_resize(&cut, 0, 0, 21, 11, &b, &error), &error);
    assert_memory_equal(a.pixels, b.pixels, 16 * 16 * 3);
    assert_int_equal(vww_image_resize(&from, 20, 0, 21, 11, &a, &error), VWW_ERROR_ARGUMENT);
    assert_int_equal(vww_image_resize(&from, 0, -1, 21, 11, &a, &error), VWW_ERROR_ARGUMENT);
    vww_image_fini(&from);
    vww_image_fini(&cut);
    vww_image_fini(&a);
    vww_image_fini(&b);
}

static int largest_difference(const struct vww_image *a, const struct vww_image *b)
{
    int most = 0;
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (int32_t i = 0; i < a->width * a->height * 3; i++) {
        const int difference = abs(a->pixels[i] - b->pixels[i]);
        most = difference > most ? difference : most;
    }
    return most;
}

static void jpeg_there_and_back(void **state)
{
    (void)state;
    struct vww_image from = slope(67, 41), back;
    struct vww_buffer jpeg = {0};
    assert_ok(vww_image_encode_jpeg(&from, 95, &jpeg, &error), &error);
    assert_ok(vww_image_decode_jpeg(jpeg.data, jpeg.size, "x.jpg", 0, &back, &error), &error);
    assert_in_range(largest_difference(&from, &back), 0, 8);
    int32_t width, height;
    assert_ok(vww_image_jpeg_size(jpeg.data, jpeg.size, "x.jpg", &width, &height, &error), &error);
    assert_int_equal(width, 67);
    assert_int_equal(height, 41);
    vww_image_fini(&back);
    /* 41 / 2 >= 20, 41 / 4 < 20 */
    assert_ok(vww_image_decode_jpeg(jpeg.data, jpeg.size, "x.jpg", 20, &back, &error), &error);
    assert_int_equal(back.width, 34);
    assert_int_equal(back.height, 21);
    vww_image_fini(&back);
    vww_image_fini(&from);
    vww_buffer_fini(&jpeg);
}

static void grey_jpeg_becomes_rgb(void **state)
{
    (void)state;
    struct vww_image from, back;
    assert_ok(vww_image_init(&from, 24, 16, 1, &error), &error);
    memset(from.pixels, 100, 24 * 16);
    struct vww_buffer jpeg = {0};
    assert_ok(vww_image_encode_jpeg(&from, 95, &jpeg, &error), &error);
    assert_ok(vww_image_decode_jpeg(jpeg.data, jpeg.size, "x.jpg", 0, &back, &error), &error);
    assert_int_equal(back.channels, 3);
    for (int32_t i = 0; i < 24 * 16 * 3; i++)
        assert_in_range(back.pixels[i], 99, 101);
    vww_image_fini(&from);
    vww_image_fini(&back);
    vww_buffer_fini(&jpeg);
}

/* Every cut is an error that names the file; none leaves an image behind. */
static void a_cut_jpeg_is_an_error(void **state)
{
    (void)state;
    struct vww_image from = noise(40, 32, 3), back;
    struct vww_buffer jpeg = {0};
    assert_ok(vww_image_encode_jpeg(&from, 80, &jpeg, &error), &error);
    for (size_t cut = 0; cut < jpeg.size; cut++) {
        assert_int_equal(vww_image_decode_jpeg(jpeg.data, cut, "cut.jpg", 0, &back, &error),
                         VWW_ERROR_FORMAT);
        assert_null(back.pixels);
        assert_string_equal(error.file, "cut.jpg");
        assert_in_range(error.byte, 0, cut);
    }
    /* A header that promises what no file of this size can hold. */
    for (size_t i = 0; i + 9 < jpeg.size; i++)
        if (jpeg.data[i] == 0xff && jpeg.data[i + 1] == 0xc0)
            memset(jpeg.data + i + 5, 0xfe, 4);
    assert_int_equal(vww_image_decode_jpeg(jpeg.data, jpeg.size, "big.jpg", 0, &back, &error),
                     VWW_ERROR_FORMAT);
    assert_non_null(strstr(error.what, "too short"));
    vww_image_fini(&from);
    vww_buffer_fini(&jpeg);
}

static void png_there_and_back(void **state)
{
    (void)state;
    struct vww_image from = noise(19, 23, 3), back;
    struct vww_buffer png = {0};
    assert_ok(vww_image_encode_png(&from, &png, &error), &error);
    assert_ok(vww_image_decode(png.data, png.size, "x.png", &back, &error), &error);
    assert_int_equal(largest_difference(&from, &back), 0);
    vww_image_fini(&back);
    for (size_t cut = 8; cut < png.size - 12; cut += 7) {
        assert_int_equal(vww_image_decode(png.data, cut, "cut.png", &back, &error),
                         VWW_ERROR_FORMAT);
        assert_null(back.pixels);
    }
    vww_image_fini(&from);
    vww_buffer_fini(&png);
}

static void files_are_told_apart_by_content(void **state)
{
    (void)state;
    char path[] = "/tmp/vww-test-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    static const char ppm[] = "P6 # two pixels\n2 1\n255\n\x01\x02\x03\xfd\xfe\xff";
    static const char pgm[] = "P5\n1 2\n5\n\x01\x05";
    struct vww_image image;
    assert_ok(vww_file_write(path, ppm, sizeof ppm - 1, &error), &error);
    assert_ok(vww_image_read(path, &image, &error), &error);
    assert_int_equal(image.width, 2);
    assert_memory_equal(image.pixels, "\x01\x02\x03\xfd\xfe\xff", 6);
    vww_image_fini(&image);
    assert_ok(vww_file_write(path, pgm, sizeof pgm - 1, &error), &error);
    assert_ok(vww_image_read(path, &image, &error), &error);
    assert_int_equal(image.height, 2);
    assert_memory_equal(image.pixels, "\x33\x33\x33\xff\xff\xff", 6);
    vww_image_fini(&image);
    assert_ok(vww_file_write(path, ppm, sizeof ppm - 2, &error), &error);
    assert_int_equal(vww_image_read(path, &image, &error), VWW_ERROR_FORMAT);
    assert_string_equal(error.file, path);
    assert_ok(vww_file_write(path, "GIF89a", 6, &error), &error);
    assert_int_equal(vww_image_read(path, &image, &error), VWW_ERROR_FORMAT);
    assert_non_null(strstr(error.allowed, "JPEG"));
    unlink(path);
    assert_int_equal(vww_image_read(path, &image, &error), VWW_ERROR_NOT_FOUND);
    assert_int_equal(vww_image_init(&image, 0, 5, 3, &error), VWW_ERROR_UNSUPPORTED);
}

/* A JPEG with a marker after its first two bytes. */
static struct vww_buffer with_marker(const struct vww_buffer *jpeg, const void *marker,
                                     size_t bytes)
{
    struct vww_buffer out = {0};
    vww_buffer_append(&out, jpeg->data, 2);
    vww_buffer_append(&out, marker, bytes);
    vww_buffer_append(&out, jpeg->data + 2, jpeg->size - 2);
    assert_false(out.failed);
    return out;
}

static void exif_rotation_is_not_applied(void **state)
{
    (void)state;
    /* An APP1 segment with one entry: orientation 6, to be turned by 90 degrees. */
    static const uint8_t exif[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,    'M', 'M',
                                   0,    42,   0, 0,  0,   8,   0,   1,   1, 0x12, 0,   3,
                                   0,    0,    0, 1,  0,   6,   0,   0,   0, 0,    0,   0};
    struct vww_image picture = slope(40, 24), plain, turned;
    struct vww_buffer jpeg = {0};
    int32_t width, height;
    assert_ok(vww_image_encode_jpeg(&picture, 95, &jpeg, &error), &error);
    struct vww_buffer rotated = with_marker(&jpeg, exif, sizeof exif);
    assert_ok(vww_image_decode(jpeg.data, jpeg.size, "plain", &plain, &error), &error);
    assert_ok(vww_image_decode(rotated.data, rotated.size, "turned", &turned, &error), &error);
    assert_ok(vww_image_size(rotated.data, rotated.size, "turned", &width, &height, &error),
              &error);
    assert_true(width == 40 && height == 24);
    assert_true(turned.width == 40 && turned.height == 24);
    assert_memory_equal(plain.pixels, turned.pixels, 40 * 24 * 3);
    vww_image_fini(&picture);
    vww_image_fini(&plain);
    vww_image_fini(&turned);
    vww_buffer_fini(&jpeg);
    vww_buffer_fini(&rotated);
}

/* JPEGs of 12 bits a sample exist; they are refused by name, not decoded to something else. */
static void a_deep_jpeg_is_an_error(void **state)
{
    (void)state;
    struct vww_image picture = slope(40, 24), decoded;
    struct vww_buffer jpeg = {0};
    assert_ok(vww_image_encode_jpeg(&picture, 95, &jpeg, &error), &error);
    size_t at = 2;
    while (jpeg.data[at + 1] != 0xc0) /* the frame header: 8 bits a sample */
        at += 2 + ((size_t)jpeg.data[at + 2] << 8 | jpeg.data[at + 3]);
    assert_int_equal(jpeg.data[at + 4], 8);
    for (uint8_t bits = 12; bits <= 16; bits += 4) {
        jpeg.data[at + 4] = bits;
        assert_int_equal(vww_image_decode(jpeg.data, jpeg.size, "deep.jpg", &decoded, &error),
                         VWW_ERROR_UNSUPPORTED);
        assert_non_null(strstr(error.what, "precision"));
        assert_string_equal(error.file, "deep.jpg");
    }
    vww_image_fini(&picture);
    vww_buffer_fini(&jpeg);
}

static void sizes_come_from_headers(void **state)
{
    (void)state;
    static const char *const names[] = {"rgb.jpg",   "grey.jpg",    "cmyk.jpg",  "rgb.png",
                                        "alpha.png", "palette.png", "small.ppm", "small.pgm"};
    const char *root = getenv("VWW_SOURCE_DIR");
    if (root == NULL)
        skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char folder[VWW_PATH_MAX], path[VWW_PATH_MAX];
        struct vww_buffer file;
        struct vww_image image;
        int32_t width, height;
        assert_ok(vww_path_join(folder, root, "tests/fuzz/corpus/image", &error), &error);
        assert_ok(vww_path_join(path, folder, names[i], &error), &error);
        assert_ok(vww_file_read(path, 1 << 20, &file, &error), &error);
        assert_ok(vww_image_decode(file.data, file.size, path, &image, &error), &error);
        assert_ok(vww_image_size(file.data, file.size, path, &width, &height, &error), &error);
        assert_true(width == image.width && height == image.height);
        if (i < 6) /* the first bytes alone say nothing */
            assert_int_equal(vww_image_size(file.data, 9, path, &width, &height, &error),
                             VWW_ERROR_FORMAT);
        vww_image_fini(&image);
        vww_buffer_fini(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resize_follows_the_formula),
        cmocka_unit_test(resize_equals_the_device),
        cmocka_unit_test(resize_keeps_constants_and_copies_equal_sizes),
        cmocka_unit_test(resize_of_a_rectangle),
        cmocka_unit_test(jpeg_there_and_back),
        cmocka_unit_test(grey_jpeg_becomes_rgb),
        cmocka_unit_test(a_cut_jpeg_is_an_error),
        cmocka_unit_test(exif_rotation_is_not_applied),
        cmocka_unit_test(a_deep_jpeg_is_an_error),
        cmocka_unit_test(sizes_come_from_headers),
        cmocka_unit_test(png_there_and_back),
        cmocka_unit_test(files_are_told_apart_by_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
