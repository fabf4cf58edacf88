/* Decoding and stretching of photographs, and batches from a data set whose images are in the
 * cache. */
#include "base/file.h"
#include "base/random.h"
#include "vww/dataset.h"
#include "vww/image.h"
#include "vww/loader.h"
#include "vww/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void check(vww_status status, const struct vww_error *error)
{
    if (status == VWW_OK)
        return;
    char text[2048];
    vww_error_format(error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    exit(1);
}

/* A picture with structure at every scale, so that its JPEG is as large as a photograph's. */
static struct vww_image picture(int32_t width, int32_t height, uint64_t seed)
{
    struct vww_image image;
    struct vww_error error;
    check(vww_image_init(&image, width, height, 3, &error), &error);
    struct vww_random random = vww_random_init(seed, VWW_RANDOM_TEST, 1, 1);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                image.pixels[3 * (y * width + x) + c] =
                    (uint8_t)(60 + ((x * (c + 1) / 7) ^ (y / 5)) % 120 +
                              (int)vww_random_below(&random, 24));
    return image;
}

static void bench_images(void)
{
    struct vww_error error;
    struct vww_buffer jpeg = {0};
    struct vww_image large = picture(640, 480, 1), small, decoded;
    check(vww_image_encode_jpeg(&large, 85, &jpeg, &error), &error);
    check(vww_image_init(&small, 96, 96, 3, &error), &error);
    double start = now();
    int rounds = 0;
    for (; now() - start < 2; rounds++) {
        check(vww_image_decode_jpeg(jpeg.data, jpeg.size, "", 0, &decoded, &error), &error);
        vww_image_fini(&decoded);
    }
    printf("decoding 640x480 (%zu KB): %.0f images/s on one core\n", jpeg.size / 1000,
           rounds / (now() - start));
    start = now();
    for (rounds = 0; now() - start < 2; rounds++)
        check(vww_image_resize(&large, 0, 0, 640, 480, &small, &error), &error);
    printf("stretching 640x480 to 96x96: %.0f images/s on one core\n", rounds / (now() - start));
    vww_image_fini(&large);
    vww_image_fini(&small);
    vww_buffer_fini(&jpeg);
}

static void write_set(const char *folder, int32_t size, int count, const char *json_name, int first)
{
    struct vww_buffer json = {0}, jpeg = {0};
    struct vww_error error;
    char path[VWW_PATH_MAX], name[32];
    vww_buffer_text(&json, "{\"annotations\":[],\"categories\":[{\"id\":1,\"name\":\"person\"}],"
                           "\"images\":[");
    for (int i = first; i < first + count; i++) {
        struct vww_image image = picture(size, size, (uint64_t)i);
        jpeg.size = 0;
        check(vww_image_encode_jpeg(&image, 95, &jpeg, &error), &error);
        snprintf(name, sizeof name, "%d.jpg", i);
        check(vww_path_join(path, folder, name, &error), &error);
        check(vww_file_write(path, jpeg.data, jpeg.size, &error), &error);
        vww_image_fini(&image);
        vww_buffer_printf(&json, "%s{\"id\":%d,\"file_name\":\"%s\",\"width\":%d,\"height\":%d}",
                          i > first ? "," : "", i, name, size, size);
    }
    vww_buffer_text(&json, "]}");
    check(vww_path_join(path, folder, json_name, &error), &error);
    check(vww_file_write(path, json.data, json.size, &error), &error);
    vww_buffer_fini(&json);
    vww_buffer_fini(&jpeg);
}

static void bench_loader(const char *output, const char *what,
                         const struct vww_augmentation *augmentation, int threads)
{
    const struct vww_loader_options options = {.directory = output,
                                               .split = "train",
                                               .resolution = 96,
                                               .batch = 96,
                                               .seed = 1,
                                               .augmentation = augmentation,
                                               .cache_bytes = (size_t)1 << 30};
    struct vww_error error;
    struct vww_loader *loader;
    vww_threads_use(threads);
    check(vww_loader_open(&options, NULL, &loader, &error), &error);
    uint8_t *images = malloc((size_t)96 * 96 * 96 * 3);
    int32_t labels[96], count;
    int64_t seen = 0;
    double start = now();
    for (int64_t epoch = 0; now() - start < 2; epoch++) {
        for (int64_t step = 0; step < vww_loader_steps(loader); step++) {
            check(vww_loader_batch(loader, epoch, step, images, labels, &count, &error), &error);
            seen += count;
        }
        if (epoch == 0) { /* fills the cache */
            seen = 0;
            start = now();
        }
    }
    printf("batches of 96 at 96x96, %s, %d threads: %.0f images/s\n", what, vww_threads(),
           (double)seen / (now() - start));
    free(images);
    vww_loader_close(loader);
}

static void bench_batches(const char *folder)
{
    char train[VWW_PATH_MAX], val[VWW_PATH_MAX], output[VWW_PATH_MAX];
    struct vww_error error;
    check(vww_path_join(train, folder, "train.json", &error), &error);
    check(vww_path_join(val, folder, "val.json", &error), &error);
    check(vww_path_join(output, folder, "set", &error), &error);
    write_set(folder, 128, 960, "train.json", 0);
    write_set(folder, 128, 1, "val.json", 5000);
    const char *const trains[] = {train}, *const vals[] = {val}, *const folders[] = {folder};
    size_t presets;
    const struct vww_dataset_options options = {
        .train = {trains, 1, folders, 1},
        .val = {vals, 1, folders, 1},
        .policy = vww_label_presets(&presets)[0].policy,
        .output_dir = output,
        .size = 128,
        .train_shards = 4,
        .val_shards = 1,
    };
    struct vww_dataset_result result;
    const double start = now();
    check(vww_dataset_build(&options, NULL, &result, &error), &error);
    printf("building a data set of 961 images of 128x128: %.0f images/s\n", 961 / (now() - start));
    bench_loader(output, "plain", NULL, 1);
    bench_loader(output, "crop, flip and colour", &vww_augmentation_default, 1);
    bench_loader(output, "crop, flip and colour", &vww_augmentation_default, 0);
}

int main(void)
{
    char folder[] = "/tmp/vww-bench-XXXXXX", command[64];
    if (mkdtemp(folder) == NULL)
        return 1;
    bench_images();
    bench_batches(folder);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}
