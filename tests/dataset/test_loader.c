#include "dataset/tiny_set.h"
#include "vww/loader.h"
#include "vww/threads.h"

#define SIDE 12
#define IMAGE_BYTES (SIDE * SIDE * 3)
#define BATCH 16

static struct vww_error error;
static struct tiny_set set;

static int make_set(void **state)
{
    (void)state;
    struct vww_dataset_result result;
    tiny_set_make(&set);
    const struct vww_dataset_options options = TINY_OPTIONS(&set);
    assert_ok(vww_dataset_build(&options, NULL, &result, &error), &error);
    return 0;
}

static int remove_set(void **state)
{
    (void)state;
    tiny_remove(set.folder);
    return 0;
}

static struct vww_loader *open_split(const char *split, bool balance,
                                     const struct vww_augmentation *augmentation,
                                     size_t cache_bytes)
{
    const struct vww_loader_options options = {.directory = set.output,
                                               .split = split,
                                               .resolution = SIDE,
                                               .batch = BATCH,
                                               .seed = 5,
                                               .balance = balance,
                                               .augmentation = augmentation,
                                               .cache_bytes = cache_bytes};
    struct vww_loader *loader;
    assert_ok(vww_loader_open(&options, NULL, &loader, &error), &error);
    return loader;
}

static void examples_in_storage_order(void **state)
{
    (void)state;
    struct vww_loader *loader = open_split("train", false, NULL, 1 << 20);
    assert_int_equal(vww_loader_examples(loader), 60);
    assert_int_equal(vww_loader_classes(loader), 2);
    assert_int_equal(vww_loader_resolution(loader), SIDE);
    assert_int_equal(vww_loader_class_examples(loader, 0), 40);
    assert_int_equal(vww_loader_class_examples(loader, 1), 20);
    assert_string_equal(vww_loader_class_name(loader, 1), "person");
    for (int pass = 0; pass < 2; pass++) /* the second time from the cache */
        for (int64_t i = 0; i < 60; i++) {
            uint8_t image[IMAGE_BYTES], colour[3];
            int32_t label;
            int64_t id;
            assert_ok(vww_loader_example(loader, i, image, &label, &id, &error), &error);
            /* Image k is in shard k mod 4, 15 in each. */
            assert_int_equal(id, 300 + i % 15 * 4 + i / 15);
            assert_int_equal(label, id % 3 == 0);
            tiny_colour(id, colour);
            for (int p = 0; p < SIDE * SIDE; p++)
                for (int c = 0; c < 3; c++)
                    assert_in_range(image[3 * p + c], colour[c] - 3, colour[c] + 3);
        }
    uint8_t image[IMAGE_BYTES];
    int32_t label;
    assert_int_equal(vww_loader_example(loader, 60, image, &label, NULL, &error),
                     VWW_ERROR_ARGUMENT);
    vww_loader_close(loader);
}

/* Every example once an epoch; another order in the next one; a last batch that is not full. */
static void plain_epochs_are_permutations(void **state)
{
    (void)state;
    struct vww_loader *loader = open_split("val", false, NULL, 0);
    static uint8_t images[2][BATCH * IMAGE_BYTES];
    int32_t labels[BATCH], count;
    assert_int_equal(vww_loader_steps(loader), 1);
    for (int64_t epoch = 0; epoch < 2; epoch++) {
        assert_ok(vww_loader_batch(loader, epoch, 0, images[epoch], labels, &count, &error),
                  &error);
        assert_int_equal(count, 10);
        bool seen[10] = {false};
        for (int i = 0; i < 10; i++) {
            const int id = (images[epoch][i * IMAGE_BYTES] - 40 + 10) / 20;
            assert_in_range(id, 0, 9);
            assert_false(seen[id]);
            seen[id] = true;
            assert_int_equal(labels[i], (100 + id) % 3 == 0);
        }
    }
    assert_memory_not_equal(images[0], images[1], 10 * IMAGE_BYTES);
    assert_int_equal(vww_loader_batch(loader, 0, 1, images[0], labels, &count, &error),
                     VWW_ERROR_ARGUMENT);
    vww_loader_close(loader);
}

/* 60 images, 20 of them positive: an epoch has 30 of each; over two epochs each negative comes once
 * or twice, each positive three times. */
static void balanced_epochs(void **state)
{
    (void)state;
    struct vww_loader *loader = open_split("train", true, NULL, 1 << 20);
    static uint8_t images[BATCH * IMAGE_BYTES];
    int32_t labels[BATCH], count;
    int positives = 0, batches = 0;
    assert_int_equal(vww_loader_steps(loader), 3); /* 60 / 16 */
    for (int64_t epoch = 0; epoch < 40; epoch++)
        for (int64_t step = 0; step < 3; step++, batches++) {
            assert_ok(vww_loader_batch(loader, epoch, step, images, labels, &count, &error),
                      &error);
            assert_int_equal(count, BATCH);
            for (int i = 0; i < BATCH; i++)
                positives += labels[i];
        }
    assert_in_range(positives, batches * BATCH * 47 / 100, batches * BATCH * 53 / 100);
    vww_loader_close(loader);
}

static void fill(struct vww_loader *loader, int64_t epoch, int64_t step, uint8_t *images,
                 int32_t *labels)
{
    int32_t count;
    assert_ok(vww_loader_batch(loader, epoch, step, images, labels, &count, &error), &error);
    assert_int_equal(count, BATCH);
}

/* The same bytes with any number of threads, with and without cache and prefetch, in any order. */
static void batches_depend_on_seed_epoch_and_step_alone(void **state)
{
    (void)state;
    static uint8_t reference[4][BATCH * IMAGE_BYTES], images[BATCH * IMAGE_BYTES];
    int32_t labels[4][BATCH], others[BATCH];
    static const int64_t where[4][2] = {{0, 0}, {0, 2}, {1, 0}, {7, 1}};
    vww_threads_use(1);
    struct vww_loader *loader = open_split("train", true, &vww_augmentation_default, 0);
    for (int i = 0; i < 4; i++)
        fill(loader, where[i][0], where[i][1], reference[i], labels[i]);
    assert_int_equal(vww_loader_cached(loader), 0);
    vww_loader_close(loader);
    assert_memory_not_equal(reference[0], reference[2], sizeof reference[0]);
    vww_threads_use(3);
    loader = open_split("train", true, &vww_augmentation_default, 20000);
    for (int i = 3; i >= 0; i--) {
        vww_loader_prefetch(loader, where[i][0], where[i][1]);
        if (i == 2) /* asked for in vain */
            vww_loader_prefetch(loader, 3, 1);
        fill(loader, where[i][0], where[i][1], images, others);
        assert_memory_equal(images, reference[i], sizeof images);
        assert_memory_equal(others, labels[i], sizeof others);
    }
    assert_true(vww_loader_cached(loader) > 0 && vww_loader_cached(loader) * IMAGE_BYTES < 20000);
    vww_loader_prefetch(loader, 5, 0); /* closing does not wait for a taker */
    vww_loader_close(loader);
    vww_threads_use(0);
}

static void augmentation_varies_images(void **state)
{
    (void)state;
    struct vww_augmentation flip_only = {.flip = true}, colour_only = vww_augmentation_default;
    colour_only.crop = colour_only.flip = false;
    static uint8_t plain[BATCH * IMAGE_BYTES], varied[BATCH * IMAGE_BYTES];
    int32_t labels[BATCH];
    /* Images of one colour: a flip changes nothing (up to the encoder's noise), colour changes all
     * pixels of an image alike. */
    struct vww_loader *loader = open_split("train", true, NULL, 0);
    fill(loader, 0, 0, plain, labels);
    vww_loader_close(loader);
    loader = open_split("train", true, &flip_only, 0);
    fill(loader, 0, 0, varied, labels);
    vww_loader_close(loader);
    for (int i = 0; i < BATCH * IMAGE_BYTES; i++)
        assert_in_range(abs(plain[i] - varied[i]), 0, 4);
    loader = open_split("train", true, &colour_only, 0);
    fill(loader, 0, 0, varied, labels);
    vww_loader_close(loader);
    int changed = 0;
    for (int i = 0; i < BATCH; i++)
        changed += abs(plain[i * IMAGE_BYTES] - varied[i * IMAGE_BYTES]) > 4;
    assert_in_range(changed, BATCH / 3, BATCH);
}

static void bad_data_is_refused(void **state)
{
    (void)state;
    struct vww_loader *loader;
    struct vww_loader_options options = {
        .directory = set.folder, .split = "train", .resolution = SIDE, .batch = 1};
    assert_int_equal(vww_loader_open(&options, NULL, &loader, &error), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "vww dataset build"));
    options.directory = set.output;
    options.split = "trian";
    assert_int_equal(vww_loader_open(&options, NULL, &loader, &error), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "train"));
    options.split = "train";
    options.balance = true;
    options.batch = 61;
    assert_int_equal(vww_loader_open(&options, NULL, &loader, &error), VWW_ERROR_ARGUMENT);
    options.batch = 1;
    /* One byte of the third shard. */
    char path[VWW_PATH_MAX];
    struct vww_buffer shard;
    assert_ok(vww_path_join(path, set.output, "train.record-00002-of-00004", &error), &error);
    assert_ok(vww_file_read(path, 1 << 20, &shard, &error), &error);
    shard.data[shard.size / 2] ^= 1;
    assert_ok(vww_file_write(path, shard.data, shard.size, &error), &error);
    assert_int_equal(vww_loader_open(&options, NULL, &loader, &error), VWW_ERROR_FORMAT);
    assert_non_null(strstr(error.file, "train.record-00002-of-00004"));
    assert_non_null(strstr(error.place, "record "));
    shard.data[shard.size / 2] ^= 1;
    assert_ok(vww_file_write(path, shard.data, shard.size, &error), &error);
    vww_buffer_fini(&shard);
    assert_ok(vww_loader_open(&options, NULL, &loader, &error), &error);
    vww_loader_close(loader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_in_storage_order),
        cmocka_unit_test(plain_epochs_are_permutations),
        cmocka_unit_test(balanced_epochs),
        cmocka_unit_test(batches_depend_on_seed_epoch_and_step_alone),
        cmocka_unit_test(augmentation_varies_images),
        cmocka_unit_test(bad_data_is_refused),
    };
    return cmocka_run_group_tests(tests, make_set, remove_set);
}
