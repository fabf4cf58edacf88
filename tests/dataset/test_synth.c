/* Drawn sets: what the rasteriser covers, what the annotations say against what is visible, and
 * that a set is a function of its seed. */
#include "support/check.h"

#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "dataset/synth_figure.h"
#include "dataset/synth_picture.h"
#include "dataset/synth_scene.h"
#include "dataset/synth_thing.h"
#include "dataset/tiny_set.h"
#include "vww/coco.h"
#include "vww/synth.h"
#include "vww/threads.h"

#include <dirent.h>
#include <math.h>
#include <unistd.h>

static struct vww_noise noise;

static int make_noise(void **state)
{
    (void)state;
    vww_noise_init(&noise);
    return 0;
}

/* --- the canvas ------------------------------------------------------------------------------- */

static float covered(const struct vww_canvas *canvas)
{
    float sum = 0;
    for (int i = 0; i < canvas->width * canvas->height; i++)
        sum += canvas->rgb[3 * i];
    return sum;
}

static void fill_white(struct vww_canvas *canvas, const struct vww_point *points, int count)
{
    const struct vww_paint white = vww_paint_plain((struct vww_colour){1, 1, 1});
    memset(canvas->rgb, 0, sizeof *canvas->rgb * 3 * (size_t)(canvas->width * canvas->height));
    memset(canvas->owner, 0, sizeof *canvas->owner * (size_t)(canvas->width * canvas->height));
    vww_canvas_fill(canvas, points, count, &white, 7);
    for (int i = 0; i < canvas->height * (canvas->width + 2); i++)
        assert_true(canvas->cover[i] == 0);
}

static void coverage_is_area(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_canvas canvas;
    assert_ok(vww_canvas_init(&canvas, 20, 10, &noise, &error), &error);
    /* A rectangle between pixels: its edges cover in part. */
    fill_white(&canvas, VWW_POINTS({2.25f, 3.5f}, {5.75f, 3.5f}, {5.75f, 6}, {2.25f, 6}));
    assert_true(fabsf(covered(&canvas) - 3.5f * 2.5f) < 1e-3f);
    assert_true(fabsf(canvas.rgb[3 * (3 * 20 + 2)] - 0.375f) < 1e-4f);
    assert_true(fabsf(canvas.rgb[3 * (4 * 20 + 5)] - 0.75f) < 1e-4f);
    assert_int_equal(canvas.owner[3 * 20 + 2], 0); /* less than half covered */
    assert_int_equal(canvas.owner[4 * 20 + 2], 7);
    assert_int_equal(canvas.owner[4 * 20 + 6], 0);
    /* The same the other way round, and a triangle. */
    fill_white(&canvas, VWW_POINTS({2.25f, 6}, {5.75f, 6}, {5.75f, 3.5f}, {2.25f, 3.5f}));
    assert_true(fabsf(covered(&canvas) - 3.5f * 2.5f) < 1e-3f);
    fill_white(&canvas, VWW_POINTS({1.3f, 1.1f}, {17.9f, 4.2f}, {6.4f, 9.7f}));
    const float area = 0.5f * fabsf((17.9f - 1.3f) * (9.7f - 1.1f) - (6.4f - 1.3f) * (4.2f - 1.1f));
    assert_true(fabsf(covered(&canvas) - area) < 1e-2f);
    vww_canvas_fini(&canvas);
}

static void shapes_are_cut_at_the_edge(void **state)
{
    (void)state;
    struct vww_error error;
    struct vww_canvas canvas;
    assert_ok(vww_canvas_init(&canvas, 20, 10, &noise, &error), &error);
    fill_white(&canvas, VWW_POINTS({-1e4f, -1e5f}, {1e4f, -1e5f}, {1e4f, 1e5f}, {-1e4f, 1e5f}));
    assert_true(fabsf(covered(&canvas) - 200) < 1e-2f);
    fill_white(&canvas, VWW_POINTS({-3, 2}, {4, 2}, {4, 5}, {-3, 5}));
    assert_true(fabsf(covered(&canvas) - 12) < 1e-3f);
    fill_white(&canvas, VWW_POINTS({18, 8}, {30, 8}, {30, 30}, {18, 30}));
    assert_true(fabsf(covered(&canvas) - 4) < 1e-3f);
    fill_white(&canvas, VWW_POINTS({21, 2}, {30, 2}, {30, 5}, {21, 5}));
    assert_true(covered(&canvas) == 0);
    fill_white(&canvas, VWW_POINTS({2, 20}, {4, 20}, {4, 50}, {2, 50}));
    assert_true(covered(&canvas) == 0);
    vww_canvas_fini(&canvas);
}

/* --- what is visible -------------------------------------------------------------------------- */

static void visible_parts_of_a_small_map(void **state)
{
    (void)state;
    /* 1: twelve pixels, partly hidden by 2 (too small to count); 3: up to the last pixel. */
    static const uint16_t map[5 * 8] = {
        0, 1, 1, 1, 0, 0, 0, 0, /**/
        0, 1, 2, 1, 0, 3, 3, 3, /**/
        0, 1, 1, 1, 0, 3, 3, 3, /**/
        0, 1, 1, 1, 0, 3, 3, 3, /**/
        0, 1, 0, 0, 0, 3, 3, 3, /**/
    };
    struct vww_owners owners = {.count = 3};
    owners.list[0].category = VWW_CATEGORY_PERSON;
    owners.list[1].category = VWW_CATEGORY_DOG;
    owners.list[2].category = VWW_CATEGORY_CAR;
    struct vww_visible *visible;
    struct vww_error error;
    int count;
    assert_ok(vww_visible_find(map, 8, 5, &owners, &visible, &count, &error), &error);
    assert_int_equal(count, 2);
    const struct vww_visible *person = &visible[0], *car = &visible[1];
    assert_int_equal(person->category, VWW_CATEGORY_PERSON);
    assert_int_equal(person->x, 1);
    assert_int_equal(person->y, 0);
    assert_int_equal(person->width, 3);
    assert_int_equal(person->height, 5);
    assert_int_equal(person->area, 12);
    static const uint32_t expected[] = {5, 6, 1, 2, 1, 4, 21};
    assert_int_equal(person->run_count, 7);
    for (int i = 0; i < 7; i++)
        assert_int_equal(person->runs[i], expected[i]);
    static const uint32_t car_expected[] = {26, 4, 1, 4, 1, 4};
    assert_int_equal(car->run_count, 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(car->runs[i], car_expected[i]);
    vww_visible_free(visible, count);
}

/* Decode the runs and compare them, the box and the area with the map, pixel by pixel. */
static void check_visible(const struct vww_picture *picture, const struct vww_visible *v, int owner)
{
    const int32_t width = picture->image.width, height = picture->image.height;
    assert_true(v->x >= 0 && v->y >= 0 && v->width > 0 && v->height > 0);
    assert_true(v->x + v->width <= width && v->y + v->height <= height);
    int64_t at = 0, area = 0;
    int32_t left = width, right = -1, top = height, bottom = -1;
    for (int32_t run = 0; run < v->run_count; run++)
        for (uint32_t i = 0; i < v->runs[run]; i++, at++) {
            const int32_t x = (int32_t)(at / height), y = (int32_t)(at % height);
            const bool inside = picture->owner[y * width + x] == owner;
            assert_int_equal(inside, run % 2);
            if (!inside)
                continue;
            area++;
            left = x < left ? x : left;
            right = x > right ? x : right;
            top = y < top ? y : top;
            bottom = y > bottom ? y : bottom;
        }
    assert_int_equal(at, (int64_t)width * height);
    assert_int_equal(area, v->area);
    assert_int_equal(left, v->x);
    assert_int_equal(top, v->y);
    assert_int_equal(right + 1, v->x + v->width);
    assert_int_equal(bottom + 1, v->y + v->height);
}

static bool known_category(int id)
{
    size_t count;
    const struct vww_category_info *const categories = vww_categories(&count);
    for (size_t i = 0; i < count; i++)
        if (categories[i].id == id)
            return true;
    return false;
}

static void annotations_are_what_is_visible(void **state)
{
    (void)state;
    struct vww_synth_options options = vww_synth_defaults();
    struct vww_error error;
    for (int64_t index = 0; index < 60; index++) {
        struct vww_picture picture;
        assert_ok(vww_picture_draw(&options, index, &noise, &picture, &error), &error);
        assert_in_range(picture.image.width, options.side_least, options.side_most);
        assert_in_range(picture.image.height, options.side_least, options.side_most);
        int kept = 0;
        for (int owner = 1; owner <= picture.owners.count; owner++) {
            int64_t area = 0;
            for (int64_t i = 0; i < (int64_t)picture.image.width * picture.image.height; i++)
                area += picture.owner[i] == owner;
            if (area < VWW_VISIBLE_LEAST)
                continue;
            const struct vww_visible *const v = &picture.visible[kept++];
            assert_int_equal(v->category, picture.owners.list[owner - 1].category);
            assert_true(known_category(v->category));
            check_visible(&picture, v, owner);
        }
        assert_int_equal(kept, picture.visible_count);
        vww_picture_fini(&picture);
    }
}

/* --- things and people ------------------------------------------------------------------------ */

/* A canvas with a pen three heights away from what is to be drawn. */
struct studio {
    struct vww_canvas canvas;
    struct vww_view view;
    struct vww_light light;
    struct vww_random random;
    struct vww_owners owners;
    struct vww_pen pen;
};

static void studio_open(struct studio *studio, float width, float height, float turn, uint64_t seed)
{
    struct vww_error error;
    const float size = fmaxf(width, height);
    memset(studio, 0, sizeof *studio);
    assert_ok(vww_canvas_init(&studio->canvas, 120, 120, &noise, &error), &error);
    studio->view =
        (struct vww_view){.focal = 180, .horizon = 60, .centre = 60, .eye = 0.5f * height};
    studio->light = (struct vww_light){.towards = {0, 0.8f, -0.6f}, .contrast = 0.7f};
    studio->random = vww_random_init(seed, VWW_RANDOM_TEST, 0, 0);
    const struct vww_pen pen = {.canvas = &studio->canvas,
                                .view = &studio->view,
                                .light = &studio->light,
                                .random = &studio->random,
                                .owners = &studio->owners,
                                .size = 1};
    studio->pen = vww_pen_at(&pen, 0, 3 * size, turn);
}

static int owned_pixels(const struct studio *studio, int *top, int *bottom)
{
    int pixels = 0;
    *top = studio->canvas.height;
    *bottom = -1;
    for (int y = 0; y < studio->canvas.height; y++)
        for (int x = 0; x < studio->canvas.width; x++)
            if (studio->canvas.owner[y * studio->canvas.width + x] != 0) {
                pixels++;
                *top = y < *top ? y : *top;
                *bottom = y;
            }
    return pixels;
}

static void every_thing_is_drawn(void **state)
{
    (void)state;
    int count;
    const struct vww_thing *const things = vww_things(&count);
    for (int i = 0; i < count; i++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            static struct studio studio;
            int top, bottom;
            const float turn = things[i].turns ? 1.1f * (float)seed : 0;
            studio_open(&studio, things[i].width, things[i].height, turn, seed);
            things[i].draw(&studio.pen);
            const int pixels = owned_pixels(&studio, &top, &bottom);
            if (things[i].annotated != (pixels > 0))
                fail_msg("%s: %d pixels are annotated", things[i].name, pixels);
            float drawn = 0;
            for (int k = 0; k < 3 * 120 * 120; k++)
                drawn += studio.canvas.rgb[k] > 0.01f;
            if (drawn < 100)
                fail_msg("%s: nothing to be seen", things[i].name);
            assert_true(vww_thing_find(things[i].name) == &things[i]);
            vww_canvas_fini(&studio.canvas);
        }
    assert_null(vww_thing_find("unicorn"));
}

static void every_pose_is_a_person(void **state)
{
    (void)state;
    for (int pose = 0; pose < VWW_POSE_COUNT; pose++)
        for (uint64_t seed = 0; seed < 8; seed++) {
            static struct studio studio;
            int top, bottom;
            studio_open(&studio, 1.7f, 1.7f, 0.8f * (float)seed, seed);
            struct vww_figure figure = vww_figure_adult(&studio.random);
            figure.height = 1.7f;
            figure.carries = false;
            vww_figure_draw(&studio.pen, &figure, (enum vww_pose)pose, true);
            const int pixels = owned_pixels(&studio, &top, &bottom);
            assert_int_equal(studio.owners.count, 1);
            assert_int_equal(studio.owners.list[0].category, VWW_CATEGORY_PERSON);
            /* 1.7 m at 5.1 m with a focal length of 180 pixels are 60 pixels; the feet are at 90.
             */
            if (pixels < 150 || (pose != VWW_POSE_LYING && (bottom < 85 || bottom > 97)))
                fail_msg("%s: %d pixels, rows %d to %d", vww_pose_name((enum vww_pose)pose), pixels,
                         top, bottom);
            if (pose == VWW_POSE_STANDING)
                assert_in_range(bottom - top, 55, 66);
            vww_canvas_fini(&studio.canvas);
        }
}

/* --- sets ------------------------------------------------------------------------------------- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Names and contents of everything in the folder, in the order of the names. */
static int hash_folder(const char *folder, struct vww_sha256 *sha)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, NULL, by_name);
    assert_true(count >= 0);
    int files = 0;
    for (int i = 0; i < count; i++) {
        char path[VWW_PATH_MAX];
        struct vww_error error;
        struct vww_buffer content;
        if (entries[i]->d_name[0] != '.') {
            assert_ok(vww_path_join(path, folder, entries[i]->d_name, &error), &error);
            vww_sha256_update(sha, entries[i]->d_name, strlen(entries[i]->d_name) + 1);
            if (vww_directory_exists(path)) {
                files += hash_folder(path, sha);
            } else {
                assert_ok(vww_file_read(path, 1 << 28, &content, &error), &error);
                vww_sha256_update(sha, content.data, content.size);
                vww_buffer_fini(&content);
                files++;
            }
        }
        free(entries[i]);
    }
    free(entries);
    return files;
}

struct folders {
    char root[32], one[VWW_PATH_MAX], two[VWW_PATH_MAX];
};

static void folders_make(struct folders *folders)
{
    struct vww_error error;
    snprintf(folders->root, sizeof folders->root, "/tmp/vww-test-XXXXXX");
    assert_non_null(mkdtemp(folders->root));
    assert_ok(vww_path_join(folders->one, folders->root, "one", &error), &error);
    assert_ok(vww_path_join(folders->two, folders->root, "two", &error), &error);
}

static struct vww_synth_options small_set(const char *folder, int64_t images)
{
    struct vww_synth_options options = vww_synth_defaults();
    options.output_dir = folder;
    options.images = images;
    options.side_least = 48;
    options.side_most = 80;
    return options;
}

static void the_same_bytes_on_any_number_of_threads(void **state)
{
    (void)state;
    struct folders folders;
    struct vww_error error;
    struct vww_synth_result result;
    char hex[2][65];
    folders_make(&folders);
    for (int i = 0; i < 2; i++) {
        struct vww_sha256 sha;
        const struct vww_synth_options options = small_set(i == 0 ? folders.one : folders.two, 70);
        vww_threads_use(i == 0 ? 1 : 4);
        assert_ok(vww_synth_write(&options, NULL, &result, &error), &error);
        vww_sha256_init(&sha);
        assert_int_equal(hash_folder(options.output_dir, &sha), 72);
        vww_sha256_hex(&sha, hex[i]);
    }
    vww_threads_use(0);
    assert_string_equal(hex[0], hex[1]);
    /* Another seed gives another set. */
    tiny_remove(folders.two);
    struct vww_synth_options options = small_set(folders.two, 70);
    options.seed = 2;
    assert_ok(vww_synth_write(&options, NULL, &result, &error), &error);
    struct vww_sha256 sha;
    vww_sha256_init(&sha);
    hash_folder(folders.two, &sha);
    vww_sha256_hex(&sha, hex[1]);
    assert_string_not_equal(hex[0], hex[1]);
    tiny_remove(folders.root);
}

static void images_do_not_depend_on_their_number(void **state)
{
    (void)state;
    struct folders folders;
    struct vww_error error;
    struct vww_synth_result result;
    struct vww_buffer a, b;
    char path[VWW_PATH_MAX];
    folders_make(&folders);
    struct vww_synth_options options = small_set(folders.one, 5);
    assert_ok(vww_synth_write(&options, NULL, &result, &error), &error);
    assert_int_equal(result.train.images, 4);
    assert_int_equal(result.val.images, 1);
    options = small_set(folders.two, 20);
    assert_ok(vww_synth_write(&options, NULL, &result, &error), &error);
    assert_ok(vww_path_join(path, folders.one, "val/000000000005.jpg", &error), &error);
    assert_ok(vww_file_read(path, 1 << 20, &a, &error), &error);
    assert_ok(vww_path_join(path, folders.two, "train/000000000005.jpg", &error), &error);
    assert_ok(vww_file_read(path, 1 << 20, &b, &error), &error);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    vww_buffer_fini(&a);
    vww_buffer_fini(&b);
    tiny_remove(folders.root);
}

/* What the reader of COCO files sees in a set. */
struct seen {
    const char *folder;
    int64_t images, annotations, categories, crowds, last_image;
    int32_t width[1000], height[1000]; /* by image id */
    bool annotated[1000], person[1000], positive[1000];
};

static vww_status see_image(void *context, const struct vww_coco_image *image,
                            struct vww_error *error)
{
    struct seen *const seen = context;
    struct vww_buffer jpeg;
    char path[VWW_PATH_MAX];
    int32_t width, height;
    assert_in_range(image->id, 1, 999);
    assert_int_equal(seen->width[image->id], 0);
    assert_ok(vww_path_join(path, seen->folder, image->file_name, error), error);
    assert_ok(vww_file_read(path, 1 << 20, &jpeg, error), error);
    assert_ok(vww_image_jpeg_size(jpeg.data, jpeg.size, path, &width, &height, error), error);
    vww_buffer_fini(&jpeg);
    assert_int_equal(width, image->width);
    assert_int_equal(height, image->height);
    seen->width[image->id] = width;
    seen->height[image->id] = height;
    seen->images++;
    return VWW_OK;
}

static vww_status see_annotation(void *context, const struct vww_coco_annotation *annotation,
                                 struct vww_error *error)
{
    (void)error;
    struct seen *const seen = context;
    const double *const box = annotation->box;
    const int64_t id = annotation->image_id;
    assert_in_range(id, 1, 999);
    assert_true(annotation->has_area && annotation->has_box && annotation->area > 0);
    assert_true(known_category((int)annotation->category_id));
    assert_true(annotation->id / 1000 == id);
    assert_true(seen->width[id] > 0);
    assert_true(box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= seen->width[id] &&
                box[1] + box[3] <= seen->height[id]);
    assert_true(annotation->area <= box[2] * box[3]);
    seen->annotated[id] = true;
    seen->crowds += annotation->crowd;
    seen->annotations++;
    if (annotation->category_id != VWW_CATEGORY_PERSON)
        return VWW_OK;
    seen->person[id] = true;
    if (box[2] * box[3] > 0.005 * seen->width[id] * seen->height[id])
        seen->positive[id] = true;
    return VWW_OK;
}

static vww_status see_category(void *context, const struct vww_coco_category *category,
                               struct vww_error *error)
{
    (void)error;
    struct seen *const seen = context;
    assert_true(known_category((int)category->id));
    if (category->id == 1)
        assert_string_equal(category->name, "person");
    seen->categories++;
    return VWW_OK;
}

static void a_set_has_what_a_set_needs(void **state)
{
    (void)state;
    struct folders folders;
    struct vww_error error;
    struct vww_synth_result result;
    char json[VWW_PATH_MAX], images[VWW_PATH_MAX];
    folders_make(&folders);
    struct vww_synth_options options = small_set(folders.one, 400);
    options.val_fraction = 0.25;
    options.side_least = 110;
    options.side_most = 170;
    assert_ok(vww_synth_write(&options, NULL, &result, &error), &error);
    assert_ok(vww_path_join(json, folders.one, "instances_train.json", &error), &error);
    assert_ok(vww_path_join(images, folders.one, "train", &error), &error);
    static struct seen seen;
    seen.folder = images;
    const struct vww_coco_visitor visitor = {.image = see_image,
                                             .annotation = see_annotation,
                                             .category = see_category,
                                             .context = &seen};
    assert_ok(vww_coco_scan(json, &visitor, "reading", NULL, &error), &error);
    assert_int_equal(seen.images, 300);
    assert_int_equal(seen.images, result.train.images);
    assert_int_equal(seen.annotations, result.train.annotations);
    assert_true(seen.categories > 30);
    int positive = 0, empty = 0, only_small = 0, landscape = 0;
    for (int id = 1; id <= 300; id++) {
        positive += seen.positive[id];
        empty += !seen.annotated[id];
        only_small += seen.person[id] && !seen.positive[id];
        landscape += seen.width[id] > seen.height[id];
    }
    assert_int_equal(positive, result.train.people);
    assert_in_range(positive, 300 * 35 / 100, 300 * 65 / 100);
    assert_in_range(landscape, 300 * 40 / 100, 300 * 80 / 100);
    assert_true(empty >= 5);
    assert_true(only_small >= 3);
    assert_true(seen.crowds >= 5);
    tiny_remove(folders.root);
}

static bool stop_at_once(void *context)
{
    int *const calls = context;
    return ++*calls > 1;
}

static void a_stopped_set_leaves_nothing(void **state)
{
    (void)state;
    struct folders folders;
    struct vww_error error;
    struct vww_synth_result result;
    int calls = 0;
    const struct vww_progress progress = {.stop = stop_at_once, .context = &calls};
    folders_make(&folders);
    const struct vww_synth_options options = small_set(folders.one, 100);
    assert_int_equal(vww_synth_write(&options, &progress, &result, &error), VWW_ERROR_STOPPED);
    assert_false(vww_directory_exists(folders.one));
    tiny_remove(folders.root);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    struct folders folders;
    struct vww_error error;
    struct vww_synth_result result;
    folders_make(&folders);
    struct vww_synth_options options = small_set(folders.one, 0);
    assert_int_equal(vww_synth_write(&options, NULL, &result, &error), VWW_ERROR_ARGUMENT);
    options = small_set(folders.one, 3);
    options.val_fraction = 1.5;
    assert_int_equal(vww_synth_write(&options, NULL, &result, &error), VWW_ERROR_ARGUMENT);
    options = small_set(folders.one, 3);
    options.width = 8;
    assert_int_equal(vww_synth_write(&options, NULL, &result, &error), VWW_ERROR_ARGUMENT);
    options = small_set(folders.one, 3);
    options.side_most = 40;
    assert_int_equal(vww_synth_write(&options, NULL, &result, &error), VWW_ERROR_ARGUMENT);
    assert_false(vww_directory_exists(folders.one));
    /* A folder with something in it. */
    options = small_set(folders.root, 3);
    char path[VWW_PATH_MAX];
    assert_ok(vww_path_join(path, folders.root, "mine", &error), &error);
    assert_ok(vww_file_write(path, "x", 1, &error), &error);
    assert_int_equal(vww_synth_write(&options, NULL, &result, &error), VWW_ERROR_MISMATCH);
    assert_string_equal(error.seen, "mine");
    options.force = true;
    options.width = 64;
    options.height = 48;
    assert_ok(vww_synth_write(&options, NULL, &result, &error), &error);
    assert_true(vww_file_exists(path));
    tiny_remove(folders.root);
}

static void without_memory(void **state)
{
    (void)state;
    struct folders folders;
    struct vww_error error;
    struct vww_synth_result result;
    folders_make(&folders);
    vww_threads_use(1);
    const struct vww_synth_options options = small_set(folders.one, 2);
    vww_status status = VWW_ERROR_MEMORY;
    int64_t n = 1;
    for (; n < 500 && status != VWW_OK; n++) {
        vww_memory_fail_at(n);
        status = vww_synth_write(&options, NULL, &result, &error);
        vww_memory_fail_at(0);
        if (status != VWW_OK) {
            assert_int_equal(status, VWW_ERROR_MEMORY);
            assert_false(vww_directory_exists(folders.one));
        }
    }
    vww_threads_use(0);
    assert_int_equal(status, VWW_OK);
    assert_true(n > 10);
    tiny_remove(folders.root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coverage_is_area),
        cmocka_unit_test(shapes_are_cut_at_the_edge),
        cmocka_unit_test(visible_parts_of_a_small_map),
        cmocka_unit_test(annotations_are_what_is_visible),
        cmocka_unit_test(every_thing_is_drawn),
        cmocka_unit_test(every_pose_is_a_person),
        cmocka_unit_test(the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(images_do_not_depend_on_their_number),
        cmocka_unit_test(a_set_has_what_a_set_needs),
        cmocka_unit_test(a_stopped_set_leaves_nothing),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, make_noise, NULL);
}
