#include "vww/compare.h"
#include "base/file.h"
#include "base/memory.h"
#include "dataset/sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct comparison {
    const struct vww_compare_options *options;
    struct vww_label_set sets[2]; /* the same images in the same order */
    uint32_t *differing;          /* their indices, ascending id */
    size_t count;
    struct vww_error *error;
};

static enum vww_compare_label kind_of(const struct vww_labelled_image *image)
{
    return image->label == VWW_LABEL_DROPPED ? VWW_COMPARE_DROPPED
           : image->label == 1               ? VWW_COMPARE_1
                                             : VWW_COMPARE_0;
}

static vww_status find_differing(struct comparison *comparison, struct vww_compare_result *result)
{
    const struct vww_label_set *first = &comparison->sets[0], *second = &comparison->sets[1];
    comparison->differing = vww_allocate(first->count, sizeof *comparison->differing);
    if (comparison->differing == NULL)
        return vww_fail_memory(comparison->error, first->count * sizeof *comparison->differing);
    for (size_t i = 0; i < first->count; i++) {
        const uint32_t image = first->by_id[i].index;
        const enum vww_compare_label a = kind_of(&first->images[image]);
        const enum vww_compare_label b = kind_of(&second->images[image]);
        result->counts[a][b]++;
        if (a != b)
            comparison->differing[comparison->count++] = image;
    }
    result->images = (int64_t)first->count;
    result->differing = (int64_t)comparison->count;
    return VWW_OK;
}

/* --- the list -----------------------------------------------------------------------------------
 */

static void write_field(FILE *stream, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stream);
        return;
    }
    putc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc('"', stream);
        putc(*text, stream);
    }
    putc('"', stream);
}

static void write_rows(const struct comparison *comparison, FILE *stream)
{
    static const char *const words[VWW_COMPARE_LABELS] = {"0", "1", "dropped"};
    const struct vww_label_set *sets = comparison->sets;
    fprintf(stream, "image_id,file_name,first,second\n");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct vww_labelled_image *image = &sets[0].images[comparison->differing[i]];
        fprintf(stream, "%" PRId64 ",", image->id);
        write_field(stream, sets[0].names + image->file_name);
        fprintf(stream, ",%s,%s\n", words[kind_of(image)],
                words[kind_of(&sets[1].images[comparison->differing[i]])]);
    }
}

static vww_status write_csv(const struct comparison *comparison)
{
    const char *path = comparison->options->csv;
    if (strcmp(path, "-") == 0) {
        write_rows(comparison, stdout);
        return fflush(stdout) == 0 ? VWW_OK : vww_fail_io(comparison->error, "write", "stdout");
    }
    struct vww_atomic_file file;
    const vww_status status = vww_atomic_open(&file, path, comparison->error);
    if (status != VWW_OK)
        return status;
    write_rows(comparison, file.stream);
    return vww_atomic_commit(&file, comparison->error);
}

/* --- the contact sheet --------------------------------------------------------------------------
 */

static struct vww_sheet_colour colour_of(const struct vww_labelled_image *image)
{
    return image->label == VWW_LABEL_DROPPED ? vww_sheet_dropped_colour
                                             : vww_sheet_class_colour(image->label);
}

/* The boxes that either policy counts. */
static void draw_boxes(const struct comparison *comparison, uint32_t index, struct vww_image *tile)
{
    for (int s = 0; s < 2; s++) {
        const struct vww_label_set *set = &comparison->sets[s];
        const struct vww_labelled_image *image = &set->images[index];
        for (uint32_t i = 0; i < image->object_count; i++) {
            const struct vww_label_object *object = &set->objects[image->first_object + i];
            vww_sheet_box(tile, object->x / image->width, object->y / image->height,
                          (object->x + object->width) / image->width,
                          (object->y + object->height) / image->height);
        }
    }
}

static vww_status draw_tile(const struct comparison *comparison, uint32_t index,
                            struct vww_image *tile)
{
    const struct vww_label_set *set = &comparison->sets[0];
    const struct vww_labelled_image *listed = &set->images[index];
    const struct vww_source *source = &comparison->options->sources[listed->source];
    char path[VWW_PATH_MAX];
    struct vww_image image = {0};
    vww_status status =
        vww_path_join(path, source->images, set->names + listed->file_name, comparison->error);
    if (status == VWW_OK)
        status = vww_image_read(path, &image, comparison->error);
    if (status == VWW_OK)
        status = vww_sheet_tile(&image, tile, comparison->error);
    if (status == VWW_OK)
        draw_boxes(comparison, index, tile);
    vww_image_fini(&image);
    return status;
}

static vww_status draw_tiles(const struct comparison *comparison, struct vww_image *images,
                             struct vww_sheet_tile *tiles, int32_t count)
{
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < count && status == VWW_OK; i++) {
        const size_t place = (size_t)i * comparison->count / (size_t)count;
        const uint32_t index = comparison->differing[place];
        status = draw_tile(comparison, index, &images[i]);
        tiles[i] =
            (struct vww_sheet_tile){&images[i], colour_of(&comparison->sets[0].images[index]),
                                    colour_of(&comparison->sets[1].images[index])};
    }
    return status;
}

static vww_status write_sheet(const struct comparison *comparison, int32_t *drawn)
{
    const struct vww_compare_options *options = comparison->options;
    const int32_t count = comparison->count < (size_t)options->sheet_count
                              ? (int32_t)comparison->count
                              : options->sheet_count;
    if (count < 1)
        return VWW_OK;
    struct vww_image *images = vww_allocate((size_t)count, sizeof *images);
    struct vww_sheet_tile *tiles = vww_allocate((size_t)count, sizeof *tiles);
    struct vww_buffer png = {0};
    vww_status status = images != NULL && tiles != NULL
                            ? draw_tiles(comparison, images, tiles, count)
                            : vww_fail_memory(comparison->error, (size_t)count * sizeof *images);
    if (status == VWW_OK)
        status = vww_sheet_draw(tiles, count, &png, comparison->error);
    if (status == VWW_OK)
        status = vww_file_write(options->sheet, png.data, png.size, comparison->error);
    for (int32_t i = 0; images != NULL && i < count; i++)
        vww_image_fini(&images[i]);
    vww_free(images);
    vww_free(tiles);
    vww_buffer_fini(&png);
    *drawn = count;
    return status;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static vww_status check_options(const struct vww_compare_options *options, struct vww_error *error)
{
    for (size_t i = 0; options->sheet != NULL && i < options->source_count; i++)
        if (options->sources[i].images == NULL)
            return vww_fail(error, VWW_ERROR_ARGUMENT, "the sheet needs the folder of the images");
    return VWW_OK;
}

static vww_status run(struct comparison *comparison, const struct vww_progress *progress,
                      struct vww_compare_result *result)
{
    const struct vww_compare_options *options = comparison->options;
    vww_status status = check_options(options, comparison->error);
    for (int s = 0; s < 2 && status == VWW_OK; s++)
        status = vww_label_set_read_sources(options->format, options->sources,
                                            options->source_count, &options->policies[s], true,
                                            progress, &comparison->sets[s], comparison->error);
    if (status == VWW_OK && comparison->sets[0].count != comparison->sets[1].count)
        status =
            vww_fail(comparison->error, VWW_ERROR_MISMATCH, "the source changed while it was read");
    if (status == VWW_OK)
        status = find_differing(comparison, result);
    if (status == VWW_OK && options->sheet != NULL)
        status = write_sheet(comparison, &result->drawn);
    if (status == VWW_OK && options->csv != NULL)
        status = write_csv(comparison);
    return status;
}

vww_status vww_label_compare(const struct vww_compare_options *options,
                             const struct vww_progress *progress, struct vww_compare_result *result,
                             struct vww_error *error)
{
    struct vww_error ignored = {.status = VWW_OK};
    struct comparison comparison = {.options = options, .error = error != NULL ? error : &ignored};
    *result = (struct vww_compare_result){0};
    const vww_status status = run(&comparison, progress, result);
    for (int s = 0; s < 2; s++)
        vww_label_set_fini(&comparison.sets[s]);
    vww_free(comparison.differing);
    return status;
}
