/* A contact sheet and a page of photographs, with the boxes that made their label. */
#include "base/file.h"
#include "base/markup.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/thread.h"
#include "dataset/records.h"
#include "dataset/sheet.h"
#include "vww/inspect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- the choice ---------------------------------------------------------------------------------
 */

/* A photograph chosen, and its pictures. */
struct chosen {
    int64_t order; /* of its record in the split */
    struct vww_buffer example;
    struct vww_example_read read;
    struct vww_image tile;  /* of the sheet */
    struct vww_buffer jpeg; /* of the page; empty: the stored file itself */
    vww_status status;
    struct vww_error error;
};

struct show {
    const struct vww_show_options *options;
    const struct vww_progress *progress;
    struct vww_manifest manifest;
    const struct vww_dataset_part *part;
    struct chosen *chosen;
    int64_t met; /* photographs of the wanted class so far */
    int64_t looked_at;
};

/* Every photograph met has the same chance to be among those kept (reservoir sampling): number n
 * replaces one of the `count` kept ones with probability count / (n + 1). */
static vww_status take(void *context, size_t slot, const struct vww_record *record,
                       struct vww_error *error)
{
    struct show *show = context;
    (void)slot;
    vww_progress_report(show->progress, "choosing", ++show->looked_at, show->part->images, "images",
                        NULL);
    if (vww_progress_stop(show->progress))
        return vww_fail(error, VWW_ERROR_STOPPED, "stopped while choosing images");
    struct vww_example_read read;
    const vww_status status = vww_record_example(record, &read, error);
    if (status != VWW_OK) {
        vww_error_at(error, record->file, record->offset);
        return status;
    }
    const bool wanted = show->options->label < 0 || read.example.label == show->options->label;
    vww_example_fini(&read);
    if (!wanted)
        return VWW_OK;
    int64_t place = show->met++;
    if (place >= show->options->count) {
        struct vww_random random =
            vww_random_init(show->options->seed, VWW_RANDOM_SHUFFLE, 0, (uint64_t)place);
        place = (int64_t)vww_random_below(&random, (uint32_t)place + 1);
    }
    if (place >= show->options->count)
        return VWW_OK;
    struct chosen *chosen = &show->chosen[place];
    chosen->order = show->looked_at;
    chosen->example.size = 0;
    vww_buffer_append(&chosen->example, record->data.data, record->data.size);
    return chosen->example.failed ? vww_fail_memory(error, record->data.size) : VWW_OK;
}

static int compare_order(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* --- pictures -----------------------------------------------------------------------------------
 */

#define PAGE_SIDE 320 /* larger images become smaller on the page */
#define PAGE_QUALITY 85

static void draw_boxes(struct vww_image *image, const struct vww_example *example)
{
    for (size_t i = 0; i < example->box_count; i++) {
        const struct vww_box *box = &example->boxes[i];
        vww_sheet_box(image, (double)box->xmin, (double)box->ymin, (double)box->xmax,
                      (double)box->ymax);
    }
}

/* Nothing where the stored file itself will do. */
static vww_status draw_for_page(const struct vww_image *image, bool raw, struct vww_buffer *jpeg,
                                struct vww_error *error)
{
    if (image->width <= PAGE_SIDE && image->height <= PAGE_SIDE)
        return raw ? vww_image_encode_jpeg(image, VWW_JPEG_QUALITY, jpeg, error) : VWW_OK;
    struct vww_image small = {0};
    vww_status status = vww_sheet_fit(image, PAGE_SIDE, &small, error);
    if (status == VWW_OK)
        status = vww_image_encode_jpeg(&small, PAGE_QUALITY, jpeg, error);
    vww_image_fini(&small);
    return status;
}

static vww_status draw(struct chosen *chosen)
{
    struct vww_image image = {0};
    struct vww_error *error = &chosen->error;
    vww_status status =
        vww_example_unpack(chosen->example.data, chosen->example.size, &chosen->read, error);
    if (status == VWW_OK)
        status = vww_record_image(&chosen->read.example, PAGE_SIDE, &image, error);
    if (status == VWW_OK)
        status = vww_sheet_tile(&image, &chosen->tile, error);
    if (status == VWW_OK) {
        draw_boxes(&chosen->tile, &chosen->read.example);
        const bool raw = strcmp(chosen->read.example.format, VWW_RAW_PIXELS) == 0;
        status = draw_for_page(&image, raw, &chosen->jpeg, error);
    }
    vww_image_fini(&image);
    return status;
}

static void draw_one(void *context, int64_t i)
{
    struct show *show = context;
    show->chosen[i].status = draw(&show->chosen[i]);
}

static vww_status draw_sheet(const struct show *show, int32_t count, struct vww_buffer *png,
                             struct vww_error *error)
{
    struct vww_sheet_tile *tiles = vww_allocate((size_t)count, sizeof *tiles);
    if (tiles == NULL)
        return vww_fail_memory(error, (size_t)count * sizeof *tiles);
    for (int32_t i = 0; i < count; i++) {
        const struct vww_sheet_colour frame =
            vww_sheet_class_colour(show->chosen[i].read.example.label);
        tiles[i] = (struct vww_sheet_tile){&show->chosen[i].tile, frame, frame};
    }
    const vww_status status = vww_sheet_draw(tiles, count, png, error);
    vww_free(tiles);
    return status;
}

/* --- the page -----------------------------------------------------------------------------------
 */

static const char style[] =
    ":root{color-scheme:light dark;--paper:#fafaf8;--ink:#1c1e21;--soft:#5f656d}\n"
    "@media (prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#e6e6e1;--soft:#9ba1a9}}\n"
    "body{margin:0 auto;max-width:1200px;padding:1.5rem;background:var(--paper);color:var(--ink);"
    "font:15px/1.4 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;margin:0 0 .3rem}p{margin:.2rem 0 1rem;color:var(--soft)}\n"
    "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:1rem;"
    "align-items:start}\n"
    "figure{margin:0}figcaption{font-size:.8rem;color:var(--soft);overflow-wrap:anywhere}\n"
    ".photo{position:relative;border:4px solid;line-height:0}.photo img{width:100%}\n"
    ".photo i{position:absolute;border:2px solid #ff8c00;box-sizing:border-box}\n"
    "b{color:var(--ink)}\n";

static double percent(double share)
{
    return share < 0 ? 0 : share > 1 ? 100 : 100 * share;
}

static void write_boxes(struct vww_buffer *out, const struct vww_example *example)
{
    for (size_t i = 0; i < example->box_count; i++) {
        const struct vww_box *box = &example->boxes[i];
        const double left = percent((double)box->xmin), top = percent((double)box->ymin);
        vww_buffer_printf(
            out, "<i style=\"left:%.2f%%;top:%.2f%%;width:%.2f%%;height:%.2f%%\"></i>", left, top,
            percent((double)box->xmax) - left, percent((double)box->ymax) - top);
    }
}

static void write_figure(const struct show *show, const struct chosen *chosen,
                         struct vww_buffer *out)
{
    const struct vww_example *example = &chosen->read.example;
    const struct vww_sheet_colour colour = vww_sheet_class_colour(example->label);
    const bool stored = chosen->jpeg.size == 0;
    const bool jpeg = !stored || example->encoded[0] == 0xff;
    vww_buffer_printf(out,
                      "<figure><div class=\"photo\" style=\"border-color:#%02x%02x%02x\">"
                      "<img alt=\"\" src=\"data:image/%s;base64,",
                      colour.red, colour.green, colour.blue, jpeg ? "jpeg" : "png");
    vww_markup_base64(out, stored ? example->encoded : chosen->jpeg.data,
                      stored ? example->encoded_bytes : chosen->jpeg.size);
    vww_buffer_text(out, "\">");
    write_boxes(out, example);
    vww_buffer_text(out, "</div><figcaption><b>");
    vww_markup_text(out, example->label < (int64_t)show->manifest.class_count
                             ? show->manifest.classes[example->label]
                             : "?");
    vww_buffer_text(out, "</b> ");
    vww_markup_text(out, example->file_name);
    vww_buffer_printf(out, "<br>%" PRId64 " × %" PRId64, example->width, example->height);
    if (vww_dataset_format_has_boxes(show->manifest.storage))
        vww_buffer_printf(out, ", %zu %s", example->box_count,
                          example->box_count == 1 ? "box" : "boxes");
    vww_buffer_text(out, "</figcaption></figure>\n");
}

static void write_page(const struct show *show, int32_t count, struct vww_buffer *out)
{
    vww_buffer_printf(out, "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
                           "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    vww_markup_text(out, show->options->directory);
    vww_buffer_printf(out, "</title>\n<style>\n%s</style>\n<h1>", style);
    vww_markup_text(out, show->options->directory);
    vww_buffer_printf(
        out, ", %s</h1>\n<p>%d of %" PRId64 " images, chosen at random (seed %" PRIu64 "). Frames:",
        show->part->name, count, show->met, show->options->seed);
    for (size_t c = 0; c < show->manifest.class_count; c++) {
        const struct vww_sheet_colour colour = vww_sheet_class_colour((int64_t)c);
        vww_buffer_printf(out, "%s <span style=\"color:#%02x%02x%02x\">", c > 0 ? "," : "",
                          colour.red, colour.green, colour.blue);
        vww_markup_text(out, show->manifest.classes[c]);
        vww_buffer_text(out, "</span>");
    }
    vww_buffer_text(out, vww_dataset_format_has_boxes(show->manifest.storage)
                             ? ". Orange: the boxes that made the label.</p>\n<main>\n"
                             : ". This format stores no boxes.</p>\n<main>\n");
    for (int32_t i = 0; i < count; i++)
        write_figure(show, &show->chosen[i], out);
    vww_buffer_text(out, "</main>\n</html>\n");
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static vww_status write_out(const struct show *show, const char *name,
                            const struct vww_buffer *content, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    if (content->failed)
        return vww_fail_memory(error, content->size);
    const vww_status status = vww_path_join(path, show->options->out, name, error);
    return status == VWW_OK ? vww_file_write(path, content->data, content->size, error) : status;
}

static vww_status choose(struct show *show, struct vww_error *error)
{
    const struct vww_record_visitor visitor = {NULL, take, show};
    vww_status status = VWW_OK;
    for (size_t i = 0; i < show->part->shard_count && status == VWW_OK; i++) {
        const struct vww_record_place place = {show->options->directory, &show->manifest,
                                               show->part->name, show->part->shards[i].file};
        status = vww_records_walk(&place, &visitor, error);
    }
    if (status == VWW_OK && show->met == 0) {
        status = vww_fail(error, VWW_ERROR_NOT_FOUND, "no image of this class in the split");
        vww_error_at(error, show->options->directory, -1);
        vww_error_seen(error, "split %.60s, class %d", show->options->split, show->options->label);
    }
    return status;
}

static vww_status run(struct show *show, int32_t *shown, struct vww_error *error)
{
    const struct vww_show_options *options = show->options;
    vww_status status = vww_manifest_read(options->directory, &show->manifest, error);
    if (status != VWW_OK)
        return status;
    show->part = vww_manifest_part(&show->manifest, options->directory, options->split, error);
    if (show->part == NULL)
        return VWW_ERROR_NOT_FOUND;
    show->chosen = vww_allocate((size_t)options->count, sizeof *show->chosen);
    if (show->chosen == NULL)
        return vww_fail_memory(error, (size_t)options->count * sizeof *show->chosen);
    status = choose(show, error);
    if (status != VWW_OK)
        return status;
    *shown = show->met < options->count ? (int32_t)show->met : options->count;
    qsort(show->chosen, (size_t)*shown, sizeof *show->chosen, compare_order);
    vww_parallel_for(*shown, draw_one, show);
    for (int32_t i = 0; i < *shown; i++)
        if (show->chosen[i].status != VWW_OK) {
            if (error != NULL)
                *error = show->chosen[i].error;
            vww_error_at(error, options->directory, -1);
            vww_error_place(error, "image %" PRId64 " of the split", show->chosen[i].order - 1);
            return show->chosen[i].status;
        }
    struct vww_buffer page = {0}, sheet = {0};
    write_page(show, *shown, &page);
    status = draw_sheet(show, *shown, &sheet, error);
    if (status == VWW_OK)
        status = vww_directory_make(options->out, error);
    if (status == VWW_OK)
        status = write_out(show, "contact.png", &sheet, error);
    if (status == VWW_OK)
        status = write_out(show, "show.html", &page, error);
    vww_buffer_fini(&page);
    vww_buffer_fini(&sheet);
    return status;
}

vww_status vww_dataset_show(const struct vww_show_options *options,
                            const struct vww_progress *progress, int32_t *shown, bool *has_boxes,
                            struct vww_error *error)
{
    struct show show = {.options = options, .progress = progress};
    *shown = 0;
    if (options->count < 1 || options->count > VWW_SHOW_MOST) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "so many images cannot be shown");
        vww_error_seen(error, "%d", options->count);
        vww_error_allowed(error, "1 to %d", VWW_SHOW_MOST);
        return VWW_ERROR_ARGUMENT;
    }
    const vww_status status = run(&show, shown, error);
    *has_boxes = vww_dataset_format_has_boxes(show.manifest.storage);
    for (int32_t i = 0; show.chosen != NULL && i < options->count; i++) {
        struct chosen *chosen = &show.chosen[i];
        vww_example_fini(&chosen->read);
        vww_buffer_fini(&chosen->example);
        vww_buffer_fini(&chosen->jpeg);
        vww_image_fini(&chosen->tile);
    }
    vww_free(show.chosen);
    vww_manifest_fini(&show.manifest);
    return status;
}
