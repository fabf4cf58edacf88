#include "base/file.h"
#include "base/memory.h"
#include "dataset/license.h"
#include "dataset/records.h"
#include "vww/inspect.h"

#include <inttypes.h>
#include <math.h>

static const double box_edges[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5};
static const double boxes_edges[] = {1, 2, 3, 4, 6, 11, 21};
static const double side_edges[] = {64, 96, 128, 224, 320, 480, 640, 1024, 2048};
static const double brightness_edges[] = {32, 64, 96, 128, 160, 192, 224};
static const double bytes_edges[] = {1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6};

#define HISTOGRAM(name, unit, whole, edges)                                                        \
    {                                                                                              \
        name, unit, whole, edges, sizeof(edges) / sizeof *(edges) + 1,                             \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
static const struct vww_histogram empty_histograms[VWW_STATS_HISTOGRAMS] = {
    [VWW_STATS_BOX_SHARE] = HISTOGRAM("box_share", "share of the image", false, box_edges),
    [VWW_STATS_BOXES_PER_IMAGE] = HISTOGRAM("boxes_per_image", "boxes", true, boxes_edges),
    [VWW_STATS_LONGER_SIDE] = HISTOGRAM("longer_side", "pixels", true, side_edges),
    [VWW_STATS_BRIGHTNESS] = HISTOGRAM("brightness", "of 255", false, brightness_edges),
    [VWW_STATS_IMAGE_BYTES] = HISTOGRAM("image_bytes", "bytes", true, bytes_edges),
};

static void histogram_add(struct vww_histogram *histogram, double value)
{
    int32_t bin = 0;
    while (bin < histogram->bins - 1 && value >= histogram->edges[bin])
        bin++;
    histogram->counts[bin]++;
}

struct examined {
    vww_status status;
    struct vww_error error;
    struct vww_example_read read;
    double brightness;
};

struct counting {
    const struct vww_progress *progress;
    size_t class_count;
    struct vww_split_stats *split;
    int64_t total;
    double brightness_sum, brightness_squares;
    struct examined examined[VWW_RECORDS_AT_ONCE];
};

#define BRIGHTNESS_SIDE 64 /* pixels are enough for a mean */

static double mean_brightness(const struct vww_image *image)
{
    const int64_t pixels = (int64_t)image->width * image->height;
    int64_t red = 0, green = 0, blue = 0;
    for (int64_t i = 0; i < pixels; i++) {
        red += image->pixels[3 * i];
        green += image->pixels[3 * i + 1];
        blue += image->pixels[3 * i + 2];
    }
    return (0.299 * (double)red + 0.587 * (double)green + 0.114 * (double)blue) / (double)pixels;
}

static void examine(void *context, size_t slot, const struct vww_record *record)
{
    struct counting *counting = context;
    struct examined *examined = &counting->examined[slot];
    struct vww_image image = {0};
    *examined = (struct examined){0};
    examined->status = vww_record_example(record, &examined->read, &examined->error);
    if (examined->status != VWW_OK)
        return;
    examined->status =
        vww_record_image(&examined->read.example, BRIGHTNESS_SIDE, &image, &examined->error);
    if (examined->status == VWW_OK)
        examined->brightness = mean_brightness(&image);
    vww_image_fini(&image);
}

static vww_status count_example(struct counting *counting, const struct vww_example *example,
                                double brightness, struct vww_error *error)
{
    struct vww_split_stats *split = counting->split;
    struct vww_histogram *histograms = split->histograms;
    if (example->label < 0 || example->label >= (int64_t)counting->class_count)
        return vww_fail(error, VWW_ERROR_FORMAT, "a label is outside the classes of the manifest");
    split->images++;
    split->class_images[example->label]++;
    split->boxes += (int64_t)example->box_count;
    split->image_bytes += (int64_t)example->encoded_bytes;
    counting->brightness_sum += brightness;
    counting->brightness_squares += brightness * brightness;
    for (size_t i = 0; i < example->box_count; i++) {
        const struct vww_box *box = &example->boxes[i];
        histogram_add(&histograms[VWW_STATS_BOX_SHARE],
                      ((double)box->xmax - (double)box->xmin) *
                          ((double)box->ymax - (double)box->ymin));
    }
    const int64_t longer = example->width > example->height ? example->width : example->height;
    histogram_add(&histograms[VWW_STATS_BOXES_PER_IMAGE], (double)example->box_count);
    histogram_add(&histograms[VWW_STATS_LONGER_SIDE], (double)longer);
    histogram_add(&histograms[VWW_STATS_BRIGHTNESS], brightness);
    histogram_add(&histograms[VWW_STATS_IMAGE_BYTES], (double)example->encoded_bytes);
    return VWW_OK;
}

static vww_status take(void *context, size_t slot, const struct vww_record *record,
                       struct vww_error *error)
{
    struct counting *counting = context;
    struct examined *examined = &counting->examined[slot];
    vww_status status = examined->status;
    if (status == VWW_OK)
        status = count_example(counting, &examined->read.example, examined->brightness,
                               &examined->error);
    vww_example_fini(&examined->read);
    if (status != VWW_OK) {
        vww_error_at(&examined->error, record->file, record->offset);
        if (record->status == VWW_OK)
            vww_error_place(&examined->error, "record %" PRId64, record->number);
        vww_error_remedy(&examined->error, "`vww dataset verify` lists everything that is wrong");
        *error = examined->error;
        return status;
    }
    vww_progress_report(counting->progress, "counting", counting->split->images, counting->total,
                        "images", NULL);
    if (vww_progress_stop(counting->progress))
        return vww_fail(error, VWW_ERROR_STOPPED, "stopped while counting");
    return VWW_OK;
}

static vww_status count_part(const char *directory, const struct vww_manifest *manifest,
                             const struct vww_dataset_part *part, struct counting *counting,
                             struct vww_error *error)
{
    struct vww_split_stats *split = counting->split;
    const struct vww_record_visitor visitor = {examine, take, counting};
    split->name = part->name;
    split->class_images = vww_allocate(counting->class_count, sizeof *split->class_images);
    if (split->class_images == NULL)
        return vww_fail_memory(error, counting->class_count * sizeof *split->class_images);
    for (int i = 0; i < VWW_STATS_HISTOGRAMS; i++)
        split->histograms[i] = empty_histograms[i];
    for (size_t i = 0; i < part->shard_count; i++) {
        const struct vww_record_place place = {directory, manifest, part->name,
                                               part->shards[i].file};
        const vww_status status = vww_records_walk(&place, &visitor, error);
        if (status != VWW_OK)
            return status;
    }
    if (split->images > 0) {
        const double n = (double)split->images;
        const double mean = counting->brightness_sum / n;
        split->brightness_mean = mean;
        split->brightness_deviation = sqrt(fmax(0, counting->brightness_squares / n - mean * mean));
    }
    return VWW_OK;
}

#define ATTRIBUTION_BYTES_MAX ((size_t)1 << 30)

static vww_status count_licenses(const char *directory, struct vww_dataset_stats *stats,
                                 struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer text;
    vww_status status = vww_path_join(path, directory, VWW_ATTRIBUTION_NAME, error);
    if (status != VWW_OK || !vww_file_exists(path))
        return status;
    status = vww_file_read(path, ATTRIBUTION_BYTES_MAX, &text, error);
    if (status == VWW_OK)
        status = vww_attribution_count((const char *)text.data, path, &stats->licenses,
                                       &stats->license_count, error);
    vww_buffer_fini(&text);
    return status;
}

vww_status vww_dataset_stats_read(const char *directory, const struct vww_progress *progress,
                                  struct vww_dataset_stats *stats, struct vww_error *error)
{
    *stats = (struct vww_dataset_stats){0};
    vww_status status = vww_manifest_read(directory, &stats->manifest, error);
    if (status != VWW_OK)
        return status;
    stats->splits = vww_allocate(stats->manifest.part_count, sizeof *stats->splits);
    struct counting *counting = vww_allocate(1, sizeof *counting);
    if (stats->splits == NULL || counting == NULL)
        status = vww_fail_memory(error, sizeof *counting);
    for (size_t p = 0; p < stats->manifest.part_count && status == VWW_OK; p++) {
        *counting = (struct counting){.progress = progress,
                                      .class_count = stats->manifest.class_count,
                                      .split = &stats->splits[p],
                                      .total = stats->manifest.parts[p].images};
        status =
            count_part(directory, &stats->manifest, &stats->manifest.parts[p], counting, error);
    }
    vww_free(counting);
    if (status == VWW_OK)
        status = count_licenses(directory, stats, error);
    if (status != VWW_OK)
        vww_dataset_stats_fini(stats);
    return status;
}

void vww_dataset_stats_fini(struct vww_dataset_stats *stats)
{
    for (size_t p = 0; stats->splits != NULL && p < stats->manifest.part_count; p++)
        vww_free(stats->splits[p].class_images);
    for (size_t i = 0; i < stats->license_count; i++)
        vww_free(stats->licenses[i].name);
    vww_free(stats->licenses);
    vww_free(stats->splits);
    vww_manifest_fini(&stats->manifest);
    *stats = (struct vww_dataset_stats){0};
}
