/* The images of formats with a file for each: those that the list of a split's files names. */
#include "base/checksum.h"
#include "dataset/output.h"
#include "dataset/records.h"
#include "dataset/sums.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_BYTES_MAX ((size_t)1 << 30)
#define FILE_BYTES_MAX ((size_t)256 << 20)

struct files {
    const struct vww_record_place *place;
    const struct vww_output *output;
    struct vww_sums sums;
    struct vww_buffer list;
    struct vww_buffer index; /* y_labels.csv, where the format has it */
    char index_name[VWW_PATH_MAX];
    size_t index_at; /* the next line of the index */
};

static void close_files(void *reader)
{
    struct files *files = reader;
    vww_buffer_fini(&files->list);
    vww_buffer_fini(&files->index);
    vww_free(files);
}

static vww_status read_index(struct files *files, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    vww_status status =
        vww_path_join(files->index_name, files->place->part, files->output->index_name, error);
    if (status == VWW_OK)
        status = vww_path_join(path, files->place->directory, files->index_name, error);
    return status == VWW_OK ? vww_file_read(path, LIST_BYTES_MAX, &files->index, error) : status;
}

static vww_status open_files(const struct vww_record_place *place, const char *path, void **reader,
                             struct vww_error *error)
{
    struct files *files = vww_allocate(1, sizeof *files);
    if (files == NULL)
        return vww_fail_memory(error, sizeof *files);
    files->place = place;
    files->output = vww_output_of(place->manifest->storage);
    vww_status status = vww_file_read(path, LIST_BYTES_MAX, &files->list, error);
    if (status == VWW_OK && files->output->index_name != NULL)
        status = read_index(files, error);
    files->sums = (struct vww_sums){.text = (const char *)files->list.data,
                                    .size = files->list.size,
                                    .path = path,
                                    .folder = place->part};
    *reader = files;
    if (status != VWW_OK)
        close_files(files);
    return status;
}

/* The index is a file of the list too, but no image. */
static vww_status check_index(const struct files *files, struct vww_error *error)
{
    char hex[65];
    vww_sha256_of(files->index.data, files->index.size, hex);
    if (strcmp(hex, files->sums.sha256) == 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the file has not the SHA-256 of the list of files");
    vww_error_at(error, files->index_name, -1);
    vww_error_seen(error, "%s", hex);
    vww_error_allowed(error, "%s", files->sums.sha256);
    return VWW_ERROR_MISMATCH;
}

/* The index has a line for each image, in the order of the list. */
static vww_status label_by_index(struct files *files, const char *below, int64_t *label,
                                 struct vww_error *error)
{
    const char *line = (const char *)files->index.data + files->index_at;
    size_t bytes;
    if (vww_label_row_read(line, below, label, &bytes)) {
        files->index_at += bytes;
        return VWW_OK;
    }
    const int shown = (int)strcspn(line, "\n");
    vww_fail(error, VWW_ERROR_FORMAT, "a line is not that of the image of the list of files");
    vww_error_at(error, files->index_name, (int64_t)files->index_at);
    vww_error_seen(error, "%.*s", shown < 80 ? shown : 80, line);
    vww_error_allowed(error, "%.80s,2,0 or 1", below);
    return VWW_ERROR_FORMAT;
}

/* The folder tells the label: that for which the file would get this very name. */
static vww_status label_by_folder(const struct files *files, const char *below, int64_t *label,
                                  struct vww_error *error)
{
    const struct vww_manifest *manifest = files->place->manifest;
    const char *slash = strrchr(below, '/');
    for (*label = 0; *label < (int64_t)manifest->class_count; ++*label) {
        char name[VWW_OUTPUT_NAME_MAX], folder[VWW_OUTPUT_FOLDER_MAX];
        const struct vww_example example = {
            .label = *label, .source_id = "0", .file_name = slash != NULL ? slash + 1 : below};
        vww_output_folder(folder, manifest->classes, manifest->class_count, *label);
        files->output->file_name(name, &example, folder);
        if (strcmp(name, below) == 0)
            return VWW_OK;
    }
    vww_fail(error, VWW_ERROR_FORMAT, "a file is in no folder of the classes");
    vww_error_at(error, files->sums.path, -1);
    vww_error_seen(error, "%.120s", files->sums.name);
    vww_error_allowed(error, "a .jpg file of the folder of a class, %.80s or another",
                      manifest->classes[1]);
    return VWW_ERROR_FORMAT;
}

/* Pixels have the size of the manifest; other images say it themselves (0: they do not). */
static void find_size(const struct files *files, const struct vww_buffer *content,
                      struct vww_example *example)
{
    int32_t width = files->place->manifest->size, height = width;
    if (!files->output->raw_pixels &&
        vww_image_size(content->data, content->size, "", &width, &height, NULL) != VWW_OK)
        width = height = 0;
    example->width = width;
    example->height = height;
}

static vww_status pack(const struct files *files, const char *path, const char *below,
                       int64_t label, struct vww_buffer *out, struct vww_error *error)
{
    struct vww_buffer content;
    char id[32] = "";
    const char *slash = strrchr(below, '/');
    vww_status status = vww_file_read(path, FILE_BYTES_MAX, &content, error);
    if (status != VWW_OK)
        return status;
    if (files->output->raw_pixels) /* and so the name is the id */
        snprintf(id, sizeof id, "%lld", strtoll(below, NULL, 10));
    struct vww_example example = {.label = label,
                                  .file_name = slash != NULL ? slash + 1 : below,
                                  .source_id = id,
                                  .sha256 = files->sums.sha256,
                                  .format = files->output->raw_pixels ? VWW_RAW_PIXELS : "jpeg",
                                  .encoded = content.data,
                                  .encoded_bytes = content.size};
    find_size(files, &content, &example);
    status = content.size == 0 ? vww_fail(error, VWW_ERROR_FORMAT, "the file is empty")
                               : vww_example_pack(&example, out, error);
    vww_buffer_fini(&content);
    return status;
}

static vww_status next_file(void *reader, struct vww_record *record, bool *ended,
                            struct vww_error *error)
{
    struct files *files = reader;
    struct vww_sums *sums = &files->sums;
    int64_t label;
    vww_status status = vww_sums_next(sums, error);
    if (status == VWW_OK && files->output->index_name != NULL &&
        strcmp(sums->name, files->index_name) == 0) {
        status = check_index(files, error);
        if (status == VWW_OK)
            status = vww_sums_next(sums, error);
    }
    *ended = status == VWW_OK && sums->name[0] == '\0';
    if (status != VWW_OK || *ended)
        return status;
    const char *below = sums->name + strlen(sums->folder) + 1;
    status = files->output->index_name != NULL ? label_by_index(files, below, &label, error)
                                               : label_by_folder(files, below, &label, error);
    if (status == VWW_OK)
        status = vww_path_join(record->file, files->place->directory, sums->name, error);
    if (status != VWW_OK)
        return status;
    record->offset = -1;
    record->status = pack(files, record->file, below, label, &record->data, &record->error);
    return VWW_OK;
}

const struct vww_record_format vww_records_files = {open_files, next_file, close_files};
