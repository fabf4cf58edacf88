/* Which options of a build make sense together. */
#include "dataset/build_parts.h"
#include "dataset/source.h"

#define GRID_MAX 64

static vww_status check_source(const struct vww_dataset_source *source, const char *which,
                               struct vww_error *error)
{
    if (source->annotation_count == 0 || source->image_dir_count == 0)
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "the %s set needs at least one annotation file and one image folder",
                        which);
    if (source->image_dir_count != 1 && source->image_dir_count != source->annotation_count) {
        vww_fail(error, VWW_ERROR_ARGUMENT,
                 "the image folders of the %s set do not pair up with its annotation files", which);
        vww_error_seen(error, "%zu folders for %zu files", source->image_dir_count,
                       source->annotation_count);
        vww_error_allowed(error, "one folder for all files, or one for each");
        return VWW_ERROR_ARGUMENT;
    }
    for (size_t i = 0; i < source->image_dir_count; i++)
        if (!vww_directory_exists(source->image_dirs[i])) {
            vww_fail(error, VWW_ERROR_NOT_FOUND, "the image folder does not exist");
            vww_error_at(error, source->image_dirs[i], -1);
            vww_error_remedy(error, "check the path");
            return VWW_ERROR_NOT_FOUND;
        }
    return VWW_OK;
}

static vww_status check_output(const struct vww_dataset_options *options, struct vww_error *error)
{
    if (vww_output_of(options->output)->raw_pixels && options->size == 0)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "the format %s needs a size",
                        vww_dataset_format_name(options->output));
    if (options->resize == VWW_RESIZE_COVER && options->size == 0)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "the resize cover needs a size");
    if (vww_ranks_count(options->ranks) > 1 && vww_output_of(options->output)->shard_name == NULL)
        return vww_fail(error, VWW_ERROR_ARGUMENT, "the format %s is written by one process",
                        vww_dataset_format_name(options->output));
    if (options->grid < 0 || options->grid > GRID_MAX) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the grid is out of range");
        vww_error_seen(error, "%d", options->grid);
        vww_error_allowed(error, "0 to %d cells a side", GRID_MAX);
        return VWW_ERROR_ARGUMENT;
    }
    if ((options->split == VWW_SPLIT_FRACTION || options->split == VWW_SPLIT_KERAS) &&
        !(options->val_fraction > 0 && options->val_fraction < 1)) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the share of the validation images is out of range");
        vww_error_seen(error, "%g", options->val_fraction);
        vww_error_allowed(error, "between 0 and 1");
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

static vww_status check_every_class(const struct vww_dataset_options *options,
                                    struct vww_error *error)
{
    if (options->format == NULL || options->format->scan != vww_scan_folders)
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "only folders of classes make each of them a class");
    if (options->output == VWW_FORMAT_MLPERF || options->count_objects || options->grid > 0) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "%s",
                 options->output == VWW_FORMAT_MLPERF
                     ? "MLPerf Tiny's layout tells one class from all else"
                     : "folders of classes have no boxes to count or to map");
        vww_error_remedy(error, "name that class with --foreground-class-of-interest, or choose "
                                "another --format, without --labels");
        return VWW_ERROR_UNSUPPORTED;
    }
    return VWW_OK;
}

vww_status vww_build_check_options(const struct vww_dataset_options *options,
                                   struct vww_error *error)
{
    const bool val_is_needed =
        options->split == VWW_SPLIT_COCO || options->val.annotation_count > 0;
    vww_status status = check_source(&options->train, "training", error);
    if (status == VWW_OK && val_is_needed)
        status = check_source(&options->val, "validation", error);
    if (status == VWW_OK)
        status = check_output(options, error);
    if (status == VWW_OK && options->every_class)
        status = check_every_class(options, error);
    if (status != VWW_OK)
        return status;
    if (options->size < 0 || options->size > 4096 || options->train_shards < 1 ||
        options->train_shards > VWW_SHARDS_MAX || options->val_shards < 1 ||
        options->val_shards > VWW_SHARDS_MAX) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the size or the number of shards is out of range");
        vww_error_seen(error, "size %d, %d and %d shards", options->size, options->train_shards,
                       options->val_shards);
        vww_error_allowed(error, "size 0 to 4096, 1 to %d shards", VWW_SHARDS_MAX);
        return VWW_ERROR_ARGUMENT;
    }
    if ((options->split == VWW_SPLIT_MINIVAL) != (options->minival_ids != NULL))
        return vww_fail(error, VWW_ERROR_ARGUMENT,
                        "the split minival and a file of its ids go together");
    return VWW_OK;
}
