#include "base/checksum.h"
#include "dataset/tiny_set.h"
#include "vww/tfrecord.h"
#include "vww/threads.h"

static struct vww_error error;
static struct tiny_set set;

static int make_set(void **state)
{
    (void)state;
    tiny_set_make(&set);
    return 0;
}

static int remove_set(void **state)
{
    (void)state;
    tiny_remove(set.folder);
    return 0;
}

static struct vww_buffer content(const char *folder, const char *name)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer buffer;
    assert_ok(vww_path_join(path, folder, name, &error), &error);
    assert_ok(vww_file_read(path, 1 << 24, &buffer, &error), &error);
    return buffer;
}

static int files_in(const char *folder)
{
    int files = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return -1;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        files += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return files;
}

static bool exists(const char *folder, const char *name)
{
    char path[VWW_PATH_MAX];
    assert_ok(vww_path_join(path, folder, name, &error), &error);
    return vww_file_exists(path);
}

/* The first record of a shard. */
static void first_example(const char *name, struct vww_example_read *read)
{
    char path[VWW_PATH_MAX];
    struct vww_tfrecord_reader *reader;
    const uint8_t *data;
    size_t bytes;
    assert_ok(vww_path_join(path, set.output, name, &error), &error);
    assert_ok(vww_tfrecord_open(path, &reader, &error), &error);
    assert_ok(vww_tfrecord_next(reader, &data, &bytes, NULL, &error), &error);
    assert_non_null(data);
    assert_ok(vww_example_unpack(data, bytes, read, &error), &error);
    vww_tfrecord_close(reader);
}

static void records_hold_what_the_format_says(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    assert_int_equal(result.train.images[1], 20);
    assert_int_equal(result.train.images[0], 40);
    assert_int_equal(result.val.images[1], 3);
    assert_int_equal(result.val.images[0], 7);
    struct vww_example_read read;
    first_example("train.record-00000-of-00004", &read); /* image 300, of 24 x 16 pixels */
    const struct vww_example *example = &read.example;
    assert_int_equal(example->width, 12);
    assert_int_equal(example->height, 12);
    assert_int_equal(example->label, 1);
    assert_string_equal(example->file_name, "300.jpg");
    assert_string_equal(example->source_id, "300");
    assert_string_equal(example->format, "jpeg");
    assert_int_equal(example->box_count, 1); /* the person's, not the cat's */
    assert_true(example->boxes[0].xmin == 0.25f && example->boxes[0].xmax == 0.75f);
    assert_true(example->boxes[0].ymin == 0.0f && example->boxes[0].ymax == 0.5f);
    /* A fifth of the original's area is a fifth of the stored image's. */
    assert_true(example->boxes[0].area > 28.79f && example->boxes[0].area < 28.81f);
    char sha256[65];
    vww_sha256_of(example->encoded, example->encoded_bytes, sha256);
    assert_string_equal(example->sha256, sha256);
    vww_example_fini(&read);
    first_example("train.record-00001-of-00004", &read); /* image 301: nobody */
    assert_int_equal(read.example.label, 0);
    assert_int_equal(read.example.box_count, 0);
    vww_example_fini(&read);
    struct vww_buffer labels = content(set.output, "labels.txt");
    assert_string_equal((char *)labels.data, "0:background\n1:person\n");
    vww_buffer_fini(&labels);
    struct vww_manifest manifest;
    assert_ok(vww_manifest_read(set.output, &manifest, &error), &error);
    assert_int_equal(manifest.size, 12);
    assert_string_equal(manifest.resize, VWW_RESIZE_NAME);
    assert_string_equal(manifest.policy, "paper");
    assert_string_equal(manifest.classes[1], "person");
    const struct vww_dataset_part *part = vww_manifest_part(&manifest, "", "train", &error);
    assert_int_equal(part->shard_count, 4);
    assert_int_equal(part->images, 60);
    struct vww_buffer shard = content(set.output, part->shards[3].file);
    assert_int_equal(part->shards[3].bytes, shard.size);
    vww_sha256_of(shard.data, shard.size, sha256);
    assert_string_equal(part->shards[3].sha256, sha256);
    vww_buffer_fini(&shard);
    vww_manifest_fini(&manifest);
}

/* Without a size the file's bytes are stored, and the original's measures. */
static void files_pass_through(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    options.size = 0;
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    struct vww_example_read read;
    first_example("val.record-00001-of-00002", &read);
    struct vww_buffer file = content(set.images, "101.jpg");
    assert_int_equal(read.example.encoded_bytes, file.size);
    assert_memory_equal(read.example.encoded, file.data, file.size);
    assert_int_equal(read.example.width, 20);
    assert_int_equal(read.example.height, 30);
    vww_buffer_fini(&file);
    vww_example_fini(&read);
    first_example("train.record-00000-of-00004", &read);
    assert_true(read.example.boxes[0].area > 76.79f && read.example.boxes[0].area < 76.81f);
    vww_example_fini(&read);
}

/* Cut in the middle, but with the end marker in its place: decoding alone finds it. */
static void decoding_finds_what_a_glance_does_not(void **state)
{
    (void)state;
    char path[VWW_PATH_MAX];
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    struct vww_buffer whole = content(set.images, "305.jpg"), damaged = {0};
    vww_buffer_append(&damaged, whole.data, whole.size - 12);
    vww_buffer_append(&damaged, "\xff\xd9", 2);
    assert_ok(vww_path_join(path, set.images, "305.jpg", &error), &error);
    assert_ok(vww_file_write(path, damaged.data, damaged.size, &error), &error);
    tiny_remove(set.output);
    options.size = 0;
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    tiny_remove(set.output);
    options.decode = true;
    assert_int_equal(vww_dataset_build(&options, NULL, &result, &error), VWW_ERROR_FORMAT);
    assert_string_equal(error.file, path);
    assert_non_null(strstr(error.place, "image 305"));
    assert_int_equal(files_in(set.output), -1);
    options.skip_bad_images = true;
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    assert_int_equal(result.train.skipped, 1);
    assert_ok(vww_file_write(path, whole.data, whole.size, &error), &error);
    vww_buffer_fini(&whole);
    vww_buffer_fini(&damaged);
    tiny_remove(set.output);
}

/* A 24 x 16 image with another brightness in each column; its middle, 16 x 16, unchanged. */
static void the_middle_is_stored(void **state)
{
    (void)state;
    char path[VWW_PATH_MAX];
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    struct vww_buffer plain = content(set.images, "300.jpg"), jpeg = {0};
    struct vww_image image, decoded;
    assert_ok(vww_image_init(&image, 24, 16, 3, &error), &error);
    for (int i = 0; i < 24 * 16 * 3; i++)
        image.pixels[i] = (uint8_t)(i / 3 % 24 * 10);
    assert_ok(vww_image_encode_jpeg(&image, 95, &jpeg, &error), &error);
    assert_ok(vww_path_join(path, set.images, "300.jpg", &error), &error);
    assert_ok(vww_file_write(path, jpeg.data, jpeg.size, &error), &error);
    assert_ok(vww_image_decode(jpeg.data, jpeg.size, path, &decoded, &error), &error);
    tiny_remove(set.output);
    options.size = 16;
    options.resize = VWW_RESIZE_COVER;
    options.output = VWW_FORMAT_MLPERF;
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    struct vww_buffer stored = content(set.output, "train/000000000300.bin");
    assert_int_equal(stored.size, 16 * 16 * 3);
    for (size_t y = 0; y < 16; y++)
        assert_memory_equal(stored.data + y * 48, decoded.pixels + (y * 24 + 4) * 3, 48);
    assert_ok(vww_file_write(path, plain.data, plain.size, &error), &error);
    vww_image_fini(&image);
    vww_image_fini(&decoded);
    vww_buffer_fini(&plain);
    vww_buffer_fini(&jpeg);
    vww_buffer_fini(&stored);
    tiny_remove(set.output);
}

static void same_bytes_for_any_number_of_threads(void **state)
{
    (void)state;
    static const char *const names[] = {"train.record-00000-of-00004",
                                        "train.record-00003-of-00004", "val.record-00001-of-00002",
                                        "manifest.json"};
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    struct vww_buffer first[4];
    vww_threads_use(1);
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    for (int i = 0; i < 4; i++)
        first[i] = content(set.output, names[i]);
    vww_threads_use(5);
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    vww_threads_use(0);
    for (int i = 0; i < 4; i++) {
        struct vww_buffer again = content(set.output, names[i]);
        assert_int_equal(again.size, first[i].size);
        assert_memory_equal(again.data, first[i].data, again.size);
        vww_buffer_fini(&again);
        vww_buffer_fini(&first[i]);
    }
}

/* The cat of 2 x 2 pixels in each image is too small, so whoever drops such images drops them all.
 */
static void dropped_images_are_not_written(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    options.policy.small_only = VWW_SMALL_ONLY_DROP;
    options.policy.small_object_area_threshold = 0.1;
    strcpy(options.policy.foreground_class, "cat");
    assert_int_equal(vww_dataset_build(&options, NULL, &result, &error), VWW_ERROR_ARGUMENT);
    assert_non_null(strstr(error.what, "empty"));
    strcpy(options.policy.foreground_class, "person");
    options.policy.small_object_area_threshold = 0.3; /* the persons cover a quarter */
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    assert_int_equal(result.train.dropped, 20);
    assert_int_equal(result.train.images[0], 40);
    assert_int_equal(result.train.images[1], 0);
}

static void minival(void **state)
{
    (void)state;
    char ids[VWW_PATH_MAX];
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    assert_ok(vww_path_join(ids, set.folder, "ids.txt", &error), &error);
    assert_ok(vww_file_write(ids, "310\n102\n99999\n\n300\n", 19, &error), &error);
    options.split = VWW_SPLIT_MINIVAL;
    options.minival_ids = ids;
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    assert_int_equal(result.val.images[1] + result.val.images[0], 3);
    assert_int_equal(result.train.images[1] + result.train.images[0], 67);
    assert_int_equal(result.minival_absent, 1);
    struct vww_example_read read;
    first_example("val.record-00000-of-00002", &read); /* in the order of the annotation files */
    assert_string_equal(read.example.source_id, "300");
    vww_example_fini(&read);
    assert_ok(vww_file_write(ids, "310\nabc\n", 8, &error), &error);
    assert_int_equal(vww_dataset_build(&options, NULL, &result, &error), VWW_ERROR_FORMAT);
    assert_string_equal(error.place, "line 2");
    options.minival_ids = NULL;
    assert_int_equal(vww_dataset_build(&options, NULL, &result, &error), VWW_ERROR_ARGUMENT);
}

static void contradictory_options(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    options.val = options.train;
    assert_int_equal(vww_dataset_build(&options, NULL, &result, &error), VWW_ERROR_MISMATCH);
    assert_string_equal(error.place, "image 300");
    options = (struct vww_dataset_options)TINY_OPTIONS(&set);
    options.train.image_dirs = (const char *const[]){"/nonexistent/images"};
    assert_int_equal(vww_dataset_build(&options, NULL, &result, &error), VWW_ERROR_NOT_FOUND);
    assert_string_equal(error.file, "/nonexistent/images");
    options = (struct vww_dataset_options)TINY_OPTIONS(&set);
    options.train.image_dirs = (const char *const[]){set.images, set.images};
    options.train.image_dir_count = 2;
    assert_int_equal(vww_dataset_build(&options, NULL, &result, &error), VWW_ERROR_ARGUMENT);
}

/* Make one image bad in some way, build, and put it back. */
static vww_status build_with_bad_image(const void *data, size_t bytes, bool skip,
                                       struct vww_dataset_result *result)
{
    char path[VWW_PATH_MAX];
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    options.skip_bad_images = skip;
    assert_ok(vww_path_join(path, set.images, "317.jpg", &error), &error);
    struct vww_buffer good = content(set.images, "317.jpg");
    if (data != NULL)
        assert_ok(vww_file_write(path, data, bytes, &error), &error);
    else
        assert_int_equal(unlink(path), 0);
    vww_error_clear(&error);
    const vww_status status = vww_dataset_build(&options, NULL, result, &error);
    struct vww_error unused;
    assert_ok(vww_file_write(path, good.data, good.size, &unused), &unused);
    vww_buffer_fini(&good);
    return status;
}

static void a_bad_image_is_named_and_nothing_is_left(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_buffer good = content(set.images, "316.jpg"), other = content(set.images, "102.jpg");
    tiny_remove(set.output);
    assert_int_equal(build_with_bad_image(NULL, 0, false, &result), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.file, "images/317.jpg"));
    assert_non_null(strstr(error.place, "image 317 of"));
    assert_non_null(strstr(error.place, "train.json"));
    assert_int_equal(build_with_bad_image(good.data, good.size - 9, false, &result),
                     VWW_ERROR_FORMAT);
    assert_non_null(strstr(error.file, "images/317.jpg"));
    assert_true(error.byte > 0);
    assert_int_equal(build_with_bad_image("hello", 5, false, &result), VWW_ERROR_FORMAT);
    assert_int_equal(build_with_bad_image(other.data, other.size, false, &result),
                     VWW_ERROR_MISMATCH);
    assert_string_equal(error.seen, "20 x 30 pixels");
    assert_int_equal(files_in(set.output), -1); /* it was not there before */
    assert_ok(build_with_bad_image(NULL, 0, true, &result), &error);
    assert_int_equal(result.train.skipped, 1);
    assert_int_equal(result.train.images[1] + result.train.images[0], 59);
    struct vww_buffer manifest = content(set.output, "manifest.json");
    assert_non_null(strstr((char *)manifest.data, "\"317.jpg\""));
    vww_buffer_fini(&manifest);
    vww_buffer_fini(&good);
    vww_buffer_fini(&other);
}

/* A failed build leaves the data set that stood there; a good one replaces it whole. */
static void a_data_set_is_replaced_whole_or_not(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    assert_int_equal(files_in(set.output), 4 + 2 + 2);
    struct vww_buffer before = content(set.output, "manifest.json");
    assert_int_equal(build_with_bad_image("hello", 5, false, &result), VWW_ERROR_FORMAT);
    assert_int_equal(files_in(set.output), 4 + 2 + 2);
    struct vww_buffer after = content(set.output, "manifest.json");
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, after.size);
    options.train_shards = 3;
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    assert_int_equal(files_in(set.output), 3 + 2 + 2);
    assert_true(exists(set.output, "train.record-00002-of-00003"));
    assert_false(exists(set.output, "train.record-00002-of-00004"));
    vww_buffer_fini(&before);
    vww_buffer_fini(&after);
}

static bool stop_when_writing(void *context)
{
    return *(const bool *)context;
}

static void watch_stage(void *context, const char *stage, int64_t done, int64_t total,
                        const char *unit, const char *detail)
{
    (void)done;
    (void)total;
    (void)unit;
    (void)detail;
    if (strncmp(stage, "writing", 7) == 0)
        *(bool *)context = true;
}

static void same_content(const char *name, const struct vww_buffer *wanted)
{
    struct vww_buffer now = content(set.output, name);
    assert_int_equal(now.size, wanted->size);
    assert_memory_equal(now.data, wanted->data, now.size);
    vww_buffer_fini(&now);
}

/* A build that was stopped goes on after its last whole shard, to the same bytes. */
static void stopped_build_goes_on(void **state)
{
    (void)state;
    struct vww_dataset_result result, again;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    bool writing = false;
    const struct vww_progress progress = {
        .report = watch_stage, .stop = stop_when_writing, .context = &writing};
    tiny_remove(set.output);
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    struct vww_buffer manifest = content(set.output, "manifest.json");
    struct vww_buffer shard = content(set.output, "train.record-00001-of-00004");
    tiny_remove(set.output);
    assert_int_equal(vww_dataset_build(&options, &progress, &again, &error), VWW_ERROR_STOPPED);
    assert_true(writing);
    assert_int_equal(files_in(set.output), 1); /* .building; no data set */
    assert_ok(vww_dataset_build(&options, NULL, &again, &error), &error);
    assert_memory_equal(&again, &result, sizeof again);
    assert_int_equal(files_in(set.output), 8);
    same_content("manifest.json", &manifest);
    same_content("train.record-00001-of-00004", &shard);
    /* Another build in the same folder has no use for what was left. */
    writing = false;
    assert_int_equal(vww_dataset_build(&options, &progress, &again, &error), VWW_ERROR_STOPPED);
    options.size = 10;
    assert_ok(vww_dataset_build(&options, NULL, &again, &error), &error);
    assert_int_equal(files_in(set.output), 8);
    vww_buffer_fini(&manifest);
    vww_buffer_fini(&shard);
}

/* With each allocation failing in turn: always an error, never a data set, never a crash. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    vww_threads_use(1);
    vww_status status = VWW_ERROR_MEMORY;
    int64_t n = 1;
    for (; status != VWW_OK && n < 20000; n += 1 + n / 16) {
        tiny_remove(set.output);
        vww_memory_fail_at(n);
        status = vww_dataset_build(&options, NULL, &result, &error);
        vww_memory_fail_at(0);
        if (status != VWW_OK)
            assert_int_equal(files_in(set.output), -1);
    }
    vww_threads_use(0);
    assert_int_equal(status, VWW_OK);
    assert_true(n > 100);
}

static void damaged_manifests(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    struct vww_manifest manifest;
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    struct vww_buffer good = content(set.output, "manifest.json");
    static const char *const changes[][2] = {{"vww-dataset", "vww-datasex"},
                                             {"\"format_version\": 1", "\"format_version\": 9"},
                                             {"\"records\": 15", "\"records\": 16"},
                                             {"\"sha256\"", "\"sha257\""},
                                             {"\"classes\"", "\"classex\""},
                                             {"train.record-00001", "/rain.record-00001"},
                                             {"\"splits\"", "\"splitz\""}};
    char path[VWW_PATH_MAX];
    assert_ok(vww_path_join(path, set.output, "manifest.json", &error), &error);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct vww_buffer bad = {0};
        vww_buffer_append(&bad, good.data, good.size + 1);
        for (char *at = (char *)bad.data; (at = strstr(at, changes[i][0])) != NULL; at++)
            memcpy(at, changes[i][1], strlen(changes[i][1]));
        assert_ok(vww_file_write(path, bad.data, good.size, &error), &error);
        const vww_status status = vww_manifest_read(set.output, &manifest, &error);
        if (status != VWW_ERROR_FORMAT && status != VWW_ERROR_UNSUPPORTED)
            fail_msg("accepted with %s", changes[i][1]);
        assert_string_equal(error.file, path);
        vww_buffer_fini(&bad);
    }
    vww_buffer_fini(&good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_hold_what_the_format_says),
        cmocka_unit_test(files_pass_through),
        cmocka_unit_test(decoding_finds_what_a_glance_does_not),
        cmocka_unit_test(the_middle_is_stored),
        cmocka_unit_test(same_bytes_for_any_number_of_threads),
        cmocka_unit_test(dropped_images_are_not_written),
        cmocka_unit_test(minival),
        cmocka_unit_test(contradictory_options),
        cmocka_unit_test(a_bad_image_is_named_and_nothing_is_left),
        cmocka_unit_test(a_data_set_is_replaced_whole_or_not),
        cmocka_unit_test(stopped_build_goes_on),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(damaged_manifests),
    };
    return cmocka_run_group_tests(tests, make_set, remove_set);
}
