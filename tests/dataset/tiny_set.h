/* A tiny COCO set made on the spot: images that are each of one colour, which is a function of the
 * id, so that a test can tell which image it got. */
#ifndef VWW_TESTS_TINY_SET_H
#define VWW_TESTS_TINY_SET_H

#include "base/file.h"
#include "support/check.h"
#include "vww/dataset.h"
#include "vww/image.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

struct tiny_set {
    char folder[64], images[VWW_PATH_MAX], train[VWW_PATH_MAX], val[VWW_PATH_MAX],
        output[VWW_PATH_MAX];
};

static inline void tiny_colour(int64_t id, uint8_t colour[3])
{
    colour[0] = (uint8_t)(40 + id % 10 * 20);
    colour[1] = (uint8_t)(40 + id / 10 % 10 * 20);
    colour[2] = (uint8_t)(40 + id / 100 % 10 * 20);
}

/* Images first … first + count - 1, width x height. Every third one has a person over a quarter of
 * the image, every one a cat; annotations stand before images and categories. */
static inline void tiny_write(const struct tiny_set *set, const char *json_path, int64_t first,
                              int64_t count, int32_t width, int32_t height)
{
    struct vww_error error;
    struct vww_buffer annotations = {0}, images = {0}, jpeg = {0};
    for (int64_t id = first; id < first + count; id++) {
        char name[32], path[VWW_PATH_MAX];
        struct vww_image image;
        uint8_t colour[3];
        tiny_colour(id, colour);
        assert_ok(vww_image_init(&image, width, height, 3, &error), &error);
        for (int32_t i = 0; i < width * height; i++)
            memcpy(image.pixels + 3 * i, colour, 3);
        jpeg.size = 0;
        assert_ok(vww_image_encode_jpeg(&image, 95, &jpeg, &error), &error);
        snprintf(name, sizeof name, "%lld.jpg", (long long)id);
        assert_ok(vww_path_join(path, set->images, name, &error), &error);
        assert_ok(vww_file_write(path, jpeg.data, jpeg.size, &error), &error);
        vww_image_fini(&image);
        const char *comma = id > first ? "," : "";
        vww_buffer_printf(&images,
                          "%s{\"id\":%lld,\"file_name\":\"%s\",\"width\":%d,\"height\":%d}", comma,
                          (long long)id, name, width, height);
        vww_buffer_printf(&annotations,
                          "%s{\"id\":%lld,\"image_id\":%lld,\"category_id\":2,\"iscrowd\":0,"
                          "\"area\":4,\"bbox\":[0,0,2,2],\"segmentation\":[[0,0,2,0,2,2]]}",
                          comma, (long long)id * 2, (long long)id);
        if (id % 3 == 0)
            vww_buffer_printf(&annotations,
                              ",{\"id\":%lld,\"image_id\":%lld,\"category_id\":1,\"iscrowd\":0,"
                              "\"area\":%g,\"bbox\":[%g,0,%g,%g]}",
                              (long long)id * 2 + 1, (long long)id, width * height / 5.0,
                              width / 4.0, width / 2.0, height / 2.0);
    }
    struct vww_buffer json = {0};
    vww_buffer_append(&annotations, "", 1);
    vww_buffer_append(&images, "", 1);
    vww_buffer_printf(&json,
                      "{\"annotations\":[%s],\"images\":[%s],\"categories\":[{\"id\":1,"
                      "\"name\":\"person\"},{\"id\":2,\"name\":\"cat\"}]}",
                      (const char *)annotations.data, (const char *)images.data);
    assert_ok(vww_file_write(json_path, json.data, json.size, &error), &error);
    vww_buffer_fini(&json);
    vww_buffer_fini(&annotations);
    vww_buffer_fini(&images);
    vww_buffer_fini(&jpeg);
}

/* 60 training images (20 positive) with ids from 300, 10 for validation with ids from 100. */
static inline void tiny_set_make(struct tiny_set *set)
{
    struct vww_error error;
    snprintf(set->folder, sizeof set->folder, "/tmp/vww-test-XXXXXX");
    assert_non_null(mkdtemp(set->folder));
    assert_ok(vww_path_join(set->images, set->folder, "images", &error), &error);
    assert_ok(vww_path_join(set->train, set->folder, "train.json", &error), &error);
    assert_ok(vww_path_join(set->val, set->folder, "val.json", &error), &error);
    assert_ok(vww_path_join(set->output, set->folder, "set", &error), &error);
    assert_ok(vww_directory_make(set->images, &error), &error);
    tiny_write(set, set->train, 300, 60, 24, 16);
    tiny_write(set, set->val, 100, 10, 20, 30);
}

static inline void tiny_remove(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[VWW_PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            vww_path_join(path, folder, entry->d_name, NULL) != VWW_OK)
            continue;
        if (vww_directory_exists(path))
            tiny_remove(path);
        else
            unlink(path);
    }
    closedir(directory);
    rmdir(folder);
}

/* `train`, `val`, `images` are views into the set; size 12, 4 and 2 shards. */
#define TINY_OPTIONS(set)                                                                          \
    {                                                                                              \
        .train = {(const char *const[]){(set)->train}, 1, (const char *const[]){(set)->images},    \
                  1},                                                                              \
        .val = {(const char *const[]){(set)->val}, 1, (const char *const[]){(set)->images}, 1},    \
        .policy = vww_label_presets(&(size_t){0})[0].policy, .output_dir = (set)->output,          \
        .size = 12, .train_shards = 4, .val_shards = 2                                             \
    }

#endif
