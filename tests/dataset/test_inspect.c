/* Verifying, counting and showing a built data set. */
#include "base/checksum.h"
#include "base/random.h"
#include "dataset/likeness.h"
#include "dataset/tiny_set.h"
#include "vww/inspect.h"
#include "vww/tfrecord.h"
#include "vww/threads.h"

#include <math.h>

static struct vww_error error;
static struct tiny_set set;

static int make_set(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    tiny_set_make(&set);
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    return 0;
}

static int remove_set(void **state)
{
    (void)state;
    tiny_remove(set.folder);
    return 0;
}

static void path_of(const char *name, char path[VWW_PATH_MAX])
{
    assert_ok(vww_path_join(path, set.output, name, &error), &error);
}

static struct vww_buffer content(const char *name)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer buffer;
    path_of(name, path);
    assert_ok(vww_file_read(path, 1 << 24, &buffer, &error), &error);
    return buffer;
}

static void write_content(const char *name, const void *data, size_t bytes)
{
    char path[VWW_PATH_MAX];
    path_of(name, path);
    assert_ok(vww_file_write(path, data, bytes, &error), &error);
}

static struct vww_verify_result verify(int32_t bits)
{
    struct vww_verify_result result;
    const struct vww_verify_options options = {set.output, bits};
    assert_ok(vww_dataset_verify(&options, NULL, &result, &error), &error);
    return result;
}

/* A problem whose text and file hold these words is among those found. */
static void assert_problem(const char *what, const char *file)
{
    struct vww_verify_result result = verify(-1);
    bool found = false;
    for (int64_t i = 0; i < result.problem_count && i < VWW_VERIFY_KEPT; i++)
        found = found || (strstr(result.problems[i].what, what) != NULL &&
                          strstr(result.problems[i].file, file) != NULL);
    if (!found)
        fail_msg("no problem \"%s\" in %s among %lld", what, file, (long long)result.problem_count);
    vww_verify_result_fini(&result);
}

static void whole_set_has_no_problem(void **state)
{
    (void)state;
    struct vww_verify_result result = verify(VWW_DUPLICATE_BITS);
    assert_int_equal(result.problem_count, 0);
    assert_int_equal(result.duplicate_count, 0);
    assert_int_equal(result.shards, 6);
    assert_int_equal(result.records, 70);
    struct vww_buffer manifest = content("manifest.json");
    char hex[65];
    vww_sha256_of(manifest.data, manifest.size, hex);
    assert_string_equal(result.manifest_sha256, hex);
    vww_buffer_fini(&manifest);
    vww_verify_result_fini(&result);
}

#define SHARD "val.record-00000-of-00002"

static void every_flipped_byte_is_found(void **state)
{
    (void)state;
    struct vww_buffer shard = content(SHARD);
    struct vww_buffer damaged = {0};
    vww_threads_use(1); /* many small sets: threads would only wait for one another */
    for (size_t at = 0; at < shard.size; at += 1 + shard.size / 8) {
        damaged.size = 0;
        vww_buffer_append(&damaged, shard.data, shard.size);
        damaged.data[at] ^= 0x20;
        write_content(SHARD, damaged.data, damaged.size);
        assert_problem("SHA-256 of the manifest", SHARD);
        assert_problem("damaged", SHARD); /* the record's own checksums find it too */
    }
    vww_threads_use(0);
    write_content(SHARD, shard.data, shard.size - 7);
    assert_problem("length of the manifest", SHARD);
    assert_problem("cut short", SHARD);
    assert_problem("not as many as counted", set.output);
    char path[VWW_PATH_MAX];
    path_of(SHARD, path);
    unlink(path);
    assert_problem("cannot open", SHARD);
    vww_buffer_fini(&damaged);
    vww_buffer_fini(&shard);
}

/* Replace a text of the manifest that occurs in it. */
static void edit_manifest(const char *from, const char *to)
{
    struct vww_buffer text = content("manifest.json"), edited = {0};
    const char *place = strstr((const char *)text.data, from);
    assert_non_null(place);
    vww_buffer_append(&edited, text.data, (size_t)(place - (const char *)text.data));
    vww_buffer_text(&edited, to);
    vww_buffer_text(&edited, place + strlen(from));
    write_content("manifest.json", edited.data, edited.size);
    vww_buffer_fini(&edited);
    vww_buffer_fini(&text);
}

/* Put this Example in place of the first record of SHARD, with checksums and a manifest to match:
 * only what is inside is wrong. */
static void replace_first(const struct vww_example *example, const struct vww_buffer *original)
{
    struct vww_buffer packed = {0}, shard = {0};
    struct vww_tfrecord_reader *reader;
    const uint8_t *data;
    size_t bytes;
    int64_t offset;
    char old_size[64], new_size[64], old_hex[65], new_hex[65];
    assert_ok(vww_example_pack(example, &packed, &error), &error);
    vww_tfrecord_append(&shard, packed.data, packed.size);
    assert_ok(vww_tfrecord_open_memory(original->data, original->size, "original", &reader, &error),
              &error);
    assert_ok(vww_tfrecord_next(reader, &data, &bytes, &offset, &error), &error);
    assert_ok(vww_tfrecord_next(reader, &data, &bytes, &offset, &error), &error);
    vww_tfrecord_close(reader);
    vww_buffer_append(&shard, original->data + offset, original->size - (size_t)offset);
    char path[VWW_PATH_MAX];
    path_of(SHARD, path);
    assert_ok(vww_file_sha256(path, old_hex, &error), &error);
    snprintf(old_size, sizeof old_size, "\"bytes\": %lld,", (long long)vww_file_bytes(path));
    snprintf(new_size, sizeof new_size, "\"bytes\": %zu,", shard.size);
    vww_sha256_of(shard.data, shard.size, new_hex);
    edit_manifest(old_size, new_size);
    edit_manifest(old_hex, new_hex);
    write_content(SHARD, shard.data, shard.size);
    vww_buffer_fini(&packed);
    vww_buffer_fini(&shard);
}

static void what_is_wrong_inside_a_good_record_is_found(void **state)
{
    (void)state;
    struct vww_buffer original = content(SHARD);
    struct vww_tfrecord_reader *reader;
    struct vww_example_read read;
    const uint8_t *data;
    size_t bytes;
    assert_ok(vww_tfrecord_open_memory(original.data, original.size, SHARD, &reader, &error),
              &error);
    assert_ok(vww_tfrecord_next(reader, &data, &bytes, NULL, &error), &error);
    assert_ok(vww_example_unpack(data, bytes, &read, &error), &error);
    struct vww_example example = read.example;
    example.label = 7;
    replace_first(&example, &original);
    assert_problem("outside the classes", SHARD);
    example = read.example;
    example.label = 1 - example.label;
    replace_first(&example, &original);
    assert_problem("not as many as counted", set.output);
    example = read.example;
    example.encoded_bytes -= 20; /* half an image is still an image to many readers */
    replace_first(&example, &original);
    assert_problem("SHA-256 of its record", SHARD);
    example.sha256 = "";
    replace_first(&example, &original);
    assert_problem("cut short", SHARD);
    example = read.example;
    example.width = 13;
    replace_first(&example, &original);
    assert_problem("size of its record", SHARD);
    example = read.example;
    example.source_id = "305"; /* an image of train */
    replace_first(&example, &original);
    assert_problem("same source id", set.output);
    vww_example_fini(&read);
    vww_tfrecord_close(reader);
    vww_buffer_fini(&original);
}

static void folder_without_a_set_is_an_error(void **state)
{
    (void)state;
    struct vww_verify_result result;
    const struct vww_verify_options options = {set.images, -1};
    assert_int_equal(vww_dataset_verify(&options, NULL, &result, &error), VWW_ERROR_NOT_FOUND);
    struct vww_dataset_stats stats;
    assert_int_equal(vww_dataset_stats_read(set.images, NULL, &stats, &error), VWW_ERROR_NOT_FOUND);
}

/* --- likeness */

/* Soft blobs of colour at random. */
static void draw(struct vww_image *image, int32_t width, int32_t height, uint64_t number)
{
    assert_ok(vww_image_init(image, width, height, 3, &error), &error);
    struct vww_random random = vww_random_init(5, VWW_RANDOM_TEST, 0, number);
    double blobs[12][6];
    for (int b = 0; b < 12; b++)
        for (int k = 0; k < 6; k++)
            blobs[b][k] = vww_random_unit(&random);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                double value = 0.5;
                for (int b = 0; b < 12; b++) {
                    const double dx = (x + 0.5) / width - blobs[b][0];
                    const double dy = (y + 0.5) / height - blobs[b][1];
                    const double reach = 0.05 + 0.2 * blobs[b][2];
                    value += (blobs[b][3 + c] - 0.5) * exp(-(dx * dx + dy * dy) / (reach * reach));
                }
                value = value < 0 ? 0 : value > 1 ? 1 : value;
                image->pixels[3 * (y * width + x) + c] = (uint8_t)(255 * value);
            }
}

static struct vww_likeness likeness_of(int32_t width, int32_t height, uint64_t number, int quality)
{
    struct vww_image image, decoded;
    struct vww_buffer jpeg = {0};
    struct vww_likeness likeness;
    draw(&image, width, height, number);
    assert_ok(vww_image_encode_jpeg(&image, quality, &jpeg, &error), &error);
    assert_ok(vww_image_decode(jpeg.data, jpeg.size, "", &decoded, &error), &error);
    assert_ok(vww_likeness_of(&decoded, &likeness, &error), &error);
    vww_image_fini(&image);
    vww_image_fini(&decoded);
    vww_buffer_fini(&jpeg);
    return likeness;
}

static void copies_are_alike_and_others_are_not(void **state)
{
    (void)state;
    struct vww_likeness large[30], small[30];
    for (uint64_t i = 0; i < 30; i++) {
        large[i] = likeness_of(200, 150, i, 95);
        small[i] = likeness_of(96, 96, i, 60); /* stretched, smaller, compressed harder */
    }
    for (int i = 0; i < 30; i++)
        for (int k = 0; k < 30; k++)
            assert_int_equal(vww_likeness_same(&large[i], &small[k], VWW_DUPLICATE_BITS), i == k);
}

static void copies_between_splits_are_listed(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    struct vww_dataset_options options = TINY_OPTIONS(&set);
    struct vww_buffer jpeg = {0};
    struct vww_image image;
    char path[VWW_PATH_MAX];
    /* Image 103 of val becomes image 317 of train, of another size. */
    const struct {
        const char *name;
        int32_t width, height;
    } copies[] = {{"317.jpg", 24, 16}, {"103.jpg", 20, 30}};
    for (int i = 0; i < 2; i++) {
        draw(&image, copies[i].width, copies[i].height, 1);
        jpeg.size = 0;
        assert_ok(vww_image_encode_jpeg(&image, 95, &jpeg, &error), &error);
        assert_ok(vww_path_join(path, set.images, copies[i].name, &error), &error);
        assert_ok(vww_file_write(path, jpeg.data, jpeg.size, &error), &error);
        vww_image_fini(&image);
    }
    vww_buffer_fini(&jpeg);
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    for (int threads = 1; threads <= 3; threads += 2) {
        vww_threads_use(threads);
        struct vww_verify_result found = verify(6);
        assert_int_equal(found.problem_count, 0);
        assert_int_equal(found.duplicate_count, 1);
        assert_string_equal(found.duplicates[0].split, "val");
        assert_string_equal(found.duplicates[0].file_name, "103.jpg");
        assert_string_equal(found.duplicates[0].train_file_name, "317.jpg");
        vww_verify_result_fini(&found);
    }
    vww_threads_use(0);
}

/* --- stats and show */

static void counts_are_those_of_the_set(void **state)
{
    (void)state;
    struct vww_dataset_stats stats;
    assert_ok(vww_dataset_stats_read(set.output, NULL, &stats, &error), &error);
    const struct vww_split_stats *train = &stats.splits[0], *val = &stats.splits[1];
    assert_string_equal(train->name, "train");
    assert_int_equal(train->images, 60);
    assert_int_equal(train->class_images[0], 40);
    assert_int_equal(train->class_images[1], 20);
    assert_int_equal(train->boxes, 20);
    assert_int_equal(val->images, 10);
    assert_int_equal(val->class_images[1], 3);
    int64_t sum = 0;
    for (int i = 0; i < VWW_HISTOGRAM_BINS; i++)
        sum += train->histograms[VWW_STATS_BRIGHTNESS].counts[i];
    assert_int_equal(sum, 60);
    /* Boxes of half by half: 0.25 to below 0.5; 12 pixels: below 64. */
    assert_int_equal(train->histograms[VWW_STATS_BOX_SHARE].counts[8], 20);
    assert_int_equal(train->histograms[VWW_STATS_BOXES_PER_IMAGE].counts[0], 40);
    assert_int_equal(train->histograms[VWW_STATS_BOXES_PER_IMAGE].counts[1], 20);
    assert_int_equal(train->histograms[VWW_STATS_LONGER_SIDE].counts[0], 60);
    /* One colour each, a function of the id: 40 + 20 * digit. */
    double brightness = 0;
    for (int64_t id = 100; id < 110; id++) {
        uint8_t colour[3];
        tiny_colour(id, colour);
        brightness += (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 10;
    }
    assert_true(fabs(val->brightness_mean - brightness) < 1.5);
    vww_dataset_stats_fini(&stats);
}

static void sheet_and_page_show_what_was_asked(void **state)
{
    (void)state;
    char out[VWW_PATH_MAX], path[VWW_PATH_MAX];
    int32_t shown;
    bool has_boxes;
    struct vww_buffer first, again;
    struct vww_image sheet;
    assert_ok(vww_path_join(out, set.folder, "look", &error), &error);
    struct vww_show_options options = {
        .directory = set.output, .out = out, .split = "train", .label = 1, .count = 12, .seed = 3};
    assert_ok(vww_dataset_show(&options, NULL, &shown, &has_boxes, &error), &error);
    assert_int_equal(shown, 12);
    assert_ok(vww_path_join(path, out, "show.html", &error), &error);
    assert_ok(vww_file_read(path, 1 << 24, &first, &error), &error);
    int figures = 0, boxes = 0;
    for (const char *p = (const char *)first.data; (p = strstr(p, "<figure>")) != NULL; p++)
        figures++;
    for (const char *p = (const char *)first.data; (p = strstr(p, "<i style=")) != NULL; p++)
        boxes++;
    assert_int_equal(figures, 12);
    assert_int_equal(boxes, 12);
    assert_null(strstr((const char *)first.data, "<b>background"));
    /* x from a quarter to three quarters, the upper half */
    assert_non_null(
        strstr((const char *)first.data, "left:25.00%;top:0.00%;width:50.00%;height:50.00%"));
    assert_null(strstr((const char *)first.data, "http"));
    vww_threads_use(3);
    assert_ok(vww_dataset_show(&options, NULL, &shown, &has_boxes, &error), &error);
    vww_threads_use(0);
    assert_ok(vww_file_read(path, 1 << 24, &again, &error), &error);
    assert_int_equal(first.size, again.size);
    assert_memory_equal(first.data, again.data, first.size);
    vww_buffer_fini(&first);
    vww_buffer_fini(&again);
    assert_ok(vww_path_join(path, out, "contact.png", &error), &error);
    assert_ok(vww_image_read(path, &sheet, &error), &error);
    assert_int_equal(sheet.width, 8 + 8 * 168);
    assert_int_equal(sheet.height, 8 + 2 * 168);
    vww_image_fini(&sheet);
    options.count = 50; /* more than there are */
    assert_ok(vww_dataset_show(&options, NULL, &shown, &has_boxes, &error), &error);
    assert_int_equal(shown, 20);
    options.label = 9;
    assert_int_equal(vww_dataset_show(&options, NULL, &shown, &has_boxes, &error),
                     VWW_ERROR_NOT_FOUND);
    options.split = "vall";
    assert_int_equal(vww_dataset_show(&options, NULL, &shown, &has_boxes, &error),
                     VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "val?"));
    options.count = 0;
    assert_int_equal(vww_dataset_show(&options, NULL, &shown, &has_boxes, &error),
                     VWW_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole_set_has_no_problem, make_set, remove_set),
        cmocka_unit_test_setup_teardown(every_flipped_byte_is_found, make_set, remove_set),
        cmocka_unit_test_setup_teardown(what_is_wrong_inside_a_good_record_is_found, make_set,
                                        remove_set),
        cmocka_unit_test_setup_teardown(folder_without_a_set_is_an_error, make_set, remove_set),
        cmocka_unit_test(copies_are_alike_and_others_are_not),
        cmocka_unit_test_setup_teardown(copies_between_splits_are_listed, make_set, remove_set),
        cmocka_unit_test_setup_teardown(counts_are_those_of_the_set, make_set, remove_set),
        cmocka_unit_test_setup_teardown(sheet_and_page_show_what_was_asked, make_set, remove_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
