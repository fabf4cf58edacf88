#include "dataset/manifest.h"
#include "base/file.h"
#include "base/json.h"
#include "dataset/output.h"
#include "vww/image.h"
#include "vww/text.h"
#include "vww/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MANIFEST_BYTES_MAX ((size_t)64 << 20)

/* --- writing ------------------------------------------------------------------------------------
 */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void write_policy(struct vww_json *json, const struct vww_label_policy *policy)
{
    vww_json_key(json, "policy");
    vww_json_object(json);
    vww_json_put_string(json, "name", policy->name);
    vww_json_put_string(json, "area", vww_label_area_name(policy->area));
    vww_json_put_string(json, "comparison", vww_label_comparison_name(policy->comparison));
    vww_json_put_number(json, "small_object_area_threshold", policy->small_object_area_threshold);
    vww_json_put_string(json, "crowd", vww_label_crowd_name(policy->crowd));
    vww_json_put_string(json, "small_only", vww_label_small_only_name(policy->small_only));
    if (policy->pixels > 0)
        vww_json_put_number(json, "area_pixels", policy->pixels);
    if (policy->crop > 0)
        vww_json_put_integer(json, "crop", policy->crop);
    if (policy->skip_unmeasured)
        vww_json_put_boolean(json, "skip_unmeasured", true);
    if (policy->balance)
        vww_json_put_boolean(json, "balance", true);
    vww_json_put_string(json, "foreground_class_of_interest", policy->foreground_class);
    vww_json_end(json);
}

static void write_split(struct vww_json *json, const struct vww_dataset_options *options,
                        const struct vww_dataset_result *result)
{
    vww_json_put_string(json, "split", vww_dataset_split_name(options->split));
    if (options->split == VWW_SPLIT_FRACTION || options->split == VWW_SPLIT_KERAS)
        vww_json_put_number(json, "val_fraction", options->val_fraction);
    if (options->split != VWW_SPLIT_MINIVAL)
        return;
    vww_json_put_string(json, "minival_ids_sha256", result->minival_sha256);
    vww_json_put_boolean(json, "minival_ids_published", result->minival_is_published);
    vww_json_put_integer(json, "minival_ids_absent", result->minival_absent);
}

static void write_storage(struct vww_json *json, const struct vww_dataset_options *options)
{
    static const char *const feature_names[] = {"tf", "tf-2019", "tf-2019-first"};
    vww_json_put_string(json, "storage", vww_dataset_format_name(options->output));
    if (options->output == VWW_FORMAT_TFRECORD)
        vww_json_put_string(json, "features", feature_names[options->features]);
    vww_json_put_boolean(json, "count", options->count_objects);
    vww_json_put_integer(json, "grid", options->grid);
}

static void write_images(struct vww_json *json, const struct vww_dataset_options *options)
{
    const int32_t size = options->size;
    const bool raw_pixels = vww_output_of(options->output)->raw_pixels;
    char encoding[64];
    snprintf(encoding, sizeof encoding, "jpeg, quality %d, 4:4:4", VWW_JPEG_QUALITY);
    vww_json_key(json, "images");
    vww_json_object(json);
    vww_json_put_integer(json, "size", size);
    vww_json_put_string(json, "resize", size > 0 ? vww_resize_name(options->resize) : "none");
    vww_json_put_string(json, "encoding",
                        raw_pixels ? "RGB bytes"
                        : size > 0 ? encoding
                                   : "the original file");
    vww_json_end(json);
}

static void write_part(struct vww_json *json, const struct vww_manifest_part_draft *part,
                       const struct vww_listing *classes)
{
    int64_t images = 0;
    for (size_t c = 0; c < classes->count; c++)
        images += part->counts->images[c];
    vww_json_key(json, part->name);
    vww_json_object(json);
    vww_json_put_integer(json, "images", images);
    vww_json_key(json, "counts");
    vww_json_object(json);
    for (size_t c = 0; c < classes->count; c++)
        vww_json_put_integer(json, classes->names[c], part->counts->images[c]);
    vww_json_end(json);
    vww_json_put_integer(json, "dropped", part->counts->dropped);
    if (part->counts->unlicensed > 0)
        vww_json_put_integer(json, "unlicensed", part->counts->unlicensed);
    vww_json_key(json, "skipped");
    vww_json_array(json);
    for (size_t i = 0; i < part->skipped_count; i++)
        vww_json_string(json, part->skipped[i]);
    vww_json_end(json);
    vww_json_key(json, "annotations");
    vww_json_array(json);
    for (size_t i = 0; i < part->source->annotation_count; i++) {
        vww_json_object(json);
        vww_json_put_string(json, "file", base_name(part->source->annotations[i]));
        vww_json_put_string(json, "sha256", part->annotation_sha256[i]);
        vww_json_end(json);
    }
    vww_json_end(json);
    vww_json_key(json, "shards");
    vww_json_array(json);
    for (size_t i = 0; i < part->shard_count; i++) {
        vww_json_object(json);
        vww_json_put_string(json, "file", part->shards[i].file);
        vww_json_put_integer(json, "records", part->shards[i].records);
        vww_json_put_integer(json, "bytes", part->shards[i].bytes);
        vww_json_put_string(json, "sha256", part->shards[i].sha256);
        vww_json_end(json);
    }
    vww_json_end(json);
    vww_json_end(json);
}

void vww_manifest_write(const struct vww_dataset_options *options,
                        const struct vww_listing *classes,
                        const struct vww_manifest_part_draft parts[2],
                        const struct vww_dataset_result *result, struct vww_buffer *out)
{
    struct vww_json json;
    vww_json_begin(&json, out, true);
    vww_json_object(&json);
    vww_json_put_string(&json, "format", VWW_MANIFEST_FORMAT);
    vww_json_put_integer(&json, "format_version", VWW_MANIFEST_VERSION);
    vww_json_put_string(&json, "vww_version", VWW_VERSION);
    vww_json_key(&json, "classes");
    vww_json_array(&json);
    for (size_t c = 0; c < classes->count; c++)
        vww_json_string(&json, classes->names[c]);
    vww_json_end(&json);
    write_policy(&json, &options->policy);
    vww_json_put_string(&json, "source", options->format != NULL ? options->format->name : "coco");
    write_split(&json, options, result);
    write_storage(&json, options);
    write_images(&json, options);
    vww_json_key(&json, "splits");
    vww_json_object(&json);
    for (size_t i = 0; i < 2; i++)
        write_part(&json, &parts[i], classes);
    vww_json_end(&json);
    vww_json_end(&json);
}

/* --- reading ------------------------------------------------------------------------------------
 */

struct reading {
    const char *path;
    struct vww_manifest *manifest;
    struct vww_error *error;
};

static vww_status broken(const struct reading *reading, const char *what)
{
    vww_fail(reading->error, VWW_ERROR_FORMAT, "the manifest is damaged: %s", what);
    vww_error_at(reading->error, reading->path, -1);
    vww_error_remedy(reading->error, "build the data set again with `vww dataset build`");
    return VWW_ERROR_FORMAT;
}

static vww_status copy_text(const struct reading *reading, const char *text, char **copy)
{
    *copy = vww_duplicate(text);
    return *copy != NULL ? VWW_OK : vww_fail_memory(reading->error, strlen(text) + 1);
}

static vww_status read_classes(const struct reading *reading, yajl_val root)
{
    const yajl_val list = vww_json_get(root, "classes");
    if (!YAJL_IS_ARRAY(list) || list->u.array.len < 2 || list->u.array.len > 10000)
        return broken(reading, "no list of at least two classes");
    struct vww_manifest *manifest = reading->manifest;
    manifest->classes = vww_allocate(list->u.array.len, sizeof *manifest->classes);
    if (manifest->classes == NULL)
        return vww_fail_memory(reading->error, list->u.array.len);
    for (size_t i = 0; i < list->u.array.len; i++) {
        const char *name = YAJL_GET_STRING(list->u.array.values[i]);
        if (name == NULL)
            return broken(reading, "a class name is not a text");
        const vww_status status = copy_text(reading, name, &manifest->classes[i]);
        if (status != VWW_OK)
            return status;
        manifest->class_count++;
    }
    return VWW_OK;
}

static vww_status read_shard(const struct reading *reading, yajl_val from,
                             struct vww_dataset_shard *shard)
{
    const char *file, *sha256;
    if (!vww_json_get_string(from, "file", &file) || file[0] == '\0' || file[0] == '.' ||
        strchr(file, '/') != NULL)
        return broken(reading, "a shard has no usable file name");
    if (!vww_json_get_integer(from, "records", &shard->records) || shard->records < 0 ||
        !vww_json_get_integer(from, "bytes", &shard->bytes) || shard->bytes < 0 ||
        !vww_json_get_string(from, "sha256", &sha256) || strlen(sha256) != 64)
        return broken(reading, "a shard lacks records, bytes or sha256");
    memcpy(shard->sha256, sha256, sizeof shard->sha256);
    return copy_text(reading, file, &shard->file);
}

/* "counts": the images of each class, by name; or none. */
static vww_status read_counts(const struct reading *reading, yajl_val from,
                              struct vww_dataset_part *part)
{
    const struct vww_manifest *manifest = reading->manifest;
    const yajl_val counts = vww_json_get(from, "counts");
    if (!YAJL_IS_OBJECT(counts))
        return VWW_OK;
    part->class_images = vww_allocate(manifest->class_count, sizeof *part->class_images);
    if (part->class_images == NULL)
        return vww_fail_memory(reading->error, manifest->class_count * sizeof *part->class_images);
    for (size_t c = 0; c < manifest->class_count; c++)
        if (!vww_json_get_integer(counts, manifest->classes[c], &part->class_images[c]))
            return broken(reading, "\"counts\" lacks a class");
    return VWW_OK;
}

static vww_status read_part(const struct reading *reading, const char *name, yajl_val from,
                            struct vww_dataset_part *part)
{
    const yajl_val list = vww_json_get(from, "shards");
    if (!vww_json_get_integer(from, "images", &part->images) || !YAJL_IS_ARRAY(list))
        return broken(reading, "a split lacks images or shards");
    vww_status status = copy_text(reading, name, &part->name);
    if (status != VWW_OK)
        return status;
    part->shards = vww_allocate(list->u.array.len, sizeof *part->shards);
    if (part->shards == NULL)
        return vww_fail_memory(reading->error, list->u.array.len * sizeof *part->shards);
    status = read_counts(reading, from, part);
    if (status != VWW_OK)
        return status;
    int64_t records = 0;
    for (size_t i = 0; i < list->u.array.len; i++) {
        part->shard_count++;
        status = read_shard(reading, list->u.array.values[i], &part->shards[i]);
        if (status != VWW_OK)
            return status;
        if (part->shards[i].records > INT32_MAX)
            return broken(reading, "a shard has an impossible number of records");
        records += part->shards[i].records;
    }
    return records == part->images
               ? VWW_OK
               : broken(reading, "the records of the shards are not as many as the images");
}

static vww_status read_root(const struct reading *reading, yajl_val root)
{
    const char *format, *resize, *policy;
    int64_t version, size;
    if (!vww_json_get_string(root, "format", &format) || strcmp(format, VWW_MANIFEST_FORMAT) != 0)
        return broken(reading, "\"format\" is not \"" VWW_MANIFEST_FORMAT "\"");
    if (!vww_json_get_integer(root, "format_version", &version) ||
        version != VWW_MANIFEST_VERSION) {
        vww_fail(reading->error, VWW_ERROR_UNSUPPORTED,
                 "the data set is of a version that this vww does not read");
        vww_error_at(reading->error, reading->path, -1);
        vww_error_allowed(reading->error, "format_version %d", VWW_MANIFEST_VERSION);
        return VWW_ERROR_UNSUPPORTED;
    }
    const char *storage;
    if (vww_json_get_string(root, "storage", &storage) &&
        !vww_dataset_format_of(storage, &reading->manifest->storage)) {
        vww_fail(reading->error, VWW_ERROR_UNSUPPORTED,
                 "the data set is stored in a format that this vww does not read");
        vww_error_at(reading->error, reading->path, -1);
        vww_error_seen(reading->error, "%.60s", storage);
        return VWW_ERROR_UNSUPPORTED;
    }
    const yajl_val images = vww_json_get(root, "images");
    if (!vww_json_get_integer(images, "size", &size) || size < 0 || size > 65535 ||
        !vww_json_get_string(images, "resize", &resize) ||
        !vww_json_get_string(vww_json_get(root, "policy"), "name", &policy))
        return broken(reading, "\"images\" or \"policy\" is missing");
    reading->manifest->size = (int32_t)size;
    vww_status status = copy_text(reading, resize, &reading->manifest->resize);
    if (status == VWW_OK)
        status = copy_text(reading, policy, &reading->manifest->policy);
    if (status == VWW_OK)
        status = read_classes(reading, root);
    if (status != VWW_OK)
        return status;
    const yajl_val splits = vww_json_get(root, "splits");
    if (!YAJL_IS_OBJECT(splits))
        return broken(reading, "\"splits\" is missing");
    reading->manifest->parts = vww_allocate(splits->u.object.len, sizeof *reading->manifest->parts);
    if (reading->manifest->parts == NULL)
        return vww_fail_memory(reading->error, splits->u.object.len);
    for (size_t i = 0; i < splits->u.object.len && status == VWW_OK; i++) {
        reading->manifest->part_count++;
        status = read_part(reading, splits->u.object.keys[i], splits->u.object.values[i],
                           &reading->manifest->parts[i]);
    }
    return status;
}

vww_status vww_manifest_parse(const void *text, size_t bytes, const char *name,
                              struct vww_manifest *manifest, struct vww_error *error)
{
    yajl_val root;
    *manifest = (struct vww_manifest){0};
    vww_status status = vww_json_parse(text, bytes, name, &root, error);
    if (status != VWW_OK)
        return status;
    status = read_root(&(struct reading){name, manifest, error}, root);
    yajl_tree_free(root);
    if (status != VWW_OK)
        vww_manifest_fini(manifest);
    return status;
}

vww_status vww_manifest_read(const char *folder, struct vww_manifest *manifest,
                             struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    *manifest = (struct vww_manifest){0};
    vww_status status = vww_path_join(path, folder, VWW_MANIFEST_NAME, error);
    if (status != VWW_OK)
        return status;
    if (!vww_file_exists(path)) {
        vww_fail(error, VWW_ERROR_NOT_FOUND, "%s",
                 vww_directory_exists(folder)
                     ? "the folder holds no data set: no " VWW_MANIFEST_NAME
                     : "no such folder");
        vww_error_at(error, folder, -1);
        vww_error_remedy(error,
                         "`vww dataset build` makes one, `vww dataset synth` draws photographs "
                         "for it");
        return VWW_ERROR_NOT_FOUND;
    }
    struct vww_buffer text;
    status = vww_file_read(path, MANIFEST_BYTES_MAX, &text, error);
    if (status != VWW_OK)
        return status;
    status = vww_manifest_parse(text.data, text.size, path, manifest, error);
    vww_buffer_fini(&text);
    return status;
}

void vww_manifest_fini(struct vww_manifest *manifest)
{
    for (size_t i = 0; i < manifest->class_count; i++)
        vww_free(manifest->classes[i]);
    for (size_t i = 0; i < manifest->part_count; i++) {
        struct vww_dataset_part *part = &manifest->parts[i];
        for (size_t s = 0; s < part->shard_count; s++)
            vww_free(part->shards[s].file);
        vww_free(part->shards);
        vww_free(part->class_images);
        vww_free(part->name);
    }
    vww_free(manifest->classes);
    vww_free(manifest->parts);
    vww_free(manifest->resize);
    vww_free(manifest->policy);
    *manifest = (struct vww_manifest){0};
}

const struct vww_dataset_part *vww_manifest_part(const struct vww_manifest *manifest,
                                                 const char *folder, const char *name,
                                                 struct vww_error *error)
{
    const char *names[16];
    size_t count = 0;
    for (size_t i = 0; i < manifest->part_count; i++) {
        if (strcmp(manifest->parts[i].name, name) == 0)
            return &manifest->parts[i];
        if (count < 16)
            names[count++] = manifest->parts[i].name;
    }
    char hint[256];
    vww_text_suggest(hint, sizeof hint, name, names, count);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "the data set has no split %.60s", name);
    vww_error_at(error, folder, -1);
    vww_error_remedy(error, "%s", hint);
    return NULL;
}
